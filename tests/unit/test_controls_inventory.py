"""Every control is listed, documented, and seen both to fire and to let pass."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from control_cases import CASES
from risk_cases import MONDAY, NOW, check, codes, limits, make_gate, make_order

from risk.control import Mode
from risk.inventory import markdown
from risk.reasons import ReasonCode, Violation
from risk.registry import CONTROLS, controls
from risk.stops.stops import State, parse_scope
from trader.domain.currency import parse_pair

DOCUMENT = Path(__file__).parents[2] / "docs" / "controls.md"


def _turned(original_pair: str) -> tuple[Violation, ...]:
    order = make_order()
    turned = replace(order, line=replace(order.line, original_pair=original_pair))
    return make_gate().check_order(turned, NOW).violations


# What each control of the specification is kept per; "" for one that has no figures of its own.
SPECIFIED = {
    "LIMIT_UNDEFINED": "",
    "REFERENCE_STALE": "pair",
    "REFERENCE_BAD": "pair",
    "ORDER_NOTIONAL": "pair tenor trader venue",
    "ORDER_SIZE": "venue pair",
    "PRICE_COLLAR": "pair hour tenor",
    "PAIR_VELOCITY": "pair",
    "FORWARD_POINTS": "pair tenor",
    "BATCH_TOTALS": "",
    "BATCH_GROSS": "desk",
    "BATCH_DUPLICATE": "",
    "LINE_DUPLICATE": "",
    "ORDER_DUPLICATE": "account",
    "NOP_CURRENCY": "book currency",
    "NOP_AGGREGATE": "desk firm",
    "NOP_OVERNIGHT": "desk",
    "VOLUME_DAY": "trader desk pair venue counterparty",
    "OPEN_VALUE": "venue",
    "OPEN_COUNT": "session trader",
    "COUNTERPARTY_LINE": "counterparty group",
    "SETTLEMENT_DAY": "group",
    "COUNTRY": "country",
    "TENOR_MAX": "pair counterparty trader",
    "GAP_BUCKET": "book currency",
    "FUNDING": "currency",
    "MANDATE": "trader desk product pair side tenor venue",
    "RESTRICTED": "counterparty currency pair country",
    "SETTLEMENT_INSTRUCTION": "counterparty currency",
    "VALUE_DATE": "currency",
    "WRONG_WAY": "",
    "MESSAGE_RATE": "session",
    "REPEATED_EXECUTION": "desk",
    "REJECT_STORM": "session pair",
    "CHILD_WITHIN_PARENT": "",
    "SELF_MATCH": "venue",
    "STALE_SEND": "venue",
    "LOSS_DAY": "trader desk",
    "LOSS_MONTH": "trader desk",
    "DRAWDOWN": "trader desk",
    "VALUE_AT_RISK": "desk",
    "SLIPPAGE": "pair",
    "LAST_LOOK": "provider",
    "CONFIRMATION_AGE": "venue",
    "UNKNOWN_AGE": "venue",
    "RECONCILIATION_BREAK": "",
    "FOUR_EYES": "desk action",
    "OVERRIDE": "",
    "LIMIT_INCREASE": "",
    "KILL": "",
    "DEADMAN": "",
    "CLOCK": "",
    "CONFIG_CHANGED": "",
    "JOURNAL_FAILED": "",
}


@pytest.mark.parametrize("code", SPECIFIED)
def test_every_control_of_the_specification_is_there_with_its_keys(code: str) -> None:
    kept_per = {dimension for key in CONTROLS[code].keys for dimension in key}
    assert kept_per.issuperset(SPECIFIED[code].split())


@pytest.mark.parametrize("code", CONTROLS)
def test_each_control_fires_on_what_is_wrong_and_lets_pass_what_is_just_right(code: str) -> None:
    case = CASES[code]
    assert code in codes(case.wrong())
    assert code not in codes(case.right())


@pytest.mark.parametrize("code", [code for code, control in CONTROLS.items() if control.blocks])
def test_each_control_that_blocks_does_so_and_does_not_only_tell(code: str) -> None:
    if CONTROLS[code].mode is not Mode.SOFT and code != ReasonCode.OVERRIDE:  # an override lets pass, and is told of
        assert any(violation.blocks for violation in CASES[code].wrong() if violation.code == code)


def test_a_pair_that_moved_too_far_is_halted_and_not_only_reducing() -> None:
    gate = make_gate(limits({"PAIR_VELOCITY pair=EUR/USD move_fraction_max": "0.01"}))
    gate.rates.update(parse_pair("EUR/USD"), Decimal("1.1111"), Decimal("1.1111"), NOW, "market")
    gate.watch(NOW)
    worst = gate.stops.worst_of((parse_scope("pair=EUR/USD"),))
    assert worst is not None
    assert worst.state is State.HALTED


def test_two_sources_that_are_exactly_as_far_apart_as_they_may_be_are_believed() -> None:
    for other, expected in (("1.01", []), ("1.010001", [ReasonCode.REFERENCE_BAD])):
        gate = make_gate(rates={"EUR/USD": (other, other)})
        gate.rates.update(parse_pair("EUR/USD"), Decimal(1), Decimal(1), NOW, "bank")
        assert codes(gate.check_order(make_order(), NOW).violations)[:1] == expected


def test_the_largest_size_of_a_venue_is_allowed() -> None:
    assert codes(check({"ORDER_SIZE venue=* pair=* currency=* max": "1000000"})) == []
    assert codes(check({"ORDER_SIZE venue=* pair=* currency=* max": "999999.99"})) == [ReasonCode.ORDER_SIZE]


def test_a_line_on_another_pair_than_its_row_is_the_wrong_way_too() -> None:
    assert codes(_turned("EUR/USD")) == [ReasonCode.WRONG_WAY]
    assert codes(_turned("USD/EUR")) == []


def test_no_case_is_left_over_from_a_control_that_is_gone() -> None:
    assert CASES.keys() == CONTROLS.keys()


def test_every_reason_code_is_a_control_and_every_control_has_its_own_code() -> None:
    assert [control.code for control in controls()] == list(ReasonCode)


def test_a_control_with_figures_says_what_they_are_keyed_by() -> None:
    assert all(bool(control.keys) == bool(control.parameters) for control in controls())


def test_every_control_tells_what_it_stops_and_how() -> None:
    assert all(control.mitigates and control.formula and control.alerts for control in controls())


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == markdown(), (
        "docs/controls.md is not what the code says; write risk.inventory.markdown() into it"
    )


def test_the_sane_order_of_these_tests_is_allowed() -> None:
    gate = make_gate()
    assert gate.check_order(make_order(), NOW).violations == ()
    assert gate.rates.has_fresh(parse_pair("EUR/USD"), NOW)
    assert make_order().trade_date == MONDAY
