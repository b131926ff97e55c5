"""``make soak``: one robot trades batch after batch at a venue with faults, and every line is held against the venue.

The robot is one process from the first batch to the last, as the daemon is; the venue dies now and then and is started
again on its store. The judge is the venue's own trade log: per line nothing lost, nothing doubled. Memory is read after
every batch, and what it grows by is given per order, since a day's orders are kept for the day.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from trader.adapters.config import Setup, load_setup
from trader.adapters.log import Log
from trader.adapters.resources import examples_dir
from trader.app.batch_file import load_batch
from trader.app.bench.desk import batch_file, write_config
from trader.app.end_of_day.verify import verify_folder
from trader.app.exit_codes import EXIT_UNKNOWN
from trader.app.folder import DataFolder
from trader.app.launch import Launch, Summary
from trader.app.robot import Robot
from trader.app.stages import Stages
from trader.domain.errors import ConfigError
from trader.domain.ids import is_of_batch, line_of
from trader.engine.inputs import Input, SessionClosed
from trader.engine.outcome import line_outcomes

SCENARIO = Path(__file__).with_name("soak.toml")
_PATIENCE = """
[batch]
ack_s_max = 1
answer_s_max = 3
reconnect_s_max = 4
work_s_max = 20
"""
_TRIES_MAX = 30
_KB, _MB = 1024, 1024 * 1024


class Venue:
    """The simulator on one port and one store, started again whenever it has died.

    Args:
        work: Where it keeps its store and its trade log.
        seed: Of its prices and faults.
    """

    def __init__(self, work: Path, seed: int) -> None:
        self._trades = work / "trades.jsonl"
        self._command = [
            *(sys.executable, "-m", "simulator", "--scenario", str(SCENARIO), "--seed", str(seed)),
            *("--store", str(work / "venue"), "--trade-log", str(self._trades), "--until-stdin-closes", "--port"),
        ]
        self._seen = 0
        self.deaths = 0
        self.fills: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
        self._process = self._start("0")
        self.port: int = self._ready()["port"]

    def look(self) -> None:
        """Start it again if it has died, and read what it has traded."""
        if self._process.poll() is not None:
            self.deaths += 1
            self._close()
            self._process = self._start(str(self.port))
            self._ready()
        with self._trades.open(encoding="utf-8") as file:
            file.seek(self._seen)
            for text in iter(file.readline, ""):
                if not text.endswith("\n"):
                    break
                trade = json.loads(text)
                assert trade["exec_id"] not in self.fills[trade["cl_ord_id"]], "the venue has used an ExecID twice"
                self.fills[trade["cl_ord_id"]][trade["exec_id"]] = Decimal(trade["last_qty"])
                self._seen = file.tell()

    @property
    def rss(self) -> int:
        """Its memory, bytes."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _start(self, port: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self._command, port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def _ready(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        ready: dict[str, Any] = json.loads(self._process.stdout.readline())
        return ready

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


