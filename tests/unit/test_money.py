"""Contra amounts are rounded once, half up; limit rates are never rounded against the desk."""

from decimal import Decimal

import pytest

from trader.domain.currency import Currency, parse_pair
from trader.domain.errors import DomainError
from trader.domain.money import Money, contra_amount, round_rate


@pytest.mark.parametrize(
    ("amount", "dealt", "pair", "rate", "expected", "why"),
    [
        ("50000000", "JPY", "USD/JPY", "105.92", "472054.38", "the example of FIX 4.2 appendix O"),
        ("1000000", "EUR", "EUR/USD", "1.10", "1100000.00", "base dealt: times the rate"),
        ("-1000000", "EUR", "EUR/USD", "1.10", "-1100000.00", "the sign is kept"),
        ("1100000", "USD", "EUR/USD", "1.10", "1000000.00", "terms dealt: divided by the rate"),
        ("0.05", "EUR", "EUR/USD", "1.1", "0.06", "0.055 is rounded half up"),
        ("-0.05", "EUR", "EUR/USD", "1.1", "-0.06", "half up is away from zero on either side"),
        ("1", "USD", "USD/JPY", "150.5", "151", "yen have no decimals"),
        ("1", "USD", "USD/KWD", "0.30749", "0.307", "Kuwaiti dinars have three"),
        ("0", "EUR", "EUR/USD", "1.1", "0.00", "nothing is nothing"),
    ],
)
def test_the_contra_amount(amount: str, dealt: str, pair: str, rate: str, expected: str, why: str) -> None:
    contra = contra_amount(Decimal(amount), Currency(dealt), parse_pair(pair), Decimal(rate))
    assert str(contra) == expected, why


@pytest.mark.parametrize("rate", ["0", "-1.1"])
def test_a_rate_that_is_not_positive_is_an_error(rate: str) -> None:
    with pytest.raises(DomainError, match="expected a number greater than zero"):
        contra_amount(Decimal(1), Currency("EUR"), parse_pair("EUR/USD"), Decimal(rate))


def test_an_amount_of_a_third_currency_is_an_error() -> None:
    with pytest.raises(DomainError, match="JPY is not in EUR/USD"):
        contra_amount(Decimal(1), Currency("JPY"), parse_pair("EUR/USD"), Decimal("1.1"))


@pytest.mark.parametrize(
    ("rate", "tick", "base_is_bought", "expected"),
    [
        ("1.100019", "0.00001", True, "1.10001"),  # a buyer never pays more
        ("1.100011", "0.00001", False, "1.10002"),  # a seller never gets less
        ("1.10001", "0.00001", True, "1.10001"),  # a whole number of ticks stays
        ("1.10001", "0.00001", False, "1.10001"),
        ("150.1234", "0.005", True, "150.120"),  # a tick need not be a power of ten
        ("150.1234", "0.005", False, "150.125"),
    ],
)
def test_a_limit_rate_is_never_rounded_against_the_desk(
    rate: str, tick: str, base_is_bought: bool, expected: str
) -> None:
    assert round_rate(Decimal(rate), Decimal(tick), base_is_bought=base_is_bought) == Decimal(expected)


def test_money_is_written_with_its_currency_first() -> None:
    assert str(Money(Decimal("-1234567.80"), Currency("EUR"))) == "EUR -1,234,567.80"
