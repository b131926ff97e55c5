"""A limit that is raised for some time, and its end."""

from decimal import Decimal

import pytest
from msgspec.structs import replace as with_fields

from risk.people.people import RaiseLimit, request_id_of
from risk.reasons import ReasonCode
from tests.unit.engine_cases import SECOND, alerts, placed, submitted
from tests.unit.people_cases import VOLUME, answer, in_another_account, raise_limit, staffed
from tests.unit.risk_cases import NOW, Terms
from trader.engine.inputs import ActionRequested


def test_a_raised_limit_is_base_and_increases_until_they_end() -> None:
    wire = staffed(VOLUME)
    raise_limit(wire, 30)
    raise_limit(wire, 20)
    gate = wire.engine.context.gate

    def limit() -> str:
        found = wire.engine.context.gate.limits.find("VOLUME_DAY", "max", desk="treasury")
        return found.value if found is not None else ""

    assert limit() == "101200000"
    assert gate.limits.find("VOLUME_DAY", "max", desk="sales").value == "1200000"  # type: ignore[union-attr] # there is such a row
    wire.wait(20)
    assert limit() == "51200000"
    wire.wait(10)
    assert limit() == "1200000"
    wire.restart()


def test_an_increase_that_ends_above_use_is_told_at_once_and_nothing_more_passes() -> None:
    wire = staffed(VOLUME)
    raise_limit(wire, 30)
    wire.submit(Terms(), Terms())
    assert placed(wire.last) == ["00010101", "00020101"]
    wire.fills(1)
    wire.fills(2)
    said = wire.wait(30)
    assert alerts(said).count("LIMIT_INCREASE") == 1
    wire.quotes()
    wire.take(submitted(in_another_account(Terms()), content=b"more", venue=wire.name))
    denied = list(wire.engine.context.batches.values())[-1]
    assert denied.lines[0].reason_code == ReasonCode.VOLUME_DAY


def test_an_increase_survives_a_restart_and_its_end_is_told_by_the_next_process() -> None:
    wire = staffed(VOLUME)
    raise_limit(wire, 30)
    wire.submit(Terms(), Terms())
    wire.restart()
    assert wire.engine.context.gate.limits.find("VOLUME_DAY", "max", desk="treasury").value == "51200000"  # type: ignore[union-attr] # there is such a row
    assert "LIMIT_INCREASE" in alerts(wire.wait(30))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"control": ReasonCode.PRICE_COLLAR}, "no limit that can be raised"),
        ({"control": ReasonCode.FOUR_EYES, "parameter": "order_max"}, "no limit that can be raised"),
        ({"parameter": "min"}, "no limit that can be raised"),
        ({"key": (("book", "SALES"),)}, "nothing to raise"),
        ({"amount": Decimal("Infinity")}, "expected an amount above zero"),
        ({"amount": Decimal(-1)}, "expected an amount above zero"),
        ({"until_ns": NOW}, "end before it began"),
        ({"from_ns": NOW + 9 * SECOND}, "end before it began"),
    ],
)
def test_an_increase_that_cannot_be_is_refused(changes: dict[str, object], problem: str) -> None:
    wire = staffed()
    plain = RaiseLimit(ReasonCode.VOLUME_DAY, (("desk", "treasury"),), "max", Decimal(1), NOW, NOW + 9 * SECOND)
    action = with_fields(plain, **changes)
    assert problem in answer(wire.take(ActionRequested(request_id_of(action), action, "anna", "because")))
