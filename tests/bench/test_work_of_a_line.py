"""What a line costs, counted in calls of Python functions: the same on every machine, where seconds are not.

``pytest tests/bench -s`` prints the figures. A ceiling that is broken says that somebody has given every line more to
do; where that is worth it, the ceiling is raised in the same commit, which says why. Before this was counted the work
of a line doubled within a day of building, and on machines whose seconds differ by half nobody saw it.
"""

import sys
from collections import Counter
from functools import cache
from types import FrameType

from msgspec import structs

from tests.simulated_desk import example_batch, world
from trader.engine.engine import Engine
from trader.engine.inputs import INPUT_TYPES, FixReceived
from trader.engine.state import LineStatus
from trader.fix.text import message_type
from trader.journal.codec import Codec
from trader.simulation.desk import started

FEW, MANY = 100, 400
# Calls for a line of the larger batch, a little above what was counted: 662, 536 and 111.
CHECKED_MAX, DEALT_MAX, COMPARED_MAX = 700, 565, 118
GROWTH_MAX = 1.05


@cache
def calls_a_line(lines: int) -> dict[str, float]:
    """Calls for each line of a batch, by the kind of input that they were made for.

    The example desk with its limits for a large batch: each line is acknowledged, filled, and reported once more when
    the books are compared. The prices that come first let the whole batch be checked.
    """
    batch = structs.replace(example_batch("batch-10000.csv"), totals=None)
    ran = world(1, structs.replace(batch, lines=batch.lines[:lines]), desk=started("limits-10000.csv")).run()
    assert ran.state is not None
    assert ran.state.counts()[LineStatus.FILLED] == lines
    counted: Counter[str] = Counter()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            counted[kind] += 1

    engine, codec = Engine(), Codec(INPUT_TYPES)
    for record in ran.journal:
        value = codec.decode(record.kind, record.payload)
        kind = message_type(value.text) if isinstance(value, FixReceived) else record.kind
        sys.setprofile(count)
        try:
            engine.step(record.ts_ns, value)
        finally:
            sys.setprofile(None)
    return {kind: calls / lines for kind, calls in counted.items()}


def test_a_line_costs_no_more_calls_than_it_did() -> None:
    calls = calls_a_line(MANY)
    said = ", ".join(f"{kind} {number:.0f}" for kind, number in calls.items())
    print(f"\ncalls for a line: {said}")  # noqa: T201 -- the figure is what a benchmark is run for
    assert calls["W"] <= CHECKED_MAX, "checking a line of a batch"
    assert calls["8"] <= DEALT_MAX, "its acknowledgment and its fill, and letting the next one leave"
    assert calls["AE"] <= COMPARED_MAX, "the venue's report of its trade, and comparing it"


def test_a_line_of_a_large_batch_costs_no_more_than_one_of_a_small_one() -> None:
    few, many = calls_a_line(FEW), calls_a_line(MANY)
    assert many["8"] <= GROWTH_MAX * few["8"]
    assert many["AE"] <= GROWTH_MAX * few["AE"]
