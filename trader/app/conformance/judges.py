"""The judges of a script: each looks at the books and at what was heard, and decides or waits for more. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from trader.app.conformance.books import Books
from trader.app.conformance.steps import (
    PASSED,
    Heard,
    Judge,
    SessionMessage,
    Verdict,
    failed,
    not_applicable,
)
from trader.domain.deal import Deal
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
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
)
from trader.engine.inputs import SessionOpened
from trader.engine.judging import Terms, contra_of, problem_of, wanted_rates
from trader.orders.machine import Pending, Phase
from trader.orders.order import Order

_FAR_OFF = Decimal("0.2")  # of the rate: no quote is so far from the market, and no market moves so far in a run

_Kind = TypeVar("_Kind")

Unmet = Callable[[Books], Verdict | None]


# --- orders ----------------------------------------------------------------------------------------------------------


def filled(label: str) -> Judge:
    """All orders of a label are filled."""
    return _reached(label, lambda order: order.phase is Phase.FILLED)


def working(label: str) -> Judge:
    """The order is acknowledged, and nothing of it is dealt."""

    def judge(books: Books, _heard: Sequence[Heard]) -> Verdict | None:
        if any(order.cum_qty for order in books.orders[label]):
            return failed("it was dealt on, though its limit is a percent away from the market")
        return reached(books, _heard)

    reached = _reached(label, lambda order: order.phase is Phase.WORKING)
    return judge


def part_filled(label: str) -> Judge:
    """A part of the order is dealt. No venue can be made to: one that fills the whole order is not at fault."""

    def judge(books: Books, _heard: Sequence[Heard]) -> Verdict | None:
        order = books.order(label)
        if order.phase is Phase.FILLED:
            return not_applicable("it was filled whole, so nothing could be seen of an order filled in part")
        if order.phase.is_final:
            return failed(_end_of(order))
        return PASSED if order.cum_qty else None

    return judge


def ended_unfilled(label: str) -> Judge:
    """The order is over, and nothing of it was dealt."""

    def judge(books: Books, _heard: Sequence[Heard]) -> Verdict | None:
        orders = books.orders[label]
        if any(order.cum_qty for order in orders):
            return failed("it was dealt on")
        return PASSED if all(order.phase.is_final for order in orders) else None

    return judge


def canceled(*labels: str) -> Judge:
    """All orders of the labels are canceled."""

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        if refused := next(_all(heard, CancelRefused), None):
            return failed(f"the cancel was refused: {refused.text or refused.reason}")
        orders = [order for label in labels for order in books.orders[label]]
        if ended := next((order for order in orders if order.phase in _OTHER_ENDS), None):
            return failed(_end_of(ended))
        return PASSED if all(order.phase is Phase.CANCELED for order in orders) else None

    return judge


_OTHER_ENDS = frozenset({Phase.FILLED, Phase.REJECTED})


def mass_canceled(*labels: str) -> Judge:
    """The mass cancel is accepted, and all orders of the labels are canceled."""
    orders_canceled = canceled(*labels)

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        report = next(_all(heard, MassCancelReported), None)
        if report is not None and not report.accepted:
            return failed(f"it was refused: {report.text}")
        return None if report is None else orders_canceled(books, heard)

    return judge


def replaced(label: str) -> Judge:
    """The replace is accepted, and the order goes on working."""

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        order = books.order(label)
        if refused := next(_all(heard, CancelRefused), None):
            return failed(f"it was refused: {refused.text or refused.reason}")
        if order.phase.is_final:
            return failed(f"{_end_of(order)}; it had to go on working")
        is_done = any(report.exec_type is ExecType.REPLACED for report in _all(heard, ExecutionReported))
        return PASSED if is_done and order.pending is Pending.NONE else None

    return judge


def refused_and_canceled(label: str) -> Judge:
    """The replace is refused, and the venue cancels the order by itself."""

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        order = books.order(label)
        if any(report.exec_type is ExecType.REPLACED for report in _all(heard, ExecutionReported)):
            return failed("it was replaced")
        is_refused = any(refused.is_replace for refused in _all(heard, CancelRefused))
        return PASSED if is_refused and order.phase is Phase.CANCELED else None

    return judge


def nothing_left(books: Books, _heard: Sequence[Heard]) -> Verdict | None:
    """No order of the run is live any more."""
    return None if any(True for _ in books.blotter.live()) else PASSED


def _reached(label: str, wanted: Callable[[Order], bool]) -> Judge:
    """All orders of a label are where they have to get, and none has ended elsewhere."""

    def judge(books: Books, _heard: Sequence[Heard]) -> Verdict | None:
        orders = books.orders[label]
        if elsewhere := next((order for order in orders if order.phase.is_final and not wanted(order)), None):
            return failed(_end_of(elsewhere))
        return PASSED if all(map(wanted, orders)) else None

    return judge


def _end_of(order: Order) -> str:
    return f"the order was {order.phase}" + (f": {order.text}" if order.text else "")


# --- answers ---------------------------------------------------------------------------------------------------------


def order_refused(books: Books, heard: Sequence[Heard]) -> Verdict | None:  # noqa: ARG001 -- every judge has both
    """An order is refused: rejected by a report, or not read at all."""
    for report in _all(heard, ExecutionReported):
        if report.exec_type is not ExecType.REJECTED:
            return failed(f"{report.exec_type} came: look at the venue for an order of this run that is still live")
        return PASSED
    return PASSED if any(_all(heard, MessageRejected)) else None


def cancel_refused(books: Books, heard: Sequence[Heard]) -> Verdict | None:  # noqa: ARG001 -- every judge has both
    """A cancel is refused."""
    if rejected := next(_all(heard, MessageRejected), None):
        return failed(f"the venue did not read it: {rejected.text}")
    return PASSED if any(_all(heard, CancelRefused)) else None


def status_of(label: str) -> Judge:
    """A status request is answered by what the books have."""

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        order = books.order(label)
        for report in _all(heard, ExecutionReported):
            if report.exec_type is ExecType.ORDER_STATUS and report.cl_ord_id in order.ids:
                said, known = report.ord_status, order.ord_status
                return PASSED if said is known else failed(f"OrdStatus(39) is {said}; expected {known}")
        return _unread(heard)

    return judge


def status_unknown(books: Books, heard: Sequence[Heard]) -> Verdict | None:  # noqa: ARG001 -- every judge has both
    """A status request is answered by a word that the order is not known."""
    for report in _all(heard, ExecutionReported):
        if report.exec_type not in (ExecType.ORDER_STATUS, ExecType.REJECTED):
            continue
        is_unknown = report.ord_status is OrdStatus.REJECTED and report.reject_reason is RejectReason.UNKNOWN_ORDER
        return PASSED if is_unknown else failed(f"OrdStatus(39) is {report.ord_status}, OrdRejReason(103) not unknown")
    rejected = next(_all(heard, MessageRejected), None)
    if rejected is None:
        return None
    return PASSED if rejected.reason is RejectReason.UNKNOWN_ORDER else _unread(heard)


def mass_status_with(label: str) -> Judge:
    """A mass status request is answered for the order, up to a last report."""

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        reports = [report for report in _all(heard, ExecutionReported) if report.exec_type is ExecType.ORDER_STATUS]
        told = any(report.cl_ord_id in books.order(label).ids for report in reports)
        if any(report.is_last_report for report in reports) or any(_all(heard, NoOrdersOpen)):
            return PASSED if told else failed(f"{books.order(label).current_id} is not among the orders told")
        return _unread(heard)

    return judge


def trades_told(books: Books, heard: Sequence[Heard]) -> Verdict | None:
    """Every trade of the run is in the venue's list."""
    acknowledged = next(_all(heard, TradeRequestAcknowledged), None)
    if acknowledged is not None and not acknowledged.accepted:
        return failed(f"the request was refused: {acknowledged.text}")
    reports = list(_all(heard, TradeReported))
    told = {report.exec_id for report in reports}
    missing = [fill.exec_id for order in books.blotter for fill in order.fills.values() if fill.exec_id not in told]
    if not missing:
        return PASSED if reports or acknowledged is not None else _unread(heard)
    total = None if acknowledged is None else acknowledged.trades_total
    if any(report.is_last_report for report in reports) or (total is not None and len(told) >= total):
        return failed(f"not in the list: ExecID(17) {', '.join(missing)}")
    return _unread(heard)


