"""The way out of the venue: a scenario's rules for answers, and the agenda of what happens later."""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count

from simulator.effects import (
    ANSWER_NAMES,
    Effect,
    Interrupt,
    Interruption,
    LogTrade,
    Send,
    SendQuotes,
)
from simulator.faults.actions import Action, Delay, Disconnect, Exit, Ignore, Logout
from simulator.faults.retelling import Retelling
from simulator.faults.rules import Facts, Rules
from simulator.messages import INCREMENTAL, SNAPSHOT
from simulator.venue.book import Order
from trader.domain.deal import Deal
from trader.domain.events import (
    ExecutionReported,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
)


class Agenda:
    """What happens later, in the order of time; what is due at the same moment, in the order it was written."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[int], None]]] = []
        self._number = count()
        self._paused_until_ns = 0

    def add(self, due_ns: int, act: Callable[[int], None]) -> None:
        """Do ``act(now_ns)`` when the time comes."""
        heappush(self._heap, (due_ns, next(self._number), act))

    def pause(self, until_ns: int) -> None:
        """Do nothing before that moment; what was due by then is done at it, in the order it was due."""
        self._paused_until_ns = max(until_ns, self._paused_until_ns)

    def is_paused(self, now_ns: int) -> bool:
        """Whether nothing is done now."""
        return now_ns < self._paused_until_ns

    def next_ns(self) -> int | None:
        """When the next thing is done, or None."""
        return max(self._heap[0][0], self._paused_until_ns) if self._heap else None

    def run_next(self) -> None:
        """Do the next thing."""
        due_ns, _, act = heappop(self._heap)
        act(max(due_ns, self._paused_until_ns))


class Outbox:
    """Collects effects; holds, drops or breaks answers as the scenario says."""

    def __init__(self, rules: Rules, agenda: Agenda) -> None:
        self._rules = rules
        self._agenda = agenda
        self._retelling = Retelling()
        self._effects: list[Effect] = []

    def take(self) -> list[Effect]:
        """Everything since the last call."""
        effects, self._effects = self._effects, []
        return effects

    def log(self, effect: LogTrade) -> None:
        """A trade is a fact: no rule holds it."""
        self._effects.append(effect)

    def interrupt(self, session: str, action: Action) -> None:
        """Break the connection now, when the action is one that does."""
        match action:
            case Disconnect():
                self._effects.append(Interrupt(session, Interruption.DISCONNECT))
            case Logout(text=text):
                self._effects.append(Interrupt(session, Interruption.LOGOUT, text))
            case Exit():
                self._effects.append(Interrupt(session, Interruption.EXIT))
            case _:
                pass

    def send(
        self, effect: Send | SendQuotes, now_ns: int, order: Order | None = None, deal: Deal | None = None
    ) -> None:
        """Send an answer, or what the scenario makes of it; answers about one order stay in sequence.

        Args:
            effect: The answer.
            now_ns: Now.
            order: The order it is about, if it is about one.
            deal: What it is about where there is no order: a quote's deal.
        """
        if not self._rules:
            self._effects.append(effect)
            return
        actions, delay_ns = self._rules.apply(_facts(effect, order, deal), now_ns)
        told = self._retelling.retold(effect, actions)
        due_ns = now_ns + delay_ns
        if order is not None and not any(isinstance(action, Delay) and action.can_be_overtaken for action in actions):
            due_ns = order.clear_ns = max(due_ns, order.clear_ns)
        if not any(isinstance(action, Ignore) for action in actions):
            breaks = [action for action in actions if isinstance(action, Disconnect | Logout | Exit)]
            self._at(due_ns, now_ns, partial(self._release, told.instead, breaks))
        for after_ns, more in told.besides:
            self._at(due_ns + after_ns, now_ns, partial(self._release, more, ()))

    def _at(self, due_ns: int, now_ns: int, release: Callable[[int], None]) -> None:
        if due_ns > now_ns:
            self._agenda.add(due_ns, release)
        else:
            release(now_ns)

    def _release(self, effect: Send | SendQuotes, breaks: Sequence[Action], _: int) -> None:
        for action in breaks:
            self.interrupt(effect.session, action)
        self._effects.append(effect)


def _facts(effect: Send | SendQuotes, order: Order | None, deal: Deal | None) -> Facts:
    if isinstance(effect, SendQuotes):
        return Facts(SNAPSHOT if effect.is_snapshot else INCREMENTAL, effect.session)
    event = effect.event
    about = order.deal if order else deal
    return Facts(
        message=ANSWER_NAMES[type(event)],
        client=effect.session,
        deal=about,
        amount=order.order_qty if order else about.near_leg.amount if about else None,
        order_type=order.order_type if order else None,
        time_in_force=order.time_in_force if order else None,
        exec_type=event.exec_type if isinstance(event, ExecutionReported) else None,
        maker=event.maker if isinstance(event, QuoteReceived | QuoteWithdrawn | QuoteRequestRefused) else "",
    )
