"""What limits count of an order or of a fill, and where each of these amounts stands.

Every order has the same few amounts, and every fill of it has them too: of an order each is the most that it may come
to, zero or more; of a fill it is what really was, and what goes the other way is less than zero. What moves on one day
in one currency is for an outright one of these amounts already. Only a deal of several legs has amounts of its own for
each of its days, so that an order costs no more than it has legs.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from trader.domain.currency import Currency
from trader.domain.deal import Side
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

ONE = Decimal(1)


class Measure(StrEnum):
    """An amount that an order has as a whole.

    ``DEALT`` and ``CONTRA`` are net over the legs: what goes the near leg's way, less what goes the other. ``NOTIONAL``
    is the turnover, in the reporting currency. ``WORKING_VALUE`` is the turnover that may still be dealt: it pends, and
    is never posted. ``WORKING_COUNT`` is 1 until the order is over, whatever of it has filled. ``NOTHING`` is zero.
    """

    DEALT = "DEALT"
    CONTRA = "CONTRA"
    NOTIONAL = "NOTIONAL"
    WORKING_VALUE = "WORKING_VALUE"
    WORKING_COUNT = "WORKING_COUNT"
    NOTHING = "NOTHING"


class Moves(StrEnum):
    """Which way a cash flow goes.

    ``RECEIVED`` and ``PAID`` add up gross, leg by leg. ``NET`` is what is received less what is paid; a factor of -1
    turns it round. ``NETTED`` is for what may be set off only once it is dealt: receipts pend, and the net is posted.
    ``BOOKED`` is for what is there only once it is dealt: nothing pends, and the net is posted.
    """

    RECEIVED = "RECEIVED"
    PAID = "PAID"
    NET = "NET"
    NETTED = "NETTED"
    BOOKED = "BOOKED"


class Flow(NamedTuple):
    """What a deal moves on one of its days in one of its two currencies, in units of that currency.

    An NDF has the flows that it would have if it delivered; it is worth what they are worth.
    """

    moves: Moves
    day: date
    currency: Currency


# What a node counts of an order.
Measured = Measure | Flow

# The amounts, in the order of :class:`Layout`.
Amounts = tuple[Decimal, ...]

_DEALT, _DEALT_BACK, _CONTRA, _CONTRA_BACK, _NOTIONAL, _ZERO, _ONE = range(7)
_WHOLE = 7  # how many amounts an order has as a whole; the days follow
_OF_A_DAY = 8  # received, paid, net in and net out, of the dealt and then of the contra currency

# Where an order's amount stands, and where a fill's.
Places = tuple[int, int]
_WAY: Mapping[Measured, Places] = MappingProxyType(
    {
        Measure.DEALT: (_DEALT, _DEALT),
        Measure.CONTRA: (_CONTRA, _CONTRA),
        Measure.NOTIONAL: (_NOTIONAL, _NOTIONAL),
        Measure.WORKING_VALUE: (_NOTIONAL, _ZERO),
        Measure.WORKING_COUNT: (_ONE, _ZERO),
        Measure.NOTHING: (_ZERO, _ZERO),
    }
)
_BACK: Mapping[Measured, Places] = MappingProxyType(
    {Measure.DEALT: (_DEALT_BACK, _DEALT_BACK), Measure.CONTRA: (_CONTRA_BACK, _CONTRA_BACK)}
)
# Which of received, paid, net in, net out and nothing a flow is, of an order and of a fill.
_OF_MOVES: Mapping[Moves, Places] = MappingProxyType(
    {Moves.RECEIVED: (0, 0), Moves.PAID: (1, 1), Moves.NET: (2, 2), Moves.NETTED: (0, 2), Moves.BOOKED: (4, 2)}
)
_BACK_OF_A_DAY: Places = (3, 3)


def whole(dealt: Decimal, dealt_back: Decimal, contra: Decimal, contra_back: Decimal, notional: Decimal) -> Amounts:
    """The amounts that an order or a fill has as a whole.

    Args:
        dealt: The dealt currency's that goes the near leg's way.
        dealt_back: What goes the other.
        contra: The contra currency's that goes the near leg's way.
        contra_back: What goes the other.
        notional: The turnover.
    """
    return dealt, dealt_back, contra, contra_back, notional, ZERO, ONE


class Layout(NamedTuple):
    """Where the amounts of every order with one outline stand.

    Attributes:
        dealt: The dealt currency.
        contra: The other one.
        near_side: What the near leg does with the dealt currency.
        days: The value dates, each once.
        is_outright: True for a deal of one leg.
    """

    dealt: Currency
    contra: Currency
    near_side: Side
    days: tuple[date, ...]
    is_outright: bool

    def is_never_asked(self, place: int) -> bool:
        """Whether an order's amount at a place is always zero: an outright goes one way only."""
        return place == _ZERO or (self.is_outright and place in (_DEALT_BACK, _CONTRA_BACK))

    def places(self, measure: Measured, factor: Decimal | int) -> Places:
        """Where what a claim counts stands in an order's amounts, and in a fill's.

        Args:
            measure: What is counted.
            factor: -1 for the other way, above zero for its own.

        Raises:
            LocalOrderError: No such order has this.
        """
        found = None
        if isinstance(measure, Flow):
            found = self._flow_places(measure, factor) if factor == -1 or factor > 0 else None
        elif factor == -1:
            found = _BACK.get(measure)
        elif factor > 0:
            found = _WAY.get(measure)
        if found is None:
            raise LocalOrderError(f"{factor} x {measure} is an amount that no order of {self} has")
        return found

    def _flow_places(self, flow: Flow, factor: Decimal | int) -> Places | None:
        moves, day, currency = flow
        if day not in self.days or currency not in (self.dealt, self.contra):
            return None
        if factor == -1 and moves is not Moves.NET:
            return None
        stands = self._outright(currency) if self.is_outright else self._on(day, currency)
        asked, posted = _BACK_OF_A_DAY if factor == -1 else _OF_MOVES[moves]
        return stands[asked], stands[posted]

    def _outright(self, currency: Currency) -> tuple[int, int, int, int, int]:
        """Where received, paid, net in, net out and nothing of an outright stand."""
        way, back = (_DEALT, _DEALT_BACK) if currency == self.dealt else (_CONTRA, _CONTRA_BACK)
        is_received = (self.near_side is Side.BUY) == (currency == self.dealt)
        return (way, _ZERO, way, back, _ZERO) if is_received else (_ZERO, way, back, way, _ZERO)

    def _on(self, day: date, currency: Currency) -> tuple[int, int, int, int, int]:
        """Where they stand in a deal of several legs."""
        first = _WHOLE + _OF_A_DAY * self.days.index(day)
        if currency != self.dealt:
            first += _OF_A_DAY // 2
        return first, first + 1, first + 2, first + 3, _ZERO
