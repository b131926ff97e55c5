"""What was asked, sent and heard, in words for a person. The FIX text stands beside it; these are its main points."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from risk.gate.gate import Decision
from trader.domain.commands import (
    CancelOrder,
    PassQuotes,
    PlaceOrder,
    ReplaceOrder,
    RequestOrderStatus,
    RequestQuote,
    VenueCommand,
)
from trader.domain.counting import counted
from trader.domain.deal import Deal
from trader.domain.events import (
    CancelRefused,
    ExecutionReported,
    MessageRejected,
    MessageUnreadable,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    TradeReported,
    VenueEvent,
)
from trader.domain.moments import NS_PER_MS, NS_PER_S, second_at
from trader.engine.inputs import (
    BatchSubmitted,
    EngineStarted,
    Input,
    SendRefused,
    SessionClosed,
    SessionOpened,
    StopRequested,
)
from trader.engine.judging import wanted_rates

# Kinds of record, besides the venue's messages, that may be about a line.
TOLD_INPUTS = frozenset(
    kind.__name__ for kind in (BatchSubmitted, EngineStarted, SendRefused, SessionClosed, SessionOpened, StopRequested)
)


Told = tuple[str, str]  # a kind in a word, and the sentence


def clock_text(ts_ns: int) -> str:
    """A moment as ``2026-11-20 10:00:00.123`` UTC."""
    return f"{second_at(ts_ns):%Y-%m-%d %H:%M:%S}.{ts_ns % NS_PER_S // NS_PER_MS:03d}"


def rates_text(rates: Sequence[Decimal]) -> str:
    """All-in rates, one a leg."""
    return " and ".join(f"{rate:f}" for rate in rates)


# --- what the robot did -----------------------------------------------------------------------------------------------


def decision_text(decision: Decision, limits: int) -> str:
    """A decision of the gate, with everything it found."""
    found = " ".join(violation.sentence for violation in decision.violations)
    if decision.allowed:
        held = f"{counted(limits, 'limit')} {'is' if limits == 1 else 'are'} held for it"
        return f"allowed as {decision.reservation_id}; {held}" + (f". {found}" if found else "")
    waits = all(violation.waits for violation in decision.violations if violation.blocks)
    return f"{'waits' if waits else 'denied'}: {found}"


def command_name(command: VenueCommand) -> str:
    """The id of ours that a command is known by; "" for one that is about no single line."""
    if isinstance(command, RequestQuote | PassQuotes):
        return command.quote_req_id
    if isinstance(command, PlaceOrder | CancelOrder | ReplaceOrder | RequestOrderStatus):
        return command.cl_ord_id
    return ""


def command_text(command: VenueCommand) -> str:
    """What a venue is asked."""
    name = command_name(command)
    if isinstance(command, PlaceOrder):
        return f"{_order_text(command)}, ClOrdID(11)={name}"
    if isinstance(command, RequestQuote):
        return f"a request for quotes, QuoteReqID(131)={name}"
    if isinstance(command, PassQuotes):
        return f"nothing of what was quoted is taken, QuoteReqID(131)={name}"
    verb = _VERBS.get(type(command), type(command).__name__)
    return f"{verb}, ClOrdID(11)={name}"


_VERBS: dict[type, str] = {
    CancelOrder: "a cancel",
    ReplaceOrder: "a replace",
    RequestOrderStatus: "a question for the order's status",
}


def _order_text(order: PlaceOrder) -> str:
    amount = f"{order.deal.near_leg.side} {order.deal.dealt_currency} {order.deal.near_leg.amount:,f}"
    if order.price is None:
        return f"{amount} at the market"
    if order.quote is None:
        return f"{amount} at {order.price:f} or better"
    return f"{amount} on QuoteID(117)={order.quote.quote_id} at {rates_text((order.price, *order.quote.far_rates))}"


# --- what the robot was told ------------------------------------------------------------------------------------------


def input_text(value: Input, batch_id: str, key: str, session: str) -> Told | None:
    """What an input other than a venue's message means for a line; None when it is about something else.

    Args:
        value: The input.
        batch_id: The line's batch.
        key: What every id of the line has in it.
        session: Where the line is dealt.
    """
    told: Told | None = None
    match value:
        case BatchSubmitted() if value.batch_id == batch_id:
            who = f"{value.trader} of {value.desk}"
            told = "submitted", f"{value.name} by {who}, to {value.venue}, trade date {value.trade_date}"
        case StopRequested() if value.batch_id == batch_id:
            told = "stopped", f"by {value.who}: {value.reason}"
        case SendRefused() if key in value.cl_ord_id:
            told = "not sent", f"{value.cl_ord_id} never left: {value.reason_code}, {value.reason}"
        case SessionOpened() if value.session == session:
            told = "session", f"{session} is logged on"
        case SessionClosed() if value.session == session:
            told = "session", f"{session} is gone: {value.reason}"
        case EngineStarted():
            told = "robot", f"another process took over, version {value.version}; what was unanswered is in doubt"
    return told


def event_text(event: VenueEvent, deal: Deal) -> Told:
    """What a venue's message says about a line's deal."""
    tell = _EVENTS.get(type(event))
    return ("received", type(event).__name__) if tell is None else tell(event, deal)


def _execution(report: ExecutionReported, deal: Deal) -> Told:
    said = f"{report.exec_type}, now {report.ord_status}".lower().replace("_", " ")
    if report.last_qty:
        rates = rates_text((report.last_px, *(leg.last_px for leg in report.far_legs)))
        said += f": {deal.near_leg.side} {report.currency} {report.last_qty:,f} at {rates}"
        said += f", ExecID(17)={report.exec_id}"
    reason = "" if report.reject_reason is None else f", {report.reject_reason}"
    return "report", f"{said}{reason}" + (f": {report.text}" if report.text else "")


def _trade(trade: TradeReported, _deal: Deal) -> Told:
    rates = rates_text((trade.last_px, *(leg.last_px for leg in trade.far_legs)))
    return "trade list", f"{trade.side} {trade.currency} {trade.last_qty:,f} at {rates}, ExecID(17)={trade.exec_id}"


def _quote(quote: QuoteReceived, deal: Deal) -> Told:
    rates = wanted_rates(quote, deal)
    side = "offers" if deal.base_is_bought else "bids"
    said = f"{quote.maker or quote.quote_id} {side} {rates_text(rates)}" if rates else f"{quote.maker} quotes one-way"
    until = f", valid until {clock_text(quote.valid_until_ts_ns)}" if quote.valid_until_ts_ns else ""
    return "quote", f"{said}{until}, QuoteID(117)={quote.quote_id}"


def _withdrawn(withdrawn: QuoteWithdrawn, _deal: Deal) -> Told:
    who = withdrawn.maker or withdrawn.quote_id or "everybody"
    return "quote", f"{who} withdraws" + (f": {withdrawn.text}" if withdrawn.text else "")


def _no_quote(refused: QuoteRequestRefused, _deal: Deal) -> Told:
    return "quote", f"{refused.maker or 'the venue'} declines" + (f": {refused.text}" if refused.text else "")


def _cancel_refused(refused: CancelRefused, _deal: Deal) -> Told:
    return "report", f"the cancel is refused, {refused.reason}" + (f": {refused.text}" if refused.text else "")


def _rejected(rejected: MessageRejected, _deal: Deal) -> Told:
    return "report", f"the venue would not read the message: {rejected.text or rejected.reason}"


def _unreadable(unreadable: MessageUnreadable, _deal: Deal) -> Told:
    return "report", f"the robot could not read the message: {unreadable.problem}"


_EVENTS: dict[type, Callable[[Any, Deal], Told]] = {
    ExecutionReported: _execution,
    TradeReported: _trade,
    QuoteReceived: _quote,
    QuoteWithdrawn: _withdrawn,
    QuoteRequestRefused: _no_quote,
    CancelRefused: _cancel_refused,
    MessageRejected: _rejected,
    MessageUnreadable: _unreadable,
}
