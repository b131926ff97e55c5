"""A batch that waits for a second person: what the approval is for, how long it holds, and who may give it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as with_fields

from risk.alerts import Alert as AlertOfBook
from risk.alerts import AlertEvent
from risk.people.people import LaunchBatch, Role, SetRoles, Standing, digest_of
from risk.people.signatures import ApproveConfiguration
from risk.reasons import ReasonCode
from tests.unit.engine_cases import Wire, alerts, of, placed, refusals, submitted
from tests.unit.people_cases import HOUR, answer, ask, decide, in_another_account, staffed, submit
from tests.unit.risk_cases import Terms, limits
from trader.engine.inputs import ActionDecided, BatchSubmitted
from trader.engine.outputs import BatchWaits
from trader.engine.state import BatchPhase, LineStatus

LARGE = {"FOUR_EYES desk=* order_max": "1200000"}


def waits(wire: Wire) -> BatchWaits:
    (waiting,) = of(BatchWaits, wire.last)
    return waiting


def test_a_batch_in_which_something_waits_sends_nothing_and_holds_nothing() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(), Terms(amount="2000000"))
    assert placed(wire.last) == []
    assert (wire.phase, wire.statuses()) == (BatchPhase.AWAITING_APPROVAL, [LineStatus.QUEUED] * 2)
    assert [(row, found.code) for row, found in waits(wire).findings] == [("T-2", ReasonCode.FOUR_EYES)]
    assert wire.pending() == {}
    request = wire.engine.context.people.requests[batch.batch_id]
    action = request.action
    assert isinstance(action, LaunchBatch)
    assert (action.batch_id, action.content_hash, request.who) == (batch.batch_id, batch.content_hash, "anna")
    assert [(held.row_id, held.code, held.limit) for held in action.findings] == [("T-2", "FOUR_EYES", 1_200_000)]


def test_once_another_person_approves_the_same_file_goes_on() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(), Terms(amount="2000000"))
    assert decide(wire, batch.batch_id, "bob") == ""
    assert placed(wire.last) == []
    wire.take(batch)
    assert placed(wire.last) == ["00010201", "00020101"]
    assert "FOUR_EYES" in alerts(wire.last)
    assert wire.phase is BatchPhase.TRADING


def test_the_trader_cannot_approve_the_batch_whatever_other_roles_there_are() -> None:
    wire = staffed(LARGE)
    decide(wire, ask(wire, SetRoles("anna", (Role.TRADER, Role.APPROVER)), "rita"), "rolf")
    batch = submit(wire, Terms(amount="2000000"))
    assert decide(wire, batch.batch_id, "anna") == "anna has asked for it; another person decides"
    wire.take(batch)
    assert placed(wire.last) == []


def test_a_file_changed_by_one_byte_needs_its_own_approval() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(amount="2000000"))
    decide(wire, batch.batch_id, "bob")
    wire.take(submitted(Terms(amount="2000000"), content=b"a batch.", venue=wire.name))
    assert placed(wire.last) == []
    assert waits(wire).batch_id != batch.batch_id


@pytest.mark.parametrize("hash_of_another", ["0" * 64])
def test_a_file_that_has_only_the_batch_id_in_common_is_not_the_approved_one(hash_of_another: str) -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(amount="2000000"))
    decide(wire, batch.batch_id, "bob")
    submit(wire, Terms(amount="2000000"), content_hash=hash_of_another)
    assert placed(wire.last) == []


def elsewhere(batch: BatchSubmitted, **changes: str) -> BatchSubmitted:
    """The same file, with the lines read otherwise, as another configuration would have them read."""
    changed: BatchSubmitted = with_fields(batch, lines=tuple(replace(line, **changes) for line in batch.lines))
    return changed


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda batch: elsewhere(batch, book="OTHER"),
        lambda batch: elsewhere(batch, account="ACC-9"),
        lambda batch: elsewhere(batch, counterparty="BANK-9"),
        lambda batch: with_fields(batch, trade_date=batch.trade_date - timedelta(days=7)),
        lambda batch: with_fields(batch, desk="other"),
        lambda batch: with_fields(batch, all_or_nothing=True),
    ],
    ids=["book", "account", "counterparty", "trade date", "desk", "all or nothing"],
)
def test_an_approval_is_for_what_the_rows_were_read_as_and_for_nothing_else(
    otherwise: Callable[[BatchSubmitted], BatchSubmitted],
) -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(amount="2000000"))
    assert decide(wire, batch.batch_id, "bob") == ""
    wire.take(otherwise(batch))
    assert placed(wire.last) == []
    wire.restart()


def test_an_approval_lets_pass_what_waited_and_nothing_that_waits_now_besides() -> None:
    wire = staffed({**LARGE, "ORDER_DUPLICATE account=ACC-1 alike_max": "1"})
    batch = submit(wire, Terms(), Terms(amount="2000000"))
    assert decide(wire, batch.batch_id, "bob") == ""
    other = in_another_account(Terms())
    wire.submit(other, other, Terms(), content=b"another")  # whose third row the first one looks like
    assert placed(wire.last)
    wire.take(batch)
    assert [(row, found.code) for row, found in waits(wire).findings] == [("T-1", ReasonCode.ORDER_DUPLICATE)]
    request = wire.engine.context.people.requests[batch.batch_id]
    assert isinstance(request.action, LaunchBatch)
    assert [held.code for held in request.action.findings] == [ReasonCode.ORDER_DUPLICATE, ReasonCode.FOUR_EYES]
    assert decide(wire, batch.batch_id, "bob") == ""
    wire.take(batch)
    assert wire.engine.context.batches[batch.batch_id].is_launched


def test_what_another_trader_has_launched_otherwise_meanwhile_cannot_be_approved_for_the_first() -> None:
    wire = staffed(LARGE)
    decide(wire, ask(wire, SetRoles("carl", (Role.TRADER,)), "rita"), "rolf")
    batch = submit(wire, Terms(amount="2000000"))
    wire.take(with_fields(elsewhere(batch, book="OTHER"), trader="carl"))
    assert "was launched otherwise since" in decide(wire, batch.batch_id, "bob")
    assert decide(wire, batch.batch_id, "bob", approved=False) == ""


def test_what_is_asked_for_otherwise_takes_the_place_of_what_waits_and_a_yes_to_what_was_shown_is_none_to_it() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(amount="2000000"))
    shown = digest_of(wire.engine.context.people.requests[batch.batch_id].action)
    wire.take(elsewhere(batch, book="OTHER"))
    assert waits(wire).problem == ""
    said = answer(wire.take(ActionDecided(batch.batch_id, True, "bob", "agreed", shown)))
    assert "was asked for otherwise meanwhile" in said
    assert wire.engine.context.people.requests[batch.batch_id].standing is Standing.OPEN


def test_an_approval_that_has_expired_is_none() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(amount="2000000"))
    decide(wire, batch.batch_id, "bob")
    wire.wait(HOUR + 1)
    wire.quotes()
    wire.take(batch)
    assert placed(wire.last) == []
    assert waits(wire).problem == ""


def test_an_approval_holds_to_the_last_moment_of_its_time() -> None:
    wire = staffed(LARGE)  # FOUR_EYES valid_s_max is an hour
    batch = submit(wire, Terms(amount="2000000"))
    decide(wire, batch.batch_id, "bob")
    wire.wait(HOUR)
    wire.quotes()
    wire.take(batch)
    assert len(placed(wire.last)) == 1


def test_a_decision_after_the_request_has_expired_changes_nothing() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(amount="2000000"))
    wire.wait(HOUR + 1)
    assert "has expired" in decide(wire, batch.batch_id, "bob")


def test_without_users_the_batch_waits_and_says_that_nobody_can_approve_it() -> None:
    wire = Wire(book=limits(LARGE))
    submit(wire, Terms(amount="2000000"))
    assert waits(wire).problem.startswith("this data folder has no users")
    assert wire.engine.context.people.requests == {}


def test_where_there_are_users_only_a_trader_launches() -> None:
    wire = staffed()
    submit(wire, Terms(), trader="bob")
    assert refusals(wire.last)[0][0] == ReasonCode.MANDATE
    assert placed(wire.last) == []


def test_a_batch_that_waits_still_waits_after_a_restart_and_goes_on_once_approved() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(), Terms(amount="2000000"))
    wire.restart()
    assert wire.phase is BatchPhase.AWAITING_APPROVAL
    decide(wire, batch.batch_id, "bob")
    wire.reopen()
    wire.quotes()
    wire.take(batch)
    assert placed(wire.outputs)
    wire.restart()


def test_a_process_that_ends_while_the_batch_is_judged_again_leaves_it_waiting() -> None:
    wire = staffed(LARGE)
    batch = submit(wire, Terms(), Terms(amount="2000000"))
    decide(wire, batch.batch_id, "bob")
    wire.wait(61)
    wire.take(batch)
    assert wire.phase is BatchPhase.AWAITING_RATES
    wire.restart()
    assert wire.phase is BatchPhase.AWAITING_APPROVAL
    wire.reopen()
    wire.take(batch)
    wire.quotes()
    assert placed(wire.outputs)


def test_a_row_of_a_batch_that_waits_may_be_traded_by_another_file() -> None:
    wire = staffed(LARGE)
    submit(wire, Terms(), Terms(amount="2000000"))
    wire.take(submitted(Terms(), content=b"another", venue=wire.name))
    assert placed(wire.last) == ["00010101"]


def test_yesterdays_rows_in_a_file_that_was_saved_anew_wait_for_another_person() -> None:
    wire = staffed({"ORDER_DUPLICATE account=* row_days": "3"})
    batch = submit(wire, Terms())
    wire.fills(1)
    saved_anew = submitted(Terms(), content=b"with another comment", venue=wire.name)
    tomorrow: BatchSubmitted = with_fields(saved_anew, trade_date=batch.trade_date + timedelta(days=1))
    wire.take(tomorrow)
    assert placed(wire.last) == []
    assert [(row, found.code) for row, found in waits(wire).findings] == [("T-1", ReasonCode.ORDER_DUPLICATE)]
    assert decide(wire, tomorrow.batch_id, "bob") == ""
    wire.take(tomorrow)
    assert placed(wire.last)
    wire.restart()


def four_eyes(wire: Wire) -> list[AlertOfBook]:
    return [each for each in wire.engine.context.alerts.alerts() if each.key[0] == "FOUR_EYES"]


def test_the_alert_of_a_request_is_closed_with_its_decision_and_names_no_long_hash() -> None:
    wire = staffed()
    action = ApproveConfiguration("0123456789abcdef" * 4)
    wire.engine.context.config_running = action.sha256
    request_id = ask(wire, action, "rita")
    (alert,) = four_eyes(wire)
    assert "configuration: sha256 0123456789ab;" in alert.text
    assert decide(wire, request_id, "rolf") == ""
    told = [(each.alert.text, str(each.kind)) for each in of(AlertEvent, wire.last)]
    assert [kind for text, kind in told if "asks for" in text] == ["resolved"]
    assert [kind for text, kind in told if "rolf has approved" in text] == ["raised", "resolved"]
    assert four_eyes(wire) == []
