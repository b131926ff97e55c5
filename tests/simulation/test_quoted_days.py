"""Days on quotes and in every product, engine against simulated venue in virtual time, with things going wrong."""

from collections import Counter

import numpy as np
import pytest

from tests.simulated_desk import Paced, example_batch, head_of_batch, on_quotes, quoting_desk, same_run, world
from trader.domain.deal import Product
from trader.engine.inputs import BatchSubmitted, EngineStarted
from trader.engine.rounds import RoundPhase
from trader.engine.state import LineStatus
from trader.fix.dialect import Pace, ProductForm, Quotes, Requests
from trader.simulation.desk import started
from trader.simulation.faults import Faults
from trader.simulation.invariants import Invariants
from trader.simulation.world import World

FEW = on_quotes(head_of_batch(12))
PRODUCTS = example_batch("batch-products.csv")
RECORDS = 120  # about as many as such a batch has in its journal
PACE = Pace(messages_max=10, window_ms=500)

LOST_QUOTES = """
[[makers]]
name = "ALPHA"
latency_ms = 20

[[makers]]
name = "BRAVO"
latency_ms = 40

[[rules]]
when = { message = "Quote", probability = 0.3 }
then = { action = "ignore" }

[[rules]]
when = { message = "ExecutionReport", probability = 0.1 }
then = { action = "ignore" }
"""


def traded(
    seed: int,
    rules: str,
    faults: Faults | None = None,
    batch: BatchSubmitted = FEW,
    desk: EngineStarted | None = None,
    watch: Invariants | None = None,
) -> World:
    """A world that has run to its end, every invariant checked after every event."""
    watch = watch or Invariants()
    ran = world(seed, batch, rules, faults, watch, desk or quoting_desk()).run()
    watch.at_end(ran)
    return ran


def faults_of(seed: int) -> Faults:
    """Two crashes and a drop somewhere, by the seed."""
    random = np.random.default_rng([seed, 2])
    return Faults(
        crash_at=frozenset(random.integers(2, RECORDS, 2).tolist()),
        drop_at=frozenset(random.integers(4, RECORDS, 1).tolist()),
        resends=bool(seed % 2),
    )


def ended(ran: World) -> dict[LineStatus, int]:
    """How many lines ended how; only the ways that there were."""
    assert ran.state is not None
    return {status: count for status, count in ran.state.counts().items() if count}


def linked() -> EngineStarted:
    """A venue that takes one order a leg, and so deals none of them on a quote."""
    form = ProductForm(security_type="FOR", settl_type="tenor", legs="linked")
    plain = quoting_desk()
    products = {**plain.dialects[0].products, Product.SWAP: form, Product.BLOCK: form}
    return quoting_desk(products=products)


def requests(**changes: bool) -> Requests:
    """What the venue answers, with some of it changed."""
    plain = started().dialects[0].requests
    return Requests(**{name: getattr(plain, name) for name in plain.__struct_fields__} | changes)


# --- whole days -------------------------------------------------------------------------------------------------------


def test_a_hundred_lines_on_quotes_are_filled_and_reconciled() -> None:
    ran = traded(1, "rfq", batch=on_quotes(example_batch()))
    assert ran.state is not None
    assert (ended(ran), ran.state.is_reconciled, ran.alerts) == ({LineStatus.FILLED: 100}, True, [])
    assert all(len(state.quote_rounds[-1].answers) >= 3 for state in ran.state.lines)


def test_every_product_is_dealt_and_reconciled() -> None:
    ran = traded(1, "rfq", batch=PRODUCTS)
    assert ran.state is not None
    assert (ended(ran), ran.state.is_reconciled, ran.alerts) == ({LineStatus.FILLED: 24}, True, [])


def test_bad_quotes_are_told_and_never_dealt_on() -> None:
    ran = traded(1, "rfq_faults", batch=on_quotes(example_batch()))
    assert ran.state is not None
    assert ran.state.is_reconciled
    said = Counter(
        answer.verdict.split(":")[0].split(" by ")[0].split(" ")[0]
        for state in ran.state.lines
        for each in state.quote_rounds
        for answer in each.answers
    )
    assert {"won", "lost", "off", "does", "one-way", "withdrawn", "declined", "late", "replaced"} <= set(said)
    assert set(ended(ran)) == {LineStatus.FILLED, LineStatus.UNFILLED, LineStatus.REJECTED}
    assert all(state.reason for state in ran.state.lines if state.status is not LineStatus.FILLED)


def test_a_quote_that_expires_on_the_way_is_asked_for_anew() -> None:
    ran = traded(1, "rfq_faults", batch=on_quotes(example_batch()))
    assert ran.state is not None
    again = [state for state in ran.state.lines if len(state.quote_rounds) > 1]
    assert again
    assert all(state.quote_rounds[0].phase is RoundPhase.TAKEN for state in again)


def test_a_streaming_venue_deals_at_the_price_that_stands() -> None:
    desk = quoting_desk(quotes=Quotes(source="stream", reference_tags=(278,)))
    ran = traded(1, "plain", desk=desk)
    assert ran.state is not None
    dealt = {state.line.deal.product for state in ran.state.lines if state.status is LineStatus.FILLED}
    assert dealt == {Product.SPOT}


def test_swaps_and_blocks_leg_by_leg() -> None:
    ran = traded(1, "plain", batch=PRODUCTS, desk=linked())
    assert ran.state is not None
    many = [state for state in ran.state.lines if state.line.deal.far_legs]
    by_market = [state for state in many if not state.quote_rounds and state.reason_code != "NO_QUOTE"]
    assert by_market
    assert all(len(state.orders) == len(state.line.deal.legs) for state in by_market)
    assert {state.status for state in by_market} == {LineStatus.FILLED}
    assert ran.state.is_reconciled


# --- what breaks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_whatever_breaks_on_a_day_of_quotes_the_invariants_hold(seed: int) -> None:
    rules = ("rfq", "rfq_faults", LOST_QUOTES)[seed % 3]
    ran = traded(seed, rules, faults_of(seed))
    assert LineStatus.UNKNOWN not in ended(ran)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_breaks_on_a_day_of_every_product_the_invariants_hold(seed: int) -> None:
    ran = traded(seed, "rfq_faults", faults_of(seed), PRODUCTS, linked() if seed % 2 else None)
    assert LineStatus.UNKNOWN not in ended(ran)


@pytest.mark.parametrize("seed", range(2))
def test_no_venue_is_sent_more_than_it_takes_whatever_breaks(seed: int) -> None:
    desk = quoting_desk(pace=PACE)
    ran = traded(seed, "rfq", faults_of(seed), desk=desk, watch=Paced())
    assert ended(ran) == {LineStatus.FILLED: 12}


@pytest.mark.parametrize("rule", [{}, {"cancel_on_disconnect": "silent"}])
def test_a_venue_without_trade_reports_and_statuses_ends_on_two_books(rule: dict[str, str]) -> None:
    ran = traded(3, "rfq", desk=quoting_desk(requests=requests(trade_capture=False, order_status=False), **rule))
    assert ran.state is not None
    assert (ran.state.is_reconciled, ran.state.compared) == (True, ("asked", "executed"))


def test_a_venue_that_answers_only_about_orders_is_compared_by_them() -> None:
    ran = traded(3, "rfq", desk=quoting_desk(requests=requests(trade_capture=False)))
    assert ran.state is not None
    assert (ran.state.is_reconciled, ran.state.compared) == (True, ("asked", "executed", "statuses"))


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = (traded(7, "rfq_faults", faults_of(7)) for _ in range(2))
    assert same_run(one, other)
    assert one.seal() == other.seal()
