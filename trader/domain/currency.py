"""Currencies and pairs, with the market's own conventions: decimals, quoting order, pip and tick.

Source: ISO 4217 for the minor units; interbank quoting convention for the order of the two currencies.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any, Self

from msgspec import Struct

from trader.domain.errors import DomainError

# Minor units that differ from 2. HUF and CNY trade with 2, as ISO 4217 has them.
_DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "OMR": 3, "KWD": 3, "JOD": 3, "TND": 3}

# The earlier of two currencies is the base. Metals are quoted like currencies and come first.
MARKET_ORDER = (
    *("XAU", "XAG", "EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "NOK", "SEK", "DKK", "PLN", "CZK", "HUF", "RON"),
    *("BGN", "ISK", "ILS", "TRY", "ZAR", "MXN", "BRL", "SGD", "HKD", "CNH", "CNY", "TWD", "THB", "MYR", "PHP", "INR"),
    *("IDR", "AED", "SAR", "QAR", "KWD", "BHD", "OMR", "JOD", "TND", "EGP", "RUB", "COP", "CLP", "ARS", "PEN", "VND"),
    *("KRW", "JPY"),
)
_RANK = {code: rank for rank, code in enumerate(MARKET_ORDER)}

# The one text of each code: an order alone would hold six of its own.
_CURRENCIES: dict[str, Any] = {}

_LOW_PRICED_TERMS = frozenset({"JPY", "KRW", "VND", "IDR", "CLP", "COP", "HUF", "ISK"})


class Currency(str):
    """A three-letter ISO 4217 code that the robot knows how to trade.

    A string, so that it is as cheap as one; checked when made, so that it cannot be wrong.

    Raises:
        DomainError: The code is not one of the known currencies.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        """Check the code; the same code gives the same object."""
        if code not in _RANK:
            raise DomainError(f"{code!r} is not a currency the robot knows; expected one of {' '.join(MARKET_ORDER)}")
        known: Self | None = _CURRENCIES.get(code)
        if known is None:
            known = _CURRENCIES[code] = super().__new__(cls, code)
        return known

    @property
    def decimals(self) -> int:
        """Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD."""
        return _DECIMALS.get(self, 2)

    @property
    def minor_unit(self) -> Decimal:
        """One minor unit: ``Decimal("0.01")`` for EUR, ``Decimal("1")`` for JPY."""
        return _minor_unit(self.decimals)


@lru_cache(maxsize=8)
def _minor_unit(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


class CurrencyPair(Struct, frozen=True, gc=False):
    """Two currencies; a rate on the pair is terms per one base: EUR/USD 1.10 is USD 1.10 for EUR 1.

    Raises:
        DomainError: Both currencies are the same.
    """

    base: Currency
    terms: Currency

    def __post_init__(self) -> None:
        if self.base == self.terms:
            raise DomainError(f"{self.base}/{self.terms} is one currency twice; expected two different ones")

    def __str__(self) -> str:
        return f"{self.base}/{self.terms}"

    def __contains__(self, currency: object) -> bool:
        return currency in (self.base, self.terms)

    @property
    def is_market_order(self) -> bool:
        """True when the market quotes the pair this way round."""
        return _RANK[self.base] < _RANK[self.terms]

    @property
    def inverse(self) -> "CurrencyPair":
        """The pair the other way round."""
        return CurrencyPair(self.terms, self.base)

    @property
    def rate_decimals(self) -> int:
        """Decimals of the smallest price step where a dialect does not say otherwise: 5, or 3 for JPY-like terms."""
        return 3 if self.terms in _LOW_PRICED_TERMS else 5

    @property
    def tick(self) -> Decimal:
        """The smallest price step as a rate, ``Decimal("0.00001")`` for EUR/USD."""
        return _minor_unit(self.rate_decimals)

    @property
    def pip(self) -> Decimal:
        """The market's point as a rate: ten ticks. For display only; the wire carries decimals."""
        return _minor_unit(self.rate_decimals - 1)

    def other(self, currency: Currency) -> Currency:
        """The pair's other currency.

        Raises:
            DomainError: ``currency`` is not in the pair.
        """
        if currency == self.base:
            return self.terms
        if currency == self.terms:
            return self.base
        raise DomainError(f"{currency} is not in {self}; expected {self.base} or {self.terms}")


@lru_cache(maxsize=4096)
def parse_pair(text: str) -> CurrencyPair:
    """Read ``EUR/USD``, in either order of the currencies; the order is kept.

    Raises:
        DomainError: Not two known currencies with a slash between them.
    """
    base, slash, terms = text.partition("/")
    if not slash:
        raise DomainError(f"{text!r} is not a currency pair; expected two codes with a slash, like EUR/USD")
    return CurrencyPair(Currency(base), Currency(terms))


def market_pair(one: Currency, other: Currency) -> CurrencyPair:
    """The pair of two currencies the way the market quotes it."""
    pair = CurrencyPair(one, other)
    return pair if pair.is_market_order else pair.inverse
