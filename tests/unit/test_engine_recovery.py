"""After a reconnect or a restart: first the trades are asked for, then the orders, and nothing new leaves before."""

from datetime import date
from typing import Any

import pytest

from tests.unit.engine_cases import (
    SECOND,
    VENUE,
    Wire,
    alerts,
    asked,
    canceled,
    closed,
    ended,
    placed,
    sent,
    trade_request,
)
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestOrderStatus, RequestTrades, SubscribeMarketData
from trader.engine import inputs
from trader.engine.outputs import StartTimer
from trader.engine.state import BatchPhase, LineStatus

FILLED, REJECTED, UNFILLED = LineStatus.FILLED, LineStatus.REJECTED, LineStatus.UNFILLED
QUEUED, WORKING, UNKNOWN = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNKNOWN
ONE = Terms()


def dropped(*acknowledged: int, in_flight_max: int = 2, **requests: Any) -> Wire:
    """Three lines, some of their orders acknowledged, and the session gone."""
    wire = Wire(settings={"in_flight_max": in_flight_max}, **requests)
    wire.submit()
    for line_no in acknowledged:
        wire.acknowledges(line_no)
    wire.drop()
    return wire


# --- what is asked, and in which order --------------------------------------------------------------------------------


def test_a_session_that_opens_with_nothing_open_asks_nothing() -> None:
    assert Wire(opened=False).reopen() == []


def test_first_the_trades_are_asked_for_then_each_open_order() -> None:
    wire = dropped()
    out = wire.reopen()
    assert sent(RequestOrderStatus, out) == []
    request = trade_request(out)
    assert asked(wire.announces(request.request_id, 0)) == ["00010101", "00020101"]


def test_the_statuses_wait_for_the_last_trade() -> None:
    wire = dropped()
    request = trade_request(wire.reopen())
    assert asked(wire.announces(request.request_id, 2)) == []
    assert asked(wire.lists(request.request_id, 1, 400, exec_id="F1-400")) == []
    assert asked(wire.lists(request.request_id, 1, 600, exec_id="F1-1000")) == ["00020101"]
    assert wire.statuses() == [FILLED, WORKING, QUEUED]


def test_trades_are_asked_for_from_where_the_venue_was_when_the_batch_began() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.fills(1)
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    wire.submit(Terms(amount="2000000"), Terms(amount="3000000"), content=b"the second")
    first, second = wire.engine.context.batches.values()
    assert first.phase is BatchPhase.DONE
    wire.drop()
    request = trade_request(wire.reopen())
    assert (request.trade_date, request.from_ts_ns) == (date(2026, 3, 2), wire.now_ns)
    assert second.phase is BatchPhase.TRADING


def test_a_venue_that_has_said_nothing_yet_is_asked_for_everything() -> None:
    request = trade_request(dropped().reopen())
    assert (request.trade_date, request.from_ts_ns) == (None, None)


def test_trades_of_a_batch_that_crossed_the_roll_are_asked_for_without_a_date() -> None:
    wire = Wire(settings={"work_s_max": 86_400})
    wire.submit(ONE)
    wire.fills(1)
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    wire.submit(ONE, Terms(amount="2000000"), content=b"the second")
    wire.drop()
    wire.now_ns += 14 * 3600 * SECOND
    assert trade_request(wire.reopen()) == RequestTrades("R3")


def test_a_report_from_the_future_does_not_hide_the_trades_before_it() -> None:
    wire = Wire()
    wire.submit(ONE, ONE)
    name = wire.order(1).cl_ord_id
    wire.says(
        "8",
        f"37=V1|11={name}|17=F1|150=F|39=2|55=EUR/USD|54=1|15=EUR|32=1000000|31=1.1|14=1000000|151=0|75=99991231|"
        "60=99991231-23:59:59",
    )
    assert wire.order(1).phase == "FILLED"
    wire.submit(Terms(amount="2000000"), content=b"the second")
    wire.drop()
    assert trade_request(wire.reopen()).from_ts_ns is None


def test_a_venue_that_lists_no_trades_is_asked_about_the_orders_at_once() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.drop()
    assert asked(wire.reopen()) == ["00010101"]


