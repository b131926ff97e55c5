"""A kill on its way to the venue: sessions that are down, mass cancels, a restart, and what the wire is told."""

from risk.stops.stops import EVERYTHING, State, parse_scope
from tests.unit.engine_cases import Wire, alerts, canceled, of, placed, sent
from tests.unit.risk_cases import Terms
from tests.unit.stop_cases import EUR, JPY, kill, wire
from trader.domain.commands import CancelAllOrders, CancelOrder
from trader.engine import inputs
from trader.engine.outputs import LineRegistered, StopsChanged
from trader.engine.state import BatchPhase, LineStatus
from trader.journal.state_hash import state_hash


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


def test_the_wire_hears_of_a_kill_before_the_cancels_leave() -> None:
    robot = wire()
    robot.submit()
    kinds = [type(output) for output in kill(robot)]
    assert kinds[0] is StopsChanged
