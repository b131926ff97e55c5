"""What a process begins with, watches of its own machine, and finds of the one before it."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from risk.limits.book import LimitBook, LimitTable
from risk.limits.tree import DESK_FIRM
from risk.stops.latches import CLOCK_JUMP, SILENCE
from trader import __version__
from trader.adapters.calendars import market_calendars
from trader.adapters.clock import now_ns
from trader.adapters.config import Setup, load_setup
from trader.adapters.watchdog import Watchdog
from trader.domain.calendars import Calendars
from trader.domain.errors import ConfigError
from trader.domain.value_date import trade_date_at
from trader.engine.inputs import EngineStarted
from trader.engine.machine_inputs import JournalFailed
from trader.engine.state import BatchPhase, BatchState

_FAILED_FILE = "JOURNAL_FAILED"
_MS_PER_S = 1_000


def started_with(setup: Setup, calendars: Calendars) -> EngineStarted:
    """What an engine is told of the process that takes it over.

    Raises:
        ConfigError: A file of the configuration is no longer there.
    """
    dialects, limits = (setup.venue.dialect,), setup.limits.rows
    return EngineStarted(
        __version__, dialects, limits, calendars, setup.settings, setup.rules, setup.sha256, asks_first=True
    )


def start_from(config: Path | None) -> EngineStarted:
    """How a data folder is opened with which nothing has run yet: with the configuration's limits.

    Raises:
        ConfigError: Something in the configuration is wrong.
    """
    return started_with(load_setup(config), market_calendars(trade_date_at(now_ns())))


def watchdog_of(setup: Setup, limits: LimitBook) -> Watchdog:
    """Watches what the limits say has to be watched.

    Raises:
        ConfigError: A monitor is to be listened for, and no limit says for how long.
    """
    firm = limits.limit(DESK_FIRM, (setup.config.identity.desk,))
    jump_ms, silent_s = (_figure(limits, table, firm.value if firm else "") for table in (CLOCK_JUMP, SILENCE))
    if setup.heartbeat is not None and silent_s is None:
        raise ConfigError(
            f"{setup.where}: monitor.heartbeat names {setup.config.monitor.heartbeat}, and DEADMAN has no row for "
            f"{SILENCE.parameter}; expected one like DEADMAN,firm=*,{SILENCE.parameter},30,"
        )
    return Watchdog(jump_ms, setup.heartbeat, (silent_s or 0) * _MS_PER_S)


def _figure(limits: LimitBook, table: LimitTable, firm: str) -> int | None:
    number = limits.number(table, (firm,))
    return None if number is None else int(number)


def note_journal_failed(folder: Path, batches: Iterable[BatchState]) -> None:
    """Leave word for the next process that the journal failed while something was at a venue, or could have been.

    A file without a byte in it can be made where nothing else can be written any more. Where not even that, the process
    ends all the same.
    """
    if any(batch.is_launched and batch.phase is not BatchPhase.DONE for batch in batches):
        with suppress(OSError):
            os.close(os.open(folder / _FAILED_FILE, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))


def left_by_the_one_before(folder: Path) -> list[JournalFailed]:
    """The word that the process before this one has left, if any."""
    why = "the process before this one could not write to its journal, and ended"
    return [JournalFailed(why)] if (folder / _FAILED_FILE).exists() else []


def forget_journal_failed(folder: Path) -> None:
    """It is in the journal now."""
    (folder / _FAILED_FILE).unlink(missing_ok=True)
