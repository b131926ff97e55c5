"""Seeded chances, in the few words that a plan is drawn with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import numpy as np

Value = TypeVar("Value")


class Numbers:
    """The numbers of one part of a seed's plan: what another part draws changes nothing of them.

    Args:
        seed: The seed.
        part: The part.
    """

    def __init__(self, seed: int, part: str) -> None:
        self._random = np.random.default_rng([seed, *part.encode()])

    def happens(self, chance: float) -> bool:
        """True so often of one."""
        return bool(self._random.random() < chance)

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return int(self._random.integers(least, most + 1))

    def one_of(self, *values: Value) -> Value:
        """One of some values, each as likely as the others."""
        return values[self.between(0, len(values) - 1)]

    def some_of(self, values: Sequence[Value], many: int) -> list[Value]:
        """So many different ones, in an order of their own."""
        return [values[int(place)] for place in self._random.permutation(len(values))[:many]]

    def chance(self, most: float) -> float:
        """A probability up to so much, in hundredths."""
        return self.between(5, round(most * 100)) / 100

    def part(self) -> Decimal:
        """Two to nine tenths."""
        return Decimal(self.between(2, 9)) / 10
