"""Tenors: the market's short words for a value date, such as ``TOM``, ``SPOT``, ``1W``, ``3M`` and ``IMM1``.

FIX writes three months as ``M3``, and ``M3`` is also the futures market's name for a June. The desk's file therefore
takes one spelling only, the number first; a dialect does its own translation to SettlType(63).
"""

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from trader.domain.errors import DomainError

ACCEPTED = "TOD, TOM, ON, TN, SPOT (or SP), SN, weeks 1W, months 1M, years 1Y, IMM1, or a date as YYYY-MM-DD"

_SYNONYMS = {"SP": "SPOT", "O/N": "ON", "T/N": "TN", "S/N": "SN", "S/W": "1W", "SW": "1W"}
_PERIOD = re.compile(r"([1-9]\d{0,2})([WMY])", re.ASCII)
_IMM = re.compile(r"IMM([1-9]\d?)", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class TenorKind(StrEnum):
    """How a tenor finds its date."""

    TOD = "TOD"
    TOM = "TOM"
    ON = "ON"
    TN = "TN"
    SPOT = "SPOT"
    SN = "SN"
    PERIOD = "PERIOD"
    IMM = "IMM"
    BROKEN = "BROKEN"


class TenorUnit(StrEnum):
    """What a period counts."""

    WEEK = "W"
    MONTH = "M"
    YEAR = "Y"


class Tenor(Struct, frozen=True, gc=False):
    """A tenor as read; made by :func:`parse_tenor`.

    Attributes:
        text: The canonical spelling, and the tenor's identity: ``SPOT`` for ``sp``, the date itself for a broken date.
        kind: How the date is found.
        count: Periods, or which IMM date after spot; 0 for the other kinds.
        unit: What ``count`` counts; None except for a period.
        broken_date: The date of a broken date, else None.
    """

    text: str
    kind: TenorKind
    count: int = 0
    unit: TenorUnit | None = None
    broken_date: date | None = None


@lru_cache(maxsize=4096)
def parse_tenor(text: str) -> Tenor:
    """Read a tenor or an ISO date; blanks around it and the case of letters do not matter.

    Raises:
        DomainError: Not one of :data:`ACCEPTED`, or a date that is not in the calendar.
    """
    word = text.strip().upper()
    word = _SYNONYMS.get(word, word)
    if word in _FIXED:
        return Tenor(word, _FIXED[word])
    if period := _PERIOD.fullmatch(word):
        return Tenor(word, TenorKind.PERIOD, int(period[1]), TenorUnit(period[2]))
    if imm := _IMM.fullmatch(word):
        return Tenor(word, TenorKind.IMM, int(imm[1]))
    if _ISO_DATE.fullmatch(word):
        return Tenor(word, TenorKind.BROKEN, broken_date=_iso_date(word))
    raise DomainError(f"{text!r} is not a tenor; expected {ACCEPTED}")


_FIXED = {
    kind.value: kind
    for kind in (TenorKind.TOD, TenorKind.TOM, TenorKind.ON, TenorKind.TN, TenorKind.SPOT, TenorKind.SN)
}


def _iso_date(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise DomainError(f"{word!r} is not a day of the calendar ({error}); expected {ACCEPTED}") from error
