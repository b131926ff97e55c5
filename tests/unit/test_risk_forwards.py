"""A forward at the gate once there is a curve of points: its collar, and a curve that is not there or no good."""

from product_cases import SIX_MONTH_FORWARD
from risk_cases import CURVE, NOW, Pillar, codes, limits, make_gate, make_order, only

from risk.reasons import ReasonCode

SIX_MONTH_COLLAR = {
    "PRICE_COLLAR pair=* hour=* tenor=6M inner_fraction_max": "0.001",
    "PRICE_COLLAR pair=* hour=* tenor=6M band_fraction_max": "0.001",
}


def test_with_a_curve_the_collar_is_around_the_outright() -> None:
    gate = make_gate(limits({"PRICE_COLLAR pair=* hour=* tenor=6M collar_fraction_max": "0.001"} | SIX_MONTH_COLLAR))
    order = make_order(SIX_MONTH_FORWARD, limit_rate="1.1065")
    assert codes(gate.check_order(order, NOW).violations) == [ReasonCode.PRICE_COLLAR]
    gate.points.load("market", CURVE)
    assert gate.check_order(order, NOW).violations == ()


def test_where_a_points_file_is_configured_nothing_is_dealt_beyond_spot_without_points() -> None:
    gate = make_gate()
    gate.points.load("market", [Pillar("1M", "0.001", symbol="GBP/USD")])
    violation = only(gate.check_order(make_order(SIX_MONTH_FORWARD), NOW).violations)
    assert violation.code is ReasonCode.FORWARD_POINTS
    assert "market has no forward points of the pair" in violation.detail
    assert gate.check_order(make_order(), NOW).allowed


def test_a_curve_that_makes_no_outright_is_a_bad_reference() -> None:
    gate = make_gate()
    gate.points.load("market", [Pillar("6M", "-1.2")])
    violations = gate.check_order(make_order(SIX_MONTH_FORWARD), NOW).violations
    assert codes(violations) == [ReasonCode.REFERENCE_BAD]
    assert "an outright of -0.1" in violations[0].detail


def test_the_points_are_part_of_the_state() -> None:
    one, other = make_gate(), make_gate()
    one.points.load("market", CURVE)
    assert one.snapshot() != other.snapshot()
    other.points.load("market", reversed(CURVE))
    assert one.snapshot() == other.snapshot()
