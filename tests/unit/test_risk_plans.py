"""Plans: which orders share one, how long it holds, and how many there are."""

from dataclasses import replace

import pytest
from risk_cases import NOW, ONE_MONTH, at, limits, make_gate, make_order, swap

from risk.gate.gate import OrderRequest
from risk.gate.outline import Moment
from risk.gate.plan import Plans
from risk.ledger.claims import PositionClaim
from risk.registry import CHECKS
from trader.domain.deal import Product, Side

HOUR_NS = 3_600_000_000_000


def make_plans(plans_max: int = 100) -> Plans:
    gate = make_gate()
    return Plans(CHECKS, gate._context, gate._ledger, plans_max)


def test_orders_that_differ_in_size_and_rate_alone_share_a_plan() -> None:
    plans = make_plans()
    one = plans.plan(make_order(amount="1000000"), NOW)
    assert plans.plan(make_order(amount="2000000", limit_rate="1.1", line_no=2), NOW) is one
    assert len(plans) == 1


@pytest.mark.parametrize(
    "other",
    [
        make_order(side=Side.SELL),
        make_order(dealt="USD"),
        make_order(product=Product.FORWARD, value_date=ONE_MONTH),
        make_order(book="CORP"),
        make_order(swap()),
        replace(make_order(), trader="ben"),
        replace(make_order(), desk="MM"),
        replace(make_order(), venue="bank"),
        replace(make_order(), trade_date=ONE_MONTH),
    ],
    ids=["side", "currency", "date", "book", "legs", "trader", "desk", "venue", "trade date"],
)
def test_orders_that_differ_in_what_limits_are_looked_up_by_do_not(other: OrderRequest) -> None:
    plans = make_plans()
    assert plans.plan(other, NOW) is not plans.plan(make_order(), NOW)


def test_an_order_of_one_leg_shares_none_with_the_line_it_is_a_part_of() -> None:
    plans, whole = make_plans(), make_order(swap())
    near, _ = whole.line.deal.outrights()
    assert plans.plan(replace(whole, deal=near), NOW) is not plans.plan(whole, NOW)


def test_plans_of_two_books_share_the_claims_on_the_positions_of_both() -> None:
    plans = make_plans()
    one, other = (plans.plan(make_order(book=book), NOW).stakes.claims for book in ("HEDGE", "SALES"))
    positions = [claim for claim in one if isinstance(claim, PositionClaim)]
    assert len(positions) == 7
    assert all(any(claim is each for each in other) for claim in positions)


def test_a_plan_holds_for_its_hour() -> None:
    plans, order = make_plans(), make_order()
    plan = plans.plan(order, at(10))
    assert plans.plan(order, at(11) - 1) is plan
    assert plans.plan(order, at(11)) is not plan
    assert plans.plan(order, at(10) - 1) is not plan


def test_the_plan_too_many_takes_the_place_of_all() -> None:
    plans = make_plans(plans_max=2)
    orders = [make_order(book=book) for book in ("A", "B", "C")]
    first, *_ = [plans.plan(order, NOW) for order in orders]
    assert len(plans) == 1
    assert plans.plan(orders[0], NOW) is not first
    assert len(plans) == 2


def test_a_plan_that_is_over_makes_room_for_its_own_successor() -> None:
    plans = make_plans(plans_max=2)
    orders = [make_order(book=book) for book in ("A", "B")]
    kept = [plans.plan(order, NOW) for order in orders]
    plans.plan(orders[0], NOW + HOUR_NS)
    assert plans.plan(orders[1], NOW) is kept[1]


def test_what_the_market_says_is_kept_until_a_rate_changes_or_is_too_old() -> None:
    gate = make_gate(limits({"REFERENCE_STALE source=* pair=* age_s_max": "60"}))
    plan = Plans(CHECKS, gate._context, gate._ledger).plan(make_order(), NOW)
    said = plan.market(NOW)
    last_ns = NOW + 60_000_000_000
    assert plan.market(last_ns) is said
    assert plan.market(last_ns + 1) is not said
    again = plan.market(NOW)
    gate.points.load("market", ())
    assert plan.market(NOW) is not again


# --- the time ---------------------------------------------------------------------------------------------------------


def test_a_moment_that_nobody_asks_holds_for_ever() -> None:
    moment = Moment(NOW)
    assert moment.since_ns < 0 < 2**62 < moment.until_ns


def test_a_moment_holds_for_its_hour_when_the_hour_was_asked_for() -> None:
    moment = Moment(at(10, 59))
    assert moment.hour == "10"
    assert (moment.since_ns, moment.until_ns) == (at(10), at(11) - 1)


@pytest.mark.parametrize(
    ("now_ns", "is_before", "span"), [(at(12) - 1, True, (None, at(12) - 1)), (at(12), False, (at(12), None))]
)
def test_a_moment_holds_up_to_the_one_it_was_compared_with(
    now_ns: int, is_before: bool, span: tuple[int | None, int | None]
) -> None:
    moment, open_ended = Moment(now_ns), Moment(now_ns)
    assert moment.is_before(at(12)) is is_before
    assert (moment.since_ns, moment.until_ns) == (span[0] or open_ended.since_ns, span[1] or open_ended.until_ns)


@pytest.mark.parametrize(
    ("hour", "minutes", "is_within", "span"),
    [
        (7, (8 * 60, 18 * 60), False, (at(0), at(8) - 1)),
        (8, (8 * 60, 18 * 60), True, (at(8), at(18) - 1)),
        (18, (8 * 60, 18 * 60), False, (at(18), at(0) + 24 * HOUR_NS - 1)),
        (3, (22 * 60, 6 * 60), True, (at(0), at(6) - 1)),
        (6, (22 * 60, 6 * 60), False, (at(6), at(22) - 1)),
        (23, (22 * 60, 6 * 60), True, (at(22), at(0) + 24 * HOUR_NS - 1)),
    ],
)
def test_a_moment_knows_between_which_minutes_its_answer_stays_the_same(
    hour: int, minutes: tuple[int, int], is_within: bool, span: tuple[int, int]
) -> None:
    moment = Moment(at(hour))
    assert moment.is_within(*minutes) is is_within
    assert (moment.since_ns, moment.until_ns) == span
