"""A clock for the commands: some rows and some venues are only good at certain hours."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

MORNING = datetime(2026, 11, 20, 15, tzinfo=UTC)  # the examples' trade date, a Friday, ten o'clock in New York

# The two clocks of the commands, before anybody has read them: everything's, and their timers'. QuickFIX keeps the
# machine's, at both ends of a session.
SITE = """import datetime
import time

from apscheduler.schedulers import base

machine_ns = time.time_ns


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(time.time_ns() / 1e9, tz)


time.time_ns = lambda: machine_ns() + {offset_ns}
base.datetime = Clock
"""


@pytest.fixture
def example_morning(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of every command that a test starts is at that morning, and goes on from there."""
    offset_ns = int(MORNING.timestamp()) * 1_000_000_000 - time.time_ns()
    folder: Path = tmp_path_factory.mktemp("clock")
    (folder / "sitecustomize.py").write_text(SITE.format(offset_ns=offset_ns), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
