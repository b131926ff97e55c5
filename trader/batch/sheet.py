"""A workbook to rows of texts, without losing a digit: what the spreadsheet's edit line shows is what is read.

Number formats are not applied: a cell that shows 1.00 and holds 1.004 is 1.004, and the row will say so.
"""

import warnings
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, iterparse

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser
from openpyxl.writer.excel import ExcelWriter

from trader.batch.errors import CellFault, RowError
from trader.batch.fields import CellError
from trader.batch.parts import TooMuchError, check_parts

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Cell = str | Decimal | date | None

_SHEET_ROWS_MAX = 1_048_576
_SHEET_COLUMNS_MAX = 256  # many times those of a batch; a cell far to the right would make every row as wide
_DIGITS_MAX = 15  # of a number in a spreadsheet; the next ones are lost or made up
_NO_TIME = datetime(1980, 1, 1)  # noqa: DTZ001 -- the workbook's own times have no zone
_DATE_FORMAT = "yyyy-mm-dd"
_WIDTH_MIN, _WIDTH_MAX, _MARGIN = 8, 40, 2  # characters
_SIGNIFICANT = f".{_DIGITS_MAX}g"


def sheet_records(
    content: bytes, errors: list[RowError], cell_faults: list[CellFault]
) -> Iterator[tuple[int, list[str]]]:
    """The rows of the only sheet: each row's number and its cells as text, as far as something stands in them.

    Args:
        content: The workbook's bytes.
        errors: What is wrong with the workbook is added here: more than one sheet, or no workbook at all.
        cell_faults: Cells that hold no plain value are added here.
    """
    for _, row_number, texts in named_sheet_records(content, (), errors, cell_faults):
        yield row_number, texts


def named_sheet_records(
    content: bytes, titles: Sequence[str], errors: list[RowError], cell_faults: list[CellFault]
) -> Iterator[tuple[str, int, list[str]]]:
    """The rows of one sheet, or of several with titles that may stand beside each other.

    Args:
        content: The workbook's bytes.
        titles: Those titles, in small letters; none where there may be one sheet only, whatever its title.
        errors: What is wrong with the workbook is added here: other sheets, or no workbook at all.
        cell_faults: Cells that hold no plain value are added here.

    Yields:
        The sheet's title, the row's number in it and its cells as text, as far as something stands in them.
    """
    with warnings.catch_warnings():
        # The library warns of decoration that it does not read, such as drop-down lists.
        warnings.simplefilter("ignore", UserWarning)
        try:
            for sheet in _sheets(content, titles, errors):
                for row_number, texts in _rows(sheet, cell_faults):
                    yield sheet.title, row_number, texts
        except Exception as wrong:  # noqa: BLE001 -- on damaged bytes the zip, XML and workbook readers raise anything
            problem = f"the workbook is damaged ({type(wrong).__name__}: {wrong})"
            errors.append(RowError(0, "", "", problem, "a workbook that a spreadsheet opens: save it anew"))


def _sheets(content: bytes, titles: Sequence[str], errors: list[RowError]) -> "list[ReadOnlyWorksheet]":
    """The visible sheets with something in them; none, after an error, when they may not stand beside each other."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            check_parts(archive)
    except TooMuchError as wrong:
        errors.append(RowError(0, "", "", str(wrong), "a workbook with nothing but the batch in it, and nothing below"))
        return []
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    sheets: list[ReadOnlyWorksheet] = [
        sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and _holds_something(sheet)
    ]
    if len(sheets) > 1 and not {sheet.title.lower() for sheet in sheets} <= set(titles):
        found = ", ".join(sheet.title for sheet in sheets)
        expected = f"one sheet{''.join(f' or {title}' for title in titles)}; hide or delete the rest"
        errors.append(RowError(0, "", found, "are sheets that all hold something", expected))
        return []
    return sheets


def _holds_something(sheet: "ReadOnlyWorksheet") -> bool:
    return any(cell["value"] is not None for _, cells in _numbered(sheet) for cell in cells)


class _SheetParser(WorkSheetParser):
    """The library's reader of a sheet, for sheets of others: only rows, and only the cells that hold something."""

    def parse(self) -> Generator[tuple[int, list[dict[str, Any]]], None, None]:
        """The rows as they stand in the file: each one's number and its cells."""
        for _, element in iterparse(self.source):  # noqa: S314 -- see check_parts
            if element.tag == ROW_TAG:
                yield self.parse_row(element)
                element.clear()

    def parse_row(self, row: Any) -> tuple[int, list[dict[str, Any]]]:  # noqa: ANN401 -- the library's own signature
        """A row without its looks, and without the cells that only have looks, of which there may be a million."""
        is_placed = all("r" in cell.attrib for cell in row)  # else a cell's place is counted from those before it
        cells = [cell for cell in row if len(cell)] if is_placed else list(row)
        if not cells and "r" in row.attrib:
            self.row_counter = int(row.attrib["r"])
            return self.row_counter, []
        plain = Element(row.tag, {"r": row.attrib["r"]} if "r" in row.attrib else {})
        plain.extend(cells)
        number, values = super().parse_row(plain)  # type: ignore[arg-type] # its stub knows no ElementTree
        return number, values

    def parse_formula(self, _element: Any) -> str:  # noqa: ANN401 -- as above
        """That it is one is all that is asked; to work out what it says could take any time."""
        return "="


