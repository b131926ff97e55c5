"""FIX messages as bytes, for the ends that tests make of a socket: nothing of it is the code's under test."""

from datetime import UTC, datetime, timedelta

SOH = "\x01"
_TRAILER = "\x0110=000\x01"


def moment(later_s: float = 0.0) -> str:
    """A SendingTime(52) so many seconds from now, in milliseconds."""
    at = datetime.now(UTC) + timedelta(seconds=later_s)
    return at.strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


def framed(begin_string: str, content: bytes) -> bytes:
    """A message from what is between BodyLength(9) and CheckSum(10), which ends with a SOH."""
    whole = f"8={begin_string}{SOH}9={len(content)}{SOH}".encode() + content
    return whole + f"10={sum(whole) % 256:03}{SOH}".encode()


def first_message(unread: bytes) -> tuple[bytes, bytes] | None:
    """The first message of what has come, and the rest; None while its end is missing."""
    end = unread.find(b"\x0110=") + len(_TRAILER)
    if end < len(_TRAILER) or len(unread) < end:
        return None
    return unread[:end], unread[end:]
