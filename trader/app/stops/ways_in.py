"""The ways in to a running robot: its socket, a file KILL in its data folder, and SIGUSR2.

None of them waits for the loop. Threads of this module shut the wire the moment a kill comes in, and only then hand it
to the loop to be journaled: so nothing that carries risk leaves even while the loop has very much to do.
"""

import os
import select
import signal
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, Scope, State, Stop, parse_scope
from risk.wire.guard import WireGuard
from trader.adapters.account import account_of, own_account
from trader.adapters.clock import now_ns
from trader.adapters.control_socket import ControlSocket
from trader.adapters.durable import sync_folder
from trader.app.channel import ANSWER_S, Told, answer_line, told
from trader.domain.errors import DomainError
from trader.engine.inputs import Input, KillRequested
from trader.engine.outputs import Output
from trader.journal.record import Record

KILL_FILE, HALTED_FILE = "KILL", "HALTED"
_SIGNAL = signal.SIGUSR2
_GLANCE_S = 0.02
_FILE_MAX = 4096
_NO_REASON = "no reason is given"


@cache
def hold_signal() -> int:
    """Let SIGUSR2 wait for whoever watches for it, from the first moment: it would end the process otherwise.

    Whichever thread the system gives it to, C libraries' own included, it is at once a byte to be read here: a handler
    in Python would wait for the loop.

    Returns:
        Where the numbers of signals can be read, without blocking.
    """
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(_SIGNAL, lambda _number, _frame: None)
    signal.siginterrupt(_SIGNAL, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


@dataclass(slots=True)
class _Asked:
    """A command that waits to be taken in by the loop."""

    value: Input
    answer: Told | None = None
    is_answered: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A kill on its way to the loop: when it came in and when the wire was shut for it, UTC nanoseconds."""

    stop: Stop
    asked_ns: int
    blocked_ns: int


class WaysIn:
    """Watches until it is closed.

    Args:
        folder: The data folder.
        put: The inbox.
        guard: The wire.

    Raises:
        OSError: The socket cannot be made.
    """

    def __init__(self, folder: Path, put: Callable[[Input], None], guard: WireGuard) -> None:
        self._signals = hold_signal()
        self._folder = folder
        self._put = put
        self._guard = guard
        self._asked: dict[int, _Asked] = {}
        self._blocked: dict[int, Blocked] = {}
        self._is_over = threading.Event()
        self._seen = _signature(folder / KILL_FILE)  # what was there before is taken in with :func:`left_behind`
        self._socket = ControlSocket(folder, lambda line, account: answer_line(line, account, self._ask))
        self._watcher = threading.Thread(target=self._watch, name="ways-in", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Hear nobody any more."""
        self._is_over.set()
        self._socket.close()
        self._watcher.join()

    def hand_in(self, value: Input) -> None:
        """Put a command on the inbox; for a kill the wire is shut first. Any thread may."""
        if isinstance(value, KillRequested):
            asked_ns = now_ns()
            stop = stop_of(value, asked_ns)
            self._guard.shut(stop)
            self._blocked[id(value)] = Blocked(stop, asked_ns, now_ns())
        self._put(value)

    def taken(self, value: Input, record: Record, caused: Sequence[Output]) -> Blocked | None:
        """The loop has taken a command in, and done what it asks for.

        Returns:
            For a kill that came this way: when it came, and when the wire was shut.
        """
        asked = self._asked.pop(id(value), None)
        if asked is not None:
            asked.answer = told(record.seq, record.ts_ns, caused, by_robot=True)
            asked.is_answered.set()
        blocked = self._blocked.pop(id(value), None)
        if blocked is not None:
            self._guard.taken(blocked.stop)
        return blocked

    def _ask(self, value: Input) -> Told | None:
        asked = self._asked[id(value)] = _Asked(value)
        self.hand_in(value)
        asked.is_answered.wait(ANSWER_S)
        return asked.answer

    def _watch(self) -> None:
        while not self._is_over.is_set():
            ready, _, _ = select.select([self._signals], [], [], _GLANCE_S)
            if ready and _SIGNAL in os.read(self._signals, _FILE_MAX):
                self.hand_in(_signaled())
            found = _signature(self._folder / KILL_FILE)
            if found != self._seen:
                self._seen = found
                if found is not None:
                    self._is_over.wait(_GLANCE_S)  # whoever makes it may still be writing
                    self.hand_in(read_kill_file(self._folder / KILL_FILE))


def stop_of(kill: KillRequested, since_ns: int) -> Stop:
    """What a kill puts in force."""
    return Stop(kill.scope, kill.state, ReasonCode.KILL, since_ns, kill.who, kill.reason, kill.account)


def _signaled() -> KillRequested:
    """What a signal asks for; besides root only our own account can send one."""
    return KillRequested(EVERYTHING, State.HALTED, _SIGNAL.name, "a signal to the process", account=own_account())


def _signature(path: Path) -> tuple[int, int] | None:
    """What tells one KILL file from another; None when there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0)  # there may be one: it is looked at, and what cannot be read is the firm
    return found.st_ino, found.st_ctime_ns


def read_kill_file(path: Path) -> KillRequested:
    """What a KILL file asks for: ``desk=treasury a reason in words``. What cannot be read halts the firm."""
    who, account = f"the file {path.name}", _owner(path)
    try:
        text = _content(path, _FILE_MAX).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return KillRequested(EVERYTHING, State.HALTED, who, f"it cannot be read: {error}", account=account)
    first, _, rest = " ".join(text.split()).partition(" ")
    scope, reason = _scope_and_reason(first, rest)
    return KillRequested(scope, State.HALTED, who, reason or _NO_REASON, account=account)


def _owner(path: Path) -> str:
    """The account whose file it is; "" where that cannot be said."""
    try:
        return account_of(path.lstat().st_uid)
    except OSError:
        return ""


def put_kill_file(folder: Path, kill: KillRequested) -> None:
    """Make the KILL file for a kill: for the firm where one is there already, or would not be read as what is meant.

    Raises:
        OSError: It cannot be written. What is there all the same is a kill.
    """
    path = folder / KILL_FILE
    is_plain = _signature(path) is None and _scope_and_reason(str(kill.scope).split()[0], "")[0] == kill.scope
    text = (
        f"{kill.scope} {kill.who}: {kill.reason}"
        if is_plain
        else f"{EVERYTHING} {kill.who}: {kill.scope} {kill.reason}"
    )
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(path, how, 0o600), "wb") as file:
        file.write(f"{text}\n".encode("utf-8", "backslashreplace"))


def _content(path: Path, size: int = -1) -> bytes:
    """What stands in a file, which nothing can hold up: a link, a pipe or a folder in its place is an error."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is no plain file")
        return file.read(size)


