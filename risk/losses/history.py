"""How the currencies have moved from day to day, for estimates. The only place of the gate with inexact numbers.

Rates are units of a currency for one euro, day by day. The worth of a currency in another follows from two of them.
"""

import math
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trader.domain.currency import Currency

Changes = NDArray[np.float64]

_STEP = Decimal("1E-9")  # far above what is lost in such numbers


class History:
    """The daily rates of some currencies.

    Args:
        per_euro: Units for one euro, the oldest day first; each as many days, above zero, the euro's own all 1.
        reporting_currency: In what profits are counted; nothing can be said when it is not among them.
    """

    def __init__(self, per_euro: Mapping[Currency, Iterable[str]], reporting_currency: Currency) -> None:
        self._rates = {currency: np.array(list(rates), dtype=np.float64) for currency, rates in per_euro.items()}
        self._reporting = reporting_currency
        self._changes: dict[tuple[Currency, int], Changes] = {}
        self._largest: dict[tuple[Currency, int], Decimal] = {}

    def knows(self, currency: Currency) -> bool:
        """Whether there is a history of a currency."""
        return currency in self._rates and self._reporting in self._rates

    def changes(self, currency: Currency, horizon_days: int) -> Changes:
        """What one reporting unit's worth of a currency gains, over every span of so many days.

        Args:
            currency: One that :meth:`knows` says yes to.
            horizon_days: The length of a span, one or more.

        Returns:
            One float64 for each span, the oldest first; empty when the history is shorter than one.
        """
        key = currency, horizon_days
        if key not in self._changes:
            worth = self._rates[self._reporting] / self._rates[currency]
            self._changes[key] = worth[horizon_days:] / worth[:-horizon_days] - 1
        return self._changes[key]

    def largest_change(self, currency: Currency, horizon_days: int) -> Decimal:
        """The largest of :meth:`changes` either way, rounded up; 0 for a currency without a history."""
        key = currency, horizon_days
        if key not in self._largest:
            found = np.abs(self.changes(currency, horizon_days)) if self.knows(currency) else np.zeros(1)
            self._largest[key] = Decimal(str(found.max(initial=0))).quantize(_STEP, ROUND_CEILING)
        return self._largest[key]

    def outcomes(self, position: Mapping[Currency, Decimal], horizon_days: int) -> Changes:
        """What a position would have gained over every span, fully revalued.

        Args:
            position: Its worth in each currency, in the reporting currency; one without a history is left out.
            horizon_days: The length of a span.
        """
        known = [(worth, currency) for currency, worth in position.items() if worth and self.knows(currency)]
        spans = max(0, len(self._rates[self._reporting]) - horizon_days) if self._reporting in self._rates else 0
        total = np.zeros(spans)
        for worth, currency in known:
            total += np.float64(worth) * self.changes(currency, horizon_days)
        return total


class Estimate(NamedTuple):
    """A value at risk.

    Attributes:
        amount: The loss, zero or more, in the reporting currency to the cent.
        days: How many spans it comes from.
    """

    amount: Decimal
    days: int


def value_at_risk(outcomes: Changes, confidence: Decimal) -> Estimate:
    """The loss that was not exceeded in so large a share of the spans; of two of them the worse.

    Args:
        outcomes: Gains, float64.
        confidence: The share, above zero and below one.
    """
    days = len(outcomes)
    if not days:
        return Estimate(Decimal(0), 0)
    worst = max(1, math.floor((1 - confidence) * days))
    loss = max(0, -np.partition(outcomes, worst - 1)[worst - 1])
    return Estimate(Decimal(f"{loss:.2f}"), days)
