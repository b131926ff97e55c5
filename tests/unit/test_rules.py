"""The desk's own rules: what the file can say, what it says when it is wrong, and what a rule does to an order."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

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

from risk.gate.gate import Gate
from risk.reasons import ReasonCode, Severity, Violation
from risk.registry import CONTROLS
from risk.rules.book import RuleBook
from risk.rules.guide import tables
from risk.rules.language import written
from risk.rules.parse import parse_rules
from risk.rules.words import FILLING
from trader.domain.currency import parse_pair
from trader.domain.errors import ConfigError

D = Decimal
MINUTE_NS = 60_000_000_000
EXAMPLE = Path(__file__).parents[2] / "examples" / "rules.txt"


def gate_with(condition: str, effect: str = "deny") -> Gate:
    gate = make_gate()
    gate.use_rules(parse_rules(f'rule r when {condition} then {effect} "no"', "rules.txt", "USD"))
    return gate


def found(gate: Gate, now_ns: int = NOW, **terms: object) -> tuple[Violation, ...]:
    said = gate.check_order(make_order(**terms), now_ns).violations
    return tuple(violation for violation in said if violation.code is ReasonCode.RULE)


def fires(condition: str, **terms: object) -> bool:
    return bool(found(gate_with(condition), **terms))


def errors(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_rules(text, "rules.txt", "USD")
    title, *each = str(raised.value).split("\n  ")
    assert title == f"rules.txt has {len(each)} error(s):"
    return each


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


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nested", ["(" * 5_000 + "{}" + ")" * 5_000, "not " * 50_000 + "{}"])
def test_a_rule_that_nests_without_end_is_refused_in_words(nested: str) -> None:
    with pytest.raises(ConfigError, match="a rule that a person can read"):
        parse_rules(f'rule r when {nested.format("pair is EUR/USD")} then deny "no"', "rules.txt", "USD")


def test_every_error_is_said_with_its_line_and_column() -> None:
    text = """\
# what the desk wants
rule first
  when pear is EUR/USD
  then deny "no"
rule second
  when pair is EUR/USD
  then shout "no"
rule first
  when amount over 5,00 EUR
  then deny "no"
