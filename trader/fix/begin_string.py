"""Another BeginString(8) on a stream of FIX messages; nothing else of them changes. Pure: bytes in, bytes out.

IMIX goes like FIXT.1.1 in everything but the text in BeginString(8). That field is counted neither by BodyLength(9) nor
part of the body, so only CheckSum(10) follows it. Source: FIX 4.4 volume 1, "FIX syntax" (BodyLength, CheckSum).
"""

import re

_LENGTH = re.compile(rb"9=([0-9]{1,7})\x01")
_LENGTH_FIELD_MAX = len(b"9=1234567\x01")
_TRAILER = re.compile(rb"10=([0-9]{3})\x01")
_TRAILER_WIDTH = len(b"10=123\x01")


def with_begin_string(data: bytes, old: str, new: str) -> tuple[bytes, bytes]:
    """Rewrite all whole messages at the start of a stream.

    CheckSum(10) is moved by as much as the first field weighs, not computed anew, so that a message that was garbled on
    its way still is. What is no message of the old version passes as it is: to judge it is the session's affair.

    Args:
        data: What has come and was not returned yet, in whatever pieces the network made of it.
        old: BeginString(8) as it comes.
        new: BeginString(8) as it goes.

    Returns:
        What can go on, and what has to wait for more. At the end of the stream that goes on as it is.
    """
    head, new_head = (b"8=%s\x01" % version.encode() for version in (old, new))
    shift = sum(new_head) - sum(head)
    ready, at = bytearray(), 0
    while (start := data.find(head, at)) >= 0:
        ready += data[at:start]
        body = start + len(head)
        end = _end_of_message(data, body)
        if end > len(data):
            return bytes(ready), data[start:]
        trailer = _TRAILER.fullmatch(data, end - _TRAILER_WIDTH, end)
        if trailer is None:  # not a message after all
            ready += head
            at = body
        else:
            ready += new_head + data[body : end - _TRAILER_WIDTH]
            ready += b"10=%03d\x01" % ((int(trailer[1]) + shift) % 256)
            at = end
    waits = _length_of_begun(head, data[at:])
    rest = len(data) - waits
    return bytes(ready + data[at:rest]), data[rest:]


def _end_of_message(data: bytes, at: int) -> int:
    """Where the message ends by its BodyLength(9), which stands at ``at``; behind the data while more has to come."""
    length = _LENGTH.match(data, at)
    if length is not None:
        return length.end() + int(length[1]) + _TRAILER_WIDTH
    more_may_come = len(data) - at < _LENGTH_FIELD_MAX
    return len(data) + 1 if more_may_come else at


def _length_of_begun(head: bytes, data: bytes) -> int:
    """How many bytes at the end of the data may be the beginning of a head."""
    longest = min(len(head) - 1, len(data))
    return next((length for length in range(longest, 0, -1) if data.endswith(head[:length])), 0)
