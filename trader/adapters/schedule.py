"""A session's schedule by the clock of the venue's place, as the UTC that QuickFIX takes.

This build of QuickFIX knows UTC and the machine's own clock, and no other. A place's offset from UTC is taken when the
session file is read: a process that runs on over a change of the clocks has the old one until it starts again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trader.domain.moments import second_at

_ONE_DAY = timedelta(days=1)
_MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001 -- a week like any other, to count in; it has no zone
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TIMES = (("StartTime", "StartDay"), ("EndTime", "EndDay"), ("LogonTime", "LogonDay"), ("LogoutTime", "LogoutDay"))


def schedule_in_utc(values: Mapping[str, str], zone: str, ts_ns: int) -> dict[str, str]:
    """Settings whose times and days were by the clock of a place.

    Args:
        values: QuickFIX's keys; times are ``HH:MM:SS``, days have their first two letters or more.
        zone: As ``America/New_York``.
        ts_ns: The moment whose offset counts, UTC nanoseconds.

    Returns:
        The same settings, times and days in UTC.

    Raises:
        ValueError: Not a time zone, not a time, not a day, or a day without a time.
    """
    offset = _offset(zone, ts_ns)
    if values.get("UseLocalTime", "N") != "N":
        raise ValueError(f"TimeZone={zone} and UseLocalTime=Y are two clocks; expected one of them")
    in_utc = dict(values)
    for time_key, day_key in _TIMES:
        day, time = values.get(day_key), values.get(time_key)
        if time is not None:
            shifted = _MONDAY + _day(day_key, day or _DAYS[0]) * _ONE_DAY + _time_of_day(time_key, time) - offset
            in_utc[time_key] = f"{shifted:%H:%M:%S}"
            if day is not None:
                in_utc[day_key] = _DAYS[shifted.weekday()]
        elif day is not None:
            raise ValueError(f"{day_key}={day} with TimeZone={zone} needs {time_key}; expected both")
    return in_utc


def _offset(zone: str, ts_ns: int) -> timedelta:
    try:
        offset = second_at(ts_ns, ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"TimeZone={zone}: not a time zone; expected one such as America/New_York") from error
    assert offset is not None, "a moment in a zone has an offset"
    return offset


def _day(key: str, text: str) -> int:
    if text[:2].upper() not in _DAYS:
        raise ValueError(f"{key}={text}: not a day; expected one such as SUNDAY")
    return _DAYS.index(text[:2].upper())


def _time_of_day(key: str, text: str) -> timedelta:
    try:
        moment = datetime.strptime(text, "%H:%M:%S")  # noqa: DTZ007 -- a time of day, in whatever zone
    except ValueError as error:
        raise ValueError(f"{key}={text}: not a time; expected HH:MM:SS") from error
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
