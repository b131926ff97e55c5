"""The limits in force, compiled so that a look-up on the hot path is one dict hit.

A row's key fixes some dimensions and leaves the others to ``*``. Of the rows that fit an order the most specific wins:
the one that fixes a superset of what every other fitting row fixes. Where two rows fit the same order at the same time
and neither is more specific, the book is ambiguous and refused as a whole.

A row may have a day from which and a day until which it is in force. :meth:`LimitBook.at` gives the book of one moment,
which says for how long it is that one; only such a book is ever asked for a limit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import ClassVar, Self

from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.errors import ConfigError, LocalOrderError
from trader.domain.moments import NS_PER_DAY, ns_at
from trader.domain.money import ZERO

ANY = "*"

ALWAYS_NS = 2**63  # beyond every moment, and less than nothing beyond, before every one
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the limits file, as it was written.

    Attributes:
        control: The code of the control.
        key: Dimension and value, in the order of the file; ``*`` stands for every value.
        parameter: Which figure of the control.
        value: The figure, as text.
        note: For people.
        since: The day from whose 00:00 UTC on it is in force; None for always.
        until: The day at whose 00:00 UTC it no longer is; None for ever.
    """

    control: str
    key: tuple[tuple[str, str], ...]
    parameter: str
    value: str
    note: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def node(self) -> str:
        """The key as the file has it: ``pair=EUR/USD trader=*``."""
        return node_of(self.key)

    def is_in_force_on(self, day: date) -> bool:
        """Whether it holds on a day of the UTC calendar."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class LimitsConflictError(ConfigError):
    """Rows contradict each other.

    Args:
        conflicts: The two rows of each conflict, and what is wrong with them.
    """

    def __init__(self, conflicts: Sequence[tuple[Limit, Limit, str]]) -> None:
        listed = "; ".join(f"{one.control} {one.parameter}: {text}" for one, _, text in conflicts)
        super().__init__(f"the limits contradict each other: {listed}")
        self.conflicts = conflicts


class LimitTable:
    """Where a figure is looked up: control, parameter, and the dimensions of the key in the control's order.

    There is one object for the same three, so that a look-up on the hot path compares by identity.
    """

    __slots__ = ("control", "dimensions", "parameter")
    _known: ClassVar[dict[tuple[str, str, tuple[str, ...]], Self]] = {}

    control: str
    parameter: str
    dimensions: tuple[str, ...]

    def __new__(cls, control: str, parameter: str, dimensions: tuple[str, ...]) -> Self:
        """The one table of these three."""
        key = control, parameter, dimensions
        if key not in cls._known:
            table = super().__new__(cls)
            table.control, table.parameter, table.dimensions = key
            cls._known[key] = table
        return cls._known[key]


def undefined(table: LimitTable, values: Iterable[str]) -> Violation:
    """The violation of whatever needs a limit that has no row; the key's values in the order of the dimensions."""
    node = node_of(zip(table.dimensions, values, strict=True))
    return broken_rule(ReasonCode.LIMIT_UNDEFINED, node, f"{table.control} has no row for {table.parameter}")


def node_of(key: Iterable[tuple[str, str]]) -> str:
    """A key as text: ``pair=EUR/USD trader=anna``."""
    return " ".join(f"{dimension}={value}" for dimension, value in key)


# The rows of one table that fix the same dimensions, by the values they fix.
_Group = dict[tuple[str, ...], Limit]
# All rows of one table, by the dimensions they fix.
_Groups = dict[tuple[str, ...], _Group]


