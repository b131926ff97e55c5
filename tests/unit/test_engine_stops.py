"""A kill in the engine: what leaves, what is canceled, what is voided, and who may re-arm it."""

from decimal import Decimal

import pytest
from engine_cases import (
    SECOND,
    VENUE,
    Wire,
    alerts,
    canceled,
    closed,
    ended,
    of,
    placed,
    refusals,
    sent,
)
from quote_cases import Makers, rfq
from risk_cases import Terms

from risk.people.people import Role
from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, Scope, State, Stop, parse_scope
from trader.app.stops.proof import proof_facts
from trader.domain.commands import CancelAllOrders, CancelOrder, PlaceOrder
from trader.domain.deal import Side
from trader.engine import inputs
from trader.engine.outputs import ActionAnswered, Alert, LineRegistered, Output, StopsChanged
from trader.engine.settings import QuoteSettings
from trader.engine.state import BatchPhase, KillOutcome, LineStatus
from trader.journal.state_hash import state_hash
from trader.orders.machine import Phase

EUR = parse_scope("pair=EUR/USD")
JPY = Terms(pair="USD/JPY", dealt="USD")


def wire(**desk: object) -> Wire:
    """A desk whose venue takes one cancel an order, unless its test says otherwise."""
    desk = {"mass_cancel": False} | desk
    made = Wire(**desk)  # type: ignore[arg-type] # each test gives its own
    made.quotes("USD/JPY", "149.99", "150.01")
    return made


def kill(robot: Wire, scope: Scope = EVERYTHING, state: State = State.HALTED, who: str = "rita") -> list[Output]:
    return robot.take(inputs.KillRequested(scope, state, who, "a test"))


def resume(robot: Wire, scope: Scope = EVERYTHING, who: str = "rolf", reason: str = "settled") -> str:
    """What the engine says to it; "" when it is done."""
    (answer,) = of(ActionAnswered, robot.take(inputs.ResumeRequested(scope, who, reason)))
    return answer.problem


def staffed(robot: Wire) -> Wire:
    """Rita and Rolf have the risk role, Anna trades."""
    robot.engine.context.people.users |= {"rita": (Role.RISK,), "rolf": (Role.RISK,), "anna": (Role.TRADER,)}
    return robot


# --- whose stop it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["rita", "Rita", "bob", "BOB"])
def test_neither_the_name_that_was_claimed_nor_the_account_behind_it_may_re_arm(user: str) -> None:
    robot = staffed(wire())
    robot.engine.context.people.users |= {"bob": (Role.RISK,), "Rita": (Role.RISK,), "BOB": (Role.RISK,)}
    robot.take(inputs.KillRequested(EVERYTHING, State.HALTED, "bob", "a test", account="rita"))
    assert "bob (account rita) has stopped it; another person re-arms it" in resume(robot, who=user)
    assert resume(robot, who="rolf") == ""


def test_one_name_from_two_accounts_is_two_stops() -> None:
    robot = staffed(wire())
    robot.engine.context.people.users["bob"] = (Role.RISK,)
    for account in ("rita", "rolf"):
        robot.take(inputs.KillRequested(EVERYTHING, State.HALTED, "anna", "a test", account=account))
    assert "anna (account rita) has stopped it" in resume(robot, who="rita")
    assert "anna (account rolf) has stopped it" in resume(robot, who="rolf")
    assert resume(robot, who="bob") == ""


# --- names that nothing has ------------------------------------------------------------------------------------------


def of_nothing(robot: Wire, scope: str) -> list[str]:
    said = kill(robot, parse_scope(scope))
    assert any(stop.scope == parse_scope(scope) for stop in robot.engine.context.stops.stops())
    return [alert.text for alert in of(Alert, said) if alert.code == "KILL_OF_NOTHING"]


