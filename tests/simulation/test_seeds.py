"""Whole worlds from single integers: the 300 seeds of every run, those that failed once, and planted bugs."""

import re
import tomllib
from pathlib import Path

import pytest

from trader.simulation.plan import plan_of
from trader.simulation.planted import BUGS, bug
from trader.simulation.run import play
from trader.simulation.sweep import Report, found_by, sweep

SEEDS = range(1, 301)
BLOCK = 30
KEPT = tomllib.loads((Path(__file__).parent / "kept_seeds.toml").read_text("utf-8"))["kept"]
DOCS = Path(__file__).parents[2] / "docs" / "simulation.md"


def quiet(_report: Report) -> None:
    """Nobody follows."""


@pytest.mark.parametrize("first", SEEDS[::BLOCK])
def test_every_invariant_holds_after_every_event_of_a_block_of_seeds(first: int) -> None:
    report = sweep(range(first, first + BLOCK), 1, quiet)
    assert [(each.command, each.event, each.failure) for each in report.failures] == []


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: str(kept["seed"]))
def test_a_seed_that_failed_once_does_not_fail_again(kept: dict[str, str | int]) -> None:
    outcome, _ = play(int(kept["seed"]))
    assert outcome.failure == "", kept["why"]


@pytest.mark.parametrize("seed", [3, 12, 27])
def test_a_seed_gives_the_same_files_byte_for_byte(seed: int) -> None:
    (one, files), (other, again) = play(seed), play(seed)
    assert files == again
    assert one == other
    assert one.digest != play(seed + 1)[0].digest


def test_the_story_of_a_seed_changes_nothing_of_it() -> None:
    told: list[str] = []
    assert play(8, told.append)[0] == play(8)[0]
    assert any("35=D" in line for line in told)


def test_the_seeds_of_every_run_meet_every_kind_of_crash_and_of_repetition() -> None:
    report = sweep(range(1, 121), 1, quiet)
    crashes = {what for what in report.happened if what.startswith("crash")}
    assert len(crashes) == 5, crashes
    assert {"kill", "stop", "drop", "venue restart", "file again", "clock set", "prices stop"} <= set(report.happened)
    assert {"disk copied", "disk put back"} <= set(report.happened)
    assert {"wire: said twice, marked", "wire: said twice, not marked"} <= set(report.happened)


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str) -> None:
    """First where it was found last; else anywhere within what is promised."""
    planted = bug(name)
    found = found_by(name, [planted.seed, *range(1, planted.within + 1)])
    assert found is not None
    assert play(found.seed)[0].failure == "", "without the bug the seed has to hold"


def test_a_failing_seed_names_the_command_that_plays_it_again() -> None:
    with bug("acts-before-commit").plant():
        report = sweep(range(1, 3), 1, quiet)
    (first, *_) = report.failures
    assert first.command == f"trader simulate --seeds {first.seed}"
    assert (first.invariant, first.event > 0) == (4, True)


def test_what_is_planted_is_gone_afterwards() -> None:
    before = play(1)[0]
    with bug("acts-before-commit").plant():
        assert sweep(range(1, 2), 1, quiet).failures
    assert play(1)[0] == before


def test_a_seed_draws_a_broken_file_now_and_then_and_nothing_of_it_is_sent() -> None:
    refused = [plan.file.refused for plan in map(plan_of, range(1, 60)) if plan.file.refused]
    assert refused


def test_the_docs_list_every_planted_bug_and_within_how_many_seeds_it_is_found() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \| (\d+) \| ([\d,]+) \|", DOCS.read_text("utf-8"), flags=re.MULTILINE)
    told = {name: (what, int(seed), int(within.replace(",", ""))) for name, what, seed, within in rows}
    assert told == {name: (each.what, each.seed, each.within) for name, each in BUGS.items()}