class LimitBook:
    """Every limit there is, or of these every one in force at a moment. Immutable, except for the cache of answers.

    Attributes:
        rows: Its rows.
        since_ns: The first moment, UTC nanoseconds, at which these are the rows in force.
        until_ns: The moment from which on they no longer are.
        turns: The days, rising, at whose 00:00 UTC rows come into force or go; none in the book of a moment.

    Raises:
        LimitsConflictError: Two rows are the same, or ambiguous.
    """

    def __init__(self, rows: Iterable[Limit]) -> None:
        every = tuple(rows)
        found = list(conflicts(every))
        if found:
            raise LimitsConflictError(found)
        turns = {day for row in every for day in (row.since, row.until) if day is not None}
        self._hold(every, sorted(turns), -ALWAYS_NS, ALWAYS_NS)

    def _hold(self, rows: tuple[Limit, ...], turns: Sequence[date], since_ns: int, until_ns: int) -> None:
        """Begin with rows that do not conflict, of which some come or go at the turns."""
        self.rows, self.since_ns, self.until_ns = rows, since_ns, until_ns
        self.turns = tuple(turns)
        self._tables: dict[LimitTable, _Groups] | None = None
        self._groups: dict[LimitTable, list[tuple[tuple[int, ...], _Group]]] = {}
        self._found: dict[tuple[LimitTable, tuple[str, ...]], Limit | None] = {}
        self._numbers: dict[LimitTable, dict[tuple[str, ...], Decimal | None]] = defaultdict(dict)

    @classmethod
    def from_rows(cls, rows: Iterable[Limit]) -> Self:
        """The book that :attr:`rows` came from, for example out of the journal.

        Raises:
            LimitsConflictError: Two rows are the same, or ambiguous.
        """
        return cls(rows)

    def at(self, now_ns: int) -> Self:
        """The book of the rows that are in force at a moment, UTC nanoseconds; itself when no row has a date."""
        if not self.turns:
            return self
        today = day_of(now_ns)
        rows = tuple([row for row in self.rows if row.is_in_force_on(today)])
        past = [day for day in self.turns if day <= today]
        future = self.turns[len(past) :]
        book = type(self).__new__(type(self))
        # Rows that were found not to conflict on any day do not on this one.
        book._hold(  # noqa: SLF001 -- the same class
            rows, (), start_ns(past[-1]) if past else -ALWAYS_NS, start_ns(future[0]) if future else ALWAYS_NS
        )
        return book

    def with_rows(self, rows: Iterable[Limit], since_ns: int, until_ns: int) -> Self:
        """The book with some rows more, or in the place of those with the same keys, for the span of time in between.

        Args:
            rows: No two with the same key, and ambiguous with none that is there.
            since_ns: The first moment, UTC nanoseconds.
            until_ns: The moment from which on it is not the book any more.
        """
        tables = dict(self._compiled())
        more = tuple(rows)
        for row in more:
            place = LimitTable(row.control, row.parameter, tuple(sorted([name for name, _ in row.key])))
            fixed = _fixed(row)
            groups = tables.get(place, {})
            tables[place] = groups | {fixed: groups.get(fixed, {}) | {_project(row, fixed): row}}
        book = type(self).__new__(type(self))
        book._hold((*self.rows, *more), (), since_ns, until_ns)  # noqa: SLF001 -- the same class
        book._tables = tables  # noqa: SLF001 -- the same class
        return book

    def is_of(self, now_ns: int) -> bool:
        """Whether it is the book of a moment, UTC nanoseconds."""
        return self.since_ns <= now_ns < self.until_ns

    def find(self, control: str, parameter: str, **dims: str) -> Limit | None:
        """The limit that holds for a concrete key, or None when no row fits, which every caller takes as a no."""
        return self.limit(LimitTable(control, parameter, tuple(dims)), tuple(dims.values()))

    def limit(self, table: LimitTable, values: tuple[str, ...]) -> Limit | None:
        """Like :meth:`find`, with the key's values in the order of the table's dimensions."""
        asked = table, values
        if asked not in self._found:
            self._found[asked] = self._search(table, values)
        return self._found[asked]

    def number(self, table: LimitTable, values: tuple[str, ...]) -> Decimal | None:
        """The limit as a number; None when no row fits, or what the row has is not a finite number of zero or more."""
        known = self._numbers[table]
        try:
            return known[values]
        except KeyError:
            found = self._search(table, values)
            number = known[values] = None if found is None else _number(found.value)
            return number

    def undefined(self, table: LimitTable, values: tuple[str, ...]) -> Violation:
        """The violation of whatever needs a limit that has no row, or one whose figure is none.

        Args:
            table: Where it was looked up.
            values: The key, in the order of the table's dimensions.
        """
        row = self.limit(table, values)
        if row is None:
            return undefined(table, values)
        node = node_of(zip(table.dimensions, values, strict=True))
        detail = f"the row of {table.control} for {table.parameter} at {row.node} says {row.value!r}"
        return broken_rule(ReasonCode.LIMIT_UNDEFINED, node, f"{detail}, which is no figure that can be")

    def _search(self, table: LimitTable, values: tuple[str, ...]) -> Limit | None:
        groups = self._groups.get(table)
        if groups is None:
            groups = self._groups[table] = self._arranged(table)
        for places, rows in groups:
            row = rows.get(tuple([values[place] for place in places]))
            if row is not None:
                return row
        return None

    def _compiled(self) -> dict[LimitTable, _Groups]:
        if self.turns:
            raise LocalOrderError("rows of these limits have dates: ask for the book at a moment, and that for a limit")
        if self._tables is None:
            self._tables = {known: _grouped(rows) for known, rows in _by_table(self.rows).items()}
        return self._tables

    def _arranged(self, table: LimitTable) -> list[tuple[tuple[int, ...], _Group]]:
        """The groups of a table, the most specific first, with the places of what each fixes among the dimensions."""
        by_name = LimitTable(table.control, table.parameter, tuple(sorted(table.dimensions)))
        groups = self._compiled().get(by_name, {})
        return [
            (tuple(table.dimensions.index(name) for name in fixed), groups[fixed])
            for fixed in sorted(groups, key=lambda names: (-len(names), names))
        ]


