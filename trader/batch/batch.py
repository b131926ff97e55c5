"""A table to a batch: every row read and dated, or every error of the file at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

from trader.batch import fields
from trader.batch.columns import COLUMNS, read_header
from trader.batch.errors import BatchError, RowError, in_order
from trader.batch.fields import CellError
from trader.batch.legs import TickOf, deal_of, read_amounts, read_far_amount, read_limit
from trader.batch.notes import Notes, Problem
from trader.batch.table import Table
from trader.batch.terms import TERMS_COLUMNS, BrokenTerms, Terms, TermsReader
from trader.domain import ids
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency
from trader.domain.deal import BatchLine, OrderType, TimeInForce
from trader.domain.moments import is_weekend
from trader.domain.money import ZERO

_COLUMN_ORDER = {column.name: place for place, column in enumerate(COLUMNS)}
_TOTALS_WORDS = frozenset({"total", "totals", "sum", "subtotal", "grand total"})
_TOTALS_PROBLEM = "looks like a row of totals"

_MARKET_TICK: TickOf = attrgetter("tick")


@dataclass(frozen=True, slots=True)
class LineDefaults:
    """What a row means that leaves a cell empty; the configuration says it.

    Attributes:
        book: Whose position it is.
        account: Account(1).
        time_in_force: How long an order may live.
        strategy: How a line is worked; empty means as one order.
        venue: Where; empty means the session the batch is launched on.
        counterparty: With whom; empty means whoever the venue brings.
    """

    book: str
    account: str
    time_in_force: TimeInForce = TimeInForce.DAY
    strategy: str = ""
    venue: str = ""
    counterparty: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """The desk's batch for a trade date, clean as a whole.

    Attributes:
        batch_id: The short name that every order id starts with; the same file gives the same.
        content_hash: SHA-256 of the file's bytes, in hexadecimal.
        name: The file's name.
        trade_date: The day it is dealt, and the value dates count from.
        lines: In the order of the file.
        totals: For each dealt currency the sum of the amounts of all legs, bought and sold alike, in order of the
            codes.
    """

    batch_id: str
    content_hash: str
    name: str
    trade_date: date
    lines: tuple[BatchLine, ...]
    totals: tuple[tuple[Currency, Decimal], ...]


def validate(
    table: Table,
    trade_date: date,
    calendars: Calendars,
    defaults: LineDefaults,
    tick_of: TickOf = _MARKET_TICK,
    *,
    far_from_near_leg: bool = False,
) -> Batch:
    """Read and date every row.

    Args:
        table: From :func:`trader.batch.table.read_table`.
        trade_date: The day to deal, as ``trader.domain.value_date.trade_date_at`` gives it.
        calendars: Of every currency that may be traded, and of USD.
        defaults: For cells left empty.
        tick_of: The smallest price step of a pair in market order at the venue, as a rate; the market's own unless the
            venue has others.
        far_from_near_leg: True where the venue counts a swap's far tenor from the near leg, False where from spot.

    Raises:
        BatchError: With every error of the file; nothing of it may then be traded.
    """
    if is_weekend(trade_date):
        problem = f"the trade date {trade_date} is a {trade_date:%A}"
        raise BatchError([RowError(0, "", "", problem, "a weekday"), *table.errors])
    reader = TermsReader(trade_date, calendars, defaults.time_in_force, far_from_near_leg=far_from_near_leg)
    lines, errors = _read_rows(table, reader, defaults, tick_of)
    if errors or table.errors:
        raise BatchError(_all_errors(table, errors))
    return Batch(
        batch_id=ids.batch_id(table.content_hash),
        content_hash=table.content_hash,
        name=table.name,
        trade_date=trade_date,
        lines=tuple(lines),
        totals=_totals(lines),
    )


def _all_errors(table: Table, of_cells: Sequence[RowError]) -> tuple[RowError, ...]:
    """The errors of the shape and of the cells as one list, with one for each cell and one for a row of totals."""
    named = {(error.row, error.column) for error in table.errors}
    totals_rows = {error.row for error in of_cells if error.problem == _TOTALS_PROBLEM}
    errors = [error for error in table.errors if error.row not in totals_rows]
    errors += [error for error in of_cells if (error.row, error.column) not in named or error.row in totals_rows]
    return in_order(errors, table.columns)


def _totals(lines: Sequence[BatchLine]) -> tuple[tuple[Currency, Decimal], ...]:
    totals: dict[Currency, Decimal] = {}
    for line in lines:
        currency = line.deal.dealt_currency
        amount = sum((leg.amount for leg in line.deal.far_legs), line.deal.near_leg.amount)
        totals[currency] = totals.get(currency, ZERO) + amount
    return tuple(sorted(totals.items()))


class _Codes(NamedTuple):
    """The cells of the code columns, defaults filled in, and what is wrong with them."""

    strategy: str
    venue: str
    counterparty: str
    book: str
    account: str
    netting_group: str
    problems: tuple[Problem, ...]


_CODE_COLUMNS = _Codes._fields[:-1]
_OWN_COLUMNS = ("row_id", "amount", "far_amount", "limit_rate", "comment")


def _read_rows(
    table: Table, reader: TermsReader, defaults: LineDefaults, tick_of: TickOf
) -> tuple[list[BatchLine], list[RowError]]:
    places = read_header(table.columns).places
    pick_terms, pick_codes, pick_own = (
        # A column that the file does not have reads as the empty cell put behind each row.
        itemgetter(*(places.get(column, len(table.columns)) for column in columns))
        for columns in (TERMS_COLUMNS, _CODE_COLUMNS, _OWN_COLUMNS)
    )
    # Rows have few different terms and codes among them: each is read once, and a row costs only what is its own.
    read_terms, read_codes = cache(reader.read), cache(partial(_read_codes, defaults=defaults))
    read_line = _LineReader(cache(tick_of)).read
    lines: list[BatchLine] = []
    errors: list[RowError] = []
    for row_number, cells in zip(table.row_numbers, table.rows, strict=True):
        padded = (*cells, "")
        line = read_line(row_number, pick_own(padded), read_terms(pick_terms(padded)), read_codes(pick_codes(padded)))
        if isinstance(line, BatchLine):
            lines.append(line)
        else:
            errors += _row_errors(row_number, line, cells, table.columns, places)
    return lines, errors


def _row_errors(
    row_number: int, problems: list[Problem], cells: Sequence[str], columns: Sequence[str], places: Mapping[str, int]
) -> list[RowError]:
    """The row's problems in the order of the columns, under the headers of the file."""
    if not cells[places["pair"]].strip():
        for column, cell in zip(columns, cells, strict=True):
            if cell.strip(fields.BLANKS + ":").casefold() in _TOTALS_WORDS:
                expected = "trades only; sums belong into the totals file beside the batch"
                return [RowError(row_number, column, cell, _TOTALS_PROBLEM, expected)]
    return [
        RowError(row_number, columns[places[column]] if column in places else column, value, problem, expected)
        for column, value, problem, expected in sorted(problems, key=lambda problem: _COLUMN_ORDER[problem.column])
    ]


