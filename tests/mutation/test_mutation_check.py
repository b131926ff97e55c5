"""The mutation check itself: it kills what a test notices, and names what none does."""

import subprocess
import sys
from pathlib import Path

import pytest

from risk.reasons import ReasonCode
from risk.registry import CONTROLS
from tests.mutation.check_controls import INVENTORY, chosen, suite
from tests.mutation.mutants import Change, Mutant, mutants, parse

ROOT = Path(__file__).parents[2]


def _check(*names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.mutation.check_controls", *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


def test_every_control_is_taken_out_once() -> None:
    assert [each.code for each in mutants() if each.change is Change.OUT] == list(ReasonCode)
    assert len(set(mutants())) == len(list(mutants()))


def test_a_mutant_is_known_by_its_name() -> None:
    assert all(parse(str(each)) == each for each in mutants())
    assert chosen(["double:VOLUME_DAY.max"]) == [Mutant(ReasonCode.VOLUME_DAY, Change.DOUBLE, "max")]
    with pytest.raises(ValueError, match="there is no NONSENSE"):
        chosen(["NONSENSE"])


def test_every_control_is_tested_by_the_inventory_and_by_more() -> None:
    assert all(suite(code)[0] == INVENTORY and len(suite(code)) > 1 for code in CONTROLS)


@pytest.mark.slow
def test_a_control_taken_out_is_noticed_inside_the_gate_and_outside_it() -> None:
    done = _check("out:ORDER_SIZE", "out:STALE_SEND", "out:UNKNOWN_AGE", "hair:ORDER_SIZE.max")
    assert done.returncode == 0, done.stderr
    assert "4 mutants of 3 controls, 0 survived" in done.stdout


@pytest.mark.slow
def test_a_mutant_that_no_test_notices_is_named() -> None:
    play = "from tests.mutation import check_controls as c; c.apply = lambda _: None; c.suite = lambda _: [c.INVENTORY]"
    run = f"import sys; {play}; sys.argv = ['', 'out:ORDER_SIZE']; sys.exit(c.main())"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "SURVIVED" in done.stdout
