"""One cell to one value. Strict: a cell is what it says or it is an error, never a guess.

Blanks, tabs and line breaks round a cell are trimmed and letters may be small; nothing else is forgiven, because the
next thing to forgive would be a full-width digit or a thousands separator, and then a wrong amount.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.deal import OrderType, Product
from trader.domain.errors import DomainError
from trader.domain.names import odd_character
from trader.domain.tenor import Tenor, TenorKind, parse_tenor

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

BLANKS = " \t\r\n\f\v"
CODE_LENGTH_MAX = 64
COMMENT_LENGTH_MAX = 1000

_INTEGER_DIGITS_MAX = 15  # a spreadsheet keeps no more, and no market is larger
_NUMBER = re.compile(rf"(?:0|[1-9]\d{{0,{_INTEGER_DIGITS_MAX - 1}}})(?:\.\d{{1,10}})?", re.ASCII)
_NUMBER_FAULTS = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), problem)
    for pattern, problem in (
        (r"", "is empty"),
        (r"[+-].*", "has a sign, where the side says the direction"),
        (r"[\d.]+e[+-]?\d+", "has an exponent"),
        (r"nan|inf|infinity", "is not a finite number"),
        (r"\d[\d.]*[,' _][\d.,' _]*", "has a thousands separator or a decimal comma"),
        (r"\d+(\.\d+){2,}", "has more than one point"),
        (r"[\d.]+", "has too many digits, a zero in front, or no digit beside the point"),
        (r".*", "is not a number"),
    )
)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER_EXPECTED = "a plain number greater than zero, without separators, like 1250000 or 1.10250"
_DATE_EXPECTED = "a date as YEAR-MONTH-DAY, like 2026-11-24"
_TENOR_EXPECTED = "TOD, TOM, SPOT, weeks 1W, months 1M, years 1Y, IMM1, or a date as YEAR-MONTH-DAY"
_FAR_TENOR_EXPECTED = f"ON, TN, SN, {_TENOR_EXPECTED}"
_MANY_LEGS_EXPECTED = "MARKET, or PREVIOUSLY_QUOTED (RFQ)"
_QUOTED = {"RFQ", "QUOTED"}  # what desks write for FIX's name
_SWAP_TENORS = frozenset({TenorKind.ON, TenorKind.TN, TenorKind.SN})


class CellError(ValueError):
    """A cell is not what its column holds.

    Attributes:
        problem: What is wrong with it.
        expected: What would have been right.
    """

    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(f"{problem}; expected {expected}")
        self.problem = problem
        self.expected = expected


def read_choice(text: str, kind: type[Choice]) -> Choice:
    """One of an enumeration's words, in capitals or small letters."""
    word = _ascii(text).upper()
    if word in kind.__members__:
        return kind[word]
    raise CellError("is empty" if not text else "is none of the known words", " or ".join(kind.__members__))


def read_optional(text: str, kind: type[Choice]) -> Choice | None:
    """One of an enumeration's words, or None for an empty cell."""
    return read_choice(text, kind) if text else None


def read_order_type(text: str, product: Product | None) -> OrderType | None:
    """An order type that suits the product as far as that is known; None for an empty cell that a limit may answer."""
    has_many_legs = product is not None and product.has_many_legs
    if not text and has_many_legs:
        raise CellError("is empty", _MANY_LEGS_EXPECTED)
    order_type = OrderType.PREVIOUSLY_QUOTED if text.upper() in _QUOTED else read_optional(text, OrderType)
    if order_type is OrderType.LIMIT and has_many_legs:
        raise CellError(f"is for one leg, and a {product} has more", _MANY_LEGS_EXPECTED)
    return order_type


def read_pair(text: str) -> CurrencyPair:
    """Two currencies with a slash, in the order of the cell."""
    if not text:
        raise CellError("is empty", "two currencies with a slash, like EUR/USD")
    try:
        return parse_pair(_ascii(text).upper())
    except DomainError as wrong:
        raise _cell_error(wrong, text) from None


def read_dealt_currency(text: str, pair: CurrencyPair | None) -> Currency:
    """A currency, and one of the pair's when the pair could be read."""
    if not text:
        raise CellError("is empty", f"{pair.base} or {pair.terms}" if pair else "a currency, like EUR")
    try:
        currency = Currency(_ascii(text).upper())
    except DomainError as wrong:
        raise _cell_error(wrong, text) from None
    if pair and currency not in pair:
        raise CellError("is not a currency of the pair beside it", f"{pair.base} or {pair.terms}")
    return currency


