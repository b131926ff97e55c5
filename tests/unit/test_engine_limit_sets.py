"""Limits that are imported: asked for by one person, approved by another, in force from then on, and all kept."""

from dataclasses import replace

import msgspec
import pytest

from risk.limits.book import Limit, LimitBook
from risk.limits.versions import sha256_of
from risk.people.people import ImportLimits, request_id_of
from tests.unit.engine_cases import SECOND, VENUE, Wire, alerts
from tests.unit.limit_cases import NODE, TUESDAY, Bank, rows_with, volume
from tests.unit.risk_cases import Terms, at, limits, make_order
from trader.engine import inputs
from trader.engine.engine import Engine
from trader.engine.outputs import ActionAnswered, LimitsInForce
from trader.journal.codec import Codec
from trader.journal.state_hash import state_hash


def test_a_set_is_in_force_once_another_person_has_approved_it_and_not_before() -> None:
    bank = Bank()
    action = bank.action(volume("700000000"))
    bank.answer(bank.ask(action))
    assert bank.volume_max() != "700000000"
    bank.answer(bank.decide(action))
    assert bank.volume_max() == "700000000"
    assert "LIMITS_CHANGED" in alerts(bank.last)


def test_what_came_from_whom_why_and_in_place_of_what_is_kept_of_every_set() -> None:
    bank = Bank()
    first, second = volume("700000000"), volume("600000000")
    bank.imports(first)
    bank.imports(second)
    one, two = bank.engine.context.limit_sets
    assert (one.version, two.version) == (1, 2)
    assert (one.before, one.sha256, two.before) == (sha256_of(rows_with()), sha256_of(first), sha256_of(first))
    assert (two.who, two.decided_by, two.reason, two.changes) == ("rita", "rolf", "the yearly review", "1 lowered")
    (told,) = [output for output in bank.last if isinstance(output, LimitsInForce)]
    assert (told.imported, told.rows) == (two, second)


def test_an_order_is_held_against_the_new_set_with_the_next_batch() -> None:
    bank = Bank()
    bank.imports(volume("500000"))
    bank.submit(Terms(amount="1000000"))
    assert bank.line(1).status == "denied"
    assert "VOLUME_DAY" in bank.line(1).reason_code


def test_the_one_who_asked_does_not_approve_it_and_nothing_has_changed() -> None:
    bank = Bank()
    action = bank.action(volume("700000000"))
    bank.answer(bank.ask(action))
    before = bank.hash()
    assert "another person decides" in bank.decide(action, "rita")
    assert bank.hash() == before


def test_whoever_trades_cannot_ask_for_limits() -> None:
    bank = Bank()
    before = bank.hash()
    assert "anna may not ask for: limits" in bank.ask(bank.action(volume("700000000")), "anna")
    assert bank.hash() == before


def test_a_set_that_was_compared_with_other_limits_is_refused_when_it_is_decided() -> None:
    bank = Bank()
    late = bank.action(volume("800000000"))
    bank.answer(bank.ask(late))
    bank.imports(volume("700000000"))
    assert "import the file again" in bank.decide(late)
    assert bank.volume_max() == "700000000"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (rows_with(), "the set is the one in force already"),
        (volume("1") + volume("1")[-1:], "stands there twice"),
        (volume("1")[:-1], "nobody could approve the next set"),
        ((*volume("1"), Limit("VOLUME_DAY", (("desk", "tresury"),), "max", "1")), "desk=tresury stands in no tree"),
    ],
)
def test_a_set_that_is_wrong_is_refused_in_a_sentence_and_nothing_has_changed(
    rows: tuple[Limit, ...], told: str
) -> None:
    bank = Bank()
    before = bank.hash()
    assert told in bank.ask(bank.action(rows))
    assert bank.hash() == before


def test_rows_that_are_not_those_of_the_hash_are_refused() -> None:
    bank = Bank()
    action = msgspec.structs.replace(bank.action(volume("700000000")), rows=volume("900000000"))
    assert "the rows are not those that the hash is of" in bank.ask(action)


def traded() -> Bank:
    """A bank whose treasury has turned over 1.1 million dollars."""
    bank = Bank()
    bank.submit(Terms(amount="1000000"))
    bank.acknowledges(1)
    bank.fills(1)
    return bank


def test_a_cut_below_use_is_refused_and_named() -> None:
    bank = traded()
    problem = bank.ask(bank.action(volume("500000")))
    assert f"{NODE} has 1,1" in problem
    assert "above its new limit of 500,000" in problem


def test_a_cut_below_use_that_is_meant_stands_and_lets_nothing_more_pass() -> None:
    bank = traded()
    bank.imports(volume("500000", note="below use: the desk is closed"))
    order = make_order(Terms(amount="1000"), line_no=9, row_id="T-9")
    found = bank.engine.context.gate.check_order(order, bank.now_ns).violations
    assert [(each.code, each.node, each.blocks) for each in found] == [
        ("VOLUME_DAY", NODE.removeprefix("VOLUME_DAY "), True)
    ]


def test_use_that_has_grown_between_request_and_decision_refuses_the_cut() -> None:
    bank = Bank()
    action = bank.action(volume("500000"))
    bank.answer(bank.ask(action))
    bank.submit(Terms(amount="1000000"))
    assert "above its new limit" in bank.decide(action)


def test_a_row_comes_into_force_with_the_first_input_of_its_day() -> None:
    bank = Bank()
    (general,) = [row for row in rows_with() if (row.control, row.key) == ("VOLUME_DAY", (("desk", "*"),))]
    others = tuple(row for row in rows_with() if row is not general and row != general)
    bank.imports((*others, replace(general, until=TUESDAY), replace(general, value="5", since=TUESDAY)))
    pace = bank.engine.context.message_rates[VENUE]
    bank.now_ns = at(0, day=TUESDAY) - 1
    bank.quotes()
    assert bank.volume_max() == general.value
    bank.now_ns += 1
    bank.quotes()
    assert bank.volume_max() == "5"
    assert bank.engine.context.message_rates[VENUE] is not pace
    bank.now_ns -= SECOND
    bank.quotes()
    assert bank.volume_max() == general.value


def test_an_imported_set_stays_in_force_over_a_restart_whatever_the_configuration_says() -> None:
    bank = Bank()
    bank.imports(volume("700000000"))
    bank.take(msgspec.structs.replace(bank.started, limits=limits().rows))
    assert bank.volume_max() == "700000000"


def test_the_journal_brings_the_same_limits_and_the_same_state_back() -> None:
    bank = Bank()
    bank.imports(volume("700000000"))
    codec, again = Codec(inputs.INPUT_TYPES), Engine()
    for ts_ns, value in bank.journal:
        again.step(ts_ns, codec.decode(*codec.encode(value)))
    assert again.context.gate.limits.rows == bank.in_force.rows
    assert state_hash(again) == bank.hash()


def test_without_users_nobody_changes_limits() -> None:
    wire = Wire(book=LimitBook(rows_with()))
    before = state_hash(wire.engine)
    rows = volume("1")
    action = ImportLimits("limits.csv", "", sha256_of(rows), sha256_of(rows_with()), rows)
    (answer,) = [
        each
        for each in wire.take(inputs.ActionRequested(request_id_of(action), action, "rita", "because"))
        if isinstance(each, ActionAnswered)
    ]
    assert "this data folder has no users" in answer.problem
    assert state_hash(wire.engine) == before
