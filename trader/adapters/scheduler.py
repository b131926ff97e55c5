"""Timers, on APScheduler: they only put something on the inbox."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from trader.domain.moments import NS_PER_S


class Scheduler:
    """Fires named timers on a thread of its own.

    Args:
        fire: Called with the timer's name; has to return at once.
    """

    def __init__(self, fire: Callable[[str], None]) -> None:
        self._fire = fire
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.start()

    def start_timer(self, name: str, due_ns: int) -> None:
        """Fire once at a moment; the same name again moves it. A moment that is past fires at once."""
        due = datetime.fromtimestamp(due_ns / NS_PER_S, UTC)
        trigger = DateTrigger(run_date=due, timezone=UTC)
        self._scheduler.add_job(
            self._fire, trigger, args=[name], id=name, replace_existing=True, misfire_grace_time=None
        )

    def stop(self) -> None:
        """No timer fires after this returns.

        A scheduler that is shut down while it takes the timers that are due fails on the first of them, with a
        traceback: it does not find it where it looks then. So it is paused, and waited for.
        """
        self._scheduler.pause()
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=True)
