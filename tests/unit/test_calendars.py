"""Holiday calendars: the plain structure, the real holidays, and QuantLib as a second opinion."""

import copy
import pickle
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
import pytest
import QuantLib as ql  # noqa: N813 -- the name every QuantLib user knows it by

from trader.adapters.calendars import load_calendars
from trader.domain.calendars import Calendars
from trader.domain.currency import CurrencyPair, parse_pair
from trader.domain.errors import DomainError
from trader.domain.tenor import parse_tenor
from trader.domain.value_date import spot_date, tenor_date

BARE = Calendars(
    holidays={"EUR": (date(2024, 5, 1),), "USD": (date(2024, 7, 4),), "GBP": (), "SAR": ()},
    first_year=2024,
    last_year=2025,
    week_masks={"SAR": "1111001"},
)

ORACLES = {
    "EUR": ql.TARGET(),
    "USD": ql.UnitedStates(ql.UnitedStates.FederalReserve),
    "GBP": ql.UnitedKingdom(ql.UnitedKingdom.Settlement),
    "JPY": ql.Japan(),
    "AUD": ql.Australia(ql.Australia.Settlement),
    "NZD": ql.NewZealand(ql.NewZealand.Wellington),
    "CAD": ql.Canada(ql.Canada.Settlement),
    "CHF": ql.Switzerland(),
    "NOK": ql.Norway(),
    "SEK": ql.Sweden(),
    "DKK": ql.Denmark(),
    "PLN": ql.Poland(ql.Poland.Settlement),
    "CZK": ql.CzechRepublic(),
    "HUF": ql.Hungary(),
    "RON": ql.Romania(),
    "ISK": ql.Iceland(),
    "TRY": ql.Turkey(),
    "ZAR": ql.SouthAfrica(),
    "MXN": ql.Mexico(),
    "BRL": ql.Brazil(ql.Brazil.Settlement),
    "SGD": ql.Singapore(),
    "HKD": ql.HongKong(),
    "CNY": ql.China(ql.China.IB),
    "CLP": ql.Chile(),
    "KRW": ql.SouthKorea(ql.SouthKorea.Settlement),
}
FIRST_YEAR, LAST_YEAR = 2019, 2025  # QuantLib's Asian calendars end with the last published year
CALENDARS = load_calendars(ORACLES, FIRST_YEAR, LAST_YEAR + 3)

# Where the two differ, and who is right. First what only we close on, then what only QuantLib closes on.
DIFFERENCES: dict[str, tuple[str, str]] = {
    # Wellington's anniversary: a regional holiday, on which the payment system runs.
    "NZD": ("", "2019-01-21 2020-01-20 2021-01-25 2022-01-24 2023-01-23 2024-01-22 2025-01-20"),
    "PLN": ("2025-12-24", ""),  # a public holiday since 2025
    # Days off in exchange for a worked Saturday, which QuantLib leaves out.
    "HUF": (
        (
            "2019-08-19 2019-12-24 2019-12-27 2020-08-21 2020-12-24 2021-12-24 2022-03-14 2022-10-31 2024-08-19 "
            "2024-12-24 2024-12-27 2025-05-02 2025-10-24 2025-12-24"
        ),
        "",
    ),
    # Orthodox Good Friday since 2018, Epiphany and Saint John since 2024.
    "RON": (
        "2019-04-26 2020-04-17 2021-04-30 2022-04-22 2023-04-14 2024-05-03 2025-01-06 2025-01-07 2025-04-18",
        "",
    ),
    "TRY": ("", "2025-04-02"),  # an eleventh-hour day off for officials
    "ZAR": ("2019-05-08", ""),  # an election day
    "SGD": ("2020-07-10", ""),  # polling day
    # General holidays moved from a Sunday, which QuantLib has not followed.
    "HKD": ("2019-05-13 2021-04-06 2021-12-27 2022-12-27 2023-10-03", ""),
    "KRW": ("2025-06-03", ""),  # the presidential election
}


