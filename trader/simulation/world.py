"""The real engine and the pure venue, joined by FIX text under virtual time: no thread, no socket, no clock.

One heap of what happens next drives everything, so the same seed gives the same run, byte for byte. What travels can
be lost: a drop of the session loses what is on its way to the venue, and, by the seed, what is on its way back; a crash
of the robot loses whatever is not in its journal.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import numpy as np

from risk.limit_book import LimitBook
from risk.reasons import ReasonCode
from risk.stops import EVERYTHING, State, Stop
from risk.wire import WireGuard
from simulator.effects import Effect, Interrupt, LogTrade, Send, SendQuotes, Trade
from simulator.market import Market
from simulator.scenario import Scenario
from simulator.venue import Venue
from simulator.wire_in import BusinessReject, RequestReader
from simulator.wire_out import AnswerWriter
from trader.domain.commands import PlaceOrder
from trader.engine import inputs, outputs
from trader.engine.engine import Engine
from trader.engine.state import BatchPhase, BatchState
from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.fix.text import SOH
from trader.journal.codec import Codec
from trader.journal.record import Chain, Record
from trader.journal.state_hash import state_hash

CLIENT = "ROBOT"
MS = 1_000_000
SECOND = 1_000 * MS

_CODEC = Codec(inputs.INPUT_TYPES)
_ATTEMPTS_MAX = 6  # how often the desk submits a suspended batch again
_RECONNECT_NS = 400 * MS
_BUSY_NS = 20 * MS  # how long a kill waits for the loop
_KILL = Stop(EVERYTHING, State.HALTED, ReasonCode.KILL, 0, "rita", "a test")


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, where.

    Attributes:
        crash_at: Journal sequence numbers at which the robot dies.
        drop_at: Journal sequence numbers at which the session drops.
        kill_at: Journal sequence numbers after which a person halts the firm.
        resends: Whether the venue sends again after a drop what the robot has not taken.
    """

    crash_at: frozenset[int] = frozenset()
    drop_at: frozenset[int] = frozenset()
    kill_at: frozenset[int] = frozenset()
    resends: bool = True


@dataclass(slots=True)
class Process:
    """One life of the robot: what a crash takes away. The journal stays."""

    engine: Engine
    guard: WireGuard
    timers: dict[str, int] = field(default_factory=dict)
    never_left: set[str] = field(default_factory=set)


class CrashedError(Exception):
    """The robot is dead; the journal stays."""


class Watcher:
    """Sees everything that happens; a test's own watches and objects. This one looks on."""

    def left(self, world: "World", sent: outputs.Send) -> None:
        """A message of the robot has left."""

    def arrived(self, world: "World", text: str) -> None:
        """A message of the robot has reached the venue and been acted on."""

    def traded(self, world: "World", trade: Trade) -> None:
        """The venue has traded."""

    def stepped(self, world: "World") -> None:
        """The robot has taken an input and done what it asked for."""


