"""A rate that jumps within its window stops its pair, and a trend does not: PAIR_VELOCITY."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from risk_cases import CALENDARS, NOW, codes, limits, make_gate, make_order, only

from risk.gate.gate import Gate
from risk.reasons import ReasonCode
from risk.stops.stops import Dimension, Scope, State, Stop
from trader.domain.currency import parse_pair

EUR_USD = parse_pair("EUR/USD")
SECOND_NS = 1_000_000_000


def moving(move_max: str = "0.01") -> tuple[Gate, Callable[[str, int], list[Scope]]]:
    """A gate, and a way to tell it a rate so many seconds later; it answers what has been stopped by it."""
    gate = make_gate(limits({"PAIR_VELOCITY pair=EUR/USD move_fraction_max": move_max}), {})

    def tell(rate: str, after_s: int) -> list[Scope]:
        now_ns = NOW + after_s * SECOND_NS
        gate.rates.update(EUR_USD, Decimal(rate), Decimal(rate), now_ns, "market")
        return [stop.scope for stop in gate.watch(now_ns)]

    return gate, tell


def test_a_rate_that_jumps_within_its_window_stops_its_pair() -> None:
    gate, tell = moving()
    pair = Scope(Dimension.PAIR, "EUR/USD")
    assert tell("1.1000", 0) == []
    assert tell("1.1110", 30) == []  # exactly 1 %
    assert tell("1.0999", 40) == []
    assert tell("1.1111", 50) == [pair]
    stop = only(gate.stops.on(pair))  # type: ignore[arg-type] # anything there is one of
    assert (stop.code, stop.who) == (ReasonCode.PAIR_VELOCITY, "PAIR_VELOCITY")


def test_a_move_from_one_end_of_its_window_to_the_other_stops_its_pair() -> None:
    _, tell = moving()  # PAIR_VELOCITY window_s is 60
    assert tell("1.1000", 0) == []
    assert tell("1.1111", 59) == [Scope(Dimension.PAIR, "EUR/USD")]


def test_a_pair_that_jumps_holds_the_crosses_whose_reference_is_made_of_its_rate() -> None:
    gate, tell = moving()
    for pair, rate in (("USD/JPY", "150"), ("GBP/USD", "1.3")):
        gate.rates.update(parse_pair(pair), Decimal(rate), Decimal(rate), NOW, "market")
    tell("1.1000", 0)
    tell("1.2000", 1)
    now_ns = NOW + 2 * SECOND_NS
    held = only(gate.check_order(make_order(pair="EUR/JPY"), now_ns).violations)
    assert (held.code, held.node) == (ReasonCode.PAIR_VELOCITY, "pair=EUR/USD")
    assert gate.check_order(make_order(pair="GBP/JPY", dealt="GBP", line_no=2), now_ns).allowed
    gate.rates.update(parse_pair("EUR/JPY"), Decimal(180), Decimal(180), NOW, "market")
    assert gate.check_order(make_order(pair="EUR/JPY", line_no=3), now_ns).allowed, "it has a rate of its own now"


def test_a_pair_that_a_person_has_stopped_holds_no_cross() -> None:
    gate = make_gate()
    gate.stops.put(Stop(Scope(Dimension.PAIR, "EUR/USD"), State.HALTED, ReasonCode.KILL, NOW, "rita", "a test"))
    assert gate.check_order(make_order(pair="EUR/JPY"), NOW).allowed


@pytest.mark.parametrize(("window_s", "is_seen"), [("60", True), ("61", False)])
def test_a_move_is_seen_across_a_change_of_the_limits_unless_the_window_is_another(
    window_s: str, is_seen: bool
) -> None:
    gate, tell = moving()
    assert tell("1.1000", 0) == []
    changes = {"PAIR_VELOCITY pair=EUR/USD move_fraction_max": "0.01", "PAIR_VELOCITY pair=* window_s": window_s}
    gate.reconfigure(limits(changes), CALENDARS)
    assert tell("1.1111", 1) == ([Scope(Dimension.PAIR, "EUR/USD")] if is_seen else [])


def test_the_same_move_in_more_than_a_window_is_a_trend() -> None:
    _, tell = moving()
    assert [tell("1.1000", 0), tell("1.1060", 40), tell("1.1120", 80), tell("1.1180", 120)] == [[], [], [], []]


def test_many_small_steps_within_the_window_add_up() -> None:
    _, tell = moving()
    told = [tell(f"1.{1000 + step * 10}", step) for step in range(13)]
    assert [bool(each) for each in told] == [False] * 12 + [True]


def test_a_fall_counts_as_a_rise_does() -> None:
    _, tell = moving()
    assert tell("1.1000", 0) == []
    assert tell("1.0889", 1) == [Scope(Dimension.PAIR, "EUR/USD")]


def test_a_stopped_pair_is_dealt_again_once_its_stop_is_lifted() -> None:
    gate, tell = moving()
    tell("1.1000", 0)
    tell("1.2000", 1)
    order, now_ns = make_order(), NOW + 2 * SECOND_NS
    assert codes(gate.check_order(order, now_ns).violations) == [ReasonCode.PAIR_VELOCITY]
    gate.stops.lift(Scope(Dimension.PAIR, "EUR/USD"), ReasonCode.PAIR_VELOCITY)
    assert gate.check_order(order, now_ns).allowed
    assert tell("1.2001", 3) == []


def test_two_sources_that_are_apart_are_no_move() -> None:
    gate, tell = moving()
    tell("1.1000", 0)
    gate.rates.update(EUR_USD, Decimal("1.2"), Decimal("1.2"), NOW + 1, "other")
    assert gate.watch(NOW + 1) == []


def test_what_is_kept_of_a_rate_does_not_grow_with_how_often_it_comes() -> None:
    gate, _ = moving()
    for step in range(1000):
        gate.rates.update(EUR_USD, Decimal("1.1"), Decimal("1.1"), NOW + step * SECOND_NS // 4, "market")
    kept = gate.rates.velocity.snapshot()
    assert len(kept["EUR/USD market"]) == 61


def test_a_rate_that_cannot_be_is_no_move() -> None:
    gate, tell = moving()
    tell("1.1", 0)
    gate.rates.update(EUR_USD, Decimal("NaN"), Decimal(9), NOW, "market")
    assert gate.watch(NOW) == []
    assert tell("1.1", 1) == []


@pytest.mark.parametrize("parameter", ["window_s", "move_fraction_max"])
def test_a_pair_that_nobody_watches_is_not_dealt(parameter: str) -> None:
    gate = make_gate(limits(without=f"PAIR_VELOCITY pair=* {parameter}"))
    assert codes(gate.check_order(make_order(), NOW).violations) == [ReasonCode.LIMIT_UNDEFINED]


def test_a_what_if_with_other_rates_is_no_move() -> None:
    gate, tell = moving()
    tell("1.1", 0)
    gate.rates.forget()
    assert tell("2", 1) == []
