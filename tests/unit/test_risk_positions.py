"""Limits on positions: what a rate does to them, what an order asks of them, and what ends with a day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from risk_cases import MONDAY, NOW, ONE_MONTH, SPOT_DAY, Terms, at, codes, limits, make_gate, make_order, only

from risk.checks.nop_overnight import next_cutoff_ns
from risk.control import parse_cutoff
from risk.day import next_end_ns, risk_day
from risk.gate.gate import Gate, OrderRequest, Utilisation
from risk.ledger.credit import years_begun
from risk.ledger.transfers import Account, Event, Transfer
from risk.losses.booking import Owner
from risk.reasons import ReasonCode, Severity
from trader.domain.currency import parse_pair
from trader.domain.deal import Side
from trader.domain.errors import LocalOrderError

D = Decimal
DESK = "NOP_AGGREGATE desk=treasury"
SETTLED = f"SETTLEMENT_DAY group=STREET date={SPOT_DAY}"
LINE = "COUNTERPARTY_LINE counterparty=simulator"
VOLUME = f"VOLUME_DAY {MONDAY} desk=treasury"
SECOND_NS = 1_000_000_000
NEW_YORK = parse_cutoff("17:00 America/New_York")
assert NEW_YORK is not None


def node(gate: Gate, name: str) -> Utilisation:
    return only(each for each in gate.utilisation() if each.node == name)


def used(gate: Gate, name: str) -> Decimal:
    return node(gate, name).used


def quote(gate: Gate, pair: str, rate: str, now_ns: int = NOW) -> None:
    gate.rates.update(parse_pair(pair), D(rate), D(rate), now_ns, "market")


def deal(gate: Gate, line_no: int = 1, px: str = "1.1", **terms: object) -> OrderRequest:
    """Reserved, filled as a whole, and over."""
    order = make_order(line_no=line_no, **terms)
    assert gate.reserve(order, NOW).allowed
    gate.fill(order.reservation_id, "E1", order.line.deal.near_leg.amount, D(px))
    gate.release(order.reservation_id)
    return order


# --- rates ------------------------------------------------------------------------------------------------------------


def test_a_position_is_worth_what_its_currency_is_worth_when_somebody_looks() -> None:
    gate = make_gate()
    deal(gate)
    assert used(gate, DESK) == 1_100_000
    quote(gate, "EUR/USD", "1.2")
    gate.check_order(make_order(line_no=2), NOW)
    assert used(gate, DESK) == 1_200_000


def test_long_positions_are_not_set_off_against_short_ones() -> None:
    gate = make_gate()
    deal(gate)
    deal(gate, 2, "1.3", pair="GBP/USD", dealt="GBP", side=Side.SELL, amount="500000")
    assert used(gate, DESK) == 1_100_000
    deal(gate, 3, "1.3", pair="GBP/USD", dealt="GBP", side=Side.SELL, amount="500000")
    assert used(gate, DESK) == 1_300_000


def test_while_a_position_has_no_rate_nothing_may_make_it_larger_and_the_currency_is_named() -> None:
    gate = make_gate()
    deal(gate, 1, "1.3", pair="GBP/USD", dealt="GBP")
    late = NOW + 61 * SECOND_NS
    quote(gate, "EUR/USD", "1.1", late)
    decision = gate.check_order(make_order(line_no=2), late)
    assert not decision.allowed
    assert set(codes(decision.violations)) == {ReasonCode.REFERENCE_STALE}
    assert any("there are positions in GBP" in violation.detail for violation in decision.violations)
    assert any(DESK in violation.detail for violation in decision.violations)
    quote(gate, "GBP/USD", "1.3", late)
    assert gate.check_order(make_order(line_no=2), late).allowed


def test_a_crossed_rate_of_a_position_denies_as_bad() -> None:
    gate = make_gate()
    deal(gate, 1, "1.3", pair="GBP/USD", dealt="GBP")
    gate.rates.update(parse_pair("GBP/USD"), D("1.4"), D("1.3"), NOW, "market")
    assert ReasonCode.REFERENCE_BAD in codes(gate.check_order(make_order(line_no=2), NOW).violations)


def test_a_reducing_order_asks_nothing_of_the_aggregate_even_while_another_currency_has_no_rate() -> None:
    gate = make_gate()
    deal(gate)
    deal(gate, 2, "1.3", pair="GBP/USD", dealt="GBP")
    late = NOW + 61 * SECOND_NS
    quote(gate, "EUR/USD", "1.1", late)
    said = gate.check_order(make_order(line_no=3, side=Side.SELL), late).violations
    assert not [violation for violation in said if "NOP_AGGREGATE" in violation.detail]


# --- open orders ------------------------------------------------------------------------------------------------------


def test_what_is_free_and_pending_and_posted_is_the_limit_of_a_composite_too() -> None:
    gate = make_gate()
    deal(gate)
    gate.reserve(make_order(line_no=2, amount="2000000"), NOW)
    found = node(gate, DESK)
    assert (found.posted, found.pending) == (1_100_000, 2_200_000)
    assert found.free + found.pending + found.posted == found.limit


def test_a_denial_names_a_size_that_passes() -> None:
    gate = make_gate(limits({"NOP_AGGREGATE desk=treasury max": "1650000"}))
    deal(gate)
    violation = only(gate.check_order(make_order(line_no=2), NOW).violations)
    assert (violation.code, violation.free, violation.asked) == (ReasonCode.NOP_AGGREGATE, 550_000, 1_100_000)
    assert violation.passes == 500_000
    assert gate.check_order(make_order(line_no=2, amount="500000"), NOW).allowed


def test_a_line_needs_a_row_for_the_years_of_a_deal() -> None:
    gate = make_gate(limits(without="COUNTERPARTY_LINE pair=* years"))
    assert codes(gate.check_order(make_order(), NOW).violations) == [ReasonCode.LIMIT_UNDEFINED]


@pytest.mark.parametrize(
    ("end", "years"),
    [("2026-03-02", 1), ("2027-03-02", 1), ("2027-03-03", 2), ("2031-03-02", 5), ("2031-03-03", 6)],
)
def test_a_year_begins_after_the_same_day_of_the_year(end: str, years: int) -> None:
    assert years_begun(MONDAY, date.fromisoformat(end)) == years


# --- days -------------------------------------------------------------------------------------------------------------


def test_a_risk_day_starts_daily_limits_from_zero_and_keeps_positions() -> None:
    gate = make_gate()
    deal(gate)
    gate.roll(MONDAY + timedelta(days=1))
    assert VOLUME not in {each.node for each in gate.utilisation() if each.used}
    assert used(gate, DESK) == 1_100_000
    assert used(gate, SETTLED) == 1_100_000
    gate.reserve(make_order(line_no=2), NOW)
    assert used(gate, "VOLUME_DAY 2026-03-03 desk=treasury") == 1_111_000


TUESDAY_VOLUME = "VOLUME_DAY 2026-03-03 desk=treasury"


def test_an_order_that_lives_over_the_roll_counts_on_the_new_day_with_what_is_left_of_it() -> None:
    gate, order = make_gate(), make_order(limit_rate="1.1")
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(400_000), D("1.1"))
    gate.roll(MONDAY + timedelta(days=1))
    assert (node(gate, TUESDAY_VOLUME).pending, node(gate, TUESDAY_VOLUME).posted) == (660_000, 0)
    for exec_id, amount in (("E1", 400_000), ("E2", 600_000), ("E2", 600_000)):  # two of them are repeated
        gate.fill(order.reservation_id, exec_id, D(amount), D("1.1"))
    assert (node(gate, TUESDAY_VOLUME).pending, node(gate, TUESDAY_VOLUME).posted) == (0, 660_000)
    assert gate.reverse_fill(order.reservation_id, "E2")
    assert (node(gate, TUESDAY_VOLUME).pending, node(gate, TUESDAY_VOLUME).posted) == (660_000, 0)
    gate.release(order.reservation_id)
    assert used(gate, TUESDAY_VOLUME) == 0


@pytest.mark.parametrize("filled", ["400000", "1000000"])
def test_a_bust_of_what_was_filled_before_the_roll_leaves_more_to_deal_on_the_new_day(filled: str) -> None:
    gate, order = make_gate(), make_order(limit_rate="1.1")
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(filled), D("1.1"))
    gate.roll(MONDAY + timedelta(days=1))
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert (node(gate, TUESDAY_VOLUME).pending, node(gate, TUESDAY_VOLUME).posted) == (1_100_000, 0)
    gate.fill(order.reservation_id, "E2", D(1_000_000), D("1.1"))
    assert (node(gate, TUESDAY_VOLUME).pending, node(gate, TUESDAY_VOLUME).posted) == (0, 1_100_000)


@pytest.mark.parametrize("ends_on_the_new_day", [False, True])
def test_an_order_that_lives_after_all_on_another_day_counts_there(ends_on_the_new_day: bool) -> None:
    gate, order = make_gate(), make_order(limit_rate="1.1")
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(400_000), D("1.1"))
    if not ends_on_the_new_day:
        gate.release(order.reservation_id)
    gate.roll(MONDAY + timedelta(days=1))
    gate.release(order.reservation_id)
    gate.reopen(order.reservation_id)
    assert (node(gate, TUESDAY_VOLUME).pending, node(gate, TUESDAY_VOLUME).posted) == (660_000, 0)
    assert used(gate, "OPEN_VALUE venue=simulator") == 660_000


def test_the_turnover_of_a_day_that_an_order_was_carried_into_ends_with_it() -> None:
    gate, order = make_gate(), make_order(limit_rate="1.1")
    gate.reserve(order, NOW)
    tuesday = MONDAY + timedelta(days=1)
    gate.roll(tuesday)
    gate.fill(order.reservation_id, "E1", D(400_000), D("1.1"))
    gate.roll(tuesday + timedelta(days=1))
    assert TUESDAY_VOLUME not in {each.node for each in gate.utilisation() if each.used}
    wednesday = node(gate, "VOLUME_DAY 2026-03-04 desk=treasury")
    assert (wednesday.pending, wednesday.posted) == (660_000, 0)


def test_what_lives_on_holds_back_what_else_would_be_dealt_on_the_new_day() -> None:
    gate = make_gate(limits({"VOLUME_DAY desk=treasury max": "1500000"}))
    gate.reserve(make_order(limit_rate="1.1"), NOW)
    tuesday = MONDAY + timedelta(days=1)
    gate.roll(tuesday)
    denied = only(gate.check_order(make_order(limit_rate="1.1", line_no=2), NOW).violations)
    assert (denied.code, denied.used, denied.free) == (ReasonCode.VOLUME_DAY, 1_100_000, 400_000)
    gate.roll(tuesday + timedelta(days=1))
    assert used(gate, TUESDAY_VOLUME) == 0
    assert used(gate, "VOLUME_DAY 2026-03-04 desk=treasury") == 1_100_000


def test_an_order_that_was_over_counts_on_no_day_after_its_own() -> None:
    gate = make_gate()
    deal(gate)
    gate.roll(MONDAY + timedelta(days=1))
    assert TUESDAY_VOLUME not in {each.node for each in gate.utilisation()}


def test_a_day_after_everything_is_over_keeps_nothing_of_a_single_order() -> None:
    gate = make_gate()
    for line_no in range(1, 4):
        order = make_order(limit_rate="1.1", line_no=line_no)
        gate.reserve(order, NOW)
        gate.fill(order.reservation_id, "E1", D(1_000_000), D("1.1"))
        gate.release(order.reservation_id)
    gate.roll(SPOT_DAY + timedelta(days=60))
    for kept in (gate.profits._booked, gate.estimates._left, gate.latches._executions, gate._reserved):
        assert kept == {}
    gate.release(order.reservation_id)
    assert gate.profits.book(Owner("trader", "anna")) is not None, "what was dealt is theirs all the same"


def test_what_was_to_be_paid_is_settled_when_its_day_is_over() -> None:
    gate = make_gate()
    deal(gate)
    gate.roll(SPOT_DAY)
    assert used(gate, SETTLED) == 1_100_000
    gate.roll(SPOT_DAY + timedelta(days=1))
    assert used(gate, SETTLED) == 0
    assert used(gate, LINE) == 0


def test_what_is_not_confirmed_stays_until_it_is() -> None:
    gate = make_gate()
    order = deal(gate)
    gate.roll(SPOT_DAY + timedelta(days=1), {order.reservation_id})
    assert used(gate, SETTLED) == 1_100_000
    gate.roll(SPOT_DAY + timedelta(days=2))
    assert used(gate, SETTLED) == 0


def test_what_may_still_be_live_stays_held_over_its_day() -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    gate.roll(SPOT_DAY + timedelta(days=1))
    assert used(gate, SETTLED) == 1_100_000
    gate.release(order.reservation_id)
    assert used(gate, SETTLED) == 0


def test_a_bust_after_the_payment_takes_the_position_back_and_nothing_twice() -> None:
    gate = make_gate()
    order = deal(gate)
    gate.roll(SPOT_DAY + timedelta(days=1))
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert used(gate, DESK) == 0
    assert used(gate, SETTLED) == 0


def test_a_fill_after_its_day_is_settled_with_the_next() -> None:
    gate = make_gate()
    order = make_order()
    gate.reserve(order, NOW)
    gate.release(order.reservation_id)
    gate.roll(SPOT_DAY + timedelta(days=1))
    gate.fill(order.reservation_id, "E1", D(1_000_000), D("1.1"))
    assert used(gate, SETTLED) == 1_100_000
    gate.roll(SPOT_DAY + timedelta(days=2))
    assert used(gate, SETTLED) == 0


def test_what_is_over_for_long_is_forgotten_but_for_its_position_and_a_late_word_about_it_changes_nothing() -> None:
    gate = make_gate()
    order = deal(gate)
    gate.roll(SPOT_DAY + timedelta(days=60))
    ledger = gate.snapshot()["ledger"]
    assert ledger["reservations"] == {order.reservation_id: None}  # type: ignore[index] # plain values
    assert {each.node for each in gate.utilisation() if each.used} >= {DESK}
    assert SETTLED not in {each.node for each in gate.utilisation()}
    notice = only(gate.fill(order.reservation_id, "E2", D(1), D("1.1")))
    assert (notice.code, notice.severity) == (ReasonCode.RECONCILIATION_BREAK, Severity.NOTIFIES)
    assert not gate.reverse_fill(order.reservation_id, "E1")
    gate.release(order.reservation_id)
    gate.reopen(order.reservation_id)
    assert gate.snapshot()["ledger"] == ledger
    with pytest.raises(LocalOrderError, match="never used twice"):
        gate.reserve(order, NOW)


def test_an_old_order_of_a_far_date_is_not_forgotten() -> None:
    gate = make_gate()
    order = deal(gate, value_date=ONE_MONTH)
    gate.roll(ONE_MONTH)
    assert gate.reverse_fill(order.reservation_id, "E1")


@pytest.mark.parametrize(
    ("now_ns", "day"),
    [
        (at(21, 59), "2026-03-02"),
        (at(22), "2026-03-03"),
        (at(22, day=date(2026, 3, 6)), "2026-03-09"),
        (at(12, day=date(2026, 3, 7)), "2026-03-09"),
        (at(20, 59, day=date(2026, 3, 9)), "2026-03-09"),
        (at(21, day=date(2026, 3, 9)), "2026-03-10"),  # New York's clocks went forward on the 8th
    ],
)
def test_a_risk_day_ends_at_five_in_new_york_and_a_weekend_belongs_to_monday(now_ns: int, day: str) -> None:
    assert NEW_YORK is not None
    assert risk_day(NEW_YORK, now_ns) == date.fromisoformat(day)


def test_the_next_end_of_a_day_is_always_to_come() -> None:
    assert NEW_YORK is not None
    assert next_end_ns(NEW_YORK, at(21, 59)) == at(22)
    assert next_end_ns(NEW_YORK, at(22)) == at(22, day=date(2026, 3, 3))
    paris = (NEW_YORK[0], ZoneInfo("Europe/Paris"))
    assert next_end_ns(paris, at(15, 59)) == at(16)


# --- overnight --------------------------------------------------------------------------------------------------------


def test_a_position_above_the_overnight_limit_is_told_and_stops_nothing() -> None:
    gate = make_gate(limits({"NOP_OVERNIGHT desk=treasury max": "1000000"}))
    deal(gate)
    notice = only(gate.check_overnight(("treasury", "rates"), NOW))
    assert (notice.code, notice.limit, notice.used) == (ReasonCode.NOP_OVERNIGHT, 1_000_000, 1_100_000)
    assert not notice.blocks
    assert gate.check_order(make_order(line_no=2), NOW).allowed


def test_an_overnight_position_without_a_rate_is_told_as_unknown() -> None:
    gate = make_gate()
    deal(gate)
    notice = only(gate.check_overnight(("treasury",), NOW + 61 * SECOND_NS))
    assert "no rate for EUR" in notice.detail


def test_a_desk_without_an_overnight_row_is_not_told_about() -> None:
    gate = make_gate(limits(without="NOP_OVERNIGHT"))
    deal(gate)
    assert gate.check_overnight(("treasury",), NOW) == []
    assert next_cutoff_ns(gate.limits, "treasury", NOW) is None
    assert next_cutoff_ns(limits(), "treasury", NOW) == at(22)


# --- double entry -----------------------------------------------------------------------------------------------------


def test_every_event_is_told_as_transfers_with_two_legs() -> None:
    gate, heard = make_gate(), list[Transfer]()
    gate.listen(heard.append)
    order = make_order(limit_rate="1.1")
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(400_000), D("1.1"))
    gate.reverse_fill(order.reservation_id, "E1")
    gate.release(order.reservation_id)
    name, free, pends, posted = order.reservation_id, Account.AVAILABLE, Account.PENDING, Account.POSTED
    assert [each for each in heard if each.node == VOLUME] == [
        Transfer(Event.RESERVE, name, "", VOLUME, free, pends, D(1_100_000)),
        Transfer(Event.POST, name, "E1", VOLUME, pends, free, D(440_000)),
        Transfer(Event.POST, name, "E1", VOLUME, free, posted, D(440_000)),
        Transfer(Event.REVERSE, name, "E1", VOLUME, free, pends, D(440_000)),
        Transfer(Event.REVERSE, name, "E1", VOLUME, posted, free, D(440_000)),
        Transfer(Event.VOID, name, "", VOLUME, pends, free, D(1_100_000)),
    ]


def test_an_order_that_names_a_counterparty_counts_on_its_own_line_and_its_groups() -> None:
    gate = make_gate()
    order = make_order(limit_rate="1.1")
    gate.reserve(replace(order, line=replace(order.line, counterparty="ACME-LDN")), NOW)
    assert used(gate, "COUNTERPARTY_LINE counterparty=ACME-LDN") == 11_000
    assert used(gate, "COUNTERPARTY_LINE group=ACME") == 11_000
    assert used(gate, "COUNTRY country=GB") == 11_000


def test_one_counterparty_of_a_group_that_owes_is_not_set_off_against_another_that_is_owed() -> None:
    gate = make_gate()
    for line_no, (name, side) in enumerate((("ACME-LDN", Side.BUY), ("ACME-NYC", Side.SELL)), 1):
        order = make_order(Terms(line_no=line_no, side=side))
        order = replace(order, line=replace(order.line, counterparty=name))
        gate.reserve(order, NOW)
        gate.fill(order.reservation_id, "E1", D(1_000_000), D("1.1"))
    quote(gate, "EUR/USD", "1.2")
    gate.check_order(make_order(line_no=3), NOW)
    add_ons = used(gate, "COUNTERPARTY_LINE counterparty=ACME-NYC")
    assert used(gate, "COUNTERPARTY_LINE counterparty=ACME-LDN") == 100_000 + add_ons
    assert used(gate, "COUNTERPARTY_LINE group=ACME") == 100_000 + 2 * add_ons


def test_the_size_that_a_denial_names_is_the_largest_even_where_an_order_makes_a_position_smaller_first() -> None:
    gate = make_gate(limits({"NOP_AGGREGATE desk=treasury max": "1100000"}))
    deal(gate)
    order = make_order(line_no=2, side=Side.SELL, amount="5000000", limit_rate="1.1")
    violation = only(gate.check_order(order, NOW).violations)
    assert (violation.code, violation.passes) == (ReasonCode.NOP_AGGREGATE, 2_000_000)
    assert gate.check_order(make_order(line_no=2, side=Side.SELL, amount="2000000", limit_rate="1.1"), NOW).allowed
    cent_more = make_order(line_no=2, side=Side.SELL, amount="2000000.01", limit_rate="1.1")
    assert not gate.check_order(cent_more, NOW).allowed
