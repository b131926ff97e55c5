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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from risk.people.signatures import ResetSession
from simulator.faults.scenario import load_scenario, scenario_names
from tests.drawn_part import DrawnPart
from tests.integration.command_line import ROOT, Desk, Outcome, batch_text, desk, line_numbers, spot_rows
from tests.integration.test_session_commands import PASSWORD, staff
from trader.app.identity import ask, decide

PREFIX = "session_"
HEARTBEAT_S = 2
LINES = 40
RUNS_MAX = 4
UNKNOWN, WRONG_INPUT = 3, 2
_DEADLINE_S = 180.0
# A desk that waits for nobody long: a fault that takes two heartbeats to be noticed is over within the run.
IMPATIENT = (
    ("[batch]", "[batch]\nreconnect_s_max = 4\nlogon_s_max = 8\nanswer_s_max = 4\nack_s_max = 2"),
    ("work_s_max = 300", "work_s_max = 20"),
)
PART = DrawnPart("session-faults.md", "session-faults")
_HEAD = """\
| Scenario | What goes wrong | Faults | Runs | Dealt | Told undealt | Unknown | Lost | Doubled |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a batch.

    Attributes:
        codes: Exit code of each run of the same file.
        hits: How many messages the scenario hit.
        filled: Lines that the venue dealt, whole, and that the robot tells so.
        undone: Lines that the robot says were not dealt, and the venue says the same.
        unknown: Lines that are still unknown after the last run.
        lost: Trades of the venue that the robot does not tell.
        doubled: Lines of which the venue dealt more than was asked, and trades that are told twice.
        needed_persons: Whether two persons had to agree on new sequence numbers in between.
        said: What the last run said, for a failing test to show.
    """

    codes: tuple[int, ...]
    hits: int
    filled: int
    undone: int
    unknown: int
    lost: int
    doubled: int
    needed_persons: bool
    said: str

    @property
    def is_good(self) -> bool:
        """Every line is dealt once or told as not dealt, nothing is open, and the faults did happen."""
        whole = self.filled + self.undone == LINES
        return whole and not self.unknown and not self.lost and not self.doubled and self.hits > 0


def session_scenarios() -> list[str]:
    """The bundled scenarios with faults of the session."""
    return [name for name in scenario_names() if name.startswith(PREFIX)]


def play(scenario: str, folder: Path) -> Verdict:
    """Run one batch, again and again while something is open, and hold it against the venue's trade log."""
    faults = folder / "faults.jsonl"
    venue = as_at_a_bank(folder / "venue")
    with desk(folder, "--scenario", scenario, "--fault-log", str(faults)) as ours:
        ours.configure(*IMPATIENT)
        ours.write("password", PASSWORD).chmod(0o600)
        batch = ours.write("batch.csv", batch_text(*spot_rows(LINES)))
        runs: list[Outcome] = []
        needed_persons = False
        while not runs or (runs[-1].code in (UNKNOWN, WRONG_INPUT) and len(runs) < RUNS_MAX):
            if runs and runs[-1].code == WRONG_INPUT and "trader session status" in runs[-1].err:
                needed_persons = True
                _agree_on_new_numbers(ours)
            robot = ours.start(batch, "--venue", venue, "--password-file", "password", "--json")
            runs.append(robot.end(_DEADLINE_S))
        return _verdict(runs, faults, _told(ours, runs[-1].out), ours.venue.trades(), needed_persons=needed_persons)


def _verdict(
    runs: Sequence[Outcome],
    faults: Path,
    told: Sequence[Mapping[str, str]],
    trades: Sequence[dict[str, str]],
    *,
    needed_persons: bool,
) -> Verdict:
    dealt: dict[int, Decimal] = {}
    for line, trade in zip(line_numbers(trades), trades, strict=True):
        dealt[line] = dealt.get(line, Decimal(0)) + Decimal(trade["last_qty"])
    rows = dict(enumerate(told, start=1))
    told_ids = Counter(exec_id for row in told for exec_id in row["trade_ids"].split())
    return Verdict(
        codes=tuple(run.code for run in runs),
        hits=len(faults.read_bytes().splitlines()),
        filled=sum(r["status"] == "filled" and dealt.get(n) == Decimal(r["amount"]) for n, r in rows.items()),
        undone=sum(r["status"] in ("rejected", "unfilled", "denied") and n not in dealt for n, r in rows.items()),
        unknown=sum(row["status"] == "unknown" for row in told),
        lost=sum(trade["exec_id"] not in told_ids for trade in trades),
        doubled=sum(dealt.get(n, 0) > Decimal(r["amount"]) for n, r in rows.items())
        + sum(count > 1 for count in told_ids.values()),
        needed_persons=needed_persons,
        said=runs[-1].said,
    )


def _agree_on_new_numbers(ours: Desk) -> None:
    """Olga of operations asks that both ends begin at 1, and Rita of risk agrees."""
    staff(ours)
    data = ours.folder / "data"
    request_id = ask(data, ResetSession("simulator", 1, 1, with_open_orders=True), "olga", "the numbers have parted")
    decide(data, request_id, approved=True, who="rita", reason="agreed with the venue")


def as_at_a_bank(folder: Path) -> Path:
    """The bundled simulator's own profile, with a HeartBtInt(108) for which a test can wait.

    A simulator may forget its sequence numbers, and be met with a reset; at a bank that takes two persons.
    """
    shutil.copytree(ROOT / "fix_configs" / "simulator", folder)
    for name, old, new in (
        ("session.cfg", "HeartBtInt=30", f"HeartBtInt={HEARTBEAT_S}"),
        ("dialect.toml", 'reset = "when_refused"', 'reset = "new_store"'),
    ):
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder


def _told(ours: Desk, out: str) -> list[dict[str, str]]:
    """The rows of the result file."""
    facts: dict[str, Any] = json.loads(out) if out else {}
    if "result_file" not in facts:
        return []  # the last run could not even begin: nothing is told, and every line is missing
    with (ours.folder / facts["result_file"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row(scenario: str, verdict: Verdict) -> str:
    """The scenario's line of the table."""
    runs = f"{len(verdict.codes)}{', and two persons' if verdict.needed_persons else ''}"
    figures = (verdict.hits, runs, verdict.filled, verdict.undone, verdict.unknown, verdict.lost, verdict.doubled)
    return f"| `{scenario}` | {load_scenario(scenario).title} | {' | '.join(map(str, figures))} |\n"


def rows_of_the_page() -> dict[str, str]:
    """The table's lines as they stand on the page, by scenario."""
    table = PART.read().removeprefix(_HEAD)
    return {line.split("`")[1]: line for line in table.splitlines(keepends=True)}


def write_row(scenario: str, line: str) -> None:
    """Put a new line into the table, in the place of the old one."""
    rows = rows_of_the_page() | {scenario: line}
    PART.write(_HEAD + "".join(rows[name] for name in session_scenarios() if name in rows))


def main(names: Sequence[str]) -> int:
    """Play the scenarios, all of them when none is named; 1 when one lost, doubled or left something."""
    bad = 0
    for name in names or session_scenarios():
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="session-fault-") as folder:
            verdict = play(name, Path(folder))
        line = row(name, verdict)
        sys.stdout.write(f"{time.monotonic() - began_s:5.1f} s {line}")
        sys.stdout.flush()
        if verdict.is_good:
            write_row(name, line)
        else:
            bad += 1
            sys.stdout.write(f"{verdict.codes}\n{verdict.said}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
