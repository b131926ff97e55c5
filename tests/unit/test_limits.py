"""The limits file and the book made from it: every error is told, the most specific row wins, nothing has a default."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.limits.book import Limit, LimitBook, LimitsConflictError, LimitTable
from risk.limits.file import parse_limits
from trader.domain.errors import ConfigError, LocalOrderError

HEAD = "control,key,parameter,value,note\n"
EXAMPLES = Path(__file__).parents[2] / "examples"
VOLUME = LimitTable("VOLUME_DAY", "max", ("desk",))


def parse(*rows: str) -> LimitBook:
    return parse_limits(HEAD + "".join(f"{row}\n" for row in rows), "limits.csv")


def errors(*rows: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(*rows)
    return str(caught.value)


def dated(*rows: str) -> LimitBook:
    return parse_limits(HEAD.strip() + ",from,until\n" + "".join(f"{row}\n" for row in rows), "limits.csv")


def dated_errors(*rows: str) -> str:
    with pytest.raises(ConfigError) as caught:
        dated(*rows)
    return str(caught.value)


def on(day: date, hour: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 1_000_000_000


def volume_on(book: LimitBook, now_ns: int, desk: str = "treasury") -> str:
    return str(book.at(now_ns).number(VOLUME, (desk,)))


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


NEW_YEAR = date(2027, 1, 1)
DAY_NS = 86_400_000_000_000


def test_a_row_with_dates_holds_from_the_first_midnight_until_the_last_and_the_next_one_takes_over() -> None:
    book = dated("VOLUME_DAY,desk=*,max,7,,,2027-01-01", "VOLUME_DAY,desk=*,max,8,,2027-01-01,2027-02-01")
    midnight = on(NEW_YEAR)
    assert [volume_on(book, midnight - 1), volume_on(book, midnight)] == ["7", "8"]
    end = on(date(2027, 2, 1))
    assert [volume_on(book, end - 1), volume_on(book, end)] == ["8", "None"]


def test_the_book_of_a_moment_says_for_how_long_it_is_that_one() -> None:
    book = dated("VOLUME_DAY,desk=*,max,7,,,2027-01-01", "VOLUME_DAY,desk=treasury,max,8,,2027-02-01,")
    january = book.at(on(NEW_YEAR, hour=9))
    assert (january.since_ns, january.until_ns) == (on(NEW_YEAR), on(date(2027, 2, 1)))
    assert january.is_of(on(NEW_YEAR))
    assert not january.is_of(on(NEW_YEAR) - 1)
    assert not january.is_of(on(date(2027, 2, 1)))


def test_a_book_without_dates_is_the_book_of_every_moment() -> None:
    book = parse("VOLUME_DAY,desk=*,max,7,")
    assert book.at(0) is book
    assert book.is_of(2**62)


def test_a_specific_row_that_is_over_leaves_its_place_to_the_general_one() -> None:
    book = dated("VOLUME_DAY,desk=*,max,7,,,", "VOLUME_DAY,desk=treasury,max,9,,2027-01-01,2027-01-02")
    volumes = [volume_on(book, on(NEW_YEAR) + days * DAY_NS) for days in (-1, 0, 1)]
    assert volumes == ["7", "9", "7"]


def test_a_book_whose_rows_have_dates_answers_nothing_before_it_is_asked_for_a_moment() -> None:
    book = dated("VOLUME_DAY,desk=*,max,7,,2027-01-01,")
    with pytest.raises(LocalOrderError, match="ask for the book at a moment"):
        book.number(VOLUME, ("treasury",))


def test_the_same_key_twice_is_an_error_only_where_both_are_in_force() -> None:
    first, second = "VOLUME_DAY,desk=*,max,7,,2027-01-01,2027-03-01", "VOLUME_DAY,desk=*,max,8,,2027-02-28,"
    assert "stands there twice" in dated_errors(first, second)
    assert len(dated(first, second.replace("02-28", "03-01")).rows) == 2


def test_a_third_row_has_to_decide_for_as_long_as_two_are_ambiguous() -> None:
    one, other = notional("EUR/USD", "1") + ",,", notional("*", "2", trader="anna") + ",2027-01-01,"
    both = notional("EUR/USD", "3", trader="anna")
    assert "expected a row for" in dated_errors(one, other, f"{both},2027-01-02,")
    assert len(dated(one, other, f"{both},2027-01-01,").rows) == 3


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("2027-13-01,", "column from: '2027-13-01' is not a day"),
        ("20270101,", "column from: '20270101' is not a day"),
        ("2027-W01-1,", "column from: '2027-W01-1' is not a day"),
        (",31.12.2027", "column until: '31.12.2027' is not a day"),
        ("2027-01-01T00:00:00Z,", "is not a day; expected one like 2026-12-31, or nothing"),
        ("2027-01-01,2027-01-01", "so the row is never in force"),
        ("2027-01-02,2027-01-01", "so the row is never in force"),
        ("2027-01-01", "the row has 6 cells; expected 7"),
    ],
)
def test_days_that_are_none_are_an_error(days: str, told: str) -> None:
    assert told in dated_errors(f"VOLUME_DAY,desk=*,max,7,,{days}")


def test_dates_below_a_header_without_them_are_an_error() -> None:
    assert "the row has 7 cells; expected 5" in errors("VOLUME_DAY,desk=*,max,7,,2027-01-01,")


def test_a_book_with_dates_goes_through_the_journal_and_back() -> None:
    book = dated("VOLUME_DAY,desk=*,max,7,all,2027-01-01,2027-02-01")
    again = msgspec.json.decode(msgspec.json.encode(book.rows), type=tuple[Limit, ...])
    assert again == book.rows


def bank_of(rows: int) -> str:
    """A file of so many limits: turnover of traders, positions of books."""
    currencies = ("EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK")
    lines = (
        [
            f"VOLUME_DAY,trader=T-{no},max,{no}000000,",
            *(f"NOP_CURRENCY,book=B-{no} currency={c},max,{no}000," for c in currencies),
        ]
        for no in range(1, rows // 10 + 1)
    )
    return HEAD + "".join(f"{line}\n" for group in lines for line in group)


@pytest.mark.slow
def test_a_hundred_thousand_limits_are_read_in_three_seconds_of_processor_time() -> None:
    text = bank_of(100_000)
    begin = time.process_time()
    book = parse_limits(text, "limits.csv")
    assert book.number(LimitTable("VOLUME_DAY", "max", ("trader",)), ("T-77",)) == Decimal(77_000_000)
    assert len(book.rows) == 100_000
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("rows", [1_000, 10_000])
def test_a_look_up_searches_as_many_groups_however_many_rows_there_are(rows: int) -> None:
    book = parse_limits(bank_of(rows), "limits.csv")
    table = LimitTable("NOP_CURRENCY", "max", ("book", "currency"))
    assert book.number(table, (f"B-{rows // 10}", "SEK")) == Decimal(f"{rows // 10}000")
    assert len(book._groups[table]) == 1


DAYS = st.none() | st.integers(0, 6).map(lambda days: NEW_YEAR + timedelta(days=days))
DATED = st.builds(
    lambda desk, value, since, until: Limit("VOLUME_DAY", (("desk", desk),), "max", str(value), "", since, until),
    st.sampled_from(("*", "treasury")),
    st.integers(1, 9),
    DAYS,
    DAYS,
).filter(lambda row: row.since is None or row.until is None or row.since < row.until)


@given(rows=st.lists(DATED, max_size=6), days=st.integers(-1, 8), ns=st.integers(0, DAY_NS - 1))
def test_the_book_of_a_moment_is_the_book_of_the_rows_that_hold_then(rows: list[Limit], days: int, ns: int) -> None:
    now_ns = on(NEW_YEAR) + days * DAY_NS + ns
    day = NEW_YEAR + timedelta(days=days)
    try:
        book = LimitBook(rows)
    except LimitsConflictError:
        every = [NEW_YEAR + timedelta(days=each) for each in range(-1, 9)]
        holding = [[row.node for row in rows if row.is_in_force_on(each)] for each in every]
        assert any(len(set(nodes)) < len(nodes) for nodes in holding)
        return
    held = LimitBook(replace(row, since=None, until=None) for row in rows if row.is_in_force_on(day))
    for desk in ("treasury", "other"):
        assert book.at(now_ns).number(VOLUME, (desk,)) == held.number(VOLUME, (desk,))
    assert book.at(now_ns).is_of(now_ns)


# --- names that nobody can tell apart ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("counterparty=ACME\u200b-LDN", "U+200B ZERO WIDTH SPACE"),
        ("book=SALES\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("trader=\u0430nna", "U+0430 CYRILLIC SMALL LETTER A"),
        ("desk=trea\x07sury", "U+0007 control character"),
        ("group=\uff21CME", "U+FF21 FULLWIDTH LATIN CAPITAL LETTER A"),
    ],
)
def test_a_name_that_looks_like_another_is_no_key(key: str, odd: str) -> None:
    parameter = "group" if key.startswith("counterparty") else "country" if key.startswith("group") else "firm"
    parameter = "desk" if key.startswith("trader") else parameter
    with pytest.raises(ConfigError, match="is not a name: it holds") as refused:
        parse_limits(f"control,key,parameter,value,note\nTREE,{key},{parameter},BANK,\n", "limits.csv")
    assert odd in str(refused.value)


def test_a_name_that_looks_like_another_is_no_value_either() -> None:
    with pytest.raises(ConfigError, match="expected a name in plain letters"):
        parse_limits("control,key,parameter,value,note\nTREE,counterparty=ACME,group,\u0410CME,\n", "limits.csv")
