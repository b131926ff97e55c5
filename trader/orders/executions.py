"""One function per kind of ExecutionReport(8): the report has passed the checks and was not heard before."""

from collections.abc import Callable, Mapping

from trader.domain.errors import RemoteViolation
from trader.domain.events import ExecType, ExecutionReported, OrdStatus, RejectReason
from trader.domain.money import ZERO
from trader.orders import checks
from trader.orders.machine import (
    INPUT_OF_EXEC_TYPE,
    PENDING_OF_STATUS,
    PHASE_OF_STATUS,
    PendingInput,
    Phase,
    PhaseInput,
    Sync,
)
from trader.orders.order import Order
from trader.orders.steps import (
    Change,
    adopt_status,
    book,
    breach,
    count,
    move,
    refuse,
    terms,
    unbookable,
    unlike_order,
)


def _acknowledged(order: Order, report: ExecutionReported) -> Change:
    violation = move(order, INPUT_OF_EXEC_TYPE[report.exec_type]) or terms(order, report)
    return Change(violation=count(order, report.cum_qty, exactly=False) or violation)


def _pending_new(order: Order, report: ExecutionReported) -> Change:
    if order.phase is Phase.CREATED:
        return Change(violation=breach(order, "IMPOSSIBLE_TRANSITION", "the venue says PENDING_NEW"))
    return Change(violation=count(order, report.cum_qty, exactly=False))


def _ended(order: Order, report: ExecutionReported) -> Change:
    violation = move(order, INPUT_OF_EXEC_TYPE[report.exec_type])
    if violation is None:
        order.close_requests()
        order.text = report.text
    return Change(violation=violation or count(order, report.cum_qty, exactly=True))


def _rejected(order: Order, report: ExecutionReported) -> Change:
    # Some venues refuse a request with this report instead of OrderCancelReject(9).
    if refuse(order, report.cl_ord_id):
        return Change(violation=count(order, report.cum_qty, exactly=False))
    if report.reject_reason is RejectReason.DUPLICATE_ORDER:
        return Change(violation=breach(order, "DUPLICATE_ORDER", "the venue says that the ClOrdID(11) is in use"))
    violation = move(order, PhaseInput.REJECTED)
    if violation is None:
        order.close_requests()
        order.reject_reason, order.text = report.reject_reason, report.text
    return Change(violation=violation or count(order, report.cum_qty, exactly=True))


def _request_pending(order: Order, report: ExecutionReported) -> Change:
    violation = None
    is_replace = report.exec_type is ExecType.PENDING_REPLACE
    # After the end this word is late, except that a filled order may still have a request under way.
    if not order.phase.is_final or order.cancel_id or order.replace_id:
        said = PendingInput.PENDING_REPLACE if is_replace else PendingInput.PENDING_CANCEL
        if order.phase is Phase.CREATED or not order.try_move(said):
            violation = breach(order, "UNASKED_REPLACE", f"the venue says {report.exec_type}")
    return Change(violation=violation or count(order, report.cum_qty, exactly=False))


def _replaced(order: Order, report: ExecutionReported) -> Change:
    if report.cl_ord_id != order.replace_id or not order.replace_id:
        if report.cl_ord_id == order.current_id and len(order.ids) > 1:
            return Change(violation=count(order, report.cum_qty, exactly=False))
        what = f"the venue replaced by ClOrdID(11)={report.cl_ord_id}"
        return Change(violation=breach(order, "UNASKED_REPLACE", what))
    violation = _accept_replace(order, report)
    miscount = count(order, report.cum_qty, exactly=True)
    return Change(violation=violation or miscount)


def _accept_replace(order: Order, report: ExecutionReported) -> RemoteViolation | None:
    """Put the requested terms in force. The venue may raise the quantity to what it had filled, and no further."""
    asked = max(order.requested_qty, order.cum_qty)
    violation = checks.other_terms(report, (asked,), (order.requested_price,))
    order.order_qty = report.order_qty if report.order_qty and report.order_qty > ZERO else asked
    order.price = order.requested_price
    order.current_id, order.replace_id = order.replace_id, ""
    order.move(PendingInput.REPLACED)
    if order.cum_qty >= order.order_qty:
        moved = move(order, PhaseInput.FILLED)
    else:
        moved = move(order, PhaseInput.REOPENED if order.phase is Phase.FILLED else PhaseInput.ACKNOWLEDGED)
    return violation or moved


def _trade(order: Order, report: ExecutionReported) -> Change:
    booked = book(order, report)
    if not booked.fills and booked.violation is not None:
        return booked
    miscount = count(order, report.cum_qty, exactly=False)
    return Change(booked.fills, booked.violation or miscount)


