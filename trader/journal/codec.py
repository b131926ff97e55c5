"""Inputs to and from JSON, by type. msgspec reads and writes plain dataclasses, decimals as text."""

from collections.abc import Iterable
from typing import Any

import msgspec

from trader.domain.canonical import json_form
from trader.domain.currency import Currency


class CodecError(ValueError):
    """A journalled input cannot be read back. The journal was written by another version, or changed."""


def _decode_special(kind: type, value: object) -> object:
    if kind is Currency and isinstance(value, str):
        return Currency(value)
    raise TypeError(f"{kind.__name__} has no JSON form")


class Codec:
    """Encodes and decodes a closed set of input types.

    Args:
        types: The dataclasses that may be journalled; the class name is the record's kind.
    """

    def __init__(self, types: Iterable[type]) -> None:
        self._encoder = msgspec.json.Encoder(enc_hook=json_form)
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {
            kind.__name__: msgspec.json.Decoder(kind, dec_hook=_decode_special) for kind in types
        }

    def encode(self, value: object) -> tuple[str, bytes]:
        """Kind and payload of an input."""
        return type(value).__name__, self._encoder.encode(value)

    def decode(self, kind: str, payload: bytes) -> Any:  # noqa: ANN401 -- the closed set is the caller's
        """The input of a record.

        Raises:
            CodecError: An unknown kind, or a payload that is not one of it.
        """
        decoder = self._decoders.get(kind)
        if decoder is None:
            raise CodecError(f"{kind!r} is not a kind of input this version knows")
        try:
            return decoder.decode(payload)
        except (msgspec.MsgspecError, ValueError) as error:
            raise CodecError(f"a {kind} cannot be read: {error}") from error