@pytest.mark.parametrize(
    ("scope", "near"),
    [
        ("desk=tresury", "near it are desk=treasury"),
        ("trader=Anna", "near it are trader=anna"),
        ("counterparty=ACME-LND", "counterparty=ACME-LDN"),
        ("venue=simulater", "near it are venue=simulator"),
        ("batch=NOBATCH", "no known name is near it"),
        ("strategy=twap", "no known name is near it"),
    ],
)
def test_a_kill_of_a_name_that_nothing_has_stops_it_and_says_so_with_names_near_it(scope: str, near: str) -> None:
    robot = wire()
    robot.submit()
    (told,) = of_nothing(robot, scope)
    assert told.startswith(f"nothing known is called {scope}: the stop is in force")
    assert near in told


@pytest.mark.parametrize("scope", ["firm", "desk=treasury", "trader=anna", "venue=simulator", "pair=USD/MXN"])
def test_a_kill_of_a_known_name_says_nothing_of_the_kind(scope: str) -> None:
    robot = wire()
    assert of_nothing(robot, scope) == []


def test_a_name_that_only_a_line_has_is_known() -> None:
    robot = wire()
    robot.submit()
    assert of_nothing(robot, f"batch={robot.batch.submitted.batch_id}") == []


# --- what is live, what is queued -------------------------------------------------------------------------------------


def test_a_kill_cancels_what_is_live_voids_what_is_queued_and_lets_nothing_new_leave() -> None:
    robot = wire()
    robot.submit(*[Terms()] * 5)
    robot.acknowledges(1)
    assert robot.statuses() == [LineStatus.WORKING] * 3 + [LineStatus.QUEUED] * 2
    said = kill(robot)
    assert (placed(said), canceled(said)) == ([], ["00010101", "00020101", "00030101"])
    assert [robot.line(no).reason_code for no in (4, 5)] == ["KILL", "KILL"]
    assert robot.statuses()[3:] == [LineStatus.UNFILLED] * 2
    assert "KILL" in alerts(said)
    assert robot.phase is BatchPhase.STOPPING


def test_the_wire_hears_of_a_kill_before_the_cancels_leave() -> None:
    robot = wire()
    robot.submit()
    kinds = [type(output) for output in kill(robot)]
    assert kinds[0] is StopsChanged


def test_the_lines_end_with_the_kills_reason_as_the_venue_answers() -> None:
    robot = wire()
    robot.submit(*[Terms()] * 2)
    robot.acknowledges(1)
    robot.acknowledges(2)
    kill(robot)
    robot.fills(1)
    robot.cancels(2)
    assert robot.statuses() == [LineStatus.FILLED, LineStatus.UNFILLED]
    assert robot.line(2).reason_code == "KILL"
    assert "rita" in robot.line(2).reason
    assert robot.pending() == {}
    assert robot.phase is BatchPhase.COLLECTING


def test_a_scope_stops_its_own_lines_and_no_others() -> None:
    robot = wire(settings={"in_flight_max": 10})
    robot.submit(Terms(), JPY, Terms(), JPY)
    said = kill(robot, EUR)
    assert canceled(said) == ["00010101", "00030101"]
    assert robot.phase is BatchPhase.TRADING
    assert robot.statuses() == [LineStatus.WORKING] * 4


def test_a_scope_voids_its_queued_lines_and_the_others_go_on() -> None:
    robot = wire()
    robot.submit(Terms(), Terms(), Terms(), JPY)
    said = kill(robot, EUR)
    assert robot.statuses() == [LineStatus.WORKING] * 2 + [LineStatus.UNFILLED, LineStatus.QUEUED]
    robot.cancels(1)
    assert placed(said + robot.last) == ["00040101"]


@pytest.mark.parametrize(
    "scope",
    [
        "firm",
        "firm=BANK",
        "desk=treasury",
        "trader=anna",
        "venue=simulator",
        "session=simulator",
        "counterparty=simulator",
        "currency=EUR",
        "currency=USD",
        "pair=EUR/USD",
    ],
)
@pytest.mark.parametrize("state", [State.REDUCING, State.HALTED])
def test_every_scope_in_every_state_cancels_what_is_live_and_lets_nothing_leave_that_opens(
    scope: str, state: State
) -> None:
    robot = wire()
    robot.submit(*[Terms()] * 4)
    said = kill(robot, parse_scope(scope), state)
    assert (len(canceled(said)), placed(said)) == (2, [])
    robot.cancels(1)
    robot.cancels(2)
    assert placed(robot.outputs) == ["00010101", "00020101"]
    assert {line.reason_code for line in robot.batch.lines} == {"KILL"}


