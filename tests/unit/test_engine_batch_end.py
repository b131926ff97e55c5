"""How a batch ends: answers that are late or missing, a stop, and the books that are compared."""

from values import replace

from tests.unit.engine_cases import (
    Wire,
    alerts,
    asked,
    canceled,
    commands,
    ended,
    filled_batch,
    placed,
    sent,
    trade_request,
)
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestTrades
from trader.engine import inputs
from trader.engine.state import BatchPhase, LineStatus

FILLED, DENIED, REJECTED = LineStatus.FILLED, LineStatus.DENIED, LineStatus.REJECTED
QUEUED, WORKING, UNFILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNFILLED
ONE = Terms()


# --- late answers, stopping -------------------------------------------------------------------------------------------


def test_an_order_unanswered_for_long_is_asked_about_and_told() -> None:
    wire = Wire()
    wire.submit(ONE)
    out = wire.wait(6.5)
    assert alerts(out) == ["ORDER_UNANSWERED"]
    assert [str(c) for c in commands(out)] == [str(c) for c in commands(out) if "00010101" in str(c)]
    assert wire.order(1).sync == "IN_DOUBT"
    wire.reports_status(1, "0")
    assert (wire.order(1).sync, wire.order(1).phase, wire.statuses()) == ("IN_SYNC", "WORKING", [WORKING])
    assert alerts(wire.wait(20)) == []


def test_an_unanswered_order_that_the_venue_never_got_is_not_sent_again() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.wait(6.5)
    out = wire.knows_not(1)
    assert (wire.statuses(), wire.line(1).reason_code) == ([REJECTED], "VENUE_NEVER_RECEIVED")
    assert placed(out) == []


def test_a_stop_cancels_what_is_live_and_voids_what_has_not_left() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    out = wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "the desk changed its mind"))
    assert canceled(out) == ["00010101", "00020101", "00030101"]
    wire.cancels(1)
    wire.fills(2)
    wire.cancels(3)
    assert wire.statuses() == [UNFILLED, FILLED, UNFILLED]
    assert (wire.line(1).reason_code, wire.line(1).reason) == (
        "STOPPED",
        "stopped by ben: the desk changed its mind",
    )
    assert (wire.phase, wire.pending()) == (BatchPhase.COLLECTING, {})


def test_a_stop_voids_the_queue_at_once() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE, ONE)
    out = wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    assert wire.statuses() == [WORKING, UNFILLED, UNFILLED]
    assert placed(out) == []
    assert placed(wire.acknowledges(1)) == []


def test_a_stop_before_the_rates_have_come_sends_nothing() -> None:
    wire = Wire(priced=False)
    wire.submit(ONE)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    assert wire.statuses() == [UNFILLED]
    assert placed(wire.quotes()) == []


def test_a_stop_of_what_is_done_or_unknown_changes_nothing() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    assert wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "late")) == []
    assert wire.take(inputs.StopRequested("0000000000", "ben", "which")) == []
    assert (wire.phase, wire.statuses()) == (BatchPhase.DONE, [FILLED])


def test_what_is_still_open_after_its_time_is_canceled() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    assert canceled(wire.wait(61)) == ["00010101"]
    wire.cancels(1)
    assert (wire.statuses(), wire.line(1).reason_code) == ([UNFILLED], "STOPPED")
    assert "60 s" in wire.line(1).reason


def test_when_cancels_are_not_answered_the_venue_is_asked_what_became_of_the_orders() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    out = wire.wait(71)
    assert canceled(out) == ["00010101"]
    assert asked(wire.announces(trade_request(out).request_id, 0)) == ["00010101"]
    wire.reports_status(1, "4")
    assert (wire.statuses(), wire.phase) == ([UNFILLED], BatchPhase.COLLECTING)


def test_a_fill_whose_report_was_lost_is_found_when_the_cancel_comes_too_late() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.wait(61)
    name = wire.order(1).cancel_id
    wire.says("9", f"37=V1|11={name}|41={wire.order(1).cl_ord_id}|39=2|434=1|102=0|58=The order is FILLED")
    request = trade_request(wire.wait(10))
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.statuses(), wire.phase) == ([FILLED], BatchPhase.COLLECTING)


