"""One journal record and the hash chain that ties it to all before it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec import Struct

GENESIS = bytes(32)


class Record(Struct, frozen=True, gc=False):
    """One input as it was journalled.

    Attributes:
        seq: 1 for the first record, without gaps.
        ts_ns: When the input was taken from the inbox, UTC nanoseconds.
        kind: The input's type.
        payload: The input as JSON.
        digest: SHA-256 over the previous record's digest and everything above.
    """

    seq: int
    ts_ns: int
    kind: str
    payload: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where the chain does not hold, and how.

    Attributes:
        seq: The first record that is wrong, or the one that should be there.
        problem: One sentence for a person.
    """

    seq: int
    problem: str


class JournalDamagedError(Exception):
    """The journal does not hold; the message says where. Nothing is judged or traded on it."""


def digest(previous: bytes, seq: int, ts_ns: int, kind: str, payload: bytes) -> bytes:
    """The record's link: lengths are hashed too, so that bytes cannot move from one field to the next."""
    head = b"%d:%d:%d:%s:%d:" % (seq, ts_ns, len(kind), kind.encode(), len(payload))
    return hashlib.sha256(previous + head + payload).digest()


class Chain:
    """Where the journal ends: hands out the next records."""

    def __init__(self, seq: int = 0, head: bytes = GENESIS) -> None:
        self.seq = seq
        self.head = head

    def link(self, ts_ns: int, kind: str, payload: bytes) -> Record:
        """The next record; the chain moves on to it."""
        seq = self.seq + 1
        head = digest(self.head, seq, ts_ns, kind, payload)
        self.seq, self.head = seq, head
        return Record(seq, ts_ns, kind, payload, head)


def check_chain(records: Iterable[Record]) -> Iterator[Record | ChainFault]:
    """Pass the records on as long as they hold; end with the first fault.

    A cut at the very end leaves a shorter chain that holds: only a head hash kept elsewhere shows it, which is why a
    result file's summary and the desk's report carry it.
    """
    head = GENESIS
    for seq, record in enumerate(records, start=1):
        if record.seq != seq:
            yield ChainFault(seq, f"record {seq} is missing: the journal goes on with {record.seq}")
            return
        if not (isinstance(record.payload, bytes) and isinstance(record.digest, bytes)):
            yield ChainFault(seq, f"record {seq} holds a value of the wrong type: it was changed")
            return
        head = digest(head, record.seq, record.ts_ns, record.kind, record.payload)
        if record.digest != head:
            yield ChainFault(seq, f"record {seq} ({record.kind}) does not match its hash: it was changed or swapped")
            return
        yield record
