"""Which of our own orders are live, by what they could trade with: to see that no two of them meet."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Meeting(NamedTuple):
    """Where orders can meet: only what has the same of all this can trade with each other.

    Attributes:
        firm: Whose orders.
        venue: Where they are.
        symbol: The pair.
        days: The value date of each leg.
        is_delivered: False for an NDF.
    """

    firm: str
    venue: str
    symbol: str
    days: tuple[date, ...]
    is_delivered: bool


# For each leg whether it buys the pair's base.
Way = tuple[bool, ...]


@dataclass(slots=True)
class _Side:
    """The live orders of one way: those with a limit, the lowest first, and those at the market."""

    limits: list[tuple[Decimal, str]] = field(default_factory=list)
    at_market: dict[str, None] = field(default_factory=dict)


class Book:
    """The live orders of one meeting."""

    __slots__ = ("_sides",)

    def __init__(self) -> None:
        self._sides: dict[Way, _Side] = {}

    def crossed_by(self, way: Way, rate: Decimal | None) -> str | None:
        """The name of a live order that an order would trade with; None when there is none.

        Args:
            way: The order's.
            rate: Its limit, terms per base; None for one at the market, which trades with everything.
        """
        against = self._sides.get(tuple([not is_buy for is_buy in way]))
        if against is None:
            return None
        if against.at_market:
            return next(iter(against.at_market))
        if not against.limits:
            return None
        is_buy = way[0]
        best, name = against.limits[0 if is_buy else -1]
        if rate is None or (best <= rate if is_buy else best >= rate):
            return name
        return None

    def add(self, name: str, way: Way, rate: Decimal | None) -> None:
        """An order is live from now on."""
        side = self._sides.setdefault(way, _Side())
        if rate is None:
            side.at_market[name] = None
        else:
            insort(side.limits, (rate, name))

    def remove(self, name: str, way: Way, rate: Decimal | None) -> None:
        """An order is live no longer."""
        side = self._sides[way]
        if rate is None:
            del side.at_market[name]
        else:
            del side.limits[bisect_left(side.limits, (rate, name))]


class LiveOrders:
    """Every order that is allowed and not over, in its book."""

    def __init__(self) -> None:
        self._books: dict[Meeting, Book] = {}
        self._live: dict[str, tuple[Book, Way, Decimal | None]] = {}
        self._over: dict[str, tuple[Book, Way, Decimal | None]] = {}

    def book(self, meeting: Meeting) -> Book:
        """The book of a meeting, which stays the same one."""
        return self._books.setdefault(meeting, Book())

    def hold(self, name: str, book: Book, way: Way, rate: Decimal | None) -> None:
        """An order is allowed: from now on it is live in a book."""
        book.add(name, way, rate)
        self._live[name] = book, way, rate

    def over(self, name: str) -> None:
        """An order is over, if it was live."""
        held = self._live.pop(name, None)
        if held is not None:
            book, way, rate = self._over[name] = held
            book.remove(name, way, rate)

    def reopen(self, name: str) -> None:
        """An order that was over is live after all."""
        if name in self._over:
            self.hold(name, *self._over.pop(name))

    def forget(self, names: Iterable[str]) -> None:
        """Nothing more will be heard of some orders."""
        for name in names:
            self._over.pop(name, None)
