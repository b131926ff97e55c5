"""Moments and days: a moment is an integer, UTC nanoseconds since 1970; a date is a date."""

from datetime import UTC, date, datetime, tzinfo
from typing import Protocol, SupportsInt

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_S
NS_PER_HOUR = 60 * NS_PER_MINUTE
NS_PER_DAY = 24 * NS_PER_HOUR

_SATURDAY = 5


class Seconds(Protocol):
    """A span in seconds: any number, of whatever kind the setting is."""

    def __mul__(self, factor: int, /) -> SupportsInt:
        """So many times as long."""


def in_ns(seconds: Seconds) -> int:
    """A span of seconds in nanoseconds, what is less than one cut off."""
    return int(seconds * NS_PER_S)


def second_at(ts_ns: int, zone: tzinfo = UTC) -> datetime:
    """The second in which a moment lies, on a zone's clocks."""
    return datetime.fromtimestamp(ts_ns // NS_PER_S, zone)


def ns_at(second: datetime) -> int:
    """The moment at which a second begins, UTC nanoseconds.

    Args:
        second: With its zone, and without a fraction.
    """
    return int(second.timestamp()) * NS_PER_S


def moment(ts_ns: int) -> str:
    """A moment to the second: ``2026-03-02 10:00:00Z``."""
    return f"{second_at(ts_ns):%Y-%m-%d %H:%M:%SZ}"


def is_weekend(day: date) -> bool:
    """True on Saturdays and Sundays, on which no market has ever settled anything."""
    return day.weekday() >= _SATURDAY