def _unread(heard: Sequence[Heard]) -> Verdict | None:
    """Nothing yet, unless the venue would not read what was asked."""
    rejected = next(_all(heard, MessageRejected), None)
    return None if rejected is None else failed(f"the venue did not read it: {rejected.text}")


# --- session and prices ----------------------------------------------------------------------------------------------


def said(msg_type: str, fields: Mapping[str, str] = MappingProxyType({})) -> Judge:
    """A message of the session layer comes.

    Args:
        msg_type: MsgType(35).
        fields: What some of its fields have to hold.
    """

    def judge(_books: Books, heard: Sequence[Heard]) -> Verdict | None:
        for message in _all(heard, SessionMessage):
            if message.msg_type == msg_type and fields.items() <= message.fields.items():
                return PASSED
        return None

    return judge


def logged_on(books: Books, heard: Sequence[Heard]) -> Verdict | None:  # noqa: ARG001 -- every judge has both
    """The venue's Logon(A) has come, and the session layer is content with it."""
    return PASSED if any(_all(heard, SessionOpened)) else None


def venue_ready(books: Books, heard: Sequence[Heard]) -> Verdict | None:  # noqa: ARG001 -- every judge has both
    """The venue has said that it takes orders, be it before anybody waited for it."""
    return PASSED if books.is_ready else None


