"""What rules can ask of the market and of the orders before: small sums, each kept up to date in constant time.

Only what some rule asks for is summed. What an order was, and when it left, is kept of every live one, so that rules
that come later find the live orders counted. How full limits are is not kept here: that is read from the ledger.
"""

from collections.abc import Iterable
from decimal import Decimal

from risk.gate.outline import Outline
from risk.rules.language import Figure
from risk.rules.nodes import NodeFamilies
from risk.rules.windows import Counts, Prices, Window, change, counted, volatility
from risk.rules.words import FIGURES, FLOW, KEYS
from trader.domain.currency import CurrencyPair
from trader.domain.money import ZERO

# Whose orders: values in the order of the dimensions of a shape.
_Names = tuple[str, ...]
_Shape = tuple[str, ...]
_Flows = dict[tuple[_Shape, int], dict[_Names, Window[Counts]]]
_NOTHING = Counts()


class _Live:
    """An order that was allowed and is not final."""

    __slots__ = ("allowed_ns", "is_answered", "is_over", "outline", "sent_ns")

    def __init__(self, outline: Outline, allowed_ns: int) -> None:
        self.outline, self.allowed_ns, self.sent_ns = outline, allowed_ns, 0
        self.is_answered = self.is_over = False


class Indicators:
    """Everything that is summed.

    Attributes:
        limits: The nodes of the ledger, found by their keys.
    """

    def __init__(self) -> None:
        self.limits = NodeFamilies()
        self._live: dict[str, _Live] = {}
        self._prices: dict[int, dict[CurrencyPair, Window[Prices]]] = {}
        self._flows: _Flows = {}
        self._paced: _Flows = {}  # those of the flows that somebody counts orders in
        self._numbers: dict[_Shape, dict[_Names, int]] = {}

    def watch(self, figures: Iterable[Figure]) -> None:
        """Sum what these figures are made of from now on, and nothing else; what is summed already goes on."""
        asked = list(figures)
        windows = {each.window_s for each in asked if FIGURES[each.name].of == ("pair",) and each.window_s}
        shapes = {(_shape(each), each.window_s) for each in asked if FIGURES[each.name].of == FLOW and each.window_s}
        numbered = {_shape(each) for each in asked if FIGURES[each.name].of == FLOW and not each.window_s}
        self._prices = {window_s: self._prices.get(window_s, {}) for window_s in sorted(windows)}
        self._flows = {shape: self._flows.get(shape, {}) for shape in sorted(shapes)}
        counted = {(_shape(each), each.window_s) for each in asked if each.name == "orders"}
        self._paced = {shape: flow for shape, flow in self._flows.items() if shape in counted}
        self._numbers = {shape: {} for shape in sorted(numbered)}
        for live in self._live.values():
            if not live.is_over:
                self._count(live.outline, 1)

    @property
    def hears_prices(self) -> bool:
        """Whether anything is made of prices."""
        return bool(self._prices)

    # --- what happens ------------------------------------------------------------------------------------------------

    def price_heard(self, pair: CurrencyPair, mid: Decimal, ts_ns: int) -> None:
        """A usable rate of a pair."""
        for window_s, by_pair in self._prices.items():
            window = by_pair.get(pair)
            if window is None:
                window = by_pair[pair] = Window(window_s, Prices)
            slot = window.at(ts_ns)
            if slot is not None:
                slot.take(mid)

    def order_allowed(self, name: str, outline: Outline, now_ns: int) -> None:
        """The gate lets an order leave. Counted at once, so that the next of the same batch is judged by it."""
        self._live[name] = _Live(outline, now_ns)
        self._count(outline, 1)
        for slot in self._slots(self._paced, outline, now_ns):
            slot.allowed += 1

    def order_sent(self, name: str, now_ns: int) -> None:
        """An order leaves."""
        if name in self._live:
            self._live[name].sent_ns = now_ns

    def order_answered(self, name: str, now_ns: int, *, is_rejected: bool) -> None:
        """The venue says its first word about an order."""
        live = self._live.get(name)
        if live is None or live.is_answered:
            return
        live.is_answered = True
        for slot in self._slots(self._flows, live.outline, now_ns):
            slot.answered += 1
            slot.rejected += is_rejected
            slot.waited_ns += max(0, now_ns - live.sent_ns)

    def order_released(self, name: str) -> None:
        """An order holds nothing any longer: it is final, or is taken back before it left, and was none."""
        live = self._live.get(name)
        if live is None or live.is_over:
            return
        live.is_over = True
        self._count(live.outline, -1)
        if not live.sent_ns:
            del self._live[name]
            for slot in self._slots(self._paced, live.outline, live.allowed_ns):
                slot.allowed -= bool(slot.allowed)

    def order_ended(self, name: str, filled_part: Decimal, now_ns: int) -> None:
        """An order that left is final. What the venue never answered says nothing about the venue."""
        self.order_released(name)
        live = self._live.pop(name, None)
        if live is not None and live.is_answered:
            for slot in self._slots(self._flows, live.outline, now_ns):
                slot.ended += 1
                slot.filled += filled_part

    # --- what is asked -----------------------------------------------------------------------------------------------

    def change(self, pair: CurrencyPair, window_s: int, mid: Decimal, now_ns: int) -> Decimal:
        """How far a middle was at most from where it is now, as a fraction."""
        window = self._prices[window_s].get(pair)
        return ZERO if window is None else window.answer("change", change, mid, now_ns)

    def volatility(self, pair: CurrencyPair, window_s: int, now_ns: int) -> Decimal | None:
        """The annualized volatility as a fraction; None while too little was heard."""
        window = self._prices[window_s].get(pair)
        return None if window is None else window.answer("volatility", volatility, ZERO, now_ns)

    def counts(self, shape: _Shape, names: _Names, window_s: int, now_ns: int) -> Counts:
        """What became of somebody's orders."""
        window = self._flows[shape, window_s].get(names)
        return _NOTHING if window is None else window.answer("counted", counted, ZERO, now_ns)

    def live_orders(self, shape: _Shape, names: _Names) -> int:
        """How many orders of somebody have left and are not final."""
        return self._numbers[shape].get(names, 0)

    def snapshot(self) -> dict[str, object]:
        """Everything, as plain values in a canonical order."""
        return {
            "live": {
                name: [live.allowed_ns, live.sent_ns, live.is_answered, live.is_over]
                for name, live in sorted(self._live.items())
            },
            "prices": [
                [window_s, str(pair), window.snapshot()]
                for window_s, by_pair in self._prices.items()
                for pair, window in sorted(by_pair.items(), key=lambda each: str(each[0]))
            ],
            "flows": [
                [window_s, list(zip(shape, names, strict=True)), window.snapshot()]
                for (shape, window_s), by_names in self._flows.items()
                for names, window in sorted(by_names.items())
            ],
        }

    def _count(self, outline: Outline, step: int) -> None:
        for shape, numbers in self._numbers.items():
            names = names_of(shape, outline)
            left = numbers.get(names, 0) + step
            if left:
                numbers[names] = left
            else:
                numbers.pop(names, None)

    def _slots(self, flows: _Flows, outline: Outline, now_ns: int) -> list[Counts]:
        """The slot of a moment in every sum that an order counts in."""
        found = []
        for (shape, window_s), by_names in flows.items():
            names = names_of(shape, outline)
            window = by_names.get(names)
            if window is None:
                window = by_names[names] = Window(window_s, Counts)
            slot = window.at(now_ns)
            if slot is not None:
                found.append(slot)
        return found


def names_of(shape: _Shape, outline: Outline) -> _Names:
    """The names of an order that a shape asks for; it has one of each."""
    return tuple([KEYS[dimension].values(outline)[0] for dimension in shape])


def _shape(figure: Figure) -> _Shape:
    return tuple([dimension for dimension, _ in figure.subject])
