"""Two persons settle a swap in doubt: a rate for each leg, and what its far leg did."""

from dataclasses import replace
from decimal import Decimal

import pytest

from risk.people.signatures import OrderOutcome, SettleOrder
from tests.unit.engine_cases import TIME, Wire
from tests.unit.quote_cases import quoting
from tests.unit.risk_cases import make_line, swap
from tests.unit.settling_cases import is_shut, settles, staff
from trader.cli.shown import show_action
from trader.domain.deal import TimeInForce
from trader.engine.state import LineStatus
from trader.journal.state_hash import state_hash

FILLED = LineStatus.FILLED
NEAR, FAR = "1.1001", "1.1011"


def stuck_swap(count: int = 1000, far_amount: str = "1000000") -> Wire:
    """A swap of which one trade of 250,000 was reported; by its status so many thousands are done."""
    wire = Wire(trade_capture=False, venue=quoting())
    staff(wire)
    wire.submit(replace(make_line(swap(far_amount)), time_in_force=TimeInForce.DAY))
    legs = f"32=250000|31={NEAR}|194={NEAR}|195=0|641=0.0010|64=20260304|193=20260407|192=250000|75=20260302"
    wire.says("8", wire._about(1, "F", "1", f"17=F1|60={TIME}|{legs}", 250))
    wire.drop()
    wire.reopen()
    wire.reports_status(1, "2" if count == 1000 else "4", count)
    wire.wait(11)
    return wire


def far_fills(wire: Wire) -> list[Decimal]:
    return [leg.last_qty for fill in wire.order(1).fills.values() for leg in fill.far_legs]


def settles_swap(wire: Wire, outcome: OrderOutcome, quantity: str) -> str:
    """At rates that its decision, without forward points, had nothing to hold against."""
    return settles(wire, 1, outcome, quantity, NEAR, FAR, trade_id="E77", off_market=True)


def test_a_swap_is_signed_for_with_a_rate_for_each_leg() -> None:
    wire = stuck_swap()
    assert "its rate on each of 2 legs" in settles(wire, 1, OrderOutcome.FILLED, "750000", NEAR, trade_id="E77")
    assert settles_swap(wire, OrderOutcome.FILLED, "750000") == ""
    assert (wire.statuses(), wire.pending(), is_shut(wire)) == ([FILLED], {}, False)
    assert far_fills(wire) == [Decimal(250_000), Decimal(750_000)]


def test_of_a_swap_a_part_is_signed_for_and_its_far_leg_did_its_share() -> None:
    wire = stuck_swap(650)
    assert settles_swap(wire, OrderOutcome.CANCELED, "400000") == ""
    assert (wire.statuses(), wire.pending(), is_shut(wire)) == ([LineStatus.PARTIALLY_FILLED], {}, False)
    assert (wire.order(1).cum_qty, far_fills(wire)) == (650_000, [Decimal(250_000), Decimal(400_000)])


def test_the_last_that_is_signed_for_of_an_uneven_swap_brings_what_its_far_leg_lacks() -> None:
    wire = stuck_swap(far_amount="1000000.01")
    assert settles_swap(wire, OrderOutcome.FILLED, "750000") == ""
    assert far_fills(wire) == [Decimal(250_000), Decimal("750000.01")]


def test_the_share_of_an_uneven_far_leg_is_a_multiple_of_the_minor_unit() -> None:
    wire = stuck_swap(650, far_amount="1000000.01")
    assert settles_swap(wire, OrderOutcome.CANCELED, "400000") == ""
    assert far_fills(wire) == [Decimal(250_000), Decimal(400_000)]


def test_who_signs_for_a_part_of_a_swap_is_shown_what_its_far_leg_did(capsys: pytest.CaptureFixture[str]) -> None:
    wire = stuck_swap(650)
    rates = Decimal(NEAR), Decimal(FAR)
    show_action(
        SettleOrder(wire.order(1).cl_ord_id, OrderOutcome.CANCELED, Decimal(400_000), rates, "E77"),
        wire.engine.context,
    )
    assert "with its share of a far leg: SELL EUR 400,000.00 value 2026-04-07 at 1.1011" in capsys.readouterr().out


@pytest.mark.parametrize("quantity", ["NaN", "sNaN", "Infinity", "-1", "1E+999", "1E-9"])
def test_a_quantity_that_is_no_amount_is_refused_in_words(quantity: str) -> None:
    wire = stuck_swap()
    before = state_hash(wire.engine)
    said = settles_swap(wire, OrderOutcome.FILLED, quantity)
    assert f"{Decimal(quantity)} is no amount; expected one above zero with at most 8 decimals" in said
    assert state_hash(wire.engine) == before


def test_more_of_a_swap_than_is_left_is_not_signed_for() -> None:
    wire = stuck_swap()
    said = settles_swap(wire, OrderOutcome.FILLED, "999999999999999")
    assert "is more than the 750,000 EUR that are left" in said
