"""What a venue does to the world, the few requests that only a simulator tells apart, and what messages are called."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.messages import (
    CANCEL,
    DISPUTE,
    MASS_CANCEL,
    MASS_STATUS,
    ORDER,
    PASS,
    PRICES,
    QUOTES,
    REPLACE,
    REPORT,
    STATUS,
    TRADE_REPORT,
    TRADES,
)
from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    DontKnowTrade,
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
    MessageRejected,
    NoOrdersOpen,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    RejectReason,
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
    PlaceOrder: ORDER,
    CancelOrder: CANCEL,
    ReplaceOrder: REPLACE,
    RequestOrderStatus: STATUS,
    RequestMassStatus: MASS_STATUS,
    CancelAllOrders: MASS_CANCEL,
    RequestTrades: TRADES,
    DontKnowTrade: DISPUTE,
    SubscribeMarketData: PRICES,
    RequestSnapshot: PRICES,
    UnsubscribeMarketData: PRICES,
    RequestQuote: QUOTES,
    PassQuotes: PASS,
}
# MsgType(35), and the attribute that holds the message's own id.
_IDENTITIES: dict[type[Request], tuple[str, str]] = {
    PlaceOrder: ("D", "cl_ord_id"),
    CancelOrder: ("F", "cl_ord_id"),
    ReplaceOrder: ("G", "cl_ord_id"),
    RequestOrderStatus: ("H", "cl_ord_id"),
    RequestMassStatus: ("AF", "request_id"),
    CancelAllOrders: ("q", "cl_ord_id"),
    RequestTrades: ("AD", "request_id"),
    DontKnowTrade: ("Q", "exec_id"),
    SubscribeMarketData: ("V", "request_id"),
    RequestSnapshot: ("V", "request_id"),
    UnsubscribeMarketData: ("V", "request_id"),
    RequestQuote: ("R", "quote_req_id"),
    PassQuotes: ("AJ", "response_id"),
}
ANSWER_NAMES: dict[type[VenueEvent], str] = {
    ExecutionReported: REPORT,
    NoOrdersOpen: REPORT,
    CancelRefused: "OrderCancelReject",
    MassCancelReported: "OrderMassCancelReport",
    TradeReported: TRADE_REPORT,
    TradeRequestAcknowledged: "TradeCaptureReportRequestAck",
    MarketDataRefused: "MarketDataRequestReject",
    QuoteReceived: "Quote",
    QuoteWithdrawn: "QuoteCancel",
    QuoteRequestRefused: "QuoteRequestReject",
    MessageRejected: "BusinessMessageReject",
}


def bounced(request: Request, text: str) -> MessageRejected:
    """The BusinessMessageReject(j) of a request; an order of several legs counts as a NewOrderSingle(D)."""
    msg_type, name = _IDENTITIES[type(request)]
    return MessageRejected(0, msg_type, str(getattr(request, name)), RejectReason.OTHER, text)


class TradeKind(StrEnum):
    """What an entry of the venue's books is."""

    TRADE = "trade"
    BUST = "bust"
    CORRECT = "correct"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution as the venue's books have it.

    Attributes:
        account: Account(1) of its order, or "".
        side: What the client does with ``currency``.
        last_qty: Units of ``currency``.
        last_px: All-in, terms per base of ``symbol``.
        contra_qty: Units of the other currency, rounded half up to its minor unit.
        last_spot_rate: The spot rate that all legs share; None for a trade at the spot rate itself.
        far_legs: What the trade did on the legs after the near one.
        kind: A trade; or what takes one back, corrects it, or stands against it.
        exec_ref_id: The ExecID(17) of the trade that this is about, where it is about one.
    """

    session: str
    exec_id: str
    order_id: str
    cl_ord_id: str
    account: str
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
    kind: TradeKind = TradeKind.TRADE
    exec_ref_id: str = ""


@dataclass(frozen=True, slots=True)
class LogTrade:
    """A trade is done, or one is taken back: write it to the trade log, before anything that follows is sent."""

    trade: Trade


@dataclass(frozen=True, slots=True)
class Send:
    """One message to a client, with the facts that the wire carries and the robot's own events do not.

    Attributes:
        avg_px: AvgPx(6) of an execution report.
        total_reports: TotNumReports(911) of a mass status answer; None elsewhere.
        is_poss_resend: PossResend(97)=Y: it may have been said before, under another sequence number.
    """

    session: str
    event: VenueEvent
    avg_px: Decimal = ZERO
    total_reports: int | None = None
    is_poss_resend: bool = False


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
