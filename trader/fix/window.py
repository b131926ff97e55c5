"""A venue's maintenance window: when it is not there, by the clock of a place. Pure: a moment is an argument."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from trader.domain.moments import second_at

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_ONE_DAY = timedelta(days=1)


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A time in which the venue is not there, every day or on some days, by the clock of a place.

    Attributes:
        start: ``HH:MM``, included.
        end: ``HH:MM``, not included; not later than ``start`` when it is on the next day.
        zone: As ``America/New_York``.
        days: The days on which it starts, ``MON`` to ``SUN``; empty for every day.
    """

    start: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    end: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    zone: str
    days: tuple[Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"zone {self.zone!r} is not a time zone; expected one such as America/New_York") from error

    def __str__(self) -> str:
        return f"{self.start} to {self.end} {self.place}"

    @property
    def place(self) -> str:
        """Whose clock it goes by: ``New York``."""
        return self.zone.rpartition("/")[2].replace("_", " ")

    def end_at(self, ts_ns: int) -> datetime | None:
        """When the window that a moment is in ends, by the clock of its place; None for a moment outside.

        Args:
            ts_ns: UTC nanoseconds.
        """
        zone = ZoneInfo(self.zone)
        now = second_at(ts_ns, zone)
        for day in (now.date(), now.date() - _ONE_DAY):
            start = datetime.combine(day, time.fromisoformat(self.start), zone)
            end = datetime.combine(day, time.fromisoformat(self.end), zone)
            if end <= start:
                end += _ONE_DAY
            if start <= now < end and (not self.days or _DAYS[day.weekday()] in self.days):
                return end
        return None
