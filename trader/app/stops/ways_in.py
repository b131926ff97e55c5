"""The ways in to a running robot: its socket, a file KILL in its data folder, and SIGUSR2.

None of them waits for the loop. Threads of this module shut the wire the moment a kill comes in, and only then hand it
to the loop to be journaled: so nothing that carries risk leaves even while the loop has very much to do.
"""

import os
import select
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, State, Stop
from risk.wire.guard import WireGuard
from trader.adapters.account import own_account
from trader.adapters.clock import now_ns
from trader.adapters.control_socket import ControlSocket
from trader.app.channel import ANSWER_S, Told, answer_line, told
from trader.app.stops.stop_files import KILL_FILE, read_kill_file, signature
from trader.engine.inputs import Input, KillRequested
from trader.engine.outputs import Output
from trader.journal.record import Record

_SIGNAL = signal.SIGUSR2
_GLANCE_S = 0.02
_SIGNALS_MAX = 4096


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
        self._seen = signature(folder / KILL_FILE)  # what was there before is taken in with ``left_behind``
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
            if ready and _SIGNAL in os.read(self._signals, _SIGNALS_MAX):
                self.hand_in(_signaled())
            found = signature(self._folder / KILL_FILE)
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
