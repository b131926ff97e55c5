"""What the engine's parts share: the moment, the state, and the outputs collected so far."""

from dataclasses import dataclass
from typing import Any

from risk.alerts import AlertBook, AlertRules
from risk.gate.gate import Gate
from risk.limits.book import Limit
from risk.limits.increases import Increase
from risk.limits.versions import LimitSet
from risk.people.people import People
from risk.stops.stops import StopBook
from risk.wire.rate import MessageRate
from trader.domain.canonical import Digests
from trader.domain.commands import CancelAllOrders, CancelOrder, PlaceOrder, RequestTrades, VenueCommand
from trader.domain.errors import RemoteViolation
from trader.domain.moments import in_ns
from trader.domain.value_date import trade_date_at
from trader.engine.outputs import Alert, AlertOver, Output, Send, StartTimer
from trader.engine.questions import VenueMoment
from trader.engine.session_memory import SessionMemory
from trader.engine.settings import Settings
from trader.engine.state import BatchPhase, BatchState, Kill, SessionState
from trader.fix.dialect import Dialect
from trader.orders.blotter import Blotter
from trader.orders.machine import Sync
from trader.orders.order import Order
from trader.orders.reports import contradicted

_SAID = frozenset({Alert, AlertOver})


@dataclass(slots=True)
class Counters:
    """Progress, counted.

    Attributes:
        answers: Orders that were answered for the first time.
        fills: Fills booked.
    """

    answers: int = 0
    fills: int = 0


