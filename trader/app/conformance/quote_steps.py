"""The steps about quotes: asked for or streamed, taken, passed, and taken too late. Pure."""

from collections.abc import Iterator

from trader.app.conformance import judges
from trader.app.conformance.books import Books
from trader.app.conformance.plan import Plan
from trader.app.conformance.steps import Command, Step, Verdict, failed, not_applicable
from trader.domain.commands import PassQuotes, PlaceOrder, QuoteReference
from trader.domain.deal import Deal, OrderType, Product
from trader.domain.moments import NS_PER_MS
from trader.engine.judging import wanted_rates

_SECTION = "quotes"
_SETTLE_MS = 300
_LATE_NS = 250_000_000  # by how much a quote is missed: less than clocks may differ proves nothing
_PATIENCE_NS = 60_000_000_000
_NEVER = 1 << 62
_ON_A_QUOTE = OrderType.PREVIOUSLY_QUOTED
_IN_TIME, _PASSED, _LATE, _STREAMED, _SUPERSEDED = "in time", "passed", "late", "streamed", "superseded"
_AT_THE_QUOTE = "ExecutionReport(8) until the whole amount is traded, each leg at its quoted rate or a better one"
_NOT_DEALT = "an ExecutionReport(8) that rejects it, with nothing traded"


def quotes(plan: Plan) -> Iterator[Step]:
    """The life of a quote, where the dialect deals on quotes at all."""
    source = plan.dialect.quotes.source if plan.dialect.quotes is not None else "request"
    yield from _streamed(plan) if source == "stream" else _requested(plan)


# --- asked for -------------------------------------------------------------------------------------------------------


def ask(plan: Plan, label: str, deal: Deal, section: str = _SECTION) -> Step:
    """Ask for quotes; all that come have to be such that they can be dealt on."""
    return Step(
        section=section,
        title=f"{label}: quotes are asked for",
        expected="a Quote(S) or more, each for the deal that was asked for, with rates that add up",
        lacking=_lacking(plan, deal),
        send=lambda books, now: (books.ask(label, deal, now),),
        judge=judges.quoted(label),
        settle_ms=_SETTLE_MS,
    )


def take(plan: Plan, label: str, deal: Deal, section: str = _SECTION) -> Step:
    """Deal on the best of the quotes."""
    return Step(
        section=section,
        title=f"{label}: the best quote is taken",
        expected=_AT_THE_QUOTE,
        lacking=_lacking(plan, deal),
        unmet=judges.needs_quotes(label),
        send=lambda books, now: _take(books, label, now),
        judge=judges.filled(label),
    )


def _lacking(plan: Plan, deal: Deal) -> str:
    lacking = plan.lacking(deal, _ON_A_QUOTE, plan.life(_ON_A_QUOTE))
    if not lacking and len(plan.dialect.orders_of(deal)) > 1:
        return f'products.{deal.product}: legs = "linked", so no quote for all legs can be taken'
    return lacking


def _take(books: Books, label: str, now_ns: int) -> tuple[PlaceOrder, ...]:
    asked, best = books.asked[label], judges.best_quote(books, label)
    rates = wanted_rates(best, asked.request.deal)
    quote = QuoteReference(best.quote_id, asked.request.quote_req_id, rates[1:])
    life = books.plan.life(_ON_A_QUOTE)
    return books.place(label, asked.request.deal, _ON_A_QUOTE, rates[0], life, now_ns, quote)


def _requested(plan: Plan) -> Iterator[Step]:
    deal = plan.plain()
    yield ask(plan, _IN_TIME, deal)
    yield take(plan, _IN_TIME, deal)
    lacking = _lacking(plan, deal)
    passes = plan.dialect.quotes is not None and plan.dialect.quotes.can_pass
    yield ask(plan, _PASSED, deal)
    yield Step(
        section=_SECTION,
        title=f"{_PASSED}: who passes cannot deal any more",
        expected=_NOT_DEALT,
        lacking=lacking or ("" if passes else "quotes.can_pass = false"),
        unmet=judges.needs_quotes(_PASSED),
        send=_pass_and_take,
        judge=judges.ended_unfilled(_PASSED),
    )
    yield ask(plan, _LATE, deal)
    yield Step(
        section=_SECTION,
        title=f"{_LATE}: an expired quote is not dealt on",
        expected=_NOT_DEALT,
        lacking=lacking,
        unmet=_lives_too_long,
        not_before=lambda books: _expiry_ns(books) + _LATE_NS,
        send=lambda books, now: _take(books, _LATE, now),
        judge=judges.ended_unfilled(_LATE),
    )


