"""Controls that latch on what has happened: loops, storms, breaks, and a machine that is not itself."""

import pytest
from risk_cases import BATCH, NOW, limits

from risk.reasons import ReasonCode
from risk.stops.latches import Latches
from risk.stops.stops import EVERYTHING, Dimension, Scope, State, Stop
from trader.domain.ids import LineId

SECOND = 1_000_000_000
SESSION, PAIR = Scope(Dimension.SESSION, "simulator"), Scope(Dimension.PAIR, "EUR/USD")
LINE = LineId(BATCH, 1)


def latches(**changes: str) -> Latches:
    figures = {
        "REPEATED_EXECUTION desk=* max": "3",
        "REJECT_STORM session=* rejects_max": "5",
        "REJECT_STORM pair=* rejects_max": "3",
    }
    return Latches(limits(figures | changes))


def scopes(stops: list[Stop]) -> list[Scope]:
    return [stop.scope for stop in stops]


def test_a_line_that_is_executed_once_too_often_halts_its_batch() -> None:
    made = latches()
    for _ in range(3):
        made.executed(LINE, "treasury")
    assert made.take_due(NOW) == []
    made.executed(LINE, "treasury")
    (stop,) = made.take_due(NOW)
    assert (stop.scope, stop.state, stop.code, stop.since_ns) == (
        Scope(Dimension.BATCH, BATCH),
        State.HALTED,
        ReasonCode.REPEATED_EXECUTION,
        NOW,
    )
    assert made.take_due(NOW) == []


def test_executions_of_other_lines_do_not_count() -> None:
    made = latches()
    for number in range(1, 9):
        made.executed(LineId(BATCH, number), "treasury")
    assert made.take_due(NOW) == []


def test_after_a_person_has_touched_a_batch_its_executions_count_from_zero() -> None:
    made = latches()
    for _ in range(3):
        made.executed(LINE, "treasury")
    made.touched("ANOTHER")
    made.touched(BATCH)
    made.executed(LINE, "treasury")
    assert made.take_due(NOW) == []


def test_so_many_rejects_in_a_row_halt_the_pair_and_then_the_session() -> None:
    made = latches()
    for _ in range(3):
        made.rejected("simulator", "EUR/USD", NOW)
    assert scopes(made.take_due(NOW)) == [PAIR]
    for pair in ("USD/JPY", "GBP/USD"):
        made.rejected("simulator", pair, NOW)
    assert scopes(made.take_due(NOW)) == [SESSION]


def test_an_order_that_is_taken_ends_the_row() -> None:
    made = latches()
    for _ in range(4):
        made.rejected("simulator", "EUR/USD", NOW)
        made.rejected("simulator", "EUR/USD", NOW)
        made.answered("simulator", "EUR/USD")
    assert made.take_due(NOW) == []


def test_an_order_of_another_pair_that_is_taken_ends_the_sessions_row_and_not_the_pairs() -> None:
    made = latches()
    for _ in range(2):
        made.rejected("simulator", "EUR/USD", NOW)
    made.answered("simulator", "USD/JPY")
    made.rejected("simulator", "EUR/USD", NOW)
    assert scopes(made.take_due(NOW)) == [PAIR]


@pytest.mark.parametrize(("seconds", "found"), [(30, [PAIR]), (31, [])])
def test_only_rejects_within_the_window_are_a_storm(seconds: int, found: list[Scope]) -> None:
    made = latches()
    for number in range(3):
        made.rejected("simulator", "EUR/USD", NOW + number * seconds * SECOND)
    assert scopes(made.take_due(NOW)) == found


def test_books_that_differ_halt_the_venue_they_differ_with() -> None:
    made = latches()
    made.books_differ("simulator", BATCH, 2)
    (stop,) = made.take_due(NOW)
    assert (stop.scope, stop.state, stop.code) == (
        Scope(Dimension.VENUE, "simulator"),
        State.HALTED,
        ReasonCode.RECONCILIATION_BREAK,
    )
    assert "2 differences" in stop.reason


@pytest.mark.parametrize(
    "code", [ReasonCode.DEADMAN, ReasonCode.CLOCK, ReasonCode.CONFIG_CHANGED, ReasonCode.JOURNAL_FAILED]
)
def test_a_machine_that_is_not_itself_halts_everything(code: ReasonCode) -> None:
    made = latches()
    made.machine_failed(code, "it is not itself")
    (stop,) = made.take_due(NOW)
    assert (stop.scope, stop.state, stop.code, stop.who) == (EVERYTHING, State.HALTED, code, code)


def test_a_figure_that_is_missing_lets_nothing_happen_even_once() -> None:
    made = Latches(limits(without="RE"))
    made.executed(LINE, "treasury")
    made.rejected("simulator", "EUR/USD", NOW)
    assert scopes(made.take_due(NOW)) == [Scope(Dimension.BATCH, BATCH), SESSION, PAIR]


def test_the_same_happenings_give_the_same_snapshot() -> None:
    first, second = latches(), latches()
    for made in (first, second):
        made.executed(LINE, "treasury")
        made.rejected("simulator", "EUR/USD", NOW)
    assert first.snapshot() == second.snapshot() != latches().snapshot()
