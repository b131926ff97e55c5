"""What a run remembers: its orders, as the robot itself would keep them, the quotes, and the prices. Pure.

Every report goes through the tables of :mod:`trader.orders`. What cannot be about an order, such as a wrong side, an
ExecID(17) used twice or a fill through the limit, thereby fails the step in which it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from trader.app.conformance.plan import Plan
from trader.domain import ids
from trader.domain.commands import CancelOrder, PlaceOrder, QuoteReference, RequestQuote
from trader.domain.currency import CurrencyPair
from trader.domain.deal import Deal, OrderType, TimeInForce
from trader.domain.events import PriceQuoted, QuoteReceived, TradeReported, VenueEvent, VenueStatusReported
from trader.domain.money import round_rate
from trader.orders.blotter import Blotter
from trader.orders.order import Order

_AWAY = Decimal("0.01")  # of the rate: far enough from the market, and no fat finger's distance


@dataclass(slots=True)
class Asked:
    """A request for quotes and what was quoted, each quote with the moment it came, UTC nanoseconds."""

    request: RequestQuote
    quotes: list[tuple[QuoteReceived, int]] = field(default_factory=list)


class Books:
    """One run's memory.

    Args:
        plan: What is dealt in.
        started_ns: The moment of the run, which makes its ids; UTC nanoseconds.

    Attributes:
        orders: The orders of each label: one, or one a leg.
        placed: What was sent to place them.
        asked: The request for quotes of each label.
        prices: The newest price of each pair, by symbol, with the sides that were sent last.
        is_ready: Whether the venue has said so, where it says it at all.
        superseded_ns: When each id of a streamed price was followed by another.
    """

    def __init__(self, plan: Plan, started_ns: int) -> None:
        self.plan = plan
        self.blotter = Blotter(plan.dialect.name)
        self.orders: dict[str, list[Order]] = {}
        self.placed: dict[str, tuple[PlaceOrder, ...]] = {}
        self.asked: dict[str, Asked] = {}
        self.prices: dict[str, PriceQuoted] = {}
        self.is_ready = False
        self.superseded_ns: dict[str, int] = {}
        self._batch = ids.batch_id(ids.content_hash(f"conformance {started_ns}".encode()))
        self._lines = 0

    def name(self) -> str:
        """An id that was never used."""
        self._lines += 1
        return ids.cl_ord_id(self._batch, self._lines)

    def order(self, label: str) -> Order:
        """The first order of a label."""
        return self.orders[label][0]

    # --- what we do --------------------------------------------------------------------------------------------------

    def place(
        self,
        label: str,
        deal: Deal,
        order_type: OrderType,
        price: Decimal | None,
        time_in_force: TimeInForce,
        now_ns: int,
        quote: QuoteReference | None = None,
    ) -> tuple[PlaceOrder, ...]:
        """A new order under a label, or one a leg where the dialect links them; ready to be sent."""
        parts = self.plan.dialect.orders_of(deal)
        name = self.name()
        line_no, link_id = self._lines, "" if len(parts) == 1 else ids.line_part(name)
        self.orders[label] = [
            self.blotter.create(
                ids.cl_ord_id(self._batch, line_no, child),
                part,
                order_type,
                price,
                time_in_force,
                self.plan.account,
                quote=quote,
                link_id=link_id,
            )
            for child, part in enumerate(parts, start=1)
        ]
        for order in self.orders[label]:
            order.sent(now_ns)
        self.placed[label] = tuple(order.place() for order in self.orders[label])
        return self.placed[label]

    def draft(self, deal: Deal, order_type: OrderType, time_in_force: TimeInForce, now_ns: int) -> PlaceOrder:
        """An order that the books do not keep: it is never to be dealt."""
        price = self.limit(deal, is_marketable=False) if order_type is OrderType.LIMIT else None
        return PlaceOrder(self.name(), deal, order_type, price, time_in_force, self.plan.account, now_ns)

    def cancel(self, label: str, now_ns: int) -> tuple[CancelOrder, ...]:
        """Cancels for what is left of the orders of a label."""
        return tuple(order.request_cancel(now_ns) for order in self.orders[label] if order.can_cancel)

    def ask(self, label: str, deal: Deal, now_ns: int) -> RequestQuote:
        """A request for quotes under a label."""
        self._lines += 1
        request = RequestQuote(ids.quote_req_id(self._batch, self._lines, 1), deal, self.plan.account, now_ns)
        self.asked[label] = Asked(request)
        return request

    # --- where the market is -----------------------------------------------------------------------------------------

    def rate(self, pair: CurrencyPair) -> Decimal:
        """Where the market of a pair is, terms per base: by the venue's own prices, else by what was known before."""
        price = self.prices.get(str(pair))
        if price is None or price.bid is None or price.offer is None:
            return self.plan.usual_rate(pair)
        return (price.bid + price.offer) / 2

    def limit(self, deal: Deal, *, is_marketable: bool) -> Decimal:
        """A limit that trades at once, or one that waits for a market one percent away."""
        away = _AWAY if deal.base_is_bought is is_marketable else -_AWAY
        tick = self.plan.dialect.tick(deal.pair)
        return round_rate(self.rate(deal.pair) * (1 + away), tick, base_is_bought=deal.base_is_bought)

    # --- what the venue says -----------------------------------------------------------------------------------------

    def hear(self, event: VenueEvent, now_ns: int, *, off_the_books: bool) -> str:
        """Take down one word of the venue; what about it cannot be, as a sentence, or ""."""
        if isinstance(event, PriceQuoted):
            self._price(event, now_ns)
        elif isinstance(event, QuoteReceived):
            self._quote(event, now_ns)
        elif isinstance(event, VenueStatusReported):
            self.is_ready = event.is_ready
        elif not off_the_books and not self._is_of_another_run(event):
            _, applied = self.blotter.apply(event, now_ns)
            return "" if applied.violation is None else f"{applied.violation.rule}: {applied.violation.detail}"
        return ""

    def _is_of_another_run(self, event: VenueEvent) -> bool:
        return isinstance(event, TradeReported) and self.blotter.find(event.cl_ord_id, "", event.order_id) is None

    def _price(self, event: PriceQuoted, now_ns: int) -> None:
        last = self.prices.get(event.symbol, event)
        news = {side: value for side in _SIDES if (value := getattr(event, side))}
        for side in ("bid_id", "offer_id"):
            if side in news and getattr(last, side) not in ("", news[side]):
                self.superseded_ns[getattr(last, side)] = now_ns
        self.prices[event.symbol] = replace(last, **news)

    def _quote(self, quote: QuoteReceived, now_ns: int) -> None:
        """To the request that it names, or to the last one where the venue does not repeat its id."""
        rounds: Sequence[Asked] = list(self.asked.values())
        for asked in rounds[-1:] if not quote.quote_req_id else rounds:
            if quote.quote_req_id in ("", asked.request.quote_req_id):
                asked.quotes.append((quote, now_ns))


_SIDES = ("bid", "offer", "bid_id", "offer_id")
