"""The steps of a robot's work at which something can befall it, and the strike that does.

The product has no switch for this: in a forked child the functions at the seams are wrapped, each passage is counted in
memory that the parent shares, and at the chosen passage the strike falls.
"""

import importlib
import mmap
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from tests.crash.disk import FULL, OK, SYNC_FAILED, WatchedDisk

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Seam:
    """A step that is the moment before or after a function of the product.

    Attributes:
        words: What is true at that moment, for the table.
        where: Module and class, or module.
        name: The function.
        side: Before it, or after it.
    """

    words: str
    where: str
    name: str
    side: str


@dataclass(frozen=True, slots=True)
class DiskSeam:
    """A step on SQLite's way to the disk.

    Attributes:
        words: As above.
        suffix: Of the database's file: its log, or "" for itself.
    """

    words: str
    suffix: str


_LOG, _ITSELF = "-wal", ""
STEPS: Mapping[str, Seam | DiskSeam] = {
    "logged-on": Seam(
        "the session is up, the robot has not noted it", "trader.adapters.fix_callbacks:Callbacks", "onLogon", BEFORE
    ),
    "heard": Seam(
        "a word of the venue has come, and is in no inbox",
        "trader.adapters.fix_callbacks:Callbacks",
        "fromApp",
        BEFORE,
    ),
    "queued": Seam("it is in the inbox", "trader.adapters.fix_callbacks:Callbacks", "fromApp", AFTER),
    "taken": Seam("inputs are linked, nothing is written", "trader.adapters.store:Store", "append", BEFORE),
    "inserted": Seam("rows are inserted, the commit is not begun", "sqlalchemy:Connection", "commit", BEFORE),
    "torn": DiskSeam("half of a write to the database's log is on the disk", _LOG),
    "unsynced": DiskSeam("all is written to the log, the sync is not begun", _LOG),
    "synced": DiskSeam("the sync is done, the commit has not returned", _LOG),
    "committed": Seam("inputs are durable, none is applied", "trader.adapters.store:Store", "append", AFTER),
    "reserved": Seam("a limit is reserved, the order not yet made", "risk.ledger.ledger:Ledger", "reserve", AFTER),
    "applied": Seam("an input is applied, nothing of it has left", "trader.engine.engine:Engine", "step", AFTER),
    "unsent": Seam("a message is to be sent", "trader.adapters.fix_session:FixSession", "send", BEFORE),
    "leaving": Seam("QuickFIX has numbered it", "trader.adapters.fix_callbacks:Callbacks", "toApp", AFTER),
    "sent": Seam("it is sent", "trader.adapters.fix_session:FixSession", "send", AFTER),
    "reconciling": Seam("the books are about to be compared", "trader.engine.outcome", "reconcile", BEFORE),
    "reconciled": Seam("they are compared, nothing is said of it", "trader.engine.outcome", "reconcile", AFTER),
    "unprojected": Seam("tables for people are to be written", "trader.adapters.store:Store", "project", BEFORE),
    "projected": Seam("they are written", "trader.adapters.store:Store", "project", AFTER),
    "reporting": Seam("the result file is to be written", "trader.app.launch:Launch", "_write_result", BEFORE),
    "half-reported": Seam("it is written beside its place", "pathlib:Path", "replace", BEFORE),
    "reported": Seam("it is in its place", "trader.app.launch:Launch", "_write_result", AFTER),
    "sealing": Seam("the state is to be sealed", "trader.app.robot:Robot", "seal", BEFORE),
    "closing": Seam("the session is to end", "trader.app.robot:Robot", "close", BEFORE),
    "checkpoint": DiskSeam("the database itself is being written", _ITSELF),
    "replaying": Seam("a record is being replayed", "trader.app.robot:Robot", "_replayed", BEFORE),
}
NAMES = tuple(STEPS)


class Passages:
    """How often each step was passed, in memory that survives the child that counts."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * len(NAMES))
        self._counts = memoryview(self._memory).cast("Q")

    def count(self, step: str) -> int:
        """One more; how many there are now."""
        number = NAMES.index(step)
        self._counts[number] += 1
        return self._counts[number]

    def __getitem__(self, step: str) -> int:
        return self._counts[NAMES.index(step)]


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens at which passage of which step; at the ``nth`` of 0, nothing.

    Attributes:
        step: A name of STEPS.
        nth: The passage, from 1.
        does: Ends the process, pauses it, or returns.
        disk_says: What SQLite is told instead of being let through.
    """

    step: str
    nth: int
    does: Callable[[], None]
    disk_says: int = OK


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def pause() -> None:
    """Stop this process in its tracks, until somebody lets it go on."""
    os.kill(os.getpid(), signal.SIGSTOP)


def arm(passages: Passages, strike: Strike) -> None:
    """Wrap every seam of this process. There is no way back: use it in a child."""

    def passed(step: str) -> int:
        if passages.count(step) == strike.nth and step == strike.step:
            strike.does()
            return strike.disk_says
        return OK

    for step, seam in STEPS.items():
        if isinstance(seam, Seam):
            _wrap(seam, lambda step=step: passed(step))
    WatchedDisk(_Watch(passed))


def _wrap(seam: Seam, passed: Callable[[], object]) -> None:
    module, _, cls = seam.where.partition(":")
    owner: Any = importlib.import_module(module)
    if cls:
        owner = getattr(owner, cls)
    original = getattr(owner, seam.name)

    @wraps(original)
    def before(*args: Any, **keys: Any) -> Any:
        passed()
        return original(*args, **keys)

    @wraps(original)
    def after(*args: Any, **keys: Any) -> Any:
        done = original(*args, **keys)
        passed()
        return done

    setattr(owner, seam.name, before if seam.side == BEFORE else after)


class _Watch:
    """Puts the steps of the disk where they are."""

    def __init__(self, passed: Callable[[str], int]) -> None:
        self._passed = passed
        self._torn = 0

    def write(self, path: Path, _offset: int, data: bytes, part: Callable[[int], None]) -> int:
        if path.name.endswith(_LOG):
            if len(data) > _HEADER_BYTES:
                part(len(data) // 2)  # what the disk has when the strike falls; else the whole goes over it
            return self._passed("torn")
        return self._passed("checkpoint")

    def sync(self, path: Path, do: Callable[[], int]) -> int:
        if not path.name.endswith(_LOG):
            return do()
        code = self._passed("unsynced") or do()
        return code or self._passed("synced")

    def truncate(self, path: Path, size: int) -> None:
        """A cut is a step of no promise."""

    def delete(self, path: Path) -> None:
        """Nor is a deletion."""


_HEADER_BYTES = 32
FULL_DISK, FAILED_SYNC = FULL, SYNC_FAILED


def steps_of(names: Sequence[str]) -> list[str]:
    """Names that are steps.

    Raises:
        ValueError: One is not.
    """
    for name in names:
        if name not in STEPS:
            raise ValueError(f"{name!r} is not a step; expected one of {', '.join(NAMES)}")
    return list(names)
