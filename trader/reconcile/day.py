"""The books side by side, whether or not they differ: per line and leg, and per currency and value date."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct

from trader.domain.ids import LineId, line_of
from trader.domain.money import ZERO
from trader.reconcile.reconcile import Asked
from trader.reconcile.trade import Trade

Bucket = tuple[str, date]  # a currency and a value date
_NOBODY = LineId("", 0)


class Amounts(Struct):
    """One amount in each book, of one currency.

    Attributes:
        asked: What the desk wants.
        executed: What the robot has booked.
        reported: What the venue lists; None where it lists nothing.
    """

    asked: Decimal = ZERO
    executed: Decimal = ZERO
    reported: Decimal | None = None

    @property
    def agree(self) -> bool:
        """Whether every book there is has the same."""
        return self.reported in (None, self.executed)

    def add(self, other: "Amounts", sign: int) -> None:
        """Add another's, with a sign."""
        self.asked += sign * other.asked
        self.executed += sign * other.executed
        if other.reported is not None:
            self.reported = (self.reported or ZERO) + sign * other.reported


def by_leg(
    asked: Iterable[Asked], executed: Iterable[Trade], reported: Iterable[Trade] | None
) -> dict[tuple[LineId, int], Amounts]:
    """The amounts of every leg that the desk asked for: units of its dealt currency, without a sign."""
    legs = {
        (row.line, row.leg): Amounts(asked=row.deal.near_leg.amount, reported=None if reported is None else ZERO)
        for row in asked
    }
    nobodys = Amounts(reported=ZERO)  # trades of no leg that was asked for are breaks, and listed as such
    for trade in executed:
        legs.get(_place(trade), nobodys).executed += trade.qty
    for trade in reported or ():
        found = legs.get(_place(trade), nobodys)
        found.reported = (found.reported or ZERO) + trade.qty
    return legs


def by_bucket(asked: Iterable[Asked], legs: dict[tuple[LineId, int], Amounts]) -> dict[Bucket, Amounts]:
    """The signed sums of the dealt amounts, by currency and value date: plus is bought."""
    sums: defaultdict[Bucket, Amounts] = defaultdict(Amounts)
    for row in asked:
        leg = row.deal.near_leg
        sums[row.deal.dealt_currency, leg.value_date].add(legs[row.line, row.leg], leg.side.sign)
    return dict(sorted(sums.items()))


def _place(trade: Trade) -> tuple[LineId, int]:
    return trade.line or line_of(trade.cl_ord_id) or _NOBODY, trade.leg
