"""The questions after a reconnect or a restart, asked before a single new order leaves.

First the venue's trades since the oldest batch with an open order began, so that no fill is missing; then the status of
every order that is not final. What stays unanswered stays unknown: it keeps its limits, is never sent again, and keeps
the gate shut. Where the venue cancels what is live when the session drops, and can be asked about nothing, an order it
had acknowledged is over by that rule. See ``docs/recovery.md``.
"""

from trader.domain.commands import RequestOrderStatus
from trader.domain.errors import RemoteViolation
from trader.domain.events import (
    ExecType,
    ExecutionReported,
    OrdStatus,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
)
from trader.engine.batches import Batches
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.ending import Endings
from trader.engine.lines import Lines
from trader.engine.outputs import Alert, AlertOver, StartTimer
from trader.engine.state import Recovery, TradeCollection, VenueMoment
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order
from trader.orders.reports import contradicted


class Recoveries:
    """Asks and follows the questions, per session."""

    def __init__(self, context: Context, lines: Lines, dealing: Dealing, endings: Endings, batches: Batches) -> None:
        self._ctx = context
        self._lines = lines
        self._dealing = dealing
        self._endings = endings
        self._batches = batches

    def ask_again(self, session_name: str) -> None:
        """Ask about what is open on a session that is up, if the venue owes an answer about any of it."""
        session = self._ctx.sessions[session_name]
        if not session.is_open or (session.recovery is not None and not session.recovery.is_late):
            return
        blotter = self._ctx.blotters[session_name]
        blotter.session_lost()  # what is unanswered is in doubt, as if the session had dropped
        if any(blotter.in_doubt()):
            self.begin(session_name, has_dropped=False)

    def begin(self, session_name: str, *, has_dropped: bool) -> None:
        """A session is up: ask about what is open on it, or open the gate when nothing is.

        Args:
            session_name: Which one.
            has_dropped: False when it was up all the time, so that the venue has canceled nothing by itself.
        """
        ctx = self._ctx
        orders = self._open_orders(session_name)
        if not orders:
            ctx.sessions[session_name].recovery = None
            self._is_over(session_name)
            self._batches.session_reopened(session_name)
            return
        session, dialect = ctx.sessions[session_name], ctx.dialects[session_name]
        requests = dialect.requests
        needs_end = has_dropped and dialect.cancel_on_disconnect != "none" and not requests.order_status
        unanswered = {order.cl_ord_id for order in orders}
        recovery = Recovery("", TradeCollection(session_name), unanswered, needs_end, has_dropped)
        session.recovery, session.asked_ns = recovery, ctx.now_ns
        ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
        text = f"asking {session_name} about {len(orders)} orders that are not final"
        ctx.emit(Alert("RECOVERY_STARTED", text, about=session_name, is_hard=False, is_lasting=True))
        if requests.trade_capture:
            request = ctx.trades_request("R", session_name, self._since(session_name, orders))
            recovery.trades_request = request.request_id
            ctx.send(session_name, request)
        else:
            self._ask_statuses(session_name)

    def settle_doubts(self) -> None:
        """On a healthy session: the venue has said more than we have booked, so the same questions are asked."""
        ctx = self._ctx
        for name, session in ctx.sessions.items():
            is_due = ctx.now_ns - session.asked_ns > ctx.settings.ack_s_max * 1e9
            if session.is_open and session.recovery is None and is_due and self._is_behind(name):
                self.begin(name, has_dropped=False)

    def _is_behind(self, session_name: str) -> bool:
        return any(order.venue_cum_qty > order.cum_qty for order in self._ctx.blotters[session_name].in_doubt())

    def _since(self, session_name: str, orders: list[Order]) -> VenueMoment:
        """What the venue had said when the oldest batch with an open order began.

        Not its last word: reports about different orders overtake each other, so an earlier trade may be missing.
        """
        batches = (self._lines.locate(order.cl_ord_id)[0] for order in orders)
        return min((batch.trades_from[session_name] for batch in batches), key=lambda moment: moment.ts_ns)

    def _open_orders(self, session_name: str) -> list[Order]:
        return list(self._ctx.blotters[session_name].live())

    def _ask_statuses(self, session_name: str) -> None:
        """After the trades: is each order what we think it is?"""
        ctx = self._ctx
        recovery = ctx.sessions[session_name].recovery
        if recovery is None:
            return
        recovery.trades_request = ""
        can_ask = ctx.dialects[session_name].requests.order_status
        # Where nothing can be asked, an order that is not in doubt counts as known, if it outlives the session.
        asks_all = can_ask or recovery.needs_end
        open_orders = self._open_orders(session_name)
        recovery.unanswered = {o.cl_ord_id for o in open_orders if asks_all or o.sync is Sync.IN_DOUBT}
        if can_ask:
            for name in sorted(recovery.unanswered):
                order = ctx.blotters[session_name].find(name)
                if order is not None:
                    ctx.send(session_name, RequestOrderStatus(order.current_id, order.order_id, order.deal))
        elif ctx.dialects[session_name].requests.trade_capture:
            self._end_by_rule(session_name, recovery)  # every trade is known, so what is live no longer is
        self._end_when_answered(session_name)

    def _end_by_rule(self, session_name: str, recovery: Recovery) -> None:
        """Where the venue cancels live orders without a word when the session drops: those it had taken are over."""
        if not recovery.needs_end:
            return
        for order in self._open_orders(session_name):
            if order.cl_ord_id in recovery.unanswered and self._is_over_by_rule(session_name, order):
                self._cancel_by_rule(session_name, order)
                recovery.unanswered.discard(order.cl_ord_id)

    def _is_over_by_rule(self, session_name: str, order: Order) -> bool:
        """True for an order that the venue had taken, and has canceled without a word if the session dropped."""
        is_counted = order.phase is Phase.WORKING and order.venue_cum_qty == order.cum_qty
        return is_counted and self._ctx.dialects[session_name].cancel_on_disconnect == "silent"

    def _cancel_by_rule(self, session_name: str, order: Order) -> None:
        text = f"canceled by the rule of {session_name}: when the session drops, live orders are over without a word"
        applied = order.canceled_by_rule(self._ctx.now_ns, text)
        self._ctx.emit(Alert("CANCELED_BY_RULE", f"{order.cl_ord_id} is {text}", is_hard=False, order=order.cl_ord_id))
        self._dealing.order_changed(session_name, order, applied)

    def trades_announced(self, session_name: str, acknowledged: TradeRequestAcknowledged) -> None:
        """The venue says how many trades it will report, or that it will not."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not recovery.trades_request or acknowledged.request_id != recovery.trades_request:
            return
        if acknowledged.accepted:
            recovery.trades.expected = acknowledged.trades_total
        else:
            text = f"{session_name} gives no trade reports: {acknowledged.text or 'no reason given'}"
            self._ctx.emit(Alert("TRADES_NOT_REPORTED", text, about=session_name, is_hard=False))
            recovery.trades.expected = recovery.trades.seen
        self.trades_advanced(session_name)

    def trade_reported(self, session_name: str, trade: TradeReported) -> bool:
        """Count a trade report if it answers our question; True when it does."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not recovery.trades_request or trade.request_id != recovery.trades_request:
            return False
        recovery.trades.seen += 1
        if recovery.trades.expected is None and trade.is_last_report:
            recovery.trades.expected = recovery.trades.seen
        return True

    def trades_advanced(self, session_name: str) -> None:
        """When the last trade report is in, go on to the statuses."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is not None and recovery.trades_request and recovery.trades.is_complete:
            self._ask_statuses(session_name)

    def answered_without_order(self, session_name: str, report: ExecutionReported) -> bool:
        """Handle "I do not know that order", the answer to a status request; True when the report was one."""
        unknown = (
            report.reject_reason is RejectReason.UNKNOWN_ORDER
            and report.ord_status is OrdStatus.REJECTED
            and report.exec_type in (ExecType.ORDER_STATUS, ExecType.REJECTED)
        )
        order = self._ctx.blotters[session_name].find(report.cl_ord_id) if unknown else None
        if order is None:
            return False
        recovery = self._ctx.sessions[session_name].recovery
        asked_in_recovery = recovery is not None and order.cl_ord_id in recovery.unanswered
        if order.phase is Phase.SENT and not order.fills and order.sync is Sync.IN_DOUBT:
            self._dealing.never_received(order, may_try_again=asked_in_recovery)
        elif recovery is not None and recovery.has_dropped and self._is_over_by_rule(session_name, order):
            self._cancel_by_rule(session_name, order)  # after the drop the venue no longer knows what it had taken
        elif not order.is_final:
            text = f"{session_name} does not know {order.cl_ord_id}, which it may have; it stays unknown"
            contradicted(order, RemoteViolation("ORDER_FORGOTTEN", text), self._ctx.now_ns)
            self._ctx.emit(Alert("ORDER_FORGOTTEN", text, order=order.cl_ord_id))
        self.order_answered(session_name, order)
        self._endings.status_answered(order, is_known=False)
        return True

    def order_answered(self, session_name: str, order: Order) -> None:
        """An order may be known again: count it, and open the gate when it was the last."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None:
            return
        if order.is_final or (order.sync is Sync.IN_SYNC and not recovery.needs_end):
            recovery.unanswered.discard(order.cl_ord_id)
            self._end_when_answered(session_name)

    def _end_when_answered(self, session_name: str) -> None:
        session = self._ctx.sessions[session_name]
        if session.recovery is not None and not session.recovery.trades_request and not session.recovery.unanswered:
            session.recovery = None
            self._is_over(session_name)
            text = f"{session_name} has answered for every order"
            self._ctx.emit(Alert("RECOVERY_COMPLETE", text, about=session_name, is_hard=False))
            self._batches.session_reopened(session_name)

    def _is_over(self, session_name: str) -> None:
        self._ctx.emit(AlertOver("RECOVERY_STARTED", session_name))
        self._ctx.emit(AlertOver("RECOVERY_INCOMPLETE", session_name))

    def out_of_time(self, session_name: str) -> None:
        """The wait is over; what is unanswered stays unknown and the gate stays shut."""
        ctx, session = self._ctx, self._ctx.sessions[session_name]
        recovery = session.recovery
        if recovery is None:
            return
        if session.waiting:  # the venue's pace has held questions back: it cannot have answered them
            ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
            return
        if not recovery.trades_request:
            self._end_by_rule(session_name, recovery)
            self._end_when_answered(session_name)
            if session.recovery is None:
                return
        recovery.is_late = True
        text = f"{session_name} has not answered for {len(recovery.unanswered)} orders; nothing new will be sent to it"
        ctx.emit(Alert("RECOVERY_INCOMPLETE", text, about=session_name, is_lasting=True))
        self._batches.session_stuck(session_name)
