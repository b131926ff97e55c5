"""One way to make another value out of one, whichever kind it is."""

import dataclasses
from typing import Any, TypeVar

from msgspec import Struct, structs

Value = TypeVar("Value")


def replace(value: Value, **changes: Any) -> Value:
    """A copy with other fields, of a dataclass as of a Struct."""
    if isinstance(value, Struct):
        return structs.replace(value, **changes)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var] # values are one or the other
