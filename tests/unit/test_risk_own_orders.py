"""Our own orders that live: what would trade with them, what works at a venue, how many there may be."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import NOW, codes, limits, make_gate, make_order, only, reserved, swap, used_of

from risk.reasons import ReasonCode
from trader.domain.deal import OrderType, Side

THEY_MEET = {"SELF_MATCH venue=* orders_meet": "yes"}


# --- SELF_MATCH -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resting", "asked", "would_cross"),
    [
        ("1.1", "1.1", True),
        ("1.1", "1.1001", True),
        ("1.1", "1.0999", False),
        (None, "1.0999", True),
        ("1.1", None, True),
        (None, None, True),
    ],
)
def test_an_order_that_would_trade_with_our_own_is_denied(
    resting: str | None, asked: str | None, would_cross: bool
) -> None:
    gate = make_gate(limits(THEY_MEET))
    assert reserved(gate, 1, side=Side.SELL, limit_rate=resting).allowed
    decision = reserved(gate, 2, side=Side.BUY, limit_rate=asked)
    assert codes(v for v in decision.violations if v.blocks) == [ReasonCode.SELF_MATCH] * would_cross
    mirrored = make_gate(limits(THEY_MEET))
    assert reserved(mirrored, 1, side=Side.BUY, limit_rate=asked).allowed
    assert reserved(mirrored, 2, side=Side.SELL, limit_rate=resting).allowed is not would_cross


def test_the_same_side_never_crosses_in_whichever_currency_it_is_dealt() -> None:
    gate = make_gate(limits(THEY_MEET))
    assert reserved(gate, 1, side=Side.BUY).allowed
    assert reserved(gate, 2, side=Side.SELL, dealt="USD").allowed
    assert not reserved(gate, 3, side=Side.BUY, dealt="USD").allowed


def test_another_value_date_firm_or_venue_never_meets() -> None:
    firms = {"TREE trader=ben desk": "RATES", "TREE desk=RATES firm": "OTHER", "TREE book=SMALL firm": "OTHER"}
    gate = make_gate(limits({**THEY_MEET, **firms, "TREE counterparty=bank group": "STREET"}))
    assert reserved(gate, 1, side=Side.SELL).allowed
    assert reserved(gate, 2, value_date=date(2026, 3, 5)).allowed
    assert gate.reserve(replace(make_order(line_no=3), venue="bank"), NOW).allowed
    elsewhere = replace(make_order(line_no=4, book="SMALL"), trader="ben", desk="RATES")
    assert gate.reserve(elsewhere, NOW).allowed


def test_once_the_other_order_is_over_the_way_is_free() -> None:
    gate, resting = make_gate(limits(THEY_MEET)), make_order(line_no=1, side=Side.SELL, limit_rate="1.1")
    gate.reserve(resting, NOW)
    assert not reserved(gate, 2, limit_rate="1.1").allowed
    gate.release(resting.reservation_id)
    assert reserved(gate, 3, limit_rate="1.1").allowed


def test_an_order_on_a_quote_trades_with_its_maker_and_nobody_else() -> None:
    gate = make_gate(limits(THEY_MEET))
    assert reserved(gate, 1, side=Side.SELL, order_type=OrderType.PREVIOUSLY_QUOTED).allowed
    assert reserved(gate, 2, side=Side.BUY).allowed
    assert reserved(gate, 3, side=Side.SELL, order_type=OrderType.PREVIOUSLY_QUOTED).allowed


def test_where_orders_do_not_meet_nothing_crosses_and_where_nobody_says_nothing_passes() -> None:
    gate = make_gate(limits({"SELF_MATCH venue=* orders_meet": "no"}))
    assert [reserved(gate, 1, side=Side.SELL).allowed, reserved(gate, 2).allowed] == [True, True]
    unknown = make_gate(limits(without="SELF_MATCH"))
    assert codes(reserved(unknown, 1).violations) == [ReasonCode.LIMIT_UNDEFINED]


def test_a_swap_crosses_a_swap_of_the_same_dates_the_other_way_and_no_other_order() -> None:
    gate = make_gate(limits(THEY_MEET))
    assert gate.reserve(make_order(swap(), line_no=1), NOW).allowed
    assert reserved(gate, 2, side=Side.SELL).allowed
    assert not gate.reserve(make_order(swap(side=Side.SELL), line_no=3), NOW).allowed


# --- OPEN_VALUE and OPEN_COUNT ----------------------------------------------------------------------------------------


def test_what_works_is_half_of_what_is_bought_and_sold_and_only_as_long_as_it_works() -> None:
    gate, order = make_gate(), make_order(limit_rate="1.104")
    gate.reserve(order, NOW)
    assert used_of(gate, "OPEN_VALUE") == {"venue=simulator": ("1102000", "0")}
    assert used_of(gate, "OPEN_COUNT") == {"session=simulator": ("1", "0"), "trader=anna": ("1", "0")}
    gate.fill(order.reservation_id, "E1", Decimal(250_000), Decimal("1.1"))
    assert used_of(gate, "OPEN_VALUE") == {"venue=simulator": ("826500", "0")}
    assert used_of(gate, "OPEN_COUNT") == {"session=simulator": ("1", "0"), "trader=anna": ("1", "0")}
    gate.release(order.reservation_id)
    assert (used_of(gate, "OPEN_VALUE"), used_of(gate, "OPEN_COUNT")) == ({}, {})


@pytest.mark.parametrize("key", ["session=simulator", "trader=anna"])
def test_one_live_order_more_than_there_may_be_is_denied_until_one_is_over(key: str) -> None:
    gate = make_gate(limits({f"OPEN_COUNT {key} orders_max": "2"}))
    assert [reserved(gate, line_no).allowed for line_no in (1, 2)] == [True, True]
    violation = only(reserved(gate, 3).violations)
    assert (violation.code, violation.node, violation.used) == (ReasonCode.OPEN_COUNT, key, 2)
    gate.release(make_order(line_no=1).reservation_id)
    assert reserved(gate, 4).allowed


def test_what_would_work_at_a_venue_may_come_to_exactly_its_limit() -> None:
    gate = make_gate(limits({"OPEN_VALUE venue=simulator max": "2204000"}))
    assert [reserved(gate, line_no, limit_rate="1.104").allowed for line_no in (1, 2, 3)] == [True, True, False]


def test_an_order_that_lives_after_all_is_met_again() -> None:
    gate = make_gate(limits(THEY_MEET))
    assert reserved(gate, 1, limit_rate="1.1").allowed
    first = make_order(line_no=1).reservation_id
    gate.release(first)
    gate.reopen(first)
    assert ReasonCode.SELF_MATCH in codes(reserved(gate, 2, side=Side.SELL, limit_rate="1.1").violations)
    gate.release(first)
    assert ReasonCode.SELF_MATCH not in codes(reserved(gate, 2, side=Side.SELL, limit_rate="1.1").violations)
