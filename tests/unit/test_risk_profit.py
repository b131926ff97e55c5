"""Profit and loss by hand: what was dealt, at the marks of now, since the day and the month began."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_cases import (
    CALENDARS,
    CURVE,
    NOW,
    RATES,
    SIX_MONTHS,
    USD,
    Pillar,
    Terms,
    at,
    codes,
    limits,
    make_gate,
    make_order,
    swap,
)

from risk.gate.gate import Gate
from risk.losses.booking import Booking, Flow, Owner
from risk.losses.profit import Book, Profits
from risk.rates.points import PointsCurves
from risk.rates.reference import ReferenceRates
from risk.reasons import ReasonCode
from risk.stops.stops import Dimension, Scope, State
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Product, Side

ANNA, TREASURY, BANK = Owner("trader", "anna"), Owner("desk", "treasury"), Owner("firm", "BANK")
SECOND = 1_000_000_000


@dataclass
class Desk:
    """A gate, and whoever deals through it."""

    changes: dict[str, str] = field(default_factory=dict)
    gate: Gate = field(init=False)
    orders: int = 0

    def __post_init__(self) -> None:
        self.gate = make_gate(limits(self.changes))
        self.gate.watch(NOW)

    def deal(self, terms: Terms, px: str, qty: str = "") -> str:
        self.orders += 1
        order = make_order(terms, line_no=self.orders)
        assert self.gate.reserve(order, NOW).allowed
        self.gate.fill(order.reservation_id, "F1", Decimal(qty or terms.amount), Decimal(px))
        return order.reservation_id

    def rate(self, pair: str, mid: str, now_ns: int = NOW) -> None:
        self.gate.rates.update(parse_pair(pair), Decimal(mid), Decimal(mid), now_ns, "market")

    def book(self, owner: Owner = ANNA, now_ns: int = NOW) -> Book:
        self.gate.watch(now_ns)
        found = self.gate.profits.book(owner)
        assert found is not None
        return found


@pytest.mark.parametrize("owner", [ANNA, TREASURY, BANK])
def test_what_was_bought_gains_when_its_rate_rises_for_the_trader_the_desk_and_the_firm(owner: Owner) -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    desk.rate("EUR/USD", "1.1010")
    assert desk.book(owner).day == Decimal(1000)


def test_what_was_sold_loses_when_its_rate_rises() -> None:
    desk = Desk()
    desk.deal(Terms(side=Side.SELL), "1.1")
    desk.rate("EUR/USD", "1.1010")
    assert desk.book().day == Decimal(-1000)


def test_a_deal_off_the_middle_has_lost_the_difference_at_once() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1001")
    assert desk.book().day == Decimal(-100)


def test_a_position_that_was_closed_keeps_what_it_made() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    desk.deal(Terms(side=Side.SELL), "1.1020")
    desk.rate("EUR/USD", "1.2")
    assert desk.book().day == Decimal(2000)


def test_yen_are_worth_what_the_market_pays_for_them() -> None:
    desk = Desk()
    desk.deal(Terms(pair="USD/JPY", dealt="USD"), "150")
    desk.rate("USD/JPY", "151")
    assert desk.book().day.quantize(Decimal("0.01")) == Decimal("6622.52")  # 1,000,000 - 150,000,000 / 151


def test_a_part_of_an_order_counts_as_far_as_it_was_filled() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1", qty="250000")
    desk.rate("EUR/USD", "1.1010")
    assert desk.book().day == Decimal(250)


def test_a_fill_that_is_taken_back_leaves_nothing_and_the_same_fill_counts_once() -> None:
    desk = Desk()
    order = desk.deal(Terms(), "1.1")
    desk.gate.fill(order, "F1", Decimal(1_000_000), Decimal("1.1"))
    desk.rate("EUR/USD", "1.1010")
    assert desk.book().day == Decimal(1000)
    desk.gate.reverse_fill(order, "F1")
    desk.gate.reverse_fill(order, "F1")
    assert desk.book().day == 0


def test_an_even_swap_has_no_profit_but_its_points() -> None:
    desk = Desk()
    desk.deal(swap(), "1.1")
    desk.rate("EUR/USD", "1.2")
    assert desk.book().day == 0


def test_a_forward_is_worth_its_reference_outright() -> None:
    desk = Desk()
    desk.gate.points.load("market", CURVE)
    desk.deal(Terms(product=Product.FORWARD, value_date=SIX_MONTHS), "1.10612")
    assert desk.book().day == 0
    desk.rate("EUR/USD", "1.1010")
    assert desk.book().day == Decimal(1000)


def test_points_that_move_move_a_forward_and_no_spot() -> None:
    desk = Desk()
    desk.gate.points.load("market", CURVE)
    desk.deal(Terms(product=Product.FORWARD, value_date=SIX_MONTHS), "1.10612")
    desk.deal(Terms(), "1.1")
    assert desk.book().day == 0
    desk.gate.points.load("market", [replace_points(each, "0.000100") for each in CURVE])
    assert desk.book().day == Decimal(100)


def replace_points(pillar: Pillar, more: str) -> Pillar:
    return Pillar(pillar.tenor, str(Decimal(pillar.points) + Decimal(more)))


def test_a_day_ends_at_17_00_in_new_york_and_the_next_begins_with_nothing() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    desk.rate("EUR/USD", "1.1010", at(21, 59))
    assert desk.book(now_ns=at(21, 59)).day == Decimal(1000)
    assert desk.book(now_ns=at(22)).day == 0
    assert desk.book(now_ns=at(22)).month == Decimal(1000)


def test_a_month_and_its_best_begin_with_its_first_day() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    desk.rate("EUR/USD", "1.1010")
    desk.book()
    later = at(22, day=date(2026, 3, 31))  # 18:00 in New York: the first of April has begun
    book = desk.book(now_ns=later)
    assert (book.month, book.drawdown, book.value) == (0, 0, Decimal(1000))


def test_a_drawdown_is_measured_from_the_best_of_the_month() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    for mid in ("1.1030", "1.1010"):
        desk.rate("EUR/USD", mid)
        book = desk.book()
    assert (book.day, book.drawdown) == (Decimal(1000), Decimal(-2000))


@pytest.mark.parametrize("code", [ReasonCode.LOSS_DAY, ReasonCode.LOSS_MONTH, ReasonCode.DRAWDOWN])
@pytest.mark.parametrize("owner", [ANNA, TREASURY, BANK])
def test_a_loss_at_the_limit_stops_its_owner_and_one_below_it_does_not(code: ReasonCode, owner: Owner) -> None:
    def stops(limit: str) -> list[tuple[Scope, State, ReasonCode]]:
        desk = Desk({f"{code} {owner} max": limit})
        desk.deal(Terms(), "1.1")
        desk.rate("EUR/USD", "1.0990")
        return [(stop.scope, stop.state, stop.code) for stop in desk.gate.watch(NOW)]

    assert stops("1000.01") == []
    assert stops("1000") == [(Scope(Dimension(owner.dimension), owner.name), State.REDUCING, code)]


def test_a_limit_of_nothing_allows_no_loss_and_stops_nobody_who_has_none() -> None:
    desk = Desk({"LOSS_DAY trader=anna max": "0"})
    desk.deal(Terms(), "1.1")
    assert desk.gate.watch(NOW) == []
    desk.rate("EUR/USD", "1.09999")
    assert [stop.code for stop in desk.gate.watch(NOW)] == [ReasonCode.LOSS_DAY]


def test_a_profit_that_is_no_number_is_a_breach_of_all_limits() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    book = desk.book()
    book.value = Decimal("NaN")
    desk.gate.profits.reverse(make_order(line_no=1).reservation_id, "F1")
    assert {stop.code for stop in desk.gate.watch(NOW)} == {
        ReasonCode.LOSS_DAY,
        ReasonCode.LOSS_MONTH,
        ReasonCode.DRAWDOWN,
    }


def test_who_has_lost_too_much_may_close_and_not_open() -> None:
    desk = Desk({"LOSS_DAY trader=anna max": "1000"})
    desk.deal(Terms(), "1.1")
    desk.rate("EUR/USD", "1.0990")
    for stop in desk.gate.watch(NOW):
        desk.gate.stops.put(stop)
    more, less = make_order(line_no=8), make_order(line_no=9, side=Side.SELL)
    assert codes(desk.gate.check_order(more, NOW).violations) == [ReasonCode.LOSS_DAY]
    assert desk.gate.check_order(less, NOW).allowed


@pytest.mark.parametrize(("seconds", "is_stopped"), [(60 + 60, False), (60 + 61, True)])
def test_a_position_without_a_mark_stops_its_owners_once_the_patience_is_over(seconds: int, is_stopped: bool) -> None:
    """A rate is fresh for 60 s; a patience of 60 s begins when it no longer is."""
    desk = Desk()
    desk.deal(Terms(), "1.1")
    assert desk.book().day == 0
    found = desk.gate.watch(NOW + seconds * SECOND)
    assert {str(stop.scope) for stop in found} == ({str(ANNA), str(TREASURY), str(BANK)} if is_stopped else set())
    assert {stop.code for stop in found} <= {ReasonCode.LOSS_DAY}


@pytest.mark.parametrize(("bid", "offer"), [("1.2", "1.1"), ("NaN", "1.1"), ("0", "1.1"), ("Infinity", "Infinity")])
def test_a_rate_that_cannot_be_is_no_mark(bid: str, offer: str) -> None:
    desk = Desk({"LOSS_DAY trader=* unmarked_s_max": "0"})
    desk.deal(Terms(), "1.1")
    desk.gate.rates.update(parse_pair("EUR/USD"), Decimal(bid), Decimal(offer), NOW + SECOND, "market")
    desk.gate.watch(NOW + SECOND)
    assert desk.book(now_ns=NOW + SECOND).day == 0  # at the last mark there was
    assert [stop.code for stop in desk.gate.watch(NOW + 61 * SECOND)] == [ReasonCode.LOSS_DAY]


def test_a_position_that_is_flat_needs_no_mark() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    desk.deal(Terms(side=Side.SELL), "1.1")
    assert desk.gate.watch(NOW + 3600 * SECOND) == []


def test_a_mark_that_is_back_ends_the_wait_for_it() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    desk.gate.watch(NOW + 100 * SECOND)
    desk.rate("EUR/USD", "1.1", NOW + 110 * SECOND)
    assert desk.gate.watch(NOW + 130 * SECOND) == []
    assert desk.gate.watch(NOW + 200 * SECOND) == []
    assert desk.gate.profits.unmarked


def test_a_new_process_waits_anew_for_marks_that_were_gone_all_night() -> None:
    desk = Desk()
    desk.deal(Terms(), "1.1")
    morning = NOW + 12 * 3600 * SECOND
    desk.gate.reconfigure(limits(), CALENDARS)
    assert desk.gate.watch(morning) == []
    assert desk.gate.watch(morning + 61 * SECOND) != []


MOVES = st.lists(
    st.one_of(
        st.tuples(
            st.just("deal"), st.sampled_from(sorted(RATES)), st.integers(-50, 50).filter(bool), st.integers(0, 3)
        ),
        st.tuples(st.just("rate"), st.sampled_from(sorted(RATES)), st.integers(9000, 11000), st.just(0)),
        st.tuples(st.just("back"), st.just(""), st.integers(0, 30), st.just(0)),
    ),
    max_size=40,
)


@given(MOVES)
def test_every_value_is_what_all_that_was_dealt_is_worth(moves: list[tuple[str, str, int, int]]) -> None:
    """Kept in step by differences, and worked out anew from the whole: the same to the last digit."""
    rates = ReferenceRates(limits(), USD)
    profits = Profits(rates, PointsCurves(limits()), CALENDARS)
    mids = {pair: Decimal(bid) for pair, (bid, _) in RATES.items()}
    for pair, mid in mids.items():
        rates.update(parse_pair(pair), mid, mid, NOW, "market")
    dealt: list[tuple[tuple[str, str], Booking | None]] = []
    for kind, pair, number, owner in moves:
        if kind == "rate":
            mids[pair] = (Decimal(RATES[pair][0]) * number / 10_000).quantize(Decimal("0.00001"))
            rates.update(parse_pair(pair), mids[pair], mids[pair], NOW, "market")
        elif kind == "deal":
            booking = _booking(pair, number, mids[pair], owner, rates)
            key = (f"R{len(dealt)}", "F")
            dealt.append((key, booking))
            assert profits.fill(*key, booking)
        elif number < len(dealt):
            profits.reverse(*dealt[number][0])
            dealt[number] = (dealt[number][0], None)
        profits.mark(NOW)
    for book in profits.books:
        worth = sum(
            (
                flow.amount * rates.valuation(flow.currency, NOW).rate  # type: ignore[union-attr] # all are fresh
                for _, booking in dealt
                if booking is not None and book.owner in booking.owners
                for flow in booking.flows
            ),
            Decimal(0),
        )
        assert book.value == worth


def _booking(pair: str, thousands: int, mid: Decimal, owner: int, rates: ReferenceRates) -> Booking:
    base, terms = (Currency(code) for code in pair.split("/"))
    amount = Decimal(thousands * 1000)
    values = [rates.valuation(currency, NOW).rate for currency in (base, terms)]  # type: ignore[union-attr] # all are fresh
    contra = (-amount * mid).quantize(terms.minor_unit)
    owners = (Owner("trader", f"T{owner}"), BANK)
    return Booking(owners, (Flow(base, amount, values[0]), Flow(terms, contra, values[1])))
