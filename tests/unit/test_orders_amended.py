"""Trades that the venue amends by trade report: TradeReportTransType(487)=2 under the ExecID(17) of a booked fill."""

from decimal import Decimal
from typing import Any

from tests.unit.order_words import DAY, QUANTITY, a_working_order, fills, lists, says
from trader.domain.events import TradeReported
from trader.orders.applied import REPEATED
from trader.orders.machine import Sync
from trader.orders.order import Order
from trader.orders.reports import on_execution, on_trade_report


def reported(number: int, px: str = "1.10", quantity: int = 1000, **fields: Any) -> TradeReported:
    """The trade F1 as the venue's books have it; the quantity in thousands."""
    report = {"request_id": "", "trade_report_id": f"R{number}", "cl_ord_id": "", "trade_date": DAY}
    return lists("F1", quantity, px=px, transact_ts_ns=5, **(report | fields))


def filled() -> Order:
    order = a_working_order()
    on_execution(order, fills("F1", 1000, 1000), 3)
    return order


def standing(order: Order) -> list[tuple[Decimal, Decimal]]:
    return [(fill.last_qty, fill.last_px) for fill in order.fills.values()]


def test_another_rate_takes_the_place_of_the_booked_one() -> None:
    order = filled()
    applied = on_trade_report(order, reported(1, "1.09", is_amendment=True), 4)
    assert [(change.qty, change.last_px) for change in applied.fills] == [
        (-QUANTITY, Decimal("1.10")),
        (QUANTITY, Decimal("1.09")),
    ]
    assert applied.fills[0].key != applied.fills[1].key
    assert (standing(order), applied.violation, order.is_final) == ([(QUANTITY, Decimal("1.09"))], None, True)


def test_without_the_word_for_it_nothing_is_rewritten() -> None:
    order = filled()
    applied = on_trade_report(order, reported(1, "1.09"), 4)
    assert applied.violation is not None
    assert (applied.violation.rule, standing(order)) == ("EXEC_ID_REUSED", [(QUANTITY, Decimal("1.10"))])


def test_both_the_old_report_and_the_new_one_may_come_again() -> None:
    order = filled()
    on_trade_report(order, reported(1, "1.09", is_amendment=True), 4)
    assert on_execution(order, fills("F1", 1000, 1000), 5) is REPEATED
    assert on_trade_report(order, reported(1, "1.09", is_amendment=True), 5) is REPEATED
    assert on_trade_report(order, reported(2, "1.09"), 6) is REPEATED
    assert standing(order) == [(QUANTITY, Decimal("1.09"))]


def test_an_amendment_can_be_amended_and_voided() -> None:
    order = filled()
    on_trade_report(order, reported(1, "1.09", is_amendment=True), 4)
    on_trade_report(order, reported(2, "1.08", is_amendment=True), 5)
    assert standing(order) == [(QUANTITY, Decimal("1.08"))]
    applied = on_trade_report(order, reported(3, "1.08", is_cancel=True), 6)
    assert (standing(order), order.cum_qty, applied.fills[0].last_px) == ([], 0, Decimal("1.08"))


def test_two_amendments_may_have_one_id() -> None:
    order = filled()
    on_trade_report(order, reported(1, "1.09", is_amendment=True), 4)
    on_trade_report(order, reported(1, "1.08", is_amendment=True), 5)
    on_trade_report(order, reported(1, "1.07", is_amendment=True), 6)
    assert (standing(order), order.cum_qty) == ([(QUANTITY, Decimal("1.07"))], QUANTITY)


def test_another_quantity_leaves_the_order_in_doubt_until_a_status() -> None:
    order = filled()
    applied = on_trade_report(order, reported(1, quantity=400, is_amendment=True), 4)
    assert applied.violation is not None
    assert (applied.violation.rule, applied.reopened, order.cum_qty) == ("TRADE_AMENDED", True, 400_000)
    on_execution(order, says("ORDER_STATUS", "CANCELED", 400), 5)
    assert (order.sync, order.is_final, order.cum_qty) == (Sync.IN_SYNC, True, 400_000)


def test_a_trade_that_was_missed_is_booked_from_its_amendment() -> None:
    order = a_working_order()
    applied = on_trade_report(order, reported(1, "1.09", is_amendment=True), 4)
    assert [change.qty for change in applied.fills] == [QUANTITY]


def test_a_rate_beyond_the_limit_is_booked_and_told() -> None:
    order = filled()
    applied = on_trade_report(order, reported(1, "1.20", is_amendment=True), 4)
    assert applied.violation is not None
    assert (applied.violation.rule, standing(order)) == ("FILL_THROUGH_LIMIT", [(QUANTITY, Decimal("1.20"))])


def test_an_amendment_to_more_than_twice_the_order_rewrites_nothing() -> None:
    order = filled()
    applied = on_trade_report(order, reported(1, quantity=2001, is_amendment=True), 4)
    assert (applied.fills, standing(order), order.sync) == ((), [(QUANTITY, Decimal("1.10"))], Sync.IN_DOUBT)
