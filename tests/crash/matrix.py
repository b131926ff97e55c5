"""The crash matrix: kill the real robot, its venue, or both, at every step of the work, and let the venue judge.

``python -m tests.crash.matrix`` plays every cell and prints the table; ``--write`` puts it into the page of the docs;
``--cell "robot sent:5"`` plays one again. ``make crash-matrix`` is the whole of it.
"""

import argparse
import json
import math
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.crash.cell import DISK_FAULTS, Cell, Fault, play
from tests.crash.children import watch_children
from tests.crash.judge import Verdict, judge
from tests.crash.seams import NAMES, STEPS, DiskSeam, Passages
from tests.drawn_part import DrawnPart

# One cell a step and more: each run of a cell is struck at another step, and the last one finishes the day.
SLICE = (
    "robot logged-on:1 heard:10 queued:12",
    "robot taken:6 inserted:7 torn:40",
    "robot unsynced:8 synced:9 committed:7",
    "robot reserved:5 applied:20 unsent:6",
    "robot leaving:5 sent:9 replaying:6",
    "robot reconciling:1 reconciled:1 unprojected:1",
    "robot projected:1 reporting:1 half-reported:1",
    "robot sealing:1 reported:1 closing:1",
    "robot checkpoint:70",
    "both sent:8",
    "cut sent:2",  # what is left says that number 0 is expected
    "venue applied:30",
    "pause sent:12",
    "stall applied:40",
    "sync unsynced:17",
)
PART = DrawnPart("crash-matrix.md", "crash-matrix")
_FIRST_CRASH = ("sent", 8)  # where a cell begins whose own step is passed only after a crash
_SAMPLES = {Fault.BOTH: 6, Fault.CUT: 2, Fault.VENUE: 6, Fault.PAUSE: 1, Fault.STALL: 1, Fault.FULL: 12, Fault.SYNC: 12}
_AGAIN = {2: 6, 3: 4}  # how many cells of a step are struck so often
_COLUMNS = (
    ("robot once", "robot", 1),
    ("twice", "robot", 2),
    ("thrice", "robot", 3),
    ("with its venue", "both", 1),
    ("its session's numbers cut", "cut", 1),
    ("its venue", "venue", 1),
    ("paused", "pause", 1),
    ("its venue paused", "stall", 1),
    ("disk full", "full", 1),
    ("sync fails", "sync", 1),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A cell that was played and judged.

    Attributes:
        cell: The cell.
        fell: How many of its strikes fell.
        runs: The exit codes of the robot's runs.
        verdict: What is wrong.
        folder: Where it was played; "" when that is gone.
    """

    cell: Cell
    fell: int
    runs: tuple[int, ...]
    verdict: Verdict
    folder: str


def play_case(cell: Cell, root: Path, *, keep: bool = False) -> Case:
    """Play and judge one cell in a folder of its own; a folder in which nothing is wrong is not kept."""
    folder = Path(tempfile.mkdtemp(dir=root))
    try:
        played = play(cell, folder)
        verdict = judge(played)
    except (AssertionError, TimeoutError, OSError, ValueError) as error:
        return Case(cell, 0, (), Verdict(wrong=[f"{type(error).__name__}: {error}"]), str(folder))
    if not verdict.wrong and not keep:
        shutil.rmtree(folder)
    return Case(cell, played.fell, tuple(played.codes), verdict, str(folder) if folder.exists() else "")


def census(root: Path) -> tuple[Passages, Passages]:
    """How often each step is passed by a day without a strike, and by the run after a crash."""
    quiet = play(Cell(Fault.ROBOT, ()), Path(tempfile.mkdtemp(dir=root)))
    broken = play(Cell(Fault.ROBOT, (_FIRST_CRASH,)), Path(tempfile.mkdtemp(dir=root)))
    return quiet.passages[0], broken.passages[1]


def all_cells(quiet: Passages, again: Passages, seed: int, every: int) -> Iterator[Cell]:
    """Every passage of every step once, and a sample of the rest.

    Args:
        quiet: How often a day without a strike passes each step.
        again: How often the run after a crash does.
        seed: Of the sample.
        every: Only every so-manieth passage.
    """
    chance = np.random.default_rng(seed)

    def somewhere(step: str, passages: Passages) -> tuple[str, int]:
        return step, int(chance.integers(1, max(passages[step], 1) + 1))

    steps_again = [step for step in NAMES if again[step]]
    for step in NAMES:
        first: tuple[tuple[str, int], ...] = () if quiet[step] else (_FIRST_CRASH,)
        passages = again if first else quiet
        for nth in range(1, passages[step] + 1, every):
            yield Cell(Fault.ROBOT, (*first, (step, nth)))
        for strikes, count in _AGAIN.items():
            for _ in range(-(-count // every)):
                later = [somewhere(str(chance.choice(steps_again)), again) for _ in range(strikes - 1)]
                yield Cell(Fault.ROBOT, (*first, somewhere(step, passages), *later))
        for fault, count in _SAMPLES.items():
            if first or (fault in DISK_FAULTS and not isinstance(STEPS[step], DiskSeam)):
                continue
            for _ in range(-(-count // every)):
                yield Cell(fault, (somewhere(step, quiet),))


def shuffled(cells: Iterable[Cell], seed: int) -> list[Cell]:
    """In an order of chance, so that a part of them is a fair sample of all."""
    whole = list(cells)
    return [whole[index] for index in np.random.default_rng(seed).permutation(len(whole))]


def _begin_work() -> None:
    """A worker takes Ctrl-C for its end, and its children end with it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    watch_children()


def play_all(cells: Sequence[Cell], root: Path, jobs: int, *, keep: bool = False) -> Iterator[Case]:
    """Play cells side by side; each as it is done."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_work) as pool:
        try:
            for future in as_completed([pool.submit(play_case, cell, root, keep=keep) for cell in cells]):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def table(cases: Iterable[Case]) -> str:
    """The matrix: cases by step and fault, and what was lost, doubled and unknown in all of a step's cases."""
    counts: Counter[tuple[str, str, int]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    for case in cases:
        step, strikes = _own_step(case.cell)
        fell = min(case.fell - (len(case.cell.strikes) - strikes), 3)
        counts[step, case.cell.fault, fell] += 1
        for name in ("lost", "doubled", "unknown"):
            bad[step, name] += len(getattr(case.verdict, name))
        bad[step, "wrong"] += bool(case.verdict.wrong)
    names = [name for name, _, _ in _COLUMNS]
    lines = [f"| Step | What is so then | {' | '.join(names)} | lost | doubled | unknown |"]
    lines.append("|---|---|" + "--:|" * (len(names) + 3))
    for step in NAMES:
        cells = [str(counts[step, fault, fell] or "") for _, fault, fell in _COLUMNS]
        verdicts = [str(bad[step, name]) for name in ("lost", "doubled", "unknown")]
        lines.append(f"| {step} | {STEPS[step].words} | {' | '.join([*cells, *verdicts])} |")
    sums = [str(sum(counts[step, fault, fell] for step in NAMES)) for _, fault, fell in _COLUMNS]
    verdicts = [str(sum(bad[step, name] for step in NAMES)) for name in ("lost", "doubled", "unknown")]
    lines.append(f"| **all** | | {' | '.join([*sums, *verdicts])} |")
    return "\n".join(lines)


def _own_step(cell: Cell) -> tuple[str, int]:
    """The step of which a cell is a case, and how many strikes count: not the crash that only leads to it."""
    strikes = cell.strikes
    if len(strikes) > 1 and strikes[0] == _FIRST_CRASH and STEPS[strikes[1][0]] is STEPS["replaying"]:
        strikes = strikes[1:]
    return strikes[0][0], len(strikes)


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.matrix", description=__doc__)
    add = parser.add_argument
    add("--jobs", type=int, default=os.cpu_count() or 1, help="cells at a time (%(default)s)")
    add("--seed", type=int, default=1, help="of the sampled cells (%(default)s)")
    add("--every", type=int, default=1, metavar="N", help="only every N-th passage, and fewer samples (%(default)s)")
    add("--minutes", type=float, default=math.inf, help="begin no cell after so long (no end)")
    add("--cell", action="append", metavar="TEXT", help='one cell, as "robot sent:5"; may be given again')
    add("--keep", type=Path, metavar="DIR", help="play in this folder, and leave everything there")
    add("--slice", action="store_true", help="the cells of the test suite")
    add("--json", action="store_true", help="one JSON line a cell on standard output, and no table")
    add("--write", action="store_true", help="put the table of all cells, if none is wrong, into docs/crash-matrix.md")
    return parser.parse_args()


def main() -> int:
    """Play, tell, and leave 1 when anything is wrong, 2 for a wrong option, 130 after Ctrl-C."""
    options = _arguments()
    try:
        asked = [Cell.parse(text) for text in options.cell or (SLICE if options.slice else ())]
    except ValueError as error:
        say(f"crash matrix: {error}; a cell is a fault and where it strikes, as in 'robot sent:5 replaying:3'")
        return 2
    root = options.keep or Path(tempfile.mkdtemp(prefix="crash-matrix-"))
    watch_children()
    try:
        wrong = _play(options, asked, root)
    except KeyboardInterrupt:
        say("crash matrix: stopped")
        shutil.rmtree(root, ignore_errors=True)
        return 130
    if not wrong and not options.keep:
        shutil.rmtree(root, ignore_errors=True)
    return 1 if wrong else 0


def _play(options: argparse.Namespace, asked: list[Cell], root: Path) -> int:
    """Play the cells that were asked for, or all; how many are wrong."""
    start = time.monotonic()
    cells = asked or shuffled(all_cells(*census(root), options.seed, options.every), options.seed)
    say(f"{len(cells)} cells, {options.jobs} at a time, in {root}")
    cases: list[Case] = []
    for case in play_all(cells, root, options.jobs, keep=options.keep is not None):
        cases.append(case)
        if case.verdict.wrong or options.cell:
            verdict = "WRONG" if case.verdict.wrong else "good"
            say(f"{verdict} --cell '{case.cell}' runs {list(case.runs)} {case.folder}")
            for sentence in case.verdict.wrong:
                say(f"  {sentence}")
        elif len(cases) % 50 == 0:
            say(f"{len(cases)} of {len(cells)} after {time.monotonic() - start:.0f} s")
        if time.monotonic() - start > options.minutes * 60:
            break
    wrong = sum(bool(case.verdict.wrong) for case in cases)
    struck = [case for case in cases if case.fell]
    text = "\n\n".join([table(struck), _summary(cases, struck, len(cells), options.seed)])
    if options.json:
        sys.stdout.writelines(json.dumps(_facts(case)) + "\n" for case in cases)
    else:
        sys.stdout.write(f"{text}\n{wrong} of {len(cases)} cells wrong, {time.monotonic() - start:.0f} s\n")
    if options.write and not wrong and not asked:
        PART.write(text + "\n")
    return wrong


def _facts(case: Case) -> dict[str, object]:
    return {
        "cell": str(case.cell),
        "strikes": len(case.cell.strikes),
        "fell": case.fell,
        "runs": case.runs,
        "wrong": case.verdict.wrong,
        "folder": case.folder,
    }


def _summary(cases: Sequence[Case], struck: Sequence[Case], asked: int, seed: int) -> str:
    strikes = sum(case.fell for case in struck)
    runs = sum(len(case.runs) for case in cases)
    missed = len(cases) - len(struck)
    return (
        f"{len(struck):,} cases with {strikes:,} strikes in {runs:,} runs of the robot, seed {seed}. Of {asked:,} "
        f"cells {len(cases):,} were played; in {missed} of them the run was over before its passage came."
    )


if __name__ == "__main__":
    sys.exit(main())
