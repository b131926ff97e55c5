"""The robot's side of the wire, inwards: the text of a message becomes a venue event.

Total: whatever arrives, the answer is an event. What cannot be read becomes :class:`MessageUnreadable`, because the
venue can never make our code raise. Source: FIX 4.4 volumes 3 to 5.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from trader.domain.deal import Side
from trader.domain.errors import DomainError
from trader.domain.events import (
    CancelRefused,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    MessageRejected,
    MessageUnreadable,
    PriceQuoted,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
)
from trader.fix import tags
from trader.fix.codes import EXEC_TYPE, ORD_STATUS, SIDE
from trader.fix.dialect import Dialect
from trader.fix.text import (
    FieldError,
    groups,
    read_decimal,
    read_int,
    read_local_mkt_date,
    read_rate,
    read_utc_timestamp,
    split,
)

_Value = TypeVar("_Value")
_Pairs = list[tuple[str, str]]

_ZERO = Decimal(0)

# OrdRejReason(103), CxlRejReason(102) and BusinessRejectReason(380): the codes the robot acts on; all else is OTHER.
_ORD_REJ = {"5": RejectReason.UNKNOWN_ORDER, "6": RejectReason.DUPLICATE_ORDER, "4": RejectReason.TOO_LATE}
_CXL_REJ = {
    "0": RejectReason.TOO_LATE,
    "1": RejectReason.UNKNOWN_ORDER,
    "3": RejectReason.ALREADY_PENDING,
    "6": RejectReason.DUPLICATE_ORDER,
}
_BUSINESS_REJ = {"1": RejectReason.UNKNOWN_ORDER}


class _Fields(dict[str, str]):
    """One message's fields by tag, with readers that name the field in their complaint."""

    def need(self, tag: str, read: Callable[[str], _Value]) -> _Value:
        try:
            return read(self[tag])
        except (KeyError, FieldError, DomainError) as error:
            raise self._complaint(tag, error) from None

    def may(self, tag: str, read: Callable[[str], _Value], default: _Value) -> _Value:
        value = self.get(tag)
        if value is None:
            return default
        try:
            return read(value)
        except (KeyError, FieldError, DomainError) as error:
            raise self._complaint(tag, error) from None

    def _complaint(self, tag: str, error: Exception) -> FieldError:
        if not isinstance(error, KeyError):
            return FieldError(f"tag {tag}: {error}")
        if tag in self:
            return FieldError(f"tag {tag} holds {self[tag][:40]!r}, which is not one of its values")
        return FieldError(f"tag {tag} is missing")

    def flag(self, tag: str) -> bool:
        return self.get(tag) == "Y"


