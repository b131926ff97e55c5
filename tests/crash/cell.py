"""One cell of the crash matrix: a day with strikes in it, played to its end with real processes."""

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Any, Self

import simulator.__main__ as simulator_command
from tests.crash.children import Child, fork, wait_for
from tests.crash.day import BATCH, CLIENT, LEFT_TO_US, PROFILE, SCENARIO, TRADE_DATE, lay_out
from tests.crash.seams import FAILED_SYNC, FULL_DISK, Passages, Strike, arm, die, pause, steps_of
from trader.app.exit_codes import EXIT_DONE, EXIT_HALTED, EXIT_INCOMPLETE, EXIT_WAITS
from trader.app.launch import Launch
from trader.cli import main as trader_command
from trader.engine.state import BatchState
from trader.orders.order import Phase

DEADLINE_S = 60.0
RUNS_MAX = 8
HEARTBEAT_S, SHORT_HEARTBEAT_S = 30, 1
_PRIME = 17  # so that different passages leave different parts
STORE, TRADES = "store", "trades.jsonl"


class Fault(StrEnum):
    """What a strike does."""

    ROBOT = "robot"
    VENUE = "venue"
    BOTH = "both"
    CUT = "cut"
    PAUSE = "pause"
    STALL = "stall"
    FULL = "full"
    SYNC = "sync"


DISK_FAULTS = (Fault.FULL, Fault.SYNC)
_PASSWORD = "everybody's in this test"  # noqa: S105 -- of users that live as long as a cell
_REASON = ("--reason", "a test", "--json")


@dataclass(frozen=True, slots=True)
class Cell:
    """A fault, and the passages at which it strikes: the first in the first run, the next in the next.

    Attributes:
        fault: What a strike does.
        strikes: Step and passage.
    """

    fault: Fault
    strikes: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return " ".join([self.fault, *(f"{step}:{nth}" for step, nth in self.strikes)])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote.

        Raises:
            ValueError: It is not that.
        """
        fault, *words = text.split()
        pairs = [word.partition(":") for word in words]
        steps = steps_of([step for step, _, _ in pairs])
        return cls(Fault(fault), tuple((step, int(nth)) for step, (_, _, nth) in zip(steps, pairs, strict=True)))


@dataclass
class Played:
    """What became of a cell.

    Attributes:
        cell: The cell.
        folder: Everything that was written.
        fell: How many of its strikes fell; a run may be over before the passage comes.
        codes: The exit code of each run of the robot.
        passages: How often each run passed each step.
        summary: What the last run said of itself.
    """

    cell: Cell
    folder: Path
    fell: int = 0
    codes: list[int] = field(default_factory=list)
    passages: list[Passages] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)


class Stage:
    """The folder of a cell, with its venue, which comes back whenever it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._starts = 0
        self.venue = self._start()

    def _start(self) -> Child:
        self._starts += 1
        options = ["--port", str(self.port), "--trade-date", TRADE_DATE, "--trade-log", TRADES, "--store", STORE]
        command = [*options, "--scenario", SCENARIO, "--clients", CLIENT]
        venue = fork(self.folder, f"venue-{self._starts}", lambda: simulator_command.main(command))
        wait_for(lambda: _has_line(venue), DEADLINE_S, "the venue's ready line", [venue])
        assert _has_line(venue), venue.err.read_text("utf-8")
        self.port = int(json.loads(venue.out.read_text("utf-8"))["port"])
        return venue

    def keep_up(self) -> None:
        """Bring a venue back that has been killed."""
        self.venue.look()
        if self.venue.code is not None:
            self.venue = self._start()

    def is_client_on_line(self) -> bool:
        """Whether the venue believes that the robot is there."""
        text = (self.folder / STORE / "venue.jsonl").read_text("utf-8")
        return text.count('"type":"logged_on"') > text.count('"type":"logged_out"')


