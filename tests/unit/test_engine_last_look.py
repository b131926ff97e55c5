"""The last look at the wire: words that come together are all taken in before anything leaves, and it knows them."""

from collections.abc import Iterable

from risk.reasons import ReasonCode
from tests.unit.engine_cases import VENUE, Wire
from tests.unit.risk_cases import Terms, limits
from trader.domain.commands import PlaceOrder
from trader.engine.last_look import LastLook
from trader.engine.outputs import Output, Send

TWO_LEAVE_AT_ONCE = {"in_flight_max": 2}


def left(look: LastLook, wire: Wire, outputs: Iterable[Output]) -> list[tuple[str, str]]:
    """Perform what came of one burst: each order's line, and why it did not leave."""
    told = []
    for output in outputs:
        if isinstance(output, Send) and isinstance(output.command, PlaceOrder):
            refused = look.refusal(output, wire.now_ns)
            told.append((output.command.cl_ord_id[10:14], refused.reason_code if refused else ""))
            if refused:
                wire.take(refused)
        else:
            look.tell(output)
    return told


def begun(**changes: str) -> tuple[Wire, LastLook]:
    """A desk of which two orders have left, and two wait."""
    wire = Wire(book=limits(changes_of(changes)), settings=TWO_LEAVE_AT_ONCE)
    look = LastLook(wire.engine, wire.engine.context.gate.limits, VENUE)
    assert left(look, wire, wire.submit(*[Terms()] * 4)) == [("0001", ""), ("0002", "")]
    return wire, look


def changes_of(changes: dict[str, str]) -> dict[str, str]:
    return {f"{control} pair=* rejects_max": value for control, value in changes.items()}


def test_an_order_that_one_word_lets_go_and_the_next_word_halts_does_not_leave() -> None:
    wire, look = begun(REJECT_STORM="2")
    burst = [*wire.rejects(1), *wire.rejects(2)]
    assert left(look, wire, burst) == [("0003", ReasonCode.REJECT_STORM)]
    assert [wire.line(line).reason_code for line in (3, 4)] == [ReasonCode.REJECT_STORM] * 2
    assert wire.pending() == {}
    wire.restart()


def test_an_order_leaves_when_what_comes_with_it_halts_nothing() -> None:
    wire, look = begun(REJECT_STORM="3")
    assert left(look, wire, [*wire.rejects(1), *wire.rejects(2)]) == [("0003", ""), ("0004", "")]
