"""A venue that quotes: what the tests of rounds of quotes say for its makers."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.unit.engine_cases import SECOND, Wire, dialect, sent
from tests.unit.risk_cases import Terms, make_line
from trader.domain.commands import PlaceOrder, RequestQuote
from trader.domain.deal import BatchLine, OrderType, Product, TimeInForce
from trader.engine.outputs import Output
from trader.engine.rounds import QuoteRound
from trader.engine.settings import QuoteSettings
from trader.fix.dialect import ProductForm, Quotes
from trader.fix.text import utc_timestamp

QUOTED = OrderType.PREVIOUSLY_QUOTED


def quoting(source: str = "request", **keys: Any) -> dict[str, Any]:
    """A dialect that deals on quotes, with every product in one order."""
    plain = dialect()
    single = ProductForm(security_type="FOR", ord_type="G")
    products = {**plain.products, Product.SWAP: single, Product.NDF: single, Product.BLOCK: single}
    return {
        "order_types": {**plain.order_types, QUOTED: "D"},
        "products": products,
        "quotes": Quotes(source=source),  # type: ignore[arg-type] # the tests name one of the two
        **keys,
    }


def rfq(terms: Terms | None = None, **line: Any) -> BatchLine:
    """A line that is dealt on a quote."""
    plain = make_line(terms or Terms())
    return replace(plain, **({"order_type": QUOTED, "time_in_force": TimeInForce.FOK} | line))


class Makers(Wire):
    """A wire whose venue has makers."""

    def __init__(
        self, *, venue: Mapping[str, Any] | None = None, quotes: QuoteSettings | None = None, **desk: Any
    ) -> None:
        settings = {"in_flight_max": 50, "quotes": quotes or QuoteSettings()} | desk.pop("settings", {})
        super().__init__(venue=quoting() if venue is None else venue, settings=settings, **desk)

    def round(self, line_no: int = 1) -> QuoteRound:
        """The latest round of a line."""
        return self.line(line_no).quote_rounds[-1]

    def verdicts(self, line_no: int = 1) -> list[str]:
        """Who answered in the latest round of a line, and what became of each answer."""
        return [f"{answer.maker}: {answer.verdict}" for answer in self.round(line_no).answers]

    def maker(
        self, name: str, offer: str | None = "1.1001", bid: str | None = "1.0999", *, line_no: int = 1,
        quote_id: str = "", request: str | None = None, symbol: str = "EUR/USD", lives_s: float | None = 5,
        more: str = "",
    ) -> list[Output]:  # fmt: skip
        """A maker quotes for the latest request of a line."""
        request = self.round(line_no).quote_req_id if request is None else request
        fields = [f"131={request}" if request else "", f"117={quote_id or name}", f"55={symbol}"]
        fields += [f"132={bid}" if bid else "", f"133={offer}" if offer else "", more]
        if lives_s is not None:
            fields.append(f"62={utc_timestamp(self.now_ns + int(lives_s * SECOND))}")
        fields.append(f"453=1|448={name}|447=D|452=35" if name else "")
        return self.says("S", "|".join(filter(None, fields)))

    def declines(self, name: str, line_no: int = 1, text: str = "no axe") -> list[Output]:
        """A maker does not quote; with no name nobody does."""
        party = f"|453=1|448={name}|447=D|452=35" if name else ""
        return self.says("AG", f"131={self.round(line_no).quote_req_id}|658=99|146=1|55=EUR/USD|58={text}{party}")

    def withdraws(self, name: str, quote_id: str = "", line_no: int = 1) -> list[Output]:
        """A maker takes a quote back."""
        party = f"|453=1|448={name}|447=D|452=35" if name else ""
        return self.says("Z", f"131={self.round(line_no).quote_req_id}|117={quote_id or name}|298=1{party}")

    def calls_stale(self, line_no: int = 1) -> list[Output]:
        """The venue rejects the order of a line because its quote is gone."""
        return self.says("8", self._about(line_no, "8", "8", f"17=J{line_no}-{self.now_ns}|103=8|58=quote expired"))


def asked_for(outputs: list[Output]) -> list[str]:
    """QuoteReqID(131) of every request that left, without the batch: line and round."""
    return [request.quote_req_id[11:] for request in sent(RequestQuote, outputs)]


def taken(outputs: list[Output]) -> list[tuple[str, Decimal | None]]:
    """Which quote each order takes, and at which rate of the near leg."""
    orders = sent(PlaceOrder, outputs)
    return [(order.quote.quote_id if order.quote else "", order.price) for order in orders]


def a_round(**desk: object) -> Makers:
    """One line whose request has left."""
    wire = Makers(**desk)  # type: ignore[arg-type] # each test names its own
    assert asked_for(wire.submit(rfq())) == ["000101"]
    return wire
