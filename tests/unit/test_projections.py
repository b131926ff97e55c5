"""The tables that people look at follow the state, whenever they are written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.engine_cases import Wire, trade_request
from tests.unit.risk_cases import Terms
from trader.adapters.store import Store
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


def test_what_a_process_did_not_come_to_write_the_next_one_writes(tmp_path: Path) -> None:
    """Though the batch's own row says the same before and after."""
    wire, store, _ = filled(tmp_path)
    corrected(wire)
    _, again = restarted(wire, store)
    again.catch_up()
    assert [row["average_rate"] for row in store.rows("orders")] == ["1.0998"]
    assert [row["last_px"] for row in store.rows("fills")] == ["1.0998"]
    store.close()
