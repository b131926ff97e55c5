"""A clock for the commands: some rows and some venues are only good at certain hours."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

MORNING = datetime(2026, 11, 20, 15, tzinfo=UTC)  # the examples' trade date, a Friday, ten o'clock in New York
SITE = """import time

_machine_ns = time.time_ns
time.time_ns = lambda: _machine_ns() + {offset_ns}
"""


@pytest.fixture
def example_morning(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> int:
    """The clock of every command that a test starts is at that morning, and goes on from there.

    Returns:
        How far ahead of the machine's own clock theirs is, in nanoseconds.
    """
    offset_ns = int(MORNING.timestamp()) * 1_000_000_000 - time.time_ns()
    folder: Path = tmp_path_factory.mktemp("clock")
    (folder / "sitecustomize.py").write_text(SITE.format(offset_ns=offset_ns), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return offset_ns
