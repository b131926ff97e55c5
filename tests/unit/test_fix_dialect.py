"""A dialect is data: read strictly, and asked what a line may be."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.unit.fix_words import BY_SYMBOL, DIALECT, DIALECT_TEXT
from tests.unit.risk_cases import Terms, make_line
from trader.domain.currency import parse_pair
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError, DomainError
from trader.fix.dialect import Dictionary, parse_dialect
from trader.fix.dictionary import patched_dictionary

STOCK = """<fix><messages>
<message name="ExecutionReport"><field name="Symbol" required="Y"/></message>
</messages><fields>
<field number="55" name="Symbol" type="STRING"/>
<field number="63" name="SettlType" type="CHAR"><value enum="0" description="REGULAR"/></field>
<field number="381" name="GrossTradeAmt" type="AMT"/>
</fields></fix>"""


def with_dictionary(**changes: object) -> str:
    section = Dictionary(file="FIX44.xml", **changes)  # type: ignore[arg-type] # the test's own
    return patched_dictionary(STOCK, msgspec.structs.replace(DIALECT, dictionary=section))


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 -- made by the test itself


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "simulator"', "name = 7", "Expected `str`, got `int`"),
        ("simulated = true", "", "missing required field `simulated`"),
        ('reset = "when_refused"', 'reset = "sometimes"', "Invalid enum value 'sometimes'"),
        ('begin_string = "FIX.4.4"', 'begin_string = "FIX.4.2"', "Invalid enum value 'FIX.4.2'"),
        ("[products]", "colour = 1\n[products]", "unknown field `colour`"),
        ("trade_capture = true", "trade_capture = true\nwishes = true", "unknown field `wishes` - at `$.requests`"),
        ("[products]", "[products", "Expected"),
        ("SPOT = {", "LUNCH = {", "Invalid enum value 'LUNCH'"),
    ],
)
def test_a_wrong_dialect_says_where_and_what(old: str, new: str, complaint: str) -> None:
    assert old in DIALECT_TEXT
    with pytest.raises(ConfigError) as caught:
        parse_dialect(DIALECT_TEXT.replace(old, new, 1), "dialect.toml")
    assert str(caught.value).startswith("dialect.toml: ")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("pair", "complaint"),
    [("USD/EUR", "USD/EUR is inverted; expected EUR/USD"), ("EUR/XXX", "'XXX' is not a currency"), ("EURUSD", "slash")],
)
def test_price_decimals_are_for_pairs_as_the_market_quotes_them(pair: str, complaint: str) -> None:
    text = DIALECT_TEXT.replace("[products]", f'[rate_decimals]\n"{pair}" = 4\n\n[products]', 1)
    with pytest.raises(ConfigError, match="rate_decimals") as caught:
        parse_dialect(text, "dialect.toml")
    assert complaint in str(caught.value)


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


def test_a_line_that_the_venue_takes_has_nothing_against_it() -> None:
    assert list(DIALECT.cannot_carry(make_line(Terms()))) == []


def test_everything_that_the_venue_does_not_take_is_listed() -> None:
    narrow = msgspec.structs.replace(
        DIALECT,
        products={Product.SPOT: DIALECT.products[Product.SPOT]},
        order_types={OrderType.LIMIT: "2"},
        times_in_force=(TimeInForce.IOC, TimeInForce.FOK),
    )
    line = replace(make_line(Terms(product=Product.FORWARD)), venue="elsewhere")
    assert list(narrow.cannot_carry(line)) == [
        ("product", "FORWARD", "SPOT"),
        ("order_type", "MARKET", "LIMIT"),
        ("time_in_force", "DAY", "IOC or FOK"),
        ("venue", "elsewhere", "simulator, or nothing: a batch is launched on one session"),
    ]


def test_an_opened_field_takes_any_value() -> None:
    field = parsed(with_dictionary(open_fields=(63,))).find("fields/field[@number='63']")
    assert field is not None
    assert (list(field), field.get("type")) == ([], "STRING")


def test_a_message_takes_an_added_field_once() -> None:
    text = with_dictionary(add_fields={"ExecutionReport": (381, 381, 55)})
    message = parsed(text).find("messages/message")
    assert message is not None
    assert [(field.get("name"), field.get("required")) for field in message] == [
        ("Symbol", "Y"),
        ("GrossTradeAmt", "N"),
    ]


def test_a_dictionary_is_otherwise_left_alone() -> None:
    assert ET.canonicalize(with_dictionary()) == ET.canonicalize(STOCK)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"open_fields": (999,)}, "FIX44.xml: open_fields: tag 999 is not in the stock dictionary"),
        ({"add_fields": {"Lunch": (55,)}}, "FIX44.xml: add_fields: message 'Lunch' is not in the stock dictionary"),
        ({"add_fields": {"ExecutionReport": (7,)}}, "FIX44.xml: add_fields.ExecutionReport: tag 7 is not in"),
    ],
)
def test_a_dictionary_without_what_the_dialect_names_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_dictionary(**changes)
    assert str(caught.value).startswith(complaint)


def test_a_file_that_is_no_dictionary_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"FIX44\.xml: not a FIX dictionary"):
        patched_dictionary("<fix>", DIALECT)
