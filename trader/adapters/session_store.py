"""QuickFIX's store of a session as it lies on the disk, read beside a robot or without one."""

from calendar import timegm
from dataclasses import dataclass
from pathlib import Path
from time import strptime

from trader.domain.moments import NS_PER_S

_NUMBERS, _BEGUN = "*.seqnums", ".session"
_MOMENT = "%Y%m%d-%H:%M:%S"


@dataclass(frozen=True, slots=True)
class StoredNumbers:
    """The sequence numbers of a session.

    Attributes:
        next_sent: MsgSeqNum(34) of our next message.
        next_expected: What we expect of the venue's next.
        begun_ns: Since when the numbers count, UTC nanoseconds: the store was made then, or reset; 0 when not said.
        where: The file.
    """

    next_sent: int
    next_expected: int
    begun_ns: int
    where: Path


def stored_numbers(folder: Path) -> StoredNumbers | None:
    """Read the store of a session's folder.

    Args:
        folder: The session's folder in the data folder.

    Returns:
        The numbers; None where there is no store, or one that cannot be read as one.
    """
    # A session that was given other names leaves the store of the old ones behind.
    found = sorted((folder / "store").glob(_NUMBERS), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        return None
    sent, _, expected = found[-1].read_text("ascii", "replace").partition(":")
    if not (sent.strip().isdecimal() and expected.strip().isdecimal()):
        return None
    return StoredNumbers(int(sent), int(expected), _begun_ns(found[-1].with_suffix(_BEGUN)), found[-1])


def _begun_ns(path: Path) -> int:
    try:
        return timegm(strptime(path.read_text("ascii", "replace").strip()[:17], _MOMENT)) * NS_PER_S
    except (OSError, ValueError):
        return 0
