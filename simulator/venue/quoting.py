"""Requests for quotes: who asked for what, what the makers answered, and whether a quote can still be taken.

A request lives until a quote of it is taken, until the client passes or leaves, or until every maker has declined.
Each quote of a maker replaces its last. QuoteID(117) is numbered within its request, so the same ids come again with
the next one; only where the dialect's orders name the quote alone is it unique by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from msgspec import structs

from simulator.effects import Send
from simulator.faults.actions import Action, Decline, Misquote, QuoteAction, Stray, Withdraw
from simulator.faults.scenario import Maker
from simulator.market.pricing import Price, price_of
from simulator.venue.checks import Problem, complaint, deal_problem, same_terms, turned
from simulator.venue.house import House
from simulator.venue.makers import MakerDesk, Mood
from trader.domain.commands import PassQuotes, PlaceOrder, RequestQuote
from trader.domain.deal import Deal, Product
from trader.domain.events import QuoteReceived, QuoteRequestRefused, QuoteWithdrawn, RejectReason, VenueEvent
from trader.domain.moments import NS_PER_MS
from trader.fix import tags
from trader.fix.dialect import Quotes

_ID_MARK = "-"  # between the request's id and the quote's number
# Their refusal of a request has no parties: one maker's no would be the venue's. Source: FIX 4.2; FIX 4.3 volume 3.
_NAMELESS = frozenset({"FIX42.xml", "FIX43.xml"})

QuoteRequest = RequestQuote | PassQuotes


@dataclass(frozen=True, slots=True)
class _Quote:
    """One maker's prices; None where a side is not quoted."""

    quote_id: str
    maker: str
    bid: Price | None
    offer: Price | None
    until_ns: int


@dataclass(slots=True)
class _Request:
    """One request and what has come of it.

    Attributes:
        live: Each maker's newest quote that it has not taken back.
        issued: Every QuoteID(117) there has been.
        declined: How many makers do not quote.
    """

    session: str
    quote_req_id: str
    deal: Deal
    actions: tuple[QuoteAction, ...]
    live: dict[str, _Quote] = field(default_factory=dict)
    issued: set[str] = field(default_factory=set)
    declined: int = 0
    is_over: bool = False


