"""A kill and the orders in its scope: what is canceled, what is voided, what still leaves, and the proof of it."""

from decimal import Decimal

import pytest

from risk.stops.stops import State, parse_scope
from tests.unit.engine_cases import SECOND, VENUE, Wire, alerts, canceled, closed, ended, of, placed, refusals, sent
from tests.unit.quote_cases import Makers, rfq
from tests.unit.risk_cases import SCOPES, Terms
from tests.unit.stop_cases import EUR, JPY, kill, resume, staffed, wire
from trader.app.stops.proof import proof_facts
from trader.domain.commands import PlaceOrder
from trader.domain.deal import Side
from trader.engine import inputs
from trader.engine.outputs import Alert
from trader.engine.settings import QuoteSettings
from trader.engine.state import BatchPhase, KillOutcome, LineStatus
from trader.orders.machine import Phase

# --- names that nothing has -------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("scope", SCOPES)
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
