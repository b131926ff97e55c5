"""The timers' thread: whatever it is at when the robot ends, it ends as well, and without a word."""

import threading
import time

import pytest

from trader.adapters.scheduler import Scheduler


def test_timers_that_are_due_while_the_robot_ends_end_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    for _ in range(20):
        fired = threading.Event()
        scheduler = Scheduler(lambda _name, fired=fired: fired.set())
        for number in range(50):
            scheduler.start_timer(f"timer {number}", time.time_ns())
        assert fired.wait(10)
        scheduler.stop()
    assert failed == []