def _has_line(venue: Child) -> bool:
    venue.look()
    return venue.code is not None or venue.out.read_bytes().endswith(b"\n")


@contextmanager
def stage(folder: Path, heartbeat_s: int) -> Iterator[Stage]:
    """A folder that is laid out, with a venue for as long as it is needed."""
    lay_out(folder, heartbeat_s)
    made = Stage(folder)
    try:
        yield made
    finally:
        made.venue.kill()


def play(cell: Cell, folder: Path) -> Played:
    """Play the day with the cell's strikes, and let the desk run its file until nothing is open any more.

    A disk that has failed in the middle of trading leaves the robot halted, until a person says that it may go on.
    """
    played = Played(cell, folder)
    with stage(folder, SHORT_HEARTBEAT_S if cell.fault in (Fault.PAUSE, Fault.STALL) else HEARTBEAT_S) as set_up:
        if cell.fault in DISK_FAULTS:
            shutil.copytree(_staffed(folder.parent), folder / "data")
        while len(played.codes) < RUNS_MAX:
            _run(played, set_up)
            if played.codes[-1] in (EXIT_DONE, EXIT_INCOMPLETE):
                break
            if played.codes[-1] == EXIT_HALTED:
                _trader(folder, "resume", "--scope", "firm", "--user", "rolf", *_REASON)
    return played


@cache
def _staffed(root: Path) -> Path:
    """A data folder in which the first two users have the risk role, and let the desk's trader in; to be copied."""
    folder = root / f"staffed-{os.getpid()}"
    folder.mkdir()
    (folder / "password").write_text(_PASSWORD, "utf-8")
    (folder / "code").touch(0o600)
    (folder / "password").chmod(0o600)
    add = ("users", "add", "--user", "rita", *_REASON)
    _trader(folder, *add, "rita", "--roles", "risk", "--new-password-file", "password")
    told = _trader(folder, *add, "rolf", "--roles", "risk")
    _set_password(folder, "rolf", told["code"])
    asked = _trader(folder, *add, "anna", "--roles", "trader")
    told = _trader(folder, "approve", asked["request_id"], "--user", "rolf", "--yes", *_REASON)
    _set_password(folder, "anna", f"{asked['first_half_of_code']}-{told['second_half_of_code']}")
    return folder / "data"


def _set_password(folder: Path, name: str, code: str) -> None:
    (folder / "code").write_text(code, "utf-8")
    files = ("--password-file", "code", "--new-password-file", "password")
    _trader(folder, "users", "password", "--user", name, *files)


def _trader(folder: Path, *arguments: str) -> Any:
    """Any command that has to succeed; what it says."""

    def work() -> None:
        os.environ["FX_TRADER_PASSWORD"] = _PASSWORD
        sys.argv = ["trader", *arguments, "--data", "data"]
        trader_command()

    command = fork(folder, "command", work)
    wait_for(lambda: command.look() or command.code is not None, DEADLINE_S, arguments[0], [command])
    assert command.code in (0, EXIT_WAITS), command.err.read_text("utf-8")
    return json.loads(command.out.read_text("utf-8")) if "--json" in arguments else None


def _run(played: Played, on: Stage) -> None:
    """One run of the robot, to its end."""
    number = len(played.codes)
    step, nth = played.cell.strikes[number] if number < len(played.cell.strikes) else ("heard", 0)
    passages = Passages()
    strike = _strike(played.cell.fault, step, nth, on.venue.pid)
    process = fork(on.folder, f"robot-{number + 1}", partial(_struck_robot, on.port, passages, strike))
    played.passages.append(passages)
    wait_for(lambda: _is_over(process, on), DEADLINE_S, "the robot's end", [process, on.venue])
    assert process.code is not None
    played.codes.append(process.code)
    played.fell += bool(nth) and passages[step] >= nth
    if played.cell.fault is Fault.CUT and process.code < 0:
        _cut_numbers(on.folder, nth)
    if process.code >= 0 and process.out.stat().st_size:
        played.summary = json.loads(process.out.read_text("utf-8"))
    on.keep_up()


