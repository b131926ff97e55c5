"""The files by which a robot is stopped, and the wire that a kill shuts from any thread."""

import os
import threading
from pathlib import Path

import pytest
from risk_cases import BATCH, NOW, Terms, limits, make_deal

from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, Dimension, Scope, State, Stop, parse_scope
from risk.wire.guard import WireGuard
from trader.adapters.account import own_account
from trader.app.stops.killing import kill as kill_by_command
from trader.app.stops.stop_files import (
    HALTED_FILE,
    KILL_FILE,
    forget_halted,
    leave_behind,
    left_behind,
    put_kill_file,
    read_kill_file,
)
from trader.domain.commands import PlaceOrder
from trader.domain.deal import OrderType, TimeInForce
from trader.domain.errors import DomainError
from trader.domain.ids import LineId, cl_ord_id
from trader.engine.inputs import KillRequested

# --- the files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "scope", "reason"),
    [
        (b"firm the wrong file", EVERYTHING, "the wrong file"),
        (b"desk=treasury\nlooks\twrong\n", Scope(Dimension.DESK, "treasury"), "looks wrong"),
        (b"pair=USD/EUR", Scope(Dimension.PAIR, "EUR/USD"), "no reason is given"),
        (b"", EVERYTHING, "no reason is given"),
        (b"stop everything now", EVERYTHING, "stop everything now"),
        (b"pair=nonsense", EVERYTHING, "pair=nonsense"),
    ],
)
def test_a_kill_file_may_name_a_scope_and_a_reason(tmp_path: Path, content: bytes, scope: Scope, reason: str) -> None:
    path = tmp_path / KILL_FILE
    path.write_bytes(content)
    assert read_kill_file(path) == KillRequested(scope, State.HALTED, "the file KILL", reason, account=own_account())


def a_folder(path: Path) -> None:
    path.mkdir()


