"""The risk day: when it ends, which one it is, and what that means for a moment."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trader.domain.moments import is_weekend

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)

# A local time of day, and its zone.
CutOff = tuple[time, ZoneInfo]


def risk_day(end: CutOff, now_ns: int) -> date:
    """The risk day of a moment: from the end of one day on it is the next; a weekend belongs to Monday.

    Args:
        end: When a day ends.
        now_ns: UTC nanoseconds.
    """
    time_of_day, zone = end
    local = _moment(now_ns).astimezone(zone)
    day = local.date() + _ONE_DAY if local.time() >= time_of_day else local.date()
    while is_weekend(day):
        day += _ONE_DAY
    return day


def next_end_ns(end: CutOff, now_ns: int) -> int:
    """The next moment after now at which it is so late, UTC nanoseconds."""
    time_of_day, zone = end
    now = _moment(now_ns)
    day = now.astimezone(zone).date()
    # A clock that is put back can make a day's moment one that has been: the day after it is always to come.
    moments = (datetime.combine(day + n * _ONE_DAY, time_of_day, zone).astimezone(UTC) for n in range(3))
    return next((moment - _EPOCH) // _MICROSECOND * 1000 for moment in moments if moment > now)


def _moment(now_ns: int) -> datetime:
    return _EPOCH + now_ns // 1000 * _MICROSECOND
