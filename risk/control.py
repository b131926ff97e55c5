"""What a control says about itself: its code, mode, formula, the keys of its limits and their parameters.

The inventory, the reader of the limits file and the documentation are all made from these values, so that none of them
can know a control that the others do not.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from risk.rates.tenor import TenorBucket
from risk.reasons import ReasonCode
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Product, Side
from trader.domain.errors import DomainError
from trader.domain.names import odd_character

_MINUTES_PER_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Mode(StrEnum):
    """What a control does when it fires. Source: the project's control vocabulary, after RTS 6 and PRA SS5/18."""

    HARD = "hard"
    HARD_SOFT = "hard, inner band soft"
    HARD_LATCH = "hard, latches"
    LATCH = "latches until another person re-arms it"
    PACED = "paced, then hard"
    SOFT = "warns"
    HARD_OR_SOFT = "hard or soft, as its row says"
    TRIGGER = "triggers an alert"
    APPROVAL = "waits for approval"
    AS_THE_RULE_SAYS = "denies, waits for approval or warns, as each rule says"


class Kind(StrEnum):
    """How a parameter's value is written in the limits file; the text is what an error says would be right."""

    NUMBER = "a number of zero or more in plain digits, like 25000000 or 0.005"
    POSITIVE = "a number above zero in plain digits, like 25000000 or 0.005"
    COUNT = "a whole number of one or more, like 50"
    NAME = "a name in plain letters, digits and signs without spaces, like DE or ACME-GROUP"
    CUTOFF = "a time of day and its time zone, like 13:00 Europe/London"
    HOURS = "a span of UTC hours, like 00:00-24:00 or 22:00-06:00"
    MOMENT = "always, or a moment of UTC, like 2026-03-02T09:30Z"
    NETTING = "none, net or pvp"
    BREACH = "soft or hard"
    YES_NO = "yes or no"
    SHARE = "a share between zero and one in plain digits, like 0.99"
    BUCKET = "day, week or month"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure of a control.

    Attributes:
        name: As the limits file has it, unit last.
        kind: How its value is written.
        meaning: One clause for the inventory.
        keys: The shapes of its keys, where the control has several shapes and only these are this figure's.
    """

    name: str
    kind: Kind
    meaning: str
    keys: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One line of the inventory.

    Attributes:
        code: The code of its denials.
        mode: What it does when it fires.
        mitigates: The accident it stops.
        formula: What is compared with what.
        keys: The shapes a key of its limits can have, each a tuple of dimensions; empty when it has no limits.
        parameters: Its figures; none has a default.
        is_limit: True for a number that may not be exceeded, False for a trigger that is or is not met.
        blocks: True when it stops an order, False when it only notifies.
        alerts: The role that is told.
    """

    code: ReasonCode
    mode: Mode
    mitigates: str
    formula: str
    keys: tuple[tuple[str, ...], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    is_limit: bool = False
    blocks: bool = True
    alerts: str = "risk"

    def keys_of(self, parameter: Parameter) -> tuple[tuple[str, ...], ...]:
        """The shapes a key of one figure can have."""
        return parameter.keys or self.keys


def _problem_from(read: Callable[[str], object]) -> Callable[[str], str]:
    def problem(text: str) -> str:
        try:
            read(text)
        except (DomainError, ValueError) as error:
            return str(error)
        return ""

    return problem


def _pair_problem(text: str) -> str:
    try:
        pair = parse_pair(text)
    except DomainError as error:
        return str(error)
    return "" if pair.is_market_order else f"{text} is not how the market quotes it; expected {pair.inverse}"


def _hour_problem(text: str) -> str:
    return "" if re.fullmatch(r"[01]\d|2[0-3]", text) else f"{text!r} is not an hour of UTC; expected 00 to 23"


def _years_problem(text: str) -> str:
    return (
        "" if re.fullmatch(r"[1-9]\d?", text, flags=re.ASCII) else f"{text!r} is no number of years; expected 1 to 99"
    )


def _name_problem(text: str) -> str:
    # No batch has a name with anything else in it, so that such a limit would hold for nobody.
    odd = odd_character(text)
    return f"{text!r} is not a name: it holds {odd}; expected plain letters, digits and signs" if odd else ""


_DIMENSIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "account": _name_problem,
        "action": _name_problem,
        "book": _name_problem,
        "counterparty": _name_problem,
        "country": _name_problem,
        "currency": _problem_from(Currency),
        "desk": _name_problem,
        "firm": _name_problem,
        "group": _name_problem,
        "hour": _hour_problem,
        "pair": _pair_problem,
        "product": _problem_from(Product),
        "provider": _name_problem,
        "session": _name_problem,
        "side": _problem_from(Side),
        "source": _name_problem,
        "tenor": _problem_from(TenorBucket),
        "trader": _name_problem,
        "venue": _name_problem,
        "years": _years_problem,
    },
)


