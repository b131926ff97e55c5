"""Currencies and pairs know the market's conventions, and cannot be made wrong."""

from decimal import Decimal

import pytest

from trader.domain.currency import Currency, CurrencyPair, market_pair, parse_pair
from trader.domain.errors import DomainError


@pytest.mark.parametrize(
    ("code", "decimals", "minor_unit"),
    [
        ("EUR", 2, "0.01"),
        ("HUF", 2, "0.01"),
        ("CNY", 2, "0.01"),
        ("JPY", 0, "1"),
        ("KRW", 0, "1"),
        ("CLP", 0, "1"),
        ("ISK", 0, "1"),
        ("VND", 0, "1"),
        ("BHD", 3, "0.001"),
        ("OMR", 3, "0.001"),
        ("KWD", 3, "0.001"),
        ("JOD", 3, "0.001"),
        ("TND", 3, "0.001"),
    ],
)
def test_the_minor_unit_of_each_kind_of_currency(code: str, decimals: int, minor_unit: str) -> None:
    currency = Currency(code)
    assert currency.decimals == decimals
    assert currency.minor_unit == Decimal(minor_unit)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XYZ", " EUR", "978"])
def test_an_unknown_code_is_an_error_that_lists_the_known_ones(code: str) -> None:
    with pytest.raises(DomainError, match=r"is not a currency the robot knows; expected one of XAU XAG EUR GBP"):
        Currency(code)


def test_a_currency_is_its_code() -> None:
    assert Currency("EUR") == "EUR"
    assert len({Currency("EUR"), "EUR"}) == 1
    assert f"{Currency('EUR')}" == "EUR"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("USD", "EUR", "EUR/USD"),
        ("EUR", "GBP", "EUR/GBP"),
        ("AUD", "GBP", "GBP/AUD"),
        ("NZD", "AUD", "AUD/NZD"),
        ("USD", "NZD", "NZD/USD"),
        ("CAD", "USD", "USD/CAD"),
        ("CHF", "CAD", "CAD/CHF"),
        ("JPY", "CHF", "CHF/JPY"),
        ("JPY", "KRW", "KRW/JPY"),
        ("USD", "XAU", "XAU/USD"),
    ],
)
def test_the_market_quotes_one_way_round(one: str, other: str, expected: str) -> None:
    assert str(market_pair(Currency(one), Currency(other))) == expected
    assert str(market_pair(Currency(other), Currency(one))) == expected


def test_a_pair_is_read_in_the_order_it_is_written() -> None:
    pair = parse_pair("USD/EUR")
    assert (pair.base, pair.terms) == ("USD", "EUR")
    assert not pair.is_market_order
    assert pair.inverse == parse_pair("EUR/USD")
    assert pair.inverse.is_market_order


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("EURUSD", "'EURUSD' is not a currency pair; expected two codes with a slash, like EUR/USD"),
        ("", "'' is not a currency pair"),
        ("EUR/EUR", "EUR/EUR is one currency twice"),
        ("EUR/usd", "'usd' is not a currency"),
        ("EUR/USD/JPY", "'USD/JPY' is not a currency"),
        ("/USD", "'' is not a currency the robot knows"),
    ],
)
def test_anything_but_two_codes_with_a_slash_is_an_error(text: str, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        parse_pair(text)


@pytest.mark.parametrize(
    ("pair", "tick", "pip"),
    [("EUR/USD", "0.00001", "0.0001"), ("USD/JPY", "0.001", "0.01"), ("USD/KRW", "0.001", "0.01")],
)
def test_a_pip_is_ten_ticks(pair: str, tick: str, pip: str) -> None:
    assert parse_pair(pair).tick == Decimal(tick)
    assert parse_pair(pair).pip == Decimal(pip)


def test_the_other_currency_of_a_pair() -> None:
    pair = parse_pair("EUR/USD")
    assert pair.other(Currency("EUR")) == "USD"
    assert pair.other(Currency("USD")) == "EUR"
    with pytest.raises(DomainError, match="JPY is not in EUR/USD; expected EUR or USD"):
        pair.other(Currency("JPY"))


def test_membership() -> None:
    assert "EUR" in parse_pair("EUR/USD")
    assert "JPY" not in parse_pair("EUR/USD")


def test_equal_pairs_are_one_key() -> None:
    assert len({parse_pair("EUR/USD"), CurrencyPair(Currency("EUR"), Currency("USD"))}) == 1
