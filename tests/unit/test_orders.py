"""The order: our own verbs, fills that are busted, corrected, repeated or late, and doubt with its ways out."""

import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.unit.order_words import (
    DAY,
    DEAL,
    ORDER_ID,
    PRICE,
    QUANTITY,
    a_working_order,
    an_order,
    busts,
    corrects,
    fills,
    lists,
    refuses,
    says,
)
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.domain.errors import DomainError, LocalOrderError
from trader.domain.events import MessageRejected, OrdStatus, RejectReason
from trader.orders.applied import REPEATED, Applied
from trader.orders.fills import FillChange
from trader.orders.machine import Pending, Phase, Sync, SyncInput
from trader.orders.order import Order
from trader.orders.reports import on_business_reject, on_cancel_refused, on_execution, on_trade_report

UNKNOWN = says("ORDER_STATUS", "REJECTED", reject_reason=RejectReason.UNKNOWN_ORDER)


def rule_of(applied: Applied) -> str:
    return "" if applied.violation is None else applied.violation.rule


# Our own verbs.


def test_an_order_is_placed_as_it_was_created() -> None:
    order = an_order()
    command = order.place()
    assert (command.cl_ord_id, command.deal, command.price, command.transact_ts_ns) == (ORDER_ID, DEAL, PRICE, 1)


def test_an_order_is_never_sent_twice() -> None:
    order = an_order()
    with pytest.raises(LocalOrderError, match="CREATED"):
        order.sent(2)
    order.session_lost()
    with pytest.raises(LocalOrderError, match="in doubt"):
        order.place()


def test_an_order_that_the_venue_mentioned_before_it_was_sent_is_not_sent() -> None:
    order = an_order(sent=False)
    assert rule_of(on_execution(order, says("NEW", "NEW"), 2)) == "IMPOSSIBLE_TRANSITION"
    with pytest.raises(LocalOrderError):
        order.sent(3)


def test_a_second_cancel_waits_for_the_answer_to_the_first() -> None:
    order = a_working_order()
    order.request_cancel(3)
    before = copy.deepcopy(order)
    with pytest.raises(LocalOrderError, match="open cancel"):
        order.request_cancel(4)
    assert order == before


def test_in_doubt_a_cancel_is_asked_for_again_under_a_new_id() -> None:
    order = a_working_order()
    first = order.request_cancel(3)
    order.session_lost()
    second = order.request_cancel(4)
    assert first.cl_ord_id != second.cl_ord_id
    assert second.orig_cl_ord_id == ORDER_ID


@pytest.mark.parametrize(
    ("quantity", "price"),
    [(Decimal(0), PRICE), (Decimal("NaN"), PRICE), (Decimal(200_000), PRICE), (QUANTITY, None), (QUANTITY, Decimal(0))],
)
def test_a_replace_to_terms_that_cannot_be_is_our_bug(quantity: Decimal, price: Decimal | None) -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 200, 200), 3)
    before = copy.deepcopy(order)
    with pytest.raises(LocalOrderError):
        order.request_replace(quantity, price, 4)
    assert order == before


def test_a_market_order_is_replaced_without_a_price() -> None:
    order = Order(ORDER_ID, DEAL, OrderType.MARKET, None, TimeInForce.DAY, "")
    order.sent(1)
    on_execution(order, says("NEW", "NEW", price=PRICE), 2)
    with pytest.raises(LocalOrderError, match="None if MARKET"):
        order.request_replace(QUANTITY, PRICE, 3)
    assert order.request_replace(Decimal(500_000), None, 3).price is None


def test_a_swap_is_not_replaced() -> None:
    swap = replace(DEAL, far_legs=(replace(DEAL.near_leg, side=Side.SELL, value_date=date(2024, 6, 3)),))
    order = Order(ORDER_ID, swap, OrderType.LIMIT, PRICE, TimeInForce.DAY, "")
    order.sent(1)
    on_execution(order, says("NEW", "NEW"), 2)
    assert not order.can_replace


def test_a_cancel_after_a_replace_speaks_of_the_order_as_it_is() -> None:
    order = a_working_order()
    command = order.request_replace(Decimal(600_000), Decimal("1.11"), 3)
    on_execution(order, says("REPLACED", "REPLACED", cl_ord_id=command.cl_ord_id, order_qty=Decimal(600_000)), 4)
    cancel = order.request_cancel(5)
    assert (order.price, order.order_qty) == (Decimal("1.11"), Decimal(600_000))
    assert (cancel.orig_cl_ord_id, cancel.deal.near_leg.amount) == (command.cl_ord_id, Decimal(600_000))