class Context:
    """State of one engine. Only the engine's parts write to it.

    Attributes:
        now_ns: The moment of the input being stepped.
        settings: From the latest :class:`~trader.engine.inputs.EngineStarted`.
        dialects: Venue name to dialect.
        past_dialects: The same of every venue that a process ever ran with, as it last did. Like ``dialects`` not part
            of the state: they are inputs.
        copies: Name of a session that copies executions to the venue whose they are.
        gate: The pre-trade gate with its ledger and reference rates.
        blotters: Venue name to its orders.
        message_rates: Venue name to the pace of what carries risk.
        batches: By batch id, in order of arrival. Only :meth:`enter` and :meth:`forget` put one there or take it away.
        under_way: Those that are not at rest, in the same order: whatever comes looks through these, and not through
            all of a day's. Not part of the state.
        sessions: By venue name.
        memories: Venue name to what is remembered of its session from process to process.
        requests: Questions asked so far; numbers their ids.
        people: Users and their roles, and what they have asked of each other.
        limit_rows: Every row of the limits there are, whether or not it is in force today. Not part of the state: the
            hash of an imported set stands with the set.
        limit_sets: Every set of limits that was imported, the one in force last; none while the configuration's holds.
        increases: Every increase of a limit that was approved, the oldest first.
        config_running: The hash of this process's configuration; "" when it has not said.
        config_approved: The hash of the one that two persons have approved; "" before.
        stops: What is stopped, for the gate to look at.
        kills: Every kill, the oldest first.
        changed_lines: Batch id to line numbers changed since somebody last took note; none when only the batch itself
            changed. Not part of the state.
        alerts: What people are told, and who has seen it.
        counters: Answers and fills so far, for progress. Not part of the state.
        doubts: The alerts that are over once their order is known again. Not part of the state: the alerts are.
    """

    settings: Settings
    gate: Gate

    def __init__(self) -> None:
        self.now_ns = 0
        self.dialects: dict[str, Dialect] = {}
        self.past_dialects: dict[str, Dialect] = {}
        self.copies: dict[str, str] = {}
        self.blotters: dict[str, Blotter] = {}
        self.message_rates: dict[str, MessageRate] = {}
        self.batches: dict[str, BatchState] = {}
        self.under_way: tuple[BatchState, ...] = ()
        # Whatever is written to a batch that is done is also told to :meth:`touch`.
        self._digests: Digests[BatchState] = Digests(lambda batch: batch, lambda batch: batch.phase is BatchPhase.DONE)
        self.sessions: dict[str, SessionState] = {}
        self.memories: dict[str, SessionMemory] = {}
        self.requests = 0
        self.people = People()
        self.limit_sets: list[LimitSet] = []
        self.limit_rows: tuple[Limit, ...] = ()
        self.increases: list[Increase] = []
        self.config_running = self.config_approved = ""
        self.stops = StopBook()
        self.kills: list[Kill] = []
        self.changed_lines: dict[str, set[int]] = {}
        self.alerts = AlertBook(AlertRules())
        self.counters = Counters()
        self.doubts: dict[AlertOver, Order] = {}
        self._outputs: list[Output] = []

    @property
    def has_gate(self) -> bool:
        """True from the first EngineStarted on."""
        return hasattr(self, "gate")

    def emit(self, output: Output) -> None:
        """Add an output."""
        self._outputs.append(output)

    def doubt(self, order: Order, rule: str, text: str) -> None:
        """What the venue says of an order cannot be: it is in doubt from now on, and people are told."""
        contradicted(order, RemoteViolation(rule, text), self.now_ns)
        self.tell_until_known(order, rule, text)

    def tell_until_known(self, order: Order, rule: str, text: str, *, about: str = "", is_hard: bool = True) -> None:
        """Tell of an order what holds as long as it is in doubt: the alert is over once the order is known again.

        Args:
            order: The order, as what is told has left it.
            rule: The alert's code.
            text: Whole sentences for a person.
            about: What is the same when it is said again; "" for what the text says.
            is_hard: See :class:`~trader.engine.outputs.Alert`.
        """
        about, is_lasting = about or text, order.sync is Sync.IN_DOUBT
        self.emit(Alert(rule, text, about, is_hard, is_lasting, order.cl_ord_id))
        if is_lasting:
            self.doubts[AlertOver(rule, about)] = order

    def send(self, session: str, command: VenueCommand) -> None:
        """Add a command that is not an order: counted for the pace of orders, and held back only by the venue's own.

        There it waits before every order, and a cancel before every question.
        """
        assert not isinstance(command, PlaceOrder), "an order carries the moment of its own decision"
        waiting, rate = self.sessions[session].waiting, self.message_rates[session]
        if not waiting and rate.takes_any(self.now_ns):
            self._pass(session, command)
            return
        if not waiting:
            self.emit(StartTimer(f"pace:{session}", rate.next_any_ns(self.now_ns)))
        if isinstance(command, CancelOrder | CancelAllOrders):
            waiting.appendleft(command)
        else:
            waiting.append(command)

    def flush(self, session: str) -> None:
        """The venue takes messages again: let what waits leave, as much as may."""
        waiting, rate = self.sessions[session].waiting, self.message_rates[session]
        while waiting and rate.takes_any(self.now_ns):
            self._pass(session, waiting.popleft())
        if waiting:
            self.emit(StartTimer(f"pace:{session}", rate.next_any_ns(self.now_ns)))

    def _pass(self, session: str, command: VenueCommand) -> None:
        self.message_rates[session].passed(self.now_ns)
        self._outputs.append(Send(session, command, self.now_ns))

    def take_said(self) -> list[Alert | AlertOver]:
        """What the step has said to the alert book so far. The end of an alert is for nobody else."""
        said: list[Any] = [output for output in self._outputs if type(output) in _SAID]
        if said:
            self._outputs = [output for output in self._outputs if type(output) is not AlertOver]
        return said

    def take_outputs(self) -> list[Output]:
        """The outputs collected since the last call."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def enter(self, batch: BatchState, phase: BatchPhase) -> None:
        """A batch, which may be new, comes to a phase; nothing else writes ``BatchState.phase``."""
        batch.phase = phase
        self.batches[batch.submitted.batch_id] = batch
        self._find_under_way()

    def forget(self, batch_id: str) -> None:
        """A batch is as if it had never come."""
        del self.batches[batch_id]
        self._find_under_way()

    def _find_under_way(self) -> None:
        self.under_way = tuple([batch for batch in self.batches.values() if not batch.phase.is_at_rest])

    def touch(self, batch_id: str, *line_numbers: int) -> None:
        """Note that lines of a batch changed, or with none that the batch itself did."""
        self.changed_lines.setdefault(batch_id, set()).update(line_numbers)
        self._digests.touch(batch_id)

    def request_id(self, prefix: str) -> str:
        """A fresh id for a question to a venue."""
        self.requests += 1
        return f"{prefix}{self.requests}"

    def trades_request(self, prefix: str, session: str, since: VenueMoment) -> RequestTrades:
        """Ask for the venue's trades from a moment on; for all of them when the trade date has rolled since.

        Both the market's clock and the venue's last report can show that it has: a rehearsal may be held on any day.
        """
        request_id = self.request_id(prefix)
        has_rolled = trade_date_at(since.ts_ns) != trade_date_at(self.now_ns)
        if since.trade_date is None or has_rolled or since.trade_date != self.sessions[session].last_report.trade_date:
            return RequestTrades(request_id)
        return RequestTrades(request_id, since.trade_date, since.ts_ns)

    def is_needed(self, session: str) -> bool:
        """Whether a session has something under way: one that ends after its work is nobody's emergency."""
        is_at_work = any(batch.is_active and session in batch.sessions for batch in self.under_way)
        return is_at_work or any(self.blotters[session].live())

    def has_been_up(self, session: str) -> bool:
        """Whether a session was ever logged on, in this process or one before."""
        return session in self.memories and self.memories[session].opened_ns > 0

    def after(self, seconds: float) -> int:
        """The moment that many seconds from now."""
        return self.now_ns + in_ns(seconds)

    def is_past(self, ts_ns: int, seconds: float) -> bool:
        """Whether more than so many seconds have passed since a moment, UTC nanoseconds."""
        return self.now_ns - ts_ns > in_ns(seconds)

    def forget_digests(self) -> None:
        """The next snapshot is taken anew of everything, also of what has not changed."""
        self._digests.forget()
        for blotter in self.blotters.values():
            blotter.digests.forget()
        if self.has_gate:
            self.gate.forget_digests()

    def snapshot(self) -> dict[str, Any]:
        """The whole state as plain data, equal for equal states.

        For what a day heaps up there stands a digest: of all batches, of a venue's orders, of what they reserve.
        """
        return {
            "alerts": self.alerts.snapshot(),
            "batches": self._digests.of(self.batches),
            "gate": self.gate.snapshot(is_digested=True) if self.has_gate else None,
            "orders": {venue: blotter.digest() for venue, blotter in self.blotters.items()},
            "orphans": {venue: list(blotter.orphans.values()) for venue, blotter in self.blotters.items()},
            "orphans_beyond": {venue: blotter.orphans_beyond for venue, blotter in self.blotters.items()},
            "never_given": {venue: blotter.never_given for venue, blotter in self.blotters.items()},
            "dismissed": {venue: sorted(blotter.dismissed) for venue, blotter in self.blotters.items()},
            "limit_sets": self.limit_sets,
            "increases": self.increases,
            "people": self.people,
            "config": [self.config_running, self.config_approved],
            "stops": self.stops.stops(),
            "kills": self.kills,
            "requests": self.requests,
            "sessions": self.sessions,
            "session_memories": self.memories,
        }
