"""The tables that people look at follow the state, whenever they are written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.engine_cases import Wire, trade_request
from tests.unit.risk_cases import Terms
from trader.adapters.store import Store
from trader.adapters.tables import TABLES, TableName
from trader.app.history import projection_faults
from trader.app.projections import Projector, batch_row
from trader.engine import inputs
from trader.engine.engine import Engine
from trader.journal.codec import Codec
from trader.journal.record import Chain

FILLED_AT = "1.1001"


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_batch_that_ends_after_its_last_line_was_written_is_written_again(tmp_path: Path, *, is_lost: bool) -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    request = trade_request(wire.fills(1))
    store = Store(tmp_path / "trader.db")
    projector = Projector(store, wire.engine)
    projector.write()
    if is_lost:
        wire.take(inputs.SessionClosed("simulator", "gone"))
        wire.wait(60)
    else:
        wire.announces(request.request_id, 1)
        wire.lists(request.request_id, 1)
    projector.write()
    assert store.rows("batches") == [batch_row(wire.batch)]
    assert wire.phase in ("DONE", "SUSPENDED")
    store.close()


def filled(tmp_path: Path) -> tuple[Wire, Store, Projector]:
    """One line, filled, in the journal and in the tables."""
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.fills(1)
    store = Store(tmp_path / "trader.db")
    wire.engine, projector = restarted(wire, store)
    projector.write()
    assert [row["last_px"] for row in store.rows("fills")] == [FILLED_AT]
    return wire, store, projector


def restarted(wire: Wire, store: Store) -> tuple[Engine, Projector]:
    """What the next process has after it has replayed the journal."""
    engine, chain, codec = Engine(), Chain(), Codec(inputs.INPUT_TYPES)
    projector = Projector(store, engine)
    for ts_ns, value in wire.journal:
        projector.replayed(chain.link(ts_ns, *codec.encode(value)), engine.step(ts_ns, value))
    return engine, projector


def taken_back(wire: Wire) -> None:
    wire.says("8", wire._about(1, "H", "4", "17=B1|19=F1-1000|75=20260302|151=0"))


def corrected(wire: Wire) -> None:
    said = "17=G1|19=F1-1000|32=1000000|31=1.0998|64=20260304|75=20260302"
    wire.says("8", wire._about(1, "G", "2", said, 1000))


@pytest.mark.parametrize(("change", "rates"), [(taken_back, []), (corrected, ["1.0998"])])
def test_a_fill_that_does_not_count_any_more_leaves_the_tables(
    tmp_path: Path, change: Callable[[Wire], None], rates: list[str]
) -> None:
    wire, store, projector = filled(tmp_path)
    change(wire)
    projector.write()
    assert [row["last_px"] for row in store.rows("fills")] == rates
    store.close()


def test_a_table_has_one_index_at_most() -> None:
    """SQLAlchemy makes them in the order of a set: with two, the same day would give files of other bytes."""
    assert [name for name, table in TABLES.items() if len(table.indexes) > 1] == []


def test_two_fills_of_one_id_are_two_rows(tmp_path: Path) -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    for number, day in enumerate(("20260302", "20260303"), start=1):
        said = f"17=1|32=100000|31={FILLED_AT}|64=20260304|75={day}|60={day}-12:00:00.000"
        wire.says("8", wire._about(1, "F", "1", said, number * 100))
    store = Store(tmp_path / "trader.db")
    projector = Projector(store, wire.engine)
    projector.write()
    assert [(row["key"], row["exec_id"], row["last_qty"]) for row in store.rows("fills")] == [
        ("1", "1", "100000"),
        ("1@2026-03-03", "1", "100000"),
    ]
    assert list(projection_faults(store, wire.engine, projector)) == []
    store.close()


def test_a_table_of_an_earlier_version_is_made_anew(tmp_path: Path) -> None:
    wire, store, _ = filled(tmp_path)
    names: tuple[TableName, ...] = ("batches", "orders", "fills", "progress")
    rows = [store.rows(name) for name in names]
    store.close()
    with closing(sqlite3.connect(store.path)) as database:
        database.execute("ALTER TABLE fills RENAME COLUMN key TO place")
    again = Store(store.path)
    _, projector = restarted(wire, again)
    projector.catch_up()
    assert [again.rows(name) for name in names] == rows
    again.close()


def test_what_a_process_did_not_come_to_write_the_next_one_writes(tmp_path: Path) -> None:
    """Though the batch's own row says the same before and after."""
    wire, store, _ = filled(tmp_path)
    corrected(wire)
    _, again = restarted(wire, store)
    again.catch_up()
    assert [row["average_rate"] for row in store.rows("orders")] == ["1.0998"]
    assert [row["last_px"] for row in store.rows("fills")] == ["1.0998"]
    store.close()