def test_a_batch_is_a_scope() -> None:
    robot = wire()
    robot.submit()
    name = robot.batch.submitted.batch_id
    assert kill(robot, parse_scope("batch=NEVERSEEN0"))
    assert robot.statuses()[0] is LineStatus.WORKING
    assert len(canceled(kill(robot, parse_scope(f"batch={name}")))) == 2


def test_a_kill_before_the_prices_are_there_ends_the_batch_and_its_file_is_as_new() -> None:
    robot = Wire(priced=False)
    robot.submit()
    kill(robot)
    assert set(robot.statuses()) == {LineStatus.UNFILLED}
    assert {line.reason_code for line in robot.batch.lines} == {"KILL"}
    assert not robot.batch.is_launched


def test_a_partial_kill_before_the_prices_are_there_is_left_to_the_gate() -> None:
    robot = Wire(priced=False)
    robot.submit(Terms(), JPY)
    kill(robot, EUR)
    robot.quotes()
    robot.quotes("USD/JPY", "149.99", "150.01")
    assert [line.status for line in robot.batch.lines] == [LineStatus.DENIED, LineStatus.WORKING]
    assert robot.line(1).reason_code == "KILL"


def test_a_new_batch_is_refused_while_the_firm_is_halted() -> None:
    robot = wire()
    kill(robot)
    said = robot.submit()
    assert refusals(said) == [("KILL",)]
    assert (placed(said), ended(said)) == ([], True)


def test_a_kill_said_again_cancels_what_is_live_by_then() -> None:
    robot = wire()
    robot.submit()
    robot.drop()
    kill(robot)
    robot.reopen()
    assert kill(robot)
    assert len(robot.engine.context.kills) == 2
    assert len(robot.engine.context.stops.stops()) == 1


def test_open_rounds_of_quotes_end_with_a_kill() -> None:
    desk = Makers()
    desk.submit(rfq(), rfq())
    assert len(desk.batch.rounds) == 2
    said = kill(desk)
    said += desk.maker("BANK-A", line_no=1)
    assert not desk.batch.rounds
    assert placed(said) == []
    assert {(line.status, line.reason_code) for line in desk.batch.lines} == {(LineStatus.UNFILLED, "KILL")}


def test_a_ready_round_of_another_pair_is_dealt_on_all_the_same() -> None:
    desk = Makers(quotes=QuoteSettings(wanted=1))
    desk.quotes("USD/JPY", "149.99", "150.01")
    desk.submit(rfq(JPY), rfq())
    kill(desk, EUR)
    said = desk.maker("BANK-A", "150.01", "149.99", line_no=1, symbol="USD/JPY")
    assert placed(said) == ["00010101"]


def test_while_reducing_an_open_round_is_decided_anew() -> None:
    desk = Makers()
    desk.submit(rfq())
    said = kill(desk, EUR, State.REDUCING)
    assert not desk.batch.rounds
    assert placed(said) == []
    assert (desk.line(1).status, desk.line(1).reason_code) == (LineStatus.DENIED, "KILL")


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_with_the_session_down_the_cancels_go_when_it_is_back() -> None:
    robot = wire(order_status=True, trade_capture=False)
    robot.submit(*[Terms()] * 2)
    robot.acknowledges(1)
    robot.acknowledges(2)
    robot.drop()
    assert canceled(kill(robot)) == []
    robot.reopen()
    robot.reports_status(1, "0")
    said = robot.reports_status(2, "0")
    assert canceled(said) == ["00010101", "00020101"]
    assert placed(said) == []


def test_a_kill_outlives_the_process() -> None:
    robot = wire()
    robot.submit(*[Terms()] * 3)
    kill(robot)
    said = robot.restart()
    assert of(StopsChanged, said)[-1].stops[0].scope == EVERYTHING
    assert robot.engine.context.stops.state_of([EVERYTHING]) is State.HALTED
    robot.reopen()
    robot.quotes()
    assert placed(robot.submit(content=b"another")) == []


