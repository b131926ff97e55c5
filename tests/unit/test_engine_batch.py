"""A batch's way through the engine: submitted, priced, checked, released, filled, stopped, reconciled, ended."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from values import replace

from tests.unit.engine_cases import (
    MS,
    VENUE,
    Wire,
    alerts,
    asked,
    canceled,
    closed,
    commands,
    ended,
    placed,
    refusals,
    sent,
    submitted,
    trade_request,
)
from tests.unit.risk_cases import Terms, limits
from trader.app.exit_codes import EXIT_UNKNOWN, exit_code
from trader.domain.commands import PlaceOrder, RequestTrades, SubscribeMarketData
from trader.domain.deal import Side
from trader.domain.errors import LocalOrderError
from trader.engine import inputs
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import BatchRefused, LineRegistered
from trader.engine.state import BatchPhase, LineStatus
from trader.orders.machine import Sync

FILLED, DENIED, REJECTED = LineStatus.FILLED, LineStatus.DENIED, LineStatus.REJECTED
QUEUED, WORKING, UNFILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNFILLED
ONE = Terms()


def filled_batch(lines: int = 1) -> Wire:
    """A batch whose lines are all filled; the trades are asked for."""
    wire = Wire(settings={"in_flight_max": lines})
    wire.submit(*[ONE] * lines)
    for line_no in range(1, lines + 1):
        wire.acknowledges(line_no)
        wire.fills(line_no)
    return wire


# --- the whole life ---------------------------------------------------------------------------------------------------


def test_a_batch_goes_from_file_to_reconciled() -> None:
    wire = Wire()
    assert placed(wire.submit()) == ["00010101", "00020101"]
    assert placed(wire.acknowledges(1)) == ["00030101"]
    wire.fills(1)
    wire.acknowledges(2)
    wire.fills(2)
    wire.acknowledges(3)
    request = trade_request(wire.fills(3))
    assert wire.phase is BatchPhase.COLLECTING
    wire.announces(request.request_id, 3)
    wire.lists(request.request_id, 1)
    wire.lists(request.request_id, 2)
    assert ended(wire.lists(request.request_id, 3))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())
    assert wire.statuses() == [FILLED] * 3
    assert wire.pending() == {}
    assert alerts(wire.outputs) == []


def test_the_result_says_what_was_filled_at_which_rate() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.fills(1, 400, 400)
    wire.fills(1, 600, 1000)
    (outcome,) = line_outcomes(wire.batch, wire.engine.context.blotters)
    result = outcome.result
    assert (result.status, result.filled_amount, result.average_rate) == ("filled", 1_000_000, Decimal("1.1001"))
    assert result.contra_amount == Decimal("1100100.00")
    assert (result.order_id, result.trade_ids) == ("V1", ("F1-400", "F1-1000"))
    assert (result.sent_at_ns, result.done_at_ns) == (wire.now_ns, wire.now_ns)


def test_every_line_is_registered_at_the_wire_before_the_first_order() -> None:
    out = Wire().submit()
    kinds = [LineRegistered if isinstance(o, LineRegistered) else PlaceOrder for o in out if _is_wire(o)]
    assert kinds == [LineRegistered] * 3 + [PlaceOrder] * 2


def _is_wire(output: object) -> bool:
    return isinstance(output, LineRegistered) or isinstance(getattr(output, "command", None), PlaceOrder)


def test_an_order_carries_the_lines_terms_and_the_moment_it_was_decided() -> None:
    wire = Wire()
    out = wire.submit(Terms(side=Side.SELL, dealt="USD", amount="250000.50", limit_rate="1.10"))
    (order,) = sent(PlaceOrder, out)
    assert (order.deal.near_leg.side, order.deal.dealt_currency, order.deal.near_leg.amount) == (
        Side.SELL,
        "USD",
        Decimal("250000.50"),
    )
    assert (order.price, order.account, order.transact_ts_ns) == (Decimal("1.10"), "ACC-1", wire.now_ns)


# --- rates ------------------------------------------------------------------------------------------------------------


def test_a_batch_waits_for_the_rates_it_needs_and_asks_for_them() -> None:
    wire = Wire(priced=False)
    out = wire.submit(ONE, Terms(pair="USD/JPY", dealt="JPY", amount="50000000"))
    (subscribed,) = sent(SubscribeMarketData, out)
    assert [str(pair) for pair in subscribed.pairs] == ["EUR/USD", "USD/JPY"]
    assert wire.phase is BatchPhase.AWAITING_RATES
    assert placed(wire.quotes()) == []
    assert placed(wire.quotes("USD/JPY", "149.99", "150.01")) == ["00010101", "00020101"]


def test_a_cross_needs_the_pairs_that_value_it() -> None:
    wire = Wire(priced=False)
    (subscribed,) = sent(SubscribeMarketData, wire.submit(Terms(pair="EUR/JPY", dealt="EUR")))
    assert [str(pair) for pair in subscribed.pairs] == ["EUR/JPY", "EUR/USD", "USD/JPY"]


def test_a_pair_is_asked_for_once_per_connection() -> None:
    wire = Wire(priced=False)
    wire.submit(ONE)
    assert sent(SubscribeMarketData, wire.submit(ONE, content=b"another")) == []
    wire.drop()
    assert len(sent(SubscribeMarketData, wire.reopen())) == 1


def test_each_side_of_a_price_may_come_alone() -> None:
    wire = Wire(priced=False)
    wire.submit(ONE)
    assert placed(wire.says("X", "262=M1|268=1|279=1|269=0|55=EUR/USD|270=1.0999")) == []
    assert placed(wire.says("X", "262=M1|268=1|279=1|269=1|55=EUR/USD|270=1.1001")) == ["00010101"]


def test_the_side_that_changed_moves_and_the_other_stands() -> None:
    wire = Wire()
    wire.says("X", "262=M1|268=1|279=1|269=1|55=EUR/USD|270=1.1005")
    sides = wire.engine.context.sessions[VENUE].prices["EUR/USD"]
    assert (sides.bid, sides.offer) == (Decimal("1.0999"), Decimal("1.1005"))


def test_a_price_is_as_old_as_its_older_side() -> None:
    wire = Wire()
    wire.wait(45)
    wire.says("X", "262=M1|268=1|279=1|269=1|55=EUR/USD|270=1.1005")
    wire.wait(20)
    assert placed(wire.submit(ONE)) == [], "the bid is 65 s old, and a minute is the limit"


def test_an_empty_book_is_no_new_price() -> None:
    wire = Wire()
    wire.wait(45)
    wire.says("W", "262=M1|55=EUR/USD|268=0")
    wire.wait(20)
    assert placed(wire.submit(ONE)) == []


def test_a_suspended_batch_is_not_sent_to_another_venue() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.restart()
    wire.reopen()
    elsewhere = replace(submitted(ONE), venue="ELSEWHERE")
    assert placed(wire.take(elsewhere)) == []
    refused = [output for output in wire.last if isinstance(output, BatchRefused)]
    assert VENUE in refused[0].violations[0].detail


@pytest.mark.parametrize(
    ("hours", "leaves"),
    [
        (11.9, True),
        (12.1, False),  # 17:00 in New York
        (96, False),  # spot of the day it was dated by is past
    ],
)
def test_what_has_not_left_when_the_trade_date_rolls_stays(hours: float, leaves: bool) -> None:
    wire = unsent_then(hours)
    wire.submit(ONE)
    wire.quotes()
    assert bool(placed(wire.last)) is leaves
    if not leaves:
        assert (wire.statuses(), wire.line(1).reason_code) == ([DENIED], "VALUE_DATE")
        assert "begun on trade date 2026-03-02, and it is 2026-03-0" in wire.line(1).reason


def unsent_then(hours: float) -> Wire:
    """The process dies before the only order of a batch could leave, and comes back so many hours later."""
    wire = Wire(opened=False)
    wire.submit(ONE)
    assert wire.statuses() == [QUEUED]
    wire.now_ns += int(hours * 3_600_000) * MS
    wire.restart()
    wire.reopen()
    return wire


def test_without_rates_in_time_the_lines_that_lack_one_are_denied() -> None:
    wire = Wire()
    wire.submit(ONE, Terms(pair="USD/JPY", dealt="USD"))
    assert wire.phase is BatchPhase.AWAITING_RATES
    assert placed(wire.wait(11)) == ["00010101"]
    assert wire.statuses() == [WORKING, DENIED]
    assert wire.line(2).reason_code == "REFERENCE_BAD"


def test_rates_of_another_source_release_a_batch_too() -> None:
    wire = Wire(priced=False, settings={"reference_source": "ecb"})
    out = wire.submit(ONE)
    assert sent(SubscribeMarketData, out) == []
    rate = inputs.ReferenceRate("EUR/USD", "1.10", "1.10", wire.now_ns)
    assert placed(wire.take(inputs.RatesLoaded("ecb", (rate,)))) == ["00010101"]


def test_a_refusal_of_market_data_is_told() -> None:
    wire = Wire(priced=False)
    wire.submit(ONE)
    assert alerts(wire.says("Y", "262=M1|58=Not for you")) == ["MARKET_DATA_REFUSED"]


# --- denials ----------------------------------------------------------------------------------------------------------


def test_a_line_over_its_limit_is_denied_and_the_others_go() -> None:
    wire = Wire(book=limits({"BATCH_GROSS desk=* max": "900000000"}))
    assert placed(wire.submit(ONE, Terms(amount="90000000"), ONE)) == ["00010101", "00030101"]
    assert wire.statuses() == [WORKING, DENIED, WORKING]
    assert wire.line(2).reason_code == "ORDER_NOTIONAL"
    assert "25,000,000" in wire.line(2).reason


def test_a_batch_whose_every_line_is_denied_ends_without_an_order() -> None:
    wire = Wire(book=limits({"BATCH_GROSS desk=* max": "900000000"}))
    out = wire.submit(Terms(amount="90000000"), Terms(amount="91000000"))
    assert placed(out) == []
    wire.announces(trade_request(out).request_id, 0)
    assert (wire.statuses(), wire.phase, wire.batch.is_reconciled) == ([DENIED] * 2, BatchPhase.DONE, True)


def test_a_batch_over_its_gross_limit_is_denied_as_a_whole() -> None:
    wire = Wire()
    out = wire.submit(*[Terms(amount="20000000")] * 6)
    assert refusals(out) == [("BATCH_GROSS",)]
    assert ended(out)
    assert (wire.phase, wire.statuses(), wire.pending()) == (BatchPhase.DONE, [DENIED] * 6, {})
    assert list(commands(out)) == [*sent(SubscribeMarketData, out)]


def test_a_batch_that_was_denied_as_a_whole_may_come_again_when_the_limits_allow_it() -> None:
    wire = Wire()
    wire.submit(*[Terms(amount="20000000")] * 6)
    wire.started = replace(wire.started, limits=limits({"BATCH_GROSS desk=* max": "200000000"}).rows)
    wire.restart()
    wire.reopen()
    wire.quotes()
    assert placed(wire.submit(*[Terms(amount="20000000")] * 6)) == ["00010101", "00020101"]


def test_a_file_that_is_being_traded_is_refused() -> None:
    wire = Wire()
    wire.submit()
    out = wire.submit()
    assert refusals(out) == [("BATCH_DUPLICATE",)]
    assert placed(out) == []


def test_a_file_that_is_done_is_refused_and_nothing_of_it_changes() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    assert wire.phase is BatchPhase.DONE
    out = wire.submit(ONE)
    assert refusals(out) == [("BATCH_DUPLICATE",)]
    assert (wire.phase, wire.statuses(), wire.batch.is_reconciled) == (BatchPhase.DONE, [FILLED], True)


def test_a_line_known_from_another_batch_is_denied() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.submit(ONE, ONE, content=b"the same row again")
    second = list(wire.engine.context.batches.values())[1]
    assert [line.status for line in second.lines] == [DENIED, WORKING]
    assert second.lines[0].reason_code == "LINE_DUPLICATE"


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
    assert (wire.statuses(), wire.order(1).cum_qty) == ([LineStatus.UNKNOWN], 0)
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
    assert alerts(out) == ["CONTRADICTS_ORDER", "CHANGED_AFTER_END", "ORPHAN_FILL"]
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


# --- late answers, stopping -------------------------------------------------------------------------------------------


def test_an_order_unanswered_for_long_is_asked_about_and_told() -> None:
    wire = Wire()
    wire.submit(ONE)
    out = wire.wait(6.5)
    assert alerts(out) == ["ORDER_UNANSWERED"]
    assert [str(c) for c in commands(out)] == [str(c) for c in commands(out) if "00010101" in str(c)]
    assert wire.order(1).sync == "IN_DOUBT"
    wire.reports_status(1, "0")
    assert (wire.order(1).sync, wire.order(1).phase, wire.statuses()) == ("IN_SYNC", "WORKING", [WORKING])
    assert alerts(wire.wait(20)) == []


def test_an_unanswered_order_that_the_venue_never_got_is_not_sent_again() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.wait(6.5)
    out = wire.knows_not(1)
    assert (wire.statuses(), wire.line(1).reason_code) == ([REJECTED], "VENUE_NEVER_RECEIVED")
    assert placed(out) == []


def test_a_stop_cancels_what_is_live_and_voids_what_has_not_left() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    out = wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "the desk changed its mind"))
    assert canceled(out) == ["00010101", "00020101", "00030101"]
    wire.cancels(1)
    wire.fills(2)
    wire.cancels(3)
    assert wire.statuses() == [UNFILLED, FILLED, UNFILLED]
    assert (wire.line(1).reason_code, wire.line(1).reason) == (
        "STOPPED",
        "stopped by ben: the desk changed its mind",
    )
    assert (wire.phase, wire.pending()) == (BatchPhase.COLLECTING, {})


def test_a_stop_voids_the_queue_at_once() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE, ONE)
    out = wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    assert wire.statuses() == [WORKING, UNFILLED, UNFILLED]
    assert placed(out) == []
    assert placed(wire.acknowledges(1)) == []


def test_a_stop_before_the_rates_have_come_sends_nothing() -> None:
    wire = Wire(priced=False)
    wire.submit(ONE)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    assert wire.statuses() == [UNFILLED]
    assert placed(wire.quotes()) == []


def test_a_stop_of_what_is_done_or_unknown_changes_nothing() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    wire.lists("T2", 1)
    assert wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "late")) == []
    assert wire.take(inputs.StopRequested("0000000000", "ben", "which")) == []
    assert (wire.phase, wire.statuses()) == (BatchPhase.DONE, [FILLED])


def test_what_is_still_open_after_its_time_is_canceled() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    assert canceled(wire.wait(61)) == ["00010101"]
    wire.cancels(1)
    assert (wire.statuses(), wire.line(1).reason_code) == ([UNFILLED], "STOPPED")
    assert "60 s" in wire.line(1).reason


def test_when_cancels_are_not_answered_the_venue_is_asked_what_became_of_the_orders() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    out = wire.wait(71)
    assert canceled(out) == ["00010101"]
    assert asked(wire.announces(trade_request(out).request_id, 0)) == ["00010101"]
    wire.reports_status(1, "4")
    assert (wire.statuses(), wire.phase) == ([UNFILLED], BatchPhase.COLLECTING)


def test_a_fill_whose_report_was_lost_is_found_when_the_cancel_comes_too_late() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.wait(61)
    name = wire.order(1).cancel_id
    wire.says("9", f"37=V1|11={name}|41={wire.order(1).cl_ord_id}|39=2|434=1|102=0|58=The order is FILLED")
    request = trade_request(wire.wait(10))
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.statuses(), wire.phase) == ([FILLED], BatchPhase.COLLECTING)


def test_an_order_that_works_on_and_on_is_canceled_twice_and_then_left_to_a_person() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.announces(trade_request(wire.wait(71)).request_id, 0)
    assert canceled(wire.reports_status(1, "0")) == ["00010101"]
    out = wire.wait(21)
    assert (wire.phase, wire.statuses(), canceled(out)) == (BatchPhase.SUSPENDED, [LineStatus.UNKNOWN], [])


def test_a_stopped_batch_that_was_suspended_cancels_what_works_when_its_file_comes_again() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.announces(trade_request(wire.wait(71)).request_id, 0)
    wire.reports_status(1, "0")
    name = wire.order(1).cancel_id
    wire.says("9", f"37=V1|11={name}|41={wire.order(1).cl_ord_id}|39=0|434=1|102=99|58=Not now")
    wire.wait(21)
    assert (wire.phase, wire.order(1).is_live) == (BatchPhase.SUSPENDED, True)
    assert canceled(wire.submit(ONE)) == ["00010101"]
    wire.cancels(1)
    assert (wire.phase, wire.statuses()) == (BatchPhase.COLLECTING, [UNFILLED])


def test_a_cancel_that_was_refused_for_now_is_tried_once_more() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    name = wire.order(1).cancel_id
    wire.says("9", f"37=V1|11={name}|41={wire.order(1).cl_ord_id}|39=0|434=1|102=99|58=Not now")
    assert canceled(wire.wait(11)) == ["00010101"]


def test_cancels_that_are_never_answered_suspend_the_batch() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    out = wire.wait(95)
    assert (wire.phase, wire.statuses()) == (BatchPhase.SUSPENDED, [LineStatus.UNKNOWN])
    assert ended(out)
    assert wire.pending() != {}


def test_a_suspended_batch_can_be_stopped() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.acknowledges(1)
    wire.acknowledges(2)
    wire.drop()
    wire.wait(17)
    assert wire.phase is BatchPhase.SUSPENDED
    wire.reopen()
    wire.announces("R2", 0)
    wire.reports_status(1, "0")
    wire.reports_status(2, "0")
    out = wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    assert canceled(out) == ["00010101", "00020101"]
    wire.cancels(1)
    wire.cancels(2)
    assert (wire.phase, wire.statuses()) == (BatchPhase.COLLECTING, [UNFILLED, UNFILLED])
    assert ended(wire.wait(12))


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_venue_that_gives_no_reports_is_asked_about_every_order_it_took() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE, ONE)
    wire.rejects(1)
    assert asked(wire.fills(2)) == ["00020101"]
    assert wire.phase is BatchPhase.COLLECTING
    assert ended(wire.reports_status(2, "2", 1000))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())
    assert wire.batch.compared == ("asked", "executed", "statuses")


def test_a_status_that_counts_other_fills_ends_the_batch_unreconciled() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.fills(1)
    out = wire.reports_status(1, "2", 2000)
    assert alerts(out) == ["QUANTITY_DIFFERS", "RECONCILIATION_BREAK"]
    assert (ended(out), wire.batch.is_reconciled, wire.statuses()) == (True, False, [LineStatus.UNKNOWN])


def test_a_venue_that_forgets_what_is_over_leaves_two_books_to_compare() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.fills(1)
    out = wire.knows_not(1)
    assert (alerts(out), ended(out)) == (["STATUS_NOT_GIVEN"], True)
    assert (wire.batch.is_reconciled, wire.batch.compared) == (True, ("asked", "executed"))
    assert wire.statuses() == [FILLED]


def test_a_venue_that_owes_its_statuses_leaves_the_batch_unreconciled() -> None:
    wire = Wire(trade_capture=False)
    wire.submit(ONE)
    wire.fills(1)
    out = wire.wait(12)
    assert (alerts(out), ended(out)) == (["STATUS_NOT_GIVEN"], True)
    assert (wire.batch.is_reconciled, wire.batch.compared) == (False, ("asked", "executed"))


def test_where_the_venue_says_nothing_of_its_own_the_two_books_there_are_count() -> None:
    wire = Wire(trade_capture=False, order_status=False)
    wire.submit(ONE)
    assert ended(wire.fills(1))
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())
    assert wire.batch.compared == ("asked", "executed")


def test_the_batch_ends_unreconciled_when_the_venue_refuses_its_reports() -> None:
    wire = filled_batch()
    out = wire.says("AQ", "568=T2|569=1|749=99|750=2|58=Not for you")
    assert alerts(out) == ["TRADES_NOT_REPORTED"]
    assert ended(out)
    assert not wire.batch.is_reconciled


def test_the_batch_ends_unreconciled_when_the_reports_do_not_come() -> None:
    wire = filled_batch()
    wire.announces("T2", 1)
    out = wire.wait(12)
    assert alerts(out) == ["TRADES_NOT_REPORTED"]
    assert (ended(out), wire.phase, wire.batch.is_reconciled) == (True, BatchPhase.DONE, False)


def test_reports_may_come_without_an_announcement_when_the_last_one_says_so() -> None:
    wire = filled_batch(2)
    wire.lists("T2", 1)
    assert wire.phase is BatchPhase.COLLECTING
    name = wire.order(2).cl_ord_id
    wire.says(
        "AE",
        f"571=R2|568=T2|912=Y|17=F2-1000|55=EUR/USD|32=1000000|31=1.1001|64=20260304|75=20260302|552=1|54=1|37=V2|"
        f"11={name}|15=EUR",
    )
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_a_trade_the_robot_does_not_know_is_a_break() -> None:
    wire = filled_batch()
    wire.announces("T2", 2)
    wire.lists("T2", 1)
    wire.lists("T2", 1, 500, exec_id="STRANGE")
    assert wire.phase is BatchPhase.DONE
    assert (len(wire.batch.breaks) > 0, wire.batch.is_reconciled) == (True, False)


def test_a_trade_that_comes_after_the_reports_were_given_up_is_booked() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.fills(1, 400, 400)
    wire.cancels(1, cum=400)
    wire.wait(12)
    assert wire.phase is BatchPhase.DONE
    wire.lists("T2", 1, 100, exec_id="LATE")
    assert wire.order(1).cum_qty == 500_000


def test_a_session_that_drops_while_collecting_is_asked_again_when_it_is_back() -> None:
    wire = filled_batch()
    wire.drop()
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_an_end_that_the_questions_bring_about_asks_for_the_trades_once() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.drop()
    before = len(wire.outputs)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "4")
    assert wire.phase is BatchPhase.COLLECTING
    assert [request.request_id for request in sent(RequestTrades, wire.outputs[before:])] == ["R2", "T3"]


def test_reports_that_came_before_a_drop_are_not_counted_twice() -> None:
    wire = filled_batch(2)
    wire.announces("T2", 2)
    wire.lists("T2", 1)
    wire.drop()
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 2)
    wire.lists(request.request_id, 1)
    wire.lists(request.request_id, 2)
    assert (wire.phase, wire.batch.breaks) == (BatchPhase.DONE, ())


def test_a_batch_whose_last_order_ends_while_the_session_is_down_waits_for_it() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(ONE, ONE)
    wire.fills(1)
    wire.drop()
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
    wire.refuses_to_send(2)
    assert wire.phase is BatchPhase.COLLECTING
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 1)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, True)


def test_two_batches_do_not_mix() -> None:
    wire = Wire(settings={"in_flight_max": 10})
    wire.submit(ONE)
    wire.submit(replace(ONE, row_id="other"), Terms(amount="2000000"), content=b"the second")
    first, second = wire.engine.context.batches.values()
    for number in (1, 2):
        name = second.lines[number - 1].orders[-1] if second.lines[number - 1].orders else ""
        if name:
            wire.says("8", f"37=W{number}|11={name}|17=J{number}|150=8|39=8|55=EUR/USD|54=1|15=EUR|14=0|151=0|103=99")
    assert [line.status for line in first.lines] == [WORKING]
    assert second.phase is BatchPhase.COLLECTING


# --- the engine itself ------------------------------------------------------------------------------------------------


def test_a_timer_that_nobody_started_is_a_bug() -> None:
    with pytest.raises(LocalOrderError):
        Wire().take(inputs.TimerFired("tea"))


def test_a_state_hash_in_the_journal_changes_nothing() -> None:
    wire = Wire()
    before = wire.engine.state_hash_source()
    assert wire.take(inputs.StateHashed("00")) == []
    assert wire.engine.state_hash_source() == before


def test_the_same_inputs_give_the_same_state_and_outputs() -> None:
    one, other = filled_batch(2), filled_batch(2)
    assert one.outputs == other.outputs
    assert one.engine.state_hash_source() == other.engine.state_hash_source()


def test_questions_and_cancels_count_for_the_message_rate_of_orders() -> None:
    # 15 messages a window, 3 kept for cancels: of the 12 that orders may use, one is the market data request.
    wire = Wire(settings={"in_flight_max": 100}, book=limits({"MESSAGE_RATE session=* risk_messages_max": "12"}))
    assert len(placed(wire.submit(*[ONE] * 20))) == 11


def test_time_is_what_the_input_says() -> None:
    wire = Wire()
    wire.now_ns += 5 * MS
    wire.submit(ONE)
    assert wire.order(1).sent_ts_ns == wire.now_ns


def test_a_batch_for_a_venue_nobody_has_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Wire().take(replace(submitted(ONE), venue="nowhere"))


def test_a_batch_that_nobody_could_reconcile_is_no_ordinary_incomplete_one() -> None:
    wire = Wire(settings={"in_flight_max": 2})
    wire.submit(ONE, ONE)
    wire.acknowledges(1)
    wire.fills(1)
    wire.rejects(2)
    wire.announces("T2", 1)
    wire.wait(12)
    assert (wire.statuses(), wire.batch.is_reconciled) == ([FILLED, REJECTED], False)
    assert exit_code(wire.batch, is_stopped=False) == EXIT_UNKNOWN
