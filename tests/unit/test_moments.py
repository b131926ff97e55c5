"""Moments in nanoseconds: to seconds and back, on the clocks of a zone, and days of a week."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader.domain.moments import (
    NS_PER_DAY,
    NS_PER_MS,
    NS_PER_S,
    NS_PER_US,
    in_ns,
    is_weekend,
    moment,
    ns_at,
    second_at,
)

MOMENTS = st.integers(0, int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_S)


def test_the_units_are_multiples_of_each_other() -> None:
    assert (NS_PER_MS, NS_PER_S, NS_PER_DAY) == (1000 * NS_PER_US, 1000 * NS_PER_MS, 86_400 * NS_PER_S)


@pytest.mark.parametrize(
    ("seconds", "ns"), [(0, 0), (1.5, 1_500_000_000), (Decimal("0.0000000019"), 1), (30, 30_000_000_000)]
)
def test_a_span_in_nanoseconds(seconds: float | Decimal, ns: int) -> None:
    assert in_ns(seconds) == ns


@given(ts_ns=MOMENTS, zone=st.sampled_from([UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]))
def test_a_moment_lies_in_the_second_that_it_is_shown_in(ts_ns: int, zone: ZoneInfo) -> None:
    assert 0 <= ts_ns - ns_at(second_at(ts_ns, zone)) < NS_PER_S


def test_a_moment_is_shown_to_the_second_that_has_begun() -> None:
    assert moment(ns_at(datetime(2026, 3, 2, 10, tzinfo=UTC)) + NS_PER_S - 1) == "2026-03-02 10:00:00Z"


def test_two_days_of_a_week_are_the_weekend() -> None:
    monday = date(2026, 3, 2)
    assert [is_weekend(monday + timedelta(days=n)) for n in range(7)] == [False] * 5 + [True] * 2
