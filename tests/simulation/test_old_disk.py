"""An older copy of the data folder is put back, or an empty one, at a venue that takes a ClOrdID(11) twice."""

import pytest

from tests.simulated_desk import head_of_batch, world
from trader.simulation.faults import Faults
from trader.simulation.invariants import Invariants
from trader.simulation.planted import bug
from trader.simulation.stated import BrokenInvariantError
from trader.simulation.world import World

TAKES_AGAIN = '[[rules]]\nwhen = { message = "NewOrderSingle" }\nthen = { action = "take_again" }\n'
RESTING = TAKES_AGAIN + '[[rules]]\nwhen = { message = "NewOrderSingle" }\nthen = { action = "rest" }\n'
SLOW = (
    TAKES_AGAIN
    + '[[rules]]\nwhen = { message = "NewOrderSingle" }\nthen = { action = "fill", slices = 3, interval_ms = 40 }\n'
)
EMPTY = 0


def played(copied: int, put_back: int, rules: str = TAKES_AGAIN) -> World:
    """Six lines to the end; the disk is exchanged at a record of the journal for what it was at another."""
    watch = Invariants()
    places = frozenset({copied} if copied else ())
    faults = Faults(copied_at=places, put_back_at=frozenset({put_back}))
    ran = world(1, head_of_batch(6), rules, faults, watch).run()
    watch.at_end(ran)
    assert ran.happened["disk put back"] == 1
    return ran


@pytest.mark.parametrize("rules", [TAKES_AGAIN, SLOW, RESTING], ids=["filled at once", "in slices", "resting"])
@pytest.mark.parametrize("copied", [EMPTY, 4, 9, 16])
def test_no_row_is_dealt_twice_wherever_the_disk_is_exchanged(copied: int, rules: str) -> None:
    for put_back in range(max(copied + 1, 5), 26, 2):
        played(copied, put_back, rules)


def test_people_are_told_that_the_folder_is_old_and_no_row_leaves_again() -> None:
    ran = played(EMPTY, 24)
    assert {"DATA_FOLDER_OLD", "ORPHAN_FILL"} <= {alert.code for alert in ran.alerts}
    assert len(ran.trades) == len({trade.cl_ord_id for trade in ran.trades})
    assert ran.state is not None
    assert not ran.state.is_reconciled


@pytest.mark.parametrize("rules", [TAKES_AGAIN, RESTING], ids=["filled at once", "resting"])
def test_a_robot_that_does_not_ask_first_deals_again(rules: str) -> None:
    with bug("asks-nothing-first").plant(), pytest.raises(BrokenInvariantError, match="invariant 2"):
        played(EMPTY, 24, rules)
