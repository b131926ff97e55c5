"""Marks: what a unit of each currency is worth now, for positions that are held while rates move.

A mark changes only when somebody brings it up to date, and then all that look at it see the same. What has no rate
keeps the last it had, and says that it is not known.
"""

from decimal import Decimal

from risk.rates.reference import ReferenceRates
from risk.reasons import Violation
from trader.domain.currency import Currency
from trader.domain.money import ZERO

_NEVER_NS = -(2**63)


class Mark:
    """One currency's.

    Attributes:
        currency: The currency.
        rate: What one unit is worth in the reporting currency; the last that was known, zero before the first.
        is_known: True while there is a rate.
        version: The version of the marks at which it last moved.
    """

    __slots__ = ("currency", "is_known", "rate", "version")

    def __init__(self, currency: Currency) -> None:
        self.currency = currency
        self.rate, self.is_known, self.version = ZERO, False, 0


class Marks:
    """The marks of all currencies that a position was taken in.

    Attributes:
        version: Grows with every mark that moves.
    """

    def __init__(self) -> None:
        self.version = 0
        self._marks: dict[Currency, Mark] = {}
        self._seen = -1
        self._since_ns = self._until_ns = _NEVER_NS

    def mark(self, currency: Currency) -> Mark:
        """The mark of a currency; a new one is not known before the next :meth:`update`."""
        known = self._marks.get(currency)
        if known is None:
            known = self._marks[currency] = Mark(currency)
            self._seen = -1
        return known

    def put(self, currency: Currency, rate: Decimal | None) -> None:
        """What one unit is worth from now on; None when nobody knows."""
        mark = self.mark(currency)
        if (rate is not None) != mark.is_known or (rate is not None and rate != mark.rate):
            self.version += 1
            mark.rate, mark.is_known, mark.version = mark.rate if rate is None else rate, rate is not None, self.version

    def update(self, rates: ReferenceRates, now_ns: int) -> None:
        """Bring every mark up to date; nothing to do while no rate has changed or grown too old."""
        if rates.changes == self._seen and self._since_ns <= now_ns <= self._until_ns:
            return
        since_ns, until_ns = _NEVER_NS, -_NEVER_NS
        for currency in self._marks:
            found = rates.valuation(currency, now_ns)
            if isinstance(found, Violation):
                self.put(currency, None)
            else:
                self.put(currency, found.rate)
                since_ns, until_ns = max(since_ns, found.ts_ns), min(until_ns, found.fresh_until_ns)
        # A rate that is not there comes with a change, but for one of the future, which comes with the time.
        is_whole = all(mark.is_known for mark in self._marks.values())
        self._since_ns, self._until_ns = (since_ns, until_ns) if is_whole else (now_ns, now_ns)
        self._seen = rates.changes
