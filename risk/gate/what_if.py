"""What would become of the lines of a batch: which pass, which wait for a person, and what the others could be cut to.

The lines are put to the gate in the order of the file, each with what the ones before it hold, as a launch does. So
what passes is the largest part of the batch that fits when whoever stands first is served first. The gate is changed,
and no good for anything else afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from risk.gate.exact import exact
from risk.gate.gate import Gate
from risk.gate.requests import Decision, OrderRequest
from risk.reasons import Approval, Violation
from trader.domain.deal import Deal
from trader.domain.money import ZERO

_APPROVED = Approval("whoever approves it")
_TRIES_MAX = 12


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """What would become of one line.

    Attributes:
        waits: What another person would have to approve first.
        denials: What denies it, approved or not; empty when it fits.
        warnings: What is told and stops nothing.
        cut_to: The largest amount of its near leg with which it would fit every limit at once, the other legs in
            proportion; zero when no size would; None when it fits, or when the size is not the question.
    """

    waits: tuple[Violation, ...] = ()
    denials: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    cut_to: Decimal | None = None

    @property
    def fits(self) -> bool:
        """True when nothing denies it; it may still have to be approved."""
        return not self.denials


def judge_line(gate: Gate, orders: Sequence[OrderRequest], now_ns: int) -> LineVerdict:
    """Put a line to the gate with every order that it would be sent as: all of them hold their limits, or none.

    Args:
        gate: Holds what the lines before have taken.
        orders: Under reservation ids that nothing was ever reserved by.
        now_ns: The moment, UTC nanoseconds.
    """
    waits: list[Violation] = []
    warnings: list[Violation] = []
    held: list[str] = []
    for order in orders:
        decision = gate.reserve(order, now_ns)
        if _only_waits(decision):
            waits += [violation for violation in decision.violations if violation.waits]
            decision = gate.reserve(replace(order, approval=_APPROVED), now_ns)
        if not decision.allowed:
            for each in held:
                gate.release(each)
            waits += [violation for violation in decision.violations if violation.waits]
            denials = tuple([each for each in decision.violations if each.blocks and not each.waits])
            return LineVerdict(tuple(waits), denials, cut_to=_cut(gate, orders, now_ns))
        held.append(order.reservation_id)
        if decision.violations:
            warnings += [violation for violation in decision.violations if not violation.blocks]
    return LineVerdict(tuple(waits), warnings=tuple(warnings))


def _only_waits(decision: Decision) -> bool:
    return not decision.allowed and all(each.waits for each in decision.violations if each.blocks)


@exact
def _cut(gate: Gate, orders: Sequence[OrderRequest], now_ns: int) -> Decimal | None:
    """The largest near amount with which every order of a line would pass every limit, each order by itself.

    Every denial names the size that passes it alone. The smallest of them is tried, as rounding to a lot, or the legs
    of a swap in proportion, may ask for a little less.
    """
    orders = [replace(order, approval=_APPROVED) for order in orders]
    whole = size = orders[0].order_deal.near_leg.amount
    for _ in range(_TRIES_MAX):
        largest = size
        for order in orders:
            deal = _scaled(order.order_deal, size, whole)
            if not deal.near_leg.amount > ZERO:
                return ZERO
            for violation in gate.check_order(replace(order, deal=deal), now_ns).violations:
                if violation.blocks and violation.passes is None:
                    return None if size == whole else ZERO
                if violation.blocks and violation.passes is not None:
                    largest = min(largest, size * violation.passes / deal.near_leg.amount)
        if largest == size:
            return size
        unit = orders[0].order_deal.dealt_currency.minor_unit
        size = largest // unit * unit
    return ZERO


def _scaled(deal: Deal, size: Decimal, whole: Decimal) -> Deal:
    """A deal with all its amounts in the proportion of ``size`` to ``whole``, rounded down to the minor unit."""
    if size == whole:
        return deal
    unit = deal.dealt_currency.minor_unit
    near, *far = (replace(leg, amount=leg.amount * size / whole // unit * unit) for leg in deal.legs)
    return replace(deal, near_leg=near, far_legs=tuple(far))
