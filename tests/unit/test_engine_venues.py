"""What venues differ in: when they are ready, what a drop does to live orders, how many messages they take."""

from dataclasses import replace

import pytest

from tests.unit.engine_cases import MS, SECOND, VENUE, Wire, alerts, asked, canceled, commands, placed, sent, submitted
from tests.unit.quote_cases import Makers, asked_for, quoting, rfq
from tests.unit.risk_cases import NOW, Terms, limits, make_line
from trader.domain.commands import CancelOrder, PlaceOrder, RequestQuote, RequestTrades
from trader.domain.deal import TimeInForce
from trader.domain.ids import line_of, line_of_request
from trader.engine import inputs
from trader.engine.inputs import ForwardPoints, PointsLoaded
from trader.engine.settings import QuoteSettings
from trader.engine.state import BatchPhase, LineStatus
from trader.fix.dialect import Pace

ONE = Terms()
QUEUED, WORKING, FILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.FILLED
UNFILLED, UNKNOWN = LineStatus.UNFILLED, LineStatus.UNKNOWN
PLENTY = limits(
    {
        "MESSAGE_RATE session=* risk_messages_max": "1000",
        "MESSAGE_RATE session=* all_messages_max": "1500",
        "BATCH_GROSS desk=* max": "10000000000",
        "VOLUME_DAY trader=* max": "10000000000",
        "VOLUME_DAY desk=* max": "10000000000",
        "VOLUME_DAY pair=* max": "10000000000",
        "VOLUME_DAY venue=* max": "10000000000",
    }
)


# --- ready ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ready", "msg_type", "opens", "shuts"),
    [("news", "B", "148=READY", None), ("trading_session_status", "h", "336=FX|340=2", "336=FX|340=3")],
)
def test_nothing_leaves_before_the_venue_says_that_it_is_ready(
    ready: str, msg_type: str, opens: str, shuts: str | None
) -> None:
    wire = Wire(venue={"ready": ready})
    wire.submit(ONE)
    assert (list(commands(wire.outputs)), wire.statuses()) == ([], [QUEUED])
    wire.says(msg_type, opens)
    assert (placed(wire.last), alerts(wire.last)) == (["00010101"], ["VENUE_READY"])
    if shuts is not None:
        wire.says(msg_type, shuts)
        assert alerts(wire.last) == ["VENUE_SHUT"]


def test_a_venue_that_shuts_takes_no_new_orders_and_goes_on_when_it_opens() -> None:
    wire = Wire(venue={"ready": "trading_session_status"}, settings={"in_flight_max": 1})
    wire.says("h", "336=FX|340=2")
    wire.submit(ONE, ONE)
    wire.says("h", "336=FX|340=3")
    assert placed(wire.fills(1)) == []
    assert wire.statuses() == [FILLED, QUEUED]
    wire.says("h", "336=FX|340=2")
    assert placed(wire.last) == ["00020101"]


def test_a_venue_that_says_again_that_it_is_ready_says_nothing_new() -> None:
    wire = Wire(venue={"ready": "news"})
    wire.says("B", "148=READY")
    assert wire.says("B", "148=READY") == []


def test_questions_of_recovery_wait_until_the_venue_is_ready() -> None:
    wire = Wire(venue={"ready": "news"})
    wire.says("B", "148=READY")
    wire.submit(ONE)
    wire.drop()
    assert list(commands(wire.reopen())) == []
    wire.says("B", "148=READY")
    assert len(sent(RequestTrades, wire.last)) == 1
    assert alerts(wire.last) == ["VENUE_READY", "RECOVERY_STARTED"]


def test_a_venue_that_is_never_ready_after_a_drop_has_its_batches_suspended() -> None:
    wire = Wire(venue={"ready": "news"})
    wire.says("B", "148=READY")
    wire.submit(ONE)
    wire.drop()
    wire.reopen()
    wire.wait(20)
    assert wire.phase is BatchPhase.SUSPENDED


def test_a_session_that_was_never_ready_can_be_lost() -> None:
    wire = Wire(venue={"ready": "news"})
    assert alerts(wire.drop()) == ["SESSION_LOST"]
    assert wire.drop() == []


def test_a_venue_that_shuts_ends_the_open_rounds() -> None:
    wire = Makers(venue=quoting(ready="trading_session_status"))
    wire.says("h", "336=FX|340=2")
    assert asked_for(wire.submit(rfq())) == ["000101"]
    wire.says("h", "336=FX|340=3")
    wire.says("h", "336=FX|340=2")
    assert asked_for(wire.last) == ["000102"]


# --- what a drop does -------------------------------------------------------------------------------------------------

RESTS = replace(make_line(Terms(limit_rate="1.0900")), time_in_force=TimeInForce.GTC)