def _pass_and_take(books: Books, now_ns: int) -> tuple[Command, ...]:
    asked = books.asked[_PASSED]
    last, _ = asked.quotes[-1]
    request = asked.request
    passed = PassQuotes(books.name(), request.quote_req_id, last.quote_id, request.deal, now_ns)
    return (passed, *_take(books, _PASSED, now_ns))


def _expiry_ns(books: Books) -> int:
    """When the last of the quotes has expired: by its own word, else as the dialect has it."""
    quotes_of = books.plan.dialect.quotes
    assert quotes_of is not None, "a dialect that has quotes says how long they live"
    return max(
        quote.valid_until_ts_ns or came_ns + quotes_of.valid_ms * NS_PER_MS
        for quote, came_ns in books.asked[_LATE].quotes
    )


def _lives_too_long(books: Books) -> Verdict | None:
    unmet = judges.needs_quotes(_LATE)(books)
    if unmet is not None:
        return unmet
    lives_ns = _expiry_ns(books) - max(came_ns for _, came_ns in books.asked[_LATE].quotes)
    if lives_ns > _PATIENCE_NS:
        return not_applicable(f"quotes live for {lives_ns // 10**9} s here, longer than a run waits")
    return None


# --- streamed --------------------------------------------------------------------------------------------------------


def take_streamed(plan: Plan, label: str, deal: Deal, section: str = _SECTION) -> Step:
    """Deal on the streamed price of the moment, by its id."""
    is_spot = deal.product is Product.SPOT
    lacking = plan.lacking(deal, _ON_A_QUOTE, plan.life(_ON_A_QUOTE))
    return Step(
        section=section,
        title=f"{label}: the streamed price is taken by its id",
        expected=_AT_THE_QUOTE,
        lacking=lacking or ("" if is_spot else 'quotes.source = "stream": of spot prices only'),
        unmet=_needs_price,
        send=lambda books, now: _take_price(books, label, deal, now),
        judge=judges.filled(label),
    )


def _streamed(plan: Plan) -> Iterator[Step]:
    first = take_streamed(plan, _STREAMED, plan.plain())
    yield first
    yield Step(
        section=_SECTION,
        title=f"{_SUPERSEDED}: a price that has long been followed by others is not dealt on",
        expected=_NOT_DEALT,
        lacking=first.lacking,
        unmet=judges.needs_order(_STREAMED),
        not_before=_superseded_for_good,
        send=_take_again,
        judge=judges.ended_unfilled(_SUPERSEDED),
    )


def _needs_price(books: Books) -> Verdict | None:
    price = books.prices.get(str(books.plan.pair))
    is_there = price is not None and price.offer is not None and price.offer_id
    return None if is_there else failed("not tried: no price with an id was received")


def _take_price(books: Books, label: str, deal: Deal, now_ns: int) -> tuple[PlaceOrder, ...]:
    price = books.prices[str(deal.pair)]
    quote = QuoteReference(price.offer_id)
    return books.place(label, deal, _ON_A_QUOTE, price.offer, books.plan.life(_ON_A_QUOTE), now_ns, quote)


def _take_again(books: Books, now_ns: int) -> tuple[PlaceOrder, ...]:
    (first,) = books.placed[_STREAMED]
    life = books.plan.life(_ON_A_QUOTE)
    return books.place(_SUPERSEDED, first.deal, _ON_A_QUOTE, first.price, life, now_ns, first.quote)


def _superseded_for_good(books: Books) -> int:
    """When the taken price was followed by another, and its life after that is over; never, while it is the newest."""
    (first,) = books.placed[_STREAMED]
    quotes_of = books.plan.dialect.quotes
    assert first.quote is not None, "what was taken from the stream has an id"
    assert quotes_of is not None, "a dialect that streams quotes says how long they live"
    superseded_ns = books.superseded_ns.get(first.quote.quote_id)
    return _NEVER if superseded_ns is None else superseded_ns + quotes_of.valid_ms * NS_PER_MS + _LATE_NS
