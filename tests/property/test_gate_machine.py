"""The whole gate, with everything armed, against limits that are added up anew after every step.

Orders are reserved, quoted, filled in part, twice and too much, busted, corrected and released; rates move, grow old
and cross; stops are put and lifted, limits raised and lowered, overrides granted; days begin; and the gate is made anew
by the same calls. The other side is a list of what happened and the formulas, without a balance that is kept: it says
how full each limit is, and whether an order passes. It knows spot deals against the dollar, at limits of five kinds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from risk.gate.gate import Gate
from risk.limits.overrides import Override
from risk.people.people import GrantOverride
from risk.reasons import ReasonCode
from risk.stops.stops import State, Stop, parse_scope
from tests.unit.risk_cases import CALENDARS, MONDAY, NOW, Terms, limits, make_gate, make_order
from trader.domain.currency import parse_pair
from trader.domain.deal import Side

D = Decimal
CENT, STEP, COLLAR = D("0.01"), D("0.001"), D("0.02")
SECOND_NS = 1_000_000_000
FRESH_S = 60
MIDDLES = {"EUR/USD": (D("1.09"), D("1.1"), D("1.11")), "GBP/USD": (D("1.29"), D("1.3"), D("1.31"))}
TIGHT = {
    "NOP_CURRENCY book=* currency=EUR max": "3000000",
    "NOP_CURRENCY book=* currency=GBP max": "2500000",
    "VOLUME_DAY trader=* max": "9000000",
    "VOLUME_DAY pair=* max": "7000000",
    "OPEN_COUNT trader=* orders_max": "4",
    "OPEN_VALUE venue=* max": "6000000",
    "NOP_AGGREGATE desk=* max": "4000000",
}
RAISED = TIGHT | {"NOP_CURRENCY book=* currency=EUR max": "5000000", "VOLUME_DAY trader=* max": "12000000"}
LOWERED = TIGHT | {"NOP_AGGREGATE desk=* max": "1500000", "OPEN_VALUE venue=* max": "2000000"}
BOOKS = (TIGHT, RAISED, LOWERED)


@dataclass
class Fill:
    """What was dealt, and which limits have let go of it with their day."""

    qty: Decimal
    px: Decimal
    is_busted: bool = False
    let_go: set[str] = field(default_factory=set)


@dataclass
class Order:
    """An order that the gate has let through, and what its currency was worth then."""

    pair: str
    side: Side
    qty: Decimal
    worst: Decimal
    value: Decimal
    day: date
    fills: dict[str, Fill] = field(default_factory=dict)
    is_released: bool = False

    @property
    def base(self) -> str:
        return self.pair[:3]

    @property
    def left(self) -> Decimal:
        filled = sum((each.qty for each in self.fills.values() if not each.is_busted), D(0))
        return D(0) if self.is_released else max(D(0), min(self.qty, self.qty - filled))

    def worth(self, qty: Decimal, contra: Decimal) -> Decimal:
        return ((qty * self.value + contra) / 2).quantize(CENT, ROUND_CEILING)

    def asked(self) -> tuple[Decimal, Decimal, Decimal]:
        """The base, the dollars and the turnover that the whole of it may come to."""
        contra = (self.qty * self.worst).quantize(CENT, ROUND_CEILING)
        return self.qty, contra, self.worth(self.qty, contra)

    def pending(self) -> tuple[Decimal, Decimal, Decimal]:
        if self.left == self.qty:
            return self.asked()
        base, contra, worth = (
            min(each, (each * self.left / self.qty).quantize(STEP, ROUND_CEILING)) for each in self.asked()
        )
        return base, contra, worth

    def posted(self, node: str = "") -> tuple[Decimal, Decimal, Decimal]:
        """What was dealt; for a node, without what it has let go."""
        sums = [D(0)] * 3
        for fill in self.fills.values():
            if not fill.is_busted and node not in fill.let_go:
                contra = (fill.qty * fill.px).quantize(CENT, ROUND_HALF_UP)
                for place, amount in enumerate((fill.qty, contra, self.worth(fill.qty, contra))):
                    sums[place] += amount
        return sums[0], sums[1], sums[2]


def used(node: str, orders: list[Order], values: dict[str, Decimal]) -> Decimal:
    """How full a limit is, by its formula, from nothing but the orders."""
    code, *rest = node.split()
    if code == "NOP_CURRENCY":
        _, currency, way = rest
        name, sign = currency.removeprefix("currency="), 1 if way == "long" else -1
        return sum((_asks_of(each, name, sign) for each in orders), D(0))
    if code == "VOLUME_DAY":
        day, key = date.fromisoformat(rest[0]), rest[1]
        mine = [each for each in orders if each.day == day and key in ("trader=anna", f"pair={each.pair}")]
        return sum((each.pending()[2] + each.posted(node)[2] for each in mine), D(0))
    if code == "OPEN_COUNT":
        return D(sum(each.left > 0 for each in orders))
    if code == "OPEN_VALUE":
        return sum((each.pending()[2] for each in orders), D(0))
    longs = shorts = D(0)
    for currency, value in values.items():
        mine = [each for each in orders if each.base == currency]
        longs += max(D(0), sum((_asks_of(each, currency, 1) for each in mine), D(0))) * value
        shorts += max(D(0), sum((_asks_of(each, currency, -1) for each in mine), D(0))) * value
    return max(longs, shorts)


def _asks_of(order: Order, currency: str, sign: int) -> Decimal:
    """What an order adds to one side of a position: what pends on that side only, what is dealt on both."""
    place = 0 if order.base == currency else 1
    if place and currency != "USD":
        return D(0)
    way = order.side.sign * (1 if place == 0 else -1) * sign
    return way * order.posted()[place] + (order.pending()[place] if way > 0 else D(0))


def touched(order: Order) -> list[str]:
    """The limits that an order takes from, of those in :data:`TIGHT`."""
    way = "long" if order.side is Side.BUY else "short"
    return [
        f"NOP_CURRENCY book=SALES currency={order.base} {way}",
        f"VOLUME_DAY {order.day} trader=anna",
        f"VOLUME_DAY {order.day} pair={order.pair}",
        "OPEN_COUNT trader=anna",
        "OPEN_VALUE venue=simulator",
        "NOP_AGGREGATE desk=treasury",
    ]


def limit_of(node: str, figures: dict[str, str]) -> Decimal:
    code, *rest = node.split()
    if code == "NOP_CURRENCY":
        return D(figures[f"NOP_CURRENCY book=* {rest[1]} max"])
    key = rest[-1].partition("=")[0]
    return D(next(value for name, value in figures.items() if name.startswith(f"{code} {key}=* ")))


class TheGateAndAList(RuleBasedStateMachine):
    """Every call is kept, so that another gate can hear the same."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[Gate], object]] = []
        self.orders: dict[str, Order] = {}
        self.now_ns, self.day, self.lines, self.execs = NOW, MONDAY, 0, 0
        self.figures = TIGHT
        self.heard = {pair: (middles[1], NOW, True) for pair, middles in MIDDLES.items()}
        self.stops: dict[str, State] = {}

    @initialize()
    def begin(self) -> None:
        self.gate = make_gate(limits(TIGHT))

    def do(self, call: Callable[[Gate], object]) -> object:
        self.calls.append(call)
        return call(self.gate)

    @property
    def values(self) -> dict[str, Decimal] | None:
        """What each currency is worth; None when one cannot be known."""
        if not all(is_good and self.now_ns - ts <= FRESH_S * SECOND_NS for _, ts, is_good in self.heard.values()):
            return None
        return {pair[:3]: mid for pair, (mid, _, _) in self.heard.items()}

    # --- the world ---------------------------------------------------------------------------------------------------

    @rule(pair=st.sampled_from(sorted(MIDDLES)), place=st.integers(0, 2), is_good=st.sampled_from((True, True, False)))
    def rate(self, pair: str, place: int, is_good: bool) -> None:
        mid, now_ns = MIDDLES[pair][place], self.now_ns
        half = D("0.0001") if is_good else D("-0.0001")
        self.do(lambda gate: gate.rates.update(parse_pair(pair), mid - half, mid + half, now_ns, "market"))
        self.heard[pair] = (mid, now_ns, is_good)

    @rule(place=st.integers(0, 2))
    def rates(self, place: int) -> None:
        for pair in MIDDLES:
            self.rate(pair, place, is_good=True)

    @rule(seconds=st.sampled_from((1, 59, 61)))
    def wait(self, seconds: int) -> None:
        self.now_ns += seconds * SECOND_NS

    @rule(book=st.sampled_from(BOOKS))
    def other_limits(self, book: dict[str, str]) -> None:
        self.figures = book
        self.do(lambda gate: gate.reconfigure(limits(book), CALENDARS))

    @rule(
        scope=st.sampled_from(("pair=EUR/USD", "trader=anna")),
        state=st.sampled_from((State.REDUCING, State.HALTED)),
        dice=st.integers(0, 4),
    )
    def stop(self, scope: str, state: State, dice: int) -> None:
        if dice != 1:
            return  # stopped most of the time, little else would be seen
        now_ns = self.now_ns
        self.do(lambda g: g.stops.put(Stop(parse_scope(scope), state, ReasonCode.KILL, now_ns, "rita", "a test")))
        self.stops[scope] = max(state, self.stops.get(scope, state))

    @precondition(lambda self: self.stops)
    @rule()
    def lift(self) -> None:
        for scope in self.stops:
            self.do(lambda gate, scope=scope: gate.stops.lift(parse_scope(scope)))  # type: ignore[misc] # a lambda with a default has no type
        self.stops = {}

    # What lives on into another day is tried case by case: the formula does not know on which day what was left.
    @precondition(lambda self: not any(order.left for order in self.orders.values()))
    @rule(stays=st.booleans())
    def next_day(self, stays: bool) -> None:
        self.day += timedelta(days=1)
        day, unconfirmed = self.day, frozenset(self.orders) if stays else frozenset()
        self.do(lambda gate: gate.roll(day, unconfirmed))
        for order in self.orders.values():
            if not stays and order.left == 0 and order.day < day:
                nodes = [node for node in touched(order) if node.startswith("VOLUME_DAY")]
                for fill in order.fills.values():
                    fill.let_go |= set() if fill.is_busted else set(nodes)

    # --- orders ------------------------------------------------------------------------------------------------------

    @rule(
        pair=st.sampled_from(sorted(MIDDLES)),
        side=st.sampled_from(Side),
        amount=st.sampled_from(("500000", "1000000", "1234567.89", "2500000")),
        has_limit=st.booleans(),
        beyond=st.sampled_from((None, None, "700000", "5000000")),
    )
    def reserve(self, pair: str, side: Side, amount: str, has_limit: bool, beyond: str | None) -> None:
        self.lines += 1
        mid, now_ns = self.heard[pair][0], self.now_ns
        rate = str(mid) if has_limit else None
        terms = Terms(pair=pair, dealt=pair[:3], side=side, amount=amount, limit_rate=rate, line_no=self.lines)
        request = replace(make_order(terms), content_hash="hash")
        worst = mid if has_limit and side is Side.BUY else mid * (1 + COLLAR)
        order = Order(pair, side, D(amount), worst, mid, self.day)
        eased = set()
        if beyond is not None:
            node = touched(order)[0]
            code, _, name = node.partition(" ")
            grant = GrantOverride("hash", self.lines, ReasonCode(code), name, D(beyond), now_ns)
            self.do(lambda gate: gate.overrides.grant(Override("R", grant, "anna", "bob", "a client")))
            eased.add(node)
        expected = self.passes(order, {node: D(beyond or 0) for node in eased})
        decision = self.do(lambda gate: gate.reserve(request, now_ns))
        assert decision.allowed == expected, decision.violations  # type: ignore[attr-defined] # do() answers object
        if expected:
            self.orders[request.reservation_id] = order

    def passes(self, order: Order, beyond: dict[str, Decimal]) -> bool:
        """Whether a gate may let an order through now."""
        values, known = self.values, list(self.orders.values())
        _, ts, is_good = self.heard[order.pair]
        if not is_good or self.now_ns - ts > FRESH_S * SECOND_NS:
            return False
        if State.HALTED in self.stops.values() and self._stopped(order, State.HALTED):
            return False
        if self._stopped(order, State.REDUCING):
            mine = [each for each in known if each.base == order.base]
            dealt = sum((each.side.sign * each.posted()[0] for each in mine), D(0))
            others = sum((each.pending()[0] for each in mine if each.side is order.side), D(0))
            if order.qty > -order.side.sign * dealt - others:
                return False
        for node in touched(order):
            if values is None and node.startswith("NOP_AGGREGATE"):
                continue
            before, after = (used(node, each, values or {}) for each in (known, [*known, order]))
            if after > before and after > limit_of(node, self.figures) + beyond.get(node, D(0)):
                return False
        return values is not None or not self._needs_all_values(order, known)

    def _stopped(self, order: Order, state: State) -> bool:
        scopes = [scope for scope, each in self.stops.items() if each is state]
        return any(scope in (f"pair={order.pair}", "trader=anna") for scope in scopes)

    def _needs_all_values(self, order: Order, known: list[Order]) -> bool:
        """Whether the worth of another currency, that nobody knows, counts: there is a position, and more is asked."""
        fresh = {order.base: self.heard[order.pair][0]}
        desk = "NOP_AGGREGATE desk=treasury"
        has_other = any(_asks_of_all(known, currency) for pair in MIDDLES if (currency := pair[:3]) != order.base)
        longs = [
            max(D(0), sum((_asks_of(each, order.base, way) for each in mine), D(0)))
            for mine in (known, [*known, order])
            for way in (1, -1)
        ]
        rises = max(longs[2] - longs[0], longs[3] - longs[1]) > 0
        if has_other:
            return rises
        return used(desk, [*known, order], fresh) > max(limit_of(desk, self.figures), used(desk, known, fresh))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), part=st.sampled_from(("0.25", "0.333333", "1", "1.5")), factor=st.sampled_from(("1", "1.01")))
    def fill(self, data: st.DataObject, part: str, factor: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.orders)))
        order = self.orders[name]
        self.execs += 1
        exec_id = f"F{self.execs}"
        qty = (order.qty * D(part)).quantize(CENT)
        px = (order.value * D(factor)).quantize(D("0.00001"))
        self.do(lambda gate: gate.fill(name, exec_id, qty, px))
        order.fills[exec_id] = Fill(qty, px)

    @precondition(lambda self: any(order.fills for order in self.orders.values()))
    @rule(data=st.data(), is_bust=st.booleans(), is_correct=st.booleans())
    def again_or_back(self, data: st.DataObject, is_bust: bool, is_correct: bool) -> None:
        name = data.draw(st.sampled_from(sorted(name for name, order in self.orders.items() if order.fills)))
        exec_id = data.draw(st.sampled_from(sorted(self.orders[name].fills)))
        fill = self.orders[name].fills[exec_id]
        if not is_bust:
            self.do(lambda gate: gate.fill(name, exec_id, D(1), D(1)))
            return
        assert self.do(lambda gate: gate.reverse_fill(name, exec_id)) == (not fill.is_busted)
        was_busted, fill.is_busted = fill.is_busted, True
        if is_correct and not was_busted:
            corrected, qty, px = f"{exec_id}-corrected", fill.qty, fill.px + D("0.001")
            if corrected not in self.orders[name].fills:
                self.do(lambda gate: gate.fill(name, corrected, qty, px))
                self.orders[name].fills[corrected] = Fill(qty, px)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.orders)))
        self.do(lambda gate: gate.release(name))
        self.orders[name].is_released = True

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), factor=st.sampled_from(("1", "1.03", "NaN")))
    def quote(self, data: st.DataObject, factor: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.orders)))
        before = self.gate.snapshot()
        self.gate.check_quote(name, (self.orders[name].value * D(factor),), self.now_ns)
        assert self.gate.snapshot() == before

    # --- what holds --------------------------------------------------------------------------------------------------

    @rule()
    def restart(self) -> None:
        again = make_gate(limits(TIGHT))
        for call in self.calls:
            call(again)
        assert again.snapshot() == self.gate.snapshot()
        assert {each.node: each.used for each in again.utilisation()} == {
            each.node: each.used for each in self.gate.utilisation()
        }
        self.gate = again

    @invariant()
    def every_limit_is_as_full_as_its_formula_says(self) -> None:
        values = self.values
        if values is not None:
            now_ns = self.now_ns
            self.do(lambda gate: gate.check_overnight((), now_ns))
        known = {each.node: each.used for each in self.gate.utilisation()}
        with localcontext() as context:
            context.prec = 60
            for node in self.nodes():
                if values is not None or not node.startswith("NOP_AGGREGATE"):
                    expected = used(node, list(self.orders.values()), values or {})
                    assert known.get(node, D(0)) == expected, node

    def nodes(self) -> Iterator[str]:
        yield from dict.fromkeys(node for order in self.orders.values() for node in touched(order))
        if self.orders:
            yield "NOP_CURRENCY book=SALES currency=USD long"
            yield "NOP_CURRENCY book=SALES currency=USD short"


def _asks_of_all(orders: list[Order], currency: str) -> bool:
    return any(sum((_asks_of(each, currency, way) for each in orders), D(0)) for way in (1, -1))


TheGateAndAList.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestTheGateAndAList = TheGateAndAList.TestCase
