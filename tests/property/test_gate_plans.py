"""What the gate keeps between orders never changes an answer.

Two gates hear the same rates, points, limits, orders and fills. One lives through the day; the other forgets all its
plans before each question, so that it has to look everything up. After every step both are asked the same questions.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from risk.gate.gate import Gate, OrderRequest
from risk.gate.plan import Plans
from risk.limits.file import LimitBook
from risk.registry import CHECKS
from tests.unit.risk_cases import (
    CALENDARS,
    CURVE,
    MONDAY,
    NOW,
    ONE_MONTH,
    RATES,
    USD,
    Pillar,
    Terms,
    at,
    limits,
    make_order,
    swap,
)
from trader.domain.currency import parse_pair
from trader.domain.deal import Product, Side

D = Decimal
MINUTE_NS = 60_000_000_000
ALLOW = "MANDATE trader=* desk=* product=* pair=* side=* tenor=* venue=* allow"
BOOKS: tuple[LimitBook, ...] = (
    limits({ALLOW: "10:30-11:15", "VALUE_DATE currency=EUR tod_cutoff": "11:45 Europe/Paris"}),
    limits({ALLOW: "22:00-10:30", "NOP_CURRENCY book=SALES currency=EUR max": "3000000"}),
    limits({"PRICE_COLLAR pair=* hour=11 tenor=* collar_fraction_max": "0.0001"}, without="VALUE_DATE currency=USD"),
    limits({"ORDER_NOTIONAL product=SWAP pair=* tenor=* trader=* venue=* max": "900000"}, without="VOLUME_DAY desk"),
)
CURVES: tuple[tuple[Pillar, ...], ...] = (
    (),
    CURVE,
    tuple(replace(pillar, points="0", ts_ns=at(10, 30)) for pillar in CURVE),
)
# Where an answer turns: an hour, the ends of a mandate, a cut-off, midnight, the last moment of a rate heard at NOW.
TURNS = (NOW + MINUTE_NS, at(10, 30), at(10, 45), at(11), at(11, 15), at(0, day=date(2026, 3, 3)))
MOMENTS = (NOW, *(turn + step for turn in TURNS for step in (-1, 0, 1)))
MIDDLES = {"EUR/USD": D("1.1"), "USD/JPY": D(150)}

TERMS = (
    Terms(),
    Terms(dealt="USD", side=Side.SELL, amount="2000000", limit_rate="1.104"),
    Terms(product=Product.TOD, value_date=MONDAY, limit_rate="1.09"),
    Terms(product=Product.FORWARD, value_date=ONE_MONTH, limit_rate="1.101"),
    Terms(pair="USD/JPY", dealt="JPY", amount="100000000"),
    swap(),
)
QUESTIONS = tuple(make_order(terms, line_no=1000 + number) for number, terms in enumerate(TERMS))


class OneGateForTheDayAndOneForEachQuestion(RuleBasedStateMachine):
    """Whatever happens in whatever order, clocks that go back included."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns, self.trade_date, self.lines = NOW, MONDAY, 0
        self.reserved: list[OrderRequest] = []

    @initialize(book=st.sampled_from(BOOKS))
    def begin(self, book: LimitBook) -> None:
        self.kept, self.fresh = Gate(book, CALENDARS, USD), Gate(book, CALENDARS, USD)
        self.quote_all("1")

    def both(self) -> tuple[Gate, Gate]:
        """The gates, the other with no plan."""
        self.fresh._plans = Plans(CHECKS, self.fresh._context, self.fresh._ledger)
        return self.kept, self.fresh

    @rule(factor=st.sampled_from(("1", "1.001", "0.98")))
    def quote_all(self, factor: str) -> None:
        for gate in self.both():
            for pair, (bid, offer) in RATES.items():
                gate.rates.update(parse_pair(pair), D(bid) * D(factor), D(offer) * D(factor), self.now_ns, "market")

    @rule(pair=st.sampled_from(sorted(RATES)), bid=st.sampled_from(("1.1", "150", "NaN", "0")), is_other=st.booleans())
    def quote_one(self, pair: str, bid: str, is_other: bool) -> None:
        for gate in self.both():
            gate.rates.update(parse_pair(pair), D(bid), D("150.01"), self.now_ns, "other" if is_other else "market")

    @rule(curve=st.sampled_from(CURVES))
    def load_points(self, curve: tuple[Pillar, ...]) -> None:
        for gate in self.both():
            gate.points.load("market", curve)

    @rule(now_ns=st.sampled_from(MOMENTS))
    def go_to(self, now_ns: int) -> None:
        self.now_ns = now_ns

    @rule(step_ns=st.sampled_from((-1, 1)))
    def go_on(self, step_ns: int) -> None:
        self.now_ns += step_ns

    @rule(days=st.sampled_from((0, 1, 4)))
    def begin_a_day(self, days: int) -> None:
        self.trade_date = MONDAY + timedelta(days=days)

    @rule(book=st.sampled_from(BOOKS))
    def change_the_limits(self, book: LimitBook) -> None:
        for gate in self.both():
            gate.reconfigure(book, CALENDARS)

    @rule(terms=st.sampled_from(TERMS), row_id=st.sampled_from(("T-1", "T-2", "")))
    def reserve(self, terms: Terms, row_id: str) -> None:
        self.lines += 1
        request = replace(make_order(terms, line_no=self.lines, row_id=row_id), trade_date=self.trade_date)
        kept, fresh = (gate.reserve(request, self.now_ns) for gate in self.both())
        assert kept == fresh
        if kept.allowed:
            self.reserved.append(request)
            for gate in self.both():
                gate.remember_line(request)

    @precondition(lambda self: self.reserved)
    @rule(data=st.data(), factor=st.sampled_from(("1", "0.999", "1.01", "1.04")))
    def take_a_quote(self, data: st.DataObject, factor: str) -> None:
        request = data.draw(st.sampled_from(self.reserved))
        deal = request.line.deal
        rates = (MIDDLES[str(deal.pair)] * D(factor),) * len(deal.legs)
        kept, fresh = (gate.check_quote(request.reservation_id, rates, self.now_ns) for gate in self.both())
        assert kept == fresh

    @precondition(lambda self: self.reserved)
    @rule(data=st.data(), share=st.sampled_from(("1", "0.5", "0.3333", "1.2")))
    def fill(self, data: st.DataObject, share: str) -> None:
        request, exec_id = data.draw(st.sampled_from(self.reserved)), data.draw(st.sampled_from("ABC"))
        qty = request.line.deal.near_leg.amount * D(share)
        kept, fresh = (gate.fill(request.reservation_id, exec_id, qty, D("1.1")) for gate in self.both())
        assert kept == fresh

    @precondition(lambda self: self.reserved)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(self.reserved))
        for gate in self.both():
            gate.release(request.reservation_id)

    @invariant()
    def both_answer_the_same(self) -> None:
        for question in QUESTIONS:
            request = replace(question, trade_date=self.trade_date)
            kept, fresh = (gate.check_order(request, self.now_ns) for gate in self.both())
            assert kept == fresh
            kept_rates, fresh_rates = (gate.reference_rates(request, self.now_ns) for gate in self.both())
            assert kept_rates == fresh_rates
        assert self.kept.snapshot() == self.fresh.snapshot()


OneGateForTheDayAndOneForEachQuestion.TestCase.settings = settings(stateful_step_count=30)
TestPlans = OneGateForTheDayAndOneForEachQuestion.TestCase
