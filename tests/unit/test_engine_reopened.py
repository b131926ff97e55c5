"""A batch that was done changes: a late bust, correct or fill. Its books are compared anew, its end is told again."""

import pytest

from tests.unit.engine_cases import VENUE, Wire, alerts, canceled, ended, placed, refusals, sent, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestTrades
from trader.engine.outputs import Output
from trader.engine.state import BatchPhase, LineStatus

FILLED, UNFILLED, PARTIAL = LineStatus.FILLED, LineStatus.UNFILLED, LineStatus.PARTIALLY_FILLED
WORKING = LineStatus.WORKING
DAY_S = 86_400


def done(fills: tuple[int, ...] = (1000,), **requests: bool) -> Wire:
    """One line, filled in so many trades, reconciled."""
    wire = Wire(**requests)
    wire.submit(Terms())
    cum = 0
    for thousands in fills:
        cum += thousands
        wire.fills(1, thousands, cum)
    if wire.dialect.requests.trade_capture:
        lists(wire, trade_request(wire.last).request_id, *fills)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)
    return wire


def lists(wire: Wire, request_id: str, *fills: int) -> None:
    wire.announces(request_id, len(fills))
    cum = 0
    for thousands in fills:
        cum += thousands
        wire.lists(request_id, 1, thousands, exec_id=f"F1-{cum}")


def busts(wire: Wire, exec_ref: str = "F1-1000", by: str = "B1", cum: int = 0, day: str = "20260302") -> list[Output]:
    """The venue takes a trade back, and says that nothing of the order works any more."""
    return wire.says("8", wire._about(1, "H", "4", f"17={by}|19={exec_ref}|75={day}|151=0", cum))


def corrects(
    wire: Wire, thousands: int, rate: str, exec_ref: str = "F1-1000", by: str = "G1", cum: int = 1000
) -> list[Output]:
    said = f"17={by}|19={exec_ref}|32={thousands}000|31={rate}|64=20260304|75=20260302"
    return wire.says("8", wire._about(1, "G", "2" if cum == 1000 else "1", said, cum))


def test_a_late_bust_takes_the_verdict_back_asks_the_venue_and_ends_the_batch_anew() -> None:
    wire = done()
    used = wire.engine.context.gate.utilisation()
    out = busts(wire)
    assert alerts(out) == ["TRADE_TAKEN_BACK", "CHANGED_AFTER_END"]
    assert (wire.phase, wire.batch.is_reconciled, wire.statuses()) == (BatchPhase.DONE, False, [UNFILLED])
    assert wire.engine.context.gate.utilisation() != used
    request = trade_request(wire.wait(1))
    assert wire.phase is BatchPhase.COLLECTING
    assert ended(wire.announces(request.request_id, 0))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_a_bust_that_the_venues_list_does_not_know_is_a_break() -> None:
    wire = done()
    busts(wire)
    lists(wire, trade_request(wire.wait(1)).request_id, 1000)
    assert (wire.batch.is_reconciled, len(wire.batch.breaks) > 0) == (False, True)


def test_busts_that_come_together_are_compared_together() -> None:
    wire = done((400, 600))
    busts(wire, "F1-400", "B1", 600)
    busts(wire, "F1-1000", "B2", 0)
    assert len(sent(RequestTrades, wire.wait(1))) == 1


def test_a_late_correct_books_the_new_rate_and_is_compared() -> None:
    wire = done()
    corrects(wire, 1000, "1.1005")
    assert (wire.statuses(), str(wire.order(1).avg_px)) == ([FILLED], "1.1005")
    assert not wire.batch.is_reconciled
    assert trade_request(wire.wait(1))


def test_a_bust_a_day_later_and_after_a_restart_still_counts() -> None:
    wire = done()
    wire.restart()
    wire.now_ns += DAY_S * 1_000_000_000
    wire.reopen()
    busts(wire, day="20260303")
    assert (wire.statuses(), wire.batch.is_stale) == ([UNFILLED], True)
    assert ended(wire.announces(trade_request(wire.wait(1)).request_id, 0))
    assert wire.batch.is_reconciled


def test_a_bust_whose_comparison_a_crash_has_cut_short_is_compared_when_the_session_is_back() -> None:
    wire = done()
    busts(wire)
    wire.wait(1)
    wire.restart()
    assert (wire.phase, wire.batch.is_stale) == (BatchPhase.DONE, True)
    assert ended(wire.announces(trade_request(wire.reopen()).request_id, 0))
    assert (wire.batch.is_stale, wire.batch.is_reconciled) == (False, True)


def test_a_bust_while_the_session_is_away_waits_for_it() -> None:
    wire = done()
    busts(wire)
    wire.drop()
    assert sent(RequestTrades, wire.wait(2)) == []
    assert trade_request(wire.reopen())


def test_the_same_file_again_follows_the_comparison_and_trades_nothing() -> None:
    wire = done()
    busts(wire)
    request = trade_request(wire.submit(Terms()))
    assert wire.phase is BatchPhase.COLLECTING
    assert ended(wire.announces(request.request_id, 0))
    assert wire.line(1).orders == [wire.order(1).cl_ord_id]


