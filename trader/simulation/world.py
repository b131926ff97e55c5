"""The real engine and gate, and the pure venue, joined by FIX text under virtual time: no thread, no socket, no clock.

One timeline of what happens next drives everything, so the same seed gives the same run, byte for byte. What travels
can be lost, repeated or held; a crash of the robot loses whatever is not on its disk; its clock can be set, and people
stop and resume it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from risk.limits.book import LimitBook
from risk.stops.stops import Scope
from simulator.effects import Effect, Interrupt, LogTrade, Send, SendQuotes, Trade
from simulator.faults.scenario import Scenario
from simulator.market.market import Market
from simulator.venue.venue import Venue
from simulator.wire.messages_in import BusinessReject, RequestReader
from simulator.wire.messages_out import AnswerWriter
from trader.domain.currency import Currency
from trader.domain.ids import line_of
from trader.engine import inputs, outputs
from trader.engine.engine import Engine
from trader.engine.machine_inputs import ClockJumped
from trader.engine.state import BatchState
from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.text import split
from trader.journal.record import Record
from trader.journal.state_hash import state_hash
from trader.simulation.books import VenueTrades
from trader.simulation.disk import VirtualDisk
from trader.simulation.faults import Faults
from trader.simulation.people import People
from trader.simulation.robot import CrashedError, Robot
from trader.simulation.timeline import MS, SECOND, Act, Timeline
from trader.simulation.wire import CLIENT, Wire, from_client

_RECONNECT_NS = 400 * MS
_RESTART_NS = 1_500 * MS  # how long a venue takes to restart
_NOTICED_NS = 200 * MS  # how often the robot looks whether its clock was set
_JUMP_MS_MAX = 500  # as CLOCK of the example limits says it
# Only a report that takes an earlier trade back, or corrects it, has one of these.
_TAKES_BACK = frozenset({tags.EXEC_REF_ID, tags.TRADE_REPORT_TRANS_TYPE})


class Watcher:
    """Sees everything that happens; a test's own watches and objects. This one looks on."""

    def left(self, world: "World", sent: outputs.Send) -> None:
        """A message of the robot has left."""

    def arrived(self, world: "World", text: str) -> None:
        """A message of the robot has reached the venue and been acted on."""

    def traded(self, world: "World", trade: Trade) -> None:
        """The venue has traded, or taken a trade back."""

    def stepped(self, world: "World", records: Sequence[Record]) -> None:
        """The robot has taken a chunk of inputs and done what they asked for."""

    def restarted(self, world: "World", dead: Engine, records: Sequence[Record]) -> None:
        """A new robot has replayed its journal; ``records`` is what the dead one's engine had stepped."""

    def put_back(self) -> None:
        """The robot is about to die, and its disk has been exchanged for an older copy."""


