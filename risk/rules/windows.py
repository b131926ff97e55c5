"""Sums over the last minutes, in constant time and bounded memory.

A window is cut into slots of the clock. A new slot takes the place of the oldest, so that a window always covers its
whole length, and up to one slot more. Time that goes back is not counted again.
"""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any, Generic, TypeVar

from trader.domain.moments import NS_PER_S
from trader.domain.money import ZERO

SLOTS = 12
# Volatility is quoted on a year of trading days. Source: market convention, 252 days.
_YEAR_NS = 252 * 24 * 3600 * NS_PER_S
_RETURNS_MIN = SLOTS // 2
_FIGURE = Context(prec=16)  # a statistic, not an amount
_ONE = Decimal(1)


@dataclass(slots=True)
class Prices:
    """The middles heard in one slot: the lowest, the highest and the last; NaN before the first."""

    low: Decimal = Decimal("NaN")
    high: Decimal = Decimal("NaN")
    last: Decimal = Decimal("NaN")

    def take(self, mid: Decimal) -> None:
        """One more."""
        self.low, self.high, self.last = _FIGURE.min(self.low, mid), _FIGURE.max(self.high, mid), mid


@dataclass(slots=True)
class Counts:
    """What became of orders in one slot.

    Attributes:
        allowed: How many the gate allowed; one that is taken back before it left is not among them.
        answered: How many the venue answered for the first time.
        rejected: How many of these answers were a no.
        waited_ns: What these answers took, together.
        ended: How many that were answered became final.
        filled: The filled parts of these, together: 1 for each that was filled whole.
    """

    allowed: int = 0
    answered: int = 0
    rejected: int = 0
    waited_ns: int = 0
    ended: int = 0
    filled: Decimal = ZERO


_Slot = TypeVar("_Slot", bound=Prices | Counts)
_Answer = TypeVar("_Answer")


class Window(Generic[_Slot]):
    """The slots of one window.

    Args:
        window_s: Its length in seconds.
        fresh: Makes an empty slot.

    Attributes:
        width_ns: How long a slot lasts.
    """

    __slots__ = ("_changes", "_fresh", "_known", "_slots", "width_ns")

    _fresh: Callable[[], _Slot]

    def __init__(self, window_s: int, fresh: Callable[[], _Slot]) -> None:
        self.width_ns = window_s * NS_PER_S // SLOTS
        self._fresh = fresh
        self._changes = 0
        self._known: dict[str, tuple[tuple[int, int, Decimal], Any]] = {}
        self._slots: list[tuple[int, _Slot] | None] = [None] * (SLOTS + 1)

    def at(self, ts_ns: int) -> _Slot | None:
        """The slot of a moment, to be changed now; None for one that has left the window."""
        self._changes += 1
        number = ts_ns // self.width_ns
        place = number % len(self._slots)
        kept = self._slots[place]
        if kept is None or kept[0] < number:
            kept = self._slots[place] = number, self._fresh()
        return kept[1] if kept[0] == number else None

    def live(self, now_ns: int) -> Iterator[tuple[int, _Slot]]:
        """The slots inside the window, the oldest first, each with its number."""
        newest = now_ns // self.width_ns
        kept = [slot for slot in self._slots if slot is not None and newest - SLOTS <= slot[0] <= newest]
        return iter(sorted(kept, key=lambda slot: slot[0]))

    def answer(
        self, name: str, work: "Callable[[Window[_Slot], Decimal, int], _Answer]", mid: Decimal, now_ns: int
    ) -> "_Answer":
        """What a function says of the window, worked out anew only when a slot, the middle or the time has changed it.

        Args:
            name: The function's, by which its answer is kept.
            work: The function.
            mid: Where the middle is now.
            now_ns: Now, UTC nanoseconds.
        """
        asked = self._changes, now_ns // self.width_ns, mid
        known = self._known.get(name)
        if known is None or known[0] != asked:
            known = self._known[name] = asked, work(self, mid, now_ns)
        answer: _Answer = known[1]
        return answer

    def snapshot(self) -> list[object]:
        """Every slot, as plain values."""
        kept = sorted(filter(None, self._slots), key=lambda slot: slot[0])
        return [[number, *map(str, astuple(slot))] for number, slot in kept]


def change(window: Window[Prices], mid: Decimal, now_ns: int) -> Decimal:
    """How far the middle was at most from where it is, as a fraction of where it was; zero when nothing was heard."""
    furthest = ZERO
    for _, slot in window.live(now_ns):
        furthest = max(
            furthest,
            _FIGURE.divide(abs(mid - slot.low), slot.low),
            _FIGURE.divide(abs(slot.high - mid), slot.high),
        )
    return furthest


def volatility(window: Window[Prices], _mid: Decimal, now_ns: int) -> Decimal | None:
    """The square root of the summed squared changes from slot to slot, for a year; None with too few of them."""
    slots = list(window.live(now_ns))
    if len(slots) <= _RETURNS_MIN:
        return None
    total = ZERO
    for (_, before), (_, after) in pairwise(slots):
        moved = _FIGURE.subtract(_FIGURE.divide(after.last, before.last), _ONE)
        total = _FIGURE.fma(moved, moved, total)
    span_ns = (slots[-1][0] - slots[0][0]) * window.width_ns
    return _FIGURE.sqrt(_FIGURE.divide(_FIGURE.multiply(total, Decimal(_YEAR_NS)), Decimal(span_ns)))


def counted(window: Window[Counts], _mid: Decimal, now_ns: int) -> Counts:
    """Everything that was counted in a window."""
    total = Counts()
    for _, slot in window.live(now_ns):
        total.allowed += slot.allowed
        total.answered += slot.answered
        total.rejected += slot.rejected
        total.waited_ns += slot.waited_ns
        total.ended += slot.ended
        total.filled += slot.filled
    return total
