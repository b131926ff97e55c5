"""The blotter: every name leads to its order, no id is given twice, and no trade is lost or booked twice."""

from decimal import Decimal

import pytest
from values import replace

from tests.unit.order_words import DEAL, ORDER_ID, PRICE, a_working_order, busts, fills, lists, refuses, says
from trader.domain.deal import OrderType, TimeInForce
from trader.domain.errors import LocalOrderError
from trader.domain.events import MarketDataRefused, MessageRejected, MessageUnreadable, RejectReason
from trader.domain.ids import cl_ord_id, next_version
from trader.orders.applied import Applied
from trader.orders.blotter import Blotter
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order

SECOND_ID = cl_ord_id("0123456789", 2)


def created(blotter: Blotter, name: str = ORDER_ID) -> Order:
    order = blotter.create(name, DEAL, OrderType.LIMIT, PRICE, TimeInForce.DAY, "ACC")
    order.sent(1)
    return order


def test_an_order_is_found_by_every_name_it_has() -> None:
    blotter = Blotter("SIM")
    order = created(blotter)
    blotter.apply(says("NEW", "NEW"), 2)
    change = order.request_replace(Decimal(500_000), PRICE, 3)
    cancel = order.request_cancel(4)
    assert blotter.find(ORDER_ID) is order
    assert blotter.find(change.cl_ord_id) is order
    assert blotter.find("strange", cancel.cl_ord_id) is order
    assert blotter.find("", "", "V1") is order
    assert blotter.find("strange", "", "V2") is None


def test_an_id_is_given_once() -> None:
    blotter = Blotter("SIM")
    order = created(blotter)
    with pytest.raises(LocalOrderError, match="never used"):
        blotter.create(ORDER_ID, DEAL, OrderType.LIMIT, PRICE, TimeInForce.DAY, "ACC")
    with pytest.raises(LocalOrderError, match="never used"):
        blotter.create(ORDER_ID, DEAL, OrderType.MARKET, None, TimeInForce.DAY, "ACC")
    request = order.request_cancel(2)
    with pytest.raises(LocalOrderError, match="never used"):
        created(blotter, request.cl_ord_id)
    assert blotter.add(order) is order
    assert list(blotter) == [order]


def test_two_attempts_of_one_line_never_share_an_id() -> None:
    blotter = Blotter("SIM")
    first = created(blotter)
    first.never_received(2)
    second = created(blotter, next_version(first.cl_ord_id))
    blotter.apply(says("NEW", "NEW", cl_ord_id=ORDER_ID), 3)  # the first lives after all
    names = [first.request_cancel(4).cl_ord_id, second.request_cancel(4).cl_ord_id, first.cl_ord_id, second.cl_ord_id]
    assert len(set(names)) == 4
    assert blotter.find(names[0]) is first
    assert blotter.find(names[1]) is second


def test_a_bust_whose_numbers_are_none_is_no_lost_one_and_raises_nothing() -> None:
    blotter = Blotter("SIM")
    order = created(blotter)
    blotter.apply(fills("E1", 100, 100), 2)
    bust = busts("B1", "E9", "PARTIALLY_FILLED", 100, last_qty=Decimal(5), last_px=Decimal("1.10"))
    blotter.apply(bust, 3)
    blotter.apply(replace(bust, last_qty=Decimal("sNaN")), 4)
    assert len(blotter.orphans) == 2
    blotter.apply(says("ORDER_STATUS", "PARTIALLY_FILLED", 100), 5)
    assert (order.sync, len(blotter.orphans)) == (Sync.IN_SYNC, 2)


def test_an_orphan_is_kept_until_its_trade_is_booked() -> None:
    blotter = Blotter("SIM")
    order = created(blotter)
    stray = fills("E1", 100, 100, cl_ord_id="strange", order_id="V9")
    found, applied = blotter.apply(stray, 2)
    assert found is None
    assert applied.violation is not None
    assert applied.violation.rule == "UNKNOWN_ORDER"
    blotter.apply(stray, 3)
    assert [orphan.event for orphan in blotter.orphans.values()] == [stray]
    blotter.apply(lists("E1", 100), 4)
    assert (order.cum_qty, len(blotter.orphans)) == (100_000, 0)
    _, applied = blotter.apply(lists("E1", 100), 5)
    assert (applied.duplicate, len(blotter.orphans)) == (True, 0)


