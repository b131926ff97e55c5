"""Deterministic ids. The same file gives the same ids, so it cannot trade twice.

A ClOrdID(11) is batch (10), line (4), child (2) and version (2) in base 32: 18 characters, digits and capitals only,
which every known venue accepts. A cancel or replace request is an order version of its own, as FIX wants it.
"""

import hashlib
from functools import lru_cache
from sys import intern

from msgspec import Struct

from trader.domain.errors import DomainError

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U to misread over the telephone
_ALPHABET = frozenset(_DIGITS)
_AS_PYTHON_READS = str.maketrans(_DIGITS, "0123456789abcdefghijklmnopqrstuv")
# Two digits at a time: an id is made for every order.
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)

BATCH_ID_WIDTH, _LINE_WIDTH, _CHILD_WIDTH, _VERSION_WIDTH = 10, 4, 2, 2
_REQUEST = "Q"
CL_ORD_ID_WIDTH = BATCH_ID_WIDTH + _LINE_WIDTH + _CHILD_WIDTH + _VERSION_WIDTH
LINES_MAX = 32**_LINE_WIDTH - 1
# The child of a reservation that is only tried: no line has as many real orders.
TRIAL_CHILD = 32**_CHILD_WIDTH - 1


def _encode(number: int, width: int) -> str:
    """A number in base 32; the width is even."""
    if not 0 <= number < 32**width:
        raise DomainError(f"{number} does not fit in {width} base-32 digits")
    text = ""
    for _ in range(width // 2):
        number, rest = divmod(number, len(_PAIRS))
        text = _PAIRS[rest] + text
    return text


def _decode(text: str) -> int:
    return int(text.translate(_AS_PYTHON_READS), 32)


def content_hash(content: bytes) -> str:
    """The batch file's identity: SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def batch_id(content_hash_hex: str) -> str:
    """The batch's short name: the first 50 bits of its content hash in base 32."""
    return _encode(int(content_hash_hex[:16], 16) >> 14, BATCH_ID_WIDTH)


class LineId(Struct, frozen=True, gc=False):
    """One line of one batch: what CHILD_WITHIN_PARENT adds up over."""

    batch_id: str
    line_no: int

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line_no}"


def cl_ord_id(batch: str, line_no: int, child: int = 1, version: int = 1) -> str:
    """ClOrdID(11) of a line's child order.

    Args:
        batch: A batch id from :func:`batch_id`.
        line_no: From 1 to :data:`LINES_MAX`.
        child: From 1; a line worked in slices has many.
        version: From 1; each cancel, replace or repeated attempt of the child takes the next.

    Raises:
        DomainError: A number does not fit its field.
    """
    return batch + _encode(line_no, _LINE_WIDTH) + _encode(child, _CHILD_WIDTH) + _encode(version, _VERSION_WIDTH)


@lru_cache(maxsize=32_768)  # every report about an order asks for it
def line_of(cl_ord_id_text: str) -> LineId | None:
    """The line a ClOrdID(11) of ours belongs to, or None when it is not one of ours."""
    if len(cl_ord_id_text) != CL_ORD_ID_WIDTH or not _ALPHABET.issuperset(cl_ord_id_text):
        return None
    batch_id = intern(cl_ord_id_text[:BATCH_ID_WIDTH])  # one text for all lines of a batch
    return LineId(batch_id, _decode(cl_ord_id_text[BATCH_ID_WIDTH : BATCH_ID_WIDTH + _LINE_WIDTH]))


def line_part(cl_ord_id_text: str) -> str:
    """What all orders of one line have in common: the batch and the line."""
    return cl_ord_id_text[: BATCH_ID_WIDTH + _LINE_WIDTH]


def child_part(cl_ord_id_text: str) -> str:
    """What all versions of one child order have in common: everything but the version."""
    return cl_ord_id_text[:-_VERSION_WIDTH]


def quote_req_id(batch: str, line_no: int, round_no: int) -> str:
    """QuoteReqID(131) of a line's request for quotes: ``Q``, batch, line and round; 17 characters.

    Args:
        batch: A batch id from :func:`batch_id`.
        line_no: From 1 to :data:`LINES_MAX`.
        round_no: From 1; every request for the line takes the next.

    Raises:
        DomainError: A number does not fit its field.
    """
    return _REQUEST + batch + _encode(line_no, _LINE_WIDTH) + _encode(round_no, _CHILD_WIDTH)


def line_of_request(quote_req_id_text: str) -> LineId | None:
    """The line a QuoteReqID(131) of ours was for, or None when it is not one of ours."""
    if not quote_req_id_text.startswith(_REQUEST):
        return None
    return line_of(quote_req_id_text[len(_REQUEST) :] + _encode(0, _VERSION_WIDTH))


def is_of_batch(cl_ord_id_text: str, batch: str) -> bool:
    """True for an order of a batch, which :func:`batch_id` named."""
    return cl_ord_id_text[:BATCH_ID_WIDTH] == batch


def next_version(cl_ord_id_text: str) -> str:
    """The ClOrdID(11) that follows in the same child's chain.

    Raises:
        DomainError: The chain has used up its 1023 versions.
    """
    return child_part(cl_ord_id_text) + _encode(_decode(cl_ord_id_text[-_VERSION_WIDTH:]) + 1, _VERSION_WIDTH)
