"""The last look at the wire: never more than the line asked for, and never late."""

from decimal import Decimal

import pytest
from risk_cases import BATCH, NOW, limits

from risk.reasons import ReasonCode, Violation
from risk.wire import WireGuard
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, cl_ord_id

D = Decimal
MS = 1_000_000


def guard(asked: str = "100") -> WireGuard:
    made = WireGuard(limits(), "simulator")
    made.register(LineId(BATCH, 1), D(asked))
    return made


def permit(made: WireGuard, child: int, quantity: str, line_no: int = 1, age_ns: int = 0) -> Violation | None:
    return made.permit(cl_ord_id(BATCH, line_no, child), D(quantity), NOW - age_ns, NOW)


def code(violation: Violation | None) -> ReasonCode | None:
    return None if violation is None else violation.code


def test_children_may_add_up_to_the_line_and_no_further() -> None:
    made = guard()
    assert permit(made, 1, "60") is None
    assert permit(made, 2, "40") is None
    refused = permit(made, 3, "0.01")
    assert refused is not None
    assert (refused.code, refused.limit, refused.used, refused.asked) == (
        ReasonCode.CHILD_WITHIN_PARENT,
        D(100),
        D(100),
        D("0.01"),
    )


def test_what_did_not_fill_is_free_again_and_what_filled_is_not() -> None:
    made = guard()
    permit(made, 1, "100")
    made.closed(cl_ord_id(BATCH, 1, 1), D(30))
    assert permit(made, 2, "70") is None
    assert code(permit(made, 3, "1")) is ReasonCode.CHILD_WITHIN_PARENT


def test_an_overfill_leaves_less_for_the_next() -> None:
    made = guard()
    permit(made, 1, "50")
    made.closed(cl_ord_id(BATCH, 1, 1), D(80))
    assert code(permit(made, 2, "21")) is ReasonCode.CHILD_WITHIN_PARENT


def test_a_bust_after_the_close_frees_what_it_takes_back() -> None:
    made = guard()
    permit(made, 1, "100")
    made.closed(cl_ord_id(BATCH, 1, 1), D(100))
    made.closed(cl_ord_id(BATCH, 1, 1), D(40))
    assert permit(made, 2, "60") is None


def test_a_line_that_asked_for_too_much_once_sends_nothing_more() -> None:
    made = guard()
    assert code(permit(made, 1, "101")) is ReasonCode.CHILD_WITHIN_PARENT
    assert code(permit(made, 2, "1")) is ReasonCode.CHILD_WITHIN_PARENT


def test_a_latched_line_does_not_stop_the_others() -> None:
    made = guard()
    made.register(LineId(BATCH, 2), D(50))
    permit(made, 1, "101")
    assert permit(made, 1, "50", line_no=2) is None


def test_the_same_order_twice_is_refused_even_when_it_would_fit() -> None:
    made = guard()
    assert permit(made, 1, "10") is None
    violation = permit(made, 1, "10")
    assert violation is not None
    assert "sent before" in violation.detail


@pytest.mark.parametrize("quantity", ["0", "-5"])
def test_a_quantity_that_cannot_be_is_refused(quantity: str) -> None:
    assert code(permit(guard(), 1, quantity)) is ReasonCode.CHILD_WITHIN_PARENT


@pytest.mark.parametrize("name", [cl_ord_id(BATCH, 9), "HELLO", ""])
def test_an_order_that_no_line_asked_for_is_refused(name: str) -> None:
    assert code(guard().permit(name, D(1), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


@pytest.mark.parametrize(
    ("age_ns", "expected"), [(0, None), (2000 * MS, None), (2000 * MS + 1, "STALE_SEND"), (-1, "STALE_SEND")]
)
def test_a_decision_is_sent_within_its_time(age_ns: int, expected: str | None) -> None:
    assert code(permit(guard(), 1, "100", age_ns=age_ns)) == expected


def test_a_stale_order_is_not_live_and_does_not_latch() -> None:
    made = guard()
    permit(made, 1, "100", age_ns=3000 * MS)
    assert permit(made, 1, "100") is None


def test_without_its_limit_nothing_leaves() -> None:
    made = WireGuard(limits(without="STALE_SEND"), "simulator")
    made.register(LineId(BATCH, 1), D(100))
    assert code(permit(made, 1, "1")) is ReasonCode.LIMIT_UNDEFINED


def test_a_line_may_be_registered_again_as_it_is_and_not_otherwise() -> None:
    made = guard()
    permit(made, 1, "60")
    made.register(LineId(BATCH, 1), D(100))
    assert code(permit(made, 2, "60")) is ReasonCode.CHILD_WITHIN_PARENT
    with pytest.raises(LocalOrderError, match="a line never changes"):
        made.register(LineId(BATCH, 1), D(200))


def test_closing_what_was_never_permitted_is_our_own_mistake() -> None:
    with pytest.raises(LocalOrderError, match="never permitted"):
        guard().closed(cl_ord_id(BATCH, 1), D(0))


def test_the_snapshot_tells_what_is_live_and_what_is_latched() -> None:
    made = guard()
    permit(made, 1, "60")
    permit(made, 2, "60")
    name = cl_ord_id(BATCH, 1)
    assert made.snapshot() == {name[:14]: ["100", "60", True, {name: "60"}]}