def test_a_venue_that_tells_no_statuses_keeps_only_what_is_in_doubt_waiting() -> None:
    wire = Wire(order_status=False)
    wire.submit()
    wire.acknowledges(1)
    wire.drop()
    request = trade_request(wire.reopen())
    assert asked(wire.announces(request.request_id, 1)) == []
    wire.lists(request.request_id, 2)
    out = wire.fills(3)
    assert (alerts(out), wire.statuses()) == (["RECOVERY_COMPLETE"], [WORKING, FILLED, FILLED])


def test_a_venue_that_tells_neither_leaves_what_is_in_doubt_to_a_person() -> None:
    wire = Wire(order_status=False, trade_capture=False)
    wire.submit(ONE)
    wire.drop()
    assert asked(wire.reopen()) == []
    assert alerts(wire.wait(11)) == ["RECOVERY_INCOMPLETE", "BATCH_SUSPENDED"]


def test_a_venue_that_will_not_list_its_trades_is_asked_about_the_orders_and_told_on() -> None:
    wire = dropped()
    request = trade_request(wire.reopen())
    out = wire.says("AQ", f"568={request.request_id}|569=1|749=99|750=2|58=Not for you")
    assert alerts(out) == ["TRADES_NOT_REPORTED"]
    assert asked(out) == ["00010101", "00020101"]


# --- the gate stays shut ----------------------------------------------------------------------------------------------


def test_nothing_new_leaves_until_every_order_is_answered_for() -> None:
    wire = dropped()
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 0)
    assert placed(wire.reports_status(1, "0")) == []
    out = wire.reports_status(2, "0")
    assert placed(out) == ["00030101"]
    assert alerts(out) == ["RECOVERY_COMPLETE"]


def test_an_answer_settles_the_doubt_about_its_order_alone() -> None:
    wire = dropped()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    assert (wire.order(1).sync, wire.order(2).sync) == ("IN_SYNC", "IN_DOUBT")


def test_a_venue_that_does_not_answer_suspends_its_batches() -> None:
    wire = dropped()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    out = wire.wait(11)
    assert alerts(out) == ["RECOVERY_INCOMPLETE", "BATCH_SUSPENDED"]
    assert ended(out)
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [UNKNOWN, UNKNOWN, QUEUED])
    assert placed(out) == []


def test_a_batch_submitted_again_while_the_venue_owes_answers_asks_once_more_and_sends_nothing() -> None:
    wire = dropped()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.wait(11)
    out = wire.submit()
    assert placed(out) == []
    assert asked(wire.announces(trade_request(out).request_id, 0)) == ["00010101", "00020101"]
    assert placed(wire.reports_status(1, "0")) == []
    assert placed(wire.reports_status(2, "0")) == ["00030201"]


def test_a_batch_submitted_again_during_the_questions_does_not_ask_them_twice() -> None:
    wire = Wire()
    wire.submit()
    wire.restart()
    wire.reopen()
    assert sent(RequestTrades, wire.submit()) == []


def test_a_session_that_drops_during_the_questions_is_asked_them_again() -> None:
    wire = dropped()
    first = trade_request(wire.reopen())
    wire.drop()
    second = trade_request(wire.reopen())
    assert first.request_id != second.request_id
    assert asked(wire.announces(first.request_id, 0)) == []
    assert asked(wire.announces(second.request_id, 0)) == ["00010101", "00020101"]


def test_the_timer_of_questions_that_were_answered_does_nothing() -> None:
    wire = dropped()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.reports_status(2, "0")
    assert wire.phase is BatchPhase.TRADING
    wire.acknowledges(3)
    assert alerts(wire.wait(11)) == []


# --- what the answers do ----------------------------------------------------------------------------------------------


