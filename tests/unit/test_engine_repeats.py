"""Answers that come twice: a list is complete when everything in it has come, not when so many messages have."""

from tests.unit.engine_cases import VENUE, Wire, alerts, placed, trade_request
from tests.unit.risk_cases import Terms
from tests.unit.test_engine_recovery_mass import ONLY_MASS, back, names
from trader.engine.state import BatchPhase


def test_a_trade_that_is_listed_twice_does_not_stand_for_one_that_is_still_to_come() -> None:
    wire = Wire()
    wire.submit(Terms(), Terms())
    wire.fills(1)
    wire.fills(2)
    wire.announces("T2", 2)
    wire.lists("T2", 1)
    wire.lists("T2", 1)
    assert wire.phase is BatchPhase.COLLECTING
    wire.lists("T2", 2)
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_after_a_drop_a_trade_that_is_listed_twice_does_not_end_the_list() -> None:
    wire = Wire()
    wire.submit(Terms(), Terms())
    wire.acknowledges(1)
    wire.acknowledges(2)
    wire.drop()
    request = trade_request(wire.reopen()).request_id
    wire.announces(request, 2)
    wire.lists(request, 1)
    wire.lists(request, 1)
    assert wire.engine.context.sessions[VENUE].recovery is not None
    wire.lists(request, 2)
    assert "RECOVERY_COMPLETE" in alerts(wire.outputs)


def test_an_order_that_is_named_twice_does_not_make_another_one_that_never_arrived() -> None:
    wire = back(1, **ONLY_MASS)
    names(wire, 1, of=2)
    names(wire, 1, of=2)
    assert placed(wire.last) == []
    names(wire, 2, of=2, last=True)
    assert placed(wire.outputs) == ["00010101", "00020101"]
