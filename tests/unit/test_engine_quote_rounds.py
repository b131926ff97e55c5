"""What ends a round of quotes, and when makers are asked anew: its order, a stop, a kill, a lost session, a restart."""

from collections import deque
from decimal import Decimal

from risk.stops.stops import Dimension, Scope, State
from tests.unit.engine_cases import VENUE, closed, ended, placed, sent
from tests.unit.quote_cases import Makers, a_round, asked_for, rfq
from tests.unit.risk_cases import Terms, limits, make_line
from trader.domain.commands import RequestTrades
from trader.engine import inputs
from trader.engine.outcome import line_outcomes
from trader.engine.rounds import RoundPhase
from trader.engine.session_inputs import SequenceNoted
from trader.engine.settings import QuoteSettings
from trader.engine.state import BatchPhase, LineStatus
from trader.journal.state_hash import is_hashed_whole, state_hash

QUEUED, WORKING, FILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.FILLED
UNFILLED, REJECTED = LineStatus.UNFILLED, LineStatus.REJECTED


# --- the order --------------------------------------------------------------------------------------------------------


def test_a_quoted_deal_is_filled_and_its_record_stays_with_the_line() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    wire.acknowledges(1)
    wire.fills(1)
    (outcome,) = line_outcomes(wire.batch, wire.engine.context.blotters)
    assert (outcome.result.status, outcome.result.average_rate) == ("filled", Decimal("1.1001"))
    assert wire.round().outcome == "taken: QuoteID(117)=A of A"


def test_a_quote_that_was_gone_when_the_order_came_is_asked_for_anew() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    out = wire.calls_stale()
    assert (asked_for(out), closed(out)) == (["000102"], [("00010101", 0)])
    assert wire.statuses() == [QUEUED]
    assert placed(wire.maker("B")) == ["00010201"]
    wire.fills(1)
    assert wire.statuses() == [FILLED]


def test_three_rounds_are_all_there_are() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    for number in (1, 2, 3):
        wire.maker("A", quote_id=f"A{number}")
        wire.calls_stale()
    assert (asked_for(wire.last), wire.statuses()) == ([], [REJECTED])
    assert (wire.line(1).reason_code, wire.line(1).reason) == ("VENUE_REJECTED", "quote expired")
    assert len(wire.line(1).quote_rounds) == 3
    assert wire.pending() == {}


def test_any_other_rejection_ends_the_line() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    assert (asked_for(wire.rejects(1)), wire.statuses()) == ([], [REJECTED])


def test_a_decision_that_has_grown_old_during_the_round_is_taken_anew() -> None:
    wire = a_round()
    wire.wait(2.5)
    wire.quotes()
    wire.maker("A")
    wire.maker("B")
    assert placed(wire.maker("C")) == ["00010201"]


def test_a_batch_of_quotes_ends_like_any_other() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.declines("A")
    assert not ended(wire.last)
    wire.announces("T2", 0)
    assert ended(wire.last)
    assert wire.batch.is_reconciled


# --- what breaks ------------------------------------------------------------------------------------------------------


def test_a_request_that_the_venue_would_not_read_ends_the_round() -> None:
    wire = a_round()
    wire.says("j", f"45=7|372=R|379={wire.round().quote_req_id}|380=5|58=not now")
    assert (wire.line(1).status, wire.verdicts()) == (UNFILLED, ["the venue: declined: not now"])


def test_a_stop_ends_the_rounds_and_nothing_leaves_any_more() -> None:
    wire = a_round()
    wire.maker("A")
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    assert (wire.round().phase, wire.verdicts()) == (RoundPhase.VOIDED, ["A: stopped by anna: lunch"])
    assert (wire.line(1).status, wire.line(1).reason_code, wire.pending()) == (UNFILLED, "STOPPED", {})
    assert placed(wire.wait(20)) == []


def kills(wire: Makers, state: State) -> None:
    """Whatever is dealt for the strategy ALGO."""
    wire.take(inputs.KillRequested(Scope(Dimension.STRATEGY, "ALGO"), state, "rita", "stop the algorithm"))