@dataclass
class Soak:
    """What has happened so far.

    Attributes:
        batches: Taken to their ends.
        lines: In them, by how they ended.
        misses: Why lines were not filled, by the code of the reason.
        fills: Booked by the robot.
        again: How often a batch that was suspended was submitted again.
        drops: How often the session was lost.
        unreported: Batches whose trade reports the venue did not give in time, so that only the log proves them.
        wrong: What is lost or doubled, each in a sentence.
        memory: After each batch: seconds, orders so far, the robot's memory and the venue's, bytes.
    """

    batches: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)
    fills: int = 0
    again: int = 0
    drops: int = 0
    unreported: int = 0
    wrong: list[str] = field(default_factory=list)
    memory: list[tuple[float, int, int, int]] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Run it.

    Returns:
        0 when nothing was lost, doubled or left unknown, and the journal verifies; else 1.
    """
    options = _options(arguments)
    soak = Soak()
    with TemporaryDirectory(prefix="trader-soak-") as name:
        work = Path(name)
        with _robot(work, options.seed) as (robot, setup, venue):
            robot.watch_inputs = _counting(soak)
            begun = time.monotonic()
            while time.monotonic() - begun < options.minutes * 60:
                _one(soak, robot, setup, venue, batch_file(work, options.lines, soak.batches + 1))
                orders = sum(soak.lines.values())
                memory = int(psutil.Process().memory_info().rss)
                soak.memory.append((time.monotonic() - begun, orders, memory, venue.rss))
                _say(soak, venue)
                pause = begun + soak.batches * options.every - time.monotonic()
                if pause > 0:
                    robot.run_until(lambda: False, pause)
        soak.wrong += verify_folder(work / "data", "", rebuild=False)["faults"]
    sys.stdout.write(json.dumps(_facts(soak, venue), indent=2) + "\n")
    return 1 if soak.wrong else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--lines", type=int, default=20, help="of a batch, 1 to 100")
    parser.add_argument("--every", type=float, default=5, help="seconds from one batch to the next, at least")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


@contextmanager
def _robot(work: Path, seed: int) -> Iterator[tuple[Robot, Setup, Venue]]:
    """A robot that is logged on, with its venue."""
    config = write_config(work)
    config.write_text(config.read_text("utf-8") + _PATIENCE, "utf-8")
    venue = Venue(work, seed)
    try:
        setup = load_setup(config, venue="simulator", connect=f"127.0.0.1:{venue.port}")
        file, calendars = load_batch(examples_dir() / "batch-10000.csv", setup, None, Stages())  # for its calendars
        folder = DataFolder(work / "data")
        robot = Robot(setup, folder, calendars, Log(None))
        try:
            _connect(Launch(robot, file, setup, folder.results()))
            yield robot, setup, venue
        finally:
            robot.close()
            folder.close()
    finally:
        venue.stop()


def _connect(launch: Launch) -> None:
    """Log on; the first Logon(A) may be lost as well as any other message."""
    try:
        launch.connect()
    except ConfigError:
        launch.connect()


def _counting(soak: Soak) -> Any:
    def heard(value: Input) -> None:
        soak.drops += isinstance(value, SessionClosed)

    return heard


def _one(soak: Soak, robot: Robot, setup: Setup, venue: Venue, path: Path) -> None:
    """Take one batch to its end, submitting it again as often as it is suspended, and judge it."""
    for attempt in range(_TRIES_MAX):
        summary = _submitted(robot, setup, venue, path)
        if summary.exit_code != EXIT_UNKNOWN:
            soak.again += attempt
            break
    else:
        soak.wrong.append(f"batch {summary.facts['batch_id']} is unknown after {_TRIES_MAX} tries: {summary.facts}")
    robot.run_until(lambda: False, 0.2)  # a late report counts as well
    venue.look()
    for code, (rows, _) in summary.misses.items():
        soak.misses[code] += len(rows)
    before = len(soak.wrong)
    _judge(soak, robot, venue, summary)
    sys.stderr.writelines(f"{each}\n" for each in soak.wrong[before:])
    soak.batches += 1
    path.unlink()


def _submitted(robot: Robot, setup: Setup, venue: Venue, path: Path) -> Summary:
    robot.stages = Stages()
    file, _ = load_batch(path, setup, None, robot.stages)
    launch = Launch(robot, file, setup, path.parent)
    launch.submit()
    launch.follow(lambda _state: venue.look())
    return launch.finish()


def _judge(soak: Soak, robot: Robot, venue: Venue, summary: Summary) -> None:
    """Per line: what the venue has logged is what the robot has booked, and no more than was asked for."""
    name = summary.facts["batch_id"]
    logged: defaultdict[int, dict[str, Decimal]] = defaultdict(dict)
    for cl_ord_id, fills in venue.fills.items():
        line = line_of(cl_ord_id)
        if line is not None and is_of_batch(cl_ord_id, name):
            logged[line.line_no].update(fills)
    state = robot.engine.context.batches[name]
    for outcome in line_outcomes(state, robot.engine.context.blotters):
        booked = {fill.exec_id: fill.last_qty for _, _, fill in outcome.fills}
        there, asked = logged[outcome.line_no], state.lines[outcome.line_no - 1].line.deal.near_leg.amount
        soak.lines[str(outcome.result.status)] += 1
        soak.fills += len(booked)
        if booked != there:
            soak.wrong.append(f"{name} line {outcome.line_no}: the venue dealt {there}, the robot booked {booked}")
        if sum(there.values()) > asked:
            soak.wrong.append(f"{name} line {outcome.line_no}: asked for {asked}, dealt {sum(there.values())}")
    if summary.facts["breaks"]:
        soak.wrong.append(f"{name} has breaks: {summary.facts['breaks']}")
    soak.unreported += not summary.facts["reconciled"]


def _say(soak: Soak, venue: Venue) -> None:
    seconds, orders, ours, theirs = soak.memory[-1]
    sys.stderr.write(
        f"{seconds / 60:5.1f} min  {soak.batches} batches, {orders} lines, {soak.fills} fills, {soak.drops} drops, "
        f"{venue.deaths} deaths of the venue, {soak.again} submitted again, {len(soak.wrong)} wrong, "
        f"robot {ours / _MB:.0f} MB, venue {theirs / _MB:.0f} MB\n"
    )


def _facts(soak: Soak, venue: Venue) -> dict[str, Any]:
    middle = len(soak.memory) // 2
    until, _, memory, _ = soak.memory[-1]
    return {
        "minutes": round(until / 60, 1),
        "batches": soak.batches,
        "lines": dict(sorted(soak.lines.items())),
        "misses": dict(sorted(soak.misses.items())),
        "fills": soak.fills,
        "sessions_lost": soak.drops,
        "venue_deaths": venue.deaths,
        "submitted_again": soak.again,
        "not_reported_in_time": soak.unreported,
        "wrong": soak.wrong,
        "robot_mb": {"first": round(soak.memory[0][2] / _MB, 1), "last": round(memory / _MB, 1)},
        "kb_per_order": [_growth(soak.memory[:middle]), _growth(soak.memory[middle:])],
    }


def _growth(memory: Sequence[tuple[float, int, int, int]]) -> float | None:
    """By how much the robot has grown for each order of a part of the time, KB."""
    if len(memory) < 2:
        return None
    (_, orders, before, _), (_, orders_then, after, _) = memory[0], memory[-1]
    return round((after - before) / _KB / (orders_then - orders), 2)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
