"""Whether there is room: what an order asks of each limit, and which of them it does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from risk.ledger.composite import Composite, Node
from risk.ledger.marks import Marks
from risk.ledger.measures import Amounts
from risk.ledger.stakes import CompositeStake, Stakes
from trader.domain.currency import Currency
from trader.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A claim that does not fit, or a node that a fill has taken above its limit (``asked`` is then zero).

    One that is soft is told about, and holds nothing back. ``unvalued`` are the currencies of positions that have no
    rate, so that what is used cannot be known.
    """

    node: str
    limit: Decimal
    used: Decimal
    asked: Decimal
    is_soft: bool = False
    unvalued: tuple[Currency, ...] = ()

    @property
    def free(self) -> Decimal:
        """What is left of the limit."""
        return self.limit - self.used


def catch_up(stakes: Stakes, marks: Marks) -> None:
    """Value the composites that some orders touch at the marks as they are."""
    version = marks.version
    for stake in stakes.composites:
        composite = stake.node
        if composite.seen != version:
            composite.catch_up(marks)


def asks(stakes: Stakes, asked: Amounts) -> dict[str, Decimal]:
    """What an order would take of each node that has a limit, by the node's name."""
    takes = {node.name: amount for node, amount in zip(stakes.plain, stakes.each(asked), strict=False)}
    rises = zip(stakes.composites, _rises(stakes, asked), strict=True)
    return takes | {stake.node.name: rise for stake, rise in rises}


def fits(stakes: Stakes, asked: Amounts) -> bool:
    """Whether there would be no :func:`shortfalls`: what nearly every order is told, and so what is asked first."""
    for at, tally in enumerate(stakes.tallies):
        amount = asked[at]
        if amount:
            limits = tally.limits
            for place, node in enumerate(tally.plain):
                if node.taken + amount > limits[place]:
                    return False
    composites = stakes.composites
    for place, rise in enumerate(_rises(stakes, asked)):
        if rise and not _has_room(composites[place], rise):
            return False
    return True


def shortfalls(stakes: Stakes, asked: Amounts) -> list[Shortfall]:
    """The claims that do not fit now. Exactly at the limit fits; a claim of nothing always does."""
    found = []
    for node, limit, amount in zip(stakes.plain, stakes.limits, stakes.each(asked), strict=False):
        if amount and node.taken + amount > limit:
            found.append(Shortfall(node.name, limit, node.used, amount, node.name in stakes.soft))
    for stake, rise in zip(stakes.composites, _rises(stakes, asked), strict=True):
        if rise and not _has_room(stake, rise):
            found.append(_composite_shortfall(stakes, stake.node, stake.limit, rise))
    return found


def gone_above(stakes: Stakes, posted: Amounts, before: Sequence[tuple[Decimal, Decimal]]) -> list[Shortfall]:
    """The nodes that a fill has taken above their limit.

    Args:
        stakes: The order's.
        posted: What the fill has posted.
        before: What was taken of each composite before it, and what its parts were worth.
    """
    above: list[Node] = []
    for at, tally in enumerate(stakes.tallies):
        if posted[at] > ZERO:
            above += [node for node in tally.plain if node.taken > node.limit]
    for stake, (taken, valued) in zip(stakes.composites, before, strict=True):
        node = stake.node
        used = node.taken + node.valued
        if used > node.limit and used > taken + valued:
            above.append(node)
    if not above:
        return []
    return [Shortfall(node.name, node.limit, node.used, ZERO) for node in stakes.nodes if node in above]


def _rises(stakes: Stakes, asked: Amounts) -> list[Decimal]:
    """What an order takes of each composite: its amount, and what the parts would be worth more."""
    of_parts = [stake.part.rise(stake.asking, asked) for stake in stakes.parts]
    rises = []
    for stake in stakes.composites:
        rise = asked[stake.tally]
        for at in stake.parts:
            rise += of_parts[at]
        rises.append(rise)
    return rises


def _has_room(stake: CompositeStake, rise: Decimal) -> bool:
    """Whether a composite can take so much; it can take nothing while it has positions without a rate."""
    node = stake.node
    return not node.unvalued and node.taken + node.valued + rise <= stake.limit


def _composite_shortfall(stakes: Stakes, composite: Composite, limit: Decimal, rise: Decimal) -> Shortfall:
    unvalued = tuple(composite.unvalued_currencies()) if composite.unvalued else ()
    return Shortfall(composite.name, limit, composite.used, rise, composite.name in stakes.soft, unvalued)
