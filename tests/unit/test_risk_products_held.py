"""What the legs of a swap, a block or an NDF hold of the limits, and what their fills post."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from product_cases import BLOCK, NDF, far, linked
from risk_cases import (
    NOW,
    ONE_MONTH,
    SIX_MONTHS,
    SPOT_DAY,
    Terms,
    codes,
    limits,
    make_batch,
    make_gate,
    make_order,
    only,
    swap,
    used,
)

from risk.reasons import ReasonCode
from trader.domain.deal import Side

D = Decimal
EUR_LONG, EUR_SHORT = "NOP_CURRENCY book=SALES currency=EUR long", "NOP_CURRENCY book=SALES currency=EUR short"
USD_LONG, USD_SHORT = "NOP_CURRENCY book=SALES currency=USD long", "NOP_CURRENCY book=SALES currency=USD short"


def day(value_date: date) -> str:
    return f"SETTLEMENT_DAY group=STREET date={value_date}"


def test_an_even_swap_holds_no_position_but_the_width_of_the_collars_and_a_day_for_each_leg() -> None:
    """2 % of 1.1 million either way on both legs. The day of the far leg receives dollars, at most 1.122 million."""
    gate = make_gate()
    assert gate.reserve(make_order(swap()), NOW).allowed
    assert used(gate) == {
        USD_LONG: ("44000", "0"),
        USD_SHORT: ("44000", "0"),
        day(SPOT_DAY): ("1100000", "0"),
        day(ONE_MONTH): ("1122000", "0"),
        "VOLUME_DAY 2026-03-02 counterparty=simulator": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 desk=treasury": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 pair=EUR/USD": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 trader=anna": ("1111000", "0"),
        "VOLUME_DAY 2026-03-02 venue=simulator": ("1111000", "0"),
    }


def test_a_filled_even_swap_leaves_its_points_in_the_position_and_counts_once_in_the_turnover() -> None:
    """Paid USD 1,100,000 and gets 1,101,000 back, for the same EUR 1,000,000."""
    gate, order = make_gate(), make_order(swap())
    gate.reserve(order, NOW)
    assert (
        gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None, (far(Side.SELL, "1000000", "1.101"),)) == ()
    )
    assert used(gate) == {
        USD_LONG: ("0", "1000"),
        USD_SHORT: ("0", "-1000"),
        day(SPOT_DAY): ("0", "1100000"),
        day(ONE_MONTH): ("0", "1101000"),
        "VOLUME_DAY 2026-03-02 counterparty=simulator": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 desk=treasury": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 pair=EUR/USD": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 trader=anna": ("0", "1100500"),
        "VOLUME_DAY 2026-03-02 venue=simulator": ("0", "1100500"),
    }


def test_an_uneven_swap_holds_what_the_legs_do_not_set_off() -> None:
    gate = make_gate()
    gate.reserve(make_order(swap("1250000")), NOW)
    held = used(gate)
    assert held[EUR_SHORT] == ("250000", "0")
    assert EUR_LONG not in held
    assert held["VOLUME_DAY 2026-03-02 desk=treasury"] == ("1388750", "0")


def test_a_block_holds_its_net_position_every_day_and_every_leg_of_its_turnover() -> None:
    """Sells 1,000,000 and 500,000 and buys 250,000: short 1,250,000."""
    gate, order = make_gate(), make_order(BLOCK)
    gate.reserve(order, NOW)
    held = used(gate)
    assert held[EUR_SHORT] == ("1250000", "0")
    assert (held[day(SPOT_DAY)], held[day(ONE_MONTH)], held[day(SIX_MONTHS)]) == (
        ("1122000", "0"),
        ("561000", "0"),
        ("275000", "0"),
    )
    assert held["VOLUME_DAY 2026-03-02 desk=treasury"] == ("1944250", "0")
    legs = (far(Side.SELL, "500000", "1.102"), far(Side.BUY, "250000", "1.106"))
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None, legs)
    posted = used(gate)
    assert (posted[EUR_SHORT], posted[EUR_LONG]) == (("0", "1250000"), ("0", "-1250000"))
    assert posted[USD_LONG] == ("0", "1374500")


def test_two_legs_of_a_block_on_one_day_add_up_on_it() -> None:
    gate = make_gate()
    gate.reserve(make_order(replace(BLOCK, side=Side.BUY, far=((Side.BUY, "500000", SPOT_DAY),))), NOW)
    assert used(gate)[day(SPOT_DAY)] == ("1650000", "0")


def test_a_part_of_a_swap_leaves_its_part_of_everything_held() -> None:
    gate, order = make_gate(), make_order(swap())
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(250000), D("1.1"), None, (far(Side.SELL, "250000", "1.101"),))
    assert used(gate)[day(ONE_MONTH)] == ("841500", "275250")
    assert used(gate)[USD_SHORT] == ("33000", "-250")
    gate.release(order.reservation_id)
    assert used(gate)[day(ONE_MONTH)] == ("0", "275250")


def test_a_bust_takes_every_leg_back() -> None:
    gate, order = make_gate(), make_order(BLOCK)
    gate.reserve(order, NOW)
    before = used(gate)
    legs = (far(Side.SELL, "500000", "1.102", "551000.01"), far(Side.BUY, "250000", "1.106"))
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), D("1100000.01"), legs)
    assert used(gate)[USD_LONG] == ("0", "1374500.02")
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert used(gate) == before


def test_a_leg_that_the_venue_says_nothing_about_is_booked_in_proportion_at_the_near_rate() -> None:
    gate, order = make_gate(), make_order(swap("1500000"))
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", D(500000), D("1.1"))
    assert used(gate)[EUR_SHORT] == ("250000", "250000")
    assert used(gate)[USD_LONG][1] == "275000"


def test_a_leg_filled_outside_its_collar_is_told() -> None:
    gate, order = make_gate(), make_order(swap())
    gate.reserve(order, NOW)
    told = gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"), None, (far(Side.SELL, "1000000", "1.2"),))
    notice = only(told)
    assert (notice.code, notice.blocks, notice.asked) == (ReasonCode.PRICE_COLLAR, False, D("1.2"))


def test_a_batch_counts_a_swap_once_and_every_leg_of_a_block() -> None:
    book = limits({"BATCH_GROSS desk=* max": "1100000"})
    assert make_gate(book).check_batch(make_batch(swap()), NOW) == ()
    assert codes(make_gate(book).check_batch(make_batch(swap("1000000.01")), NOW)) == [ReasonCode.BATCH_GROSS]
    assert only(make_gate(book).check_batch(make_batch(BLOCK), NOW)).asked == D("1925000")


# --- linked orders ----------------------------------------------------------------------------------------------------


def test_linked_orders_are_reserved_each_as_an_outright_of_its_own() -> None:
    gate = make_gate()
    near, far_leg = linked(swap())
    assert gate.reserve(near, NOW).allowed
    assert used(gate)[EUR_LONG] == ("1000000", "0")
    assert gate.reserve(far_leg, NOW).allowed
    held = used(gate)
    assert (held[EUR_LONG], held[EUR_SHORT]) == (("1000000", "0"), ("1000000", "0"))
    assert (held[day(SPOT_DAY)], held[day(ONE_MONTH)]) == (("1100000", "0"), ("1122000", "0"))
    assert held["VOLUME_DAY 2026-03-02 desk=treasury"] == ("2222000", "0")
    gate.fill(far_leg.reservation_id, "E1", D(1000000), D("1.101"))
    assert used(gate)[EUR_SHORT] == ("0", "1000000")


# --- settlement -------------------------------------------------------------------------------------------------------


def test_settlement_day_adds_up_gross_what_is_received_on_a_value_date() -> None:
    """Buy EUR 10m paying USD 11m, and buy USD 4m paying GBP 3m: USD 15m. Payment versus payment is not known here."""
    gate = make_gate()
    for line_no, terms in enumerate(
        (
            Terms(amount="10000000", limit_rate="1.1"),
            Terms(pair="GBP/USD", dealt="USD", amount="4000000", limit_rate="1.3"),
        ),
        start=1,
    ):
        assert gate.reserve(make_order(terms, line_no=line_no), NOW).allowed
    assert used(gate)[day(SPOT_DAY)] == ("15000000", "0")


def test_an_ndf_is_a_whole_position_and_settles_the_difference_only() -> None:
    """A tenth of the notional, which is the mean of 1.1 million and the worst 1.122 million."""
    gate, order = make_gate(), make_order(NDF)
    gate.reserve(order, NOW)
    held = used(gate)
    assert held[day(ONE_MONTH)] == ("111100", "0")
    assert held[EUR_LONG] == ("1000000", "0")
    gate.fill(order.reservation_id, "E1", D(1000000), D("1.1"))
    assert used(gate)[day(ONE_MONTH)] == ("0", "110000")


def test_an_ndf_of_a_pair_without_a_largest_move_is_denied_and_what_is_delivered_is_not() -> None:
    gate = make_gate(limits(without="SETTLEMENT_DAY pair="))
    violation = only(gate.check_order(make_order(NDF), NOW).violations)
    assert (violation.code, violation.node) == (ReasonCode.LIMIT_UNDEFINED, "pair=EUR/USD")
    assert gate.check_order(make_order(swap()), NOW).allowed
