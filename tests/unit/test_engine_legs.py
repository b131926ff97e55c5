"""Deals of many legs: in one order where the venue has such, else one order a leg, reserved and watched together."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.unit.engine_cases import VENUE, Wire, alerts, asked, canceled, closed, dialect, ended, of, placed, sent
from tests.unit.quote_cases import quoting, rfq
from tests.unit.risk_cases import Terms, limits, make_line, swap
from trader.domain.commands import PlaceOrder
from trader.domain.deal import Product, Side, TimeInForce
from trader.engine import inputs
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import Alert
from trader.engine.state import BatchPhase, LineStatus
from trader.fix.dialect import ProductForm
from trader.orders.order import Order

QUEUED, WORKING, FILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.FILLED
PARTIALLY_FILLED, REJECTED, DENIED = LineStatus.PARTIALLY_FILLED, LineStatus.REJECTED, LineStatus.DENIED
SWAP = replace(make_line(swap()), time_in_force=TimeInForce.FOK)
NEAR, FAR = "20260304", "20260407"


def linked(**keys: Any) -> dict[str, Any]:
    """A dialect that takes a swap as one order a leg."""
    form = ProductForm(security_type="FOR", legs="linked")
    return {"products": {**dialect().products, Product.SWAP: form, Product.BLOCK: form}, **keys}


class Legs(Wire):
    """A wire whose venue takes one order a leg."""

    def __init__(self, **desk: Any) -> None:
        settings = {"in_flight_max": 10} | desk.pop("settings", {})
        super().__init__(**({"venue": linked()} | desk), settings=settings)

    def leg(self, number: int, line_no: int = 1) -> Order:
        """The order of a leg, by the order it was made in."""
        order = self.engine.context.blotters[VENUE].find(self.line(line_no).orders[number - 1])
        assert order is not None
        return order

    def deals(self, number: int) -> None:
        """The venue fills the order of a leg, whole."""
        order = self.leg(number)
        leg = order.deal.near_leg
        side = "1" if leg.side is Side.BUY else "2"
        self.says(
            "8",
            f"37=V{number}|11={order.cl_ord_id}|17=F{number}|150=F|39=2|55=EUR/USD|54={side}|15=EUR|38=1000000|"
            f"14=1000000|151=0|32=1000000|31=1.1001|64={leg.value_date:%Y%m%d}|75=20260302|60=20260302-10:00:00.000",
        )

    def ends(self, number: int, word: str, text: str = "No credit") -> None:
        """The venue rejects (8), cancels (4) or acknowledges (0) the order of a leg."""
        order = self.leg(number)
        side = "1" if order.deal.near_leg.side is Side.BUY else "2"
        leaves = 1_000_000 if word == "0" else 0
        self.says(
            "8",
            f"37=V{number}|11={order.cl_ord_id}|17={word}{number}|150={word}|39={word}|55=EUR/USD|54={side}|15=EUR|"
            f"38=1000000|14=0|151={leaves}|103=99|58={text}",
        )


def test_a_swap_is_one_order_where_the_venue_has_such() -> None:
    wire = Wire(venue=quoting())
    (order,) = sent(PlaceOrder, wire.submit(SWAP))
    assert (order.deal, order.link_id) == (SWAP.deal, "")


def test_a_fill_of_a_swap_is_posted_with_its_far_leg() -> None:
    wire = Wire(venue=quoting())
    wire.submit(SWAP)
    wire.says(
        "8",
        f"37=V1|11={wire.order(1).cl_ord_id}|17=F1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=1000000|14=1000000|151=0|"
        f"32=1000000|31=1.1001|194=1.1001|195=0|641=0.0010|64={NEAR}|193={FAR}|192=1000000|75=20260302|"
        "60=20260302-10:00:00.000",
    )
    (fill,) = wire.order(1).fills.values()
    assert [(leg.side, leg.last_qty, leg.last_px) for leg in fill.far_legs] == [
        (Side.SELL, Decimal(1_000_000), Decimal("1.1011"))
    ]
    assert (wire.statuses(), wire.pending(), alerts(wire.outputs)) == ([FILLED], {}, [])


def test_one_order_a_leg_leaves_at_once_and_all_say_that_they_belong_together() -> None:
    wire = Legs()
    orders = sent(PlaceOrder, wire.submit(SWAP))
    assert [order.cl_ord_id[10:] for order in orders] == ["00010101", "00010201"]
    assert [(o.deal.near_leg.side, f"{o.deal.near_leg.value_date:%Y%m%d}") for o in orders] == [
        (Side.BUY, NEAR),
        (Side.SELL, FAR),
    ]
    assert {order.link_id for order in orders} == {orders[0].cl_ord_id[:14]}
    assert (wire.line(1).orders, wire.statuses()) == ([order.cl_ord_id for order in orders], [WORKING])


def test_a_line_is_filled_when_all_its_legs_are() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(2)
    assert (wire.statuses(), wire.phase) == ([WORKING], BatchPhase.TRADING)
    wire.deals(1)
    assert (wire.statuses(), wire.phase, wire.pending()) == ([FILLED], BatchPhase.COLLECTING, {})
    assert alerts(wire.outputs) == []
    (outcome,) = line_outcomes(wire.batch, wire.engine.context.blotters)
    assert (outcome.result.status, outcome.result.filled_amount) == ("filled", 1_000_000)
    assert sorted(outcome.result.trade_ids) == ["F1", "F2"]


def test_a_leg_that_is_not_dealt_is_told_at_once_with_the_one_that_is() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(1)
    wire.ends(2, "8")
    assert (wire.line(1).status, wire.line(1).reason_code, wire.line(1).reason) == (
        PARTIALLY_FILLED,
        "VENUE_REJECTED",
        "No credit",
    )
    (alert,) = of(Alert, wire.last)
    assert alert == Alert(
        "LEG_RISK",
        "row T-1: the venue deals leg by leg, and this is not dealt: SELL EUR 1,000,000 value 2026-04-07; No credit",
        order=wire.line(1).orders[1],
    )
    assert wire.pending() == {}


def test_the_reason_of_a_leg_that_was_rejected_first_stands() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.ends(1, "8", "No line")
    assert wire.statuses() == [WORKING]
    wire.deals(2)
    assert (wire.line(1).status, wire.line(1).reason) == (PARTIALLY_FILLED, "No line")
    assert alerts(wire.outputs) == ["LEG_RISK"]


def test_when_no_leg_is_dealt_there_is_no_risk() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.ends(1, "8")
    wire.ends(2, "8")
    assert (wire.statuses(), alerts(wire.outputs), wire.pending()) == ([REJECTED], [], {})


def test_all_legs_are_reserved_or_none() -> None:
    wire = Legs(book=limits({"VOLUME_DAY pair=* max": "1500000"}))
    wire.submit(SWAP, Terms())
    assert wire.statuses() == [DENIED, WORKING]
    assert placed(wire.outputs) == ["00020101"]
    assert wire.line(1).reason_code == "VOLUME_DAY"


def test_legs_do_not_leave_one_by_one_when_the_rate_has_room_for_one() -> None:
    wire = Legs(book=limits({"MESSAGE_RATE session=* risk_messages_max": "3"}))
    assert placed(wire.submit(SWAP, SWAP)) == ["00010101", "00010201"]
    assert placed(wire.wait(0.9)) == []
    assert placed(wire.wait(0.2)) == ["00020101", "00020201"]


def test_a_rate_that_has_never_room_for_all_legs_denies_the_batch() -> None:
    wire = Legs(book=limits({"MESSAGE_RATE session=* risk_messages_max": "1"}))
    wire.submit(SWAP)
    assert (wire.statuses(), wire.line(1).reason_code, placed(wire.outputs)) == ([DENIED], "MESSAGE_RATE", [])


def test_a_leg_that_the_venue_never_got_is_sent_again_by_itself() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(1)
    wire.drop()
    wire.reopen()
    wire.announces("R2", 0)
    assert asked(wire.outputs) == ["00010201"]
    order = wire.leg(2)
    wire.says(
        "8",
        f"37=NONE|11={order.cl_ord_id}|17=U1|150=I|39=8|103=5|55=EUR/USD|54=2|15=EUR|38=1000000|14=0|151=0",
    )
    assert placed(wire.last) == ["00010301"]
    assert wire.leg(3).deal == order.deal
    wire.deals(3)
    assert (wire.statuses(), wire.pending()) == ([FILLED], {})


def test_a_stop_cancels_the_leg_that_lives_and_forgets_the_one_that_waits() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.ends(1, "0")
    wire.take(inputs.SendRefused(wire.leg(2).cl_ord_id, "SESSION_DOWN", "not logged on"))
    assert wire.statuses() == [WORKING]
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    assert canceled(wire.last) == ["00010101"]
    wire.ends(1, "4", "")
    assert (wire.line(1).status, wire.line(1).reason_code, wire.pending()) == (LineStatus.UNFILLED, "STOPPED", {})


def test_a_leg_that_the_wire_refuses_ends_the_line_with_the_other() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(1)
    wire.take(inputs.SendRefused(wire.leg(2).cl_ord_id, "STALE_SEND", "the decision is too old"))
    assert (wire.line(1).status, wire.line(1).reason_code) == (PARTIALLY_FILLED, "STALE_SEND")
    assert "LEG_RISK" in alerts(wire.last)


def test_legs_in_doubt_stay_unknown_together_over_a_restart() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(1)
    wire.restart()
    assert (wire.statuses(), wire.phase) == ([LineStatus.UNKNOWN], BatchPhase.SUSPENDED)
    wire.reopen()
    wire.announces("R2", 0)
    wire.submit(SWAP)
    wire.deals(2)
    assert (wire.statuses(), wire.phase) == ([FILLED], BatchPhase.COLLECTING)


def test_a_busted_leg_opens_the_line_again() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(1)
    wire.deals(2)
    order = wire.leg(2)
    wire.says(
        "8",
        f"37=V2|11={order.cl_ord_id}|17=B2|19=F2|150=H|39=4|55=EUR/USD|54=2|15=EUR|38=1000000|14=0|151=0|75=20260302",
    )
    assert wire.statuses() == [PARTIALLY_FILLED]
    assert alerts(wire.last) == ["TRADE_TAKEN_BACK", "LEG_RISK"]


def test_a_linked_deal_ends_reconciled() -> None:
    wire = Legs()
    wire.submit(SWAP)
    wire.deals(1)
    wire.deals(2)
    wire.announces("T2", 2)
    for number, day in ((1, NEAR), (2, FAR)):
        wire.says(
            "AE",
            f"571=R{number}|568=T2|17=F{number}|55=EUR/USD|32=1000000|31=1.1001|60=20260302-10:00:00.000|75=20260302|"
            f"64={day}|552=1|54={number}|37=V{number}|11={wire.leg(number).cl_ord_id}|15=EUR",
        )
    assert (ended(wire.last), wire.batch.is_reconciled, wire.batch.breaks) == (True, True, ())
    assert closed(wire.outputs) == [("00010101", 1_000_000), ("00010201", 1_000_000)]


def test_what_is_sent_leg_by_leg_cannot_take_a_quote_for_all_legs() -> None:
    wire = Legs(venue=quoting(products=linked()["products"]))
    wire.submit(rfq(swap()))
    assert (wire.line(1).status, wire.line(1).reason_code) == (LineStatus.UNFILLED, "NO_QUOTE")
    assert placed(wire.outputs) == []
