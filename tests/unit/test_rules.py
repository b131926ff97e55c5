"""The desk's own rules: what a rule does to an order, what it asks of limits, and which rules an order meets."""

from dataclasses import replace
from decimal import Decimal

import pytest
from risk_cases import (
    MONDAY,
    NOW,
    ONE_MONTH,
    SIX_MONTHS,
    at,
    limits,
    make_gate,
    make_order,
    only,
    swap,
)
from rule_cases import errors, fires, found, gate_with

from risk.gate.gate import Gate
from risk.reasons import ReasonCode, Severity
from risk.registry import CONTROLS
from risk.rules.book import RuleBook
from risk.rules.parse import parse_rules
from risk.rules.words import FILLING
from trader.domain.currency import parse_pair

D = Decimal
MINUTE_NS = 60_000_000_000


# --- what a rule does ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "severity", "allowed"),
    [
        ("deny", Severity.BLOCKS, False),
        ("needs approval", Severity.WAITS, False),
        ("warn", Severity.NOTIFIES, True),
    ],
)
def test_a_rule_denies_waits_or_warns_as_it_says(effect: str, severity: Severity, allowed: bool) -> None:
    gate = gate_with("pair is EUR/USD", effect)
    decision = gate.check_order(make_order(), NOW)
    assert decision.allowed is allowed
    assert (only(decision.violations).severity, only(decision.violations).node) == (severity, "rule=r")


def test_a_rule_says_what_it_saw() -> None:
    violation = only(found(gate_with("pair is EUR/USD and side is buy and amount over 5,000 EUR")))
    assert violation.detail == "no (pair is EUR/USD, and side is BUY, and amount is 1,000,000 EUR, over 5,000 EUR)"


def test_all_rules_that_hold_are_said() -> None:
    gate = make_gate()
    text = 'rule a when side is buy then deny "one"\nrule b when amount over 1 EUR then warn "two"'
    gate.use_rules(parse_rules(text, "rules.txt", "USD"))
    assert [violation.node for violation in found(gate)] == ["rule=a", "rule=b"]


def test_without_rules_nothing_is_said() -> None:
    gate = gate_with("pair is EUR/USD")
    gate.use_rules(())
    assert found(gate) == ()


@pytest.mark.parametrize(
    ("condition", "terms", "expected"),
    [
        ("pair is EUR/USD", {}, True),
        ("pair is GBP/USD", {}, False),
        ("pair is not GBP/USD", {}, True),
        ("pair is one of GBP/USD, EUR/USD", {}, True),
        ("pair is not one of GBP/USD, EUR/USD", {}, False),
        ("currency is USD", {}, True),
        ("currency is not USD", {}, False),
        ("dealt currency is USD", {}, False),
        ("side is buy", {}, True),
        ("side is buy", {"dealt": "USD"}, False),  # who buys dollars sells the base
        ("side is buy and side is sell", {"terms": swap()}, True),  # a swap does both
        ("product is SWAP", {"terms": swap()}, True),
        ("tenor is 3M", {"terms": swap()}, True),
        ("tenor is 3M", {}, False),
        ("trader is anna and desk is treasury and book is SALES and account is ACC-1", {}, True),
        ("venue is simulator and counterparty is simulator and group is STREET and country is US", {}, True),
        ("firm is BANK", {}, True),
        ("weekday is monday", {}, True),
        ("weekday is one of Tuesday, Friday", {}, False),
        ("time is between 09:00 and 10:00", {}, False),  # it is ten o'clock
        ("time is between 10:00 and 10:01", {}, True),
        ("time is not between 22:00 and 10:00", {}, True),
        ("amount over 1,000,000 EUR", {}, False),
        ("amount at least 1,000,000 EUR", {}, True),
        ("amount over 1,122,000 USD", {}, False),  # a market order at the collar's edge, 1.122
        ("amount at least 1,122,000 USD", {}, True),
        ("amount under 1 GBP", {}, True),  # it has none
        ("amount over 0 GBP", {}, False),
        ("notional at most 1,110,999.99 USD", {}, False),
        ("notional at most 1,111,000 USD", {}, True),
        ("notional over 1,111,000 USD", {"terms": swap()}, False),  # a swap counts once
        ("price distance over 0.5 %", {"limit_rate": "1.1055"}, False),
        ("price distance at least 0.5 %", {"limit_rate": "1.1055"}, True),
        ("price distance over 0 %", {}, False),
        ("days ahead over 1 day", {}, True),
        ("days ahead over 2 days", {}, False),
        ("rate is 5", {}, None),
        ("rate of USD/JPY over 149.9", {}, True),
        ("rate of USD/JPY over 150", {}, False),
        ("spread under 0.02 %", {}, True),
        ("spread of pair under 0.01 %", {}, False),
        ("not (pair is EUR/USD and side is sell)", {}, True),
        ("not pair is EUR/USD or side is buy and amount over 5 EUR", {}, True),
        ("pair is GBP/USD and side is buy or side is buy", {}, True),  # and binds before or
        ("pair is GBP/USD and (side is buy or side is buy)", {}, False),
    ],
)
def test_what_a_condition_holds_for(condition: str, terms: dict[str, object], expected: bool | None) -> None:
    if expected is None:
        assert errors(f'rule r when {condition} then deny "no"')
    else:
        assert fires(condition, **terms) is expected


