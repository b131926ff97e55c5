"""The venue's words about an order, built from the order's own record."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import structs

from simulator.effects import Send, Trade
from simulator.market.pricing import Price, far_legs_traded
from simulator.venue.book import Order
from trader.domain.commands import CancelOrder, ReplaceOrder, RequestMassStatus, RequestOrderStatus
from trader.domain.deal import Product
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    NoOrdersOpen,
    OrdStatus,
    RejectReason,
    TradeReported,
)
from trader.domain.money import ZERO, contra_amount

NO_ORDER = "NONE"  # OrderID(37) of an order the venue does not know. Source: FIX 4.4 volume 4, Order Cancel Reject.


def order_report(
    order: Order,
    exec_type: ExecType,
    now_ns: int,
    *,
    cl_ord_id: str = "",
    orig_cl_ord_id: str = "",
    reason: RejectReason | None = None,
    text: str = "",
) -> Send:
    """ExecutionReport(8) about an order that is not a trade; ``cl_ord_id`` is that of a request, or "" for its own."""
    event = _about(
        order, exec_type, now_ns, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig_cl_ord_id, reason=reason, text=text
    )
    return Send(order.session, event, order.avg_px)


def trade_report(order: Order, trade: Trade) -> Send:
    """ExecutionReport(8) with ExecType(150)=F, after the order has booked the trade."""
    event = ExecutionReported(
        cl_ord_id=order.cl_ord_id,
        orig_cl_ord_id="",
        order_id=order.order_id,
        exec_id=trade.exec_id,
        exec_ref_id="",
        exec_type=ExecType.TRADE,
        ord_status=order.ord_status,
        symbol=trade.symbol,
        side=trade.side,
        currency=trade.currency,
        order_qty=order.order_qty,
        last_qty=trade.last_qty,
        last_px=trade.last_px,
        cum_qty=order.cum_qty,
        leaves_qty=order.leaves_qty,
        price=order.price,
        settl_date=trade.settl_date,
        contra_qty=trade.contra_qty,
        trade_date=trade.trade_date,
        transact_ts_ns=trade.ts_ns,
        last_spot_rate=trade.last_spot_rate,
        last_forward_points=None if trade.last_spot_rate is None else trade.last_px - trade.last_spot_rate,
        far_legs=trade.far_legs,
        fixing_date=order.deal.fixing_date,
        account=trade.account,
    )
    return Send(order.session, event, order.avg_px)


def amended(order: Order, trade: Trade, exec_type: ExecType) -> Send:
    """ExecutionReport(8) with ExecType(150)=H or G, after the order has booked the change.

    Args:
        order: The order.
        trade: What was taken back, or how it now stands; its ``exec_ref_id`` names the trade that it is about.
        exec_type: TRADE_CANCEL or TRADE_CORRECT.
    """
    told = trade_report(order, trade)
    changes: dict[str, Any] = {"exec_type": exec_type, "exec_ref_id": trade.exec_ref_id}
    if exec_type is ExecType.TRADE_CANCEL:
        changes["text"] = f"{trade.exec_ref_id} is taken back"
        changes |= {"last_qty": ZERO, "last_px": ZERO, "contra_qty": None, "far_legs": ()}
        changes |= {"last_spot_rate": None, "last_forward_points": None}
    return replace(told, event=structs.replace(told.event, **changes))


def status_report(
    order: Order, now_ns: int, request_id: str = "", total: int | None = None, *, last: bool = False
) -> Send:
    """ExecutionReport(8) with ExecType(150)=I: where the order stands."""
    event = _about(order, ExecType.ORDER_STATUS, now_ns, request_id=request_id, last=last)
    return Send(order.session, event, order.avg_px, total)


def _about(
    order: Order,
    exec_type: ExecType,
    now_ns: int,
    *,
    cl_ord_id: str = "",
    orig_cl_ord_id: str = "",
    reason: RejectReason | None = None,
    text: str = "",
    request_id: str = "",
    last: bool = False,
) -> ExecutionReported:
    return ExecutionReported(
        cl_ord_id=cl_ord_id or order.cl_ord_id,
        orig_cl_ord_id=orig_cl_ord_id,
        order_id=order.order_id,
        exec_id=order.next_exec_id(),
        exec_ref_id="",
        exec_type=exec_type,
        ord_status=order.ord_status,
        symbol=str(order.deal.pair),
        side=order.deal.near_leg.side,
        currency=order.deal.dealt_currency,
        order_qty=order.order_qty,
        last_qty=ZERO,
        last_px=ZERO,
        cum_qty=order.cum_qty,
        leaves_qty=order.leaves_qty,
        price=order.price,
        settl_date=order.deal.near_leg.value_date,
        transact_ts_ns=now_ns,
        reject_reason=reason,
        text=text,
        mass_status_request_id=request_id,
        is_last_report=last,
        fixing_date=order.deal.fixing_date,
        account=order.account,
    )


def duplicate_reject(order: Order, now_ns: int) -> Send:
    """ExecutionReport(8) for a NewOrderSingle(D) whose ClOrdID(11) is used up; the order ``order`` is not touched.

    ``order`` is the record of the refused request, never that of the order that has the id.
    """
    return order_report(
        order, ExecType.REJECTED, now_ns, reason=RejectReason.DUPLICATE_ORDER, text="This ClOrdID has been used before"
    )


def unknown_status(session: str, request: RequestOrderStatus, exec_id: str, now_ns: int) -> Send:
    """ExecutionReport(8) with ExecType(150)=I and OrdStatus(39)=8 for an order the venue does not know."""
    event = ExecutionReported(
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id="",
        order_id=NO_ORDER,
        exec_id=exec_id,
        exec_ref_id="",
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        symbol=str(request.deal.pair),
        side=request.deal.near_leg.side,
        currency=request.deal.dealt_currency,
        order_qty=None,
        last_qty=ZERO,
        last_px=ZERO,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        transact_ts_ns=now_ns,
        reject_reason=RejectReason.UNKNOWN_ORDER,
        text="Unknown order",
    )
    return Send(session, event)


def nothing_open(session: str, request: RequestMassStatus, exec_id: str, now_ns: int) -> Send:
    """ExecutionReport(8) that answers a mass status request when no order of the session is open."""
    return Send(session, NoOrdersOpen(request.request_id, exec_id, now_ns, "No open orders"))


def refusal(
    session: str, request: CancelOrder | ReplaceOrder, order: Order | None, reason: RejectReason, text: str
) -> Send:
    """OrderCancelReject(9)."""
    event = CancelRefused(
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=request.orig_cl_ord_id,
        order_id=order.order_id if order else NO_ORDER,
        ord_status=order.ord_status if order else OrdStatus.REJECTED,
        is_replace=isinstance(request, ReplaceOrder),
        reason=reason,
        text=text,
    )
    return Send(session, event)


def captured(
    trade: Trade, request_id: str, number: int, *, last: bool = False, is_void: bool = False, is_amendment: bool = False
) -> Send:
    """TradeCaptureReport(AE): a trade from the venue's books, in answer to a request or unasked.

    Args:
        trade: The trade as it stands.
        request_id: TradeRequestID(568) of the request; "" when unasked.
        number: The report's own: every TradeReportID(571) is new.
        last: LastRptRequested(912)=Y.
        is_void: TradeReportTransType(487)=1: the trade does not count.
        is_amendment: TradeReportTransType(487)=2: the report stands in place of those before it.
    """
    event = TradeReported(
        request_id=request_id,
        trade_report_id=f"{trade.exec_id}-R{number}",
        trade_id="",
        exec_id=trade.exec_id,
        order_id=trade.order_id,
        cl_ord_id=trade.cl_ord_id,
        symbol=trade.symbol,
        side=trade.side,
        currency=trade.currency,
        last_qty=trade.last_qty,
        last_px=trade.last_px,
        settl_date=trade.settl_date,
        trade_date=trade.trade_date,
        transact_ts_ns=trade.ts_ns,
        contra_qty=trade.contra_qty,
        is_cancel=is_void,
        is_last_report=last,
        far_legs=trade.far_legs,
        is_amendment=is_amendment,
        account=trade.account,
    )
    return Send(trade.session, event)


def fill_of(order: Order, quantity: Decimal, price: Price, value_date: date, trade_date: date, now_ns: int) -> Trade:
    """A new trade of an order that has booked it, with the next ExecID(17); the order is not changed otherwise.

    Args:
        order: The order.
        quantity: Units of the dealt currency on the near leg.
        price: At what, leg by leg.
        value_date: SettlDate(64) of the near leg.
        trade_date: TradeDate(75).
        now_ns: TransactTime(60), UTC nanoseconds.
    """
    deal, rates = order.deal, price.rates
    is_spot = deal.product is Product.SPOT
    return Trade(
        session=order.session,
        exec_id=order.next_exec_id(),
        order_id=order.order_id,
        cl_ord_id=order.cl_ord_id,
        account=order.account,
        symbol=str(deal.pair),
        side=deal.near_leg.side,
        currency=deal.dealt_currency,
        last_qty=quantity,
        last_px=rates[0],
        contra_qty=contra_amount(quantity, deal.dealt_currency, deal.pair, rates[0]),
        settl_date=value_date,
        trade_date=trade_date,
        ts_ns=now_ns,
        last_spot_rate=None if is_spot else price.spot,
        far_legs=far_legs_traded(deal, rates, order.unit, order.cum_qty - quantity, order.cum_qty),
    )