def price_streamed(books: Books, heard: Sequence[Heard]) -> Verdict | None:
    """The pair's bid and offer come, the right way round, with ids where orders are to name them."""
    if refused := next(_all(heard, MarketDataRefused), None):
        return failed(f"it was refused: {refused.text}")
    price = books.prices.get(str(books.plan.pair))
    if price is None or price.bid is None or price.offer is None:
        return _unread(heard)
    if not 0 < price.bid < price.offer:
        return failed(f"the bid {price.bid} and the offer {price.offer} are the wrong way round")
    quotes = books.plan.dialect.quotes
    if quotes is not None and quotes.source == "stream" and not (price.bid_id and price.offer_id):
        return failed("the prices have no ids that an order could name")
    return PASSED


# --- quotes ----------------------------------------------------------------------------------------------------------


def quoted(label: str) -> Judge:
    """Quotes come, and all of them can be dealt on."""

    def judge(books: Books, heard: Sequence[Heard]) -> Verdict | None:
        asked = books.asked[label]
        for refused in _all(heard, QuoteRequestRefused):
            if not refused.maker:
                return failed(f"the request was refused: {refused.text}")
        for quote, came_ns in asked.quotes:
            if problem := quote_problem(books, quote, asked.request.deal, came_ns):
                return failed(f"QuoteID(117)={quote.quote_id} of {quote.maker or 'the venue'}: {problem}")
        return PASSED if asked.quotes else _unread(heard)

    return judge


def quote_problem(books: Books, quote: QuoteReceived, deal: Deal, now_ns: int) -> str:
    """Why a quote cannot be dealt on, by the robot's own judgment; "" when it can."""
    dialect = books.plan.dialect
    terms = Terms(deal, None, dialect.tick(deal.pair), margin_ns=0, now_ns=now_ns, guard=lambda _rates: ())
    if quote.symbol != str(deal.pair):  # in a batch it is no answer at all
        return f"for another pair: {quote.symbol} and not {deal.pair}"
    if problem := problem_of(quote, terms):
        return problem
    market = books.rate(deal.pair)
    far_off = [rate for rate in wanted_rates(quote, deal) if abs(rate / market - 1) > _FAR_OFF]
    if far_off:
        return f"far from the market: {far_off[0]}, where the market is {market:.5f}"
    if dialect.quotes is not None and dialect.quotes.is_two_way and not (quote.bids and quote.offers):
        return "one-way, though a request without a side asks for both"
    return ""


def best_quote(books: Books, label: str) -> QuoteReceived:
    """The quote at which the deal comes to the most, of those that were given."""
    asked = books.asked[label]
    deal = asked.request.deal
    return max((quote for quote, _ in asked.quotes), key=lambda quote: contra_of(deal, wanted_rates(quote, deal)))


# --- what a step needs from those before it --------------------------------------------------------------------------


def needs_quotes(label: str) -> Unmet:
    """Not without a quote that can be dealt on."""

    def unmet(books: Books) -> Verdict | None:
        asked = books.asked.get(label)
        if asked is None or not asked.quotes:
            return failed("not tried: no quote was received in the step before")
        if any(quote_problem(books, quote, asked.request.deal, came_ns) for quote, came_ns in asked.quotes):
            return failed("not tried: a quote of the step before cannot be dealt on")
        return None

    return unmet


def needs_working(*labels: str) -> Unmet:
    """Not without these orders at work."""

    def unmet(books: Books) -> Verdict | None:
        for label in labels:
            order = books.orders[label][0] if label in books.orders else None
            if order is None or order.phase is not Phase.WORKING or order.pending is not Pending.NONE:
                return failed(f"not tried: the order that it is about is {order.phase if order else 'not sent'}")
        return None

    return unmet


def needs_part_filled(label: str) -> Unmet:
    """Not without an order that is filled in part: where the venue filled it whole, there is nothing to try."""
    at_work = needs_working(label)

    def unmet(books: Books) -> Verdict | None:
        if label in books.orders and books.order(label).phase is Phase.FILLED:
            return not_applicable("the venue had filled the order whole")
        return at_work(books)

    return unmet


def needs_order(label: str) -> Unmet:
    """Not without this order having been sent."""
    return lambda books: None if label in books.orders else failed("not tried: the order that it is about was not sent")


def _all(heard: Sequence[Heard], kind: type[_Kind]) -> Iterator[_Kind]:
    return (event for event in heard if isinstance(event, kind))
