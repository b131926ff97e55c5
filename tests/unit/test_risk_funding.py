"""What is paid on a day, and the gap that is left in a bucket of days: FUNDING and GAP_BUCKET."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from product_cases import far
from risk_cases import NOW, ONE_MONTH, SPOT_DAY, codes, limits, make_gate, make_order, only, reserved, swap, used_of

from risk.reasons import ReasonCode, Severity
from trader.domain.deal import Product, Side

# --- FUNDING ----------------------------------------------------------------------------------------------------------


def test_what_is_paid_adds_up_by_currency_and_day_and_nothing_is_set_off() -> None:
    gate = make_gate()
    reserved(gate, 1, limit_rate="1.104")
    reserved(gate, 2, side=Side.SELL)
    gate.reserve(make_order(swap(), line_no=3), NOW)
    assert used_of(gate, "FUNDING") == {
        f"currency=USD date={SPOT_DAY}": ("2226000", "0"),
        f"currency=EUR date={SPOT_DAY}": ("1000000", "0"),
        f"currency=EUR date={ONE_MONTH}": ("1000000", "0"),
    }


def test_a_fill_is_paid_at_its_own_rate() -> None:
    gate, order = make_gate(), make_order()
    gate.reserve(order, NOW)
    gate.fill(order.reservation_id, "E1", Decimal(1_000_000), Decimal("1.1"))
    assert used_of(gate, "FUNDING") == {f"currency=USD date={SPOT_DAY}": ("0", "1100000")}
    gate.release(order.reservation_id)
    gate.roll(SPOT_DAY)
    assert used_of(gate, "FUNDING") == {f"currency=USD date={SPOT_DAY}": ("0", "1100000")}
    gate.roll(SPOT_DAY + timedelta(days=1))
    assert used_of(gate, "FUNDING") == {}, "what was paid needs no funds any more"


@pytest.mark.parametrize("control", ["FUNDING currency=USD", "GAP_BUCKET book=SALES currency=USD"])
@pytest.mark.parametrize(("mode", "severity"), [("hard", Severity.BLOCKS), ("soft", Severity.NOTIFIES)])
def test_above_the_limit_a_hard_row_denies_and_a_soft_one_tells(control: str, mode: str, severity: Severity) -> None:
    star = control.replace("SALES", "*").replace("USD", "*")
    gate = make_gate(limits({f"{control} max": "1099999.99", f"{star} mode": mode}))
    decision = reserved(gate, 1, limit_rate="1.1")
    violation = only(decision.violations)
    assert (violation.code, violation.severity) == (control.split(maxsplit=1)[0], severity)
    assert decision.allowed is (mode == "soft")
    assert bool(used_of(gate, control.split(maxsplit=1)[0])) is (mode == "soft")


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
    assert used_of(gate, "FUNDING") == {f"currency=USD date={ONE_MONTH}": ("200000", "0")}
    assert used_of(gate, "GAP_BUCKET") == {
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
    assert used_of(gate, "GAP_BUCKET") == {
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
    eur = {node: held for node, held in used_of(gate, "GAP_BUCKET").items() if "currency=EUR" in node}
    assert eur == {
        f"book=SALES currency=EUR {near} in": ("1000000", "0"),
        f"book=SALES currency=EUR {later} out": ("1000000", "0"),
    }


def test_a_swap_within_a_bucket_leaves_no_gap() -> None:
    gate = make_gate(limits({"GAP_BUCKET book=* currency=* bucket": "month"}))
    order = make_order(swap(far_date=date(2026, 3, 11)))
    assert gate.reserve(order, NOW).allowed
    assert not [node for node in used_of(gate, "GAP_BUCKET") if "currency=EUR" in node]
    told = (far(Side.SELL, "1000000", "1.101"),)
    gate.fill(order.reservation_id, "E1", Decimal(1_000_000), Decimal("1.1"), None, told)
    assert used_of(gate, "GAP_BUCKET") == {
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
    nodes = used_of(gate, "GAP_BUCKET")
    assert nodes["book=SALES currency=EUR month=2026-03 in"] == ("1500000", "0")
    assert nodes["book=SALES currency=EUR month=2026-04 in"] == ("250000", "0")
    told = (far(Side.BUY, "500000", "1.1"), far(Side.BUY, "250000", "1.1"))
    gate.fill(block.reservation_id, "E1", Decimal(1_000_000), Decimal("1.1"), None, told)
    assert used_of(gate, "GAP_BUCKET")["book=SALES currency=USD month=2026-03 out"] == ("0", "1650000")


def test_a_week_is_that_of_the_iso_calendar() -> None:
    gate = make_gate(limits({"GAP_BUCKET book=* currency=* bucket": "week"}))
    reserved(gate, 1)
    assert "book=SALES currency=EUR week=2026-W10 in" in used_of(gate, "GAP_BUCKET")
