"""After every event of whole days the state hash, by the digests that are kept, is that of the whole state."""

from collections.abc import Sequence

import pytest

from tests.simulated_desk import world
from tests.simulation.test_quoted_days import FEW, LOST_QUOTES, PRODUCTS, faults_of, quoting_desk
from trader.domain.canonical import Digests
from trader.engine.inputs import BatchSubmitted
from trader.journal.record import Record
from trader.journal.state_hash import is_hashed_whole
from trader.simulation.plan import plan_of
from trader.simulation.world import Watcher, World


class Anew(Watcher):
    """Takes the hash after every event, as it is taken at a seal, and once more over everything."""

    def __init__(self) -> None:
        self.differs: list[int] = []

    def stepped(self, world: World, records: Sequence[Record]) -> None:
        if not is_hashed_whole(world.engine):
            self.differs.append(records[-1].seq)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("batch", [FEW, PRODUCTS], ids=["quotes", "products"])
def test_a_day_on_quotes_with_crashes_and_drops(seed: int, batch: BatchSubmitted) -> None:
    watch = Anew()
    world(seed, batch, LOST_QUOTES, faults_of(seed), watch, quoting_desk()).run()
    assert watch.differs == []


@pytest.mark.parametrize("seed", range(1, 21))
def test_a_day_drawn_from_a_seed(seed: int) -> None:
    watch = Anew()
    plan_of(seed).world(watch).run()
    assert watch.differs == []


def test_a_digest_that_nobody_drops_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Digests, "touch", lambda _self, _name: None)
    watch = Anew()
    plan_of(1).world(watch).run()
    assert watch.differs
