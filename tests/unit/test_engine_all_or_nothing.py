"""A batch that is all or nothing."""

from risk.reasons import ReasonCode
from tests.unit.engine_cases import Wire, of, placed
from tests.unit.people_cases import NO_MORE, submit
from tests.unit.risk_cases import Terms, limits
from trader.engine.outputs import BatchEnded
from trader.engine.state import LineStatus


def test_all_or_nothing_sends_nothing_when_a_line_is_denied() -> None:
    wire = Wire(book=limits(NO_MORE))
    submit(wire, Terms(), Terms(), Terms(), all_or_nothing=True)
    assert placed(wire.last) == []
    assert set(wire.statuses()) == {LineStatus.DENIED}
    assert "all or nothing" in wire.line(1).reason
    assert "row T-3" in wire.line(1).reason
    assert wire.line(3).reason_code == ReasonCode.NOP_CURRENCY
    assert wire.pending() == {}
    assert of(BatchEnded, wire.last)


def test_all_or_nothing_sends_everything_when_every_line_passes() -> None:
    wire = Wire(book=limits(NO_MORE))
    submit(wire, Terms(), Terms(), all_or_nothing=True)
    assert placed(wire.last) == ["00010101", "00020101"]


def test_what_was_all_or_nothing_may_come_again() -> None:
    wire = Wire(book=limits(NO_MORE))
    batch = submit(wire, Terms(), Terms(), Terms(), all_or_nothing=True)
    wire.take(batch)
    assert placed(wire.outputs) == []
    wire.restart()
