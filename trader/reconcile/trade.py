"""One shape for a trade, whichever of the two books it was read from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trader.domain.deal import Side
from trader.domain.ids import LineId


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as the robot booked it, or as the venue's own trade reports have it; busts and corrects applied.

    Attributes:
        exec_id: ExecID(17); "" when the venue's trade report does not carry it.
        cl_ord_id: ClOrdID(11); "" when the venue's trade report does not carry it.
        line: The line the trade belongs to; None when it is not known, and then ``cl_ord_id`` is asked.
        symbol: The pair as ``EUR/USD``, in market order.
        side: What the desk does with ``currency``.
        currency: The dealt currency: what ``qty`` counts.
        qty: Units of ``currency``, greater than zero.
        px: Terms per one base, all-in.
        settl_date: The day both currencies are paid; None when not reported, and then the line's own date holds.
        contra_qty: Units of the pair's other currency, greater than zero; None when not reported.
    """

    exec_id: str
    cl_ord_id: str
    line: LineId | None
    symbol: str
    side: Side
    currency: str
    qty: Decimal
    px: Decimal
    settl_date: date | None
    contra_qty: Decimal | None

    def __str__(self) -> str:
        value = f" value {self.settl_date}" if self.settl_date else ""
        return f"{self.side} {self.currency} {self.qty:,} on {self.symbol} at {self.px}{value}"