# Fills.


def test_the_average_rate_is_by_quantity() -> None:
    order = a_working_order()
    assert order.avg_px == 0
    on_execution(order, fills("E1", 100, 100, px="1.10"), 3)
    on_execution(order, fills("E2", 300, 400, px="1.06"), 4)
    assert order.avg_px == Decimal("1.07")


def test_the_last_fill_closes_the_order() -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 1000, 1000, contra_qty=Decimal(1_100_000)), 7)
    change = FillChange("E1", QUANTITY, PRICE, None, Decimal(1_100_000), "E1")
    assert applied == Applied((change,), closed=True)
    assert (order.done_ts_ns, order.leaves_qty, order.is_live) == (7, 0, False)


def test_a_repeated_exec_id_changes_nothing() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    before = copy.deepcopy(order)
    assert on_execution(order, fills("E1", 100, 100, poss_dup=True), 4) == Applied(duplicate=True)
    assert on_trade_report(order, lists("E1", 100, trade_date=DAY), 5) == Applied(duplicate=True)
    assert order == before


def test_an_exec_id_with_other_numbers_is_not_a_repetition() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    assert rule_of(on_execution(order, fills("E1", 200, 300), 4)) == "EXEC_ID_REUSED"
    assert rule_of(on_trade_report(order, lists("E1", 100, px="1.2"), 5)) == "EXEC_ID_REUSED"
    assert order.cum_qty == 100_000


def test_the_same_exec_id_on_another_trade_date_is_another_fill() -> None:
    order = a_working_order()
    on_execution(order, fills("1", 100, 100, trade_date=DAY), 3)
    (change,) = on_execution(order, fills("1", 100, 200, trade_date=date(2024, 5, 2)), 4).fills
    assert order.cum_qty == 200_000
    assert (change.exec_id, change.key) == ("1", "1@2024-05-02")
    applied = on_execution(order, busts("9", "1", "PARTIALLY_FILLED", 100, trade_date=date(2024, 5, 2)), 5)
    assert (applied.fills[0].qty, applied.fills[0].key) == (-100_000, change.key)
    assert next(iter(order.fills.values())).trade_date == DAY


def test_a_correct_is_a_reversal_and_a_new_fill() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100, contra_qty=Decimal(110_000)), 3)
    applied = on_execution(order, corrects("E2", "E1", 150, 150, px="1.05"), 4)
    assert applied.fills == (
        FillChange("E1", Decimal(-100_000), PRICE, None, Decimal(-110_000), "E1"),
        FillChange("E2", Decimal(150_000), Decimal("1.05"), None, None, "E2"),
    )
    assert applied.violation is None


def test_a_bust_a_day_later_reopens_only_what_the_venue_reopens() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 1000, 1000, trade_date=DAY), 3)
    again = copy.deepcopy(order)
    applied = on_execution(order, busts("E2", "E1", "NEW", 0, trade_date=date(2024, 5, 2)), 4)
    assert (applied.reopened, order.phase, order.leaves_qty, order.done_ts_ns) == (True, Phase.WORKING, QUANTITY, 0)
    applied = on_execution(again, busts("E2", "E1", "CANCELED", 0, trade_date=date(2024, 5, 2)), 4)
    assert (applied.reopened, again.phase, again.leaves_qty) == (False, Phase.CANCELED, 0)


def test_a_repeated_bust_changes_nothing() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    on_execution(order, busts("E2", "E1", "NEW", 0), 4)
    before = copy.deepcopy(order)
    assert on_execution(order, busts("E2", "E1", "NEW", 0), 5).duplicate
    assert on_execution(order, busts("E3", "E1", "NEW", 0), 6).duplicate
    assert on_execution(order, fills("E1", 100, 100), 7).duplicate
    assert order == before


def test_an_old_status_that_the_session_says_again_does_not_revive_what_has_ended_since() -> None:
    order = a_working_order()
    status = says("ORDER_STATUS", "NEW", 0, exec_id="S1")
    on_execution(order, status, 3)
    on_execution(order, says("CANCELED", "CANCELED", 0, exec_id="C1"), 4)
    assert on_execution(order, msgspec.structs.replace(status, poss_dup=True), 5) is REPEATED
    assert order.is_final


