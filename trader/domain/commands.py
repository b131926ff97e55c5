"""What the robot can ask of a venue, in the imperative. A dialect turns each into one FIX message."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trader.domain.currency import CurrencyPair
from trader.domain.deal import Deal, OrderType, TimeInForce


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """NewOrderSingle(D). The quantity is the deal's near amount, in units of its dealt currency."""

    cl_ord_id: str
    deal: Deal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    account: str
    transact_ts_ns: int


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """OrderCancelRequest(F) for what is left of an order."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    deal: Deal
    transact_ts_ns: int


@dataclass(frozen=True, slots=True)
class ReplaceOrder:
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


@dataclass(frozen=True, slots=True)
class RequestOrderStatus:
    """OrderStatusRequest(H)."""

    cl_ord_id: str
    order_id: str
    deal: Deal


@dataclass(frozen=True, slots=True)
class RequestMassStatus:
    """OrderMassStatusRequest(AF) for every order of the session that is not final."""

    request_id: str


@dataclass(frozen=True, slots=True)
class CancelAllOrders:
    """OrderMassCancelRequest(q) for every order of the session."""

    cl_ord_id: str
    transact_ts_ns: int


@dataclass(frozen=True, slots=True)
class RequestTrades:
    """TradeCaptureReportRequest(AD): the venue's own list of the session's trades.

    Attributes:
        request_id: TradeRequestID(568).
        trade_date: Trades of this trade date of the venue's; None for whatever the venue has.
        from_ts_ns: Trades at or after this moment of the venue's clock; None from the beginning. Needs a trade date.
    """

    request_id: str
    trade_date: date | None = None
    from_ts_ns: int | None = None


@dataclass(frozen=True, slots=True)
class SubscribeMarketData:
    """MarketDataRequest(V): snapshot and updates of the top of the book."""

    request_id: str
    pairs: tuple[CurrencyPair, ...]


VenueCommand = (
    PlaceOrder
    | CancelOrder
    | ReplaceOrder
    | RequestOrderStatus
    | RequestMassStatus
    | CancelAllOrders
    | RequestTrades
    | SubscribeMarketData
)
