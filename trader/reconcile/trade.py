"""One shape for a trade, whichever book it was read from, and one for what a venue says of an order as a whole."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from trader.domain.deal import Deal, Side
from trader.domain.ids import LineId
from trader.domain.money import ZERO, contra_amount


class Trade(Struct, frozen=True, gc=False):
    """One leg of a trade as the robot booked it, or as the venue's own reports have it; busts and corrects applied.

    Attributes:
        exec_id: ExecID(17), the same on all legs; "" when the venue's trade report does not carry it.
        cl_ord_id: ClOrdID(11); "" when the venue's trade report does not carry it.
        line: The line the trade belongs to; None when it is not known, and then ``cl_ord_id`` is asked.
        symbol: The pair as ``EUR/USD``, in market order.
        side: What the desk does with ``currency``.
        currency: The dealt currency: what ``qty`` counts.
        qty: Units of ``currency``, greater than zero.
        px: Terms per one base, all-in, of this leg.
        settl_date: The day both currencies are paid; None when not reported, and then the line's own date holds.
        contra_qty: Units of the pair's other currency, greater than zero; None when not reported.
        leg: Which leg of the line's deal it is, 0 for the near one. Where ``line`` is None it counts from the leg that
            the order was for: a line may have one order for each leg.
        account: Account(1); "" when not reported.
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
    leg: int = 0
    account: str = ""

    def __str__(self) -> str:
        value = f" value {self.settl_date}" if self.settl_date else ""
        return f"{self.side} {self.currency} {self.qty:,} on {self.symbol} at {self.px}{value}"


class Stated(Struct, frozen=True, gc=False):
    """What a venue answered about one order, beside what the robot booked for it. Of several legs it is the near one.

    Attributes:
        line: The line the order belongs to.
        leg: The first of the line's legs that the order was for.
        cl_ord_id: The order's first ClOrdID(11).
        booked_qty: Units of the dealt currency over the fills that stand.
        booked_px: Their average rate by quantity, terms per base; 0 without a fill.
        venue_qty: CumQty(14) by the venue.
        venue_px: AvgPx(6) by the venue, terms per base; None or 0 when it did not say.
    """

    line: LineId
    leg: int
    cl_ord_id: str
    booked_qty: Decimal
    booked_px: Decimal
    venue_qty: Decimal
    venue_px: Decimal | None


def contra_fits(deal: Deal, trade: Trade) -> bool:
    """False when the reported contra amount is more than one minor unit away from our own.

    Where our own cannot be made nothing is said: a wrong pair, currency or rate is a break already.
    """
    if trade.contra_qty is None or trade.px <= ZERO:
        return True
    if trade.currency != deal.dealt_currency or trade.symbol != str(deal.pair):
        return True
    ours = contra_amount(trade.qty, deal.dealt_currency, deal.pair, trade.px)
    return ours == trade.contra_qty or abs(ours - trade.contra_qty) <= deal.contra_currency.minor_unit
