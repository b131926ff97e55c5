"""Messages in words: what was sent by its ids, and what came by what it says. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from trader.app.conformance.steps import Heard, SessionMessage
from trader.domain.events import (
    CancelRefused,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    MessageRejected,
    MessageUnreadable,
    NoOrdersOpen,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    TradeReported,
    TradeRequestAcknowledged,
    VenueStatusReported,
)
from trader.engine.inputs import MessageDropped, SessionClosed, SessionOpened
from trader.fix import tags

_NAMES = {
    "0": "Heartbeat(0)",
    "1": "TestRequest(1)",
    "5": "Logout(5)",
    "A": "Logon(A)",
    "AB": "NewOrderMultileg(AB)",
    "AD": "TradeCaptureReportRequest(AD)",
    "AF": "OrderMassStatusRequest(AF)",
    "AJ": "QuoteResponse(AJ)",
    "D": "NewOrderSingle(D)",
    "F": "OrderCancelRequest(F)",
    "G": "OrderCancelReplaceRequest(G)",
    "H": "OrderStatusRequest(H)",
    "R": "QuoteRequest(R)",
    "V": "MarketDataRequest(V)",
    "q": "OrderMassCancelRequest(q)",
}
_IDS = {
    tags.CL_ORD_ID: "ClOrdID",
    tags.ORIG_CL_ORD_ID: "OrigClOrdID",
    tags.QUOTE_ID: "QuoteID",
    tags.QUOTE_REQ_ID: "QuoteReqID",
    tags.QUOTE_RESP_ID: "QuoteRespID",
    tags.MD_REQ_ID: "MDReqID",
    tags.MASS_STATUS_REQ_ID: "MassStatusReqID",
    tags.TRADE_REQUEST_ID: "TradeRequestID",
    tags.TEST_REQ_ID: "TestReqID",
    tags.MSG_SEQ_NUM: "MsgSeqNum",
}
_SHOWN = 6


def sent(fields: Mapping[str, str]) -> str:
    """A message of ours by its name, its ids and its number."""
    msg_type = fields.get(tags.MSG_TYPE, "")
    found = [f"{name}({tag})={fields[tag]}" for tag, name in _IDS.items() if tag in fields]
    return " ".join([_NAMES.get(msg_type, f"MsgType(35)={msg_type}"), *found])


def came(heard: Iterable[Heard]) -> tuple[str, ...]:
    """What was heard, the last of it; prices only where nothing else came."""
    news = list(heard)
    lines = [described(event) for event in news if not isinstance(event, PriceQuoted)]
    if not lines and news:
        lines = [described(news[-1])]
    left_out = len(lines) - _SHOWN
    return tuple([f"{left_out} more", *lines[-_SHOWN:]] if left_out > 0 else lines)


def described(event: Heard) -> str:  # noqa: C901, PLR0911, PLR0912 -- a table of kinds, one line each
    """One thing that was heard."""
    match event:
        case ExecutionReported():
            return _execution(event)
        case NoOrdersOpen():
            return _with("ExecutionReport(8): no order is open", event.text)
        case CancelRefused():
            kind = "replace" if event.is_replace else "cancel"
            return _with(f"OrderCancelReject(9) of the {kind}: {event.reason}", event.text)
        case MassCancelReported():
            word = "accepted" if event.accepted else "refused"
            return _with(f"OrderMassCancelReport(r): {word}, {event.affected_orders} orders", event.text)
        case TradeReported():
            return f"TradeCaptureReport(AE) {event.exec_id}: {_number(event.last_qty)} at {_number(event.last_px)}"
        case TradeRequestAcknowledged():
            return _with(f"TradeCaptureReportRequestAck(AQ): {event.trades_total} trades", event.text)
        case PriceQuoted():
            return f"{event.symbol} {event.bid} / {event.offer}"
        case MarketDataRefused():
            return _with("MarketDataRequestReject(Y)", event.text)
        case QuoteReceived():
            return _quote(event)
        case QuoteWithdrawn():
            return _with(f"QuoteCancel(Z) of {event.quote_id or 'all quotes'}", event.text)
        case QuoteRequestRefused():
            return _with(f"QuoteRequestReject(AG) of {event.maker or 'the venue'}", event.text)
        case VenueStatusReported():
            return _with("the venue is ready" if event.is_ready else "the venue is not ready", event.text)
        case MessageRejected():
            return _with(f"a reject of MsgType(35)={event.ref_msg_type}", event.text)
        case MessageUnreadable():
            return f"MsgType(35)={event.msg_type}, which cannot be read: {event.problem}"
        case SessionMessage():
            return _with(_NAMES.get(event.msg_type, event.msg_type), event.fields.get(tags.TEXT, ""))
        case SessionOpened():
            return "the session is up"
        case SessionClosed():
            return f"the session ended: {event.reason}"
        case MessageDropped():
            return f"a message that the session layer rejected: {event.problem}"


def _execution(report: ExecutionReported) -> str:
    text = f"ExecutionReport(8) {report.exec_type}, OrdStatus(39) {report.ord_status}"
    if report.last_qty:
        text += f", {_number(report.last_qty)} at {_number(report.last_px)}"
        text += "".join(f" and {_number(leg.last_qty)} at {_number(leg.last_px)}" for leg in report.far_legs)
    return _with(text, report.text)


def _quote(quote: QuoteReceived) -> str:
    sides = [
        f"{name} {' and '.join(map(_number, rates))}"
        for name, rates in (("bid", quote.bids), ("offer", quote.offers))
        if rates
    ]
    return f"Quote(S) {quote.quote_id} of {quote.maker or 'the venue'}: {', '.join(sides)}"


def _number(number: Decimal) -> str:
    return f"{number:f}" if number.is_finite() else str(number)


def _with(text: str, reason: str) -> str:
    return f"{text}: {reason}" if reason else text
