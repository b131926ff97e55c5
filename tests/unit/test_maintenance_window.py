"""When a venue is not there, by its own clock."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.unit.fix_words import DIALECT
from trader.fix.window import Window

NEW_YORK = Window(start="17:00", end="18:00", zone="America/New_York")


def moment(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000_000_000


def is_within(window: Window, text: str) -> bool:
    return window.end_at(moment(text)) is not None


@pytest.mark.parametrize(
    ("text", "is_in"),
    [
        ("2026-01-15T21:59:59", False),
        ("2026-01-15T22:00:00", True),
        ("2026-01-15T22:59:59", True),
        ("2026-01-15T23:00:00", False),
        ("2026-07-15T21:00:00", True),  # daylight saving time
        ("2026-07-15T22:00:00", False),
    ],
)
def test_it_goes_by_the_clock_of_its_place(text: str, is_in: bool) -> None:
    assert is_within(NEW_YORK, text) is is_in


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-01-15T23:30:00", "2026-01-16T02:00:00"),
        ("2026-01-16T01:59:59", "2026-01-16T02:00:00"),
        ("2026-01-16T02:00:00", None),
    ],
)
def test_it_may_go_over_midnight(text: str, end: str | None) -> None:
    found = Window(start="23:00", end="02:00", zone="UTC").end_at(moment(text))
    assert found == (None if end is None else datetime.fromisoformat(end).replace(tzinfo=UTC))


def test_from_a_time_to_the_same_time_it_lasts_a_day() -> None:
    saturday = Window(start="06:00", end="06:00", zone="UTC", days=("SAT",))
    inside = [is_within(saturday, text) for text in ("2026-01-17T05:59:59", "2026-01-17T06:00:00")]
    outside = [is_within(saturday, text) for text in ("2026-01-18T05:59:59", "2026-01-18T06:00:00")]
    assert (inside, outside) == ([False, True], [True, False])


def test_its_days_are_those_on_which_it_starts() -> None:
    friday = Window(start="23:00", end="02:00", zone="UTC", days=("FRI",))
    assert is_within(friday, "2026-01-17T01:00:00")
    assert not is_within(friday, "2026-01-17T23:30:00")


def test_a_person_is_told_which_window_and_until_when() -> None:
    window = Window(start="06:00", end="06:30", zone="UTC")
    dialect = msgspec.structs.replace(DIALECT, title="LMAX", maintenance=(window, NEW_YORK))
    assert dialect.maintenance_at(moment("2026-01-15T22:30:00")) == (
        "LMAX is in its maintenance window, 17:00 to 18:00 New York, until Thursday 2026-01-15 18:00 New York"
    )
    assert dialect.maintenance_at(moment("2026-01-15T23:30:00")) == ""
    assert DIALECT.maintenance_at(moment("2026-01-15T22:30:00")) == ""
