"""What the simulator's tests share: a venue in virtual time, requests, and a trial of its wire from text to text."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from simulator.effects import Effect, LogTrade, Send, Trade
from simulator.faults.scenario import Scenario, load_scenario, parse_scenario
from simulator.market.market import Market
from simulator.market.rates import OpeningRates
from simulator.venue.venue import Venue
from trader.domain.commands import CancelOrder, PlaceOrder, ReplaceOrder, RequestOrderStatus
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import CancelRefused, ExecType, ExecutionReported, OrdStatus, VenueEvent
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect

ROOT = Path(__file__).resolve().parent.parent.parent
MS = 1_000_000
T0 = 1_800_000_000_000 * MS
TRADE_DATE = date(2026, 11, 20)
SPOT_DATE = date(2026, 11, 24)
DESK = "DESK"

PER_EURO = {"EUR": 1.0, "USD": 1.1172, "JPY": 175.68, "GBP": 0.8338, "CNY": 7.4326, "TRY": 55.8}
RATES = OpeningRates({Currency(code): rate for code, rate in PER_EURO.items()}, {}, "the test")


def dialect() -> Dialect:
    path = ROOT / "fix_configs" / "simulator" / "dialect.toml"
    return parse_dialect(path.read_text("utf-8"), str(path))


DIALECT = dialect()


def market(seed: int = 1, rates: OpeningRates = RATES) -> Market:
    return Market(seed, rates, TRADE_DATE, T0, {})


def scenario(rules: str) -> Scenario:
    """A bundled scenario by name, or rules in TOML."""
    if "\n" not in rules and "=" not in rules:
        return load_scenario(rules)
    return parse_scenario(f'title = "test"\n{rules}', "test.toml")


def venue(rules: str = "plain", seed: int = 1) -> Venue:
    return Venue(seed, DIALECT, market(seed), scenario(rules), TRADE_DATE, T0)


def deal(
    pair: str = "EUR/USD",
    side: Side = Side.BUY,
    dealt: str = "",
    amount: str = "1000000",
    value_date: date = SPOT_DATE,
    product: Product = Product.SPOT,
) -> Deal:
    on = parse_pair(pair)
    tenor = "SPOT" if product is Product.SPOT else value_date.isoformat()
    return Deal(product, on, Currency(dealt or on.base), Leg(side, Decimal(amount), value_date, tenor))


def place(
    cl_ord_id: str = "A", price: str = "", tif: TimeInForce = TimeInForce.DAY, order: Deal | None = None
) -> PlaceOrder:
    """A market order, or a limit order when it has a price."""
    return PlaceOrder(
        cl_ord_id=cl_ord_id,
        deal=order or deal(),
        order_type=OrderType.LIMIT if price else OrderType.MARKET,
        price=Decimal(price) if price else None,
        time_in_force=tif,
        account="",
        transact_ts_ns=T0,
    )


def cancel(cl_ord_id: str, orig_cl_ord_id: str) -> CancelOrder:
    return CancelOrder(cl_ord_id, orig_cl_ord_id, "", deal(), T0)


def replace(cl_ord_id: str, orig_cl_ord_id: str, price: str = "", order: Deal | None = None) -> ReplaceOrder:
    new = place(cl_ord_id, price, order=order)
    return ReplaceOrder(cl_ord_id, orig_cl_ord_id, "", new.deal, new.order_type, new.price, new.time_in_force, "", T0)


def status(cl_ord_id: str) -> RequestOrderStatus:
    return RequestOrderStatus(cl_ord_id, "", deal())


def events(effects: Sequence[Effect]) -> list[VenueEvent]:
    return [effect.event for effect in effects if isinstance(effect, Send)]


def trades(effects: Sequence[Effect]) -> list[Trade]:
    return [effect.trade for effect in effects if isinstance(effect, LogTrade)]


def story(effects: Sequence[Effect]) -> list[tuple[ExecType | str, OrdStatus]]:
    """Execution reports as (150, 39), refusals as ("refused", 39)."""
    told: list[tuple[ExecType | str, OrdStatus]] = []
    for event in events(effects):
        if isinstance(event, ExecutionReported):
            told.append((event.exec_type, event.ord_status))
        elif isinstance(event, CancelRefused):
            told.append(("refused", event.ord_status))
    return told


def report(effects: Sequence[Effect]) -> ExecutionReported:
    """The last execution report."""
    return [event for event in events(effects) if isinstance(event, ExecutionReported)][-1]


def refusal(effects: Sequence[Effect]) -> CancelRefused:
    """The only event, a refusal."""
    (event,) = events(effects)
    assert isinstance(event, CancelRefused)
    return event
