"""Where a journal ended, kept elsewhere: with it a cut at the end is found, which the chain alone cannot show."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a journal at one moment.

    Attributes:
        made_ns: When, UTC nanoseconds.
        trade_date: Of the report that it was made with, ISO.
        last_seq: The last record's number; 0 for an empty journal.
        head_hash: Its hash, hexadecimal; "" for an empty journal.
    """

    made_ns: int
    trade_date: str
    last_seq: int
    head_hash: str


class AnchorError(ValueError):
    """What should be an anchor is none: it was written by something else, or changed."""


def anchor_line(anchor: Anchor) -> bytes:
    """One line of a file of anchors."""
    return msgspec.json.encode(anchor) + b"\n"


def read_anchors(content: bytes) -> list[Anchor]:
    """The anchors of a file, one a line.

    Raises:
        AnchorError: A line is none.
    """
    anchors = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            anchors.append(msgspec.json.decode(line, type=Anchor))
        except msgspec.MsgspecError as error:
            raise AnchorError(f"line {number} is no anchor: {error}") from error
    return anchors


def anchor_fault(anchor: Anchor, where: str, heads: Mapping[int, str], last_seq: int) -> str:
    """Why a journal is not the one that an anchor was made of; "" when it is, or has grown from it.

    Args:
        anchor: The anchor.
        where: Where it is kept, for the sentence.
        heads: Record number to hash, hexadecimal, of the records that anchors name, as far as the journal has them.
        last_seq: The journal's last record.
    """
    if anchor.last_seq == 0:
        return ""
    if anchor.last_seq > last_seq:
        return (
            f"the journal ends with record {last_seq}, and had {anchor.last_seq} when {where} was written: "
            f"its end was cut off"
        )
    if heads.get(anchor.last_seq) != anchor.head_hash:
        return f"record {anchor.last_seq} is not the one that {where} was written with: the journal was written anew"
    return ""
