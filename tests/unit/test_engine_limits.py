"""What the venue says about a trade, as the limits see it."""

from decimal import Decimal

from tests.unit.engine_cases import TIME, Wire, alerts
from tests.unit.risk_cases import Terms

EUR_LONG = "NOP_CURRENCY book=SALES currency=EUR long"


def working(terms: Terms | None = None) -> Wire:
    """A batch of one order to buy EUR 1,000,000, acknowledged."""
    wire = Wire()
    wire.submit(terms or Terms())
    wire.acknowledges(1)
    return wire


def half(wire: Wire, cum: int, day: int) -> None:
    name = wire.order(1).cl_ord_id
    about = f"37=V1|11={name}|150=F|39={1 if cum < 1000 else 2}|55=EUR/USD|54=1|15=EUR|38=1000000"
    trade = f"17=E1|32=500000|31=1.1001|64=20260304|75=202603{day:02}|60=202603{day:02}-10:00:00.000"
    wire.says("8", f"{about}|{trade}|14={cum}000|151={1000 - cum}000")


def posted(wire: Wire, node: str = EUR_LONG) -> Decimal:
    return next(u.posted for u in wire.engine.context.gate.utilisation() if u.node == node)


def test_one_exec_id_on_two_trade_dates_counts_twice_for_the_order_and_for_the_limits() -> None:
    wire = working()
    half(wire, 500, day=2)
    half(wire, 1000, day=3)
    assert (wire.order(1).cum_qty, posted(wire)) == (Decimal(1_000_000), Decimal(1_000_000))
    name = wire.order(1).cl_ord_id
    bust = "17=B1|19=E1|75=20260303|150=H|39=1|55=EUR/USD|54=1|15=EUR|38=1000000|14=500000|151=500000"
    assert "TRADE_TAKEN_BACK" in alerts(wire.says("8", f"37=V1|11={name}|{bust}"))
    assert (wire.order(1).cum_qty, posted(wire)) == (Decimal(500_000), Decimal(500_000))


def test_a_fill_through_the_limit_is_told_and_counts() -> None:
    wire = working(Terms(limit_rate="1.1000"))
    assert "FILL_THROUGH_LIMIT" in alerts(wire.fills(1))
    assert posted(wire) == Decimal(1_000_000)


def test_a_fill_that_cannot_be_makes_no_room_on_the_other_side() -> None:
    wire = working()
    name = wire.order(1).cl_ord_id
    about = f"37=V1|11={name}|17=E1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=1000000|14=1000000|151=0"
    out = wire.says("8", f"{about}|32=999999999999999|31=1.1001|64=20260304|75=20260302|60={TIME}")
    assert [code for code in alerts(out) if code != "RECOVERY_STARTED"] == ["FILL_TOO_LARGE", "ORPHAN_FILL"]
    assert (posted(wire), posted(wire, EUR_LONG.replace("long", "short"))) == (Decimal(0), Decimal(0))
    wire.restart()
