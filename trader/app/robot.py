"""The robot: one journal, one engine, its sessions, and the loop that ties them together.

The loop is the whole concurrency story: other threads only put inputs on the inbox; everything else happens here.
"""

import os
import queue
import sys
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from risk.alerts import AlertEvent, SinkRule
from risk.people.people import People
from trader.adapters.alert_sinks import open_sinks
from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.config import Setup, Venue
from trader.adapters.fix_session import FixSession
from trader.adapters.log import Log
from trader.adapters.private import check_nobody_else_writes
from trader.adapters.scheduler import Scheduler
from trader.adapters.sinks import LogSink
from trader.adapters.store import Store, StoreError
from trader.app import machine
from trader.app.alerts import AlertDesk
from trader.app.batch_news import BatchNews
from trader.app.collector import rest_collector
from trader.app.folder import DataFolder
from trader.app.history import restore
from trader.app.projections import Projector
from trader.app.stages import Stages
from trader.app.stops.last_stop import KilledWithoutJournalError, stop_without_journal
from trader.app.stops.proof import Prover
from trader.app.stops.stop_files import forget_halted, left_behind
from trader.app.stops.unknown_kills import take_in_unknown
from trader.app.stops.ways_in import WaysIn
from trader.domain.calendars import Calendars
from trader.domain.commands import PlaceOrder
from trader.domain.errors import ConfigError
from trader.domain.moments import NS_PER_S, in_ns
from trader.engine.engine import Engine
from trader.engine.inputs import (
    COMMAND_TYPES,
    INPUT_TYPES,
    Input,
    KillRequested,
    SendRefused,
    StateHashed,
    TimerFired,
)
from trader.engine.last_look import LastLook
from trader.engine.outputs import (
    ActionAnswered,
    BatchEnded,
    BatchRefused,
    BatchWaits,
    ControlFired,
    LimitsInForce,
    LineRegistered,
    OrderClosed,
    Output,
    Renumber,
    Send,
    StartTimer,
)
from trader.fix.encode import Encoder
from trader.journal.codec import Codec
from trader.journal.record import Record
from trader.journal.state_hash import state_hash

_CHUNK_MAX, _IDLE_S = 2_000, 0.05
_PROJECT_EVERY_NS = 10_000_000_000
_TELL_EVERY_NS = 500_000_000
# QuickFIX's threads hand over to the engine thread sooner than with Python's 5 ms: bursts are answered faster.
_SWITCH_INTERVAL_S = 0.0005
_COMMANDS = frozenset(COMMAND_TYPES)
_OF_A_CHECK = frozenset({LineRegistered, ControlFired, BatchRefused})


