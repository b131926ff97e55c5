"""Value dates: the market's published cases, on the real calendars. QuantLib is the oracle in test_calendars."""

from datetime import UTC, date, datetime

import pytest

from trader.adapters.calendars import load_calendars
from trader.domain.calendars import Calendars
from trader.domain.currency import parse_pair
from trader.domain.errors import DomainError
from trader.domain.tenor import parse_tenor
from trader.domain.value_date import (
    far_tenor_date,
    spot_date,
    tenor_date,
    trade_date_at,
    value_date_problem,
    value_dates,
)

CODES = ["EUR", "USD", "GBP", "JPY", "CAD", "MXN", "CLP", "ARS", "COP", "TRY", "CNY", "CNH", "SAR"]
CALENDARS = load_calendars(CODES, 2012, 2032)

# Monday 2017-07-03, with Independence Day on the Tuesday, is the market's favorite example.
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2017, 7, day) for day in range(3, 8))


def ts_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def dated(pair: str, tenor: str, trade_date: date) -> date:
    return tenor_date(parse_pair(pair), parse_tenor(tenor), trade_date, CALENDARS)


@pytest.mark.parametrize(
    ("pair", "trade_date", "expected", "why"),
    [
        ("EUR/USD", MONDAY, WEDNESDAY, "a USD holiday on T+1 does not count against USD"),
        ("USD/JPY", MONDAY, WEDNESDAY, "nor with USD as the base"),
        ("USD/MXN", MONDAY, THURSDAY, "but against MXN it does"),
        ("USD/CLP", MONDAY, THURSDAY, "and CLP"),
        ("USD/ARS", MONDAY, THURSDAY, "and ARS"),
        ("EUR/MXN", MONDAY, THURSDAY, "a cross takes the later of its USD legs"),
        ("USD/CAD", MONDAY, WEDNESDAY, "T+1 falls on the USD holiday"),
        ("USD/CAD", WEDNESDAY, THURSDAY, "T+1 without holidays"),
        ("USD/TRY", WEDNESDAY, THURSDAY, "T+1"),
        ("EUR/CAD", WEDNESDAY, FRIDAY, "the later of T+2 and T+1"),
        ("CAD/TRY", WEDNESDAY, THURSDAY, "both legs T+1"),
        ("USD/COP", WEDNESDAY, WEDNESDAY, "T+0"),
        ("USD/COP", TUESDAY, WEDNESDAY, "T+0 on a USD holiday"),
        ("EUR/COP", WEDNESDAY, FRIDAY, "the later of T+2 and T+0"),
        ("GBP/EUR", date(2013, 7, 2), date(2013, 7, 5), "a cross does not settle on a USD holiday"),
        ("EUR/USD", date(2013, 7, 2), date(2013, 7, 5), "a USD holiday on T+2"),
        ("EUR/USD", date(2024, 3, 28), date(2024, 4, 3), "Good Friday and Easter Monday"),
        ("USD/JPY", date(2024, 5, 2), date(2024, 5, 8), "Golden Week counts on JPY's own calendar"),
        ("EUR/USD", FRIDAY, date(2017, 7, 11), "over a weekend"),
        ("USD/CNH", date(2024, 9, 30), date(2024, 10, 3), "Hong Kong's holiday of one day"),
        ("USD/CNY", date(2024, 9, 30), date(2024, 10, 9), "the mainland's week"),
        ("USD/CNY", date(2024, 9, 26), date(2024, 9, 30), "Sunday the 29th was worked, and is no value date"),
        ("USD/SAR", date(2024, 7, 9), date(2024, 7, 11), "Riyadh works on Thursday"),
        ("USD/SAR", date(2024, 7, 10), date(2024, 7, 15), "but neither on Friday nor New York on Sunday"),
    ],
)
def test_spot(pair: str, trade_date: date, expected: date, why: str) -> None:
    assert spot_date(parse_pair(pair), trade_date, CALENDARS) == expected, why