"""
    said = errors(text)
    assert [line.split(":")[0] for line in said] == [
        "line 3, column 8",
        "line 7, column 8",
        "line 8, column 1",
        "line 9, column 20",
    ]
    assert said[0].startswith("line 3, column 8: 'pear' is not a key of an order; expected pair, or another of ")
    assert said[1] == "line 7, column 8: 'shout' cannot stand here; expected deny, needs or warn"
    assert said[2] == "line 8, column 1: there is a rule 'first' already; expected a name of its own"
    assert said[3].endswith("'5,00' is not a quantity; expected digits like 5000000, 5,000,000 or 0.25")


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("pair is USD/EUR", "USD/EUR is not how the market quotes it; expected EUR/USD"),
        ("pair is EUR/XXX", "'XXX' is not a currency"),
        ("side is hold", "'HOLD' is not a valid Side"),
        ("weekday is Frydag", "expected Friday, or another of Monday"),
        ("amount over 5", "the amount has no currency; expected one, like EUR"),
        ("amount over 5 eur", "'eur' is not a currency"),
        ("amount over NaN EUR", "'NaN' cannot stand here; expected a number"),
        ("amount over -5 EUR", "'-5' is not a quantity"),
        ("notional over 5 EUR", "notional is not compared in EUR; expected USD"),
        ("amount is EUR", "a figure is compared with over, under, at least or at most"),
        ("pair over 5", "a key is compared with is"),
        ("volatilty over 5 %", "expected volatility, or another of amount"),
        ("volatility over 5", "expected %"),
        ("volatility in 5 parsecs over 5 %", "5 parsecs is not a window; expected up to 7 days"),
        ("volatility in 8 days over 5 %", "8 days is not a window"),
        ("volatility in 0 minutes over 5 %", "0 minutes is not a window"),
        ("rate in 5 minutes over 5", "rate is as it is now and has no window"),
        ("volatility of venue over 5 %", "volatility of venue; expected pair, each once"),
        ("latency of venue venue over 5 ms", "latency of venue; expected trader, desk, book"),
        ("latency of venue over 5 EUR", "latency is not compared in EUR; expected ms, s, minutes, hours"),
        ("amount of trader over 5 EUR", "amount of trader; it is always the order's own"),
        ("use over 5 %", "use of nothing; expected a limit, one of NOP_CURRENCY"),
        ("use of MANDATE trader over 5 %", "use of MANDATE; expected a limit, one of NOP_CURRENCY"),
        ("use of VOLUME_DAY over 5 %", "'VOLUME_DAY' is not what its limits are kept by; expected 'VOLUME_DAY trader'"),
        ("use of VOLUME_DAY book over 5 %", "'VOLUME_DAY book' is not what its limits are kept by"),
        ("exposure of NOP_CURRENCY book currency over 5 EUR", "an amount has a currency; expected which one"),
        ("exposure of VOLUME_DAY trader over 5 EUR", "exposure is not compared in EUR; expected USD"),
        ("exposure of OPEN_COUNT trader over 5 USD", "expected a plain number"),
        ("time is between 25:00 and 26:00", "there is no span from 25:00 to 26:00"),
        ("time is between 10:00 and 10:00", "there is no span from 10:00 to 10:00"),
        ("pair is between 10:00 and 11:00", "'pair' is never between two times; expected time"),
        ('trader is ""', "'' is not a name; expected one"),
        ('trader is "*"', "'*' is not a name; expected one"),
        ("(pair is EUR/USD", "'then' cannot stand here; expected )"),
        ("pair is EUR/USD $", "'$' cannot stand here"),
        ("pair is", "'then' cannot stand here; expected"),
    ],
)
def test_a_word_that_cannot_be_is_said_with_what_would_be_right(condition: str, problem: str) -> None:
    assert problem in "\n".join(errors(f'rule r when {condition} then deny "no"'))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", "line 1, column 1: 'hello' cannot stand here; expected rule"),
        ("rule r", "line 1, column 7: the end cannot stand here; expected when"),
        ('rule r when side is buy then deny ""', "the text is empty; expected what the desk is to be told"),
        (
            "rule r when side is buy\n\n# over\n",
            "line 3, column 7: the end cannot stand here; expected and, or or then",
        ),
    ],
)
def test_what_is_no_rule_is_said(text: str, expected: str) -> None:
    assert expected in errors(text)[0]


def test_a_file_without_rules_has_none() -> None:
    assert parse_rules("# nothing yet\n\n", "rules.txt", "USD") == ()


def test_a_name_that_is_a_word_of_the_language_stands_in_quotation_marks() -> None:
    rules = parse_rules('rule r when trader is "and" and book is "my book" then deny "no"', "rules.txt", "USD")
    assert 'trader is "and" and book is "my book"' in written(rules)
    assert parse_rules(written(rules), "rules.txt", "USD") == rules


def test_the_example_rules_are_a_dozen_and_are_read_as_they_are_written() -> None:
    rules = parse_rules(EXAMPLE.read_text(encoding="utf-8"), "rules.txt", "USD")
    assert len(rules) >= 12
    assert parse_rules(written(rules), "rules.txt", "USD") == rules


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


# --- the document ----------------------------------------------------------------------------------------------------

DOCUMENT = (EXAMPLE.parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_the_document_has_the_words_that_the_code_knows() -> None:
    assert tables() in DOCUMENT, "docs/rules.md is not what the code says; put risk.rules.guide.tables() into it"


def test_the_rule_that_the_document_shows_can_be_read() -> None:
    shown = DOCUMENT.split("```")[1]
    assert [rule.name for rule in parse_rules(shown, "docs/rules.md", "USD")] == ["large-lira"]


@pytest.mark.parametrize(
    "condition", [text for text in re.findall(r"`([a-z][^`…]*)`", DOCUMENT) if re.search(r" (is|over) ", text)]
)
def test_every_condition_that_the_document_shows_can_be_read(condition: str) -> None:
    assert len(parse_rules(f'rule r when {condition} then deny "no"', "docs/rules.md", "USD")) == 1
