"""A schedule by a place's clock, in the UTC that QuickFIX takes."""

from datetime import UTC, datetime

import pytest

from trader.adapters.schedule import schedule_in_utc

WINTER = int(datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()) * 1_000_000_000
SUMMER = int(datetime(2026, 7, 15, 12, tzinfo=UTC).timestamp()) * 1_000_000_000
WEEK = {"StartDay": "SUNDAY", "StartTime": "17:05:00", "EndDay": "FRIDAY", "EndTime": "17:00:00", "HeartBtInt": "30"}


def test_a_week_of_new_york_follows_its_clock() -> None:
    winter = {"StartDay": "SU", "StartTime": "22:05:00", "EndDay": "FR", "EndTime": "22:00:00", "HeartBtInt": "30"}
    assert schedule_in_utc(WEEK, "America/New_York", WINTER) == winter
    summer = winter | {"StartTime": "21:05:00", "EndTime": "21:00:00"}
    assert schedule_in_utc(WEEK, "America/New_York", SUMMER) == summer


@pytest.mark.parametrize(
    ("zone", "start"),
    [("Asia/Shanghai", ("SA", "22:00:00")), ("America/New_York", ("SU", "11:00:00")), ("UTC", ("SU", "06:00:00"))],
)
def test_a_day_may_become_the_one_before(zone: str, start: tuple[str, str]) -> None:
    in_utc = schedule_in_utc({"StartDay": "sunday", "StartTime": "06:00:00"}, zone, WINTER)
    assert (in_utc["StartDay"], in_utc["StartTime"]) == start


def test_the_last_day_of_the_week_may_become_the_first() -> None:
    in_utc = schedule_in_utc({"EndDay": "SUNDAY", "EndTime": "23:00:00"}, "America/New_York", WINTER)
    assert (in_utc["EndDay"], in_utc["EndTime"]) == ("MO", "04:00:00")


def test_times_without_days_stay_without() -> None:
    in_utc = schedule_in_utc({"StartTime": "01:00:00", "LogoutTime": "23:30:00"}, "Asia/Shanghai", WINTER)
    assert in_utc == {"StartTime": "17:00:00", "LogoutTime": "15:30:00"}


@pytest.mark.parametrize(
    ("values", "zone", "problem"),
    [
        (WEEK, "New York", "TimeZone=New York: not a time zone; expected one such as America/New_York"),
        (WEEK, "../../etc/passwd", "TimeZone=../../etc/passwd: not a time zone"),
        (WEEK | {"StartTime": "5pm"}, "UTC", "StartTime=5pm: not a time; expected HH:MM:SS"),
        (WEEK | {"EndDay": "Lundi"}, "UTC", "EndDay=Lundi: not a day; expected one such as SUNDAY"),
        ({"EndDay": "FRIDAY"}, "UTC", "EndDay=FRIDAY with TimeZone=UTC needs EndTime; expected both"),
        (WEEK | {"UseLocalTime": "Y"}, "UTC", "TimeZone=UTC and UseLocalTime=Y are two clocks"),
    ],
)
def test_what_is_no_schedule_is_refused(values: dict[str, str], zone: str, problem: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        schedule_in_utc(values, zone, WINTER)
    assert str(refused.value).startswith(problem)