class Robot:
    """Opens a data folder, replays its journal, and runs the loop on it.

    Args:
        setup: Configuration, limits and venue.
        folder: The locked data folder.
        calendars: Business days for every currency of the limits and the batch.
        log: Where alerts and session events go.
        admit: Asked with the users there are before this process writes anything; raises for whom they do not know.

    Raises:
        ConfigError: What it is configured with can be changed by others, or does not fit the data folder.
        StoreError: The database cannot be used.
        JournalDamagedError: The journal's chain is broken.
    """

    def __init__(
        self,
        setup: Setup,
        folder: DataFolder,
        calendars: Calendars,
        log: Log,
        admit: Callable[[People], None] = lambda _people: None,
    ) -> None:
        check_nobody_else_writes(setup.files)
        self.inbox: queue.SimpleQueue[Input] = queue.SimpleQueue()
        self.stages = Stages()
        self.news: dict[str, BatchNews] = {}
        self.watch_inputs: Callable[[Input], None] | None = None
        self._log = log
        self._folder = folder.path
        self._store = Store(folder.database)
        self._codec = Codec(INPUT_TYPES)
        self.engine = Engine()
        self._projector = Projector(self._store, self.engine)
        self._projected_ns = self._told_ns = elapsed_ns()
        self._encoder = Encoder(setup.venue.dialect)
        self._last_look = LastLook(self.engine, setup.limits.at(now_ns()), setup.venue.dialect.name)
        self._alerts = self._alert_desk(setup, folder)
        restore(self._store, self.engine, self._replayed)
        self._check_reporting_currency(setup)
        admit(self.engine.context.people)
        self._prover = Prover(self.engine.context, folder.path)
        self._projector.catch_up()
        self._chain = self._store.chain()
        self._scheduler = Scheduler(lambda name: self.inbox.put(TimerFired(name)))
        config, dialect = setup.venue.session, setup.venue.dialect
        is_known = self.engine.context.has_been_up(dialect.name)
        self.session = FixSession(config, dialect, folder.fix(dialect.name), self.inbox.put, is_known=is_known)
        self._copy = self._drop_copy_of(setup.venue, folder)
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        rest_collector()
        self._alerts.start()
        self.process([machine.started_with(setup, calendars), *machine.left_by_the_one_before(folder.path)])
        machine.forget_journal_failed(folder.path)
        self._watchdog = machine.watchdog_of(setup, self.engine.context.gate.limits)
        # A set that was imported holds in place of the configuration's.
        self._last_look.guard.use_limits(self.engine.context.gate.limits)
        self._ways_in = WaysIn(folder.path, self.inbox.put, self._last_look.guard)
        self._stop_what_was_left_behind()

    def _drop_copy_of(self, venue: Venue, folder: DataFolder) -> FixSession | None:
        """The session that copies the executions, where there is one. Nothing is ever sent on it."""
        if venue.drop_copy is None:
            return None
        name = venue.dialect.drop_copy_session
        is_known = (folder.fix(name) / "store").exists()
        dialect = replace(venue.dialect, name=name)
        copy, put = venue.drop_copy, self.inbox.put
        return FixSession(copy, dialect, folder.fix(name), put, is_known=is_known, beside=self.session)

    def connect(self) -> None:
        """Start the sessions; what they say comes on the inbox."""
        self.session.start()
        if self._copy is not None:
            self._copy.start()

    def _alert_desk(self, setup: Setup, folder: DataFolder) -> AlertDesk:
        """Where alerts go: the log, and through it the console, and what the desk has configured."""
        section = setup.config.alerts
        sinks, rules = open_sinks(section, folder.path, os.environ)
        log = LogSink("log", self._log.alert)
        return AlertDesk(
            self._store, [log, *sinks], {log.name: SinkRule()} | rules, section.heartbeat_s, self.inbox.put
        )

    def _stop_what_was_left_behind(self) -> None:
        """Files in the data folder may ask for kills that the journal does not have."""
        take_in_unknown(self._folder, self.engine.context.kills, lambda kill: self.process([kill]))
        kills: list[Input] = [*left_behind(self._folder, self.engine.context.stops.stops())]
        if kills:
            self.process(kills)
        forget_halted(self._folder)

    def _replayed(self, record: Record, outputs: Iterable[Output]) -> None:
        """What had been said to people and to the wire guard is said again; nothing leaves."""
        self._projector.replayed(record, outputs)
        self._alerts.replayed(outputs)
        if record.kind == SendRefused.__name__:
            self._last_look.refused_before(self._codec.decode(record.kind, record.payload))
        self._last_look.replayed(outputs)

    def _check_reporting_currency(self, setup: Setup) -> None:
        """What is used of every limit is counted in one currency; it cannot be read as another."""
        context, asked = self.engine.context, setup.settings.reporting_currency
        if context.has_gate and context.gate.rates.reporting_currency != asked:
            raise ConfigError(
                f"the data folder of {self._store.path} counts its limits in {context.gate.rates.reporting_currency}, "
                f"and {setup.where} says {asked}; use another data folder, or the same reporting currency"
            )

    @property
    def journal_head(self) -> tuple[int, str]:
        """The last sequence number and the head hash."""
        return self._chain.seq, self._chain.head.hex()

    # --- the loop ----------------------------------------------------------------------------------------------------

    def run_until(self, done: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Take inputs until a condition holds.

        Args:
            done: Looked at after every chunk.
            timeout_s: How long to wait at the most; None for ever.

        Returns:
            False when the time ran out first.
        """
        deadline_ns = None if timeout_s is None else elapsed_ns() + in_ns(timeout_s)
        while not done():
            wait_s = None if deadline_ns is None else (deadline_ns - elapsed_ns()) / NS_PER_S
            if wait_s is not None and wait_s <= 0:
                return False
            if chunk := self._drain(_IDLE_S if wait_s is None else min(wait_s, _IDLE_S)):
                self.process(chunk)
            for value in self._watchdog.look():
                self.inbox.put(value)
            self._project_when_idle(is_idle=not chunk)
            self._prove()
        return True

    def _drain(self, wait_s: float) -> list[Input]:
        """Everything that waits, up to a chunk; block for the first."""
        try:
            chunk = [self.inbox.get(timeout=wait_s)]
        except queue.Empty:
            return []
        try:
            while len(chunk) < _CHUNK_MAX:
                chunk.append(self.inbox.get_nowait())
        except queue.Empty:
            pass
        return chunk

    def process(self, chunk: list[Input]) -> None:
        """Journal a chunk in one commit, step it, and do what it asks for.

        Raises:
            StoreError: The chunk could not be made durable; nothing of it was acted on.
        """
        ts_ns, begin = now_ns(), elapsed_ns()
        records = [self._chain.link(ts_ns, *self._codec.encode(value)) for value in chunk]
        try:
            self._store.append(records)
        except StoreError as error:
            waiting = [*chunk, *self._drain(0)]
            machine.note_journal_failed(self._folder, self.engine.context.batches.values())
            done = stop_without_journal(self.engine, self._folder, waiting, ts_ns, self._send)
            if done:
                raise KilledWithoutJournalError(f"{error}; {done}") from error
            raise
        begin = self.stages.add("store", begin)
        outputs: list[Output] = []
        commands: list[tuple[Input, Record, list[Output]]] = []
        counters = self.engine.context.counters
        answers, fills = counters.answers, counters.fills
        for record, value in zip(records, chunk, strict=True):
            caused = self.engine.step(ts_ns, value)
            if caused:
                outputs += caused
                self._projector.note(record, caused)
                begin = self._time_step(caused, begin)
            if self.watch_inputs is not None:
                self.watch_inputs(value)
            if type(value) in _COMMANDS:
                commands.append((value, record, caused))
        if counters.answers != answers:
            self.stages.answered()
        if counters.fills != fills:
            self.stages.filled()
        self._perform(outputs)
        for command in commands:
            self._command_taken(*command)

    def _command_taken(self, value: Input, record: Record, caused: list[Output]) -> None:
        """Whoever gave a command hears what came of it; a kill is followed until it is proven."""
        blocked = self._ways_in.taken(value, record, caused)
        if isinstance(value, KillRequested):
            (number,) = [int(output.request_id) for output in caused if isinstance(output, ActionAnswered)]
            asked_ns, blocked_ns = (record.ts_ns,) * 2 if blocked is None else (blocked.asked_ns, blocked.blocked_ns)
            self._prover.begin(number, asked_ns, blocked_ns)

    def _prove(self, *, at_once: bool = False) -> None:
        """Tell what became of the kills of which that is known now."""
        for proof in self._prover.ended(at_once=at_once):
            self.process([proof])
            try:
                self._prover.write(proof.number)
            except OSError as error:
                self._log.alert("KILL_NOT_WRITTEN", f"the proof of kill {proof.number} cannot be written: {error}")

    def _time_step(self, caused: list[Output], begin: int) -> int:
        """Book the time of a step that checked a batch or reconciled one, by what only such a step gives."""
        # A batch's own timer and its question for prices may stand before.
        kinds = set(map(type, caused))
        if not _OF_A_CHECK.isdisjoint(kinds):
            return self.stages.add("check", begin)
        if BatchEnded in kinds:
            return self.stages.add("reconcile", begin)
        return elapsed_ns()

    def _perform(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self._send(output)
            elif isinstance(output, LineRegistered | OrderClosed | LimitsInForce):
                self._last_look.tell(output)
            elif isinstance(output, Renumber):
                self.session.renumber(output)
            elif isinstance(output, StartTimer):
                self._scheduler.start_timer(output.name, output.due_ns)
            elif isinstance(output, AlertEvent):
                self._alerts.post(output)
            elif isinstance(output, BatchRefused | BatchWaits | BatchEnded):
                self.news.setdefault(output.batch_id, BatchNews()).learn(output)

    def _send(self, output: Send) -> None:
        self.session.rest()  # before the last look, so that nothing changes between it and the wire
        begin = elapsed_ns()
        command = output.command
        refused = self._last_look.refusal(output, now_ns())
        if refused is not None:
            self.inbox.put(refused)  # as an input, so that it is journaled like everything else
            return
        text = self._encoder.encode(command)
        begin = self.stages.add("encode", begin)
        self.stages.first_sent()
        left = output.session == self.session.name and self.session.send(text)
        self.stages.add("send", begin)
        if left:
            self._prover.sent(command)
        if not left and isinstance(command, PlaceOrder):
            self.inbox.put(SendRefused(command.cl_ord_id, "SESSION_DOWN", f"{output.session} was not logged on"))

    # --- projections and the end -------------------------------------------------------------------------------------

    def _project_when_idle(self, *, is_idle: bool) -> None:
        """Bring the tables up to date while nobody waits; under a load that never ends, every few seconds all the same.

        In the middle of a burst it would hold up the answers: 0.9 s of a 10,000-line batch.
        """
        since_ns = elapsed_ns() - self._projected_ns
        if is_idle or since_ns > _PROJECT_EVERY_NS:
            self.project()
        elif elapsed_ns() - self._told_ns > _TELL_EVERY_NS:
            self._projector.write_told()
            self._told_ns = elapsed_ns()
        self._alerts.beat(self.engine.context.alerts)

    def project(self) -> None:
        """Bring the tables that people look at up to date."""
        self._projector.write()
        self._alerts.write()
        self._projected_ns = self._told_ns = elapsed_ns()

    def seal(self) -> None:
        """Journal the state's hash, for replay to agree with; and clean up memory while nobody waits."""
        self.process([StateHashed(state_hash(self.engine))])
        rest_collector()

    def close(self) -> None:
        """Log out, stop the timers, close the database."""
        self._ways_in.close()
        self._scheduler.stop()
        self.session.stop()
        if self._copy is not None:
            self._copy.stop()
        try:
            try:
                while rest := self._drain(0):  # QuickFIX has counted it as received: it would not come again
                    self.process(rest)
                self._prove(at_once=True)
            finally:
                self._alerts.stop()
            self.project()
            self._projector.finish()
        except (StoreError, KilledWithoutJournalError) as error:
            self._log.alert("STORE_FAILED", str(error))
        self._store.close()