def oracle_date(day: date) -> ql.Date:
    return ql.Date(day.day, day.month, day.year)


def plain_date(day: ql.Date) -> date:
    return date(day.year(), day.month(), day.dayOfMonth())


def weekdays(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def oracle_of(pair: CurrencyPair) -> ql.Calendar:
    return ql.JointCalendar(ORACLES[pair.base], ORACLES[pair.terms], ORACLES["USD"], ql.JoinHolidays)


@pytest.mark.parametrize("currency", ORACLES)
def test_seven_years_of_holidays_against_quantlib(currency: str) -> None:
    only_ours, only_theirs = set(), set()
    for day in weekdays(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)):
        ours = CALENDARS.is_business_day(currency, day)
        theirs = ORACLES[currency].isBusinessDay(oracle_date(day))
        if theirs and not ours:
            only_ours.add(str(day))
        if ours and not theirs:
            only_theirs.add(str(day))
    expected_ours, expected_theirs = DIFFERENCES.get(currency, ("", ""))
    assert (only_ours, only_theirs) == (set(expected_ours.split()), set(expected_theirs.split()))


@pytest.mark.parametrize("pair_text", ["EUR/USD", "GBP/USD", "USD/JPY", "AUD/USD", "USD/CHF", "EUR/GBP", "EUR/SEK"])
def test_spot_differs_from_quantlibs_joint_calendar_only_by_the_rule_for_t_plus_one(pair_text: str) -> None:
    # Two days on a joint calendar is the common mistake: late when T+1 is a holiday that only one side observes.
    pair = parse_pair(pair_text)
    differing = 0
    for day in weekdays(date(2019, 1, 2), date(2025, 12, 31)):
        ours = spot_date(pair, day, CALENDARS)
        naive = plain_date(oracle_of(pair).advance(oracle_date(day), 2, ql.Days))
        if ours != naive:
            differing += 1
            assert ours < naive
            t_plus_1 = plain_date(ql.WeekendsOnly().advance(oracle_date(day), 1, ql.Days))
            assert not CALENDARS.is_good_for(pair, t_plus_1)
    assert differing > 0


@pytest.mark.parametrize("pair_text", ["EUR/USD", "USD/JPY", "EUR/GBP", "USD/CAD", "USD/MXN"])
@pytest.mark.parametrize("tenor_text", ["1W", "3W", "1M", "2M", "6M", "1Y", "2Y"])
def test_periods_from_spot_agree_with_quantlib(pair_text: str, tenor_text: str) -> None:
    pair, tenor = parse_pair(pair_text), parse_tenor(tenor_text)
    for day in weekdays(date(2022, 1, 3), date(2024, 12, 31)):
        spot = spot_date(pair, day, CALENDARS)
        theirs = oracle_of(pair).advance(oracle_date(spot), ql.Period(tenor_text), ql.ModifiedFollowing, True)
        if tenor_text.endswith("W"):  # QuantLib would keep weeks within the month when told modified following
            theirs = oracle_of(pair).advance(oracle_date(spot), ql.Period(tenor_text), ql.Following, False)
        assert tenor_date(pair, tenor, day, CALENDARS) == plain_date(theirs), day


def test_imm_dates_agree_with_quantlib() -> None:
    pair = parse_pair("EUR/USD")
    for day in weekdays(date(2022, 1, 3), date(2024, 12, 31)):
        third_wednesday = ql.IMM.nextDate(oracle_date(spot_date(pair, day, CALENDARS)), True)
        theirs = plain_date(oracle_of(pair).adjust(third_wednesday, ql.Following))
        assert tenor_date(pair, parse_tenor("IMM1"), day, CALENDARS) == theirs, day