def test_the_furthest_leg_counts_for_days_and_amounts() -> None:
    assert fires("days ahead over 180 days", terms=swap(far_date=SIX_MONTHS, far_amount="2000000"))
    assert fires("amount at least 2,000,000 EUR", terms=swap(far_amount="2000000", far_date=ONE_MONTH))


def test_a_rule_by_the_clock_begins_and_ends_while_orders_come() -> None:
    gate = gate_with("time is between 10:30 and 11:00")
    minutes = [(10, 29), (10, 30), (10, 59), (11, 0)]
    assert [bool(found(gate, at(*moment))) for moment in minutes] == [False, True, True, False]


def test_rules_change_no_limit_and_no_reservation() -> None:
    plain, ruled = make_gate(), gate_with("side is buy", "warn")
    for gate in (plain, ruled):
        gate.reserve(make_order(), NOW)
    assert plain.utilisation() == ruled.utilisation()


def test_a_denied_order_holds_nothing() -> None:
    gate = gate_with("side is buy")
    before = gate.snapshot()
    assert not gate.reserve(make_order(), NOW).allowed
    assert gate.snapshot() == before


def test_a_plan_that_is_kept_gives_the_same_answer_as_a_new_one() -> None:
    gate = gate_with("amount over 1,000,000 EUR and side is buy")
    answers = [bool(found(gate, amount=amount)) for amount in ("1000000", "1000000.01", "1000000")]
    assert answers == [False, True, False]


def test_an_order_of_another_day_has_another_weekday() -> None:
    gate = gate_with("weekday is Monday")
    order = replace(make_order(), trade_date=MONDAY.replace(day=3))
    assert all(each.code is not ReasonCode.RULE for each in gate.check_order(order, NOW).violations)


# --- limits ----------------------------------------------------------------------------------------------------------


def reserved(gate: Gate, line_no: int = 50, **terms: object) -> Gate:
    assert gate.reserve(make_order(line_no=line_no, **terms), NOW).allowed
    return gate


def test_the_use_of_a_limit_is_what_orders_before_have_taken() -> None:
    gate = make_gate(limits({"VOLUME_DAY trader=* max": "4000000"}))
    gate.use_rules(parse_rules('rule r when use of VOLUME_DAY trader at least 27.5 % then deny "no"', "f", "USD"))
    assert found(gate) == ()
    reserved(gate, amount="1000000", limit_rate="1.1")  # 1,100,000 of 4,000,000
    assert [violation.node for violation in found(gate)] == ["rule=r"]


def test_the_use_of_a_named_limit_counts_whoever_asks() -> None:
    gate = gate_with("use of NOP_CURRENCY book=OTHER currency=EUR over 0 %")
    assert not found(gate)
    assert found(reserved(gate, book="OTHER"))


def test_an_exposure_is_an_amount_in_the_unit_of_its_limit() -> None:
    gate = gate_with("exposure of NOP_CURRENCY book currency=EUR over 1,000,000 EUR")
    reserved(gate, amount="1000000")
    assert not found(gate)
    assert found(reserved(gate, line_no=51, amount="1000"))


def test_orders_are_counted_by_the_limit_of_open_orders() -> None:
    gate = gate_with("exposure of OPEN_COUNT trader at least 2")
    assert not found(reserved(gate))
    assert found(reserved(gate, line_no=51))


@pytest.mark.parametrize("limit", ["VOLUME_DAY trader", "NOP_CURRENCY book=SALES currency=EUR"])
def test_the_use_of_a_limit_is_found_after_the_ledger_has_forgotten_what_nobody_used(limit: str) -> None:
    gate = gate_with(f"use of {limit} over 0 %")
    assert not found(gate)
    gate.roll(MONDAY.replace(day=3))
    assert not found(gate)
    assert found(reserved(gate))


