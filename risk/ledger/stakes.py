"""What orders with the same claims have at stake: the nodes, and which of them count the same.

An order touches some thirty nodes, and has only a handful of amounts. Claims that count the same of every order and of
every fill make a tally, and what an order asks, pends and posts is kept once for each tally: every amount is worked out
once, however many nodes count it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from operator import itemgetter
from typing import NamedTuple, TypeVar

from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.composite import Composite, Node, Part, Position
from risk.ledger.measures import Amounts, Layout, Measure
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

_CENT = Decimal("0.01")
_WHOLE = frozenset({1, -1})

_Each = TypeVar("_Each")

# A position, and the tally of what is asked of it.
_Asked = tuple[Position, int]


class Tally:
    """Some nodes that count the same.

    Attributes:
        nodes: The nodes.
        plain: Those of them that have a limit and are no composites.
        limits: Their limits.
        positions: Those that have none.
    """

    __slots__ = ("limits", "nodes", "plain", "positions")

    def __init__(self, nodes: Sequence[Node], limits: Sequence[Decimal]) -> None:
        self.nodes, self.limits = tuple(nodes), tuple(limits)
        self.plain = self.nodes[: len(self.limits)]
        self.positions = tuple([node for node in self.nodes if isinstance(node, Position)])


class PartStake(NamedTuple):
    """A part that an order can make larger, and the positions that it does so by."""

    part: Part
    asking: tuple[_Asked, ...]


class CompositeStake(NamedTuple):
    """A composite, with its limit, its tally and the places of its parts among the parts."""

    node: Composite
    limit: Decimal
    tally: int
    parts: tuple[int, ...]


class _Way(NamedTuple):
    """What makes claims count the same: where it stands in the amounts, how much of it counts, and until when."""

    asked: int
    posted: int
    also: tuple[tuple[int, int], ...]
    factor: Decimal | int
    until: date | None


class Stakes:
    """Claims with their nodes found. Orders that take from the same nodes share them.

    Amounts are by tally: what is asked, what pends and what is posted has one number for each.

    Args:
        claims: At most one for each node: those that are plain first, then those of composites, then positions.
        nodes: The node of each.
        layout: Where the amounts of the orders stand.

    Attributes:
        claims: As given.
        held: All the nodes.
        nodes: Those that have a limit.
        plain: Those of them that are no composites.
        limits: The limit of each node that has one.
        tallies: All the nodes, by what they count.
        parts: The parts that an order can make larger.
        composites: The composites.
        counts: The tallies that are held whole until the order is over.
        soft: The nodes that an order may take more of than there is.
        until: The tallies that end with a day, by that day.
        nothing: Zero for every tally.
        layout: As given.
        limits_seen: Which limits of the nodes were these, see :class:`risk.ledger.chart.Chart`.

    Raises:
        LocalOrderError: A node is claimed twice, or a measure is none that the orders have.
    """

    __slots__ = (
        "_fractions",
        "_pick_asked",
        "_pick_posted",
        "_sums",
        "_tally_of",
        "claims",
        "composites",
        "counts",
        "held",
        "layout",
        "limits",
        "limits_seen",
        "nodes",
        "nothing",
        "parts",
        "plain",
        "soft",
        "tallies",
        "until",
    )

    def __init__(self, claims: Sequence[Claim | PositionClaim], nodes: Sequence[Node], layout: Layout) -> None:
        if len({claim.node for claim in claims}) != len(claims):
            raise LocalOrderError(f"a node is claimed twice in {claims}")
        self.claims, self.held, self.layout, self.limits_seen = tuple(claims), tuple(nodes), layout, -1
        limited = [claim for claim in claims if isinstance(claim, Claim)]
        self.limits = tuple([claim.limit for claim in limited])
        self.nodes = self.held[: len(self.limits)]
        self.plain = self.nodes[: sum(not isinstance(node, Composite) for node in self.nodes)]
        self.soft = frozenset([claim.node for claim in limited if claim.is_soft])
        tallied: dict[_Way, list[int]] = {}
        for place, claim in enumerate(claims):
            tallied.setdefault(_way_of(claim, layout), []).append(place)
        self._tally_of: dict[int, int] = {each: at for at, places in enumerate(tallied.values()) for each in places}
        self.tallies = tuple([self._tally(places) for places in tallied.values()])
        self.nothing: Amounts = (ZERO,) * len(self.tallies)
        ways = tuple(tallied)
        self._pick_asked = _picker([way.asked for way in ways])
        self._pick_posted = _picker([way.posted for way in ways])
        self._sums = [(at, way.also) for at, way in enumerate(ways) if way.also]
        self._fractions = [(at, Decimal(way.factor)) for at, way in enumerate(ways) if way.factor not in _WHOLE]
        self.until = _by_day(ways)
        counting = [place for place, claim in enumerate(claims) if claim.measure is Measure.WORKING_COUNT]
        self.counts = tuple({self._tally_of[place] for place in counting})
        held = [(node, self._tally_of[place]) for place, node in enumerate(self.held)]
        self.parts = _parts_of(
            [
                (node, at)
                for node, at in held
                if isinstance(node, Position) and not layout.is_never_asked(ways[at].asked)
            ]
        )
        self.composites = tuple(
            [
                CompositeStake(node, node_limit, at, self._parts_under(node))
                for (node, at), node_limit in zip(held, self.limits, strict=False)
                if isinstance(node, Composite)
            ]
        )

    def _tally(self, places: Sequence[int]) -> Tally:
        limits = self.limits[: len(self.plain)]
        return Tally([self.held[place] for place in places], [limits[place] for place in places if place < len(limits)])

    def _parts_under(self, composite: Composite) -> tuple[int, ...]:
        return tuple([at for at, stake in enumerate(self.parts) if composite in stake.part.owners])

    def each(self, by_tally: Sequence[_Each]) -> list[_Each]:
        """For every claim what its tally has."""
        return [by_tally[self._tally_of[place]] for place in range(len(self.claims))]

    def asked(self, amounts: Amounts) -> Amounts:
        """What an order asks of each node; of a part of an amount, rounded up to the cent."""
        picked = self._pick_asked(amounts)
        if not self._fractions and not self._sums:
            return picked
        asked = list(picked)
        for at, also in self._sums:
            asked[at] += sum([amounts[each] for each, _ in also])
        for at, factor in self._fractions:
            asked[at] = (asked[at] * factor).quantize(_CENT, ROUND_CEILING)
        return tuple(asked)

    def posted(self, amounts: Amounts) -> Amounts:
        """What a fill uses of each node."""
        picked = self._pick_posted(amounts)
        if not self._fractions and not self._sums:
            return picked
        posted = list(picked)
        for at, also in self._sums:
            posted[at] += sum([amounts[each] for _, each in also])
        for at, factor in self._fractions:
            posted[at] *= factor
        return tuple(posted)

    def move(self, before: Amounts, pending: Amounts, posted: Amounts) -> None:
        """Let so much pend on the nodes in the place of what did, and post so much on top."""
        for at, tally in enumerate(self.tallies):
            was, now, amount = before[at], pending[at], posted[at]
            change = ZERO if now is was else now - was
            if amount:
                change += amount
                for node in tally.nodes:
                    node.taken += change
                    node.posted += amount
            elif now is not was:
                for node in tally.nodes:
                    node.taken += change
            if change:
                for position in tally.positions:
                    position.revalue()


def _way_of(claim: Claim | PositionClaim, layout: Layout) -> _Way:
    asked, posted = layout.places(claim.measure, claim.factor)
    factor = 1 if claim.factor in _WHOLE else claim.factor  # which way it goes is in the places
    also: tuple[tuple[int, int], ...] = ()
    if isinstance(claim, Claim) and claim.also:
        also = tuple([layout.places(measure, claim.factor) for measure in claim.also])
    return _Way(asked, posted, also, factor, claim.until)


def _parts_of(positions: Sequence[_Asked]) -> tuple[PartStake, ...]:
    found: dict[Part, list[_Asked]] = {}
    for position, at in positions:
        found.setdefault(position.part, []).append((position, at))
    return tuple([PartStake(part, tuple(asking)) for part, asking in found.items()])


def _by_day(ways: Sequence[_Way]) -> Mapping[date, tuple[int, ...]]:
    found: dict[date, list[int]] = {}
    for at, way in enumerate(ways):
        if way.until is not None:
            found.setdefault(way.until, []).append(at)
    return {day: tuple(tallies) for day, tallies in found.items()}


def _picker(places: Sequence[int]) -> Callable[[Amounts], Amounts]:
    """A function that takes the amounts at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda amounts: tuple([amounts[place] for place in places])
