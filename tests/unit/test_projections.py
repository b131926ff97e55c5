"""The tables that people look at follow the state, whenever they are written."""

from pathlib import Path

import pytest

from tests.unit.engine_cases import Wire, trade_request
from tests.unit.risk_cases import Terms
from trader.adapters.store import Store
from trader.app.projections import Projector, batch_row
from trader.engine import inputs


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
