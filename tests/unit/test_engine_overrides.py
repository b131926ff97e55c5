"""An override lets one order above one limit, and nothing else."""

from decimal import Decimal

import pytest
from msgspec.structs import replace as with_fields

from risk.people.people import GrantOverride, request_id_of
from risk.reasons import ReasonCode
from tests.unit.engine_cases import SECOND, Wire, alerts, submitted
from tests.unit.people_cases import HOUR, LONG, NO_MORE, answer, ask, decide, staffed
from tests.unit.risk_cases import NOW, Terms
from trader.engine.inputs import ActionRequested, BatchSubmitted
from trader.engine.state import LineStatus


def grant(wire: Wire, batch: BatchSubmitted, **changes: object) -> GrantOverride:
    """An override for the third line, asked for by anna and approved by rita."""
    plain = GrantOverride(batch.content_hash, 3, ReasonCode.NOP_CURRENCY, LONG, Decimal(1_000_000), NOW + HOUR * SECOND)
    action: GrantOverride = with_fields(plain, **changes)
    assert decide(wire, ask(wire, action, "anna"), "rita") == ""
    return action


def test_an_override_lets_one_order_above_one_limit() -> None:
    wire = staffed(NO_MORE)
    batch = submitted(*[Terms()] * 3, venue=wire.name)
    grant(wire, batch)
    wire.take(batch)
    assert LineStatus.DENIED not in wire.statuses()
    assert "OVERRIDE" in alerts(wire.last)
    (override,) = wire.engine.context.gate.overrides.all()
    assert override.used_by == wire.line(3).unsent[0].reservation_id
    wire.restart()


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("999999.99")},
        {"line_no": 2},
        {"node": "book=SALES currency=USD long"},
        {"code": ReasonCode.VOLUME_DAY},
        {"content_hash": "0" * 64},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_override_for_anything_else_lets_nothing_pass(changes: dict[str, object]) -> None:
    wire = staffed(NO_MORE)
    batch = submitted(*[Terms()] * 3, venue=wire.name)
    grant(wire, batch, **changes)
    wire.take(batch)
    assert wire.statuses()[2] is LineStatus.DENIED


def test_an_override_ends_at_its_end() -> None:
    wire = staffed(NO_MORE)
    batch = submitted(*[Terms()] * 3, venue=wire.name)
    grant(wire, batch, until_ns=NOW + SECOND)
    wire.wait(1.1)
    wire.take(batch)
    assert wire.statuses()[2] is LineStatus.DENIED


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"code": ReasonCode.LIMIT_UNDEFINED}, "can never be overridden"),
        ({"code": ReasonCode.KILL}, "can never be overridden"),
        ({"amount": Decimal("NaN")}, "expected an amount above zero"),
        ({"amount": Decimal(0)}, "expected an amount above zero"),
        ({"until_ns": NOW}, "end before it began"),
        ({"line_no": 0}, "no row 0"),
    ],
)
def test_an_override_that_cannot_be_is_refused(changes: dict[str, object], problem: str) -> None:
    wire = staffed()
    plain = GrantOverride("hash", 3, ReasonCode.NOP_CURRENCY, LONG, Decimal(1), NOW + SECOND)
    action = with_fields(plain, **changes)
    said = answer(wire.take(ActionRequested(request_id_of(action), action, "anna", "because")))
    assert problem in said
    assert request_id_of(action) not in wire.engine.context.people.requests
