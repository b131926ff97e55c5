"""Limits that are there and let nothing pass, and names that no limit is kept for."""

from dataclasses import replace
from decimal import Decimal

import pytest
from risk_cases import NOW, limits, make_gate, make_order, only

from risk.gate.gate import OrderRequest
from risk.reasons import ReasonCode

ZERO = {"VOLUME_DAY desk=treasury max": "0"}


def named(counterparty: str) -> OrderRequest:
    order = make_order()
    return replace(order, line=replace(order.line, counterparty=counterparty))


def test_a_limit_of_zero_lets_nothing_pass_and_says_so() -> None:
    violation = only(make_gate(limits(ZERO)).check_order(make_order(amount="1000"), NOW).violations)
    assert (violation.code, violation.blocks) == (ReasonCode.VOLUME_DAY, True)
    assert "limit 0, used 0" in violation.sentence
    assert violation.sentence.endswith("no size would pass.")


def test_a_denial_shows_every_digit_that_counts_and_no_other() -> None:
    violation = only(make_gate(limits(ZERO)).check_order(make_order(amount="1000"), NOW).violations)
    told = replace(violation, used=Decimal("44688000.000000000000"), asked=Decimal("1.50000"), free=Decimal("0E-12"))
    assert "used 44,688,000, asked 1.50, free 0;" in told.sentence


@pytest.mark.parametrize("counterparty", ["NOBODY", "ACME-LDN ", "acme-ldn", ""])
def test_a_counterparty_that_stands_in_no_tree_is_denied(counterparty: str) -> None:
    gate = make_gate(limits(without="TREE counterparty=simulator"))
    violation = only(gate.check_order(named(counterparty), NOW).violations)
    assert (violation.code, violation.blocks) == (ReasonCode.LIMIT_UNDEFINED, True)
    assert "TREE has no row for group" in violation.sentence


def test_a_counterparty_that_stands_in_one_is_not() -> None:
    assert make_gate().check_order(named("ACME-LDN"), NOW).violations == ()


@pytest.mark.parametrize("value", ["NaN", "-1", "Infinity", "many"])
def test_a_figure_that_is_none_is_said_and_not_that_there_is_no_row(value: str) -> None:
    """No file can bring one; a journal that somebody has written by hand can."""
    gate = make_gate(limits({"VOLUME_DAY desk=* max": value}))
    violation = only(gate.check_order(make_order(), NOW).violations)
    assert (violation.code, violation.node) == (ReasonCode.LIMIT_UNDEFINED, "desk=treasury")
    assert (
        f"the row of VOLUME_DAY for max at desk=* says {value!r}, which is no figure that can be" in violation.sentence
    )
