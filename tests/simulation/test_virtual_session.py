"""The engine and the simulated venue, joined by FIX text in virtual time: whole batches, with everything going wrong.

``test_seeds.py`` draws everything from a seed; here each test says what goes wrong, and where.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.stops.stops import EVERYTHING, State
from tests.simulated_desk import example_batch, head_of_batch, same_run, world
from trader.engine.state import BatchPhase, LineStatus
from trader.journal.record import ChainFault, check_chain
from trader.journal.state_hash import state_hash
from trader.simulation.desk import started
from trader.simulation.faults import Faults
from trader.simulation.invariants import Invariants, check_replay
from trader.simulation.robot import replayed
from trader.simulation.world import World

SEEDS = range(8)  # trader simulate draws far more of everything
LINES = 12
RECORDS = 90  # about as many as such a batch has in its journal

BAD_DAY = """
[[rules]]
when = { message = "NewOrderSingle", probability = 0.3 }
then = { action = "fill", slices = 3, interval_ms = 4 }

[[rules]]
when = { message = "NewOrderSingle", probability = 0.1 }
then = { action = "fill", slices = 2, interval_ms = 3, fraction = "0.6" }

[[rules]]
when = { message = "NewOrderSingle", probability = 0.1 }
then = { action = "reject", reason = "RATE_MOVED" }

[[rules]]
when = { message = "ExecutionReport", probability = 0.5 }
then = { action = "delay", ms = 3, p99_ms = 30 }
"""

LOST_REPORTS = """
[[rules]]
when = { message = "ExecutionReport", probability = 0.2 }
then = { action = "ignore" }
"""

DEAF = """
[[rules]]
when = { message = "NewOrderSingle", probability = 0.2 }
then = { action = "ignore" }

[[rules]]
when = { message = "OrderCancelRequest", probability = 0.5 }
then = { action = "ignore" }
"""

DROPS = """
[[rules]]
when = { message = "NewOrderSingle", every = 5, count = 2 }
then = { action = "disconnect" }

