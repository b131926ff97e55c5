"""What orders claim of limits: which node, which of their amounts, and how much of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from operator import itemgetter
from typing import NamedTuple

from risk.ledger.composite import Composite, Node, Part, Position
from risk.ledger.measures import Amounts, Layout, Measure, Measured
from trader.domain.currency import Currency
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
        until: The day after whose end nothing of it is left, as of a payment that has come; None for what stays.
        is_composite: True for a node that counts positions as well.
    """

    node: str
    limit: Decimal
    measure: Measured
    factor: Decimal | int = 1
    also: tuple[Measured, ...] = ()
    is_soft: bool = False
    until: date | None = None
    is_composite: bool = False


class PositionClaim(NamedTuple):
    """What an order moves of a position, which is limited only by the composites that count it.

    Attributes:
        node: The position's name, as ``"NOP_AGGREGATE desk=treasury currency=EUR long"``.
        currency: What it is held in.
        measure: Which amount, in units of that currency, pends for an order and is posted of a fill.
        factor: As in :class:`Claim`.
        part: The name of the part that it makes one number with.
        composites: The nodes that count the part; each has a claim of its own, if only of nothing.
        until: As in :class:`Claim`.
        is_short: On which of the part's two sides it counts.
        is_set_off: True when less than nothing counts against the part's others.
    """

    node: str
    currency: Currency
    measure: Measured
    factor: Decimal | int
    part: str
    composites: tuple[str, ...]
    until: date | None = None
    is_short: bool = False
    is_set_off: bool = False


# A position, and which of the amounts asked is its own.
_Asked = tuple[Position, int]


class CompositeStake(NamedTuple):
    """A composite, with its limit, its place among the claims and the places of its parts among the parts."""

    node: Composite
    limit: Decimal
    place: int
    parts: tuple[int, ...]


