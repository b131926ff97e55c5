"""The script: what is asked of a venue, in which order, and what has to come. Data, made for one dialect. Pure.

A step that the dialect leaves out stays in the script with the reason, so that every report has the same questions.
"""

from collections.abc import Iterator
from itertools import chain

from trader.app.conformance import judges
from trader.app.conformance.order_steps import orders, products
from trader.app.conformance.plan import Plan
from trader.app.conformance.quote_steps import quotes
from trader.app.conformance.steps import Crippled, LogOn, LogOut, Probe, Step
from trader.app.sessions.words import READY_WORDS
from trader.domain.commands import RequestTrades, SubscribeMarketData
from trader.domain.deal import OrderType
from trader.fix import tags

# A venue that misses a message asks for it right after its Logon(A); what we said meanwhile would be filled over.
_SETTLE_MS = 200
_PROBE = "CONFORMANCE"


def script(plan: Plan) -> tuple[Step, ...]:
    """All steps for a dialect, in their order."""
    parts = (_opening, _market_data, orders, products, quotes, _trade_reports, _rejects)
    return (*chain.from_iterable(part(plan) for part in parts), *closing_steps())


def _opening(plan: Plan) -> Iterator[Step]:
    section = "session"
    yield Step(
        section=section,
        title="log on",
        expected="a Logon(A)",
        send=lambda _books, _now: (LogOn(),),
        judge=judges.logged_on,
        settle_ms=_SETTLE_MS,
        logs_on=True,
    )
    ready = plan.dialect.ready
    yield Step(
        section=section,
        title="the venue says when it is ready",
        expected=READY_WORDS.get(ready, "nothing but the Logon(A)"),
        lacking="" if ready in READY_WORDS else 'ready "logon": the Logon(A) says it',
        send=lambda _books, _now: (),
        judge=judges.venue_ready,
    )
    yield Step(
        section=section,
        title="a test request is answered",
        expected="a Heartbeat(0) with the same TestReqID(112)",
        send=lambda _books, _now: (Probe(_PROBE),),
        judge=judges.said("0", {tags.TEST_REQ_ID: _PROBE}),
    )


def closing_steps() -> Iterator[Step]:
    """Leave nothing behind, and go."""
    yield Step(
        section="session",
        title="no order is left",
        expected="every order that is still live is canceled",
        send=lambda books, now: tuple(cancel for label in books.orders for cancel in books.cancel(label, now)),
        judge=judges.nothing_left,
    )
    yield Step(
        section="session",
        title="log out",
        expected="a Logout(5)",
        send=lambda _books, _now: (LogOut(),),
        judge=judges.said("5"),
    )


def _market_data(plan: Plan) -> Iterator[Step]:
    yield Step(
        section="market data",
        title=f"prices of {plan.pair} are streamed",
        expected="a snapshot with a bid and an offer, the bid below",
        lacking="" if plan.dialect.requests.market_data else "requests.market_data = false",
        send=lambda books, _now: (SubscribeMarketData(books.name(), (plan.pair,)),),
        judge=judges.price_streamed,
    )


def _trade_reports(plan: Plan) -> Iterator[Step]:
    yield Step(
        section="trade reports",
        title="the venue's list has every trade of this run",
        expected="a TradeCaptureReport(AE) for each ExecID(17) that traded, saying the same",
        lacking="" if plan.dialect.requests.trade_capture else "requests.trade_capture = false",
        send=lambda books, _now: (RequestTrades(books.name(), plan.trade_date),),
        judge=judges.trades_told,
    )


def _rejects(plan: Plan) -> Iterator[Step]:
    """An order that nobody could deal: it does not say which side."""
    order_type = next(iter(plan.dialect.order_types), OrderType.MARKET)
    yield Step(
        section="reject",
        title="an order that lacks its Side(54) is refused",
        expected="a Reject(3), a BusinessMessageReject(j), or an ExecutionReport(8) with ExecType(150)=8",
        send=lambda books, now: (
            Crippled(books.draft(plan.plain(), order_type, plan.life(order_type), now), tags.SIDE),
        ),
        judge=judges.order_refused,
        off_the_books=True,
    )
