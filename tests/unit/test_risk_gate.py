"""One order at the gate: what each check compares, what a denial says, and what is held."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import (
    BATCH,
    MONDAY,
    NOW,
    RATES,
    USD,
    at,
    codes,
    limits,
    make_gate,
    make_order,
    only,
)

from risk.gate.gate import Gate
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.calendars import Calendars
from trader.domain.currency import parse_pair
from trader.domain.deal import Leg, Product, Side
from trader.domain.errors import LocalOrderError
from trader.domain.ids import cl_ord_id
from trader.domain.money import round_rate

D = Decimal
TODAY = {"product": Product.TOD, "value_date": MONDAY}


def check(
    changes: dict[str, str] | None = None, without: str = "", now_ns: int = NOW, **terms: object
) -> list[Violation]:
    gate = make_gate(limits(changes, without))
    for pair, (bid, offer) in RATES.items():
        gate.rates.update(parse_pair(pair), D(bid), D(offer), now_ns, "market")
    return list(gate.check_order(make_order(**terms), now_ns).violations)


# The controls whose nodes these tests follow.
FILLING = ("NOP_CURRENCY", "SETTLEMENT_DAY", "VOLUME_DAY")


def used(gate: Gate) -> dict[str, tuple[str, str]]:
    return {
        u.node: (f"{u.pending.normalize():f}", f"{u.posted.normalize():f}")
        for u in gate.utilisation()
        if (u.pending or u.posted) and u.node.startswith(FILLING)
    }


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


# --- the answer -------------------------------------------------------------------------------------------------------


def test_every_check_runs_and_the_worst_comes_first() -> None:
    found = check(
        {"VOLUME_DAY desk=* max": "20000000", NOP: "29000000"},
        without="MANDATE",
        amount="30000000",
        limit_rate="1.11",
        value_date=date(2026, 3, 7),
    )
    assert codes(found) == [
        ReasonCode.MANDATE,
        ReasonCode.VALUE_DATE,
        ReasonCode.VOLUME_DAY,
        ReasonCode.ORDER_NOTIONAL,
        ReasonCode.NOP_CURRENCY,
        ReasonCode.PRICE_COLLAR,
    ]


NOP = "NOP_CURRENCY book=* currency=EUR max"


def test_a_denial_is_one_sentence_with_every_number() -> None:
    gate = make_gate(limits({NOP: "1500000"}))
    assert gate.reserve(make_order(), NOW).allowed
    violation = only(gate.reserve(make_order(line_no=2), NOW).violations)
    assert violation.sentence == (
        "NOP_CURRENCY at book=SALES currency=EUR long: the limit has no room for the order; limit 1,500,000, "
        "used 1,000,000, asked 1,000,000, free 500,000; a size of up to 500,000 would pass."
    )


@pytest.mark.parametrize(
    ("terms", "ending"),
    [
        (
            {"amount": "999"},
            "the amount is below the smallest, 1,000; limit 1,000, asked 999; sizes from 1,000 would pass.",
        ),
        ({"limit_rate": "1.13"}, "a limit rate from 1.04500 to 1.12200 would pass."),
        ({"limit_rate": "1.01"}, "a limit rate from 1.04500 to 1.12200 would pass."),
        ({"limit_rate": "1.05", "side": Side.SELL}, "a limit rate from 1.07800 to 1.15500 would pass."),
        ({"value_date": date(2026, 3, 7)}, "expected a business day of the pair."),
    ],
)
def test_a_denial_says_what_would_pass_where_it_is_not_a_smaller_size(terms: dict[str, object], ending: str) -> None:
    violation = only(check(**terms))
    assert violation.sentence.endswith(ending)
    assert "size would pass" not in violation.sentence


@pytest.mark.parametrize("rate", ["1.04500", "1.12200"])
def test_the_rates_that_would_pass_do_pass(rate: str) -> None:
    assert not any(violation.blocks for violation in check(limit_rate=rate))


def test_a_duplicate_says_how_to_trade_it_all_the_same() -> None:
    gate = make_gate()
    gate.remember_line(make_order())
    violation = only(gate.check_order(make_order(batch="0000000000"), NOW).violations)
    assert violation.sentence.endswith("; a new row_id makes it a new trade.")


def test_checking_changes_nothing() -> None:
    gate = make_gate()
    before = gate.snapshot()
    gate.check_order(make_order(), NOW)
    gate.check_order(make_order(amount="999999999"), NOW)
    assert gate.snapshot() == before


def test_a_denied_order_holds_nothing() -> None:
    gate = make_gate(limits({"VOLUME_DAY venue=* max": "1"}))
    assert not gate.reserve(make_order(), NOW).allowed
    assert used(gate) == {}


def test_a_reservation_id_is_never_used_twice() -> None:
    gate = make_gate()
    gate.reserve(make_order(), NOW)
    with pytest.raises(LocalOrderError, match="never used twice"):
        gate.reserve(make_order(), NOW)


# --- what is held -----------------------------------------------------------------------------------------------------


def test_a_market_order_is_reserved_at_the_edge_of_the_collar_where_it_uses_most() -> None:
    gate = make_gate()
    gate.reserve(make_order(), NOW)
    gate.reserve(make_order(line_no=2, side=Side.SELL, dealt="USD", amount="1078000", book="HEDGE"), NOW)
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("1122000", "0")
    assert used(gate)["NOP_CURRENCY book=HEDGE currency=EUR long"] == ("1000000", "0")


def test_a_limit_order_is_reserved_at_its_limit() -> None:
    gate = make_gate()
    gate.reserve(make_order(limit_rate="1.104"), NOW)
    assert used(gate) == {
        "NOP_CURRENCY book=SALES currency=EUR long": ("1000000", "0"),
        "NOP_CURRENCY book=SALES currency=USD short": ("1104000", "0"),
        "SETTLEMENT_DAY group=STREET date=2026-03-04": ("1100000", "0"),
        "VOLUME_DAY 2026-03-02 counterparty=simulator": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 desk=treasury": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 pair=EUR/USD": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 trader=anna": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 venue=simulator": ("1102000", "0"),
    }


@pytest.mark.parametrize(
    ("terms", "contra"),
    [
        ({"side": Side.SELL, "limit_rate": "1.0800"}, "1122000"),
        ({"side": Side.SELL, "limit_rate": "1.1400"}, "1140000"),
        ({"side": Side.BUY, "limit_rate": "1.0800"}, "1080000"),
        ({"side": Side.SELL, "dealt": "USD", "amount": "1078000", "limit_rate": "1.1"}, "1000000"),
        ({"side": Side.SELL, "dealt": "USD", "amount": "1078000", "limit_rate": "1.05"}, "1026666.67"),
        ({"side": Side.BUY, "dealt": "USD", "amount": "1100000", "limit_rate": "1.1"}, "1000000"),
    ],
)
def test_a_limit_that_is_only_the_least_received_is_reserved_at_the_most_that_may_be(
    terms: dict[str, object], contra: str
) -> None:
    gate, order = make_gate(), make_order(**terms)
    assert gate.reserve(order, NOW).allowed
    currency = order.order_deal.contra_currency
    side = "long" if order.order_deal.near_leg.side is Side.SELL else "short"
    assert used(gate)[f"NOP_CURRENCY book=SALES currency={currency} {side}"] == (contra, "0")


def test_the_net_open_position_counts_working_orders_on_their_own_side_only() -> None:
    """Bought 30, sold 10, buying 25, selling 40: the position can become 45 long or 20 short, so 45 is used."""
    gate = make_gate(limits({NOP: "45000"}))
    for line_no, (side, filled, amount) in enumerate(
        [
            (Side.BUY, True, "30000"),
            (Side.SELL, True, "10000"),
            (Side.BUY, False, "25000"),
            (Side.SELL, False, "40000"),
        ],
        1,
    ):
        order = make_order(line_no=line_no, side=side, amount=amount)
        assert gate.reserve(order, NOW).allowed
        if filled:
            gate.fill(order.reservation_id, "E1", D(amount), D("1.1"))
    nodes = {u.node: u.used for u in gate.utilisation()}
    long, short = (nodes[f"NOP_CURRENCY book=SALES currency=EUR {side}"] for side in ("long", "short"))
    assert (long, short, max(long, short)) == (D(45000), D(20000), D(45000))
    assert not gate.reserve(make_order(line_no=5, amount="1000"), NOW).allowed
    assert gate.reserve(make_order(line_no=6, side=Side.SELL, amount="1000"), NOW).allowed


def test_a_fill_posts_what_was_dealt_and_the_rest_stays_pending_until_the_order_is_final() -> None:
    gate, order = make_gate(), make_order(limit_rate="1.104")
    gate.reserve(order, NOW)
    assert gate.fill(order.reservation_id, "E1", D(250000), D("1.1")) == ()
    assert used(gate)["NOP_CURRENCY book=SALES currency=EUR long"] == ("750000", "250000")
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("828000", "275000")
    gate.release(order.reservation_id)
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("0", "275000")
    assert used(gate)["VOLUME_DAY 2026-03-02 desk=treasury"] == ("0", "275000")


@pytest.mark.parametrize(
    ("stated", "posted"),
    [
        ("1100000.01", "1100000.01"),
        ("1100000.02", "1100000"),
        ("1099999.99", "1100000"),
        ("0.01", "1100000"),
        ("NaN", "1100000"),
        (None, "1100000"),
    ],
)
def test_the_venues_own_contra_amount_is_posted_where_it_is_ours_and_its_rounding_more(
    stated: str | None, posted: str
) -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None if stated is None else D(stated))
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("0", posted)


def test_a_fill_above_the_limit_counts_and_notifies() -> None:
    gate = make_gate(limits({NOP: "1000000"}))
    order = make_order()
    gate.reserve(order, NOW)
    notice = only(gate.fill(order.reservation_id, "E1", D(1000001), D("1.1")))
    assert (notice.code, notice.severity, notice.free) == (ReasonCode.NOP_CURRENCY, Severity.NOTIFIES, D(-1))


@pytest.mark.parametrize(
    ("px", "limit_rate", "edge"),
    [
        ("1.0780", None, None),
        ("1.1220", None, None),
        ("1.0779", None, "1.0780"),
        ("1.1221", None, "1.1220"),
        ("1.1221", "1.12", None),
    ],
)
def test_a_market_order_filled_outside_the_collar_counts_and_notifies(
    px: str, limit_rate: str | None, edge: str | None
) -> None:
    gate, order = make_gate(), make_order(limit_rate=limit_rate)
    assert gate.reserve(order, NOW).allowed
    notices = gate.fill(order.reservation_id, "E1", D(1000), D(px))
    assert [(v.code, v.limit, v.severity) for v in notices] == (
        [] if edge is None else [(ReasonCode.PRICE_COLLAR, D(edge), Severity.NOTIFIES)]
    )
    assert used(gate)["NOP_CURRENCY book=SALES currency=EUR long"][1] == "1000"


def test_a_busted_fill_is_taken_back_once() -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    before = used(gate)
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"))
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert not gate.reverse_fill(order.reservation_id, "E1")
    assert used(gate) == before


@pytest.mark.parametrize("act", ["fill", "reverse_fill", "release"])
def test_what_was_never_reserved_is_our_own_mistake(act: str) -> None:
    arguments = {"fill": ("E1", D(1), D(1)), "reverse_fill": ("E1",), "release": ()}[act]
    with pytest.raises(LocalOrderError, match="there is no reservation"):
        getattr(make_gate(), act)("unheard of", *arguments)


def test_turnover_starts_from_zero_on_the_next_trade_date() -> None:
    gate = make_gate(limits({"VOLUME_DAY desk=* max": "1200000"}))
    assert gate.reserve(make_order(), NOW).allowed
    assert codes(gate.reserve(make_order(line_no=2), NOW).violations) == [ReasonCode.VOLUME_DAY]
    tomorrow = replace(make_order(line_no=3, value_date=date(2026, 3, 5)), trade_date=date(2026, 3, 3))
    assert gate.reserve(tomorrow, NOW).allowed


def test_other_limits_hold_at_once_and_what_is_reserved_stays() -> None:
    gate = make_gate()
    gate.reserve(make_order(), NOW)
    before = used(gate)
    gate.reconfigure(limits({NOP: "1500000"}), gate._context.calendars)
    assert used(gate) == before
    assert codes(gate.reserve(make_order(line_no=2), NOW).violations) == [ReasonCode.NOP_CURRENCY]
    gate.reconfigure(limits(without="REFERENCE_STALE"), gate._context.calendars)
    assert codes(gate.reserve(make_order(line_no=3), NOW).violations) == [ReasonCode.LIMIT_UNDEFINED]


def test_the_same_calls_give_the_same_snapshot() -> None:
    def play() -> dict[str, object]:
        gate, order = make_gate(), make_order()
        gate.reserve(order, NOW)
        gate.remember_line(order)
        gate.fill(order.reservation_id, "E1", D(1000), D("1.1"))
        return gate.snapshot()

    assert play() == play()


@pytest.mark.parametrize("side", list(Side))
def test_a_row_with_its_pair_turned_is_told_which_rates_would_pass_in_its_own(side: Side) -> None:
    def turned(rate: D) -> tuple[Violation, ...]:
        limit = round_rate(1 / rate, D("0.00001"), base_is_bought=side is Side.BUY)
        order = make_order(side=side, limit_rate=str(limit))
        line = replace(order.line, original_pair="USD/EUR")
        return make_gate().check_order(replace(order, line=line), NOW).violations

    denied = only(turned(D("1.5")))
    told = re.search(r" would pass, in the file's USD/EUR one from (\S+) to (\S+)\.$", denied.sentence)
    assert told is not None, denied.sentence
    lowest, highest = map(D, told.groups())
    step = D("0.00002")
    for rate, passes in ((lowest, True), (highest, True), (lowest - step, False), (highest + step, False)):
        assert all(not found.blocks for found in turned(rate)) is passes