def test_an_order_that_works_on_and_on_is_canceled_twice_and_then_left_to_a_person() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.announces(trade_request(wire.wait(71)).request_id, 0)
    assert canceled(wire.reports_status(1, "0")) == ["00010101"]
    out = wire.wait(21)
    assert (wire.phase, wire.statuses(), canceled(out)) == (BatchPhase.SUSPENDED, [LineStatus.UNKNOWN], [])


def test_a_stopped_batch_that_was_suspended_cancels_what_works_when_its_file_comes_again() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.announces(trade_request(wire.wait(71)).request_id, 0)
    wire.reports_status(1, "0")
    name = wire.order(1).cancel_id
    wire.says("9", f"37=V1|11={name}|41={wire.order(1).cl_ord_id}|39=0|434=1|102=99|58=Not now")
    wire.wait(21)
    assert (wire.phase, wire.order(1).is_live) == (BatchPhase.SUSPENDED, True)
    assert canceled(wire.submit(ONE)) == ["00010101"]
    wire.cancels(1)
    assert (wire.phase, wire.statuses()) == (BatchPhase.COLLECTING, [UNFILLED])


def test_a_cancel_that_was_refused_for_now_is_tried_once_more() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    name = wire.order(1).cancel_id
    wire.says("9", f"37=V1|11={name}|41={wire.order(1).cl_ord_id}|39=0|434=1|102=99|58=Not now")
    assert canceled(wire.wait(11)) == ["00010101"]


def test_cancels_that_are_never_answered_suspend_the_batch() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    out = wire.wait(95)
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [LineStatus.UNKNOWN])
    assert ended(out)
    assert wire.pending() != {}


def test_a_suspended_batch_can_be_stopped() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.acknowledges(1)
    wire.acknowledges(2)
    wire.drop()
    wire.wait(17)
    assert wire.phase is BatchPhase.SUSPENDED
    wire.reopen()
    wire.announces("R2", 0)
    wire.reports_status(1, "0")
    wire.reports_status(2, "0")
    out = wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    assert canceled(out) == ["00010101", "00020101"]
    wire.cancels(1)
    wire.cancels(2)
    assert (wire.phase, wire.statuses()) == (BatchPhase.COLLECTING, [UNFILLED, UNFILLED])
    assert ended(wire.wait(12))


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_venue_that_gives_no_reports_is_asked_about_every_order_it_took() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE, ONE)
    wire.rejects(1)
    assert asked(wire.fills(2)) == ["00020101"]
    assert wire.phase is BatchPhase.COLLECTING
    assert ended(wire.reports_status(2, "2", 1000))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())
    assert wire.batch.compared == ("asked", "executed", "statuses")


def test_a_status_that_counts_other_fills_keeps_the_batch_from_ending_until_the_venue_settles_it() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.fills(1)
    out = wire.reports_status(1, "2", 2000)
    assert (alerts(out), ended(out), wire.statuses()) == (["QUANTITY_DIFFERS"], False, [LineStatus.WORKING])
    assert asked(wire.wait(2)) == ["00010101"]
    wire.reports_status(1, "2", 1000)
    assert asked(wire.last) == ["00010101"], "for the comparison"
    wire.reports_status(1, "2", 1000)
    assert (wire.phase, wire.batch.is_reconciled, wire.statuses()) == (BatchPhase.DONE, True, [FILLED])


def test_a_venue_that_forgets_what_is_over_leaves_two_books_to_compare() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.fills(1)
    out = wire.knows_not(1)
    assert (alerts(out), ended(out)) == (["STATUS_NOT_GIVEN"], True)
    assert (wire.batch.is_reconciled, wire.batch.compared) == (True, ("asked", "executed"))
    assert wire.statuses() == [FILLED]


def test_a_venue_that_owes_its_statuses_leaves_the_batch_unreconciled() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.fills(1)
    out = wire.wait(12)
    assert (alerts(out), ended(out)) == (["STATUS_NOT_GIVEN"], True)
    assert (wire.batch.is_reconciled, wire.batch.compared) == (False, ("asked", "executed"))


