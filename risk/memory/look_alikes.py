"""Which orders of a day look alike: the same terms, but for the price. To see that nobody entered one twice."""

from bisect import bisect_left, bisect_right, insort
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trader.domain.currency import Currency
from trader.domain.deal import Side


class Likeness(NamedTuple):
    """All that look-alikes have in common besides their amounts.

    Attributes:
        trade_date: The risk day.
        counterparty: With whom.
        account: For whose account.
        symbol: The pair.
        dealt_currency: What the amounts are in.
        legs: Side and value date of each leg.
    """

    trade_date: date
    counterparty: str
    account: str
    symbol: str
    dealt_currency: Currency
    legs: tuple[tuple[Side, date], ...]


Amounts = tuple[Decimal, ...]


class Alikes:
    """Orders with the same terms but for the price, each under the name of its line."""

    __slots__ = ("_limits", "_lines")

    def __init__(self) -> None:
        self._lines: dict[str, Decimal | None] = {}
        self._limits: list[Decimal] = []  # the lowest first

    def others(self, line: str, rate: Decimal | None, within: Decimal) -> int:
        """How many other lines look like an order. One at the market looks like any price.

        Args:
            line: The order's line, which is none of the others.
            rate: Its limit, terms per base; None for one at the market.
            within: How far another limit may be from it, as a fraction of it, to look the same.
        """
        if rate is None:
            return len(self._lines) - (line in self._lines)
        lowest, highest = rate * (1 - within), rate * (1 + within)
        near = bisect_right(self._limits, highest) - bisect_left(self._limits, lowest)
        count = len(self._lines) - len(self._limits) + near
        if line not in self._lines:
            return count
        own = self._lines[line]
        return count - (own is None or lowest <= own <= highest)

    def add(self, line: str, rate: Decimal | None) -> bool:
        """Take a line in; False when it is there already."""
        if line in self._lines:
            return False
        self._lines[line] = rate
        if rate is not None:
            insort(self._limits, rate)
        return True

    def remove(self, line: str) -> None:
        """Take a line out."""
        rate = self._lines.pop(line)
        if rate is not None:
            del self._limits[bisect_left(self._limits, rate)]


class Family:
    """The look-alikes of one likeness, by the amounts of their legs."""

    __slots__ = ("_by_amounts",)

    def __init__(self) -> None:
        self._by_amounts: dict[Amounts, Alikes] = {}

    def find(self, amounts: Amounts) -> Alikes | None:
        """Those of some amounts; None when there were never any."""
        return self._by_amounts.get(amounts)

    def of(self, amounts: Amounts) -> Alikes:
        """Those of some amounts; none so far, it may be."""
        known = self._by_amounts.get(amounts)
        if known is None:
            known = self._by_amounts[amounts] = Alikes()
        return known


class LookAlikes:
    """Every order that is live or was dealt. One that ended without a fill is forgotten."""

    def __init__(self) -> None:
        self._families: dict[Likeness, Family] = {}
        self._live: dict[str, tuple[Alikes, str]] = {}

    def family(self, likeness: Likeness) -> Family:
        """The family of a likeness, which stays the same one."""
        return self._families.setdefault(likeness, Family())

    def hold(self, name: str, alikes: Alikes, line: str, rate: Decimal | None) -> None:
        """An order of a line is allowed."""
        if alikes.add(line, rate):
            self._live[name] = alikes, line

    def dealt(self, name: str) -> None:
        """Some of an order is dealt: it is remembered for the day."""
        self._live.pop(name, None)

    def over(self, name: str) -> None:
        """An order is over; when nothing of it was dealt, it may be entered again."""
        held = self._live.pop(name, None)
        if held is not None:
            alikes, line = held
            alikes.remove(line)
