"""The desk's own rules about the past: how rates moved, and what became of the orders before."""

from decimal import Decimal

import pytest
from risk_cases import NOW, make_gate, make_order, only
from rule_cases import found, gate_with

from risk.gate.gate import Gate
from risk.rules.parse import parse_rules
from trader.domain.currency import parse_pair

D = Decimal
MINUTE_NS = 60_000_000_000


# --- the market ------------------------------------------------------------------------------------------------------


def quote(gate: Gate, rate: str, now_ns: int) -> None:
    gate.rates.update(parse_pair("EUR/USD"), D(rate), D(rate), now_ns, "market")


def test_a_change_is_the_furthest_that_the_middle_was_from_where_it_is() -> None:
    gate = gate_with("change in 5 minutes at least 1 %")
    for step, rate in enumerate(("1.1", "1.089", "1.1")):  # down one per cent, and up again by a little more
        quote(gate, rate, NOW + step * MINUTE_NS)
    assert found(gate, NOW + 2 * MINUTE_NS)
    quote(gate, "1.1", NOW + 7 * MINUTE_NS)  # it has left the window
    assert not found(gate, NOW + 7 * MINUTE_NS)


def test_volatility_is_known_once_half_the_window_was_heard_and_is_annualized() -> None:
    gate = gate_with("volatility in 12 minutes over 500 %")
    for minute in range(7):
        assert found(gate, NOW + max(0, minute - 1) * MINUTE_NS)  # too few
        quote(gate, "1.1" if minute % 2 else "1.111", NOW + minute * MINUTE_NS)
    # Six changes of 1 % in six minutes: 0.01 * sqrt(252 * 24 * 60) is 602 %.
    violation = only(found(gate, NOW + 6 * MINUTE_NS))
    shown = D(violation.detail.split(" is ")[1].split(" ")[0])
    assert D(595) < shown < D(610)


def test_a_calm_market_has_no_volatility() -> None:
    gate = gate_with("volatility in 12 minutes over 0 %")
    for minute in range(8):
        quote(gate, "1.1", NOW + minute * MINUTE_NS)
    assert not found(gate, NOW + 7 * MINUTE_NS)


# --- the orders before -----------------------------------------------------------------------------------------------


def deal(gate: Gate, line_no: int, now_ns: int = NOW, wait_ms: int = 100, filled: str | None = "1000000") -> None:
    """An order from its sending to its end; rejected without a fill."""
    order = make_order(line_no=line_no, amount="1000000")
    assert gate.reserve(order, now_ns).allowed
    gate.order_sent(order.reservation_id, now_ns)
    gate.order_answered(order.reservation_id, now_ns + wait_ms * 1_000_000, is_rejected=filled is None)
    gate.release(order.reservation_id)
    gate.order_ended(order.reservation_id, D(filled or 0), now_ns + wait_ms * 1_000_000)


@pytest.mark.parametrize(
    ("condition", "before", "after"),
    [
        ("orders of venue in 1 minute at least 2", False, True),
        ("orders in 1 minute at least 2", False, True),
        ("orders of venue=other in 1 minute at least 1", False, False),
        ("orders of trader=anna pair=EUR/USD in 1 minute at least 2", False, True),
        ("fill ratio of venue under 75 %", False, False),
        ("fill ratio of venue at most 75 %", False, True),
        ("reject ratio of venue over 0 %", False, False),
        ("latency of venue at least 200 ms", False, True),
        ("latency of venue over 200 ms", False, False),
        ("live orders of trader over 0", False, False),
    ],
)
def test_what_became_of_orders_can_be_asked(condition: str, before: bool, after: bool) -> None:
    gate = gate_with(condition, "warn")
    assert bool(found(gate)) is before
    deal(gate, 60, wait_ms=100, filled="1000000")
    deal(gate, 61, wait_ms=300, filled="500000")
    assert bool(found(gate, NOW + 1_000_000_000)) is after


def test_a_rejected_order_counts_for_the_rejects_and_against_the_fills() -> None:
    gate = gate_with("reject ratio of venue at least 50 % and fill ratio of venue at most 50 %", "warn")
    deal(gate, 60)
    assert not found(gate)
    deal(gate, 61, filled=None)
    assert found(gate, NOW + 1_000_000_000)


def test_what_became_of_orders_is_forgotten_with_the_window() -> None:
    gate = gate_with("orders of venue in 1 minute over 0", "warn")
    deal(gate, 60)
    assert found(gate, NOW + MINUTE_NS)
    assert not found(gate, NOW + MINUTE_NS + 6_000_000_000)


def test_live_orders_are_those_that_are_allowed_and_not_final() -> None:
    gate = gate_with("live orders of trader over 0", "warn")
    order = make_order(line_no=60)
    gate.reserve(order, NOW)
    assert found(gate)
    gate.order_sent(order.reservation_id, NOW)
    assert found(gate)
    for _ in range(2):
        gate.release(order.reservation_id)
        gate.order_ended(order.reservation_id, D(0), NOW)
    assert not found(gate)


def test_an_order_that_is_taken_back_before_it_left_was_none() -> None:
    gate = gate_with("orders of trader in 1 minute over 0 or live orders of trader over 0", "warn")
    order = make_order(line_no=60)
    gate.reserve(order, NOW)
    assert found(gate)
    gate.release(order.reservation_id)
    gate.release(order.reservation_id)
    assert not found(gate)


def test_rules_that_come_later_find_the_live_orders_counted() -> None:
    gate = make_gate()
    order = make_order(line_no=60)
    gate.reserve(order, NOW)
    gate.order_sent(order.reservation_id, NOW)
    gate.use_rules(parse_rules('rule r when live orders of trader over 0 then deny "no"', "f", "USD"))
    assert found(gate)


def test_an_order_that_was_never_answered_says_nothing_about_the_venue() -> None:
    gate = gate_with("fill ratio of venue under 100 % or reject ratio of venue over 0 %")
    order = make_order(line_no=60)
    gate.reserve(order, NOW)
    gate.order_sent(order.reservation_id, NOW)
    gate.order_ended(order.reservation_id, D(0), NOW)
    assert not found(gate)


def test_two_gates_with_the_same_past_have_the_same_snapshot() -> None:
    condition = "orders of venue in 1 minute over 9 or change over 9 % or volatility over 9 %"
    gates = [gate_with(condition, "warn"), gate_with(condition, "warn")]
    for gate in gates:
        quote(gate, "1.1001", NOW)
        deal(gate, 60)
    one, other = (gate.snapshot()["indicators"] for gate in gates)
    assert one == other
    assert one != gate_with(condition).snapshot()["indicators"]