def day_of(now_ns: int) -> date:
    """The day of the UTC calendar at a moment, UTC nanoseconds."""
    return _EPOCH + timedelta(days=now_ns // NS_PER_DAY)


def start_ns(day: date) -> int:
    """The moment, UTC nanoseconds, at which a day of the UTC calendar begins."""
    return ns_at(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= ZERO else None


def _fixed(row: Limit) -> tuple[str, ...]:
    return tuple(sorted([name for name, value in row.key if value != ANY]))


def _project(row: Limit, names: Sequence[str]) -> tuple[str, ...]:
    values = dict(row.key)
    return tuple([values[name] for name in names])


def _by_table(rows: Iterable[Limit]) -> dict[LimitTable, list[Limit]]:
    """The rows by what they are looked up by; the dimensions in the order of their names."""
    tables: dict[tuple[str, str, tuple[str, ...]], list[Limit]] = {}
    for row in rows:
        tables.setdefault((row.control, row.parameter, tuple(sorted([name for name, _ in row.key]))), []).append(row)
    return {LimitTable(*names): found for names, found in tables.items()}


def _grouped(rows: Iterable[Limit]) -> _Groups:
    """The rows of one table by what they fix; of two with the same key the first."""
    groups: _Groups = {}
    for row in rows:
        fixed = _fixed(row)
        groups.setdefault(fixed, {}).setdefault(_project(row, fixed), row)
    return groups


def conflicts(rows: Iterable[Limit]) -> Iterator[tuple[Limit, Limit, str]]:
    """Every two rows of which one is wrong: the same key twice, or keys of which neither is the more specific.

    Rows that are never in force on the same day are in nobody's way.
    """
    for of_table in _by_table(rows).values():
        told: set[tuple[int, int]] = set()
        for day in sorted({date.min, *(day for row in of_table for day in (row.since, row.until) if day is not None)}):
            for one, other, text in _conflicts_among([row for row in of_table if row.is_in_force_on(day)]):
                if (id(one), id(other)) not in told:
                    told.add((id(one), id(other)))
                    yield one, other, text


def _conflicts_among(rows: Sequence[Limit]) -> Iterator[tuple[Limit, Limit, str]]:
    """The conflicts of one table's rows."""
    groups = _grouped(rows)
    if sum(map(len, groups.values())) < len(rows):
        seen: dict[frozenset[tuple[str, str]], Limit] = {}
        for row in rows:
            key = frozenset(row.key)
            if key in seen:
                yield row, seen[key], f"{row.node!r} stands there twice; expected once"
            seen.setdefault(key, row)
    most_specific_first = sorted(groups.items(), key=lambda group: (-len(group[0]), group[0]))
    for (one_names, one), (other_names, other) in combinations(most_specific_first, 2):
        union = tuple(sorted({*one_names, *other_names}))
        if union not in (one_names, other_names):
            yield from _ambiguous(one_names, one, other_names, other, groups.get(union, {}))


def _ambiguous(
    one_names: tuple[str, ...],
    one: _Group,
    other_names: tuple[str, ...],
    other: _Group,
    decided: _Group,
) -> Iterator[tuple[Limit, Limit, str]]:
    """The rows of two groups that fit the same order, unless a row that fixes both their keys decides."""
    shared = [name for name in one_names if name in other_names]
    union = sorted({*one_names, *other_names})
    partners: dict[tuple[str, ...], list[Limit]] = {}
    for row in other.values():
        partners.setdefault(_project(row, shared), []).append(row)
    for row in one.values():
        for partner in partners.get(_project(row, shared), ()):
            values = dict(row.key) | {name: value for name, value in partner.key if value != ANY}
            if tuple(values[name] for name in union) not in decided:
                both = node_of((name, values[name]) for name, _ in row.key)
                yield row, partner, f"{row.node!r} and {partner.node!r} both fit; expected a row for {both!r} as well"
