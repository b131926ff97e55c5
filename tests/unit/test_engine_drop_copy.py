"""A second session that copies the executions: each trade is booked once, whichever session brings it first."""

from itertools import permutations

import pytest

from tests.unit.engine_cases import VENUE, Wire, alerts, of, sent
from tests.unit.risk_cases import Terms
from trader.domain.commands import PlaceOrder
from trader.engine import inputs
from trader.engine.outputs import Alert, Output
from trader.engine.state import BatchPhase, LineStatus

COPY = f"{VENUE}.copy"
MUTE = {"order_status": False, "trade_capture": False}


def wire_with_copy(**requests: bool) -> Wire:
    wire = Wire(venue={"drop_copy": True}, **requests)
    wire.take(inputs.SessionOpened(COPY))
    wire.submit(Terms())
    return wire


def copied(wire: Wire, exec_type: str, status: str, more: str, cum: int = 0) -> list[Output]:
    """The copy of an execution report of the first order."""
    order = wire.order(1)
    leaves = 1000 - cum if status in "01" else 0
    fields = (
        f"35=8|37=V1|11={order.cl_ord_id}|150={exec_type}|39={status}|55=EUR/USD|54=1|15=EUR|38=1000000|"
        f"14={cum}000|151={leaves}000|{more}"
    )
    body = fields.replace("|", "\x01")
    return wire.take(inputs.FixReceived(COPY, f"8=FIX.4.4\x019=0\x01{body}\x0110=000\x01"))


def copies_fill(wire: Wire, thousands: int = 1000, cum: int = 1000) -> list[Output]:
    said = f"17=F1-{cum}|32={thousands}000|31=1.1001|64=20260304|75=20260302"
    return copied(wire, "F", "2" if cum == 1000 else "1", said, cum)


def test_a_copy_before_the_report_books_the_trade_and_the_report_changes_nothing() -> None:
    wire = wire_with_copy(**MUTE)
    copies_fill(wire)
    assert (wire.order(1).cum_qty, wire.statuses()) == (1_000_000, [LineStatus.FILLED])
    assert alerts(wire.fills(1)) == []
    assert wire.order(1).cum_qty == 1_000_000


def test_a_copy_after_the_report_and_twice_changes_nothing() -> None:
    wire = wire_with_copy(**MUTE)
    wire.fills(1)
    assert copies_fill(wire) == copies_fill(wire) == []
    assert wire.order(1).cum_qty == 1_000_000


@pytest.mark.parametrize("order", sorted(set(permutations(["own", "own2", "copy", "copy2", "copy2"]))))
def test_in_whatever_order_two_trades_come_on_two_sessions_each_counts_once(order: tuple[str, ...]) -> None:
    wire = wire_with_copy(**MUTE)
    wire.acknowledges(1)
    say = {
        "own": lambda: wire.fills(1, 400, 400),
        "own2": lambda: wire.fills(1, 600, 1000),
        "copy": lambda: copies_fill(wire, 400, 400),
        "copy2": lambda: copies_fill(wire, 600, 1000),
    }
    for word in order:
        say[word]()
    assert (wire.order(1).cum_qty, len(wire.order(1).fills)) == (1_000_000, 2)
    assert (wire.order(1).is_final, wire.statuses()) == (True, [LineStatus.FILLED])
    assert wire.pending() == {}


def test_what_the_copy_says_besides_trades_is_left_to_the_orders_own_session() -> None:
    wire = wire_with_copy()
    assert copied(wire, "4", "4", "17=C1") == []
    assert copied(wire, "0", "0", "17=A1") == []
    assert wire.statuses() == [LineStatus.WORKING]


def test_a_bust_on_the_copy_alone_takes_the_trade_back() -> None:
    wire = wire_with_copy(**MUTE)
    wire.fills(1)
    copied(wire, "H", "4", "17=B1|19=F1-1000|75=20260302|151=0")
    assert (wire.order(1).cum_qty, wire.batch.is_reconciled) == (0, False)


def test_where_the_venue_answers_no_questions_the_copy_opens_the_gate() -> None:
    wire = wire_with_copy(**MUTE)
    wire.drop()
    wire.reopen()
    assert not wire.engine.context.sessions[VENUE].may_trade
    out = copied(wire, "4", "4", "17=C1")
    assert "RECOVERY_COMPLETE" in alerts(out)
    assert wire.statuses() == [LineStatus.UNFILLED]
    assert wire.engine.context.sessions[VENUE].may_trade


def test_a_fill_of_the_time_of_the_drop_comes_by_the_copy_and_ends_the_doubt() -> None:
    wire = wire_with_copy(**MUTE)
    wire.drop()
    copies_fill(wire)
    assert (wire.order(1).is_final, wire.statuses()) == (True, [LineStatus.FILLED])
    wire.reopen()
    assert wire.engine.context.sessions[VENUE].may_trade
    assert len(sent(PlaceOrder, wire.outputs)) == 1


def test_a_copy_that_is_gone_holds_nothing_up_and_is_told_softly() -> None:
    wire = wire_with_copy()
    (lost,) = of(Alert, wire.take(inputs.SessionClosed(COPY, "the connection was lost")))
    assert (lost.code, lost.is_hard, lost.is_lasting) == ("DROP_COPY_LOST", False, True)
    wire.acknowledges(1)
    assert wire.phase is BatchPhase.TRADING
    assert wire.engine.context.sessions[VENUE].may_trade


def test_a_trade_of_somebody_elses_on_the_copy_is_an_orphan_and_nothing_else() -> None:
    wire = wire_with_copy()
    said = "35=8|37=X|17=H1|11=HAND-1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=5|14=5|151=0|32=5|31=1.1".replace(
        "|", "\x01"
    )
    out = wire.take(inputs.FixReceived(COPY, f"8=FIX.4.4\x019=0\x01{said}\x0110=000\x01"))
    assert "ORPHAN_FILL" in alerts(out)
    assert wire.order(1).cum_qty == 0


def test_what_cannot_be_read_on_the_copy_puts_no_order_in_doubt() -> None:
    wire = wire_with_copy()
    body = f"35=8\x0111={wire.order(1).cl_ord_id}\x01150=?\x01"
    wire.take(inputs.FixReceived(COPY, f"8=FIX.4.4\x019=0\x01{body}10=000\x01"))
    assert wire.statuses() == [LineStatus.WORKING]
    assert list(wire.engine.context.blotters[VENUE].in_doubt()) == []


def test_a_replay_comes_to_the_same_state() -> None:
    wire = wire_with_copy(**MUTE)
    copies_fill(wire, 400, 400)
    wire.fills(1, 600, 1000)
    wire.restart()
    assert wire.order(1).cum_qty == 1_000_000
