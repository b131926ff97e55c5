"""Sets of limits as the bank keeps them: what a new one changes, and what is wrong with it where it would be in force.

A set replaces the one before it as a whole. It is refused when its trees have a cycle or name what they do not have,
when it leaves nobody able to approve the next one, and when it cuts a limit below what is used of it. Such a cut is
possible, with its reason: a row whose note begins ``below use:`` is in force above its limit, and lets nothing pass but
what takes nothing of it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import NamedTuple

import msgspec
from msgspec import Struct

from risk.control import Kind
from risk.limits.book import ANY, Limit, LimitBook, LimitTable, start_ns
from risk.limits.tree import ABOVE
from risk.registry import CONTROLS
from trader.domain.money import ZERO

BELOW_USE = "below use:"

_NUMBERS = frozenset({Kind.NUMBER, Kind.POSITIVE, Kind.COUNT})
_TREES = (("counterparty", "group"), ("trader", "desk"), ("book",))
_VALID = LimitTable("FOUR_EYES", "valid_s_max", ("action",))


class LimitSet(Struct, frozen=True, gc=False):
    """A set of limits that is, or was, in force: what came, from whom, why, and in place of what.

    Attributes:
        version: 1 for the first.
        name: The file it came from.
        file_sha256: Of the file's bytes.
        sha256: Of its rows, see :func:`sha256_of`.
        before: That of the rows it took the place of.
        rows: How many it has.
        changes: How many rows were added, removed, raised, lowered and changed, as :func:`summary` says it.
        who: The user who asked for it.
        reason: Why.
        decided_by: The user who approved it.
        decided_why: Why.
        ts_ns: When it came into force, UTC nanoseconds.
    """

    version: int
    name: str
    file_sha256: str
    sha256: str
    before: str
    rows: int
    changes: str
    who: str
    reason: str
    decided_by: str
    decided_why: str
    ts_ns: int


def sha256_of(rows: Iterable[Limit]) -> str:
    """The SHA-256 of rows as they stand there, in hexadecimal: the same rows from CSV or XLSX have the same."""
    digest = hashlib.sha256()
    encoder = msgspec.json.Encoder()
    for row in rows:
        digest.update(encoder.encode(row))
    return digest.hexdigest()


class ChangeKind(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    RAISED = "raised"
    LOWERED = "lowered"
    CHANGED = "changed"


class Change(NamedTuple):
    """One row that a new set changes.

    Attributes:
        kind: How.
        before: The row in force; None when it is added.
        after: The new one; None when it is removed.
    """

    kind: ChangeKind
    before: Limit | None
    after: Limit | None

    @property
    def row(self) -> Limit:
        """The new row, or the one that goes."""
        row = self.after or self.before
        assert row is not None, "a change has a row"
        return row

    @property
    def sentence(self) -> str:
        """The change in words: ``raised: VOLUME_DAY max desk=treasury from 7 to 8``."""
        name = f"{self.kind}: {self.row.control} {self.row.parameter} {self.row.node}"
        if self.before is None or self.after is None:
            return f"{name}, {_terms(self.row)}"
        if self.before.value != self.after.value:
            name += f" from {self.before.value} to {self.after.value}"
        if _days(self.before) != _days(self.after):
            name += f", {_days(self.after) or 'always'} in place of {_days(self.before) or 'always'}"
        if self.before.note != self.after.note:
            name += f", note {self.after.note!r} in place of {self.before.note!r}"
        return name


def _terms(row: Limit) -> str:
    return row.value + (f", {_days(row)}" if _days(row) else "")


def _days(row: Limit) -> str:
    said = [f"{word} {day}" for word, day in (("from", row.since), ("until", row.until)) if day is not None]
    return " ".join(said)


def diff(old: Iterable[Limit], new: Iterable[Limit]) -> list[Change]:
    """What a new set changes: rows that are added, removed, raised, lowered, or changed otherwise, in the new order."""
    before = {_identity(row): row for row in old}
    changes = []
    for row in new:
        was = before.pop(_identity(row), None)
        if was is None or (was.value, was.note, was.until) != (row.value, row.note, row.until):
            changes.append(Change(_kind_of(was, row), was, row))
    return changes + [Change(ChangeKind.REMOVED, row, None) for row in before.values()]


def summary(changes: Iterable[Change]) -> str:
    """How many rows of each kind: ``1 added, 2 lowered``; "nothing" when there are none."""
    counts = dict.fromkeys(ChangeKind, 0)
    for change in changes:
        counts[change.kind] += 1
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "nothing"


def _identity(row: Limit) -> tuple[object, ...]:
    return row.control, row.parameter, tuple(sorted(row.key)), row.since


def _kind_of(was: Limit | None, row: Limit) -> ChangeKind:
    if was is None:
        return ChangeKind.ADDED
    kinds = {parameter.name: parameter.kind for parameter in CONTROLS[row.control].parameters}
    if was.value == row.value or kinds[row.parameter] not in _NUMBERS:
        return ChangeKind.CHANGED
    return ChangeKind.RAISED if Decimal(row.value) > Decimal(was.value) else ChangeKind.LOWERED


def structure_problems(book: LimitBook, now_ns: int) -> list[str]:
    """What is wrong with a set wherever it is used, in sentences; each as from now on it holds at some time.

    Args:
        book: All rows of the set.
        now_ns: Now, UTC nanoseconds.
    """
    moments = [now_ns, *(start_ns(day) for day in book.turns if start_ns(day) > now_ns)]
    problems: dict[str, None] = {}
    for moment in moments:
        held = book.at(moment)
        unknown = [told for row, told in _unknown_names(held) if CONTROLS[row.control].is_limit]
        found = (_cycles(held), _roots_missing(held), _alike(held), unknown, _dead_ends(held))
        problems |= dict.fromkeys(chain.from_iterable(found))
    return list(problems)


def notices(book: LimitBook, now_ns: int) -> list[str]:
    """What is not wrong with a set, but should be seen, in sentences.

    A limit of zero stops everything. A list, such as of blocked names, may have names that stand in no tree.
    """
    zeros = [
        f"{row.control} {row.parameter} {row.node} is {row.value}: nothing passes there"
        for row in book.rows
        if row.value.strip("0.") == "" and CONTROLS[row.control].is_limit
    ]
    return zeros + [told for row, told in _unknown_names(book.at(now_ns)) if not CONTROLS[row.control].is_limit]


def _dead_ends(book: LimitBook) -> Iterator[str]:
    if book.limit(_VALID, ("limits",)) is None:
        yield (
            "FOUR_EYES has no row for action=limits valid_s_max, so that nobody could approve the next set; expected "
            "one, or a row for action=*"
        )


def _cycles(book: LimitBook) -> Iterator[str]:
    """Names that stand above themselves. A name that is its own group, as a single entity's, is none."""
    for tree in _TREES:
        above: dict[str, list[str]] = {}
        for row in book.rows:
            if row.control == "TREE" and row.key[0][0] in tree and row.key[0][1] != row.value:
                above.setdefault(row.key[0][1], []).append(row.value)
        try:
            TopologicalSorter(above).prepare()
        except CycleError as error:
            names = " under ".join(reversed(error.args[1]))
            yield f"the tree of {' and '.join(tree)} has a cycle: {names}; expected a root above every name"


