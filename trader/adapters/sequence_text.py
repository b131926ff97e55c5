"""What venues write into a Logout(5) about sequence numbers: no field holds it, and every engine has its words."""

import re

_TOO_LOW = re.compile(r"seq.*\blow", re.IGNORECASE)
_EXPECTED = re.compile(r"expect\w*\D{0,20}?(\d{1,9})\b", re.IGNORECASE)
_RECEIVED = re.compile(r"(?:receiv\w*|\bgot)\D{0,20}?(\d{1,9})\b", re.IGNORECASE)


def says_too_low(text: str) -> bool:
    """Whether a text says that a sequence number was used before."""
    return _TOO_LOW.search(text) is not None


def numbers_in(text: str) -> tuple[int, int]:
    """The number that was expected and the one that came, as a text says it; 0 for one that it does not say.

    QuickFIX's own words are ``MsgSeqNum too low, expecting 17 but received 1``.
    """
    expected, received = _EXPECTED.search(text), _RECEIVED.search(text)
    return int(expected.group(1)) if expected else 0, int(received.group(1)) if received else 0
