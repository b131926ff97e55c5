"""A venue that streams prices: they are dealt on by their ids."""

from decimal import Decimal

from tests.unit.engine_cases import VENUE, placed, sent
from tests.unit.quote_cases import Makers, asked_for, quoting, rfq, taken
from tests.unit.risk_cases import Terms, swap
from trader.domain.commands import PlaceOrder, QuoteReference
from trader.domain.deal import Side
from trader.engine.state import LineStatus

QUEUED, UNFILLED = LineStatus.QUEUED, LineStatus.UNFILLED


def stream(**desk: object) -> Makers:
    """A venue that streams prices with ids, which are dealt on as they stand."""
    return Makers(venue=quoting("stream"), **desk)  # type: ignore[arg-type] # each test names its own


def prices(wire: Makers, bid: str, offer: str, number: int) -> list[object]:
    entries = f"268=2|269=0|270={bid}|278=B{number}|269=1|270={offer}|278=O{number}"
    return list(wire.says("W", f"262=M1|55=EUR/USD|{entries}"))


def test_a_streamed_price_is_taken_by_its_id() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    (order,) = sent(PlaceOrder, wire.submit(rfq()))
    assert (order.price, order.quote) == (Decimal("1.1001"), QuoteReference("O7"))
    assert wire.verdicts() == ["the stream: won: the only quote that could be dealt on"]
    assert asked_for(wire.outputs) == []


def test_a_seller_takes_the_streamed_bid() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    assert taken(wire.submit(rfq(Terms(side=Side.SELL)))) == [("B7", Decimal("1.0999"))]


def test_without_a_price_that_can_be_taken_the_line_waits_for_one() -> None:
    wire = stream()
    assert placed(wire.submit(rfq())) == []  # the price that is there has no id
    prices(wire, "109.99", "110.01", 8)
    assert placed(wire.last) == []
    prices(wire, "1.0999", "1.1001", 9)
    assert taken(wire.last) == [("O9", Decimal("1.1001"))]


def test_a_price_is_not_waited_for_for_ever() -> None:
    wire = stream()
    wire.submit(rfq())
    wire.wait(9)
    assert wire.statuses() == [QUEUED]
    wire.wait(2)
    assert (wire.line(1).status, wire.line(1).reason_code) == (UNFILLED, "NO_QUOTE")


def test_a_price_that_was_gone_is_tried_again_with_the_one_that_took_its_place() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    wire.submit(rfq())
    prices(wire, "1.1000", "1.1002", 8)
    assert taken(wire.calls_stale()) == [("O8", Decimal("1.1002"))]


def test_nothing_but_spot_is_dealt_on_a_stream() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    wire.submit(rfq(swap()))
    assert (placed(wire.last), wire.line(1).reason_code) == ([], "NO_QUOTE")
    assert wire.line(1).reason == f"{VENUE} streams prices of spot deals only, and quotes nothing else"
