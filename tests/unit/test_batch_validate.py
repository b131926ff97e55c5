"""Rows to batch lines: what each cell means, and every file of ``examples/bad`` with the one thing wrong in it."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from batch_rows import CALENDARS, DEFAULTS, GOOD, LINES_MAX, TRADE_DATE, batch_of, errors_of, line_of

from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.table import BatchError, RowError, read_table
from trader.domain import ids
from trader.domain.currency import parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce

BAD = Path(__file__).parents[2] / "examples" / "bad"


def test_a_row_becomes_a_dated_line() -> None:
    line = line_of(
        order_type="limit",
        limit_rate="1.10250",
        time_in_force="ioc",
        strategy="TWAP",
        venue="SIM",
        counterparty="BANK A",
        book="SALES",
        account="ACC-1",
        netting_group="N1",
        comment="Zürich 日本",
    )
    assert line == BatchLine(
        line_no=1,
        row_id="A-1",
        deal=Deal(
            product=Product.SPOT,
            pair=parse_pair("EUR/USD"),
            dealt_currency=parse_pair("EUR/USD").base,
            near_leg=Leg(Side.BUY, Decimal(1000000), date(2026, 11, 24), "SPOT"),
        ),
        order_type=OrderType.LIMIT,
        limit_rate=Decimal("1.10250"),
        time_in_force=TimeInForce.IOC,
        strategy="TWAP",
        venue="SIM",
        counterparty="BANK A",
        book="SALES",
        account="ACC-1",
        netting_group="N1",
        comment="Zürich 日本",
    )


def test_empty_cells_take_the_configured_defaults() -> None:
    defaults = LineDefaults("HOUSE", "ACC-0", TimeInForce.FOK, strategy="TWAP", venue="SIM", counterparty="BANK-A")
    line = batch_of(GOOD | {"book": " ", "venue": ""}, defaults=defaults).lines[0]
    taken = (line.book, line.account, line.time_in_force, line.strategy, line.venue, line.counterparty)
    assert taken == ("HOUSE", "ACC-0", TimeInForce.FOK, "TWAP", "SIM", "BANK-A")


def test_blanks_round_a_cell_and_small_letters_do_not_matter() -> None:
    assert line_of(pair=" eur/usd ", side="\tbuy", dealt_currency="eur ", product="spot", tenor="spot") == line_of()


def test_the_batch_is_named_by_its_content_and_adds_up_what_is_dealt() -> None:
    rows = [
        GOOD,
        GOOD | {"row_id": "A-2", "side": "SELL", "amount": "0.50"},
        GOOD | {"row_id": "A-3", "pair": "USD/JPY", "dealt_currency": "JPY", "amount": "700"},
    ]
    batch = batch_of(*rows)
    assert batch.totals == (("EUR", Decimal("1000000.50")), ("JPY", Decimal(700)))
    assert [line.line_no for line in batch.lines] == [1, 2, 3]
    assert batch.batch_id == ids.batch_id(batch.content_hash)
    assert (batch.name, batch.trade_date) == ("b.csv", TRADE_DATE)


@pytest.mark.parametrize(
    ("cells", "product", "value_date", "tenor"),
    [
        ({"product": "SPOT"}, "SPOT", "2026-11-24", "SPOT"),
        ({"product": "TOM"}, "TOM", "2026-11-23", "TOM"),
        ({"product": "TOD"}, "TOD", "2026-11-20", "TOD"),
        ({"product": "TOM", "pair": "USD/JPY", "dealt_currency": "USD"}, "TOM", "2026-11-24", "TOM"),
        ({"product": "SPOT", "pair": "USD/JPY", "dealt_currency": "USD"}, "SPOT", "2026-11-25", "SPOT"),
        ({"product": "SPOT", "tenor": "SP"}, "SPOT", "2026-11-24", "SPOT"),
        ({"product": "SPOT", "value_date": "2026-11-24"}, "SPOT", "2026-11-24", "SPOT"),
        ({"product": "FORWARD", "tenor": "1W"}, "FORWARD", "2026-12-01", "1W"),
        ({"product": "FORWARD", "tenor": "1w", "value_date": "2026-12-01"}, "FORWARD", "2026-12-01", "1W"),
        ({"product": "FORWARD", "value_date": "2026-12-15"}, "FORWARD", "2026-12-15", "2026-12-15"),
        ({"product": "FORWARD", "tenor": "2026-12-15"}, "FORWARD", "2026-12-15", "2026-12-15"),
        ({"product": "", "tenor": "SPOT"}, "SPOT", "2026-11-24", "SPOT"),
        ({"product": "", "value_date": "2026-11-20"}, "TOD", "2026-11-20", "TOD"),
        ({"product": "", "value_date": "2026-11-23"}, "TOM", "2026-11-23", "TOM"),
        ({"product": "", "tenor": "IMM1"}, "FORWARD", "2026-12-16", "IMM1"),
        # The Canadian dollar is spot the next day: both names are right, and none said is spot.
        ({"product": "TOM", "pair": "USD/CAD", "dealt_currency": "CAD"}, "TOM", "2026-11-23", "TOM"),
        ({"product": "", "pair": "USD/CAD", "dealt_currency": "CAD", "tenor": "TOM"}, "SPOT", "2026-11-23", "SPOT"),
        # A holiday and a Sunday are for the VALUE_DATE control to deny, line by line.
        ({"product": "FORWARD", "value_date": "2026-12-25"}, "FORWARD", "2026-12-25", "2026-12-25"),
        ({"product": "FORWARD", "value_date": "2026-11-22"}, "FORWARD", "2026-11-22", "2026-11-22"),
    ],
)  # fmt: skip
def test_product_tenor_and_date_mean_one_day(cells: dict[str, str], product: str, value_date: str, tenor: str) -> None:
    deal = line_of(**cells).deal
    assert (deal.product, deal.near_leg.value_date.isoformat(), deal.near_leg.tenor) == (product, value_date, tenor)


@pytest.mark.parametrize(
    ("side", "dealt", "limit_rate"),
    [
        ("BUY", "EUR", "1.11111"),  # buys the base: 1 / 0.9 = 1.111111, down
        ("SELL", "EUR", "1.11112"),  # sells the base: up
        ("BUY", "USD", "1.11112"),
        ("SELL", "USD", "1.11111"),
    ],
)
def test_an_inverted_pair_keeps_its_side_and_turns_its_limit_to_the_desks_advantage(
    side: str, dealt: str, limit_rate: str
) -> None:
    line = line_of(pair="USD/EUR", side=side, dealt_currency=dealt, order_type="LIMIT", limit_rate="0.9")
    assert (str(line.deal.pair), line.original_pair) == ("EUR/USD", "USD/EUR")
    assert (line.deal.near_leg.side, line.deal.dealt_currency) == (side, dealt)
    assert line.limit_rate == Decimal(limit_rate)


def test_an_inverted_limit_rate_may_have_any_number_of_digits() -> None:
    line = line_of(pair="JPY/USD", dealt_currency="JPY", amount="100", order_type="LIMIT", limit_rate="0.0063512345")
    assert line.limit_rate == Decimal("157.450")


def test_an_inverted_limit_rate_that_is_no_rate_of_the_pair_is_refused() -> None:
    cells = {"pair": "USD/EUR", "order_type": "LIMIT", "limit_rate": "999999999"}
    assert errors_of(GOOD | cells)[0].problem == "is no rate that USD/EUR can have"


def read_with_step(step: str, pair: str, limit_rate: str) -> Batch:
    row = ",".join((GOOD | {"pair": pair, "order_type": "LIMIT", "limit_rate": limit_rate}).values())
    table = read_table(f"{','.join((*GOOD, 'limit_rate'))}\n{row}\n".encode(), "b.csv", LINES_MAX)
    return validate(table, TRADE_DATE, CALENDARS, DEFAULTS, lambda _pair: Decimal(step))


def test_a_limit_rate_is_held_to_the_price_step_of_the_venue() -> None:
    assert read_with_step("0.0001", "EUR/USD", "1.1025").lines[0].limit_rate == Decimal("1.1025")
    with pytest.raises(BatchError) as caught:
        read_with_step("0.001", "EUR/USD", "1.1025")
    assert [(error.column, error.expected) for error in caught.value.errors] == [
        ("limit_rate", "a multiple of 0.001 for EUR/USD")
    ]


def test_an_inverted_limit_rate_is_rounded_to_the_price_step_of_the_venue() -> None:
    assert read_with_step("0.01", "USD/EUR", "0.9").lines[0].limit_rate == Decimal("1.11")


def test_a_limit_rate_without_an_order_type_makes_a_limit_order() -> None:
    assert line_of(order_type="", limit_rate="1.1025").order_type is OrderType.LIMIT


@pytest.mark.parametrize(
    ("pair", "currency", "amount", "read"),
    [
        ("EUR/USD", "EUR", "0.01", "0.01"),
        ("EUR/USD", "EUR", "999999999999999.99", "999999999999999.99"),
        ("EUR/USD", "EUR", "10.5000", "10.50"),
        ("USD/JPY", "JPY", "150000000.00", "150000000"),
        ("USD/KWD", "KWD", "1.125", "1.125"),
    ],
)
def test_an_amount_has_at_most_the_decimals_of_its_currency(pair: str, currency: str, amount: str, read: str) -> None:
    line = line_of(pair=pair, dealt_currency=currency, amount=amount)
    assert str(line.deal.near_leg.amount) == read


def test_all_errors_of_the_file_are_listed_by_row_and_column() -> None:
    rows = [
        {"row_id": "A-1", "pair": "EURUSD", "side": "B", "dealt_currency": "EUR", "amount": "-1"},
        {"row_id": "A-1", "product": "SPOT", "pair": "USD/JPY", "side": "X", "dealt_currency": "JPY", "amount": "0.5"},
        GOOD | {"row_id": "A-3", "side": "", "value_date": "2026-12-01", "order_type": "LIMIT"},
    ]
    assert [(error.row, error.column) for error in errors_of(*rows)] == [
        (2, "pair"),
        (2, "side"),
        (2, "amount"),
        (2, "limit_rate"),
        (3, "row_id"),
        (3, "side"),
        (3, "amount"),
        (3, "limit_rate"),
        (4, "side"),
        (4, "value_date"),
        (4, "limit_rate"),
    ]


def test_faults_of_shape_do_not_hide_those_of_the_cells() -> None:
    text = (
        "row_id,pair,Sied,ccy,amount,order_type,tenor\n"
        "A-1,EUR/USD,B,EUR,1,MARKET,SPOT\n"
        "A-2,EUR/USD,BUY,EUR,1,MARKET\n"
        "\n"
        "A-1,EUR/USD,BUY,GBP,1,STOP,SPOT\n"
        "Total,,,,2,,\n"
    )
    with pytest.raises(BatchError) as caught:
        validate(read_table(text.encode(), "b.csv", LINES_MAX), TRADE_DATE, CALENDARS, DEFAULTS)
    assert [(error.row, error.column) for error in caught.value.errors] == [
        (1, "Sied"),
        (2, "Sied"),
        (3, ""),
        (4, ""),
        (5, "row_id"),
        (5, "ccy"),
        (5, "order_type"),
        (6, "row_id"),
    ]


def test_a_cell_that_is_no_value_is_one_error_and_its_row_is_read_on() -> None:
    book = openpyxl.Workbook()
    for row in (
        ("row_id", "pair", "side", "ccy", "amount", "order_type", "tenor"),
        ("A-1", "EUR/USD", "B", "EUR", "=5*2", "MARKET", "SPOT"),
        ("Total", None, None, None, "=SUM(E2:E2)"),
    ):
        book.worksheets[0].append(row)
    content = BytesIO()
    book.save(content)
    with pytest.raises(BatchError) as caught:
        validate(read_table(content.getvalue(), "b.xlsx", LINES_MAX), TRADE_DATE, CALENDARS, DEFAULTS)
    assert [(error.row, error.column, error.problem) for error in caught.value.errors] == [
        (2, "side", "is none of the known words"),
        (2, "amount", "is a formula"),
        (3, "row_id", "looks like a row of totals"),
    ]


def test_an_error_names_the_column_as_the_file_does() -> None:
    table = read_table(b"Ref,Symbol,Side,CCY,Notional,ord type\n1,EUR/USD,UP,EUR,1,MARKET\n", "b.csv", LINES_MAX)
    with pytest.raises(BatchError) as caught:
        validate(table, TRADE_DATE, CALENDARS, DEFAULTS)
    assert [error.column for error in caught.value.errors] == ["Side", "value_date"]


def test_a_currency_without_a_calendar_is_an_error_of_its_rows() -> None:
    errors = errors_of(GOOD, GOOD | {"row_id": "A-2", "pair": "USD/SGD", "dealt_currency": "USD"})
    assert [(error.row, error.problem) for error in errors] == [
        (3, "cannot be dated: SGD has no holiday calendar, so no value date can be found for it")
    ]


def test_a_trade_date_in_the_weekend_is_an_error_of_the_file() -> None:
    errors = errors_of(GOOD, trade_date=date(2026, 11, 21))
    assert errors == (RowError(0, "", "", "the trade date 2026-11-21 is a Saturday", "a weekday"),)


@pytest.mark.parametrize("word", ["Total", "TOTALS:", "sum", "Grand total"])
def test_a_row_of_totals_is_one_error(word: str) -> None:
    errors = errors_of(GOOD, {"row_id": "", "product": word, "amount": "1000000"})
    assert [(error.row, error.column, error.value) for error in errors] == [(3, "product", word)]


def test_a_trade_whose_row_id_is_total_is_a_trade() -> None:
    assert line_of(row_id="Total").row_id == "Total"


BAD_FILES = {
    "account_control_character.csv": (2, "account", "holds U+0001 control character"),
    "amount_decimal_comma.csv": (2, "amount", "has a thousands separator or a decimal comma"),
    "amount_empty.csv": (2, "amount", "is empty"),
    "amount_exponent.csv": (2, "amount", "has an exponent"),
    "amount_fraction_of_cent.csv": (2, "amount", "has a fraction of the minor unit"),
    "amount_fraction_of_yen.csv": (3, "amount", "has a fraction of the minor unit"),
    "amount_full_width_digits.csv": (2, "amount", "holds U+FF11 FULLWIDTH DIGIT ONE"),
    "amount_infinity.csv": (2, "amount", "is not a finite number"),
    "amount_leading_zero.csv": (2, "amount", "has too many digits, a zero in front, or no digit beside the point"),
    "amount_nan.csv": (2, "amount", "is not a finite number"),
    "amount_negative.csv": (2, "amount", "has a sign, where the side says the direction"),
    "amount_non_breaking_space.csv": (2, "amount", "holds U+00A0 NO-BREAK SPACE"),
    "amount_plus_sign.csv": (2, "amount", "has a sign, where the side says the direction"),
    "amount_thousands_points.csv": (2, "amount", "has more than one point"),
    "amount_thousands_separator.csv": (2, "amount", "has a thousands separator or a decimal comma"),
    "amount_too_many_digits.csv": (2, "amount", "has too many digits, a zero in front, or no digit beside the point"),
    "amount_words.csv": (2, "amount", "is not a number"),
    "amount_zero.csv": (2, "amount", "is zero"),
    "block_amount_zero.csv": (3, "amount", "holds '0', which is zero"),
    "block_amounts_for_other_dates.csv": (3, "amount", "holds 2 amounts"),
    "block_dates_beside_fewer_tenors.csv": (3, "value_date", "holds 2 days beside 3 tenors"),
    "block_days_out_of_order.csv": (3, "tenor", "holds a day that is not after the one before it"),
    "block_legs_on_one_day.csv": (3, "value_date", "holds a day that is not after the one before it"),
    "block_of_eleven_days.csv": (3, "tenor", "holds 11 days of a block"),
    "block_of_one_day.csv": (3, "tenor", "holds 1 days of a block"),
    "block_with_limit_rate.csv": (3, "limit_rate", "is for one leg, and a BLOCK has more"),
    "book_not_ascii.csv": (2, "book", "holds U+2013 EN DASH"),
    "column_and_synonym.csv": (1, "notional", "means amount, as column 6 does"),
    "column_twice.csv": (1, "amount", "means amount, as column 6 does"),
    "column_without_header.csv": (1, "", "column 15 has no header"),
    "comment_line_break.csv": (2, "comment", "holds U+000A LINE FEED"),
    "comment_too_long.csv": (2, "comment", "has too many characters"),
    "damaged_workbook.xlsx": (0, "", "the workbook is damaged (BadZipFile: File is not a zip file)"),
    "date_with_time.xlsx": (2, "value_date", "is a moment or a duration"),
    "dealt_currency_empty.csv": (2, "dealt_currency", "is empty"),
    "dealt_currency_not_in_pair.csv": (2, "dealt_currency", "is not a currency of the pair beside it"),
    "empty_file.csv": (0, "", "the file is empty"),
    "empty_row_between.csv": (3, "", "is empty, with others below it"),
    "far_amount_without_swap.csv": (3, "far_amount", "belongs to product SWAP, which the row is not"),
    "far_tenor_without_swap.csv": (3, "far_tenor", "belongs to product SWAP, which the row is not"),
    "fixing_date_without_ndf.csv": (3, "fixing_date", "belongs to product NDF, which the row is not"),
    "formula.xlsx": (3, "amount", "is a formula"),
    "forward_on_spot_date.csv": (3, "tenor", "is not a day of product FORWARD"),
    "forward_without_date.csv": (3, "product", "has no value date beside it"),
    "latin_1.csv": (4, "", "byte 0xE0 is not UTF-8"),
    "limit_rate_negative.csv": (4, "limit_rate", "has a sign, where the side says the direction"),
    "limit_rate_off_tick.csv": (4, "limit_rate", "is between the price steps of its pair"),
    "limit_rate_zero.csv": (4, "limit_rate", "is zero"),
    "limit_without_rate.csv": (4, "limit_rate", "is empty"),
    "long_number.xlsx": (2, "row_id", "is a number of more than 15 digits"),
    "market_with_limit_rate.csv": (2, "limit_rate", "stands beside order_type MARKET"),
    "missing_column.csv": (1, "side", "the file has no such column"),
    "ndf_fixing_a_month_early.csv": (3, "fixing_date", "is no day for a fixing of CNY"),
    "ndf_fixing_after_settlement.csv": (3, "fixing_date", "is not before the value date"),
    "ndf_fixing_before_trade_date.csv": (3, "fixing_date", "is before the trade date"),
    "ndf_fixing_on_settlement.csv": (3, "fixing_date", "is not before the value date"),
    "ndf_fixing_on_weekend.csv": (3, "fixing_date", "is no day for a fixing of CNY"),
    "ndf_no_day_left_for_fixing.csv": (3, "value_date", "leaves no day for the fixing, which was on 2026-11-19"),
    "ndf_of_deliverable_currencies.csv": (3, "product", "is not how USD/JPY is dealt"),
    "ndf_without_date.csv": (3, "product", "has no value date beside it"),
    "ndf_without_usual_fixing.csv": (3, "value_date", "cannot be dated: ARS has no usual fixing date"),
    "neither_order_type_nor_rate.csv": (2, "limit_rate", "is empty"),
    "no_rows.csv": (0, "", "the file has no rows"),
    "nothing_says_the_date.csv": (2, "value_date", "is empty, and no tenor says the day"),
    "nul_byte.csv": (3, "", "holds a NUL byte, which no text has"),
    "old_workbook.xls": (0, "", "the file is an old .xls workbook, or one locked with a password"),
    "order_type_unknown.csv": (4, "order_type", "is none of the known words"),
    "pair_empty.csv": (3, "pair", "is empty"),
    "pair_of_one_currency.csv": (2, "pair", "is one currency twice"),
    "pair_unknown_currency.csv": (2, "pair", "is not right: 'XXX' is not a currency the robot knows"),
    "pair_without_slash.csv": (3, "pair", "is not a currency pair"),
    "product_unknown.csv": (3, "product", "is none of the known words"),
    "quote_not_closed.csv": (4, "", "is not CSV (unexpected end of data)"),
    "row_id_empty.csv": (3, "row_id", "is empty"),
    "row_id_repeated.csv": (4, "row_id", "is the row_id of an earlier row"),
    "row_id_too_long.csv": (3, "row_id", "has too many characters"),
    "row_too_long.csv": (3, "", "has 15 cells under 14 headers"),
    "row_too_short.csv": (3, "", "has 13 cells under 14 headers"),
    "semicolons.csv": (1, "", "the cells are separated by semicolons"),
    "several_dates_without_block.csv": (3, "value_date", "holds more than one day"),
    "side_empty.csv": (2, "side", "is empty"),
    "side_not_ascii.csv": (2, "side", "holds U+FF22 FULLWIDTH LATIN CAPITAL LETTER B"),
    "side_unknown.csv": (2, "side", "is none of the known words"),
    "spreadsheet_error.xlsx": (3, "amount", "is a spreadsheet error"),
    "swap_as_limit_order.csv": (3, "order_type", "is for one leg, and a SWAP has more"),
    "swap_far_date_and_tenor_differ.csv": (3, "far_value_date", "is not the day of the tenor beside it"),
    "swap_far_date_before_near_date.csv": (3, "far_tenor", "is before the day of the near leg"),
    "swap_far_date_before_trade_date.csv": (3, "far_value_date", "is before the trade date"),
    "swap_legs_on_one_day.csv": (3, "far_value_date", "is the day of the near leg, so that the two net each other out"),
    "swap_with_limit_rate.csv": (3, "limit_rate", "is for one leg, and a SWAP has more"),
    "swap_without_far_date.csv": (3, "far_value_date", "is empty, and no far_tenor says the day"),
    "swap_without_near_date.csv": (3, "product", "has no value date beside it"),
    "swap_without_order_type.csv": (3, "order_type", "is empty"),
    "tabs.csv": (1, "", "the cells are separated by tabs"),
    "tenor_of_a_swap.csv": (3, "tenor", "is a swap's tenor, with two dates"),
    "tenor_unknown.csv": (3, "tenor", "holds '1', which is not a tenor"),
    "time_in_force_unknown.csv": (2, "time_in_force", "is none of the known words"),
    "too_many_rows.csv": (22, "", "makes more than 20 rows"),
    "totals_row.csv": (5, "row_id", "looks like a row of totals"),
    "two_sheets.xlsx": (0, "", "are sheets that all hold something"),
    "unknown_column.csv": (1, "colour", "is not a column of a batch"),
    "utf_16.csv": (0, "", "the file is UTF-16 text"),
    "value_date_american.csv": (2, "value_date", "is not a date in ISO form"),
    "value_date_and_tenor_differ.csv": (3, "value_date", "is not the day of the tenor beside it"),
    "value_date_before_trade_date.csv": (2, "value_date", "is before the trade date"),
    "value_date_is_not_spot.csv": (2, "value_date", "is not a day of product SPOT"),
    "value_date_not_a_day.csv": (2, "value_date", "is not a day of the calendar"),
    "value_date_not_iso.csv": (2, "value_date", "is not a date in ISO form"),
}


def test_every_bad_file_is_tested() -> None:
    assert {path.name for path in BAD.iterdir()} == BAD_FILES.keys()


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_row_column_and_problem(name: str) -> None:
    with pytest.raises(BatchError) as caught:
        validate(read_table((BAD / name).read_bytes(), name, LINES_MAX), TRADE_DATE, CALENDARS, DEFAULTS)
    assert [(error.row, error.column, error.problem) for error in caught.value.errors] == [BAD_FILES[name]]
    assert all(error.expected for error in caught.value.errors)
