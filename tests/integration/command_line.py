"""The robot and the venue as a desk has them: two commands, each a process of its own, on one folder."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from trader.domain.ids import line_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
BATCH_100 = EXAMPLES / "batch-100.csv"
BATCH_10000 = EXAMPLES / "batch-10000.csv"
TRADE_DATE = "2026-11-20"
HEADER = "row_id,pair,side,dealt_currency,amount,tenor,order_type"

DEADLINE_S = 60.0
_GLANCE_S = 0.005


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which has to be one JSON object and nothing else."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Everything it said, for a failing test to show."""
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Robot:
    """One running ``trader`` command."""

    def __init__(self, folder: Path, *arguments: str, limits: Callable[[], None] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trader", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limits,  # noqa: PLW1509 -- only sets a resource limit, and the tests run in one thread
        )
        self.pid = self._process.pid

    def end(self, timeout_s: float = DEADLINE_S) -> Outcome:
        """Wait until it ends by itself; one that does not is killed, and the test fails."""
        try:
            out, err = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
            raise AssertionError(f"still running after {timeout_s} s\n{out}\n{err}") from None
        return Outcome(self._process.returncode, out, err)

    def send_signal(self, number: signal.Signals) -> None:
        """As from a keyboard or a supervisor."""
        self._process.send_signal(number)

    def kill(self) -> Outcome:
        """End it as a power cut would."""
        self._process.kill()
        return self.end()

    def run_until(self, condition: Callable[[], bool], timeout_s: float = DEADLINE_S) -> None:
        """Let it run until a condition holds; fail when it ends before, or the time runs out."""
        glances = int(timeout_s / _GLANCE_S)
        for _ in range(glances):
            if condition():
                return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GLANCE_S)
                raise AssertionError(f"it ended before the test's moment came\n{self.end().said}")
        raise AssertionError(f"the test's moment did not come in {timeout_s} s\n{self.kill().said}")


class Venue:
    """The simulator on a port of its own, with the log of every trade it made."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self.log = folder / "trades.jsonl"
        command = [sys.executable, "-m", "simulator", "--port", str(port), "--until-stdin-closes"]
        command += ["--trade-date", TRADE_DATE, "--trade-log", str(self.log), *arguments]
        # A session of its own: a Ctrl-C for the robot is not one for the venue.
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        assert ready, f"the simulator did not start: {self._process.communicate()[1]}"
        self.port: int = json.loads(ready)["port"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate(timeout=DEADLINE_S)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.communicate(timeout=DEADLINE_S)

    def freeze(self) -> None:
        """Stop it in its tracks: its port accepts, and nobody answers."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def trades(self) -> list[dict[str, str]]:
        """Every trade as the venue sees it, oldest first."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def trade_count(self) -> int:
        """How many trades there are so far."""
        return self.log.read_bytes().count(b"\n")


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk's folder with a venue to trade on."""

    folder: Path
    venue: Venue

    def command(self, *arguments: str | Path) -> list[str]:
        """``trader run`` with the options that every test wants, unless its own say otherwise."""
        usual = ["--connect", f"127.0.0.1:{self.venue.port}", "--trade-date", TRADE_DATE, "--data", "data"]
        return ["run", *usual, *map(str, arguments)]

    def start(self, *arguments: str | Path, limits: Callable[[], None] | None = None) -> Robot:
        """Start ``trader run``."""
        return Robot(self.folder, *self.command(*arguments), limits=limits)

    def run(self, *arguments: str | Path) -> Outcome:
        """``trader run`` to its end."""
        return self.start(*arguments).end()

    def configure(self, *changes: tuple[str, str], limits: str = "limits.csv") -> None:
        """The example configuration, changed here and there, with a copy of an example's limits and of the rules."""
        text = (EXAMPLES / "trader.toml").read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.write("trader.toml", text)
        self.write("limits.csv", (EXAMPLES / limits).read_bytes())
        self.write("rules.txt", (EXAMPLES / "rules.txt").read_bytes())

    def journal_count(self, kind: str, containing: str = "") -> int:
        """How many records of a kind, with a text in them, the robot has made durable so far; read beside it."""
        path = self.folder / "data" / "trader.db"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(path, timeout=DEADLINE_S)) as database, suppress(sqlite3.OperationalError):
            query = "SELECT count(*) FROM journal WHERE kind = ? AND instr(CAST(payload AS TEXT), ?)"
            (count,) = database.execute(query, (kind, containing)).fetchone()
            return int(count)
        return 0  # its tables are still to be made

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the desk's folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@contextmanager
def desk(folder: Path, *simulator_arguments: str) -> Iterator[Desk]:
    """A desk with a venue of its own, for as long as the test needs it."""
    with Venue(folder, *simulator_arguments) as venue:
        yield Desk(folder, venue)


def trader(folder: Path, *arguments: str | Path) -> Outcome:
    """Any ``trader`` command to its end, without a venue."""
    return Robot(folder, *map(str, arguments)).end()


def batch_text(*rows: str, header: str = HEADER) -> str:
    """A small batch file."""
    return "\n".join([header, *rows]) + "\n"


def spot_rows(count: int, amount: int = 100_000) -> Sequence[str]:
    """Market orders that the plain venue fills; no more than ten of an amount, so that few look alike."""
    return [
        f"R-{number:05},EUR/USD,{'BUY' if number % 2 else 'SELL'},EUR,{amount + number // 10},SPOT,MARKET"
        for number in range(count)
    ]


def line_numbers(trades: Iterable[dict[str, str]]) -> list[int]:
    """The batch line of each trade, as its ClOrdID(11) says."""
    lines = [line_of(trade["cl_ord_id"]) for trade in trades]
    return [line.line_no for line in lines if line is not None]
