"""Sequence numbers in the engine: one used before ends a session, two persons renumber it, and trades are asked for."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from risk.people.signatures import OrderOutcome, ResetSession
from tests.unit.engine_cases import TIME, VENUE, Wire, placed, sent
from tests.unit.risk_cases import Terms
from tests.unit.settling_cases import asks, decides, settles, staff
from trader.domain.commands import PlaceOrder, RequestOrderStatus, RequestTrades
from trader.engine.inputs import SessionClosed, SessionOpened
from trader.engine.outputs import Alert, Renumber
from trader.engine.session_inputs import BooksAsked, SequenceNoted
from trader.engine.session_memory import SessionMemory
from trader.engine.state import BatchPhase
from trader.journal.state_hash import state_hash

QUOTED = "MsgSeqNum too low, expecting 120 but received 5"
VENUE_SAYS = SequenceNoted(VENUE, by_venue=True, is_too_low=True, expected=120, received=5, text=QUOTED)
WE_SAY = SequenceNoted(VENUE, by_venue=False, is_too_low=True, expected=120, received=5, text=QUOTED)
RESET = ResetSession(VENUE, 1, 1, with_open_orders=False)
RESET_WITH_ORDERS = ResetSession(VENUE, 1, 1, with_open_orders=True)


def memory(wire: Wire) -> SessionMemory:
    return wire.engine.context.memories[VENUE]


def down(**desk: Any) -> Wire:
    """A staffed desk whose session has ended, and on which nothing is open."""
    wire = Wire(**desk)
    staff(wire)
    wire.drop()
    return wire


def said(wire: Wire, code: str) -> list[str]:
    return [output.text for output in wire.outputs if isinstance(output, Alert) and output.code == code]


def still_open(wire: Wire) -> list[str]:
    return [alert.key.control for alert in wire.engine.context.alerts.alerts()]


def signed(wire: Wire, action: ResetSession) -> list[Renumber]:
    assert (asks(wire, action, "olga"), decides(wire, action, "rita")) == ("", "")
    return [output for output in wire.last if isinstance(output, Renumber)]


# --- a number that was used before ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (VENUE_SAYS, "simulator expects 120 as our next sequence number, and it was 5"),
        (WE_SAY, "we expected 120 as simulator's next sequence number, and it was 5"),
        (SequenceNoted(VENUE, True, True, 0, 0, "your seqnum is low"), "simulator has seen our sequence number before"),
    ],
)
def test_people_are_told_in_words_and_the_alert_lasts_until_the_session_is_up(note: SequenceNoted, words: str) -> None:
    wire = down()
    wire.take(note)
    (text,) = said(wire, "SEQUENCE_TOO_LOW")
    assert text.startswith(words)
    assert "trader session status" in text
    assert memory(wire).too_low is not None
    assert "SEQUENCE_TOO_LOW" in still_open(wire)
    wire.reopen()
    assert memory(wire).too_low is None
    assert "SEQUENCE_TOO_LOW" not in still_open(wire)


def test_a_batch_under_way_is_suspended_at_once_and_not_after_a_wait() -> None:
    wire = Wire()
    wire.submit()
    wire.take(VENUE_SAYS)
    assert wire.batch.phase is BatchPhase.SUSPENDED


def test_a_gap_is_remembered_and_disturbs_nobody() -> None:
    wire = Wire()
    before = still_open(wire)
    for by_venue in (True, False):
        wire.take(SequenceNoted(VENUE, by_venue, is_too_low=False, expected=7, received=0))
    assert still_open(wire) == before
    missed = memory(wire).venue_missed, memory(wire).we_missed
    assert [each and each.note.expected for each in missed] == [7, 7]


def test_how_the_numbers_stood_survives_a_restart() -> None:
    wire = Wire()
    wire.take(SessionClosed(VENUE, "the robot logged out", 120, 45))
    wire.restart()
    wire.take(SessionClosed(VENUE, "the process that had the session is gone"))
    assert (memory(wire).next_sent, memory(wire).next_expected) == (120, 45)


# --- new numbers ------------------------------------------------------------------------------------------------------


def test_two_persons_let_the_next_logon_begin_at_1() -> None:
    wire = down()
    wire.take(VENUE_SAYS)
    assert signed(wire, RESET) == [Renumber(VENUE, 1, 1, says_so=True)]


def test_numbers_that_were_agreed_on_by_telephone_are_set_without_a_word_on_the_wire() -> None:
    assert signed(down(), ResetSession(VENUE, 120, 45, with_open_orders=False)) == [Renumber(VENUE, 120, 45, False)]


def test_where_the_venue_allows_no_reset_only_our_own_numbers_begin_at_1() -> None:
    assert signed(down(venue={"reset": "never"}), RESET) == [Renumber(VENUE, 1, 1, says_so=False)]


def test_a_new_process_sets_the_numbers_that_nobody_has_logged_on_with_yet() -> None:
    wire = down()
    signed(wire, RESET)
    assert Renumber(VENUE, 1, 1, says_so=True) in wire.restart()
    wire.take(SessionOpened(VENUE, was_reset=True))
    assert not [output for output in wire.restart() if isinstance(output, Renumber)]


def test_a_session_that_is_up_is_not_renumbered() -> None:
    wire = Wire()
    staff(wire)
    before = state_hash(wire.engine)
    assert "is up, so its numbers agree" in asks(wire, RESET, "olga")
    assert state_hash(wire.engine) == before


def test_a_session_that_came_up_meanwhile_is_not_renumbered() -> None:
    wire = down()
    asks(wire, RESET, "olga")
    wire.reopen()
    assert "is up, so its numbers agree" in decides(wire, RESET, "rita")
    assert memory(wire).new_numbers is None


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (-3, 5), (10**9, 1)])
def test_numbers_that_no_session_has_are_refused(numbers: tuple[int, int]) -> None:
    assert "numbers are from 1 to" in asks(down(), ResetSession(VENUE, *numbers, with_open_orders=False), "olga")


def test_an_unknown_session_is_refused() -> None:
    said_of_it = asks(down(), ResetSession("nowhere", 1, 1, with_open_orders=False), "olga")
    assert "there is no session nowhere here; expected one that a robot has run with" in said_of_it
    assert said_of_it.endswith(f": {VENUE}")


def elsewhere(wire: Wire) -> None:
    """The process that runs now trades at another venue."""
    other = structs.replace(wire.dialect, name="other")
    wire.take(structs.replace(wire.started, dialects=(other,)))


def test_a_session_of_a_venue_that_the_last_process_did_not_run_with_is_renumbered_when_one_does() -> None:
    wire = down()
    elsewhere(wire)
    signed(wire, ResetSession(VENUE, 120, 45, with_open_orders=False))
    (due,) = [output for output in wire.restart() if isinstance(output, Renumber)]
    assert (due.session, due.next_sent, due.next_expected, due.says_so) == (VENUE, 120, 45, False)
    assert sent(RequestTrades, wire.reopen())
    assert memory(wire).new_numbers is None


def test_its_open_orders_count_as_they_would_with_its_own_process() -> None:
    wire = Wire()
    staff(wire)
    wire.submit()
    wire.acknowledges(1)
    elsewhere(wire)
    assert "3 orders of simulator are live or unknown" in asks(wire, RESET, "olga")


def test_what_only_copies_is_not_renumbered_and_the_sentence_says_what_to_do() -> None:
    wire = Wire(venue={"drop_copy": True})
    staff(wire)
    (copy,) = wire.engine.context.copies
    told = asks(wire, ResetSession(copy, 1, 1, with_open_orders=False), "olga")
    assert f"{copy} only copies what {VENUE} reports" in told
    assert "move its folder" in told


def test_orders_that_are_open_have_to_be_asked_about_afterwards() -> None:
    wire = Wire()
    staff(wire)
    wire.submit()
    wire.acknowledges(1)
    wire.drop()
    assert "3 orders of simulator are live or unknown" in asks(wire, RESET, "olga")
    signed(wire, RESET_WITH_ORDERS)
    wire.take(SessionOpened(VENUE, was_reset=True))
    assert sent(RequestTrades, wire.last)
    assert not placed(wire.last)


def test_where_no_question_is_answered_open_orders_are_settled_first() -> None:
    mute = {"order_status": False, "trade_capture": False}
    wire = Wire(**mute)
    staff(wire)
    wire.submit()
    wire.drop()
    assert "trader settle" in asks(wire, RESET_WITH_ORDERS, "olga")


# --- what may have been lost with the old numbers ---------------------------------------------------------------------


def begun_anew(**desk: Any) -> Wire:
    """A session that is back with numbers from 1, and that had nothing open."""
    wire = down(**desk)
    wire.take(SessionOpened(VENUE, was_reset=True))
    return wire


def test_the_first_logon_of_all_has_nothing_to_ask() -> None:
    wire = Wire(opened=False, priced=False)
    wire.take(SessionOpened(VENUE, was_reset=True))
    assert not sent(RequestTrades, wire.last)
    assert wire.engine.context.sessions[VENUE].may_trade


def test_after_a_reset_trades_are_asked_for_before_an_order_leaves() -> None:
    wire = begun_anew()
    (request,) = sent(RequestTrades, wire.last)
    wire.quotes()
    wire.submit()
    assert not sent(PlaceOrder, wire.outputs)
    wire.announces(request.request_id, 0)
    assert sent(PlaceOrder, wire.outputs)
    assert not sent(RequestOrderStatus, wire.outputs)


def test_a_fill_that_went_with_the_old_numbers_is_booked_though_its_order_was_over() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    wire.cancels(1)
    wire.drop()
    wire.take(SessionOpened(VENUE, was_reset=True))
    (request,) = sent(RequestTrades, wire.last)
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert wire.order(1).cum_qty == 1_000_000


def test_the_question_is_put_again_until_it_is_answered() -> None:
    wire = begun_anew()
    wire.drop()
    wire.restart()
    wire.reopen()
    (request,) = sent(RequestTrades, wire.last)
    wire.announces(request.request_id, 0)
    wire.drop()
    assert not sent(RequestTrades, wire.reopen())


def test_a_venue_that_does_not_answer_it_gets_nothing_new() -> None:
    wire = begun_anew()
    wire.wait(11)
    assert not wire.engine.context.sessions[VENUE].may_trade
    (text,) = said(wire, "RECOVERY_INCOMPLETE")
    assert "has not answered which trades it has" in text


def test_where_no_trades_are_listed_people_are_told_what_may_be_missing() -> None:
    wire = begun_anew(trade_capture=False)
    assert not sent(RequestTrades, wire.last)
    (text,) = said(wire, "TRADES_NOT_REPORTED")
    assert "may be missing" in text
    assert wire.engine.context.sessions[VENUE].may_trade


def refuses(wire: Wire, request_id: str) -> None:
    wire.says("AQ", f"568={request_id}|569=1|749=99|750=2|58=Not permissioned")


def test_where_the_list_is_refused_people_are_told_what_may_be_missing_and_it_is_owed_no_longer() -> None:
    wire = begun_anew()
    (request,) = sent(RequestTrades, wire.last)
    refuses(wire, request.request_id)
    (text,) = said(wire, "TRADES_NOT_REPORTED")
    assert "it lists no trades (Not permissioned): a fill that it reported meanwhile may be missing" in text
    assert memory(wire).trades_owed is None
    assert wire.engine.context.sessions[VENUE].may_trade


def test_asked_again_the_venue_is_asked_for_all_that_it_owes() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.fills(1)
    refuses(wire, sent(RequestTrades, wire.last)[0].request_id)  # not reconciled, so it is owed from here
    later = (Terms(), Terms())  # its first row was traded before
    wire.submit(*later, content=b"a later batch")
    wire.drop()
    wire.take(SessionOpened(VENUE, was_reset=True))
    (first,) = sent(RequestTrades, wire.last)
    wire.wait(31)
    wire.submit(*later, content=b"a later batch")
    (again,) = sent(RequestTrades, wire.last)
    assert (again.trade_date, again.from_ts_ns) == (first.trade_date, first.from_ts_ns)


def test_a_comparison_on_a_healthy_session_asks_for_less_than_is_owed_and_does_not_settle_it() -> None:
    wire = Wire(settings={"compare_s_max": 30})
    staff(wire)
    wire.submit(Terms())
    wire.drop()
    wire.take(SessionOpened(VENUE, was_reset=True))
    wire.wait(11)
    assert settles(wire, 1, OrderOutcome.CANCELED) == ""  # which opens the gate, though the list never came
    wire.quotes()
    wire.submit(Terms(), Terms(), content=b"a later batch")  # its first row was traded before
    order = sent(PlaceOrder, wire.last)[0].cl_ord_id
    wire.says(
        "8",
        f"37=V9|11={order}|150=0|39=0|55=EUR/USD|54=1|15=EUR|38=1000000|14=0|151=1000000|17=A9|60={TIME}|75=20260302",
    )
    (request,) = sent(RequestTrades, wire.wait(31))
    recovery = wire.engine.context.sessions[VENUE].recovery
    assert recovery is not None
    assert recovery.is_quiet
    wire.announces(request.request_id, 0)
    wire.says(
        "8",
        f"37=V9|11={order}|150=I|39=0|55=EUR/USD|54=1|15=EUR|38=1000000|14=0|151=1000000|17=S9|60={TIME}|75=20260302",
    )
    assert wire.engine.context.sessions[VENUE].recovery is None
    assert memory(wire).trades_owed is not None


def test_numbers_that_go_on_have_lost_nothing() -> None:
    wire = down()
    assert not sent(RequestTrades, wire.reopen())


def test_numbers_that_persons_have_set_may_have_skipped_messages() -> None:
    wire = down()
    signed(wire, ResetSession(VENUE, 120, 45, with_open_orders=False))
    assert sent(RequestTrades, wire.reopen())


# --- the venue's books once more --------------------------------------------------------------------------------------


def reconciled() -> Wire:
    """A batch of one line that is done, and of which the venue's list agrees."""
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.fills(1)
    lists(wire)
    assert wire.batch.is_reconciled
    return wire


