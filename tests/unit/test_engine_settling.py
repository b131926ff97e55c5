"""A person's word where the venue's is missing: an order in doubt is settled by two persons, and the gate opens."""

from risk.people.signatures import OrderOutcome
from tests.unit.engine_cases import VENUE, Wire, alerts, closed, placed, sent
from tests.unit.risk_cases import Terms
from tests.unit.settling_cases import MUTE, fill, is_shut, open_alerts, settles, staff, stuck
from trader.domain.commands import PlaceOrder
from trader.engine.outputs import Alert
from trader.engine.state import BatchPhase, LineStatus

FILLED, UNFILLED, REJECTED = LineStatus.FILLED, LineStatus.UNFILLED, LineStatus.REJECTED
QUEUED, UNKNOWN = LineStatus.QUEUED, LineStatus.UNKNOWN


# --- the way out ------------------------------------------------------------------------------------------------------


def test_where_a_venue_answers_no_questions_the_alert_says_so_and_how_to_settle() -> None:
    wire = stuck()
    (started,) = [o.text for o in wire.outputs if isinstance(o, Alert) and o.code == "RECOVERY_STARTED"]
    (stays,) = [o.text for o in wire.outputs if isinstance(o, Alert) and o.code == "RECOVERY_INCOMPLETE"]
    assert "answers no questions" in started
    assert f"trader settle {wire.order(1).cl_ord_id} --as filled|canceled|rejected|working|never-arrived" in stays
    assert (wire.phase, wire.statuses(), is_shut(wire)) == (BatchPhase.SUSPENDED, [UNKNOWN], True)


def test_an_order_that_two_persons_say_is_filled_is_booked_posted_and_closed() -> None:
    wire = stuck()
    assert wire.pending() != {}
    assert fill(wire, 1) == ""
    assert wire.statuses() == [FILLED]
    assert wire.pending() == {}
    assert (wire.order(1).cum_qty, str(wire.order(1).avg_px)) == (1_000_000, "1.1001")
    assert closed(wire.last) == [("00010101", 1_000_000)]
    assert "ORDER_SETTLED" in alerts(wire.last)
    assert "RECOVERY_COMPLETE" in alerts(wire.last)
    assert not is_shut(wire)


def test_an_order_that_two_persons_say_is_canceled_gives_its_limits_back() -> None:
    wire = stuck()
    assert settles(wire, 1, OrderOutcome.CANCELED) == ""
    assert wire.statuses() == [UNFILLED]
    assert wire.pending() == {}
    assert "settled as canceled by anna and olga: Ms. Lee" in wire.line(1).reason


def test_a_canceled_order_may_have_traded_a_part() -> None:
    wire = stuck()
    assert settles(wire, 1, OrderOutcome.CANCELED, "400000", "1.1001", trade_id="E77") == ""
    assert wire.statuses() == [LineStatus.PARTIALLY_FILLED]
    assert wire.order(1).cum_qty == 400_000


def test_an_order_that_was_rejected_ends_its_line_as_such() -> None:
    wire = stuck()
    assert settles(wire, 1, OrderOutcome.REJECTED) == ""
    assert wire.statuses() == [REJECTED]


def test_an_order_that_works_is_known_and_the_batch_goes_on() -> None:
    wire = stuck(1, order_status=True)
    assert settles(wire, 1, OrderOutcome.WORKING) == ""
    assert not is_shut(wire)
    wire.submit(Terms())
    wire.fills(1)
    assert wire.statuses() == [FILLED]


def test_an_order_that_never_arrived_leaves_anew_under_another_id_when_the_file_comes_again() -> None:
    wire = stuck()
    assert settles(wire, 1, OrderOutcome.NEVER_ARRIVED) == ""
    assert wire.statuses() == [QUEUED]
    wire.submit(Terms())
    assert placed(wire.last) == ["00010201"]


def test_while_the_venue_is_still_waited_for_a_row_that_never_arrived_leaves_at_once() -> None:
    wire = Wire(**MUTE)
    staff(wire)
    wire.submit(Terms())
    wire.drop()
    wire.reopen()
    assert settles(wire, 1, OrderOutcome.NEVER_ARRIVED) == ""
    assert placed(wire.last) == ["00010201"]


def test_the_gate_opens_with_the_last_order_that_is_settled_and_not_before() -> None:
    wire = stuck(lines=2)
    assert fill(wire, 1) == ""
    assert is_shut(wire)
    assert fill(wire, 2, trade_id="E78") == ""
    assert not is_shut(wire)


def test_what_two_persons_have_signed_for_outlives_a_restart() -> None:
    wire = stuck(lines=2)
    fill(wire, 1)
    wire.restart()
    wire.reopen()
    assert [(wire.order(no).cum_qty, wire.order(no).is_final) for no in (1, 2)] == [(1_000_000, True), (0, False)]
    assert is_shut(wire)


def test_a_person_settles_what_a_venue_has_forgotten_though_it_answers_questions() -> None:
    wire = stuck(1, order_status=True)
    wire.knows_not(1)
    assert is_shut(wire)
    assert settles(wire, 1, OrderOutcome.CANCELED) == ""
    assert not is_shut(wire)


