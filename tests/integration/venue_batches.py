"""For each shipped venue: its folder as a rehearsal has it, and the example rows that its dialect carries."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from tests.integration.command_line import EXAMPLES, ROOT, TRADE_DATE
from trader.adapters.ecb import ecb_rates
from trader.app.batch_file import market_calendars
from trader.batch.batch import LineDefaults, validate
from trader.batch.errors import BatchError
from trader.batch.table import read_table
from trader.domain.currency import market_pair
from trader.domain.deal import BatchLine
from trader.fix.dialect import Dialect, parse_dialect

FIX_CONFIGS = ROOT / "fix_configs"
VENUES = sorted(folder.name for folder in FIX_CONFIGS.iterdir() if (folder / "dialect.toml").is_file())
BATCHES = ("batch-products.csv", "batch-100.csv")

_MAINTENANCE = re.compile(r"\[\[maintenance\]\]\n(?:\w.*\n)+")
_DEFAULTS = LineDefaults(book="HEDGE", account="ACC-1")


def shipped_dialect(venue: str) -> Dialect:
    """A shipped venue's dialect as it is."""
    path = FIX_CONFIGS / venue / "dialect.toml"
    return parse_dialect(path.read_text("utf-8"), str(path))


def rehearsal(venue: str, folder: Path) -> Path:
    """A copy of a venue's folder that may be traded with on any day and at any hour: all it speaks is the venue's."""
    copy = folder / venue
    copy.mkdir()
    text = (FIX_CONFIGS / venue / "dialect.toml").read_text("utf-8")
    if "\nsimulated = true\n" not in text:
        text = "simulated = true\n" + _MAINTENANCE.sub("", text)
    (copy / "dialect.toml").write_text(text, "utf-8")
    session = (FIX_CONFIGS / venue / "session.cfg").read_text("utf-8")
    hours = re.compile(r"^(StartTime|EndTime|StartDay|EndDay|TimeZone|NonStopSession)=.*\n", re.MULTILINE)
    (copy / "session.cfg").write_text(hours.sub("", session) + "NonStopSession=Y\n", "utf-8")
    return copy


def rows_of(venue: str) -> list[dict[str, str]]:
    """The example rows that a venue's dialect carries, their amounts rounded to its steps.

    Without those of today's value: whether a currency can still be paid today is for the clock to say.
    """
    dialect = shipped_dialect(venue)
    carried = []
    for name in BATCHES:
        for row in csv.DictReader(io.StringIO((EXAMPLES / name).read_text("utf-8"))):
            if row["product"] == "TOD":
                continue
            rounded = _rounded(row, dialect)
            if all(_is_carried(line, dialect) for line in _lines_of(rounded, dialect)):
                carried.append(rounded)
    return carried


def batch_of(rows: list[dict[str, str]]) -> str:
    """The rows as a batch file, under every column that any of them has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def rates_file() -> str:
    """The reference rates that the simulator opens at, as of now."""
    _, rates = ecb_rates()
    euro = next(currency for currency, rate in rates.items() if rate == 1)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    lines = ["pair,bid,offer,as_of"]
    for currency, rate in rates.items():
        if currency != euro:
            pair = market_pair(euro, currency)
            lines.append(f"{pair},{rate:f},{rate:f},{now}")
    return "\n".join(lines) + "\n"


def points_file() -> str:
    """The example's forward points, as of now."""
    text = (EXAMPLES / "points.csv").read_text("utf-8")
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", text)


def _rounded(row: dict[str, str], dialect: Dialect) -> dict[str, str]:
    step = max(dialect.amounts.step, Decimal(dialect.amounts.contract))
    if step == 1:
        return row
    rounded = dict(row)
    for column in ("amount", "far_amount"):
        amounts = [Decimal(word) // step * step for word in row.get(column, "").split()]
        rounded[column] = " ".join(f"{amount:f}" for amount in amounts)
    return {column: value for column, value in rounded.items() if column in row}


def _lines_of(row: dict[str, str], dialect: Dialect) -> Iterator[BatchLine | None]:
    day = date.fromisoformat(TRADE_DATE)
    table = read_table(batch_of([row]).encode(), "row.csv", 1)
    try:
        batch = validate(
            table,
            day,
            market_calendars(day),
            _DEFAULTS,
            dialect.tick,
            far_from_near_leg=dialect.far_tenor_from == "near_leg",
        )
    except BatchError:
        yield None  # its amount is rounded to nothing, or its rate is between two of the venue's
        return
    yield from batch.lines


def _is_carried(line: BatchLine | None, dialect: Dialect) -> bool:
    return line is not None and not list(dialect.cannot_carry(replace(line, venue="")))
