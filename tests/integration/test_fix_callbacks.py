"""QuickFIX's callbacks: nothing that goes wrong in one may freeze the robot, lose the session, or happen twice."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.raw_venue import ORDER, RawVenue
from tests.integration.session_process import SessionProcess, dialect
from tests.raw_fix import SOH
from trader.domain.events import MessageUnreadable
from trader.fix.decode import Decoder

CALLBACK_FAILED = 70

REPORT = "6=0|11=A0001010001|14=0|15=EUR|17=E1|37=O1|39=0|54=1|55=EUR/USD|150=0|151=100"
POISON = REPORT.replace("151=100", "151=a hundred")


BEFORE_THE_LOGON = ("toAdmin", "onLogon")
TRIGGERS: dict[str, Callable[[RawVenue, SessionProcess], object]] = {
    "toAdmin": lambda _venue, _session: None,  # the Logon(A) comes by itself
    "onLogon": lambda venue, _: venue.log_on(),
    "onLogout": lambda venue, _: venue.hang_up(),
    "fromAdmin": lambda venue, _: venue.send("3", "45=2|58=no"),
    "toApp": lambda _, session: session.tell("send", f"D|{ORDER}"),
    "fromApp": lambda venue, _: venue.send("8", REPORT),
}


@pytest.mark.parametrize("callback", TRIGGERS)
def test_an_exception_in_a_callback_ends_the_process_at_once_with_its_own_code(callback: str, tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        if callback not in BEFORE_THE_LOGON:
            session.ask("start")
            venue.log_on()
            assert session.next_input()[0] == "SessionOpened"
        session.ask("spoil", callback)
        if callback in BEFORE_THE_LOGON:
            session.tell("start")  # the process may end before it has answered
        TRIGGERS[callback](venue, session)
        code, error = session.end()
    assert code == CALLBACK_FAILED
    assert callback in error
    assert "spoiled" in error


def test_the_message_that_killed_the_process_comes_again_and_is_read_this_time(tmp_path: Path) -> None:
    with RawVenue() as venue:
        with SessionProcess(venue.port, tmp_path) as session:
            session.ask("start")
            venue.log_on()
            session.next_input()
            session.ask("spoil", "fromApp")
            venue.send("8", POISON)
            assert session.end()[0] == CALLBACK_FAILED
        with SessionProcess(venue.port, tmp_path) as session:
            session.ask("start")
            venue.log_on()
            assert venue.receive("2")[7] == "2"
            venue.send("8", POISON, seq=2, poss_dup=True)
            venue.send("4", "123=Y|36=4", seq=3, poss_dup=True)
            assert session.next_input()[0] == "SequenceNoted"  # the logon's number was ahead of ours
            assert session.next_input()[0] == "SessionOpened"
            name, received = session.next_input()
            assert name == "FixReceived"
            assert venue.is_alive()
    (event,) = Decoder(dialect()).decode(received["text"])
    assert isinstance(event, MessageUnreadable)
    assert event.cl_ord_id == "A0001010001"


@pytest.mark.parametrize(("module", "code"), [("quickfix", -signal.SIGINT), ("trader.adapters.fix_session", 42)])
def test_an_interrupt_is_heard_after_quickfix_was_imported(module: str, code: int) -> None:
    """QuickFIX alone takes the handler away from the operating system, and the process just vanishes."""
    steps = [
        f"import os, signal, sys, {module}",
        "sys.excepthook = lambda kind, *_: os._exit(42 if kind is KeyboardInterrupt else 1)",
        "os.kill(os.getpid(), signal.SIGINT)",
    ]
    assert subprocess.run([sys.executable, "-c", "\n".join(steps)], check=False).returncode == code


def test_a_callback_takes_far_less_than_a_millisecond(tmp_path: Path) -> None:
    with SessionProcess(1, tmp_path) as session:
        assert session.ask("callback_ms", f"8|{REPORT}") < 0.5


def test_python_keeps_its_state_of_a_connections_thread_for_as_long_as_the_session_is_up(tmp_path: Path) -> None:
    """To make one for every message takes longer than to take the message in; what is kept of each would heap up."""
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        assert session.ask("kept_states") == 0
        session.ask("start")
        for _ in range(3):
            venue.log_on()
            assert session.next_input()[0] == "SessionOpened"
            assert session.ask("kept_states") == 1
            venue.hang_up()
            assert session.next_input()[0] == "SessionClosed"


def test_an_engine_that_is_busy_does_not_lose_the_session(tmp_path: Path) -> None:
    """The engine's thread computes and takes nothing from the inbox, for longer than two heartbeats."""
    done = tmp_path / "done"
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, heartbeat_s=1) as session:
        session.ask("start")
        venue.log_on()
        session.tell("spin_until", str(done))
        for number in range(500):
            venue.send("8", f"{REPORT}|58={number}")
        venue.send("1", "112=STILL THERE")
        assert venue.receive_until(lambda message: message.type == "0" and message[112] == "STILL THERE")
        for _ in range(2):
            venue.send("0")
            assert venue.receive_until(lambda message: message.type == "0" and not message[112])
        done.touch()
        assert session.answer() > 0
        assert session.next_input()[0] == "SessionOpened"
        texts = [session.next_input()[1]["text"] for _ in range(500)]
    assert [text.partition("58=")[2].partition(SOH)[0] for text in texts] == [str(number) for number in range(500)]
