"""What a venue does to the world, the few requests that only a simulator tells apart, and what messages are called."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    PassQuotes,
    PlaceOrder,
    ReplaceOrder,
    RequestMassStatus,
    RequestOrderStatus,
    RequestQuote,
    RequestTrades,
    SubscribeMarketData,
    VenueCommand,
)
from trader.domain.currency import CurrencyPair
from trader.domain.deal import Side
from trader.domain.events import (
    CancelRefused,
    ExecutionReported,
    LegTraded,
    MarketDataRefused,
    MassCancelReported,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
)
from trader.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class RequestSnapshot:
    """MarketDataRequest(V) with SubscriptionRequestType(263)=0: prices once."""

    request_id: str
    pairs: tuple[CurrencyPair, ...]


@dataclass(frozen=True, slots=True)
class UnsubscribeMarketData:
    """MarketDataRequest(V) with SubscriptionRequestType(263)=2."""

    request_id: str


Request = VenueCommand | RequestSnapshot | UnsubscribeMarketData

# By their FIX names, as scenarios say them.
REQUEST_NAMES: dict[type[Request], str] = {
    PlaceOrder: "NewOrderSingle",
    CancelOrder: "OrderCancelRequest",
    ReplaceOrder: "OrderCancelReplaceRequest",
    RequestOrderStatus: "OrderStatusRequest",
    RequestMassStatus: "OrderMassStatusRequest",
    CancelAllOrders: "OrderMassCancelRequest",
    RequestTrades: "TradeCaptureReportRequest",
    SubscribeMarketData: "MarketDataRequest",
    RequestSnapshot: "MarketDataRequest",
    UnsubscribeMarketData: "MarketDataRequest",
    RequestQuote: "QuoteRequest",
    PassQuotes: "QuoteResponse",
}
ANSWER_NAMES: dict[type[VenueEvent], str] = {
    ExecutionReported: "ExecutionReport",
    CancelRefused: "OrderCancelReject",
    MassCancelReported: "OrderMassCancelReport",
    TradeReported: "TradeCaptureReport",
    TradeRequestAcknowledged: "TradeCaptureReportRequestAck",
    MarketDataRefused: "MarketDataRequestReject",
    QuoteReceived: "Quote",
    QuoteWithdrawn: "QuoteCancel",
    QuoteRequestRefused: "QuoteRequestReject",
}
SNAPSHOT, INCREMENTAL = "MarketDataSnapshotFullRefresh", "MarketDataIncrementalRefresh"


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution as the venue's books have it.

    Attributes:
        side: What the client does with ``currency``.
        last_qty: Units of ``currency``.
        last_px: All-in, terms per base of ``symbol``.
        contra_qty: Units of the other currency, rounded half up to its minor unit.
        last_spot_rate: The spot rate that all legs share; None for a trade at the spot rate itself.
        far_legs: What the trade did on the legs after the near one.
    """

    session: str
    exec_id: str
    order_id: str
    cl_ord_id: str
    symbol: str
    side: Side
    currency: str
    last_qty: Decimal
    last_px: Decimal
    contra_qty: Decimal
    settl_date: date
    trade_date: date
    ts_ns: int
    last_spot_rate: Decimal | None = None
    far_legs: tuple[LegTraded, ...] = ()


@dataclass(frozen=True, slots=True)
class LogTrade:
    """The trade is done: write it to the trade log, before anything that follows is sent."""

    trade: Trade


@dataclass(frozen=True, slots=True)
class Send:
    """One message to a client, with the two facts that the wire carries and the robot's own events do not.

    Attributes:
        avg_px: AvgPx(6) of an execution report.
        total_reports: TotNumReports(911) of a mass status answer; None elsewhere.
    """

    session: str
    event: VenueEvent
    avg_px: Decimal = ZERO
    total_reports: int | None = None


@dataclass(frozen=True, slots=True)
class SendQuotes:
    """Prices to a client: a MarketDataSnapshotFullRefresh(W) of one pair, or one incremental (X) of several."""

    session: str
    quotes: tuple[PriceQuoted, ...]
    is_snapshot: bool


class Interruption(StrEnum):
    """What a scenario can do to the connection."""

    DISCONNECT = "disconnect"
    LOGOUT = "logout"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Break the client's connection, or end the whole process as a crash would."""

    session: str
    kind: Interruption
    text: str = ""


Effect = LogTrade | Send | SendQuotes | Interrupt