class Quoting:
    """The makers and the requests they have had."""

    def __init__(self, house: House, makers: Iterable[Maker]) -> None:
        self._house = house
        self._desks = [MakerDesk(maker, house.seed, number) for number, maker in enumerate(makers)]
        self._requests: dict[tuple[str, str], _Request] = {}

    def handle(self, session: str, request: QuoteRequest, actions: tuple[Action, ...], now_ns: int) -> None:
        """QuoteRequest(R), or QuoteResponse(AJ) that passes, with the scenario's actions for it."""
        if isinstance(request, RequestQuote):
            self._ask(session, request, actions, now_ns)
        elif (known := self._requests.get((session, request.quote_req_id))) is not None:
            known.is_over = True

    def logged_out(self, session: str) -> None:
        """The client is gone: its requests are over."""
        for request in self._requests.values():
            if request.session == session:
                request.is_over = True

    def take(self, session: str, order: PlaceOrder, now_ns: int) -> Price | Problem:
        """The price of the quote that an order names, which ends the request; or why the order cannot have it."""
        named = order.quote
        assert named is not None
        # An order that names the quote alone: its id then begins with the request's.
        quote_req_id = named.quote_req_id or named.quote_id.rpartition(_ID_MARK)[0]
        request = self._requests.get((session, quote_req_id))
        if request is None:
            return Problem(f"There is no request for quotes {quote_req_id!r}")
        if named.quote_id not in request.issued:
            return Problem(f"There is no quote {named.quote_id!r} for the request {quote_req_id!r}")
        quote = next((quote for quote in request.live.values() if quote.quote_id == named.quote_id), None)
        if request.is_over or quote is None:
            return Problem("The quote is gone: it was replaced, withdrawn or dealt on", RejectReason.STALE)
        if now_ns > quote.until_ns:
            return Problem("The quote has expired", RejectReason.STALE)
        price = self._price_for(request, quote, order)
        if isinstance(price, Price):
            request.is_over = True
        return price

    def _price_for(self, request: _Request, quote: _Quote, order: PlaceOrder) -> Price | Problem:
        """The quote's price where the order is for just what was quoted."""
        quoted = (request.deal, turned(request.deal)) if self._is_two_way else (request.deal,)
        if not any(same_terms(order.deal, deal) for deal in quoted):
            return Problem("The order is not for the deal that was quoted")
        price = quote.offer if order.deal.base_is_bought else quote.bid
        if price is None:
            return Problem("That side was not quoted")
        near, *far = price.rates
        told = order.quote.far_rates if order.quote else ()  # an order has no room for the rates of a third leg
        if order.price != near or told not in ((), tuple(far)):
            return Problem(f"The quote is at {' and '.join(f'{rate:f}' for rate in price.rates)}")
        return price

    @property
    def _is_two_way(self) -> bool:
        quotes = self._house.dialect.quotes
        return quotes is not None and quotes.is_two_way

    def _ask(self, session: str, asked: RequestQuote, actions: tuple[Action, ...], now_ns: int) -> None:
        problem = self._ask_problem(session, asked, actions)
        if problem:
            refused = QuoteRequestRefused(asked.quote_req_id, text=problem)
            self._house.outbox.send(Send(session, refused), now_ns, deal=asked.deal)
            return
        wrongs = tuple(action for action in actions if isinstance(action, QuoteAction))
        request = _Request(session, asked.quote_req_id, asked.deal, wrongs)
        self._requests[session, asked.quote_req_id] = request
        for desk in self._desks:
            mood = desk.mood()
            answer = partial(self._answer, request, desk, mood, 1)
            if mood.wait_ns:
                self._house.agenda.add(now_ns + mood.wait_ns, answer)
            else:
                answer(now_ns)

    def _ask_problem(self, session: str, asked: RequestQuote, actions: tuple[Action, ...]) -> str:
        """Why no maker hears of the request, or ""."""
        quotes = self._house.dialect.quotes
        if quotes is None or quotes.source != "request":
            return "Nothing is dealt on request here"
        if (session, asked.quote_req_id) in self._requests:
            return "This QuoteReqID has been used before"
        refused = complaint(actions)
        return refused.text if refused else deal_problem(self._house, asked.deal)

    def _answer(self, request: _Request, desk: MakerDesk, mood: Mood, number: int, now_ns: int) -> None:
        """A maker's word on a request that still lives: its ``number``-th quote, or that it declines."""
        if request.is_over:
            return
        maker = desk.maker
        wrongs = [action for action in request.actions if action.maker in ("", maker.name)]
        if mood.declines or any(isinstance(action, Decline) for action in wrongs):
            self._decline(request, maker.name, now_ns)
            return
        misquote = next((action for action in wrongs if isinstance(action, Misquote)), Misquote())
        quote = self._quote(request, desk, mood, misquote, now_ns)
        told = self._told(request, quote, flips_points=misquote.flips_points)
        for action in wrongs:
            if isinstance(action, Stray):
                self._send(request, self._strayed(request, told, action.factor), now_ns)
            elif isinstance(action, Withdraw):
                taken_back = partial(self._withdraw, request, quote)
                self._house.agenda.add(now_ns + round(action.after_ms * NS_PER_MS), taken_back)
        self._send(request, told, now_ns)
        if number < maker.quotes:
            again = partial(self._answer, request, desk, mood, number + 1)
            self._house.agenda.add(now_ns + round(maker.every_ms * NS_PER_MS), again)

    def _decline(self, request: _Request, maker: str, now_ns: int) -> None:
        """One maker does not quote; when it was the last that could have, nobody does."""
        if self._house.dialect.dictionary.file not in _NAMELESS:
            self._send(request, QuoteRequestRefused(request.quote_req_id, maker, f"{maker} does not quote"), now_ns)
        request.declined += 1
        if request.declined == len(self._desks):
            request.is_over = True
            self._send(request, QuoteRequestRefused(request.quote_req_id, text="Nobody quotes"), now_ns)

    def _withdraw(self, request: _Request, quote: _Quote, now_ns: int) -> None:
        if not request.is_over and request.live.get(quote.maker) is quote:
            del request.live[quote.maker]
            withdrawn = QuoteWithdrawn(request.quote_req_id, quote.quote_id, quote.maker, "Withdrawn by the maker")
            self._send(request, withdrawn, now_ns)

    def _quote(self, request: _Request, desk: MakerDesk, mood: Mood, wrong: Misquote, now_ns: int) -> _Quote:
        """A maker's prices now, in place of its last."""
        quotes, maker, deal = self._house.dialect.quotes, desk.maker, request.deal
        assert quotes is not None
        asked = "both" if quotes.is_two_way else "offer" if deal.base_is_bought else "bid"
        sides = asked if wrong.sides == "asked" else wrong.sides
        spot, points = desk.spot(self._house.market, deal, mood), desk.points(self._house.market, deal)
        bid = price_of(deal, spot, points, base_is_bought=False).times(wrong.factor)
        offer = price_of(deal, spot, points, base_is_bought=True).times(wrong.factor)
        quote = _Quote(
            quote_id=self._next_id(request, quotes),
            maker=maker.name,
            bid=None if sides == "offer" else bid,
            offer=None if sides == "bid" else offer,
            until_ns=now_ns + (maker.valid_ms or quotes.valid_ms) * NS_PER_MS,
        )
        request.live[maker.name] = quote
        return quote

    def _next_id(self, request: _Request, quotes: Quotes) -> str:
        """QuoteID(117): unique by itself only where an order has nothing but it to name the quote by."""
        number = len(request.issued) + 1
        names_request = int(tags.QUOTE_REQ_ID) in quotes.reference_tags
        quote_id = f"Q{number}" if names_request else f"{request.quote_req_id}{_ID_MARK}{number}"
        request.issued.add(quote_id)
        return quote_id

    def _told(self, request: _Request, quote: _Quote, *, flips_points: bool) -> QuoteReceived:
        """The quote as the client hears it; a spot quote has no points, and so no spot rate beside its own."""
        deal = request.deal
        bid, offer = (None if deal.product is Product.SPOT else price for price in (quote.bid, quote.offer))
        sign = -1 if flips_points else 1
        return QuoteReceived(
            quote_req_id=request.quote_req_id,
            quote_id=quote.quote_id,
            maker=quote.maker,
            symbol=str(deal.pair),
            bids=quote.bid.rates if quote.bid else (),
            offers=quote.offer.rates if quote.offer else (),
            valid_until_ts_ns=quote.until_ns,
            settl_date=deal.near_leg.value_date,
            bid_spot_rate=bid.spot if bid else None,
            bid_forward_points=sign * bid.near_points if bid else None,
            offer_spot_rate=offer.spot if offer else None,
            offer_forward_points=sign * offer.near_points if offer else None,
        )

    def _strayed(self, request: _Request, told: QuoteReceived, factor: Decimal) -> QuoteReceived:
        """The same QuoteID(117) for the client's request before, or for one that nobody made."""
        earlier = [known for (session, known) in self._requests if session == request.session]
        position = earlier.index(request.quote_req_id)
        return structs.replace(
            told,
            quote_req_id=earlier[position - 1] if position else f"{request.quote_req_id}0",
            bids=tuple(rate * factor for rate in told.bids),
            offers=tuple(rate * factor for rate in told.offers),
            bid_spot_rate=None,
            bid_forward_points=None,
            offer_spot_rate=None,
            offer_forward_points=None,
        )

    def _send(self, request: _Request, event: VenueEvent, now_ns: int) -> None:
        self._house.outbox.send(Send(request.session, event), now_ns, deal=request.deal)
