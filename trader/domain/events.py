"""What a venue can say, in the past participle, after its dialect has read it.

Nothing here is trusted: texts are texts, and whether a report fits the order is for ``trader.orders`` to find out.
Names and meanings are those of FIX 4.4; a dialect for an older version translates to them.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from trader.domain.deal import Side


class ExecType(StrEnum):
    """ExecType(150): what this report is about. It drives; OrdStatus(39) is the result."""

    NEW = "NEW"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    PENDING_CANCEL = "PENDING_CANCEL"
    STOPPED = "STOPPED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    PENDING_NEW = "PENDING_NEW"
    CALCULATED = "CALCULATED"
    EXPIRED = "EXPIRED"
    RESTATED = "RESTATED"
    PENDING_REPLACE = "PENDING_REPLACE"
    TRADE = "TRADE"
    TRADE_CORRECT = "TRADE_CORRECT"
    TRADE_CANCEL = "TRADE_CANCEL"
    ORDER_STATUS = "ORDER_STATUS"


class OrdStatus(StrEnum):
    """OrdStatus(39), by name."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    PENDING_CANCEL = "PENDING_CANCEL"
    STOPPED = "STOPPED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    PENDING_NEW = "PENDING_NEW"
    CALCULATED = "CALCULATED"
    EXPIRED = "EXPIRED"
    PENDING_REPLACE = "PENDING_REPLACE"


class RejectReason(StrEnum):
    """OrdRejReason(103), CxlRejReason(102) and BusinessRejectReason(380) as far as the robot acts on them."""

    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    DUPLICATE_ORDER = "DUPLICATE_ORDER"
    TOO_LATE = "TOO_LATE"
    ALREADY_PENDING = "ALREADY_PENDING"
    STALE = "STALE"
    OTHER = "OTHER"


class LegTraded(Struct, frozen=True, gc=False):
    """What a trade did on one of the legs after the near one. Pair and dealt currency are the trade's own.

    Attributes:
        side: What is done with the dealt currency on this leg.
        last_qty: Units of the dealt currency.
        last_px: All-in, terms per base.
        settl_date: When the leg is paid, or None when it was not said.
        contra_qty: The venue's own contra amount of the leg, or None.
    """

    side: Side
    last_qty: Decimal
    last_px: Decimal
    settl_date: date | None = None
    contra_qty: Decimal | None = None


class ExecutionReported(Struct, frozen=True, gc=False):
    """ExecutionReport(8).

    Attributes:
        cl_ord_id: ClOrdID(11).
        orig_cl_ord_id: OrigClOrdID(41), or "".
        order_id: OrderID(37).
        exec_id: ExecID(17), unique per venue and trade date.
        exec_ref_id: ExecRefID(19) of the trade a bust or correct is about, or "".
        exec_type: ExecType(150).
        ord_status: OrdStatus(39).
        symbol: The pair as ``EUR/USD`` in market order.
        side: What is done with ``currency``.
        currency: Currency(15), the dealt currency of the quantities.
        order_qty: OrderQty(38), or None when the report does not carry it.
        last_qty: LastQty(32) of this trade, else 0.
        last_px: LastPx(31) of this trade, all-in, else 0.
        cum_qty: CumQty(14).
        leaves_qty: LeavesQty(151).
        price: Price(44), or None.
        settl_date: SettlDate(64) of this trade, or None.
        contra_qty: The venue's own contra amount (119 or 381), or None.
        trade_date: TradeDate(75), or None.
        transact_ts_ns: TransactTime(60), UTC nanoseconds; 0 when absent.
        reject_reason: Why, for a rejection.
        text: Text(58).
        poss_dup: PossDupFlag(43)=Y or PossResend(97)=Y.
        mass_status_request_id: MassStatusReqID(584) of the question this answers, or "".
        is_last_report: LastRptRequested(912)=Y.
        reports_total: TotNumReports(911), or None when the venue does not say.
        last_spot_rate: LastSpotRate(194) of this trade's near leg, or None.
        last_forward_points: LastForwardPoints(195) of this trade's near leg in rate units, or None.
        far_legs: What this trade did on the legs after the near one, in the order of their value dates.
        fixing_date: An NDF's fixing date, MaturityDate(541), or None.
        avg_px: AvgPx(6) of the near leg in an answer to a status request, terms per base; None in other reports.
        account: Account(1), or "".
    """

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    exec_id: str
    exec_ref_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    symbol: str
    side: Side
    currency: str
    order_qty: Decimal | None
    last_qty: Decimal
    last_px: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    price: Decimal | None = None
    settl_date: date | None = None
    contra_qty: Decimal | None = None
    trade_date: date | None = None
    transact_ts_ns: int = 0
    reject_reason: RejectReason | None = None
    text: str = ""
    poss_dup: bool = False
    mass_status_request_id: str = ""
    is_last_report: bool = False
    reports_total: int | None = None
    last_spot_rate: Decimal | None = None
    last_forward_points: Decimal | None = None
    far_legs: tuple[LegTraded, ...] = ()
    fixing_date: date | None = None
    avg_px: Decimal | None = None
    account: str = ""