def test_a_second_status_under_the_same_exec_id_counts() -> None:
    order = a_working_order()
    on_execution(order, says("ORDER_STATUS", "NEW", 0, exec_id="0"), 3)
    on_execution(order, says("ORDER_STATUS", "CANCELED", 0, exec_id="0"), 4)
    assert order.is_final


def test_a_fill_that_was_busted_before_it_came_does_not_count() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, busts("E2", "E1", "NEW", 0), 3)) == "NO_FILL_TO_UNDO"
    assert on_execution(order, fills("E1", 100, 100), 4).fills == ()
    assert (order.cum_qty, order.sync) == (0, Sync.IN_DOUBT)
    on_execution(order, says("ORDER_STATUS", "NEW", 0), 5)
    assert order.sync is Sync.IN_SYNC


def test_a_correct_of_a_fill_that_never_came_books_nothing_until_the_list_brings_it() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, corrects("E2", "E1", 1000, 1000), 3)) == "NO_FILL_TO_UNDO"
    assert order.cum_qty == 0
    applied = on_trade_report(order, lists("E2", 1000), 4)
    assert (applied.closed, order.cum_qty, order.sync) == (True, QUANTITY, Sync.IN_SYNC)


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED", "REJECTED"])
def test_a_fill_after_the_end_is_booked_and_put_in_doubt(status: str) -> None:
    order = a_working_order()
    on_execution(order, says(status, status), 3)
    applied = on_execution(order, fills("E1", 100, 100), 4)
    assert (rule_of(applied), applied.reopened, order.cum_qty) == ("FILL_AFTER_END", True, 100_000)
    assert order.leaves_qty == 900_000
    applied = on_execution(order, says("ORDER_STATUS", status, 100), 5)
    assert (applied.closed, order.phase, order.leaves_qty) == (True, Phase(status), 0)


def test_a_fill_that_the_end_had_counted_is_only_late() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, says("CANCELED", "CANCELED", 100), 3)) == "QUANTITY_DIFFERS"
    assert not order.is_final
    applied = on_execution(order, fills("E1", 100, 100), 4)
    assert (applied.violation, applied.closed, order.phase) == (None, True, Phase.CANCELED)


def test_fills_in_the_wrong_order_end_in_sync() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, fills("E2", 200, 300), 3)) == "QUANTITY_DIFFERS"
    assert on_execution(order, fills("E1", 100, 100), 4).violation is None
    assert (order.cum_qty, order.sync) == (300_000, Sync.IN_SYNC)


def test_an_acknowledgement_after_the_last_fill_is_only_late() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000), 2)
    assert on_execution(order, says("NEW", "NEW", 0), 3) == Applied()
    assert order.is_final


@pytest.mark.parametrize("late", ["PENDING_NEW", "PENDING_CANCEL"])
def test_a_receipt_that_counts_less_than_the_fills_is_only_late(late: str) -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    assert on_execution(order, says(late, late, 0), 4) == Applied()
    assert order.sync is Sync.IN_SYNC


def test_a_fill_through_the_limit_counts_and_cannot_be() -> None:
    order = a_working_order()
    assert on_execution(order, fills("E1", 100, 100, px="1.10"), 3).violation is None
    applied = on_execution(order, fills("E2", 100, 200, px="1.1001"), 4)
    assert (rule_of(applied), order.cum_qty, order.sync) == ("FILL_THROUGH_LIMIT", 200_000, Sync.IN_DOUBT)
    assert "1.1001 is worse than the limit of 1.1" in str(applied.violation)


def test_a_correct_through_the_limit_counts_and_cannot_be() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    applied = on_execution(order, corrects("E2", "E1", 100, 100, px="1.11"), 4)
    assert (rule_of(applied), order.avg_px) == ("FILL_THROUGH_LIMIT", Decimal("1.11"))


def test_an_overfill_is_posted_and_only_a_person_settles_it() -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 1200, 1200), 3)
    assert (rule_of(applied), order.cum_qty, order.overfill_qty) == ("OVERFILL", 1_200_000, 200_000)
    on_execution(order, says("ORDER_STATUS", "FILLED", 1200), 4)
    assert (order.sync, order.leaves_qty) == (Sync.IN_DOUBT, 0)
    assert order.settled_by("ann", Phase.FILLED, "venue will not bust", 5).closed


