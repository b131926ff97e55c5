"""The venue's side of the wire, outwards: an event becomes the text of an answer. Mirrors ``trader.fix.decode``.

The session layer adds the header's identities, sequence number and SendingTime(52). Source: FIX 4.4 volumes 3 to 5.
"""

from collections.abc import Callable
from typing import Any

from simulator.effects import Send, SendQuotes
from simulator.wire_in import Unreadable
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Side
from trader.domain.events import (
    CancelRefused,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
)
from trader.fix import tags
from trader.fix.codes import EXEC_TYPE_CODE, ORD_STATUS_CODE, SIDE_CODE
from trader.fix.dialect import Dialect
from trader.fix.text import decimal_text, local_mkt_date, message, utc_timestamp

_Fields = list[tuple[str, object]]

_NO_SYMBOL = "[N/A]"  # Symbol(55) where the standard asks for one and there is none. Source: FIX 4.4 volume 6.
_ALL_ORDERS = "7"  # MassCancelRequestType(530)
_ORD_REJ = {RejectReason.TOO_LATE: "4", RejectReason.UNKNOWN_ORDER: "5", RejectReason.DUPLICATE_ORDER: "6"}
_CXL_REJ = {
    RejectReason.TOO_LATE: "0",
    RejectReason.UNKNOWN_ORDER: "1",
    RejectReason.ALREADY_PENDING: "3",
    RejectReason.DUPLICATE_ORDER: "6",
}
_OTHER = "99"
_QUOTE_SIZE = "50000000"  # MDEntrySize(271): good for this much of the base


