"""What ``trader bench risk`` measures: orders that touch the same few limits and rules however many there are."""

import sys

import pytest

from risk.rules.book import RuleBook
from risk.rules.language import written
from risk.rules.parse import parse_rules
from trader.app.bench.large_desk import (
    NOW_NS,
    REPORTING,
    ROWS_PER_NAME,
    gate_of,
    limits_of,
    market,
    orders,
    rules_of,
    timed_us,
)
from trader.app.bench.openpit import beside_openpit
from trader.domain.errors import ConfigError

ELSEWHERE = range(1_000, 2_000)
CALENDARS = market()


def met(rules: int) -> int:
    """How many rules an order of the benchmark meets."""
    armed = rules_of(rules, ELSEWHERE)
    gate = gate_of(limits_of(1), CALENDARS, armed)
    (order,) = orders(range(1), 1, "one", CALENDARS)
    return len(list(RuleBook(armed).met_by(gate._plans.plan(order, NOW_NS).outline)))


def test_every_name_has_the_same_number_of_rows() -> None:
    assert len(limits_of(7).rows) - len(limits_of(2).rows) == 5 * ROWS_PER_NAME


def test_an_order_meets_the_same_rules_however_many_there_are() -> None:
    assert met(300) == met(30) > 10


def test_the_rules_of_the_benchmark_can_be_written_and_read() -> None:
    rules = rules_of(50, ELSEWHERE)
    assert parse_rules(written(rules), "rules.txt", REPORTING) == rules


def test_fewer_rules_than_the_orders_meet_are_refused() -> None:
    with pytest.raises(ConfigError, match="5 rules; expected"):
        rules_of(5, ELSEWHERE)


def test_every_order_of_the_benchmark_is_allowed_and_told_nothing() -> None:
    gate = gate_of(limits_of(10), CALENDARS, rules_of(100, ELSEWHERE))
    for order in orders(range(10), 60, "sixty", CALENDARS):
        assert gate.reserve(order, NOW_NS).violations == ()


def test_the_nodes_grow_with_the_names_and_an_order_holds_as_many_as_ever() -> None:
    held = {}
    for names in (5, 50):
        gate = gate_of(limits_of(names), CALENDARS, ())
        for order in orders(range(names), names, "names", CALENDARS):
            gate.reserve(order, NOW_NS)
        held[names] = (len(gate.utilisation()), len(gate.holdings(order.reservation_id)))
    assert held[50][0] > 5 * held[5][0]
    assert held[50][1] == held[5][1]


def test_the_middle_and_the_99th_percentile_are_of_each_act() -> None:
    seen: list[int] = []
    figures = timed_us(seen.append, range(200))
    assert seen == list(range(200))
    assert 0 <= figures["median_us"] <= figures["p99_us"]


def test_without_openpit_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpit", None)
    assert "OpenPit is not installed" in beside_openpit(1)["missing"]