def test_orders_that_are_canceled_silently_are_over_by_the_rule_once_the_trades_are_known() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, order_status=False)
    wire.submit(RESTS, RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    assert wire.statuses() == [WORKING, WORKING]
    wire.announces("R2", 0)
    assert wire.statuses() == [UNFILLED, WORKING]
    assert wire.line(1).reason_code == "VENUE_CANCELED"
    assert wire.line(1).reason == (
        f"canceled by the rule of {VENUE}: when the session drops, live orders are over without a word"
    )
    assert alerts(wire.last) == ["CANCELED_BY_RULE"]


def test_without_trade_reports_the_resends_are_waited_for_first() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, order_status=False, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    wire.fills(1, 400, 400)
    assert wire.statuses() == [WORKING]
    wire.wait(11)
    assert (wire.statuses(), wire.order(1).cum_qty) == ([LineStatus.PARTIALLY_FILLED], 400_000)
    assert "RECOVERY_INCOMPLETE" not in alerts(wire.outputs)
    assert wire.pending() == {}


@pytest.mark.parametrize("lists", [True, False])
def test_after_a_restart_the_rule_ends_an_order_only_where_the_trades_were_listed(lists: bool) -> None:
    """The session of the process that ended may have taken a fill that its journal has not."""
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, order_status=False, trade_capture=lists)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.restart()
    wire.reopen()
    if lists:
        wire.announces("R2", 0)
    wire.wait(11)
    assert wire.statuses() == [UNFILLED if lists else LineStatus.UNKNOWN]


def test_an_order_that_is_unknown_after_a_drop_is_over_where_a_drop_cancels_silently() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    wire.fills(1, 400, 400)
    wire.knows_not(1)
    assert (wire.statuses(), wire.order(1).cum_qty) == ([LineStatus.PARTIALLY_FILLED], 400_000)
    assert {"CANCELED_BY_RULE", "RECOVERY_COMPLETE"} <= set(alerts(wire.outputs))
    assert wire.pending() == {}


@pytest.mark.parametrize("rule", ["none", "reported"])
def test_an_order_that_is_unknown_after_a_drop_is_in_doubt_where_a_drop_cancels_nothing_silently(rule: str) -> None:
    wire = Wire(venue={"cancel_on_disconnect": rule}, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    wire.knows_not(1)
    wire.wait(11)
    assert wire.statuses() == [UNKNOWN]
    assert "ORDER_FORGOTTEN" in alerts(wire.outputs)
    assert wire.pending() != {}


def test_an_order_that_the_venue_never_acknowledged_stays_unknown() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, order_status=False)
    wire.submit(RESTS)
    wire.drop()
    wire.reopen()
    wire.announces("R2", 0)
    wire.wait(11)
    assert (wire.statuses(), wire.phase) == ([UNKNOWN], BatchPhase.SUSPENDED)
    assert "RECOVERY_INCOMPLETE" in alerts(wire.outputs)
    assert wire.pending() != {}


def test_without_a_drop_an_order_that_is_not_known_is_forgotten_and_not_over() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.knows_not(1)
    assert alerts(wire.last) == ["ORDER_FORGOTTEN"]
    assert wire.pending() != {}


def test_an_order_with_fills_that_are_missing_is_not_over_by_any_rule() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.reports_status(1, "1", 400)
    wire.drop()
    wire.reopen()
    wire.knows_not(1)
    assert "ORDER_FORGOTTEN" in alerts(wire.last)
    assert wire.statuses() == [WORKING]
    assert wire.pending() != {}


def test_a_fill_that_comes_after_all_is_a_fact() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, order_status=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    wire.announces("R2", 0)
    wire.fills(1)
    assert wire.order(1).cum_qty == 1_000_000


def test_cancels_that_are_reported_are_waited_for() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "reported"}, order_status=False, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    assert wire.statuses() == [WORKING]
    wire.cancels(1)
    assert (wire.statuses(), alerts(wire.last)) == ([UNFILLED], ["RECOVERY_COMPLETE"])


def test_cancels_that_are_owed_keep_the_session_shut() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "reported"}, order_status=False, trade_capture=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.drop()
    wire.reopen()
    wire.wait(11)
    assert "RECOVERY_INCOMPLETE" in alerts(wire.outputs)
    assert wire.statuses() == [UNKNOWN]


def test_a_question_on_a_healthy_session_cancels_nothing() -> None:
    wire = Wire(venue={"cancel_on_disconnect": "silent"}, order_status=False)
    wire.submit(RESTS)
    wire.acknowledges(1)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    wire.wait(11)
    wire.announces("R2", 0)
    assert "CANCELED_BY_RULE" not in alerts(wire.outputs)


# --- pace -------------------------------------------------------------------------------------------------------------


def paced(messages: int) -> dict[str, object]:
    return {"pace": Pace(messages_max=messages)}


def test_the_venues_pace_holds_orders_back_to_the_moment_the_window_frees() -> None:
    wire = Wire(venue=paced(2), book=PLENTY, settings={"in_flight_max": 50})
    line = replace(make_line(ONE), time_in_force=TimeInForce.FOK)
    out = wire.submit(line, line, line)
    assert placed(out) == ["00010101"]  # the question for prices was the first message
    assert wire.timers[f"pace:{VENUE}"] == NOW + SECOND + 20 * MS
    assert placed(wire.wait(1.03)) == ["00020101", "00030101"]


