"""Days of a busy ledger: orders, fills, busts, cancels, rates that move or go, ends of days, all at random.

Everything is kept a second time in the plainest way, as a list of what happened, and added up anew now and then. What
is claimed is what the controls claim. ``python -m tests.property.ledger_days`` plays a million events and says how long
they took; the same seed plays the same events.
"""

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext

from risk.gate.gate import Gate
from risk.ledger.claims import PositionClaim
from risk.ledger.flows import Flows, LegAmounts
from risk.ledger.ledger import EXACT
from risk.ledger.measures import Amounts, Measure, whole
from risk.ledger.stakes import Stakes
from risk.ledger.transfers import Account, Event, Transfer
from tests.unit.risk_cases import CALENDARS, MONDAY, NOW, ONE_MONTH, USD, Terms, limits, make_order, swap
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Product, Side

ZERO, ONE = Decimal(0), Decimal(1)
RATES = {"EUR": Decimal("1.1"), "GBP": Decimal("1.3"), "JPY": Decimal("0.007"), "USD": ONE}
# Tight enough that every one of them is met again and again.
TIGHT = {
    "COUNTERPARTY_LINE counterparty=* max": "1000000",
    "COUNTERPARTY_LINE group=* max": "1500000",
    "COUNTRY country=* max": "2000000",
    "NOP_AGGREGATE desk=* max": "20000000",
    "NOP_AGGREGATE firm=* max": "25000000",
    "NOP_CURRENCY book=* currency=* max": "20000000",
    "NOP_CURRENCY book=* currency=JPY max": "2000000000",
    "SETTLEMENT_DAY group=* max": "80000000",
    "VOLUME_DAY desk=* max": "60000000",
}
NETTED = "SETTLEMENT_INSTRUCTION counterparty={} currency=* netting"
PRICED_EVERY, CHECKED_EVERY, ROLLED_EVERY = 40, 5_000, 2_000
# Pending is rounded up to a thousandth of a unit, once for each reservation.
STEP = Decimal("0.001")


@dataclass
class Order:
    """One reservation, in the plainest way."""

    stakes: Stakes
    quantity: Decimal
    legs: tuple[LegAmounts, ...]
    worth: Decimal
    asked: list[Decimal]
    filled: Decimal = ZERO
    is_final: bool = False
    fills: dict[str, tuple[Decimal, list[Decimal]]] = field(default_factory=dict)
    busted: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return self.is_final or self.filled >= self.quantity

    def pending(self, place: int) -> Decimal:
        """What has to pend at least: exact, where the ledger rounds up."""
        if self.is_final:
            return ZERO
        quantity, asked = self.quantity, self.asked[place]
        left = min(quantity, max(ZERO, quantity - self.filled))
        counts = self.stakes.claims[place].measure is Measure.WORKING_COUNT
        is_whole = left == quantity or (counts and left)
        return asked if is_whole else asked * left / quantity

    def posted(self, place: int) -> Decimal:
        return sum((posted[place] for name, (_, posted) in self.fills.items() if name not in self.busted), ZERO)


