"""A half-done batch says in words where it goes on."""

import pytest

from tests.unit.engine_cases import Wire
from tests.unit.risk_cases import Terms
from trader.app.resumption import Resumption, ranges, resumption_of
from trader.engine.state import LineStatus


@pytest.mark.parametrize(
    ("done", "unknown", "resumed", "sentence"),
    [
        (range(1, 64), (), range(64, 101), "rows 1-63 are done, resuming 64-100"),
        ((*range(1, 61), 62), (61,), range(63, 101), "rows 1-60 and 62 are done, 61 is unknown, resuming 63-100"),
        ((1,), (), (2,), "row 1 is done, resuming 2"),
        ((), (), (1, 2, 3), "none of the rows has left: resuming 1-3"),
        ((), (1, 3), (2,), "rows 1 and 3 are unknown, resuming 2"),
        ((1, 2), (3,), (), "rows 1-2 are done, 3 is unknown, nothing is left to send"),
        ((), (1,), (), "row 1 is unknown, nothing is left to send"),
    ],
)
def test_it_names_the_rows_that_are_done_unknown_and_resumed(
    done: range, unknown: range, resumed: range, sentence: str
) -> None:
    assert Resumption(tuple(done), tuple(unknown), tuple(resumed)).sentence == sentence


def test_for_a_machine_each_kind_is_a_list_of_ranges() -> None:
    said = Resumption((1, 2, 4), (3,), ()).to_json()
    assert (said["done"], said["unknown"], said["resumed"]) == ("1-2, 4", "3", "")


def test_ranges_are_listed_as_a_person_would() -> None:
    assert ranges([1, 2, 3, 5, 7, 8]) == "1-3, 5 and 7-8"


def test_a_suspended_batch_is_resumed_where_it_was() -> None:
    wire = Wire()
    wire.submit(*[Terms()] * 4)
    wire.fills(1)
    assert resumption_of(wire.batch) is None
    wire.restart()
    assert wire.statuses() == [LineStatus.FILLED, LineStatus.UNKNOWN, LineStatus.UNKNOWN, LineStatus.QUEUED]
    found = resumption_of(wire.batch)
    assert found is not None
    assert found.sentence == "row 1 is done, 2-3 are unknown, resuming 4"


def test_a_batch_that_nobody_knows_is_not_resumed() -> None:
    assert resumption_of(None) is None
