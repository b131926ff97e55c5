"""The simulated venue: orders against the house's quotes, in virtual time. Pure: no clock, no wire, no file.

The same seed, scenario and requests at the same moments give the same effects, down to the last id. Rules:

* Every order that is let in is reported New, and traded as soon as its price is there, at the house's quote.
* A question waits behind the orders of its client that came before it and are held: "unknown order" is never said of
  one that is still to be acted upon, unless a rule says so.
* A ClOrdID(11) is used once. A second request with it is refused and changes nothing.
* A trade is logged before it is reported, and neither is ever taken back by a cancel that comes later.
"""

from collections import Counter
from datetime import date
from functools import partial

from simulator.effects import REQUEST_NAMES, Effect, Request, Send, bounced
from simulator.faults.actions import Action, Bounce, Exit, Ignore, Pause, Roll
from simulator.faults.rules import Facts, Rules
from simulator.faults.scenario import Scenario
from simulator.market.market import Market
from simulator.venue.desk import DeskRequest, OrderDesk
from simulator.venue.house import House
from simulator.venue.inquiries import Inquiries, Inquiry
from simulator.venue.outbox import Agenda, Outbox
from simulator.venue.prices import Prices
from simulator.venue.quoting import QuoteRequest, Quoting
from trader.domain.commands import (
    CancelOrder,
    PassQuotes,
    PlaceOrder,
    ReplaceOrder,
    RequestOrderStatus,
    RequestQuote,
)
from trader.domain.moments import NS_PER_MS
from trader.fix.dialect import Dialect


