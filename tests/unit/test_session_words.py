"""Sequence numbers in plain words: what is the matter, why that is likely, what can be done, from store and journal."""

from pathlib import Path
from typing import Any

import pytest
from values import replace

from tests.unit.engine_cases import SECOND, VENUE, dialect
from trader.adapters.sequence_text import numbers_in, says_too_low
from trader.adapters.session_store import StoredNumbers, stored_numbers
from trader.app.sessions.words import Standing, advice, explanation, policy
from trader.engine.session_inputs import SequenceNoted
from trader.engine.session_memory import NewNumbers, Noted, SessionMemory

OPENED, CLOSED, LATER = 100 * SECOND, 200 * SECOND, 300 * SECOND


def standing(stored: tuple[int, int] | None = (120, 45), begun_ns: int = 1, **memory: Any) -> Standing:
    """A session that was up once and ended with 120 and 45, unless the test says otherwise."""
    known = {"opened_ns": OPENED, "closed_ns": CLOSED, "next_sent": 120, "next_expected": 45} | memory
    numbers = None if stored is None else StoredNumbers(*stored, begun_ns, Path("store.seqnums"))
    plain = dialect({"reset": "new_store"})
    return Standing(VENUE, SessionMemory(**known), numbers, plain, is_up=False, open_orders=0)


def too_low(expected: int = 120, received: int = 5, *, by_venue: bool = True) -> Noted:
    return Noted(SequenceNoted(VENUE, by_venue, is_too_low=True, expected=expected, received=received), LATER)


def why(of: Standing) -> str:
    return " ".join(explanation(of))


def do(of: Standing) -> str:
    return " ".join(advice(of))


def test_nothing_is_said_of_numbers_that_are_as_they_should_be() -> None:
    assert (why(standing()), do(standing())) == ("", "")


@pytest.mark.parametrize(
    ("of", "cause"),
    [
        (standing(None, too_low=too_low(received=1)), "there is no FIX store any longer, so it was deleted"),
        (standing((6, 1), LATER, too_low=too_low()), "the FIX store was made anew after the last logon"),
        (standing((6, 2), too_low=too_low()), "the FIX store is an older one than the session ended with"),
        (standing((121, 45), too_low=too_low(400, 120)), "somebody else has used the session since"),
        (standing((2, 1), opened_ns=0, next_sent=0, too_low=too_low(400, 1)), "has never been on the session"),
        (standing((121, 45), too_low=too_low(45, 1, by_venue=False)), "the venue has begun anew without saying so"),
    ],
)
def test_the_likely_cause_is_named(of: Standing, cause: str) -> None:
    assert cause in why(of)
    assert "Nothing is sent to it until its numbers and ours agree again." in why(of)


def test_the_way_to_go_on_where_the_venue_is_comes_before_a_reset() -> None:
    first, on, anew = advice(standing((6, 1), LATER, too_low=too_low()))
    assert "another robot" in first
    assert "trader session reset --venue simulator --send 120 --expect 45 --reason" in on
    assert anew.startswith("To begin anew at 1")


def test_where_the_venue_has_begun_anew_only_what_we_expect_of_it_changes() -> None:
    assert "--send 121 --expect 1 --reason" in do(standing((121, 45), too_low=too_low(45, 1, by_venue=False)))


def test_a_venue_that_takes_no_reset_is_offered_none() -> None:
    of = replace(standing((6, 1), LATER, too_low=too_low()), dialect=dialect({"reset": "never"}))
    assert "begin anew" not in do(of)
    assert "The venue takes no reset" in policy(of)


def test_a_store_that_was_lost_is_seen_before_the_venue_refuses_it() -> None:
    of = standing(None)
    assert "Our next number was 120 when the session last ended, and is 1 now" in why(of)
    assert "--send 120 --expect 45" in do(of)


@pytest.mark.parametrize("reset", ["every_logon", "when_refused"])
def test_a_store_that_was_lost_is_nothing_where_the_next_logon_begins_at_1(reset: str) -> None:
    assert why(replace(standing(None), dialect=dialect({"reset": reset}))) == ""


def test_what_was_signed_for_is_what_comes_next() -> None:
    (only,) = advice(standing(new_numbers=NewNumbers(1, 1, True, "GP6SAJWKEA"), too_low=too_low()))  # a fact each
    assert "with the next logon ours is 1, 1 is expected of the venue, and the venue is told so" in only


def test_open_orders_are_asked_about_only_where_a_person_wants_it() -> None:
    assert "2 orders are live or unknown: with --ask-afterwards" in do(replace(standing(None), open_orders=2))


def test_a_gap_is_open_until_its_first_message_has_come() -> None:
    missed = Noted(SequenceNoted(VENUE, by_venue=False, is_too_low=False, expected=45, received=0), LATER)
    assert standing((120, 45), we_missed=missed).gap_from == 45
    assert "from number 45 on are missing" in why(standing((120, 45), we_missed=missed))
    assert standing((120, 46), we_missed=missed).gap_from == 0


def test_what_the_venue_missed_is_not_sent_again() -> None:
    missed = Noted(SequenceNoted(VENUE, by_venue=True, is_too_low=False, expected=7, received=0), LATER)
    assert "no order is ever sent late" in why(standing(venue_missed=missed))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("MsgSeqNum too low, expecting 17 but received 1", (17, 1)),
        ("Sequence number is too low. Expected: 120, got 5", (120, 5)),
        ("MsgSeqNum(34) too low: expected=8, received=3", (8, 3)),
        ("Incorrect sequence number (too low)", (0, 0)),
        ("seq num low, expected next 99", (99, 0)),
    ],
)
def test_numbers_are_found_in_the_words_of_many_engines(text: str, numbers: tuple[int, int]) -> None:
    assert says_too_low(text)
    assert numbers_in(text) == numbers


@pytest.mark.parametrize("text", ["MsgSeqNum too high, expecting 2 but received 9", "wrong password", "slow consumer"])
def test_other_words_are_not_taken_for_it(text: str) -> None:
    assert not says_too_low(text)


def test_a_store_is_read_as_quickfix_has_written_it(tmp_path: Path) -> None:
    assert stored_numbers(tmp_path) is None
    (tmp_path / "store").mkdir()
    name = tmp_path / "store" / "FIX.4.4-ROBOT-SIMULATOR"
    name.with_suffix(".4-ROBOT-SIMULATOR.seqnums").write_text("0000000120 : 0000000045", "ascii")
    name.with_suffix(".4-ROBOT-SIMULATOR.session").write_text("20260302-10:00:00", "ascii")
    found = stored_numbers(tmp_path)
    assert found is not None
    assert (found.next_sent, found.next_expected) == (120, 45)
    assert found.begun_ns == 1_772_445_600 * SECOND


@pytest.mark.parametrize("content", ["", "12", "a : b", "0000000120 0000000045"])
def test_a_store_that_is_none_is_taken_for_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "X.seqnums").write_text(content, "ascii")
    assert stored_numbers(tmp_path) is None
