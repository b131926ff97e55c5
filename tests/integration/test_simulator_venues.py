"""The simulator plays every shipped venue: what the robot's codec writes in its dialect, it takes, and trades."""

import configparser
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.integration.raw_client import Answer, RawClient
from tests.integration.simulated_venues import Simulator
from tests.raw_fix import SOH
from trader.domain.commands import PlaceOrder, QuoteReference, RequestQuote, SubscribeMarketData
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import (
    ExecType,
    ExecutionReported,
    OrdStatus,
    PriceQuoted,
    QuoteReceived,
    VenueEvent,
    VenueStatusReported,
)
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect
from trader.fix.encode import Encoder

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[2] / "fix_configs").glob("*/dialect.toml"))
PAIR = parse_pair("EUR/USD")
SPOT_DATE = date(2026, 11, 24)
MONTH, FIXING = date(2026, 12, 24), date(2026, 12, 22)
T0 = 1_795_167_000_000_000_000
NEVER_REACHED = Decimal("9.5")


class Desk:
    """A client that speaks through the robot's codec."""

    def __init__(self, dialect: Dialect, client: RawClient) -> None:
        self.dialect = dialect
        self._client = client
        self._encoder, self._decoder = Encoder(dialect), Decoder(dialect)
        self._orders = 0

    def heard(self) -> Iterator[VenueEvent]:
        while True:
            answer = self._client.receive()
            if answer["35"] not in "A01245":
                yield from self._decoder.decode(answer.text.replace("|", SOH))

    def first(self, *kinds: type[VenueEvent]) -> VenueEvent:
        """The next event of a kind; what cannot be read, or is rejected, fails."""
        for event in self.heard():
            assert not type(event).__name__.startswith("Message"), event
            if isinstance(event, kinds):
                return event
        raise AssertionError

    def trade(self, deal: Deal) -> list[ExecutionReported]:
        """Send a deal in the form the venue has, and wait for the fill of each of its orders."""
        fills = []
        for part in self.dialect.orders_of(deal):
            self._orders += 1
            self._client.send_text(self._encoder.encode(self._order(part)))
            event = self.first(ExecutionReported)
            while isinstance(event, ExecutionReported) and event.exec_type is not ExecType.TRADE:
                assert event.exec_type is ExecType.NEW, event
                event = self.first(ExecutionReported)
            assert isinstance(event, ExecutionReported)
            fills.append(event)
        return fills

    def _order(self, deal: Deal) -> PlaceOrder:
        quoted = OrderType.PREVIOUSLY_QUOTED in self.dialect.order_types
        price, quote = None, None
        if OrderType.MARKET in self.dialect.order_types:
            order_type = OrderType.MARKET
        elif OrderType.LIMIT in self.dialect.order_types and not deal.far_legs:
            order_type, price = OrderType.LIMIT, NEVER_REACHED
        else:
            assert quoted
            order_type = OrderType.PREVIOUSLY_QUOTED
            price, quote = self._quote(deal)
        lives = self.dialect.times_in_force_of.get(order_type, self.dialect.times_in_force)
        life = TimeInForce.FOK if TimeInForce.FOK in lives else lives[0]
        return PlaceOrder(f"ORDER{self._orders}", deal, order_type, price, life, "DESK", T0, quote)

    def _quote(self, deal: Deal) -> tuple[Decimal, QuoteReference]:
        """What the venue quotes now to somebody who buys the base."""
        assert self.dialect.quotes is not None
        if self.dialect.quotes.source == "stream":
            self._client.send_text(self._encoder.encode(SubscribeMarketData(f"M{self._orders}", (PAIR,))))
            price = self.first(PriceQuoted)
            assert isinstance(price, PriceQuoted)
            assert price.offer is not None
            return price.offer, QuoteReference(price.offer_id)
        request_id = f"R{self._orders}"
        self._client.send_text(self._encoder.encode(RequestQuote(request_id, deal, "DESK", T0)))
        quote = self.first(QuoteReceived)
        assert isinstance(quote, QuoteReceived)
        near, *far = quote.offers
        return near, QuoteReference(quote.quote_id, request_id, tuple(far))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    folder: Path = request.param
    dialect = parse_dialect((folder / "dialect.toml").read_text("utf-8"), folder.name)
    config = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    config.read(folder / "session.cfg", encoding="utf-8")
    session = config["SESSION"]
    names = session["SenderCompID"], session["TargetCompID"]
    header = f"57={session['TargetSubID']}|" if "TargetSubID" in session else ""
    with Simulator(folder) as simulator, RawClient(simulator.port, dialect.begin_string, names, header) as client:
        logon: Answer = client.log_on("|".join(["141=Y", *map("=".join, dialect.extra_fields.get("A", {}).items())]))
        assert logon["35"] == "A"
        at = Desk(dialect, client)
        if dialect.ready != "logon":
            at.first(VenueStatusReported)
        yield at


def deal_of(product: Product, amount: Decimal) -> Deal | None:
    """A purchase of the base: one of each product that is for these dates."""
    near = Leg(Side.BUY, amount, SPOT_DATE, "SPOT")
    later = Leg(Side.BUY, amount, MONTH, "1M")
    deals = {
        Product.SPOT: Deal(Product.SPOT, PAIR, PAIR.base, near),
        Product.FORWARD: Deal(Product.FORWARD, PAIR, PAIR.base, later),
        Product.NDF: Deal(Product.NDF, PAIR, PAIR.base, later, fixing_date=FIXING),
        Product.SWAP: Deal(Product.SWAP, PAIR, PAIR.base, near, (Leg(Side.SELL, amount, MONTH, "1M"),)),
        Product.BLOCK: Deal(Product.BLOCK, PAIR, PAIR.base, near, (later,)),
    }
    return deals.get(product)


@pytest.mark.slow  # every venue once more, without the robot: a minute
def test_every_product_of_every_venue_is_traded(desk: Desk) -> None:
    amounts = desk.dialect.amounts
    amount = max(amounts.smallest, Decimal(1_000_000))
    traded = 0
    for product in desk.dialect.products:
        deal = deal_of(product, amount)
        if deal is None:
            continue
        fills = desk.trade(deal)
        legs = [leg for fill in fills for leg in ((fill.side, fill.settl_date, fill.last_qty), *_far(fill))]
        assert legs == [(leg.side, leg.value_date, leg.amount) for leg in deal.legs]
        assert all(fill.ord_status is OrdStatus.FILLED for fill in fills)
        traded += 1
    assert traded


def _far(fill: ExecutionReported) -> list[tuple[Side, date | None, Decimal]]:
    return [(leg.side, leg.settl_date, leg.last_qty) for leg in fill.far_legs]