class World:
    """A robot, a venue, the wire between them, and the people at the desk.

    Args:
        seed: Decides everything that nothing else decides.
        started: What the robot is configured with.
        batch: What the desk wants.
        scenario: What the venue does.
        market: Its prices.
        start_ns: When it begins, UTC nanoseconds.
        faults: What else goes wrong.
        watcher: Sees everything.
        calm_s: When nothing goes wrong any longer, in seconds from the start; None for never.
        lingers_s: How long the world goes on when the batch is over.
        is_staffed: Whether somebody resumes what was stopped and approves what waits.

    Attributes:
        happened: How often what has gone wrong.
        trades: The venue's trade log, the oldest entry first.
        venue_trades: What follows from it.
        events: How many things have happened.
        unheard: Lines of which the venue took a trade back in words that were lost for good.
        stopped: What is halted, by scope, and since when.
        tell: Hears a line of every event; None where nobody listens.
    """

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
        *,
        calm_s: float | None = None,
        lingers_s: int = 0,
        is_staffed: bool = False,
    ) -> None:
        self.started, self.batch = started, batch
        self.dialect: Dialect = started.dialects[0]
        self.limits = LimitBook(started.limits)
        self.happened: Counter[str] = Counter()
        self.trades: list[Trade] = []
        self.venue_trades = VenueTrades()
        self.alerts: list[outputs.Alert] = []
        self.refused: list[outputs.BatchRefused] = []
        self.unheard: set[int] = set()
        self.stopped: dict[Scope, int] = {}
        self.killed_ns = 0  # when a kill came in first
        self.is_over, self.events = False, 0
        self.tell: Callable[[str], None] | None = None
        self.random = np.random.default_rng([seed, 0x77])
        self.disk = VirtualDisk()
        self._copy = b""
        self.faults, self.market = faults or Faults(), market
        self.venue = Venue(seed, self.dialect, market, scenario, batch.trade_date, start_ns)
        self._watcher = watcher or Watcher()
        self._timeline = Timeline(start_ns)
        self._calm_ns = None if calm_s is None else start_ns + int(calm_s * SECOND)
        self._clock_off_ns = 0
        self._is_silent = False
        self._crashes = set(self.faults.crash_at)
        self._places = _places(self.faults)
        self._reader, self._writer = RequestReader(self.dialect), AnswerWriter(self.dialect)
        self.wire = Wire(self._timeline, self.random, self.faults, self.happened, self._arrive, self._deliver)
        self.people = People(self, lingers_s, is_staffed=is_staffed)
        self.robot = Robot(self, self.limits, self.dialect)

    @property
    def now_ns(self) -> int:
        """The moment it really is."""
        return self._timeline.now_ns

    @property
    def robot_ns(self) -> int:
        """The moment it is by the robot's clock."""
        return self._timeline.now_ns + self._clock_off_ns

    @property
    def engine(self) -> Engine:
        """The engine of the robot's present life."""
        return self.robot.engine

    @property
    def journal(self) -> list[Record]:
        """Everything that is durable."""
        return self.robot.records

    @property
    def state(self) -> BatchState | None:
        """The batch as the robot has it."""
        return self.engine.context.batches.get(self.batch.batch_id)

    @property
    def is_calm(self) -> bool:
        """True when nothing goes wrong any longer."""
        return self.wire.is_calm

    # --- the run -----------------------------------------------------------------------------------------------------

    def run(self, until_s: float = 900) -> "World":
        """Trade the batch until it is over, submitting it again when it is suspended."""
        timeline = self._timeline
        end_ns = self.now_ns + int(until_s * SECOND)
        self.later(0, self._boot)
        if self._calm_ns is not None:
            self.later(self._calm_ns - self.now_ns, self._calm)
        while (due_ns := timeline.next_ns) is not None and not self.is_over and self.now_ns < end_ns:
            moment = self.venue.next_event_ns()
            if moment is not None and moment < due_ns:
                timeline.pass_until(moment)
                self._perform_effects(self.venue.advance(self.now_ns))
                continue
            self.events += 1
            try:
                timeline.run_next()
            except CrashedError:
                self._restart()
        return self

    def seal(self) -> str:
        """Journal the hash of the state, and return it."""
        sealed = state_hash(self.engine)
        self.robot.process([inputs.StateHashed(sealed)])
        return sealed

    def later(self, delay_ns: int, act: Act, *arguments: object) -> None:
        """Do something so much later."""
        self._timeline.later(delay_ns, act, *arguments)

    def note(self, text: str) -> None:
        """For whoever follows the story."""
        if self.tell is not None:
            self.tell(text)

    def _calm(self) -> None:
        """From now on nothing goes wrong any longer: what can be settled has to be settled."""
        self.note("calm: nothing goes wrong any longer")
        self.wire.is_calm, self._is_silent = True, False
        self._crashes.clear()
        self._places.clear()
        self.venue.be_plain()
        self.people.calm_down()

    # --- the robot's process -----------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self.robot.process([self.started])
        self.people.robot_started()
        self.later(MS, self._connect)

    def _restart(self) -> None:
        """A new life: replay what the disk still has, take over, connect."""
        dead = self.robot
        dead.is_alive = False
        self.note("the robot dies")
        self._lost(value.text for value in dead.unwritten if isinstance(value, inputs.FixReceived))
        self._drop_wire()
        self.wire.robot_died()
        self.robot = Robot(self, self.limits, self.dialect)
        self.robot.replay(self.disk.recover())
        self.note(f"a new robot has replayed {len(self.robot.records)} records")
        self._watcher.restarted(self, dead.engine, dead.records)
        self.later(0, self._boot)

    def _lost(self, texts: Iterable[str]) -> None:
        """The venue has said this, its session layer counts it as taken, and nobody will ever read it."""
        for text in texts:
            fields = dict(split(text))
            line = line_of(fields.get(tags.CL_ORD_ID, ""))
            if line is not None and not _TAKES_BACK.isdisjoint(fields):
                self.unheard.add(line.line_no)

    def dies_at(self, records: Sequence[Record]) -> bool:
        """Whether a crash strikes at these records; each place is struck once."""
        struck = self._crashes & {record.seq for record in records}
        self._crashes -= struck
        return bool(struck)

    def stepped(self, records: Sequence[Record], values: Sequence[inputs.Input]) -> None:
        """The robot has taken a chunk; now is the moment for what strikes at its records."""
        if self.tell is not None:
            for record in records:
                self.tell(f"record {record.seq} {record.kind} {record.payload.decode('utf-8', 'replace')}")
        self.people.stepped(values)
        self._watcher.stepped(self, records)
        for seq in [seq for seq in self._places if seq <= records[-1].seq]:
            for fault, argument in self._places.pop(seq):
                self._strike(fault, argument)

    def _strike(self, fault: str, argument: int) -> None:
        self.happened[fault] += 1
        self.note(f"{fault} {argument or ''}")
        match fault:
            case "drop":
                self._drop(_RECONNECT_NS)
            case "venue restart":
                self._lost(self.wire.forget())
                self._drop(_RESTART_NS)
            case "clock set":
                self._set_clock(argument)
            case "market jump":
                self.market.jump(Currency("USD"), argument)
            case "prices stop":
                self._is_silent = True
            case "disk copied":
                self._copy = bytes(self.disk.content)
            case "disk put back":
                self._put_back()
            case _:
                self.people.strike(fault)

    def _put_back(self) -> None:
        """The next robot finds an older disk, and knows nothing of what was on the newer one."""
        self.disk = VirtualDisk(self._copy)
        self.people.disk_put_back()
        self._watcher.put_back()
        raise CrashedError

    def _set_clock(self, jump_ms: int) -> None:
        self._clock_off_ns += jump_ms * MS
        if abs(jump_ms) > _JUMP_MS_MAX:
            self.later(_NOTICED_NS, self._put, ClockJumped(jump_ms))

    def _put(self, value: inputs.Input) -> None:
        self.robot.put(value)

    def performed(self, output: outputs.Output) -> None:
        """The robot's engine has said something to the outside."""
        match output:
            case outputs.Alert():
                self.alerts.append(output)
                self.note(f"alert {output.code}: {output.text}")
            case outputs.BatchRefused():
                self.refused.append(output)
            case outputs.BatchEnded():
                self.later(0, self.people.batch_ended)
            case outputs.BatchWaits(batch_id=batch_id):
                self.people.batch_waits(batch_id)
            case outputs.StopsChanged(stops=stops):
                self.people.stops_changed(stops)

    # --- the wire ----------------------------------------------------------------------------------------------------

    def send(self, text: str, output: outputs.Send) -> bool:
        """A message of the robot leaves, unless the session is down."""
        if not self.wire.connection:
            return False
        self._watcher.left(self, output)
        self.note(f"-> {text}")
        return self.wire.send(text)

    def _connect(self) -> None:
        if self.wire.connection:
            return
        self.note("the robot is logged on")
        # The session opens for the loop before anything that the venue sends can come.
        self.robot.put(inputs.SessionOpened(self.dialect.name))
        self.wire.connect()
        self.people.connected()

    def _drop(self, reconnect_ns: int) -> None:
        """The connection breaks; both sides notice at once, and the robot comes back later."""
        if self.wire.connection:
            self._drop_wire()
            self.robot.put(inputs.SessionClosed(self.dialect.name, "the connection was lost"))
            self.later(reconnect_ns, self._connect)

    def _drop_wire(self) -> None:
        self._lost(self.wire.drop())
        self._perform_effects(self.venue.logged_out(CLIENT, self.now_ns))

    def _deliver(self, text: str) -> None:
        self.note(f"<- {text}")
        self.robot.put(inputs.FixReceived(self.dialect.name, text))

    def _arrive(self, text: str) -> None:
        sender, request = self._reader.read(from_client(text))
        assert sender == CLIENT
        if isinstance(request, BusinessReject):
            self.wire.answer(self._writer.write_business_reject(request))
        else:
            self._perform_effects(self.venue.handle(sender, request, self.now_ns))
        self._watcher.arrived(self, text)

    def _perform_effects(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case LogTrade(trade=trade):
                    self.trades.append(trade)
                    self.venue_trades.enter(trade)
                    self.note(f"the venue's book: {trade}")
                    self._watcher.traded(self, trade)
                case Send() if effect.session == CLIENT:  # another client's is a drop copy
                    text = self._writer.write(effect)
                    if not self.wire.answer(text):
                        self._lost([text])
                case SendQuotes() if not self._is_silent:
                    self.wire.price(self._writer.write_quotes(effect))
                case Interrupt():
                    self._interrupted()
                case _:
                    pass

    def _interrupted(self) -> None:
        self.happened["venue: connection broken"] += 1
        self._drop(_RECONNECT_NS)


def _places(faults: Faults) -> dict[int, list[tuple[str, int]]]:
    """What strikes at which record of the journal."""
    found: dict[int, list[tuple[str, int]]] = {}
    for name, where in (
        ("drop", faults.drop_at),
        ("venue restart", faults.restart_at),
        ("kill", faults.kill_at),
        ("stop", faults.stop_at),
        ("file again", faults.submit_at),
        ("prices stop", faults.silent_at),
        ("disk copied", faults.copied_at),
        ("disk put back", faults.put_back_at),
    ):
        for seq in sorted(where):
            found.setdefault(seq, []).append((name, 0))
    for name, amounts in (("clock set", faults.clock_at), ("market jump", faults.jump_at)):
        for seq, amount in sorted(amounts.items()):
            found.setdefault(seq, []).append((name, amount))
    return found
