"""Reference forward points: dated, linear between pillars, and never a guess."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import CALENDARS, CURVE, MONDAY, NOW, ONE_MONTH, SIX_MONTHS, SPOT_DAY, Pillar, limits

from risk.rates.points import PointsCurves
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import parse_pair
from trader.domain.errors import DomainError

D = Decimal
EUR_USD = parse_pair("EUR/USD")
ONE_WEEK = date(2026, 3, 11)
S = 1_000_000_000


def curves(*pillars: Pillar) -> PointsCurves:
    made = PointsCurves(limits())
    made.load("points", pillars or CURVE)
    return made


def points(made: PointsCurves, day: date, trade_date: date = MONDAY, now_ns: int = NOW) -> Decimal | Violation:
    return made.points(EUR_USD, day, trade_date, CALENDARS, now_ns)


def refused(answer: Decimal | Violation) -> Violation:
    assert isinstance(answer, Violation)
    return answer


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (MONDAY, "0"),
        (SPOT_DAY, "0"),
        (date(2026, 3, 5), "0.000034285714"),  # a seventh of the first week's
        (ONE_WEEK, "0.00024"),
        (date(2026, 4, 6), "0.00102"),  # a month from spot is a Saturday
        (date(2026, 6, 1), "0.002911390728"),  # 56 of the 151 days from 1M to 6M
        (SIX_MONTHS, "0.00612"),
    ],
)
def test_points_are_linear_in_days_between_the_pillars_from_zero_at_spot(day: date, expected: str) -> None:
    assert points(curves(), day) == D(expected)


def test_the_middle_of_bid_and_offer_counts() -> None:
    class TwoWay(Pillar):
        @property
        def offer(self) -> str:
            return "0.0004"

    assert points(curves(TwoWay("1W", "0.0002")), ONE_WEEK) == D("0.0003")


def test_a_curve_may_be_at_a_discount_and_have_a_pillar_on_a_date() -> None:
    assert points(curves(Pillar("2026-03-11", "-0.0007")), date(2026, 3, 5)) == D("-0.0001")


def test_the_same_tenor_is_another_day_on_the_next_trade_date() -> None:
    made = curves()
    assert points(made, ONE_WEEK) == D("0.00024")
    assert points(made, date(2026, 3, 12), date(2026, 3, 3)) == D("0.00024")


def test_after_the_last_pillar_there_are_no_points() -> None:
    answer = refused(points(curves(), date(2026, 9, 7)))
    assert answer.code is ReasonCode.FORWARD_POINTS
    assert "the curve ends on 2026-09-04, before the value date 2026-09-07" in answer.detail


def test_a_pair_without_a_curve_has_no_points() -> None:
    answer = curves().points(parse_pair("GBP/USD"), ONE_WEEK, MONDAY, CALENDARS, NOW)
    assert refused(answer).code is ReasonCode.FORWARD_POINTS


def test_a_curve_that_the_calendars_do_not_reach_has_no_points() -> None:
    answer = refused(points(curves(Pillar("10Y", "0.2")), ONE_WEEK))
    assert (answer.code, "the curve has no dates" in answer.detail) == (ReasonCode.FORWARD_POINTS, True)


@pytest.mark.parametrize(
    ("age_s", "code"),
    [(60, None), (61, ReasonCode.REFERENCE_STALE), (-1, ReasonCode.REFERENCE_BAD)],
)
def test_one_pillar_that_is_too_old_or_of_the_future_spoils_the_curve(age_s: int, code: ReasonCode | None) -> None:
    made = curves(Pillar("1W", "0.0002"), Pillar("1M", "0.001", ts_ns=NOW - age_s * S))
    answer = points(made, ONE_WEEK)
    assert (answer.code if isinstance(answer, Violation) else None) is code


def test_without_an_age_limit_for_its_source_a_curve_is_no_use() -> None:
    made = PointsCurves(limits(without="REFERENCE_STALE"))
    made.load("points", CURVE)
    assert refused(points(made, ONE_WEEK)).code is ReasonCode.LIMIT_UNDEFINED
    made.use_limits(limits())
    assert points(made, ONE_WEEK) == D("0.00024")


def test_a_new_file_takes_the_place_of_the_whole_old_one() -> None:
    made = curves()
    assert made.is_loaded
    made.load("points", [replace(CURVE[0], points="0.0003")])
    assert points(made, ONE_WEEK) == D("0.0003")
    assert isinstance(points(made, ONE_MONTH), Violation)


def test_nothing_is_loaded_at_first_and_a_symbol_that_is_no_pair_is_an_error() -> None:
    made = PointsCurves(limits())
    assert not made.is_loaded
    with pytest.raises(DomainError, match="EURUSD"):
        made.load("points", [Pillar("1W", "0.0002", symbol="EURUSD")])
