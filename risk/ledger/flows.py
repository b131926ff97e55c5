"""What a deal of several legs moves, day by day: in its dealt currency, which is sure, and in the other, which is not.

The legs of a deal are dealt together, so one leg's payment is another's receipt: a position counts what is left when
they are set off against each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from risk.ledger.measures import Amounts
from trader.domain.deal import Side
from trader.domain.money import ZERO


class LegAmounts(NamedTuple):
    """One leg.

    Attributes:
        side: What it does with the dealt currency.
        value_date: When it is paid.
        dealt: Its amount of the dealt currency.
        most: The largest that its contra amount may be.
        least: The smallest; of what is dealt both are what it is.
    """

    side: Side
    value_date: date
    dealt: Decimal
    most: Decimal
    least: Decimal


@dataclass(slots=True)
class _Moved:
    """What some legs move; all zero or more."""

    dealt_in: Decimal = ZERO
    dealt_out: Decimal = ZERO
    most_in: Decimal = ZERO
    least_in: Decimal = ZERO
    most_out: Decimal = ZERO
    least_out: Decimal = ZERO

    def add(self, leg: LegAmounts) -> None:
        if leg.side is Side.BUY:
            self.dealt_in += leg.dealt
            self.most_out += leg.most
            self.least_out += leg.least
        else:
            self.dealt_out += leg.dealt
            self.most_in += leg.most
            self.least_in += leg.least

    @property
    def dealt(self) -> tuple[Decimal, Decimal]:
        """The dealt currency's net in, and net out."""
        return self.dealt_in - self.dealt_out, self.dealt_out - self.dealt_in

    @property
    def contra(self) -> tuple[Decimal, Decimal]:
        """The most of the contra currency that may come in net, and go out net."""
        return self.most_in - self.least_out, self.most_out - self.least_in


class Flows:
    """The flows of a deal.

    Args:
        near_side: What the near leg does with the dealt currency.
        days: The value dates, each once.
        legs: The legs, in the deal's order.
    """

    __slots__ = ("_days", "_near_side", "_whole")

    def __init__(self, near_side: Side, days: Sequence[date], legs: Sequence[LegAmounts]) -> None:
        self._near_side = near_side
        self._whole, by_day = _Moved(), {day: _Moved() for day in days}
        for leg in legs:
            self._whole.add(leg)
            by_day[leg.value_date].add(leg)
        self._days = tuple(by_day.values())

    def net(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """What goes the near leg's way and the other, of the dealt currency and of the contra currency; signed."""
        (dealt_in, dealt_out), (contra_in, contra_out) = self._whole.dealt, self._whole.contra
        if self._near_side is Side.BUY:
            return dealt_in, dealt_out, contra_out, contra_in
        return dealt_out, dealt_in, contra_in, contra_out

    def by_day(self) -> Amounts:
        """For each day and each currency: received, paid, net in and net out, the last two signed."""
        found: list[Decimal] = []
        for moved in self._days:
            found += _GROSS_DEALT(moved)
            found += moved.dealt
            found += _GROSS_CONTRA(moved)
            found += moved.contra
        return tuple(found)


_GROSS_DEALT = attrgetter("dealt_in", "dealt_out")
_GROSS_CONTRA = attrgetter("most_in", "most_out")
