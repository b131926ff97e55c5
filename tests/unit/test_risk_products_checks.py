"""What a swap, a block or an NDF may be at the gate, and the limits that one leg alone breaks."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from product_cases import BLOCK, NDF, linked
from risk_cases import (
    MONDAY,
    NOW,
    ONE_MONTH,
    SIX_MONTHS,
    SPOT_DAY,
    Terms,
    at,
    codes,
    limits,
    make_gate,
    make_order,
    only,
    swap,
)

from risk.reasons import ReasonCode, Violation
from trader.domain.deal import Product, Side

D = Decimal


def denied(terms: Terms, book: dict[str, str] | None = None) -> tuple[Violation, ...]:
    return make_gate(limits(book)).check_order(make_order(terms), NOW).violations


# --- what a deal may be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [swap(), swap("1010000"), swap(side=Side.SELL, dealt="USD"), BLOCK, NDF])
def test_every_product_that_is_sane_is_allowed(terms: Terms) -> None:
    assert denied(terms) == ()


def test_a_forward_forward_swap_is_allowed() -> None:
    assert denied(swap(value_date=ONE_MONTH, far_date=SIX_MONTHS)) == ()


@pytest.mark.parametrize(
    ("terms", "code", "told"),
    [
        (Terms(product=Product.SWAP), ReasonCode.MANDATE, "a SWAP with 1 leg(s); expected 2"),
        (Terms(product=Product.BLOCK), ReasonCode.MANDATE, "a BLOCK with 1 leg(s); expected 2 to 10"),
        (replace(BLOCK, far=BLOCK.far * 5), ReasonCode.MANDATE, "a BLOCK with 11 leg(s)"),
        (replace(swap(), product=Product.SPOT), ReasonCode.MANDATE, "a SPOT with 2 leg(s); expected 1"),
        (replace(swap(), far=((Side.BUY, "1", ONE_MONTH),)), ReasonCode.WRONG_WAY, "both legs BUY EUR"),
        (swap(far_date=SPOT_DAY), ReasonCode.VALUE_DATE, "expected a day after 2026-03-04"),
        (swap(far_date=MONDAY), ReasonCode.VALUE_DATE, "the far leg is paid on 2026-03-02"),
        (replace(BLOCK, value_date=SIX_MONTHS), ReasonCode.VALUE_DATE, "expected them in order"),
        (swap("0"), ReasonCode.ORDER_SIZE, "expected a number above zero"),
        (swap("NaN"), ReasonCode.ORDER_SIZE, "expected a number above zero"),
        (swap(limit_rate="1.1"), ReasonCode.PRICE_COLLAR, "a limit rate on a SWAP; expected none"),
        (replace(NDF, fixing_date=None), ReasonCode.VALUE_DATE, "this NDF has no fixing date"),
        (replace(NDF, fixing_date=ONE_MONTH), ReasonCode.VALUE_DATE, "before settlement on 2026-04-07"),
        (replace(NDF, fixing_date=date(2026, 3, 1)), ReasonCode.VALUE_DATE, "a day from 2026-03-02 on"),
        (Terms(fixing_date=ONE_MONTH), ReasonCode.VALUE_DATE, "this SPOT has a fixing date, 2026-04-07; expected none"),
    ],
)
def test_a_deal_that_its_product_cannot_be_is_denied(terms: Terms, code: ReasonCode, told: str) -> None:
    violation = only(denied(terms))
    assert violation.code is code
    assert told in violation.detail


# --- one leg breaks a limit -------------------------------------------------------------------------------------------


def test_each_leg_has_its_own_tenors_order_notional() -> None:
    six_months = {"ORDER_NOTIONAL pair=* tenor=6M trader=* venue=* max": "1100000"}
    violation = only(denied(swap(far_date=SIX_MONTHS), six_months))
    assert violation.node == "pair=EUR/USD tenor=6M trader=anna venue=simulator"
    assert "the leg of 2026-09-04 is too large" in violation.detail
    assert denied(swap(far_date=ONE_MONTH), six_months) == ()


def test_a_row_for_a_product_stands_in_for_the_one_without_and_counts_for_its_linked_orders_too() -> None:
    book = {
        "ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1000",
        "ORDER_NOTIONAL product=SWAP pair=* tenor=* trader=* venue=* max": "2000000",
    }
    assert denied(swap(), book) == ()
    assert codes(denied(Terms(), book)) == [ReasonCode.ORDER_NOTIONAL]
    gate = make_gate(limits(book))
    assert all(gate.check_order(each, NOW).allowed for each in linked(swap()))


def test_each_leg_has_the_size_the_venue_deals_in() -> None:
    assert codes(denied(swap("999.99"))) == [ReasonCode.ORDER_SIZE]
    assert only(denied(swap("1000000.001"))).asked == D("1000000.001")


def test_each_leg_needs_a_mandate_of_its_side_and_tenor_for_the_lines_product() -> None:
    everything = "MANDATE trader=* desk=* product=* pair=* side=* tenor=* venue=* allow"
    rows = {
        f"MANDATE trader=* desk=* product=SWAP pair=* side={side} tenor={tenor} venue=* allow": "00:00-24:00"
        for side, tenor in (("BUY", "SPOT"), ("SELL", "3M"))
    }
    gate = make_gate(limits(rows, without=everything))
    assert gate.check_order(make_order(swap(far_date=date(2026, 5, 5))), NOW).allowed
    found = gate.check_order(make_order(swap(side=Side.SELL, far_date=date(2026, 5, 5))), NOW).violations
    assert codes(found) == [ReasonCode.MANDATE] * 2
    assert all(gate.check_order(each, NOW).allowed for each in linked(swap(far_date=date(2026, 5, 5))))
    spot = gate.check_order(make_order(), NOW)
    assert codes(spot.violations) == [ReasonCode.MANDATE]


def test_each_leg_is_paid_on_a_good_day_and_before_the_cut_off_of_today() -> None:
    sunday = only(denied(swap(far_date=date(2026, 4, 5))))
    assert "2026-04-05" in sunday.detail
    late = make_gate().check_order(make_order(swap(value_date=MONDAY)), at(16)).violations
    assert any("EUR cannot be paid today any more" in violation.detail for violation in late)
    assert make_gate().check_order(make_order(swap(value_date=MONDAY)), NOW).allowed


# --- the size that would pass -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        "SETTLEMENT_DAY group=* max",
        "VOLUME_DAY desk=* max",
        "NOP_CURRENCY book=* currency=EUR max",
        "NOP_CURRENCY book=* currency=USD max",
        "ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max",
    ],
)
@pytest.mark.parametrize("terms", [swap("1333333.33"), BLOCK])
def test_the_near_amount_that_a_denial_names_passes_with_the_other_legs_in_proportion(terms: Terms, rule: str) -> None:
    book = {rule: "12345.67"}
    near = min(violation.passes for violation in denied(terms, book) if violation.passes is not None)
    share = near / D(terms.amount)
    legs = tuple((side, str((D(qty) * share).quantize(D("0.01"), "ROUND_DOWN")), paid) for side, qty, paid in terms.far)
    any_size = {"ORDER_SIZE venue=* pair=* currency=* min": "0"}
    assert near > 0
    assert denied(replace(terms, amount=str(near), far=legs), book | any_size) == ()
