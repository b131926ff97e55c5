"""The result file: the desk's own columns first, then what became of each row, safe to open in a spreadsheet."""

import csv
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from values import replace

from trader.batch.result import RESULT_COLUMNS, LegResult, LineResult, result_bytes
from trader.batch.table import Table, read_table

COLUMNS = ["comment", "row_id", "pair", "side", "ccy", "amount", "limit_rate"]
FILLED = LineResult(
    row_id="A-1",
    status="FILLED",
    filled_amount=Decimal("1E+6"),
    average_rate=Decimal("1.10250"),
    contra_currency="USD",
    contra_amount=Decimal("1102500.00"),
    near_value_date=date(2026, 11, 24),
    venue="simulator",
    order_id="O-1",
    trade_ids=("T-1", "T-2"),
    reason_code="",
    reason="",
    sent_at_ns=1_795_172_400_123_456_789,
    done_at_ns=1_795_172_400_999_999_999,
)
DENIED = replace(
    FILLED,
    row_id="A-2",
    status="DENIED",
    filled_amount=Decimal(0),
    average_rate=None,
    contra_amount=None,
    order_id="",
    trade_ids=(),
    reason_code="ORDER_NOTIONAL",
    reason="asked 30,000,000, free 25,000,000",
    sent_at_ns=0,
    done_at_ns=0,
)


def a_table(*comments: str, form: str = "csv") -> Table:
    rows = tuple(
        (comment, f" A-{number}", "EUR/USD", "BUY", "EUR", "1000000", "1.1")
        for number, comment in enumerate(comments, start=1)
    )
    return Table(
        "b", "0" * 64, tuple(COLUMNS), rows, tuple(range(2, len(rows) + 2)), "xlsx" if form == "xlsx" else "csv"
    )


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode(), newline="")))


def test_the_result_has_the_columns_of_the_input_in_their_order_and_then_its_own() -> None:
    rows = rows_of(result_bytes(a_table("one", "two"), [FILLED, DENIED]))
    assert rows[0] == [*COLUMNS, *RESULT_COLUMNS]
    assert rows[1] == [
        *("one", " A-1", "EUR/USD", "BUY", "EUR", "1000000", "1.1"),
        *("FILLED", "1000000", "1.10250", "USD", "1102500.00", "2026-11-24", "", "simulator", "O-1", "T-1 T-2"),
        *("", "", "2026-11-20T11:00:00.123456Z", "2026-11-20T11:00:00.999999Z", "", "", "", ""),
    ]
    assert rows[2][len(COLUMNS) :] == [
        *("DENIED", "0", "", "USD", "", "2026-11-24", "", "simulator", "", ""),
        *("ORDER_NOTIONAL", "asked 30,000,000, free 25,000,000", "", "", "", "", "", ""),
    ]


def test_an_amount_is_written_alike_however_many_zeros_its_venue_puts_behind_the_point() -> None:
    far_legs = tuple(
        LegResult(date(2026, 12, 24), Decimal(amount), Decimal("1.10405"), Decimal("1104050.00"))
        for amount in ("5000000.00", "5000000", "0.50", "0.5")
    )
    near = replace(FILLED, filled_amount=Decimal("5000000.000"), far_legs=far_legs)
    row = rows_of(result_bytes(a_table("one"), [near]))[1][len(COLUMNS) :]
    assert row[RESULT_COLUMNS.index("filled_amount")] == "5000000"
    assert row[RESULT_COLUMNS.index("far_filled_amount")] == "5000000 5000000 0.5 0.5"


def far_cells_of(result: LineResult) -> list[str]:
    return rows_of(result_bytes(a_table("one"), [result]))[1][-4:]


def far_dates_of(result: LineResult) -> str:
    return rows_of(result_bytes(a_table("one"), [result]))[1][len(COLUMNS) + RESULT_COLUMNS.index("far_value_date")]


SWAPPED = replace(
    FILLED, far_legs=(LegResult(date(2026, 12, 24), Decimal("1E+6"), Decimal("1.10405"), Decimal("1104050.00")),)
)


def test_a_swap_has_its_second_date_and_the_points_between_the_two() -> None:
    assert far_cells_of(SWAPPED) == ["1000000", "1.10405", "1104050.00", "0.00155"]
    assert far_dates_of(SWAPPED) == "2026-12-24"


def test_points_have_a_sign_and_are_a_number_in_a_workbook() -> None:
    below = replace(SWAPPED, average_rate=Decimal("1.11000"))
    assert far_cells_of(below)[-1] == "-0.00595"
    header, row = (
        openpyxl.load_workbook(BytesIO(result_bytes(a_table("one", form="xlsx"), [below]))).worksheets[0].values
    )
    assert dict(zip(header, row, strict=True))["forward_points"] == -0.00595


def test_the_further_dates_of_a_block_stand_in_their_order_with_blanks_between_them() -> None:
    last = LegResult(date(2027, 2, 24), Decimal(500), Decimal("1.11"), Decimal("555.00"))
    block = replace(SWAPPED, far_legs=(*SWAPPED.far_legs, last))
    assert far_dates_of(block) == "2026-12-24 2027-02-24"
    assert far_cells_of(block) == ["1000000 500", "1.10405 1.11", "1104050.00 555.00", "0.00155 0.00750"]


