"""One order at the gate: what each check compares, and that it denies where it cannot know."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import BATCH, MONDAY, NOW, USD, at, check, codes, limits, make_gate, make_order, only

from risk.gate.gate import Gate
from risk.reasons import ReasonCode, Severity
from trader.domain.calendars import Calendars
from trader.domain.currency import parse_pair
from trader.domain.deal import Leg, Product, Side
from trader.domain.ids import cl_ord_id

D = Decimal
TODAY = {"product": Product.TOD, "value_date": MONDAY}


# --- fail closed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "control", ["REFERENCE_STALE", "ORDER_NOTIONAL", "ORDER_SIZE", "PRICE_COLLAR", "NOP_CURRENCY", "VOLUME_DAY"]
)
def test_without_its_row_every_limit_denies(control: str) -> None:
    violations = check(without=control)
    assert set(codes(violations)) == {ReasonCode.LIMIT_UNDEFINED}
    assert all(violation.blocks and control in violation.detail for violation in violations)


@pytest.mark.parametrize("figure", ["ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max", "VOLUME_DAY desk=* max"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "lots"])
def test_a_limit_that_is_no_number_is_no_limit(figure: str, value: str) -> None:
    assert codes(check({figure: value})) == [ReasonCode.LIMIT_UNDEFINED]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "0", "-1000"])
def test_an_amount_that_cannot_be_is_denied(amount: str) -> None:
    assert codes(check(amount=amount)) == [ReasonCode.ORDER_SIZE]


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "0", "-1.1"])
def test_a_limit_rate_that_cannot_be_is_denied(rate: str) -> None:
    assert codes(check(limit_rate=rate)) == [ReasonCode.PRICE_COLLAR]


def test_a_pair_without_any_rate_is_denied() -> None:
    gate = make_gate(rates={"USD/JPY": ("149.99", "150.01")})
    assert codes(gate.check_order(make_order(), NOW).violations) == [ReasonCode.REFERENCE_BAD]


def test_a_limit_order_too_needs_a_reference() -> None:
    gate = make_gate(rates={})
    decision = gate.check_order(make_order(limit_rate="1.1"), NOW)
    assert not decision.allowed
    assert set(codes(decision.violations)) == {ReasonCode.REFERENCE_BAD}


def test_a_deal_of_two_legs_is_denied() -> None:
    order = make_order()
    far = Leg(Side.SELL, D(1000000), date(2026, 4, 7), "1M")
    two_legs = replace(order, line=replace(order.line, deal=replace(order.line.deal, far_legs=(far,))))
    assert codes(make_gate().check_order(two_legs, NOW).violations) == [ReasonCode.MANDATE]


def test_a_currency_without_a_calendar_is_denied() -> None:
    gate = Gate(limits(), Calendars({"USD": ()}, 2025, 2027), USD)
    gate.rates.update(parse_pair("EUR/USD"), D("1.1"), D("1.1"), NOW, "market")
    violation = only(gate.check_order(make_order(), NOW).violations)
    assert violation.code is ReasonCode.VALUE_DATE
    assert "EUR has no holiday calendar" in violation.detail


# --- size and price ---------------------------------------------------------------------------------------------------


def test_the_notional_is_the_mean_of_both_sides() -> None:
    violation = only(
        check({"ORDER_NOTIONAL pair=EUR/USD tenor=SPOT trader=anna venue=simulator max": "1000000"}, limit_rate="1.104")
    )
    assert (violation.asked, violation.limit, violation.used) == (D("1102000"), D(1000000), D(0))


@pytest.mark.parametrize(("dealt", "amount"), [("EUR", "30000000"), ("USD", "33000001.37")])
def test_the_size_that_would_pass_does_pass_and_is_nearly_the_limit(dealt: str, amount: str) -> None:
    violation = only(v for v in check(dealt=dealt, amount=amount) if v.code is ReasonCode.ORDER_NOTIONAL)
    assert violation.passes is not None
    assert check(dealt=dealt, amount=str(violation.passes)) == []
    assert codes(check(dealt=dealt, amount=str(violation.passes + 1))) == [ReasonCode.ORDER_NOTIONAL]


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"amount": "999"}, "below the smallest"),
        ({"amount": "2001000"}, "above the largest"),
        ({"amount": "1500500"}, "no multiple of the lot"),
    ],
)
def test_a_size_that_the_venue_does_not_deal_in(terms: dict[str, str], problem: str) -> None:
    figures = {
        "ORDER_SIZE venue=* pair=* currency=EUR max": "2000000",
        "ORDER_SIZE venue=* pair=* currency=* lot": "1000",
    }
    violation = only(check(figures, **terms))
    assert violation.code is ReasonCode.ORDER_SIZE
    assert problem in violation.detail


def test_half_a_yen_is_no_amount() -> None:
    violation = only(check(pair="USD/JPY", dealt="JPY", amount="1000000.5"))
    assert "no multiple of the minor unit, 1" in violation.detail
    assert check(pair="USD/JPY", dealt="JPY", amount="1000000") == []


@pytest.mark.parametrize(
    ("side", "rate", "severity"),
    [
        (Side.BUY, "1.1055", None),
        (Side.BUY, "1.1056", Severity.NOTIFIES),
        (Side.BUY, "1.1220", Severity.NOTIFIES),
        (Side.BUY, "1.1221", Severity.BLOCKS),
        (Side.BUY, "1.0450", None),
        (Side.BUY, "1.0449", Severity.BLOCKS),
        (Side.SELL, "1.0945", None),
        (Side.SELL, "1.0944", Severity.NOTIFIES),
        (Side.SELL, "1.0780", Severity.NOTIFIES),
        (Side.SELL, "1.0779", Severity.BLOCKS),
        (Side.SELL, "1.1550", None),
        (Side.SELL, "1.1551", Severity.BLOCKS),
    ],
)
def test_a_limit_rate_is_compared_with_the_reference_of_1_10_on_the_desks_side(
    side: Side, rate: str, severity: Severity | None
) -> None:
    found = check(side=side, limit_rate=rate)
    assert [violation.severity for violation in found] == ([] if severity is None else [severity])
    assert set(codes(found)) <= {ReasonCode.PRICE_COLLAR}


def test_selling_the_terms_is_buying_the_base() -> None:
    high, low = "1.1221", "1.0779"
    terms = {"dealt": "USD", "amount": "1100000", "side": Side.SELL}
    assert codes(check(**terms, limit_rate=high)) == [ReasonCode.PRICE_COLLAR]
    assert check(**terms, limit_rate=low) == []


def test_a_warning_alone_does_not_block() -> None:
    decision = make_gate().check_order(make_order(limit_rate="1.11"), NOW)
    assert decision.allowed
    assert only(decision.violations).severity is Severity.NOTIFIES


def test_the_collar_depends_on_the_tenor() -> None:
    wide = {
        f"PRICE_COLLAR pair=* hour=* tenor=3M {name}": "0.05" for name in ("inner_fraction_max", "collar_fraction_max")
    }
    forward = {"product": Product.FORWARD, "limit_rate": "1.14"}
    assert check(wide, **forward, value_date=date(2026, 6, 3)) == []
    assert codes(check(wide, **forward, value_date=date(2026, 4, 2))) == [ReasonCode.PRICE_COLLAR]


# --- who, when, which way ---------------------------------------------------------------------------------------------


MANDATE = "MANDATE trader=anna desk=treasury product=SPOT pair=EUR/USD side=BUY tenor=SPOT venue=simulator allow"


@pytest.mark.parametrize(
    ("hours", "hour", "minute", "allowed"),
    [
        ("08:00-18:00", 8, 0, True),
        ("08:00-18:00", 17, 59, True),
        ("08:00-18:00", 18, 0, False),
        ("08:00-18:00", 7, 59, False),
        ("22:00-06:00", 23, 0, True),
        ("22:00-06:00", 5, 59, True),
        ("22:00-06:00", 12, 0, False),
        ("00:00-24:00", 0, 0, True),
    ],
)
def test_a_mandate_holds_in_its_hours(hours: str, hour: int, minute: int, allowed: bool) -> None:
    found = check({MANDATE: hours}, without="MANDATE trader=*", now_ns=at(hour, minute))
    assert codes(found) == ([] if allowed else [ReasonCode.MANDATE])


@pytest.mark.parametrize(
    "terms", [{"side": Side.SELL}, {"dealt": "USD"}, {"product": Product.FORWARD}, {"pair": "EUR/GBP"}]
)
def test_a_mandate_allows_what_it_names_and_nothing_else(terms: dict[str, object]) -> None:
    assert ReasonCode.MANDATE in codes(check({MANDATE: "00:00-24:00"}, without="MANDATE trader=*", **terms))


@pytest.mark.parametrize(
    ("value_date", "why"), [(date(2026, 3, 17), "USD"), (date(2026, 3, 20), "JPY"), (date(2026, 3, 8), "weekend")]
)
def test_a_day_on_which_it_cannot_be_paid(value_date: date, why: str) -> None:
    violation = only(check(pair="USD/JPY", dealt="USD", value_date=value_date, product=Product.FORWARD))
    assert violation.code is ReasonCode.VALUE_DATE
    assert why in violation.detail


@pytest.mark.parametrize(("hour", "minute", "late"), [(13, 59, []), (14, 0, ["EUR"]), (22, 0, ["EUR", "USD"])])
def test_a_deal_of_today_is_made_before_both_cut_offs(hour: int, minute: int, late: list[str]) -> None:
    found = check(**TODAY, now_ns=at(hour, minute))
    assert sorted(violation.node for violation in found) == [f"currency={currency}" for currency in late]
    assert set(codes(found)) <= {ReasonCode.VALUE_DATE}


def test_a_deal_of_today_needs_a_cut_off_for_each_currency() -> None:
    assert codes(check(without="VALUE_DATE currency=USD", **TODAY)) == [ReasonCode.LIMIT_UNDEFINED]
    assert check(without="VALUE_DATE currency=USD") == []


# --- duplicates -------------------------------------------------------------------------------------------------------


def test_the_second_order_of_the_same_line_is_no_duplicate_and_the_same_row_of_another_batch_is() -> None:
    gate, first = make_gate(), make_order()
    gate.remember_line(first)
    second = replace(first, reservation_id=cl_ord_id(BATCH, 1, child=2))
    other = make_order(batch="0000000000")
    assert gate.check_order(second, NOW).allowed
    assert codes(gate.check_order(other, NOW).violations) == [ReasonCode.LINE_DUPLICATE]


def test_the_same_row_id_on_another_day_is_another_row() -> None:
    gate = make_gate()
    gate.remember_line(make_order())
    tomorrow = replace(make_order(batch="0000000000", value_date=date(2026, 3, 5)), trade_date=date(2026, 3, 3))
    assert gate.check_order(tomorrow, NOW).violations == ()