def test_where_the_venue_says_nothing_of_its_own_the_two_books_there_are_count() -> None:
    wire = Wire(trade_capture=False, order_status=False)
    wire.submit(ONE)
    assert ended(wire.fills(1))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())
    assert wire.batch.compared == ("asked", "executed")


def test_the_batch_ends_unreconciled_when_the_venue_refuses_its_reports() -> None:
    wire = filled_batch()
    out = wire.says("AQ", "568=T2|569=1|749=99|750=2|58=Not for you")
    assert alerts(out) == ["TRADES_NOT_REPORTED"]
    assert ended(out)
    assert not wire.batch.is_reconciled


def test_the_batch_ends_unreconciled_when_the_reports_do_not_come() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    out = wire.wait(12)
    assert alerts(out) == ["TRADES_NOT_REPORTED"]
    assert (ended(out), wire.phase, wire.batch.is_reconciled) == (True, BatchPhase.DONE, False)


def test_reports_may_come_without_an_announcement_when_the_last_one_says_so() -> None:
    wire = filled_batch(2)
    wire.lists("T2", 1)
    assert wire.phase is BatchPhase.COLLECTING
    name = wire.order(2).cl_ord_id
    wire.says(
        "AE",
        f"571=R2|568=T2|912=Y|17=F2-1000|55=EUR/USD|32=1000000|31=1.1001|64=20260304|75=20260302|552=1|54=1|37=V2|"
        f"11={name}|15=EUR",
    )
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_a_trade_the_robot_does_not_know_is_a_break() -> None:
    wire = filled_batch()
    wire.announces("T2", 2)
    wire.lists("T2", 1)
    wire.lists("T2", 1, 500, exec_id="STRANGE")
    assert wire.phase is BatchPhase.DONE
    assert (len(wire.batch.breaks) > 0, wire.batch.is_reconciled) == (True, False)


def test_a_trade_that_comes_after_the_reports_were_given_up_is_booked() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.fills(1, 400, 400)
    wire.cancels(1, cum=400)
    wire.wait(12)
    assert wire.phase is BatchPhase.DONE
    wire.lists("T2", 1, 100, exec_id="LATE")
    assert wire.order(1).cum_qty == 500_000


def test_a_session_that_drops_while_collecting_is_asked_again_when_it_is_back() -> None:
    wire = filled_batch()
    wire.drop()
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_an_end_that_the_questions_bring_about_asks_for_the_trades_once() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.drop()
    before = len(wire.outputs)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "4")
    assert wire.phase is BatchPhase.COLLECTING
    assert [request.request_id for request in sent(RequestTrades, wire.outputs[before:])] == ["R2", "T3"]


def test_reports_that_came_before_a_drop_are_not_counted_twice() -> None:
    wire = filled_batch(2)
    wire.announces("T2", 2)
    wire.lists("T2", 1)
    wire.drop()
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 2)
    wire.lists(request.request_id, 1)
    wire.lists(request.request_id, 2)
    assert (wire.phase, wire.batch.breaks) == (BatchPhase.DONE, ())


def test_a_batch_whose_last_order_ends_while_the_session_is_down_waits_for_it() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.fills(1)
    wire.drop()
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    wire.refuses_to_send(2)
    assert wire.phase is BatchPhase.COLLECTING
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_two_batches_do_not_mix() -> None:
    wire = Wire(settings={"in_flight_max": 10})
    wire.submit(ONE)
    wire.submit(replace(ONE, row_id="other"), Terms(amount="2000000"), content=b"the second")
    first, second = wire.engine.context.batches.values()
    for number in (1, 2):
        name = second.lines[number - 1].orders[-1] if second.lines[number - 1].orders else ""
        if name:
            wire.says("8", f"37=W{number}|11={name}|17=J{number}|150=8|39=8|55=EUR/USD|54=1|15=EUR|14=0|151=0|103=99")
    assert [line.status for line in first.lines] == [WORKING]
    assert second.phase is BatchPhase.COLLECTING
