"""What a process finds out about its machine and about the past; inputs like the others of ``inputs.py``."""

from msgspec import Struct


class CurrencyHistory(Struct, frozen=True, gc=False):
    """One currency's rates day by day: units for one euro, the oldest first, with a space between two."""

    currency: str
    per_euro: str


class HistoryLoaded(Struct, frozen=True, gc=False):
    """How the currencies have moved.

    Attributes:
        source: Where it is from and of which days, for people.
        sha256: Of all rates as texts, hexadecimal.
        rates: All of the same days.
    """

    source: str
    sha256: str
    rates: tuple[CurrencyHistory, ...]


class ClockJumped(Struct, frozen=True, gc=False):
    """The wall clock was set: so many milliseconds more, or fewer, have passed by it than really have."""

    jump_ms: int


class MonitorSilent(Struct, frozen=True, gc=False):
    """The monitor's heartbeat is so many milliseconds old; None when there is none at all."""

    silent_ms: int | None


class JournalFailed(Struct, frozen=True, gc=False):
    """The process before this one ended because it could not write to the journal."""

    reason: str
