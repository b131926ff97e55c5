"""A venue answers a new process late, in part or oddly: nothing it has is dealt again, and the gate opens in time."""

from collections.abc import Callable

import pytest

from risk.people.signatures import OrderOutcome
from tests.unit.engine_cases import SECOND, VENUE, Wire, alerts, placed, sent
from tests.unit.risk_cases import Terms
from tests.unit.settling_cases import settles, staff
from tests.unit.test_engine_old_folder import TERMS, TRADE, name
from tests.unit.test_engine_recovery_mass import names_nobody, request_id
from trader.domain.commands import RequestTrades
from trader.engine.inputs import SequenceNoted

SOMEBODYS = (
    f"37=X1|11=DESK-4711|150=0|39=0|17=X|60=20260302-10:29:00.000|75=20260302|{TERMS}|38=1000000|14=0|151=1000000"
)
RESTS = f"37=V9|17=S9|150=I|{TERMS}|38=1000000|14=0|151=1000000"
FIRST = ["00010101", "00020101"]


def may_trade(wire: Wire) -> bool:
    return wire.engine.context.sessions[VENUE].may_trade


def lists_no_trades(wire: Wire) -> None:
    wire.announces(sent(RequestTrades, wire.outputs)[-1].request_id, 0)


def takes_over_and_hears_nothing(wire: Wire) -> None:
    """A new process takes over while an order is open, and the venue answers nothing in time."""
    wire.submit(Terms())
    wire.restart()
    wire.reopen()
    wire.wait(11)


def the_same_file(wire: Wire) -> None:
    wire.wait(11)
    wire.says("8", SOMEBODYS)
    wire.quotes()
    wire.submit()


def a_drop(wire: Wire) -> None:
    wire.says("8", SOMEBODYS)
    wire.drop()
    wire.reopen()


def the_next_process(wire: Wire) -> None:
    wire.says("8", SOMEBODYS)
    wire.restart()
    wire.reopen()
    wire.quotes()
    wire.submit()


@pytest.mark.parametrize("asks_again", [the_same_file, a_drop, the_next_process])
def test_what_a_venue_says_before_it_answers_does_not_shorten_the_list_it_owes(
    asks_again: Callable[[Wire], None],
) -> None:
    wire = Wire(asks_first=True)
    wire.now_ns += 1800 * SECOND
    wire.quotes()
    wire.submit()
    asks_again(wire)
    asked = sent(RequestTrades, wire.outputs)
    assert len(asked) > 1
    assert [each.from_ts_ns for each in asked] == [None] * len(asked)


def test_a_report_from_the_future_hides_nothing_of_the_past_from_the_next_process() -> None:
    wire = Wire(asks_first=True)
    lists_no_trades(wire)
    wire.says("8", SOMEBODYS)
    heard_ns = wire.now_ns
    wire.restart()
    wire.reopen()
    wire.quotes()
    wire.submit()
    asked_from = sent(RequestTrades, wire.outputs)[-1].from_ts_ns
    assert asked_from is not None
    assert asked_from <= heard_ns


def test_persons_who_settle_an_order_say_nothing_of_what_else_the_venue_has() -> None:
    wire = Wire(asks_first=True)
    staff(wire)
    lists_no_trades(wire)
    takes_over_and_hears_nothing(wire)
    settles(wire, 1, OrderOutcome.CANCELED)
    assert not may_trade(wire)
    (told,) = [each.text for each in wire.engine.context.alerts.alerts() if each.key.control == "RECOVERY_INCOMPLETE"]
    assert "which trades it has" in told
    lists_no_trades(wire)
    assert may_trade(wire)


@pytest.mark.parametrize("counted", ["911=0", "911=2"])
def test_a_row_of_ours_that_the_list_names_is_held_back_whatever_it_counts(counted: str) -> None:
    wire = Wire(asks_first=True, mass_status=True)
    wire.submit()
    lists_no_trades(wire)
    wire.says("8", f"{RESTS}|39=0|11={name(1)}|584={request_id(wire)}|{counted}")
    wire.wait(60)
    assert placed(wire.outputs) == []
    assert "DATA_FOLDER_OLD" in alerts(wire.outputs)


def test_half_a_list_of_orders_is_no_silence() -> None:
    wire = Wire(asks_first=True, mass_status=True)
    wire.submit()
    lists_no_trades(wire)
    wire.says("8", f"{RESTS}|39=0|11=DESK-4711|584={request_id(wire)}|911=2")
    wire.wait(60)
    assert (placed(wire.outputs), may_trade(wire)) == ([], False)
    assert "RECOVERY_INCOMPLETE" in alerts(wire.outputs)


def test_a_venue_that_lists_its_trades_late_and_says_nothing_where_nothing_is_open_is_heard_in_time() -> None:
    wire = Wire(asks_first=True, mass_status=True)
    wire.wait(11)
    lists_no_trades(wire)
    assert not may_trade(wire)
    wire.wait(11)
    assert may_trade(wire)
    assert "FOLDER_NOT_CHECKED" in alerts(wire.outputs)
    wire.quotes()
    wire.submit()
    assert placed(wire.outputs) == FIRST


def test_where_only_orders_are_listed_and_nobody_answers_the_gate_opens_once_all_is_settled() -> None:
    wire = Wire(asks_first=True, mass_status=True, order_status=False, trade_capture=False)
    staff(wire)
    names_nobody(wire)
    takes_over_and_hears_nothing(wire)
    settles(wire, 1, OrderOutcome.CANCELED)
    wire.wait(11)
    assert may_trade(wire)
    assert "FOLDER_NOT_CHECKED" in alerts(wire.outputs)


def test_a_venue_that_misses_every_question_does_not_keep_the_gate_shut_without_a_word() -> None:
    wire = Wire(asks_first=True)
    for _ in range(4):
        wire.wait(9)
        wire.take(SequenceNoted(VENUE, by_venue=True, is_too_low=False, expected=2, received=0))
    assert not may_trade(wire)
    assert "RECOVERY_INCOMPLETE" in alerts(wire.outputs)


def test_an_acknowledgment_without_a_number_takes_none_back() -> None:
    wire = Wire(asks_first=True)
    request = sent(RequestTrades, wire.outputs)[-1].request_id
    wire.announces(request, 1)
    wire.says("AQ", f"568={request}|569=1|749=0|750=1")
    assert not may_trade(wire)
    wire.says("AE", f"571=R1|568={request}|17=E9|11=DESK-1|37=X1|{TERMS}|{TRADE}")
    assert may_trade(wire)