@pytest.mark.parametrize(
    "wrong", [{"side": Side.SELL}, {"currency": "USD"}, {"symbol": "GBP/USD"}], ids=["side", "currency", "symbol"]
)
def test_a_fill_of_something_else_is_not_booked(wrong: dict[str, object]) -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, fills("E1", 100, 100, **wrong), 3)) == "CONTRADICTS_ORDER"
    assert (order.cum_qty, order.sync) == (0, Sync.IN_DOUBT)
    assert rule_of(on_trade_report(order, lists("E2", 100, **wrong), 4)) == "CONTRADICTS_ORDER"


def test_a_rejection_may_leave_out_what_a_trade_must_say() -> None:
    order = an_order()
    silent = {"symbol": "", "currency": ""}
    assert rule_of(on_execution(order, fills("E1", 100, 100, **silent), 2)) == "UNBOOKABLE_TRADE"
    order = an_order()
    assert on_execution(order, says("REJECTED", "REJECTED", **silent, text="no credit"), 2).closed
    assert order.text == "no credit"


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-1", "0", "1E+999999", "1E-9"])
def test_a_trade_in_a_number_that_cannot_be_is_not_booked(number: str) -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 100, 100, last_qty=Decimal(number)), 3)
    assert rule_of(applied) in {"IMPOSSIBLE_NUMBER", "UNBOOKABLE_TRADE"}
    assert rule_of(on_trade_report(order, lists("E1", 100, last_px=Decimal(number)), 4)) == "UNBOOKABLE_TRADE"
    assert order.cum_qty == 0


@pytest.mark.parametrize("number", ["NaN", "sNaN", "-Infinity", "1E+15", "-1E+15", "1E+999999"])
@pytest.mark.parametrize("name", ["order_qty", "price", "cum_qty", "leaves_qty", "last_qty", "last_px"])
def test_a_report_with_a_number_beyond_any_amount_is_believed_in_nothing(name: str, number: str) -> None:
    order = a_working_order()
    doubted = copy.deepcopy(order)
    doubted.move(SyncInput.CONTRADICTED)
    report = msgspec.structs.replace(says("ORDER_STATUS", "NEW"), **{name: Decimal(number)})
    assert rule_of(on_execution(order, report, 3)) == "IMPOSSIBLE_NUMBER"
    assert order == doubted


@pytest.mark.parametrize("name", ["cum_qty", "leaves_qty", "last_qty", "last_px"])
def test_the_largest_number_that_can_be_is_one(name: str) -> None:
    largest = Decimal("999999999999999.99999999")
    report = msgspec.structs.replace(says("ORDER_STATUS", "NEW"), **{name: largest})
    assert rule_of(on_execution(a_working_order(), report, 3)) != "IMPOSSIBLE_NUMBER"


# What the venue confirms.


@pytest.mark.parametrize("other", [{"order_qty": Decimal(900_000)}, {"price": Decimal("1.2")}], ids=["size", "limit"])
def test_an_acknowledgement_of_other_terms_is_a_doubt(other: dict[str, Decimal]) -> None:
    order = an_order()
    assert rule_of(on_execution(order, says("NEW", "NEW", **other), 2)) == "OTHER_TERMS"
    assert (order.phase, order.order_qty) == (Phase.WORKING, QUANTITY)
    assert order.can_cancel


def test_a_restatement_to_more_than_we_asked_is_a_doubt() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, says("RESTATED", "NEW", order_qty=Decimal(2_000_000)), 3)) == "OTHER_TERMS"
    assert order.order_qty == QUANTITY


def test_a_replace_confirmed_twice_is_accepted_once() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    command = order.request_replace(Decimal(600_000), PRICE, 4)
    on_execution(order, says("REPLACED", "REPLACED", 100, cl_ord_id=command.cl_ord_id, exec_id="R1"), 5)
    before = copy.deepcopy(order)
    assert on_execution(order, says("REPLACED", "REPLACED", 0, cl_ord_id=command.cl_ord_id), 6) == Applied()
    assert order == before


def test_a_fill_before_the_order_was_sent_is_booked_all_the_same() -> None:
    order = an_order(sent=False)
    assert rule_of(on_execution(order, fills("E1", 1000, 1000), 2)) == "IMPOSSIBLE_TRANSITION"
    assert (order.cum_qty, order.ord_status, order.is_live) == (QUANTITY, OrdStatus.FILLED, True)


