"""The robot's side of the wire, inwards: the text of a message becomes a venue event.

Total: whatever arrives, the answer is an event. What cannot be read becomes :class:`MessageUnreadable`, because the
venue can never make our code raise. Source: FIX 4.4 volumes 3 to 5.
"""

from collections.abc import Callable
from sys import intern

from msgspec import structs

from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MassCancelReported,
    MessageRejected,
    MessageUnreadable,
    NoOrdersOpen,
    QuoteRequestRefused,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
    VenueStatusReported,
)
from trader.domain.money import ZERO
from trader.fix import tags
from trader.fix.codes import EXEC_TYPE, EXEC_TYPE_42, ORD_STATUS
from trader.fix.dialect import Dialect
from trader.fix.fields import Fields, TagNames
from trader.fix.quotes import QuoteReader
from trader.fix.text import (
    FieldError,
    read_decimal,
    read_int,
    read_local_mkt_date,
    read_rate,
    read_utc_timestamp,
    split,
)
from trader.fix.trades import FAR_LEG_TAGS, contra_qty, far_legs, has_far_legs, last_px
from trader.fix.values import ValueReader, rate_of

_Read = Callable[[Fields], tuple[VenueEvent, ...]]

# OrdRejReason(103), CxlRejReason(102) and BusinessRejectReason(380): the codes the robot acts on; all else is OTHER.
_ORD_REJ = {
    "4": RejectReason.TOO_LATE,
    "5": RejectReason.UNKNOWN_ORDER,
    "6": RejectReason.DUPLICATE_ORDER,
    "8": RejectReason.STALE,
}
_CXL_REJ = {
    "0": RejectReason.TOO_LATE,
    "1": RejectReason.UNKNOWN_ORDER,
    "3": RejectReason.ALREADY_PENDING,
    "6": RejectReason.DUPLICATE_ORDER,
}
_BUSINESS_REJ = {"1": RejectReason.UNKNOWN_ORDER}


# ExecTransType(20) where it says what a report is about; None where ExecType(150) does.
_BY_TRANS_TYPE: dict[str, ExecType | None] = {"0": None, "3": ExecType.ORDER_STATUS}
_BUSTS_BY_TRANS_TYPE = {"1": ExecType.TRADE_CANCEL, "2": ExecType.TRADE_CORRECT}
# What few execution reports have; an answer to a status request has AvgPx(6) besides.
_SELDOM = (
    tags.ORD_REJ_REASON,
    tags.TEXT,
    tags.POSS_DUP_FLAG,
    tags.POSS_RESEND,
    tags.MASS_STATUS_REQ_ID,
    tags.LAST_RPT_REQUESTED,
    *FAR_LEG_TAGS,
    tags.MATURITY_DATE,
)
_QUOTE_REQUEST = "R"
_BOOKED = (ExecType.TRADE, ExecType.TRADE_CORRECT)  # a tuple: no hash of an enum's member is as quick as a look


