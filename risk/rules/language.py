"""What a rule says, as values; and how it is written.

A condition is a tree of comparisons joined by *and*, *or* and *not*. :func:`written` is the one way to write it, so
that what was read can be shown, compared and read again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Union

from risk.reasons import Severity

# What a name may be without quotation marks, and the words that are none.
NAME_PART = r"[A-Za-z0-9_.\-/]"
NAME = rf"[A-Za-z0-9_]{NAME_PART}*"
KEYWORDS = frozenset({
    "rule", "when", "then", "deny", "needs", "approval", "warn", "and", "or", "not", "is", "one", "of", "in", "between",
    "over", "under", "at", "least", "most",
})  # fmt: skip


class Effect(StrEnum):
    """What a rule does to an order when its condition holds."""

    DENY = "deny"
    APPROVAL = "needs approval"
    WARN = "warn"

    @property
    def severity(self) -> Severity:
        """As a violation has it."""
        return _SEVERITIES[self]


_SEVERITIES = {
    Effect.DENY: Severity.BLOCKS,
    Effect.APPROVAL: Severity.WAITS,
    Effect.WARN: Severity.NOTIFIES,
}


class Bound(StrEnum):
    """How a figure is compared with a quantity."""

    OVER = "over"
    AT_LEAST = "at least"
    UNDER = "under"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class KeyIs:
    """A key of the order has one of some values; a key that has several does when one of them is among these.

    Attributes:
        key: As ``pair``.
        values: At least one, as the order has them.
        is_not: True when it has none of them.
    """

    key: str
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class TimeIsBetween:
    """It is between two minutes of the UTC day: from ``start`` up to ``end``, over midnight if need be.

    Attributes:
        start: Minutes after midnight.
        end: Minutes after midnight, up to 24:00; another than the start.
        is_not: True when it is not.
    """

    start: int
    end: int
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that has a number: of the order, of a limit, of the market, or of what became of orders before.

    Attributes:
        name: As ``volatility``.
        code: The control whose limit is asked about; "" where it is no limit.
        subject: Whose: dimensions and their values, "" for the order's own.
        window_s: Over so many seconds up to now; 0 for a figure that has no window.
    """

    name: str
    code: str = ""
    subject: tuple[tuple[str, str], ...] = ()
    window_s: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure is over, under, at least or at most a quantity.

    Attributes:
        figure: The figure.
        bound: How it is compared.
        number: With what, in ``unit``.
        unit: ``%``, a currency, a unit of time, or "" for a plain number.
    """

    figure: Figure
    bound: Bound
    number: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; there are at least two."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts holds; there are at least two."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Literal = KeyIs | TimeIsBetween | Comparison
Condition = Union[Literal, AllOf, AnyOf, Not]  # noqa: UP007 -- a forward reference cannot stand beside |


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the file.

    Attributes:
        name: Unique in its file.
        condition: When it fires.
        effect: What it then does.
        text: What the person at the desk is told, without a full stop.
    """

    name: str
    condition: Condition
    effect: Effect
    text: str


_OPPOSITES = {
    Bound.OVER: Bound.AT_MOST,
    Bound.AT_MOST: Bound.OVER,
    Bound.UNDER: Bound.AT_LEAST,
    Bound.AT_LEAST: Bound.UNDER,
}
UNITS_OF_TIME_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def without_not(condition: Condition, *, is_not: bool = False) -> Condition:
    """The same condition without :class:`Not`: the opposite stands at each comparison instead.

    Args:
        condition: Any.
        is_not: True for the opposite of it.
    """
    match condition:
        case Not(part):
            return without_not(part, is_not=not is_not)
        case AllOf(parts) | AnyOf(parts):
            turned = tuple([without_not(part, is_not=is_not) for part in parts])
            return AllOf(turned) if isinstance(condition, AllOf) != is_not else AnyOf(turned)
        case Comparison(figure, bound, number, unit):
            return Comparison(figure, _OPPOSITES[bound], number, unit) if is_not else condition
        case KeyIs(key, values, was_not):
            return KeyIs(key, values, was_not != is_not)
        case TimeIsBetween(start, end, was_not):
            return TimeIsBetween(start, end, was_not != is_not)


def written(rules: Sequence[Rule]) -> str:
    """A file with these rules, which :func:`risk.rules.parse.parse_rules` reads as the same ones."""
    return "\n".join(
        f'rule {rule.name}\n  when {condition_text(rule.condition)}\n  then {rule.effect} "{rule.text}"\n'
        for rule in rules
    )


def condition_text(condition: Condition) -> str:
    """A condition as it is written in a file."""
    match condition:
        case AllOf(parts):
            return " and ".join(
                _grouped(part) if isinstance(part, AnyOf | AllOf) else condition_text(part) for part in parts
            )
        case AnyOf(parts):
            return " or ".join(_grouped(part) if isinstance(part, AnyOf) else condition_text(part) for part in parts)
        case Not(part):
            return f"not {_grouped(part)}" if isinstance(part, AllOf | AnyOf) else f"not {condition_text(part)}"
        case KeyIs(key, values, is_not):
            what = "one of " + ", ".join(map(_value_text, values)) if len(values) > 1 else _value_text(values[0])
            return f"{key} is {'not ' if is_not else ''}{what}"
        case TimeIsBetween(start, end, is_not):
            return f"time is {'not ' if is_not else ''}between {_time_text(start)} and {_time_text(end)}"
        case Comparison(figure, bound, number, unit):
            return f"{figure_text(figure)} {bound} {quantity_text(number, unit)}"


def figure_text(figure: Figure) -> str:
    """A figure as it is written in a file."""
    of = [figure.code] if figure.code else []
    for dimension, value in figure.subject:
        plain = dimension == "pair" and not figure.code
        of.append((value if plain else f"{dimension}={_value_text(value)}") if value else dimension)
    said = f"{figure.name} of {' '.join(of)}" if of else figure.name
    return f"{said} in {duration_text(figure.window_s)}" if figure.window_s else said


def quantity_text(number: Decimal, unit: str) -> str:
    """A quantity as it is written in a file."""
    return f"{number:,f} {unit}" if unit else f"{number:,f}"


def duration_text(seconds: int) -> str:
    """A span of time in its largest whole unit."""
    name, size = next((name, size) for name, size in reversed(UNITS_OF_TIME_S.items()) if seconds % size == 0)
    count = seconds // size
    return f"{count} {name}{'s' if count != 1 else ''}"


def _grouped(condition: Condition) -> str:
    return f"({condition_text(condition)})"


def _time_text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _value_text(value: str) -> str:
    """A name as it stands; in quotation marks where it could be taken for something else."""
    is_plain = re.fullmatch(NAME, value) is not None and value not in KEYWORDS
    return value if is_plain else f'"{value}"'
