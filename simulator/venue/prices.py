"""The venue's price stream: a snapshot on request, then updates of what has changed.

Where the dialect deals on streamed prices, each price has an id of its own, and an order may take it until it has been
superseded for as long as quotes live.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from simulator.effects import RequestSnapshot, Send, SendQuotes, UnsubscribeMarketData
from simulator.faults.actions import Action
from simulator.market.market import Quote
from simulator.market.pricing import Price, leg_points, price_of
from simulator.venue.checks import Problem, complaint
from simulator.venue.house import House
from trader.domain.commands import PlaceOrder, SubscribeMarketData
from trader.domain.currency import CurrencyPair
from trader.domain.events import MarketDataRefused, PriceQuoted, RejectReason
from trader.domain.moments import NS_PER_MS

PriceRequest = SubscribeMarketData | RequestSnapshot | UnsubscribeMarketData


@dataclass(slots=True)
class _Ticket:
    """One side of a price that a client has been sent.

    Attributes:
        until_ns: The last moment at which an order may take it; None while it is the newest.
    """

    pair: CurrencyPair
    rate: Decimal
    is_offer: bool
    until_ns: int | None = None


@dataclass(slots=True)
class _Subscription:
    """What one request is told.

    Attributes:
        sent: Each pair's newest price.
        ids: The ids of its two sides, where the venue deals on streamed prices.
    """

    session: str
    request_id: str
    sent: dict[CurrencyPair, Quote] = field(default_factory=dict)
    ids: dict[CurrencyPair, tuple[str, str]] = field(default_factory=dict)


class Prices:
    """Who hears which prices."""

    def __init__(self, house: House) -> None:
        quotes = house.dialect.quotes
        self._house = house
        self._valid_ns = quotes.valid_ms * NS_PER_MS if quotes and quotes.source == "stream" else None
        self._subscriptions: dict[tuple[str, str], _Subscription] = {}
        self._tickets: dict[tuple[str, str], _Ticket] = {}
        self._superseded: deque[tuple[str, str]] = deque()
        self._numbered = 0

    def __bool__(self) -> bool:
        return bool(self._subscriptions)

    def handle(self, session: str, request: PriceRequest, actions: tuple[Action, ...], now_ns: int) -> None:
        """MarketDataRequest(V): one snapshot a pair; a subscription then hears of changes until it is stopped."""
        if isinstance(request, UnsubscribeMarketData):
            stopped = self._subscriptions.pop((session, request.request_id), None)
            if stopped:
                self._supersede_all(stopped, now_ns)
            return
        problem = complaint(actions)
        refusal = problem.text if problem else ""
        unknown = [str(pair) for pair in request.pairs if not self._house.market.quotes(pair)]
        if (session, request.request_id) in self._subscriptions:
            refusal = refusal or "This MDReqID is in use"
        if unknown:
            refusal = refusal or f"Not traded here: {', '.join(unknown)}"
        if refusal:
            self._house.outbox.send(Send(session, MarketDataRefused(request.request_id, refusal)), now_ns)
            return
        subscription = _Subscription(session, request.request_id)
        for pair in request.pairs:
            quoted = self._changed(subscription, pair, now_ns)
            self._house.outbox.send(SendQuotes(session, quoted, is_snapshot=True), now_ns)
        if isinstance(request, SubscribeMarketData):
            self._subscriptions[session, request.request_id] = subscription
        else:
            self._supersede_all(subscription, now_ns)

    def take(self, session: str, order: PlaceOrder, now_ns: int) -> Price | Problem:
        """The price of the streamed quote that an order names, with the house's points of now; or why it cannot be had.

        The stream is of spot rates, so that is what the order's price must be, also for an outright.
        """
        assert order.quote is not None
        ticket = self._tickets.get((session, order.quote.quote_id))
        if ticket is None or (ticket.until_ns is not None and now_ns > ticket.until_ns):
            return Problem("The price is no longer valid", RejectReason.STALE)
        deal = order.deal
        if (deal.pair, deal.base_is_bought) != (ticket.pair, ticket.is_offer):
            return Problem(f"That price is the {'offer' if ticket.is_offer else 'bid'} of {ticket.pair}")
        if order.price != ticket.rate:
            return Problem(f"The price is {ticket.rate:f}")
        spot, points = Quote(ticket.rate, ticket.rate), leg_points(self._house.market, deal)
        return price_of(deal, spot, points, base_is_bought=deal.base_is_bought)

    def drop(self, session: str) -> None:
        """Stop all of a session's subscriptions; its prices cannot be taken any more."""
        for known in (self._subscriptions, self._tickets):
            for key in [key for key in known if key[0] == session]:
                del known[key]

    def update(self, now_ns: int) -> None:
        """Tell each subscription what has changed since it last heard."""
        for subscription in self._subscriptions.values():
            quotes = tuple(q for pair in list(subscription.sent) for q in self._changed(subscription, pair, now_ns))
            if quotes:
                self._house.outbox.send(SendQuotes(subscription.session, quotes, is_snapshot=False), now_ns)
        self._forget(now_ns)

    def _changed(self, subscription: _Subscription, pair: CurrencyPair, now_ns: int) -> tuple[PriceQuoted, ...]:
        quote = self._house.market.quote(pair)
        if subscription.sent.get(pair) == quote:
            return ()
        subscription.sent[pair] = quote
        bid_id, offer_id = self._number(subscription, pair, quote, now_ns)
        return (PriceQuoted(subscription.request_id, str(pair), quote.bid, quote.offer, bid_id, offer_id),)

    def _number(self, subscription: _Subscription, pair: CurrencyPair, quote: Quote, now_ns: int) -> tuple[str, str]:
        """Ids for a new price, which supersedes the last; none where nothing is dealt on the stream."""
        if self._valid_ns is None:
            return "", ""
        self._supersede(subscription.session, subscription.ids.get(pair, ()), now_ns)
        self._numbered += 1
        ids = f"B{self._numbered}", f"O{self._numbered}"
        subscription.ids[pair] = ids
        for quote_id, is_offer in zip(ids, (False, True), strict=True):
            self._tickets[subscription.session, quote_id] = _Ticket(pair, quote.on_side(is_offer), is_offer)
        return ids

    def _supersede_all(self, subscription: _Subscription, now_ns: int) -> None:
        for ids in subscription.ids.values():
            self._supersede(subscription.session, ids, now_ns)

    def _supersede(self, session: str, ids: Iterable[str], now_ns: int) -> None:
        """Let these prices live as long as quotes do, and no longer."""
        assert self._valid_ns is not None
        for quote_id in ids:
            self._tickets[session, quote_id].until_ns = now_ns + self._valid_ns
            self._superseded.append((session, quote_id))

    def _forget(self, now_ns: int) -> None:
        """Keep no price that can no longer be taken."""
        while self._superseded:
            ticket = self._tickets.get(self._superseded[0])
            if ticket is not None and (ticket.until_ns is None or now_ns <= ticket.until_ns):
                return
            self._tickets.pop(self._superseded.popleft(), None)
