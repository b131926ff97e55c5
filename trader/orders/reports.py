"""How the venue's words change an order: one function per kind of word. None of them raises.

The rules of this file:

1. A report that contradicts the order's pair, side, currency or account is believed in nothing.
2. After a report has been applied, the venue's CumQty(14) must be our own. Reports that can be late (an
   acknowledgement, a trade) may say less than the venue has said before; the others must say it exactly.
3. A fill after the order's end is in order only when the end's own CumQty(14) had counted it already.
4. "Duplicate order" is not a no: an order of that id lives at the venue. "Unknown order" is not a no either.
5. A bust or correct reopens the order only when the venue says that it works again, with something left.
"""

from trader.domain.errors import RemoteViolation
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MessageRejected,
    OrdStatus,
    RejectReason,
    TradeReported,
)
from trader.orders import checks
from trader.orders.applied import REPEATED, UNCHANGED, Applied
from trader.orders.executions import HANDLERS
from trader.orders.fills import FillChange
from trader.orders.machine import PHASE_OF_STATUS, Phase, PhaseInput, Sync, SyncInput
from trader.orders.order import Order
from trader.orders.steps import book, breach, move, refuse, reuse, unbookable, unlike_order

_BOOKING = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT})
_NO_ORDER_ID = frozenset({"", "NONE"})
_SEEN_MAX = 100  # so many words of a venue about one order are told from those that its session says again
_ORDER_MESSAGES = frozenset({"D", "AB"})  # RefMsgType(372) of the messages that place an order


def on_execution(order: Order, report: ExecutionReported, ts_ns: int) -> Applied:
    """Apply an ExecutionReport(8)."""
    was_final = order.is_final
    violation = checks.impossible_number(report) or _contradiction(order, report)
    if violation is None:
        heard = _heard_before(order, report)
        if heard is REPEATED:
            return REPEATED
        violation = heard.violation
    if violation is not None:
        return _conclude(order, was_final, ts_ns, violation=violation)
    is_answer = report.exec_type is ExecType.ORDER_STATUS
    if is_answer and report.ord_status is OrdStatus.REJECTED and report.reject_reason is RejectReason.UNKNOWN_ORDER:
        return _unknown_to_venue(order, was_final, ts_ns)
    if report.order_id not in _NO_ORDER_ID:
        order.order_id = report.order_id
    change = HANDLERS[report.exec_type](order, report)
    settles = is_answer or not order.is_unanswered
    return _conclude(order, was_final, ts_ns, change.fills, change.violation, settles=settles)


def on_cancel_refused(order: Order, report: CancelRefused, ts_ns: int) -> Applied:
    """Apply an OrderCancelReject(9). An answer to a request that is not open has been heard before."""
    was_final = order.is_final
    if not refuse(order, report.cl_ord_id):
        return REPEATED
    if report.reason is RejectReason.UNKNOWN_ORDER:
        return _unknown_to_venue(order, was_final, ts_ns)
    violation = None
    # Many venues put Rejected into every refusal, so that word says nothing about the order.
    says_over = report.ord_status is not OrdStatus.REJECTED and PHASE_OF_STATUS[report.ord_status].is_final
    if says_over and not order.phase.is_final:
        violation = breach(order, "STATUS_CONTRADICTS_PHASE", f"a refusal says OrdStatus(39)={report.ord_status}")
    return _conclude(order, was_final, ts_ns, violation=violation, settles=not order.is_unanswered)


def on_trade_report(order: Order, report: TradeReported, ts_ns: int) -> Applied:
    """Apply one TradeCaptureReport(AE). It settles a doubt only when nothing is left to trade."""
    was_final = order.is_final
    violation = _contradiction(order, report)
    if violation is None and report.is_cancel:
        return _trade_voided(order, report, ts_ns)
    violation = violation or checks.unbookable(report)
    if violation is not None:
        return _conclude(order, was_final, ts_ns, violation=violation)
    heard = _trade_heard_before(order, report)
    if heard is REPEATED:
        return REPEATED
    if heard.violation is not None:
        key = order.ledger.standing(report.exec_id, report.trade_date) if report.is_amendment else None
        if key is None or unbookable(order, report) is not None:
            return _conclude(order, was_final, ts_ns, violation=heard.violation)
        return _trade_amended(order, report, key, ts_ns)
    booked = book(order, report)
    order.venue_cum_qty = max(order.venue_cum_qty, order.cum_qty)
    is_over = order.phase.is_final and not order.replace_id
    return _conclude(order, was_final, ts_ns, booked.fills, booked.violation, settles=is_over)


