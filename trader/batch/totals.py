"""The totals file beside a batch: what the desk's own system says is in it, so that an edited or cut file is found.

It is called as the batch with ``.totals.toml`` for the ending and is never needed; when there is one, it must agree.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from trader.batch import fields
from trader.batch.batch import Batch
from trader.batch.errors import BatchError, RowError
from trader.batch.fields import CellError
from trader.domain import ids
from trader.domain.currency import Currency
from trader.domain.toml import read_toml

Value = TypeVar("Value")

_KEYS = ("trade_date", "lines", "sha256", "totals")
_SHA256_LENGTH = 64
_SUM = re.compile(r"[1-9]\d{0,23}(\.\d{1,3})?", re.ASCII)  # a sum may be longer than any one amount
_SHOWN_MAX, _HEX_SHOWN = 10**30, 20


@dataclass(frozen=True, slots=True)
class Totals:
    """What a totals file says.

    Attributes:
        trade_date: The trade date that the batch is meant for.
        lines: How many rows the batch has.
        sha256: SHA-256 of the batch file in hexadecimal, or "" when not given.
        totals: For each dealt currency the sum of the amounts, bought and sold alike, in order of the codes.
    """

    trade_date: date
    lines: int
    sha256: str
    totals: tuple[tuple[Currency, Decimal], ...]


def read_totals(text: str) -> Totals:
    """Read a totals file.

    Raises:
        BatchError: It is not TOML, or a key is unknown, missing or not what it should be: all of them. The errors have
            the row 0 and the key for a column.
    """
    try:
        document = read_toml(text)
    except ValueError as wrong:
        expected = 'lines such as trade_date = "2026-11-20"'
        raise BatchError([RowError(0, "", "", f"the totals file is not TOML ({wrong})", expected)]) from None
    errors = [
        RowError(0, key, "", "the totals file has an unknown key", " or ".join(_KEYS))
        for key in document
        if key not in _KEYS
    ]
    table = document.get("totals")
    per_currency = table if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        errors.append(
            RowError(0, "totals", "", "the totals file has no such table", '[totals] with lines as EUR = "1000000"')
        )

    def read(key: str, value: object, reader: Callable[[object], Value]) -> Value | None:
        try:
            return reader(value)
        except CellError as wrong:
            errors.append(RowError(0, key, _text(value), wrong.problem, wrong.expected))
            return None

    trade_date = read("trade_date", document.get("trade_date"), _read_trade_date)
    lines = read("lines", document.get("lines"), _read_lines)
    sha256 = read("sha256", document.get("sha256", ""), _read_sha256)
    totals = {
        currency: amount
        for code, total in per_currency.items()
        if (currency := read(code, code, _read_currency)) and (amount := read(code, total, _read_total))
    }
    if errors or trade_date is None or lines is None or sha256 is None:
        raise BatchError(errors)
    return Totals(trade_date, lines, sha256, tuple(sorted(totals.items())))


def compare(totals: Totals, batch: Batch) -> tuple[RowError, ...]:
    """Where a totals file and the batch differ; nothing when they agree."""
    says = {"trade_date": totals.trade_date, "lines": totals.lines, "sha256": totals.sha256 or batch.content_hash}
    has = {"trade_date": batch.trade_date, "lines": len(batch.lines), "sha256": batch.content_hash}
    said, summed = dict(totals.totals), dict(batch.totals)
    for currency in sorted({*said, *summed}):
        says[currency] = said.get(currency, "nothing")
        has[currency] = summed.get(currency, "nothing")
    return tuple(
        RowError(
            0,
            key,
            str(says[key]),
            f"the totals file says {says[key]}, and the batch has {has[key]}",
            "the same in both",
        )
        for key in says
        if says[key] != has[key]
    )


def _read_trade_date(value: object) -> date:
    trade_date = fields.read_date(_text(value))
    if trade_date is None:
        raise CellError("the totals file does not say it", "a date as YEAR-MONTH-DAY, like 2026-11-20")
    return trade_date


def _read_lines(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= ids.LINES_MAX:
        return value
    raise CellError("is not the number of rows", "a whole number greater than zero, like 100")


def _read_sha256(value: object) -> str:
    digest = _text(value).lower()
    if digest and (len(digest) != _SHA256_LENGTH or not set(digest) <= set("0123456789abcdef")):
        raise CellError("is not a SHA-256", f"{_SHA256_LENGTH} hexadecimal digits, as sha256sum prints them")
    return digest


def _read_currency(value: object) -> Currency:
    return fields.read_dealt_currency(_text(value), pair=None)


def _read_total(value: object) -> Decimal:
    """A sum in quotes or a whole number; a TOML fraction would have gone through binary and is refused."""
    if isinstance(value, float):
        raise CellError("is a binary fraction", 'the sum in quotes, like "1250000.50"')
    text = _text(value)
    return Decimal(text) if _SUM.fullmatch(text) else fields.read_number(text)


def _text(value: object) -> str:
    """What stands there; a whole number too long for Python to print is cut, and then is no number."""
    if value is None:
        return ""
    if isinstance(value, int) and abs(value) > _SHOWN_MAX:
        return hex(value)[:_HEX_SHOWN]
    return str(value)