def _scope_and_reason(first: str, rest: str) -> tuple[Scope, str]:
    try:
        return parse_scope(first), rest
    except DomainError:
        return EVERYTHING, f"{first} {rest}".strip()


def leave_behind(folder: Path, kills: Sequence[KillRequested]) -> None:
    """Write down, beside a journal that cannot be written, what has been stopped: the next start is as stopped.

    Raises:
        OSError: This cannot be written either.
    """
    how = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(folder / HALTED_FILE, how, 0o600), "ab") as file:
        for kill in kills:
            file.write(msgspec.json.encode(kill) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def left_behind(folder: Path, known: Iterable[Stop] = ()) -> list[KillRequested]:
    """The kills that files in a data folder ask for.

    Args:
        folder: The data folder.
        known: What the journal has in force; the same kill, as bad or worse, is not asked for again.
    """
    kills = [read_kill_file(folder / KILL_FILE)] if _signature(folder / KILL_FILE) is not None else []
    path = folder / HALTED_FILE
    if _signature(path) is not None:
        try:
            # A disk that was full may have left a file with nothing in it.
            lines = _content(path).splitlines() or [b""]
            kills += [msgspec.json.decode(line, type=KillRequested) for line in lines]
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            who = f"the file {path.name}"
            kills.append(KillRequested(EVERYTHING, State.HALTED, who, f"it cannot be read: {error}"))
    as_bad = {(stop.scope, stop.who, state) for stop in known for state in State if state <= stop.state}
    return [kill for kill in kills if (kill.scope, kill.who, kill.state) not in as_bad]


def forget_halted(folder: Path) -> None:
    """The journal has what the HALTED file says. The KILL file is its writer's to take away."""
    (folder / HALTED_FILE).unlink(missing_ok=True)
