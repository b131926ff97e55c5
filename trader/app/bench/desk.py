"""The desk that every benchmark trades for: its configuration, its batches, and a robot that is up."""

import csv
import io
import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from risk.gate.gate import Gate
from trader.adapters.config import Setup
from trader.adapters.log import Log
from trader.adapters.resources import examples_dir, is_compiled
from trader.app.batch_file import load_batch
from trader.app.folder import DataFolder
from trader.app.launch import Launch
from trader.app.robot import Robot
from trader.app.stages import Stages
from trader.domain.errors import ConfigError

_BIG = 100
_CONFIG = """\
[identity]
trader = "bench"
desk = "treasury"
book = "HEDGE"
account = "ACC-1"
[limits]
file = "{limits}"
reporting_currency = "USD"
[reference]
source = "venue"
"""


def write_config(work: Path) -> Path:
    """A configuration with the example limits of a large batch."""
    path = work / "trader.toml"
    limits = examples_dir() / "limits-10000.csv"
    path.write_text(_CONFIG.format(limits=limits.as_posix()), encoding="utf-8")
    return path


@contextmanager
def running_robot(setup: Setup, work: Path) -> Iterator[Robot]:
    """A robot that is up, as the daemon is when the desk's batch arrives."""
    file, calendars = load_batch(examples_dir() / "batch-10000.csv", setup, None, Stages())
    folder = DataFolder(work / "data")
    robot = Robot(setup, folder, calendars, Log(None))
    try:
        Launch(robot, file, setup, folder.results()).connect()
        yield robot
    finally:
        robot.close()
        folder.close()


def trade(robot: Robot, setup: Setup, path: Path) -> dict[str, Any]:
    """Take a batch from its file to its result file.

    Returns:
        What ``trader run --json`` shows.

    Raises:
        ConfigError: It did not fill and reconcile.
    """
    robot.stages = Stages()
    file, _ = load_batch(path, setup, None, robot.stages)
    launch = Launch(robot, file, setup, path.parent)
    launch.submit()
    launch.follow(lambda _state: None)
    summary = launch.finish()
    if summary.exit_code:
        reasons = "; ".join(f"{rows[0]}: {reason}" for rows, reason in summary.misses.values())
        raise ConfigError(f"the batch did not fill and reconcile: {summary.facts['lines']}; {reasons}")
    return summary.facts


def batch_file(work: Path, lines: int, number: int, changes: Mapping[str, str] | None = None) -> Path:
    """The example batch under fresh row ids and with amounts of its own, since the same file does not trade twice.

    Orders that look alike all day would wait for a second person.

    Args:
        work: Where to write it.
        lines: How many of its rows.
        number: Told apart by it.
        changes: Column to the value that it has in every row.

    Raises:
        ConfigError: The example has fewer rows.
    """
    source = examples_dir() / ("batch-100.csv" if lines <= _BIG else "batch-10000.csv")
    with source.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if lines > len(rows):
        raise ConfigError(f"--lines {lines}: expected 1 to {len(rows)}")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows[:lines]:
        own = {"row_id": f"{number}-{row['row_id']}", "amount": str(Decimal(row["amount"]) + number)}
        writer.writerow({**row, **own, **(changes or {})})
    path = work / f"batch-{number}.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def spread(values: Sequence[float], digits: int = 1) -> dict[str, float]:
    """The least, the middle and the most, rounded."""
    return {
        "min": round(min(values), digits),
        "median": round(statistics.median(values), digits),
        "max": round(max(values), digits),
    }


def machine() -> str:
    """Where the figures were measured, and whether with the gate of a wheel, which is compiled, or of a checkout."""
    gate = "compiled" if is_compiled(Gate.__module__) else "interpreted"
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, the gate {gate}"
