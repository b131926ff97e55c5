"""A venue's pace at the wire: whenever messages are handed over, no window holds more of them than it may."""

from hypothesis import given
from hypothesis import strategies as st

from trader.adapters.wire_pace import WirePace
from trader.fix.dialect import Pace

MS = 1_000_000
PACE = Pace(messages_max=3, window_ms=100)


def test_a_message_waits_until_the_window_is_free_again() -> None:
    wire = WirePace(PACE)
    for at_ms in (0, 40, 40):
        assert wire.rest_s(at_ms * MS) == 0
        wire.left(at_ms * MS)
    assert wire.rest_s(50 * MS) == 0.070
    assert wire.rest_s(120 * MS) == 0


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=1, max_size=30))
def test_no_window_holds_more_messages_than_it_may(gaps_ms: list[int]) -> None:
    wire, now_ns, moments = WirePace(PACE), 0, []
    for gap_ms in gaps_ms:
        now_ns += gap_ms * MS
        now_ns += round(wire.rest_s(now_ns) * 1_000 * MS)
        wire.left(now_ns)
        moments.append(now_ns)
    in_one_window = zip(moments, moments[PACE.messages_max :], strict=False)
    assert all(later - earlier >= PACE.kept_ns for earlier, later in in_one_window)


def test_what_need_not_wait_does_not() -> None:
    wire = WirePace(PACE)
    for at_ms in range(0, 1_000, 40):
        assert wire.rest_s(at_ms * MS) == 0
        wire.left(at_ms * MS)
