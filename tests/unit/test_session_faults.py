"""Faults of a session, as bytes in and bytes out."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.faults.session.actions import SessionRule, To, session_problem
from simulator.faults.session.effects import Effect, HangUp, Pass, StopReading
from simulator.faults.session.faults import Line, SessionFaults
from simulator.faults.session.frames import Frame, is_frame, sealed, split_frames

HEAD = "49=SIMULATOR|56=ROBOT|52=20261120-10:00:00.000"


def message(seq: int, msg_type: str = "8", more: str = "11=A|150=F") -> bytes:
    """A message from the venue to its client."""
    pairs = [field.split("=", 1) for field in f"8=FIX.4.4|35={msg_type}|34={seq}|{HEAD}|{more}".split("|")]
    return sealed([(tag, value.encode()) for tag, value in pairs])


def rule(then: dict[str, object], **when: object) -> SessionRule:
    return msgspec.convert({"when": when, "then": then}, SessionRule)


def faults(*rules: SessionRule, seed: int = 1) -> SessionFaults:
    assert [session_problem(each) for each in rules] == [""] * len(rules)
    return SessionFaults(rules, seed)


def line(*rules: SessionRule) -> Line:
    return faults(*rules).connect()


def fed(at: Line, *messages: bytes, to: To = To.CLIENT) -> list[Effect]:
    return [effect for each in messages for effect in at.feed(to, each, 0.0)]


def sent(effects: list[Effect]) -> list[bytes]:
    return [effect.data for effect in effects if isinstance(effect, Pass)]


def seqs(effects: list[Effect]) -> list[int]:
    return [Frame(data).seq for data in sent(effects)]


ONE, TWO, THREE = message(1), message(2), message(3)


def test_without_rules_everything_passes() -> None:
    assert sent(fed(line(), ONE, TWO)) == [ONE, TWO]


@given(st.lists(st.integers(1, 12), max_size=40), st.binary(max_size=20))
def test_messages_are_found_whatever_pieces_the_network_makes_of_them(sizes: list[int], noise: bytes) -> None:
    stream = ONE + TWO + noise.replace(b"8=", b"..") + THREE
    at, effects = line(rule({"action": "drop"}, seq=2)), []
    for size in [*sizes, len(stream)]:
        piece, stream = stream[:size], stream[size:]
        effects += at.feed(To.CLIENT, piece, 0.0)
    effects += at.end(To.CLIENT)
    assert b"".join(sent(effects)) == ONE + noise.replace(b"8=", b"..") + THREE


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_byte_is_lost_or_invented(data: bytes, cut: int) -> None:
    pieces, rest = split_frames(data[:cut])
    more, end = split_frames(rest + data[cut:])
    assert b"".join([*pieces, *more, end]) == data


def test_a_message_that_is_changed_is_whole_again() -> None:
    changed = Frame(ONE).changed({"34": "7", "43": "Y"})
    assert is_frame(changed)
    assert b"|34=7|43=Y|49=" in changed.replace(b"\x01", b"|")
    assert Frame(changed).changed({"34": "1"}) != ONE
    assert Frame(changed).get("10") == f"{sum(changed[:-7]) % 256:03}"


def test_drop_leaves_a_gap() -> None:
    assert seqs(fed(line(rule({"action": "drop"}, seq=2)), ONE, TWO, THREE)) == [1, 3]


def test_hold_holds_the_message() -> None:
    (effect,) = fed(line(rule({"action": "hold", "ms": 80})), ONE)
    assert effect == Pass(To.CLIENT, ONE, 80)


@pytest.mark.parametrize("poss_dup", [False, True])
def test_duplicate_says_it_again(poss_dup: bool) -> None:
    first, *copies = sent(fed(line(rule({"action": "duplicate", "times": 2, "poss_dup": poss_dup})), ONE))
    assert first == ONE
    assert copies[0] == copies[1]
    if not poss_dup:
        assert copies[0] == ONE
    assert Frame(copies[0]).is_duplicate is poss_dup
    assert Frame(copies[0]).get("122") == ("20261120-10:00:00.000" if poss_dup else "")


def test_reorder_lets_others_overtake() -> None:
    at = line(rule({"action": "reorder", "behind": 2}, seq=1))
    assert seqs(fed(at, ONE, TWO)) == [2]
    assert seqs(fed(at, THREE)) == [3, 1]


def test_what_is_held_back_goes_on_at_the_end() -> None:
    at = line(rule({"action": "reorder", "behind": 5}, seq=1))
    assert seqs(fed(at, ONE, TWO)) == [2]
    assert seqs(at.end(To.CLIENT)) == [1]


def test_garble_changes_the_body_and_no_frame() -> None:
    for seed in range(50):
        (spoiled,) = sent(fed(faults(rule({"action": "garble", "count": 3}), seed=seed).connect(), ONE))
        assert is_frame(spoiled)
        assert spoiled[-7:] == ONE[-7:]
        assert len(spoiled) == len(ONE)
        assert sum(a != b for a, b in zip(spoiled, ONE, strict=True)) == 3


def test_wrong_check_sum_changes_nothing_else() -> None:
    (spoiled,) = sent(fed(line(rule({"action": "wrong_check_sum"})), ONE))
    assert spoiled[:-7] == ONE[:-7]
    assert int(spoiled[-4:-1]) == (int(ONE[-4:-1]) + 1) % 256


@pytest.mark.parametrize("by", [-3, 5])
def test_wrong_body_length_has_a_check_sum_that_fits(by: int) -> None:
    (spoiled,) = sent(fed(line(rule({"action": "wrong_body_length", "by": by})), ONE))
    assert int(Frame(spoiled).get("9")) == int(Frame(ONE).get("9")) + by
    assert int(spoiled[-4:-1]) == sum(spoiled[:-7]) % 256
    assert not is_frame(spoiled)


def test_truncate_lets_the_next_begin_in_the_middle() -> None:
    effects = fed(line(rule({"action": "truncate", "part": 0.25}, seq=1)), ONE, TWO)
    assert b"".join(sent(effects)) == ONE[: len(ONE) // 4] + TWO


def test_split_keeps_every_byte() -> None:
    effects = fed(line(rule({"action": "split", "size": 7, "interval_ms": 2})), ONE)
    assert b"".join(sent(effects)) == ONE
    assert max(map(len, sent(effects))) == 7
    assert {b.after_ms - a.after_ms for a, b in pairwise(effects) if isinstance(a, Pass) and isinstance(b, Pass)} == {2}


def test_merge_waits_for_the_last() -> None:
    at = line(rule({"action": "merge", "count": 2}))
    assert fed(at, ONE) == []
    assert sent(fed(at, TWO)) == [ONE + TWO]


def test_a_message_of_another_kind_overtakes_no_merged_one() -> None:
    at = line(rule({"action": "merge", "count": 3}, message="ExecutionReport"))
    assert sent(fed(at, ONE, message(2, "0"))) == [ONE, message(2, "0")]


def test_retype_and_renumber_keep_the_message_whole() -> None:
    (retyped,) = sent(fed(line(rule({"action": "retype"})), ONE))
    assert (Frame(retyped).msg_type, is_frame(retyped)) == ("ZZ", True)
    assert seqs(fed(line(rule({"action": "renumber", "by": 5}, seq=1)), ONE, TWO)) == [6, 2]
    assert seqs(fed(line(rule({"action": "renumber", "by": -5})), ONE)) == [1]


@pytest.mark.parametrize(("place", "expected"), [("before", "18"), ("after", "81"), ("instead", "1")])
def test_inject_says_what_nobody_said(place: str, expected: str) -> None:
    effects = fed(line(rule({"action": "inject", "message": "TestRequest", "body": "112=X", "place": place})), ONE)
    assert "".join(Frame(data).msg_type for data in sent(effects)) == expected
    (injected,) = [Frame(data) for data in sent(effects) if Frame(data).msg_type == "1"]
    assert injected.seq == (2 if place == "after" else 1)
    assert [injected.get(tag) for tag in ("49", "56", "112")] == ["SIMULATOR", "ROBOT", "X"]
    assert is_frame(injected.raw)


def test_an_injected_message_may_speak_of_the_numbers_around_it() -> None:
    body = "123=Y|36={seq+5}|58={seq} {seq-1}"
    effects = fed(line(rule({"action": "inject", "message": "SequenceReset", "body": body, "place": "instead"})), TWO)
    (injected,) = map(Frame, sent(effects))
    assert (injected.get("36"), injected.get("58")) == ("7", "2 1")


def test_a_refused_logon_is_answered_and_goes_no_further() -> None:
    logon = Frame(message(1, "A", "98=0|108=30")).changed({"49": "ROBOT", "56": "SIMULATOR"})
    at = line(rule({"action": "refuse_logon", "text": "Closed"}, message="Logon", to="venue"))
    answer, end = fed(at, logon, to=To.VENUE)
    assert isinstance(answer, Pass)
    assert end == HangUp(To.CLIENT, abrupt=False, away_ms=0.0)
    said = Frame(answer.data)
    assert answer.to is To.CLIENT
    assert [said.get(tag) for tag in ("35", "34", "49", "56", "58")] == ["5", "1", "SIMULATOR", "ROBOT", "Closed"]
    assert fed(at, ONE) == []


@pytest.mark.parametrize(("place", "data"), [("before", b""), ("within", ONE[: len(ONE) // 2]), ("after", ONE)])
def test_disconnect_ends_the_line(place: str, data: bytes) -> None:
    at = line(rule({"action": "disconnect", "place": place, "abrupt": True, "away_ms": 500}, seq=1))
    effects = fed(at, ONE)
    assert b"".join(sent(effects)) == data
    assert effects[-1] == HangUp(To.CLIENT, abrupt=True, away_ms=500)
    assert fed(at, TWO) == fed(at, TWO, to=To.VENUE) == at.end(To.CLIENT) == []


def test_half_open_swallows_the_end_as_well() -> None:
    at = line(rule({"action": "half_open"}, seq=2))
    assert seqs(fed(at, ONE, TWO, THREE)) == [1]
    assert fed(at, ONE, to=To.VENUE) == at.end(To.VENUE) == []
    assert at.is_deaf(To.CLIENT)
    assert at.is_deaf(To.VENUE)


def test_half_open_one_way_leaves_the_other() -> None:
    at = line(rule({"action": "half_open", "ways": "one"}, seq=1))
    assert fed(at, ONE) == []
    assert seqs(fed(at, TWO, to=To.VENUE)) == [2]


def test_stall_stops_the_reader_behind_the_message() -> None:
    assert fed(line(rule({"action": "stall", "ms": 900})), ONE) == [Pass(To.CLIENT, ONE), StopReading(To.CLIENT, 900)]


@pytest.mark.parametrize(
    ("when", "hit"),
    [
        ({"to": "client"}, [1, 2, 3]),
        ({"to": "venue"}, []),
        ({"message": "ExecutionReport"}, [1, 2, 3]),
        ({"message": "8"}, [1, 2, 3]),
        ({"message": "Heartbeat"}, []),
        ({"has": "150=F"}, [1, 2, 3]),
        ({"has": "150=0"}, []),
        ({"seq": 2}, [2]),
        ({"poss_dup": False}, [1, 2, 3]),
        ({"poss_dup": True}, []),
        ({"connection": 1}, [1, 2, 3]),
        ({"connection": 2}, []),
        ({"after_ms": 1}, []),
        ({"until_ms": 1}, [1, 2, 3]),
        ({"after": 1}, [2, 3]),
        ({"every": 2}, [1, 3]),
        ({"count": 2}, [1, 2]),
        ({"probability": 0.0}, []),
    ],
)
def test_a_rule_hits_what_it_says(when: dict[str, object], hit: list[int]) -> None:
    assert seqs(fed(line(rule({"action": "drop"}, **when)), ONE, TWO, THREE)) == [n for n in (1, 2, 3) if n not in hit]


def test_counts_go_on_with_the_next_connection_and_hits_are_told() -> None:
    both = faults(rule({"action": "drop"}, count=1))
    assert seqs(fed(both.connect(), ONE, TWO)) == [2]
    assert seqs(fed(both.connect(), ONE)) == [1]
    (told,) = both.take_done()
    assert (told.rule, told.action, told.connection, told.msg_type, told.seq) == ("session rule 1", "drop", 1, "8", 1)
    assert both.take_done() == []


def test_the_same_seed_hits_the_same_messages() -> None:
    def story(seed: int) -> list[int]:
        return seqs(
            fed(faults(rule({"action": "drop"}, probability=0.5), seed=seed).connect(), *map(message, range(60)))
        )

    assert story(1) == story(1) != story(2)


def test_actions_apply_one_after_the_other() -> None:
    at = line(rule({"action": "retype", "msg_type": "0"}), rule({"action": "split", "size": 1_000}))
    assert [Frame(data).msg_type for data in sent(fed(at, ONE))] == ["0"]


@pytest.mark.parametrize(
    ("then", "when", "problem"),
    [
        ({"action": "drop"}, {"message": "NewOrdre"}, "'NewOrdre' is not known"),
        ({"action": "inject", "message": "Nonsense"}, {}, "'Nonsense' is not known"),
        ({"action": "retype", "msg_type": "|"}, {}, "'|' is not known"),
        ({"action": "drop"}, {"has": "SIDE=1"}, "expected one field as TAG=VALUE"),
        ({"action": "drop"}, {"after_ms": 5, "until_ms": 1}, "expected at least after_ms"),
        ({"action": "renumber", "by": 0}, {}, "by = 0 changes nothing"),
        ({"action": "wrong_body_length", "by": 0}, {}, "by = 0 changes nothing"),
    ],
)
def test_a_rule_that_cannot_be_is_explained(then: dict[str, object], when: dict[str, object], problem: str) -> None:
    assert problem in session_problem(rule(then, **when))
