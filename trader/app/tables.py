"""The tables that people look at, as a process finds them that only looks."""

from contextlib import closing, suppress
from pathlib import Path

from trader.adapters.store import Store
from trader.app.folder import DATABASE, DataFolder, holder
from trader.app.history import restore
from trader.app.projections import Projector
from trader.domain.errors import ConfigError
from trader.engine.engine import Engine


def open_tables(data: Path) -> Store:
    """The database of a data folder. What a robot that died had not come to write is written first, from its journal.

    Beside a robot that runs it is as that has written it: at once while nothing happens, in a burst every few seconds.

    Raises:
        StoreError: There is none, or it cannot be read.
        JournalDamagedError: What is missing cannot be had from the journal, which does not hold.
    """
    store = Store(data / DATABASE, must_exist=True)
    try:
        if _is_behind(store) and not holder(data):
            with suppress(ConfigError), closing(DataFolder(data)):  # else somebody has just come who does it
                _catch_up(store)
    except BaseException:
        store.close()
        raise
    return store


def _is_behind(store: Store) -> bool:
    written = max((int(row["seq"]) for row in store.rows("progress")), default=0)
    return written < store.chain().seq


def _catch_up(store: Store) -> None:
    engine = Engine()
    projector = Projector(store, engine)
    restore(store, engine, projector.replayed)
    projector.catch_up()
    projector.finish()
