"""DontKnowTrade(Q): said at once to a venue that takes it, of a trade that was told and is not ours.

It settles nothing: the order stays in doubt, and the trade is kept and shown, until the venue or a person has spoken.
Only an ExecutionReport(8) of a trade is disputed; a trade report, a bust or a correct is a matter for people.
"""

from trader.domain.commands import DkReason, DontKnowTrade
from trader.domain.currency import Currency, parse_pair
from trader.domain.events import ExecType, ExecutionReported
from trader.orders.order import Order
from trader.orders.orphan import Orphan


def dispute(orphan: Orphan, order: Order | None) -> DontKnowTrade | None:
    """What is said to the venue about a trade that was put aside, or None when there is nothing to say.

    Args:
        orphan: The trade.
        order: The order of ours that it names, or None.
    """
    event = orphan.event
    if not (isinstance(event, ExecutionReported) and event.exec_type is ExecType.TRADE):
        return None
    pair = parse_pair(event.symbol)
    dealt = event.currency if event.currency in (pair.base, pair.terms) else pair.base
    reason = DkReason.OTHER
    if order is None:
        reason = DkReason.NO_MATCHING_ORDER
    elif event.side is not order.deal.near_leg.side:
        reason = DkReason.WRONG_SIDE
    return DontKnowTrade(event.order_id, event.exec_id, reason, pair, event.side, Currency(dealt))
