"""What the desk learns from the venue by telephone: the books' own word, for orders that no session answers for."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from risk.people.signatures import DismissOrphan, OrderOutcome, SettleOrder
from simulator.effects import Trade
from simulator.venue.venue import Venue
from trader.domain.events import LegTraded, OrdStatus
from trader.domain.money import ZERO
from trader.engine.terms import dismissal_of
from trader.orders.blotter import Blotter
from trader.orders.order import Order
from trader.simulation.books import VenueTrades
from trader.simulation.wire import CLIENT

_RATE_STEP = Decimal("0.00000001")  # a rate has at most 8 decimals
_OUTCOMES = {
    OrdStatus.FILLED: OrderOutcome.FILLED,
    OrdStatus.CANCELED: OrderOutcome.CANCELED,
    OrdStatus.EXPIRED: OrderOutcome.CANCELED,
    OrdStatus.DONE_FOR_DAY: OrderOutcome.CANCELED,
    OrdStatus.REJECTED: OrderOutcome.REJECTED,
}


def ask(venue: Venue, trades: VenueTrades, blotter: Blotter, order: Order) -> Iterator[SettleOrder | DismissOrphan]:
    """What two persons sign for after the call: what became of the order, and what it traded that is not booked.

    What the robot was told of that and could not book is dealt with by it, unless it is signed for under its own name.
    """
    known = venue._book.find(CLIENT, order.cl_ord_id)
    if known is None:
        yield SettleOrder(order.cl_ord_id, OrderOutcome.NEVER_ARRIVED, ZERO)
        return
    outcome = _OUTCOMES.get(known.status, OrderOutcome.WORKING)
    booked = {fill.exec_id for fill in order.fills.values()}
    missing = [
        trade
        for trade in trades.standing.values()
        if trade.order_id == known.order_id and trade.exec_id not in booked and trade.side is order.deal.near_leg.side
    ]
    if not missing:
        yield SettleOrder(order.cl_ord_id, outcome, ZERO)
        return
    quantity = sum((trade.last_qty for trade in missing), ZERO)
    name = missing[0].exec_id if len(missing) == 1 else f"PHONE-{order.cl_ord_id}"
    yield SettleOrder(order.cl_ord_id, outcome, quantity, _rates(missing), name, off_market=True)
    for trade in missing:
        if trade.exec_id != name and blotter.orphans_of(trade.exec_id):
            yield dismissal_of(blotter, trade.exec_id)


def _rates(trades: list[Trade]) -> tuple[Decimal, ...]:
    """The rate of each leg, the near one first: the mean over all trades, as far as a rate goes."""
    legs = zip(*((trade, *trade.far_legs) for trade in trades), strict=True)
    return tuple(_mean(leg) for leg in legs)


def _mean(trades: Sequence[Trade | LegTraded]) -> Decimal:
    quantity = sum((trade.last_qty for trade in trades), ZERO)
    return (sum((trade.last_qty * trade.last_px for trade in trades), ZERO) / quantity).quantize(_RATE_STEP)
