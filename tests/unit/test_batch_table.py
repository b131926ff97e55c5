"""The shape of a batch file: what is a table, and what is refused before a cell is looked at."""

import zipfile
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from trader.batch.columns import COLUMNS, read_header
from trader.batch.errors import in_order, summary
from trader.batch.sheet import sheet_bytes
from trader.batch.table import BatchError, RowError, Table, read_table
from trader.domain import ids

HEADER = "row_id,pair,side,dealt_currency,amount,order_type"
FIRST = "A-1,EUR/USD,BUY,EUR,1000000,MARKET"
SECOND = "A-2,USD/JPY,SELL,JPY,5000000,MARKET"


def read(text: str | bytes, lines_max: int = 10) -> Table:
    return read_table(text if isinstance(text, bytes) else text.encode(), "batch", lines_max)


def errors_of(content: str | bytes, lines_max: int = 10) -> tuple[RowError, ...]:
    with pytest.raises(BatchError) as caught:
        read(content, lines_max)
    return caught.value.errors


def workbook(*rows: tuple[Any, ...]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_csv_keeps_every_cell_as_it_stands() -> None:
    content = f'{HEADER},comment\nA-1,EUR/USD,BUY, EUR,1e6,NA,"Tax, ""Q4"""\n'.encode()
    table = read(content)
    assert table.columns == (*HEADER.split(","), "comment")
    assert table.rows == (("A-1", "EUR/USD", "BUY", " EUR", "1e6", "NA", 'Tax, "Q4"'),)
    assert table.row_numbers == (2,)
    assert (table.form, table.content_hash) == ("csv", ids.content_hash(content))


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\n,,,,,\n", "\n , ,,,,\n\n"])
def test_line_breaks_byte_order_mark_and_blank_rows_at_the_end_do_not_matter(
    line_break: str, start: str, end: str
) -> None:
    text = f"{start}{HEADER}\n{FIRST}\n{SECOND}{end}"
    table = read(text.replace("\n", line_break))
    assert table.columns == tuple(HEADER.split(","))
    assert table.rows == (tuple(FIRST.split(",")), tuple(SECOND.split(",")))
    assert table.row_numbers == (2, 3)


def test_a_row_number_is_the_line_the_row_starts_on() -> None:
    table = read(f'{HEADER},comment\n{FIRST},"one\ntwo\nthree"\n{SECOND},\n')
    assert table.row_numbers == (2, 5)


def test_headers_are_read_by_name_synonym_and_in_any_case_and_order() -> None:
    header = ("Notional", " Row-ID ", "CCY PAIR", "side", "Currency")
    assert read_header(header).places == {"amount": 0, "row_id": 1, "pair": 2, "side": 3, "dealt_currency": 4}


def test_no_header_means_two_columns() -> None:
    headers = [header for column in COLUMNS for header in (column.name, *column.synonyms)]
    assert len(headers) == len(set(headers))


def test_every_fault_of_the_header_is_listed() -> None:
    errors = read_header(("row_id", "pair", "symbol", "color", "side")).errors
    assert [(error.column, error.problem) for error in errors] == [
        ("symbol", "means pair, as column 2 does"),
        ("color", "is not a column of a batch"),
        ("dealt_currency", "the file has no such column"),
        ("amount", "the file has no such column"),
    ]
    listed = ["pair (or symbol, currency_pair, " in error.expected for error in errors]
    assert listed == [False, False, False, True], "once is enough"


@pytest.mark.parametrize(
    ("header", "column"),
    [("Rate", "limit_rate"), ("Sied", "side"), ("Dealt Curency", "dealt_currency"), ("Account no", "account")],
)
def test_a_header_that_is_nearly_a_column_is_named_with_it_and_its_cells_are_read(header: str, column: str) -> None:
    read_as = read_header((header, "color"))
    assert read_as.places == {column: 0}
    assert (read_as.errors[0].value, read_as.errors[0].expected) == (header, column)


@pytest.mark.parametrize("header", ["Trade date", "status", "far", "Date", "_", "x"])
def test_a_header_that_could_mean_several_columns_or_none_is_not_guessed(header: str) -> None:
    assert read_header((header,)).places == {}


def test_what_desks_write_is_read() -> None:
    assert read_header(("Trade ID", "CCY Pair", "Buy/Sell", "Ccy", "Nominal")).is_complete


def test_a_title_above_the_header_is_one_error_and_the_rows_below_are_read() -> None:
    table = read(f"Trades of the day,,\n\n{HEADER}\n{FIRST}\n")
    assert table.columns == tuple(HEADER.split(","))
    assert table.row_numbers == (4,)
    assert [str(error).partition(";")[0] for error in table.errors] == [
        "row 1: 'Trades of the day' is not the header, which seems to be row 3"
    ]


def test_a_title_above_the_header_of_a_sheet_is_one_error() -> None:
    book = workbook(("=TODAY()",), (), tuple(HEADER.split(",")), tuple(FIRST.split(",")))
    table = read(saved(book))
    assert (len(table.rows), [error.row for error in table.errors]) == (1, [1])


def test_equal_problems_of_a_column_are_one_line_with_their_rows() -> None:
    sides = [RowError(row, "side", "B", "is none of the known words", "BUY or SELL") for row in (2, 3, 5, 7, 9, 11)]
    amounts = [RowError(row, "amount", f"{row},0", "has a comma", "none") for row in (2, 3, 4)]
    assert summary(in_order([*sides, *amounts, RowError(0, "", "", "is odd", "even")], ["amount", "side"])) == [
        "file: is odd; expected even",
        "3 rows (2-4), amount: '2,0' has a comma; expected none",
        "6 rows (2-3, 5, 7, 9, ...), side: 'B' is none of the known words; expected BUY or SELL",
    ]


def test_faults_of_shape_are_all_listed_in_the_order_of_the_rows() -> None:
    table = read(f"{HEADER},color\n{FIRST}\n\n{SECOND},x,y\n{SECOND},red\n")
    assert table.row_numbers == (5,)
    assert [(error.row, error.problem) for error in table.errors] == [
        (1, "is not a column of a batch"),
        (2, "has 6 cells under 7 headers"),
        (3, "is empty, with others below it"),
        (4, "has 8 cells under 7 headers"),
    ]


def test_as_many_rows_as_allowed_are_read() -> None:
    assert len(read(f"{HEADER}\n{FIRST}\n{SECOND}", lines_max=2).rows) == 2


def test_one_row_too_many_stops_the_reading_there() -> None:
    broken = "A-3,too,short"
    table = read(f"{HEADER}\n{FIRST}\n{SECOND}\n{FIRST}\n{broken}", lines_max=2)
    assert table.errors == (RowError(4, "", "", "makes more than 2 rows", "at most 2 rows: split the file"),)


def test_a_byte_that_is_not_utf_8_is_found_on_its_line() -> None:
    error = errors_of(f"{HEADER}\r\n{FIRST}\r\n".encode() + b"Z\xfcrich")[0]
    assert (error.row, error.problem) == (3, "byte 0xFC is not UTF-8")


def test_a_row_error_is_one_sentence_with_place_value_problem_and_remedy() -> None:
    assert str(RowError(7, "side", "B", "is none of the known words", "BUY or SELL")) == (
        "row 7, side: 'B' is none of the known words; expected BUY or SELL"
    )
    assert str(RowError(0, "", "", "the file is empty", "rows")) == "file: the file is empty; expected rows"


def test_a_workbook_gives_the_same_cells_as_a_csv() -> None:
    rows = [line.split(",") for line in (FIRST, SECOND)]
    table = read(sheet_bytes(HEADER.split(","), rows))
    assert (table.rows, table.row_numbers, table.form) == (tuple(map(tuple, rows)), (2, 3), "xlsx")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1000000, "1000000"),
        (1000000.5, "1000000.5"),
        (0.1 + 0.2, "0.3"),  # what a spreadsheet shows for 0.30000000000000004
        (1.10255, "1.10255"),
        (123456789012345, "123456789012345"),
        (0.000001, "0.000001"),
        (Decimal("2500000.00"), "2500000"),
        (True, "TRUE"),
        (datetime(2026, 12, 15), "2026-12-15"),  # noqa: DTZ001 -- spreadsheet dates have no zone
        (datetime(2026, 12, 15).date(), "2026-12-15"),  # noqa: DTZ001 -- spreadsheet dates have no zone
        ("007", "007"),
        (None, ""),
    ],
)
def test_a_workbook_cell_is_read_without_losing_a_digit(value: object, text: str) -> None:
    content = saved(workbook(tuple(HEADER.split(",")), (*FIRST.split(",")[:-1], value)))
    assert read(content).rows[0][-1] == text


