"""What a line of several legs came to, and its three books, from the orders it was sent as."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from values import replace

from trader.batch.result import LegResult, LineResult
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import ExecType, ExecutionReported, LegTraded, OrdStatus, TradeReported
from trader.domain.ids import batch_id, cl_ord_id, content_hash
from trader.engine.inputs import BatchSubmitted
from trader.engine.outcome import line_outcomes, reconcile_batch
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus
from trader.orders.blotter import Blotter
from trader.orders.order import Order
from trader.reconcile.breaks import Break, BreakKind

BATCH = batch_id(content_hash(b"swaps"))
DAY, NEAR_DATE, FAR_DATE = date(2024, 5, 1), date(2024, 5, 3), date(2024, 6, 5)
DAY_AFTER = FAR_DATE + timedelta(days=1)
MILLION = Decimal(1_000_000)
SWAP = Deal(
    Product.SWAP,
    parse_pair("EUR/USD"),
    Currency("EUR"),
    Leg(Side.BUY, MILLION, NEAR_DATE, "SPOT"),
    (Leg(Side.SELL, MILLION, FAR_DATE, "1M"),),
)
NEAR_PX, FAR_PX = Decimal("1.10"), Decimal("1.102")
AVERAGE = Decimal("1.1005")


class World:
    """One batch of one swap, at one venue."""

    def __init__(self) -> None:
        line = BatchLine(1, "R1", SWAP, OrderType.MARKET, None, TimeInForce.FOK)
        self.line = LineState(line, LineStatus.FILLED)
        submitted = BatchSubmitted(BATCH, "", "swaps", DAY, "SIM", "anna", "FX", (line,), None)
        self.batch = BatchState(submitted, BatchPhase.COLLECTING, [self.line])
        self.blotter = Blotter("SIM")

    def sent(self, deal: Deal, child: int, ts_ns: int, link_id: str = "") -> Order:
        """An order of the line for all of the swap, or for one leg of it."""
        name = cl_ord_id(BATCH, 1, child)
        order = self.blotter.create(name, deal, OrderType.MARKET, None, TimeInForce.FOK, "", link_id=link_id)
        order.sent(ts_ns)
        self.line.orders.append(name)
        return order

    def linked(self) -> list[Order]:
        return [self.sent(deal, no, no, "L1") for no, deal in enumerate(SWAP.outrights(), start=1)]

    def says(self, order: Order, exec_type: str, status: str, ts_ns: int, **fields: object) -> None:
        near = order.deal.near_leg
        report = ExecutionReported(
            order.cl_ord_id, "", f"V{order.cl_ord_id[-3]}", "", "", ExecType(exec_type), OrdStatus(status), "EUR/USD",
            near.side, "EUR", None, Decimal(0), Decimal(0), order.cum_qty, Decimal(0),
        )  # fmt: skip
        _, applied = self.blotter.apply(replace(report, **fields), ts_ns)
        # The one difference that is told and counts all the same.
        assert applied.violation is None or applied.violation.rule == "VALUE_DATE_DIFFERS"

    def fills(self, order: Order, exec_id: str, qty: Decimal, px: Decimal, ts_ns: int, *far: LegTraded) -> None:
        done = order.cum_qty + qty
        status = "FILLED" if done == order.order_qty else "PARTIALLY_FILLED"
        terms = {"exec_id": exec_id, "last_qty": qty, "last_px": px, "cum_qty": done, "far_legs": far}
        self.says(order, "TRADE", status, ts_ns, **terms)

    def result(self) -> LineResult:
        (outcome,) = line_outcomes(self.batch, {"SIM": self.blotter})
        return outcome.result

    def lists(self, order: Order, exec_id: str, px: Decimal, /, *far: LegTraded, **fields: object) -> None:
        """The venue's own report of a whole trade."""
        near = order.deal.near_leg
        report = TradeReported(
            "T1", f"L{exec_id}", "", exec_id, order.order_id, order.cl_ord_id, "EUR/USD", near.side, "EUR",
            near.amount, px, near.value_date, DAY, 0, far_legs=far,
        )  # fmt: skip
        self.batch.trades[report.trade_report_id] = replace(report, **fields)

    def breaks(self, *, with_reports: bool = True) -> list[tuple[BreakKind, str]]:
        found = reconcile_batch(self.batch, {"SIM": self.blotter}, with_reports=with_reports)
        return [_told(each) for each in found if each.kind is not BreakKind.TOTAL]


def _told(found: Break) -> tuple[BreakKind, str]:
    return found.kind, f"{found.row_id} {found.value_date}"


def far(
    qty: Decimal = MILLION, px: Decimal = FAR_PX, contra_qty: Decimal | None = None, settl_date: date = FAR_DATE
) -> LegTraded:
    return LegTraded(Side.SELL, qty, px, settl_date, contra_qty)


@pytest.fixture
def world() -> World:
    return World()


def test_a_swap_of_one_order_has_both_legs_in_its_result(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION, NEAR_PX, 7, far(contra_qty=Decimal("1102000.01")))
    result = world.result()
    assert (result.filled_amount, result.average_rate, result.contra_amount) == (MILLION, NEAR_PX, Decimal("1.1E6"))
    assert result.far_legs == (LegResult(FAR_DATE, MILLION, FAR_PX, Decimal("1102000.01")),)
    assert result.near_value_date == NEAR_DATE
    assert (result.order_id, result.trade_ids, result.sent_at_ns, result.done_at_ns) == ("V1", ("E1",), 5, 7)