def test_an_order_that_may_rest_leaves_room_for_its_cancel() -> None:
    wire = Wire(venue=paced(5), book=PLENTY, settings={"in_flight_max": 50, "reference_source": "ecb"})
    assert len(placed(wire.submit(*[ONE] * 5))) == 4
    wire.acknowledges(1)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    assert canceled(wire.last) == ["00010101"]


def test_cancels_wait_for_the_venue_and_leave_before_questions_and_orders() -> None:
    wire = Wire(
        venue=paced(5), book=PLENTY, settings={"in_flight_max": 50, "reference_source": "ecb", "ack_s_max": 0.5}
    )
    wire.submit(*[ONE] * 4)
    for line_no in (1, 2, 3, 4):
        wire.acknowledges(line_no)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    assert canceled(wire.last) == ["00010101"]
    assert len(canceled(wire.wait(1.03))) == 3
    assert sum(isinstance(command, CancelOrder) for command in commands(wire.outputs)) == 4


def test_what_waits_is_forgotten_with_the_session() -> None:
    wire = Wire(venue=paced(5), book=PLENTY, settings={"in_flight_max": 50, "reference_source": "ecb"})
    wire.submit(*[ONE] * 4)
    for line_no in (1, 2, 3, 4):
        wire.acknowledges(line_no)
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    wire.drop()
    assert list(commands(wire.wait(2))) == []
    assert not wire.engine.context.sessions[VENUE].waiting


def test_questions_that_the_pace_holds_back_are_not_late() -> None:
    wire = Wire(
        venue=paced(5), book=PLENTY, settings={"in_flight_max": 50, "reference_source": "ecb", "answer_s_max": 1}
    )
    line = replace(make_line(ONE), time_in_force=TimeInForce.FOK)
    wire.submit(*[line] * 12)
    wire.wait(3)
    wire.drop()
    wire.reopen()
    wire.announces("R1", 0)
    wire.wait(1.9)
    assert "RECOVERY_INCOMPLETE" not in alerts(wire.outputs)
    wire.wait(1.5)
    assert len(asked(wire.outputs)) == 12


def test_an_order_on_a_quote_leaves_before_new_requests() -> None:
    wire = Makers(
        venue=quoting(**paced(2)), book=PLENTY, settings={"reference_source": "ecb"}, quotes=QuoteSettings(wanted=1)
    )
    assert asked_for(wire.submit(rfq(), rfq(), rfq())) == ["000101", "000201"]
    wire.maker("A", line_no=2)
    assert placed(wire.last) == []
    out = wire.wait(1.03)
    assert (placed(out), asked_for(out)) == (["00020101"], ["000301"])


def test_a_hundred_lines_on_quotes_take_what_the_pace_allows_and_no_more() -> None:
    """200 messages at 50 a second: the last leaves when the third window is over, and no window holds more than 50."""
    wire = Makers(venue=quoting(**paced(50)), book=PLENTY, settings={"reference_source": "ecb", "in_flight_max": 500})
    begun_ns = wire.now_ns
    wire.take(submitted(*[rfq()] * 100))
    moments = [moment for moment, _ in _played(wire)]
    assert (len(moments), wire.batch.counts()[FILLED]) == (200, 100)
    assert all(later - earlier >= SECOND for earlier, later in zip(moments, moments[50:], strict=False))
    took_s = (max(moments) - begun_ns) / SECOND + 0.040
    assert took_s <= 1.10 * (3.0 + 0.040)


def _played(wire: Makers) -> list[tuple[int, str]]:
    """Three makers answer after 250 ms and orders are filled after 40 ms, in virtual time.

    Returns:
        When each request and each order left, and what it was.
    """
    left: list[tuple[int, str]] = []
    due: list[tuple[int, int, str]] = []
    seen = 0
    while True:
        for command in commands(wire.outputs[seen:]):
            if isinstance(command, RequestQuote):
                line = line_of_request(command.quote_req_id)
                due.append((wire.now_ns + 250 * MS, line.line_no if line else 0, "quotes"))
                left.append((wire.now_ns, "request"))
            elif isinstance(command, PlaceOrder):
                line = line_of(command.cl_ord_id)
                due.append((wire.now_ns + 40 * MS, line.line_no if line else 0, "fill"))
                left.append((wire.now_ns, "order"))
        seen = len(wire.outputs)
        if wire.phase is not BatchPhase.TRADING:
            return left
        timer = min(wire.timers.values())
        if not due or timer < min(due)[0]:
            wire.wait((timer - wire.now_ns) / SECOND)
            continue
        answer = min(due)
        due.remove(answer)
        wire.now_ns, line_no, what = answer
        if what == "fill":
            wire.fills(line_no)
        else:
            for maker in ("A", "B", "C"):
                wire.maker(maker, line_no=line_no)


# --- points -----------------------------------------------------------------------------------------------------------


def test_forward_points_reach_the_gate() -> None:
    wire = Wire()
    wire.take(PointsLoaded("points.csv", (ForwardPoints("EUR/USD", "1M", "0.0010", "0.0011", NOW),)))
    assert wire.engine.context.gate.points.is_loaded
    assert wire.last == []
