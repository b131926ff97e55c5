"""What latches by itself, through the whole engine: who is stopped, what is told, and what a second person signs."""

from dataclasses import replace
from typing import Any

import pytest
from engine_cases import SECOND, VENUE, Wire, alerts, canceled, placed, started, trade_request
from risk_cases import Terms, limits

from risk.people.people import Action, Role, SetRoles, request_id_of
from risk.people.signatures import AcceptBreaks, ApproveConfiguration
from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, Dimension, Scope, State
from trader.domain.deal import Side
from trader.domain.moments import NS_PER_MS
from trader.engine import inputs, machine_inputs
from trader.engine.outputs import ActionAnswered
from trader.engine.state import BatchPhase, LineStatus
from trader.engine.terms import acceptance_of
from trader.journal.state_hash import state_hash
from trader.orders.machine import Sync

SELL = Terms(side=Side.SELL)
VALID = {"FOUR_EYES action=* valid_s_max": "3600"}


def desk(changes: dict[str, str] | None = None, **more: Any) -> Wire:
    return Wire(book=limits(VALID | (changes or {})), **more)


def stops(wire: Wire) -> list[tuple[Scope, State, ReasonCode]]:
    return [(stop.scope, stop.state, stop.code) for stop in wire.engine.context.stops.stops()]


def people(wire: Wire) -> None:
    """Rita and Rob have the risk role, Olga operates."""
    asks(wire, SetRoles("rita", (Role.RISK,)), "rita")
    asks(wire, SetRoles("rob", (Role.RISK,)), "rita")
    asks(wire, SetRoles("olga", (Role.OPERATIONS,)), "rita")
    decides(wire, SetRoles("olga", (Role.OPERATIONS,)), "rob")


def asks(wire: Wire, action: Action, who: str) -> str:
    return answer(wire, inputs.ActionRequested(request_id_of(action), action, who, "needed"))


def decides(wire: Wire, action: Action, who: str) -> str:
    return answer(wire, inputs.ActionDecided(request_id_of(action), True, who, "fine"))


def resumes(wire: Wire, scope: Scope) -> str:
    return answer(wire, inputs.ResumeRequested(scope, "rob", "looked into"))


def answer(wire: Wire, value: inputs.Input) -> str:
    (answered,) = [output for output in wire.take(value) if isinstance(output, ActionAnswered)]
    return answered.problem


def test_a_rate_that_moves_against_a_position_stops_who_has_lost_too_much() -> None:
    wire = desk({"LOSS_DAY trader=anna max": "1000"})
    wire.submit(Terms())
    wire.fills(1)
    assert stops(wire) == []
    wire.quotes(bid="1.0988", offer="1.0990")
    assert stops(wire) == [(Scope(Dimension.TRADER, "anna"), State.REDUCING, ReasonCode.LOSS_DAY)]
    assert "LOSS_DAY" in alerts(wire.last)
    wire.quotes(bid="1.0986", offer="1.0988")
    assert "LOSS_DAY" not in alerts(wire.last)
    wire.restart()


def test_after_a_loss_only_what_reduces_leaves() -> None:
    wire = desk({"LOSS_DAY trader=anna max": "1000"})
    wire.submit(Terms())
    wire.fills(1)
    wire.quotes(bid="1.0988", offer="1.0990")
    wire.submit(Terms(), Terms(), SELL, content=b"another batch")
    _, another = wire.engine.context.batches.values()
    assert [line.status for line in another.lines[1:]] == [LineStatus.DENIED, LineStatus.WORKING]
    assert another.lines[1].reason_code == ReasonCode.LOSS_DAY


def test_a_fill_far_from_the_market_is_a_loss_at_once() -> None:
    wire = desk({"LOSS_DAY desk=treasury max": "99"})
    wire.submit(Terms())
    wire.fills(1)  # at 1.1001, and the middle is 1.1000
    assert [(scope.dimension, code) for scope, _, code in stops(wire)] == [("desk", ReasonCode.LOSS_DAY)]


def badly_filled(changes: dict[str, str]) -> Wire:
    """Two rows, of which one may be on its way: the first is filled at a rate that nobody expects."""
    wire = desk(changes, settings={"in_flight_max": 1})
    wire.submit(Terms(), Terms())
    name = wire.order(1).cl_ord_id
    about = f"37=V1|11={name}|17=E1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=1000000|14=1000000|151=0"
    wire.says("8", f"{about}|32=1000000|31=1.4000|64=20260304|75=20260302|60=20260302-10:00:00.000")
    return wire


def test_nothing_leaves_in_the_step_in_which_a_fill_latches() -> None:
    wire = badly_filled({"LOSS_DAY trader=anna max": "1000"})
    assert (wire.line(1).status, wire.line(2).reason_code) == (LineStatus.FILLED, ReasonCode.LOSS_DAY)
    assert placed(wire.last) == []
    wire.restart()


