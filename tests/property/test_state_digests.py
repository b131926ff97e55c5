"""The digests that are kept of what is over are those of the state as it is, whatever has happened since."""

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_engine_nonsense import LINES, events, happen
from tests.unit.engine_cases import Wire
from tests.unit.risk_cases import Terms
from trader.journal.state_hash import is_hashed_whole, state_hash


@given(st.lists(events, max_size=40))
def test_after_every_event_the_state_hash_is_that_of_the_whole_state(story: list[object]) -> None:
    wire = Wire()
    wire.submit(*[Terms()] * LINES)
    for event in story:
        happen(wire, event)  # type: ignore[arg-type] # a union that mypy cannot see through the strategy
        assert is_hashed_whole(wire.engine), event


def test_an_order_that_changes_behind_the_back_of_its_blotter_is_found() -> None:
    wire = Wire()
    wire.submit()
    wire.rejects(1)
    state_hash(wire.engine)
    (order,) = [order for blotter in wire.engine.context.blotters.values() for order in blotter if order.is_final]
    order.text = "something else"
    assert not is_hashed_whole(wire.engine)
    assert is_hashed_whole(wire.engine), "it was taken anew"
