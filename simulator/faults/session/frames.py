"""FIX messages on a stream of bytes, as far as a fault on the wire has to know them. Pure: bytes in, bytes out.

A frame is read by BeginString(8), BodyLength(9) and CheckSum(10), and known by MsgType(35) and MsgSeqNum(34); what it
means is nobody's business here. Source: FIX 4.4 volume 1, "FIX syntax".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from trader.fix import tags

_SOH = b"\x01"
_HEAD = re.compile(rb"8=[^\x01]{1,20}\x019=([0-9]{1,7})\x01")
_HEAD_MAX = len(b"8=\x019=1234567\x01") + 20
_TRAILER_WIDTH = len(b"10=123\x01")
_BEGIN = b"8="
# They are made anew whenever a message is sealed.
_ENVELOPE = (tags.BEGIN_STRING, tags.BODY_LENGTH, tags.CHECK_SUM)


@dataclass(frozen=True)
class Frame:
    """One message as it stands on the wire.

    Attributes:
        raw: All its bytes, with CheckSum(10) and the SOH behind it.
    """

    raw: bytes

    @cached_property
    def fields(self) -> tuple[tuple[str, bytes], ...]:
        """Tag and value in the order of the wire. What has no equals sign, inside of raw data, is a tag without one."""
        pieces = (piece.partition(b"=") for piece in self.raw.removesuffix(_SOH).split(_SOH))
        return tuple((tag.decode("latin-1"), value) for tag, _, value in pieces)

    def get(self, tag: str) -> str:
        """The first value of a tag, or ""."""
        return next((value.decode("latin-1") for name, value in self.fields if name == tag), "")

    @property
    def msg_type(self) -> str:
        """MsgType(35)."""
        return self.get(tags.MSG_TYPE)

    @property
    def seq(self) -> int:
        """MsgSeqNum(34), or 0 where it is no number."""
        text = self.get(tags.MSG_SEQ_NUM)
        return int(text) if text.isascii() and text.isdigit() else 0

    @property
    def is_duplicate(self) -> bool:
        """PossDupFlag(43)=Y."""
        return self.get(tags.POSS_DUP_FLAG) == "Y"

    def changed(self, new: Mapping[str, str]) -> bytes:
        """The message with other values of some fields of its header, sealed anew.

        Args:
            new: Value by tag. What the message did not have stands behind its MsgSeqNum(34).
        """
        have = {name for name, _ in self.fields}
        more = [(tag, value.encode("latin-1")) for tag, value in new.items() if tag not in have]
        waiting = dict(new)
        pairs: list[tuple[str, bytes]] = []
        for name, value in self.fields:
            replaced = waiting.pop(name, None)  # the first of a tag is the header's
            pairs.append((name, value if replaced is None else replaced.encode("latin-1")))
            if name == tags.MSG_SEQ_NUM:
                pairs += more
                more = []
        return sealed(pairs)


def sealed(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """A message of fields, with the BodyLength(9) and the CheckSum(10) that belong to them.

    Args:
        pairs: Tag and value in the order of the wire, BeginString(8) among them. 9 and 10 are made anew.
    """
    listed = list(pairs)
    version = next(value for tag, value in listed if tag == tags.BEGIN_STRING)
    body = b"".join(b"%s=%s\x01" % (tag.encode("latin-1"), value) for tag, value in listed if tag not in _ENVELOPE)
    whole = b"8=%s\x019=%d\x01%s" % (version, len(body), body)
    return whole + b"10=%03d\x01" % (sum(whole) % 256)


def split_frames(data: bytes) -> tuple[list[bytes], bytes]:
    """Cut a stream into messages, and into what stands between them and is none.

    Args:
        data: What has come and was not returned yet.

    Returns:
        Pieces in their order, of which :func:`is_frame` knows the messages, and what has to wait for more.
    """
    pieces: list[bytes] = []
    while data:
        head = _HEAD.match(data)
        if head is None:
            noise = _noise_length(data)
            if noise == 0:
                break
        else:
            end = head.end() + int(head[1]) + _TRAILER_WIDTH
            if end > len(data):
                break
            noise = end if is_frame(data[:end]) else head.end()
        pieces.append(data[:noise])
        data = data[noise:]
    return pieces, data


def is_frame(piece: bytes) -> bool:
    """True for a whole message; its CheckSum(10) need not be right."""
    head = _HEAD.match(piece)
    if head is None or head.end() + int(head[1]) + _TRAILER_WIDTH != len(piece):
        return False
    return re.fullmatch(rb"10=[0-9]{3}\x01", piece[-_TRAILER_WIDTH:]) is not None


def _noise_length(data: bytes) -> int:
    """How much at the start of the data is certainly no message; 0 while more has to come to tell."""
    if data.startswith(_BEGIN) and len(data) < _HEAD_MAX and _BEGIN not in data[1:]:
        return 0
    if data == _BEGIN[:1]:
        return 0
    start = data.find(_BEGIN, 1)
    return len(data) if start < 0 else start
