"""A batch file, read and checked, as far as that goes without a venue."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path

from trader.adapters.calendars import market_calendars
from trader.adapters.clock import now_ns
from trader.adapters.config import Setup
from trader.app.stages import Stages
from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.columns import read_header
from trader.batch.errors import BatchError, RowError
from trader.batch.table import Table, read_table
from trader.batch.totals import Totals, compare, read_totals
from trader.domain.calendars import Calendars
from trader.domain.currency import MARKET_ORDER
from trader.domain.errors import ConfigError
from trader.domain.ids import content_hash
from trader.domain.printable import printable
from trader.domain.value_date import trade_date_at
from trader.fix.carrying import objections

_TOTALS = ".totals.toml"
_TOTALS_LINES_MAX = 1_000  # there are fewer currencies
_READ_BYTES, _FILE_BYTES_MAX = 1 << 20, 1 << 29
_HEADER_LINES = 1
_WORKBOOK = b"PK"  # a zip archive, in which a line break means nothing


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A batch file that is in order: what it says, and what may be submitted."""

    path: Path
    table: Table
    batch: Batch
    totals: Totals | None


def load_batch(path: Path, setup: Setup, trade_date: date | None, stages: Stages) -> tuple[BatchFile, Calendars]:
    """Read, check and date a batch file, with its totals file if there is one.

    Args:
        path: The batch file.
        setup: Who trades and where.
        trade_date: The desk's choice, which only a simulated venue takes; None for today's by the market's clock.
        stages: Gets the times of ``read`` and ``validate``.

    Raises:
        BatchError: The file or its totals file is wrong: every error in it.
    """
    with stages.timed("read"):
        lines_max = setup.config.batch.lines_max
        table = read_table(file_bytes(path, lines_max), _readable_name(path), lines_max)
    with stages.timed("validate"):
        totals = totals_beside(path)
        day = _trade_date(setup, trade_date, totals)
        calendars = market_calendars(day, _currencies(table))
        identity = setup.config.identity
        defaults = LineDefaults(identity.book, identity.account, identity.time_in_force)
        dialect = setup.venue.dialect
        from_near_leg = dialect.far_tenor_from == "near_leg"
        batch = validate(table, day, calendars, defaults, dialect.tick, far_from_near_leg=from_near_leg)
        if totals is not None and dialect.simulated:
            totals = replace(totals, trade_date=day)  # a rehearsal may be held on any day
        errors = [*_wishes_not_met(batch, table, setup), *(compare(totals, batch) if totals else ())]
    if errors:
        raise BatchError(errors)
    return BatchFile(path, table, batch, totals), calendars


def _currencies(table: Table) -> set[str]:
    """Whatever in the file could be a currency: loading calendars is what costs, so only these are loaded."""
    words = {word for row in set(chain.from_iterable(table.rows)) for word in row.upper().split("/")}
    return words & set(MARKET_ORDER)


def file_bytes(path: Path, lines_max: int) -> bytes:
    """The file's bytes. Reading stops where it cannot be a batch any more: a wrong file must not fill the memory.

    Raises:
        BatchError: It cannot be read, or has more than ``lines_max`` rows.
    """
    content = bytearray()
    line_breaks = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_READ_BYTES):
                content += chunk
                line_breaks += chunk.count(b"\n")
                if len(content) > _FILE_BYTES_MAX:
                    problem, expected = f"more than {_FILE_BYTES_MAX:,} bytes", "a file of trades, a line for each"
                elif line_breaks > lines_max + _HEADER_LINES and not content.startswith(_WORKBOOK):
                    problem, expected = f"more than {lines_max:,} rows", f"at most {lines_max:,} rows: split the file"
                else:
                    continue
                raise BatchError([RowError(0, "", str(path), problem, expected)])
    except OSError as error:
        expected = "a CSV or XLSX file that can be read"
        raise BatchError([RowError(0, "", str(path), error.strerror or str(error), expected)]) from error
    return bytes(content)


def row_of(path: Path, row_id: str, lines_max: int) -> tuple[str, int]:
    """The content hash of a batch file, and where in it a row stands, from 1.

    Raises:
        BatchError: The file cannot be read.
        ConfigError: It has no such row.
    """
    content = file_bytes(path, lines_max)
    table = read_table(content, _readable_name(path), lines_max)
    place = read_header(table.columns).places.get("row_id")
    rows = [] if place is None else [cells[place].strip() for cells in table.rows]
    if row_id not in rows:
        raise ConfigError(f"{path} has no row {row_id}; expected one of its row_ids")
    return content_hash(content), rows.index(row_id) + 1


def _readable_name(path: Path) -> str:
    """The file's name; what in it is no text, or would forge a line of a log or of a terminal, is spelled out."""
    return printable(os.fsencode(path.name).decode("utf-8", "backslashreplace"))


def totals_beside(path: Path) -> Totals | None:
    """The totals file that belongs to a batch file, or None when there is none.

    ``day.xlsx.totals.toml`` belongs to ``day.xlsx`` alone; ``day.totals.toml`` to whatever is called ``day``.

    Raises:
        BatchError: There is one, and it cannot be read or is not a totals file.
    """
    for beside in (path.with_name(path.name + _TOTALS), path.with_suffix(_TOTALS)):
        if beside.exists():
            return read_totals(file_bytes(beside, _TOTALS_LINES_MAX).decode("utf-8", errors="replace"))
    return None


def _trade_date(setup: Setup, asked: date | None, totals: Totals | None) -> date:
    today = trade_date_at(now_ns())
    if setup.venue.dialect.simulated:
        return asked or today
    if asked not in (None, today):
        raise ConfigError(f"--trade-date {asked}: a real venue trades today, {today}; only a simulated one can be told")
    if totals is not None and totals.trade_date != today:
        problem = f"the batch is meant for {totals.trade_date}, and the trade date is {today}"
        raise BatchError([RowError(0, "trade_date", str(totals.trade_date), problem, "the batch of the day")])
    return today


def _as_written(column: str, cells: tuple[str, ...], table: Table) -> tuple[str, str]:
    """The header that the file has for a column, and the cell below it; "" where the file has no such column."""
    place = read_header(table.columns).places.get(column)
    return (column, "") if place is None else (table.columns[place], cells[place].strip())


def _wishes_not_met(batch: Batch, table: Table, setup: Setup) -> Iterable[RowError]:
    """What nobody here can do as the row says it: traded all the same, it would be dropped without a word."""
    dialect = setup.venue.dialect
    for line, cells, row in zip(batch.lines, table.rows, table.row_numbers, strict=True):
        for column, value, expected in objections(dialect, line):
            header, cell = _as_written(column, cells, table)
            if cell:
                yield RowError(row, header, cell, f"the venue {dialect.name} does not take it", expected)
            else:  # what the file leaves out cannot be found in it
                problem = f"means {value} where it is empty, which the venue {dialect.name} does not take"
                yield RowError(row, header, "", problem, expected)
        if line.strategy:
            yield RowError(row, "strategy", line.strategy, "is no strategy the robot has", "an empty cell: one order")
        if line.netting_group:
            expected = "an empty cell: every row is an order of its own"
            yield RowError(row, "netting_group", line.netting_group, "cannot be done: nothing is netted yet", expected)