def test_every_currency_the_robot_knows_has_a_calendar_for_the_next_years() -> None:
    with pytest.raises(DomainError) as error:
        load_calendars(["ZZZ"], 2026, 2027)
    known = str(error.value).split("expected one of ")[1].split()
    loaded = load_calendars(known, 2024, 2032)
    for currency in known:
        parse_pair(f"{currency}/{'EUR' if currency != 'EUR' else 'USD'}")  # every source belongs to a known currency
        for year in range(2024, 2033):
            assert any(day.year == year and not loaded.is_weekend(currency, day) for day in loaded.holidays[currency])
    with pytest.raises(DomainError) as unknown:
        parse_pair("ZZZ/USD")
    assert set(str(unknown.value).split("expected one of ")[1].split()) == set(known)


def test_usd_is_loaded_with_every_currency() -> None:
    assert set(load_calendars(["SEK"], 2024, 2024).holidays) == {"SEK", "USD"}


@pytest.mark.parametrize(
    ("currency", "day", "why"),
    [
        ("USD", date(2020, 7, 3), "Fedwire does not move a Saturday's holiday to the Friday"),
        ("EUR", date(2024, 10, 3), "Germany's national day is no TARGET holiday"),
        ("CAD", date(2024, 4, 1), "Toronto's banks are open on Easter Monday"),
        ("ILS", date(2024, 7, 5), "the shekel settles on Fridays"),
        ("DKK", date(2024, 5, 1), "Danish banks are open on the First of May"),
        ("BRL", date(2024, 12, 24), "Brazilian banks are open on Christmas Eve"),
        ("THB", date(2024, 12, 30), "a bridging day for officials"),
    ],
)
def test_a_day_that_only_looks_like_a_holiday(currency: str, day: date, why: str) -> None:
    assert load_calendars([currency], 2020, 2024).is_business_day(currency, day), why


@pytest.mark.parametrize(
    ("currency", "day", "why"),
    [
        ("XAU", date(2024, 8, 26), "London's summer bank holiday"),
        ("XAG", date(2024, 7, 4), "New York's Independence Day"),
        ("CNH", date(2024, 7, 1), "Hong Kong's establishment day"),
        ("CNY", date(2024, 10, 7), "the mainland's golden week"),
        ("CNY", date(2024, 9, 29), "a worked Sunday"),
        ("CNY", date(2024, 10, 12), "a worked Saturday"),
        ("DKK", date(2024, 5, 10), "the Friday after Ascension Day"),
        ("DKK", date(2008, 5, 1), "Ascension Day on the First of May"),
        ("CHF", date(2024, 1, 2), "Berchtold's Day"),
        ("MXN", date(2024, 3, 28), "Maundy Thursday"),
        ("SAR", date(2024, 7, 5), "a Friday in Riyadh"),
        ("EGP", date(2024, 1, 1), "a holiday of the banks"),
        ("INR", date(2024, 4, 1), "the banks' closing of the year"),
    ],
)
def test_a_day_on_which_the_currency_cannot_be_paid(currency: str, day: date, why: str) -> None:
    assert not load_calendars([currency], day.year, day.year).is_business_day(currency, day), why


@pytest.mark.parametrize(
    ("currency", "first_year", "last_year", "message"),
    [
        ("JPY", 2098, 2101, "holidays of JPY are known from 1949 to 2099, not for all of 2098 to 2101"),
        ("INR", 2034, 2036, "holidays of INR are incomplete for 2034 to 2036"),
        ("EUR", 2027, 2026, "calendars from 2027 to 2026 cannot be"),
    ],
)
def test_years_the_package_does_not_know_are_an_error(
    currency: str, first_year: int, last_year: int, message: str
) -> None:
    with pytest.raises(DomainError, match=message):
        load_calendars([currency], first_year, last_year)