def test_usd_cad_traded_on_a_monday_without_holidays_is_spot_on_tuesday() -> None:
    assert spot_date(parse_pair("USD/CAD"), date(2017, 6, 12), CALENDARS) == date(2017, 6, 13)


@pytest.mark.parametrize(
    ("pair", "tenor", "trade_date", "expected", "why"),
    [
        ("EUR/USD", "TOD", MONDAY, MONDAY, "the trade date"),
        ("EUR/USD", "TOD", TUESDAY, TUESDAY, "the trade date, even on a holiday: the check says so, nothing moves it"),
        ("EUR/USD", "TOM", MONDAY, WEDNESDAY, "the first good day after the trade date"),
        ("EUR/USD", "ON", WEDNESDAY, THURSDAY, "from the trade date"),
        ("EUR/USD", "TN", WEDNESDAY, FRIDAY, "from the trade date"),
        ("USD/CAD", "TN", WEDNESDAY, FRIDAY, "from the trade date, though spot is Thursday"),
        ("EUR/USD", "SPOT", WEDNESDAY, FRIDAY, "spot"),
        ("EUR/USD", "SP", WEDNESDAY, FRIDAY, "spot by its short name"),
        ("EUR/USD", "SN", WEDNESDAY, date(2017, 7, 10), "the first good day after spot"),
        ("EUR/USD", "1W", WEDNESDAY, date(2017, 7, 14), "a week from spot"),
        ("EUR/USD", "1W", date(2024, 12, 16), date(2024, 12, 27), "following, over Christmas and the day after"),
        ("EUR/USD", "6M", date(2020, 2, 3), date(2020, 8, 5), "spot 2020-02-05"),
        ("EUR/USD", "1M", date(2024, 1, 25), date(2024, 2, 29), "spot 01-29: 02-29 exists"),
        ("EUR/USD", "1M", date(2024, 1, 26), date(2024, 2, 29), "spot 01-30: clipped to the month's last day"),
        ("EUR/USD", "1M", date(2024, 2, 27), date(2024, 3, 28), "end-to-end, before Good Friday and the weekend"),
        ("EUR/USD", "1M", date(2024, 6, 26), date(2024, 7, 31), "end-to-end: 06-28 is June's last good day"),
        ("EUR/USD", "2M", date(2024, 6, 26), date(2024, 8, 30), "end-to-end over a weekend"),
        ("EUR/USD", "1M", date(2024, 7, 29), date(2024, 8, 30), "spot 07-31 is the month's last"),
        ("EUR/USD", "1M", date(2024, 5, 28), date(2024, 6, 28), "modified following: 06-30 is a Sunday"),
        ("EUR/USD", "1Y", date(2024, 2, 27), date(2025, 2, 28), "end-to-end from a leap day"),
        ("EUR/USD", "12M", date(2023, 6, 1), date(2024, 6, 5), "as 1Y"),
        ("EUR/USD", "1Y", date(2023, 6, 1), date(2024, 6, 5), "as 12M"),
        ("EUR/USD", "18M", date(2023, 11, 1), date(2025, 5, 5), "over two year ends; 05-03 is a Saturday"),
        ("EUR/USD", "IMM1", date(2024, 3, 1), date(2024, 3, 20), "third Wednesday of March"),
        ("EUR/USD", "IMM1", date(2024, 3, 18), date(2024, 6, 20), "spot on the IMM date; 06-19 is a holiday, so 06-20"),
        ("EUR/USD", "IMM4", date(2024, 3, 1), date(2024, 12, 18), "the fourth one"),
        ("EUR/USD", "IMM5", date(2024, 3, 1), date(2025, 3, 19), "the next year's first"),
        ("EUR/USD", "2024-12-25", MONDAY, date(2024, 12, 25), "a broken date is taken as given"),
        ("EUR/GBP", "1W", date(2017, 6, 23), WEDNESDAY, "spot 06-27; 07-04 would be a USD holiday"),
    ],
)
def test_tenor(pair: str, tenor: str, trade_date: date, expected: date, why: str) -> None:
    assert dated(pair, tenor, trade_date) == expected, why


