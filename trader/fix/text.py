"""FIX tag=value text: split, join, times, decimals. Knows the syntax and no message.

Source: FIX 4.4 volume 1, "FIX syntax" (field data types, UTCTimestamp, checksum).
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from trader.domain.moments import NS_PER_MS, NS_PER_S, ns_at
from trader.domain.printable import printable

SOH = "\x01"
FRAME_END = f"10=000{SOH}"  # the session layer fills in CheckSum(10)

# Numbers of this size stay exact in sums, and their products in 28 digits. Zeros in front count for nothing.
_NUMBER = re.compile(r"-?0*[0-9]{1,15}(\.[0-9]{0,12})?|-?\.[0-9]{1,12}")
_SECOND = re.compile(r"[0-9]{8}-[0-9]{2}:[0-9]{2}:[0-9]{2}")
_FRACTION = re.compile(r"\.[0-9]{1,9}")
_FIELD_SIGNS = f"={SOH}".encode()
_OTHER_SIGNS = bytes(set(range(256)) - set(_FIELD_SIGNS))
_SECOND_WIDTH = len("YYYYMMDD-HH:MM:SS")
_TOO_LONG = _SECOND_WIDTH + len(".123456789") + 1  # what reaches so far is no timestamp, whatever follows
_LOWEST_RATE, _HIGHEST_RATE = Decimal("0.000001"), Decimal(99_999_999)


class FieldError(ValueError):
    """A field is missing or cannot be read. The text says which and why; turned into a value by the decoder."""


def in_turn(text: str) -> list[str]:
    """Tag, value, tag, value and so on, of a message in which every field has one equals sign; of another nothing.

    Nearly every message is so, and no field of it need be looked at by itself.
    """
    signs = text.encode("ascii", "replace").translate(None, _OTHER_SIGNS)
    if signs != _FIELD_SIGNS * (len(signs) // 2) or not text.endswith(SOH):
        return []
    return text[: -len(SOH)].replace("=", SOH).split(SOH)


def split(text: str) -> list[tuple[str, str]]:
    """All fields in order of appearance, as (tag, value).

    Raises:
        FieldError: A piece without an equals sign.
    """
    pairs: list[tuple[str, str]] = []
    add = pairs.append
    for piece in text.split(SOH):
        if piece:
            tag, equals, value = piece.partition("=")
            if not equals:
                raise FieldError(f"{piece[:40]!r} has no equals sign; expected tag=value")
            add((tag, value))
    return pairs


def field_text(fields: Iterable[tuple[str, object]]) -> str:
    """Fields as they stand in a message, each with the SOH that ends it."""
    return "".join([f"{tag}={value}{SOH}" for tag, value in fields])


def frame_start(begin_string: str, msg_type: str) -> str:
    """What a message begins with; the session layer fills in BodyLength(9) and the rest of the header."""
    return f"8={begin_string}{SOH}9=0{SOH}35={msg_type}{SOH}"


def message_type(text: str) -> str:
    """MsgType(35) of a message that begins with :func:`frame_start`: always the third field."""
    return text.split(SOH, 3)[2].partition("=")[2]


@lru_cache(maxsize=64)
def _second_text(ts_s: int) -> str:
    return datetime.fromtimestamp(ts_s, UTC).strftime("%Y%m%d-%H:%M:%S")


def utc_timestamp(ts_ns: int) -> str:
    """UTCTimestamp with milliseconds, rounded down: ``20261120-09:30:00.125``."""
    seconds, rest = divmod(ts_ns, NS_PER_S)
    return f"{_second_text(seconds)}.{rest // NS_PER_MS:03d}"


@lru_cache(maxsize=256)
def _second_ns(second: str) -> int:
    if _SECOND.fullmatch(second) is None:
        raise FieldError(f"{second!r} is not a UTCTimestamp; expected YYYYMMDD-HH:MM:SS.sss")
    try:
        return ns_at(datetime.strptime(f"{second}+0000", "%Y%m%d-%H:%M:%S%z"))
    except ValueError:
        raise FieldError(f"{second!r} is not a moment that exists; expected YYYYMMDD-HH:MM:SS.sss") from None


@lru_cache(maxsize=1024)  # there are a thousand milliseconds
def _fraction_ns(fraction: str) -> int | None:
    """What follows the second, in nanoseconds; None for what is no fraction."""
    if not fraction:
        return 0
    return None if _FRACTION.fullmatch(fraction) is None else int(fraction[1:].ljust(9, "0"))


def read_utc_timestamp(value: str) -> int:
    """UTC nanoseconds of a UTCTimestamp with up to nanosecond precision.

    Raises:
        FieldError: Not a UTCTimestamp.
    """
    second_ns, fraction_ns = _second_ns(value[:_SECOND_WIDTH]), _fraction_ns(value[_SECOND_WIDTH:_TOO_LONG])
    if fraction_ns is None:
        raise FieldError(f"{value[:40]!r} is not a UTCTimestamp; expected YYYYMMDD-HH:MM:SS.sss")
    return second_ns + fraction_ns


def local_mkt_date(day: date) -> str:
    """LocalMktDate: ``20261124``."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


