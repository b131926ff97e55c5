"""What a dialect says of prices, symbols, sides and quotes."""

import msgspec
import pytest

from tests.unit.fix_words import BY_SYMBOL, DIALECT
from trader.domain.currency import parse_pair
from trader.domain.deal import OrderType, Side
from trader.domain.errors import DomainError
from trader.fix.dialect import Quotes


def test_the_price_step_is_the_venues_where_it_has_one_and_the_markets_elsewhere() -> None:
    dialect = msgspec.structs.replace(DIALECT, rate_decimals={"EUR/USD": 4})
    steps = [str(dialect.tick(parse_pair(pair))) for pair in ("EUR/USD", "GBP/USD", "USD/JPY")]
    assert steps == ["0.0001", "0.00001", "0.001"]


@pytest.mark.parametrize(("separator", "symbol"), [("/", "EUR/USD"), (".", "EUR.USD"), ("", "EURUSD")])
def test_symbols_have_the_venues_form(separator: str, symbol: str) -> None:
    dialect = msgspec.structs.replace(DIALECT, symbol_separator=separator)
    assert dialect.symbol(parse_pair("EUR/USD")) == symbol
    assert dialect.pair(symbol) == parse_pair("EUR/USD")


@pytest.mark.parametrize("symbol", ["", "EUR", "EURUSDX", "EUR/EUR", "eur/usd"])
def test_what_is_not_a_symbol_is_refused(symbol: str) -> None:
    for dialect in (DIALECT, BY_SYMBOL):
        with pytest.raises(DomainError):
            dialect.pair(symbol)


def test_the_turning_of_a_side_is_its_own_inverse() -> None:
    pair = parse_pair("USD/JPY")
    for dialect in (DIALECT, BY_SYMBOL):
        for currency in ("USD", "JPY"):
            for side in Side:
                assert dialect.wire_side(dialect.wire_side(side, currency, pair), currency, pair) is side


@pytest.mark.parametrize(("source", "asked"), [("request", True), ("stream", False)])
def test_a_quote_is_asked_for_where_none_are_streamed(source: str, asked: bool) -> None:
    dialect = msgspec.structs.replace(DIALECT, quotes=msgspec.convert({"source": source}, Quotes))
    assert dialect.names_quotes(OrderType.PREVIOUSLY_QUOTED) is asked
    assert not dialect.names_quotes(OrderType.MARKET)
    assert not DIALECT.names_quotes(OrderType.PREVIOUSLY_QUOTED)
