"""The hash of a state: equal states, equal hashes."""

import hashlib
from typing import Protocol


class Hashable(Protocol):
    """Whatever can write its whole state down in one canonical way."""

    def state_hash_source(self) -> bytes:
        """The state as canonical bytes."""
        ...


class Digested(Hashable, Protocol):
    """One that keeps the digests of parts which have not changed since it was written down last."""

    def forget_digests(self) -> None:
        """Write all of it down anew the next time."""
        ...


def state_hash(of: Hashable) -> str:
    """SHA-256 of a state, in hexadecimal."""
    return hashlib.sha256(of.state_hash_source()).hexdigest()


def is_hashed_whole(of: Digested) -> bool:
    """Whether the hash by the digests that are kept is that of the whole state, which is written down anew for it.

    Where it is not, somebody has written to a part and has not said so: a bug of ours.
    """
    kept = state_hash(of)
    of.forget_digests()
    return state_hash(of) == kept