def _roots_missing(book: LimitBook) -> Iterator[str]:
    """Nodes without the row that says what is above them."""
    for row in book.rows:
        table = ABOVE.get(row.parameter) if row.control == "TREE" else None
        if table is not None and book.limit(table, (row.value,)) is None:
            under = f"{row.parameter}={row.value}"
            yield f"{row.node} is under {under}, and no row says what that is under; expected TREE {under}"


def _alike(book: LimitBook) -> Iterator[str]:
    """Names of a tree that only capitals tell apart."""
    seen: dict[tuple[str, str], str] = {}
    for row in book.rows:
        if row.control == "TREE":
            for dimension, name in (row.key[0], (row.parameter, row.value)):
                other = seen.setdefault((dimension, name.casefold()), name)
                if other != name:
                    yield f"{dimension}={name} and {dimension}={other} are told apart by capitals only; expected one"


def _unknown_names(book: LimitBook) -> Iterator[tuple[Limit, str]]:
    """The rows with a name that stands in no tree."""
    known: dict[str, set[str]] = {
        name: set() for table in ABOVE.values() for name in (*table.dimensions, table.parameter)
    }
    for row in book.rows:
        if row.control == "TREE":
            known[row.key[0][0]].add(row.key[0][1])
            known[row.parameter].add(row.value)
    for row in book.rows:
        for dimension, name in row.key:
            if dimension in known and known[dimension].isdisjoint((name, ANY)) and name != ANY:
                told = f"{row.control} {row.node}: {dimension}={name} stands in no tree; expected a TREE row for it"
                yield row, told


class Cut(NamedTuple):
    """A limit that a new set takes below what is used of it.

    Attributes:
        node: The ledger's name of it.
        used: Pending and posted now.
        row: The new row; None when there is none any more.
    """

    node: str
    used: Decimal
    row: Limit | None

    @property
    def is_meant(self) -> bool:
        """Whether the row says so."""
        return self.row is not None and self.row.note.lower().startswith(BELOW_USE)

    @property
    def sentence(self) -> str:
        """What is cut, in words."""
        if self.row is None:
            return f"{self.node} has {self.used:,f} used, and the new set has no limit for it"
        return (
            f"{self.node} has {self.used:,f} used, above its new limit of {Decimal(self.row.value):,f}; expected at "
            f"least that, or a note that begins {BELOW_USE!r} and says why"
        )


def cuts(book: LimitBook, used: Iterable[tuple[str, Decimal]]) -> list[Cut]:
    """The limits that a book of a moment takes below their use.

    Args:
        book: The new one.
        used: The name of each node, and what is used of it, in the limit's own unit.
    """
    found = []
    for node, amount in used:
        if amount > ZERO:
            row = limit_of(node, book)
            if row is None or not Decimal(row.value) >= amount:
                found.append(Cut(node, amount, row))
    return found


def limit_of(node: str, book: LimitBook) -> Limit | None:
    """The row that limits a node of the ledger.

    Args:
        node: As the ledger names it: ``NOP_CURRENCY book=SALES currency=EUR long``. What is used of a limit is limited
            by the first figure of its control that has such a key.
        book: The book of a moment.
    """
    code, _, place = node.partition(" ")
    key = dict(part.split("=", 1) for part in place.split() if "=" in part)
    control = CONTROLS.get(code)
    if control is None:
        return None
    numbers = [parameter for parameter in control.parameters if parameter.kind in _NUMBERS]
    fitting = [(each, shape) for each in numbers for shape in control.keys_of(each) if set(shape) <= set(key)]
    if not fitting:
        return None
    parameter, shape = max(fitting, key=lambda found: len(found[1]))
    return book.limit(LimitTable(code, parameter.name, shape), tuple(key[name] for name in shape))