def test_a_replace_that_the_venue_makes_larger_is_a_doubt_about_the_larger_order() -> None:
    order = a_working_order()
    command = order.request_replace(Decimal(1_500_000), PRICE, 3)
    larger = says("REPLACED", "REPLACED", cl_ord_id=command.cl_ord_id, order_qty=Decimal(5_000_000))
    assert rule_of(on_execution(order, larger, 4)) == "OTHER_TERMS"
    assert order.leaves_qty == 5_000_000


def test_a_replace_that_nobody_asked_for_is_a_doubt() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, says("PENDING_REPLACE", "PENDING_REPLACE"), 3)) == "UNASKED_REPLACE"
    assert rule_of(on_execution(order, says("REPLACED", "REPLACED"), 4)) == "UNASKED_REPLACE"


def test_a_mass_cancel_shows_as_a_pending_cancel_and_leaves_our_own_possible() -> None:
    order = a_working_order()
    assert on_execution(order, says("PENDING_CANCEL", "PENDING_CANCEL"), 3).violation is None
    assert order.ord_status is OrdStatus.PENDING_CANCEL
    assert order.request_cancel(4).orig_cl_ord_id == ORDER_ID


def test_a_cancel_refused_as_too_late_while_we_think_it_works_is_a_doubt() -> None:
    order = a_working_order()
    command = order.request_cancel(3)
    applied = on_cancel_refused(order, refuses(command.cl_ord_id, "FILLED", "TOO_LATE"), 4)
    assert rule_of(applied) == "STATUS_CONTRADICTS_PHASE"
    assert order.pending is Pending.NONE


def test_a_refusal_heard_twice_changes_nothing() -> None:
    order = a_working_order()
    command = order.request_cancel(3)
    on_cancel_refused(order, refuses(command.cl_ord_id), 4)
    assert on_cancel_refused(order, refuses(command.cl_ord_id), 5).duplicate


def test_a_request_refused_by_an_execution_report_does_not_end_the_order() -> None:
    order = a_working_order()
    command = order.request_replace(Decimal(500_000), PRICE, 3)
    on_execution(order, says("REJECTED", "REJECTED", cl_ord_id=command.cl_ord_id), 4)
    assert (order.phase, order.pending, order.replace_id) == (Phase.WORKING, Pending.NONE, "")


@pytest.mark.parametrize(("msg_type", "phase"), [("D", Phase.REJECTED), ("H", Phase.SENT), ("", Phase.SENT)])
def test_only_the_refused_order_message_rejects_the_order(msg_type: str, phase: Phase) -> None:
    order = an_order()
    order.request_cancel(2)
    on_business_reject(order, MessageRejected(1, msg_type, ORDER_ID, RejectReason.OTHER, "no"), 3)
    assert order.phase is phase
    assert order.pending is (Pending.NONE if phase is Phase.REJECTED else Pending.CANCEL_SENT)


def test_an_unreadable_cancel_of_ours_is_a_refused_cancel() -> None:
    order = a_working_order()
    command = order.request_cancel(3)
    on_business_reject(order, MessageRejected(2, "F", command.cl_ord_id, RejectReason.OTHER), 4)
    assert (order.phase, order.pending) == (Phase.WORKING, Pending.NONE)


# Doubt.


def test_a_lost_session_leaves_only_the_unanswered_in_doubt() -> None:
    unanswered, working, asked, over = an_order(), a_working_order(), a_working_order(), an_order()
    asked.request_cancel(3)
    on_execution(over, says("REJECTED", "REJECTED"), 2)
    unsent = an_order(sent=False)
    for order in (unanswered, working, asked, over, unsent):
        order.session_lost()
    in_doubt = [order.sync is Sync.IN_DOUBT for order in (unanswered, working, asked, over, unsent)]
    assert in_doubt == [True, False, True, False, False]


def test_the_late_acknowledgement_settles_an_order_in_doubt() -> None:
    order = an_order()
    order.session_lost()
    on_execution(order, says("NEW", "NEW"), 2)
    assert (order.sync, order.phase) == (Sync.IN_SYNC, Phase.WORKING)