class Days:
    """A ledger, its plain double, and the dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
        rows = {**TIGHT, NETTED.format("ACME-LDN"): "net", NETTED.format("ACME-NYC"): "none"}
        self.gate = Gate(limits(rows), CALENDARS, USD)
        self.ledger = self.gate._ledger
        self.ledger.listener = self.hear
        self.day, self.count = MONDAY, Counter[str]()
        self.orders: dict[str, Order] = {}
        self.live: list[str] = []
        self.balances: dict[str, dict[Account, Decimal]] = defaultdict(lambda: dict.fromkeys(Account, ZERO))
        self.held: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self.voided: set[tuple[str, str]] = set()
        self.rates: dict[str, Decimal | None] = dict(RATES)
        self.kept: dict[str, Decimal] = defaultdict(Decimal)
        self.seen_positions: dict[str, PositionClaim] = {}
        for pair, rate in (("EUR/USD", "1.1"), ("GBP/USD", "1.3"), ("USD/JPY", "142"), ("EUR/GBP", "0.85")):
            self.gate.rates.update(parse_pair(pair), Decimal(rate), Decimal(rate), NOW, "market")
        self.find_stakes()

    def find_stakes(self) -> None:
        """What the controls claim of some outlines, on the day there is."""
        self.stakes = []
        for pair, dealt in (("EUR/USD", "EUR"), ("USD/JPY", "USD"), ("EUR/GBP", "GBP")):
            for side in Side:
                for terms in (
                    Terms(pair=pair, dealt=dealt, side=side),
                    Terms(pair=pair, dealt=dealt, side=side, product=Product.FORWARD, value_date=ONE_MONTH),
                    swap(pair=pair, dealt=dealt, side=side),
                ):
                    for counterparty in ("ACME-LDN", "ACME-NYC", "simulator"):
                        order = make_order(terms)
                        line = replace(order.line, counterparty=counterparty)
                        plan = self.gate._plans.plan(replace(order, line=line, trade_date=self.day), NOW)
                        self.stakes.append(plan.stakes)
                        found = [each for each in plan.stakes.claims if isinstance(each, PositionClaim)]
                        self.seen_positions.update({each.node: each for each in found})
        for currency, rate in self.rates.items():
            self.ledger.marks.put(Currency(currency), rate)

    def hear(self, transfer: Transfer) -> None:
        """Double entry: what leaves one account goes to another, and every order's pending is followed to its end."""
        assert transfer.amount > ZERO
        assert Account.AVAILABLE in (transfer.debit, transfer.credit)
        assert transfer.debit is not transfer.credit
        balances = self.balances[transfer.node]
        balances[transfer.debit] -= transfer.amount
        balances[transfer.credit] += transfer.amount
        key = transfer.reservation_id, transfer.node
        if transfer.credit is Account.PENDING:
            self.held[key] += transfer.amount
        elif transfer.debit is Account.PENDING:
            self.held[key] -= transfer.amount
            assert self.held[key] >= ZERO
        if transfer.event is Event.VOID:
            assert key not in self.voided, "an order ends once"
            self.voided.add(key)
        self.count[transfer.event] += 1

    # --- what happens ------------------------------------------------------------------------------------------------

    def play(self, events: int) -> None:
        for event in range(1, events + 1):
            self.happen()
            if event % PRICED_EVERY == 0:
                self.move_a_rate()
            if event % ROLLED_EVERY == 0:
                self.end_the_day()
            if event % CHECKED_EVERY == 0:
                self.check()
        self.end()

    def happen(self) -> None:
        dice = self.dice.random()
        if dice < 0.3 or not self.live:
            self.reserve()
            return
        name = self.dice.choice(self.live)
        if dice < 0.62:
            self.fill(name)
        elif dice < 0.82:
            self.release(name)
        elif dice < 0.92:
            self.bust(name)
        elif dice < 0.97:
            self.fill_again(name)
        else:
            self.release(name)
            self.fill(name)  # the cancel and the fill have crossed

    def amounts(self, stakes: Stakes, legs: Sequence[LegAmounts], worth: Decimal) -> Amounts:
        layout = stakes.layout
        flows = Flows(layout.near_side, layout.days, legs)
        together = whole(*flows.net(), worth)
        return together if layout.is_outright else (*together, *flows.by_day())

    def worst(self, stakes: Stakes, legs: Sequence[LegAmounts], worth: Decimal) -> Amounts:
        return tuple(max(ZERO, amount) for amount in self.amounts(stakes, legs, worth))

    def legs_of(self, stakes: Stakes, quantity: Decimal) -> tuple[LegAmounts, ...]:
        layout, rate = stakes.layout, RATES[stakes.layout.dealt] / RATES[stakes.layout.contra]
        sides = (layout.near_side, layout.near_side.opposite)
        return tuple(
            LegAmounts(side, day, quantity, *(_minor(quantity * rate * (1 + Decimal(n * way) / 50)) for way in (1, 0)))
            for n, (side, day) in enumerate(zip(sides, layout.days, strict=False), 1)
        )

    def reserve(self) -> None:
        stakes = self.dice.choice(self.stakes)
        quantity = Decimal(self.dice.randint(1, 20_000_000)).scaleb(-2)
        legs = self.legs_of(stakes, quantity)
        worth = (quantity * RATES[stakes.layout.dealt]).quantize(Decimal("0.01"))
        amounts = self.worst(stakes, legs, worth)
        name = f"R{self.count['orders']}"
        self.count["orders"] += 1
        takes = self.ledger.asks(stakes, amounts)
        expected = self.ledger.shortfalls(stakes, amounts)
        short = self.ledger.reserve(name, quantity, stakes, amounts)
        assert short == expected, "whether all fits, and what does not, are one"
        if short and not all(each.is_soft for each in short):
            self.count["denied"] += 1
            self.count.update({f"full: {each.node.partition(' ')[0]}" for each in short})
            assert all(each.unvalued or each.asked > each.free for each in short)
            return
        for node in stakes.nodes:
            if takes[node.name] and node.name not in stakes.soft:
                assert node.used <= node.limit, f"{node.name} is above its limit by an act of ours"
        self.orders[name] = Order(stakes, quantity, legs, worth, stakes.each(stakes.asked(amounts)))
        self.live.append(name)

    def fill(self, name: str) -> None:
        """A part of an order, or all that is left of it, or now and then more; at a better rate or a worse."""
        order = self.orders[name]
        share = self.dice.choice((Decimal("0.25"), Decimal("0.5"), ONE, ONE, Decimal("1.2")))
        left = order.quantity if order.is_over else order.quantity - order.filled
        quantity = max(Decimal("0.01"), (left * share).quantize(Decimal("0.01")))
        part = quantity / order.quantity
        better = 1 + Decimal(self.dice.randint(-20, 5)) / 1000
        legs = []
        for leg in order.legs:
            contra = _minor(leg.most * part * better)
            legs.append(LegAmounts(leg.side, leg.value_date, _minor(leg.dealt * part), contra, contra))
        amounts = self.amounts(order.stakes, legs, _minor(order.worth * part))
        exec_id = f"E{len(order.fills)}"
        self.ledger.post(name, exec_id, quantity, amounts)
        order.fills[exec_id] = (quantity, order.stakes.each(order.stakes.posted(amounts)))
        order.filled += quantity

    def fill_again(self, name: str) -> None:
        order, before = self.orders[name], self.ledger.repeated_executions
        for exec_id in list(order.fills)[:1]:
            self.ledger.post(name, exec_id, ONE, self.amounts(order.stakes, order.legs, ONE))
            assert self.ledger.repeated_executions == before + 1

    def bust(self, name: str) -> None:
        order = self.orders[name]
        for exec_id in list(order.fills)[-1:]:
            is_first = exec_id not in order.busted
            assert self.ledger.reverse(name, exec_id) == is_first
            if is_first:
                order.busted.add(exec_id)
                order.filled -= order.fills[exec_id][0]

    def release(self, name: str) -> None:
        """It is over; some of what is over is heard of again until the day has ended."""
        self.ledger.release(name)
        self.orders[name].is_final = True
        self.ledger.release(name)
        if self.dice.random() < 0.9:
            self.live.remove(name)

    def move_a_rate(self) -> None:
        """A rate moves; now and then there is none for a while."""
        currency = self.dice.choice(("EUR", "GBP", "JPY"))
        gone = self.dice.random() < 0.05
        rate = None if gone else RATES[currency] * (1 + Decimal(self.dice.randint(-30, 30)) / 1000)
        self.rates[currency] = rate
        self.ledger.marks.put(Currency(currency), rate)

    def end_the_day(self) -> None:
        """A day ends: what ends with it leaves, but for what is not confirmed; what is over for long is forgotten."""
        stays = {name for name in self.orders if self.dice.random() < 0.1}
        ended = self.day
        self.day += timedelta(days=1)
        for name in set(self.ledger.expire(ended, stays)):
            order = self.orders[name]
            assert order.is_over
            assert name not in stays
            self.take_out(order, ended)
        for name in self.ledger.forget(ended - timedelta(days=3)):
            self.count["forgotten"] += 1
            self.forget(name)
        self.gate.roll(self.day, self.orders)
        self.find_stakes()

    def take_out(self, order: Order, ended: date) -> None:
        claims = enumerate(order.stakes.claims)
        places = [place for place, claim in claims if claim.until is not None and claim.until <= ended]
        for _, posted in order.fills.values():
            for place in places:
                posted[place] = ZERO

    def forget(self, name: str) -> None:
        """What was posted for good stays, as that of nobody."""
        order = self.orders.pop(name)
        if name in self.live:
            self.live.remove(name)
        for place, claim in enumerate(order.stakes.claims):
            self.kept[claim.node] += order.posted(place)

    # --- what has to hold --------------------------------------------------------------------------------------------

    def pending_of(self, name: str) -> list[Decimal]:
        """What pends for an order, claim by claim."""
        reservation = self.ledger._reservations.take(name)
        return reservation.stakes.each(reservation.pending)

    def check_order(self, name: str, order: Order) -> None:
        for place, pending in enumerate(self.pending_of(name)):
            assert order.pending(place) <= pending <= order.pending(place) + STEP

    def check(self) -> None:
        """Everything, added up anew."""
        self.count["checks"] += 1
        posted, pending = defaultdict(Decimal, self.kept), defaultdict(Decimal)
        for name, order in self.orders.items():
            self.check_order(name, order)
            held = self.pending_of(name)
            for place, claim in enumerate(order.stakes.claims):
                posted[claim.node] += order.posted(place)
                pending[claim.node] += held[place]
        for node, balances in self.balances.items():
            assert sum(balances.values()) == ZERO, "every transfer has two legs"
            assert balances[Account.PENDING] == pending[node]
            assert balances[Account.POSTED] == posted[node]
        for name, node in self.ledger.nodes():
            own = self.balances[name]
            mine = self.positions_of(name)
            assert node.used == own[Account.PENDING] + own[Account.POSTED] + mine
            assert node.free + node.used == node.limit
            assert sum(node.split()) == node.used

    def positions_of(self, name: str) -> Decimal:
        """What the positions are worth that a node counts, by the definition."""
        sides: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for claim in self.seen_positions.values():
            if name in claim.composites:
                balances = self.balances[claim.node]
                held = balances[Account.PENDING] + balances[Account.POSTED]
                mark = self.ledger.marks.mark(claim.currency)
                worth = held * mark.rate
                sides[claim.part][claim.is_short] += worth if claim.is_set_off else max(ZERO, worth)
        return sum((max(ZERO, *both) for both in sides.values()), ZERO)

    def end(self) -> None:
        """All orders are over: nothing pends, and each has ended once."""
        for name in self.orders:
            self.ledger.release(name)
            self.orders[name].is_final = True
        self.check()
        assert all(balances[Account.PENDING] == ZERO for balances in self.balances.values())
        assert all(held == ZERO for held in self.held.values())


def _minor(amount: Decimal) -> Decimal:
    """In whole minor units, as all money is."""
    return amount.quantize(STEP)


def play(seed: int, events: int) -> Counter[str]:
    """Play so many events; what happened, counted.

    Raises:
        AssertionError: Something that always holds did not.
    """
    with localcontext(EXACT):
        days = Days(seed)
        days.play(events)
    return days.count


def main() -> None:
    """Play from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None, help="the same seed plays the same events")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    start = time.perf_counter()
    count = play(seed, asked.events)
    seconds = time.perf_counter() - start
    lines = [f"{asked.events:,} events with seed {seed} in {seconds:,.0f} s, and everything held:"]
    lines += [f"  {what:<24} {times:>12,}" for what, times in sorted(count.items())]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
