"""After a reconnect: first the trades are asked for, then the orders, and nothing new leaves before."""

from datetime import date

from tests.unit.engine_cases import SECOND, Wire, alerts, asked, canceled, dropped, ended, placed, sent, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestOrderStatus, RequestTrades, SubscribeMarketData
from trader.engine import inputs
from trader.engine.state import BatchPhase, LineStatus

FILLED, UNFILLED = LineStatus.FILLED, LineStatus.UNFILLED
QUEUED, WORKING, UNKNOWN = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNKNOWN
ONE = Terms()


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


def test_prices_are_asked_for_again_after_a_break() -> None:
    wire = dropped(1, in_flight_max=1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    assert len(sent(SubscribeMarketData, wire.reports_status(2, "0"))) == 1
