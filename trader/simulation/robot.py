"""One life of the robot in virtual time: the loop of ``trader.app.robot``, with a virtual disk and wire at its ends."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from risk.limits.book import LimitBook
from risk.stops.stops import Stop
from trader.domain.commands import PlaceOrder
from trader.engine import inputs, outputs
from trader.engine.engine import Engine
from trader.engine.last_look import LastLook
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.journal.codec import Codec
from trader.journal.record import Chain, Record
from trader.simulation.disk import VirtualDisk
from trader.simulation.timeline import MS, Act

CODEC = Codec(inputs.INPUT_TYPES)

_WAKE_NS = MS // 2  # at most so long until the loop sees that something waits
_IN_THE_WRITE = 0.35  # how likely a crash strikes while the journal is written, and not after


class CrashedError(Exception):
    """The robot is dead; the disk stays."""


class Outside(Protocol):
    """What a robot finds around it, and who looks on."""

    happened: Counter[str]
    disk: VirtualDisk
    random: np.random.Generator

    @property
    def robot_ns(self) -> int:
        """What the robot's clock says, UTC nanoseconds."""
        ...

    def later(self, delay_ns: int, act: Act, *arguments: object) -> None:
        """Do something so much later."""
        ...

    def dies_at(self, records: Sequence[Record]) -> bool:
        """Whether a crash strikes at these records."""
        ...

    def send(self, text: str, output: outputs.Send) -> bool:
        """Hand a message to the session; False when it is not logged on."""
        ...

    def performed(self, output: outputs.Output) -> None:
        """The robot has done what its engine wants; whoever follows it hears of it."""
        ...

    def stepped(self, records: Sequence[Record], values: Sequence[inputs.Input]) -> None:
        """The robot has taken a chunk and done what it asked for."""
        ...


class Robot:
    """What a crash takes away. What is on the disk stays.

    Args:
        outside: Its world.
        limits: Of the wire guard.
        dialect: The venue's.

    Attributes:
        records: What is in the journal.
        unwritten: What has come in and is not in the journal; its end takes it away.
    """

    def __init__(self, outside: Outside, limits: LimitBook, dialect: Dialect) -> None:
        self.engine = Engine()
        self.last_look = LastLook(self.engine, limits, dialect.name)
        self.records: list[Record] = []
        self.is_alive = True
        self._outside = outside
        self._encoder = Encoder(dialect)
        self._chain = Chain()
        self.unwritten: list[inputs.Input] = []
        self._taking = 0  # so many of them are being written
        self._has_woken = True
        self._timers: dict[str, int] = {}
        self._shut_for: list[Stop] = []

    # --- the beginning -----------------------------------------------------------------------------------------------

    def replay(self, records: Sequence[Record]) -> None:
        """Take the journal over: same inputs, same state. What the guard had been told, it is told again."""
        for record in records:
            value = CODEC.decode(record.kind, record.payload)
            if isinstance(value, inputs.SendRefused):
                self.last_look.refused_before(value)
            self.last_look.replayed(self.engine.step(record.ts_ns, value))
        self.records = list(records)
        if records:
            self._chain = Chain(records[-1].seq, records[-1].digest)

    # --- the loop ----------------------------------------------------------------------------------------------------

    def put(self, value: inputs.Input) -> None:
        """On the inbox; the loop comes to it in a moment, and to whatever else waits by then."""
        self.unwritten.append(value)
        if self._has_woken:
            self._has_woken = False
            self._outside.later(int(self._outside.random.integers(0, _WAKE_NS)), self._wake)

    def _wake(self) -> None:
        self._has_woken = True
        if self.is_alive and self.unwritten:
            self._taking = len(self.unwritten)
            self.process(list(self.unwritten))

    def process(self, chunk: Sequence[inputs.Input]) -> None:
        """Journal a chunk in one commit, step it, and do what it asks for.

        Raises:
            CrashedError: A crash has struck on the way.
        """
        ts_ns = self._outside.robot_ns
        records = [self._chain.link(ts_ns, *CODEC.encode(value)) for value in chunk]
        dies = self._outside.dies_at(records)
        self.commit(records, dies=dies)
        del self.unwritten[: self._taking]
        self._taking = 0
        wanted = [output for value in chunk for output in self.engine.step(ts_ns, value)]
        survives = int(self._outside.random.integers(0, len(wanted) + 1)) if dies else len(wanted)
        for output in wanted[:survives]:
            self.perform(output)
        if dies:
            self._outside.happened["crash: before all was done" if survives < len(wanted) else "crash: all done"] += 1
            raise CrashedError
        self._outside.stepped(records, chunk)

    def commit(self, records: Sequence[Record], *, dies: bool) -> None:
        """Make records durable; nothing they cause happens before that.

        Raises:
            CrashedError: A crash has struck while they were written.
        """
        disk, random = self._outside.disk, self._outside.random
        disk.write(records)
        if dies and random.random() < _IN_THE_WRITE:
            self._outside.happened[f"crash: {disk.crash(random)}"] += 1
            raise CrashedError
        disk.sync()
        self.records += records

    def perform(self, output: outputs.Output) -> None:
        """Do one thing that the engine wants."""
        match output:
            case outputs.Send():
                self._send(output)
            case outputs.StartTimer(name=name, due_ns=due_ns):
                self._timers[name] = due_ns
                self._outside.later(due_ns - self._outside.robot_ns, self._timer, name, due_ns)
            case _:
                self.last_look.tell(output)
        self._outside.performed(output)

    def _timer(self, name: str, due_ns: int) -> None:
        if self.is_alive and self._timers.get(name) == due_ns:
            del self._timers[name]
            self.put(inputs.TimerFired(name))

    # --- the wire ----------------------------------------------------------------------------------------------------

    def shut(self, stop: Stop) -> None:
        """A kill comes in by another thread: the wire is shut at once, before the loop hears of it."""
        self.last_look.guard.shut(stop)
        self._shut_for.append(stop)

    def taken(self, stop: Stop) -> None:
        """The loop has taken the kill in: what it says holds from now on."""
        if stop in self._shut_for:
            self._shut_for.remove(stop)
            self.last_look.guard.taken(stop)

    def _send(self, output: outputs.Send) -> None:
        command = output.command
        refused = self.last_look.refusal(output, self._outside.robot_ns)
        if refused is not None:
            self.put(refused)
            return
        left = self._outside.send(self._encoder.encode(command), output)
        if not left and isinstance(command, PlaceOrder):
            self.put(inputs.SendRefused(command.cl_ord_id, "SESSION_DOWN", f"{output.session} was not logged on"))


def replayed(journal: Sequence[Record]) -> Engine:
    """A fresh engine that has taken a journal."""
    engine = Engine()
    for record in journal:
        engine.step(record.ts_ns, CODEC.decode(record.kind, record.payload))
    return engine


def journal_bytes(journal: Sequence[Record]) -> bytes:
    """The whole journal as bytes, to compare two."""
    return b"\n".join(b"%d %d %s %s" % (r.seq, r.ts_ns, r.kind.encode(), r.payload) for r in journal)
