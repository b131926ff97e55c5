"""The page "Bad input" points at tests that exist, and tells what they show."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bad-input.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| Case ")]


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests."""
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("row", ROWS)
def test_every_case_is_shown_by_a_test_that_exists(row: str, tests: set[str]) -> None:
    *_, shown_by, _ = row.split("|")
    (name,) = re.findall(r"`(\w+)`", shown_by)
    assert name in tests
