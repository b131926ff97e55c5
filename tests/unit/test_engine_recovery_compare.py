"""On a healthy session the books are compared every so often, in silence; where they differ, everything is asked."""

from risk.alerts import AlertEvent
from risk.alerts.alert import EventKind
from tests.unit.engine_cases import VENUE, Wire, alerts, asked, placed, sent, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestMassStatus, RequestTrades
from trader.engine.outputs import Send
from trader.engine.state import BatchPhase, LineStatus
from trader.fix.dialect import Pace

FILLED, WORKING, QUEUED, UNKNOWN = LineStatus.FILLED, LineStatus.WORKING, LineStatus.QUEUED, LineStatus.UNKNOWN


def at_work(*acknowledged: int, lines: int = 2, in_flight_max: int = 10, **more: object) -> Wire:
    """Orders at the venue that rest, on a session that is up; compared every 30 s."""
    settings = {"in_flight_max": in_flight_max, "compare_s_max": 30, "work_s_max": 600, "ack_s_max": 600}
    wire = Wire(settings=settings, **more)
    wire.submit(*[Terms()] * lines)
    for line_no in acknowledged:
        wire.acknowledges(line_no)
    return wire


def compared(wire: Wire) -> str:
    """Wait until the comparison begins; the id of its question for trades."""
    return trade_request(wire.wait(31)).request_id


def may_trade(wire: Wire) -> bool:
    return wire.engine.context.sessions[VENUE].may_trade


def test_while_orders_are_open_trades_and_statuses_are_asked_every_so_often_in_silence() -> None:
    wire = at_work(1, 2)
    assert sent(RequestTrades, wire.wait(29)) == []
    wire.outputs.clear()
    request = trade_request(wire.wait(2)).request_id
    assert asked(wire.announces(request, 0)) == ["00010101", "00020101"]
    wire.reports_status(1, "0")
    wire.reports_status(2, "0")
    assert alerts(wire.outputs) == []
    assert sent(RequestTrades, wire.wait(28)) == []
    assert len(sent(RequestTrades, wire.wait(3))) == 1


def test_orders_leave_in_the_midst_of_a_comparison() -> None:
    wire = at_work(1, lines=3, in_flight_max=1)
    compared(wire)
    wire.quotes()
    assert may_trade(wire)
    assert placed(wire.acknowledges(2)) == ["00030201"]  # decided anew, as its decision is old


def test_with_nothing_open_nothing_is_compared() -> None:
    wire = at_work(lines=1)
    wire.fills(1)
    wire.announces(trade_request(wire.last).request_id, 1)
    wire.lists("T2", 1)
    assert wire.phase is BatchPhase.DONE
    assert sent(RequestTrades, wire.wait(120)) == []


def test_an_order_that_left_a_moment_ago_is_not_asked_about() -> None:
    wire = at_work(1)  # the second is unanswered
    assert asked(wire.announces(compared(wire), 0)) == ["00010101"]


def test_fills_that_never_came_are_found_booked_and_alerted() -> None:
    wire = at_work(1, 2, lines=3)
    request = compared(wire)
    wire.announces(request, 1)
    wire.lists(request, 1, 400, exec_id="F1-400")
    assert (wire.order(1).cum_qty, "BOOKS_DIFFER" in alerts(wire.last)) == (400_000, True)
    assert not may_trade(wire)
    again = trade_request(wire.last).request_id
    assert again != request
    assert asked(wire.announces(again, 0)) == ["00010101", "00020101", "00030101"]
    wire.reports_status(1, "1", 400)
    wire.reports_status(2, "0")
    assert not may_trade(wire)
    wire.reports_status(3, "0")
    assert may_trade(wire)


def test_a_count_that_differs_shuts_the_gate_until_it_agrees() -> None:
    wire = at_work(1, 2)
    wire.announces(compared(wire), 0)
    wire.reports_status(1, "1", 400)
    assert {"QUANTITY_DIFFERS", "BOOKS_DIFFER"} <= set(alerts(wire.last))
    assert not may_trade(wire)
    request = trade_request(wire.last).request_id
    wire.announces(request, 1)
    wire.lists(request, 1, 400, exec_id="F1-400")
    wire.reports_status(1, "1", 400)
    wire.reports_status(2, "0")
    assert may_trade(wire)


def test_an_order_that_the_venue_does_not_know_any_longer_shuts_the_gate() -> None:
    wire = at_work(1, lines=1)
    wire.announces(compared(wire), 0)
    assert {"ORDER_FORGOTTEN", "BOOKS_DIFFER"} <= set(alerts(wire.knows_not(1)))
    assert not may_trade(wire)


