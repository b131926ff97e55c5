"""How full limits are, for those who look."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Utilisation:
    """How full one limit is, in the limit's own unit; ``free + pending + posted == limit``."""

    node: str
    limit: Decimal
    pending: Decimal
    posted: Decimal
    free: Decimal

    @property
    def used(self) -> Decimal:
        """Pending and posted together."""
        return self.pending + self.posted


@dataclass(frozen=True, slots=True)
class Holding:
    """What an order was given of one limit, in the limit's own unit, and how full the limit is now."""

    node: str
    limit: Decimal
    asked: Decimal
    free: Decimal