[[rules]]
when = { message = "ExecutionReport", after = 3, count = 1 }
then = { action = "disconnect" }
"""


def traded(seed: int, rules: str, faults: Faults | None = None, lines: int = LINES) -> World:
    """A world that has run to its end, every invariant checked after every event."""
    watch = Invariants()
    ran = world(seed, head_of_batch(lines), rules, faults, watch).run()
    watch.at_end(ran)
    return ran


def faults_of(seed: int) -> Faults:
    """Two crashes and a drop somewhere, by the seed."""
    random = np.random.default_rng([seed, 1])
    return Faults(
        crash_at=frozenset(random.integers(2, RECORDS, 2).tolist()),
        drop_at=frozenset(random.integers(4, RECORDS, 1).tolist()),
        resends=bool(seed % 2),
    )


def test_the_example_batch_is_filled_and_reconciled() -> None:
    watch = Invariants()
    ran = world(1, example_batch(), watcher=watch).run()
    watch.at_end(ran)
    assert ran.state is not None
    assert ran.state.counts()[LineStatus.FILLED] == 100
    assert (ran.state.is_reconciled, ran.alerts, len(ran.trades)) == (True, [], 100)


@pytest.mark.parametrize("rules", ["partial_fills", "rejecting", "slow", "resting"])
def test_every_bundled_scenario_ends_reconciled(rules: str) -> None:
    ran = traded(3, rules, lines=40)
    assert ran.state is not None
    assert (ran.state.is_reconciled, ran.state.counts()[LineStatus.UNKNOWN]) == (True, 0)


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = (traded(7, BAD_DAY, faults_of(7)) for _ in range(2))
    assert same_run(one, other)
    assert one.seal() == other.seal()
    assert one.journal[-1].digest == other.journal[-1].digest


def test_another_seed_gives_another_day() -> None:
    assert not same_run(traded(7, BAD_DAY), traded(8, BAD_DAY))


def test_a_replay_of_the_journal_gives_the_same_state_and_the_same_orders() -> None:
    ran = traded(11, BAD_DAY, faults_of(11))
    check_replay(ran)
    again = replayed(ran.journal)
    names = [order.cl_ord_id for order in again.context.blotters["simulator"]]
    assert names == [order.cl_ord_id for order in ran.engine.context.blotters["simulator"]]


def test_every_beginning_of_a_journal_can_be_replayed() -> None:
    ran = traded(5, BAD_DAY, faults_of(5), lines=4)
    hashes = {state_hash(replayed(ran.journal[:length])) for length in range(1, len(ran.journal) + 1)}
    assert len(hashes) > len(ran.journal) // 2


def test_the_journal_of_a_bad_day_is_one_chain() -> None:
    ran = traded(9, BAD_DAY, faults_of(9))
    assert not any(isinstance(found, ChainFault) for found in check_chain(ran.journal))


@pytest.mark.parametrize("seed", SEEDS)
def test_crashes_and_drops_on_a_bad_day_cost_no_trade_and_repeat_none(seed: int) -> None:
    ran = traded(seed, BAD_DAY, faults_of(seed))
    assert ran.state is not None
    assert ran.state.counts()[LineStatus.UNKNOWN] == 0
    assert ran.state.is_reconciled


@pytest.mark.parametrize("resends", [True, False], ids=["resent", "lost"])
def test_a_crash_after_any_record_of_the_journal_is_survived(*, resends: bool) -> None:
    length = len(traded(4, BAD_DAY, lines=4).journal)
    for seq in range(1, length + 1):
        ran = traded(4, BAD_DAY, Faults(crash_at=frozenset({seq}), resends=resends), lines=4)
        assert ran.state is not None
        assert (seq, ran.state.is_reconciled) == (seq, True)


@pytest.mark.parametrize("resends", [True, False], ids=["resent", "lost"])
def test_a_drop_after_any_record_of_the_journal_is_survived(*, resends: bool) -> None:
    length = len(traded(4, BAD_DAY, lines=4).journal)
    for seq in range(3, length + 1):
        ran = traded(4, BAD_DAY, Faults(drop_at=frozenset({seq}), resends=resends), lines=4)
        assert ran.state is not None
        assert (seq, ran.state.is_reconciled) == (seq, True)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rules", [LOST_REPORTS, DEAF, DROPS], ids=["lost reports", "deaf", "drops"])
def test_a_venue_that_loses_messages_costs_no_trade(rules: str, seed: int) -> None:
    ran = traded(seed, rules)
    assert ran.state is not None
    assert ran.state.phase is BatchPhase.DONE
    assert ran.state.counts()[LineStatus.UNKNOWN] == 0


def test_a_venue_with_tight_limits_never_sees_them_broken() -> None:
    rows = tuple(
        row.__class__(row.control, row.key, row.parameter, "20000000") if row.control == "VOLUME_DAY" else row
        for row in started().limits
    )
    desk = started().__class__("test", started().dialects, rows, started().calendars, started().settings)
    watch = Invariants()
    ran = world(2, head_of_batch(40), BAD_DAY, faults_of(2), watch, desk).run()
    watch.at_end(ran)
    assert ran.state is not None
    denied = {line.reason_code for line in ran.state.lines if line.status is LineStatus.DENIED}
    assert denied == {"VOLUME_DAY"}


@pytest.mark.parametrize("seed", range(4))
def test_after_a_kill_on_a_bad_day_nothing_leaves_and_every_line_is_known(seed: int) -> None:
    """The invariants see whatever leaves; what the kill has stopped says so, and the limits of all of it are free."""
    random = np.random.default_rng([seed, 2])
    faults = replace(faults_of(seed), kill_at=frozenset(random.integers(3, RECORDS // 2, 1).tolist()))
    ran = traded(seed, BAD_DAY, faults)
    assert ran.state is not None
    assert ran.killed_ns
    assert ran.engine.context.stops.state_of([EVERYTHING]) is State.HALTED
    assert ran.state.counts()[LineStatus.UNKNOWN] == 0
    open_or_known = {"", "KILL", "VENUE_REJECTED", "VENUE_EXPIRED", "VENUE_CANCELED"}
    assert {line.reason_code for line in ran.state.lines} <= open_or_known


records = st.frozensets(st.integers(2, RECORDS), max_size=3)


@settings(max_examples=15)
@given(
    st.integers(0, 10**6),
    st.sampled_from([BAD_DAY, LOST_REPORTS, DEAF, DROPS, BAD_DAY + DROPS, BAD_DAY + LOST_REPORTS]),
    records,
    records,
    st.booleans(),
)
def test_no_interleaving_breaks_an_invariant(
    seed: int, rules: str, crash_at: frozenset[int], drop_at: frozenset[int], resends: bool
) -> None:
    watch = Invariants()
    ran = world(seed, head_of_batch(6), rules, Faults(crash_at, drop_at, resends=resends), watch).run()
    assert ran.state is not None
    if ran.state.phase is BatchPhase.DONE:
        watch.at_end(ran)
