"""What the venue answers about orders in doubt, and what each answer does: booked, tried again, or asked about."""

import pytest

from tests.unit.engine_cases import VENUE, Wire, alerts, asked, closed, dropped, placed, sent, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestTrades
from trader.engine.state import BatchPhase, LineStatus

FILLED, QUEUED = LineStatus.FILLED, LineStatus.QUEUED
WORKING, UNKNOWN = LineStatus.WORKING, LineStatus.UNKNOWN
ONE = Terms()
TRADE = "32=500000|31=1.1001|64=20260304|75=20260302|60=20260302-10:00:00.000"


def test_an_order_the_venue_never_got_is_tried_again_under_a_new_name() -> None:
    wire = dropped(1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    out = wire.knows_not(2)
    assert closed(out) == [("00020101", 0)]
    wire.reports_status(3, "0")
    assert placed(wire.outputs) == ["00010101", "00020101", "00030101", "00020201"]
    assert wire.line(2).orders[-1][10:] == "00020201"


def test_where_a_live_order_may_be_called_unknown_nothing_is_sent_in_its_place() -> None:
    wire = dropped(1, unknown_order="may_be_live")
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    out = wire.knows_not(2)
    assert (alerts(out), closed(out)) == (["ORDER_FORGOTTEN"], [])
    wire.reports_status(3, "0")
    assert placed(wire.outputs) == ["00010101", "00020101", "00030101"]
    assert (wire.order(2).sync, wire.pending() != {}) == ("IN_DOUBT", True)
    assert closed(wire.fills(2)) == [("00020101", 1_000_000)], "its own word settles it"


def test_an_order_that_a_resent_report_settles_needs_no_status() -> None:
    wire = dropped(1, 2)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.fills(1)
    wire.fills(2)
    assert alerts(wire.fills(3)) == ["RECOVERY_COMPLETE"]


def test_an_order_the_venue_has_forgotten_stays_unknown_and_the_gate_shut() -> None:
    wire = dropped(1, in_flight_max=1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    out = wire.knows_not(1)
    assert alerts(out) == ["ORDER_FORGOTTEN"]
    assert (wire.order(1).sync, wire.pending() != {}) == ("IN_DOUBT", True)
    out = wire.reports_status(2, "0")
    assert (placed(out), alerts(out)) == ([], [])
    assert wire.wait(11)
    assert wire.statuses() == [UNKNOWN, UNKNOWN, QUEUED]


def test_a_no_such_order_in_the_form_of_a_rejection_ends_no_order() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    name = wire.order(1).cl_ord_id
    wire.says("8", f"37=NONE|11={name}|17=U|150=8|39=8|55=EUR/USD|54=1|15=EUR|14=0|151=0|103=5")
    assert (wire.order(1).phase, wire.order(1).sync, wire.statuses()) == ("WORKING", "IN_DOUBT", [WORKING])


def test_a_no_such_order_that_nobody_asked_for_is_not_believed() -> None:
    wire = Wire()
    wire.submit(ONE)
    assert alerts(wire.knows_not(1)) == ["ORDER_FORGOTTEN"]
    assert (wire.order(1).phase, wire.order(1).sync, wire.statuses()) == ("SENT", "IN_DOUBT", [WORKING])
    assert asked(wire.wait(6.5)) == ["00010101"]


def test_a_no_such_order_about_no_order_of_ours_is_told() -> None:
    wire = Wire()
    out = wire.says("8", "37=NONE|11=FOREIGN|17=U|150=I|39=8|55=EUR/USD|54=1|15=EUR|14=0|151=0|103=5")
    assert alerts(out) == ["UNKNOWN_ORDER"]


def test_a_status_with_more_fills_than_we_know_keeps_the_order_in_doubt() -> None:
    wire = dropped(1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    assert alerts(wire.reports_status(1, "1", cum=400)) == ["QUANTITY_DIFFERS"]
    assert wire.order(1).sync == "IN_DOUBT"
    wire.reports_status(2, "0")
    wire.reports_status(3, "0")
    assert wire.engine.context.sessions[VENUE].recovery is not None


def test_a_fill_lost_with_the_session_is_booked_from_the_venues_list() -> None:
    wire = dropped(1, 2)
    request = trade_request(wire.reopen())
    wire.announces(request.request_id, 1)
    wire.lists(request.request_id, 2)
    wire.reports_status(1, "0")
    wire.reports_status(3, "0")
    assert (wire.statuses()[1], wire.order(2).cum_qty) == (FILLED, 1_000_000)


def test_an_order_refused_by_a_session_that_was_down_is_answered_for() -> None:
    wire = dropped(1)
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.reports_status(1, "0")
    wire.reports_status(3, "0")
    out = wire.refuses_to_send(2)
    assert alerts(out) == ["RECOVERY_COMPLETE"]
    assert placed(out) == ["00020201"]


def test_a_fill_lost_on_a_healthy_session_is_asked_for_when_the_next_one_shows_it() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    assert alerts(wire.fills(1, 300, 700, exec_id="F2")) == ["QUANTITY_DIFFERS"]
    request = trade_request(wire.wait(1))
    wire.announces(request.request_id, 2)
    wire.lists(request.request_id, 1, 400, exec_id="F1")
    wire.lists(request.request_id, 1, 300, exec_id="F2")
    wire.reports_status(1, "1", cum=700)
    assert (wire.order(1).cum_qty, wire.order(1).sync) == (700_000, "IN_SYNC")
    assert wire.engine.context.sessions[VENUE].recovery is None


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("EXEC_ID_REUSED", f"37=V1|17=F1-400|150=F|39=1|54=1|38=1000000|14=900000|151=100000|{TRADE}"),
        ("CONTRADICTS_ORDER", f"37=V1|17=X|150=F|39=1|54=2|38=1000000|14=900000|151=100000|{TRADE}"),
        ("ORDER_ID_CROSSED", f"37=V2|17=X|150=F|39=1|54=1|38=1000000|14=900000|151=100000|{TRADE}"),
        ("UNBOOKABLE_TRADE", "37=V1|17=X|150=F|39=1|54=1|38=1000000|14=400000|151=600000|32=0|31=1.1"),
    ],
    ids=["reused", "other side", "crossed", "no amount"],
)
def test_a_trade_that_cannot_be_booked_for_its_order_is_asked_about_before_anything_leaves(
    rule: str, told: str
) -> None:
    wire = Wire()
    wire.submit(*[ONE] * 5)
    wire.fills(1, 400, cum=400)
    wire.acknowledges(2)
    out = wire.says("8", f"11={wire.order(1).cl_ord_id}|55=EUR/USD|15=EUR|{told}")
    assert alerts(out)[:2] == [rule, "RECOVERY_STARTED"]
    assert placed(wire.acknowledges(3)) == []
    wire.announces(trade_request(out).request_id, 0)
    wire.reports_status(1, "1", 400)
    assert placed([*wire.reports_status(2, "0"), *wire.reports_status(3, "0")]) == []
    assert placed(wire.reports_status(4, "0")) == ["00050101"]


def test_a_trade_that_was_not_booked_is_no_news_when_it_is_listed_again_after_the_venue_has_agreed() -> None:
    """Else every answer that is repeated on the way is asked about anew, and its answers are repeated too."""
    wire = Wire()
    wire.submit(ONE)
    wire.fills(1, 400, cum=400)
    other_side = f"17=X|55=EUR/USD|75=20260302|552=1|54=2|37=V1|11={wire.order(1).cl_ord_id}|15=EUR|{TRADE}"
    out = wire.says("AE", f"571=A1|568=T0|{other_side}")
    assert alerts(out) == ["CONTRADICTS_ORDER", "RECOVERY_STARTED", "ORPHAN_FILL"]
    wire.announces(trade_request(out).request_id, 0)
    assert alerts(wire.reports_status(1, "1", 400)) == ["RECOVERY_COMPLETE"]
    out = wire.says("AE", f"571=A2|568=T9|912=Y|{other_side}")
    assert (alerts(out), sent(RequestTrades, out), wire.order(1).sync) == ([], [], "IN_SYNC")
    assert len(wire.engine.context.blotters[VENUE].orphans) == 1


def test_a_fill_after_the_end_is_asked_about_before_anything_leaves() -> None:
    wire = Wire()
    wire.submit(*[ONE] * 4)
    wire.cancels(1)
    out = wire.fills(1)
    assert ("FILL_AFTER_END" in alerts(out), placed(wire.fills(2))) == (True, [])
    wire.announces(trade_request(out).request_id, 0)
    assert placed(wire.reports_status(1, "2", 1000)) == []  # what was on its way is asked about too
    assert placed(wire.fills(3)) == ["00040101"]


def test_a_doubt_that_the_venue_does_not_settle_is_not_asked_about_without_end() -> None:
    wire = Wire()
    wire.submit(ONE)
    wire.acknowledges(1)
    wire.fills(1, 300, 700, exec_id="F2")
    wire.announces(trade_request(wire.wait(1)).request_id, 0)
    wire.reports_status(1, "1", cum=700)
    out = wire.wait(40)
    assert sent(RequestTrades, out) == []
    assert (alerts(out), wire.phase) == (["RECOVERY_INCOMPLETE", "BATCH_SUSPENDED"], BatchPhase.SUSPENDED)


def test_an_order_that_lives_after_all_is_not_replaced() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit(Terms())
    wire.drop()
    wire.refuses_to_send(1)
    assert wire.statuses() == [LineStatus.QUEUED]
    wire.acknowledges(1)
    assert (wire.statuses(), wire.line(1).unsent) == ([WORKING], [])
    out = wire.reopen()
    out += wire.announces(trade_request(out).request_id, 0)
    out += wire.reports_status(1, "0")
    assert placed(out) == []
    wire.fills(1)
    assert (wire.statuses(), len(wire.line(1).orders), wire.pending()) == ([LineStatus.FILLED], 1, {})


def test_an_order_that_the_venue_has_counted_fills_of_and_then_does_not_know_stays_unknown() -> None:
    wire = dropped()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.says("8", wire._about(1, "6", "6", "17=E1", cum=400))
    out = wire.says("8", wire._about(1, "I", "8", "17=0|103=5"))
    assert "ORDER_FORGOTTEN" in alerts(out)
    assert (placed(out), wire.statuses()[0]) == ([], WORKING)