def test_a_leg_that_the_venue_pays_on_another_day_has_that_day_in_its_result(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION, NEAR_PX, 7, far(settl_date=DAY_AFTER))
    result = world.result()
    assert (result.near_value_date, result.far_legs[0].value_date) == (NEAR_DATE, DAY_AFTER)


def test_a_leg_of_which_the_venue_pays_parts_on_two_days_keeps_the_day_that_was_asked_for(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION / 2, NEAR_PX, 6, far(MILLION / 2, settl_date=DAY_AFTER))
    world.fills(order, "E2", MILLION / 2, NEAR_PX, 7, far(MILLION / 2))
    assert world.result().far_legs[0].value_date == FAR_DATE


def test_each_leg_of_a_swap_has_its_own_average(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION / 4, NEAR_PX, 6, far(MILLION / 4))
    world.fills(order, "E2", MILLION * 3 / 4, Decimal("1.104"), 7, far(MILLION * 3 / 4, Decimal("1.106")))
    result = world.result()
    assert (result.average_rate, result.far_legs[0].average_rate) == (Decimal("1.103"), Decimal("1.105"))
    assert result.far_legs[0].filled_amount == MILLION


def test_a_linked_swap_is_one_result_of_two_orders(world: World) -> None:
    near, back = world.linked()
    world.fills(back, "E2", MILLION, FAR_PX, 7)
    world.fills(near, "E1", MILLION, NEAR_PX, 9)
    result = world.result()
    assert (result.average_rate, result.far_legs[0].average_rate) == (NEAR_PX, FAR_PX)
    assert (result.order_id, result.trade_ids) == (f"{near.order_id} {back.order_id}", ("E1", "E2"))
    assert (result.sent_at_ns, result.done_at_ns) == (1, 9)


def test_a_linked_swap_with_one_leg_dealt_shows_the_other_as_not_dealt(world: World) -> None:
    near, back = world.linked()
    world.fills(near, "E1", MILLION, NEAR_PX, 7)
    assert world.result().done_at_ns == 0
    world.says(back, "REJECTED", "REJECTED", 8)
    assert world.result().far_legs == (LegResult(FAR_DATE, Decimal(0), None, None),)
    assert world.result().done_at_ns == 8


def test_a_leg_that_was_tried_again_names_its_last_order_only(world: World) -> None:
    near, back = world.linked()
    world.says(back, "REJECTED", "REJECTED", 6)
    again = world.sent(back.deal, 3, 7, "L1")
    world.fills(near, "E1", MILLION, NEAR_PX, 8)
    world.fills(again, "E2", MILLION, FAR_PX, 9)
    assert world.result().order_id == f"{near.order_id} {again.order_id}"
    assert world.result().far_legs[0].filled_amount == MILLION


# --- the three books ---


def test_a_swap_is_reconciled_leg_by_leg(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION, NEAR_PX, 7, far())
    world.lists(order, "E1", NEAR_PX, far())
    assert world.breaks() == []
    world.lists(order, "E1", NEAR_PX, far(px=NEAR_PX))
    assert world.breaks() == [(BreakKind.PRICE, f"R1 {FAR_DATE}")]
    world.lists(order, "E1", NEAR_PX)
    assert world.breaks() == [(BreakKind.MISSING_AT_VENUE, f"R1 {FAR_DATE}")]


@pytest.mark.parametrize("unsaid", [{}, {"cl_ord_id": ""}, {"exec_id": ""}])
def test_a_linked_swap_is_put_together_from_the_reports_of_its_legs(world: World, unsaid: dict[str, str]) -> None:
    near, back = world.linked()
    for order, exec_id, px in ((near, "E1", NEAR_PX), (back, "E2", FAR_PX)):
        world.fills(order, exec_id, MILLION, px, 7)
        world.lists(order, exec_id, px, **unsaid)
    assert world.breaks() == []
    world.lists(back, "E2", NEAR_PX)
    assert world.breaks() == [(BreakKind.PRICE, f"R1 {FAR_DATE}")]


def test_a_report_for_a_line_that_the_batch_does_not_have_is_of_no_line(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION, NEAR_PX, 7, far())
    world.lists(order, "E1", NEAR_PX, far())
    world.lists(order, "E9", NEAR_PX, cl_ord_id=cl_ord_id(BATCH, 2))
    assert world.breaks() == [(BreakKind.UNKNOWN_LINE, f" {NEAR_DATE}")]


def test_without_reports_the_venues_answers_are_held_against_the_fills(world: World) -> None:
    order = world.sent(SWAP, 1, 5)
    world.fills(order, "E1", MILLION, NEAR_PX, 7, far())
    world.says(order, "ORDER_STATUS", "FILLED", 8, avg_px=NEAR_PX)
    assert world.breaks(with_reports=False) == []
    world.says(order, "ORDER_STATUS", "FILLED", 9, avg_px=AVERAGE)
    assert world.breaks(with_reports=False) == [(BreakKind.PRICE, f"R1 {NEAR_DATE}")]
