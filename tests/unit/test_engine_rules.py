"""The desk's rules in the engine: they come with the process, see what became of orders, and outlive a restart."""

from typing import Any

from msgspec.structs import replace

from tests.unit.engine_cases import SECOND, Wire, placed
from tests.unit.risk_cases import Terms
from trader.engine.state import LineStatus


def ruled(condition: str, effect: str = "deny") -> Wire:
    """An engine whose process has one rule."""
    wire = Wire(opened=False, priced=False)
    wire.started = replace(wire.started, rules=f'rule r when {condition} then {effect} "no"')
    wire.take(wire.started)
    wire.reopen()
    wire.quotes()
    return wire


def statuses(wire: Wire) -> list[tuple[LineStatus, str]]:
    (batch,) = wire.engine.context.batches.values()
    return [(state.status, state.reason_code) for state in batch.lines]


def test_a_rule_denies_a_line_and_says_so() -> None:
    wire = ruled("amount over 1,000,000 EUR")
    wire.submit(Terms(), Terms(amount="1000001"))
    assert placed(wire.last) == ["00010101"]
    assert statuses(wire)[1] == (LineStatus.DENIED, "RULE")


def test_a_process_without_rules_lifts_those_of_the_one_before() -> None:
    wire = ruled("side is buy")
    wire.take(replace(wire.started, rules=""))
    wire.reopen()
    wire.quotes()
    wire.submit(Terms())
    assert placed(wire.outputs) == ["00010101"]


def test_live_orders_are_seen_by_the_next_decision() -> None:
    wire = ruled("live orders of trader at least 2")
    wire.submit(Terms(), Terms(), Terms())
    assert placed(wire.last) == ["00010101", "00020101"]
    wire.acknowledges(1)
    assert statuses(wire)[2] == (LineStatus.DENIED, "RULE")


def test_an_order_that_is_filled_is_live_no_longer() -> None:
    wire = ruled("live orders of trader at least 3")
    wire.submit(Terms(), Terms())
    wire.acknowledges(1)
    wire.fills(1)
    assert list(indicators(wire)["live"]) == [name_of(wire, 2)]


def test_what_the_venue_answered_is_measured_from_the_sending() -> None:
    wire = ruled("latency of venue in 5 minutes over 9 s or reject ratio of venue in 5 minutes over 99 %", "warn")
    wire.submit(Terms(), Terms())
    wire.now_ns += 2 * SECOND
    wire.acknowledges(1)
    wire.rejects(2)
    ((_, _, (slot,)),) = indicators(wire)["flows"]
    _, _allowed, answered, rejected, waited_ns, ended, filled = slot
    assert (answered, rejected, waited_ns, ended, filled) == ("2", "1", str(4 * SECOND), "1", "0")


def indicators(wire: Wire) -> dict[str, Any]:
    snapshot: dict[str, Any] = wire.engine.context.gate.snapshot()
    return dict(snapshot["indicators"])


def name_of(wire: Wire, line_no: int) -> str:
    (batch,) = wire.engine.context.batches.values()
    return batch.lines[line_no - 1].orders[-1]


def test_a_replay_knows_the_rules_and_the_sums() -> None:
    wire = ruled("orders of trader in 1 minute at least 3 or change over 5 %")
    wire.submit(Terms(), Terms(), Terms(), Terms())
    wire.acknowledges(1)
    wire.fills(1)
    before = wire.engine.context.gate.snapshot()["indicators"]
    wire.restart()  # compares the state's hash before and after
    assert wire.engine.context.gate.snapshot()["indicators"] == before
