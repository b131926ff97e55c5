"""The robot against every session fault: a batch through real QuickFIX, the proxy and the real simulator.

``make session-faults`` runs them all and writes the table of ``docs/session-faults.md``; the venue's own trade log is
the judge.
"""

import csv
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.scenario import scenario_names
from tests.integration.command_line import ROOT, Desk, batch_text, desk, line_numbers, spot_rows

PREFIX = "session_"
HEARTBEAT_S = 2
LINES = 40
RUNS_MAX = 4
UNKNOWN, WRONG_INPUT = 3, 2
# A desk that waits for nobody long: a fault that takes two heartbeats to be noticed is over within the run.
IMPATIENT = (
    ("[batch]", "[batch]\nreconnect_s_max = 4\nlogon_s_max = 8\nanswer_s_max = 4\nack_s_max = 2"),
    ("work_s_max = 300", "work_s_max = 20"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a batch.

    Attributes:
        codes: Exit code of each run of the same file.
        hits: How many messages the scenario hit.
        filled: Lines that the venue dealt, whole.
        undone: Lines that the robot says were not dealt, and the venue says the same.
        unknown: Lines that are still unknown after the last run.
        lost: Trades of the venue that the robot does not tell.
        doubled: Lines of which the venue dealt more than was asked.
        seconds: All runs together.
        said: What the last run said, for a failing test to show.
    """

    codes: tuple[int, ...]
    hits: int
    filled: int
    undone: int
    unknown: int
    lost: int
    doubled: int
    seconds: float
    said: str


def session_scenarios() -> list[str]:
    """The bundled scenarios with faults of the session."""
    return [name for name in scenario_names() if name.startswith(PREFIX)]


def play(scenario: str, folder: Path, lines: int = LINES) -> Verdict:
    """Run one batch, again and again while something is open, and hold it against the venue's trade log."""
    faults = folder / "faults.jsonl"
    venue = _with_short_heartbeats(folder / "venue")
    with desk(folder, "--scenario", scenario, "--fault-log", str(faults)) as ours:
        ours.configure(*IMPATIENT)
        batch = ours.write("batch.csv", batch_text(*spot_rows(lines)))
        begun_s = time.monotonic()
        runs = [ours.run(batch, "--venue", venue, "--json")]
        while runs[-1].code in (UNKNOWN, WRONG_INPUT) and len(runs) < RUNS_MAX:
            runs.append(ours.run(batch, "--venue", venue, "--json"))
        seconds = time.monotonic() - begun_s
        told, trades = _told(ours, runs[-1].out), ours.venue.trades()
    dealt: Counter[int] = Counter()
    for line, trade in zip(line_numbers(trades), trades, strict=True):
        dealt[line] += Decimal(trade["last_qty"])  # type: ignore[assignment]  # amounts are whole here
    asked = {number: Decimal(row["amount"]) for number, row in enumerate(told, start=1)}
    told_ids = Counter(exec_id for row in told for exec_id in row["trade_ids"].split())
    return Verdict(
        codes=tuple(run.code for run in runs),
        hits=len(faults.read_bytes().splitlines()),
        filled=sum(row["status"] == "filled" and dealt[number] == asked[number] for number, row in enumerate(told, 1)),
        undone=sum(
            row["status"] in ("rejected", "unfilled", "denied") and not dealt[n] for n, row in enumerate(told, 1)
        ),
        unknown=sum(row["status"] == "unknown" for row in told),
        lost=sum(trade["exec_id"] not in told_ids for trade in trades),
        doubled=sum(dealt[line] > amount for line, amount in asked.items()) + sum(n > 1 for n in told_ids.values()),
        seconds=seconds,
        said=runs[-1].said,
    )


def _with_short_heartbeats(folder: Path) -> Path:
    """The bundled simulator's own profile, with a HeartBtInt(108) for which a test can wait."""
    shutil.copytree(ROOT / "fix_configs" / "simulator", folder)
    session = folder / "session.cfg"
    text = session.read_text("utf-8")
    assert "HeartBtInt=30" in text
    session.write_text(text.replace("HeartBtInt=30", f"HeartBtInt={HEARTBEAT_S}"), "utf-8")
    return folder


def _told(ours: Desk, out: str) -> list[dict[str, str]]:
    """The rows of the result file."""
    facts: dict[str, Any] = json.loads(out) if out else {}
    if "result_file" not in facts:
        return []  # the last run could not even begin: nothing is told, and every line is missing
    with (ours.folder / facts["result_file"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main(names: Sequence[str]) -> int:
    """Play the scenarios, all of them when none is named; 1 when one lost, doubled or left something."""
    bad = 0
    for name in names or session_scenarios():
        with tempfile.TemporaryDirectory(prefix="session-fault-") as folder:
            verdict = play(name, Path(folder))
        bad += not is_good(verdict)
        print(
            name,
            verdict.codes,
            verdict.hits,
            verdict.filled,
            verdict.undone,
            verdict.unknown,
            verdict.lost,
            verdict.doubled,
            f"{verdict.seconds:.1f}",
            flush=True,
        )
        if not is_good(verdict) or verdict.codes != (0,):
            print(verdict.said)
    return 1 if bad else 0


def is_good(verdict: Verdict) -> bool:
    """Every line dealt once or told as not dealt, nothing open, and the faults did happen."""
    whole = verdict.filled + verdict.undone == LINES
    return whole and not verdict.unknown and not verdict.lost and not verdict.doubled and verdict.hits > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
