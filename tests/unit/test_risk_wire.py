"""The last look at the wire: nothing but what the line asked for, never more of it, and never late."""

from datetime import date
from decimal import Decimal

import pytest
from risk_cases import BATCH, NOW, ONE_MONTH, SIX_MONTHS, SPOT_DAY, Terms, limits, make_deal, swap
from values import replace

from risk.reasons import ReasonCode, Violation
from risk.wire.guard import WireGuard
from trader.domain.commands import PlaceOrder
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, cl_ord_id

D = Decimal
MS = 1_000_000


LINE = Terms(amount="100")
LEG = "BUY 2026-03-04"


def guard() -> WireGuard:
    made = WireGuard(limits(), "simulator")
    made.register(LineId(BATCH, 1), make_deal(LINE))
    return made


def order(name: str, terms: Terms) -> PlaceOrder:
    return PlaceOrder(name, make_deal(terms), OrderType.MARKET, None, TimeInForce.DAY, "ACC-1", NOW)


def permit(made: WireGuard, child: int, quantity: str, line_no: int = 1, age_ns: int = 0) -> Violation | None:
    asked = order(cl_ord_id(BATCH, line_no, child), replace(LINE, amount=quantity))
    return made.permit(asked, NOW - age_ns, NOW)


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


WRONG_WAYS = {
    "pair": replace(LINE, pair="EUR/JPY"),
    "dealt currency": replace(LINE, dealt="USD"),
    "side": replace(LINE, side=Side.SELL),
    "value date": replace(LINE, value_date=date(2026, 3, 5)),
}


@pytest.mark.parametrize("fact", WRONG_WAYS)
def test_an_order_that_is_not_its_lines_way_is_refused_and_so_is_every_order_after_it(fact: str) -> None:
    made, terms = guard(), WRONG_WAYS[fact]
    refused = made.permit(order(cl_ord_id(BATCH, 1), terms), NOW, NOW)
    assert refused is not None
    assert (refused.code, refused.node) == (ReasonCode.WRONG_WAY, f"line={BATCH}:1")
    assert refused.detail.startswith(f"the order's {fact} is ")
    assert code(permit(made, 2, "1")) is ReasonCode.CHILD_WITHIN_PARENT


def test_an_order_that_is_wrong_in_everything_is_told_everything() -> None:
    terms = Terms("USD/JPY", "USD", Side.SELL, "100", value_date=date(2026, 3, 5))
    refused = guard().permit(order(cl_ord_id(BATCH, 1), terms), NOW, NOW)
    assert refused is not None
    assert refused.detail == (
        "the order's pair is USD/JPY, the line's EUR/USD and the order's dealt currency is USD, the line's EUR and "
        "the order's side is SELL, the line's BUY and the order's value date is 2026-03-05, the line's 2026-03-04"
    )


def test_a_slice_of_the_line_is_not_another_way() -> None:
    assert permit(guard(), 1, "0.01") is None


