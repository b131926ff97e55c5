"""The order: our own verbs, and what the venue confirms of them."""

import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.unit.order_words import (
    DEAL,
    ORDER_ID,
    PRICE,
    QUANTITY,
    a_working_order,
    an_order,
    fills,
    refuses,
    rule_of,
    says,
)
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.domain.errors import LocalOrderError
from trader.domain.events import MessageRejected, OrdStatus, RejectReason
from trader.orders.applied import Applied
from trader.orders.machine import Pending, Phase
from trader.orders.order import Order
from trader.orders.reports import on_business_reject, on_cancel_refused, on_execution

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