def a_link(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


def no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize("make", [a_folder, a_link, no_text, os.mkfifo])
def test_a_kill_file_that_cannot_be_read_halts_the_firm(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / KILL_FILE)
    (kill,) = left_behind(tmp_path)
    assert (kill.scope, kill.state) == (EVERYTHING, State.HALTED)
    assert "cannot be read" in kill.reason


@pytest.mark.parametrize("name", [KILL_FILE, HALTED_FILE])
def test_a_pipe_into_which_nobody_writes_halts_the_firm_and_holds_nothing_up(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    held_open = os.open(tmp_path / name, os.O_RDWR)
    try:
        (kill,) = left_behind(tmp_path)
    finally:
        os.close(held_open)
    assert (kill.scope, kill.state) == (EVERYTHING, State.HALTED)


KILLS = [
    KillRequested(EVERYTHING, State.HALTED, "rita", "one"),
    KillRequested(parse_scope("pair=EUR/USD"), State.REDUCING, "rolf", "two"),
]


def test_what_could_not_be_journaled_is_there_at_the_next_start_until_the_journal_has_it(tmp_path: Path) -> None:
    leave_behind(tmp_path, KILLS[:1])
    leave_behind(tmp_path, KILLS[1:])
    assert left_behind(tmp_path) == KILLS
    assert (tmp_path / HALTED_FILE).stat().st_mode & 0o777 == 0o600
    forget_halted(tmp_path)
    assert left_behind(tmp_path) == []
    forget_halted(tmp_path)


def test_a_halted_file_that_cannot_be_read_halts_the_firm(tmp_path: Path) -> None:
    leave_behind(tmp_path, KILLS[1:])
    with (tmp_path / HALTED_FILE).open("ab") as file:
        file.write(b'{"scope": ["fi')  # the disk was full
    assert any(kill.scope == EVERYTHING and kill.state is State.HALTED for kill in left_behind(tmp_path))


def test_a_halted_file_with_nothing_in_it_halts_the_firm(tmp_path: Path) -> None:
    (tmp_path / HALTED_FILE).touch()  # the disk had no room for a byte
    (kill,) = left_behind(tmp_path)
    assert (kill.scope, kill.state) == (EVERYTHING, State.HALTED)


@pytest.mark.parametrize(("state", "is_new"), [(State.REDUCING, True), (State.HALTED, False)])
def test_a_kill_left_behind_makes_the_milder_one_of_the_same_person_worse(
    tmp_path: Path, state: State, is_new: bool
) -> None:
    leave_behind(tmp_path, KILLS[:1])
    known = Stop(EVERYTHING, state, ReasonCode.KILL, NOW, "rita", "before")
    assert left_behind(tmp_path, [known]) == (KILLS[:1] if is_new else [])


def test_what_is_left_behind_goes_through_no_link(tmp_path: Path) -> None:
    (tmp_path / HALTED_FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        leave_behind(tmp_path, KILLS)


# --- a kill by command ------------------------------------------------------------------------------------------------


DEUTSCHE = KillRequested(parse_scope("counterparty=Deutsche Bank"), State.HALTED, "rita", "flash move")


def test_the_file_that_a_command_puts_there_says_the_scope(tmp_path: Path) -> None:
    put_kill_file(tmp_path, KILLS[1])
    assert [(kill.scope, kill.reason) for kill in left_behind(tmp_path)] == [(KILLS[1].scope, "rolf: two")]


def test_a_scope_that_a_file_cannot_say_is_the_firm(tmp_path: Path) -> None:
    put_kill_file(tmp_path, DEUTSCHE)
    (kill,) = left_behind(tmp_path)
    assert (kill.scope, kill.reason) == (EVERYTHING, "rita: counterparty=Deutsche Bank flash move")


def test_a_second_kill_file_is_for_the_firm_because_it_takes_the_place_of_the_first(tmp_path: Path) -> None:
    put_kill_file(tmp_path, KILLS[0])
    put_kill_file(tmp_path, KILLS[1])
    assert [kill.scope for kill in left_behind(tmp_path)] == [EVERYTHING]


def test_a_kill_with_a_reason_in_another_encoding_is_a_kill(tmp_path: Path) -> None:
    reason = b"falsche W\xe4hrung\x1b[2J".decode("utf-8", "surrogateescape")
    killed = kill_by_command(tmp_path / "data", KillRequested(EVERYTHING, State.HALTED, "j\udcfcrg", reason))
    assert not killed.problem
    assert (killed.facts["who"], killed.facts["reason"]) == (r"j\udcfcrg", r"falsche W\udce4hrung\x1b[2J")


@pytest.mark.parametrize("claimed", ["rita", ""])
def test_a_kill_by_command_is_of_the_account_behind_it_whatever_it_claims(tmp_path: Path, claimed: str) -> None:
    request = KillRequested(EVERYTHING, State.HALTED, "rita", "a test", account=claimed)
    facts = kill_by_command(tmp_path / "data", request).facts
    assert (facts["who"], facts["account"]) == ("rita", own_account())


def test_a_kill_in_a_folder_in_which_nothing_ever_ran_says_so(tmp_path: Path) -> None:
    first = kill_by_command(tmp_path / "wrong", KILLS[0])
    assert [text.split(",")[0] for text in first.warnings] == [f"no robot has ever run in {tmp_path / 'wrong'}"]
    assert kill_by_command(tmp_path / "wrong", KILLS[0]).warnings == ()
    (told,) = kill_by_command(tmp_path / "wrong", DEUTSCHE).warnings
    assert told.startswith("nothing known is called counterparty=Deutsche Bank")


def test_a_kill_in_a_folder_that_cannot_be_locked_leaves_a_file(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    killed = kill_by_command(tmp_path, KILLS[0])
    assert "KILL was put there" in killed.problem
    assert [kill.scope for kill in left_behind(tmp_path)] == [EVERYTHING]


@pytest.mark.parametrize("name", ["trader.db", "lock"])
def test_a_kill_that_can_be_left_nowhere_says_so(tmp_path: Path, name: str) -> None:
    for each in (name, KILL_FILE, HALTED_FILE):
        (tmp_path / each).mkdir()
    assert "cannot be written either" in kill_by_command(tmp_path, KILLS[0]).problem


@pytest.mark.parametrize("text", ["desk=x\x1b[31m", "desk=M\udcfcnchen", "desk=a\nb"])
def test_a_scope_that_a_terminal_would_obey_is_none(text: str) -> None:
    with pytest.raises(DomainError, match="is no scope"):
        parse_scope(text)


# --- the wire ---------------------------------------------------------------------------------------------------------


def guard() -> WireGuard:
    made = WireGuard(limits(), "simulator")
    for line_no, pair in ((1, "EUR/USD"), (2, "GBP/USD")):
        deal = make_deal(Terms(pair=pair, dealt=pair[:3]))
        made.register(LineId(BATCH, line_no), deal, (EVERYTHING, parse_scope(f"pair={pair}")))
    return made


def refused(made: WireGuard, line_no: int, child: int = 1) -> ReasonCode | None:
    pair = "EUR/USD" if line_no == 1 else "GBP/USD"
    deal = make_deal(Terms(pair=pair, dealt=pair[:3]))
    name = cl_ord_id(BATCH, line_no, child=child)
    order = PlaceOrder(name, deal, OrderType.MARKET, None, TimeInForce.DAY, "ACC-1", NOW)
    violation = made.permit(order, NOW, NOW)
    return None if violation is None else violation.code


def stop(scope: str, state: State = State.HALTED) -> Stop:
    return Stop(parse_scope(scope), state, ReasonCode.KILL, NOW, "rita", "a test")


def test_the_wire_is_shut_from_another_thread_at_once_for_its_scope_alone() -> None:
    made = guard()
    shutting = threading.Thread(target=made.shut, args=(stop("pair=EUR/USD"),))
    shutting.start()
    shutting.join()
    assert [refused(made, 1), refused(made, 2)] == [ReasonCode.KILL, None]


@pytest.mark.parametrize("state", [State.REDUCING, State.HALTED])
def test_until_the_engine_has_taken_a_kill_nothing_leaves_in_either_state(state: State) -> None:
    made = guard()
    made.shut(stop("firm", state))
    assert refused(made, 1) is ReasonCode.KILL


def test_then_the_engine_says_what_holds_and_the_gate_looks_where_it_is_reducing() -> None:
    made = guard()
    for each in (stop("pair=EUR/USD"), stop("pair=GBP/USD", State.REDUCING)):
        made.shut(each)
    made.obey((stop("pair=EUR/USD"), stop("pair=GBP/USD", State.REDUCING)))
    for each in (stop("pair=EUR/USD"), stop("pair=GBP/USD", State.REDUCING)):
        made.taken(each)
    assert [refused(made, 1), refused(made, 2)] == [ReasonCode.KILL, None]
    made.obey(())
    assert refused(made, 1, child=2) is None


def test_a_refusal_of_a_stop_does_not_latch_the_line() -> None:
    made = guard()
    made.shut(stop("firm"))
    assert refused(made, 1) is ReasonCode.KILL
    made.taken(stop("firm"))
    assert refused(made, 1, child=2) is None
