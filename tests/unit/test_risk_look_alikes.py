"""An order that looks like another, of the same day or of one before, waits for another person: ORDER_DUPLICATE."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import NOW, codes, limits, make_gate, make_order, only, reserved

from risk.gate.gate import Gate, OrderRequest
from risk.reasons import ReasonCode, Severity
from trader.domain.deal import Side

NONE_ALIKE = {"ORDER_DUPLICATE account=* alike_max": "1"}


def test_a_second_order_with_the_same_terms_waits_for_another_person() -> None:
    gate = make_gate(limits(NONE_ALIKE))
    assert reserved(gate, 1).allowed
    decision = reserved(gate, 2)
    violation = only(decision.violations)
    assert (violation.code, violation.severity) == (ReasonCode.ORDER_DUPLICATE, Severity.WAITS)
    assert (violation.limit, violation.used, violation.asked, violation.free) == (1, 1, 1, 0)
    assert not decision.allowed


@pytest.mark.parametrize(
    "other",
    [
        {"side": Side.SELL},
        {"amount": "1000001"},
        {"dealt": "USD"},
        {"value_date": date(2026, 3, 5)},
        {"pair": "USD/JPY", "dealt": "USD"},
    ],
    ids=["side", "amount", "dealt currency", "value date", "pair"],
)
def test_an_order_that_differs_in_anything_is_none_of_them(other: dict[str, object]) -> None:
    gate = make_gate(limits(NONE_ALIKE))
    assert reserved(gate, 1).allowed
    assert reserved(gate, 2, **other).allowed


@pytest.mark.parametrize("name", ["account", "counterparty"])
def test_another_account_or_counterparty_has_orders_of_its_own(name: str) -> None:
    gate = make_gate(limits(NONE_ALIKE))
    other = make_order(line_no=2)
    assert reserved(gate, 1).allowed
    assert gate.reserve(replace(other, line=replace(other.line, **{name: "ACME-LDN"})), NOW).allowed


def test_another_trader_who_enters_the_same_is_found_too() -> None:
    gate = make_gate(limits({**NONE_ALIKE, "TREE trader=ben desk": "treasury"}))
    assert reserved(gate, 1).allowed
    decision = gate.reserve(replace(make_order(line_no=2), trader="ben"), NOW)
    assert codes(decision.violations) == [ReasonCode.ORDER_DUPLICATE]


@pytest.mark.parametrize(
    ("first", "second", "is_alike"),
    [
        ("1.1", "1.1011", True),
        ("1.1", "1.1012", False),
        ("1.1011", "1.1", True),
        (None, "1.1", True),
        ("1.1", None, True),
        (None, None, True),
    ],
)
def test_limits_as_near_as_the_row_says_look_the_same_and_one_at_the_market_looks_like_any(
    first: str | None, second: str | None, is_alike: bool
) -> None:
    gate = make_gate(limits({**NONE_ALIKE, "ORDER_DUPLICATE account=* price_fraction": "0.001"}))
    assert reserved(gate, 1, limit_rate=first).allowed
    assert reserved(gate, 2, limit_rate=second).allowed is not is_alike


def test_an_order_that_ended_without_a_fill_may_be_entered_again() -> None:
    gate = make_gate(limits(NONE_ALIKE))
    reserved(gate, 1)
    gate.release(make_order(line_no=1).reservation_id)
    assert reserved(gate, 2).allowed


def test_an_order_that_was_dealt_may_not_even_when_it_is_over() -> None:
    gate, first = make_gate(limits(NONE_ALIKE)), make_order(line_no=1)
    gate.reserve(first, NOW)
    gate.fill(first.reservation_id, "E1", Decimal(400_000), Decimal("1.1"))
    gate.release(first.reservation_id)
    assert not reserved(gate, 2).allowed


def test_so_many_as_are_usual_pass() -> None:
    gate = make_gate(limits({"ORDER_DUPLICATE account=ACC-1 alike_max": "3"}))
    assert [reserved(gate, line_no).allowed for line_no in (1, 2, 3, 4)] == [True, True, True, False]


def test_an_order_that_is_denied_is_no_look_alike() -> None:
    gate = make_gate(limits({**NONE_ALIKE, "OPEN_COUNT trader=* orders_max": "0"}))
    assert codes(reserved(gate, 1).violations) == [ReasonCode.OPEN_COUNT]
    assert codes(reserved(gate, 2).violations) == [ReasonCode.OPEN_COUNT]


LOOK_BACK = {"ORDER_DUPLICATE account=* row_days": "3"}


def row_on(day: int, **terms: object) -> OrderRequest:
    """The order of a row named R-1 in a file of its own, on a day of March."""
    order = make_order(line_no=day, **terms)
    return replace(order, trade_date=date(2026, 3, day), line=replace(order.line, row_id="R-1"))


def dealt_on_the_second(**terms: object) -> Gate:
    """A gate that looks back three days, and before which a row was dealt on 2 March."""
    gate, first = make_gate(limits(LOOK_BACK)), row_on(2, **terms)
    assert gate.reserve(first, NOW).allowed
    gate.fill(first.reservation_id, "E1", Decimal(400_000), Decimal("1.1"))
    gate.release(first.reservation_id)
    return gate


@pytest.mark.parametrize(("day", "waits"), [(3, True), (5, True), (6, False)])
def test_a_row_that_was_dealt_on_another_day_waits_up_to_as_many_days_away(day: int, waits: bool) -> None:
    violations = dealt_on_the_second().check_order(row_on(day), NOW).violations
    found = [each for each in violations if each.code is ReasonCode.ORDER_DUPLICATE]
    assert [each.severity for each in found] == [Severity.WAITS] * waits
    assert all("the row was dealt for 2026-03-02 with the same pair, side and" in each.sentence for each in found)


@pytest.mark.parametrize("other", [{"side": Side.SELL}, {"amount": "1000001"}, {"dealt": "USD"}])
def test_a_row_of_the_same_name_that_deals_something_else_is_another(other: dict[str, object]) -> None:
    assert dealt_on_the_second().check_order(row_on(3, **other), NOW).allowed


def test_a_row_that_ended_without_a_fill_may_come_again_the_next_day() -> None:
    gate, first = make_gate(limits(LOOK_BACK)), row_on(2)
    assert gate.reserve(first, NOW).allowed
    assert not gate.check_order(row_on(3), NOW).allowed
    gate.release(first.reservation_id)
    assert gate.check_order(row_on(3), NOW).allowed


def test_a_row_dealt_on_an_earlier_date_than_one_before_waits_as_well() -> None:
    gate = make_gate(limits(LOOK_BACK))
    assert gate.reserve(row_on(4), NOW).allowed
    assert codes(gate.check_order(row_on(2), NOW).violations) == [ReasonCode.ORDER_DUPLICATE]