def test_a_latched_line_does_not_stop_the_others() -> None:
    made = guard()
    made.register(LineId(BATCH, 2), make_deal(replace(LINE, amount="50")))
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
    assert code(guard().permit(order(name, replace(LINE, amount="1")), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


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
    made.register(LineId(BATCH, 1), make_deal(LINE))
    assert code(permit(made, 1, "1")) is ReasonCode.LIMIT_UNDEFINED


def test_a_line_may_be_registered_again_as_it_is_and_not_otherwise() -> None:
    made = guard()
    permit(made, 1, "60")
    made.register(LineId(BATCH, 1), make_deal(LINE))
    assert code(permit(made, 2, "60")) is ReasonCode.CHILD_WITHIN_PARENT
    for other in (replace(LINE, amount="200"), replace(LINE, side=Side.SELL)):
        with pytest.raises(LocalOrderError, match="a line never changes"):
            made.register(LineId(BATCH, 1), make_deal(other))


def test_closing_what_was_never_permitted_is_our_own_mistake() -> None:
    with pytest.raises(LocalOrderError, match="never permitted"):
        guard().closed(cl_ord_id(BATCH, 1), D(0))


def test_the_snapshot_tells_what_is_live_and_what_is_latched() -> None:
    made = guard()
    permit(made, 1, "60")
    permit(made, 2, "60")
    name = cl_ord_id(BATCH, 1)
    assert made.snapshot() == {name[:14]: [{LEG: "100"}, {LEG: "60"}, True, {name: {LEG: "60"}}]}


# --- deals of several legs --------------------------------------------------------------------------------------------


SWAP = swap("150", amount="100")
NAME = cl_ord_id(BATCH, 1)


def swap_guard(terms: Terms = SWAP) -> WireGuard:
    made = WireGuard(limits(), "simulator")
    made.register(LineId(BATCH, 1), make_deal(terms))
    return made


def linked(child: int, leg: int, terms: Terms = SWAP) -> PlaceOrder:
    """The order of one leg of a swap, as a venue without swaps is sent it."""
    outright = make_deal(terms).outrights()[leg]
    return replace(order(cl_ord_id(BATCH, 1, child), terms), deal=outright)


def test_a_swap_leaves_as_a_whole_and_only_once() -> None:
    made = swap_guard()
    assert made.permit(order(NAME, SWAP), NOW, NOW) is None
    assert code(made.permit(order(cl_ord_id(BATCH, 1, 2), SWAP), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


def test_a_swap_leaves_as_one_order_a_leg_and_each_only_once() -> None:
    made = swap_guard()
    assert made.permit(linked(1, 0), NOW, NOW) is None
    assert made.permit(linked(2, 1), NOW, NOW) is None
    refused = made.permit(linked(3, 1), NOW, NOW)
    assert refused is not None
    assert (refused.code, refused.limit, refused.used, refused.asked) == (
        ReasonCode.CHILD_WITHIN_PARENT,
        D(150),
        D(150),
        D(150),
    )


def test_a_leg_that_has_left_alone_leaves_no_room_for_the_whole() -> None:
    made = swap_guard()
    made.permit(linked(1, 1), NOW, NOW)
    assert code(made.permit(order(cl_ord_id(BATCH, 1, 2), SWAP), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


def test_a_leg_that_did_not_fill_may_be_sent_again_and_the_other_not() -> None:
    made = swap_guard()
    made.permit(linked(1, 0), NOW, NOW)
    made.permit(linked(2, 1), NOW, NOW)
    made.closed(cl_ord_id(BATCH, 1, 2), D(0))
    assert made.permit(linked(3, 1), NOW, NOW) is None
    assert code(made.permit(linked(4, 0), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


def test_what_a_swap_filled_counts_on_every_leg_in_proportion() -> None:
    for far_qty, expected in (("90", None), ("90.01", ReasonCode.CHILD_WITHIN_PARENT)):
        made = swap_guard()
        made.permit(order(NAME, SWAP), NOW, NOW)
        made.closed(NAME, D(40))
        rest = order(cl_ord_id(BATCH, 1, 2), swap(far_qty, amount="60"))
        assert code(made.permit(rest, NOW, NOW)) is expected


@pytest.mark.parametrize(
    "sent",
    [
        swap("150", amount="100", side=Side.SELL),
        swap("150", amount="100", far_date=date(2026, 4, 8)),
        replace(SWAP, far=((Side.BUY, "150", ONE_MONTH),)),
        replace(SWAP, far=(*SWAP.far, (Side.BUY, "1", SIX_MONTHS))),
        replace(SWAP, side=Side.SELL, far=()),
        replace(SWAP, value_date=SIX_MONTHS, far=()),
        replace(SWAP, fixing_date=SPOT_DAY),
    ],
)
def test_legs_that_the_line_did_not_ask_for_are_the_wrong_way(sent: Terms) -> None:
    made = swap_guard()
    refused = made.permit(order(NAME, sent), NOW, NOW)
    assert code(refused) is ReasonCode.WRONG_WAY
    assert code(made.permit(order(NAME, SWAP), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


def test_two_legs_of_a_block_on_one_side_and_day_share_their_room() -> None:
    block = Terms(product=Product.BLOCK, amount="100", far=((Side.BUY, "50", SPOT_DAY),))
    made = swap_guard(block)
    assert made.permit(linked(1, 0, block), NOW, NOW) is None
    assert made.permit(linked(2, 1, block), NOW, NOW) is None
    assert code(made.permit(linked(3, 1, block), NOW, NOW)) is ReasonCode.CHILD_WITHIN_PARENT


def test_the_price_of_a_quote_is_no_affair_of_the_wire() -> None:
    quote = replace(order(NAME, SWAP), order_type=OrderType.PREVIOUSLY_QUOTED, price=D(999))
    assert swap_guard().permit(quote, NOW, NOW) is None
