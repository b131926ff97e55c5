"""A desk that is killed and re-armed: what the tests of kills in the engine say to it."""

from risk.people.people import Role
from risk.stops.stops import EVERYTHING, Scope, State, parse_scope
from tests.unit.engine_cases import Wire, of
from tests.unit.risk_cases import Terms
from trader.engine import inputs
from trader.engine.outputs import ActionAnswered, Output

EUR = parse_scope("pair=EUR/USD")
JPY = Terms(pair="USD/JPY", dealt="USD")


def wire(**desk: object) -> Wire:
    """A desk whose venue takes one cancel an order, unless its test says otherwise."""
    desk = {"mass_cancel": False} | desk
    made = Wire(**desk)  # type: ignore[arg-type] # each test gives its own
    made.quotes("USD/JPY", "149.99", "150.01")
    return made


def kill(robot: Wire, scope: Scope = EVERYTHING, state: State = State.HALTED, who: str = "rita") -> list[Output]:
    """Somebody stops a scope; the whole firm, unless its test says otherwise."""
    return robot.take(inputs.KillRequested(scope, state, who, "a test"))


def resume(robot: Wire, scope: Scope = EVERYTHING, who: str = "rolf", reason: str = "settled") -> str:
    """What the engine says to it; "" when it is done."""
    (answer,) = of(ActionAnswered, robot.take(inputs.ResumeRequested(scope, who, reason)))
    return answer.problem


def staffed(robot: Wire) -> Wire:
    """Rita and Rolf have the risk role, Anna trades."""
    robot.engine.context.people.users |= {"rita": (Role.RISK,), "rolf": (Role.RISK,), "anna": (Role.TRADER,)}
    return robot
