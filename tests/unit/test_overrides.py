"""Overrides at the gate: one order, one limit, an amount, used up by trading."""

from dataclasses import replace
from decimal import Decimal

from risk_cases import NOW, Terms, codes, limits, make_gate, make_order

from risk.gate.gate import Gate, OrderRequest
from risk.limits.overrides import NEVER, Override
from risk.people.people import GrantOverride
from risk.reasons import ReasonCode
from risk.registry import CONTROLS

LONG = "book=SALES currency=EUR long"


def override(code: ReasonCode, node: str, amount: str) -> Override:
    return Override("R", GrantOverride("hash", 1, code, node, Decimal(amount), NOW), "anna", "rita", "why")


def gate_with(amount: str = "1", code: ReasonCode = ReasonCode.NOP_CURRENCY, node: str = LONG) -> Gate:
    """EUR 999,999 may be bought, and by an override for line 1 so much more."""
    gate = make_gate(limits({"NOP_CURRENCY book=SALES currency=EUR max": "999999"}))
    gate.overrides.grant(
        Override("R", GrantOverride("hash", 1, code, node, Decimal(amount), NOW), "anna", "rita", "why")
    )
    return gate


def order(child: int = 1, line_no: int = 1, amount: str = "1000000") -> OrderRequest:
    request = make_order(Terms(line_no=line_no, amount=amount))
    name = request.reservation_id[:-3] + f"{child}01"
    return replace(request, content_hash="hash", reservation_id=name)


def test_the_order_takes_the_limit_above_itself_by_the_amount_and_no_more() -> None:
    gate = gate_with()
    assert codes(gate.reserve(order(), NOW).violations) == [ReasonCode.OVERRIDE]
    (node,) = [each for each in gate.utilisation() if each.node == f"NOP_CURRENCY {LONG}"]
    assert (node.limit, node.pending, node.free) == (999_999, 1_000_000, -1)
    assert not gate_with("0.99").reserve(order(), NOW).allowed


def test_one_that_is_held_by_an_order_is_for_no_other() -> None:
    gate = gate_with()
    gate.reserve(order(), NOW)
    assert not gate.check_order(order(child=2), NOW).allowed


def test_an_order_that_never_traded_gives_it_back() -> None:
    gate = gate_with()
    gate.reserve(order(), NOW)
    gate.release(order().reservation_id)
    assert gate.reserve(order(child=2), NOW).allowed


def test_an_order_that_traded_has_used_it_up() -> None:
    gate = gate_with()
    gate.reserve(order(), NOW)
    gate.fill(order().reservation_id, "F1", Decimal(1), Decimal("1.1"))
    gate.release(order().reservation_id)
    assert not gate.reserve(order(child=2), NOW).allowed


def test_a_fill_that_comes_late_uses_it_up_though_it_was_given_back() -> None:
    gate = gate_with("10000000")
    assert gate.reserve(order(), NOW).allowed
    gate.release(order().reservation_id)
    gate.fill(order().reservation_id, "F1", Decimal(1_000_000), Decimal("1.1"))
    assert not gate.reserve(order(child=2), NOW).allowed


def test_a_fill_that_comes_late_uses_it_up_though_another_order_has_it_by_then() -> None:
    gate = gate_with("10000000")
    assert gate.reserve(order(), NOW).allowed
    gate.release(order().reservation_id)
    assert gate.reserve(order(child=2), NOW).allowed
    gate.fill(order().reservation_id, "F1", Decimal(1_000_000), Decimal("1.1"))
    gate.release(order(child=2).reservation_id)
    assert not gate.reserve(order(child=3), NOW).allowed


def test_a_question_uses_nothing_up() -> None:
    gate = gate_with()
    assert gate.check_order(order(), NOW).allowed
    assert gate.reserve(order(), NOW).allowed


def test_an_order_that_needs_none_leaves_it() -> None:
    gate = gate_with()
    assert gate.reserve(order(amount="999999"), NOW).violations == ()
    assert gate.overrides.all()[0].used_by == ""


def test_what_else_is_wrong_with_the_order_still_stops_it_and_uses_nothing_up() -> None:
    gate = gate_with()
    found = gate.reserve(replace(order(), trader="mallory"), NOW)
    assert not found.allowed
    assert gate.overrides.all()[0].used_by == ""
    assert all(node.pending == 0 for node in gate.utilisation())


def test_a_limit_that_is_judged_and_does_not_fill_up_can_be_overridden_too() -> None:
    code, node = ReasonCode.ORDER_NOTIONAL, "pair=EUR/USD tenor=SPOT trader=anna venue=simulator"
    gate = make_gate(limits({"ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1000000"}))
    denied = gate.check_order(order(), NOW).violations[0]
    assert (denied.code, denied.node) == (code, node)
    gate.overrides.grant(
        Override("R", GrantOverride("hash", 1, code, node, Decimal(200_000), NOW), "anna", "rita", "why")
    )
    assert codes(gate.reserve(order(), NOW).violations) == [ReasonCode.OVERRIDE]


def test_what_can_never_be_overridden_is_a_control_each() -> None:
    assert set(CONTROLS) >= NEVER