def test_a_kill_without_any_process_is_kept_before_there_is_a_gate() -> None:
    robot = Wire(opened=False, priced=False)
    engine = type(robot.engine)()
    engine.step(1, inputs.KillRequested(EVERYTHING, State.HALTED, "rita", "a test"))
    before = state_hash(engine)
    engine.step(2, robot.started)
    assert state_hash(engine) != before
    assert engine.context.gate.stops.state_of([EVERYTHING]) is State.HALTED


def test_everything_on_a_session_is_canceled_at_once_where_the_venue_can() -> None:
    robot = wire(mass_cancel=True)
    robot.submit(*[Terms()] * 2)
    said = kill(robot)
    assert (len(sent(CancelAllOrders, said)), sent(CancelOrder, said)) == (1, [])
    robot.cancels(1)
    robot.cancels(2)
    assert robot.phase is BatchPhase.COLLECTING


def test_what_a_mass_cancel_has_not_ended_in_time_is_canceled_singly() -> None:
    robot = wire(mass_cancel=True)
    robot.submit(*[Terms()] * 2)
    kill(robot)
    robot.cancels(1)
    assert "00020101" in canceled(robot.wait(5))


def test_a_refused_mass_cancel_is_followed_by_single_ones() -> None:
    robot = wire(mass_cancel=True)
    robot.submit(*[Terms()] * 2)
    (request,) = sent(CancelAllOrders, kill(robot))
    said = robot.says("r", f"11={request.cl_ord_id}|37=M1|530=7|531=0|532=99|58=no")
    assert canceled(said) == ["00010101", "00020101"]
    assert "MASS_CANCEL_REFUSED" in alerts(said)


def test_a_mass_cancel_is_not_used_where_something_else_is_live() -> None:
    robot = wire(mass_cancel=True, settings={"in_flight_max": 10})
    robot.submit(Terms(), Terms(), JPY)
    said = kill(robot, EUR)
    assert (sent(CancelAllOrders, said), canceled(said)) == ([], ["00010101", "00020101"])


def test_an_order_that_the_venue_never_got_is_not_sent_again_after_a_kill() -> None:
    robot = wire(trade_capture=False)
    robot.submit(Terms())
    robot.drop()
    kill(robot)
    robot.reopen()
    said = robot.knows_not(1)
    assert placed(said) == []
    assert (robot.line(1).status, robot.line(1).reason_code) == (LineStatus.UNFILLED, "KILL")


def test_an_order_stopped_at_the_wire_ends_with_the_kills_code() -> None:
    robot = wire()
    robot.submit(Terms())
    robot.refuses_to_send(1, "KILL")
    assert (robot.line(1).status, robot.line(1).reason_code) == (LineStatus.DENIED, "KILL")


def test_the_wire_is_told_of_every_scope_of_a_line() -> None:
    robot = wire()
    robot.submit(Terms())
    (registered,) = of(LineRegistered, robot.outputs)
    assert {EUR, EVERYTHING, parse_scope("desk=treasury"), parse_scope("currency=EUR")} <= set(registered.scopes)


# --- reducing ---------------------------------------------------------------------------------------------------------


def test_while_reducing_what_shrinks_the_position_still_leaves() -> None:
    robot = wire()
    robot.submit(Terms())
    robot.fills(1)
    kill(robot, EUR, State.REDUCING)
    # The first row of another batch is a duplicate on the same day.
    said = robot.submit(Terms(), Terms(side=Side.SELL), Terms(), content=b"another")
    assert placed(said) == ["00020101"]
    lines = list(robot.engine.context.batches.values())[1].lines
    assert [line.status for line in lines[1:]] == [LineStatus.WORKING, LineStatus.DENIED]


