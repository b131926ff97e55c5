"""Whether there is room: what an order asks of each limit, and which of them it does not fit."""

from dataclasses import dataclass
from decimal import Decimal

from risk.ledger.claims import Stakes
from risk.ledger.composite import Composite
from risk.ledger.marks import Marks
from risk.ledger.measures import Amounts
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
    for composite in stakes.composites:
        if composite.node.seen != version:
            composite.node.catch_up(marks)


def asks(stakes: Stakes, asked: Amounts) -> dict[str, Decimal]:
    """What an order would take of each node that has a limit, by the node's name."""
    takes = {node.name: amount for node, amount in zip(stakes.plain, asked, strict=False)}
    rises = [part.rise(positions, asked) for part, positions in stakes.parts]
    for node, _, place, parts in stakes.composites:
        takes[node.name] = asked[place] + sum([rises[at] for at in parts], ZERO)
    return takes


def shortfalls(stakes: Stakes, asked: Amounts) -> list[Shortfall]:
    """The claims that do not fit now. Exactly at the limit fits; a claim of nothing always does."""
    found = []
    for node, limit, amount in zip(stakes.plain, stakes.limits, asked, strict=False):  # the composites come after
        if amount and node.taken + amount > limit:
            found.append(Shortfall(node.name, limit, node.used, amount, node.name in stakes.soft))
    rises = [part.rise(positions, asked) for part, positions in stakes.parts]
    for composite, limit, place, parts in stakes.composites:
        rise = asked[place]
        for at in parts:
            rise += rises[at]
        if rise and (composite.unvalued or composite.taken + composite.valued + rise > limit):
            found.append(_composite_shortfall(stakes, composite, limit, rise))
    return found


def _composite_shortfall(stakes: Stakes, composite: Composite, limit: Decimal, rise: Decimal) -> Shortfall:
    unvalued = tuple(composite.unvalued_currencies()) if composite.unvalued else ()
    return Shortfall(composite.name, limit, composite.used, rise, composite.name in stakes.soft, unvalued)
