"""Make every control weaker in turn, and demand that one of its own tests fails: ``make mutate``.

``python -m tests.mutation.check_controls [NAME ...]`` takes names as ``out:ORDER_NOTIONAL``, ``double:VOLUME_DAY.max``,
or ``VOLUME_DAY`` for all that is done to one control; without any it is all of them. Each mutant runs in a process of
its own, forked from this one.
"""

import argparse
import importlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.mutation.mutants import Change, Mutant, apply, mutants

ROOT = Path(__file__).parents[2]
INVENTORY = "tests/unit/test_controls_inventory.py"
FIRST = "test_each_control_fires_on_what_is_wrong_and_lets_pass_what_is_just_right"
SECOND = "test_each_control_that_blocks_does_so_and_does_not_only_tell"
_WARM = (
    "test_controls_inventory",
    "risk.gate.gate",
    "trader.engine.engine",
    "trader.batch.table",
    "tests.mutation.mutants",
)
# Tests that a machine under load can make fail, and files that start processes: they prove nothing about a control.
_PASSED_OVER = ("test_cli", "test_bench", "test_stop_files", "test_bad_input_page")


class Told(NamedTuple):
    """What became of a mutant: the test that failed, or "" when it survived; and how long it took."""

    mutant: Mutant
    killed_by: str
    seconds: float


class _Watch:
    """Notes the first test that fails."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def suite(code: str) -> list[str]:
    """The inventory, which asks every control, and the files of tests that name this one."""
    named = re.compile(rf"\b{code}\b")
    files = [*sorted(ROOT.glob("tests/unit/test_*.py")), ROOT / "tests/golden/test_controls_vectors.py"]
    others = [path for path in files if path != ROOT / INVENTORY and not path.name.startswith(_PASSED_OVER)]
    naming = [path for path in others if named.search(path.read_text(encoding="utf-8"))]
    return [INVENTORY, *(str(path.relative_to(ROOT)) for path in naming)]


def play(mutant: Mutant | None, arguments: Sequence[str]) -> str:
    """Run some tests in a fork of this process: the first that failed, "" when all passed.

    Raises:
        RuntimeError: The tests could not be run.
    """

    def run() -> str:
        watch = _Watch()
        options = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
        code = pytest.main([*options, *arguments], plugins=[watch])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or bool(watch.failed) != bool(code):
            raise RuntimeError(f"pytest ended with {code} on {' '.join(arguments)}")
        return watch.failed

    return _in_fork(mutant, run)


def own_case(mutant: Mutant | None, code: str) -> str:
    """Run the control's own tests of the inventory, without pytest around them, as :func:`play` does."""
    cases = importlib.import_module("test_controls_inventory")

    def run() -> str:
        try:
            name = FIRST
            getattr(cases, name)(code)
            if cases.CONTROLS[code].blocks:
                name = SECOND
                getattr(cases, name)(code)
        except Exception:  # noqa: BLE001 -- whatever it raises, pytest would call it a failure
            return f"{INVENTORY}::{name}[{code}]"
        return ""

    return _in_fork(mutant, run)


def _in_fork(mutant: Mutant | None, run: Callable[[], str]) -> str:
    end, begin = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(end)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            if mutant is not None:
                apply(mutant)
            os.write(begin, run().encode())
        except BaseException as error:  # noqa: BLE001 -- a fork that went on would be a second parent
            os.write(2, f"{mutant}: {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(begin)
    with os.fdopen(end, encoding="utf-8") as told:
        failed = told.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{mutant} could not be tried")
    return failed


def kill(mutant: Mutant) -> Told:
    """Try the control's own cases first, then all the files that name it; what fails has to pass without the mutant."""
    began = time.monotonic()
    failed = own_case(mutant, mutant.code)
    if not failed:
        failed = play(mutant, suite(mutant.code))
        if failed and play(None, [failed]):
            sys.stderr.write(f"{mutant}: {failed} fails with every control in place, and so proves nothing\n")
            failed = ""
    return Told(mutant, failed, time.monotonic() - began)


def chosen(names: Iterable[str]) -> list[Mutant]:
    """The mutants of some names, all for none.

    Raises:
        ValueError: A name is nobody's.
    """
    wanted, every = set(names), list(mutants())
    unknown = wanted - {str(each) for each in every} - {each.code.value for each in every}
    unknown -= {change.name.lower() for change in Change}
    if unknown:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}; expected names like {every[0]} or {every[0].code}")
    return [each for each in every if not wanted or wanted & {str(each), each.code.value, each.change.name.lower()}]


def main() -> int:
    """Print the table; 1 when a mutant survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    picked = chosen(parser.parse_args().names)
    sys.path.insert(0, str(ROOT / "tests/unit"))
    for module in _WARM:
        importlib.import_module(module)
    for code in sorted({each.code for each in picked}):
        if failed := own_case(None, code):
            raise RuntimeError(f"{failed} fails with every control in place; mend that first")
    survivors = []
    for mutant in picked:
        told = kill(mutant)
        by = (
            told.killed_by.removeprefix("tests/")
            .replace(FIRST, "test_each_control_fires...")
            .replace(SECOND, "..._blocks_...")
        )
        sys.stdout.write(f"{mutant!s:<48} {told.seconds:5.1f} s  {by or 'SURVIVED'}\n")
        sys.stdout.flush()
        survivors += [] if told.killed_by else [mutant]
    codes = {each.code for each in picked}
    sys.stdout.write(f"{len(picked)} mutants of {len(codes)} controls, {len(survivors)} survived\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
