"""``trader simulate``: its options, what it prints, and how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.integration.command_line import trader


def test_some_seeds_as_json(tmp_path: Path) -> None:
    done = trader(tmp_path, "simulate", "--seeds", "1..4", "--json")
    facts = done.json
    assert (done.code, facts["seeds"], facts["failures"]) == (0, 4, [])
    assert facts["events"] > 100


def test_two_processes_play_the_same_seeds(tmp_path: Path) -> None:
    one, two = (trader(tmp_path, "simulate", "--seeds", "1..4", "--jobs", n, "--json").json for n in "12")
    assert one == two


def test_a_planted_bug_is_found_and_one_that_is_not_is_told(tmp_path: Path) -> None:
    found = trader(tmp_path, "simulate", "--seeds", "1..3", "--planted", "acts-before-commit")
    assert (found.code, "invariant 4" in found.out) == (0, True)  # a narrow terminal cuts the rest
    missed = trader(tmp_path, "simulate", "--seeds", "1", "--planted", "ignores-busts")
    assert (missed.code, "not found" in missed.out) == (3, True)


def test_the_story_of_one_seed(tmp_path: Path) -> None:
    told = trader(tmp_path, "simulate", "--seeds", "7", "--trace").out
    assert "file: row_id" in told
    assert "EngineStarted" in told
    assert told.splitlines()[-1].startswith("trader simulate --seeds 7")


def test_the_files_of_a_seed_are_a_data_folder(tmp_path: Path) -> None:
    kept = trader(tmp_path, "simulate", "--seeds", "7", "--out", tmp_path)
    assert kept.code == 0
    folder = tmp_path / "seed-7"
    assert {"batch.csv", "journal.txt", "trades.jsonl", "result.jsonl", "story.txt"} < {
        f.name for f in folder.iterdir()
    }
    assert "The journal holds." in trader(tmp_path, "verify", "--data", folder).out
    again = trader(tmp_path, "simulate", "--seeds", "7", "--out", tmp_path)
    assert (again.code, "File exists" in again.err) == (2, True)


@pytest.mark.parametrize("seeds", ["", "x", "5..3", "1...2", "-1", "1..2..3"])
def test_seeds_that_are_none_are_told(seeds: str, tmp_path: Path) -> None:
    refused = trader(tmp_path, "simulate", f"--seeds={seeds}")
    assert refused.code == 2
    assert "expected one number, or two as in 1..300" in refused.err


def test_options_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    assert "one seed's story" in trader(tmp_path, "simulate", "--seeds", "1..2", "--trace").err
    assert "expected one of books-twice" in trader(tmp_path, "simulate", "--planted", "nonsense").err


def test_ctrl_c_ends_every_process() -> None:
    command = [sys.executable, "-m", "trader", "simulate", "--seeds", "1..1000000", "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        parent = psutil.Process(process.pid)
        while len(workers := parent.children(recursive=True)) < 3:  # two, and the one that multiprocessing keeps
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"trader: stopped after 0 of 1,000,000 seeds; nothing was sent" in said, said
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