def test_an_order_the_venue_never_got_is_tried_again_under_a_new_name() -> None:
    wire = dropped(1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    out = wire.knows_not(2)
    assert closed(out) == [("00020101", 0)]
    wire.reports_status(3, "0")
    assert placed(wire.outputs) == ["00010101", "00020101", "00030101", "00020201"]
    assert wire.line(2).orders[-1][10:] == "00020201"


def test_where_a_live_order_may_be_called_unknown_nothing_is_sent_in_its_place() -> None:
    wire = dropped(1, unknown_order="may_be_live")
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    out = wire.knows_not(2)
    assert (alerts(out), closed(out)) == (["ORDER_FORGOTTEN"], [])
    wire.reports_status(3, "0")
    assert placed(wire.outputs) == ["00010101", "00020101", "00030101"]
    assert (wire.order(2).sync, wire.pending() != {}) == ("IN_DOUBT", True)
    assert closed(wire.fills(2)) == [("00020101", 1_000_000)], "its own word settles it"


def test_an_order_that_a_resent_report_settles_needs_no_status() -> None:
    wire = dropped(1, 2)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.fills(1)
    wire.fills(2)
    assert alerts(wire.fills(3)) == ["RECOVERY_COMPLETE"]


def test_an_order_the_venue_has_forgotten_stays_unknown_and_the_gate_shut() -> None:
    wire = dropped(1, in_flight_max=1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    out = wire.knows_not(1)
    assert alerts(out) == ["ORDER_FORGOTTEN"]
    assert (wire.order(1).sync, wire.pending() != {}) == ("IN_DOUBT", True)
    out = wire.reports_status(2, "0")
    assert (placed(out), alerts(out)) == ([], [])
    assert wire.wait(11)
    assert wire.statuses() == [UNKNOWN, UNKNOWN, QUEUED]


def test_a_no_such_order_in_the_form_of_a_rejection_ends_no_order() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    name = wire.order(1).cl_ord_id
    wire.says("8", f"37=NONE|11={name}|17=U|150=8|39=8|55=EUR/USD|54=1|15=EUR|14=0|151=0|103=5")
    assert (wire.order(1).phase, wire.order(1).sync, wire.statuses()) == ("WORKING", "IN_DOUBT", [WORKING])


def test_a_no_such_order_that_nobody_asked_for_is_not_believed() -> None:
    wire = Wire()
    wire.submit(ONE)
    assert alerts(wire.knows_not(1)) == ["ORDER_FORGOTTEN"]
    assert (wire.order(1).phase, wire.order(1).sync, wire.statuses()) == ("SENT", "IN_DOUBT", [WORKING])
    assert asked(wire.wait(6.5)) == ["00010101"]


def test_a_no_such_order_about_no_order_of_ours_is_told() -> None:
    wire = Wire()
    out = wire.says("8", "37=NONE|11=FOREIGN|17=U|150=I|39=8|55=EUR/USD|54=1|15=EUR|14=0|151=0|103=5")
    assert alerts(out) == ["UNKNOWN_ORDER"]


def test_a_status_with_more_fills_than_we_know_keeps_the_order_in_doubt() -> None:
    wire = dropped(1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    assert alerts(wire.reports_status(1, "1", cum=400)) == ["QUANTITY_DIFFERS"]
    assert wire.order(1).sync == "IN_DOUBT"
    wire.reports_status(2, "0")
    wire.reports_status(3, "0")
    assert wire.engine.context.sessions[VENUE].recovery is not None


def test_a_fill_lost_with_the_session_is_booked_from_the_venues_list() -> None:
    wire = dropped(1, 2)
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 2)
    wire.reports_status(1, "0")
    wire.reports_status(3, "0")
    assert (wire.statuses()[1], wire.order(2).cum_qty) == (FILLED, 1_000_000)


def test_an_order_refused_by_a_session_that_was_down_is_answered_for() -> None:
    wire = dropped(1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.reports_status(3, "0")
    out = wire.refuses_to_send(2)
    assert alerts(out) == ["RECOVERY_COMPLETE"]
    assert placed(out) == ["00020201"]


def test_a_fill_lost_on_a_healthy_session_is_asked_for_when_the_next_one_shows_it() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    assert alerts(wire.fills(1, 300, 700, exec_id="F2")) == ["QUANTITY_DIFFERS"]
    request = trade_request(wire.wait(1))
    wire.announces(request.request_id, 2)
    wire.lists(request.request_id, 1, 400, exec_id="F1")
    wire.lists(request.request_id, 1, 300, exec_id="F2")
    wire.reports_status(1, "1", cum=700)
    assert (wire.order(1).cum_qty, wire.order(1).sync) == (700_000, "IN_SYNC")
    assert wire.engine.context.sessions[VENUE].recovery is None


TRADE = "32=500000|31=1.1001|64=20260304|75=20260302|60=20260302-10:00:00.000"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("EXEC_ID_REUSED", f"37=V1|17=F1-400|150=F|39=1|54=1|38=1000000|14=900000|151=100000|{TRADE}"),
        ("CONTRADICTS_ORDER", f"37=V1|17=X|150=F|39=1|54=2|38=1000000|14=900000|151=100000|{TRADE}"),
        ("ORDER_ID_CROSSED", f"37=V2|17=X|150=F|39=1|54=1|38=1000000|14=900000|151=100000|{TRADE}"),
        ("UNBOOKABLE_TRADE", "37=V1|17=X|150=F|39=1|54=1|38=1000000|14=400000|151=600000|32=0|31=1.1"),
    ],
    ids=["reused", "other side", "crossed", "no amount"],
)
def test_a_trade_that_cannot_be_booked_for_its_order_is_asked_about_before_anything_leaves(
    rule: str, told: str
) -> None:
    wire = Wire()
    wire.submit(*[ONE] * 5)
    wire.fills(1, 400, cum=400)
    wire.acknowledges(2)
    out = wire.says("8", f"11={wire.order(1).cl_ord_id}|55=EUR/USD|15=EUR|{told}")
    assert alerts(out)[:2] == [rule, "RECOVERY_STARTED"]
    assert placed(wire.acknowledges(3)) == []
    wire.announces(trade_request(out).request_id, 0)
    wire.reports_status(1, "1", 400)
    assert placed([*wire.reports_status(2, "0"), *wire.reports_status(3, "0")]) == []
    assert placed(wire.reports_status(4, "0")) == ["00050101"]


def test_a_fill_after_the_end_is_asked_about_before_anything_leaves() -> None:
    wire = Wire()
    wire.submit(*[ONE] * 4)
    wire.cancels(1)
    out = wire.fills(1)
    assert ("FILL_AFTER_END" in alerts(out), placed(wire.fills(2))) == (True, [])
    wire.announces(trade_request(out).request_id, 0)
    assert placed(wire.reports_status(1, "2", 1000)) == []  # what was on its way is asked about too
    assert placed(wire.fills(3)) == ["00040101"]


def test_a_doubt_that_the_venue_does_not_settle_is_not_asked_about_without_end() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.fills(1, 300, 700, exec_id="F2")
    wire.announces(trade_request(wire.wait(1)).request_id, 0)
    wire.reports_status(1, "1", cum=700)
    out = wire.wait(40)
    assert sent(RequestTrades, out) == []
    assert (alerts(out), wire.phase) == (["RECOVERY_INCOMPLETE", "BATCH_SUSPENDED"], BatchPhase.SUSPENDED)


# --- a session that stays away ----------------------------------------------------------------------------------------


def test_a_lost_session_is_told_once() -> None:
    wire = dropped()
    assert alerts(wire.outputs) == ["SESSION_LOST"]
    assert wire.drop() == []


def test_a_session_that_stays_away_suspends_its_batches() -> None:
    wire = dropped(1)
    out = wire.wait(17)
    assert (alerts(out), ended(out)) == (["BATCH_SUSPENDED"], True)
    assert wire.statuses() == [UNKNOWN, UNKNOWN, UNKNOWN]
    assert wire.line(1).reason_code == "IN_DOUBT"


def test_a_short_break_does_not_suspend_a_batch() -> None:
    wire = dropped(1, 2)
    assert alerts(wire.wait(10)) == []
    assert wire.phase is BatchPhase.TRADING


def test_cancels_that_were_on_their_way_are_sent_again_after_a_break() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    wire.drop()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    assert canceled(wire.reports_status(1, "0")) == ["00010101"]
    wire.cancels(1)
    assert wire.statuses() == [UNFILLED]


# --- a process that dies ----------------------------------------------------------------------------------------------


def test_a_restart_puts_what_is_unanswered_in_doubt_and_suspends_the_batch() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    wire.fills(1, 400, 400)
    out = wire.restart()
    assert (alerts(out), ended(out)) == (["BATCH_SUSPENDED"], False)
    assert wire.statuses() == [UNKNOWN, UNKNOWN, UNKNOWN]
    assert [wire.order(no).sync for no in (1, 2, 3)] == ["IN_SYNC", "IN_DOUBT", "IN_DOUBT"]
    assert wire.pending() != {}


def test_a_second_restart_of_a_suspended_batch_says_nothing_new() -> None:
    wire = Wire()
    wire.submit()
    wire.restart()
    assert [each for each in wire.restart() if not isinstance(each, StartTimer)] == []
    assert wire.statuses() == [UNKNOWN, UNKNOWN, QUEUED]


def test_after_a_restart_the_same_file_goes_on_where_it_was() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    wire.fills(1)
    wire.restart()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(2, "0")
    assert wire.statuses() == [FILLED, UNKNOWN, UNKNOWN]
    wire.knows_not(3)
    assert placed(wire.last) == []
    wire.quotes()
    assert placed(wire.submit()) == ["00030201"]
    wire.fills(2)
    wire.fills(3)
    assert (wire.statuses(), wire.phase, wire.pending()) == ([FILLED] * 3, BatchPhase.COLLECTING, {})


def test_a_batch_taken_up_after_a_long_break_waits_for_fresh_rates() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.restart()
    wire.now_ns += 300 * SECOND
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.knows_not(1)
    out = wire.submit(ONE, ONE)
    assert (len(sent(SubscribeMarketData, out)), placed(out)) == (1, [])
    assert wire.phase is BatchPhase.AWAITING_RATES
    assert placed(wire.quotes()) == ["00020201"]
    assert wire.phase is BatchPhase.TRADING


def test_a_batch_taken_up_without_rates_in_time_denies_what_has_not_left() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.restart()
    wire.now_ns += 300 * SECOND
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.submit(ONE, ONE)
    wire.wait(11)
    assert (wire.statuses(), wire.line(2).reason_code) == ([WORKING, LineStatus.DENIED], "REFERENCE_STALE")
    assert wire.phase is BatchPhase.TRADING


def test_a_restart_while_a_batch_taken_up_waits_for_rates_forgets_nothing() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.restart()
    wire.now_ns += 300 * SECOND
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.submit(ONE, ONE)
    assert wire.phase is BatchPhase.AWAITING_RATES
    wire.restart()
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [UNKNOWN, QUEUED])


