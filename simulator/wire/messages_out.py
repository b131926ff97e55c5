"""The venue's side of the wire, outwards: an event becomes the text of an answer. Mirrors ``trader.fix.decode``.

The session layer adds the header's identities, sequence number and SendingTime(52). Source: FIX 4.2; FIX 4.4 volumes 3
to 5.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from simulator.effects import Send, SendQuotes
from simulator.wire.form import NO_SYMBOL, Fields, WireForm, text_field
from simulator.wire.legs_out import LegWriter
from simulator.wire.messages_in import BusinessReject
from simulator.wire.quotes_out import QuoteWriter
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    MessageRejected,
    NoOrdersOpen,
    OrdStatus,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
    VenueStatusReported,
)
from trader.fix import tags
from trader.fix.codes import EXEC_TYPE_CODE, ORD_STATUS_CODE
from trader.fix.dialect import Dialect
from trader.fix.text import SOH, decimal_text, local_mkt_date, utc_timestamp

_ALL_ORDERS = "7"  # MassCancelRequestType(530)
_ORD_REJ = {
    RejectReason.TOO_LATE: "4",
    RejectReason.UNKNOWN_ORDER: "5",
    RejectReason.DUPLICATE_ORDER: "6",
    RejectReason.STALE: "8",
}
_CXL_REJ = {
    RejectReason.TOO_LATE: "0",
    RejectReason.UNKNOWN_ORDER: "1",
    RejectReason.ALREADY_PENDING: "3",
    RejectReason.DUPLICATE_ORDER: "6",
}
_OTHER = "99"
_QUOTE_SIZE = "50000000"  # MDEntrySize(271): good for this much of the base

_TRADES = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
_NEW, _CANCEL, _CORRECT, _STATUS = "0", "1", "2", "3"  # ExecTransType(20)


class AnswerWriter:
    """Writes the venue's answers in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._form = form = WireForm(dialect)
        self._legs = LegWriter(form)
        quotes = QuoteWriter(form, self._legs)
        self._has_trans_type = dialect.begin_string == "FIX.4.2"
        self._trades_by_status = dialect.exec_types == "4.2"
        by_trans_type = {ExecType.TRADE_CANCEL: _CANCEL, ExecType.TRADE_CORRECT: _CORRECT}
        self._trans_types = {ExecType.ORDER_STATUS: _STATUS}
        if dialect.busts == "exec_trans_type":
            self._trans_types |= by_trans_type
        self._writers: dict[type[VenueEvent], Callable[[Any, Send], str]] = {
            ExecutionReported: self._execution_report,
            NoOrdersOpen: self._no_orders_open,
            CancelRefused: self._cancel_reject,
            MassCancelReported: self._mass_cancel_report,
            TradeRequestAcknowledged: self._trade_request_ack,
            TradeReported: self._trade_capture_report,
            MarketDataRefused: self._market_data_reject,
            QuoteReceived: lambda event, _: quotes.quote(event),
            QuoteWithdrawn: lambda event, _: quotes.quote_cancel(event),
            QuoteRequestRefused: lambda event, _: quotes.quote_request_reject(event),
            VenueStatusReported: self._venue_status,
            MessageRejected: self._message_reject,
        }

    def write(self, effect: Send) -> str:
        """The text of one answer.

        Raises:
            TypeError: The event is not one a venue sends.
        """
        writer = self._writers.get(type(effect.event))
        if writer is None:
            raise TypeError(f"a venue does not send {type(effect.event).__name__}")
        text = writer(effect.event, effect)
        return _as_resent(text) if effect.is_poss_resend else text

    def _execution_report(self, event: ExecutionReported, effect: Send) -> str:
        form = self._form
        fields: Fields = [(tags.ORDER_ID, event.order_id), (tags.EXEC_ID, event.exec_id)]
        if event.cl_ord_id:
            fields.append((tags.CL_ORD_ID, event.cl_ord_id))
        if event.orig_cl_ord_id:
            fields.append((tags.ORIG_CL_ORD_ID, event.orig_cl_ord_id))
        if event.exec_ref_id:
            fields.append((tags.EXEC_REF_ID, event.exec_ref_id))
        if self._has_trans_type:
            fields.append((tags.EXEC_TRANS_TYPE, self._trans_types.get(event.exec_type, _NEW)))
        fields += [
            (tags.EXEC_TYPE, self._exec_type(event)),
            (tags.ORD_STATUS, ORD_STATUS_CODE[event.ord_status]),
            *form.instrument(event.symbol),
            (tags.SIDE, form.side(event.side, event.currency, event.symbol)),
            (tags.CUM_QTY, form.quantity(event.cum_qty)),
            (tags.LEAVES_QTY, form.quantity(event.leaves_qty)),
            (tags.AVG_PX, decimal_text(effect.avg_px)),
            (tags.TRANSACT_TIME, utc_timestamp(event.transact_ts_ns)),
        ]
        fields += _execution_details(event, effect, form.quantity)
        if event.far_legs:
            fields += self._legs.executed(event)
        elif event.last_spot_rate is not None:
            fields.append((tags.LAST_SPOT_RATE, decimal_text(event.last_spot_rate)))
            if event.last_forward_points is not None:
                fields.append((tags.LAST_FORWARD_POINTS, decimal_text(event.last_forward_points)))
        if event.fixing_date is not None:
            fields.append((tags.MATURITY_DATE, local_mkt_date(event.fixing_date)))
        return form.message("8", fields)

    def _no_orders_open(self, event: NoOrdersOpen, _: Send) -> str:
        """The standard asks for an order, an instrument, a side and amounts, and there are none."""
        none, undisclosed = "NONE", "7"  # OrderID(37), Side(54)
        fields: Fields = [
            (tags.ORDER_ID, none),
            (tags.EXEC_ID, event.exec_id),
            (tags.EXEC_TYPE, EXEC_TYPE_CODE[ExecType.ORDER_STATUS]),
            (tags.ORD_STATUS, ORD_STATUS_CODE[OrdStatus.REJECTED]),
            (tags.SYMBOL, NO_SYMBOL),
            (tags.SIDE, undisclosed),
            *((tag, "0") for tag in (tags.CUM_QTY, tags.LEAVES_QTY, tags.AVG_PX)),
            (tags.TRANSACT_TIME, utc_timestamp(event.transact_ts_ns)),
            (tags.ORD_REJ_REASON, _ORD_REJ[RejectReason.UNKNOWN_ORDER]),
            (tags.MASS_STATUS_REQ_ID, event.request_id),
            (tags.TOT_NUM_REPORTS, "0"),
            (tags.LAST_RPT_REQUESTED, "Y"),
        ]
        return self._form.message("8", fields + text_field(event.text))

    def _exec_type(self, event: ExecutionReported) -> str:
        """ExecType(150). In its meaning of FIX 4.2 a trade, and what stands in ExecTransType(20), says the status."""
        if self._trades_by_status:
            if event.exec_type is ExecType.TRADE:
                return "1" if event.leaves_qty else "2"
            if event.exec_type in self._trans_types:
                return ORD_STATUS_CODE[event.ord_status]
        elif event.exec_type in _TRADES and event.exec_type in self._trans_types:
            return EXEC_TYPE_CODE[ExecType.TRADE]
        return EXEC_TYPE_CODE[event.exec_type]

    def _cancel_reject(self, event: CancelRefused, _: Send) -> str:
        fields: Fields = [
            (tags.ORDER_ID, event.order_id),
            (tags.CL_ORD_ID, event.cl_ord_id),
            (tags.ORIG_CL_ORD_ID, event.orig_cl_ord_id),
            (tags.ORD_STATUS, ORD_STATUS_CODE[event.ord_status]),
            (tags.CXL_REJ_RESPONSE_TO, "2" if event.is_replace else "1"),
            (tags.CXL_REJ_REASON, _CXL_REJ.get(event.reason, _OTHER)),
        ]
        return self._form.message("9", fields + text_field(event.text))

    def _mass_cancel_report(self, event: MassCancelReported, _: Send) -> str:
        fields: Fields = [
            (tags.CL_ORD_ID, event.cl_ord_id),
            (tags.ORDER_ID, event.cl_ord_id),
            (tags.MASS_CANCEL_REQUEST_TYPE, _ALL_ORDERS),
            (tags.MASS_CANCEL_RESPONSE, _ALL_ORDERS if event.accepted else "0"),
            (tags.TOTAL_AFFECTED_ORDERS, str(event.affected_orders)),
        ]
        if not event.accepted:
            fields.append((tags.MASS_CANCEL_REJECT_REASON, _OTHER))
        return self._form.message("r", fields + text_field(event.text))

    def _trade_request_ack(self, event: TradeRequestAcknowledged, _: Send) -> str:
        matching = "1"  # TradeRequestType(569)
        successful, other = "0", _OTHER  # TradeRequestResult(749)
        accepted, rejected = "0", "2"  # TradeRequestStatus(750)
        fields: Fields = [
            (tags.TRADE_REQUEST_ID, event.request_id),
            (tags.TRADE_REQUEST_TYPE, matching),
            (tags.TRADE_REQUEST_RESULT, successful if event.accepted else other),
            (tags.TRADE_REQUEST_STATUS, accepted if event.accepted else rejected),
            (tags.SYMBOL, NO_SYMBOL),
        ]
        if event.trades_total is not None:
            fields.append((tags.TOT_NUM_TRADE_REPORTS, str(event.trades_total)))
        return self._form.message("AQ", fields + text_field(event.text))

    def _trade_capture_report(self, event: TradeReported, _: Send) -> str:
        form = self._form
        fields: Fields = [(tags.TRADE_REPORT_ID, event.trade_report_id)]
        if event.is_cancel or event.is_amendment:
            fields.append((tags.TRADE_REPORT_TRANS_TYPE, "1" if event.is_cancel else "2"))
        if event.trade_id:
            fields.append((tags.TRADE_ID, event.trade_id))
        if event.request_id:
            fields.append((tags.TRADE_REQUEST_ID, event.request_id))
        if event.is_last_report:
            fields.append((tags.LAST_RPT_REQUESTED, "Y"))
        fields += [
            (tags.EXEC_ID, event.exec_id),
            (tags.PREVIOUSLY_REPORTED, "N"),
            *form.instrument(event.symbol),
            (tags.LAST_QTY, form.quantity(event.last_qty)),
            (tags.LAST_PX, decimal_text(event.last_px)),
            (tags.TRANSACT_TIME, utc_timestamp(event.transact_ts_ns)),
        ]
        if event.trade_date is not None:
            fields.append((tags.TRADE_DATE, local_mkt_date(event.trade_date)))
        if event.settl_date is not None:
            fields.append((tags.SETTL_DATE, local_mkt_date(event.settl_date)))
        fields += [
            (tags.NO_SIDES, "1"),
            (tags.SIDE, form.side(event.side, event.currency, event.symbol)),
            (tags.ORDER_ID, event.order_id),
            (tags.CL_ORD_ID, event.cl_ord_id),
            (tags.CURRENCY, event.currency),
        ]
        if event.account:
            fields.append((tags.ACCOUNT, event.account))
        if event.contra_qty is not None:
            fields.append((tags.GROSS_TRADE_AMT, decimal_text(event.contra_qty)))
        if event.far_legs:
            fields += self._legs.group(event)
        return form.message("AE", fields)

    def _market_data_reject(self, event: MarketDataRefused, _: Send) -> str:
        return self._form.message("Y", [(tags.MD_REQ_ID, event.request_id), *text_field(event.text)])

    def _message_reject(self, event: MessageRejected, _: Send) -> str:
        not_available = "4"  # BusinessRejectReason(380)
        return self._form.business_reject(event.ref_msg_type, event.ref_id, event.text, not_available)

    def _venue_status(self, event: VenueStatusReported, _: Send) -> str:
        """The sign that orders may be sent, or no longer, in the message in which the dialect gives it."""
        text = event.text or ("Ready" if event.is_ready else "Not ready")
        if self._form.dialect.ready == "news":
            return self._form.message("B", [(tags.HEADLINE, text), (tags.LINES_OF_TEXT, "1"), (tags.TEXT, text)])
        open_, closed = "2", "3"  # TradSesStatus(340)
        fields: Fields = [
            (tags.TRADING_SESSION_ID, "FX"),
            (tags.TRAD_SES_STATUS, open_ if event.is_ready else closed),
            (tags.TEXT, text),
        ]
        return self._form.message("h", fields)

    def write_quotes(self, effect: SendQuotes) -> str:
        """The text of a snapshot (W) of one pair, or of an incremental (X) of any number.

        Prices that orders can name are all sent as X: in FIX 4.4 an entry of W has no MDEntryID(278).
        """
        request_id = effect.quotes[0].request_id
        named = any(quote.bid_id or quote.offer_id for quote in effect.quotes)
        is_snapshot = effect.is_snapshot and not named
        entries: Fields = []
        bid, offer = "0", "1"  # MDEntryType(269)
        action = "0" if effect.is_snapshot else "1"  # MDUpdateAction(279): new, change
        for quote in effect.quotes:
            for entry_type, price, price_id in ((bid, quote.bid, quote.bid_id), (offer, quote.offer, quote.offer_id)):
                if price is None:
                    continue
                if not is_snapshot:
                    entries.append((tags.MD_UPDATE_ACTION, action))
                entries.append((tags.MD_ENTRY_TYPE, entry_type))
                if price_id:
                    entries.append((tags.MD_ENTRY_ID, price_id))
                if not is_snapshot:
                    entries += self._form.instrument(quote.symbol)
                entries += [(tags.MD_ENTRY_PX, decimal_text(price)), (tags.MD_ENTRY_SIZE, _QUOTE_SIZE)]
        count = sum(1 for tag, _ in entries if tag == tags.MD_ENTRY_TYPE)
        head: Fields = [(tags.MD_REQ_ID, request_id)]
        if is_snapshot:
            head += self._form.instrument(effect.quotes[0].symbol)
        return self._form.message("W" if is_snapshot else "X", [*head, (tags.NO_MD_ENTRIES, str(count)), *entries])

    def write_business_reject(self, reject: BusinessReject) -> str:
        """The text of a BusinessMessageReject(j)."""
        return self._form.business_reject(
            reject.ref_msg_type, reject.ref_id, reject.text, reject.reason_code, reject.ref_seq_num
        )