class NoOrdersOpen(Struct, frozen=True, gc=False):
    """ExecutionReport(8) that answers an OrderMassStatusRequest(AF) with TotNumReports(911)=0: no order is open.

    It is about no order and no instrument: what its other fields hold means nothing.

    Attributes:
        request_id: MassStatusReqID(584).
        exec_id: ExecID(17).
        transact_ts_ns: TransactTime(60), UTC nanoseconds; 0 when absent.
        text: Text(58).
    """

    request_id: str
    exec_id: str = ""
    transact_ts_ns: int = 0
    text: str = ""


class CancelRefused(Struct, frozen=True, gc=False):
    """OrderCancelReject(9): the venue's no to a cancel or a replace.

    Attributes:
        is_replace: CxlRejResponseTo(434)=2.
    """

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    ord_status: OrdStatus
    is_replace: bool
    reason: RejectReason
    text: str = ""


class MassCancelReported(Struct, frozen=True, gc=False):
    """OrderMassCancelReport(r)."""

    cl_ord_id: str
    accepted: bool
    affected_orders: int
    text: str = ""


class TradeReported(Struct, frozen=True, gc=False):
    """TradeCaptureReport(AE): one trade as the venue's books have it.

    Attributes:
        request_id: TradeRequestID(568), or "" when unasked.
        trade_report_id: TradeReportID(571); a new one for every amendment.
        trade_id: TradeID(1003), the deal's own name, or "".
        is_cancel: TradeReportTransType(487)=1: the trade is void.
        is_amendment: TradeReportTransType(487)=2: the trade is as this report says, whatever an earlier one said.
        is_last_report: LastRptRequested(912)=Y.
        far_legs: As in :class:`ExecutionReported`.
        account: Account(1), or "".
    """

    request_id: str
    trade_report_id: str
    trade_id: str
    exec_id: str
    order_id: str
    cl_ord_id: str
    symbol: str
    side: Side
    currency: str
    last_qty: Decimal
    last_px: Decimal
    settl_date: date | None
    trade_date: date | None
    transact_ts_ns: int
    contra_qty: Decimal | None = None
    is_cancel: bool = False
    is_last_report: bool = False
    far_legs: tuple[LegTraded, ...] = ()
    is_amendment: bool = False
    account: str = ""


class TradeRequestAcknowledged(Struct, frozen=True, gc=False):
    """TradeCaptureReportRequestAck(AQ): how many reports will come.

    Attributes:
        accepted: False when the venue will not answer the request.
        trades_total: TotNumTradeReports(748), or None when the venue does not say.
    """

    request_id: str
    accepted: bool
    trades_total: int | None
    text: str = ""


class PriceQuoted(Struct, frozen=True, gc=False):
    """One pair of a MarketDataSnapshotFullRefresh(W) or MarketDataIncrementalRefresh(X): the top of the book.

    Attributes:
        bid: Where the venue buys the base; None when that side was not sent.
        offer: Where the venue sells the base; None when that side was not sent.
        bid_id: The bid's own id, MDEntryID(278), by which an order may take it; "" where the venue names none.
        offer_id: The same of the offer.
    """

    request_id: str
    symbol: str
    bid: Decimal | None
    offer: Decimal | None
    bid_id: str = ""
    offer_id: str = ""


class MarketDataRefused(Struct, frozen=True, gc=False):
    """MarketDataRequestReject(Y)."""

    request_id: str
    text: str = ""