def _trade_amended(order: Order, report: TradeReported, key: str, ts_ns: int) -> Applied:
    """The trade is as this report says. What another quantity makes of the order, only a status can say."""
    was_final, was_filled = order.is_final, order.cum_qty
    fills = order.ledger.amend(key, report)
    order.venue_cum_qty = order.cum_qty
    violation = unlike_order(order, report)
    if order.cum_qty != was_filled:
        what = f"ExecID(17)={report.exec_id} was for {fills[0].qty.copy_negate()}, and is for {report.last_qty} now"
        violation = breach(order, "TRADE_AMENDED", what)
    return _conclude(order, was_final, ts_ns, fills, violation)


def _trade_voided(order: Order, report: TradeReported, ts_ns: int) -> Applied:
    """The venue's list says that a trade is void. Whether the order works again, only a status can say."""
    was_final = order.is_final
    key = order.ledger.standing(report.exec_id, report.trade_date)
    # A trade that was corrected is void in every list; its correction is a trade of its own there.
    if key is None or order.fills[key].exec_id != report.exec_id:
        return REPEATED
    fills = (order.ledger.undo(key, report.trade_report_id),)
    order.venue_cum_qty = order.cum_qty
    violation = breach(order, "TRADE_VOIDED", f"the venue's list voids ExecID(17)={report.exec_id}")
    return _conclude(order, was_final, ts_ns, fills, violation)


def on_business_reject(order: Order, report: MessageRejected, ts_ns: int) -> Applied:
    """Apply a Reject(3) or BusinessMessageReject(j). Only the refused order itself is rejected by it."""
    was_final = order.is_final
    if refuse(order, report.ref_id):
        return _conclude(order, was_final, ts_ns, settles=not order.is_unanswered)
    if order.phase is not Phase.SENT or report.ref_id not in order.ids or report.ref_msg_type not in _ORDER_MESSAGES:
        return UNCHANGED
    order.reject_reason, order.text = report.reason, report.text
    violation = move(order, PhaseInput.REJECTED)
    order.close_requests()
    return _conclude(order, was_final, ts_ns, violation=violation, settles=True)


def contradicted(order: Order, violation: RemoteViolation, ts_ns: int) -> Applied:
    """Put the order in doubt for a reason that its own reports do not show."""
    return _conclude(order, order.is_final, ts_ns, violation=violation)


def _conclude(
    order: Order,
    was_final: bool,
    ts_ns: int,
    fills: tuple[FillChange, ...] = (),
    violation: RemoteViolation | None = None,
    *,
    settles: bool = False,
) -> Applied:
    """Enter or leave doubt, and say what happened."""
    if fills:
        order.venue_avg_px = None  # it was the average without these
    if violation is not None:
        order.move(SyncInput.CONTRADICTED)
    elif (
        settles
        and order.sync is Sync.IN_DOUBT
        and order.cum_qty == order.venue_cum_qty
        and order.cum_qty <= order.order_qty
    ):
        order.move(SyncInput.VENUE_AGREED)
    is_final = order.is_final
    if is_final is not was_final:
        order.done_ts_ns = ts_ns if is_final else 0
    elif not fills and violation is None:
        return UNCHANGED
    return Applied(fills, is_final and not was_final, was_final and not is_final, False, violation)


def _contradiction(order: Order, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    return checks.contradiction(order.deal, order.symbol, event) or checks.other_account(order.account, event)


def _heard_before(order: Order, report: ExecutionReported) -> Applied:
    """REPEATED for a report that changes nothing any more; a violation when its ExecID(17) was another trade's."""
    exec_type = report.exec_type
    if exec_type in _BOOKING:
        return _trade_heard_before(order, report)
    if exec_type is ExecType.TRADE_CANCEL:
        return REPEATED if order.ledger.is_undone(report.exec_ref_id, report.trade_date) else UNCHANGED
    # Some venues give all answers to questions one ExecID(17): only what the session says again is an old one.
    if report.exec_id:
        use = (exec_type, report.cl_ord_id)
        if order.seen.get(report.exec_id) == use and (exec_type is not ExecType.ORDER_STATUS or report.poss_dup):
            return REPEATED
        order.seen[report.exec_id] = use
        if len(order.seen) > _SEEN_MAX:  # a venue may answer for ever
            del order.seen[next(iter(order.seen))]
    return UNCHANGED


def _trade_heard_before(order: Order, event: ExecutionReported | TradeReported) -> Applied:
    known = None
    for known in order.ledger.versions(event):
        if known.is_of(event):
            return REPEATED
    return UNCHANGED if known is None else Applied(violation=reuse(order, event))


def _unknown_to_venue(order: Order, was_final: bool, ts_ns: int) -> Applied:
    """The venue does not know the order. Whether that ends it is for the caller of ``never_received`` to say."""
    if order.is_final:
        return UNCHANGED
    if order.phase is Phase.SENT and not order.cum_qty:
        order.move(SyncInput.CONTRADICTED)
        return UNCHANGED
    violation = breach(order, "UNKNOWN_TO_VENUE", "the venue does not know the order it has spoken of")
    return _conclude(order, was_final, ts_ns, violation=violation)