def read_number(text: str) -> Decimal:
    """A plain positive number: digits and at most one point."""
    if not _NUMBER.fullmatch(text):
        _ascii(text)
        problem = next(problem for pattern, problem in _NUMBER_FAULTS if pattern.fullmatch(text))
        raise CellError(problem, _NUMBER_EXPECTED)
    number = Decimal(text)
    if not number:
        raise CellError("is zero", _NUMBER_EXPECTED)
    return number


def read_date(text: str) -> date | None:
    """A date in ISO form, or None for an empty cell."""
    return read_day(text) if text else None


def read_day(text: str) -> date:
    """A date in ISO form."""
    if not _ISO_DATE.fullmatch(_ascii(text)):
        raise CellError("is not a date in ISO form", _DATE_EXPECTED)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellError("is not a day of the calendar", _DATE_EXPECTED) from None


def read_tenor(text: str) -> Tenor:
    """A tenor that names one day."""
    tenor = _tenor(text, _TENOR_EXPECTED)
    if tenor.kind in _SWAP_TENORS:
        raise CellError("is a swap's tenor, with two dates", f"{_TENOR_EXPECTED}; ON, TN and SN as a far_tenor")
    return tenor


def read_far_tenor(text: str) -> Tenor | None:
    """A tenor that names the second of two days, or None for an empty cell."""
    return _tenor(text, _FAR_TENOR_EXPECTED) if text else None


def _tenor(text: str, expected: str) -> Tenor:
    try:
        return parse_tenor(_ascii(text))
    except DomainError as wrong:
        raise CellError(_cell_error(wrong, text).problem, expected) from None


def read_each(text: str, reader: Callable[[str], Value]) -> tuple[Value, ...]:
    """The values of a cell with blanks between them; none for an empty cell."""
    parts = _ascii(text).split()
    return tuple(_read_part(part, reader) for part in parts) if len(parts) > 1 else tuple(map(reader, parts))


def _read_part(part: str, reader: Callable[[str], Value]) -> Value:
    try:
        return reader(part)
    except CellError as wrong:
        raise CellError(f"holds {part!r}, which {wrong.problem}", wrong.expected) from None


def read_code(text: str) -> str:
    """A name that goes over the wire or into an id: printable ASCII, or empty."""
    if len(text) > CODE_LENGTH_MAX:
        raise CellError("has too many characters", f"at most {CODE_LENGTH_MAX}, not {len(text)}")
    return _ascii(text)


def read_row_id(text: str) -> str:
    """A code that is there."""
    if not text:
        raise CellError("is empty", "a name of the row that no other row has, like T-0001")
    return read_code(text)


def read_comment(text: str) -> str:
    """One line of text in any script."""
    if len(text) > COMMENT_LENGTH_MAX:
        raise CellError("has too many characters", f"at most {COMMENT_LENGTH_MAX}, not {len(text)}")
    if not text.isprintable():
        for character in text:
            if unicodedata.category(character) in {"Cc", "Zl", "Zp"}:
                raise CellError(f"holds {odd_character(character)}", "one line of text")
    return text


def read_nothing(text: str, owner: Product) -> None:
    """A cell of a column that only another product uses."""
    if text:
        raise CellError(f"belongs to product {owner}, which the row is not", f"an empty cell, or product {owner}")


def _ascii(text: str) -> str:
    """The text itself when all of it can be typed on any keyboard."""
    if odd := odd_character(text):
        raise CellError(f"holds {odd}", "plain letters, digits and signs")
    return text


def problem_and_expected(sentence: str) -> tuple[str, str]:
    """The domain's sentence in two: what is wrong stands before the semicolon, what would be right behind it."""
    problem, _, expected = sentence.partition("; ")
    return problem, expected.removeprefix("expected ")


def _cell_error(wrong: DomainError, text: str) -> CellError:
    """A domain error about a cell, as a sentence that goes on from the cell's text."""
    problem, expected = problem_and_expected(str(wrong))
    for subject in (repr(text.upper()), text.upper(), repr(text)):
        if problem.startswith(f"{subject} "):
            return CellError(problem.removeprefix(f"{subject} "), expected)
    return CellError(f"is not right: {problem}", expected)
