"""The desk's own file with the results filled in: its columns in its order, then what became of each row."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from io import StringIO

from msgspec import Struct

from trader.batch.columns import DATE_COLUMNS, NUMBER_COLUMNS, read_header
from trader.batch.fields import BLANKS, CellError, read_date
from trader.batch.table import Table
from trader.domain.moments import NS_PER_S, NS_PER_US

RESULT_COLUMNS = (
    "status",
    "filled_amount",
    "average_rate",
    "contra_currency",
    "contra_amount",
    "near_value_date",
    "far_value_date",
    "venue",
    "order_id",
    "trade_ids",
    "reason_code",
    "reason",
    "sent_at",
    "done_at",
    "far_filled_amount",
    "far_average_rate",
    "far_contra_amount",
    "forward_points",
)

Maker = Callable[[str], str | Decimal | date]

_NOT_DEALT = "none"
_NO_FAR_CELLS = ("",) * 4
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
# The second four are the signs of the first as East Asian keyboards write them: spreadsheets there take either.
_FORMULA_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")
_SUSPICIOUS = re.compile(" [=+@\uff1d\uff0b\uff0d\uff20-]")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # neither XML nor UTF-8 can hold these


class LegResult(Struct, frozen=True, gc=False):
    """What was dealt on one leg.

    Attributes:
        value_date: When the leg is paid.
        filled_amount: Units of the dealt currency that were dealt, 0 or more.
        average_rate: Terms per base over all fills; None when there were none.
        contra_amount: Units of the contra currency, 0 or more; None when there were no fills.
    """

    value_date: date
    filled_amount: Decimal
    average_rate: Decimal | None
    contra_amount: Decimal | None


class LineResult(Struct, frozen=True, gc=False):
    """What became of one row. Amounts and rate are those of its only leg, or of the first.

    Attributes:
        row_id: The row's.
        status: The line's state, in one word.
        filled_amount: Units of the dealt currency that were dealt, 0 or more.
        average_rate: Terms per base over all fills; None when there were none.
        contra_currency: The pair's other currency.
        contra_amount: Units of the contra currency, 0 or more; None when there were no fills.
        near_value_date: When the only leg, or a swap's first, is paid.
        venue: Where it was dealt.
        order_id: OrderID(37), or "".
        trade_ids: The venue's names of the trades.
        reason_code: Why not, as a code, or "".
        reason: Why not, in words, or "".
        sent_at_ns: UTC nanoseconds when the first order left; 0 when none did.
        done_at_ns: UTC nanoseconds when the line was final; 0 when it is not.
        far_legs: What was dealt on the legs after the near one, in the order of their value dates.
    """

    row_id: str
    status: str
    filled_amount: Decimal
    average_rate: Decimal | None
    contra_currency: str
    contra_amount: Decimal | None
    near_value_date: date | None
    venue: str
    order_id: str
    trade_ids: tuple[str, ...]
    reason_code: str
    reason: str
    sent_at_ns: int
    done_at_ns: int
    far_legs: tuple[LegResult, ...] = ()


def result_bytes(table: Table, results: Sequence[LineResult]) -> bytes:
    """The result file, in the form of the input: UTF-8 CSV, or a workbook. The same arguments give the same bytes.

    Args:
        table: The input.
        results: One for each row, in any order.

    Raises:
        ValueError: The results are not one for each row.
    """
    header = [*table.columns, *RESULT_COLUMNS]
    rows = _rows(table, results)
    if table.form == "csv":
        return _csv(header, rows)
    # Loading the spreadsheet library takes longer than writing a CSV, so only a workbook pays for it.
    from trader.batch.sheet import dressed_sheet_bytes  # noqa: PLC0415 -- see above

    makers = [
        (place, _TYPES[column]) for column, place in read_header(table.columns).places.items() if column in _TYPES
    ]
    makers += [
        (place, _RESULT_TYPES[column])
        for place, column in enumerate(RESULT_COLUMNS, start=len(table.columns))
        if column in _RESULT_TYPES
    ]
    return dressed_sheet_bytes(header, [_typed(row, makers) for row in rows])


def _rows(table: Table, results: Sequence[LineResult]) -> Iterator[list[str]]:
    row_id_place = read_header(table.columns).places["row_id"]
    by_row_id = {result.row_id: result for result in results}
    if not len(by_row_id) == len(results) == len(table.rows):
        raise ValueError(f"{len(results)} results for {len(table.rows)} rows; expected one for each row")
    for cells in table.rows:
        result = by_row_id.get(cells[row_id_place].strip(BLANKS))
        if result is None:
            raise ValueError(f"no result for row_id {cells[row_id_place]!r}; expected one for each row")
        row = [*cells, *_result_cells(result)]
        line = " " + " ".join(row)  # one look at the whole row is four times as fast as one at each cell
        yield row if line.isprintable() and not _SUSPICIOUS.search(line) else [_harmless(cell) for cell in row]


def _result_cells(result: LineResult) -> tuple[str, ...]:
    return (
        result.status,
        _dealt(result.filled_amount),
        _decimal(result.average_rate),
        result.contra_currency,
        _decimal(result.contra_amount),
        result.near_value_date.isoformat() if result.near_value_date else "",
        " ".join(leg.value_date.isoformat() for leg in result.far_legs),
        result.venue,
        result.order_id,
        " ".join(result.trade_ids),
        result.reason_code,
        result.reason,
        _moment(result.sent_at_ns),
        _moment(result.done_at_ns),
        *(_far_cells(result.average_rate, result.far_legs) if result.far_legs else _NO_FAR_CELLS),
    )


def _far_cells(near_rate: Decimal | None, legs: Sequence[LegResult]) -> Iterator[str]:
    """The last four cells, each for all far legs: a block has several, with blanks between them."""
    yield " ".join(_dealt(leg.filled_amount) for leg in legs)
    yield _joined([leg.average_rate for leg in legs])
    yield _joined([leg.contra_amount for leg in legs])
    yield _joined([_forward_points(near_rate, leg.average_rate) for leg in legs])


def _forward_points(near_rate: Decimal | None, far_rate: Decimal | None) -> Decimal | None:
    return None if near_rate is None or far_rate is None else far_rate - near_rate


def _joined(values: Sequence[Decimal | None]) -> str:
    """The values in their places; nothing when there is none at all."""
    if all(value is None for value in values):
        return ""
    return " ".join(_decimal(value) or _NOT_DEALT for value in values)


def _dealt(amount: Decimal) -> str:
    """A dealt amount without the zeros that a venue may put behind the point: the same amount reads the same."""
    return f"{amount.normalize():f}"


def _decimal(value: Decimal | None) -> str:
    """Written out, because a spreadsheet would read 1E+6 as a number of its own choosing; nothing for none."""
    return "" if value is None else f"{value:f}"


def _harmless(text: str) -> str:
    """Text that no spreadsheet runs and that stays in its row.

    What would be taken for a formula gets an apostrophe in front. A lone carriage return ends a row for some readers of
    CSV and not for others, so every line break is a line feed.
    """
    is_formula = text[:1] in _FORMULA_STARTS and not _NUMBER.fullmatch(text)
    text = _NOT_TEXT.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if is_formula else text


def _typed(row: list[str], makers: Sequence[tuple[int, Maker]]) -> list[str | Decimal | date]:
    """The cells for a workbook: what is a number, a date or a moment becomes one, what is not stays as it is."""
    cells: list[str | Decimal | date] = [*row]
    for place, make in makers:
        if row[place]:
            cells[place] = make(row[place])
    return cells


def _number_or_text(text: str) -> str | Decimal:
    number = text.strip(BLANKS)
    return Decimal(number) if _NUMBER.fullmatch(number) else text


def _date_or_text(text: str) -> str | date:
    with suppress(CellError):
        return read_date(text.strip(BLANKS)) or text
    return text


def _readable_moment(text: str) -> str:
    """A text, because a spreadsheet's own moments lose the microseconds."""
    return text.replace("T", " ").replace("Z", " UTC")


_TYPES: dict[str, Maker] = dict.fromkeys(NUMBER_COLUMNS, _number_or_text) | dict.fromkeys(DATE_COLUMNS, _date_or_text)
_RESULT_TYPES: dict[str, Maker] = {
    "filled_amount": _number_or_text,
    "average_rate": _number_or_text,
    "contra_amount": _number_or_text,
    "near_value_date": _date_or_text,
    "far_value_date": _date_or_text,
    "far_filled_amount": _number_or_text,
    "far_average_rate": _number_or_text,
    "far_contra_amount": _number_or_text,
    "forward_points": _number_or_text,
    "sent_at": _readable_moment,
    "done_at": _readable_moment,
}


def _moment(ts_ns: int) -> str:
    """ISO 8601 with microseconds and Z, or nothing for a moment that has not been."""
    if not ts_ns:
        return ""
    seconds, rest_ns = divmod(ts_ns, NS_PER_S)
    return f"{_second(seconds)}.{rest_ns // NS_PER_US:06d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
