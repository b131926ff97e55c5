"""A slice of the crash matrix: at every step of the work the real robot is killed once, and its day still ends well."""

import json
import subprocess
import sys

import pytest

from tests.crash.disk import library
from tests.crash.matrix import PART, SLICE
from tests.crash.seams import NAMES
from tests.integration.command_line import ROOT

_PARTS = 2


def test_the_slice_has_every_step() -> None:
    steps = {word.partition(":")[0] for cell in SLICE for word in cell.split()[1:]}
    assert steps == set(NAMES)


@pytest.mark.timeout(400)  # some twenty runs one after the other, beside whatever else is tested
@pytest.mark.skipif(library() is None, reason="SQLite is built into this Python: its way to the disk cannot be watched")
@pytest.mark.parametrize("part", range(_PARTS))
def test_a_day_that_is_broken_into_at_any_step_is_done_once_and_whole(part: int) -> None:
    cells = SLICE[part::_PARTS]
    asked = [option for cell in cells for option in ("--cell", cell)]
    command = [sys.executable, "-m", "tests.crash.matrix", "--json", "--jobs", "1", *asked]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    cases = [json.loads(line) for line in ran.stdout.splitlines()]
    assert sorted(case["cell"] for case in cases) == sorted(cells), ran.stderr
    assert not any(case["wrong"] for case in cases), ran.stderr
    missed = [case["cell"] for case in cases if case["fell"] < case["strikes"]]
    assert missed == [], "the run was over before its strike"
    cut = [case["runs"] for case in cases if case["cell"].startswith("cut")]
    assert cut in ([], [[-9, 1]]), "a session whose numbers were cut hears what the venue says"


def test_the_page_has_every_step_with_nothing_lost_doubled_or_unknown() -> None:
    lines = [line for line in PART.read().splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert [row[0] for row in rows[1:-1]] == list(NAMES)
    assert {tuple(row[-3:]) for row in rows[1:]} == {("0", "0", "0")}
    assert all(any(row[2:-3]) for row in rows[1:]), "a step without a case"


def test_a_cell_that_cannot_be_is_refused_with_what_would_be_right() -> None:
    command = [sys.executable, "-m", "tests.crash.matrix", "--cell", "robot flying:1"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "'flying' is not a step; expected one of logged-on, heard" in ran.stderr
