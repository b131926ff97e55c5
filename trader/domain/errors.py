"""The kinds of error the project knows. Which kind decides what happens; see ``docs/design.md``, section 7."""

from dataclasses import dataclass


class LocalOrderError(AssertionError):
    """We did something an order's tables forbid. A bug of ours: the process ends at once and is replayed."""


class DomainError(ValueError):
    """A value from outside is not what it claims to be. The message says what it is and what would be right."""


class ConfigError(ValueError):
    """A configuration, dialect or limits file is wrong. The message names the file, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class RemoteViolation:
    """The venue said something that cannot be. A value, never raised: it is journalled, alerted, and settled.

    Attributes:
        rule: The rule that was broken, as a short stable name such as ``"OVERFILL"``.
        detail: One sentence with the numbers, for a person.
    """

    rule: str
    detail: str
