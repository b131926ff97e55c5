"""What an order shares with others: look-alikes, our own across, what works, what is paid; and rates that jump."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_cases import (
    CALENDARS,
    NOW,
    ONE_MONTH,
    SPOT_DAY,
    codes,
    limits,
    make_gate,
    make_order,
    only,
    swap,
)

from risk.gate.gate import Decision, Gate, OrderRequest
from risk.memory.live_orders import Book
from risk.memory.look_alikes import Alikes
from risk.reasons import ReasonCode, Severity
from risk.stops.stops import Dimension, Scope, State, Stop
from trader.domain.currency import parse_pair
from trader.domain.deal import OrderType, Product, Side
from trader.domain.events import LegTraded

EUR_USD = parse_pair("EUR/USD")
THEY_MEET = {"SELF_MATCH venue=* orders_meet": "yes"}
NONE_ALIKE = {"ORDER_DUPLICATE account=* alike_max": "1"}
SECOND_NS = 1_000_000_000


def reserved(gate: Gate, line_no: int, now_ns: int = NOW, **terms: object) -> Decision:
    return gate.reserve(make_order(line_no=line_no, **terms), now_ns)


def used(gate: Gate, code: str) -> dict[str, tuple[str, str]]:
    """What pends on each node of a control, and what is posted to it."""
    return {
        node.node.removeprefix(f"{code} "): (f"{node.pending.normalize():f}", f"{node.posted.normalize():f}")
        for node in gate.utilisation()
        if node.node.startswith(f"{code} ") and (node.pending or node.posted)
    }


def far(side: Side, amount: str, rate: str) -> LegTraded:
    return LegTraded(side, Decimal(amount), Decimal(rate))


# --- ORDER_DUPLICATE --------------------------------------------------------------------------------------------------


def test_a_second_order_with_the_same_terms_waits_for_another_person() -> None:
    gate = make_gate(limits(NONE_ALIKE))
    assert reserved(gate, 1).allowed
    decision = reserved(gate, 2)
    violation = only(decision.violations)
    assert (violation.code, violation.severity) == (ReasonCode.ORDER_DUPLICATE, Severity.WAITS)
    assert (violation.limit, violation.used, violation.asked, violation.free) == (1, 1, 1, 0)
    assert not decision.allowed


@pytest.mark.parametrize(
    "other",
    [
        {"side": Side.SELL},
        {"amount": "1000001"},
        {"dealt": "USD"},
        {"value_date": date(2026, 3, 5)},
        {"pair": "USD/JPY", "dealt": "USD"},
    ],
    ids=["side", "amount", "dealt currency", "value date", "pair"],
)
def test_an_order_that_differs_in_anything_is_none_of_them(other: dict[str, object]) -> None:
    gate = make_gate(limits(NONE_ALIKE))
    assert reserved(gate, 1).allowed
    assert reserved(gate, 2, **other).allowed


@pytest.mark.parametrize("name", ["account", "counterparty"])
def test_another_account_or_counterparty_has_orders_of_its_own(name: str) -> None:
    gate = make_gate(limits(NONE_ALIKE))
    other = make_order(line_no=2)
    assert reserved(gate, 1).allowed
    assert gate.reserve(replace(other, line=replace(other.line, **{name: "ACME-LDN"})), NOW).allowed


def test_another_trader_who_enters_the_same_is_found_too() -> None:
    gate = make_gate(limits({**NONE_ALIKE, "TREE trader=ben desk": "treasury"}))
    assert reserved(gate, 1).allowed
    decision = gate.reserve(replace(make_order(line_no=2), trader="ben"), NOW)
    assert codes(decision.violations) == [ReasonCode.ORDER_DUPLICATE]


@pytest.mark.parametrize(
    ("first", "second", "is_alike"),
    [
        ("1.1", "1.1011", True),
        ("1.1", "1.1012", False),
        ("1.1011", "1.1", True),
        (None, "1.1", True),
        ("1.1", None, True),
        (None, None, True),
    ],
)
def test_limits_as_near_as_the_row_says_look_the_same_and_one_at_the_market_looks_like_any(
    first: str | None, second: str | None, is_alike: bool
) -> None:
    gate = make_gate(limits({**NONE_ALIKE, "ORDER_DUPLICATE account=* price_fraction": "0.001"}))
    assert reserved(gate, 1, limit_rate=first).allowed
    assert reserved(gate, 2, limit_rate=second).allowed is not is_alike


def test_an_order_that_ended_without_a_fill_may_be_entered_again() -> None:
    gate = make_gate(limits(NONE_ALIKE))
    reserved(gate, 1)
    gate.release(make_order(line_no=1).reservation_id)
    assert reserved(gate, 2).allowed


def test_an_order_that_was_dealt_may_not_even_when_it_is_over() -> None:
    gate, first = make_gate(limits(NONE_ALIKE)), make_order(line_no=1)
    gate.reserve(first, NOW)
    gate.fill(first.reservation_id, "E1", Decimal(400_000), Decimal("1.1"))
    gate.release(first.reservation_id)
    assert not reserved(gate, 2).allowed


def test_so_many_as_are_usual_pass() -> None:
    gate = make_gate(limits({"ORDER_DUPLICATE account=ACC-1 alike_max": "3"}))
    assert [reserved(gate, line_no).allowed for line_no in (1, 2, 3, 4)] == [True, True, True, False]


def test_an_order_that_is_denied_is_no_look_alike() -> None:
    gate = make_gate(limits({**NONE_ALIKE, "OPEN_COUNT trader=* orders_max": "0"}))
    assert codes(reserved(gate, 1).violations) == [ReasonCode.OPEN_COUNT]
    assert codes(reserved(gate, 2).violations) == [ReasonCode.OPEN_COUNT]


_RATES = st.none() | st.integers(10_900, 11_100).map(lambda rate: Decimal(rate) / 10_000)


@given(st.lists(_RATES, max_size=20), _RATES, st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.01")]))
def test_look_alikes_are_counted_as_one_by_one(
    rates: list[Decimal | None], rate: Decimal | None, within: Decimal
) -> None:
    alikes = Alikes()
    for line, each in enumerate(rates):
        assert alikes.add(str(line), each)
    alike = [each is None or rate is None or abs(each - rate) <= rate * within for each in rates]
    assert alikes.others("new", rate, within) == sum(alike)
    for line, is_alike in enumerate(alike):
        assert alikes.others(str(line), rate, within) == sum(alike) - is_alike
        alikes.remove(str(line))
        assert alikes.others("new", rate, within) == sum(alike) - is_alike
        assert alikes.add(str(line), rates[line])


LOOK_BACK = {"ORDER_DUPLICATE account=* row_days": "3"}


def row_on(day: int, **terms: object) -> OrderRequest:
    """The order of a row named R-1 in a file of its own, on a day of March."""
    order = make_order(line_no=day, **terms)
    return replace(order, trade_date=date(2026, 3, day), line=replace(order.line, row_id="R-1"))


def dealt_on_the_second(**terms: object) -> Gate:
    """A gate that looks back three days, and before which a row was dealt on 2 March."""
    gate, first = make_gate(limits(LOOK_BACK)), row_on(2, **terms)
    assert gate.reserve(first, NOW).allowed
    gate.fill(first.reservation_id, "E1", Decimal(400_000), Decimal("1.1"))
    gate.release(first.reservation_id)
    return gate


@pytest.mark.parametrize(("day", "waits"), [(3, True), (5, True), (6, False)])
def test_a_row_that_was_dealt_on_another_day_waits_up_to_as_many_days_away(day: int, waits: bool) -> None:
    violations = dealt_on_the_second().check_order(row_on(day), NOW).violations
    found = [each for each in violations if each.code is ReasonCode.ORDER_DUPLICATE]
    assert [each.severity for each in found] == [Severity.WAITS] * waits
    assert all("the row was dealt for 2026-03-02 with the same pair, side and" in each.sentence for each in found)


@pytest.mark.parametrize("other", [{"side": Side.SELL}, {"amount": "1000001"}, {"dealt": "USD"}])
def test_a_row_of_the_same_name_that_deals_something_else_is_another(other: dict[str, object]) -> None:
    assert dealt_on_the_second().check_order(row_on(3, **other), NOW).allowed


def test_a_row_that_ended_without_a_fill_may_come_again_the_next_day() -> None:
    gate, first = make_gate(limits(LOOK_BACK)), row_on(2)
    assert gate.reserve(first, NOW).allowed
    assert not gate.check_order(row_on(3), NOW).allowed
    gate.release(first.reservation_id)
    assert gate.check_order(row_on(3), NOW).allowed


def test_a_row_dealt_on_an_earlier_date_than_one_before_waits_as_well() -> None:
    gate = make_gate(limits(LOOK_BACK))
    assert gate.reserve(row_on(4), NOW).allowed
    assert codes(gate.check_order(row_on(2), NOW).violations) == [ReasonCode.ORDER_DUPLICATE]


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


@given(st.lists(st.tuples(st.booleans(), _RATES), max_size=12), st.booleans(), _RATES)
def test_a_crossing_is_found_as_by_looking_at_every_order(
    orders: list[tuple[bool, Decimal | None]], is_buy: bool, rate: Decimal | None
) -> None:
    book = Book()
    for name, (way, its) in enumerate(orders):
        book.add(str(name), (way,), its)

    def would_cross(way: bool, its: Decimal | None) -> bool:
        return way is not is_buy and (its is None or rate is None or (its <= rate if is_buy else its >= rate))

    found = book.crossed_by((is_buy,), rate)
    crossing = {str(name) for name, each in enumerate(orders) if would_cross(*each)}
    assert (found in crossing) if crossing else found is None
    for name, (way, its) in enumerate(orders):
        book.remove(str(name), (way,), its)
    assert book.crossed_by((is_buy,), rate) is None


# --- OPEN_VALUE and OPEN_COUNT ----------------------------------------------------------------------------------------


def test_what_works_is_half_of_what_is_bought_and_sold_and_only_as_long_as_it_works() -> None:
    gate, order = make_gate(), make_order(limit_rate="1.104")
    gate.reserve(order, NOW)
    assert used(gate, "OPEN_VALUE") == {"venue=simulator": ("1102000", "0")}
    assert used(gate, "OPEN_COUNT") == {"session=simulator": ("1", "0"), "trader=anna": ("1", "0")}
    gate.fill(order.reservation_id, "E1", Decimal(250_000), Decimal("1.1"))
    assert used(gate, "OPEN_VALUE") == {"venue=simulator": ("826500", "0")}
    assert used(gate, "OPEN_COUNT") == {"session=simulator": ("1", "0"), "trader=anna": ("1", "0")}
    gate.release(order.reservation_id)
    assert (used(gate, "OPEN_VALUE"), used(gate, "OPEN_COUNT")) == ({}, {})


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


# --- FUNDING ----------------------------------------------------------------------------------------------------------


def test_what_is_paid_adds_up_by_currency_and_day_and_nothing_is_set_off() -> None:
    gate = make_gate()
    reserved(gate, 1, limit_rate="1.104")
    reserved(gate, 2, side=Side.SELL)
    gate.reserve(make_order(swap(), line_no=3), NOW)
    assert used(gate, "FUNDING") == {
        f"currency=USD date={SPOT_DAY}": ("2226000", "0"),
        f"currency=EUR date={SPOT_DAY}": ("1000000", "0"),
        f"currency=EUR date={ONE_MONTH}": ("1000000", "0"),
    }


def test_a_fill_is_paid_at_its_own_rate() -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", Decimal(1_000_000), Decimal("1.1"))
    assert used(gate, "FUNDING") == {f"currency=USD date={SPOT_DAY}": ("0", "1100000")}
    gate.release(order.reservation_id)
    gate.roll(SPOT_DAY)
    assert used(gate, "FUNDING") == {f"currency=USD date={SPOT_DAY}": ("0", "1100000")}
    gate.roll(SPOT_DAY + timedelta(days=1))
    assert used(gate, "FUNDING") == {}, "what was paid needs no funds any more"


@pytest.mark.parametrize("control", ["FUNDING currency=USD", "GAP_BUCKET book=SALES currency=USD"])
@pytest.mark.parametrize(("mode", "severity"), [("hard", Severity.BLOCKS), ("soft", Severity.NOTIFIES)])
def test_above_the_limit_a_hard_row_denies_and_a_soft_one_tells(control: str, mode: str, severity: Severity) -> None:
    star = control.replace("SALES", "*").replace("USD", "*")
    gate = make_gate(limits({f"{control} max": "1099999.99", f"{star} mode": mode}))
    decision = reserved(gate, 1, limit_rate="1.1")
    violation = only(decision.violations)
    assert (violation.code, violation.severity) == (control.split(maxsplit=1)[0], severity)
    assert decision.allowed is (mode == "soft")
    assert bool(used(gate, control.split(maxsplit=1)[0])) is (mode == "soft")


@pytest.mark.parametrize("control", ["FUNDING currency=*", "GAP_BUCKET book=* currency=*"])
def test_a_hard_limit_has_to_be_there_and_a_soft_one_need_not(control: str) -> None:
    gone = f"{control} max"
    assert set(codes(reserved(make_gate(limits(without=gone)), 1).violations)) == {ReasonCode.LIMIT_UNDEFINED}
    assert reserved(make_gate(limits({f"{control} mode": "soft"}, gone)), 1).violations == ()
    assert set(codes(reserved(make_gate(limits(without=f"{control} mode")), 1).violations)) == {
        ReasonCode.LIMIT_UNDEFINED
    }


def test_an_ndf_is_funded_with_the_largest_move_of_its_rate_alone() -> None:
    gate = make_gate(rates={"USD/CNY": ("7", "7")})
    for line_no, side in ((1, Side.BUY), (2, Side.SELL)):
        ndf = make_order(
            pair="USD/CNY", dealt="USD", value_date=ONE_MONTH, product=Product.NDF, fixing_date=date(2026, 4, 3),
            side=side, line_no=line_no,
        )  # fmt: skip
        assert gate.reserve(ndf, NOW).allowed
    assert used(gate, "FUNDING") == {f"currency=USD date={ONE_MONTH}": ("200000", "0")}
    assert used(gate, "GAP_BUCKET") == {
        "book=SALES currency=USD month=2026-04 in": ("200000", "0"),
        "book=SALES currency=USD month=2026-04 out": ("200000", "0"),
    }


# --- GAP_BUCKET -------------------------------------------------------------------------------------------------------


def test_a_gap_is_what_comes_in_less_what_goes_out_once_it_is_dealt() -> None:
    gate = make_gate()
    for line_no, side in ((1, Side.BUY), (2, Side.SELL)):
        order = make_order(line_no=line_no, side=side, amount=str(line_no * 1_000_000))
        gate.reserve(order, NOW)
        gate.fill(order.reservation_id, f"E{line_no}", Decimal(line_no * 1_000_000), Decimal("1.1"))
    assert used(gate, "GAP_BUCKET") == {
        "book=SALES currency=EUR month=2026-03 in": ("0", "-1000000"),
        "book=SALES currency=EUR month=2026-03 out": ("0", "1000000"),
        "book=SALES currency=USD month=2026-03 in": ("0", "1100000"),
        "book=SALES currency=USD month=2026-03 out": ("0", "-1100000"),
    }


@pytest.mark.parametrize(
    ("size", "near", "later"),
    [("day", f"date={SPOT_DAY}", f"date={ONE_MONTH}"), ("month", "month=2026-03", "month=2026-04")],
)
def test_the_legs_of_a_swap_fall_into_their_buckets(size: str, near: str, later: str) -> None:
    gate = make_gate(limits({"GAP_BUCKET book=* currency=* bucket": size}))
    gate.reserve(make_order(swap()), NOW)
    eur = {node: held for node, held in used(gate, "GAP_BUCKET").items() if "currency=EUR" in node}
    assert eur == {
        f"book=SALES currency=EUR {near} in": ("1000000", "0"),
        f"book=SALES currency=EUR {later} out": ("1000000", "0"),
    }


def test_a_swap_within_a_bucket_leaves_no_gap() -> None:
    gate = make_gate(limits({"GAP_BUCKET book=* currency=* bucket": "month"}))
    order = make_order(swap(far_date=date(2026, 3, 11)))
    assert gate.reserve(order, NOW).allowed
    assert not [node for node in used(gate, "GAP_BUCKET") if "currency=EUR" in node]
    told = (far(Side.SELL, "1000000", "1.101"),)
    gate.fill(order.reservation_id, "E1", Decimal(1_000_000), Decimal("1.1"), None, told)
    assert used(gate, "GAP_BUCKET") == {
        "book=SALES currency=USD month=2026-03 in": ("0", "1000"),
        "book=SALES currency=USD month=2026-03 out": ("0", "-1000"),
    }


def test_two_of_three_legs_in_one_bucket_add_up_there() -> None:
    """A block: two purchases in March, one in April."""
    gate = make_gate(limits({"GAP_BUCKET book=* currency=* bucket": "month"}))
    block = make_order(
        product=Product.BLOCK, far=((Side.BUY, "500000", date(2026, 3, 11)), (Side.BUY, "250000", ONE_MONTH))
    )
    assert gate.reserve(block, NOW).allowed
    nodes = used(gate, "GAP_BUCKET")
    assert nodes["book=SALES currency=EUR month=2026-03 in"] == ("1500000", "0")
    assert nodes["book=SALES currency=EUR month=2026-04 in"] == ("250000", "0")
    told = (far(Side.BUY, "500000", "1.1"), far(Side.BUY, "250000", "1.1"))
    gate.fill(block.reservation_id, "E1", Decimal(1_000_000), Decimal("1.1"), None, told)
    assert used(gate, "GAP_BUCKET")["book=SALES currency=USD month=2026-03 out"] == ("0", "1650000")


def test_a_week_is_that_of_the_iso_calendar() -> None:
    gate = make_gate(limits({"GAP_BUCKET book=* currency=* bucket": "week"}))
    reserved(gate, 1)
    assert "book=SALES currency=EUR week=2026-W10 in" in used(gate, "GAP_BUCKET")


# --- PAIR_VELOCITY ----------------------------------------------------------------------------------------------------


def moving(move_max: str = "0.01") -> tuple[Gate, Callable[[str, int], list[Scope]]]:
    """A gate, and a way to tell it a rate so many seconds later; it answers what has been stopped by it."""
    gate = make_gate(limits({"PAIR_VELOCITY pair=EUR/USD move_fraction_max": move_max}), {})

    def tell(rate: str, after_s: int) -> list[Scope]:
        now_ns = NOW + after_s * SECOND_NS
        gate.rates.update(EUR_USD, Decimal(rate), Decimal(rate), now_ns, "market")
        return [stop.scope for stop in gate.watch(now_ns)]

    return gate, tell


def test_a_rate_that_jumps_within_its_window_stops_its_pair() -> None:
    gate, tell = moving()
    pair = Scope(Dimension.PAIR, "EUR/USD")
    assert tell("1.1000", 0) == []
    assert tell("1.1110", 30) == []  # exactly 1 %
    assert tell("1.0999", 40) == []
    assert tell("1.1111", 50) == [pair]
    stop = only(gate.stops.on(pair))  # type: ignore[arg-type] # anything there is one of
    assert (stop.code, stop.who) == (ReasonCode.PAIR_VELOCITY, "PAIR_VELOCITY")


def test_a_move_from_one_end_of_its_window_to_the_other_stops_its_pair() -> None:
    _, tell = moving()  # PAIR_VELOCITY window_s is 60
    assert tell("1.1000", 0) == []
    assert tell("1.1111", 59) == [Scope(Dimension.PAIR, "EUR/USD")]


def test_a_pair_that_jumps_holds_the_crosses_whose_reference_is_made_of_its_rate() -> None:
    gate, tell = moving()
    for pair, rate in (("USD/JPY", "150"), ("GBP/USD", "1.3")):
        gate.rates.update(parse_pair(pair), Decimal(rate), Decimal(rate), NOW, "market")
    tell("1.1000", 0)
    tell("1.2000", 1)
    now_ns = NOW + 2 * SECOND_NS
    held = only(gate.check_order(make_order(pair="EUR/JPY"), now_ns).violations)
    assert (held.code, held.node) == (ReasonCode.PAIR_VELOCITY, "pair=EUR/USD")
    assert gate.check_order(make_order(pair="GBP/JPY", dealt="GBP", line_no=2), now_ns).allowed
    gate.rates.update(parse_pair("EUR/JPY"), Decimal(180), Decimal(180), NOW, "market")
    assert gate.check_order(make_order(pair="EUR/JPY", line_no=3), now_ns).allowed, "it has a rate of its own now"


def test_a_pair_that_a_person_has_stopped_holds_no_cross() -> None:
    gate = make_gate()
    gate.stops.put(Stop(Scope(Dimension.PAIR, "EUR/USD"), State.HALTED, ReasonCode.KILL, NOW, "rita", "a test"))
    assert gate.check_order(make_order(pair="EUR/JPY"), NOW).allowed


@pytest.mark.parametrize(("window_s", "is_seen"), [("60", True), ("61", False)])
def test_a_move_is_seen_across_a_change_of_the_limits_unless_the_window_is_another(
    window_s: str, is_seen: bool
) -> None:
    gate, tell = moving()
    assert tell("1.1000", 0) == []
    changes = {"PAIR_VELOCITY pair=EUR/USD move_fraction_max": "0.01", "PAIR_VELOCITY pair=* window_s": window_s}
    gate.reconfigure(limits(changes), CALENDARS)
    assert tell("1.1111", 1) == ([Scope(Dimension.PAIR, "EUR/USD")] if is_seen else [])


def test_the_same_move_in_more_than_a_window_is_a_trend() -> None:
    _, tell = moving()
    assert [tell("1.1000", 0), tell("1.1060", 40), tell("1.1120", 80), tell("1.1180", 120)] == [[], [], [], []]


def test_many_small_steps_within_the_window_add_up() -> None:
    _, tell = moving()
    told = [tell(f"1.{1000 + step * 10}", step) for step in range(13)]
    assert [bool(each) for each in told] == [False] * 12 + [True]


def test_a_fall_counts_as_a_rise_does() -> None:
    _, tell = moving()
    assert tell("1.1000", 0) == []
    assert tell("1.0889", 1) == [Scope(Dimension.PAIR, "EUR/USD")]


def test_a_stopped_pair_is_dealt_again_once_its_stop_is_lifted() -> None:
    gate, tell = moving()
    tell("1.1000", 0)
    tell("1.2000", 1)
    order, now_ns = make_order(), NOW + 2 * SECOND_NS
    assert codes(gate.check_order(order, now_ns).violations) == [ReasonCode.PAIR_VELOCITY]
    gate.stops.lift(Scope(Dimension.PAIR, "EUR/USD"), ReasonCode.PAIR_VELOCITY)
    assert gate.check_order(order, now_ns).allowed
    assert tell("1.2001", 3) == []


def test_two_sources_that_are_apart_are_no_move() -> None:
    gate, tell = moving()
    tell("1.1000", 0)
    gate.rates.update(EUR_USD, Decimal("1.2"), Decimal("1.2"), NOW + 1, "other")
    assert gate.watch(NOW + 1) == []


def test_what_is_kept_of_a_rate_does_not_grow_with_how_often_it_comes() -> None:
    gate, _ = moving()
    for step in range(1000):
        gate.rates.update(EUR_USD, Decimal("1.1"), Decimal("1.1"), NOW + step * SECOND_NS // 4, "market")
    kept = gate.rates.velocity.snapshot()
    assert len(kept["EUR/USD market"]) == 61


def test_a_rate_that_cannot_be_is_no_move() -> None:
    gate, tell = moving()
    tell("1.1", 0)
    gate.rates.update(EUR_USD, Decimal("NaN"), Decimal(9), NOW, "market")
    assert gate.watch(NOW) == []
    assert tell("1.1", 1) == []


@pytest.mark.parametrize("parameter", ["window_s", "move_fraction_max"])
def test_a_pair_that_nobody_watches_is_not_dealt(parameter: str) -> None:
    gate = make_gate(limits(without=f"PAIR_VELOCITY pair=* {parameter}"))
    assert codes(gate.check_order(make_order(), NOW).violations) == [ReasonCode.LIMIT_UNDEFINED]


def test_a_what_if_with_other_rates_is_no_move() -> None:
    gate, tell = moving()
    tell("1.1", 0)
    gate.rates.forget()
    assert tell("2", 1) == []
