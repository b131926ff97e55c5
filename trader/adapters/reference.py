"""Reference rates that do not come from a venue: the European Central Bank's set, or a file of the desk's own.

A rate is as old as the file says, and the gate's age limit applies to it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from trader.adapters.csv_rows import Cells, market_pair_in, moment_in, number_in, read_rows
from trader.adapters.ecb import ecb_rates
from trader.domain.currency import Currency, market_pair
from trader.domain.moments import ns_at
from trader.engine.inputs import RatesLoaded, ReferenceRate

_EUR = Currency("EUR")
_FILE_COLUMNS = ("pair", "bid", "offer", "as_of")


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
    return RatesLoaded(source, tuple(read_rows(base / file, "rates file", _FILE_COLUMNS, _file_reference)))


def _ecb_references() -> Iterator[ReferenceRate]:
    """Every euro pair; the gate crosses the others. The bank fixes at 14:15 in Frankfurt, 13:15 UTC in winter."""
    day, rates = ecb_rates()
    ts_ns = ns_at(datetime(day.year, day.month, day.day, 13, 15, tzinfo=UTC))
    for currency, per_euro in rates.items():
        if currency != _EUR:
            pair = market_pair(_EUR, currency)
            yield ReferenceRate(str(pair), f"{per_euro:f}", f"{per_euro:f}", ts_ns)


def _file_reference(cells: Cells) -> ReferenceRate:
    pair = market_pair_in(cells, "pair")
    bid, offer = number_in(cells, "bid"), number_in(cells, "offer")
    return ReferenceRate(str(pair), f"{bid:f}", f"{offer:f}", moment_in(cells, "as_of"))