def test_a_fill_does_not_answer_a_lost_cancel_but_a_status_does() -> None:
    order = a_working_order()
    order.request_cancel(3)
    order.session_lost()
    on_execution(order, fills("E1", 100, 100), 4)
    assert order.sync is Sync.IN_DOUBT
    on_execution(order, says("ORDER_STATUS", "PARTIALLY_FILLED", 100), 5)
    assert (order.sync, order.pending, order.can_cancel) == (Sync.IN_SYNC, Pending.NONE, True)


def test_a_status_tells_that_a_cancel_in_doubt_is_under_way() -> None:
    order = a_working_order()
    command = order.request_cancel(3)
    order.session_lost()
    on_execution(order, says("ORDER_STATUS", "PENDING_CANCEL", 0), 4)
    assert (order.sync, order.pending, order.cancel_id) == (Sync.IN_SYNC, Pending.CANCEL_PENDING, command.cl_ord_id)


@pytest.mark.parametrize("said", [{"cl_ord_id": "Y"}, {"order_qty": Decimal(500_000)}], ids=["id", "quantity"])
def test_a_status_tells_that_a_lost_replace_had_been_accepted(said: dict[str, object]) -> None:
    order = a_working_order()
    command = order.request_replace(Decimal(500_000), PRICE, 3)
    order.session_lost()
    if "cl_ord_id" in said:
        said = {"cl_ord_id": command.cl_ord_id}
    on_execution(order, says("ORDER_STATUS", "NEW", 0, **said), 4)
    assert (order.sync, order.order_qty, order.current_id) == (Sync.IN_SYNC, 500_000, command.cl_ord_id)


def test_a_status_tells_by_the_limit_that_a_lost_replace_had_been_accepted() -> None:
    order = a_working_order()
    order.request_replace(QUANTITY, Decimal("1.2"), 3)
    order.session_lost()
    on_execution(order, says("ORDER_STATUS", "NEW", 0, order_qty=QUANTITY, price=Decimal("1.2")), 4)
    assert (order.sync, order.price) == (Sync.IN_SYNC, Decimal("1.2"))


def test_a_status_tells_that_a_lost_replace_never_came() -> None:
    order = a_working_order()
    order.request_replace(Decimal(500_000), PRICE, 3)
    order.session_lost()
    on_execution(order, says("ORDER_STATUS", "NEW", 0, order_qty=QUANTITY), 4)
    assert (order.sync, order.order_qty, order.current_id) == (Sync.IN_SYNC, QUANTITY, ORDER_ID)


def test_a_status_of_an_answered_order_goes_neither_back_nor_from_one_end_to_another() -> None:
    working, expired = a_working_order(), a_working_order()
    assert on_execution(working, says("ORDER_STATUS", "PENDING_NEW"), 3) == Applied()
    assert working.phase is Phase.WORKING
    on_execution(expired, says("EXPIRED", "EXPIRED"), 3)
    assert on_execution(expired, says("ORDER_STATUS", "CANCELED"), 4) == Applied()
    assert expired.phase is Phase.EXPIRED


def test_a_status_of_filled_answers_the_cancel_that_came_too_late() -> None:
    order = a_working_order()
    command = order.request_cancel(3)
    on_execution(order, says("PENDING_CANCEL", "PENDING_CANCEL", cl_ord_id=command.cl_ord_id), 4)
    on_execution(order, fills("E1", 1000, 1000), 5)
    assert (order.is_final, order.ord_status) == (True, OrdStatus.PENDING_CANCEL)
    on_execution(order, says("ORDER_STATUS", "FILLED", 1000), 6)
    assert order.ord_status is OrdStatus.FILLED


def test_a_refusal_does_not_settle_a_count_that_differs() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    command = order.request_cancel(4)
    on_execution(order, busts("E3", "E2", "NEW", 0), 5)
    on_cancel_refused(order, refuses(command.cl_ord_id), 6)
    assert order.sync is Sync.IN_DOUBT


def test_a_status_shows_an_end_that_we_missed() -> None:
    order = a_working_order()
    applied = on_execution(order, says("ORDER_STATUS", "EXPIRED"), 3)
    assert (applied.closed, applied.violation, order.phase) == (True, None, Phase.EXPIRED)