def _cut_numbers(folder: Path, seed: int) -> None:
    """QuickFIX does not sync its sequence numbers: a loss of power may leave any part of them, or nothing."""
    for path in (folder / "data" / "fix").rglob("*.seqnums"):
        content = path.read_bytes()
        path.write_bytes(content[: seed * _PRIME % (len(content) + 1)])


def _is_over(process: Child, on: Stage) -> bool:
    if process.look():  # it is paused: until its venue has given it up
        wait_for(lambda: not on.is_client_on_line(), DEADLINE_S, "the venue's goodbye", [process, on.venue])
        process.signal(signal.SIGCONT)
    if on.venue.look():  # and the other way round; a robot that was about to end anyway does so
        lost = partial(_has_ended_or_lost_its_venue, process, on.folder)
        wait_for(lost, DEADLINE_S, "the robot's goodbye", [process, on.venue])
        on.venue.signal(signal.SIGCONT)
    on.keep_up()
    return process.code is not None


def _has_ended_or_lost_its_venue(process: Child, folder: Path) -> bool:
    process.look()
    if process.code is not None:
        return True
    with closing(sqlite3.connect(folder / "data" / "trader.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM journal WHERE kind = 'SessionClosed'").fetchone()
    return int(count) > 0


def _strike(fault: Fault, step: str, nth: int, venue_pid: int) -> Strike:
    def kill_venue() -> None:
        os.kill(venue_pid, signal.SIGKILL)

    def kill_both() -> None:
        kill_venue()
        die()

    def nothing() -> None:
        """The disk's own word is the strike."""

    does: dict[Fault, Callable[[], None]] = {
        Fault.ROBOT: die,
        Fault.CUT: die,
        Fault.VENUE: kill_venue,
        Fault.BOTH: kill_both,
        Fault.PAUSE: pause,
        Fault.STALL: lambda: os.kill(venue_pid, signal.SIGSTOP),
    }
    says = {Fault.FULL: FULL_DISK, Fault.SYNC: FAILED_SYNC}
    return Strike(step, nth, does.get(fault, nothing), says.get(fault, 0))


def _struck_robot(port: int, passages: Passages, strike: Strike) -> None:
    arm(passages, strike)
    robot(port)


def robot(port: int) -> None:
    """``trader run`` with the day's batch, in a child: the process ends with it."""
    os.environ["FX_TRADER_PASSWORD"] = _PASSWORD
    Launch.follow = _until_only_ours_is_left(Launch.follow)  # type: ignore[method-assign] # the desk watches
    command = ["run", BATCH, "--connect", f"127.0.0.1:{port}", "--trade-date", TRADE_DATE, "--data", "data"]
    sys.argv = ["trader", *command, "--venue", PROFILE, "--json"]
    trader_command()


_Follow = Callable[[Launch, Callable[[BatchState], None]], None]


def _until_only_ours_is_left(follow: _Follow) -> _Follow:
    """The desk stops a batch in which nothing is left but orders that only our own cancel ends."""

    def watched(launch: Launch, progress: Callable[[BatchState], None]) -> None:
        told: list[str] = []

        def glance(state: BatchState) -> None:
            progress(state)
            left = [line for line in state.lines if line.status.is_open]
            blotter = launch._robot.engine.context.blotters.get(state.submitted.venue)
            orders = [blotter.find(line.orders[-1]) if blotter and line.orders else None for line in left]
            is_ours = bool(left) and {line.line.row_id for line in left} <= set(LEFT_TO_US)
            if is_ours and not told and all(order and order.phase is Phase.WORKING for order in orders):
                told.append("stop")
                launch.stop("desk", "only orders are left that do not trade")

        follow(launch, glance)

    return watched
