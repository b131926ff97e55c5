"""The limits file and the book made from it: every error is told, the most specific row wins, nothing has a default."""

from decimal import Decimal
from pathlib import Path

import pytest

from risk.limit_book import Limit, LimitBook, LimitTable
from risk.limits import parse_limits
from trader.domain.errors import ConfigError

HEAD = "control,key,parameter,value,note\n"
EXAMPLES = Path(__file__).parents[2] / "examples"
VOLUME = LimitTable("VOLUME_DAY", "max", ("desk",))


def parse(*rows: str) -> LimitBook:
    return parse_limits(HEAD + "".join(f"{row}\n" for row in rows), "limits.csv")


def errors(*rows: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(*rows)
    return str(caught.value)


def notional(pair: str, value: str, *, tenor: str = "*", trader: str = "*") -> str:
    return f"ORDER_NOTIONAL,pair={pair} tenor={tenor} trader={trader} venue=*,max,{value},"


def found(book: LimitBook, pair: str = "EUR/USD", tenor: str = "SPOT", trader: str = "anna") -> str | None:
    limit = book.find("ORDER_NOTIONAL", "max", pair=pair, tenor=tenor, trader=trader, venue="simulator")
    return None if limit is None else limit.value


def test_the_most_specific_row_wins_wherever_it_stands() -> None:
    rows = [notional("EUR/USD", "3", trader="anna"), notional("*", "1"), notional("EUR/USD", "2")]
    for order in (rows, rows[::-1]):
        book = parse(*order)
        assert [found(book), found(book, trader="bob"), found(book, pair="USD/JPY")] == ["3", "2", "1"]


def test_no_row_no_limit() -> None:
    book = parse(notional("EUR/USD", "1"))
    assert found(book, pair="USD/JPY") is None
    assert book.find("ORDER_NOTIONAL", "min", pair="EUR/USD", tenor="SPOT", trader="a", venue="s") is None


def test_the_dimensions_may_be_named_in_any_order() -> None:
    book = parse("ORDER_NOTIONAL,venue=* trader=* tenor=* pair=EUR/USD,max,5,")
    assert found(book) == "5"


def test_two_rows_of_which_neither_is_more_specific_are_an_error_until_a_third_decides() -> None:
    one, other = notional("EUR/USD", "1"), notional("*", "2", trader="anna")
    text = errors(one, other)
    assert "row 2" in text
    assert "also row 3" in text
    assert "expected a row for 'pair=EUR/USD tenor=* trader=anna venue=*' as well" in text
    assert found(parse(one, other, notional("EUR/USD", "3", trader="anna"))) == "3"


def test_two_rows_that_never_fit_the_same_order_are_no_conflict() -> None:
    book = parse(notional("EUR/USD", "1", tenor="SPOT"), notional("USD/JPY", "2", tenor="1W"))
    assert found(book) == "1"


def test_the_same_row_twice_is_an_error_even_with_the_dimensions_in_another_order() -> None:
    text = errors(notional("*", "1"), "ORDER_NOTIONAL,venue=* trader=* tenor=* pair=*,max,1,")
    assert "stands there twice" in text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1e6", "1,000", "", " ", "1.", ".5", "+1", "٣", "0x10"])
def test_a_value_that_is_no_plain_number_is_an_error(value: str) -> None:
    assert "column value" in errors(f'VOLUME_DAY,desk=*,max,"{value}",')


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("VOLUME_YEAR,desk=*,max,1,", "column control: 'VOLUME_YEAR' is not a control with limits; expected one of"),
        ("WRONG_WAY,line=*,max,1,", "column control: 'WRONG_WAY' is not a control with limits"),
        ("VOLUME_DAY,desk=*,min,1,", "column parameter: 'min' is not a figure of VOLUME_DAY; expected one of max"),
        ("VOLUME_DAY,shoe=*,max,1,", "column key: 'shoe=*' does not name what VOLUME_DAY is keyed by"),
        ("VOLUME_DAY,desk=* trader=*,max,1,", "expected 'trader=*' or 'desk=*' or 'pair=*' or 'venue=*'"),
        ("VOLUME_DAY,desk,max,1,", "column key: 'desk' is not a key"),
        ("VOLUME_DAY,desk=,max,1,", "column key: 'desk=' is not a key"),
        ("VOLUME_DAY,,max,1,", "column key"),
        ("VOLUME_DAY,pair=EURUSD,max,1,", "'EURUSD' is not a currency pair"),
        ("VOLUME_DAY,pair=USD/EUR,max,1,", "USD/EUR is not how the market quotes it; expected EUR/USD"),
        ("NOP_CURRENCY,book=* currency=ABC,max,1,", "'ABC' is not a currency the robot knows"),
        (notional("*", "1", tenor="2W"), "2W"),
        ("VALUE_DATE,currency=GBP,tod_cutoff,25:00 Europe/London,", "expected a time of day and its time zone"),
        ("VALUE_DATE,currency=GBP,tod_cutoff,13:00 Europe/Nowhere,", "expected a time of day and its time zone"),
        ("VALUE_DATE,currency=GBP,tod_cutoff,13:00 Europe,", "expected a time of day and its time zone"),
        ("MESSAGE_RATE,session=*,window_ms,0,", "expected a whole number of one or more"),
        ("MESSAGE_RATE,session=*,window_ms,1.5,", "expected a whole number of one or more"),
        ("STALE_SEND,venue=*,age_ms_max,0,", "expected a number above zero"),
        ("VOLUME_DAY,desk=*,max,1", "the row has 4 cells; expected 5"),
    ],
)
def test_each_mistake_is_told_with_its_row_its_column_and_what_would_be_right(row: str, told: str) -> None:
    text = errors("VOLUME_DAY,venue=*,max,1,", row)
    assert "row 3, " in text
    assert told in text


