"""What a venue answers to the questions of :mod:`trader.engine.recovery`, and what follows from each answer."""

from trader.domain.events import (
    ExecType,
    ExecutionReported,
    MessageRejected,
    NoOrdersOpen,
    OrdStatus,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
)
from trader.domain.ids import line_of
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.ending import Endings
from trader.engine.numbering import fills_may_be_missing
from trader.engine.outputs import Alert
from trader.engine.questions import MassStatus, Recovery
from trader.engine.recovery import Recoveries
from trader.engine.silent_ends import SilentEnds
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order


class Answers:
    """Follows the answers, per session. One instance per engine."""

    def __init__(self, context: Context, dealing: Dealing, endings: Endings, recoveries: Recoveries) -> None:
        self._ctx = context
        self._dealing = dealing
        self._endings = endings
        self._recoveries = recoveries
        self._silent = SilentEnds(context, dealing)

    def trades_announced(self, session_name: str, acknowledged: TradeRequestAcknowledged) -> None:
        """The venue says how many trades it will report, or that it will not."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not recovery.trades_request or acknowledged.request_id != recovery.trades_request:
            return
        if acknowledged.accepted and acknowledged.trades_total is not None:
            recovery.trades.reports.expected = acknowledged.trades_total
        elif not acknowledged.accepted:
            self._no_trades(session_name, recovery, acknowledged.text)
        self.trades_advanced(session_name)

    def _no_trades(self, session_name: str, recovery: Recovery, why: str) -> None:
        """The venue refuses the list. If it owed it since its numbers have begun anew, only people can compare."""
        recovery.trades.is_refused = True
        if recovery.is_quiet:
            return
        memory = self._ctx.memories[session_name]
        text = f"{session_name} gives no trade reports: {why or 'no reason given'}"
        if memory.trades_owed is not None:
            text, memory.trades_owed = fills_may_be_missing(session_name, why), None
        self._ctx.emit(Alert("TRADES_NOT_REPORTED", text, about=session_name, is_hard=False))
        if self._ctx.sessions[session_name].owes_day:
            self._recoveries.tell_unchecked(session_name, "lists no trades")

    def message_rejected(self, session_name: str, rejected: MessageRejected) -> None:
        """The venue would not read a message of ours; it may have been one of the questions."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not rejected.ref_id:
            return
        if rejected.ref_id == recovery.trades_request:
            self._no_trades(session_name, recovery, rejected.text)
            self.trades_advanced(session_name)
        elif recovery.mass is not None and rejected.ref_id == recovery.mass.request_id:
            self._recoveries.ask_without_list(session_name, recovery, f"lists no orders: {rejected.text}")

    def trade_reported(self, session_name: str, trade: TradeReported) -> bool:
        """Count a trade report if it answers our question; True when it does."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not recovery.trades_request or trade.request_id != recovery.trades_request:
            return False
        recovery.trades.take(trade)
        return True

    def trades_advanced(self, session_name: str) -> None:
        """When the last trade report is in, go on to the statuses."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None or not recovery.trades_request:
            return
        if recovery.trades.is_complete or recovery.trades.is_refused:
            self._recoveries.ask_statuses(session_name)

    def trade_was_missed(self, session_name: str, trade: TradeReported) -> None:
        """A trade that the venue lists was not booked before. On a healthy session that should not be."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is not None and recovery.is_quiet:
            what = f"{trade.last_qty:,f} {trade.currency} at {trade.last_px:f} was never reported"
            self._recoveries.differ(session_name, f"ExecID(17)={trade.exec_id} for {trade.cl_ord_id}, {what}")

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
        mass.take(report, "" if order is None else order.cl_ord_id)
        if mass.reports.is_complete:
            self._mass_status_over(session_name, recovery, mass)

    def no_orders_open(self, session_name: str, answer: NoOrdersOpen) -> None:
        """The venue says that no order is open; an answer to an earlier question does not count."""
        recovery = self._ctx.sessions[session_name].recovery
        mass = None if recovery is None else recovery.mass
        if recovery is not None and mass is not None and answer.request_id == mass.request_id:
            self._mass_status_over(session_name, recovery, mass)

    def _mass_status_over(self, session_name: str, recovery: Recovery, mass: MassStatus) -> None:
        """What a complete answer does not name is not open at the venue: canceled, filled, or never there.

        Where the venue also answers about single orders, it is asked which of these. Else nothing of the order is open,
        and if all trades are known, it has traded no more than we know; without a list of trades that is not known.
        """
        absent = sorted(recovery.unanswered - mass.named)
        recovery.mass = None
        if self._ctx.dialects[session_name].requests.order_status:
            self._recoveries.ask_each(session_name, absent)
        else:
            for name in absent:
                order = self._ctx.blotters[session_name].find(name)
                if order is not None and recovery.trades.is_complete:
                    self._unknown_to_venue(session_name, order)
                elif order is not None:
                    self._forgotten(session_name, order)
        self._recoveries.end_when_answered(session_name)

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
        says_none = unknown or (report.reports_total == 0 and line_of(report.cl_ord_id) is None)
        if report.mass_status_request_id and order is None and says_none:
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
        never_came = self._ctx.dialects[session_name].requests.unknown_order == "never_received"
        is_silent = order.phase is Phase.SENT and not order.fills and not order.venue_cum_qty
        if never_came and is_silent and order.sync is Sync.IN_DOUBT:
            self._dealing.never_received(order, may_try_again=asked_after_drop)
        elif recovery is not None and recovery.has_dropped and self._silent.has_ended(session_name, order):
            self._silent.end(session_name, order)  # after the drop the venue no longer knows what it had taken
        elif not order.is_final:
            self._forgotten(session_name, order)
        self.order_answered(session_name, order)

    def _forgotten(self, session_name: str, order: Order) -> None:
        text = f"{session_name} does not know {order.cl_ord_id}, which it may have; it stays unknown"
        self._ctx.doubt(order, "ORDER_FORGOTTEN", text)

    def order_answered(self, session_name: str, order: Order) -> None:
        """An order may be known again: count it, and open the gate when it was the last."""
        recovery = self._ctx.sessions[session_name].recovery
        if recovery is None:
            return
        if order.is_final or (order.sync is Sync.IN_SYNC and not recovery.needs_end):
            recovery.unanswered.discard(order.cl_ord_id)
            self._recoveries.end_when_answered(session_name)
        elif recovery.is_quiet and order.cl_ord_id in recovery.unanswered and order.sync is Sync.IN_DOUBT:
            self._recoveries.differ(session_name, f"{order}")

    def settled(self, session_name: str, order: Order) -> None:
        """A person has signed for an order: it is known, whatever the venue still owes about it."""
        session = self._ctx.sessions[session_name]
        recovery = session.recovery
        if recovery is None:
            if not session.owes_day and not any(self._ctx.blotters[session_name].in_doubt()):  # while it is away
                self._recoveries.close_alerts(session_name)
            return
        recovery.signed_for += order.cl_ord_id in recovery.unanswered
        recovery.unanswered.discard(order.cl_ord_id)
        if recovery.is_late and not recovery.unanswered and not session.owes_day:
            recovery.trades_request = ""  # what was missed of its trades has been signed for as well
        elif recovery.is_late and not recovery.unanswered:  # but not what it has besides
            self._recoveries.say_what_is_unknown(session_name, recovery)
        self._recoveries.end_when_answered(session_name)
