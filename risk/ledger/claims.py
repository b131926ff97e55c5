"""What orders claim of limits: which node, which of their amounts, and how much of it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from risk.ledger.measures import Measured
from trader.domain.currency import Currency


class Claim(NamedTuple):
    """Which node an order takes something from, and what.

    Attributes:
        node: The node's name, as ``"VOLUME_DAY 2026-03-02 trader=anna"``.
        limit: The node's limit.
        measure: Which amount is reserved for an order, and posted of a fill.
        factor: How much of it: 1; -1 when a fill frees the node, as what is bought is no longer short; a fraction when
            only a part counts, which is reserved rounded up to the cent.
        also: What the same node counts besides, of the deal's other days; by the same factor.
        is_soft: True when an order that does not fit is held all the same, and only told about.
        until: The day after whose end nothing of it is left, as of a payment that has come; None for what stays.
        is_composite: True for a node that counts positions as well.
    """

    node: str
    limit: Decimal
    measure: Measured
    factor: Decimal | int = 1
    also: tuple[Measured, ...] = ()
    is_soft: bool = False
    until: date | None = None
    is_composite: bool = False


class PositionClaim(NamedTuple):
    """What an order moves of a position, which is limited only by the composites that count it.

    Attributes:
        node: The position's name, as ``"NOP_AGGREGATE desk=treasury currency=EUR long"``.
        currency: What it is held in.
        measure: Which amount, in units of that currency, pends for an order and is posted of a fill.
        factor: As in :class:`Claim`.
        part: The name of the part that it makes one number with.
        composites: The nodes that count the part; each has a claim of its own, if only of nothing.
        until: As in :class:`Claim`.
        is_short: On which of the part's two sides it counts.
        is_set_off: True when less than nothing counts against the part's others.
    """

    node: str
    currency: Currency
    measure: Measured
    factor: Decimal | int
    part: str
    composites: tuple[str, ...]
    until: date | None = None
    is_short: bool = False
    is_set_off: bool = False


def arranged(claims: Sequence[Claim | PositionClaim]) -> list[Claim | PositionClaim]:
    """Claims in the order that :class:`risk.ledger.stakes.Stakes` wants them in."""
    return sorted(claims, key=_rank)


def _rank(claim: Claim | PositionClaim) -> int:
    return 2 if isinstance(claim, PositionClaim) else claim.is_composite
