"""What all actions share: the section of a scenario file, and its numbers."""

from typing import Annotated, ClassVar

import msgspec

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=3_600_000)]
Times = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a scenario file; a key that it does not know is an error."""


class Base(Section, frozen=True):
    """An action. It is about the messages it ``takes``, or about all but a Logon(A) when it names none."""

    takes: ClassVar[tuple[str, ...]] = ()

    def problem(self) -> str:
        """What is wrong with a value that is well-formed, or ""."""
        return ""