@pytest.mark.parametrize(
    ("counts_from_near_leg", "expected"),
    [(True, date(2020, 9, 8)), (False, date(2020, 9, 4))],
    ids=["near leg 2020-08-05, over a Saturday and Labor Day", "spot 2020-08-04, and a month"],
)
def test_a_far_tenor_counts_from_the_near_leg_or_from_spot(counts_from_near_leg: bool, expected: date) -> None:
    far_date = far_tenor_date(
        parse_pair("EUR/USD"),
        parse_tenor("1M"),
        date(2020, 8, 5),
        date(2020, 7, 31),
        CALENDARS,
        counts_from_near_leg=counts_from_near_leg,
    )
    assert far_date == expected


@pytest.mark.parametrize("tenor", ["TOM", "SPOT", "2020-08-07"])
def test_a_far_tenor_that_is_a_fixed_day_does_not_depend_on_the_near_leg(tenor: str) -> None:
    pair, near_date, trade_date = parse_pair("EUR/USD"), date(2020, 8, 3), date(2020, 8, 3)
    far_dates = {
        far_tenor_date(pair, parse_tenor(tenor), near_date, trade_date, CALENDARS, counts_from_near_leg=flag)
        for flag in (True, False)
    }
    assert far_dates == {dated("EUR/USD", tenor, trade_date)}


@pytest.mark.parametrize(
    ("moment", "pair", "expected"),
    [
        ("2024-07-02T20:59:59", None, date(2024, 7, 2)),  # 16:59:59 in New York's summer
        ("2024-07-02T21:00:00", None, date(2024, 7, 3)),
        ("2024-01-02T21:59:59", None, date(2024, 1, 2)),  # 16:59:59 in New York's winter
        ("2024-01-02T22:00:00", None, date(2024, 1, 3)),
        ("2024-03-08T22:00:00", None, date(2024, 3, 11)),  # Friday evening is Monday
        ("2024-03-09T12:00:00", None, date(2024, 3, 11)),  # and so is Saturday
        ("2024-03-10T20:59:59", None, date(2024, 3, 11)),  # and Sunday; the clocks have gone forward that night
        ("2024-03-11T21:00:00", None, date(2024, 3, 12)),
        ("2024-07-02T18:59:00", None, date(2024, 7, 2)),  # Shanghai at 02:59 on the 3rd: still the day of the 2nd
        ("2024-07-02T21:00:00", "EUR/USD", date(2024, 7, 3)),
        ("2024-07-02T18:59:59", "NZD/USD", date(2024, 7, 2)),  # 06:59:59 in Auckland's winter
        ("2024-07-02T19:00:00", "NZD/USD", date(2024, 7, 3)),
        ("2024-07-02T19:00:00", "USD/NZD", date(2024, 7, 3)),
        ("2024-07-02T19:00:00", "AUD/NZD", date(2024, 7, 2)),  # only against USD
        ("2024-01-02T17:59:59", "NZD/USD", date(2024, 1, 2)),  # 06:59:59 in Auckland's summer
        ("2024-01-02T18:00:00", "NZD/USD", date(2024, 1, 3)),
        ("2024-07-05T19:00:00", "NZD/USD", date(2024, 7, 8)),  # Saturday morning in Auckland is Monday
        ("2024-07-07T18:00:00", "NZD/USD", date(2024, 7, 8)),  # so is Monday before seven
    ],
)
def test_the_trade_date_rolls_in_new_york_and_in_auckland(moment: str, pair: str | None, expected: date) -> None:
    assert trade_date_at(ts_ns(moment), parse_pair(pair) if pair else None) == expected


def test_one_nanosecond_before_five_is_still_today() -> None:
    assert trade_date_at(ts_ns("2024-07-02T21:00:00") - 1) == date(2024, 7, 2)