@lru_cache(maxsize=1024)
def read_local_mkt_date(value: str) -> date:
    """A date from a LocalMktDate.

    Raises:
        FieldError: Not a LocalMktDate.
    """
    if len(value) != len("YYYYMMDD") or not (value.isascii() and value.isdigit()):
        raise FieldError(f"{value[:40]!r} is not a LocalMktDate; expected YYYYMMDD")
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        raise FieldError(f"{value!r} is not a day that exists; expected YYYYMMDD") from None


@lru_cache(maxsize=4096)
def read_decimal(value: str) -> Decimal:
    """A FIX float, exactly. Neither an exponent nor NaN nor infinity is one.

    An order's amounts come back in every report about it, so they are read once.

    Raises:
        FieldError: Not a FIX float, or larger or finer than any amount: 15 digits before the point, 12 after it.
    """
    if _NUMBER.fullmatch(value) is None:
        raise FieldError(f"{value[:40]!r} is not a number; expected up to 15 digits, then a point and up to 12")
    return Decimal(value)


def read_rate(value: str) -> Decimal:
    """A rate, terms per base; 0 where there is none.

    Raises:
        FieldError: Not a FIX float, or no rate of any two currencies: what is worked out from it would not be exact.
    """
    rate = read_decimal(value)
    if rate and not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        raise FieldError(f"{value[:40]!r} is not a rate; expected {_LOWEST_RATE} to {_HIGHEST_RATE}")
    return rate


def is_rate(number: Decimal) -> bool:
    """True for what the rate of two currencies can be."""
    return _LOWEST_RATE <= number <= _HIGHEST_RATE


def read_int(value: str) -> int:
    """A FIX int of at most 18 digits.

    Raises:
        FieldError: Not a FIX int.
    """
    if not (value.isascii() and value.isdigit() and len(value) <= 18):  # noqa: PLR2004 -- fits in 64 bits
        raise FieldError(f"{value[:40]!r} is not a whole number; expected at most 18 digits")
    return int(value)


def decimal_text(number: Decimal) -> str:
    """A decimal as FIX wants it: digits, no exponent."""
    return format(number, "f")


def with_pipes(text: str) -> str:
    """A message for people and golden logs: SOH shown as a pipe."""
    return text.replace(SOH, "|")


def readable(text: str) -> str:
    """The text with what cannot be shown spelled out, except for the separator of its fields.

    Bytes that are not UTF-8 could not be journalled; line feeds, escapes and the like would forge lines wherever
    people read a Text(58): logs, terminals, tables.
    """
    if text.replace(SOH, "").isprintable():
        return text
    return printable(text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"), keep=SOH)
