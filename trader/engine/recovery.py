"""The questions after a reconnect or a restart, asked before a single new order leaves.

First the venue's trades since the oldest batch with an open order began, so that no fill is missing; then the status of
every order that is not final: of all at once where the venue answers that, else of each. What stays unanswered stays
unknown: it keeps its limits, is never sent again, and keeps the gate shut, until the venue says it or a person signs.
Where the venue cancels what is live when the session drops, and can be asked about nothing, an order it had
acknowledged is over by that rule.

The same questions are put on a healthy session every so often. There they hold nothing up and nobody hears of them,
unless the books differ. See ``docs/recovery.md``.
"""

from risk.signatures import Outcome
from trader.domain.commands import RequestMassStatus, RequestOrderStatus
from trader.domain.errors import RemoteViolation
from trader.domain.events import (
    ExecType,
    ExecutionReported,
    MessageRejected,
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
from trader.engine.state import MassStatus, Recovery, SessionState, TradeCollection, VenueMoment
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order
from trader.orders.reports import contradicted

_NAMED_MAX = 3  # orders that an alert names


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
        asked = session.recovery
        if not session.is_open or (asked is not None and not (asked.is_late or asked.is_quiet)):
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
        owed = ctx.memories[session_name].trades_owed if has_dropped else None
        if not orders and owed is None:
            ctx.sessions[session_name].recovery = None
            self._is_over(session_name)
            self._batches.session_reopened(session_name)
            return
        dialect = ctx.dialects[session_name]
        needs_end = has_dropped and dialect.cancel_on_disconnect != "none" and not dialect.requests.order_status
        recovery = self._questions(session_name, orders)
        recovery.needs_end, recovery.has_dropped = needs_end, has_dropped
        text = f"asking {session_name} about {len(orders)} orders that are not final"
        if owed is not None:
            text += ", and for its trades: its sequence numbers have begun anew"
        if not self._can_ask(session_name):
            text = f"{session_name} answers no questions: {len(orders)} orders wait for its word or a person's"
        ctx.emit(Alert("RECOVERY_STARTED", text, about=session_name, is_hard=False, is_lasting=True))
        self._ask(session_name, self._since(session_name, orders, owed))

    def compare(self) -> None:
        """On a healthy session, every so often while orders are open: hold the books against each other, in silence."""
        ctx = self._ctx
        period_ns = int(ctx.settings.compare_s_max * 1e9)
        for name, session in ctx.sessions.items():
            is_due = session.is_open and session.recovery is None and not session.waiting
            if not is_due or ctx.now_ns - session.asked_ns < period_ns or not self._can_ask(name):
                continue
            orders = self._open_orders(name)
            if any(ctx.now_ns - order.sent_ts_ns >= period_ns for order in orders):
                self._questions(name, orders).is_quiet = True
                begun = self._since(name, orders)
                self._ask(name, max(session.compared, begun, key=lambda moment: moment.ts_ns))

    def _can_ask(self, session_name: str) -> bool:
        requests = self._ctx.dialects[session_name].requests
        return requests.trade_capture or requests.order_status or requests.mass_status

    def _questions(self, session_name: str, orders: list[Order]) -> Recovery:
        """Take note that questions about some orders are put now."""
        ctx, session = self._ctx, self._ctx.sessions[session_name]
        unanswered = {order.cl_ord_id for order in orders}
        session.recovery = Recovery("", TradeCollection(session_name), unanswered, since=session.last_report)
        session.asked_ns = ctx.now_ns
        ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
        return session.recovery

    def _ask(self, session_name: str, since: VenueMoment) -> None:
        """Put the first question, or the second where the venue does not answer the first."""
        ctx = self._ctx
        recovery = ctx.sessions[session_name].recovery
        if recovery is not None and ctx.dialects[session_name].requests.trade_capture:
            request = ctx.trades_request("R", session_name, since)
            recovery.trades_request = request.request_id
            ctx.send(session_name, request)
        else:
            self._ask_statuses(session_name)

    def settle_doubts(self) -> None:
        """On a healthy session: the venue has said more than we have booked, so the same questions are asked."""
        ctx = self._ctx
        for name, session in ctx.sessions.items():
            is_due = ctx.now_ns - session.asked_ns > ctx.settings.ack_s_max * 1e9
            if session.may_trade and is_due and self._is_behind(name):
                self.begin(name, has_dropped=False)

    def _is_behind(self, session_name: str) -> bool:
        return any(order.venue_cum_qty > order.cum_qty for order in self._ctx.blotters[session_name].in_doubt())

    def _since(self, session_name: str, orders: list[Order], owed: VenueMoment | None = None) -> VenueMoment:
        """What the venue had said when the oldest batch with an open order began, or since when it owes trades.

        Not its last word: reports about different orders overtake each other, so an earlier trade may be missing.
        """
        batches = (self._lines.locate(order.cl_ord_id)[0] for order in orders)
        moments = [batch.trades_from[session_name] for batch in batches]
        return min([*moments, owed] if owed is not None else moments, key=lambda moment: moment.ts_ns)

    def _open_orders(self, session_name: str) -> list[Order]:
        return list(self._ctx.blotters[session_name].live())

    def _ask_statuses(self, session_name: str) -> None:
        """After the trades: is each order what we think it is?"""
        ctx = self._ctx
        recovery = ctx.sessions[session_name].recovery
        if recovery is None:
            return
        recovery.trades_request = ""
        requests = ctx.dialects[session_name].requests
        can_ask = requests.order_status or requests.mass_status
        # Where nothing can be asked, an order that is not in doubt counts as known, if it outlives the session.
        asks_all = can_ask or recovery.needs_end
        orders = [order for order in self._open_orders(session_name) if asks_all or order.sync is Sync.IN_DOUBT]
        if recovery.is_quiet:  # what is on its way to the venue or back has a clock of its own
            orders = [
                o for o in orders if o.cl_ord_id in recovery.unanswered and not (o.is_unanswered and _is_known(o))
            ]
        recovery.unanswered = {order.cl_ord_id for order in orders}
        if requests.mass_status and (len(orders) > 1 or not requests.order_status) and orders:
            recovery.mass = MassStatus(ctx.request_id("S"))
            ctx.send(session_name, RequestMassStatus(recovery.mass.request_id))
        elif can_ask:
            self._ask_each(session_name, recovery)
        elif requests.trade_capture:
            self._end_by_rule(session_name, recovery)  # every trade is known, so what is live no longer is
        self._end_when_answered(session_name)

    def _ask_each(self, session_name: str, recovery: Recovery) -> None:
        """Ask about each order by itself that is still unanswered."""
        recovery.mass = None
        for name in sorted(recovery.unanswered):
            order = self._ctx.blotters[session_name].find(name)
            if order is not None:
                self._ctx.send(session_name, RequestOrderStatus(order.current_id, order.order_id, order.deal))

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
            self._no_trades(session_name, recovery, acknowledged.text)
        self.trades_advanced(session_name)

    def _no_trades(self, session_name: str, recovery: Recovery, why: str) -> None:
        if not recovery.is_quiet:
            text = f"{session_name} gives no trade reports: {why or 'no reason given'}"
            self._ctx.emit(Alert("TRADES_NOT_REPORTED", text, about=session_name, is_hard=False))
        recovery.trades.expected = recovery.trades.seen

    def message_rejected(self, session_name: str, rejected: MessageRejected) -> None:
        """The venue would not read a message of ours; it may have been one of the questions."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not rejected.ref_id:
            return
        if rejected.ref_id == recovery.trades_request:
            self._no_trades(session_name, recovery, rejected.text)
            self.trades_advanced(session_name)
        elif recovery.mass is not None and rejected.ref_id == recovery.mass.request_id:
            self._without_mass_status(session_name, recovery)

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

    def trade_was_missed(self, session_name: str, trade: TradeReported) -> None:
        """A trade that the venue lists was not booked before. On a healthy session that should not be."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is not None and recovery.is_quiet:
            what = f"{trade.last_qty:,f} {trade.currency} at {trade.last_px:f} was never reported"
            self._differ(session_name, f"ExecID(17)={trade.exec_id} for {trade.cl_ord_id}, {what}")

    def _differ(self, session_name: str, what: str) -> None:
        """The books differ on a healthy session: from here on it is asked as after a drop, and nothing new leaves."""
        text = f"the books of {session_name} differ from ours on a session that is up: {what}; everything is asked now"
        self._ctx.emit(Alert("BOOKS_DIFFER", text, about=session_name))
        self.begin(session_name, has_dropped=False)

    def mass_status_reported(self, session_name: str, report: ExecutionReported, order: Order | None) -> None:
        """Count a report if it answers the question about all orders; with the last one, see whom it did not name.

        Args:
            session_name: Who says it.
            report: It has been applied to its order.
            order: The order; None when it is none of ours, or the report says that none is open.
        """
        recovery = self._ctx.sessions[session_name].recovery
        mass = None if recovery is None else recovery.mass
        if recovery is None or mass is None or report.mass_status_request_id != mass.request_id:
            return
        mass.seen += 1
        if order is not None:
            mass.named.add(order.cl_ord_id)
        if report.reports_total is not None:
            mass.expected = report.reports_total
        elif report.is_last_report:
            mass.expected = mass.seen
        if mass.is_complete:
            self._mass_status_over(session_name, recovery, mass)

    def _mass_status_over(self, session_name: str, recovery: Recovery, mass: MassStatus) -> None:
        """What a complete answer does not name is not open at the venue: canceled, filled, or never there.

        Where the venue also answers about single orders, it is asked which of these; else it does not know the order.
        """
        absent = sorted(recovery.unanswered - mass.named)
        recovery.mass = None
        if self._ctx.dialects[session_name].requests.order_status:
            named = recovery.unanswered & mass.named
            recovery.unanswered -= named
            self._ask_each(session_name, recovery)
            recovery.unanswered |= named
        else:
            for name in absent:
                order = self._ctx.blotters[session_name].find(name)
                if order is not None:
                    self._unknown_to_venue(session_name, order)
        self._end_when_answered(session_name)

    def _without_mass_status(self, session_name: str, recovery: Recovery) -> None:
        """The venue did not answer for all orders at once: each is asked about by itself, where it answers that."""
        recovery.mass = None
        if self._ctx.dialects[session_name].requests.order_status:
            self._ask_each(session_name, recovery)

    def answered_without_order(self, session_name: str, report: ExecutionReported) -> bool:
        """Handle the answers that are about no order there is: an order unknown to the venue, or none open at all.

        Returns:
            True when the report was one, and is done with.
        """
        unknown = (
            report.reject_reason is RejectReason.UNKNOWN_ORDER
            and report.ord_status is OrdStatus.REJECTED
            and report.exec_type in (ExecType.ORDER_STATUS, ExecType.REJECTED)
        )
        order = self._ctx.blotters[session_name].find(report.cl_ord_id) if report.cl_ord_id else None
        if report.mass_status_request_id and order is None and (unknown or report.reports_total == 0):
            self.mass_status_reported(session_name, report, None)
            return True
        if order is None or not unknown:
            return False
        self._unknown_to_venue(session_name, order)
        self._endings.status_answered(order, is_known=False)
        return True

    def _unknown_to_venue(self, session_name: str, order: Order) -> None:
        """The venue, asked, does not know an order."""
        recovery = self._ctx.sessions[session_name].recovery
        asked_after_drop = recovery is not None and not recovery.is_quiet and order.cl_ord_id in recovery.unanswered
        if order.phase is Phase.SENT and not order.fills and order.sync is Sync.IN_DOUBT:
            self._dealing.never_received(order, may_try_again=asked_after_drop)
        elif recovery is not None and recovery.has_dropped and self._is_over_by_rule(session_name, order):
            self._cancel_by_rule(session_name, order)  # after the drop the venue no longer knows what it had taken
        elif not order.is_final:
            text = f"{session_name} does not know {order.cl_ord_id}, which it may have; it stays unknown"
            contradicted(order, RemoteViolation("ORDER_FORGOTTEN", text), self._ctx.now_ns)
            self._ctx.emit(Alert("ORDER_FORGOTTEN", text, order=order.cl_ord_id))
        self.order_answered(session_name, order)

    def order_answered(self, session_name: str, order: Order) -> None:
        """An order may be known again: count it, and open the gate when it was the last."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None:
            return
        if order.is_final or (order.sync is Sync.IN_SYNC and not recovery.needs_end):
            recovery.unanswered.discard(order.cl_ord_id)
            self._end_when_answered(session_name)
        elif recovery.is_quiet and order.cl_ord_id in recovery.unanswered and order.sync is Sync.IN_DOUBT:
            self._differ(session_name, f"{order}")

    def settled(self, session_name: str, order: Order) -> None:
        """A person has signed for an order: it is known, whatever the venue still owes about it."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None:
            return
        recovery.unanswered.discard(order.cl_ord_id)
        if recovery.is_late and not recovery.unanswered:
            recovery.trades_request = ""  # what was missed of its trades has been signed for as well
        self._end_when_answered(session_name)

    def _end_when_answered(self, session_name: str) -> None:
        session = self._ctx.sessions[session_name]
        recovery = session.recovery
        if recovery is None or recovery.trades_request or recovery.unanswered:
            return
        session.recovery = None
        self._compared(session, recovery)
        self._ctx.emit(AlertOver("BOOKS_NOT_COMPARED", session_name))
        if recovery.is_quiet:
            return
        self._is_over(session_name)
        text = f"{session_name} has answered for every order"
        self._ctx.emit(Alert("RECOVERY_COMPLETE", text, about=session_name, is_hard=False))
        self._batches.session_reopened(session_name)

    def _compared(self, session: SessionState, recovery: Recovery) -> None:
        """The next comparison needs no trades from before this one, less a moment, as reports overtake each other."""
        overlap_ns = int(self._ctx.settings.answer_s_max * 1e9)
        if recovery.trades.expected is not None:
            self._ctx.memories[recovery.trades.session].trades_owed = None
        if recovery.trades.expected is not None and recovery.since.ts_ns > overlap_ns:
            session.compared = VenueMoment(recovery.since.trade_date, recovery.since.ts_ns - overlap_ns)

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
        if recovery.mass is not None and ctx.dialects[session_name].requests.order_status:
            self._without_mass_status(session_name, recovery)
            ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
            return
        if recovery.is_quiet:
            session.recovery = None
            text = f"{session_name} did not say in time what it has of {len(recovery.unanswered)} orders"
            ctx.emit(Alert("BOOKS_NOT_COMPARED", text, about=session_name, is_hard=False, is_lasting=True))
            return
        if not recovery.trades_request:
            self._end_by_rule(session_name, recovery)
            self._end_when_answered(session_name)
            if session.recovery is None:
                return
        recovery.is_late = True
        self._say_what_is_unknown(session_name, recovery)
        self._batches.session_stuck(session_name)

    def _say_what_is_unknown(self, session_name: str, recovery: Recovery) -> None:
        """Only the venue's late word, or a person's, opens the gate from here on."""
        names = sorted(recovery.unanswered)
        for name in names:
            order = self._ctx.blotters[session_name].find(name)
            if order is not None:
                order.left_unanswered()
        about = f"for {len(names)} orders" if names else "which trades it has"
        text = f"{session_name} has not answered {about}; nothing new will be sent to it"
        if names:
            more = f" and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else ""
            text += f" before it or a person says what became of {', '.join(names[:_NAMED_MAX])}{more}: ask it by "
            text += f"telephone, then trader settle {names[0]} --as {'|'.join(Outcome)}"
        self._ctx.emit(Alert("RECOVERY_INCOMPLETE", text, about=session_name, is_lasting=True))


def _is_known(order: Order) -> bool:
    return order.sync is Sync.IN_SYNC
