"""File bytes to a table of texts: the shape of the file, before anything is made of its cells.

What is inside decides whether it is CSV or XLSX, not the name. No type is guessed: a cell is the text that is in it.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from typing import Literal

from trader.batch.columns import read_header
from trader.batch.errors import BatchError, CellFault, RowError, in_order
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
_EMPTY_ROW = ("is empty, with others below it", "rows without gaps: delete it")
_TITLE_ROWS_MAX, _HEADERS_MIN = 10, 3  # where else a header may be, and how many of its names make it one
_COLUMNS_MAX = 256  # many times those of a batch
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
        errors: What is wrong with the file's shape, in its order. A row named in them as a whole is not among the rows;
            a table with errors is for finding the others (see ``trader.batch.batch.validate``), never for trading.
    """

    name: str
    content_hash: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]
    form: Literal["csv", "xlsx"]
    errors: tuple[RowError, ...] = ()


def read_table(content: bytes, name: str, lines_max: int) -> Table:
    """Read a batch file.

    Args:
        content: The file's bytes.
        name: The file's name, for people.
        lines_max: The most rows a batch may have, the header not counted; never more than order ids can number
            (``ids.LINES_MAX``). Reading stops at the first one more.

    Raises:
        BatchError: The bytes are no table, or lack a required column or every row: nothing more can be found.
    """
    if not content:
        raise BatchError([RowError(0, "", "", "the file is empty", "a header row and one row for each trade")])
    for start, kind in _KINDS_REFUSED.items():
        if content.startswith(start):
            raise BatchError([RowError(0, "", "", kind, _SAVE_AS)])
    row_errors: list[RowError] = []
    cell_faults: list[CellFault] = []
    form: Literal["csv", "xlsx"] = "xlsx" if content.startswith(_WORKBOOK) else "csv"
    if form == "xlsx":
        # Loading the spreadsheet library takes longer than a whole CSV batch, so only a workbook pays for it.
        from trader.batch.sheet import sheet_records  # noqa: PLC0415 -- see above

        records = sheet_records(content, row_errors, cell_faults)
    else:
        records = _csv_records(_decode(content), row_errors)
    header_row, columns, numbered = _below_header(records, row_errors)
    header = read_header(columns, header_row) if columns else None
    rows, row_numbers = _collect(numbered, len(columns), min(lines_max, ids.LINES_MAX), row_errors, pad=form == "xlsx")
    row_errors += header.errors if header else ()
    row_errors += [fault.under(columns) for fault in cell_faults if fault.row >= header_row]
    if not rows and not row_errors:
        row_errors.append(RowError(0, "", "", "the file has no rows", "a header row and one row for each trade"))
    errors = in_order(row_errors, columns)
    if errors and not (rows and header and header.is_complete):
        raise BatchError(errors)
    return Table(name, ids.content_hash(content), columns, rows, row_numbers, form, errors)


def _decode(content: bytes) -> str:
    nul = content.find(b"\0")
    if nul >= 0:
        problem = "holds a NUL byte, which no text has"
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
            if len(cells) > _COLUMNS_MAX:
                problem = f"has {len(cells):,} cells"
                errors.append(RowError(row_number, "", "", problem, f"at most {_COLUMNS_MAX}, one for each header"))
                return
            yield row_number, cells
            row_number = reader.line_num + 1
    except csv.Error as wrong:
        expected = 'cells with a comma, quote or line break in double quotes, and a quote inside them doubled: ""'
        errors.append(RowError(row_number, "", "", f"is not CSV ({wrong})", expected))


def _below_header(records: Iterator[Record], errors: list[RowError]) -> tuple[int, tuple[str, ...], Iterator[Record]]:
    """The header's row number and cells, and the records below it; no cells when there are none.

    The header is the first row that is not empty. When a row soon after looks more like one, what stands above that
    one is an error, and the reading goes on below it.
    """
    above: list[Record] = []
    for record in records:
        if any(map(str.strip, record[1])):
            break
        above.append(record)
    else:
        return 0, (), records
    if above:
        errors.append(RowError(above[0][0], "", "", *_EMPTY_ROW))
    head = [record]
    if not read_header(record[1]).is_complete:
        head += islice(records, _TITLE_ROWS_MAX)
    known = [read_header(cells).known for _, cells in head]
    place = known.index(max(known))
    row_number, cells = head[place]
    if place and known[place] < _HEADERS_MIN:
        place, (row_number, cells) = 0, record
    if place:
        title = next(cell for cell in record[1] if cell.strip())
        problem = f"is not the header, which seems to be row {row_number}"
        errors.append(RowError(record[0], "", title, problem, "the header as the first row: delete what is above it"))
    return row_number, tuple(cells), chain(head[place + 1 :], records)


def _collect(
    records: Iterator[Record], width: int, lines_max: int, errors: list[RowError], *, pad: bool
) -> tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]:
    """Rows and row numbers; a row of the wrong shape is left out and added to ``errors``."""
    rows: list[tuple[str, ...]] = []
    row_numbers: list[int] = []
    rows_left_out = blank_row = 0
    for row_number, cells in records:
        if not any(map(str.strip, cells)):
            blank_row = blank_row or row_number
            continue
        if blank_row:
            errors.append(RowError(blank_row, "", "", *_EMPTY_ROW))
            blank_row = 0
        if len(rows) + rows_left_out == lines_max:
            problem = f"makes more than {lines_max:,} rows"
            errors.append(RowError(row_number, "", "", problem, f"at most {lines_max:,} rows: split the file"))
            break
        if pad:  # a sheet has no cells where nothing stands
            cells.extend([""] * (width - len(cells)))
        if len(cells) != width:
            problem = f"has {len(cells)} cells under {width} headers"
            expected = "one cell for each header, and quotes round a text with a comma in it"
            errors.append(RowError(row_number, "", "", problem, expected))
            rows_left_out += 1
            continue
        rows.append(tuple(cells))
        row_numbers.append(row_number)
    return tuple(rows), tuple(row_numbers)
