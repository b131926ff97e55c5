"""What the robot can ask of a venue, in the imperative. A dialect turns each into one FIX message."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import Deal, OrderType, Side, TimeInForce


class DkReason(StrEnum):
    """DKReason(127): why an execution is not taken for ours. Source: FIX 4.4 volume 6."""

    WRONG_SIDE = "WRONG_SIDE"
    NO_MATCHING_ORDER = "NO_MATCHING_ORDER"
    OTHER = "OTHER"


class QuoteReference(Struct, frozen=True, gc=False):
    """The quote that an order takes.

    Attributes:
        quote_id: QuoteID(117) of a quote that was asked for, or the streamed price's own id, such as MDEntryID(278).
        quote_req_id: QuoteReqID(131) of the request it answers; "" for a streamed price.
        far_rates: The quoted all-in rates of the legs after the near one, terms per base.
    """

    quote_id: str
    quote_req_id: str = ""
    far_rates: tuple[Decimal, ...] = ()


class PlaceOrder(Struct, frozen=True, gc=False):
    """NewOrderSingle(D), or NewOrderMultileg(AB). The quantity is the near amount, in units of the dealt currency.

    Attributes:
        price: The limit, or the near leg's rate of the quote that is taken; None for a market order.
        quote: What is taken, for OrdType(40)=D; None for every other type.
        link_id: ClOrdLinkID(583): the same for the orders that together make one deal; "" for an order by itself.
    """

    cl_ord_id: str
    deal: Deal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    account: str
    transact_ts_ns: int
    quote: QuoteReference | None = None
    link_id: str = ""


class CancelOrder(Struct, frozen=True, gc=False):
    """OrderCancelRequest(F) for what is left of an order."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    deal: Deal
    transact_ts_ns: int


class ReplaceOrder(Struct, frozen=True, gc=False):
    """OrderCancelReplaceRequest(G): the whole order as it shall be; the quantity counts what is already filled."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    deal: Deal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    account: str
    transact_ts_ns: int


class RequestOrderStatus(Struct, frozen=True, gc=False):
    """OrderStatusRequest(H)."""

    cl_ord_id: str
    order_id: str
    deal: Deal


class RequestMassStatus(Struct, frozen=True, gc=False):
    """OrderMassStatusRequest(AF) for every order of the session that is not final."""

    request_id: str


class CancelAllOrders(Struct, frozen=True, gc=False):
    """OrderMassCancelRequest(q) for every order of the session."""

    cl_ord_id: str
    transact_ts_ns: int


class RequestTrades(Struct, frozen=True, gc=False):
    """TradeCaptureReportRequest(AD): the venue's own list of the session's trades.

    Attributes:
        request_id: TradeRequestID(568).
        trade_date: Trades of this trade date of the venue's; None for whatever the venue has.
        from_ts_ns: Trades at or after this moment of the venue's clock; None from the beginning. Needs a trade date.
    """

    request_id: str
    trade_date: date | None = None
    from_ts_ns: int | None = None


class DontKnowTrade(Struct, frozen=True, gc=False):
    """DontKnowTrade(Q): we do not take the execution for ours.

    Attributes:
        order_id: OrderID(37) as the venue's report had it.
        exec_id: ExecID(17) of the execution that is not accepted.
        reason: Why not.
        pair: The report's.
        side: What the report says that we do with ``currency``.
        currency: The dealt currency of the report.
    """

    order_id: str
    exec_id: str
    reason: DkReason
    pair: CurrencyPair
    side: Side
    currency: Currency


class SubscribeMarketData(Struct, frozen=True, gc=False):
    """MarketDataRequest(V): snapshot and updates of the top of the book."""

    request_id: str
    pairs: tuple[CurrencyPair, ...]


class RequestQuote(Struct, frozen=True, gc=False):
    """QuoteRequest(R): prices for a deal, from every maker that wants to give one.

    Attributes:
        quote_req_id: QuoteReqID(131).
        account: Account(1), or "".
    """

    quote_req_id: str
    deal: Deal
    account: str
    transact_ts_ns: int


class PassQuotes(Struct, frozen=True, gc=False):
    """QuoteResponse(AJ) with QuoteRespType(694)=6: nothing of what was quoted is taken.

    Attributes:
        response_id: QuoteRespID(693).
        quote_id: The last quote seen, or "" when none came.
    """

    response_id: str
    quote_req_id: str
    quote_id: str
    deal: Deal
    transact_ts_ns: int


VenueCommand = (
    PlaceOrder
    | CancelOrder
    | ReplaceOrder
    | RequestOrderStatus
    | RequestMassStatus
    | CancelAllOrders
    | RequestTrades
    | DontKnowTrade
    | SubscribeMarketData
    | RequestQuote
    | PassQuotes
)
