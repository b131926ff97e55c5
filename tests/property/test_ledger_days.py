"""A slice of the ledger's million events: the same seeds each time, and others each time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.ledger_days import play


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_of_a_busy_ledger_hold_everything_that_always_holds(seed: int) -> None:
    count = play(seed, 6_000)
    assert all(count[event] for event in ("RESERVE", "POST", "REVERSE", "VOID", "EXPIRE", "denied"))


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_days_of_other_dice_hold_it_too(seed: int) -> None:
    assert play(seed, 500)["checks"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_million_events_hold_it() -> None:
    assert play(7, 1_000_000)["checks"]
