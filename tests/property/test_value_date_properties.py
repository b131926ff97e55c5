"""What holds for every pair, tenor and trade date, on the real calendars of 24 years."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trader.adapters.calendars import load_calendars
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.errors import DomainError
from trader.domain.tenor import Tenor, parse_tenor
from trader.domain.value_date import (
    far_tenor_date,
    spot_date,
    tenor_date,
    trade_date_at,
    value_date_problem,
    value_dates,
)

CODES = ["EUR", "GBP", "NZD", "USD", "CAD", "SEK", "TRY", "MXN", "CLP", "COP", "ARS", "CNY", "SAR", "JPY", "XAU"]
CALENDARS = load_calendars(CODES, 2012, 2035)

pairs = st.lists(st.sampled_from(CODES), min_size=2, max_size=2, unique=True).map(
    lambda codes: CurrencyPair(Currency(codes[0]), Currency(codes[1]))
)
trade_dates = st.dates(date(2012, 1, 2), date(2029, 12, 31)).filter(lambda day: day.weekday() < 5)
counts = st.integers(1, 36)
units = st.sampled_from(["W", "M"])
tenors = st.one_of(
    st.sampled_from(["TOD", "TOM", "ON", "TN", "SPOT", "SN", "1Y", "5Y", "IMM1", "IMM8"]),
    st.builds("{}{}".format, counts, units),
    trade_dates.map(str),
).map(parse_tenor)
moments = st.integers(1_300_000_000, 1_900_000_000).map(lambda seconds: seconds * 1_000_000_000)


def last_good_day_of_month(pair: CurrencyPair, day: date) -> date:
    """By plain search, from the other end of the month than the code under test."""
    return max(
        candidate
        for number in range(31)
        if (candidate := day.replace(day=1) + timedelta(days=number)).month == day.month
        and CALENDARS.is_good_for(pair, candidate)
    )


@given(pairs, trade_dates)
def test_spot_is_a_good_day_on_or_after_the_trade_date(pair: CurrencyPair, trade_date: date) -> None:
    spot = spot_date(pair, trade_date, CALENDARS)
    assert trade_date <= spot
    assert all(CALENDARS.is_business_day(currency, spot) for currency in (pair.base, pair.terms, "USD"))
    assert value_date_problem(pair, spot, trade_date, CALENDARS) is None


@given(pairs, trade_dates)
def test_spot_does_not_depend_on_the_order_of_the_currencies(pair: CurrencyPair, trade_date: date) -> None:
    assert spot_date(pair, trade_date, CALENDARS) == spot_date(pair.inverse, trade_date, CALENDARS)


@given(pairs, trade_dates)
def test_a_cross_is_never_spot_before_its_usd_legs(pair: CurrencyPair, trade_date: date) -> None:
    legs = [CurrencyPair(code, Currency("USD")) for code in (pair.base, pair.terms) if code != "USD"]
    assert spot_date(pair, trade_date, CALENDARS) >= max(spot_date(leg, trade_date, CALENDARS) for leg in legs)


@given(pairs, trade_dates, st.integers(1, 30))
def test_a_later_trade_date_never_has_an_earlier_spot(pair: CurrencyPair, trade_date: date, days: int) -> None:
    later = trade_date + timedelta(days=days)
    if later.weekday() < 5:
        assert spot_date(pair, trade_date, CALENDARS) <= spot_date(pair, later, CALENDARS)


@given(pairs, trade_dates, counts, units)
def test_a_longer_period_is_never_earlier(pair: CurrencyPair, trade_date: date, count: int, unit: str) -> None:
    shorter = tenor_date(pair, parse_tenor(f"{count}{unit}"), trade_date, CALENDARS)
    longer = tenor_date(pair, parse_tenor(f"{count + 1}{unit}"), trade_date, CALENDARS)
    assert spot_date(pair, trade_date, CALENDARS) <= shorter <= longer
    assert CALENDARS.is_good_for(pair, shorter)


@given(pairs, trade_dates)
def test_the_short_dates_are_in_order(pair: CurrencyPair, trade_date: date) -> None:
    tod, tom, second = (tenor_date(pair, parse_tenor(text), trade_date, CALENDARS) for text in ("TOD", "TOM", "TN"))
    spot, next_day = (tenor_date(pair, parse_tenor(text), trade_date, CALENDARS) for text in ("SPOT", "SN"))
    assert tod == trade_date < tom < second
    assert spot < next_day
    assert not any(CALENDARS.is_good_for(pair, spot + timedelta(days=gap)) for gap in range(1, (next_day - spot).days))


@given(pairs, trade_dates, counts)
def test_months_are_modified_following_and_end_to_end(pair: CurrencyPair, trade_date: date, months: int) -> None:
    spot = spot_date(pair, trade_date, CALENDARS)
    value_date = tenor_date(pair, parse_tenor(f"{months}M"), trade_date, CALENDARS)
    assert (value_date.year * 12 + value_date.month) - (spot.year * 12 + spot.month) == months
    if spot == last_good_day_of_month(pair, spot):
        assert value_date == last_good_day_of_month(pair, value_date)


@given(pairs, trade_dates, st.integers(1, 3))
def test_business_days_are_counted_as_numpy_counts_them(pair: CurrencyPair, trade_date: date, count: int) -> None:
    currency = pair.base
    calendar = np.busdaycalendar(
        weekmask=CALENDARS.week_masks[currency], holidays=np.array(CALENDARS.holidays[currency], "datetime64[D]")
    )
    counted = np.busday_offset(np.datetime64(trade_date), count, roll="backward", busdaycal=calendar)
    assert CALENDARS.business_days(currency).after(trade_date, count) == counted.item()
    later = trade_date + timedelta(days=60)
    counted_back = np.busday_offset(np.datetime64(later), -count, roll="forward", busdaycal=calendar)
    assert CALENDARS.business_days(currency).before(later, count) == counted_back.item()


@given(pairs, trade_dates, counts, units, st.booleans())
def test_a_far_leg_is_a_good_day_and_after_the_near_leg_where_it_counts_from_there(
    pair: CurrencyPair, trade_date: date, count: int, unit: str, counts_from_near_leg: bool
) -> None:
    near_date = tenor_date(pair, parse_tenor("1M"), trade_date, CALENDARS)
    tenor = parse_tenor(f"{count}{unit}")
    far_date = far_tenor_date(pair, tenor, near_date, trade_date, CALENDARS, counts_from_near_leg=counts_from_near_leg)
    assert CALENDARS.is_good_for(pair, far_date)
    if counts_from_near_leg:
        assert far_date > near_date
    else:
        assert far_date == tenor_date(pair, tenor, trade_date, CALENDARS)


@given(st.lists(st.tuples(pairs, tenors), max_size=40), trade_dates)
def test_a_batch_is_dated_as_its_lines_are(lines: list[tuple[CurrencyPair, Tenor]], trade_date: date) -> None:
    doubled = [*lines, *reversed(lines)]
    dates = value_dates([pair for pair, _ in doubled], [tenor for _, tenor in doubled], trade_date, CALENDARS)
    assert dates == [tenor_date(pair, tenor, trade_date, CALENDARS) for pair, tenor in doubled]


@given(moments, st.integers(0, 7 * 86_400), st.none() | pairs)
def test_the_trade_date_is_a_weekday_and_never_goes_back(ts_ns: int, later_s: int, pair: CurrencyPair | None) -> None:
    trade_date = trade_date_at(ts_ns, pair)
    assert trade_date.weekday() < 5
    assert trade_date <= trade_date_at(ts_ns + later_s * 1_000_000_000, pair)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,5}[DWMY]|IMM[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True))
def test_any_text_is_a_tenor_or_an_error_that_says_what_is_accepted(text: str) -> None:
    try:
        read_back = parse_tenor(parse_tenor(text).text)
    except DomainError as error:
        outcome = str(error)
    else:
        outcome = "the same" if read_back == parse_tenor(text) else f"{read_back} instead"
    assert outcome == "the same" or "expected TOD, TOM" in outcome


@given(pairs, st.dates(), trade_dates)
def test_a_value_date_has_a_problem_exactly_when_it_cannot_be_paid(
    pair: CurrencyPair, value_date: date, trade_date: date
) -> None:
    problem = value_date_problem(pair, value_date, trade_date, CALENDARS)
    if not 2012 <= value_date.year <= 2035 or value_date < trade_date:
        assert problem is not None
    elif CALENDARS.is_good_for(pair, value_date):
        assert problem is None
    elif all(CALENDARS.is_business_day(currency, value_date) for currency in (pair.base, pair.terms)):
        assert (problem is None) == (value_date > spot_date(pair, trade_date, CALENDARS))
    else:
        assert problem is not None
