"""A virtual disk with one journal on it. A crash leaves what was synced, and of the last write whatever it likes.

It promises what SQLite in WAL with ``synchronous=FULL`` promises, by the same means: a commit is a frame with its
length and checksum, it counts when it is whole, and what is torn at the end is cut when the file is opened again.
Anything else that is wrong in it is no crash's doing, and is refused by the journal's own chain.
"""

from binascii import crc32
from collections.abc import Sequence
from enum import StrEnum

import msgspec
import numpy as np

from trader.journal.record import ChainFault, JournalDamagedError, Record, check_chain

_HEAD = 8  # length and checksum of a frame, four bytes each
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Record])


class Loss(StrEnum):
    """What a crash made of the write that it interrupted."""

    NOTHING = "write whole"
    TORN = "write torn"
    ALL = "write lost"


class VirtualDisk:
    """The journal as bytes, and how many of them are safe.

    Attributes:
        content: Everything that was written, in one piece.
    """

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self._synced = len(content)

    def write(self, records: Sequence[Record]) -> None:
        """Write one commit; until :meth:`sync` a crash may take it away, or a part of it."""
        body = _ENCODER.encode(records)
        self.content += len(body).to_bytes(4) + crc32(body).to_bytes(4) + body

    def sync(self) -> None:
        """Everything written is safe when this returns."""
        self._synced = len(self.content)

    @property
    def is_synced(self) -> bool:
        """True when a crash can take nothing away."""
        return self._synced == len(self.content)

    def crash(self, random: np.random.Generator) -> Loss:
        """The power fails: of what was not synced all, a beginning with its last bytes spoilt, or nothing is left."""
        unsynced = len(self.content) - self._synced
        if not unsynced:
            return Loss.NOTHING
        loss = list(Loss)[int(random.integers(0, len(Loss)))]
        if loss is Loss.ALL:
            del self.content[self._synced :]
        elif loss is Loss.TORN:
            del self.content[self._synced + int(random.integers(1, unsynced)) :]
            spoilt = int(random.integers(self._synced, len(self.content)))
            self.content[spoilt] ^= 1 << int(random.integers(0, 8))
        return loss

    def recover(self) -> list[Record]:
        """Open the journal after a crash: cut what is torn at its end, and read the rest.

        Raises:
            JournalDamagedError: What is not torn does not hold: it was edited, swapped or cut.
        """
        records: list[Record] = []
        at = 0
        while (frame := _frame_at(self.content, at)) is not None:
            records += _DECODER.decode(frame)
            at += _HEAD + len(frame)
        del self.content[at:]
        self.sync()
        for found in check_chain(records):
            if isinstance(found, ChainFault):
                raise JournalDamagedError(found.problem)
        return records


def _frame_at(content: bytearray, at: int) -> bytes | None:
    """The body of the frame that begins there; None when it is not whole."""
    head = content[at : at + _HEAD]
    body = bytes(content[at + _HEAD : at + _HEAD + int.from_bytes(head[:4])])
    is_whole = len(head) == _HEAD and len(body) == int.from_bytes(head[:4])
    return body if is_whole and crc32(body) == int.from_bytes(head[4:]) else None
