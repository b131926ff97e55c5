"""A person's word where the venue's is missing: an order in doubt is settled by two persons, and the gate opens."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from risk.people.people import Role, SetRoles, request_id_of
from risk.people.signatures import DismissOrphan, OrderOutcome, SettleOrder
from tests.unit.engine_cases import TIME, VENUE, Wire, alerts, closed, ended, placed, sent, trade_request
from tests.unit.quote_cases import quoting
from tests.unit.risk_cases import Terms, make_line, swap
from trader.cli.shown import show_action
from trader.domain.commands import PlaceOrder, RequestTrades
from trader.domain.deal import Side, TimeInForce
from trader.engine import inputs
from trader.engine.outputs import ActionAnswered, Alert, Output
from trader.engine.state import BatchPhase, LineStatus
from trader.engine.terms import dismissal_of
from trader.journal.state_hash import state_hash
from trader.reconcile.reconcile import BreakKind

FILLED, UNFILLED, REJECTED = LineStatus.FILLED, LineStatus.UNFILLED, LineStatus.REJECTED
QUEUED, UNKNOWN = LineStatus.QUEUED, LineStatus.UNKNOWN
MUTE = {"order_status": False, "trade_capture": False}


def answer(wire: Wire, value: inputs.Input) -> str:
    (answered,) = [output for output in wire.take(value) if isinstance(output, ActionAnswered)]
    return answered.problem


def staff(wire: Wire) -> None:
    """Rita and Rob have the risk role, Anna trades, Olga operates, Adam looks on."""
    for name, role in (("rita", Role.RISK), ("rob", Role.RISK), ("anna", Role.TRADER), ("olga", Role.OPERATIONS)):
        action = SetRoles(name, (role,))
        asks(wire, action, "rita")
        if role is not Role.RISK:
            decides(wire, action, "rob")


def asks(wire: Wire, action: Any, who: str = "anna") -> str:
    return answer(wire, inputs.ActionRequested(request_id_of(action), action, who, "Ms. Lee at the venue, 14:05"))


def decides(wire: Wire, action: Any, who: str = "olga", *, approved: bool = True) -> str:
    return answer(wire, inputs.ActionDecided(request_id_of(action), approved, who, "I called as well"))


def settles(
    wire: Wire,
    line_no: int,
    outcome: OrderOutcome,
    quantity: str = "0",
    *rates: str,
    trade_id: str = "",
    off_market: bool = False,
) -> str:
    name = wire.order(line_no).cl_ord_id
    action = SettleOrder(name, outcome, Decimal(quantity), tuple(map(Decimal, rates)), trade_id, off_market)
    return asks(wire, action) or decides(wire, action)


def fill(wire: Wire, line_no: int, quantity: str = "1000000", rate: str = "1.1001", trade_id: str = "E77") -> str:
    return settles(wire, line_no, OrderOutcome.FILLED, quantity, rate, trade_id=trade_id)


def stuck(*acknowledged: int, lines: int = 1, terms: Terms | None = None, **requests: bool) -> Wire:
    """A venue that answered nothing after the session came back: its orders are unknown, and the gate is shut."""
    wire = Wire(**(MUTE | requests))
    staff(wire)
    wire.submit(*[terms or Terms()] * lines)
    for line_no in acknowledged:
        wire.acknowledges(line_no)
    wire.drop()
    wire.reopen()
    wire.wait(11)
    return wire


def is_shut(wire: Wire) -> bool:
    return not wire.engine.context.sessions[VENUE].may_trade


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


def open_alerts(wire: Wire) -> set[str]:
    return {alert.key.control for alert in wire.engine.context.alerts.alerts()}


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


# --- who, and what not ------------------------------------------------------------------------------------------------


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


# --- deals of several legs --------------------------------------------------------------------------------------------


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


# --- trades of nobody's -----------------------------------------------------------------------------------------------


def dismissal(wire: Wire, exec_id: str) -> DismissOrphan:
    return dismissal_of(wire.engine.context.blotters[VENUE], exec_id)


def test_a_trade_that_comes_under_the_same_id_before_the_decision_is_not_dismissed_with_it_unseen() -> None:
    wire = Wire()
    staff(wire)
    wire.says("8", "37=X|17=E1|11=HAND-1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=5|14=5|151=0|32=5|31=1.1")
    action = dismissal(wire, "E1")
    assert asks(wire, action) == ""
    wire.says(
        "8", "37=Y|17=E1|11=HAND-2|150=F|39=2|55=EUR/USD|54=2|15=EUR|38=9000000|14=9000000|151=0|32=9000000|31=1.2"
    )
    assert "otherwise since" in decides(wire, action)
    assert len(wire.engine.context.blotters[VENUE].orphans) == 2
    both = dismissal(wire, "E1")
    assert (asks(wire, both), decides(wire, both)) == ("", "")
    assert wire.engine.context.blotters[VENUE].orphans == {}


def test_a_trade_of_no_order_is_taken_off_by_two_persons_and_by_nobody_else() -> None:
    wire = Wire()
    staff(wire)
    wire.says("8", "37=X|17=E1|11=HAND-1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=5|14=5|151=0|32=5|31=1.1")
    orphans = wire.engine.context.blotters[VENUE].orphans
    assert len(orphans) == 1
    assert "has no trade" in asks(wire, DismissOrphan(VENUE, "E2", ""))
    assert "has no trade" in asks(wire, DismissOrphan("elsewhere", "E1", ""))
    action = dismissal(wire, "E1")
    assert asks(wire, action) == ""
    assert len(orphans) == 1
    assert open_alerts(wire) >= {"UNKNOWN_ORDER", "ORPHAN_FILL"}
    assert decides(wire, action) == ""
    assert len(orphans) == 0
    assert not open_alerts(wire) & {"UNKNOWN_ORDER", "ORPHAN_FILL"}


def test_what_two_trades_of_one_order_have_in_common_is_told_until_the_last_of_them_is_off_the_list() -> None:
    wire = Wire()
    staff(wire)
    for number in (1, 2):
        fields = f"38=9000000|14={number}000000|151=1000000|32=1000000|31=1.1"
        wire.says("8", f"37=X|17=E{number}|11=HAND-1|150=F|39=1|55=EUR/USD|54=1|15=EUR|{fields}")
    dismiss(wire, "E1")
    assert open_alerts(wire) >= {"UNKNOWN_ORDER", "ORPHAN_FILL"}
    dismiss(wire, "E2")
    assert not open_alerts(wire) & {"UNKNOWN_ORDER", "ORPHAN_FILL"}


BY_HAND = "37=X|11=HAND-1|55=EUR/USD|54=1|15=EUR|32=500000|31=1.1003"


def with_a_deal_by_hand(**requests: bool) -> Wire:
    """A batch of one line is done. The venue lists a trade of no order of ours beside its own, and they are a break."""
    wire = Wire(**requests)
    staff(wire)
    wire.submit(Terms())
    wire.says("8", f"{BY_HAND}|17=E1|150=F|39=2|38=500000|14=500000|151=0")
    wire.fills(1)
    if wire.dialect.requests.trade_capture:
        lists_both(wire, wire.last)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, False)
    return wire


def lists_both(wire: Wire, asked: list[Output], exec_id: str = "E1", quantity: str = "500000") -> None:
    request = trade_request(asked).request_id
    wire.announces(request, 2)
    wire.lists(request, 1)
    by_hand = BY_HAND.replace("500000", quantity)
    wire.says("AE", f"571=R-{exec_id}|568={request}|17={exec_id}|{by_hand}|75=20260302|64=20260304|60={TIME}|552=1")


def dismiss(wire: Wire, exec_id: str = "E1") -> None:
    action = dismissal(wire, exec_id)
    assert (asks(wire, action), decides(wire, action)) == ("", "")


def test_a_batch_that_only_a_dismissed_trade_kept_open_is_compared_again_and_reconciled() -> None:
    wire = with_a_deal_by_hand()
    dismiss(wire)
    out = wire.wait(1)
    lists_both(wire, out)
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_where_the_venue_lists_nothing_the_batch_is_reconciled_at_once() -> None:
    wire = with_a_deal_by_hand(trade_capture=False, order_status=False)
    dismiss(wire)
    wire.wait(1)
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_a_trade_that_is_dismissed_while_no_robot_runs_is_compared_without_at_the_next_logon() -> None:
    wire = with_a_deal_by_hand()
    wire.drop()
    dismiss(wire)
    assert sent(RequestTrades, wire.wait(2)) == []
    wire.restart()
    lists_both(wire, wire.reopen())
    assert wire.batch.is_reconciled


def test_a_batch_with_other_breaks_is_not_compared_again() -> None:
    """Its own break stays, and nobody has signed for that."""
    wire = with_a_deal_by_hand(trade_capture=False, order_status=False)
    wire.says("8", f"{BY_HAND}|17=E2|150=F|39=2|38=500000|14=500000|151=0")
    dismiss(wire, "E2")
    assert not ended(wire.wait(2))
    assert not wire.batch.is_reconciled


def test_a_trade_that_was_dismissed_is_not_kept_again_when_the_venue_lists_it_again() -> None:
    wire = with_a_deal_by_hand()
    dismiss(wire)
    lists_both(wire, wire.wait(1))
    out = wire.says("AE", f"571=R9|17=E1|{BY_HAND}|75=20260302|64=20260304|60={TIME}|552=1")
    assert not wire.engine.context.blotters[VENUE].orphans
    assert "ORPHAN_FILL" not in alerts(out)


def test_another_trade_under_an_exec_id_that_was_dismissed_is_kept_and_is_a_break() -> None:
    """Venues begin their ids anew: what was signed for is the trade, and not its name."""
    wire = with_a_deal_by_hand()
    dismiss(wire)
    lists_both(wire, wire.wait(1), quantity="700000")
    assert [found.kind for found in wire.batch.breaks] == [BreakKind.UNKNOWN_LINE, BreakKind.TOTAL]
    out = wire.says("8", f"{BY_HAND.replace('500000', '700000')}|17=E1|150=F|39=2|38=700000|14=700000|151=0")
    assert "ORPHAN_FILL" in alerts(out)


def test_a_trade_that_was_dismissed_and_is_ours_after_all_counts() -> None:
    wire = Wire()
    staff(wire)
    wire.submit(Terms())
    wire.says("8", f"{BY_HAND.replace('500000', '1000000').replace('1.1003', '1.1001')}|17=F1-1000|150=F|39=2|151=0")
    dismiss(wire, "F1-1000")
    wire.fills(1)
    request = trade_request(wire.last).request_id
    wire.announces(request, 1)
    wire.lists(request, 1)
    assert (wire.statuses(), wire.batch.is_reconciled, len(wire.batch.trades)) == ([FILLED], True, 1)
