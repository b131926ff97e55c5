"""The reservation ledger against the plainest model there is: a list of what happened, added up anew each time."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from risk.ledger.claims import Claim
from risk.ledger.ledger import Ledger
from risk.ledger.measures import Amounts, Flow, Layout, Measure, Moves, whole
from trader.domain.currency import Currency
from trader.domain.deal import Side

NODES = ("trader", "desk", "long", "short", "Monday", "Tuesday")
LIMITS = dict(zip(NODES, map(Decimal, (1000, 800, 500, 500, 900, 600)), strict=True))
DAYS = {"Monday": date(2026, 3, 2), "Tuesday": date(2026, 3, 3)}
EUR = Currency("EUR")
LAYOUT = Layout(EUR, Currency("USD"), Side.BUY, tuple(DAYS.values()), is_outright=False)
# Pending is rounded up to a thousandth of a unit, once for each reservation.
ROUNDING = Decimal("0.001")

quantities = st.decimals(min_value="0.01", max_value="400", places=2)


@dataclass(frozen=True)
class Leg:
    """What goes with one unit of the near leg: how much, which way, and on which day."""

    way: int
    ratio: Decimal
    day: str


OUTRIGHT = (Leg(1, Decimal(1), "Monday"),)
SWAP = (*OUTRIGHT, Leg(-1, Decimal(1), "Tuesday"))
UNEVEN_SWAP = (*OUTRIGHT, Leg(-1, Decimal("1.5"), "Tuesday"))
BLOCK = (*OUTRIGHT, Leg(-1, Decimal("0.5"), "Monday"), Leg(1, Decimal(2), "Tuesday"))


deals = st.sampled_from((OUTRIGHT, SWAP, UNEVEN_SWAP, BLOCK))


@dataclass
class Order:
    quantity: Decimal
    is_buy: bool
    legs: tuple[Leg, ...] = OUTRIGHT
    is_final: bool = False
    fills: dict[str, Decimal] = field(default_factory=dict)
    busted: set[str] = field(default_factory=set)

    @property
    def filled(self) -> Decimal:
        return sum((qty for exec_id, qty in self.fills.items() if exec_id not in self.busted), Decimal(0))

    @property
    def left(self) -> Decimal:
        return Decimal(0) if self.is_final else max(Decimal(0), self.quantity - self.filled)

    def uses(self, node: str) -> Decimal:
        """What one unit of the near leg posts to a node: less than zero when it frees it."""
        if node in DAYS:
            return sum((leg.ratio for leg in self.legs if leg.day == node), Decimal(0))
        if node in ("trader", "desk"):
            return max(leg.ratio for leg in self.legs)
        net = sum(leg.way * leg.ratio for leg in self.legs)
        return Decimal(net if (node == "long") == self.is_buy else -net)

    def asks(self, node: str) -> Decimal:
        return self.quantity * max(Decimal(0), self.uses(node))

    def claims(self) -> tuple[Claim, ...]:
        measure = {"trader": Measure.NOTIONAL, "desk": Measure.NOTIONAL, "long": Measure.DEALT, "short": Measure.DEALT}
        return tuple(
            Claim(
                node,
                LIMITS[node],
                Flow(Moves.RECEIVED, DAYS[node], EUR) if node in DAYS else measure[node],
                -1 if node == ("short" if self.is_buy else "long") else 1,
            )
            for node in NODES
        )

    def worst(self) -> Amounts:
        """The most that the order comes to: nothing is asked of a node that it can only free."""
        return tuple(max(Decimal(0), amount) for amount in self.amounts(self.quantity))

    def amounts(self, quantity: Decimal) -> Amounts:
        """What a fill of so much of the near leg comes to."""
        net = self.uses("long" if self.is_buy else "short")
        none = Decimal(0)
        # Of each day what is received of the dealt currency, and seven amounts that no claim here counts.
        days = [amount for name in DAYS for amount in (self.uses(name), *[none] * 7)]
        each = (*whole(net, -net, none, none, self.uses("trader")), *days)
        return tuple(one * quantity for one in each)


class LedgerAgainstItsModel(RuleBasedStateMachine):
    """Orders are reserved, filled, filled again, busted and ended in every order that can come."""

    reservations = Bundle("reservations")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.orders: dict[str, Order] = {}
        self.repeated = 0

    def used(self, node: str) -> Decimal:
        return self.pending(node) + self.posted(node)

    def pending(self, node: str) -> Decimal:
        return sum((order.left * max(Decimal(0), order.uses(node)) for order in self.orders.values()), Decimal(0))

    def posted(self, node: str) -> Decimal:
        return sum((order.uses(node) * order.filled for order in self.orders.values()), Decimal(0))

    @rule(target=reservations, quantity=quantities, is_buy=st.booleans(), legs=deals)
    def reserve(self, quantity: Decimal, is_buy: bool, legs: tuple[Leg, ...]) -> object:
        name, order = f"R{len(self.orders)}", Order(quantity, is_buy, legs)
        before = self.ledger.snapshot()
        fits = all(self.used(node) + order.asks(node) <= LIMITS[node] for node in NODES if order.asks(node))
        stakes = self.ledger.stakes(order.claims(), LAYOUT)
        short = self.ledger.reserve(name, quantity, stakes, order.worst())
        assert (short == []) == fits
        if short:
            assert self.ledger.snapshot() == before
            return multiple()
        self.orders[name] = order
        return name

    @rule(name=reservations, exec_id=st.sampled_from("ABCD"), quantity=quantities)
    def fill(self, name: str, exec_id: str, quantity: Decimal) -> None:
        order = self.orders[name]
        above = {shortfall.node for shortfall in self.ledger.post(name, exec_id, quantity, order.amounts(quantity))}
        if exec_id in order.fills:
            self.repeated += 1
            assert above == set()
            return
        order.fills[exec_id] = quantity
        assert above == {node for node in NODES if order.uses(node) > 0 and self.used(node) > LIMITS[node]}

    @rule(name=reservations, exec_id=st.sampled_from("ABCD"))
    def bust(self, name: str, exec_id: str) -> None:
        order = self.orders[name]
        is_new = exec_id in order.fills and exec_id not in order.busted
        assert self.ledger.reverse(name, exec_id) == is_new
        if is_new:
            order.busted.add(exec_id)

    @rule(name=reservations)
    def release(self, name: str) -> None:
        self.ledger.release(name)
        self.orders[name].is_final = True

    @rule(name=consumes(reservations))
    def forget(self, name: str) -> None:
        """An order in doubt: nothing more is heard of it, and it stays held."""
        assert name in self.orders

    @invariant()
    def what_is_free_and_pending_and_posted_is_the_limit(self) -> None:
        for name, node in self.ledger.nodes():
            assert node.free + node.pending + node.posted == LIMITS[name]

    @invariant()
    def every_node_is_what_its_orders_add_up_to(self) -> None:
        for name, node in self.ledger.nodes():
            assert node.posted == self.posted(name)
            assert self.pending(name) <= node.pending <= self.pending(name) + ROUNDING * len(self.orders)

    @invariant()
    def repeated_executions_are_counted(self) -> None:
        assert self.ledger.repeated_executions == self.repeated

    def teardown(self) -> None:
        """At the end of the day nothing is pending."""
        for name in self.orders:
            self.ledger.release(name)
        assert all(node.pending == 0 for _, node in self.ledger.nodes())


LedgerAgainstItsModel.TestCase.settings = settings(stateful_step_count=40)
TestLedger = LedgerAgainstItsModel.TestCase
