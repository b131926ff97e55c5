"""The bound that ``trader bench rfq`` is held against: worked out by hand, and by a sliding window of messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.limits.book import LimitBook
from risk.limits.file import parse_limits
from risk.wire.rate import MessageRate, VenuePace
from trader.app.bench.rfq import SlowVenue

_MS = 1_000_000
_ANY_RATE = parse_limits(
    b"control,key,parameter,value,note\n"
    b"MESSAGE_RATE,session=*,window_ms,1000,\n"
    b"MESSAGE_RATE,session=*,risk_messages_max,1000000,\n"
    b"MESSAGE_RATE,session=*,all_messages_max,1000000,\n"
    b"MESSAGE_RATE,session=*,cancel_room_messages,1,\n",
    "limits.csv",
)


@pytest.mark.parametrize(
    ("lines", "expected_ms", "why"),
    [
        (1, 290, "one line takes a quote and a fill"),
        (24, 290, "50 messages with the question for prices and the one for the trade reports"),
        (25, 1040, "the last of 51 messages is an order in the second window"),
        (100, 4040, "the 201st message is the last order, in the fifth window"),
    ],
)
def test_the_bound_of_a_batch(lines: int, expected_ms: int, why: str) -> None:
    assert SlowVenue().bound_ms(lines) == expected_ms, why


def test_the_trade_reports_count_where_they_alone_need_another_window() -> None:
    # 26 messages: 1 for prices and 25 for the reports' request behind 12 requests and 12 orders.
    slow = SlowVenue(messages=25)
    assert slow.bound_ms(12) == 1000
    assert slow.bound_ms(11) == 290


@given(number=st.integers(1, 300), messages=st.integers(1, 60))
def test_no_sliding_window_lets_a_message_leave_before_the_bound_and_one_lets_it_leave_then(
    number: int, messages: int
) -> None:
    slow = SlowVenue(messages=messages)
    rate = MessageRate(LimitBook.from_rows(_ANY_RATE.rows), "S", VenuePace(messages, slow.window_ms * _MS))
    now_ns = 0
    for _ in range(number):
        now_ns = rate.next_any_ns(now_ns)
        rate.takes_any(now_ns)
        rate.passed(now_ns)
    assert now_ns == slow.leaves_ms(number) * _MS


def test_the_bound_is_told_as_a_sum_that_a_person_can_follow() -> None:
    how = SlowVenue().how(100)
    assert "100 requests and 100 orders" in how
    assert "the last order after 4000 ms" in how
    assert "40 ms more" in how