def _as_resent(text: str) -> str:
    """The same message with PossResend(97)=Y, which is of the header: behind MsgType(35)."""
    begin, length, msg_type, rest = text.split(SOH, 3)
    return SOH.join((begin, length, msg_type, f"{tags.POSS_RESEND}=Y", rest))


def _execution_details(event: ExecutionReported, effect: Send, quantity: Callable[[Decimal], str]) -> Fields:
    """The fields of an execution report that not every report has."""
    is_trade = bool(event.last_qty)
    partial_decline = "5"  # ExecRestatementReason(378)
    optional: tuple[tuple[str, object, Callable[[Any], str]], ...] = (
        (tags.ACCOUNT, event.account or None, str),
        (tags.CURRENCY, event.currency, str),
        (tags.ORDER_QTY, event.order_qty, quantity),
        (tags.PRICE, event.price, decimal_text),
        (tags.LAST_QTY, event.last_qty if is_trade else None, quantity),
        (tags.LAST_PX, event.last_px if is_trade else None, decimal_text),
        (tags.SETTL_DATE, event.settl_date, local_mkt_date),
        (tags.GROSS_TRADE_AMT, event.contra_qty, decimal_text),
        (tags.TRADE_DATE, event.trade_date, local_mkt_date),
        (tags.ORD_REJ_REASON, event.reject_reason, lambda reason: _ORD_REJ.get(reason, _OTHER)),
        (tags.EXEC_RESTATEMENT_REASON, partial_decline if event.exec_type is ExecType.RESTATED else None, str),
        (tags.MASS_STATUS_REQ_ID, event.mass_status_request_id or None, str),
        (tags.TOT_NUM_REPORTS, effect.total_reports, str),
        (tags.LAST_RPT_REQUESTED, "Y" if event.is_last_report else None, str),
        (tags.TEXT, event.text or None, str),
    )
    return [(tag, write(value)) for tag, value, write in optional if value is not None]
