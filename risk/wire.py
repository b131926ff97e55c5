"""The last look at the wire: what leaves is compared with what was asked, by code that knows nothing of the gate.

WRONG_WAY compares what an order trades with its line, CHILD_WITHIN_PARENT adds up what each line has live and filled.
Both latch: a line of which one order was wrong sends nothing more. STALE_SEND stops an order whose decision is old.
What is not known is refused.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitBook, LimitTable, undefined
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.commands import PlaceOrder
from trader.domain.deal import Deal
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, cl_ord_id, line_of, line_part
from trader.domain.money import ZERO

_AGE = LimitTable("STALE_SEND", "age_ms_max", ("venue",))
_NS_PER_MS = 1_000_000

CHILD_WITHIN_PARENT = Control(
    code=ReasonCode.CHILD_WITHIN_PARENT,
    mode=Mode.HARD_LATCH,
    mitigates="orders that nobody asked for",
    formula="Σ child orders (live + filled) ≤ line, at the wire",
    is_limit=True,
)
STALE_SEND = Control(
    code=ReasonCode.STALE_SEND,
    mode=Mode.HARD,
    mitigates="an order that leaves long after it was decided",
    formula="age of the decision ≤ T",
    keys=(_AGE.dimensions,),
    parameters=(Parameter(_AGE.parameter, Kind.POSITIVE, "T, the oldest a decision may be, in milliseconds"),),
    is_limit=True,
)


@dataclass(slots=True)
class _Line:
    deal: Deal
    used: Decimal = ZERO
    is_latched: bool = False
    # What each child counts for: its whole quantity while it is live, what it filled when it is closed.
    children: dict[str, Decimal] = field(default_factory=dict)

    @property
    def asked(self) -> Decimal:
        return self.deal.near_leg.amount


class WireGuard:
    """Guards the messages of one session that carry risk.

    Args:
        limits: Holds the oldest decision that may be sent to the venue; without it nothing is permitted.
        venue: The session's venue.
    """

    def __init__(self, limits: LimitBook, venue: str) -> None:
        age_ms_max = limits.number(_AGE, (venue,))
        self._venue = venue
        self._age_ns_max = None if age_ms_max is None else int(age_ms_max * _NS_PER_MS)
        self._lines: dict[str, _Line] = {}

    def register(self, line_id: LineId, deal: Deal) -> None:
        """Make a line known, with what it asks for.

        Raises:
            LocalOrderError: The line is known already, with another deal.
        """
        line = self._lines.setdefault(line_part(cl_ord_id(line_id.batch_id, line_id.line_no)), _Line(deal))
        if line.deal != deal:
            raise LocalOrderError(f"line {line_id} asks for {line.deal}, and now for {deal}; a line never changes")

    def permit(self, order: PlaceOrder, decided_ts_ns: int, now_ns: int) -> Violation | None:
        """Whether an order may leave now. A permitted one counts as live from here on.

        Args:
            order: The order as it would be encoded; its ClOrdID(11) was never permitted before.
            decided_ts_ns: When it was decided to send it, UTC nanoseconds.
            now_ns: Now, on the same clock.
        """
        name, qty = order.cl_ord_id, order.deal.near_leg.amount
        line = self._lines.get(line_part(name))
        if line is None:
            return broken_rule(ReasonCode.CHILD_WITHIN_PARENT, _node(name), "no line asked for this order")
        if _way(order.deal) != _way(line.deal):
            line.is_latched = True
            return broken_rule(ReasonCode.WRONG_WAY, _node(name), _other_way(order.deal, line.deal))
        stale = self._stale(decided_ts_ns, now_ns)
        if stale is not None:
            return stale
        is_too_much = not qty > ZERO or line.used + qty > line.asked
        if is_too_much or line.is_latched or name in line.children:
            problem = "the line is latched, an order of it was wrong before"
            if not line.is_latched:
                problem = "this order was sent before" if name in line.children else "more than the line asked for"
            line.is_latched = True
            return _too_much(name, line, qty, problem)
        line.children[name] = qty
        line.used += qty
        return None

    def left(self, order: PlaceOrder) -> None:
        """An order left before the process was restarted: it counts, and is not judged again.

        Raises:
            LocalOrderError: Its line is not known.
        """
        name, qty = order.cl_ord_id, order.deal.near_leg.amount
        line = self._lines.get(line_part(name))
        if line is None:
            raise LocalOrderError(f"ClOrdID(11) {name} left, and no line asked for it")
        line.children[name] = qty
        line.used += qty

    def latch(self, cl_ord_id: str) -> None:
        """An order of the line was refused here before the process was restarted: the latch still holds."""
        line = self._lines.get(line_part(cl_ord_id))
        if line is not None:
            line.is_latched = True

    def closed(self, cl_ord_id: str, cum_qty: Decimal) -> None:
        """An order is final: what did not fill is free again. Said once more, the later CumQty(14) counts.

        Raises:
            LocalOrderError: The order was never permitted.
        """
        line = self._lines.get(line_part(cl_ord_id))
        if line is None or cl_ord_id not in line.children:
            raise LocalOrderError(f"ClOrdID(11) {cl_ord_id} is closed, and was never permitted")
        line.used += cum_qty - line.children[cl_ord_id]
        line.children[cl_ord_id] = cum_qty

    def snapshot(self) -> dict[str, object]:
        """Every line, as plain values in a canonical order."""
        return {
            name: [f"{n.asked:f}", f"{n.used:f}", n.is_latched, {c: f"{q:f}" for c, q in sorted(n.children.items())}]
            for name, n in sorted(self._lines.items())
        }

    def _stale(self, decided_ts_ns: int, now_ns: int) -> Violation | None:
        if self._age_ns_max is None:
            return undefined(_AGE, (self._venue,))
        age_ns = now_ns - decided_ts_ns
        if 0 <= age_ns <= self._age_ns_max:
            return None
        age_ms_max = Decimal(self._age_ns_max) / _NS_PER_MS
        age_ms = Decimal(age_ns) / _NS_PER_MS
        problem = "the decision is too old, in milliseconds" if age_ns > 0 else "the decision is from the future"
        node = f"venue={self._venue}"
        return Violation(ReasonCode.STALE_SEND, node, age_ms_max, ZERO, age_ms, age_ms_max, None, problem)


def _way(deal: Deal) -> tuple[object, ...]:
    """What an order has to have in common with its line, whatever its size."""
    leg = deal.near_leg
    return deal.pair, deal.dealt_currency, leg.side, leg.value_date


def _other_way(order: Deal, line: Deal) -> str:
    names = ("pair", "dealt currency", "side", "value date")
    facts = zip(names, _way(order), _way(line), strict=True)
    return " and ".join(
        f"the order's {name} is {has}, the line's {asked}" for name, has, asked in facts if has != asked
    )


def _too_much(cl_ord_id: str, line: _Line, qty: Decimal, problem: str) -> Violation:
    free = line.asked - line.used
    return Violation(ReasonCode.CHILD_WITHIN_PARENT, _node(cl_ord_id), line.asked, line.used, qty, free, None, problem)


def _node(cl_ord_id: str) -> str:
    return f"line={line_of(cl_ord_id) or cl_ord_id}"
