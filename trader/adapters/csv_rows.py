"""A small CSV file of the desk's own: a fixed header, and every wrong cell told at once, by row and column."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from trader.domain.currency import CurrencyPair, parse_pair
from trader.domain.errors import ConfigError, DomainError

_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)

Cells = Mapping[str, str]


def read_rows(path: Path, what: str, columns: Sequence[str], read: Callable[[Cells], _T]) -> list[_T]:
    """Read a file row by row.

    Args:
        path: The file; UTF-8.
        what: What to call it in an error, such as ``rates file``.
        columns: Its header.
        read: Reads one row, given its cells by column; raises DomainError for what is wrong with it.

    Raises:
        ConfigError: It cannot be read, has another header or no rows, or rows are wrong: all of them.
    """
    try:
        text = path.read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"the {what} {path} cannot be read: {error}") from error
    if not rows or rows[0] != list(columns):
        raise ConfigError(f"the {what} {path} starts with {rows[:1]}; expected the header {','.join(columns)}")
    if len(rows) == 1:
        raise ConfigError(f"the {what} {path} has no rows below its header")
    found, problems = [], []
    for number, cells in enumerate(rows[1:], start=2):
        try:
            found.append(read(_by_column(cells, columns)))
        except DomainError as error:
            problems.append(f"row {number}, {error}")
    if problems:
        raise ConfigError(f"the {what} {path} is wrong: " + "; ".join(problems))
    return found


def _by_column(cells: Sequence[str], columns: Sequence[str]) -> Cells:
    if len(cells) != len(columns):
        raise DomainError(f"{len(cells)} cells; expected {', '.join(columns)}")
    return dict(zip(columns, cells, strict=True))


def market_pair_in(cells: Cells, column: str) -> CurrencyPair:
    """The pair in a cell.

    Raises:
        DomainError: It is none, or not the way round the market quotes it.
    """
    try:
        pair = parse_pair(cells[column])
    except DomainError as error:
        raise DomainError(f"column {column}: {error}") from error
    if not pair.is_market_order:
        raise DomainError(f"column {column}: {pair} is inverted; expected {pair.inverse}")
    return pair


def number_in(cells: Cells, column: str) -> Decimal:
    """The number in a cell, which may be below zero.

    Raises:
        DomainError: It is not written in plain digits.
    """
    if not _NUMBER.fullmatch(cells[column]):
        raise DomainError(f"column {column}: {cells[column]!r} is not a number in plain digits, like 1.0845")
    return Decimal(cells[column])


def moment_in(cells: Cells, column: str) -> int:
    """The moment in a cell, UTC nanoseconds.

    Raises:
        DomainError: It is not an ISO time with its zone.
    """
    text = cells[column]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DomainError(f"column {column}: {error}; expected a time like 2026-11-20T09:30:00Z") from error
    if moment.tzinfo is None:
        raise DomainError(f"column {column}: {text} has no time zone; expected one like 2026-11-20T09:30:00Z")
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
