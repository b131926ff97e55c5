"""Whether there is room: what an order asks of each limit, and which of them it does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from risk.claims import Stakes
from risk.composite import Composite
from risk.marks import Marks
from risk.measures import Amounts
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
    for composite, _, _ in stakes.composites:
        if composite.seen != marks.version:
            composite.catch_up(marks)


def rises(stakes: Stakes, asked: Amounts, marks: Marks) -> Iterator[tuple[Composite, Decimal, Decimal]]:
    """Each composite that an order touches, its limit, and by how much the order would fill it."""
    catch_up(stakes, marks)
    by_part = [part.rise([(each, asked[at]) for each, at in positions]) for part, positions in stakes.parts]
    for composite, place, parts in stakes.composites:
        yield composite, stakes.limits[place], asked[place] + sum([by_part[at] for at in parts], ZERO)


def shortfalls(stakes: Stakes, asked: Amounts, marks: Marks) -> list[Shortfall]:
    """The claims that do not fit now. Exactly at the limit fits; a claim of nothing always does."""
    found = []
    for node, limit, amount in zip(stakes.plain, stakes.limits, asked, strict=False):  # the composites come after
        if amount and node.pending + node.posted + amount > limit:
            found.append(Shortfall(node.name, limit, node.used, amount, node.name in stakes.soft))
    if stakes.composites:
        for composite, limit, rise in rises(stakes, asked, marks):
            if rise and (composite.unvalued or composite.used + rise > limit):
                unvalued = tuple(composite.unvalued_currencies()) if composite.unvalued else ()
                is_soft = composite.name in stakes.soft
                found.append(Shortfall(composite.name, limit, composite.used, rise, is_soft, unvalued))
    return found
