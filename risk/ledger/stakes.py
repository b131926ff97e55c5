"""What orders with the same claims have at stake: the nodes, and which of them count the same.

An order touches some thirty nodes, and has only a handful of amounts. Claims that count the same of every order and of
every fill make a tally, and what an order asks, pends and posts is kept once for each tally: every amount is worked out
once, however many nodes count it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from operator import itemgetter
from typing import TypeVar

from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.composite import Composite, Node, Part, Position
from risk.ledger.measures import Amounts, Layout, Measure, Measured
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

_CENT = Decimal("0.01")
_COUNT = Measure.WORKING_COUNT

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

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.plain: list[Node] = []
        self.limits: list[Decimal] = []
        self.positions: list[Position] = []

    def add_plain(self, node: Node, limit: Decimal) -> None:
        """Take in one that has a limit and is no composite."""
        self.nodes.append(node)
        self.plain.append(node)
        self.limits.append(limit)

    def add(self, node: Node) -> None:
        """Take in a composite or a position."""
        self.nodes.append(node)
        if isinstance(node, Position):
            self.positions.append(node)


class PartStake:
    """A part that an order can make larger, and the positions that it does so by."""

    __slots__ = ("asking", "part")

    def __init__(self, part: Part, asking: Sequence[_Asked]) -> None:
        self.part, self.asking = part, tuple(asking)


class CompositeStake:
    """A composite, with its limit, its tally and the places of its parts among the parts."""

    __slots__ = ("limit", "node", "parts", "tally")

    def __init__(self, node: Composite, limit: Decimal, tally: int, parts: Sequence[int]) -> None:
        self.node, self.limit, self.tally, self.parts = node, limit, tally, tuple(parts)


# What makes claims count the same: where it stands in the amounts of an order and of a fill, which others are added to
# it, how much of it counts, and until which day.
_Way = tuple[int, int, tuple[tuple[int, int], ...], Decimal | int, date | None]


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
        claimed: What a snapshot says of each claim, as texts; empty before the first snapshot.
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
        "claimed",
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
        self.claimed: list[tuple[str, str, str]] = []
        limited = [claim for claim in claims if isinstance(claim, Claim)]
        self.limits = tuple([claim.limit for claim in limited])
        self.soft = frozenset([claim.node for claim in limited if claim.is_soft])
        self.nodes = self.held[: len(limited)]
        self.plain = tuple([node for node in self.nodes if not isinstance(node, Composite)])
        tallied: dict[_Way, int] = {}
        self._tally_of = [tallied.setdefault(_way_of(each, each.also, layout), len(tallied)) for each in limited]
        for claim in claims[len(limited) :]:
            self._tally_of.append(tallied.setdefault(_way_of(claim, (), layout), len(tallied)))
        ways = list(tallied)
        self.tallies = self._tallies(len(ways))
        self.nothing: Amounts = (ZERO,) * len(ways)
        self._pick_asked = _picker([asked for asked, *_ in ways])
        self._pick_posted = _picker([posted for _, posted, *_ in ways])
        self._sums = [(at, also) for at, (_, _, also, _, _) in enumerate(ways) if also]
        self._fractions = [(at, Decimal(factor)) for at, (*_, factor, _) in enumerate(ways) if factor != 1]
        self.until = _by_day(ways)
        counting = [at for at, claim in zip(self._tally_of, claims, strict=True) if claim.measure is _COUNT]
        self.counts = tuple(dict.fromkeys(counting))
        self.parts = self._parts([not layout.is_never_asked(asked) for asked, *_ in ways])
        self.composites = self._composites()

    def _tallies(self, count: int) -> tuple[Tally, ...]:
        tallies = [Tally() for _ in range(count)]
        limits, plain = self.limits, len(self.plain)
        for place, (at, node) in enumerate(zip(self._tally_of, self.held, strict=True)):
            if place < plain:
                tallies[at].add_plain(node, limits[place])
            else:
                tallies[at].add(node)
        return tuple(tallies)

    def _parts(self, is_asked: Sequence[bool]) -> tuple[PartStake, ...]:
        found: dict[Part, list[_Asked]] = {}
        for at, tally in enumerate(self.tallies):
            if is_asked[at]:
                for position in tally.positions:
                    found.setdefault(position.part, []).append((position, at))
        return tuple([PartStake(part, asking) for part, asking in found.items()])

    def _composites(self) -> tuple[CompositeStake, ...]:
        found = []
        for place in range(len(self.plain), len(self.nodes)):
            node = self.nodes[place]
            assert isinstance(node, Composite), f"{node.name} stands among the composites"
            parts = [at for at, stake in enumerate(self.parts) if node in stake.part.owners]
            found.append(CompositeStake(node, self.limits[place], self._tally_of[place], parts))
        return tuple(found)

    def each(self, by_tally: Sequence[_Each]) -> list[_Each]:
        """For every claim what its tally has."""
        return [by_tally[at] for at in self._tally_of]

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


def _way_of(claim: Claim | PositionClaim, also: tuple[Measured, ...], layout: Layout) -> _Way:
    factor = claim.factor
    asked, posted = layout.places(claim.measure, factor)
    others = tuple([layout.places(measure, factor) for measure in also]) if also else ()
    # Which way it goes is in the places.
    return asked, posted, others, 1 if factor == -1 else factor, claim.until


def _by_day(ways: Sequence[_Way]) -> Mapping[date, tuple[int, ...]]:
    found: dict[date, list[int]] = {}
    for at, (*_, until) in enumerate(ways):
        if until is not None:
            found.setdefault(until, []).append(at)
    return {day: tuple(tallies) for day, tallies in found.items()}


def _picker(places: Sequence[int]) -> Callable[[Amounts], Amounts]:
    """A function that takes the amounts at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda amounts: tuple([amounts[place] for place in places])
