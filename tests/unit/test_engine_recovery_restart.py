"""A process dies: what is unanswered is in doubt, and the same file goes on where it was."""

from tests.unit.engine_cases import SECOND, Wire, alerts, ended, placed, sent, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.commands import SubscribeMarketData
from trader.engine import inputs
from trader.engine.outputs import StartTimer
from trader.engine.state import BatchPhase, LineStatus

FILLED, UNFILLED = LineStatus.FILLED, LineStatus.UNFILLED
QUEUED, WORKING, UNKNOWN = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNKNOWN
ONE = Terms()


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


def taken_up_without_rates() -> Wire:
    """A half-done batch whose file has come again to the next process, which has no rates yet."""
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.restart()
    wire.now_ns += 300 * SECOND
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.submit(ONE, ONE)
    return wire


def test_a_batch_taken_up_without_rates_in_time_denies_what_has_not_left() -> None:
    wire = taken_up_without_rates()
    wire.wait(11)
    assert (wire.statuses(), wire.line(2).reason_code) == ([WORKING, LineStatus.DENIED], "REFERENCE_STALE")
    assert wire.phase is BatchPhase.TRADING


def test_a_restart_while_a_batch_taken_up_waits_for_rates_forgets_nothing() -> None:
    wire = taken_up_without_rates()
    assert wire.phase is BatchPhase.AWAITING_RATES
    wire.restart()
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [UNKNOWN, QUEUED])


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
