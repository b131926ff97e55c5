"""What every sink still has to be given: queues, waits, ages, and the state between two lives of the process."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.alerts import AlertBook, AlertEvent, AlertRules, Outbox, SinkRule
from trader.domain.errors import ConfigError, LocalOrderError

S = 1_000_000_000
RULES = {"file": SinkRule(), "hook": SinkRule(), "pager": SinkRule(hard_only=True)}


def events(*hard: bool) -> list[AlertEvent]:
    """One told event for each, hard or not, at 1 s, 2 s, and so on."""
    alerts = AlertBook(AlertRules(told_max=100))
    found: list[AlertEvent] = []
    for number, is_hard in enumerate(hard, start=1):
        found += alerts.condition("X", str(number), f"Number {number}.", number * S, is_hard=is_hard)
    return found


def posted(outbox: Outbox, *hard: bool) -> Outbox:
    for event in events(*hard):
        outbox.post(event, event.ts_ns)
    return outbox


def numbers(outbox: Outbox, sink: str) -> list[tuple[int, int]]:
    return [(each.seq, each.after) for each in outbox.waiting() if each.sink == sink]


def test_every_sink_has_its_own_queue_in_the_order_of_the_events_and_each_names_the_one_before() -> None:
    outbox = posted(Outbox(RULES), True, False, True)
    assert numbers(outbox, "file") == numbers(outbox, "hook") == [(1, 0), (2, 1), (3, 2)]
    assert numbers(outbox, "pager") == [(1, 0), (3, 1)]
    assert (outbox.given("file"), outbox.given("pager")) == (3, 3)


def test_what_was_delivered_says_when_and_how_long_it_took() -> None:
    outbox = posted(Outbox(RULES), True, True)
    done = outbox.delivered("hook", 1, 1 * S + 250)
    assert (done.tries, done.delivered_ns, done.delay_ns, done.given_up_ns) == (1, S + 250, 250, None)
    assert numbers(outbox, "hook") == [(2, 1)]
    assert numbers(outbox, "file") == [(1, 0), (2, 1)]


def test_a_sink_that_fails_is_tried_again_each_time_twice_as_late_up_to_the_bound() -> None:
    outbox = posted(Outbox(RULES), True)
    waits = [outbox.failed("hook", 1, "no", 2 * S).next_try_ns - 2 * S for _ in range(9)]
    assert [wait // S for wait in waits] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    first = outbox.first("hook")
    assert first is not None
    assert (first.tries, first.last_error, first.delay_ns) == (9, "no", None)


@given(st.integers(1, 10_000))
def test_no_wait_is_longer_than_the_bound_however_often_it_failed(tries: int) -> None:
    assert S <= SinkRule().wait_ns(tries) <= 60 * S


def test_what_fails_when_it_is_too_old_is_given_up_and_the_next_has_its_turn() -> None:
    outbox = posted(Outbox(RULES), True, True)
    assert outbox.failed("hook", 1, "no", 3_600 * S).given_up_ns is None
    given_up = outbox.failed("hook", 1, "refused", 3_601 * S)
    assert (given_up.given_up_ns, given_up.tries, given_up.last_error) == (3_601 * S, 2, "refused")
    assert numbers(outbox, "hook") == [(2, 1)]


def test_an_error_from_outside_cannot_steer_a_terminal() -> None:
    assert posted(Outbox(RULES), True).failed("hook", 1, "\x1b[2Jno", S).last_error == r"\x1b[2Jno"


def test_a_full_queue_gives_up_the_oldest_soft_one_but_never_the_one_that_may_be_on_its_way() -> None:
    outbox = Outbox({"hook": SinkRule(waiting_max=3)})
    *first, last = events(False, True, False, True)
    for event in first:
        outbox.post(event, 5 * S)
    added, given_up = outbox.post(last, 5 * S)
    assert (added.seq, given_up.seq, given_up.given_up_ns) == (4, 3, 5 * S)
    assert given_up.last_error == "too many wait for the sink"
    assert [seq for seq, _ in numbers(outbox, "hook")] == [1, 2, 4]


def test_an_event_that_is_not_told_goes_nowhere() -> None:
    alerts, outbox = AlertBook(AlertRules()), Outbox(RULES)
    alerts.condition("X", "a", "Once.", 1, is_hard=True)
    (repeated,) = alerts.condition("X", "a", "Twice.", 2, is_hard=True)
    assert outbox.post(repeated, 2) == []
    assert outbox.waiting() == ()


def test_a_replay_hands_nothing_over_twice_and_nothing_too_little() -> None:
    story = events(True, True, True)
    outbox = Outbox(RULES)
    outbox.post(story[0], S)
    outbox.delivered("hook", 1, S)
    saved = json.loads(json.dumps(outbox.state()))
    again, lost = Outbox.restored(RULES, saved, 9 * S)
    for event in story:
        again.post(event, 9 * S)
    assert lost == []
    assert [seq for seq, _ in numbers(again, "hook")] == [2, 3]
    assert [seq for seq, _ in numbers(again, "file")] == [1, 2, 3]


def test_the_state_survives_as_json() -> None:
    outbox = posted(Outbox(RULES), True, False, True)
    outbox.failed("hook", 1, "no", 4 * S)
    outbox.delivered("file", 1, 4 * S)
    again, _ = Outbox.restored(RULES, json.loads(json.dumps(outbox.state())), 5 * S)
    assert again.waiting() == tuple(replace(each, next_try_ns=5 * S) for each in outbox.waiting())
    twice, _ = Outbox.restored(RULES, json.loads(json.dumps(again.state())), 5 * S)
    assert twice.state() == again.state()


def test_what_waited_for_a_sink_that_is_gone_is_given_up_and_said() -> None:
    saved = posted(Outbox(RULES), True, True).state()
    outbox, lost = Outbox.restored({"file": SinkRule(), "new": SinkRule()}, saved, 7 * S)
    assert {(each.sink, each.seq) for each in lost} == {("hook", 1), ("hook", 2), ("pager", 1), ("pager", 2)}
    assert all(each.given_up_ns == 7 * S and "no longer configured" in each.last_error for each in lost)
    assert numbers(outbox, "file") == [(1, 0), (2, 1)]
    assert outbox.first("new") is None


@pytest.mark.parametrize("seq", [0, 2, 99])
def test_out_of_turn_is_a_bug_of_ours_and_changes_nothing(seq: int) -> None:
    outbox = posted(Outbox(RULES), True, True)
    before = outbox.state()
    with pytest.raises(LocalOrderError, match="served in order"):
        outbox.delivered("hook", seq, S)
    with pytest.raises(LocalOrderError, match="served in order"):
        outbox.failed("hook", seq, "no", S)
    assert outbox.state() == before


@pytest.mark.parametrize(
    "settings", [{"first_retry_ns": 0}, {"retry_ns_max": 1}, {"age_ns_max": 0}, {"waiting_max": 1}], ids=str
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"alerts: .*expected"):
        SinkRule(**settings)  # type: ignore[arg-type]  # all of these are whole numbers


def test_the_body_is_what_the_sinks_are_given() -> None:
    first = posted(Outbox(RULES), True).first("hook")
    assert first is not None
    assert (first.body["seq"], first.body["text"], first.body["is_hard"]) == (1, "Number 1.", True)