def test_a_fill_that_comes_while_it_is_asked_is_no_difference() -> None:
    wire = at_work(1, 2)
    request = compared(wire)
    wire.fills(1)
    wire.announces(request, 1)
    wire.lists(request, 1)
    assert asked(wire.last) == ["00020101"]
    wire.reports_status(2, "0")
    assert alerts(wire.outputs) == []


def test_a_venue_that_does_not_answer_in_time_is_told_of_softly_and_asked_again() -> None:
    wire = at_work(1)
    compared(wire)
    said = wire.wait(11)
    assert alerts(said) == ["BOOKS_NOT_COMPARED"]
    assert may_trade(wire)
    assert wire.phase is BatchPhase.TRADING
    request = trade_request(wire.wait(20)).request_id
    wire.announces(request, 0)
    wire.reports_status(1, "0")
    assert wire.engine.context.sessions[VENUE].recovery is None


def test_a_venue_that_answers_again_ends_the_alert() -> None:
    wire = at_work(1)
    compared(wire)
    wire.wait(11)
    wire.announces(trade_request(wire.wait(20)).request_id, 0)
    wire.reports_status(1, "0")
    (over,) = [event for event in wire.last if isinstance(event, AlertEvent) and event.kind is EventKind.RESOLVED]
    assert over.alert.key.control == "BOOKS_NOT_COMPARED"


def test_a_drop_in_the_midst_asks_everything_as_after_any_drop() -> None:
    wire = at_work(1)
    request = compared(wire)
    wire.drop()
    assert "RECOVERY_STARTED" in alerts(wire.reopen())
    assert trade_request(wire.last).request_id != request
    assert not may_trade(wire)


def test_the_same_file_again_does_not_wait_for_a_comparison() -> None:
    wire = at_work(1)
    wire.drop()
    wire.wait(17)
    assert wire.phase is BatchPhase.SUSPENDED
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.reports_status(2, "0")
    assert may_trade(wire)


def test_a_second_comparison_asks_only_for_trades_since_the_first() -> None:
    wire = at_work(1, 2)
    wire.fills(1, 400, 400)
    first = trade_request(wire.wait(31))
    wire.announces(first.request_id, 1)
    wire.lists(first.request_id, 1, 400, exec_id="F1-400")
    wire.reports_status(1, "1", 400)
    wire.reports_status(2, "0")
    assert first.from_ts_ns is None
    second = trade_request(wire.wait(31))
    report = wire.engine.context.sessions[VENUE].last_report
    assert (second.trade_date, second.from_ts_ns) == (report.trade_date, report.ts_ns - 10_000_000_000)


def test_where_the_venue_answers_for_all_orders_at_once_the_comparison_is_two_messages() -> None:
    wire = at_work(1, 2, mass_status=True)
    wire.announces(compared(wire), 0)
    assert len(sent(RequestMassStatus, wire.last)) == 1
    assert len([output for output in wire.last if isinstance(output, Send)]) == 1


def test_a_venue_that_lists_no_trades_is_compared_by_its_statuses_and_one_that_does_neither_not_at_all() -> None:
    assert asked(at_work(1, trade_capture=False).wait(31)) == ["00010101"]
    wire = at_work(1, trade_capture=False, order_status=False)
    assert [output for output in wire.wait(31) if isinstance(output, Send)] == []


def test_a_refusal_to_list_trades_is_not_told_anew_each_time() -> None:
    wire = at_work(1)
    wire.says("AQ", f"568={compared(wire)}|569=1|749=8|750=2")
    assert alerts(wire.last) == []
    assert asked(wire.last) == ["00010101"]


def test_what_waits_for_the_venues_pace_is_not_joined_by_a_comparison() -> None:
    wire = at_work(1, 2)
    wire.engine.context.sessions[VENUE].waiting.append(wire.order(1).request_cancel(wire.now_ns))
    assert sent(RequestTrades, wire.wait(31)) == []


def test_a_comparison_is_the_same_after_a_replay() -> None:
    wire = at_work(1, 2)
    request = compared(wire)
    wire.announces(request, 0)
    wire.reports_status(1, "0")
    wire.restart()  # the replay has to come to the same state
    assert wire.phase is BatchPhase.SUSPENDED


def test_where_the_venue_takes_few_messages_a_comparison_asks_about_some_orders_and_then_about_others() -> None:
    pace = {"pace": Pace(messages_max=4, window_ms=1_000)}
    wire = at_work(lines=3, in_flight_max=1, venue=pace, trade_capture=False)
    for line_no in (1, 2, 3):
        wire.acknowledges(line_no)
    first = asked(wire.wait(31))
    assert len(first) == 2
    assert not wire.engine.context.sessions[VENUE].waiting
    for name in first:
        wire.reports_status(int(name[:4], 32), "0")
    second = asked(wire.wait(31))
    assert len(second) == 2
    assert {*first, *second} == {"00010101", "00020101", "00030101"}
