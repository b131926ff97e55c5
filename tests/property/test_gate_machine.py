"""The whole gate, with everything armed, against limits that are added up anew after every step.

Orders are reserved, quoted, filled in part, twice and too much, busted, corrected, released and reopened; rates move,
grow old and cross; stops are put and lifted, limits raised and lowered, overrides granted; days begin, while orders
live and when all are over; and the gate is made anew by the same calls. The other side, a list of what happened and the
formulas, is :mod:`tests.property.gate_model`: it says how full each limit is, and whether an order passes.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, localcontext

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from risk.gate.gate import Gate
from risk.limits.overrides import Override
from risk.people.people import GrantOverride
from risk.reasons import ReasonCode
from risk.stops.stops import State, Stop, parse_scope
from tests.property.gate_model import (
    COMPOSITES,
    CURRENCIES,
    Order,
    is_unvalued,
    limit_of,
    may_rise,
    touched,
    used,
    volumes,
)
from tests.unit.risk_cases import CALENDARS, MONDAY, NOW, ONE_MONTH, Terms, limits, make_gate, make_order
from trader.domain.currency import parse_pair
from trader.domain.deal import Product, Side

D = Decimal
CENT, COLLAR = D("0.01"), D("0.02")
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
    "SETTLEMENT_DAY group=* max": "7000000",
    "FUNDING currency=* max": "6000000",
    "COUNTERPARTY_LINE counterparty=* max": "200000",
}
RAISED = TIGHT | {"NOP_CURRENCY book=* currency=EUR max": "5000000", "VOLUME_DAY trader=* max": "12000000"}
LOWERED = TIGHT | {
    "NOP_AGGREGATE desk=* max": "1500000",
    "OPEN_VALUE venue=* max": "2000000",
    "SETTLEMENT_DAY group=* max": "2500000",
}
BOOKS = (TIGHT, RAISED, LOWERED)


class TheGateAndAList(RuleBasedStateMachine):
    """Every call is kept, so that another gate can hear the same."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[Gate], object]] = []
        self.orders: dict[str, Order] = {}
        self.now_ns, self.day, self.lines, self.execs = NOW, MONDAY, 0, 0
        self.days = [MONDAY]
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
    def values(self) -> dict[str, Decimal]:
        """What each currency is worth, of those of which it is known."""
        heard = {pair[:3]: mid for pair, (mid, _, _) in self.heard.items() if self.is_known(pair)}
        return {"USD": D(1)} | heard

    def is_known(self, pair: str) -> bool:
        _, ts, is_good = self.heard[pair]
        return is_good and self.now_ns - ts <= FRESH_S * SECOND_NS

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

    @rule(days=st.sampled_from((1, 1, 1, 2, 31, 70)), stays=st.booleans())
    def next_day(self, days: int, stays: bool) -> None:
        """A day begins, soon or when much is forgotten; of what the venue has confirmed there is all or nothing."""
        self.day += timedelta(days=days)
        day, unconfirmed = self.day, frozenset(self.orders) if stays else frozenset()
        self.do(lambda gate: gate.roll(day, unconfirmed))
        self.days.append(day)
        for order in self.orders.values():
            order.roll(day, is_confirmed=not stays)

    # --- orders ------------------------------------------------------------------------------------------------------

    @rule(
        pair=st.sampled_from(sorted(MIDDLES)),
        side=st.sampled_from(Side),
        amount=st.sampled_from(("500000", "1000000", "1234567.89", "2500000")),
        has_limit=st.booleans(),
        is_far=st.booleans(),
        beyond=st.sampled_from((None, None, "700000", "5000000")),
    )
    def reserve(self, pair: str, side: Side, amount: str, has_limit: bool, is_far: bool, beyond: str | None) -> None:
        self.lines += 1
        mid, now_ns = self.heard[pair][0], self.now_ns
        rate = str(mid) if has_limit else None
        terms = Terms(pair=pair, dealt=pair[:3], side=side, amount=amount, limit_rate=rate, line_no=self.lines)
        if is_far:
            terms = replace(terms, product=Product.FORWARD, value_date=ONE_MONTH)
        request = replace(make_order(terms), content_hash="hash")
        worst = mid if has_limit and side is Side.BUY else mid * (1 + COLLAR)
        order = Order(pair, side, D(amount), worst, mid, self.day, terms.value_date)
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
        if not self.is_known(order.pair):
            return False
        if State.HALTED in self.stops.values() and self._stopped(order, State.HALTED):
            return False
        if self._stopped(order, State.REDUCING):
            mine = [each for each in known if each.base == order.base]
            dealt = sum((each.side.sign * each.posted()[0] for each in mine), D(0))
            others = sum((each.pending()[0] for each in mine if each.side is order.side), D(0))
            if order.qty > -order.side.sign * dealt - others:
                return False
        stale = [each for each in CURRENCIES if each not in values]
        for node in touched(order):
            if is_unvalued(node, known, stale):
                if may_rise(node, known, order):
                    return False
                continue
            before, after = (used(node, each, values) for each in (known, [*known, order]))
            if after > before and after > limit_of(node, self.figures) + beyond.get(node, D(0)):
                return False
        return True

    def _stopped(self, order: Order, state: State) -> bool:
        scopes = [scope for scope, each in self.stops.items() if each is state]
        return any(scope in (f"pair={order.pair}", "trader=anna") for scope in scopes)

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
        order.fill(exec_id, qty, px, self.day)

    @precondition(lambda self: any(order.fills for order in self.orders.values()))
    @rule(data=st.data(), is_bust=st.booleans(), is_correct=st.booleans())
    def again_or_back(self, data: st.DataObject, is_bust: bool, is_correct: bool) -> None:
        name = data.draw(st.sampled_from(sorted(name for name, order in self.orders.items() if order.fills)))
        exec_id = data.draw(st.sampled_from(sorted(self.orders[name].fills)))
        order = self.orders[name]
        fill = order.fills[exec_id]
        if not is_bust:
            self.do(lambda gate: gate.fill(name, exec_id, D(1), D(1)))
            return
        is_new = not (fill.is_busted or order.is_forgotten)
        assert self.do(lambda gate: gate.reverse_fill(name, exec_id)) == is_new
        fill.is_busted |= is_new
        if is_correct and is_new:
            corrected, qty, px = f"{exec_id}-corrected", fill.qty, fill.px + D("0.001")
            self.do(lambda gate: gate.fill(name, corrected, qty, px))
            order.fill(corrected, qty, px, self.day)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.orders)))
        self.do(lambda gate: gate.release(name))
        self.orders[name].is_released = True

    @precondition(lambda self: any(order.is_released for order in self.orders.values()))
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(name for name, order in self.orders.items() if order.is_released)))
        self.do(lambda gate: gate.reopen(name))
        self.orders[name].reopen(self.day)

    @precondition(lambda self: not all(order.is_forgotten for order in self.orders.values()))
    @rule(data=st.data(), factor=st.sampled_from(("1", "1.03", "NaN")))
    def quote(self, data: st.DataObject, factor: str) -> None:
        name = data.draw(st.sampled_from(sorted(name for name, order in self.orders.items() if not order.is_forgotten)))
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
        values, orders, now_ns = self.values, list(self.orders.values()), self.now_ns
        stale = [each for each in CURRENCIES if each not in values]
        if not stale:
            self.do(lambda gate: gate.check_overnight((), now_ns))
        known = {each.node: each.used for each in self.gate.utilisation()}
        with localcontext() as context:
            context.prec = 60
            for node in self.nodes():
                if not (stale and node.startswith(COMPOSITES)):
                    assert known.get(node, D(0)) == used(node, orders, values), node

    def nodes(self) -> Iterator[str]:
        yield from dict.fromkeys(node for order in self.orders.values() for node in touched(order))
        for day in self.days:
            yield from volumes(day, *MIDDLES)
        if self.orders:
            yield "NOP_CURRENCY book=SALES currency=USD long"
            yield "NOP_CURRENCY book=SALES currency=USD short"


TheGateAndAList.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestTheGateAndAList = TheGateAndAList.TestCase
