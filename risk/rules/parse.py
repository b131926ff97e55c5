"""Reads a file of rules, whole, with every error listed: where it is, what was read, and what would be right."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from lark import Lark, UnexpectedInput, UnexpectedToken

from risk.rules.language import KEYWORDS, NAME, NAME_PART, Rule
from risk.rules.reader import Problem, Reader
from trader.domain.errors import ConfigError

# A name that is none of the words of the language; Lark ends a pattern with a slash.
_NAME = rf"(?!({'|'.join(sorted(KEYWORDS))})(?!{NAME_PART})){NAME}".replace("/", r"\/")
# One rule. Keys and figures are any words here, so that one that nobody knows is named when it is refused.
_GRAMMAR = rf"""
    start: "rule" NAME "when" either "then" effect TEXT
    ?effect: "deny" -> deny | "needs" "approval" -> approval | "warn" -> warn
    either: both ("or" both)*
    both: single ("and" single)*
    ?single: "not" single -> opposite | "(" either ")" | comparison
    ?comparison: words "is" IS_NOT? values -> is_
        | words "is" IS_NOT? "between" TIME "and" TIME -> between
        | words subject? window? bound NUMBER unit? -> compared
    words: NAME+
    values: value | "one" "of" value ("," value)*
    subject: "of" owner+
    owner: NAME ("=" value)?
    window: "in" NUMBER NAME
    ?bound: "over" -> over | "under" -> under | "at" "least" -> at_least | "at" "most" -> at_most
    unit: UNIT | NAME
    value: NAME | TEXT

    IS_NOT: "not"
    UNIT: "%"
    NAME: /{_NAME}/
    NUMBER.2: /[-+]?[0-9][0-9,]*([.][0-9]+)?/
    TIME.2: /[0-9][0-9]:[0-9][0-9]/
    TEXT: /"[^"\n]*"/
    %ignore /[ \t\r\n]+/
    %ignore /#[^\n]*/
"""
_PARSER = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)
_BEGINS = re.compile(r"^[ \t]*rule\b", re.MULTILINE)
# How what was expected is called, where it is not the word itself.
_CALLED = {
    "NAME": "a name",
    "NUMBER": "a number",
    "TEXT": 'a text in "quotation marks"',
    "TIME": "a time like 22:00",
    "UNIT": "%",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "EQUAL": "=",
    "IS_NOT": "not",
    "$END": "the end of the rule",
}


@lru_cache(maxsize=8)  # the same text is read at each start that a journal has
def parse_rules(text: str, name: str, reporting_currency: str) -> tuple[Rule, ...]:
    """Read a file of rules.

    Args:
        text: The file.
        name: What to call it in an error.
        reporting_currency: What notionals are counted in.

    Raises:
        ConfigError: Something in it is wrong; the message lists every error by line and column.
    """
    rules: dict[str, Rule] = {}
    problems: list[tuple[int, int, str]] = []
    for first_line, chunk in _chunks(text):
        rule, found = _read(chunk, reporting_currency)
        if rule is not None and rules.setdefault(rule.name, rule) is not rule:
            found = [*found, Problem(1, 1, f"there is a rule {rule.name!r} already; expected a name of its own")]
        problems += [(first_line + each.line - 1, each.column, each.text) for each in found]
    if problems:
        listed = "".join(f"\n  line {line}, column {column}: {text}" for line, column, text in sorted(problems))
        raise ConfigError(f"{name} has {len(problems)} error(s):{listed}")
    return tuple(rules.values())


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Each rule by itself, with the line on which it begins, so that an error in one hides none in the next."""
    begins = [*[found.start() for found in _BEGINS.finditer(text)], len(text)]
    head = text[: begins[0]]
    if re.sub(r"#[^\n]*", "", head).strip():
        yield 1, head
    line, seen = 1, 0
    for begin, end in pairwise(begins):
        line, seen = line + text.count("\n", seen, begin), begin
        yield line, text[begin:end]


def _read(chunk: str, reporting_currency: str) -> tuple[Rule | None, list[Problem]]:
    try:
        tree = _PARSER.parse(chunk)
    except UnexpectedInput as error:
        return None, [_unexpected(error, chunk)]
    reader = Reader(reporting_currency)
    try:
        return reader.rule(tree), reader.problems
    except RecursionError:
        return None, [Problem(1, 1, "its conditions stand in too many others; expected a rule that a person can read")]


def _unexpected(error: UnexpectedInput, chunk: str) -> Problem:
    """Where the words of a rule stop making sense, and what would have made some."""
    line, column, expected = error.line, error.column, getattr(error, "allowed", None)
    read = repr(chunk[error.pos_in_stream or 0 :][:1])
    if isinstance(error, UnexpectedToken):
        read, expected = repr(str(error.token)), error.accepts or error.expected
        if error.token.type == "$END":
            lines = chunk.rstrip().split("\n")
            line, column, read = len(lines), len(lines[-1]) + 1, "the end"
    called = sorted({_CALLED.get(each, each.lower()) for each in expected or ()})
    return Problem(line, column, f"{read} cannot stand here; expected {_listed(called)}")


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
