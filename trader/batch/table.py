"""File bytes to a table of texts: the shape of the file, before anything is made of its cells.

What is inside decides whether it is CSV or XLSX, not the name. No type is guessed: a cell is the text that is in it.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from trader.batch.columns import resolve
from trader.batch.errors import BatchError, RowError
from trader.domain import ids

__all__ = ["BatchError", "RowError", "Table", "read_table"]

Record = tuple[int, list[str]]  # the row's number in the file, and its cells

_SAVE_AS = "a workbook (.xlsx), or CSV in UTF-8 with commas between the cells"
_KINDS_REFUSED = {
    b"\xff\xfe": "the file is UTF-16 text",
    b"\xfe\xff": "the file is UTF-16 text",
    b"\xd0\xcf\x11\xe0": "the file is an old .xls workbook, or one locked with a password",
    b"%PDF": "the file is a PDF",
}
_WORKBOOK = b"PK\x03\x04"
_LINE_BREAK = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Table:
    """The file as rows of texts, with what is needed to hand it back.

    Attributes:
        name: The file's name.
        content_hash: SHA-256 of the file's bytes, in hexadecimal.
        columns: The headers, as in the file.
        rows: The cells below the header, as in the file; each row has as many as there are columns.
        row_numbers: For each row its line in the text file or its number in the spreadsheet; the header is 1.
        form: What the file is, and what the result file will be.
    """

    name: str
    content_hash: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]
    form: Literal["csv", "xlsx"]


def read_table(content: bytes, name: str, lines_max: int) -> Table:
    """Read a batch file.

    Args:
        content: The file's bytes.
        name: The file's name, for people.
        lines_max: The most rows a batch may have, the header not counted; never more than order ids can number
            (``ids.LINES_MAX``). Reading stops at the first one more.

    Raises:
        BatchError: The bytes are not a table with the columns of a batch and 1 to ``lines_max`` rows.
    """
    if not content:
        raise BatchError([RowError(0, "", "", "the file is empty", "a header row and one row for each trade")])
    for start, kind in _KINDS_REFUSED.items():
        if content.startswith(start):
            raise BatchError([RowError(0, "", "", kind, _SAVE_AS)])
    errors: list[RowError] = []
    if content.startswith(_WORKBOOK):
        # Loading the spreadsheet library takes longer than a whole CSV batch, so only a workbook pays for it.
        from trader.batch.sheet import sheet_records  # noqa: PLC0415 -- see above

        form: Literal["csv", "xlsx"] = "xlsx"
        records = sheet_records(content, errors)
    else:
        form = "csv"
        records = _csv_records(_decode(content), errors)
    columns, rows, row_numbers = _collect(records, min(lines_max, ids.LINES_MAX), errors)
    if errors:
        raise BatchError(sorted(errors, key=lambda error: error.row))
    return Table(name, ids.content_hash(content), columns, rows, row_numbers, form)


def _decode(content: bytes) -> str:
    nul = content.find(b"\0")
    if nul >= 0:
        problem = "a NUL byte, which no text has"
        raise BatchError([RowError(_line_at(content, nul), "", "", problem, _SAVE_AS)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        problem = f"byte 0x{wrong.object[wrong.start]:02X} is not UTF-8"
        raise BatchError([RowError(_line_at(content, wrong.start), "", "", problem, _SAVE_AS)]) from None


def _line_at(content: bytes, offset: int) -> int:
    return 1 + sum(1 for _ in _LINE_BREAK.finditer(content, 0, offset))


def _csv_records(text: str, errors: list[RowError]) -> Iterator[Record]:
    """Each record with the line it starts on; text that is not CSV ends the records with an error."""
    header = text.lstrip("\r\n").partition("\n")[0].partition("\r")[0]
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if separator in header and "," not in header:
            # Where a spreadsheet writes semicolons it also reads 1.234 as 1234, so the result file would be misread.
            errors.append(RowError(1, "", "", f"the cells are separated by {called}", _SAVE_AS))
            return
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    row_number = 1
    try:
        for cells in reader:
            yield row_number, cells
            row_number = reader.line_num + 1
    except csv.Error as wrong:
        expected = 'cells with a comma, quote or line break in double quotes, and a quote inside them doubled: ""'
        errors.append(RowError(row_number, "", "", f"the row is not CSV ({wrong})", expected))


def _collect(
    records: Iterable[Record], lines_max: int, errors: list[RowError]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[int, ...]]:
    """Header, rows and row numbers; what is wrong with their shape is added to ``errors``."""
    columns: tuple[str, ...] | None = None
    rows: list[tuple[str, ...]] = []
    row_numbers: list[int] = []
    blank_row = 0
    for row_number, cells in records:
        if not any(map(str.strip, cells)):
            blank_row = blank_row or row_number
            continue
        if blank_row:
            errors.append(RowError(blank_row, "", "", "an empty row above others", "rows without gaps: delete it"))
            blank_row = 0
        if columns is None:
            columns = tuple(cells)
            errors += _header_errors(columns)
            continue
        if len(rows) == lines_max:
            problem = f"more than {lines_max:,} rows"
            errors.append(RowError(row_number, "", "", problem, f"at most {lines_max:,} rows: split the file"))
            break
        if len(cells) != len(columns):
            problem = f"{len(cells)} cells under {len(columns)} headers"
            expected = "one cell for each header, and quotes round a text with a comma in it"
            errors.append(RowError(row_number, "", "", problem, expected))
        rows.append(tuple(cells))
        row_numbers.append(row_number)
    if not rows and not errors:
        errors.append(RowError(0, "", "", "the file has no rows", "a header row and one row for each trade"))
    return columns or (), tuple(rows), tuple(row_numbers)


def _header_errors(columns: tuple[str, ...]) -> tuple[RowError, ...]:
    try:
        resolve(columns)
    except BatchError as wrong:
        return wrong.errors
    return ()