class QuotedLeg(Struct, frozen=True, gc=False):
    """What a quote says of one leg beside its rates; what it leaves out it does not say.

    Attributes:
        symbol: The leg's own pair as ``EUR/USD`` in market order, or "".
        side: What is done with the dealt currency on the leg, or None.
        qty: Units of the dealt currency, or None.
        settl_date: When the leg is paid, or None.
    """

    symbol: str = ""
    side: Side | None = None
    qty: Decimal | None = None
    settl_date: date | None = None


class QuoteReceived(Struct, frozen=True, gc=False):
    """Quote(S): a maker's prices for the deal that a request named. Each new one of a maker replaces its last.

    Rates are all-in, terms per base, one for each leg of the deal.

    Attributes:
        quote_req_id: QuoteReqID(131), or "" when the venue does not repeat it.
        quote_id: QuoteID(117): unique only together with its QuoteReqID(131).
        maker: Who quotes, or "" when the venue does not say.
        symbol: The pair as ``EUR/USD`` in market order.
        bids: What the maker gives for the base where the near leg sells it; empty when that side is not quoted.
        offers: What the maker asks for the base where the near leg buys it; empty when that side is not quoted.
        valid_until_ts_ns: ValidUntilTime(62), UTC nanoseconds; 0 when the venue does not say.
        settl_date: The near leg's date by the venue, or None.
        bid_spot_rate: BidSpotRate(188), or None; with the points below it must give the near leg's ``bids[0]``.
        bid_forward_points: BidForwardPoints(189) of the near leg, in rate units, or None.
        offer_spot_rate: OfferSpotRate(190), or None.
        offer_forward_points: OfferForwardPoints(191) of the near leg, in rate units, or None.
        legs: The legs of the deal as the quote has them, in the order of their dates; empty when it does not say.
    """

    quote_req_id: str
    quote_id: str
    maker: str
    symbol: str
    bids: tuple[Decimal, ...]
    offers: tuple[Decimal, ...]
    valid_until_ts_ns: int = 0
    settl_date: date | None = None
    bid_spot_rate: Decimal | None = None
    bid_forward_points: Decimal | None = None
    offer_spot_rate: Decimal | None = None
    offer_forward_points: Decimal | None = None
    legs: tuple[QuotedLeg, ...] = ()


class QuoteWithdrawn(Struct, frozen=True, gc=False):
    """QuoteCancel(Z): a maker takes its quote back, or with ``quote_id`` "" all quotes of a request are gone."""

    quote_req_id: str
    quote_id: str
    maker: str = ""
    text: str = ""


class QuoteRequestRefused(Struct, frozen=True, gc=False):
    """QuoteRequestReject(AG): nobody quotes; or with ``maker`` that one does not."""

    quote_req_id: str
    maker: str = ""
    text: str = ""


class VenueStatusReported(Struct, frozen=True, gc=False):
    """News(B) or TradingSessionStatus(h), where a venue says with it whether orders may be sent."""

    is_ready: bool
    text: str = ""


class MessageRejected(Struct, frozen=True, gc=False):
    """Reject(3) or BusinessMessageReject(j): the venue would not read a message of ours.

    Attributes:
        ref_seq_num: RefSeqNum(45); 0 when absent.
        ref_msg_type: RefMsgType(372), or "".
        ref_id: BusinessRejectRefID(379): the refused message's own id, or "".
    """

    ref_seq_num: int
    ref_msg_type: str
    ref_id: str
    reason: RejectReason
    text: str = ""


class MessageUnreadable(Struct, frozen=True, gc=False):
    """A message that the dialect cannot read. Kept whole, put aside, alerted; never raised.

    Attributes:
        msg_type: MsgType(35), or "".
        cl_ord_id: ClOrdID(11) when it could still be found, else "".
        problem: One sentence: what is wrong with which field.
    """

    msg_type: str
    cl_ord_id: str
    problem: str


VenueEvent = (
    ExecutionReported
    | NoOrdersOpen
    | CancelRefused
    | MassCancelReported
    | TradeReported
    | TradeRequestAcknowledged
    | PriceQuoted
    | MarketDataRefused
    | QuoteReceived
    | QuoteWithdrawn
    | QuoteRequestRefused
    | VenueStatusReported
    | MessageRejected
    | MessageUnreadable
)