class Venue:
    """One venue with its market, for any number of clients."""

    def __init__(
        self, seed: int, dialect: Dialect, market: Market, scenario: Scenario, trade_date: date, start_ns: int
    ) -> None:
        """Open the venue.

        Args:
            seed: Part of every id, and the seed of the scenario's chances.
            dialect: What the venue takes.
            market: Its prices, opened at ``start_ns``.
            scenario: How it behaves.
            trade_date: TradeDate(75) of every trade.
            start_ns: The moment of opening, UTC nanoseconds.
        """
        self._market = market
        self._agenda = Agenda()
        self._held_until_ns: dict[str, int] = {}  # until when a client's orders are held before they are acted upon
        self._rules = Rules(scenario.rules, seed)
        self._outbox = Outbox(self._rules, self._agenda)
        self._house = house = House(seed, dialect, market, trade_date, self._outbox, self._agenda)
        self._book = house.book
        self._inquiries = Inquiries(house)
        self._prices = Prices(house)
        self._quoting = Quoting(house, scenario.makers)
        is_streamed = dialect.quotes is not None and dialect.quotes.source == "stream"
        self._desk = OrderDesk(house, self._prices.take if is_streamed else self._quoting.take)
        self._quote_interval_ns = scenario.quote_interval_ms * NS_PER_MS
        self._next_quotes_ns = start_ns + self._quote_interval_ns

    def handle(self, session: str, request: Request, now_ns: int) -> list[Effect]:
        """Take a request that arrives now.

        Args:
            session: The client's name.
            request: What it asks.
            now_ns: Now, UTC nanoseconds; never before an earlier call's.

        Returns:
            Everything that happened up to now, in order; all of it is due now.
        """
        self._run_until(now_ns)
        actions: tuple[Action, ...] = ()
        if self._rules:
            actions, delay_ns = self._rules.apply(_facts(session, request), now_ns)
            for action in actions:
                if isinstance(action, Pause):
                    self._agenda.pause(now_ns + round(action.ms * NS_PER_MS))
            if isinstance(request, Inquiry):
                delay_ns = max(delay_ns, self._held_until_ns.get(session, now_ns) - now_ns)
            if delay_ns or self._agenda.is_paused(now_ns):
                if isinstance(request, PlaceOrder):
                    self._held_until_ns[session] = max(self._held_until_ns.get(session, 0), now_ns + delay_ns)
                self._agenda.add(now_ns + delay_ns, partial(self._act, session, request, actions))
                return self._outbox.take()
        self._act(session, request, actions, now_ns)
        return self._outbox.take()

    def advance(self, now_ns: int) -> list[Effect]:
        """Let time pass; the effects are due now."""
        self._run_until(now_ns)
        return self._outbox.take()

    def logged_out(self, session: str, now_ns: int) -> list[Effect]:
        """The client is gone: its price streams and requests for quotes end; its orders do what the dialect says.

        Returns:
            Reports of the orders that the venue cancels for it and tells of: they wait for the client's next logon.
        """
        self._run_until(now_ns)
        self._prices.drop(session)
        self._quoting.logged_out(session)
        self._desk.logged_out(session, now_ns)
        return self._outbox.take()

    def be_plain(self) -> None:
        """From now on no rule of the scenario takes a message; what one has begun goes on."""
        self._rules.end()

    def actions_taken(self) -> Counter[str]:
        """How many messages each kind of the scenario's actions has had, by its name."""
        return self._rules.taken

    @property
    def is_at_rest(self) -> bool:
        """True when it has nothing planned: no answer is held back, and no trade is still to be taken back."""
        return self._agenda.next_ns() is None

    def next_event_ns(self) -> int | None:
        """When :meth:`advance` has something to do, or None while only a request can make something happen."""
        moments = [self._agenda.next_ns()]
        if self._book:
            moments.append(self._market.next_tick_ns)
        if self._prices:
            moments.append(self._next_quotes_ns)
        return min((moment for moment in moments if moment is not None), default=None)

    def _run_until(self, now_ns: int) -> None:
        while (moment := self.next_event_ns()) is not None and moment <= now_ns:
            if moment == self._agenda.next_ns():
                self._agenda.run_next()
                continue
            ticked = self._market.next_tick_ns <= moment
            self._market.advance(moment)
            is_paused = self._agenda.is_paused(moment)
            if ticked and not is_paused:
                self._desk.work_resting(moment)
            if self._next_quotes_ns <= moment:
                self._next_quotes_ns = moment + self._quote_interval_ns
                if not is_paused:
                    self._prices.update(moment)
        self._market.advance(now_ns)
        if self._next_quotes_ns <= now_ns:
            missed = (now_ns - self._next_quotes_ns) // self._quote_interval_ns + 1
            self._next_quotes_ns += missed * self._quote_interval_ns

    def _act(self, session: str, request: Request, actions: tuple[Action, ...], now_ns: int) -> None:
        for action in actions:
            self._outbox.interrupt(session, action)
            match action:
                case Exit() | Ignore():
                    return
                case Bounce(text=text):
                    self._outbox.send(Send(session, bounced(request, text)), now_ns)
                    return
                case Roll():
                    self._house.roll()
                case _:
                    pass
        if isinstance(request, DeskRequest):
            self._desk.handle(session, request, actions, now_ns)
        elif isinstance(request, Inquiry):
            self._inquiries.handle(session, request, actions, now_ns)
        elif isinstance(request, QuoteRequest):
            self._quoting.handle(session, request, actions, now_ns)
        else:
            self._prices.handle(session, request, actions, now_ns)


def _facts(session: str, request: Request) -> Facts:
    name = REQUEST_NAMES[type(request)]
    if isinstance(request, PlaceOrder | ReplaceOrder):
        return Facts(
            message=name,
            client=session,
            deal=request.deal,
            amount=request.deal.near_leg.amount,
            order_type=request.order_type,
            time_in_force=request.time_in_force,
        )
    if isinstance(request, RequestQuote):
        return Facts(name, session, request.deal, request.deal.near_leg.amount)
    deal = request.deal if isinstance(request, CancelOrder | RequestOrderStatus | PassQuotes) else None
    return Facts(name, session, deal)