class AnswerWriter:
    """Writes the venue's answers in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._symbols: dict[str, str] = {}
        self._writers: dict[type[VenueEvent], Callable[[Any, Send], str]] = {
            ExecutionReported: self._execution_report,
            CancelRefused: self._cancel_reject,
            MassCancelReported: self._mass_cancel_report,
            TradeRequestAcknowledged: self._trade_request_ack,
            TradeReported: self._trade_capture_report,
            MarketDataRefused: self._market_data_reject,
        }

    def _message(self, msg_type: str, fields: _Fields) -> str:
        return message(self._dialect.begin_string, msg_type, fields)

    def _symbol(self, pair: str) -> str:
        symbol = self._symbols.get(pair)
        if symbol is None:
            symbol = self._symbols[pair] = self._dialect.symbol(parse_pair(pair))
        return symbol

    def _side(self, side: Side, currency: str, pair: str) -> str:
        if self._dialect.side_of == "symbol":
            side = self._dialect.wire_side(side, Currency(currency), parse_pair(pair))
        return SIDE_CODE[side]

    def write(self, effect: Send) -> str:
        """The text of one answer.

        Raises:
            TypeError: The event is not one a venue sends.
        """
        writer = self._writers.get(type(effect.event))
        if writer is None:
            raise TypeError(f"a venue does not send {type(effect.event).__name__}")
        return writer(effect.event, effect)

    def _execution_report(self, event: ExecutionReported, effect: Send) -> str:
        fields: _Fields = [(tags.ORDER_ID, event.order_id), (tags.EXEC_ID, event.exec_id)]
        if event.cl_ord_id:
            fields.append((tags.CL_ORD_ID, event.cl_ord_id))
        if event.orig_cl_ord_id:
            fields.append((tags.ORIG_CL_ORD_ID, event.orig_cl_ord_id))
        if event.exec_ref_id:
            fields.append((tags.EXEC_REF_ID, event.exec_ref_id))
        fields += [
            (tags.EXEC_TYPE, EXEC_TYPE_CODE[event.exec_type]),
            (tags.ORD_STATUS, ORD_STATUS_CODE[event.ord_status]),
            (tags.SYMBOL, self._symbol(event.symbol)),
            (tags.SIDE, self._side(event.side, event.currency, event.symbol)),
            (tags.CUM_QTY, decimal_text(event.cum_qty)),
            (tags.LEAVES_QTY, decimal_text(event.leaves_qty)),
            (tags.AVG_PX, decimal_text(effect.avg_px)),
            (tags.TRANSACT_TIME, utc_timestamp(event.transact_ts_ns)),
        ]
        return self._message("8", fields + _execution_details(event, effect))

    def _cancel_reject(self, event: CancelRefused, _: Send) -> str:
        fields: _Fields = [
            (tags.ORDER_ID, event.order_id),
            (tags.CL_ORD_ID, event.cl_ord_id),
            (tags.ORIG_CL_ORD_ID, event.orig_cl_ord_id),
            (tags.ORD_STATUS, ORD_STATUS_CODE[event.ord_status]),
            (tags.CXL_REJ_RESPONSE_TO, "2" if event.is_replace else "1"),
            (tags.CXL_REJ_REASON, _CXL_REJ.get(event.reason, _OTHER)),
        ]
        return self._message("9", fields + _text(event.text))

    def _mass_cancel_report(self, event: MassCancelReported, _: Send) -> str:
        fields: _Fields = [
            (tags.CL_ORD_ID, event.cl_ord_id),
            (tags.ORDER_ID, event.cl_ord_id),
            (tags.MASS_CANCEL_REQUEST_TYPE, _ALL_ORDERS),
            (tags.MASS_CANCEL_RESPONSE, _ALL_ORDERS if event.accepted else "0"),
            (tags.TOTAL_AFFECTED_ORDERS, str(event.affected_orders)),
        ]
        if not event.accepted:
            fields.append((tags.MASS_CANCEL_REJECT_REASON, _OTHER))
        return self._message("r", fields + _text(event.text))

    def _trade_request_ack(self, event: TradeRequestAcknowledged, _: Send) -> str:
        matching = "1"  # TradeRequestType(569)
        successful, other = "0", _OTHER  # TradeRequestResult(749)
        accepted, rejected = "0", "2"  # TradeRequestStatus(750)
        fields: _Fields = [
            (tags.TRADE_REQUEST_ID, event.request_id),
            (tags.TRADE_REQUEST_TYPE, matching),
            (tags.TRADE_REQUEST_RESULT, successful if event.accepted else other),
            (tags.TRADE_REQUEST_STATUS, accepted if event.accepted else rejected),
            (tags.SYMBOL, _NO_SYMBOL),
        ]
        if event.trades_total is not None:
            fields.append((tags.TOT_NUM_TRADE_REPORTS, str(event.trades_total)))
        return self._message("AQ", fields + _text(event.text))

    def _trade_capture_report(self, event: TradeReported, _: Send) -> str:
        fields: _Fields = [(tags.TRADE_REPORT_ID, event.trade_report_id)]
        if event.is_cancel:
            fields.append((tags.TRADE_REPORT_TRANS_TYPE, "1"))
        if event.request_id:
            fields.append((tags.TRADE_REQUEST_ID, event.request_id))
        if event.is_last_report:
            fields.append((tags.LAST_RPT_REQUESTED, "Y"))
        fields += [
            (tags.EXEC_ID, event.exec_id),
            (tags.PREVIOUSLY_REPORTED, "N"),
            (tags.SYMBOL, self._symbol(event.symbol)),
            (tags.LAST_QTY, decimal_text(event.last_qty)),
            (tags.LAST_PX, decimal_text(event.last_px)),
            (tags.TRANSACT_TIME, utc_timestamp(event.transact_ts_ns)),
        ]
        if event.trade_date is not None:
            fields.append((tags.TRADE_DATE, local_mkt_date(event.trade_date)))
        if event.settl_date is not None:
            fields.append((tags.SETTL_DATE, local_mkt_date(event.settl_date)))
        fields += [
            (tags.NO_SIDES, "1"),
            (tags.SIDE, self._side(event.side, event.currency, event.symbol)),
            (tags.ORDER_ID, event.order_id),
            (tags.CL_ORD_ID, event.cl_ord_id),
            (tags.CURRENCY, event.currency),
        ]
        if event.contra_qty is not None:
            fields.append((tags.GROSS_TRADE_AMT, decimal_text(event.contra_qty)))
        return self._message("AE", fields)

    def _market_data_reject(self, event: MarketDataRefused, _: Send) -> str:
        return self._message("Y", [(tags.MD_REQ_ID, event.request_id), *_text(event.text)])

    def write_quotes(self, effect: SendQuotes) -> str:
        """The text of a snapshot (W) of one pair, or of an incremental (X) of any number."""
        request_id = effect.quotes[0].request_id
        entries: _Fields = []
        bid, offer, change = "0", "1", "1"  # MDEntryType(269), MDUpdateAction(279)
        for quote in effect.quotes:
            for entry_type, price in ((bid, quote.bid), (offer, quote.offer)):
                if price is None:
                    continue
                if not effect.is_snapshot:
                    entries.append((tags.MD_UPDATE_ACTION, change))
                entries.append((tags.MD_ENTRY_TYPE, entry_type))
                if not effect.is_snapshot:
                    entries.append((tags.SYMBOL, self._symbol(quote.symbol)))
                entries += [(tags.MD_ENTRY_PX, decimal_text(price)), (tags.MD_ENTRY_SIZE, _QUOTE_SIZE)]
        count = sum(1 for tag, _ in entries if tag == tags.MD_ENTRY_TYPE)
        head: _Fields = [(tags.MD_REQ_ID, request_id)]
        if effect.is_snapshot:
            head.append((tags.SYMBOL, self._symbol(effect.quotes[0].symbol)))
        return self._message("W" if effect.is_snapshot else "X", [*head, (tags.NO_MD_ENTRIES, str(count)), *entries])

    def write_business_reject(self, unreadable: Unreadable) -> str:
        """The text of a BusinessMessageReject(j)."""
        fields: _Fields = [
            (tags.REF_SEQ_NUM, unreadable.ref_seq_num),
            (tags.REF_MSG_TYPE, unreadable.ref_msg_type),
            (tags.BUSINESS_REJECT_REASON, unreadable.reason_code),
        ]
        if unreadable.ref_id:
            fields.append((tags.BUSINESS_REJECT_REF_ID, unreadable.ref_id))
        return self._message("j", fields + _text(unreadable.text))


def _execution_details(event: ExecutionReported, effect: Send) -> _Fields:
    """The fields of an execution report that not every report has."""
    is_trade = bool(event.last_qty)
    optional: tuple[tuple[str, object, Callable[[Any], str]], ...] = (
        (tags.CURRENCY, event.currency, str),
        (tags.ORDER_QTY, event.order_qty, decimal_text),
        (tags.PRICE, event.price, decimal_text),
        (tags.LAST_QTY, event.last_qty if is_trade else None, decimal_text),
        (tags.LAST_PX, event.last_px if is_trade else None, decimal_text),
        (tags.SETTL_DATE, event.settl_date, local_mkt_date),
        (tags.GROSS_TRADE_AMT, event.contra_qty, decimal_text),
        (tags.TRADE_DATE, event.trade_date, local_mkt_date),
        (tags.ORD_REJ_REASON, event.reject_reason, lambda reason: _ORD_REJ.get(reason, _OTHER)),
        (tags.MASS_STATUS_REQ_ID, event.mass_status_request_id or None, str),
        (tags.TOT_NUM_REPORTS, effect.total_reports, str),
        (tags.LAST_RPT_REQUESTED, "Y" if event.is_last_report else None, str),
        (tags.TEXT, event.text or None, str),
    )
    return [(tag, write(value)) for tag, value, write in optional if value is not None]


def _text(text: str) -> _Fields:
    return [(tags.TEXT, text)] if text else []
