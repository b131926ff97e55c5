"""Tenor buckets: how far ahead a deal is, in the steps that limits are set by."""

from datetime import date
from enum import StrEnum

from trader.domain.calendars import Calendars
from trader.domain.currency import CurrencyPair
from trader.domain.errors import DomainError
from trader.domain.tenor import parse_tenor
from trader.domain.value_date import spot_date, tenor_date


class TenorBucket(StrEnum):
    """A bucket reaches from the end of the one before up to and including its own tenor, counted from spot."""

    TOD_TOM = "TOD_TOM"
    SPOT = "SPOT"
    ONE_WEEK = "1W"
    ONE_MONTH = "1M"
    THREE_MONTHS = "3M"
    SIX_MONTHS = "6M"
    ONE_YEAR = "1Y"
    OVER_ONE_YEAR = "OVER_1Y"


_PERIODS = (
    TenorBucket.ONE_WEEK,
    TenorBucket.ONE_MONTH,
    TenorBucket.THREE_MONTHS,
    TenorBucket.SIX_MONTHS,
    TenorBucket.ONE_YEAR,
)


def tenor_bucket(pair: CurrencyPair, value_date: date, trade_date: date, calendars: Calendars) -> TenorBucket:
    """The bucket of a value date. Everything before spot is TOD_TOM.

    Raises:
        DomainError: The pair has no spot date: a calendar is missing, or the trade date is not one.
    """
    spot = spot_date(pair, trade_date, calendars)
    if value_date <= spot:
        return TenorBucket.SPOT if value_date == spot else TenorBucket.TOD_TOM
    for bucket in _PERIODS:
        try:
            end = tenor_date(pair, parse_tenor(bucket), trade_date, calendars)
        except DomainError:  # the bucket ends after the last day that the calendars know
            return bucket
        if value_date <= end:
            return bucket
    return TenorBucket.OVER_ONE_YEAR
