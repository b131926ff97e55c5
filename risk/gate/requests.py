"""What the gate is asked, and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from risk.reasons import Approval, Violation
from trader.domain.deal import BatchLine, Deal
from trader.domain.ids import line_of


class Totals(Protocol):
    """What the sidecar of a batch says is in it."""

    @property
    def lines(self) -> int:
        """Number of rows."""
        ...

    @property
    def totals(self) -> Mapping[str, Decimal | str] | tuple[tuple[str, Decimal | str], ...]:
        """For each dealt currency the sum of the amounts of all legs, bought and sold alike; exact, or as its text."""
        ...

    @property
    def sha256(self) -> str | None:
        """The file's content hash in hexadecimal; None or "" when it is not stated."""
        ...


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order that wants to leave.

    Attributes:
        reservation_id: The order's own id, never used before: the name of its reservation.
        line: The batch line it works.
        trader: Who launched it.
        desk: For which desk.
        venue: Where it would go.
        trade_date: The risk day it counts on.
        decided_ts_ns: When the decision to send it was taken, UTC nanoseconds.
        deal: The order's own deal, one of the line's ``outrights()``, where the venue takes one order a leg; None when
            the order is for the line's whole deal.
        approval: What somebody has approved of what waits in it; None when nobody has.
        content_hash: The batch file's, for the overrides that name it; "" for none.
    """

    reservation_id: str
    line: BatchLine
    trader: str
    desk: str
    venue: str
    trade_date: date
    decided_ts_ns: int
    deal: Deal | None = None
    approval: Approval | None = None
    content_hash: str = ""

    @property
    def order_deal(self) -> Deal:
        """What the order would trade."""
        return self.line.deal if self.deal is None else self.deal

    @property
    def line_key(self) -> str:
        """The line of the batch the order works, the same for all the orders of one line."""
        return line_key(self.reservation_id)


def line_key(reservation_id: str) -> str:
    """The line of the batch that an order works; the order's own id where it works none."""
    line_id = line_of(reservation_id)
    return reservation_id if line_id is None else str(line_id)


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One batch that wants to be launched.

    Attributes:
        batch_id: Its name, for people.
        content_hash: Its identity: the file's SHA-256 in hexadecimal.
        trade_date: The risk day it counts on.
        lines: All its lines.
        trader: Who launches it.
        desk: For which desk.
        totals: What the sidecar says; None when there is none.
        approval: What somebody has approved of what waits in it; None when nobody has.
    """

    batch_id: str
    content_hash: str
    trade_date: date
    lines: Sequence[BatchLine]
    trader: str
    desk: str
    totals: Totals | None
    approval: Approval | None = None


class Decision(NamedTuple):
    """The gate's answer on one order.

    Attributes:
        allowed: True when nothing blocks.
        violations: Everything found, the worst first; warnings too, when allowed.
        reservation_id: The order's.
    """

    allowed: bool
    violations: tuple[Violation, ...]
    reservation_id: str


# Hears an order, what is decided of it, and when: UTC nanoseconds.
DecisionListener = Callable[[OrderRequest, Decision, int], None]
