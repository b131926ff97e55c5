"""What orders claim of limits: which node, which of their amounts, and how much of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from operator import itemgetter
from typing import NamedTuple

from risk.measures import Amounts, Layout, Measure, Measured
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

_CENT = Decimal("0.01")
_WHOLE = frozenset({1, -1})


class Claim(NamedTuple):
    """Which node an order takes something from, and what.

    Attributes:
        node: The node's name, as ``"VOLUME_DAY 2026-03-02 trader=anna"``.
        limit: The node's limit.
        measure: Which amount is reserved for an order, and posted of a fill.
        factor: How much of it: 1; -1 when a fill frees the node, as what is bought is no longer short; a fraction when
            only a part counts, which is reserved rounded up to the cent.
        also: What the same node counts besides, of the deal's other days; by the same factor.
        is_soft: True when an order that does not fit is held all the same, and only told about.
    """

    node: str
    limit: Decimal
    measure: Measured
    factor: Decimal | int = 1
    also: tuple[Measured, ...] = ()
    is_soft: bool = False


# The limit of a node on which nothing was reserved yet: no number, so that nothing could ever fit it by mistake.
_UNSET = Decimal("NaN")


@dataclass(slots=True)
class Node:
    """One limit and what is used of it, in the limit's own unit."""

    name: str
    limit: Decimal = _UNSET
    posted: Decimal = ZERO
    pending: Decimal = ZERO

    @property
    def used(self) -> Decimal:
        """Pending and posted together."""
        return self.pending + self.posted

    @property
    def free(self) -> Decimal:
        """What is left; negative when fills have gone above the limit."""
        return self.limit - self.pending - self.posted


class Stakes:
    """Claims with their nodes found. Orders that take from the same nodes share them.

    Args:
        claims: At most one for each node.
        nodes: The node of each.
        layout: Where the amounts of the orders stand.

    Attributes:
        claims: As given.
        nodes: As given.
        limits: The limit of each claim.
        counts: The claims that are held whole until the order is over.
        soft: The nodes that an order may take more of than there is.

    Raises:
        LocalOrderError: A node is claimed twice, or a measure is none that the orders have.
    """

    __slots__ = ("_parts", "_pick_asked", "_pick_posted", "_sums", "claims", "counts", "limits", "nodes", "soft")

    def __init__(self, claims: Sequence[Claim], nodes: Sequence[Node], layout: Layout) -> None:
        if len({claim.node for claim in claims}) != len(claims):
            raise LocalOrderError(f"a node is claimed twice in {claims}")
        self.claims, self.nodes = tuple(claims), tuple(nodes)
        self.limits = tuple([claim.limit for claim in claims])
        self.counts = tuple([at for at, claim in enumerate(claims) if claim.measure is Measure.WORKING_COUNT])
        places = [layout.places(claim.measure, claim.factor) for claim in claims]
        self._pick_asked = _picker([asked for asked, _ in places])
        self._pick_posted = _picker([posted for _, posted in places])
        self._sums = [
            (at, *zip(*[layout.places(measure, claim.factor) for measure in claim.also], strict=True))
            for at, claim in enumerate(claims)
            if claim.also
        ]
        self.soft = frozenset([claim.node for claim in claims if claim.is_soft])
        self._parts = [(place, claim.factor) for place, claim in enumerate(claims) if claim.factor not in _WHOLE]

    def asked(self, amounts: Amounts) -> Amounts:
        """What an order asks of each node; of a part of an amount, rounded up to the cent."""
        picked = self._pick_asked(amounts)
        if not self._parts and not self._sums:
            return picked
        asked = list(picked)
        for place, also, _ in self._sums:
            asked[place] += sum([amounts[each] for each in also])
        for place, factor in self._parts:
            asked[place] = (asked[place] * factor).quantize(_CENT, ROUND_CEILING)
        return tuple(asked)

    def posted(self, amounts: Amounts) -> Amounts:
        """What a fill uses of each node."""
        picked = self._pick_posted(amounts)
        if not self._parts and not self._sums:
            return picked
        posted = list(picked)
        for place, _, also in self._sums:
            posted[place] += sum([amounts[each] for each in also])
        for place, factor in self._parts:
            posted[place] *= factor
        return tuple(posted)


def _picker(places: Sequence[int]) -> Callable[[Amounts], Amounts]:
    """A function that takes the amounts at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda amounts: tuple([amounts[place] for place in places])