class Stakes:
    """Claims with their nodes found. Orders that take from the same nodes share them.

    Args:
        claims: At most one for each node: those that are plain first, then those of composites, then positions.
        nodes: The node of each.
        layout: Where the amounts of the orders stand.

    Attributes:
        claims: As given.
        held: All the nodes.
        nodes: Those that have a limit.
        plain: How many of them are no composites.
        limits: The limit of each node that has one.
        positions: The others, each with its place among the claims.
        parts: The parts that an order can make larger, each with its positions that it does so by.
        composites: The composites.
        asking: The positions of these parts.
        counts: The claims that are held whole until the order is over.
        soft: The nodes that an order may take more of than there is.
        until: The claims that end with a day, by that day.
        nothing: Zero for every claim.
        is_new: True until something is reserved on them.
        layout: As given.

    Raises:
        LocalOrderError: A node is claimed twice, or a measure is none that the orders have.
    """

    __slots__ = (
        "_fractions",
        "_pick_asked",
        "_pick_posted",
        "_sums",
        "asking",
        "claims",
        "composites",
        "counts",
        "held",
        "is_new",
        "layout",
        "limits",
        "nodes",
        "nothing",
        "parts",
        "plain",
        "positions",
        "soft",
        "until",
    )

    def __init__(self, claims: Sequence[Claim | PositionClaim], nodes: Sequence[Node], layout: Layout) -> None:
        if len({claim.node for claim in claims}) != len(claims):
            raise LocalOrderError(f"a node is claimed twice in {claims}")
        self.claims, self.held, self.layout, self.is_new = tuple(claims), tuple(nodes), layout, True
        limited = [claim for claim in claims if isinstance(claim, Claim)]
        self.limits = tuple([claim.limit for claim in limited])
        self.nodes = self.held[: len(self.limits)]
        self.plain = self.nodes[: sum(not isinstance(node, Composite) for node in self.nodes)]
        places = [layout.places(claim.measure, claim.factor) for claim in claims]
        self.positions = tuple([(node, at) for at, node in enumerate(self.held) if isinstance(node, Position)])
        self.parts = _parts_of([each for each in self.positions if not layout.is_never_asked(places[each[1]][0])])
        self.asking = tuple([asked for _, positions in self.parts for asked in positions])
        self.composites = _composites_of(self.nodes, self.limits, self.parts)
        self.counts = tuple([at for at, claim in enumerate(claims) if claim.measure is Measure.WORKING_COUNT])
        self.until = _by_day(claims)
        self.nothing: Amounts = (ZERO,) * len(claims)
        self._pick_asked = _picker([asked for asked, _ in places])
        self._pick_posted = _picker([posted for _, posted in places])
        self._sums = [
            (at, [layout.places(measure, claim.factor) for measure in claim.also])
            for at, claim in enumerate(limited)
            if claim.also
        ]
        self.soft = frozenset([claim.node for claim in limited if claim.is_soft])
        self._fractions = [(at, claim.factor) for at, claim in enumerate(claims) if claim.factor not in _WHOLE]

    def asked(self, amounts: Amounts) -> Amounts:
        """What an order asks of each node; of a part of an amount, rounded up to the cent."""
        picked = self._pick_asked(amounts)
        if not self._fractions and not self._sums:
            return picked
        asked = list(picked)
        for place, also in self._sums:
            asked[place] += sum([amounts[each] for each, _ in also])
        for place, factor in self._fractions:
            asked[place] = (asked[place] * factor).quantize(_CENT, ROUND_CEILING)
        return tuple(asked)

    def posted(self, amounts: Amounts) -> Amounts:
        """What a fill uses of each node."""
        picked = self._pick_posted(amounts)
        if not self._fractions and not self._sums:
            return picked
        posted = list(picked)
        for place, also in self._sums:
            posted[place] += sum([amounts[each] for _, each in also])
        for place, factor in self._fractions:
            posted[place] *= factor
        return tuple(posted)

    def hold(self, asked: Amounts) -> None:
        """Let so much pend on the nodes besides what does: a new order's."""
        for node, amount in zip(self.held, asked, strict=True):
            if amount:
                node.taken += amount
        for position, at in self.asking:
            if asked[at]:
                position.revalue()

    def pend(self, before: Amounts, pending: Amounts) -> None:
        """Let so much pend on the nodes in the place of what did."""
        for node, was, now in zip(self.held, before, pending, strict=True):
            if now is not was:
                node.taken += now - was
        for position, at in self.asking:
            if pending[at] is not before[at]:
                position.revalue()

    def book(self, before: Amounts, pending: Amounts, posted: Amounts) -> None:
        """Let so much pend on the nodes, and post so much on top."""
        for node, was, now, amount in zip(self.held, before, pending, posted, strict=True):
            if now is not was:
                node.taken += now - was
            if amount:
                node.taken += amount
                node.posted += amount
        for position, at in self.positions:
            if posted[at] or pending[at] is not before[at]:
                position.revalue()


def arranged(claims: Sequence[Claim | PositionClaim]) -> list[Claim | PositionClaim]:
    """Claims in the order that :class:`Stakes` wants them in."""
    return sorted(claims, key=lambda claim: 2 if isinstance(claim, PositionClaim) else int(claim.is_composite))


def _parts_of(positions: Sequence[_Asked]) -> tuple[tuple[Part, tuple[_Asked, ...]], ...]:
    found: dict[Part, list[_Asked]] = {}
    for position, place in positions:
        found.setdefault(position.part, []).append((position, place))
    return tuple([(part, tuple(asked)) for part, asked in found.items()])


def _composites_of(
    nodes: Sequence[Node], limits: Sequence[Decimal], parts: Sequence[tuple[Part, tuple[_Asked, ...]]]
) -> tuple[CompositeStake, ...]:
    return tuple(
        [
            CompositeStake(node, limit, place, tuple([at for at, (part, _) in enumerate(parts) if node in part.owners]))
            for place, (node, limit) in enumerate(zip(nodes, limits, strict=True))
            if isinstance(node, Composite)
        ]
    )


def _by_day(claims: Sequence[Claim | PositionClaim]) -> Mapping[date, tuple[int, ...]]:
    found: dict[date, list[int]] = {}
    for place, claim in enumerate(claims):
        if claim.until is not None:
            found.setdefault(claim.until, []).append(place)
    return {day: tuple(places) for day, places in found.items()}


def _picker(places: Sequence[int]) -> Callable[[Amounts], Amounts]:
    """A function that takes the amounts at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda amounts: tuple([amounts[place] for place in places])
