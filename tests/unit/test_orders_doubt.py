"""An order in doubt, and the ways out: what the venue says late, its lists, and a person's word."""

import copy
from decimal import Decimal

import msgspec
import pytest

from tests.unit.order_words import (
    ORDER_ID,
    PRICE,
    QUANTITY,
    UNKNOWN,
    a_working_order,
    an_order,
    busts,
    fills,
    lists,
    refuses,
    rule_of,
    says,
)
from trader.domain.errors import DomainError, LocalOrderError
from trader.domain.events import OrdStatus, RejectReason
from trader.orders.applied import Applied
from trader.orders.machine import Pending, Phase, Sync
from trader.orders.reports import on_cancel_refused, on_execution, on_trade_report


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
