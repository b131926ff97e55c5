"""Whose turn it is: how often and how likely a rule takes the messages that match it."""

from typing import Protocol

import numpy as np


class Chances(Protocol):
    """The part of a rule's ``when`` that counts.

    Attributes:
        probability: How likely a matching message is taken.
        after: So many matching messages pass first.
        every: Then each so-manieth is taken.
        count: At most so many are taken; None for all.
    """

    @property
    def probability(self) -> float:
        """See the class."""

    @property
    def after(self) -> int:
        """See the class."""

    @property
    def every(self) -> int:
        """See the class."""

    @property
    def count(self) -> int | None:
        """See the class."""


class Turns:
    """One rule's counters.

    Args:
        chances: What the rule says.
        random: The rule's own numbers, so that rules do not disturb each other.
    """

    def __init__(self, chances: Chances, random: np.random.Generator) -> None:
        self._chances = chances
        self._random = random
        self._seen = 0
        self._taken = 0

    def is_next(self) -> bool:
        """Whether the rule takes the message that has just matched; counts it."""
        chances = self._chances
        if chances.count is not None and self._taken >= chances.count:
            return False
        if chances.probability < 1.0 and self._random.random() >= chances.probability:
            return False
        self._seen += 1
        if self._seen <= chances.after or (self._seen - chances.after - 1) % chances.every:
            return False
        self._taken += 1
        return True
