"""One text for one value, and the hashes that follow from it: what a state is hashed by."""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import msgspec

_Part = TypeVar("_Part")


def json_form(value: object) -> object:
    """What msgspec makes no JSON of by itself, as something that it does.

    Raises:
        TypeError: There is no JSON form of it.
    """
    if isinstance(value, deque):
        return list(value)
    if isinstance(value, str):  # a Currency: msgspec takes exact strings only
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys: equal values give equal bytes. What a state hash is taken over."""
    return msgspec.json.encode(value, enc_hook=json_form, order="sorted")


class Digests(Generic[_Part]):
    """The digests of the parts of something that grows all day, so that only what has changed is serialized again.

    Whoever lets somebody write to a part, puts one there or takes one away, calls :meth:`touch`.

    Args:
        plain: Everything there is to know of a part, as plain data.
        rests: Whether a part is one that nobody writes to without having touched it. The digest of another is not kept.
    """

    __slots__ = ("_kept", "_plain", "_rests")

    def __init__(self, plain: Callable[[_Part], object], rests: Callable[[_Part], bool]) -> None:
        self._plain, self._rests = plain, rests
        self._kept: dict[str, bytes] = {}

    def touch(self, name: str) -> None:
        """A part may be another from now on."""
        self._kept.pop(name, None)

    def forget(self) -> None:
        """Any part may be another: the next digest is taken anew of everything."""
        self._kept.clear()

    def of(self, parts: Mapping[str, _Part]) -> str:
        """One digest of all parts, by their names and in their order, in hexadecimal."""
        kept = self._kept
        digests = [kept.get(name) or self._take(name, part) for name, part in parts.items()]
        return hashlib.sha256(b"".join(digests)).hexdigest()

    def _take(self, name: str, part: _Part) -> bytes:
        taken = hashlib.sha256(canonical_json([name, self._plain(part)])).digest()
        if self._rests(part):
            self._kept[name] = taken
        return taken
