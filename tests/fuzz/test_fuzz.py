"""A slice of ``make fuzz`` for every run: changed inputs and pure noise at each door."""

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS

# Doors behind which a whole engine or a dictionary is built for each input get fewer.
_EXAMPLES = {"session": 15, "control": 25, "dialect": 10, "rules": 25, "batch": 60}


@cache
def _seeds(name: str) -> list[bytes]:
    return list(TARGETS[name].seeds())


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_is_begun_with_is_taken(name: str) -> None:
    seeds = _seeds(name)
    assert seeds
    for seed in seeds:
        TARGETS[name].take(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_anything_is_a_value_or_a_refusal(name: str) -> None:
    @settings(max_examples=_EXAMPLES.get(name, 100), suppress_health_check=[HealthCheck.too_slow])
    @given(st.one_of(mutated(_seeds(name)), mutated(_seeds(name)), st.binary(max_size=200)))
    def take(content: bytes) -> None:
        TARGETS[name].take(content)

    take()
