"""How far each reference rate has moved of late, kept in bounded memory, and which of them moved too far.

A rate's window is cut into slots, and a slot keeps the lowest and the highest middle heard in it. So what is kept of a
rate does not grow with how often it comes. A slot counts as long as any of it is in the window: the window is at most
one slot longer than its row says.
"""

from collections import deque
from decimal import Decimal
from typing import NamedTuple

from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode
from risk.stops.stops import Dimension, Scope, State, Stop
from trader.domain.currency import CurrencyPair
from trader.domain.moments import NS_PER_S

WINDOW = LimitTable("PAIR_VELOCITY", "window_s", ("pair",))
MOVE = LimitTable("PAIR_VELOCITY", "move_fraction_max", ("pair",))

_SLOTS = 60
_STEP = Decimal("0.000001")


class _Slot(NamedTuple):
    number: int
    lowest: Decimal
    highest: Decimal


class Velocity:
    """The moves of every pair, as each source tells them.

    Args:
        limits: Has each pair's window and largest move; a pair without is not watched, and nothing is dealt on it.
    """

    def __init__(self, limits: LimitBook) -> None:
        self._limits = limits
        self._slots: dict[tuple[CurrencyPair, str], deque[_Slot]] = {}
        self._due: list[tuple[str, str]] = []

    def use_limits(self, limits: LimitBook) -> None:
        """Other limits are in force. What was heard is forgotten where the window is another, and its slots with it."""
        before, self._limits = self._limits, limits
        for pair, source in list(self._slots):
            key = (_symbol(pair),)
            if before.number(WINDOW, key) != limits.number(WINDOW, key):
                del self._slots[pair, source]

    def forget(self) -> None:
        """Forget every rate."""
        self._slots.clear()
        self._due.clear()

    def heard(self, pair: CurrencyPair, source: str, mid: Decimal, ts_ns: int) -> None:
        """A source's rate is halfway between its sides at ``mid``, terms per base, at a moment in UTC nanoseconds."""
        symbol = _symbol(pair)
        window_s, move_max = self._limits.number(WINDOW, (symbol,)), self._limits.number(MOVE, (symbol,))
        if not window_s or move_max is None:
            return
        slots = self._slots.setdefault((pair, source), deque())
        _note(slots, mid, int(ts_ns * _SLOTS // (window_s * NS_PER_S)))
        lowest, highest = min(slot.lowest for slot in slots), max(slot.highest for slot in slots)
        farthest = lowest if mid - lowest > highest - mid else highest
        move = abs(mid - farthest) / farthest
        if move > move_max:
            slots.clear()  # when the pair is dealt again, it starts from there
            went = f"from {farthest:f} to {mid:f} within {window_s:f} s"
            why = f"the rate of {source} went {went}, by {move.quantize(_STEP):f} of itself"
            self._due.append((symbol, f"{why}; {move_max:f} is the most"))

    def take_due(self, now_ns: int) -> list[Stop]:
        """The stops of what moved too far, each once, as of a moment in UTC nanoseconds."""
        due, self._due = self._due, []
        code = ReasonCode.PAIR_VELOCITY
        return [Stop(Scope(Dimension.PAIR, pair), State.HALTED, code, now_ns, str(code), why) for pair, why in due]

    def snapshot(self) -> dict[str, list[list[str]]]:
        """Everything kept, as plain values in a canonical order."""
        return {
            f"{pair} {source}": [[str(slot.number), str(slot.lowest), str(slot.highest)] for slot in slots]
            for (pair, source), slots in sorted(self._slots.items(), key=lambda item: (str(item[0][0]), item[0][1]))
        }


def _symbol(pair: CurrencyPair) -> str:
    return str(pair if pair.is_market_order else pair.inverse)


def _note(slots: deque[_Slot], mid: Decimal, number: int) -> None:
    """Put a rate into its slot, and forget what has left the window. A moment that is past counts as the latest."""
    if slots and slots[-1].number >= number:
        last = slots.pop()
        slots.append(_Slot(last.number, min(last.lowest, mid), max(last.highest, mid)))
    else:
        slots.append(_Slot(number, mid, mid))
    while slots[0].number < slots[-1].number - _SLOTS:
        slots.popleft()