def test_prices_are_asked_for_again_after_a_break() -> None:
    wire = dropped(1, in_flight_max=1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    assert len(sent(SubscribeMarketData, wire.reports_status(2, "0"))) == 1


def test_orders_that_end_before_the_file_comes_again_are_final() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.restart()
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [FILLED])
    collected = trade_request(wire.submit(ONE))
    wire.announces(collected.request_id, 1)
    wire.lists(collected.request_id, 1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_a_batch_that_was_never_checked_is_forgotten_by_a_restart() -> None:
    wire = Wire(priced=False)
    wire.submit(ONE)
    wire.restart()
    assert wire.engine.context.batches == {}
    wire.reopen()
    wire.quotes()
    assert placed(wire.submit(ONE)) == ["00010101"]


def test_a_restart_in_the_middle_of_the_trade_reports_asks_for_them_again() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.fills(1)
    wire.announces("T2", 1)
    wire.restart()
    wire.reopen()
    collected = trade_request(wire.submit(ONE))
    assert collected.request_id != "T2"
    wire.announces(collected.request_id, 1)
    wire.lists(collected.request_id, 1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_a_stopped_batch_stays_stopped_over_a_restart() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    wire.restart()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.knows_not(1)
    assert wire.statuses() == [UNFILLED, UNFILLED]
    out = wire.submit(ONE, ONE)
    assert (placed(out), wire.phase) == ([], BatchPhase.COLLECTING)


def test_a_done_batch_stays_done_over_a_restart() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.fills(1)
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    assert [each for each in wire.restart() if not isinstance(each, StartTimer)] == []
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_an_order_that_lives_after_all_is_not_replaced() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(Terms())
    wire.drop()
    wire.refuses_to_send(1)
    assert wire.statuses() == [LineStatus.QUEUED]
    wire.acknowledges(1)
    assert (wire.statuses(), wire.line(1).unsent) == ([WORKING], [])
    out = wire.reopen()
    out += wire.announces(trade_request(out).request_id, 0)
    out += wire.reports_status(1, "0")
    assert placed(out) == []
    wire.fills(1)
    assert (wire.statuses(), len(wire.line(1).orders), wire.pending()) == ([LineStatus.FILLED], 1, {})


def test_an_order_that_the_venue_has_counted_fills_of_and_then_does_not_know_stays_unknown() -> None:
    wire = dropped()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.says("8", wire._about(1, "6", "6", "17=E1", cum=400))
    out = wire.says("8", wire._about(1, "I", "8", "17=0|103=5"))
    assert "ORDER_FORGOTTEN" in alerts(out)
    assert (placed(out), wire.statuses()[0]) == ([], WORKING)