def test_hidden_and_empty_sheets_beside_the_batch_do_not_matter() -> None:
    book = workbook(tuple(HEADER.split(",")), tuple(FIRST.split(",")))
    book.create_sheet("Lists")["A1"] = "EUR"
    book["Lists"].sheet_state = "hidden"
    book.create_sheet("Sheet2")
    assert read(saved(book)).rows == (tuple(FIRST.split(",")),)


def test_a_colored_cell_beside_the_table_does_not_widen_it() -> None:
    book = workbook(tuple(HEADER.split(",")), tuple(FIRST.split(",")))
    book.worksheets[0]["K2"].fill = PatternFill("solid", fgColor="FFFF00")
    assert read(saved(book)).rows == (tuple(FIRST.split(",")),)


def test_every_cell_of_a_workbook_that_is_no_value_is_named() -> None:
    book = workbook(tuple(HEADER.split(",")), ("A-1", "EUR/USD", "BUY", "=D2", 10**15, "MARKET"))
    book.worksheets[0]["F2"] = "#N/A"
    assert [(error.row, error.column, error.problem) for error in read(saved(book)).errors] == [
        (2, "dealt_currency", "is a formula"),
        (2, "amount", "is a number of more than 15 digits"),
        (2, "order_type", "is a spreadsheet error"),
    ]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trader.batch.parts._UNPACKED_BYTES_MAX", 1000)
    content = sheet_bytes(HEADER.split(","), [FIRST.split(",")])
    assert errors_of(content)[0].problem == "the workbook unpacks to more than 1,000 bytes"


