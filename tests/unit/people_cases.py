"""A desk with people at an engine: what they ask for, decide and launch."""

from dataclasses import replace
from decimal import Decimal

from msgspec.structs import replace as with_fields

from risk.people.people import RaiseLimit, Role, SetRoles, request_id_of
from risk.reasons import ReasonCode
from tests.unit.engine_cases import SECOND, Wire, submitted
from tests.unit.risk_cases import Terms, limits, make_line
from trader.domain.deal import BatchLine
from trader.engine.inputs import ActionDecided, ActionRequested, BatchSubmitted
from trader.engine.outputs import ActionAnswered

NO_MORE = {"NOP_CURRENCY book=SALES currency=EUR max": "2000000"}
LONG = "book=SALES currency=EUR long"
VOLUME = {"VOLUME_DAY desk=* max": "1200000"}
HOUR = 3600  # seconds


def staffed(changes: dict[str, str] | None = None, **desk: object) -> Wire:
    """An engine with users: rita and rolf of risk, anna who trades, bob who approves."""
    wire = Wire(book=limits(changes), **desk)
    for who, user, role in (("login", "rita", Role.RISK), ("rita", "rolf", Role.RISK)):
        ask(wire, SetRoles(user, (role,)), who)
    for user, role in (("anna", Role.TRADER), ("bob", Role.APPROVER)):
        decide(wire, ask(wire, SetRoles(user, (role,)), "rita"), "rolf")
    return wire


def ask(wire: Wire, action: object, who: str) -> str:
    """Ask for something, and expect it to be taken in."""
    request_id = request_id_of(action)  # type: ignore[arg-type] # an action
    assert answer(wire.take(ActionRequested(request_id, action, who, "because"))) == ""  # type: ignore[arg-type] # as above
    return request_id


def decide(wire: Wire, request_id: str, who: str, *, approved: bool = True) -> str:
    return answer(wire.take(ActionDecided(request_id, approved, who, "agreed")))


def answer(outputs: list[object]) -> str:
    (answered,) = [output for output in outputs if isinstance(output, ActionAnswered)]
    return answered.problem


def submit(wire: Wire, *terms: Terms | BatchLine, **changes: object) -> BatchSubmitted:
    """A batch, with some of its fields set otherwise."""
    value: BatchSubmitted = with_fields(submitted(*terms, venue=wire.name), **changes)
    wire.take(value)
    return value


def in_another_account(terms: Terms) -> BatchLine:
    return replace(make_line(terms), account="ACC-2")


def raise_limit(wire: Wire, seconds: int, key: tuple[tuple[str, str], ...] = (("desk", "treasury"),)) -> None:
    """USD 50m more for the desk's day, for some seconds."""
    end_ns = wire.now_ns + seconds * SECOND
    action = RaiseLimit(ReasonCode.VOLUME_DAY, key, "max", Decimal(50_000_000), wire.now_ns, end_ns)
    assert decide(wire, ask(wire, action, "anna"), "rita") == ""