def test_while_reducing_what_was_queued_is_decided_anew() -> None:
    """A million is held; of the two sales that wait one fits, and one more would open a position."""
    robot = wire()
    sale = Terms(side=Side.SELL)
    robot.submit(Terms(), JPY, JPY, sale, sale, Terms())
    robot.fills(1)
    kill(robot, EUR, State.REDUCING)
    assert [line.decided_ts_ns for line in robot.batch.lines[3:]] == [0, 0, 0]
    for no in (2, 3):
        order = robot.order(no)
        robot.says(
            "8",
            f"37=V{no}|11={order.current_id}|150=0|39=0|55=USD/JPY|54=1|15=USD|38=1000000|14=0|151=1000000|17=A{no}",
        )
    assert robot.statuses()[3:] == [LineStatus.WORKING, LineStatus.DENIED, LineStatus.DENIED]
    assert {line.reason_code for line in robot.batch.lines[4:]} == {"KILL"}


# --- the proof --------------------------------------------------------------------------------------------------------


def test_the_proof_says_what_became_of_every_order() -> None:
    robot = wire(settings={"in_flight_max": 10})
    robot.submit(*[Terms()] * 4)
    for no in range(1, 5):
        robot.acknowledges(no)
    robot.fills(1, thousands=400, cum=400)
    kill(robot)
    robot.cancels(1, cum=400)
    robot.fills(2)
    robot.cancels(3)
    said = robot.take(inputs.KillProven(1, 1_000, 15_000, 0, 3_001_000))
    (record,) = robot.engine.context.kills
    assert [each.outcome for each in record.orders.values()] == [
        KillOutcome.CANCELED,
        KillOutcome.FILLED,
        KillOutcome.CANCELED,
        KillOutcome.UNKNOWN,
    ]
    assert [each.filled_after for each in record.orders.values()] == [0, 1_000_000, 0, 0]
    assert "KILL_UNKNOWN" in alerts(said)
    facts = proof_facts(record)
    assert (facts["block_us"], facts["last_risk_us"], facts["last_cancel_us"]) == (14, None, 3_000)
    assert (facts["orders"], len(facts["unknown"])) == ({"canceled": 2, "filled": 1, "unknown": 1}, 1)


def test_what_a_kill_left_open_is_told_until_its_scope_is_re_armed() -> None:
    robot = staffed(wire())
    robot.submit()
    kill(robot)
    robot.take(inputs.KillProven(1, 1_000, 15_000, 0, 3_001_000))
    still = {alert.key.control for alert in robot.engine.context.alerts.alerts()}
    assert {"KILL", "KILL_UNKNOWN"} <= still
    for no in (1, 2):
        robot.cancels(no)
    (name,) = robot.batch.collections
    robot.announces(name, 0)
    assert resume(robot) == ""
    assert not {"KILL", "KILL_UNKNOWN"} & {alert.key.control for alert in robot.engine.context.alerts.alerts()}


# --- re-arming --------------------------------------------------------------------------------------------------------


def test_another_person_with_the_risk_role_re_arms_it() -> None:
    robot = staffed(wire())
    kill(robot)
    assert resume(robot) == ""
    assert robot.engine.context.stops.is_quiet
    assert of(StopsChanged, robot.last)[0].stops == ()
    assert "RESUMED" in alerts(robot.last)
    assert len(placed(robot.submit())) == 2


@pytest.mark.parametrize(
    ("who", "reason", "missing"),
    [
        ("rita", "settled", "another person"),
        ("anna", "settled", "role risk"),
        ("carl", "settled", "no user carl"),
        ("rolf", " ", "reason"),
    ],
)
def test_nobody_else_does_and_the_refusal_says_what_is_missing(who: str, reason: str, missing: str) -> None:
    robot = staffed(wire())
    kill(robot)
    before = state_hash(robot.engine)
    assert missing in resume(robot, who=who, reason=reason)
    assert state_hash(robot.engine) == before


def test_a_refusal_lists_everything_that_is_missing() -> None:
    robot = staffed(wire())
    robot.submit(Terms())
    kill(robot)
    problem = resume(robot, who="rita", reason="")
    assert all(text in problem for text in ("reason", "another person", "1 line of batch"))


def test_without_users_nobody_re_arms() -> None:
    robot = wire()
    kill(robot)
    assert "no users" in resume(robot)


def test_what_is_not_stopped_cannot_be_re_armed() -> None:
    robot = staffed(wire())
    kill(robot, EUR)
    assert "pair=EUR/USD" in resume(robot, EVERYTHING)
    assert resume(robot, EUR) == ""