def test_a_fill_that_goes_above_a_limit_has_what_waits_decided_anew() -> None:
    wire = badly_filled({"NOP_CURRENCY book=* currency=USD max": "2400000"})
    assert (wire.line(1).status, wire.line(2).reason_code) == (LineStatus.FILLED, ReasonCode.NOP_CURRENCY)
    assert placed(wire.last) == []
    wire.restart()


def test_an_order_in_doubt_is_canceled_once_however_many_stops_latch_together() -> None:
    owners = ("trader=anna", "desk=treasury", "firm=BANK")
    wire = desk({f"LOSS_DAY {owner} max": "1000" for owner in owners}, mass_cancel=False)
    wire.submit(Terms())
    about = (
        f"37=V1|11={wire.order(1).cl_ord_id}|17=E1|150=F|39=1|55=EUR/USD|54=1|15=EUR|38=1000000|14=900000|151=100000"
    )
    wire.says("8", f"{about}|32=400000|31=1.4000|64=20260304|75=20260302|60=20260302-10:00:00.000")
    assert (len(stops(wire)), wire.order(1).sync) == (len(owners), Sync.IN_DOUBT)
    assert canceled(wire.last) == ["00010101"]
    wire.restart()


def test_a_fill_above_its_order_halts_the_venue_in_the_same_step() -> None:
    wire = desk(settings={"in_flight_max": 1})
    wire.submit(Terms(), Terms())
    wire.fills(1, thousands=1500, cum=1500)
    assert stops(wire) == [(Scope(Dimension.VENUE, VENUE), State.HALTED, ReasonCode.RECONCILIATION_BREAK)]
    assert (placed(wire.last), wire.line(2).reason_code) == ([], ReasonCode.RECONCILIATION_BREAK)
    wire.restart()


def test_rejects_in_a_row_halt_the_pair_and_void_what_has_not_left() -> None:
    wire = desk({"REJECT_STORM pair=* rejects_max": "3"})
    wire.submit(*[Terms()] * 6)
    for line in (1, 2, 3):
        wire.rejects(line)
    assert stops(wire) == [(Scope(Dimension.PAIR, "EUR/USD"), State.HALTED, ReasonCode.REJECT_STORM)]
    assert wire.line(6).reason_code == ReasonCode.REJECT_STORM
    wire.restart()


def test_rejects_with_a_fill_between_them_halt_nothing() -> None:
    wire = desk({"REJECT_STORM pair=* rejects_max": "3"})
    wire.submit(*[Terms()] * 5)
    for line in (1, 2, 4, 5):
        wire.rejects(line)
        if line == 2:
            wire.acknowledges(3)
    assert stops(wire) == []


def test_a_line_that_trades_again_and_again_halts_its_batch() -> None:
    wire = desk({"REPEATED_EXECUTION desk=* max": "3"})
    wire.submit(Terms())
    for number in range(1, 5):
        assert stops(wire) == []
        wire.fills(1, 100, 100 * number)
    ((scope, state, code),) = stops(wire)
    assert (scope.dimension, state, code) == (Dimension.BATCH, State.HALTED, ReasonCode.REPEATED_EXECUTION)


def broken(**more: Any) -> Wire:
    """The venue lists another amount than it has reported."""
    wire = desk(**more)
    wire.submit(Terms())
    request = trade_request(wire.fills(1)).request_id
    wire.announces(request, 1)
    wire.lists(request, 1, thousands=900)
    assert (wire.phase, len(wire.batch.breaks) > 0) == (BatchPhase.DONE, True)
    return wire


def test_a_break_halts_the_venue_and_nothing_goes_there_any_more() -> None:
    wire = broken()
    assert stops(wire) == [(Scope(Dimension.VENUE, VENUE), State.HALTED, ReasonCode.RECONCILIATION_BREAK)]
    wire.submit(Terms(), content=b"another batch")
    assert placed(wire.last) == []


def test_a_break_that_two_persons_have_signed_for_holds_no_re_arming_up() -> None:
    wire = broken()
    people(wire)
    venue = Scope(Dimension.VENUE, VENUE)
    accept = acceptance_of(wire.batch)
    assert "breaks between the books" in resumes(wire, venue)
    assert asks(wire, accept, "olga") == ""
    assert decides(wire, accept, "rita") == ""
    assert resumes(wire, venue) == ""
    assert stops(wire) == []
    wire.restart()


def test_breaks_that_are_not_there_cannot_be_signed_for() -> None:
    wire = broken()
    people(wire)
    before = state_hash(wire.engine)
    name = wire.batch.submitted.batch_id
    assert "breaks, and not 7" in asks(wire, AcceptBreaks(name, 7, ""), "olga")
    assert "there is no batch NOBODY" in asks(wire, AcceptBreaks("NOBODY", 1, ""), "olga")
    assert "may not ask for: breaks" in asks(wire, acceptance_of(wire.batch), "rita")
    assert state_hash(wire.engine) == before


