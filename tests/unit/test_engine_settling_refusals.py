"""Who may not settle an order in doubt, and what is not signed for: it changes nothing."""

from decimal import Decimal

import pytest

from risk.people.signatures import OrderOutcome, SettleOrder
from tests.unit.engine_cases import Wire
from tests.unit.risk_cases import Terms
from tests.unit.settling_cases import asks, decides, fill, is_shut, settles, staff, stuck
from trader.domain.deal import Side
from trader.engine.state import LineStatus
from trader.journal.state_hash import state_hash

FILLED, UNKNOWN = LineStatus.FILLED, LineStatus.UNKNOWN


def test_one_person_does_not_settle_and_neither_does_a_trader_decide() -> None:
    wire = stuck()
    action = SettleOrder(wire.order(1).cl_ord_id, OrderOutcome.CANCELED, Decimal(0))
    assert asks(wire, action, "olga") == ""
    before = wire.statuses()
    assert "another person decides" in decides(wire, action, "olga")
    assert "needs the role operations or risk" in decides(wire, action, "anna")
    assert wire.statuses() == before
    assert decides(wire, action, "rob") == ""


def test_a_declined_request_changes_nothing() -> None:
    wire = stuck()
    action = SettleOrder(wire.order(1).cl_ord_id, OrderOutcome.CANCELED, Decimal(0))
    asks(wire, action)
    assert decides(wire, action, approved=False) == ""
    assert (wire.statuses(), is_shut(wire)) == ([UNKNOWN], True)


@pytest.mark.parametrize(
    ("outcome", "trade", "problem"),
    [
        (OrderOutcome.FILLED, ("400000", "1.1", "E77"), "400,000 of 1,000,000 EUR would be filled; say how much more"),
        (OrderOutcome.FILLED, ("0", "", ""), "0 of 1,000,000 EUR would be filled"),
        (OrderOutcome.FILLED, ("1000001", "1.1", "E77"), "more than the 1,000,000 EUR that are left"),
        (OrderOutcome.FILLED, ("0.001", "1.1", "E77"), "not a multiple of 0.01 EUR"),
        (OrderOutcome.FILLED, ("1000000", "1.1", ""), "and the venue's id of it"),
        (OrderOutcome.FILLED, ("1000000", "", "E77"), "its rate on each of 1 legs"),
        (OrderOutcome.FILLED, ("1000000", "-1", "E77"), "expected an ExecID(17)"),
        (OrderOutcome.CANCELED, ("1000000", "1.1", "E77"), "so it can only be settled as filled"),
        (OrderOutcome.REJECTED, ("400000", "1.1", "E77"), "so it was not rejected"),
        (OrderOutcome.NEVER_ARRIVED, ("400000", "1.1", "E77"), "did arrive"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    outcome: OrderOutcome, trade: tuple[str, str, str], problem: str
) -> None:
    wire = stuck()
    before = state_hash(wire.engine)
    quantity, rate, trade_id = trade
    assert problem in settles(wire, 1, outcome, quantity, *filter(None, [rate]), trade_id=trade_id)
    assert state_hash(wire.engine) == before


@pytest.mark.parametrize(
    ("side", "limit", "rate", "problem"),
    [
        (Side.BUY, "1.1010", "1.1010", ""),
        (Side.BUY, "1.1010", "1.10101", "is worse than the limit of 1.1010"),
        (Side.SELL, "1.0990", "1.0990", ""),
        (Side.SELL, "1.0990", "1.09899", "is worse than the limit of 1.0990"),
    ],
)
def test_a_rate_worse_than_the_limit_is_not_signed_for(side: Side, limit: str, rate: str, problem: str) -> None:
    wire = stuck(terms=Terms(side=side, limit_rate=limit))
    before = state_hash(wire.engine)
    said = fill(wire, 1, rate=rate)
    assert problem in said
    assert (state_hash(wire.engine) == before) is bool(problem)


@pytest.mark.parametrize(
    ("rate", "is_off"), [("1.1220", False), ("1.122001", True), ("1.0780", False), ("11.001", True)]
)
def test_a_rate_outside_the_collar_has_to_be_said_to_be_right(rate: str, is_off: bool) -> None:
    wire = stuck()
    said = fill(wire, 1, rate=rate)
    assert ("say --off-market if it is right" in said) is is_off
    if is_off:
        action = SettleOrder(
            wire.order(1).cl_ord_id, OrderOutcome.FILLED, Decimal(1_000_000), (Decimal(rate),), "E77", off_market=True
        )
        assert (asks(wire, action), decides(wire, action)) == ("", "")
    assert str(wire.order(1).avg_px) == rate


def test_an_order_that_the_venue_has_spoken_of_did_arrive() -> None:
    wire = stuck(1, order_status=True)
    assert "did arrive" in settles(wire, 1, OrderOutcome.NEVER_ARRIVED)


def test_an_order_that_is_not_in_doubt_and_one_that_is_not_there_are_not_settled() -> None:
    wire = Wire()
    staff(wire)
    wire.submit(Terms())
    wire.fills(1)
    assert "not in doubt" in settles(wire, 1, OrderOutcome.CANCELED)
    assert "there is no order" in asks(wire, SettleOrder("NOBODY", OrderOutcome.CANCELED, Decimal(0)))


def test_an_answer_of_the_venue_between_request_and_decision_comes_first() -> None:
    wire = stuck(order_status=True)
    action = SettleOrder(wire.order(1).cl_ord_id, OrderOutcome.CANCELED, Decimal(0))
    assert asks(wire, action) == ""
    wire.fills(1)
    assert "not in doubt" in decides(wire, action)
    assert wire.statuses() == [FILLED]
