"""The page "A day with limits", run command by command against a venue on a real wire."""

import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from tests.integration.command_line import DEADLINE_S, EXAMPLES, ROOT, Venue, line_numbers
from trader.app.stops.proof import read_proof

PAGE = (ROOT / "docs" / "a-day-with-limits.md").read_text("utf-8")
PAGE_PORT = "9876"
RESTING = 20  # acknowledged by then: sixteen that trade, and four that rest
# Where every number is of the moment: rates, times, and how far the batch was.
LIVE = ("trader run", "trader kill", "trader status", "trader explain", "fg")


@dataclass
class Step:
    """A command of the page, and what the page says that it says."""

    command: str
    shown: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code that the page shows."""
        found = re.fullmatch(r"\(exit code (\d+)\)", self.shown[-1]) if self.shown else None
        return int(found[1]) if found else 0

    def pieces(self) -> Iterator[str]:
        """What has to be said, piece by piece in this order, as patterns."""
        text = " ".join(" ".join(line for line in self.shown if not line.startswith("(exit code")).split())
        for piece in filter(None, (part.strip() for part in text.split("..."))):
            pattern = re.escape(piece)
            if self.command.startswith(LIVE):
                pattern = re.sub(r"\d(?:[\d,]|\\\.)*", r"\\d[\\d,.]*", pattern)
            pattern = re.sub(r"\d{4}\\-\d\d\\-\d\d\\ \d\d:\d\d:\d\dZ", r"\\S+\\ \\S+Z", pattern)
            yield pattern


def steps() -> list[Step]:
    found: list[Step] = []
    for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line.removeprefix("$ ")))
            else:
                found[-1].shown.append(line)
    return found


class Day:
    """Somebody who types the page's commands, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[tuple[Step, str]] = []
        self.venue: Venue | None = None
        self._running: subprocess.Popen[str] | None = None
        (folder / "examples").symlink_to(EXAMPLES)
        (folder / "bin").mkdir()
        for name, module in (("trader", " -m trader"), ("python", "")):
            shim = folder / "bin" / name
            shim.write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
            shim.chmod(0o700)
        self._environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.communicate()
        if self.venue is not None:
            self.venue.__exit__()

    def take(self, step: Step) -> None:
        """Type a command, and hold what it says against the page."""
        command = step.command
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return
        if command.startswith("python -m simulator"):
            assert command.endswith("--trade-date 2026-11-20 --scenario venue.toml &")
            self.venue = Venue(self.folder, "--scenario", "venue.toml")
            return
        if self.venue is not None:
            command = command.replace(f"127.0.0.1:{PAGE_PORT}", f"127.0.0.1:{self.venue.port}")
        if command.startswith("trader kill"):
            self._wait_until_nothing_trades()
        if command.endswith(" &"):
            self._running = self._start(command.removesuffix(" &"))
            return
        process = self._start(command)
        if command == "fg":
            process.communicate()
            assert self._running is not None
            process, self._running = self._running, None
        try:
            said, _ = process.communicate(timeout=2 * DEADLINE_S)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        self._compare(step, process.returncode, said)

    def _start(self, command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["bash", "-c", command.replace("trader ", "exec trader ", 1) if command.startswith("trader ") else command],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _compare(self, step: Step, code: int, said: str) -> None:
        told = f"$ {step.command}\n{said}\n(exit code {code})"
        assert code == step.code, told
        rest = " ".join(said.split())
        for pattern in step.pieces():
            found = re.search(pattern, rest)
            assert found, f"{told}\n\nnot said, or not in this order: {pattern}"
            rest = rest[found.end() :]
        self.said.append((step, said))

    def _wait_until_nothing_trades(self) -> None:
        assert self._running is not None
        for _ in range(int(DEADLINE_S / 0.05)):
            if self._acknowledged() >= RESTING:
                return
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(0.05)
                raise AssertionError(f"it ended too early\n{self._running.communicate()[0]}")
        raise AssertionError("the orders that rest were not acknowledged in time")

    def _acknowledged(self) -> int:
        query = "SELECT count(*) FROM journal WHERE kind = 'FixReceived' AND instr(CAST(payload AS TEXT), '150=0')"
        with closing(sqlite3.connect(self.folder / "var" / "trader.db", timeout=DEADLINE_S)) as database:
            return int(database.execute(query).fetchone()[0])


def test_the_page_shows_a_fault_of_the_page() -> None:
    step = Step("trader validate batch.csv", ["39 pass, ...", "(exit code 1)"])
    assert (step.code, list(step.pieces())) == (1, [r"39\ pass,"])


@pytest.mark.timeout(600)  # twenty commands, and a batch that is slow on purpose
@pytest.mark.usefixtures("example_morning")
def test_the_day_goes_as_the_page_says(tmp_path: Path) -> None:
    with Day(tmp_path) as day:
        for step in steps():
            day.take(step)
        assert day.venue is not None
        told = [said for step, said in day.said]

        # What validate says that would fit is more than the row was cut to, and what would not is less.
        cuts = re.findall(
            r"cut to ([\d,.]+) EUR, by itself and at these rates, it would fit every limit", "".join(told)
        )
        assert [12_000_000 <= float(cut.replace(",", "")) < 20_000_000 for cut in cuts] == [True]

        # Every order that was live when the kill came is accounted for, and nothing left after it.
        proof = read_proof(day.folder / "var" / "kills" / "kill-0001.json")
        orders = proof["orders"]
        assert (proof["unknown"], orders["canceled"], proof["who"]) == ([], 4, "rita")
        assert proof["last_risk_us"] <= proof["block_us"]
        assert proof["lines_voided"] > 0

        # No row was dealt twice, and those that the kill canceled not at all.
        dealt = line_numbers(day.venue.trades())
        assert sorted(dealt) == [number for number in range(1, 41) if number not in (17, 18, 19, 20)]
        assert Counter(dealt).most_common(1)[0][1] == 1
