"""A batch's way through the engine: submitted, priced, checked, denied, and one life from file to reconciled."""

from decimal import Decimal

import pytest
from values import replace

from tests.unit.engine_cases import (
    MS,
    VENUE,
    Wire,
    alerts,
    commands,
    ended,
    filled_batch,
    placed,
    refusals,
    sent,
    submitted,
    trade_request,
)
from tests.unit.risk_cases import Terms, limits
from trader.app.exit_codes import EXIT_UNKNOWN, exit_code
from trader.domain.commands import PlaceOrder, SubscribeMarketData
from trader.domain.deal import Side
from trader.domain.errors import LocalOrderError
from trader.engine import inputs
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import BatchRefused, LineRegistered
from trader.engine.state import BatchPhase, LineStatus

FILLED, DENIED, REJECTED = LineStatus.FILLED, LineStatus.DENIED, LineStatus.REJECTED
QUEUED, WORKING, UNFILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNFILLED
ONE = Terms()


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
