"""The venue is asked for its own books of a trade date again, and they are held against ours."""

from contextlib import closing
from datetime import date
from pathlib import Path

from trader.adapters.calendars import market_calendars
from trader.adapters.clock import now_ns
from trader.adapters.config import Setup
from trader.adapters.log import Log
from trader.app.folder import DataFolder
from trader.app.robot import Robot
from trader.app.sessions.connecting import books_wait_s, connect
from trader.domain.value_date import trade_date_at
from trader.engine.session_inputs import BooksAsked


def ask_for_books(setup: Setup, data: Path, day: date, who: str) -> None:
    """Connect, and have the books of every batch of a trade date compared anew that is done at this venue.

    Args:
        setup: The configuration, with the venue.
        data: The data folder, which no robot may have now.
        day: The trade date.
        who: Who asks.

    Raises:
        ConfigError: The folder is in use, or the venue cannot be reached.
    """
    with closing(DataFolder(data)) as folder:
        robot = Robot(setup, folder, market_calendars(trade_date_at(now_ns())), Log(folder.path))
        with closing(robot):
            connect(robot, setup, robot.run_until, lambda: None)
            robot.process([BooksAsked(day, who)])
            batches = robot.engine.context.batches.values()
            robot.run_until(lambda: not any(batch.is_stale for batch in batches), books_wait_s(setup))
            robot.project()
            robot.seal()
