"""The limits in force, compiled so that a look-up on the hot path is one dict hit.

A row's key fixes some dimensions and leaves the others to ``*``. Of the rows that fit an order the most specific wins:
the one that fixes a superset of what every other fitting row fixes. Where two rows fit the same order and neither is
more specific, the book is ambiguous and refused as a whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import ClassVar, Self

from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.errors import ConfigError
from trader.domain.money import ZERO

ANY = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the limits file, as it was written.

    Attributes:
        control: The code of the control.
        key: Dimension and value, in the order of the file; ``*`` stands for every value.
        parameter: Which figure of the control.
        value: The figure, as text.
        note: For people.
    """

    control: str
    key: tuple[tuple[str, str], ...]
    parameter: str
    value: str
    note: str = ""

    @property
    def node(self) -> str:
        """The key as the file has it: ``pair=EUR/USD trader=*``."""
        return node_of(self.key)


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


class LimitBook:
    """Every limit in force. Immutable, except for the cache of answers.

    Raises:
        ConfigError: Two rows are the same, or ambiguous.
    """

    def __init__(self, rows: Iterable[Limit]) -> None:
        self.rows: tuple[Limit, ...] = tuple(rows)
        problems = [f"{one.control} {one.parameter}: {text}" for one, _, text in conflicts(self.rows)]
        if problems:
            raise ConfigError("the limits contradict each other: " + "; ".join(problems))
        self._tables = _compile(self.rows)
        self._groups: dict[LimitTable, list[tuple[tuple[int, ...], _Group]]] = {}
        self._found: dict[tuple[LimitTable, tuple[str, ...]], Limit | None] = {}
        self._numbers: dict[LimitTable, dict[tuple[str, ...], Decimal | None]] = defaultdict(dict)

    @classmethod
    def from_rows(cls, rows: Iterable[Limit]) -> Self:
        """The book that :attr:`rows` came from, for example out of the journal.

        Raises:
            ConfigError: Two rows are the same, or ambiguous.
        """
        return cls(rows)

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

    def _search(self, table: LimitTable, values: tuple[str, ...]) -> Limit | None:
        groups = self._groups.get(table)
        if groups is None:
            groups = self._groups[table] = self._arranged(table)
        for places, rows in groups:
            row = rows.get(tuple([values[place] for place in places]))
            if row is not None:
                return row
        return None

    def _arranged(self, table: LimitTable) -> list[tuple[tuple[int, ...], _Group]]:
        """The groups of a table, the most specific first, with the places of what each fixes among the dimensions."""
        by_name = LimitTable(table.control, table.parameter, tuple(sorted(table.dimensions)))
        return [
            (tuple(table.dimensions.index(name) for name in fixed), rows)
            for fixed, rows in self._tables.get(by_name, ())
        ]


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= ZERO else None


def _fixed(row: Limit) -> tuple[str, ...]:
    return tuple(sorted(name for name, value in row.key if value != ANY))


def _project(row: Limit, names: Sequence[str]) -> tuple[str, ...]:
    values = dict(row.key)
    return tuple(values[name] for name in names)


def _compile(rows: Iterable[Limit]) -> dict[LimitTable, list[tuple[tuple[str, ...], _Group]]]:
    """Group the rows by table and by what they fix, the most specific group first."""
    grouped: dict[LimitTable, dict[tuple[str, ...], _Group]] = {}
    for row in rows:
        table = LimitTable(row.control, row.parameter, tuple(sorted(name for name, _ in row.key)))
        fixed = _fixed(row)
        grouped.setdefault(table, {}).setdefault(fixed, {})[_project(row, fixed)] = row
    return {
        table: sorted(groups.items(), key=lambda group: (-len(group[0]), group[0])) for table, groups in grouped.items()
    }


def conflicts(rows: Sequence[Limit]) -> Iterator[tuple[Limit, Limit, str]]:
    """Every two rows of which one is wrong: the same key twice, or keys of which neither is the more specific."""
    seen: dict[tuple[str, str, tuple[tuple[str, str], ...]], Limit] = {}
    for row in rows:
        first = seen.setdefault((row.control, row.parameter, tuple(sorted(row.key))), row)
        if first is not row:
            yield row, first, f"{row.node!r} stands there twice; expected once"
    for groups in _compile(rows).values():
        by_fixed = dict(groups)
        for (one_names, one), (other_names, other) in combinations(groups, 2):
            union = tuple(sorted({*one_names, *other_names}))
            if union not in (one_names, other_names):
                yield from _ambiguous(one_names, one, other_names, other, by_fixed.get(union, {}))


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