def test_breaks_that_have_changed_are_not_those_that_were_signed_for_though_they_are_as_many() -> None:
    wire = broken()
    people(wire)
    accept, before = acceptance_of(wire.batch), len(wire.batch.breaks)
    assert asks(wire, accept, "olga") == ""
    request = trade_request(wire.submit(Terms())).request_id  # the venue lists its trades again, and lists less
    wire.announces(request, 1)
    wire.lists(request, 1, thousands=800)
    assert len(wire.batch.breaks) == before
    assert "has other breaks than were signed for" in decides(wire, accept, "rita")
    assert not wire.batch.is_signed_for


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (machine_inputs.ClockJumped(-7200), ReasonCode.CLOCK, "the clock went back by 7200 ms at once"),
        (machine_inputs.ClockJumped(501), ReasonCode.CLOCK, "the clock went forward by 501 ms at once"),
        (machine_inputs.MonitorSilent(31_000), ReasonCode.DEADMAN, "the last one is 31000 ms old"),
        (machine_inputs.MonitorSilent(None), ReasonCode.DEADMAN, "it is not there"),
        (machine_inputs.JournalFailed("it could not be written"), ReasonCode.JOURNAL_FAILED, "it could not be written"),
    ],
)
def test_a_machine_that_is_not_itself_halts_everything(value: inputs.Input, code: ReasonCode, words: str) -> None:
    wire = desk()
    wire.submit(*[Terms()] * 4)
    wire.take(value)
    assert stops(wire) == [(EVERYTHING, State.HALTED, code)]
    assert words in wire.engine.context.stops.stops()[0].reason
    assert wire.line(4).reason_code == code
    assert placed(wire.last) == []
    wire.restart()
    assert stops(wire) == [(EVERYTHING, State.HALTED, code)]


@pytest.mark.parametrize(("back_ms", "stands"), [(500, []), (501, [(EVERYTHING, State.HALTED, ReasonCode.CLOCK)])])
def test_a_process_that_begins_before_the_journals_last_moment_is_halted(back_ms: int, stands: list[Any]) -> None:
    """What an earlier process has seen run out, an approval or a higher limit, would hold again."""
    wire = desk()
    wire.now_ns -= back_ms * NS_PER_MS
    wire.take(configured("a" * 64))
    assert stops(wire) == stands


def configured(sha256: str) -> inputs.EngineStarted:
    plain = started(limits(VALID))
    changes = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return inputs.EngineStarted(**(changes | {"config_sha256": sha256}))


def test_until_somebody_approves_a_configuration_every_one_will_do() -> None:
    wire = desk()
    for sha256 in ("a" * 64, "b" * 64):
        wire.take(configured(sha256))
        assert stops(wire) == []


def test_another_configuration_than_the_approved_one_halts_everything_until_it_is_approved_and_re_armed() -> None:
    wire = desk()
    people(wire)
    wire.take(configured("a" * 64))
    first, second = ApproveConfiguration("a" * 64), ApproveConfiguration("b" * 64)
    assert "the configuration that runs is" in asks(wire, second, "olga")
    assert asks(wire, first, "olga") == ""
    assert decides(wire, first, "rita") == ""
    wire.take(configured("a" * 64))
    assert stops(wire) == []
    wire.take(configured("b" * 64))
    assert stops(wire) == [(EVERYTHING, State.HALTED, ReasonCode.CONFIG_CHANGED)]
    assert asks(wire, second, "olga") == ""
    assert decides(wire, second, "rita") == ""
    assert resumes(wire, EVERYTHING) == ""
    wire.take(configured("b" * 64))
    assert stops(wire) == []
    wire.restart()


def test_a_history_is_taken_in_and_replayed() -> None:
    wire = desk()
    rates = (machine_inputs.CurrencyHistory("EUR", "1 1 1"), machine_inputs.CurrencyHistory("USD", "1.1 1.2 1.1"))
    wire.take(machine_inputs.HistoryLoaded("two days", "ab" * 32, rates))
    assert wire.engine.context.gate.estimates.sha256 == "ab" * 32
    wire.restart()


def test_positions_are_priced_beside_what_a_batch_deals() -> None:
    """A position of yesterday needs its mark today, though the batch of today deals something else."""
    wire = desk()
    wire.submit(Terms())
    wire.fills(1)
    wire.now_ns += 3 * SECOND
    wire.drop()
    wire.reopen()
    wire.quotes("USD/JPY", "149.99", "150.01")
    yen = replace(Terms(pair="USD/JPY", dealt="USD"), batch="B")
    wire.submit(yen, content=b"another batch")
    asked = [str(pair) for output in wire.last for pair in getattr(getattr(output, "command", None), "pairs", ())]
    assert "EUR/USD" in asked