def test_the_use_of_a_limit_that_nobody_set_is_not_known_and_counts_as_met() -> None:
    book = limits({"VOLUME_DAY trader=anna max": "1000000000"}, without="VOLUME_DAY trader=*")
    gate = make_gate(book)
    gate.use_rules(parse_rules('rule r when use of VOLUME_DAY trader=nobody over 99 % then deny "no"', "f", "USD"))
    assert "is not known, which counts as met: there is no limit of VOLUME_DAY" in only(found(gate)).detail


def test_the_controls_that_fill_up_are_those_that_orders_take_from() -> None:
    assert FILLING.keys() <= CONTROLS.keys()
    for code, parameter in FILLING.items():
        assert parameter in [each.name for each in CONTROLS[code].parameters]
    gate = reserved(make_gate())
    used = {each.node.partition(" ")[0] for each in gate.utilisation()}
    assert used <= FILLING.keys()


# --- what is not known -----------------------------------------------------------------------------------------------


def test_what_is_not_known_counts_as_met() -> None:
    violation = only(found(gate_with("volatility over 99 %")))
    assert violation.detail == (
        "no (volatility of pair in 1 hour is not known, which counts as met: too few rates were heard in that time)"
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("pair is GBP/USD and volatility over 99 %", False),
        ("pair is EUR/USD and volatility over 99 %", True),
        ("pair is EUR/USD or volatility over 99 %", True),
        ("pair is GBP/USD or volatility over 99 %", True),
        ("amount over 5,000,000 EUR and volatility over 99 %", False),
        ("not volatility over 99 %", True),
        ("not (volatility over 99 % or amount over 1 EUR)", False),
    ],
)
def test_what_is_not_known_decides_nothing_that_is_decided_without_it(condition: str, expected: bool) -> None:
    assert fires(condition) is expected


@pytest.mark.parametrize("figure", ["amount over 9,000,000 USD", "notional over 90,000,000 USD", "spread over 9 %"])
def test_a_figure_that_hangs_on_a_rate_is_not_known_without_one(figure: str) -> None:
    gate = gate_with(figure)
    assert not found(gate)
    gate.rates.update(parse_pair("EUR/USD"), D("NaN"), D("1.1"), NOW, "market")
    assert "is not known, which counts as met" in only(found(gate)).detail


@pytest.mark.parametrize("figure", ["rate of USD/JPY over 999", "change of USD/JPY over 99 %"])
def test_a_figure_of_another_pair_grows_stale_as_its_rate_does(figure: str) -> None:
    gate = gate_with(figure)
    assert not found(gate, NOW + 60 * 1_000_000_000)
    gate.rates.update(parse_pair("EUR/USD"), D("1.1"), D("1.1"), NOW + MINUTE_NS + 1, "market")
    assert "is not known" in only(found(gate, NOW + MINUTE_NS + 1)).detail


# --- the index -------------------------------------------------------------------------------------------------------


def met(text: str) -> tuple[int, int]:
    """How many rules a sane order meets, and how many every order does."""
    gate = make_gate()
    rules = parse_rules(text, "rules.txt", "USD")
    gate.use_rules(rules)
    book, plan = RuleBook(rules), gate._plans.plan(make_order(), NOW)
    return len(list(book.met_by(plan.outline))), len(book.met_by_all)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("pair is EUR/USD", (1, 0)),
        ("pair is GBP/USD", (0, 0)),
        ("pair is not GBP/USD", (1, 1)),
        ("pair is GBP/USD or venue is other", (0, 0)),
        ("pair is GBP/USD or spread over 5 %", (1, 1)),
        ("pair is GBP/USD and spread over 5 %", (0, 0)),
        ("amount over 5 GBP", (0, 0)),
        ("amount under 5 GBP", (1, 1)),
        ("not (pair is GBP/USD or side is sell)", (1, 1)),
        ("not (pair is not GBP/USD)", (0, 0)),
    ],
)
def test_an_order_meets_only_the_rules_of_its_own_keys(condition: str, expected: tuple[int, int]) -> None:
    assert met(f'rule r when {condition} then deny "no"') == expected


def test_of_several_keys_a_rule_is_kept_under_the_one_with_the_fewest_rules() -> None:
    text = "".join(
        f'rule r{number} when pair is EUR/USD and counterparty is C{number} then deny "no"\n' for number in range(100)
    )
    assert met(text) == (0, 0)
