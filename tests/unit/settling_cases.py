"""Two persons and their signatures: what the tests of settling say to the engine."""

from decimal import Decimal
from typing import Any

from risk.people.people import Role, SetRoles, request_id_of
from risk.people.signatures import OrderOutcome, SettleOrder
from tests.unit.engine_cases import VENUE, Wire
from tests.unit.risk_cases import Terms
from trader.engine import inputs
from trader.engine.outputs import ActionAnswered

MUTE = {"order_status": False, "trade_capture": False}


def answer(wire: Wire, value: inputs.Input) -> str:
    """What the engine says to it; "" when it is done."""
    (answered,) = [output for output in wire.take(value) if isinstance(output, ActionAnswered)]
    return answered.problem


def staff(wire: Wire) -> None:
    """Rita and Rob have the risk role, Anna trades and Olga operates."""
    for name, role in (("rita", Role.RISK), ("rob", Role.RISK), ("anna", Role.TRADER), ("olga", Role.OPERATIONS)):
        action = SetRoles(name, (role,))
        asks(wire, action, "rita")
        if role is not Role.RISK:
            decides(wire, action, "rob")


def asks(wire: Wire, action: Any, who: str = "anna") -> str:
    """The first of two persons asks for it."""
    return answer(wire, inputs.ActionRequested(request_id_of(action), action, who, "Ms. Lee at the venue, 14:05"))


def decides(wire: Wire, action: Any, who: str = "olga", *, approved: bool = True) -> str:
    """The second of them decides."""
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
    """Both sign for the order of a line; the rates are those of its legs."""
    name = wire.order(line_no).cl_ord_id
    action = SettleOrder(name, outcome, Decimal(quantity), tuple(map(Decimal, rates)), trade_id, off_market)
    return asks(wire, action) or decides(wire, action)


def fill(wire: Wire, line_no: int, quantity: str = "1000000", rate: str = "1.1001", trade_id: str = "E77") -> str:
    """Both sign that the order of a line is filled."""
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
    """Whether nothing new may leave."""
    return not wire.engine.context.sessions[VENUE].may_trade


def open_alerts(wire: Wire) -> set[str]:
    """The codes of what is told and not over."""
    return {alert.key.control for alert in wire.engine.context.alerts.alerts()}