def test_a_further_date_that_was_not_dealt_keeps_its_place() -> None:
    undealt = LegResult(date(2027, 2, 24), Decimal(0), None, None)
    assert far_cells_of(replace(SWAPPED, far_legs=(undealt, *SWAPPED.far_legs))) == [
        "0 1000000",
        "none 1.10405",
        "none 1104050.00",
        "none 0.00155",
    ]
    assert far_cells_of(replace(DENIED, row_id="A-1", far_legs=(undealt,))) == ["0", "", "", ""]


def test_results_find_their_rows_whatever_their_order() -> None:
    table = a_table("one", "two")
    assert result_bytes(table, [DENIED, FILLED]) == result_bytes(table, [FILLED, DENIED])


@pytest.mark.parametrize("results", [[], [FILLED], [FILLED, FILLED], [FILLED, DENIED, replace(DENIED, row_id="A-3")]])
def test_results_that_are_not_one_for_each_row_are_a_bug(results: list[LineResult]) -> None:
    with pytest.raises(ValueError, match="expected one for each row"):
        result_bytes(a_table("one", "two"), results)


def test_a_result_of_another_row_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no result for row_id"):
        result_bytes(a_table("one", "two"), [FILLED, replace(DENIED, row_id="A-9")])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+1", "'-1+1"),
        ("+31 20 1234567", "'+31 20 1234567"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\n=1"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("-5.25", "-5.25"),
        ("a = b", "a = b"),
        ("'quoted", "'quoted"),
        ("Zürich 日本", "Zürich 日本"),
        ("bell\x07 and \ud800", "bell\ufffd and \ufffd"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_text_is_run_as_a_formula_and_numbers_stay_numbers(form: str, text: str, written: str) -> None:
    content = result_bytes(a_table(text, form=form), [replace(FILLED, reason=text)])
    if form == "csv":
        row = rows_of(content)[1]
        assert (row[0], row[len(COLUMNS) + RESULT_COLUMNS.index("reason")]) == (written, written)
    else:
        cells = openpyxl.load_workbook(BytesIO(content)).worksheets[0][2]
        assert (cells[0].value, cells[len(COLUMNS) + RESULT_COLUMNS.index("reason")].value) == (written, written)
        assert cells[0].data_type == "s"


def test_a_workbook_comes_back_as_a_workbook_with_numbers_in_it() -> None:
    content = result_bytes(a_table("one", "two", form="xlsx"), [FILLED, DENIED])
    header, first, second = openpyxl.load_workbook(BytesIO(content)).worksheets[0].values
    assert header == (*COLUMNS, *RESULT_COLUMNS)
    assert dict(zip(header, first, strict=True))["contra_amount"] == 1102500
    assert (first[5], first[6], first[1]) == (1000000, 1.1, " A-1")
    assert dict(zip(header, second, strict=True))["average_rate"] is None


def test_a_workbook_is_dressed_for_people() -> None:
    header, cells = "row_id,pair,side,ccy,amount,value date,comment", "A-1,EUR/USD,BUY,EUR,1000000.5,2026-11-24,=1"
    table = replace(read_table(f"{header}\n{cells}\n".encode(), "b", 1), form="xlsx")
    sheet = openpyxl.load_workbook(BytesIO(result_bytes(table, [FILLED]))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    shown = {title.value: (cell.value, cell.number_format) for title, cell in zip(sheet[1], sheet[2], strict=True)}
    assert shown["amount"] == (1000000.5, "#,##0.0")
    assert shown["average_rate"] == (1.1025, "#,##0.00000")
    assert shown["contra_amount"] == (1102500, "#,##0.00")
    assert shown["value date"] == (datetime(2026, 11, 24), "yyyy-mm-dd")  # noqa: DTZ001 -- as the library reads a date
    assert shown["near_value_date"] == shown["value date"]
    assert shown["sent_at"] == ("2026-11-20 11:00:00.123456 UTC", "General")
    widths = [column.width for column in sheet.column_dimensions.values()]
    assert all(8 <= width <= 40 for width in widths)
    assert sheet.column_dimensions[sheet[1][list(shown).index("done_at")].column_letter].width > len(
        shown["done_at"][0]
    )


def test_the_same_results_give_the_same_bytes_in_both_forms() -> None:
    for form in ("csv", "xlsx"):
        table = a_table("one", form=form)
        assert result_bytes(table, [FILLED]) == result_bytes(table, [FILLED])


def test_a_venue_column_of_the_input_is_kept_beside_the_venue_of_the_result() -> None:
    table = read_table(b"row_id,pair,side,ccy,amount,venue\nA-1,EUR/USD,BUY,EUR,1,ANY\n", "b.csv", 1)
    header, row = rows_of(result_bytes(table, [FILLED]))
    assert [cell for name, cell in zip(header, row, strict=True) if name == "venue"] == ["ANY", "simulator"]