def _numbered(sheet: "ReadOnlyWorksheet") -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows in which there are cells, with their numbers.

    Raises:
        ValueError: There are more rows or columns than can be, or not in their order: one would be read over another.
    """
    inside: Any = sheet  # its own way to its rows makes up all empty cells, so its insides are needed
    book, last = inside.parent, 0
    with inside._get_source() as source:  # noqa: SLF001 -- as above
        parser = _SheetParser(
            source,
            inside._shared_strings,  # noqa: SLF001 -- as above
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 -- as above
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 -- as above
        )
        for number, cells in parser.parse():
            if number > _SHEET_ROWS_MAX:
                raise ValueError(f"it has more than the {_SHEET_ROWS_MAX:,} rows that a sheet can have")
            if number <= last:
                raise ValueError(f"row {number} stands below row {last}")
            last = number
            if not cells:
                continue
            columns = [0, *(cell["column"] for cell in cells)]
            if any(left >= right for left, right in pairwise(columns)):
                raise ValueError(f"the cells of row {number} are not in their order")
            if columns[-1] > _SHEET_COLUMNS_MAX:
                raise ValueError(f"row {number} has more than {_SHEET_COLUMNS_MAX} columns")
            yield number, cells


def _rows(sheet: "ReadOnlyWorksheet", cell_faults: list[CellFault]) -> Iterator[tuple[int, list[str]]]:
    """The rows with something in them, and the first of the empty rows between two of them."""
    awaited = 1
    for row_number, cells in _numbered(sheet):
        texts: list[str] = []
        for cell in cells:
            place, value = cell["column"] - 1, cell["value"]
            texts += [""] * (place - len(texts))
            try:
                texts.append(_text(value, cell["data_type"]))
            except CellError as wrong:
                cell_faults.append(CellFault(row_number, place, str(value), wrong.problem, wrong.expected))
                texts.append(str(value))
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if row_number > awaited:
            yield awaited, []
        yield row_number, texts
        awaited = row_number + 1


def _text(value: object, data_type: str) -> str:
    if data_type == "f":
        raise CellError("is a formula", "its value: copy the cells and paste values only")
    if data_type == "e":
        raise CellError("is a spreadsheet error", "a value")
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
            raise CellError("is a moment or a duration", "a date, or text")


def _number_text(value: float | Decimal) -> str:
    if abs(value) >= 10**_DIGITS_MAX:
        raise CellError(
            f"is a number of more than {_DIGITS_MAX} digits", "a text cell: a spreadsheet rounds such a number"
        )
    return f"{Decimal(format(value, _SIGNIFICANT)):f}"


def sheet_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A plain workbook of one sheet, as :func:`sheets_bytes` makes it."""
    return sheets_bytes({"batch": (header, rows)})


def sheets_bytes(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """A plain workbook; the same cells give the same bytes.

    Args:
        sheets: By title, the first row and the others. A decimal becomes a number, a date a date, a text stays a text
            whatever it looks like.
    """
    book = openpyxl.Workbook(write_only=True)
    for title, (header, rows) in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(header)
        for row in rows:
            sheet.append([_plain(sheet, cell) for cell in row])
    return _packed(book)


def dressed_sheet_bytes(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """As :func:`sheet_bytes`, for people to read: a header in bold that stays in sight, wide columns, number formats.

    Numbers get thousands separators and the decimals they come with; dates are shown as YEAR-MONTH-DAY.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("batch")
    sheet.freeze_panes = "A2"
    for place, cells in enumerate(zip(header, *rows, strict=True), start=1):
        width = max(len(_shown(cell)) for cell in cells) + _MARGIN
        sheet.column_dimensions[get_column_letter(place)].width = min(max(width, _WIDTH_MIN), _WIDTH_MAX)
    titles = [WriteOnlyCell(sheet, title) for title in header]
    for title in titles:
        title.font = Font(bold=True)
        title.data_type = "s"
    sheet.append(titles)
    # A cell is written as soon as its row is appended: one for each look and place serves all rows, which is faster.
    cells_by_look: dict[tuple[int, str], SheetCell] = {}

    def dressed(place: int, value: Cell) -> object:
        if not value or isinstance(value, str):
            return _plain(sheet, value or None)
        look = _DATE_FORMAT if isinstance(value, date) else _number_format(value)
        cell = cells_by_look.get((place, look))
        if cell is None:
            cell = cells_by_look[place, look] = WriteOnlyCell(sheet)
            cell.number_format = look
        cell.value = value
        return cell

    for row in rows:
        sheet.append([dressed(place, value) for place, value in enumerate(row)])
    return _packed(book)


def _shown(value: Cell) -> str:
    return f"{value:,f}" if isinstance(value, Decimal) else str(value or "").partition("\n")[0]


@cache
def _format_of(decimals: int) -> str:
    return "#,##0." + "0" * decimals if decimals else "#,##0"


def _number_format(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "no cell holds NaN or infinity"
    return _format_of(max(0, -exponent))


def _plain(sheet: "WriteOnlyWorksheet", value: Cell) -> object:
    if not isinstance(value, str) or value[:1] not in {"=", "#"}:
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # the library would make a formula of =A1, and an error of #N/A
    return cell


def _packed(book: openpyxl.Workbook) -> bytes:
    """The workbook's bytes, with the same date on all its parts: the library dates them by the clock."""
    book.properties = DocumentProperties(created=_NO_TIME, modified=_NO_TIME)
    packed = BytesIO()
    ExcelWriter(book, zipfile.ZipFile(packed, "w")).save()
    repacked = BytesIO()
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(repacked, "w") as undated:
        for name in archive.namelist():
            undated.writestr(zipfile.ZipInfo(name), archive.read(name), zipfile.ZIP_DEFLATED)
    return repacked.getvalue()
