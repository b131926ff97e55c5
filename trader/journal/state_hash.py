"""The hash of a state: equal states, equal hashes."""

import hashlib
from typing import Protocol


class Hashable(Protocol):
    """Whatever can write its whole state down in one canonical way."""

    def state_hash_source(self) -> bytes:
        """The state as canonical bytes."""
        ...


def state_hash(of: Hashable) -> str:
    """SHA-256 of a state, in hexadecimal."""
    return hashlib.sha256(of.state_hash_source()).hexdigest()
