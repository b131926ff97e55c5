"""Names, dates and settlement: who is blocked, how long a deal may run, and whether it can be paid."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import MONDAY, NOW, ONE_MONTH, SIX_MONTHS, at, codes, limits, make_gate, make_order, only, swap

from risk.gate.gate import OrderRequest
from risk.limits.file import parse_limits
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import parse_pair
from trader.domain.deal import Product
from trader.domain.errors import ConfigError

EUR_USD = parse_pair("EUR/USD")


def named(counterparty: str = "ACME-LDN", **terms: object) -> OrderRequest:
    order = make_order(**terms)
    return replace(order, line=replace(order.line, counterparty=counterparty))


def found(
    order: OrderRequest, changes: dict[str, str] | None = None, without: str = "", now_ns: int = NOW
) -> tuple[Violation, ...]:
    gate = make_gate(limits(changes, without))
    return gate.check_order(order, now_ns).violations


# --- TENOR_MAX --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["pair=EUR/USD", "counterparty=ACME-LDN", "trader=anna"])
def test_a_deal_may_run_exactly_as_long_as_each_of_its_names_and_no_day_longer(key: str) -> None:
    order = named(product=Product.FORWARD, value_date=SIX_MONTHS)  # 184 days after spot
    assert found(order, {f"TENOR_MAX {key} days_max": "184"}) == ()
    violation = only(found(order, {f"TENOR_MAX {key} days_max": "183"}))
    assert (violation.code, violation.node) == (ReasonCode.TENOR_MAX, key)
    assert (violation.limit, violation.asked, violation.free) == (183, 184, 183)
    assert "a value date of up to 183 days after spot would pass" in violation.sentence


def test_the_last_leg_of_a_swap_counts() -> None:
    order = make_order(swap(far_date=ONE_MONTH))
    assert codes(found(order, {"TENOR_MAX pair=* days_max": "33"})) == [ReasonCode.TENOR_MAX]
    assert found(order, {"TENOR_MAX pair=* days_max": "34"}) == ()


def test_nothing_beyond_spot_lets_spot_and_tomorrow_pass() -> None:
    spot_only = {"TENOR_MAX trader=* days_max": "0"}
    assert found(make_order(), spot_only) == ()
    assert found(make_order(product=Product.TOM, value_date=date(2026, 3, 3)), spot_only) == ()
    assert codes(found(make_order(value_date=date(2026, 3, 5)), spot_only)) == [ReasonCode.TENOR_MAX]


@pytest.mark.parametrize("dimension", ["pair", "counterparty", "trader"])
def test_a_name_without_a_tenor_limit_is_denied(dimension: str) -> None:
    violations = found(make_order(), without=f"TENOR_MAX {dimension}=")
    assert codes(violations) == [ReasonCode.LIMIT_UNDEFINED]


# --- RESTRICTED -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["counterparty=ACME-LDN", "group=ACME", "country=GB", "currency=EUR", "currency=USD", "pair=EUR/USD"]
)
def test_a_blocked_name_is_denied_wherever_the_order_meets_it(key: str) -> None:
    violation = only(found(named(), {f"RESTRICTED {key} blocked_from": "always"}))
    assert (violation.code, violation.node) == (ReasonCode.RESTRICTED, key)
    assert violation.blocks


@pytest.mark.parametrize("key", ["counterparty=ACME-NYC", "group=STREET", "country=US", "currency=JPY", "pair=USD/JPY"])
def test_another_name_on_the_list_stops_nobody_else(key: str) -> None:
    assert found(named(), {f"RESTRICTED {key} blocked_from": "always"}) == ()


def test_a_name_is_blocked_from_its_moment_on_even_for_an_order_of_a_plan_made_before() -> None:
    gate = make_gate(limits({"RESTRICTED counterparty=ACME-LDN blocked_from": "2026-03-02T10:00Z"}))
    before = at(10) - 1
    gate.rates.update(EUR_USD, Decimal("1.1"), Decimal("1.1"), before, "market")
    assert gate.check_order(named(), before).allowed
    assert codes(gate.check_order(named(), at(10)).violations) == [ReasonCode.RESTRICTED]
    assert gate.check_order(named(), before).allowed


def test_a_moment_that_cannot_be_read_blocks() -> None:
    assert codes(found(named(), {"RESTRICTED country=GB blocked_from": "soon"})) == [ReasonCode.RESTRICTED]


@pytest.mark.parametrize("value", ["2026-03-02", "2026-02-30T10:00Z", "10:00", "Always", "2026-03-02T25:00Z"])
def test_a_limits_file_says_a_moment_or_always(value: str) -> None:
    with pytest.raises(ConfigError, match="expected always, or a moment of UTC"):
        parse_limits(f"control,key,parameter,value,note\nRESTRICTED,pair=EUR/USD,blocked_from,{value},\n", "limits.csv")


# --- SETTLEMENT_INSTRUCTION -------------------------------------------------------------------------------------------


def test_both_currencies_need_an_instruction() -> None:
    rows = {"SETTLEMENT_INSTRUCTION counterparty=* currency=EUR instruction": "STANDING"}
    without = "SETTLEMENT_INSTRUCTION counterparty=* currency=* instruction"
    violation = only(found(make_order(), rows, without))
    assert (violation.code, violation.node) == (
        ReasonCode.SETTLEMENT_INSTRUCTION,
        "counterparty=simulator currency=USD",
    )


def test_both_currencies_need_a_netting_flag_that_can_be_read() -> None:
    violations = found(make_order(), without="SETTLEMENT_INSTRUCTION counterparty=* currency=* netting")
    assert codes(violations) == [ReasonCode.SETTLEMENT_INSTRUCTION] * 2
    spoiled = {"SETTLEMENT_INSTRUCTION counterparty=* currency=* netting": "maybe"}
    assert codes(found(make_order(), spoiled)) == [ReasonCode.SETTLEMENT_INSTRUCTION] * 2


def test_an_ndf_needs_to_be_paid_in_one_currency_only() -> None:
    rows = {
        "SETTLEMENT_INSTRUCTION counterparty=* currency=USD instruction": "STANDING",
        "SETTLEMENT_INSTRUCTION counterparty=* currency=USD netting": "none",
    }
    gate = make_gate(limits(rows, "SETTLEMENT_INSTRUCTION counterparty=* currency=* "), {"USD/CNY": ("7", "7")})
    terms = {"pair": "USD/CNY", "dealt": "USD", "value_date": ONE_MONTH}
    ndf = make_order(product=Product.NDF, fixing_date=date(2026, 4, 3), **terms)
    forward = make_order(product=Product.FORWARD, **terms)
    assert ReasonCode.SETTLEMENT_INSTRUCTION not in codes(gate.check_order(ndf, NOW).violations)
    told = gate.check_order(forward, NOW).violations
    assert {v.node for v in told if v.code is ReasonCode.SETTLEMENT_INSTRUCTION} == {
        "counterparty=simulator currency=CNY"
    }


@pytest.mark.parametrize(("value", "expected"), [("maybe", "none, net or pvp"), ("", "none, net or pvp")])
def test_a_limits_file_says_one_of_the_words(value: str, expected: str) -> None:
    text = f"control,key,parameter,value,note\nSETTLEMENT_INSTRUCTION,counterparty=* currency=*,netting,{value},\n"
    with pytest.raises(ConfigError, match=f"expected {expected}"):
        parse_limits(text, "limits.csv")


# --- VOLUME_DAY by counterparty ---------------------------------------------------------------------------------------


def test_the_turnover_with_a_counterparty_is_limited_as_a_venues_is() -> None:
    gate = make_gate(limits({"VOLUME_DAY counterparty=ACME-LDN max": "2204000"}))
    for line_no in (1, 2):
        assert gate.reserve(named(limit_rate="1.104", line_no=line_no), NOW).allowed
    decision = gate.reserve(named(limit_rate="1.104", line_no=3), NOW)
    assert only(decision.violations).node == f"{MONDAY} counterparty=ACME-LDN"
    assert gate.reserve(named("ACME-NYC", limit_rate="1.104", line_no=4), NOW).allowed
