"""What is said of the end of a day: its exit code, whether it is reconciled, and the sentence people read first."""

import msgspec
import pytest

from risk.stops.stops import EVERYTHING, State, parse_scope
from tests.unit.engine_cases import VENUE, Wire, of, sent, trade_request
from tests.unit.risk_cases import MONDAY, Terms
from tests.unit.settling_cases import asks, decides, staff
from trader.app.end_of_day.day import Day
from trader.app.end_of_day.report import Past, day_of
from trader.app.end_of_day.text import headline
from trader.domain.commands import RequestTrades
from trader.engine.inputs import KillRequested, ResumeRequested
from trader.engine.outputs import ActionAnswered
from trader.engine.state import BatchPhase
from trader.engine.terms import acceptance_of

ALL_FILLED = "1 batch, 1 line, of which 1 filled. "


def day(wire: Wire) -> Day:
    return day_of(Past(wire.engine.context), MONDAY)


def verdict(wire: Wire) -> tuple[int, bool, str]:
    """The exit code, whether all is reconciled, and what the headline says after the counts."""
    told = day(wire)
    return told.exit_code, told.reconciled, headline(told).partition(" filled. ")[2]


def filled(**desk: object) -> Wire:
    """A batch of one line, which is filled; its venue has not given its list yet."""
    wire = Wire(**desk)
    staff(wire)
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.fills(1)
    return wire


def lists(wire: Wire, trades: int = 1) -> None:
    request = trade_request(wire.last)
    wire.announces(request.request_id, trades)
    for _ in range(trades):
        wire.lists(request.request_id, 1)


def broken() -> Wire:
    """The venue's list lacks the trade: two breaks."""
    wire = filled()
    lists(wire, trades=0)
    return wire


def sign(wire: Wire) -> None:
    action = acceptance_of(wire.batch)
    assert (asks(wire, action, "olga"), decides(wire, action, "rita")) == ("", "")


def signed_for() -> Wire:
    wire = broken()
    sign(wire)
    return wire


def test_a_day_on_which_every_book_agrees_is_reconciled() -> None:
    wire = filled()
    lists(wire)
    assert verdict(wire) == (0, True, "Reconciled: every book there is agrees.")


def test_a_kill_does_not_hide_that_the_venue_owes_its_list() -> None:
    wire = Wire(settings={"in_flight_max": 2})
    wire.submit(*[Terms()] * 3)
    wire.take(KillRequested(EVERYTHING, State.HALTED, "rita", "nothing trades"))
    for line_no in (1, 2):
        wire.cancels(line_no)
    (request,) = sent(RequestTrades, wire.last)
    wire.says("AQ", f"568={request.request_id}|569=1|749=99|750=2|58=Not permissioned")
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, False)
    told = "NOT reconciled: 1 batch of which the venue's own account of the trades is not complete."
    assert verdict(wire) == (3, False, told)


def test_breaks_are_counted() -> None:
    assert verdict(broken()) == (3, False, "NOT reconciled: 2 breaks.")


def test_breaks_that_two_persons_have_signed_for_leave_nothing_open() -> None:
    assert verdict(signed_for()) == (0, True, "Reconciled; 2 breaks signed for.")


def test_a_signature_does_not_cover_what_came_after_it() -> None:
    wire = signed_for()
    wire.says(
        "8",
        f"37=V1|11={wire.order(1).current_id}|17=B1|19=F1-1000|150=H|39=4|55=EUR/USD|54=1|15=EUR|38=1000000|14=0|151=0",
    )
    code, is_reconciled, _ = verdict(wire)
    assert (code, is_reconciled) == (3, False)


def test_a_signature_does_not_cover_the_lines_that_go_on_after_a_resume() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    staff(wire)
    wire.submit(Terms(), Terms())
    wire.take(KillRequested(EVERYTHING, State.HALTED, "rita", "nothing trades"))
    wire.fills(1)
    lists(wire, trades=0)
    sign(wire)
    for scope in (EVERYTHING, parse_scope(f"venue={VENUE}")):  # a break halts its venue as well
        (answered,) = of(ActionAnswered, wire.take(ResumeRequested(scope, "rob", "settled")))
        assert answered.problem == ""
    wire.submit(Terms(), Terms())
    assert (wire.batch.is_active, wire.batch.is_signed_for) == (True, False)
    assert verdict(wire) == (3, False, "NOT reconciled: 1 batch is still being traded.")


def test_in_the_middle_of_a_run_the_batch_is_said_to_be_traded() -> None:
    wire = Wire()
    wire.submit(Terms())
    assert verdict(wire) == (3, False, "NOT reconciled: 1 batch is still being traded.")


def test_while_the_venue_gives_its_list_the_batch_is_said_to_lack_it() -> None:
    _, is_reconciled, told = verdict(filled())
    assert (is_reconciled, "own account of the trades is not complete" in told) == (False, True)


def test_a_suspended_batch_is_named_after_its_unknown_orders() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.drop()
    wire.wait(20)
    assert verdict(wire) == (3, False, "NOT reconciled: 1 unknown order, 1 suspended batch.")


def test_an_unmatched_trade_keeps_any_day_open() -> None:
    wire = filled()
    lists(wire)
    wire.says(
        "8",
        "37=X9|11=SOMEBODY|17=X1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=500000|14=500000|151=0|32=500000|31=1.1|64=20260304",
    )
    assert verdict(wire) == (3, False, "NOT reconciled: 1 unmatched trade.")


def test_a_day_without_a_batch_says_so() -> None:
    assert headline(day(Wire())) == "No batch was submitted for this trade date."


@pytest.mark.parametrize("wire", [broken, signed_for, filled])
def test_what_is_counted_and_the_exit_code_never_contradict_each_other(wire: object) -> None:
    assert callable(wire)
    told = day(wire())
    assert (told.exit_code == 3) == (not told.reconciled)


def test_as_json_a_day_is_plain_values_in_the_order_people_read_them() -> None:
    facts = msgspec.to_builtins(day(broken()))
    assert list(facts) == [
        *("trade_date", "exit_code", "reconciled", "batches", "totals", "orphans", "unknown_orders"),
    ]
    (batch,) = facts["batches"]
    (row,) = batch["rows"]
    assert (row["row_id"], row["asked"], row["executed"], row["reported"], row["agree"]) == (
        *("T-1", "1000000", "1000000", "0", False),
    )
    assert batch["lines"]["total"] == batch["lines"]["filled"] == 1
    assert [found["kind"] for found in batch["breaks"]] == ["MISSING_AT_VENUE", "TOTAL"]
    assert VENUE in batch["venues"]