def test_once_compared_the_same_file_is_a_duplicate_again() -> None:
    wire = done()
    busts(wire)
    wire.announces(trade_request(wire.wait(1)).request_id, 0)
    wire.submit(Terms())
    assert wire.phase is BatchPhase.DONE
    assert sent(RequestTrades, wire.last) == []


def test_where_the_venue_lists_nothing_our_books_are_compared_at_once() -> None:
    wire = done(trade_capture=False, order_status=False)
    busts(wire)
    assert ended(wire.wait(1))
    assert wire.batch.is_reconciled


def test_a_venue_that_does_not_list_its_trades_leaves_the_batch_not_reconciled() -> None:
    wire = done()
    busts(wire)
    out = wire.wait(13)
    assert ("TRADES_NOT_REPORTED" in alerts(out), ended(out)) == (True, True)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, False)


def test_an_order_that_works_again_is_not_compared_before_it_is_over() -> None:
    wire = done()
    wire.says("8", wire._about(1, "H", "0", "17=B1|19=F1-1000|75=20260302"))
    assert wire.statuses() == [LineStatus.UNKNOWN]
    assert sent(RequestTrades, wire.wait(2)) == []
    assert any(node.pending for node in wire.engine.context.gate.utilisation()), "what works may be dealt"
    wire.cancels(1)
    assert not any(node.pending for node in wire.engine.context.gate.utilisation())
    assert wire.statuses() == [UNFILLED]
    assert trade_request(wire.wait(1))


# --- while the books are being collected ------------------------------------------------------------------------------


def collecting() -> tuple[Wire, str]:
    """A batch of one line that was canceled undealt, and the question for the venue's trades."""
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.reports_status(1, "0")
    wire.cancels(1)
    return wire, trade_request(wire.last).request_id


def test_an_old_status_said_again_keeps_the_batch_from_ending_until_the_venue_has_answered() -> None:
    wire, request = collecting()
    out = wire.reports_status(1, "0")
    assert (alerts(out), wire.phase, wire.statuses()) == (["ENDED_ORDER_WORKS"], BatchPhase.STOPPING, [WORKING])
    assert not ended(wire.announces(request, 0)), "the answer to a question that is not open any longer"
    out = wire.wait(12)
    assert canceled(out) == ["00010101"]
    wire.announces(trade_request(out).request_id, 0)
    out = wire.reports_status(1, "4")
    assert (alerts(out), wire.statuses()) == (["RECOVERY_COMPLETE"], [UNFILLED])
    assert ended(wire.announces(trade_request(out).request_id, 0))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_a_doubt_that_nobody_settles_suspends_the_batch_and_is_no_break() -> None:
    wire, _ = collecting()
    wire.reports_status(1, "0")
    out = wire.wait(60)
    assert ("BATCH_SUSPENDED" in alerts(out), "RECONCILIATION_BREAK" in alerts(out), ended(out)) == (True, False, True)
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [LineStatus.UNKNOWN])


def test_an_order_that_a_bust_opens_again_is_worked_on_and_ends_the_batch_when_it_is_filled() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.fills(1)
    wire.says("8", wire._about(1, "H", "0", "17=B1|19=F1-1000|75=20260302"))
    assert (wire.phase, wire.statuses(), canceled(wire.wait(30))) == (BatchPhase.TRADING, [WORKING], [])
    request = trade_request(wire.fills(1, exec_id="F1-again")).request_id
    wire.announces(request, 1)
    assert ended(wire.lists(request, 1, exec_id="F1-again"))
    assert (wire.phase, wire.batch.is_reconciled, wire.statuses()) == (BatchPhase.DONE, True, [FILLED])


def test_while_a_line_lives_again_the_lines_beside_it_do_not_end_the_batch() -> None:
    wire = Wire()
    wire.submit(Terms(), Terms())
    wire.acknowledges(1)
    wire.acknowledges(2)
    wire.cancels(1)
    wire.reports_status(1, "0")
    assert sent(RequestTrades, wire.fills(2)) == []
    wire.reports_status(1, "4")
    assert (wire.phase, wire.statuses()) == (BatchPhase.COLLECTING, [UNFILLED, FILLED])


def test_a_fill_too_much_which_no_answer_settles_is_a_break_at_once() -> None:
    wire = Wire()
    wire.submit(Terms())
    request = trade_request(wire.fills(1)).request_id
    assert "OVERFILL" in alerts(wire.fills(1, 100, 1100))
    wire.announces(request, 1)
    assert ended(wire.lists(request, 1))
    assert (wire.phase, wire.statuses(), bool(wire.batch.breaks)) == (BatchPhase.DONE, [LineStatus.UNKNOWN], True)


