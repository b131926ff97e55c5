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
from trader.domain.money import ZERO

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
        self._largest: dict[tuple[Currency, Currency, int], tuple[Decimal, Decimal]] = {}
        self._known = [currency for currency in self._rates if self.knows(currency)]
        self._tables: dict[int, Changes] = {}

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

    def largest_changes(self, dealt: Currency, contra: Currency, horizon_days: int) -> tuple[Decimal, Decimal]:
        """How far two currencies have moved apart at most, and how far the second has moved at most, rounded up.

        Both are of :meth:`changes`, either way; a currency without a history has not moved.
        """
        key = dealt, contra, horizon_days
        if key not in self._largest:
            ours, others = (
                self.changes(each, horizon_days) if self.knows(each) else np.zeros(1) for each in (dealt, contra)
            )
            self._largest[key] = _largest(ours - others), _largest(others)
        return self._largest[key]

    def outcomes(self, position: Mapping[Currency, Decimal], horizon_days: int) -> Changes:
        """What a position would have gained over every span, fully revalued.

        Args:
            position: Its worth in each currency, in the reporting currency; one without a history is left out.
            horizon_days: The length of a span.
        """
        weights = np.array([position.get(currency, ZERO) for currency in self._known], dtype=np.float64)
        # Row by row, and by no product of matrices: that would round as each processor likes best.
        total: Changes = np.add.reduce(self._table(horizon_days) * weights[:, np.newaxis], axis=0)
        return total

    def _table(self, horizon_days: int) -> Changes:
        """The changes of every currency with a history, one row each."""
        if horizon_days not in self._tables:
            rows = [self.changes(currency, horizon_days) for currency in self._known]
            self._tables[horizon_days] = np.array(rows) if rows else np.zeros((0, 0))
        return self._tables[horizon_days]


def _largest(changes: Changes) -> Decimal:
    return Decimal(str(np.abs(changes).max(initial=0))).quantize(_STEP, ROUND_CEILING)


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
