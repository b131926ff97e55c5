"""Limits that the desk may choose to be held by, or only to be told of: their rows say ``soft`` or ``hard``."""

from decimal import Decimal
from typing import NamedTuple

from risk.control import Kind, Parameter
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import Violation

_SOFT = "soft"


class Bound(NamedTuple):
    """A limit, and whether an order that does not fit is only told about."""

    most: Decimal
    is_soft: bool


class Choice:
    """A limit and its mode, keyed alike.

    Args:
        control: Whose limit it is.
        parameter: The limit's name.
        dimensions: What both are keyed by.
    """

    def __init__(self, control: str, parameter: str, dimensions: tuple[str, ...]) -> None:
        self.limit = LimitTable(control, parameter, dimensions)
        self.mode = LimitTable(control, "mode", dimensions)

    def bound(self, limits: LimitBook, key: tuple[str, ...]) -> Bound | Violation | None:
        """The limit of a key; None when a soft one has no row. A mode that no row gives, or that is none, is hard."""
        row, most = limits.limit(self.mode, key), limits.number(self.limit, key)
        is_soft = row is not None and row.value == _SOFT
        if most is None:
            return None if is_soft else limits.undefined(self.limit, key)
        if row is None:
            return limits.undefined(self.mode, key)
        return Bound(most, is_soft)

    def parameters(self, meaning: str) -> tuple[Parameter, Parameter]:
        """Both figures, for the inventory."""
        return (
            Parameter(self.limit.parameter, Kind.NUMBER, meaning),
            Parameter(self.mode.parameter, Kind.BREACH, "whether what does not fit is denied, or only told"),
        )