def test_a_status_that_shows_an_ended_order_at_work_is_a_doubt_about_a_live_order() -> None:
    order = a_working_order()
    on_execution(order, says("CANCELED", "CANCELED"), 3)
    applied = on_execution(order, says("ORDER_STATUS", "NEW"), 4)
    assert (rule_of(applied), applied.reopened, order.is_live) == ("ENDED_ORDER_WORKS", True, True)
    on_execution(order, says("ORDER_STATUS", "NEW"), 5)
    assert (order.sync, order.phase) == (Sync.IN_SYNC, Phase.WORKING)


def test_a_status_of_filled_without_the_fills_waits_for_the_trade_list() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, says("ORDER_STATUS", "FILLED", 1000), 3)) == "STATUS_CONTRADICTS_COUNT"
    assert not on_trade_report(order, lists("E1", 400), 4).closed
    assert on_trade_report(order, lists("E2", 600), 5).closed


def test_a_trade_that_the_list_voids_is_undone_and_the_status_says_what_is_left() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 1000, 1000), 3)
    applied = on_trade_report(order, lists("E1", 1000, is_cancel=True), 4)
    assert (rule_of(applied), applied.reopened, order.cum_qty) == ("TRADE_VOIDED", True, 0)
    assert on_trade_report(order, lists("E1", 1000, is_cancel=True), 5).duplicate
    assert on_execution(order, says("ORDER_STATUS", "CANCELED", 0), 6).closed


def test_an_order_that_was_never_received_is_closed_and_can_be_tried_again() -> None:
    order = an_order()
    order.session_lost()
    assert on_execution(order, UNKNOWN, 2) == Applied()
    assert order.sync is Sync.IN_DOUBT
    assert order.never_received(3).closed
    assert (order.phase, order.reject_reason) == (Phase.REJECTED, RejectReason.UNKNOWN_ORDER)


def test_unknown_is_not_a_no_for_an_order_that_was_filled() -> None:
    order = an_order()
    on_execution(order, fills("E1", 100, 100), 2)
    assert rule_of(on_execution(order, UNKNOWN, 3)) == "UNKNOWN_TO_VENUE"
    with pytest.raises(LocalOrderError, match="received"):
        order.never_received(4)


def test_an_order_that_was_acknowledged_was_received() -> None:
    order = a_working_order()
    with pytest.raises(LocalOrderError, match="received"):
        order.never_received(3)
    assert order.phase is Phase.WORKING


def test_unknown_says_nothing_about_an_order_that_is_over() -> None:
    order = a_working_order()
    on_execution(order, says("CANCELED", "CANCELED"), 3)
    assert on_execution(order, UNKNOWN, 4) == Applied()


def test_an_order_that_turns_out_to_live_after_all_is_in_doubt() -> None:
    order = an_order()
    order.never_received(2)
    applied = on_execution(order, says("NEW", "NEW"), 3)
    assert (rule_of(applied), applied.reopened, order.is_live) == ("IMPOSSIBLE_TRANSITION", True, True)


def test_a_person_settles_a_doubt_with_name_and_reason() -> None:
    order = an_order()
    order.session_lost()
    applied = order.settled_by("ann", Phase.CANCELED, "the venue's desk confirmed by telephone", 9)
    assert applied.closed
    assert (order.settled_by_person, order.text) == ("ann", "the venue's desk confirmed by telephone")


@pytest.mark.parametrize("phase", [Phase.CREATED, Phase.SENT, Phase.FILLED])
def test_a_person_cannot_sign_for_what_the_fills_exclude(phase: Phase) -> None:
    order = an_order()
    order.session_lost()
    before = copy.deepcopy(order)
    with pytest.raises(DomainError, match="expected WORKING"):
        order.settled_by("ann", phase, "", 9)
    assert order == before


def test_a_person_cannot_sign_a_filled_order_off_as_canceled() -> None:
    order = a_working_order()
    on_execution(order, says("CANCELED", "CANCELED"), 3)
    on_execution(order, fills("E1", 1000, 1000), 4)
    with pytest.raises(DomainError, match="expected FILLED"):
        order.settled_by("ann", Phase.CANCELED, "", 9)


def test_a_person_cannot_sign_for_what_is_not_in_doubt() -> None:
    with pytest.raises(DomainError, match="not in doubt"):
        a_working_order().settled_by("ann", Phase.CANCELED, "", 9)


def test_a_state_hash_can_serialize_the_order() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    order.request_cancel(4)
    one, other = (msgspec.json.encode(each, enc_hook=str) for each in (order, copy.deepcopy(order)))
    assert one == other
    assert b'"E1"' in one
