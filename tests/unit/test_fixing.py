"""The fixing dates of non-deliverable forwards: counted back on the calendar of the currency that is fixed."""

from datetime import date

import pytest

from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, parse_pair
from trader.domain.errors import DomainError
from trader.domain.fixing import FIXING_LAG_DAYS, fixing_date, fixing_date_problem, non_deliverable

CNY, PHP = Currency("CNY"), Currency("PHP")
TRADE_DATE = date(2026, 9, 1)
CALENDARS = Calendars(
    {
        "CNY": tuple(date(2026, 10, day) for day in range(1, 8)),  # the National Day holiday
        "PHP": (date(2026, 11, 2),),
        "USD": (date(2026, 10, 12),),
    },
    2026,
    2027,
)


@pytest.mark.parametrize(
    ("pair", "fixed"),
    [
        ("USD/CNY", "CNY"),
        ("CNY/USD", "CNY"),
        ("EUR/BRL", "BRL"),
        ("USD/CNH", None),  # delivered
        ("EUR/USD", None),
        ("CNY/KRW", None),  # two fixings, and nothing to pay the difference in
    ],
)
def test_the_currency_that_is_fixed(pair: str, fixed: str | None) -> None:
    assert non_deliverable(parse_pair(pair)) == fixed


@pytest.mark.parametrize(
    ("currency", "value_date", "expected", "why"),
    [
        (CNY, date(2026, 9, 17), date(2026, 9, 15), "two days"),
        (CNY, date(2026, 9, 21), date(2026, 9, 17), "over a weekend"),
        (CNY, date(2026, 10, 8), date(2026, 9, 29), "over seven holidays and a weekend"),
        (CNY, date(2026, 10, 14), date(2026, 10, 12), "on a holiday of New York, which does not count"),
        (CNY, date(2026, 10, 5), date(2026, 9, 29), "from a holiday"),
        (PHP, date(2026, 9, 17), date(2026, 9, 16), "one day"),
        (PHP, date(2026, 11, 3), date(2026, 10, 30), "over a holiday and a weekend"),
    ],
)
def test_the_fixing_counts_back_on_the_currencys_own_calendar(
    currency: Currency, value_date: date, expected: date, why: str
) -> None:
    assert fixing_date(currency, value_date, CALENDARS) == expected, why
    assert fixing_date_problem(currency, expected, value_date, TRADE_DATE, CALENDARS) is None, why


@pytest.mark.parametrize("currency", [code for code, lag_days in FIXING_LAG_DAYS.items() if lag_days is None])
def test_a_currency_without_a_rule_has_no_date_that_could_be_assumed(currency: str) -> None:
    with pytest.raises(DomainError, match=f"{currency} has no usual fixing date; expected a fixing date that is said"):
        fixing_date(Currency(currency), date(2026, 9, 17), CALENDARS)


@pytest.mark.parametrize(
    ("fixing", "problem"),
    [
        (date(2026, 10, 9), "is not before the value date; expected a business day of CNY before 2026-10-09"),
        (date(2026, 10, 12), "is not before the value date; expected a business day of CNY before 2026-10-09"),
        (date(2026, 8, 31), "is before the trade date; expected 2026-09-01 or a later day"),
        (
            date(2026, 10, 5),
            "is no day for a fixing of CNY; expected a business day of CNY from 2026-09-25 to 2026-10-08",
        ),
        (
            date(2026, 9, 24),
            "is no day for a fixing of CNY; expected a business day of CNY from 2026-09-25 to 2026-10-08",
        ),
        (date(2026, 9, 25), None),
        (date(2026, 10, 8), None),
    ],
)
def test_what_is_wrong_with_a_fixing_date_is_one_sentence(fixing: date, problem: str | None) -> None:
    assert fixing_date_problem(CNY, fixing, date(2026, 10, 9), TRADE_DATE, CALENDARS) == problem


def test_a_currency_without_calendar_is_an_error_that_names_it() -> None:
    with pytest.raises(DomainError, match="KRW has no holiday calendar"):
        fixing_date(Currency("KRW"), date(2026, 9, 17), CALENDARS)