@pytest.mark.parametrize(
    ("pair", "day", "is_good"),
    [
        ("EUR/USD", date(2024, 7, 3), True),
        ("EUR/USD", date(2024, 5, 1), False),
        ("GBP/USD", date(2024, 5, 1), True),
        ("EUR/GBP", date(2024, 7, 4), False),  # a USD holiday, and neither is USD
        ("EUR/GBP", date(2024, 7, 6), False),
        ("USD/SAR", date(2024, 7, 5), False),  # a Friday
        ("USD/SAR", date(2024, 7, 7), False),  # a Sunday
    ],
)
def test_a_good_day_is_good_for_both_currencies_and_new_york(pair: str, day: date, is_good: bool) -> None:
    assert BARE.is_good_for(parse_pair(pair), day) is is_good


def test_an_unknown_currency_names_itself_and_the_remedy() -> None:
    with pytest.raises(DomainError, match=r"JPY has no holiday calendar.* add JPY .*loaded: EUR GBP SAR USD"):
        BARE.is_business_day("JPY", date(2024, 7, 3))


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2026, 1, 1)])
def test_a_day_outside_the_covered_years_is_an_error(day: date) -> None:
    with pytest.raises(DomainError, match=f"{day} is outside the covered years 2024 to 2025"):
        BARE.is_business_day("EUR", day)


@pytest.mark.parametrize(("first_year", "last_year"), [(2025, 2024), (1899, 2024), (2024, 2201)])
def test_calendars_of_impossible_years_cannot_be_made(first_year: int, last_year: int) -> None:
    with pytest.raises(DomainError, match="expected two years in ascending order between 1900 and 2200"):
        Calendars(holidays={}, first_year=first_year, last_year=last_year)


def test_adjustments_by_name() -> None:
    days = BARE.business_days("EUR")
    assert days.following(date(2024, 5, 1)) == date(2024, 5, 2)
    assert days.following(date(2024, 5, 2)) == date(2024, 5, 2)
    assert days.preceding(date(2024, 5, 1)) == date(2024, 4, 30)
    assert days.preceding(date(2024, 4, 30)) == date(2024, 4, 30)
    assert days.modified_following(date(2024, 6, 30)) == date(2024, 6, 28)
    assert days.modified_following(date(2024, 6, 15)) == date(2024, 6, 17)
    assert days.after(date(2024, 4, 30), 1) == date(2024, 5, 2)
    assert days.after(date(2024, 5, 1), 2) == date(2024, 5, 3)
    assert days.last_of_month(date(2024, 6, 1)) == date(2024, 6, 28)
    assert days.last_of_month(date(2025, 12, 31)) == date(2025, 12, 31)


def test_running_over_the_edge_of_the_covered_years_is_an_error() -> None:
    days = BARE.business_days("EUR", "USD")
    with pytest.raises(DomainError, match="the business day of EUR and USD counted from 2025-12-31 is outside"):
        days.after(date(2025, 12, 31), 1)
    new_year = Calendars(holidays={"EUR": (date(2024, 1, 1),)}, first_year=2024, last_year=2024)
    with pytest.raises(DomainError, match="the business day of EUR counted from 2024-01-01 is outside"):
        new_year.business_days("EUR").preceding(date(2024, 1, 1))


def test_calendars_are_journaled_as_plain_data_and_read_back_equal() -> None:
    BARE.is_business_day("EUR", date(2024, 7, 3))  # something is remembered now
    encoded = msgspec.json.encode(BARE)
    assert msgspec.json.decode(encoded).keys() == {"holidays", "first_year", "last_year", "week_masks"}
    decoded = msgspec.json.decode(encoded, type=Calendars)
    assert decoded == BARE
    assert decoded.is_business_day("EUR", date(2024, 5, 1)) is False


@pytest.mark.parametrize("copied", [copy.copy(BARE), copy.deepcopy(BARE), pickle.loads(pickle.dumps(BARE))])  # noqa: S301 -- our own bytes
def test_a_copy_is_equal_and_works(copied: Calendars) -> None:
    assert copied == BARE
    assert copied.is_good_for(parse_pair("EUR/USD"), date(2024, 7, 4)) is False
