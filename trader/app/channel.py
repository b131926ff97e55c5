"""How a command reaches the engine of a data folder: through the robot that runs there, or by taking its place.

A running robot is told over its socket, in the middle of a batch too. Where none runs the command opens the folder
itself, takes the input in as a robot would, journal first, and leaves; nothing can be sent to a venue then.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from trader.adapters.account import own_account
from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.control_socket import NotListeningError, ask
from trader.adapters.store import Store
from trader.app.folder import DataFolder
from trader.app.history import restore
from trader.app.projections import Projector
from trader.app.stops.proof import write_proof
from trader.app.stops.unknown_kills import take_in_unknown
from trader.domain.errors import ConfigError
from trader.domain.moments import in_ns
from trader.engine.engine import Engine
from trader.engine.inputs import (
    COMMAND_TYPES,
    INPUT_TYPES,
    EngineStarted,
    Input,
    KillProven,
    KillRequested,
    SessionClosed,
)
from trader.engine.outputs import ActionAnswered, Alert, Output
from trader.journal.codec import Codec, CodecError

ANSWER_S = 30.0
_GLANCE_S = 0.05
_Output = TypeVar("_Output", bound=Output)


class Told(Struct, frozen=True):
    """What the engine answered to an input.

    Attributes:
        seq: The input's number in the journal.
        ts_ns: When it was taken in, UTC nanoseconds.
        actions: What became of requests and decisions.
        alerts: What people were told.
        by_robot: True when a running robot took it in, False when nobody was there to act on it.
    """

    seq: int
    ts_ns: int
    actions: tuple[ActionAnswered, ...]
    alerts: tuple[Alert, ...]
    by_robot: bool


class Line(Struct, frozen=True):
    """A command on its way: an input by its kind, as the journal would have it."""

    kind: str
    payload: msgspec.Raw


_CODEC = Codec(COMMAND_TYPES)
_PROBLEM_KEY = "problem"


def told(seq: int, ts_ns: int, caused: Sequence[Output], *, by_robot: bool) -> Told:
    """The answer, from what an input has caused."""
    return Told(seq, ts_ns, _of(ActionAnswered, caused), _of(Alert, caused), by_robot)


def _of(kind: type[_Output], caused: Sequence[Output]) -> tuple[_Output, ...]:
    return tuple(output for output in caused if isinstance(output, kind))


def answer_line(line: bytes, account: str, take: Callable[[Input], Told | None]) -> bytes:
    """The robot's side: read a line, let the engine take it, and say what came of it.

    Args:
        line: As it came.
        account: Whose process it came from, as the system says; what the line says of that counts for nothing.
        take: Waits for the engine's answer; None when it does not come.
    """
    try:
        command = msgspec.json.decode(line, type=Line)
        value = structs.replace(_CODEC.decode(command.kind, bytes(command.payload)), account=account)
    except (msgspec.MsgspecError, CodecError, ValueError, RecursionError) as error:
        return msgspec.json.encode({_PROBLEM_KEY: f"this is no command: {error}"})
    answer = take(value)
    if answer is None:
        return msgspec.json.encode({_PROBLEM_KEY: "the robot has not come to it in time; it may still"})
    return msgspec.json.encode(answer)


def tell(data: Path, value: Input, started: EngineStarted | None = None, wait_s: float = ANSWER_S) -> Told:
    """Hand an input to the engine of a data folder.

    Args:
        data: The data folder; made when it is not there.
        value: One of the inputs that a command may hand in.
        started: With which configuration the folder is opened where no robot runs; None for the one it had.
        wait_s: How long to wait for a folder that somebody has who does not listen.

    Raises:
        ConfigError: The folder cannot be used, or the robot in it does not answer.
        StoreError: The database cannot be written; nothing has changed.
        JournalDamagedError: The journal does not hold.
    """
    value = structs.replace(value, account=own_account())
    kind, payload = _CODEC.encode(value)
    line = msgspec.json.encode(Line(kind, msgspec.Raw(payload)))
    deadline_ns = elapsed_ns() + in_ns(wait_s)
    while True:
        try:
            return _read(ask(data, line, ANSWER_S))
        except NotListeningError:
            pass
        except OSError as error:
            raise ConfigError(str(error)) from error
        try:
            folder = DataFolder(data)
        except ConfigError:
            # Somebody has the folder and does not listen: a robot that is starting or ending, or another command.
            if elapsed_ns() > deadline_ns:
                raise
            threading.Event().wait(_GLANCE_S)
            continue
        with closing(folder):
            return _take_place(folder, value, started)


def _read(answer: bytes) -> Told:
    try:
        return msgspec.json.decode(answer, type=Told)
    except msgspec.MsgspecError:
        problem = msgspec.json.decode(answer)[_PROBLEM_KEY]
        raise ConfigError(f"the robot did not take the command: {problem}") from None


def _take_place(folder: DataFolder, value: Input, started: EngineStarted | None) -> Told:
    """Take an input in where no robot runs."""
    clerk = Clerk(folder)
    try:
        if started is not None:
            clerk.take(started)
        answer = clerk.take(value)
        if isinstance(value, KillRequested):
            clerk.prove(folder.path)
        return answer
    finally:
        clerk.close()


class Clerk:
    """A data folder's engine without a session: takes inputs in, journal first, and sends nothing.

    Args:
        folder: The locked data folder.

    Raises:
        StoreError: The database cannot be used.
        JournalDamagedError: The journal does not hold.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._store = Store(folder.database)
        self._codec = Codec(INPUT_TYPES)
        self.engine = Engine()
        self._projector = Projector(self._store, self.engine)
        try:
            restore(self._store, self.engine, self._projector.replayed)
            self._projector.catch_up()
            self._chain = self._store.chain()
            self._end_sessions()
            self._halt_for_unknown_kills(folder.path)
        except BaseException:
            self._store.close()
            raise

    def take(self, value: Input) -> Told:
        """Journal an input, step it, and bring the tables up to date.

        Raises:
            StoreError: Nothing has changed.
        """
        ts_ns = now_ns()
        record = self._chain.link(ts_ns, *self._codec.encode(value))
        self._store.append([record])
        caused = self.engine.step(ts_ns, value)
        self._projector.note(record, caused)
        self._projector.finish()
        return told(record.seq, ts_ns, caused, by_robot=False)

    def prove(self, folder: Path) -> None:
        """The kill just taken in was over with it: nothing could leave here, and nothing could be canceled.

        Raises:
            StoreError: The database cannot be written.
            OSError: The proof cannot be written.
        """
        kill = self.engine.context.kills[-1]
        self.take(KillProven(kill.number, kill.ts_ns, kill.ts_ns, 0, 0))
        write_proof(folder, kill)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def _halt_for_unknown_kills(self, folder: Path) -> None:
        kills = self.engine.context.kills
        known = len(kills)
        take_in_unknown(folder, kills, self.take)
        if len(kills) > known:
            self.prove(folder)

    def _end_sessions(self) -> None:
        """The process that had them is gone: nothing that is sent from here on would leave, and much is in doubt."""
        for name, session in list(self.engine.context.sessions.items()):
            if session.is_logged_on:
                self.take(SessionClosed(name, "the process that had the session is gone"))
