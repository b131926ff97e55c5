"""The venue's price stream: a snapshot on request, then updates of what has changed."""

from dataclasses import dataclass, field

from simulator.actions import Action
from simulator.desk import complaint
from simulator.effects import RequestSnapshot, Send, SendQuotes, UnsubscribeMarketData
from simulator.house import House
from simulator.market import Quote
from trader.domain.commands import SubscribeMarketData
from trader.domain.currency import CurrencyPair
from trader.domain.events import MarketDataRefused, PriceQuoted

PriceRequest = SubscribeMarketData | RequestSnapshot | UnsubscribeMarketData


@dataclass(slots=True)
class _Subscription:
    session: str
    request_id: str
    sent: dict[CurrencyPair, Quote] = field(default_factory=dict)


class Prices:
    """Who hears which prices."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._subscriptions: dict[tuple[str, str], _Subscription] = {}

    def __bool__(self) -> bool:
        return bool(self._subscriptions)

    def handle(self, session: str, request: PriceRequest, actions: tuple[Action, ...], now_ns: int) -> None:
        """MarketDataRequest(V): one snapshot a pair; a subscription then hears of changes until it is stopped."""
        if isinstance(request, UnsubscribeMarketData):
            self._subscriptions.pop((session, request.request_id), None)
            return
        refusal = complaint(actions)
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
            quoted = self._changed(subscription, pair)
            self._house.outbox.send(SendQuotes(session, quoted, is_snapshot=True), now_ns)
        if isinstance(request, SubscribeMarketData):
            self._subscriptions[session, request.request_id] = subscription

    def drop(self, session: str) -> None:
        """Stop all of a session's subscriptions."""
        for key in [key for key in self._subscriptions if key[0] == session]:
            del self._subscriptions[key]

    def update(self, now_ns: int) -> None:
        """Tell each subscription what has changed since it last heard."""
        for subscription in self._subscriptions.values():
            quotes = tuple(q for pair in list(subscription.sent) for q in self._changed(subscription, pair))
            if quotes:
                self._house.outbox.send(SendQuotes(subscription.session, quotes, is_snapshot=False), now_ns)

    def _changed(self, subscription: _Subscription, pair: CurrencyPair) -> tuple[PriceQuoted, ...]:
        quote = self._house.market.quote(pair)
        if subscription.sent.get(pair) == quote:
            return ()
        subscription.sent[pair] = quote
        return (PriceQuoted(subscription.request_id, str(pair), quote.bid, quote.offer),)