class Decoder:
    """Turns messages of one dialect into events."""

    def __init__(self, dialect: Dialect) -> None:
        self._values = ValueReader(dialect)
        self._names = TagNames(dialect.renamed_tags)
        self._renamed = frozenset(dialect.renamed_tags)
        self._reason_texts = dialect.reason_texts
        self._exec_types = EXEC_TYPE_42 if dialect.exec_types == "4.2" else EXEC_TYPE
        self._trans_types = dict(_BY_TRANS_TYPE)
        if dialect.busts == "exec_trans_type":
            self._trans_types |= _BUSTS_BY_TRANS_TYPE
        self._readers: dict[str, _Read] = {
            "8": self._execution_report,
            "9": self._cancel_reject,
            "r": self._mass_cancel_report,
            "AE": self._trade_report,
            "AQ": self._trade_request_ack,
            "3": self._reject,
            "j": self._business_reject,
            **QuoteReader(self._values).readers,
        }
        if dialect.ready == "news":
            self._readers["B"] = self._news
        elif dialect.ready == "trading_session_status":
            self._readers["h"] = self._trading_session_status

    def decode(self, text: str) -> tuple[VenueEvent, ...]:
        """The events a message stands for: one, or one per pair for market data.

        Never raises for any text.
        """
        try:
            fields = Fields(text)
        except FieldError as error:
            return (MessageUnreadable("", "", str(error)),)
        msg_type = fields.get(tags.MSG_TYPE, "")
        if msg_type in self._renamed:
            fields = Fields(self._names.to_standard(msg_type, split(text)))
        if self._reason_texts and (reason := self._reason_texts.get(fields.get(tags.TEXT, ""))):
            fields[tags.TEXT] = f"{fields[tags.TEXT]}: {reason}"
        reader = self._readers.get(msg_type)
        cl_ord_id = fields.get(tags.CL_ORD_ID, "")
        if reader is None:
            return (MessageUnreadable(msg_type, cl_ord_id, f"MsgType(35)={msg_type[:10]} is not one the robot reads"),)
        try:
            return reader(fields)
        except FieldError as error:
            return (MessageUnreadable(msg_type, cl_ord_id, str(error)),)

    def _exec_type(self, fields: Fields) -> ExecType:
        """What a report is about: by ExecTransType(20) where that says more than ExecType(150)."""
        by_trans_type = fields.may(tags.EXEC_TRANS_TYPE, self._trans_types.__getitem__, None)
        return by_trans_type or fields.need(tags.EXEC_TYPE, self._exec_types.__getitem__)

    def _execution_report(self, fields: Fields) -> tuple[VenueEvent, ...]:
        if tags.EXEC_TRANS_TYPE in fields:
            exec_type = self._exec_type(fields)
        else:
            exec_type = fields.need(tags.EXEC_TYPE, self._exec_types.__getitem__)
        if fields.get(tags.TOT_NUM_REPORTS) == "0" and exec_type not in _BOOKED and not fields.get(tags.CL_ORD_ID):
            return (_no_orders_open(fields),)
        values = self._values
        symbol = values.symbol(fields)
        currency = fields.get(tags.CURRENCY, symbol[:3])
        last_qty = fields.may(tags.LAST_QTY, values.quantity, ZERO)
        status = fields.need(tags.ORD_STATUS, ORD_STATUS.__getitem__)
        report = ExecutionReported(
            cl_ord_id=fields.get(tags.CL_ORD_ID, ""),
            orig_cl_ord_id=fields.get(tags.ORIG_CL_ORD_ID, ""),
            order_id=fields.need(tags.ORDER_ID, str),
            exec_id=fields.need(tags.EXEC_ID, str),
            exec_ref_id=fields.get(tags.EXEC_REF_ID, ""),
            exec_type=exec_type,
            ord_status=status,
            symbol=symbol,
            side=values.side(fields, symbol, currency),
            currency=currency,
            order_qty=fields.may(tags.ORDER_QTY, values.quantity, None),
            last_qty=last_qty,
            last_px=last_px(fields),
            cum_qty=fields.may(tags.CUM_QTY, values.quantity, ZERO),
            leaves_qty=fields.may(tags.LEAVES_QTY, values.quantity, ZERO),
            price=fields.may(tags.PRICE, read_decimal, None),
            settl_date=fields.may(tags.SETTL_DATE, values.settl_date, None),
            contra_qty=contra_qty(fields),
            trade_date=fields.may(tags.TRADE_DATE, read_local_mkt_date, None),
            transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
            reports_total=fields.may(tags.TOT_NUM_REPORTS, read_int, None),
            last_spot_rate=rate_of(fields, tags.LAST_SPOT_RATE),
            last_forward_points=fields.may(tags.LAST_FORWARD_POINTS, read_decimal, None),
            account=fields.get(tags.ACCOUNT, ""),
        )
        if exec_type is not ExecType.ORDER_STATUS and fields.keys().isdisjoint(_SELDOM):
            return (report,)
        return (self._with_seldom(report, fields),)

    def _with_seldom(self, report: ExecutionReported, fields: Fields) -> ExecutionReported:
        """An execution report with the fields of it that most have not."""
        is_of_legs = report.exec_type in _BOOKED and has_far_legs(fields)
        is_status = report.exec_type is ExecType.ORDER_STATUS
        return structs.replace(
            report,
            reject_reason=_reason(fields, tags.ORD_REJ_REASON, _ORD_REJ),
            text=fields.get(tags.TEXT, ""),
            poss_dup=fields.flag(tags.POSS_DUP_FLAG) or fields.flag(tags.POSS_RESEND),
            mass_status_request_id=fields.get(tags.MASS_STATUS_REQ_ID, ""),
            is_last_report=fields.flag(tags.LAST_RPT_REQUESTED),
            far_legs=far_legs(fields, self._values, report.symbol, report.currency, report.last_qty)
            if is_of_legs
            else (),
            fixing_date=fields.may(tags.MATURITY_DATE, read_local_mkt_date, None),
            avg_px=rate_of(fields, tags.AVG_PX) if is_status else None,
        )

    def _cancel_reject(self, fields: Fields) -> tuple[VenueEvent, ...]:
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

    def _mass_cancel_report(self, fields: Fields) -> tuple[VenueEvent, ...]:
        refused = "0"  # MassCancelResponse(531)=0
        return (
            MassCancelReported(
                cl_ord_id=fields.get(tags.CL_ORD_ID, ""),
                accepted=fields.need(tags.MASS_CANCEL_RESPONSE, str) != refused,
                affected_orders=fields.may(tags.TOTAL_AFFECTED_ORDERS, read_int, 0),
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _trade_report(self, fields: Fields) -> tuple[VenueEvent, ...]:
        values = self._values
        symbol = values.symbol(fields)
        # A day's reports are kept, and have these in common.
        currency = intern(fields.get(tags.CURRENCY, symbol[:3]))
        last_qty = fields.need(tags.LAST_QTY, values.quantity)
        cancel, replace = "1", "2"  # TradeReportTransType(487)
        return (
            TradeReported(
                request_id=intern(fields.get(tags.TRADE_REQUEST_ID, "")),
                trade_report_id=fields.need(tags.TRADE_REPORT_ID, str),
                trade_id=fields.get(tags.TRADE_ID, ""),
                exec_id=fields.need(tags.EXEC_ID, str),
                order_id=fields.get(tags.ORDER_ID, ""),
                cl_ord_id=fields.get(tags.CL_ORD_ID, ""),
                symbol=symbol,
                side=self._values.side(fields, symbol, currency),
                currency=currency,
                last_qty=last_qty,
                last_px=fields.need(tags.LAST_PX, read_rate),
                settl_date=fields.may(tags.SETTL_DATE, self._values.settl_date, None),
                trade_date=fields.may(tags.TRADE_DATE, read_local_mkt_date, None),
                transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
                contra_qty=contra_qty(fields),
                is_cancel=fields.get(tags.TRADE_REPORT_TRANS_TYPE) == cancel,
                is_last_report=fields.flag(tags.LAST_RPT_REQUESTED),
                far_legs=far_legs(fields, values, symbol, currency, last_qty) if has_far_legs(fields) else (),
                is_amendment=fields.get(tags.TRADE_REPORT_TRANS_TYPE) == replace,
                account=intern(fields.get(tags.ACCOUNT, "")),
            ),
        )

    def _trade_request_ack(self, fields: Fields) -> tuple[VenueEvent, ...]:
        rejected = "2"  # TradeRequestStatus(750)=2
        return (
            TradeRequestAcknowledged(
                request_id=fields.need(tags.TRADE_REQUEST_ID, str),
                accepted=fields.get(tags.TRADE_REQUEST_STATUS) != rejected,
                trades_total=fields.may(tags.TOT_NUM_TRADE_REPORTS, read_int, None),
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _news(self, fields: Fields) -> tuple[VenueEvent, ...]:
        """News(B), where the dialect says that it means readiness."""
        return (VenueStatusReported(is_ready=True, text=fields.get(tags.HEADLINE) or fields.get(tags.TEXT, "")),)

    def _trading_session_status(self, fields: Fields) -> tuple[VenueEvent, ...]:
        status, is_open = fields.need(tags.TRAD_SES_STATUS, str), "2"
        text = fields.get(tags.TEXT, f"TradSesStatus(340)={status[:10]}")
        return (VenueStatusReported(is_ready=status == is_open, text=text),)

    def _reject(self, fields: Fields) -> tuple[VenueEvent, ...]:
        return (_rejected(fields, RejectReason.OTHER),)

    def _business_reject(self, fields: Fields) -> tuple[VenueEvent, ...]:
        return (_rejected(fields, _reason(fields, tags.BUSINESS_REJECT_REASON, _BUSINESS_REJ) or RejectReason.OTHER),)


def _no_orders_open(fields: Fields) -> NoOrdersOpen:
    return NoOrdersOpen(
        request_id=fields.need(tags.MASS_STATUS_REQ_ID, str),
        exec_id=fields.get(tags.EXEC_ID, ""),
        transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
        text=fields.get(tags.TEXT, ""),
    )


def _rejected(fields: Fields, reason: RejectReason) -> MessageRejected | QuoteRequestRefused:
    """A message that the venue would not read. A request for quotes is thereby refused: FIX 4.2 has no other word."""
    # The session adds the reference to a Reject(3), which itself has only numbers.
    ref_id, text = fields.get(tags.BUSINESS_REJECT_REF_ID, ""), fields.get(tags.TEXT, "")
    ref_msg_type = fields.get(tags.REF_MSG_TYPE, "")
    if ref_msg_type == _QUOTE_REQUEST and ref_id:
        return QuoteRequestRefused(quote_req_id=ref_id, text=text)
    return MessageRejected(
        ref_seq_num=fields.may(tags.REF_SEQ_NUM, read_int, 0),
        ref_msg_type=ref_msg_type,
        ref_id=ref_id,
        reason=reason,
        text=text,
    )


def _reason(fields: Fields, tag: str, known: dict[str, RejectReason]) -> RejectReason | None:
    value = fields.get(tag)
    return None if value is None else known.get(value, RejectReason.OTHER)