class World:
    """A robot, a venue, and the wire between them."""

    def __init__(
        self,
        seed: int,
        started: inputs.EngineStarted,
        batch: inputs.BatchSubmitted,
        scenario: Scenario,
        market: Market,
        start_ns: int,
        faults: Faults | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        self.started, self.batch = started, batch
        self.dialect: Dialect = started.dialects[0]
        self.limits = LimitBook(started.limits)
        self.now_ns = start_ns
        self.journal: list[Record] = []
        self.trades: list[Trade] = []
        self.alerts: list[outputs.Alert] = []
        self.refused: list[outputs.BatchRefused] = []
        self.venue = Venue(seed, self.dialect, market, scenario, batch.trade_date, start_ns)
        self._faults = faults or Faults()
        self._watcher = watcher or Watcher()
        self._random = np.random.default_rng([seed, 0x77])
        self._reader, self._writer = RequestReader(self.dialect), AnswerWriter(self.dialect)
        self._encoder = Encoder(self.dialect)
        self._chain = Chain()
        self._heap: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._number = count()
        self._connection = 0  # 0 while there is none; else the number of the connection
        self._connections = 0
        self._clear_ns = {"out": 0, "back": 0}
        self._undelivered: dict[int, str] = {}
        self._submissions = 0
        self.is_over = False
        self.killed_ns = 0  # when a kill came in
        self._kill_waits = False
        self.process = self._new_process()

    @property
    def engine(self) -> Engine:
        """The engine of the robot's present life."""
        return self.process.engine

    @property
    def state(self) -> BatchState | None:
        """The batch as the robot has it."""
        return self.engine.context.batches.get(self.batch.batch_id)

    # --- the run -----------------------------------------------------------------------------------------------------

    def run(self, until_s: float = 900) -> "World":
        """Trade the batch until it is over, submitting it again when it is suspended."""
        end_ns = self.now_ns + int(until_s * SECOND)
        self._later(0, self._boot)
        while self._heap and not self.is_over and self.now_ns < end_ns:
            self._venue_until(self._heap[0][0])
            due_ns, _, act, arguments = heappop(self._heap)
            self.now_ns = max(self.now_ns, due_ns)
            try:
                act(*arguments)
            except CrashedError:
                self._restart()
        return self

    def seal(self) -> str:
        """Journal the hash of the state, and return it."""
        sealed = state_hash(self.engine)
        self._append(inputs.StateHashed(sealed))
        return sealed

    def _later(self, delay_ns: int, act: Callable[..., None], *arguments: object) -> None:
        heappush(self._heap, (self.now_ns + delay_ns, next(self._number), act, arguments))

    def _venue_until(self, due_ns: int) -> None:
        """Let the venue act by itself before the next thing happens, if it has something to do."""
        while (moment := self.venue.next_event_ns()) is not None and moment < self._heap[0][0] and moment < due_ns:
            self.now_ns = max(self.now_ns, moment)
            self._perform_effects(self.venue.advance(self.now_ns))

    # --- the robot ---------------------------------------------------------------------------------------------------

    def _new_process(self) -> Process:
        return Process(Engine(), WireGuard(self.limits, self.dialect.name))

    def _boot(self) -> None:
        self.take(self.started)
        self._later(MS, self._connect)

    def _restart(self) -> None:
        """A new life: replay, take over, connect."""
        self._drop_wire()
        self._heap = [entry for entry in self._heap if entry[2] not in (self._timer, self.take)]
        self._heap.sort()
        self.process = self._new_process()
        for record in self.journal:
            value = _CODEC.decode(record.kind, record.payload)
            for output in self.process.engine.step(record.ts_ns, value):
                if isinstance(output, outputs.Send) and isinstance(output.command, PlaceOrder):
                    self._permitted(output, output.decided_ts_ns)
                elif isinstance(output, outputs.LineRegistered | outputs.OrderClosed):
                    self._tell_guard(output)
        if self.killed_ns:
            self.process.guard.shut(_KILL)
        self._later(0, self._boot)

    def take(self, value: inputs.Input) -> None:
        """The robot takes one input: journal, step, act. At a planned sequence number it dies half-way."""
        record = self._append(value)
        wanted = self.process.engine.step(self.now_ns, value)
        dies = record.seq in self._faults.crash_at
        survives = int(self._random.integers(0, len(wanted) + 1)) if dies else len(wanted)
        for output in wanted[:survives]:
            self._perform(output)
        if dies:
            raise CrashedError
        self._watcher.stepped(self)
        if record.seq in self._faults.drop_at:
            self._drop()
        if record.seq in self._faults.kill_at:
            self._kill()

    def _kill(self) -> None:
        """A kill comes in: the wire is shut at once, and the loop comes to it later. No crash loses it, as no file."""
        if not self.killed_ns:
            self.killed_ns, self._kill_waits = self.now_ns, True
            self.process.guard.shut(_KILL)
            self._later(_BUSY_NS, self._take_kill)

    def _take_kill(self) -> None:
        self._kill_waits = False
        self._later(0, self._batch_ended)
        self.take(inputs.KillRequested(_KILL.scope, _KILL.state, _KILL.who, _KILL.reason))

    def _append(self, value: inputs.Input) -> Record:
        record = self._chain.link(self.now_ns, *_CODEC.encode(value))
        self.journal.append(record)
        return record

    def _perform(self, output: outputs.Output) -> None:
        match output:
            case outputs.Send():
                self._send(output)
            case outputs.LineRegistered() | outputs.OrderClosed():
                self._tell_guard(output)
            case outputs.StopsChanged(stops=stops):
                self.process.guard.obey(stops)
            case outputs.StartTimer(name=name, due_ns=due_ns):
                self.process.timers[name] = due_ns
                self._later(max(0, due_ns - self.now_ns), self._timer, name, due_ns)
            case outputs.Alert():
                self.alerts.append(output)
            case outputs.BatchRefused():
                self.refused.append(output)
            case outputs.BatchEnded():
                self._later(0, self._batch_ended)

    def _timer(self, name: str, due_ns: int) -> None:
        if self.process.timers.get(name) == due_ns:
            del self.process.timers[name]
            self.take(inputs.TimerFired(name))

    def _batch_ended(self) -> None:
        state = self.state
        assert state is not None
        if state.phase is BatchPhase.DONE:
            self.is_over = self.is_over or not self._kill_waits
        elif state.phase is BatchPhase.SUSPENDED and self._submissions < _ATTEMPTS_MAX:
            self._later(2 * SECOND, self._submit)

    def _submit(self) -> None:
        state = self.state
        if state is None or state.phase is BatchPhase.SUSPENDED:
            self._submissions += 1
            self.take(self.batch)

    def _permitted(self, output: outputs.Send, at_ns: int) -> bool:
        command = output.command
        assert isinstance(command, PlaceOrder)
        violation = self.process.guard.permit(command, output.decided_ts_ns, at_ns)
        if violation is None:
            return True
        self.process.never_left.add(command.cl_ord_id)
        self._later(0, self.take, inputs.SendRefused(command.cl_ord_id, violation.code, violation.sentence))
        return False

    def _tell_guard(self, output: outputs.LineRegistered | outputs.OrderClosed) -> None:
        if isinstance(output, outputs.LineRegistered):
            self.process.guard.register(output.line, output.deal, output.scopes)
        elif output.cl_ord_id not in self.process.never_left:
            self.process.guard.closed(output.cl_ord_id, output.cum_qty)

    def _send(self, output: outputs.Send) -> None:
        is_order = isinstance(output.command, PlaceOrder)
        if is_order and not self._permitted(output, self.now_ns):
            return
        if not self._connection:
            if isinstance(output.command, PlaceOrder):
                self._later(0, self.take, inputs.SendRefused(output.command.cl_ord_id, "SESSION_DOWN", "not logged on"))
            return
        self._watcher.left(self, output)
        self._travel("out", self._arrive, self._connection, self._encoder.encode(output.command))

    # --- the wire ----------------------------------------------------------------------------------------------------

    def _travel(self, way: str, act: Callable[..., None], *arguments: object) -> None:
        """Between 0.2 and 1.2 ms, in order."""
        due_ns = self.now_ns + int(self._random.integers(MS // 5, 6 * MS // 5))
        due_ns = self._clear_ns[way] = max(due_ns, self._clear_ns[way] + 1)
        self._later(due_ns - self.now_ns, act, *arguments)

    def _connect(self) -> None:
        if self._connection:
            return
        self._connections += 1
        self._connection = self._connections
        self.take(inputs.SessionOpened(self.dialect.name))
        for number, text in list(self._undelivered.items()):
            self._travel("back", self._deliver, self._connection, number, text)
        self._later(2 * SECOND if self.state is not None else 0, self._submit)

    def _drop(self) -> None:
        """The connection breaks; both sides notice at once, and the robot comes back later."""
        self._drop_wire()
        self._later(0, self.take, inputs.SessionClosed(self.dialect.name, "the connection was lost"))
        self._later(_RECONNECT_NS, self._connect)

    def _drop_wire(self) -> None:
        self._connection = 0
        self._perform_effects(self.venue.logged_out(CLIENT, self.now_ns))
        if not self._faults.resends:
            self._undelivered.clear()

    def _arrive(self, connection: int, text: str) -> None:
        if connection != self._connection:
            return  # lost with its connection
        sender, request = self._reader.read(_from_client(text))
        assert sender == CLIENT
        if isinstance(request, BusinessReject):
            self._answer(self._writer.write_business_reject(request))
        else:
            self._perform_effects(self.venue.handle(sender, request, self.now_ns))
        self._watcher.arrived(self, text)

    def _perform_effects(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case LogTrade(trade=trade):
                    self.trades.append(trade)
                    self._watcher.traded(self, trade)
                case Send():
                    self._answer(self._writer.write(effect))
                case SendQuotes():
                    if self._connection:
                        text = self._writer.write_quotes(effect)
                        self._travel("back", self._deliver, self._connection, 0, text)
                case Interrupt():
                    if self._connection:
                        self._drop()

    def _answer(self, text: str) -> None:
        """Prices are forgotten with the connection; everything else waits for the next one, if the venue resends."""
        number = next(self._number)
        if self._connection or self._faults.resends:
            self._undelivered[number] = text
        if self._connection:
            self._travel("back", self._deliver, self._connection, number, text)

    def _deliver(self, connection: int, number: int, text: str) -> None:
        if connection != self._connection:
            return
        self._undelivered.pop(number, None)
        self.take(inputs.FixReceived(self.dialect.name, text))


def _from_client(text: str) -> str:
    """The message as the session layer would send it: with SenderCompID(49)."""
    begin, length, msg_type, body = text.split(SOH, 3)
    return SOH.join((begin, length, msg_type, f"{tags.SENDER_COMP_ID}={CLIENT}", body))


def replayed(journal: list[Record]) -> Engine:
    """A fresh engine that has taken a journal."""
    engine = Engine()
    for record in journal:
        engine.step(record.ts_ns, _CODEC.decode(record.kind, record.payload))
    return engine


def journal_bytes(journal: list[Record]) -> bytes:
    """The whole journal as bytes, to compare two."""
    return b"\n".join(b"%d %d %s %s" % (r.seq, r.ts_ns, r.kind.encode(), r.payload) for r in journal)
