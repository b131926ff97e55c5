"""Limits on a function of many positions, each in its own currency: net open position, settlement, credit lines.

A composite is a node like any other, on which a part is added up in positions instead of amounts. A position is what is
held in one currency; it is worth that much times the currency's mark, see :mod:`risk.ledger.marks`. The positions of a
part make one number, ``max(long, short, 0)`` of the worth of its long and of its short ones, and every composite that
counts the part adds that to what it has.

What an order does to a part is found by its own positions alone. A mark that moves is taken over by a composite when
somebody next looks at it, currency by currency, so that the work is what changed and never what there is. All of it is
exact, so that a sum that was carried on is what it would be when added up anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from risk.ledger.marks import Mark, Marks
from trader.domain.currency import Currency
from trader.domain.money import ZERO

# The limit of a node on which nothing was reserved yet: no number, so that nothing could ever fit it by mistake.
UNSET = Decimal("NaN")
_SOMETHING = Decimal(1)
_INFINITE = Decimal("Infinity")


class Bounds:
    """Between which the use of a node says nothing to whoever watches it. As they are made, nothing is between them.

    Attributes:
        below: Use above this.
        above: Use below this.
        limit: As long as the node's limit is this very one.
        until_ns: Before this moment, UTC nanoseconds.
    """

    __slots__ = ("above", "below", "limit", "until_ns")

    def __init__(self) -> None:
        self.limit, self.until_ns = UNSET, 0
        self.open()

    def open(self) -> None:
        """Any use says something, until there are other bounds."""
        self.below, self.above = _INFINITE, -_INFINITE


@dataclass(slots=True, eq=False)
class Node:
    """One limit and what is used of it, in the limit's own unit.

    Attributes:
        name: Its name, as ``"VOLUME_DAY 2026-03-02 trader=anna"``.
        limit: The limit.
        posted: What fills have used, less what they have freed.
        taken: That, and what live orders may still use; kept as one number, since every order is held against it.
        bounds: From whoever watches it, who may change them; None as long as nobody does. Not part of the state.
    """

    name: str
    limit: Decimal = UNSET
    posted: Decimal = ZERO
    taken: Decimal = ZERO
    bounds: Bounds | None = None

    @property
    def pending(self) -> Decimal:
        """What live orders may still use."""
        return self.taken - self.posted

    @property
    def used(self) -> Decimal:
        """Pending and posted together."""
        return self.taken

    @property
    def free(self) -> Decimal:
        """What is left; negative when fills have gone above the limit."""
        return self.limit - self.used

    def split(self) -> tuple[Decimal, Decimal]:
        """Pending and posted."""
        return self.pending, self.posted

    def is_quiet(self, now_ns: int) -> bool:
        """Whether its use says nothing to whoever watches it, at a moment in UTC nanoseconds."""
        bounds = self.bounds
        if bounds is None or self.limit is not bounds.limit or now_ns >= bounds.until_ns:
            return False
        return bounds.below < self.used < bounds.above


@dataclass(slots=True, eq=False)
class Composite(Node):
    """A node that counts positions as well, in the reporting currency.

    Attributes:
        valued: The worth of its parts.
        unvalued: How many of its positions have no rate. While there is one, what is used cannot be known.
        parts: Its parts.
        positions: Its positions, by the mark that values them.
        seen: The version of the marks that it has taken over.
    """

    valued: Decimal = ZERO
    unvalued: int = 0
    parts: "list[Part]" = field(default_factory=list)
    positions: "dict[Mark, list[Position]]" = field(default_factory=dict)
    seen: int = 0

    @property
    def used(self) -> Decimal:
        """Pending and posted together, and what the positions are worth."""
        return self.taken + self.valued

    def split(self) -> tuple[Decimal, Decimal]:
        """Pending and posted: a part's posted worth is what it would be worth without the open orders."""
        dealt = sum([part.dealt() for part in self.parts], ZERO)
        return self.pending + self.valued - dealt, self.posted + dealt

    def catch_up(self, marks: Marks) -> None:
        """Take over every mark that has moved."""
        for mark, positions in self.positions.items():
            if mark.version > self.seen:
                for position in positions:
                    if position.seen != mark.version:
                        position.revalue()
        self.seen = marks.version

    def unvalued_currencies(self) -> list[Currency]:
        """The currencies in which there is a position, and no rate."""
        return sorted(mark.currency for mark, held in self.positions.items() if any(each.is_unvalued for each in held))


