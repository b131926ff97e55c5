"""Many seeds, in as many processes as one likes, and what came of all of them."""

import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context

from trader.simulation.planted import bug
from trader.simulation.run import SeedOutcome, play

_BLOCK = 20  # seeds that a process takes at a time


@dataclass(slots=True)
class Report:
    """What came of many seeds.

    Attributes:
        seeds: How many were played.
        events: How many things happened in all of them.
        records: How many records were journaled.
        happened: How often what went wrong, by kind.
        lines: How many lines of the batches ended how.
        failures: The seeds of which something did not hold, in their order.
    """

    seeds: int = 0
    events: int = 0
    records: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    failures: list[SeedOutcome] = field(default_factory=list)

    def add(self, outcome: SeedOutcome) -> None:
        """Count one seed."""
        self.seeds += 1
        self.events += outcome.event
        self.records += outcome.records
        self.happened += outcome.happened
        self.lines += outcome.lines
        if outcome.failure:
            self.failures.append(outcome)
            self.failures.sort(key=lambda failed: failed.seed)

    @property
    def crashes(self) -> int:
        """How often the robot died."""
        return sum(many for what, many in self.happened.items() if what.startswith("crash"))


def sweep(seeds: range, jobs: int, show: Callable[[Report], None]) -> Report:
    """Play every seed.

    Args:
        seeds: Which.
        jobs: In so many processes; 1 for this one alone.
        show: Hears how far it is, now and then.
    """
    report = Report()
    for outcomes in _played(seeds, jobs):
        for outcome in outcomes:
            report.add(outcome)
        show(report)
    return report


def found_by(planted: str, seeds: Iterable[int]) -> SeedOutcome | None:
    """The first seed that finds a planted bug; None when none does.

    Raises:
        ConfigError: There is no such bug.
    """
    with bug(planted).plant():
        outcomes = (play(seed)[0] for seed in seeds)
        return next((outcome for outcome in outcomes if outcome.failure), None)


def _played(seeds: range, jobs: int) -> Iterator[Sequence[SeedOutcome]]:
    blocks = [seeds[at : at + _BLOCK] for at in range(0, len(seeds), _BLOCK)]
    if jobs == 1:
        yield from map(_play_block, blocks)
        return
    with get_context("spawn").Pool(jobs, _let_the_parent_end) as pool:  # what still plays at its end is ended
        yield from pool.imap_unordered(_play_block, blocks)


def _let_the_parent_end() -> None:
    """Ctrl-C reaches every process of the terminal; the parent's end is enough."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _play_block(seeds: range) -> list[SeedOutcome]:
    return [play(seed)[0] for seed in seeds]
