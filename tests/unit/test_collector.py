"""The collector of cyclic garbage rests while asked to, and only then."""

import gc

import pytest

from trader.app.collector import collector_at_rest


@collector_at_rest()
def _work_that_fails() -> None:
    assert not gc.isenabled()
    raise ValueError("no number")


def test_the_collector_rests_within_and_works_on_afterwards_even_after_an_error() -> None:
    with pytest.raises(ValueError, match="no number"):
        _work_that_fails()
    assert gc.isenabled()


def test_one_that_rests_already_is_not_woken() -> None:
    with collector_at_rest():
        with collector_at_rest():
            pass
        assert not gc.isenabled()