def lists(wire: Wire, trades: int = 1) -> None:
    (request,) = sent(RequestTrades, wire.last)
    wire.announces(request.request_id, trades)
    for _ in range(trades):
        wire.lists(request.request_id, 1)


def test_a_venue_that_lists_less_when_asked_again_makes_a_break() -> None:
    wire = reconciled()
    wire.take(BooksAsked(wire.batch.submitted.trade_date, "olga"))
    lists(wire, trades=0)
    assert [found.kind for found in wire.batch.breaks] == ["MISSING_AT_VENUE", "TOTAL"]
    assert not wire.batch.is_reconciled
    wire.take(BooksAsked(wire.batch.submitted.trade_date, "olga"))
    lists(wire)
    assert wire.batch.is_reconciled


def test_books_are_asked_for_at_the_next_logon_where_the_session_is_down() -> None:
    wire = reconciled()
    wire.drop()
    wire.take(BooksAsked(wire.batch.submitted.trade_date, "olga"))
    assert not sent(RequestTrades, wire.last)
    wire.reopen()
    lists(wire)
    assert (wire.batch.is_reconciled, wire.batch.is_stale) == (True, False)


def test_books_of_another_day_are_left_alone() -> None:
    wire = reconciled()
    wire.take(BooksAsked(wire.batch.submitted.trade_date + timedelta(days=1), "olga"))
    assert not sent(RequestTrades, wire.last)
    assert wire.batch.phase is BatchPhase.DONE