@pytest.mark.parametrize("weekend_day", [date(2024, 7, 6), date(2024, 7, 7)])
def test_a_trade_date_on_a_weekend_is_an_error(weekend_day: date) -> None:
    with pytest.raises(DomainError, match="expected a weekday, as trade_date_at gives it"):
        spot_date(parse_pair("EUR/USD"), weekend_day, CALENDARS)
    with pytest.raises(DomainError, match="expected a weekday, as trade_date_at gives it"):
        dated("EUR/USD", "TOD", weekend_day)


def test_a_currency_without_calendar_is_an_error_that_names_it() -> None:
    with pytest.raises(DomainError, match=r"SEK has no holiday calendar.*add SEK to the currencies"):
        dated("EUR/SEK", "1M", MONDAY)


def test_a_cross_needs_new_yorks_calendar_too() -> None:
    bare = Calendars(holidays={"EUR": (), "GBP": ()}, first_year=2017, last_year=2018)
    with pytest.raises(DomainError, match="USD has no holiday calendar"):
        spot_date(parse_pair("EUR/GBP"), MONDAY, bare)


@pytest.mark.parametrize("tenor", ["16Y", "999Y", "999W", "999M", "IMM99"])
def test_a_tenor_beyond_the_covered_years_is_an_error(tenor: str) -> None:
    with pytest.raises(DomainError, match="outside the covered years 2012 to 2032"):
        dated("EUR/USD", tenor, MONDAY)


@pytest.mark.parametrize("trade_date", [date(2011, 12, 30), date(2032, 12, 31), date(2033, 1, 3)])
def test_a_trade_date_at_the_edge_of_the_covered_years_is_an_error(trade_date: date) -> None:
    with pytest.raises(DomainError, match="outside the covered years 2012 to 2032"):
        spot_date(parse_pair("EUR/USD"), trade_date, CALENDARS)


def test_a_batch_is_dated_line_by_line() -> None:
    lines = [("EUR/USD", "SPOT"), ("USD/MXN", "SPOT"), ("EUR/USD", "SPOT"), ("EUR/USD", "2017-08-01")]
    dates = value_dates([parse_pair(p) for p, _ in lines], [parse_tenor(t) for _, t in lines], MONDAY, CALENDARS)
    assert dates == [WEDNESDAY, THURSDAY, WEDNESDAY, date(2017, 8, 1)]


def test_a_batch_with_more_pairs_than_tenors_is_an_error() -> None:
    with pytest.raises(DomainError, match="1 pairs with 0 tenors"):
        value_dates([parse_pair("EUR/USD")], [], MONDAY, CALENDARS)


@pytest.mark.parametrize(
    ("pair", "value_date", "expected"),
    [
        ("EUR/USD", WEDNESDAY, None),
        ("EUR/USD", date(2017, 6, 30), "is before the trade date 2017-07-03"),
        ("EUR/USD", date(2017, 7, 8), "2017-07-08, a Saturday, is in the weekend of EUR"),
        ("EUR/USD", TUESDAY, "2017-07-04, a Tuesday, is a holiday of USD"),
        ("EUR/USD", date(2018, 5, 1), "is a holiday of EUR"),
        ("GBP/JPY", TUESDAY, "is a holiday of USD"),  # a cross on or before its spot date
        ("GBP/JPY", date(2018, 7, 4), None),  # but not on a forward date
        ("GBP/JPY", date(2018, 8, 27), "is a holiday of GBP"),
        ("USD/SAR", date(2017, 7, 14), "2017-07-14, a Friday, is in the weekend of SAR"),
        ("EUR/USD", date(2033, 1, 3), "2033-01-03 is outside the covered years 2012 to 2032"),
        ("EUR/SEK", WEDNESDAY, "SEK has no holiday calendar"),
    ],
)
def test_what_is_wrong_with_a_value_date_is_one_sentence(pair: str, value_date: date, expected: str | None) -> None:
    problem = value_date_problem(parse_pair(pair), value_date, MONDAY, CALENDARS)
    if expected is None:
        assert problem is None
    else:
        assert problem is not None
        assert expected in problem
        assert "\n" not in problem
