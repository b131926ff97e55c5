"""Understands the words of one rule: which key, which figure, whose, and in what unit."""

import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

from lark import Token, Tree

from risk.control import Kind, Parameter, dimension_problem, parse_hours
from risk.registry import CONTROLS
from risk.rules.language import (
    UNITS_OF_TIME_S,
    AllOf,
    AnyOf,
    Bound,
    Comparison,
    Condition,
    Effect,
    Figure,
    KeyIs,
    Not,
    Rule,
    TimeIsBetween,
)
from risk.rules.words import (
    CURRENCY,
    FIGURES,
    FILLING,
    KEYS,
    LIMITS_OWN,
    PLAIN,
    REPORTING,
    WEEKDAYS,
    FigureKind,
)
from trader.domain.money import ZERO

_EFFECTS = {"deny": Effect.DENY, "approval": Effect.APPROVAL, "warn": Effect.WARN}
_BOUNDS = {bound.replace(" ", "_"): bound for bound in Bound}
_NUMBER = re.compile(r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_WINDOW_S_MAX = 7 * 86_400
_WINDOWS_S = {word: size for name, size in UNITS_OF_TIME_S.items() for word in (name, f"{name}s")}
# The units that a quantity can be written in, and the one that each stands for.
_SAME_UNITS = {"second": "s", "seconds": "s", "minute": "minutes", "hour": "hours", "day": "days"}
_UPPER = frozenset({"currency", "pair", "product", "side", "tenor"})

_Owners = list[tuple[Token, Token | None]]


class Problem(NamedTuple):
    """Where in a rule something is wrong, from 1, and what."""

    line: int
    column: int
    text: str


class Reader:
    """Turns the tree of one rule into the rule, and notes what is wrong with its words.

    Args:
        reporting_currency: What notionals are counted in.

    Attributes:
        problems: What is wrong. A rule with problems is no rule.
    """

    def __init__(self, reporting_currency: str) -> None:
        self.problems: list[Problem] = []
        self._reporting = reporting_currency

    def rule(self, tree: Any) -> Rule:  # noqa: ANN401 -- a child of a tree is a token or a tree, and so all the way
        """The rule, as far as it can be understood."""
        name, condition, effect, text = tree.children
        said = str(text)[1:-1].strip()
        if not said:
            self._wrong(text, "the text is empty; expected what the desk is to be told")
        return Rule(str(name), self._condition(condition), _EFFECTS[effect.data], said)

    def _wrong(self, at: Any, problem: str) -> None:  # noqa: ANN401 -- as above
        self.problems.append(Problem(at.line, at.column, problem))

    def _condition(self, tree: Any) -> Condition:  # noqa: ANN401 -- as above
        kind, children = tree.data, tree.children
        if kind in ("either", "both"):
            parts = tuple([self._condition(part) for part in children])
            if len(parts) == 1:
                return parts[0]
            return AnyOf(parts) if kind == "either" else AllOf(parts)
        if kind == "opposite":
            return Not(self._condition(children[0]))
        words, rest = children[0].children, children[1:]
        if kind == "is_":
            return self._is(words, rest)
        return self._between(words, rest) if kind == "between" else self._compared(words, rest)

    def _is(self, words: list[Token], rest: list[Any]) -> Condition:
        name, is_not = " ".join(words), len(rest) > 1
        key = KEYS.get(name)
        if key is None:
            hint = "; a figure is compared with over, under, at least or at most" if name in FIGURES else ""
            self._wrong(words[0], _unknown("a key of an order", name, KEYS) + hint)
            return KeyIs(name, (), is_not)
        values = [self._value(each.children[0], key.dimension) for each in rest[-1].children]
        return KeyIs(name, tuple(dict.fromkeys(values)), is_not)

    def _between(self, words: list[Token], rest: list[Any]) -> Condition:
        name, is_not = " ".join(words), len(rest) == 3  # noqa: PLR2004 -- the word not, and two times
        start, end = rest[-2:]
        if name != "time":
            self._wrong(words[0], f"{name!r} is never between two times; expected time")
        span = parse_hours(f"{start}-{end}")
        if span is None:
            problem = f"there is no span from {start} to {end}; expected two times from 00:00 to 24:00, not the same"
            self._wrong(start, problem)
        return TimeIsBetween(*(span or (0, 1)), is_not)

    def _compared(self, words: list[Token], rest: list[Any]) -> Condition:
        parts: dict[str, list[Any]] = {str(part.data): part.children for part in rest if isinstance(part, Tree)}
        bound = next(_BOUNDS[part] for part in parts if part in _BOUNDS)
        number = next(part for part in rest if isinstance(part, Token))
        name = " ".join(words)
        kind = FIGURES.get(name)
        if kind is None:
            hint = "; a key is compared with is" if name in KEYS else ""
            self._wrong(words[0], _unknown("a figure", name, FIGURES) + hint)
            return Comparison(Figure(name), bound, ZERO)
        owners = [(each.children[0], _second(each.children)) for each in parts.get("subject", ())]
        if kind.is_of_limit:
            figure = self._figure_of_limit(name, words[0], owners)
        else:
            figure = Figure(name, "", self._subject(name, kind, owners))
        figure = Figure(name, figure.code, figure.subject, self._window(name, kind, parts.get("window")))
        unit = self._unit(figure, kind, number, parts.get("unit", [number])[0])
        return Comparison(figure, bound, self._number(number), unit)

    def _figure_of_limit(self, name: str, at: Token, owners: _Owners) -> Figure:
        """A figure of a limit: the control's code, and the dimensions of one of its keys."""
        code = str(owners[0][0]) if owners else ""
        if code not in FILLING or owners[0][1] is not None:
            of = ", ".join(FILLING)
            self._wrong(owners[0][0] if owners else at, f"{name} of {code or 'nothing'}; expected a limit, one of {of}")
            return Figure(name, code)
        named = {str(dimension): value for dimension, value in owners[1:]}
        known = CONTROLS[code].keys_of(_limit_of(code))
        shapes = [shape for shape in known if sorted(shape) == sorted(d for d, _ in owners[1:])]
        if not shapes:
            expected = " or ".join(repr(f"{code} {' '.join(shape)}") for shape in known)
            self._wrong(
                owners[0][0], f"{' '.join([code, *named])!r} is not what its limits are kept by; expected {expected}"
            )
            return Figure(name, code)
        return Figure(name, code, tuple([(each, self._owner(each, named[each])) for each in shapes[0]]))

    def _subject(self, name: str, kind: FigureKind, owners: _Owners) -> tuple[tuple[str, str], ...]:
        subject: dict[str, str] = {}
        for word, value in owners:
            dimension, named = (
                ("pair", word) if value is None and "/" in word and "pair" in kind.of else (str(word), value)
            )
            if dimension not in kind.of or dimension in subject:
                expected = f"expected {', '.join(kind.of)}, each once" if kind.of else "it is always the order's own"
                self._wrong(word, f"{name} of {dimension}; {expected}")
            else:
                subject[dimension] = self._owner(dimension, named)
        if kind.of == ("pair",) and not subject:
            return (("pair", ""),)
        return tuple([(dimension, subject[dimension]) for dimension in kind.of if dimension in subject])

    def _owner(self, dimension: str, value: Token | None) -> str:
        """The name of whose figure it is; "" for the order's own."""
        return "" if value is None else self._value(value, dimension)

    def _value(self, token: Token, dimension: str) -> str:
        text = str(token).strip('"')
        if not dimension:
            text = text.capitalize()
            problem = "" if text in WEEKDAYS else _unknown("a day of the week", text, WEEKDAYS)
        else:
            text = text.upper() if dimension in _UPPER else text
            is_name = bool(text.strip()) and text != "*"
            problem = dimension_problem(dimension, text) if is_name else f"{text!r} is not a name; expected one"
        if problem:
            self._wrong(token, problem)
        return text

    def _window(self, name: str, kind: FigureKind, window: list[Token] | None) -> int:
        if window is None:
            return kind.window_s
        number, unit = window
        if not kind.window_s:
            self._wrong(number, f"{name} is as it is now and has no window; expected nothing between it and its bound")
        seconds = int(number) * _WINDOWS_S.get(unit, 0) if number.isdecimal() else 0
        if not 0 < seconds <= _WINDOW_S_MAX:
            self._wrong(number, f"{number} {unit} is not a window; expected up to 7 days, like 5 minutes or 1 hour")
        return seconds

    def _number(self, token: Token) -> Decimal:
        if _NUMBER.fullmatch(token) is None:
            self._wrong(token, f"{str(token)!r} is not a quantity; expected digits like 5000000, 5,000,000 or 0.25")
            return ZERO
        return Decimal(token.replace(",", ""))

    def _unit(self, figure: Figure, kind: FigureKind, number: Token, token: Token) -> str:
        """The unit of a quantity; ``token`` is the number itself where there is none."""
        unit = "" if token is number else _SAME_UNITS.get(token, str(token))
        units = kind.units
        if units == LIMITS_OWN:
            units = self._units_of_limit(figure, token)
        elif units == REPORTING:
            units = (self._reporting,)
        if units == CURRENCY:
            problem = (
                dimension_problem("currency", unit) if unit else "the amount has no currency; expected one, like EUR"
            )
        else:
            problem = "" if unit in units else _wrong_unit(figure.name, unit, units)
        if problem:
            self._wrong(token, problem)
        return unit

    def _units_of_limit(self, figure: Figure, at: Token) -> tuple[str, ...]:
        named = dict(figure.subject)
        if figure.code in FILLING and _limit_of(figure.code).kind is Kind.COUNT:
            return PLAIN
        if "currency" not in named:
            return (self._reporting,)
        if not named["currency"]:
            self._wrong(at, "an amount has a currency; expected which one the limit is of, like currency=EUR")
        return (named["currency"] or self._reporting,)


def _limit_of(code: str) -> Parameter:
    """The figure that is the limit of a control that fills up."""
    return next(each for each in CONTROLS[code].parameters if each.name == FILLING[code])


def _second(children: list[Any]) -> Token | None:
    """The value behind the equals sign, where there is one."""
    return children[1].children[0] if len(children) > 1 else None


def _wrong_unit(name: str, unit: str, units: tuple[str, ...]) -> str:
    said = f"{name} is not compared in {unit}" if unit else f"{name} is compared with a quantity that has no unit here"
    return f"{said}; expected {'a plain number' if units == PLAIN else ', '.join(units)}"


def _unknown(what: str, read: str, known: Iterable[str]) -> str:
    """The sentence about a word that is none of those known, the nearest first."""
    names = list(known)
    near = get_close_matches(read, names, n=1)
    return f"{read!r} is not {what}; expected {f'{near[0]}, or another of ' if near else ''}{', '.join(names)}"