class Part:
    """Positions that make one number together.

    Args:
        owners: The composites that count it.

    Attributes:
        owners: As given.
        positions: All of them.
        value: ``max(long, short, 0)``.
        unvalued: How many have no rate.
    """

    __slots__ = ("_long", "_short", "owners", "positions", "unvalued", "value")

    def __init__(self, owners: Iterable[Composite]) -> None:
        self.owners = tuple(owners)
        self.positions: list[Position] = []
        self.value = self._long = self._short = ZERO
        self.unvalued = 0
        for owner in self.owners:
            owner.parts.append(self)

    def hold(self, position: "Position") -> None:
        """Take a position in; nothing is held in it yet."""
        self.positions.append(position)
        for owner in self.owners:
            owner.positions.setdefault(position.mark, []).append(position)

    def rise(self, positions: tuple[tuple["Position", int], ...], asked: Sequence[Decimal]) -> Decimal:
        """By how much the value would rise if some positions grew; nothing is changed.

        Where another position has no rate nobody can say which side is the larger: then any side's rise counts.

        Args:
            positions: Which, each with the place of its amount.
            asked: The amounts, zero or more each.
        """
        long = short = ZERO
        for position, place in positions:
            amount = asked[place]
            if amount:
                if position.is_short:
                    short += position.grown(amount)
                else:
                    long += position.grown(amount)
        if self.unvalued:
            return max(long, short)
        most = self.value
        if long:
            most = max(most, self._long + long)
        if short:
            most = max(most, self._short + short)
        return most - self.value

    def dealt(self) -> Decimal:
        """The value without the open orders."""
        long = sum([each.worth_of(each.posted) for each in self.positions if not each.is_short], ZERO)
        short = sum([each.worth_of(each.posted) for each in self.positions if each.is_short], ZERO)
        return max(long, short, ZERO)

    def take(self, *, is_short: bool, change: Decimal, unvalued: int) -> None:
        """A position is worth so much more, and so many more of them have no rate."""
        if is_short:
            self._short += change
        else:
            self._long += change
        value = max(self._long, self._short, ZERO)
        rise = value - self.value
        if rise or unvalued:
            self.value = value
            self.unvalued += unvalued
            for owner in self.owners:
                owner.valued += rise
                owner.unvalued += unvalued


@dataclass(slots=True, eq=False)
class Position(Node):
    """What is held in one currency, in its units; it has no limit of its own.

    Attributes:
        part: What it counts in, and by that in which composites.
        mark: What a unit is worth.
        is_short: On which of the part's two sides it counts.
        is_set_off: True when less than nothing counts against the others, False when it counts as nothing.
        worth: What it counts for, at the mark last taken over.
        is_unvalued: True when it counts, and has no rate.
        seen: The version of the mark.
    """

    part: Part = field(kw_only=True)
    mark: Mark = field(kw_only=True)
    is_short: bool = field(kw_only=True)
    is_set_off: bool = field(kw_only=True)
    worth: Decimal = ZERO
    is_unvalued: bool = False
    seen: int = 0

    def worth_of(self, held: Decimal) -> Decimal:
        """What so many units count for."""
        return held * self.mark.rate if held > ZERO or self.is_set_off else ZERO

    def grown(self, amount: Decimal) -> Decimal:
        """By how much its worth would rise with so many units more; by one where it has no rate to say so."""
        held, mark = self.taken + amount, self.mark
        if held <= ZERO and not self.is_set_off:
            return ZERO
        return held * mark.rate - self.worth if mark.is_known else max(amount, _SOMETHING)

    def revalue(self) -> None:
        """Count it for what is held of it now, at the mark as it is now."""
        held, mark = self.taken, self.mark
        counts = held > ZERO or (self.is_set_off and held != ZERO)
        worth = held * mark.rate if counts else ZERO
        is_unvalued = counts and not mark.is_known
        change, unvalued = worth - self.worth, is_unvalued - self.is_unvalued
        self.seen = mark.version
        if change or unvalued:
            self.worth, self.is_unvalued = worth, is_unvalued
            self.part.take(is_short=self.is_short, change=change, unvalued=unvalued)
