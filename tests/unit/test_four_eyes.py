"""FOUR_EYES: what one person may send alone, figure by figure; exactly at a figure is still alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import MONDAY, NOW, SPOT_DAY, Terms, codes, limits, make_batch, make_gate, make_order, only, swap

from risk.reasons import Approval, ReasonCode, Severity, Violation
from trader.domain.deal import Product

WEEK = date(2026, 3, 11)


def found(changes: dict[str, str], terms: Terms | None = None, approval: Approval | None = None) -> list[Violation]:
    order = replace(make_order(terms or Terms()), approval=approval)
    violations = make_gate(limits(changes)).check_order(order, NOW).violations
    return [each for each in violations if each.code is ReasonCode.FOUR_EYES]


@pytest.mark.parametrize(
    ("figure", "enough", "too_little", "terms"),
    [
        ("order_max", "1100000", "1099999.99", Terms(limit_rate="1.1")),
        ("tenor_days_max", "7", "6", Terms(product=Product.FORWARD, value_date=WEEK)),
        ("tenor_days_max", "34", "33", swap()),
        ("off_market_fraction_max", "0.01", "0.009999", Terms(limit_rate="1.111")),
        ("off_market_fraction_max", "0.01", "0.009999", Terms(limit_rate="1.089")),
    ],
)
def test_each_figure_waits_above_it_and_not_at_it(figure: str, enough: str, too_little: str, terms: Terms) -> None:
    assert found({f"FOUR_EYES desk=* {figure}": enough}, terms) == []
    waits = only(found({f"FOUR_EYES desk=* {figure}": too_little}, terms))
    assert waits.waits
    assert waits.blocks


def test_an_order_at_the_market_is_not_off_the_market() -> None:
    assert found({"FOUR_EYES desk=* off_market_fraction_max": "0"}) == []


def test_the_first_trade_with_a_name_waits_and_the_second_does_not() -> None:
    gate = make_gate(limits({"FOUR_EYES desk=* first_trade": "yes"}))
    first = only(gate.check_order(make_order(), NOW).violations)
    assert (first.code, first.node) == (ReasonCode.FOUR_EYES, "desk=treasury counterparty=simulator")
    approved = replace(make_order(), approval=Approval("bob"))
    assert gate.reserve(approved, NOW).allowed
    assert not gate.check_order(make_order(line_no=2), NOW).allowed
    gate.fill(approved.reservation_id, "F1", approved.line.deal.near_leg.amount, approved.line.deal.near_leg.amount**0)
    assert gate.check_order(make_order(line_no=2), NOW).allowed


def test_a_name_whose_only_trade_was_busted_is_unknown_again() -> None:
    gate = make_gate(limits({"FOUR_EYES desk=* first_trade": "yes"}))
    orders = [replace(make_order(line_no=line_no), approval=Approval("bob")) for line_no in (1, 2)]
    for order in orders:
        assert gate.reserve(order, NOW).allowed
        for _ in range(2):  # the same fill, which the venue repeats
            gate.fill(order.reservation_id, "F1", order.line.deal.near_leg.amount, Decimal("1.1"))
    third = make_order(line_no=3)
    assert gate.reverse_fill(orders[0].reservation_id, "F1")
    assert not gate.reverse_fill(orders[0].reservation_id, "F1")
    assert gate.check_order(third, NOW).allowed
    assert gate.reverse_fill(orders[1].reservation_id, "F1")
    assert codes(gate.check_order(third, NOW).violations) == [ReasonCode.FOUR_EYES]


def test_what_somebody_has_approved_is_told_and_passes() -> None:
    notice = only(found({"FOUR_EYES desk=* order_max": "1"}, approval=Approval("bob")))
    assert notice.severity is Severity.NOTIFIES
    assert notice.sentence.endswith("; bob has approved it.")
    assert "stops nothing" not in notice.sentence


def test_an_approval_lets_nothing_else_pass() -> None:
    gate = make_gate(
        limits({"FOUR_EYES desk=* order_max": "1", "ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1"})
    )
    decision = gate.reserve(replace(make_order(), approval=Approval("bob")), NOW)
    assert not decision.allowed
    assert decision.violations[0].code is ReasonCode.ORDER_NOTIONAL


def test_a_batch_waits_above_its_figure_and_not_at_it() -> None:
    for batch_max, expected in (("1100000", []), ("1099999.99", [ReasonCode.FOUR_EYES])):
        gate = make_gate(limits({"FOUR_EYES desk=* batch_max": batch_max}))
        assert codes(gate.check_batch(make_batch(), NOW)) == expected
        assert all(not each.blocks for each in gate.check_batch(replace(make_batch(), approval=Approval("bob")), NOW))


@pytest.mark.parametrize("figure", ["order_max", "tenor_days_max", "off_market_fraction_max", "first_trade"])
def test_a_figure_that_is_missing_denies(figure: str) -> None:
    gate = make_gate(limits(without=f"FOUR_EYES desk=* {figure}"))
    violation = only(gate.check_order(make_order(), NOW).violations)
    assert (violation.code, violation.node) == (ReasonCode.LIMIT_UNDEFINED, "desk=treasury")
    assert not violation.waits


def test_the_batch_figure_that_is_missing_denies() -> None:
    gate = make_gate(limits(without="FOUR_EYES desk=* batch_max"))
    assert codes(gate.check_batch(make_batch(), NOW)) == [ReasonCode.LIMIT_UNDEFINED]


def test_the_days_are_counted_from_spot() -> None:
    assert (WEEK - SPOT_DAY).days == 7
    assert (SPOT_DAY - MONDAY).days == 2
