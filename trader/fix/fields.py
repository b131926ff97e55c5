"""The fields of one message as they were read, for both ends of the wire.

Shared by ``trader.fix.decode`` and the simulated venue's reader: what a field holds is read in one place, and whoever
cannot read it says which field it was and why.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from trader.domain.errors import DomainError
from trader.fix.text import FieldError, in_turn, split

_Value = TypeVar("_Value")
Pairs = Sequence[tuple[str, str]]


class Fields(dict[str, str]):
    """A message's fields by tag. The first of a repeated tag counts: groups follow the fields that name the message.

    Args:
        message: Its text, or all its fields in order of appearance, as (tag, value).

    Raises:
        FieldError: A piece of the text has no equals sign.
    """

    __slots__ = ("_message",)

    def __init__(self, message: str | Pairs) -> None:
        self._message = message
        if isinstance(message, str):
            each = iter(texts := in_turn(message))
            dict.__init__(self, zip(each, each, strict=True))  # as super() does, in half the time
            if texts and 2 * len(self) == len(texts):
                return  # no tag is repeated
        dict.__init__(self, reversed(self._pairs()))

    def need(self, tag: str, read: Callable[[str], _Value]) -> _Value:
        """What a field holds.

        Args:
            tag: The field.
            read: Turns its text into a value; may raise KeyError, FieldError or DomainError.

        Raises:
            FieldError: The field is missing, or cannot be read.
        """
        try:
            return read(self[tag])
        except (KeyError, FieldError, DomainError) as error:
            raise self._complaint(tag, error) from None

    def may(self, tag: str, read: Callable[[str], _Value], default: _Value) -> _Value:
        """What a field holds, or ``default`` when it is not there.

        Raises:
            FieldError: The field is there and cannot be read.
        """
        value = self.get(tag)
        if value is None:
            return default
        try:
            return read(value)
        except (KeyError, FieldError, DomainError) as error:
            raise self._complaint(tag, error) from None

    def expect(self, tag: str, *values: str) -> str:
        """What a field holds, which has to be one of ``values``.

        Raises:
            FieldError: The field is missing, or holds something else.
        """
        value = self.need(tag, str)
        if value not in values:
            raise FieldError(f"tag {tag} holds {value[:40]!r}; expected {' or '.join(values)}")
        return value

    def flag(self, tag: str) -> bool:
        """True for ``Y``."""
        return self.get(tag) == "Y"

    def entries(self, count_tag: str) -> list["Fields"]:
        """The entries of a repeating group: the first tag after the count opens each entry.

        The last entry also takes whatever follows the group, since only a dictionary knows where a group ends; read
        from it by name, never by enumeration.
        """
        count = self.get(count_tag)
        if count is None:
            return []
        pairs = self._pairs()
        body = pairs[pairs.index((count_tag, count)) + 1 :]
        starts = [place for place, (tag, _) in enumerate(body) if tag == body[0][0]]
        return [Fields(body[start:end]) for start, end in zip(starts, [*starts[1:], len(body)], strict=False)]

    def _pairs(self) -> Pairs:
        return split(self._message) if isinstance(self._message, str) else self._message

    def _complaint(self, tag: str, error: Exception) -> FieldError:
        if not isinstance(error, KeyError):
            return FieldError(f"tag {tag}: {error}")
        if tag in self:
            return FieldError(f"tag {tag} holds {self[tag][:40]!r}, which is not one of its values")
        return FieldError(f"tag {tag} is missing")


class TagNames:
    """A venue's own tags, read as the standard ones whose place they have taken.

    Args:
        renamed_tags: MsgType(35) to standard tag to the venue's, as in the dialect.
    """

    def __init__(self, renamed_tags: Mapping[str, Mapping[str, str]]) -> None:
        self._standard = {
            # A standard tag that the venue has moved away from means nothing in its place.
            msg_type: dict.fromkeys(names, "") | {theirs: standard for standard, theirs in names.items()}
            for msg_type, names in renamed_tags.items()
        }

    def __contains__(self, msg_type: object) -> bool:
        """True for a message with a tag of the venue's own."""
        return msg_type in self._standard

    def to_standard(self, msg_type: str, pairs: Pairs) -> Pairs:
        """A message's fields under the standard's tags; a field that the venue's tag has replaced is left out."""
        standard = self._standard.get(msg_type)
        if standard is None:
            return pairs
        return [(standard.get(tag, tag), value) for tag, value in pairs if standard.get(tag, tag)]
