"""Ten risk messages a second, fifteen in all, three of them kept for cancels."""

import pytest
from risk_cases import NOW, limits

from risk.reasons import ReasonCode
from risk.wire.rate import MessageRate, VenuePace

SECOND = 1_000_000_000


def test_a_burst_uses_the_window_up_and_it_comes_back_as_it_slides() -> None:
    rate = MessageRate(limits(), "s")
    rate.spent(NOW, 6)
    rate.spent(NOW + 1, 4)
    assert rate.allow(NOW + 2) == 0
    assert rate.allow(NOW + SECOND - 1) == 0
    assert rate.allow(NOW + SECOND) == 6
    assert rate.allow(NOW + SECOND + 1) == 10


def test_the_next_moment_is_exactly_when_one_more_may_leave() -> None:
    rate = MessageRate(limits(), "s")
    assert rate.next_free_ns(NOW) == NOW
    rate.spent(NOW, 10)
    free_ns = rate.next_free_ns(NOW + 5)
    assert free_ns == NOW + SECOND
    assert rate.allow(free_ns - 1) == 0
    assert rate.allow(free_ns) == 10


def test_cancels_use_their_own_room_first_and_then_slow_the_orders_down() -> None:
    rate = MessageRate(limits(), "s")
    rate.passed(NOW, 2)
    assert rate.allow(NOW) == 10
    rate.passed(NOW, 6)
    assert rate.allow(NOW) == 4
    rate.passed(NOW + 1, 100)
    assert rate.allow(NOW + 1) == 0
    assert rate.next_free_ns(NOW + 1) == NOW + 1 + SECOND


def test_orders_never_use_the_room_for_cancels() -> None:
    rate = MessageRate(limits({"MESSAGE_RATE session=* risk_messages_max": "100"}), "s")
    assert rate.allow(NOW) == 12


@pytest.mark.parametrize("figure", ["window_ms", "risk_messages_max", "all_messages_max", "cancel_room_messages"])
def test_without_a_figure_no_risk_leaves_ever(figure: str) -> None:
    rate = MessageRate(limits(without=f"MESSAGE_RATE session=* {figure}"), "s")
    violation = rate.check(1, NOW)
    assert rate.allow(NOW) == 0
    assert rate.next_free_ns(NOW) is None
    assert violation is not None
    assert violation.code is ReasonCode.LIMIT_UNDEFINED
    assert violation.detail == f"MESSAGE_RATE has no row for {figure}"


def test_room_for_cancels_that_leaves_none_for_orders_is_never_free() -> None:
    rate = MessageRate(limits({"MESSAGE_RATE session=* cancel_room_messages": "15"}), "s")
    assert rate.allow(NOW) == 0
    assert rate.next_free_ns(NOW) is None


def test_a_burst_that_does_not_fit_is_told_in_numbers() -> None:
    rate = MessageRate(limits(), "s")
    rate.spent(NOW, 7)
    violation = rate.check(4, NOW)
    assert violation is not None
    assert (violation.code, violation.limit, violation.used, violation.free) == (ReasonCode.MESSAGE_RATE, 10, 7, 3)
    assert rate.check(3, NOW) is None


@pytest.mark.parametrize(
    ("messages_max", "room"),
    [(0, 0), (10, 2), (12, 2), (100, 2), (4, 0)],
    ids=["no pace", "as the desk's", "all messages count", "a venue that takes more than the desk sends", "slow"],
)
def test_an_order_that_rests_leaves_a_fifth_of_the_smaller_window(messages_max: int, room: int) -> None:
    rate = MessageRate(limits(), "s", VenuePace(messages_max, SECOND) if messages_max else None)
    assert rate.room == room
    assert rate.next_free_ns(NOW, 1 + rate.room) == NOW
