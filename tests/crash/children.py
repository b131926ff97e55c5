"""Processes forked from this one, which has loaded everything already: as real as any other, and sooner there."""

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_FAILED = 99
_LIBC = ctypes.CDLL(None)
CHANGED = frozenset({signal.SIGCHLD})


@dataclass(eq=False)
class Child:
    """A forked process.

    Attributes:
        pid: Its number.
        out: What it writes to standard output.
        err: And to standard error.
        code: Its exit code, below zero for the signal that ended it; None while it lives.
    """

    pid: int
    out: Path
    err: Path
    code: int | None = field(default=None)

    def look(self) -> bool:
        """Notice its end; True when it is stopped just now."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return True
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.code is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        self.signal(signal.SIGKILL)
        while self.code is None:
            wait(1.0)
            self.look()


def wait(seconds: float) -> None:
    """Until a child's state changes, at most so long; :func:`watch_children` comes first."""
    signal.sigtimedwait(CHANGED, seconds)


def watch_children() -> None:
    """Let a change in a child end :func:`wait`, and nothing else."""
    signal.pthread_sigmask(signal.SIG_BLOCK, CHANGED)


def wait_for(condition: Callable[[], bool], seconds: float, what: str, children: Iterable[Child]) -> None:
    """Until something holds.

    Raises:
        TimeoutError: It does not in time; the children are ended, and what they said is in the message.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            said = []
            for child in children:
                child.kill()
                said.append(child.err.read_text("utf-8"))
            raise TimeoutError("\n".join([f"{what} did not come in {seconds:g} s", *said]))
        wait(0.01)


def fork(folder: Path, name: str, work: Callable[[], object]) -> Child:
    """Do some work in a child, whose current folder this is and which ends with this process.

    Args:
        folder: Where it is.
        name: Of the files for what it says.
        work: What it does; it leaves by ``os._exit``.
    """
    out, err = folder / f"{name}.out", folder / f"{name}.err"
    sys.stdout.flush()
    sys.stderr.flush()
    said = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for path in (out, err)]
    pid = os.fork()
    if pid:
        for descriptor in said:
            os.close(descriptor)
        return Child(pid, out, err)
    try:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        os.chdir(folder)
        for number, descriptor in enumerate(said, start=1):
            os.dup2(descriptor, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CHANGED)
        work()
    except BaseException:  # noqa: BLE001 -- nothing of the parent may go on in the child
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(_FAILED)
