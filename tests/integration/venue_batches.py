"""For each venue: its folder as a rehearsal has it, and the example rows that its dialect carries."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tests.integration.command_line import EXAMPLES, ROOT, TRADE_DATE, Desk
from tests.integration.conftest import MORNING
from trader.adapters.calendars import market_calendars
from trader.adapters.ecb import ecb_rates
from trader.batch.batch import LineDefaults, validate
from trader.batch.errors import BatchError
from trader.batch.table import read_table
from trader.domain.currency import market_pair
from trader.domain.deal import BatchLine
from trader.fix.carrying import objections
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect

FIX_CONFIGS = ROOT / "fix_configs"
PRODUCTS, HUNDRED = "batch-products.csv", "batch-100.csv"

Row = Mapping[str, str]

_SESSION_HOURS = re.compile(r"^(StartTime|EndTime|StartDay|EndDay|TimeZone|NonStopSession)=.*\n", re.MULTILINE)
_DEFAULTS = LineDefaults(book="HEDGE", account="ACC-1")


def dialect_of(folder: Path) -> Dialect:
    """The dialect in a venue's folder."""
    path = folder / "dialect.toml"
    return parse_dialect(path.read_text("utf-8"), str(path))


VENUES = {
    folder.name: dialect_of(folder) for folder in sorted(FIX_CONFIGS.iterdir()) if (folder / "dialect.toml").is_file()
}


def rehearsal(venue: str, folder: Path, *changes: tuple[str, str], name: str = "") -> Path:
    """A copy of a shipped venue's folder whose session is open at any hour, which QuickFIX reads from the machine.

    Args:
        venue: The folder in ``fix_configs``.
        folder: Where the copy is made.
        changes: Old and new text in its dialect; each old one has to be there.
        name: What the copy is called; empty for the venue's own name.
    """
    copy = folder / (name or venue)
    copy.mkdir()
    dialect = (FIX_CONFIGS / venue / "dialect.toml").read_text("utf-8")
    session = (FIX_CONFIGS / venue / "session.cfg").read_text("utf-8")
    if name:
        changes = ((f'name = "{venue}"', f'name = "{name}"'), *changes)
    for old, new in changes:
        assert old in dialect, old
        dialect = dialect.replace(old, new)
    version = re.sub(r"^BeginString=.*$", f"BeginString={_begin_string(dialect)}", session, flags=re.MULTILINE)
    (copy / "dialect.toml").write_text(dialect, "utf-8")
    (copy / "session.cfg").write_text(_SESSION_HOURS.sub("", version) + "NonStopSession=Y\n", "utf-8")
    return copy


def _begin_string(dialect: str) -> str:
    return parse_dialect(dialect, "dialect.toml").begin_string


def configure(desk: Desk, dialect: Dialect) -> None:
    """The example configuration; rates from a file where prices do not come with the session."""
    source = "venue" if dialect.requests.market_data else "file"
    desk.configure(('source = "venue"', f'source = "{source}"\nfile = "rates.csv"\npoints = "points.csv"\n'))
    desk.write("rates.csv", _rates_file())
    desk.write("points.csv", points_file(MORNING))


def points_file(as_of: datetime) -> str:
    """The example points, as if they had been made at this moment; a desk makes the file every morning."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", _as_of(as_of), (EXAMPLES / "points.csv").read_text("utf-8"))


def example_rows(*batches: str) -> list[Row]:
    """All rows of some of the examples."""
    return [row for name in batches for row in csv.DictReader(io.StringIO((EXAMPLES / name).read_text("utf-8")))]


def by_request(row: Row) -> Row:
    """The same deal on a quote, whole or not at all."""
    return {**row, "order_type": "RFQ", "limit_rate": "", "time_in_force": "FOK"}


def carried(rows: Iterable[Row], dialect: Dialect) -> list[Row]:
    """Those of the rows that a dialect carries, their amounts rounded to its steps."""
    rounded = (_rounded(row, dialect) for row in rows)
    return [row for row in rounded if _is_carried(row, dialect)]


def batch_of(rows: Iterable[Row]) -> str:
    """The rows as a batch file, under every column that any of them has."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_of(moment: datetime) -> str:
    """A moment as the files of rates and points have it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _rates_file() -> str:
    """The reference rates that the simulator opens at."""
    _, rates = ecb_rates()
    euro = next(currency for currency, rate in rates.items() if rate == 1)
    lines = ["pair,bid,offer,as_of"]
    for currency, rate in rates.items():
        if currency != euro:
            lines.append(f"{market_pair(euro, currency)},{rate:f},{rate:f},{_as_of(MORNING)}")
    return "\n".join(lines) + "\n"


def _rounded(row: Row, dialect: Dialect) -> Row:
    step = max(dialect.amounts.step, Decimal(dialect.amounts.contract))
    if step <= 1:
        return row
    words = {column: row.get(column, "").split() for column in ("amount", "far_amount")}
    amounts = {column: " ".join(f"{Decimal(word) // step * step:f}" for word in each) for column, each in words.items()}
    return {column: amounts.get(column, cell) for column, cell in row.items()}


def _is_carried(row: Row, dialect: Dialect) -> bool:
    day = date.fromisoformat(TRADE_DATE)
    table = read_table(batch_of([row]).encode(), "row.csv", 1)
    from_near_leg = dialect.far_tenor_from == "near_leg"
    try:
        batch = validate(table, day, market_calendars(day), _DEFAULTS, dialect.tick, far_from_near_leg=from_near_leg)
    except BatchError:
        return False  # its amount is rounded to nothing, or its rate is between two of the venue's
    return all(_has_no_objection(line, dialect) for line in batch.lines)


def _has_no_objection(line: BatchLine, dialect: Dialect) -> bool:
    return not list(objections(dialect, replace(line, venue="")))
