"""Where a venue cancels what is live when the session drops, and says nothing of it: an order's end by that rule."""

from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.outputs import Alert
from trader.orders.machine import Phase
from trader.orders.order import Order


class SilentEnds:
    """Orders that are over without a word. One instance per engine."""

    def __init__(self, context: Context, dealing: Dealing) -> None:
        self._ctx = context
        self._dealing = dealing

    def has_ended(self, session_name: str, order: Order) -> bool:
        """True for an order that the venue had taken, and has canceled without a word if the session dropped.

        What the session of a process that ended had taken, and its journal not, the venue does not say again. So an
        order that was live then may have traded, unless the venue has listed its trades since.
        """
        session = self._ctx.sessions[session_name]
        has_listed = session.recovery is not None and session.recovery.trades.is_complete
        is_counted = order.phase is Phase.WORKING and order.venue_cum_qty == order.cum_qty
        is_known = has_listed or order.cl_ord_id not in session.inherited
        return is_counted and is_known and self._ctx.dialects[session_name].cancel_on_disconnect == "silent"

    def end(self, session_name: str, order: Order) -> None:
        """The session has dropped: the order is over, and people are told by which rule."""
        text = f"canceled by the rule of {session_name}: when the session drops, live orders are over without a word"
        applied = order.canceled_by_rule(self._ctx.now_ns, text)
        self._ctx.emit(Alert("CANCELED_BY_RULE", f"{order.cl_ord_id} is {text}", is_hard=False, order=order.cl_ord_id))
        self._dealing.order_changed(session_name, order, applied)
