"""The orders of a batch: released, refused at our own wire, and what the venue says of them."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.unit.engine_cases import VENUE, Wire, alerts, closed, filled_batch, placed
from tests.unit.risk_cases import Terms, limits
from trader.domain.errors import LocalOrderError
from trader.engine import inputs
from trader.engine.outcome import line_outcomes
from trader.engine.state import BatchPhase, LineStatus
from trader.orders.machine import Sync

FILLED, DENIED, REJECTED = LineStatus.FILLED, LineStatus.DENIED, LineStatus.REJECTED
QUEUED, WORKING, UNFILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNFILLED
ONE = Terms()


# --- release ----------------------------------------------------------------------------------------------------------


def test_no_more_orders_are_unanswered_than_may_be() -> None:
    wire = Wire(settings={"in_flight_max": 2})
    assert len(placed(wire.submit(*[ONE] * 6))) == 2
    assert placed(wire.acknowledges(1)) == ["00030101"]
    assert placed(wire.acknowledges(1)) == []
    assert placed(wire.rejects(2)) == ["00040101"]
    assert placed(wire.fills(3)) == ["00050101"]


def test_orders_are_paced_by_the_message_rate() -> None:
    wire = Wire(settings={"in_flight_max": 100})
    assert len(placed(wire.submit(*[ONE] * 13))) == 10
    assert placed(wire.wait(0.999)) == []
    assert placed(wire.wait(0.002)) == ["000B0101", "000C0101", "000D0101"]


def test_a_session_without_a_message_rate_sends_nothing_and_says_so() -> None:
    wire = Wire(book=limits(without="MESSAGE_RATE"))
    out = wire.submit(ONE)
    assert placed(out) == []
    assert (wire.statuses(), wire.line(1).reason_code) == ([DENIED], "LIMIT_UNDEFINED")


def test_nothing_leaves_before_the_session_is_up() -> None:
    wire = Wire(opened=False)
    assert placed(wire.submit(ONE)) == []
    assert placed(wire.reopen()) == ["00010101"]


def test_a_decision_that_has_grown_old_is_taken_anew() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    (first,) = wire.line(2).unsent
    assert first.reservation_id.endswith("00020101")
    wire.wait(3)
    wire.quotes()
    out = wire.acknowledges(1)
    assert placed(out) == ["00020201"]
    assert wire.line(2).unsent == []
    assert wire.line(2).decided_ts_ns == wire.now_ns
    wire.fills(1)
    wire.fills(2)
    assert wire.pending() == {}


def test_a_line_denied_when_it_is_decided_anew_makes_room_for_the_next() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, Terms(limit_rate="1.1100"), ONE)
    wire.wait(3)
    wire.quotes("EUR/USD", "1.0399", "1.0401")  # the limit is now far above the market
    assert placed(wire.acknowledges(1)) == ["00030201"]
    assert (wire.statuses()[1], wire.line(2).reason_code) == (DENIED, "PRICE_COLLAR")


# --- refused at our own wire ------------------------------------------------------------------------------------------


def test_an_order_refused_at_the_wire_is_denied_and_its_limits_are_free() -> None:
    wire = Wire()
    wire.submit(ONE)
    held = wire.pending()
    out = wire.refuses_to_send(1, "STALE_SEND")
    assert (wire.statuses(), wire.line(1).reason_code) == ([DENIED], "STALE_SEND")
    assert held
    assert wire.pending() == {}
    assert closed(out) == [("00010101", 0)]
    assert wire.phase is BatchPhase.COLLECTING


def test_an_order_refused_at_the_wire_makes_room_for_the_next() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    assert placed(wire.refuses_to_send(1, "CHILD_WITHIN_PARENT")) == ["00020101"]


def test_an_order_that_the_session_did_not_take_goes_when_the_session_is_back() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.refuses_to_send(1)
    assert (wire.statuses(), wire.pending()) == ([QUEUED], {})
    wire.drop()
    assert placed(wire.reopen()) == ["00010201"]


def test_an_order_is_tried_three_times_at_the_most() -> None:
    wire = Wire()
    wire.submit(ONE)
    for _ in range(2):
        wire.drop()
        wire.refuses_to_send(1)
        wire.reopen()
    wire.drop()
    wire.refuses_to_send(1)
    assert (wire.statuses(), wire.line(1).reason_code) == ([REJECTED], "VENUE_NEVER_RECEIVED")


def test_a_refusal_at_the_wire_that_is_told_again_by_a_replay_changes_nothing() -> None:
    wire = Wire()
    wire.submit(ONE, ONE)
    wire.refuses_to_send(1, "CHILD_WITHIN_PARENT")
    assert wire.refuses_to_send(1, "CHILD_WITHIN_PARENT") == []
    assert wire.statuses() == [DENIED, WORKING]


def test_a_refusal_of_an_order_that_was_never_made_is_a_bug() -> None:
    wire = Wire()
    wire.submit(ONE)
    with pytest.raises(LocalOrderError):
        wire.take(inputs.SendRefused("HC6TX7N45Z00010901", "STALE_SEND", ""))
    with pytest.raises(LocalOrderError):
        wire.take(inputs.SendRefused("not one of ours", "STALE_SEND", ""))


@pytest.mark.parametrize("code", ["SESSION_DOWN", "STALE_SEND"])
@pytest.mark.parametrize("says", [Wire.acknowledges, Wire.fills])
def test_a_venue_that_speaks_of_an_order_that_never_left_puts_it_in_doubt_and_ends_nothing(
    code: str, says: Callable[[Wire, int], object]
) -> None:
    wire = Wire()
    wire.submit(ONE, ONE)
    says(wire, 1)
    out = wire.refuses_to_send(1, code)
    assert alerts(out) == ["NEVER_LEFT"]
    assert wire.order(1).sync is Sync.IN_DOUBT


# --- what the venue says ----------------------------------------------------------------------------------------------


def test_a_rejected_order_frees_its_limits_and_keeps_the_venues_words() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.rejects(1, "Insufficient credit")
    assert (wire.statuses(), wire.pending()) == ([REJECTED], {})
    assert (wire.line(1).reason_code, wire.line(1).reason) == ("VENUE_REJECTED", "Insufficient credit")


def test_a_fill_before_the_acknowledgement_counts() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.fills(1)
    wire.acknowledges(1)
    assert (wire.statuses(), wire.order(1).cum_qty) == ([FILLED], 1_000_000)


def test_a_fill_told_twice_is_booked_once() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.fills(1, 400, 400)
    wire.fills(1, 400, 400)
    assert wire.order(1).cum_qty == 400_000
    assert wire.engine.context.counters.fills == 1


def test_the_unfilled_part_keeps_its_limits_until_the_order_ends() -> None:
    def left(node: str) -> Decimal:
        return Decimal(1) if node.startswith("OPEN_COUNT") else Decimal("0.6")

    wire = Wire()
    wire.submit(ONE)
    before = wire.pending()
    wire.fills(1, 400, 400)
    during = wire.pending()
    wire.cancels(1, cum=400)
    assert {node: Decimal(held) for node, held in during.items()} == {
        node: (Decimal(held) * left(node)).quantize(Decimal("0.001")) for node, held in before.items()
    }
    assert (wire.statuses(), wire.pending()) == ([LineStatus.PARTIALLY_FILLED], {})


def test_a_busted_fill_opens_its_line_again() -> None:
    wire = filled_batch()
    assert {node.posted for node in wire.engine.context.gate.utilisation()} != {0}
    name = wire.order(1).cl_ord_id
    wire.says("8", f"37=V1|11={name}|17=B1|19=F1-1000|150=H|39=0|55=EUR/USD|54=1|15=EUR|38=1000000|14=0|151=1000000")
    assert (wire.phase, wire.statuses(), wire.order(1).cum_qty) == (BatchPhase.TRADING, [LineStatus.WORKING], 0)
    assert {node.posted for node in wire.engine.context.gate.utilisation()} == {0}


def test_a_trade_taken_back_after_the_batch_was_reconciled_is_told_and_the_verdict_withdrawn() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    assert wire.batch.is_reconciled
    name = wire.order(1).cl_ord_id
    out = wire.says("8", f"37=V1|11={name}|17=B1|19=F1-1000|150=H|39=4|55=EUR/USD|54=1|15=EUR|14=0|151=0")
    assert alerts(out) == ["TRADE_TAKEN_BACK", "CHANGED_AFTER_END"]
    assert closed(out) == [("00010101", 0)]
    assert (wire.phase, wire.batch.is_reconciled, wire.statuses()) == (BatchPhase.DONE, False, [UNFILLED])


def test_a_trade_the_other_way_after_the_batch_was_reconciled_withdraws_the_verdict() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    name = wire.order(1).cl_ord_id
    offset = f"37=V1|11={name}|17=X1|150=F|39=2|55=EUR/USD|54=2|15=EUR|32=1000000|31=1.1001|14=1000000|151=0"
    out = wire.says("8", offset)
    assert alerts(out) == ["CONTRADICTS_ORDER", "CHANGED_AFTER_END", "RECOVERY_STARTED", "ORPHAN_FILL"]
    assert (wire.phase, wire.batch.is_reconciled, wire.statuses()) == (BatchPhase.DONE, False, [LineStatus.UNKNOWN])
    assert alerts(wire.says("8", offset)) == ["CONTRADICTS_ORDER"], "said once that the day is open again"


def test_an_order_that_the_venue_has_made_smaller_fills_its_line_only_in_part() -> None:
    wire = Wire()
    wire.submit(ONE)
    name = wire.order(1).cl_ord_id
    about = f"37=V1|11={name}|55=EUR/USD|54=1|15=EUR|38=400000"
    wire.says("8", f"{about}|17=E1|150=D|39=0|14=0|151=400000")
    wire.says("8", f"{about}|17=E2|150=F|39=2|32=400000|31=1.1001|14=400000|151=0")
    (outcome,) = line_outcomes(wire.batch, wire.engine.context.blotters)
    assert (wire.statuses(), outcome.result.filled_amount) == ([LineStatus.PARTIALLY_FILLED], 400_000)
    assert (outcome.result.reason_code, outcome.result.reason) == (
        "VENUE_RESTATED",
        "the venue took the order down from 1000000 to 400000",
    )
    assert wire.pending() == {}


def test_a_correct_changes_the_rate_and_leaves_the_line_filled() -> None:
    wire = filled_batch()
    name = wire.order(1).cl_ord_id
    wire.says(
        "8",
        f"37=V1|11={name}|17=G1|19=F1-1000|150=G|39=2|55=EUR/USD|54=1|15=EUR|38=1000000|32=1000000|31=1.1003|"
        "14=1000000|151=0",
    )
    (outcome,) = line_outcomes(wire.batch, wire.engine.context.blotters)
    assert (outcome.result.status, outcome.result.average_rate) == ("filled", Decimal("1.1003"))


def test_a_fill_that_nobody_asked_for_is_told_and_kept() -> None:
    wire = Wire()
    out = wire.says("8", "37=X|11=FOREIGN|17=1|150=F|39=2|55=EUR/USD|54=1|32=1|31=1|14=1|151=0")
    assert alerts(out) == ["UNKNOWN_ORDER", "ORPHAN_FILL"]
    assert len(wire.engine.context.blotters[VENUE].orphans) == 1


def test_a_message_the_venue_would_not_read_is_told_and_rejects_its_order() -> None:
    wire = Wire()
    wire.submit(ONE)
    out = wire.says("j", f"45=7|372=D|379={wire.order(1).cl_ord_id}|380=0|58=Unsupported")
    assert alerts(out) == ["MESSAGE_REJECTED"]
    assert wire.statuses() == [REJECTED]


def test_a_session_level_reject_is_told() -> None:
    assert alerts(Wire().says("3", "45=7|372=D|58=Required tag missing")) == ["MESSAGE_REJECTED"]


def test_an_unreadable_message_about_an_order_puts_it_in_doubt() -> None:
    wire = Wire()
    wire.submit(ONE)
    out = wire.says("8", f"11={wire.order(1).cl_ord_id}|17=1|150=F|39=2|55=EUR/USD|54=1|32=lots|37=V1")
    assert alerts(out) == ["MESSAGE_UNREADABLE", "UNREADABLE_MESSAGE"]
    assert wire.order(1).sync == "IN_DOUBT"


@pytest.mark.parametrize(("quantity", "rate"), [("999999999999999", "999999999999999"), ("1", "0.00000001")])
def test_a_trade_that_no_market_could_do_is_told_and_not_booked(quantity: str, rate: str) -> None:
    wire = Wire()
    wire.submit(ONE)
    name = wire.order(1).cl_ord_id
    out = wire.says("8", f"37=V1|11={name}|17=F|150=F|39=1|55=EUR/USD|54=1|15=EUR|32={quantity}|31={rate}|14=1|151=1")
    assert "MESSAGE_UNREADABLE" in alerts(out)
    assert (wire.order(1).cum_qty, wire.order(1).sync) == (0, "IN_DOUBT")


def test_prices_that_no_market_could_have_are_told_and_value_nothing() -> None:
    wire = Wire(priced=False)
    wire.submit(Terms(pair="GBP/JPY", dealt="GBP"))
    out = wire.quotes("GBP/USD", "999999999999999", "999999999999999")
    out += wire.quotes("USD/JPY", "999999999999999", "999999999999999")
    assert alerts(out) == ["MESSAGE_UNREADABLE"] * 2
    assert wire.phase is BatchPhase.AWAITING_RATES


def test_a_trade_that_the_venue_lists_unasked_is_booked_when_its_report_was_lost() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.lists("", 1)
    assert (wire.order(1).cum_qty, wire.statuses()) == (1_000_000, [FILLED])