def test_what_was_told_of_orders_in_doubt_is_over_once_persons_have_settled_the_last_of_them() -> None:
    wire = stuck(1, 2, lines=2, order_status=True)
    wire.knows_not(1)
    wire.reports_status(2, "1", 400)
    told = {"ORDER_FORGOTTEN", "QUANTITY_DIFFERS", "RECOVERY_INCOMPLETE"}
    assert open_alerts(wire) >= told
    assert settles(wire, 1, OrderOutcome.CANCELED) == ""
    assert open_alerts(wire) & told == told - {"ORDER_FORGOTTEN"}
    assert settles(wire, 2, OrderOutcome.CANCELED, "400000", "1.1001", trade_id="E77") == ""
    assert open_alerts(wire) & told == set()
    (complete,) = [each.text for each in wire.last if isinstance(each, Alert) and each.code == "RECOVERY_COMPLETE"]
    assert complete == f"every order of {VENUE} is known: persons have signed for 2 orders, in the venue's place"


def test_what_was_told_is_over_as_well_when_the_last_is_settled_while_the_session_is_away() -> None:
    wire = stuck(lines=2)
    wire.drop()
    assert settles(wire, 1, OrderOutcome.CANCELED) == ""
    assert {"RECOVERY_STARTED", "RECOVERY_INCOMPLETE"} <= open_alerts(wire)
    assert settles(wire, 2, OrderOutcome.CANCELED) == ""
    assert not {"RECOVERY_STARTED", "RECOVERY_INCOMPLETE"} & open_alerts(wire)


def test_a_fill_that_is_missing_of_an_order_whose_count_the_venue_has_told_is_signed_for() -> None:
    wire = stuck(1, order_status=True)
    wire.reports_status(1, "1", 400)
    assert "QUANTITY_DIFFERS" in alerts(wire.last)
    assert settles(wire, 1, OrderOutcome.CANCELED, "400000", "1.1001", trade_id="E77") == ""
    assert (wire.statuses(), is_shut(wire)) == ([LineStatus.PARTIALLY_FILLED], False)


# --- the venue's later word -------------------------------------------------------------------------------------------


def test_the_venues_own_report_of_the_same_trade_takes_the_place_of_what_was_signed_for() -> None:
    wire = stuck()
    fill(wire, 1)
    wire.fills(1, exec_id="E99")
    assert (wire.order(1).cum_qty, list(wire.order(1).fills)) == (1_000_000, ["E99"])
    assert wire.statuses() == [FILLED]
    assert alerts(wire.last) == ["TRADE_CONFIRMED"]
    wire.fills(1, exec_id="E99")
    assert wire.order(1).cum_qty == 1_000_000


def test_the_venues_report_under_the_very_id_that_was_signed_for_is_one_trade() -> None:
    wire = stuck()
    fill(wire, 1, trade_id="E77")
    wire.fills(1, exec_id="E77")
    assert (wire.order(1).cum_qty, wire.order(1).is_final) == (1_000_000, True)
    wire.says("8", wire._about(1, "H", "0", "17=B1|19=E77|75=20260302", 0))
    assert wire.order(1).cum_qty == 0


def test_another_rate_than_the_one_signed_for_is_a_break_with_an_alert_and_the_venues_counts() -> None:
    wire = stuck()
    fill(wire, 1, rate="1.1002")
    wire.fills(1, exec_id="E99")
    assert "PERSON_CONTRADICTED" in alerts(wire.last)
    assert str(wire.order(1).avg_px) == "1.1001"
    assert wire.statuses() == [UNKNOWN]


def test_a_trade_in_two_parts_where_one_was_signed_for_counts_once() -> None:
    wire = stuck()
    fill(wire, 1)
    wire.fills(1, 600, 600, exec_id="E98")
    assert (wire.order(1).cum_qty, wire.statuses()) == (600_000, [UNKNOWN])
    wire.fills(1, 400, 1000, exec_id="E99")
    assert (wire.order(1).cum_qty, wire.statuses()) == (1_000_000, [FILLED])


def test_a_fill_of_what_two_persons_called_canceled_is_booked_and_alerted() -> None:
    wire = stuck()
    settles(wire, 1, OrderOutcome.CANCELED)
    wire.fills(1)
    assert "FILL_AFTER_END" in alerts(wire.last)
    assert wire.order(1).cum_qty == 1_000_000


def test_an_order_that_never_arrived_and_then_does_keeps_its_successor_back() -> None:
    wire = stuck()
    settles(wire, 1, OrderOutcome.NEVER_ARRIVED)
    first = wire.line(1).orders[0]
    said = f"37=V1|17=A1|11={first}|150=0|39=0|55=EUR/USD|54=1|15=EUR|38=1000000|14=0|151=1000000"
    assert "IMPOSSIBLE_TRANSITION" in alerts(wire.says("8", said))
    assert wire.statuses() == [UNKNOWN]
    wire.submit(Terms())
    assert sent(PlaceOrder, wire.last) == []