def test_a_workbook_is_cut_anywhere_and_never_raises_anything_else() -> None:
    content = sheet_bytes(HEADER.split(","), [FIRST.split(",")])
    for size in range(4, len(content), 97):
        assert errors_of(content[:size])[0].row == 0


def test_a_workbook_with_a_flipped_byte_is_read_or_refused() -> None:
    content = sheet_bytes(HEADER.split(","), [FIRST.split(",")])
    refused = 0
    for place in range(4, len(content), 61):
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        try:
            table = read(bytes(damaged))
        except BatchError:
            refused += 1
        else:
            assert len(table.rows) == 1
    assert refused > 10


def test_the_same_cells_give_the_same_workbook() -> None:
    rows: list[list[str | Decimal]] = [["=A1", "#N/A", Decimal("1.50"), ""]]
    assert sheet_bytes(["a"], rows) == sheet_bytes(["a"], rows)


def test_text_in_a_written_workbook_is_text_whatever_it_looks_like() -> None:
    content = sheet_bytes(["a", "b", "c", "d"], [["=A1", "#N/A", Decimal("1.50"), "7"]])
    cells = openpyxl.load_workbook(BytesIO(content)).worksheets[0][2]
    assert [(cell.value, cell.data_type) for cell in cells] == [("=A1", "s"), ("#N/A", "s"), (1.5, "n"), ("7", "s")]


def test_a_workbook_that_claims_more_rows_than_a_sheet_can_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trader.batch.sheet._SHEET_ROWS_MAX", 3)
    content = sheet_bytes(["row_id", "pair"], [["R-1", "EUR/USD"], ["R-2", "EUR/USD"], ["R-3", "EUR/USD"]])
    with pytest.raises(BatchError) as wrong:
        read_table(content, "batch.xlsx", 100)
    assert "more than the 3 rows" in wrong.value.errors[0].problem


def changed(part: str, old: bytes, new: bytes) -> bytes:
    """A workbook of one row, with a piece of one part replaced."""
    packed = BytesIO()
    whole = zipfile.ZipFile(BytesIO(sheet_bytes(HEADER.split(","), [FIRST.split(",")])))
    with whole, zipfile.ZipFile(packed, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            assert name != part or old in content
            archive.writestr(name, content.replace(old, new) if name == part else content)
    return packed.getvalue()


def all_errors(content: bytes) -> tuple[RowError, ...]:
    """What is wrong, whether or not some rows could be read."""
    try:
        return read(content).errors
    except BatchError as refused:
        return refused.errors


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"<worksheet", b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet", "defines words of its own (a DOCTYPE)"),
        (b"<sheetData>", b"<!--" + b"x" * 70_000 + b"--><sheetData>", "a remark of more than 65,536 bytes"),
        (b"<sheetData>", b"<x" + b" " * 70_000 + b"/><sheetData>", "a remark of more than 65,536 bytes"),
        (b"<sheetData>", b"<sheetData><row r='9'/>", "row 1 stands below row 9"),
        (b'<row r="2">', b'<row r="1">', "row 1 stands below row 1"),
        (b'<c r="B2"', b'<c r="A2"', "the cells of row 2 are not in their order"),
        (b"</sheetData>", b"<row r='3'><c r='ZZ3'><v>1</v></c></row></sheetData>", "row 3 has more than 256 columns"),
    ],
)
def test_a_workbook_that_no_spreadsheet_writes_is_refused(old: bytes, new: bytes, problem: str) -> None:
    assert problem in all_errors(changed(SHEET, old, new))[0].problem


def test_a_workbook_of_more_cells_than_can_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trader.batch.parts._ELEMENTS_MAX", 100)
    rows = b"".join(b'<row r="%d"/>' % number for number in range(3, 103))
    (error,) = errors_of(changed(SHEET, b"</sheetData>", rows + b"</sheetData>"))
    assert error.problem == "the workbook has more than 100 rows and cells, empty ones included"


def test_rows_that_only_have_looks_do_not_matter_and_an_empty_row_between_is_named_once() -> None:
    rows = b"".join(b'<row r="%d" s="1"><c r="B%d" s="1"/></row>' % (number, number) for number in range(3, 900))
    content = changed(SHEET, b"</sheetData>", rows + b"</sheetData>")
    assert read(content).rows == (tuple(FIRST.split(",")),)
    last = b'<row r="900"><c r="A900" t="str"><v>T-9</v></c></row>'
    error, *_ = all_errors(changed(SHEET, b"</sheetData>", rows + last + b"</sheetData>"))
    assert (error.row, error.problem) == (3, "is empty, with others below it")


def test_a_text_file_of_very_many_columns_is_refused_at_once() -> None:
    (error,) = errors_of(b"a," * 1_000_000)
    assert (error.row, error.problem) == (1, "has 1,000,001 cells")
