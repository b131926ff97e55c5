"""Swaps, blocks, NDFs and quotes at the gate. EUR/USD is 1.10, USD/JPY 150, GBP/USD 1.30 at the middle."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import (
    CURVE,
    MONDAY,
    NOW,
    ONE_MONTH,
    SIX_MONTHS,
    SPOT_DAY,
    Pillar,
    Terms,
    at,
    codes,
    limits,
    make_batch,
    make_gate,
    make_order,
    only,
    swap,
)

from risk.gate.gate import Gate, OrderRequest
from risk.reasons import ReasonCode, Violation
from trader.domain.deal import OrderType, Product, Side
from trader.domain.errors import LocalOrderError
from trader.domain.events import LegTraded

D = Decimal
EUR_LONG, EUR_SHORT = "NOP_CURRENCY book=SALES currency=EUR long", "NOP_CURRENCY book=SALES currency=EUR short"
USD_LONG, USD_SHORT = "NOP_CURRENCY book=SALES currency=USD long", "NOP_CURRENCY book=SALES currency=USD short"
BLOCK = Terms(
    product=Product.BLOCK,
    side=Side.SELL,
    far=((Side.SELL, "500000", ONE_MONTH), (Side.BUY, "250000", SIX_MONTHS)),
)
NDF = Terms(product=Product.NDF, value_date=ONE_MONTH, fixing_date=date(2026, 4, 1))


# The controls whose nodes these tests follow.
FILLING = ("NOP_CURRENCY", "SETTLEMENT_DAY", "VOLUME_DAY")


def used(gate: Gate) -> dict[str, tuple[str, str]]:
    """What pends on each node and what is posted to it, where there is either."""
    return {
        node.node: (f"{node.pending.normalize():f}", f"{node.posted.normalize():f}")
        for node in gate.utilisation()
        if node.used and node.node.startswith(FILLING)
    }


def day(value_date: date) -> str:
    return f"SETTLEMENT_DAY group=STREET date={value_date}"


def denied(terms: Terms, book: dict[str, str] | None = None) -> tuple[Violation, ...]:
    return make_gate(limits(book)).check_order(make_order(terms), NOW).violations


def far(side: Side, qty: str, px: str, contra: str | None = None) -> LegTraded:
    return LegTraded(side, D(qty), D(px), contra_qty=None if contra is None else D(contra))


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


# --- what is held and posted ------------------------------------------------------------------------------------------


def test_an_even_swap_holds_no_position_but_the_width_of_the_collars_and_a_day_for_each_leg() -> None:
    """2 % of 1.1 million either way on both legs. The day of the far leg receives dollars, at most 1.122 million."""
    gate = make_gate()
    assert gate.reserve(make_order(swap()), NOW).allowed
    assert used(gate) == {
        USD_LONG: ("44000", "0"),
        USD_SHORT: ("44000", "0"),
        day(SPOT_DAY): ("1100000", "0"),
        day(ONE_MONTH): ("1122000", "0"),
        "VOLUME_DAY 2026-03-02 counterparty=simulator": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 desk=treasury": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 pair=EUR/USD": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 trader=anna": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 venue=simulator": ("1111000", "0"),
    }


def test_a_filled_even_swap_leaves_its_points_in_the_position_and_counts_once_in_the_turnover() -> None:
    """Paid USD 1,100,000 and gets 1,101,000 back, for the same EUR 1,000,000."""
    gate, order = make_gate(), make_order(swap())
    gate.reserve(order, NOW)
    assert (
        gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None, (far(Side.SELL, "1000000", "1.101"),)) == ()
    )
    assert used(gate) == {
        USD_LONG: ("0", "1000"),
        USD_SHORT: ("0", "-1000"),
        day(SPOT_DAY): ("0", "1100000"),
        day(ONE_MONTH): ("0", "1101000"),
        "VOLUME_DAY 2026-03-02 counterparty=simulator": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 desk=treasury": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 pair=EUR/USD": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 trader=anna": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 venue=simulator": ("0", "1100500"),
    }


def test_an_uneven_swap_holds_what_the_legs_do_not_set_off() -> None:
    gate = make_gate()
    gate.reserve(make_order(swap("1250000")), NOW)
    held = used(gate)
    assert held[EUR_SHORT] == ("250000", "0")
    assert EUR_LONG not in held
    assert held["VOLUME_DAY 2026-03-02 desk=treasury"] == ("1388750", "0")


def test_a_block_holds_its_net_position_every_day_and_every_leg_of_its_turnover() -> None:
    """Sells 1,000,000 and 500,000 and buys 250,000: short 1,250,000."""
    gate, order = make_gate(), make_order(BLOCK)
    gate.reserve(order, NOW)
    held = used(gate)
    assert held[EUR_SHORT] == ("1250000", "0")
    assert (held[day(SPOT_DAY)], held[day(ONE_MONTH)], held[day(SIX_MONTHS)]) == (
        ("1122000", "0"),
        ("561000", "0"),
        ("275000", "0"),
    )
    assert held["VOLUME_DAY 2026-03-02 desk=treasury"] == ("1944250", "0")
    legs = (far(Side.SELL, "500000", "1.102"), far(Side.BUY, "250000", "1.106"))
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None, legs)
    posted = used(gate)
    assert (posted[EUR_SHORT], posted[EUR_LONG]) == (("0", "1250000"), ("0", "-1250000"))
    assert posted[USD_LONG] == ("0", "1374500")


def test_two_legs_of_a_block_on_one_day_add_up_on_it() -> None:
    gate = make_gate()
    gate.reserve(make_order(replace(BLOCK, side=Side.BUY, far=((Side.BUY, "500000", SPOT_DAY),))), NOW)
    assert used(gate)[day(SPOT_DAY)] == ("1650000", "0")


def test_a_part_of_a_swap_leaves_its_part_of_everything_held() -> None:
    gate, order = make_gate(), make_order(swap())
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(250000), D("1.1"), None, (far(Side.SELL, "250000", "1.101"),))
    assert used(gate)[day(ONE_MONTH)] == ("841500", "275250")
    assert used(gate)[USD_SHORT] == ("33000", "-250")
    gate.release(order.reservation_id)
    assert used(gate)[day(ONE_MONTH)] == ("0", "275250")


def test_a_bust_takes_every_leg_back() -> None:
    gate, order = make_gate(), make_order(BLOCK)
    gate.reserve(order, NOW)
    before = used(gate)
    legs = (far(Side.SELL, "500000", "1.102", "551000.01"), far(Side.BUY, "250000", "1.106"))
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), D("1100000.01"), legs)
    assert used(gate)[USD_LONG] == ("0", "1374500.02")
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert used(gate) == before


def test_a_leg_that_the_venue_says_nothing_about_is_booked_in_proportion_at_the_near_rate() -> None:
    gate, order = make_gate(), make_order(swap("1500000"))
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(500000), D("1.1"))
    assert used(gate)[EUR_SHORT] == ("250000", "250000")
    assert used(gate)[USD_LONG][1] == "275000"


def test_a_leg_filled_outside_its_collar_is_told() -> None:
    gate, order = make_gate(), make_order(swap())
    gate.reserve(order, NOW)
    told = gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None, (far(Side.SELL, "1000000", "1.2"),))
    notice = only(told)
    assert (notice.code, notice.blocks, notice.asked) == (ReasonCode.PRICE_COLLAR, False, D("1.2"))


def test_a_batch_counts_a_swap_once_and_every_leg_of_a_block() -> None:
    book = limits({"BATCH_GROSS desk=* max": "1100000"})
    assert make_gate(book).check_batch(make_batch(swap()), NOW) == ()
    assert codes(make_gate(book).check_batch(make_batch(swap("1000000.01")), NOW)) == [ReasonCode.BATCH_GROSS]
    assert only(make_gate(book).check_batch(make_batch(BLOCK), NOW)).asked == D("1925000")


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


# --- linked orders ----------------------------------------------------------------------------------------------------


def linked(terms: Terms) -> list[OrderRequest]:
    """The orders of a line at a venue that takes one order a leg."""
    order = make_order(terms)
    name = order.reservation_id
    return [
        replace(order, deal=deal, reservation_id=f"{name[:-4]}0{child}01")
        for child, deal in enumerate(order.line.deal.outrights(), start=1)
    ]


def test_linked_orders_are_reserved_each_as_an_outright_of_its_own() -> None:
    gate = make_gate()
    near, far_leg = linked(swap())
    assert gate.reserve(near, NOW).allowed
    assert used(gate)[EUR_LONG] == ("1000000", "0")
    assert gate.reserve(far_leg, NOW).allowed
    held = used(gate)
    assert (held[EUR_LONG], held[EUR_SHORT]) == (("1000000", "0"), ("1000000", "0"))
    assert (held[day(SPOT_DAY)], held[day(ONE_MONTH)]) == (("1100000", "0"), ("1122000", "0"))
    assert held["VOLUME_DAY 2026-03-02 desk=treasury"] == ("2222000", "0")
    gate.fill(far_leg.reservation_id, "E1", D(1000000), D("1.101"))
    assert used(gate)[EUR_SHORT] == ("0", "1000000")


# --- settlement -------------------------------------------------------------------------------------------------------


def test_settlement_day_adds_up_gross_what_is_received_on_a_value_date() -> None:
    """Buy EUR 10m paying USD 11m, and buy USD 4m paying GBP 3m: USD 15m. Payment versus payment is not known here."""
    gate = make_gate()
    for line_no, terms in enumerate(
        (
            Terms(amount="10000000", limit_rate="1.1"),
            Terms(pair="GBP/USD", dealt="USD", amount="4000000", limit_rate="1.3"),
        ),
        start=1,
    ):
        assert gate.reserve(make_order(terms, line_no=line_no), NOW).allowed
    assert used(gate)[day(SPOT_DAY)] == ("15000000", "0")


def test_an_ndf_is_a_whole_position_and_settles_the_difference_only() -> None:
    """A tenth of the notional, which is the mean of 1.1 million and the worst 1.122 million."""
    gate, order = make_gate(), make_order(NDF)
    gate.reserve(order, NOW)
    held = used(gate)
    assert held[day(ONE_MONTH)] == ("111100", "0")
    assert held[EUR_LONG] == ("1000000", "0")
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"))
    assert used(gate)[day(ONE_MONTH)] == ("0", "110000")


def test_an_ndf_of_a_pair_without_a_largest_move_is_denied_and_what_is_delivered_is_not() -> None:
    gate = make_gate(limits(without="SETTLEMENT_DAY pair="))
    violation = only(gate.check_order(make_order(NDF), NOW).violations)
    assert (violation.code, violation.node) == (ReasonCode.LIMIT_UNDEFINED, "pair=EUR/USD")
    assert gate.check_order(make_order(swap()), NOW).allowed


# --- quotes -----------------------------------------------------------------------------------------------------------


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
SIX_MONTH_FORWARD = Terms(product=Product.FORWARD, value_date=SIX_MONTHS)


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


# --- forwards with a curve --------------------------------------------------------------------------------------------


def test_with_a_curve_the_collar_is_around_the_outright() -> None:
    gate = make_gate(limits({"PRICE_COLLAR pair=* hour=* tenor=6M collar_fraction_max": "0.001"} | SIX_MONTH_COLLAR))
    order = make_order(SIX_MONTH_FORWARD, limit_rate="1.1065")
    assert codes(gate.check_order(order, NOW).violations) == [ReasonCode.PRICE_COLLAR]
    gate.points.load("market", CURVE)
    assert gate.check_order(order, NOW).violations == ()


SIX_MONTH_COLLAR = {
    "PRICE_COLLAR pair=* hour=* tenor=6M inner_fraction_max": "0.001",
    "PRICE_COLLAR pair=* hour=* tenor=6M band_fraction_max": "0.001",
}


def test_where_a_points_file_is_configured_nothing_is_dealt_beyond_spot_without_points() -> None:
    gate = make_gate()
    gate.points.load("market", [Pillar("1M", "0.001", symbol="GBP/USD")])
    violation = only(gate.check_order(make_order(SIX_MONTH_FORWARD), NOW).violations)
    assert violation.code is ReasonCode.FORWARD_POINTS
    assert "market has no forward points of the pair" in violation.detail
    assert gate.check_order(make_order(), NOW).allowed


def test_a_curve_that_makes_no_outright_is_a_bad_reference() -> None:
    gate = make_gate()
    gate.points.load("market", [Pillar("6M", "-1.2")])
    violations = gate.check_order(make_order(SIX_MONTH_FORWARD), NOW).violations
    assert codes(violations) == [ReasonCode.REFERENCE_BAD]
    assert "an outright of -0.1" in violations[0].detail


def test_the_points_are_part_of_the_state() -> None:
    one, other = make_gate(), make_gate()
    one.points.load("market", CURVE)
    assert one.snapshot() != other.snapshot()
    other.points.load("market", reversed(CURVE))
    assert one.snapshot() == other.snapshot()