def dimension_problem(dimension: str, text: str) -> str:
    """What is wrong with a value of a dimension, as a sentence; "" for ``*`` and for every value that can be."""
    return "" if text == "*" else _DIMENSIONS[dimension](text)


def value_problem(kind: Kind, text: str) -> str:
    """What is wrong with a parameter's value, as a sentence; "" when it can be read."""
    return "" if _READERS[kind](text) else f"{text!r} cannot be; expected {kind.value}"


@lru_cache(maxsize=256)
def parse_cutoff(text: str) -> tuple[time, ZoneInfo] | None:
    """Read ``13:00 Europe/London``: a local time of day and its zone; None when it is not one."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d) ([A-Za-z_]+(?:/[A-Za-z_+-]+)*)", text)
    if found is None:
        return None
    try:
        zone = ZoneInfo(found[3])
    except (KeyError, OSError, ValueError):  # unknown, a folder of zones, or not a zone's name at all
        return None
    return time(int(found[1]), int(found[2])), zone


@lru_cache(maxsize=256)
def parse_moment(text: str) -> int | None:
    """Read ``always``, or ``2026-03-02T09:30Z``, as UTC nanoseconds; None when it is neither. Always is long ago."""
    if text == "always":
        return -(2**63)
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", text, flags=re.ASCII):
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


@lru_cache(maxsize=256)
def parse_hours(text: str) -> tuple[int, int] | None:
    """Read ``08:00-18:00`` as minutes of the UTC day, from and up to; None when it is not a span."""
    found = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text, flags=re.ASCII)
    if found is None:
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    in_day = start < _MINUTES_PER_DAY and 0 < end <= _MINUTES_PER_DAY
    return (start, end) if in_day and start != end else None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text, flags=re.ASCII) is not None


def _one_of(kind: Kind) -> Callable[[str], bool]:
    """Whether a text is one of the words that a kind lists."""
    return frozenset(kind.replace(" or ", ", ").split(", ")).__contains__


_READERS: Mapping[Kind, Callable[[str], bool]] = MappingProxyType(
    {
        Kind.NUMBER: _is_number,
        Kind.POSITIVE: lambda text: _is_number(text) and Decimal(text) > 0,
        Kind.COUNT: lambda text: re.fullmatch(r"\d+", text, flags=re.ASCII) is not None and int(text) > 0,
        Kind.NAME: lambda text: re.fullmatch(r"[^\s*=]+", text) is not None and not odd_character(text),
        Kind.CUTOFF: lambda text: parse_cutoff(text) is not None,
        Kind.HOURS: lambda text: parse_hours(text) is not None,
        Kind.MOMENT: lambda text: parse_moment(text) is not None,
        Kind.NETTING: _one_of(Kind.NETTING),
        Kind.BREACH: _one_of(Kind.BREACH),
        Kind.YES_NO: _one_of(Kind.YES_NO),
        Kind.SHARE: lambda text: _is_number(text) and 0 < Decimal(text) < 1,
        Kind.BUCKET: _one_of(Kind.BUCKET),
    }
)