def test_a_trade_that_contradicts_its_order_is_an_orphan_of_that_order() -> None:
    blotter = Blotter("SIM")
    order = created(blotter)
    blotter.apply(fills("E1", 100, 100, currency="USD"), 2)
    (orphan,) = blotter.orphans.values()
    assert (orphan.cl_ord_id, orphan.violation.rule) == (ORDER_ID, "CONTRADICTS_ORDER")
    assert list(blotter.in_doubt()) == [order]
    assert blotter.dismiss("E1") == (orphan,)
    assert not blotter.orphans


def test_a_trade_of_the_list_for_nobody_is_an_orphan() -> None:
    blotter = Blotter("SIM")
    found, _ = blotter.apply(lists("E1", 100), 2)
    assert found is None
    assert len(blotter.orphans) == 1


def test_an_exec_id_is_booked_for_one_order() -> None:
    blotter = Blotter("SIM")
    first, second = created(blotter), created(blotter, SECOND_ID)
    blotter.apply(fills("E1", 100, 100), 2)
    _, applied = blotter.apply(fills("E1", 100, 100, cl_ord_id=SECOND_ID, order_id="V2"), 3)
    assert applied.violation is not None
    assert applied.violation.rule == "EXEC_ID_REUSED"
    assert (first.cum_qty, second.cum_qty, second.sync) == (100_000, 0, Sync.IN_DOUBT)
    assert len(blotter.orphans) == 1


def test_a_report_that_names_two_orders_is_believed_for_neither() -> None:
    blotter = Blotter("SIM")
    first, second = created(blotter), created(blotter, SECOND_ID)
    blotter.apply(says("NEW", "NEW"), 2)
    _, applied = blotter.apply(fills("E1", 100, 100, cl_ord_id=SECOND_ID, order_id="V1"), 3)
    assert applied.violation is not None
    assert applied.violation.rule == "ORDER_ID_CROSSED"
    assert (first.cum_qty, second.cum_qty) == (0, 0)


def test_an_order_id_of_yesterday_may_come_again() -> None:
    blotter = Blotter("SIM")
    created(blotter)
    blotter.apply(says("REJECTED", "REJECTED"), 2)
    second = created(blotter, SECOND_ID)
    _, applied = blotter.apply(says("NEW", "NEW", cl_ord_id=SECOND_ID), 3)
    assert applied.violation is None
    assert blotter.find("", "", "V1") is second


def test_live_and_doubtful_orders_are_listed() -> None:
    blotter = Blotter("SIM")
    first, second = created(blotter), created(blotter, SECOND_ID)
    blotter.create(cl_ord_id("0123456789", 3), DEAL, OrderType.LIMIT, PRICE, TimeInForce.DAY, "")
    blotter.apply(says("NEW", "NEW"), 2)
    blotter.session_lost()
    assert list(blotter.live()) == [first, second]
    assert list(blotter.in_doubt()) == [second]
    blotter.apply(says("CANCELED", "CANCELED"), 3)
    assert list(blotter.live()) == [second]
    blotter.apply(fills("E1", 100, 100), 4)  # a fill after the end puts it back on the list
    assert {order.cl_ord_id for order in blotter.live()} == {ORDER_ID, SECOND_ID}
    assert len(blotter) == 3


def test_a_refusal_and_a_rejected_message_reach_their_order() -> None:
    blotter = Blotter("SIM")
    order, other = created(blotter), created(blotter, SECOND_ID)
    blotter.apply(says("NEW", "NEW"), 2)
    request = order.request_cancel(3)
    assert blotter.apply(refuses(request.cl_ord_id), 4) == (order, Applied())
    assert order.can_cancel
    found, applied = blotter.apply(MessageRejected(7, "D", SECOND_ID, RejectReason.OTHER), 5)
    assert (found, applied.closed, other.phase) == (other, True, Phase.REJECTED)


def test_words_about_nobody_change_nothing() -> None:
    blotter = Blotter("SIM")
    created(blotter)
    assert blotter.apply(MarketDataRefused("Q"), 2) == (None, Applied())
    assert blotter.apply(MessageRejected(7, "D", "strange", RejectReason.OTHER), 3) == (None, Applied())
    found, applied = blotter.apply(replace(refuses("strange"), orig_cl_ord_id="", order_id=""), 4)
    assert found is None
    assert applied.violation is not None


def test_a_message_that_cannot_be_read_puts_its_order_in_doubt() -> None:
    blotter = Blotter("SIM")
    order = blotter.add(a_working_order())
    blotter.apply(MessageUnreadable("8", ORDER_ID, "LastQty(32) is 'ten'"), 3)
    assert order.sync is Sync.IN_DOUBT
    blotter.apply(says("ORDER_STATUS", "NEW"), 4)
    assert order.sync is Sync.IN_SYNC