def _trade_corrected(order: Order, report: ExecutionReported) -> Change:
    violation = unbookable(order, report)
    if violation is not None:
        return Change(violation=violation)
    key = order.ledger.standing(report.exec_ref_id, report.trade_date)
    if key is None:
        return Change(violation=_without_fill(order, report))
    fills = order.ledger.correct(key, report)
    violation = adopt_status(order, report, may_reopen=True)
    if order.overfill_qty:
        violation = breach(order, "OVERFILL", f"a correct puts the fills {order.overfill_qty} above the order")
    miscount = count(order, report.cum_qty, exactly=True)
    return Change(fills, violation or unlike_order(order, report) or miscount)


def _trade_canceled(order: Order, report: ExecutionReported) -> Change:
    key = order.ledger.standing(report.exec_ref_id, report.trade_date)
    if key is None:
        return Change(violation=_without_fill(order, report))
    fills = (order.ledger.undo(key, report.exec_id),)
    order.text = report.text or order.text or "the venue took its trade back"
    violation = adopt_status(order, report, may_reopen=True)
    miscount = count(order, report.cum_qty, exactly=True)
    return Change(fills, violation or miscount)


def _without_fill(order: Order, report: ExecutionReported) -> RemoteViolation:
    if report.exec_ref_id:
        order.ledger.undo_in_advance(report.exec_ref_id, report.exec_id)
    order.venue_cum_qty = report.cum_qty
    what = f"{report.exec_type} of ExecRefID(19)={report.exec_ref_id or 'none'}, which is not a fill of the order"
    return breach(order, "NO_FILL_TO_UNDO", what)


def _restated(order: Order, report: ExecutionReported) -> Change:
    """The venue changed the order by itself. Less than was asked for is accepted; more, or another limit, is not."""
    accepted = (order.order_qty,)
    if report.order_qty and order.cum_qty <= report.order_qty < order.order_qty:
        order.order_qty = report.order_qty
        accepted = (report.order_qty,)
    violation = checks.other_terms(report, accepted, (order.price,)) or adopt_status(order, report, may_reopen=True)
    if order.phase.is_final:
        order.close_requests()
    miscount = count(order, report.cum_qty, exactly=True)
    return Change(violation=violation or miscount)


def _status(order: Order, report: ExecutionReported) -> Change:
    """An answer to a status request. In doubt it also answers what was open: it came after our question."""
    order.venue_avg_px = report.avg_px
    is_over = PHASE_OF_STATUS[report.ord_status].is_final
    violation = None if is_over else terms(order, report)
    if order.sync is Sync.IN_DOUBT:
        violation = _answer_requests(order, report) or violation
    elif (still_pending := PENDING_OF_STATUS.get(report.ord_status)) is not None:
        order.try_move(still_pending)  # a replace that we did not ask for is not ours to wait for
    violation = violation or adopt_status(order, report, may_reopen=False)
    # A filled order's cancel may still be refused, and its replace may still make it larger.
    still_open = order.phase is Phase.FILLED and (order.replace_id or report.ord_status in PENDING_OF_STATUS)
    if order.phase.is_final and not still_open:
        order.close_requests()
    miscount = count(order, report.cum_qty, exactly=True)
    return Change(violation=violation or miscount)


def _answer_requests(order: Order, report: ExecutionReported) -> RemoteViolation | None:
    """Decide by a status answer what became of the open requests."""
    if report.ord_status is OrdStatus.PENDING_CANCEL:
        order.move(PendingInput.PENDING_CANCEL)
        return None
    if report.ord_status is OrdStatus.PENDING_REPLACE and order.replace_id:
        order.move(PendingInput.REPLACE_FOUND_OPEN)
        return None
    violation = None
    if order.replace_id:
        new_quantity = report.order_qty == order.requested_qty != order.order_qty
        new_price = report.price is not None and report.price == order.requested_price != order.price
        if report.cl_ord_id == order.replace_id or new_quantity or new_price:
            violation = _accept_replace(order, report)
    order.close_requests()
    return violation


HANDLERS: Mapping[ExecType, Callable[[Order, ExecutionReported], Change]] = {
    ExecType.NEW: _acknowledged,
    ExecType.STOPPED: _acknowledged,
    ExecType.SUSPENDED: _acknowledged,
    ExecType.PENDING_NEW: _pending_new,
    ExecType.CANCELED: _ended,
    ExecType.EXPIRED: _ended,
    ExecType.DONE_FOR_DAY: _ended,
    ExecType.CALCULATED: _ended,
    ExecType.REJECTED: _rejected,
    ExecType.PENDING_CANCEL: _request_pending,
    ExecType.PENDING_REPLACE: _request_pending,
    ExecType.REPLACED: _replaced,
    ExecType.TRADE: _trade,
    ExecType.TRADE_CORRECT: _trade_corrected,
    ExecType.TRADE_CANCEL: _trade_canceled,
    ExecType.RESTATED: _restated,
    ExecType.ORDER_STATUS: _status,
}
