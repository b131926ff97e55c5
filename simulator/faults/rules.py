"""Which actions of a scenario apply to a message: matching, counting and chance, each rule with numbers of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp, log

import numpy as np

from simulator.faults.actions import Action, Delay, Throttle
from simulator.faults.scenario import Rule, When
from simulator.faults.turns import Turns
from trader.domain.deal import Deal, OrderType, TimeInForce
from trader.domain.events import ExecType
from trader.domain.moments import NS_PER_MS, NS_PER_S

_Z99 = 2.3263478740408408  # the standard normal distribution's 99th percentile


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule can ask about a message. What a message does not have matches no rule that asks for it."""

    message: str
    client: str
    deal: Deal | None = None
    amount: Decimal | None = None
    order_type: OrderType | None = None
    time_in_force: TimeInForce | None = None
    exec_type: ExecType | None = None
    maker: str = ""


class _Live:
    """One rule with its counters and its own random numbers, so that rules do not disturb each other."""

    def __init__(self, rule: Rule, seed: int, number: int) -> None:
        self.when = rule.when
        self.then = rule.then
        self._random = np.random.default_rng([seed, 0x52, number])
        self._turns = Turns(rule.when, self._random)
        self._free_ns = 0

    def takes(self, facts: Facts) -> bool:
        return _matches(self.when, facts) and self._turns.is_next()

    def delay_ns(self, now_ns: int) -> int:
        """How long a message that it takes now is held; 0 for an action that holds nothing."""
        match self.then:
            case Delay(ms=ms, p99_ms=p99_ms):
                return latency_ns(ms, p99_ms, self._random)
            case Throttle(per_s=per_s):
                start_ns = max(now_ns, self._free_ns)
                self._free_ns = start_ns + round(NS_PER_S / per_s)
                return start_ns - now_ns
        return 0


def latency_ns(ms: float, p99_ms: float | None, random: np.random.Generator) -> int:
    """A latency: constant, or log-normal with a median of ``ms`` and a 99th percentile of ``p99_ms``."""
    if p99_ms is None:
        return round(ms * NS_PER_MS)
    return round(ms * exp(log(p99_ms / ms) / _Z99 * random.standard_normal()) * NS_PER_MS)


class Rules:
    """A scenario's rules with their counters: the part of the venue's state that belongs to the scenario.

    Attributes:
        taken: How many messages each kind of action has had, by its name.
    """

    def __init__(self, rules: Sequence[Rule], seed: int) -> None:
        self.taken: Counter[str] = Counter()
        self._rules = [_Live(rule, seed, number) for number, rule in enumerate(rules)]
        self._is_over = False

    def __bool__(self) -> bool:
        return bool(self._rules)

    def apply(self, facts: Facts, now_ns: int) -> tuple[tuple[Action, ...], int]:
        """The actions that hit this message now, in the file's order, and the sum of its delays in nanoseconds."""
        hits = [rule for rule in self._rules if not self._is_over and rule.takes(facts)]
        self.taken.update(str(rule.then.__struct_config__.tag) for rule in hits)
        return tuple(rule.then for rule in hits), sum(rule.delay_ns(now_ns) for rule in hits)

    def end(self) -> None:
        """No rule takes anything any longer."""
        self._is_over = True


def _matches(when: When, facts: Facts) -> bool:
    deal = facts.deal
    asked = (
        (when.message, facts.message),
        (when.client, facts.client),
        (when.exec_type, facts.exec_type),
        (when.maker, facts.maker),
        (when.order_type, facts.order_type),
        (when.time_in_force, facts.time_in_force),
        (when.pair, str(deal.pair) if deal and when.pair else ""),
        (when.side, deal.near_leg.side if deal else None),
        (when.dealt_currency, deal.dealt_currency if deal else ""),
        (when.product, deal.product if deal else None),
    )
    if any(wanted and wanted != actual for wanted, actual in asked):
        return False
    amount = facts.amount
    if when.min_amount is not None and (amount is None or amount < when.min_amount):
        return False
    return when.max_amount is None or (amount is not None and amount <= when.max_amount)
