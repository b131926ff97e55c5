"""A workbook to rows of texts, without losing a digit: what the spreadsheet's edit line shows is what is read.

Number formats are not applied: a cell that shows 1.00 and holds 1.004 is 1.004, and the row will say so.
"""

import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.writer.excel import ExcelWriter

from trader.batch.errors import RowError

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_UNPACKED_BYTES_MAX = 1 << 30  # a million rows take well under this; a file that unpacks to more is an attack
_DIGITS_MAX = 15  # of a number in a spreadsheet; the next ones are lost or made up
_NO_TIME = datetime(1980, 1, 1)  # noqa: DTZ001 -- the workbook's own times have no zone
_SIGNIFICANT = f".{_DIGITS_MAX}g"


class _CellError(ValueError):
    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected


def sheet_records(content: bytes, errors: list[RowError]) -> Iterator[tuple[int, list[str]]]:
    """Each row's number in the sheet and its cells as text, padded to the width of the first row.

    Args:
        content: The workbook's bytes.
        errors: What is wrong is added here: cells that are no plain value, more than one sheet, or no workbook at all.
    """
    with warnings.catch_warnings():
        # The library warns of decoration that it does not read, such as drop-down lists.
        warnings.simplefilter("ignore", UserWarning)
        try:
            sheet = _the_sheet(content, errors)
            if sheet is not None:
                yield from _rows(sheet, errors)
        except Exception as wrong:  # noqa: BLE001 -- on damaged bytes the zip, XML and workbook readers raise anything
            problem = f"the workbook is damaged ({type(wrong).__name__}: {wrong})"
            errors.append(RowError(0, "", "", problem, "a workbook that a spreadsheet opens: save it anew"))


def _the_sheet(content: bytes, errors: list[RowError]) -> "ReadOnlyWorksheet | None":
    """The one visible sheet with something in it; none, after an error, when there are two."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _UNPACKED_BYTES_MAX:
            problem = f"the workbook unpacks to more than {_UNPACKED_BYTES_MAX:,} bytes"
            errors.append(RowError(0, "", "", problem, "a workbook with nothing but the batch in it"))
            return None
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and _holds_something(sheet)]
    if len(sheets) > 1:
        titles = ", ".join(sheet.title for sheet in sheets)
        errors.append(
            RowError(0, "", titles, "more than one sheet holds something", "one sheet; hide or delete the rest")
        )
        return None
    return sheets[0] if sheets else None


def _holds_something(sheet: "ReadOnlyWorksheet") -> bool:
    sheet.reset_dimensions()  # the size that a file claims is often wrong, and rows beyond it would be dropped
    return any(cell.value is not None for cells in sheet.rows for cell in cells)


def _rows(sheet: "ReadOnlyWorksheet", errors: list[RowError]) -> Iterator[tuple[int, list[str]]]:
    header: list[str] = []
    for row_number, cells in enumerate(sheet.rows, start=1):
        texts: list[str] = []
        for index, cell in enumerate(cells):
            try:
                texts.append(_text(cell.value, cell.data_type))
            except _CellError as wrong:
                column = header[index] if index < len(header) else f"column {index + 1}"
                errors.append(RowError(row_number, column, str(cell.value), wrong.problem, wrong.expected))
                texts.append(str(cell.value))
        while texts and not texts[-1]:  # cells that hold only a color or a border
            texts.pop()
        texts.extend("" for _ in range(len(header) - len(texts)))
        header = header or texts
        yield row_number, texts


def _text(value: object, data_type: str) -> str:
    if data_type == "f":
        raise _CellError("a formula", "its value: copy the cells and paste values only")
    if data_type == "e":
        raise _CellError("a spreadsheet error", "a value")
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float() | Decimal():
            return _number_text(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case _:
            raise _CellError("a moment or a duration", "a date, or text")


def _number_text(value: float | Decimal) -> str:
    if abs(value) >= 10**_DIGITS_MAX:
        raise _CellError(
            f"a number of more than {_DIGITS_MAX} digits", "a text cell: a spreadsheet rounds such a number"
        )
    return f"{Decimal(format(value, _SIGNIFICANT)):f}"


def sheet_bytes(header: Sequence[str], rows: Iterable[Sequence[str | Decimal | None]]) -> bytes:
    """A workbook of one sheet; the same cells give the same bytes.

    Args:
        header: The first row.
        rows: The others. A decimal becomes a number, a text stays a text whatever it looks like.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("batch")
    sheet.append(header)
    for row in rows:
        sheet.append([_plain(sheet, cell) for cell in row])
    book.properties = DocumentProperties(created=_NO_TIME, modified=_NO_TIME)
    packed = BytesIO()
    ExcelWriter(book, zipfile.ZipFile(packed, "w")).save()
    return _without_times(packed)


def _plain(sheet: "WriteOnlyWorksheet", value: str | Decimal | None) -> object:
    if not isinstance(value, str) or value[:1] not in {"=", "#"}:
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # the library would make a formula of =A1, and an error of #N/A
    return cell


def _without_times(packed: BytesIO) -> bytes:
    """The same archive with the same date on all its parts: the library dates them by the clock."""
    repacked = BytesIO()
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(repacked, "w") as undated:
        for name in archive.namelist():
            undated.writestr(zipfile.ZipInfo(name), archive.read(name), zipfile.ZIP_DEFLATED)
    return repacked.getvalue()