def test_an_unknown_order_keeps_its_scope_stopped_and_no_other() -> None:
    robot = staffed(wire())
    robot.submit(Terms())
    robot.drop()
    kill(robot, EUR)
    kill(robot, parse_scope("pair=USD/JPY"))
    robot.wait(40)
    assert robot.phase is BatchPhase.SUSPENDED
    assert "1 line of batch" in resume(robot, EUR)
    assert resume(robot, parse_scope("pair=USD/JPY")) == ""


def test_a_batch_that_is_not_reconciled_keeps_its_scope_stopped() -> None:
    robot = staffed(wire())
    robot.submit(Terms())
    kill(robot)
    robot.cancels(1)
    assert robot.phase is BatchPhase.COLLECTING
    assert "not reconciled" in resume(robot)


def test_a_stop_of_a_control_is_lifted_the_same_way_by_who_did_not_cause_it() -> None:
    robot = staffed(wire())
    robot.engine.context.stops.put(Stop(EUR, State.HALTED, ReasonCode.LOSS_DAY, 1, "rita", "a loss"))
    assert "another person" in resume(robot, EUR, who="rita")
    assert resume(robot, EUR) == ""


# --- the same file again ----------------------------------------------------------------------------------------------


def killed_half_way(robot: Wire) -> Wire:
    """Of four lines one is filled, one canceled by the kill, and two never left."""
    robot.submit(*[Terms()] * 4)
    kill(robot)
    robot.fills(1)
    robot.cancels(2)
    (name,) = robot.batch.collections
    robot.announces(name, 1)
    robot.lists(name, 1)
    assert robot.phase is BatchPhase.DONE
    return robot


def test_after_a_resume_the_same_file_goes_on_with_what_never_left() -> None:
    robot = staffed(killed_half_way(wire()))
    assert resume(robot) == ""
    said = robot.submit(*[Terms()] * 4)
    assert placed(said) == ["00030201", "00040201"]
    assert robot.statuses() == [LineStatus.FILLED, LineStatus.UNFILLED, LineStatus.WORKING, LineStatus.WORKING]
    robot.fills(3)
    robot.fills(4)
    assert robot.statuses()[2:] == [LineStatus.FILLED] * 2


def test_before_a_resume_the_same_file_sends_nothing() -> None:
    robot = killed_half_way(wire())
    before = robot.statuses()
    said = robot.submit(*[Terms()] * 4)
    assert (placed(said), robot.statuses(), robot.phase) == ([], before, BatchPhase.DONE)
    assert refusals(said)


def test_what_goes_on_is_done_once() -> None:
    robot = staffed(killed_half_way(wire()))
    resume(robot)
    robot.submit(*[Terms()] * 4)
    robot.fills(3)
    robot.fills(4)
    (name,) = robot.batch.collections
    robot.announces(name, 3)
    for no in (1, 3, 4):
        robot.lists(name, no)
    assert (robot.phase, robot.batch.is_reconciled) == (BatchPhase.DONE, True)
    assert placed(robot.submit(*[Terms()] * 4)) == []


def test_a_kill_and_what_followed_replays_to_the_same_state() -> None:
    robot = killed_half_way(wire())
    robot.take(inputs.KillProven(1, 1, 2, 0, 3))
    again = type(robot.engine)()
    for ts_ns, value in robot.journal:
        again.step(ts_ns, value)
    assert state_hash(again) == state_hash(robot.engine)


def test_the_limits_of_what_was_voided_are_free() -> None:
    robot = wire()
    robot.submit(*[Terms()] * 4)
    kill(robot)
    robot.cancels(1)
    robot.cancels(2)
    assert robot.pending() == {}
    assert [qty for _, qty in closed(robot.outputs)] == [0, 0]
    assert all(order.phase is Phase.CANCELED for order in robot.engine.context.blotters[VENUE])
    assert sum((order.cum_qty for order in robot.engine.context.blotters[VENUE]), Decimal()) == 0
    assert robot.now_ns % SECOND == 0
    assert len(sent(PlaceOrder, robot.outputs)) == 2
