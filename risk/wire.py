"""The last look at the wire: what leaves is compared with what was asked, by code that knows nothing of the gate.

CHILD_WITHIN_PARENT adds up what each line has live and filled, and latches: a line that once asked for too much sends
nothing more. STALE_SEND stops an order whose decision is old. What is not known is refused.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitBook, Table
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, cl_ord_id, line_of
from trader.domain.money import ZERO

_AGE = Table("STALE_SEND", "age_ms_max", ("venue",))
_NS_PER_MS = 1_000_000
_LINE_PART = 14  # the batch and the line of a ClOrdID(11), before the child and the version

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
    asked: Decimal
    used: Decimal = ZERO
    is_latched: bool = False
    # What each child counts for: its whole quantity while it is live, what it filled when it is closed.
    children: dict[str, Decimal] = field(default_factory=dict)


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

    def register(self, line_id: LineId, asked: Decimal) -> None:
        """Make a line known, with the amount of its dealt currency.

        Raises:
            LocalOrderError: The line is known already, with another amount.
        """
        line = self._lines.setdefault(cl_ord_id(line_id.batch_id, line_id.line_no)[:_LINE_PART], _Line(asked))
        if line.asked != asked:
            raise LocalOrderError(f"line {line_id} asks for {line.asked}, and now for {asked}; a line never changes")

    def permit(self, cl_ord_id: str, order_qty: Decimal, decided_ts_ns: int, now_ns: int) -> Violation | None:
        """Whether an order may leave now. A permitted one counts as live from here on.

        Args:
            cl_ord_id: ClOrdID(11), never permitted before.
            order_qty: OrderQty(38), in the line's dealt currency.
            decided_ts_ns: When it was decided to send it, UTC nanoseconds.
            now_ns: Now, on the same clock.
        """
        line = self._lines.get(cl_ord_id[:_LINE_PART])
        if line is None:
            return _parent_violation(cl_ord_id, None, order_qty, "no line asked for this order")
        stale = self._stale(decided_ts_ns, now_ns)
        if stale is not None:
            return stale
        is_too_much = not order_qty > ZERO or line.used + order_qty > line.asked
        if is_too_much or line.is_latched or cl_ord_id in line.children:
            problem = "the line is latched, it sent too much before"
            if not line.is_latched:
                problem = "this order was sent before" if cl_ord_id in line.children else "more than the line asked for"
            line.is_latched = True
            return _parent_violation(cl_ord_id, line, order_qty, problem)
        line.children[cl_ord_id] = order_qty
        line.used += order_qty
        return None

    def closed(self, cl_ord_id: str, cum_qty: Decimal) -> None:
        """An order is final: what did not fill is free again. Said once more, the later CumQty(14) counts.

        Raises:
            LocalOrderError: The order was never permitted.
        """
        line = self._lines.get(cl_ord_id[:_LINE_PART])
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
        node = f"venue={self._venue}"
        if self._age_ns_max is None:
            return broken_rule(ReasonCode.LIMIT_UNDEFINED, node, f"{_AGE.control} has no row for {_AGE.parameter}")
        age_ns = now_ns - decided_ts_ns
        if 0 <= age_ns <= self._age_ns_max:
            return None
        age_ms_max = Decimal(self._age_ns_max) / _NS_PER_MS
        age_ms = Decimal(age_ns) / _NS_PER_MS
        problem = "the decision is too old, in milliseconds" if age_ns > 0 else "the decision is from the future"
        return Violation(ReasonCode.STALE_SEND, node, age_ms_max, ZERO, age_ms, age_ms_max, None, problem)


def _parent_violation(cl_ord_id: str, line: _Line | None, order_qty: Decimal, problem: str) -> Violation:
    node = f"line={line_of(cl_ord_id) or cl_ord_id}"
    if line is None:
        return broken_rule(ReasonCode.CHILD_WITHIN_PARENT, node, problem)
    free = line.asked - line.used
    return Violation(ReasonCode.CHILD_WITHIN_PARENT, node, line.asked, line.used, order_qty, free, None, problem)