class Decoder:
    """Turns messages of one dialect into events."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._readers: dict[str, Callable[[_Fields, _Pairs], tuple[VenueEvent, ...]]] = {
            "8": self._execution_report,
            "9": self._cancel_reject,
            "r": self._mass_cancel_report,
            "AE": self._trade_report,
            "AQ": self._trade_request_ack,
            "W": self._snapshot,
            "X": self._incremental,
            "Y": self._market_data_reject,
            "3": self._reject,
            "j": self._business_reject,
        }
        self._symbols: dict[str, str] = {}

    def decode(self, text: str) -> tuple[VenueEvent, ...]:
        """The events a message stands for: one, or one per pair for market data.

        Never raises for any text.
        """
        try:
            pairs = split(text)
        except FieldError as error:
            return (MessageUnreadable("", "", str(error)),)
        # The first of a repeated tag wins: groups follow the fields that name the message.
        fields = _Fields(reversed(pairs))
        msg_type = fields.get(tags.MSG_TYPE, "")
        reader = self._readers.get(msg_type)
        cl_ord_id = fields.get(tags.CL_ORD_ID, "")
        if reader is None:
            return (MessageUnreadable(msg_type, cl_ord_id, f"MsgType(35)={msg_type[:10]} is not one the robot reads"),)
        try:
            return reader(fields, pairs)
        except FieldError as error:
            return (MessageUnreadable(msg_type, cl_ord_id, str(error)),)

    def _symbol(self, value: str) -> str:
        symbol = self._symbols.get(value)
        if symbol is None:
            symbol = self._symbols[value] = str(self._dialect.pair(value))
        return symbol

    def _side(self, fields: _Fields, symbol: str, currency: str) -> Side:
        side = fields.need(tags.SIDE, SIDE.__getitem__)
        # Only a venue that ties the side to the symbol needs turning; for the others the pair is never built.
        if self._dialect.side_of == "symbol" and currency != symbol[:3]:
            return side.opposite
        return side

    def _execution_report(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        symbol = fields.need(tags.SYMBOL, self._symbol)
        currency = fields.get(tags.CURRENCY, symbol[:3])
        status = fields.need(tags.ORD_STATUS, ORD_STATUS.__getitem__)
        return (
            ExecutionReported(
                cl_ord_id=fields.get(tags.CL_ORD_ID, ""),
                orig_cl_ord_id=fields.get(tags.ORIG_CL_ORD_ID, ""),
                order_id=fields.need(tags.ORDER_ID, str),
                exec_id=fields.need(tags.EXEC_ID, str),
                exec_ref_id=fields.get(tags.EXEC_REF_ID, ""),
                exec_type=fields.need(tags.EXEC_TYPE, EXEC_TYPE.__getitem__),
                ord_status=status,
                symbol=symbol,
                side=self._side(fields, symbol, currency),
                currency=currency,
                order_qty=fields.may(tags.ORDER_QTY, read_decimal, None),
                last_qty=fields.may(tags.LAST_QTY, read_decimal, _ZERO),
                last_px=fields.may(tags.LAST_PX, read_rate, _ZERO),
                cum_qty=fields.may(tags.CUM_QTY, read_decimal, _ZERO),
                leaves_qty=fields.may(tags.LEAVES_QTY, read_decimal, _ZERO),
                price=fields.may(tags.PRICE, read_decimal, None),
                settl_date=fields.may(tags.SETTL_DATE, read_local_mkt_date, None),
                contra_qty=_contra(fields),
                trade_date=fields.may(tags.TRADE_DATE, read_local_mkt_date, None),
                transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
                reject_reason=_reason(fields, tags.ORD_REJ_REASON, _ORD_REJ),
                text=fields.get(tags.TEXT, ""),
                poss_dup=fields.flag(tags.POSS_DUP_FLAG) or fields.flag(tags.POSS_RESEND),
                mass_status_request_id=fields.get(tags.MASS_STATUS_REQ_ID, ""),
                is_last_report=fields.flag(tags.LAST_RPT_REQUESTED),
            ),
        )

    def _cancel_reject(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        return (
            CancelRefused(
                cl_ord_id=fields.need(tags.CL_ORD_ID, str),
                orig_cl_ord_id=fields.get(tags.ORIG_CL_ORD_ID, ""),
                order_id=fields.get(tags.ORDER_ID, ""),
                ord_status=fields.need(tags.ORD_STATUS, ORD_STATUS.__getitem__),
                is_replace=fields.get(tags.CXL_REJ_RESPONSE_TO) == "2",
                reason=_reason(fields, tags.CXL_REJ_REASON, _CXL_REJ) or RejectReason.OTHER,
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _mass_cancel_report(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        refused = "0"  # MassCancelResponse(531)=0
        return (
            MassCancelReported(
                cl_ord_id=fields.get(tags.CL_ORD_ID, ""),
                accepted=fields.need(tags.MASS_CANCEL_RESPONSE, str) != refused,
                affected_orders=fields.may(tags.TOTAL_AFFECTED_ORDERS, read_int, 0),
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _trade_report(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        symbol = fields.need(tags.SYMBOL, self._symbol)
        currency = fields.get(tags.CURRENCY, symbol[:3])
        cancel = "1"  # TradeReportTransType(487)=1
        return (
            TradeReported(
                request_id=fields.get(tags.TRADE_REQUEST_ID, ""),
                trade_report_id=fields.need(tags.TRADE_REPORT_ID, str),
                trade_id=fields.get(tags.TRADE_ID, ""),
                exec_id=fields.need(tags.EXEC_ID, str),
                order_id=fields.get(tags.ORDER_ID, ""),
                cl_ord_id=fields.get(tags.CL_ORD_ID, ""),
                symbol=symbol,
                side=self._side(fields, symbol, currency),
                currency=currency,
                last_qty=fields.need(tags.LAST_QTY, read_decimal),
                last_px=fields.need(tags.LAST_PX, read_rate),
                settl_date=fields.may(tags.SETTL_DATE, read_local_mkt_date, None),
                trade_date=fields.may(tags.TRADE_DATE, read_local_mkt_date, None),
                transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
                contra_qty=_contra(fields),
                is_cancel=fields.get(tags.TRADE_REPORT_TRANS_TYPE) == cancel,
                is_last_report=fields.flag(tags.LAST_RPT_REQUESTED),
            ),
        )

    def _trade_request_ack(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        rejected = "2"  # TradeRequestStatus(750)=2
        return (
            TradeRequestAcknowledged(
                request_id=fields.need(tags.TRADE_REQUEST_ID, str),
                accepted=fields.get(tags.TRADE_REQUEST_STATUS) != rejected,
                trades_total=fields.may(tags.TOT_NUM_TRADE_REPORTS, read_int, None),
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _snapshot(self, fields: _Fields, pairs: _Pairs) -> tuple[VenueEvent, ...]:
        symbol = fields.need(tags.SYMBOL, self._symbol)
        entries = [_Fields(entry) for entry in groups(pairs, tags.NO_MD_ENTRIES)]
        return (_price(fields, symbol, entries),)

    def _incremental(self, fields: _Fields, pairs: _Pairs) -> tuple[VenueEvent, ...]:
        by_symbol: dict[str, list[_Fields]] = {}
        for entry in groups(pairs, tags.NO_MD_ENTRIES):
            row = _Fields(entry)
            by_symbol.setdefault(row.need(tags.SYMBOL, self._symbol), []).append(row)
        return tuple(_price(fields, symbol, entries) for symbol, entries in by_symbol.items())

    def _market_data_reject(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        return (MarketDataRefused(fields.get(tags.MD_REQ_ID, ""), fields.get(tags.TEXT, "")),)

    def _reject(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        return (
            MessageRejected(
                ref_seq_num=fields.may(tags.REF_SEQ_NUM, read_int, 0),
                ref_msg_type=fields.get(tags.REF_MSG_TYPE, ""),
                ref_id=fields.get(tags.BUSINESS_REJECT_REF_ID, ""),  # the session adds it: a Reject(3) has only numbers
                reason=RejectReason.OTHER,
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _business_reject(self, fields: _Fields, _: _Pairs) -> tuple[VenueEvent, ...]:
        return (
            MessageRejected(
                ref_seq_num=fields.may(tags.REF_SEQ_NUM, read_int, 0),
                ref_msg_type=fields.get(tags.REF_MSG_TYPE, ""),
                ref_id=fields.get(tags.BUSINESS_REJECT_REF_ID, ""),
                reason=_reason(fields, tags.BUSINESS_REJECT_REASON, _BUSINESS_REJ) or RejectReason.OTHER,
                text=fields.get(tags.TEXT, ""),
            ),
        )


def _contra(fields: _Fields) -> Decimal | None:
    """The venue's own contra amount: SettlCurrAmt(119), else GrossTradeAmt(381); unsigned, and None for 0."""
    tag = tags.SETTL_CURR_AMT if tags.SETTL_CURR_AMT in fields else tags.GROSS_TRADE_AMT
    amount = fields.may(tag, read_decimal, None)
    return abs(amount) if amount else None


def _reason(fields: _Fields, tag: str, known: dict[str, RejectReason]) -> RejectReason | None:
    value = fields.get(tag)
    return None if value is None else known.get(value, RejectReason.OTHER)


def _price(fields: _Fields, symbol: str, entries: list[_Fields]) -> PriceQuoted:
    """The last price of each side. A side that is taken back says nothing: its last price grows stale by itself."""
    bid, offer, delete = "0", "1", "2"  # MDEntryType(269)=0 and 1, MDUpdateAction(279)=2
    prices: dict[str, Decimal] = {}
    for entry in entries:
        side = entry.get(tags.MD_ENTRY_TYPE, "")
        if side in (bid, offer) and entry.get(tags.MD_UPDATE_ACTION) != delete:
            prices[side] = entry.need(tags.MD_ENTRY_PX, read_rate)
    return PriceQuoted(fields.get(tags.MD_REQ_ID, ""), symbol, bid=prices.get(bid), offer=prices.get(offer))
