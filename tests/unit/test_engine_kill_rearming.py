"""After a kill: who may re-arm its scope, what keeps it stopped, and what the same file does then."""

import pytest

from risk.people.people import Role
from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, State, Stop, parse_scope
from tests.unit.engine_cases import Wire, alerts, of, placed, refusals
from tests.unit.risk_cases import Terms
from tests.unit.stop_cases import EUR, kill, resume, staffed, wire
from trader.engine import inputs
from trader.engine.outputs import StopsChanged
from trader.engine.state import BatchPhase, LineStatus
from trader.journal.state_hash import state_hash

# --- whose stop it is -------------------------------------------------------------------------------------------------


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
