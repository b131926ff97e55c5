"""What is looked at from time to time: orders in doubt, trades that nobody has confirmed, providers that hold orders.

The triggers themselves are in :mod:`risk.stops.triggers`; here they are fed, and what they find becomes alerts. Nobody
looks as long as there is nothing to look at, or no figure to hold it against.
"""

from decimal import Decimal

from risk.reasons import Violation
from risk.stops.triggers import Sent
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.domain.events import RejectReason
from trader.engine.context import Context
from trader.engine.outputs import Alert, AlertOver, StartTimer
from trader.engine.overnight import Overnight
from trader.orders.machine import Phase
from trader.orders.order import Order

TIMER = "look"
_LOOK_S = 1.0
_NEVER_RESTS = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Watching:
    """Feeds the triggers, and tells what they find. One instance per engine.

    Attributes:
        overnight: Looks at the desks' positions at their cut-offs.
    """

    def __init__(self, context: Context) -> None:
        self._ctx = context
        self._is_armed = False
        self.overnight = Overnight(context)

    def process_started(self) -> None:
        """The timers of the process before are gone."""
        self._is_armed = False
        self.overnight.process_started()

    def sent(self, order: Order, provider: str) -> None:
        """An order leaves for a provider: a maker, or a venue that deals itself.

        One that may rest is filled when the market comes to it, which says nothing about who fills it.
        """
        triggers = self._ctx.gate.triggers
        rests = order.order_type is OrderType.LIMIT and order.time_in_force not in _NEVER_RESTS
        if rests or not triggers.is_watching(provider):
            return
        mid = self._mid(order)
        if mid is not None:
            deal = order.deal
            buys_base = (deal.near_leg.side is Side.BUY) == (deal.dealt_currency == deal.pair.base)
            triggers.sent(order.cl_ord_id, Sent(provider, mid, buys_base, self._ctx.now_ns))

    def first_word(self, session_name: str, order: Order) -> None:
        """The venue says its first word about an order. Many a no in a row is a storm; a lost quote is none."""
        gate, now_ns, is_no = self._ctx.gate, self._ctx.now_ns, order.phase is Phase.REJECTED
        gate.order_answered(order.cl_ord_id, now_ns, is_rejected=is_no)
        is_storm = is_no and order.reject_reason is not RejectReason.STALE
        gate.latches.told(session_name, str(order.deal.pair), now_ns, is_no=is_storm)

    def answered(self, order: Order) -> None:
        """The first fill of an order, or its end."""
        triggers = self._ctx.gate.triggers
        if triggers.is_waiting(order.cl_ord_id):
            is_rejected = order.phase is Phase.REJECTED
            triggers.answered(order.cl_ord_id, self._mid(order), self._ctx.now_ns, is_rejected=is_rejected)

    def _mid(self, order: Order) -> Decimal | None:
        quote = self._ctx.gate.rates.quote(order.deal.pair, self._ctx.now_ns)
        return None if isinstance(quote, Violation) else quote.mid

    def after_step(self) -> None:
        """Look in a second, where there is something to look at."""
        ctx = self._ctx
        self.overnight.after_step()
        if self._is_armed or not ctx.has_gate or not ctx.gate.triggers.has_rows:
            return
        if not ctx.gate.triggers.is_idle or any(any(blotter.live()) for blotter in ctx.blotters.values()):
            self._is_armed = True
            ctx.emit(StartTimer(TIMER, ctx.after(_LOOK_S)))

    def look(self) -> None:
        """Tell what holds now and did not, and what holds no more."""
        ctx = self._ctx
        self._is_armed = False
        doubts = {order.cl_ord_id: name for name, blotter in ctx.blotters.items() for order in blotter.in_doubt()}
        met, over = ctx.gate.triggers.look(doubts, self._is_confirmed, ctx.now_ns)
        for violation, is_hard in met:
            text = violation.sentence
            ctx.emit(Alert(violation.code, text, about=violation.node, is_hard=is_hard, is_lasting=True))
        for code, node in over:
            ctx.emit(AlertOver(code, node))

    def _is_confirmed(self, batch_id: str) -> bool:
        batch = self._ctx.batches.get(batch_id)
        return batch is None or batch.is_agreed
