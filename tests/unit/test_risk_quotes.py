"""A quote at the gate: which of the market's may be taken, and on what was reserved for it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from product_cases import BLOCK, SIX_MONTH_FORWARD
from risk_cases import CURVE, NOW, SIX_MONTHS, Terms, codes, make_gate, make_order, only, swap

from risk.reasons import ReasonCode, Violation
from trader.domain.deal import OrderType, Side
from trader.domain.errors import LocalOrderError

D = Decimal


def quoted(terms: Terms, *rates: str, curve: bool = True, now_ns: int = NOW) -> tuple[Violation, ...]:
    gate, order = make_gate(), make_order(terms, order_type=OrderType.PREVIOUSLY_QUOTED)
    if curve:
        gate.points.load("market", CURVE)
    assert gate.reserve(order, NOW).allowed
    before = gate.snapshot()
    found = gate.check_quote(order.reservation_id, tuple(map(D, rates)), now_ns)
    assert gate.snapshot() == before
    return found


SIX_MONTH_SWAP = swap(far_date=SIX_MONTHS)


@pytest.mark.parametrize(
    ("terms", "rates"),
    [
        (Terms(), ("1.1001",)),
        (SIX_MONTH_FORWARD, ("1.10622",)),
        (SIX_MONTH_SWAP, ("1.1001", "1.1062")),
        (SIX_MONTH_SWAP, ("1.1051", "1.1112")),
        (replace(BLOCK, side=Side.SELL), ("1.0999", "1.1009", "1.1063")),
    ],
)
@pytest.mark.parametrize("curve", [True, False])
def test_a_quote_of_the_market_may_be_taken(terms: Terms, rates: tuple[str, ...], curve: bool) -> None:
    assert [found for found in quoted(terms, *rates, curve=curve) if found.blocks] == []


@pytest.mark.parametrize(
    ("terms", "rates", "code", "told"),
    [
        (Terms(), ("110.01",), ReasonCode.PRICE_COLLAR, "a decimal point misplaced"),
        (Terms(), ("0.011",), ReasonCode.PRICE_COLLAR, "a decimal point misplaced"),
        (Terms(), ("1.13",), ReasonCode.PRICE_COLLAR, "a quoted rate of 1.13 is worse by more than the collar"),
        (SIX_MONTH_SWAP, ("1.1001", "1.0939"), ReasonCode.FORWARD_POINTS, "have the wrong sign"),
        (SIX_MONTH_SWAP, ("1.1001", "1.1100"), ReasonCode.FORWARD_POINTS, "are too far from the curve"),
        (SIX_MONTH_SWAP, ("1.1001",), ReasonCode.PRICE_COLLAR, "1 rate(s) for 2 leg(s)"),
        (Terms(), ("NaN",), ReasonCode.PRICE_COLLAR, "the quoted rate is NaN"),
        (Terms(), ("0",), ReasonCode.PRICE_COLLAR, "the quoted rate is 0"),
        (Terms(), ("Infinity",), ReasonCode.PRICE_COLLAR, "the quoted rate is Infinity"),
    ],
)
def test_a_quote_that_cannot_be_the_markets_is_not_taken(
    terms: Terms, rates: tuple[str, ...], code: ReasonCode, told: str
) -> None:
    found = [violation for violation in quoted(terms, *rates) if violation.blocks]
    assert any(violation.code is code and told in violation.sentence for violation in found), found


def test_the_points_of_a_quoted_swap_may_be_exactly_so_far_from_the_curve_and_no_further() -> None:
    # FORWARD_POINTS swap_fraction_max is 0.001 of a spot of 1.10, and the curve has 0.00612 for six months.
    assert [found for found in quoted(SIX_MONTH_SWAP, "1.1000", "1.10722") if found.blocks] == []
    (further,) = [found for found in quoted(SIX_MONTH_SWAP, "1.1000", "1.10723") if found.blocks]
    assert (further.code, further.limit) == (ReasonCode.FORWARD_POINTS, Decimal("0.001"))


def test_without_a_curve_the_wrong_sign_of_points_inside_the_collar_cannot_be_known() -> None:
    found = quoted(SIX_MONTH_SWAP, "1.1001", "1.0939", curve=False)
    assert [(each.code, each.blocks) for each in found] == [(ReasonCode.PRICE_COLLAR, False)]


def test_a_quote_is_not_taken_on_an_old_reference() -> None:
    found = quoted(Terms(), "1.1001", now_ns=NOW + 61 * 1_000_000_000)
    assert codes(found) == [ReasonCode.REFERENCE_STALE]


def test_a_quote_of_a_market_that_has_moved_needs_a_reservation_at_its_rates() -> None:
    """The limits were reserved up to 1.122. At 1.15 a quote of the market is not what they were reserved for."""
    gate, order = make_gate(), make_order(order_type=OrderType.PREVIOUSLY_QUOTED)
    gate.reserve(order, NOW)
    gate.rates.update(order.line.deal.pair, D("1.15"), D("1.15"), NOW, "market")
    violation = only(gate.check_quote(order.reservation_id, (D("1.15"),), NOW))
    assert (violation.code, violation.limit) == (ReasonCode.PRICE_COLLAR, D("1.1220"))
    assert "the limits were not reserved for a rate of 1.15" in violation.detail


@pytest.mark.parametrize(
    ("terms", "rate", "taken"),
    [
        (Terms(side=Side.SELL, limit_rate="1.10"), "1.122", True),
        (Terms(side=Side.SELL, limit_rate="1.10"), "1.12201", False),
        (Terms(side=Side.SELL, limit_rate="1.10", dealt="USD"), "1.078", True),
        (Terms(side=Side.SELL, limit_rate="1.10", dealt="USD"), "1.07799", False),
        (Terms(limit_rate="1.10"), "1.06", True),
        (Terms(limit_rate="1.10", dealt="USD"), "1.14", True),
    ],
)
def test_a_quote_better_than_the_limit_rate_is_taken_as_far_as_its_limits_were_reserved(
    terms: Terms, rate: str, taken: bool
) -> None:
    """Who sells is given more by a better rate, so that a better rate uses more of the limits."""
    gate, order = make_gate(), make_order(terms)
    order = replace(order, line=replace(order.line, order_type=OrderType.PREVIOUSLY_QUOTED))
    assert gate.reserve(order, NOW).allowed
    used = {each.node: each.used for each in gate.utilisation()}
    assert (not gate.check_quote(order.reservation_id, (D(rate),), NOW)) is taken
    gate.fill(order.reservation_id, "F1", order.line.deal.near_leg.amount, D(rate))
    assert all(each.used <= used[each.node] for each in gate.utilisation() if "NOP_CURRENCY" in each.node) is taken


def test_a_warning_of_the_inner_band_stops_no_quote() -> None:
    assert [(found.code, found.blocks) for found in quoted(Terms(), "1.107")] == [(ReasonCode.PRICE_COLLAR, False)]


def test_a_quote_for_an_order_that_was_never_reserved_is_our_own_mistake() -> None:
    with pytest.raises(LocalOrderError, match="there is no reservation"):
        make_gate().check_quote("never", (D("1.1"),), NOW)