@pytest.mark.parametrize("hours", ["08:00-08:00", "24:00-08:00", "8-18", "08:00-25:00", "08:60-09:00", "00:00-00:00"])
def test_hours_that_are_no_span_are_an_error(hours: str) -> None:
    key = "trader=* desk=* product=* pair=* side=* tenor=* venue=*"
    assert "expected a span of UTC hours" in errors(f"MANDATE,{key},allow,{hours},")


def test_all_errors_are_listed_at_once() -> None:
    text = errors(
        "A,desk=*,max,1,", "VOLUME_DAY,desk=*,max,NaN,", "", "VOLUME_DAY,shoe=*,min,NaN,", "VOLUME_DAY,desk=*,max,1,"
    )
    assert text.startswith("limits.csv has 4 error(s):")
    assert [text.count(f"row {number}, ") for number in (2, 3, 4, 5, 6)] == [1, 1, 0, 2, 0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "expected 'control,key,parameter,value,note'"),
        (b"control,key,value\n", "expected 'control,key,parameter,value,note'"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (HEAD.encode() + b'VOLUME_DAY,"desk=*,max,1,\n', "expected a CSV file"),
    ],
)
def test_a_file_that_is_no_limits_file_is_told_so(content: bytes, told: str) -> None:
    with pytest.raises(ConfigError, match=r"^limits\.csv") as caught:
        parse_limits(content, "limits.csv")
    assert told in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    book = parse_limits(b"\xef\xbb\xbf" + HEAD.strip().encode() + b"\r\nVOLUME_DAY,desk=*,max,7,all\r\n", "limits.csv")
    assert book.rows == (Limit("VOLUME_DAY", (("desk", "*"),), "max", "7", "all"),)


def test_a_book_goes_through_the_journal_and_back() -> None:
    book = parse("VOLUME_DAY,desk=*,max,7,all", "VOLUME_DAY,desk=treasury,max,8,")
    again = LimitBook.from_rows(book.rows)
    assert again.rows == book.rows
    assert again.number(VOLUME, ("treasury",)) == Decimal(8)
    assert again.number(VOLUME, ("other",)) == Decimal(7)


def test_rows_that_contradict_each_other_make_no_book() -> None:
    row = Limit("VOLUME_DAY", (("desk", "*"),), "max", "7")
    with pytest.raises(ConfigError, match="stands there twice"):
        LimitBook.from_rows([row, Limit("VOLUME_DAY", (("desk", "*"),), "max", "8")])


@pytest.mark.parametrize("name", ["limits.csv", "limits-10000.csv"])
def test_the_example_files_are_right(name: str) -> None:
    book = parse_limits((EXAMPLES / name).read_bytes(), name)
    assert book.number(VOLUME, ("treasury",)) is not None
