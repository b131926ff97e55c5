"""The last look at the wire: what leaves is compared with what was asked, by code that knows nothing of the gate.

WRONG_WAY compares what an order trades with its line, CHILD_WITHIN_PARENT adds up what each line has live and filled,
leg by leg: an order is for the whole deal of its line, or for one of its legs as an outright. Both latch: a line of
which one order was wrong sends nothing more. STALE_SEND stops an order whose decision is old. What is not known is
refused. Whatever stops trading is known here too, and from the moment on at which it came in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from risk.control import Control, Kind, Mode, Parameter
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.stops.stops import EVERYTHING, Scope, State, Stop
from trader.domain.commands import PlaceOrder
from trader.domain.deal import Deal, Leg, Side
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, cl_ord_id, line_of, line_part
from trader.domain.moments import NS_PER_MS
from trader.domain.money import ZERO

_AGE = LimitTable("STALE_SEND", "age_ms_max", ("venue",))
_STEP = Decimal("0.001")  # the smallest minor unit there is

CHILD_WITHIN_PARENT = Control(
    code=ReasonCode.CHILD_WITHIN_PARENT,
    mode=Mode.HARD_LATCH,
    mitigates="orders that nobody asked for",
    formula="Σ child orders (live + filled) ≤ line, for each leg, at the wire",
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


# One exchange, whatever its size: two legs of a line on the same side and day count together.
_Exchange = tuple[Side, date]
_Amounts = dict[_Exchange, Decimal]


@dataclass(slots=True)
class _Child:
    near_qty: Decimal
    asked: _Amounts
    # What it counts for: all of it while it is live, what it filled when it is closed.
    counts: _Amounts


@dataclass(slots=True)
class _Line:
    deal: Deal
    asked: _Amounts
    used: _Amounts = field(default_factory=dict)
    scopes: tuple[Scope, ...] = ()
    is_latched: bool = False
    children: dict[str, _Child] = field(default_factory=dict)

    def count(self, name: str, child: _Child, counts: _Amounts) -> None:
        """Let a child count for so much from now on."""
        before = child.counts
        if counts is before:
            return
        for exchange, amount in counts.items():
            self.used[exchange] = self.used.get(exchange, ZERO) + amount - before.get(exchange, ZERO)
        child.counts = counts
        self.children[name] = child


class WireGuard:
    """Guards the messages of one session that carry risk.

    Args:
        limits: Holds the oldest decision that may be sent to the venue; without it nothing is permitted.
        venue: The session's venue.
    """

    def __init__(self, limits: LimitBook, venue: str) -> None:
        self._venue = venue
        self.use_limits(limits)
        self._lines: dict[str, _Line] = {}
        self._halted: tuple[Stop, ...] = ()
        self._shut: list[Stop] = []

    def use_limits(self, limits: LimitBook) -> None:
        """Other limits are in force from now on; everything registered stays."""
        self._limits = limits
        age_ms_max = limits.number(_AGE, (self._venue,))
        self._age_ns_max = None if age_ms_max is None else int(age_ms_max * NS_PER_MS)

    def shut(self, stop: Stop) -> None:
        """Let nothing in a scope leave from now on, until :meth:`taken`. The one call that any thread may make."""
        self._shut.append(stop)

    def taken(self, stop: Stop) -> None:
        """Whoever decides has taken in what the wire was shut for, and says by :meth:`obey` what holds."""
        self._shut.remove(stop)

    def obey(self, stops: Iterable[Stop]) -> None:
        """These stops hold, and no others. In a scope that is REDUCING it is the gate that looks at every order."""
        self._halted = tuple(stop for stop in stops if stop.state is not State.REDUCING)

    def register(self, line_id: LineId, deal: Deal, scopes: tuple[Scope, ...] = ()) -> None:
        """Make a line known, with what it asks for, and with everything by which it can be stopped.

        Raises:
            LocalOrderError: The line is known already, with another deal.
        """
        line = self._lines.setdefault(
            line_part(cl_ord_id(line_id.batch_id, line_id.line_no)), _Line(deal, _amounts(deal))
        )
        line.scopes = scopes
        if line.deal != deal:
            raise LocalOrderError(f"line {line_id} asks for {line.deal}, and now for {deal}; a line never changes")

    def permit(self, order: PlaceOrder, decided_ts_ns: int, now_ns: int) -> Violation | None:
        """Whether an order may leave now. A permitted one counts as live from here on.

        Args:
            order: The order as it would be encoded; its ClOrdID(11) was never permitted before.
            decided_ts_ns: When it was decided to send it, UTC nanoseconds.
            now_ns: Now, on the same clock.
        """
        name = order.cl_ord_id
        line = self._lines.get(line_part(name))
        if line is None:
            return broken_rule(ReasonCode.CHILD_WITHIN_PARENT, _node(name), "no line asked for this order")
        if self._halted or self._shut:
            for stop in (*self._halted, *self._shut):
                if stop.scope == EVERYTHING or stop.scope in line.scopes:
                    return broken_rule(stop.code, _node(name), f"{stop}; nothing may leave")
        other_way = _other_way(order.deal, line.deal)
        if other_way:
            line.is_latched = True
            return broken_rule(ReasonCode.WRONG_WAY, _node(name), other_way)
        stale = self._stale(decided_ts_ns, now_ns)
        if stale is not None:
            return stale
        asked = line.asked if order.deal is line.deal else _amounts(order.deal)
        excess = _excess(line, asked)
        if excess or line.is_latched or name in line.children:
            problem = "the line is latched, an order of it was wrong before"
            if not line.is_latched:
                problem = "this order was sent before" if name in line.children else "more than the line asked for"
            line.is_latched = True
            return _too_much(name, line, excess or next(iter(asked.items())), problem)
        line.count(name, _Child(order.deal.near_leg.amount, asked, {}), asked)
        return None

    def left(self, order: PlaceOrder) -> None:
        """An order left before the process was restarted: it counts, and is not judged again.

        Raises:
            LocalOrderError: Its line is not known.
        """
        name, asked = order.cl_ord_id, _amounts(order.deal)
        line = self._lines.get(line_part(name))
        if line is None:
            raise LocalOrderError(f"ClOrdID(11) {name} left, and no line asked for it")
        line.count(name, _Child(order.deal.near_leg.amount, asked, {}), asked)

    def latch(self, cl_ord_id: str) -> None:
        """An order of the line was refused here before the process was restarted: the latch still holds."""
        line = self._lines.get(line_part(cl_ord_id))
        if line is not None:
            line.is_latched = True

    def closed(self, cl_ord_id: str, cum_qty: Decimal) -> None:
        """An order is final: what did not fill is free again. Said once more, the later CumQty(14) counts.

        Args:
            cl_ord_id: The order.
            cum_qty: What its near leg filled, in units of the dealt currency; the other legs filled in proportion.

        Raises:
            LocalOrderError: The order was never permitted.
        """
        line = self._lines.get(line_part(cl_ord_id))
        if line is None or cl_ord_id not in line.children:
            raise LocalOrderError(f"ClOrdID(11) {cl_ord_id} is closed, and was never permitted")
        child = line.children[cl_ord_id]
        counts = child.asked
        if cum_qty != child.near_qty:
            counts = {exchange: _filled(child, qty, cum_qty) for exchange, qty in counts.items()}
        line.count(cl_ord_id, child, counts)

    def snapshot(self) -> dict[str, object]:
        """Every line, as plain values in a canonical order."""
        return {
            name: [
                _texts(line.asked),
                _texts(line.used),
                line.is_latched,
                {child: _texts(each.counts) for child, each in sorted(line.children.items())},
            ]
            for name, line in sorted(self._lines.items())
        }

    def _stale(self, decided_ts_ns: int, now_ns: int) -> Violation | None:
        if self._age_ns_max is None:
            return self._limits.undefined(_AGE, (self._venue,))
        age_ns = now_ns - decided_ts_ns
        if 0 <= age_ns <= self._age_ns_max:
            return None
        age_ms_max = Decimal(self._age_ns_max) / NS_PER_MS
        age_ms = Decimal(age_ns) / NS_PER_MS
        problem = "the decision is too old, in milliseconds" if age_ns > 0 else "the decision is from the future"
        node = f"venue={self._venue}"
        return Violation(ReasonCode.STALE_SEND, node, age_ms_max, ZERO, age_ms, age_ms_max, None, problem)


def _amounts(deal: Deal) -> _Amounts:
    """What a deal exchanges, the near leg first."""
    near = deal.near_leg
    found = {_way(near): near.amount}
    for leg in deal.far_legs:
        exchange = _way(leg)
        found[exchange] = found.get(exchange, ZERO) + leg.amount
    return found


def _excess(line: _Line, asked: _Amounts) -> tuple[_Exchange, Decimal] | None:
    """The exchange of which an order asks for more than the line has left, if there is one."""
    for exchange, qty in asked.items():
        if not qty > ZERO or line.used.get(exchange, ZERO) + qty > line.asked[exchange]:
            return exchange, qty
    return None


def _filled(child: _Child, qty: Decimal, cum_qty: Decimal) -> Decimal:
    """The part of an exchange that goes with so much of the near leg."""
    if qty == child.near_qty:
        return cum_qty
    return (qty * cum_qty / child.near_qty).quantize(_STEP, rounding=ROUND_CEILING)


def _other_way(order: Deal, line: Deal) -> str:
    """What an order does that its line did not ask for, whatever its size; "" when it is the line's, or a leg of it."""
    if order is line:
        return ""
    facts = [
        ("pair", order.pair, line.pair),
        ("dealt currency", order.dealt_currency, line.dealt_currency),
        ("fixing date", order.fixing_date, line.fixing_date),
    ]
    if len(order.legs) == len(line.legs) == 1:
        facts.append(("side", order.near_leg.side, line.near_leg.side))
        facts.append(("value date", order.near_leg.value_date, line.near_leg.value_date))
    elif not _is_whole_or_leg(order, line):
        facts.append(("legs", _legs_text(order), _legs_text(line)))
    return " and ".join(
        f"the order's {name} is {has}, the line's {asked}" for name, has, asked in facts if has != asked
    )


def _is_whole_or_leg(order: Deal, line: Deal) -> bool:
    asked = [_way(leg) for leg in line.legs]
    has = [_way(leg) for leg in order.legs]
    return has == asked or (len(has) == 1 and has[0] in asked)


def _way(leg: Leg) -> _Exchange:
    return leg.side, leg.value_date


def _legs_text(deal: Deal) -> str:
    return " then ".join(f"{leg.side} on {leg.value_date}" for leg in deal.legs)


def _too_much(cl_ord_id: str, line: _Line, asked: tuple[_Exchange, Decimal], problem: str) -> Violation:
    exchange, qty = asked
    limit, used = line.asked[exchange], line.used.get(exchange, ZERO)
    code, node = ReasonCode.CHILD_WITHIN_PARENT, _node(cl_ord_id)
    return Violation(code, node, limit, used, qty, limit - used, None, problem)


def _texts(amounts: _Amounts) -> dict[str, str]:
    return {f"{side} {day}": f"{amount:f}" for (side, day), amount in sorted(amounts.items())}


def _node(cl_ord_id: str) -> str:
    return f"line={line_of(cl_ord_id) or cl_ord_id}"
