"""What one order holds of the limits: from its reservation over its fills and busts to its end."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import NOP, NOW, codes, limits, make_gate, make_order, only, used

from risk.reasons import ReasonCode, Severity
from trader.domain.deal import Side
from trader.domain.errors import LocalOrderError

D = Decimal


def test_checking_changes_nothing() -> None:
    gate = make_gate()
    before = gate.snapshot()
    gate.check_order(make_order(), NOW)
    gate.check_order(make_order(amount="999999999"), NOW)
    assert gate.snapshot() == before


def test_a_denied_order_holds_nothing() -> None:
    gate = make_gate(limits({"VOLUME_DAY venue=* max": "1"}))
    assert not gate.reserve(make_order(), NOW).allowed
    assert used(gate) == {}


def test_a_reservation_id_is_never_used_twice() -> None:
    gate = make_gate()
    gate.reserve(make_order(), NOW)
    with pytest.raises(LocalOrderError, match="never used twice"):
        gate.reserve(make_order(), NOW)


def test_a_market_order_is_reserved_at_the_edge_of_the_collar_where_it_uses_most() -> None:
    gate = make_gate()
    gate.reserve(make_order(), NOW)
    gate.reserve(make_order(line_no=2, side=Side.SELL, dealt="USD", amount="1078000", book="HEDGE"), NOW)
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("1122000", "0")
    assert used(gate)["NOP_CURRENCY book=HEDGE currency=EUR long"] == ("1000000", "0")


def test_a_limit_order_is_reserved_at_its_limit() -> None:
    gate = make_gate()
    gate.reserve(make_order(limit_rate="1.104"), NOW)
    assert used(gate) == {
        "NOP_CURRENCY book=SALES currency=EUR long": ("1000000", "0"),
        "NOP_CURRENCY book=SALES currency=USD short": ("1104000", "0"),
        "SETTLEMENT_DAY group=STREET date=2026-03-04": ("1100000", "0"),
        "VOLUME_DAY 2026-03-02 counterparty=simulator": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 desk=treasury": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 pair=EUR/USD": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 trader=anna": ("1102000", "0"),
        "VOLUME_DAY 2026-03-02 venue=simulator": ("1102000", "0"),
    }


@pytest.mark.parametrize(
    ("terms", "contra"),
    [
        ({"side": Side.SELL, "limit_rate": "1.0800"}, "1122000"),
        ({"side": Side.SELL, "limit_rate": "1.1400"}, "1140000"),
        ({"side": Side.BUY, "limit_rate": "1.0800"}, "1080000"),
        ({"side": Side.SELL, "dealt": "USD", "amount": "1078000", "limit_rate": "1.1"}, "1000000"),
        ({"side": Side.SELL, "dealt": "USD", "amount": "1078000", "limit_rate": "1.05"}, "1026666.67"),
        ({"side": Side.BUY, "dealt": "USD", "amount": "1100000", "limit_rate": "1.1"}, "1000000"),
    ],
)
def test_a_limit_that_is_only_the_least_received_is_reserved_at_the_most_that_may_be(
    terms: dict[str, object], contra: str
) -> None:
    gate, order = make_gate(), make_order(**terms)
    assert gate.reserve(order, NOW).allowed
    currency = order.order_deal.contra_currency
    side = "long" if order.order_deal.near_leg.side is Side.SELL else "short"
    assert used(gate)[f"NOP_CURRENCY book=SALES currency={currency} {side}"] == (contra, "0")


def test_the_net_open_position_counts_working_orders_on_their_own_side_only() -> None:
    """Bought 30, sold 10, buying 25, selling 40: the position can become 45 long or 20 short, so 45 is used."""
    gate = make_gate(limits({NOP: "45000"}))
    for line_no, (side, filled, amount) in enumerate(
        [
            (Side.BUY, True, "30000"),
            (Side.SELL, True, "10000"),
            (Side.BUY, False, "25000"),
            (Side.SELL, False, "40000"),
        ],
        1,
    ):
        order = make_order(line_no=line_no, side=side, amount=amount)
        assert gate.reserve(order, NOW).allowed
        if filled:
            gate.fill(order.reservation_id, "E1", D(amount), D("1.1"))
    nodes = {u.node: u.used for u in gate.utilisation()}
    long, short = (nodes[f"NOP_CURRENCY book=SALES currency=EUR {side}"] for side in ("long", "short"))
    assert (long, short, max(long, short)) == (D(45000), D(20000), D(45000))
    assert not gate.reserve(make_order(line_no=5, amount="1000"), NOW).allowed
    assert gate.reserve(make_order(line_no=6, side=Side.SELL, amount="1000"), NOW).allowed


def test_a_fill_posts_what_was_dealt_and_the_rest_stays_pending_until_the_order_is_final() -> None:
    gate, order = make_gate(), make_order(limit_rate="1.104")
    gate.reserve(order, NOW)
    assert gate.fill(order.reservation_id, "E1", D(250000), D("1.1")) == ()
    assert used(gate)["NOP_CURRENCY book=SALES currency=EUR long"] == ("750000", "250000")
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("828000", "275000")
    gate.release(order.reservation_id)
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("0", "275000")
    assert used(gate)["VOLUME_DAY 2026-03-02 desk=treasury"] == ("0", "275000")


@pytest.mark.parametrize(
    ("stated", "posted"),
    [
        ("1100000.01", "1100000.01"),
        ("1100000.02", "1100000"),
        ("1099999.99", "1100000"),
        ("0.01", "1100000"),
        ("NaN", "1100000"),
        (None, "1100000"),
    ],
)
def test_the_venues_own_contra_amount_is_posted_where_it_is_ours_and_its_rounding_more(
    stated: str | None, posted: str
) -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None if stated is None else D(stated))
    assert used(gate)["NOP_CURRENCY book=SALES currency=USD short"] == ("0", posted)


def test_a_fill_above_the_limit_counts_and_notifies() -> None:
    gate = make_gate(limits({NOP: "1000000"}))
    order = make_order()
    gate.reserve(order, NOW)
    notice = only(gate.fill(order.reservation_id, "E1", D(1000001), D("1.1")))
    assert (notice.code, notice.severity, notice.free) == (ReasonCode.NOP_CURRENCY, Severity.NOTIFIES, D(-1))


@pytest.mark.parametrize(
    ("px", "limit_rate", "edge"),
    [
        ("1.0780", None, None),
        ("1.1220", None, None),
        ("1.0779", None, "1.0780"),
        ("1.1221", None, "1.1220"),
        ("1.1221", "1.12", None),
    ],
)
def test_a_market_order_filled_outside_the_collar_counts_and_notifies(
    px: str, limit_rate: str | None, edge: str | None
) -> None:
    gate, order = make_gate(), make_order(limit_rate=limit_rate)
    assert gate.reserve(order, NOW).allowed
    notices = gate.fill(order.reservation_id, "E1", D(1000), D(px))
    assert [(v.code, v.limit, v.severity) for v in notices] == (
        [] if edge is None else [(ReasonCode.PRICE_COLLAR, D(edge), Severity.NOTIFIES)]
    )
    assert used(gate)["NOP_CURRENCY book=SALES currency=EUR long"][1] == "1000"


def test_a_busted_fill_is_taken_back_once() -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    before = used(gate)
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"))
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert not gate.reverse_fill(order.reservation_id, "E1")
    assert used(gate) == before


@pytest.mark.parametrize("act", ["fill", "reverse_fill", "release"])
def test_what_was_never_reserved_is_our_own_mistake(act: str) -> None:
    arguments = {"fill": ("E1", D(1), D(1)), "reverse_fill": ("E1",), "release": ()}[act]
    with pytest.raises(LocalOrderError, match="there is no reservation"):
        getattr(make_gate(), act)("unheard of", *arguments)


def test_turnover_starts_from_zero_on_the_next_trade_date() -> None:
    gate = make_gate(limits({"VOLUME_DAY desk=* max": "1200000"}))
    assert gate.reserve(make_order(), NOW).allowed
    assert codes(gate.reserve(make_order(line_no=2), NOW).violations) == [ReasonCode.VOLUME_DAY]
    tomorrow = replace(make_order(line_no=3, value_date=date(2026, 3, 5)), trade_date=date(2026, 3, 3))
    assert gate.reserve(tomorrow, NOW).allowed


def test_other_limits_hold_at_once_and_what_is_reserved_stays() -> None:
    gate = make_gate()
    gate.reserve(make_order(), NOW)
    before = used(gate)
    gate.reconfigure(limits({NOP: "1500000"}), gate._context.calendars)
    assert used(gate) == before
    assert codes(gate.reserve(make_order(line_no=2), NOW).violations) == [ReasonCode.NOP_CURRENCY]
    gate.reconfigure(limits(without="REFERENCE_STALE"), gate._context.calendars)
    assert codes(gate.reserve(make_order(line_no=3), NOW).violations) == [ReasonCode.LIMIT_UNDEFINED]


def test_the_same_calls_give_the_same_snapshot() -> None:
    def play() -> dict[str, object]:
        gate, order = make_gate(), make_order()
        gate.reserve(order, NOW)
        gate.remember_line(order)
        gate.fill(order.reservation_id, "E1", D(1000), D("1.1"))
        return gate.snapshot()

    assert play() == play()
