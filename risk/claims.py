"""What orders claim of limits: which node, which of their amounts, and how much of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

_CENT = Decimal("0.01")


class Measure(StrEnum):
    """An amount that a fill has as a whole.

    ``DEALT`` and ``CONTRA`` are net over the legs: what goes the near leg's way, less what goes the other. ``NOTIONAL``
    is the turnover.
    """

    DEALT = "DEALT"
    CONTRA = "CONTRA"
    NOTIONAL = "NOTIONAL"


# What of a fill is posted to a node; a day stands for the worth of what is received on it.
Measured = Measure | date

# An order's or a fill's amount in every measure, as they stand in :func:`_place_of`: of the dealt currency the near
# leg's way and the other, of the contra currency so too, the turnover, and what is received on each day of the deal.
# Of an order it is the most that may be, zero or more; of a fill what is, and the other way is then less than zero.
Amounts = tuple[Decimal, ...]
_PLACES: Mapping[Measured, int] = MappingProxyType({Measure.DEALT: 0, Measure.CONTRA: 2, Measure.NOTIONAL: 4})
_TURNED: Mapping[Measured, int] = MappingProxyType({Measure.DEALT: 1, Measure.CONTRA: 3})
_WHOLE = frozenset({1, -1})


class Claim(NamedTuple):
    """Which node an order takes something from, and what.

    Attributes:
        node: The node's name, as ``"VOLUME_DAY 2026-03-02 trader=anna"``.
        limit: The node's limit.
        measure: Which amount is reserved for an order, and posted of a fill.
        factor: How much of it: 1; -1 when a fill frees the node, as what is bought is no longer short; a fraction when
            only a part counts, which is reserved rounded up to the cent.
    """

    node: str
    limit: Decimal
    measure: Measured
    factor: Decimal | int = 1


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
        days: The value dates of the deal, each once, as its amounts have them.

    Attributes:
        claims: As given.
        nodes: As given.
        limits: The limit of each claim.

    Raises:
        LocalOrderError: A node is claimed twice, or a measure is none that the amounts have.
    """

    __slots__ = ("_parts", "_pick", "claims", "limits", "nodes")

    def __init__(self, claims: Sequence[Claim], nodes: Sequence[Node], days: Sequence[date]) -> None:
        if len({claim.node for claim in claims}) != len(claims):
            raise LocalOrderError(f"a node is claimed twice in {claims}")
        self.claims, self.nodes = tuple(claims), tuple(nodes)
        self.limits = tuple([claim.limit for claim in claims])
        self._pick = _picker([_place_of(claim.measure, claim.factor, days) for claim in claims])
        self._parts = [(place, claim.factor) for place, claim in enumerate(claims) if claim.factor not in _WHOLE]

    def asked(self, amounts: Amounts) -> Amounts:
        """What an order asks of each node; of a part of an amount, rounded up to the cent."""
        picked = self._pick(amounts)
        if not self._parts:
            return picked
        asked = list(picked)
        for place, factor in self._parts:
            asked[place] = (picked[place] * factor).quantize(_CENT, ROUND_CEILING)
        return tuple(asked)

    def posted(self, amounts: Amounts) -> Amounts:
        """What a fill uses of each node."""
        picked = self._pick(amounts)
        if not self._parts:
            return picked
        posted = list(picked)
        for place, factor in self._parts:
            posted[place] = picked[place] * factor
        return tuple(posted)


def _picker(places: Sequence[int]) -> Callable[[Amounts], Amounts]:
    """A function that takes the amounts at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda amounts: tuple([amounts[place] for place in places])


def _place_of(measure: Measured, factor: Decimal | int, days: Sequence[date]) -> int:
    """Which of the amounts a claim counts."""
    place = None
    if factor == -1:
        place = _TURNED.get(measure)
    elif factor > 0:
        place = _PLACES.get(measure)
        if place is None and measure in days:
            place = len(_PLACES) + len(_TURNED) + days.index(measure)
    if place is None:
        raise LocalOrderError(f"{factor} x {measure} is an amount that no order of {days} has")
    return place