def test_a_batch_that_was_done_stays_done_while_an_order_of_it_is_in_doubt() -> None:
    wire = done()
    busts(wire)
    request = trade_request(wire.wait(1)).request_id
    out = wire.reports_status(1, "0")
    assert (alerts(out), ended(out)) == (["ENDED_ORDER_WORKS"], True)
    assert (wire.phase, wire.statuses(), wire.batch.breaks) == (BatchPhase.DONE, [LineStatus.UNKNOWN], ())
    wire.announces(request, 0)
    assert not wire.batch.is_reconciled
    wire.reports_status(1, "4")
    assert ended(wire.announces(trade_request(wire.wait(1)).request_id, 0))
    assert (wire.batch.is_reconciled, wire.statuses()) == (True, [UNFILLED])


# --- the same file of a batch that is done, and of which the books do not agree ---------------------------------------


def not_listed() -> Wire:
    """A batch of one line that is filled, and of which the venue would not list the trades."""
    wire = Wire()
    wire.submit(Terms())
    wire.fills(1)
    wire.says("AQ", f"568={trade_request(wire.last).request_id}|569=1|749=99|750=2|58=not now")
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.is_stale) == (BatchPhase.DONE, False, False)
    return wire


def test_the_same_file_asks_a_venue_that_had_listed_nothing_and_trades_nothing() -> None:
    wire = not_listed()
    out = wire.submit(Terms())
    assert (placed(out), refusals(out)) == ([], [])
    lists(wire, trade_request(out).request_id, 1000)
    assert ended(wire.last)
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_it_ends_the_wait_when_the_venue_lists_nothing_again() -> None:
    wire = not_listed()
    wire.submit(Terms())
    assert ended(wire.wait(13))
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, False)


def test_a_break_is_looked_at_again_with_what_the_venue_lists_now() -> None:
    wire = done()
    busts(wire)
    lists(wire, trade_request(wire.wait(1)).request_id, 1000)
    assert wire.batch.breaks
    out = wire.submit(Terms())
    wire.announces(trade_request(out).request_id, 0)
    assert (wire.batch.is_reconciled, wire.batch.breaks) == (True, ())


def test_where_the_venue_keeps_no_books_our_own_are_compared_again_and_the_end_is_told_once() -> None:
    wire = Wire(trade_capture=False, order_status=False)
    wire.submit(Terms())
    wire.says("8", "37=X9|17=H1|11=HAND-1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=5|14=5|151=0|32=5|31=1.1")
    wire.fills(1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, False)
    out = wire.submit(Terms())
    assert (ended(out), refusals(out)) == (True, [])


def test_while_the_session_is_away_the_same_file_is_refused_and_compared_when_it_is_back() -> None:
    wire = not_listed()
    wire.drop()
    assert refusals(wire.submit(Terms())) == [("BATCH_DUPLICATE",)]
    lists(wire, trade_request(wire.reopen()).request_id, 1000)
    assert wire.batch.is_reconciled


def test_a_batch_whose_breaks_two_persons_have_signed_for_is_a_duplicate() -> None:
    wire = not_listed()
    wire.batch.is_signed_for = True
    assert refusals(wire.submit(Terms())) == [("BATCH_DUPLICATE",)]
    assert wire.batch.is_signed_for


# --- what can be taken back, and what cannot --------------------------------------------------------------------------


def test_a_bust_of_a_bust_is_nothing_that_the_order_has() -> None:
    wire = done()
    busts(wire)
    out = busts(wire, "B1", "B2")
    assert "NO_FILL_TO_UNDO" in alerts(out)
    assert wire.order(1).cum_qty == 0


def test_the_same_bust_twice_counts_once() -> None:
    wire = done((400, 600))
    busts(wire, "F1-400", "B1", 600)
    assert alerts(busts(wire, "F1-400", "B1", 600)) == []
    assert (wire.order(1).cum_qty, wire.statuses()) == (600_000, [PARTIAL])


def test_a_correct_of_a_corrected_fill_replaces_the_correction() -> None:
    wire = done()
    corrects(wire, 1000, "1.1005", by="G1")
    corrects(wire, 1000, "1.1007", "G1", "G2")
    assert (str(wire.order(1).avg_px), list(wire.order(1).fills)) == ("1.1007", ["G2"])


@pytest.mark.parametrize("exec_ref", ["F1-1000", "G1"])
def test_a_bust_of_a_corrected_fill_takes_the_correction_back_by_either_name(exec_ref: str) -> None:
    wire = done()
    corrects(wire, 1000, "1.1005")
    busts(wire, exec_ref)
    assert (wire.order(1).cum_qty, wire.statuses()) == (0, [UNFILLED])


def test_a_bust_before_its_fill_keeps_the_fill_from_counting() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    assert "NO_FILL_TO_UNDO" in alerts(wire.says("8", wire._about(1, "H", "0", "17=B1|19=F1-1000|75=20260302")))
    wire.fills(1)
    assert wire.order(1).cum_qty == 0


def test_a_bust_of_a_fill_that_nobody_knows_is_a_break_of_its_own_and_no_exception() -> None:
    wire = done()
    out = busts(wire, "E-OTHER", "B9", 1000)
    assert "NO_FILL_TO_UNDO" in alerts(out)
    assert wire.order(1).cum_qty == 1_000_000
    assert len(wire.engine.context.blotters[VENUE].orphans) == 1