def _read_codes(cells: tuple[str, ...], defaults: LineDefaults) -> _Codes:
    notes = Notes()
    strategy, venue, counterparty, book, account, netting_group = (
        notes.read(column, cell, fields.read_code) or "" for column, cell in zip(_CODE_COLUMNS, cells, strict=True)
    )
    return _Codes(
        strategy=strategy or defaults.strategy,
        venue=venue or defaults.venue,
        counterparty=counterparty or defaults.counterparty,
        book=book or defaults.book,
        account=account or defaults.account,
        netting_group=netting_group,
        problems=tuple(notes.problems),
    )


class _LineReader:
    """Reads what is a row's own, and remembers the row ids."""

    def __init__(self, tick_of: TickOf) -> None:
        self._tick_of = tick_of
        self._line_no = 0
        self._rows_by_id: dict[str, int] = {}

    def read(
        self, row_number: int, cells: tuple[str, ...], terms: Terms | BrokenTerms, codes: _Codes
    ) -> BatchLine | list[Problem]:
        """The next line, or all that is wrong with its row."""
        self._line_no += 1
        row_id_cell, amount_cell, far_amount_cell, limit_cell, comment_cell = cells
        notes = Notes()
        row_id = notes.read("row_id", row_id_cell, self._read_row_id, row_number)
        amounts = notes.read("amount", amount_cell, read_amounts, terms)
        far_amount = notes.read("far_amount", far_amount_cell, read_far_amount, terms) if far_amount_cell else None
        limit_rate = notes.read("limit_rate", limit_cell, read_limit, terms, self._tick_of)
        comment = notes.read("comment", comment_cell, fields.read_comment)
        if isinstance(terms, BrokenTerms):
            return [*terms.problems, *codes.problems, *notes.problems]
        if notes.problems or codes.problems or row_id is None or amounts is None or comment is None:
            return [*codes.problems, *notes.problems]
        return BatchLine(
            line_no=self._line_no,
            row_id=row_id,
            deal=deal_of(terms, amounts, far_amount),
            order_type=terms.order_type or OrderType.LIMIT,
            limit_rate=limit_rate,
            time_in_force=terms.time_in_force,
            strategy=codes.strategy,
            venue=codes.venue,
            counterparty=codes.counterparty,
            book=codes.book,
            account=codes.account,
            netting_group=codes.netting_group,
            comment=comment,
            original_pair=terms.original_pair,
        )

    def _read_row_id(self, text: str, row_number: int) -> str:
        row_id = fields.read_row_id(text)
        first_row = self._rows_by_id.setdefault(row_id, row_number)
        if first_row != row_number:
            raise CellError("is the row_id of an earlier row", f"a name of its own: row {first_row} has this one")
        return row_id