def with_a_ready_round_that_cannot_be_taken(**desk: object) -> Makers:
    """All makers have quoted for row 1 while nothing may leave: the venue has missed something of ours."""
    wire = Makers(**desk)  # type: ignore[arg-type] # each test names its own
    wire.submit(rfq(strategy="ALGO"), make_line(Terms()))
    wire.acknowledges(2)
    wire.take(SequenceNoted(wire.name, by_venue=True, is_too_low=False, expected=2, received=0))
    for maker in ("A", "B", "C"):
        wire.maker(maker)
    assert wire.round().phase is RoundPhase.READY
    return wire


def test_a_session_that_drops_changes_nothing_of_a_batch_that_is_done_unsaid() -> None:
    wire = with_a_ready_round_that_cannot_be_taken()
    kills(wire, State.HALTED)
    assert wire.statuses() == [UNFILLED, WORKING]
    request = sent(RequestTrades, wire.fills(2))[-1].request_id
    wire.announces(request, 1)
    wire.lists(request, 2)
    assert (wire.phase, wire.batch.quoted) == (BatchPhase.DONE, {VENUE: deque()})
    state_hash(wire.engine)
    wire.drop()
    assert is_hashed_whole(wire.engine)


def test_a_row_that_the_gate_denies_when_its_order_could_leave_has_no_round_open() -> None:
    wire = with_a_ready_round_that_cannot_be_taken(
        book=limits({"ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1150000"})
    )
    wire.wait(2.5)
    wire.quotes(bid="1.1999", offer="1.2001")
    wire.announces(sent(RequestTrades, wire.outputs)[-1].request_id, 0)
    wire.reports_status(2, "0")
    assert (wire.line(1).status, wire.line(1).reason_code) == (LineStatus.DENIED, "ORDER_NOTIONAL")
    assert (wire.round().phase, wire.batch.rounds) == (RoundPhase.VOIDED, {})


def test_a_ready_round_that_is_decided_anew_is_asked_for_again() -> None:
    wire = with_a_ready_round_that_cannot_be_taken()
    kills(wire, State.REDUCING)
    assert (wire.round().phase, wire.batch.quoted[VENUE], wire.batch.queues[VENUE]) == (
        RoundPhase.VOIDED,
        deque(),
        deque([0]),
    )


def test_a_lost_session_ends_the_round_and_the_makers_are_asked_anew_when_it_is_back() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A")
    wire.drop()
    assert (wire.round().phase, wire.statuses()) == (RoundPhase.VOIDED, [QUEUED])
    assert asked_for(wire.reopen()) == ["000102"]
    assert wire.verdicts() == []


def test_rounds_that_a_lost_session_ended_do_not_use_up_the_lines_rounds() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    for _ in range(4):
        wire.drop()
        wire.reopen()
    wire.maker("A")
    assert asked_for(wire.calls_stale()) == ["000106"]


def test_a_restart_in_mid_round_asks_anew_when_the_file_is_submitted_again() -> None:
    wire = a_round()
    wire.maker("A")
    wire.restart()
    assert (wire.round().phase, wire.phase) == (RoundPhase.VOIDED, BatchPhase.SUSPENDED)
    wire.reopen()
    assert asked_for(wire.submit(rfq())) == ["000102"]
    assert placed(wire.wait(5)) == []
    assert wire.statuses() == [UNFILLED]


def test_an_order_on_a_quote_that_never_left_has_its_quotes_asked_for_anew() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    assert asked_for(wire.refuses_to_send(1)) == []
    assert wire.statuses() == [QUEUED]
    wire.drop()
    assert asked_for(wire.reopen()) == ["000102"]


def test_rounds_are_part_of_the_state() -> None:
    one, other = a_round(), a_round()
    one.maker("A", "1.1001")
    other.maker("A", "1.1002")
    assert state_hash(one.engine) != state_hash(other.engine)
