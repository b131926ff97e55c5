"""Ctrl-C, SIGTERM and a closed terminal: nothing new leaves, what is live is canceled, no process is left."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.integration.command_line import (
    BATCH_100,
    DEADLINE_S,
    Desk,
    Robot,
    batch_text,
    desk,
    line_numbers,
    spot_rows,
    trader,
)
from trader.cli.asking import user_name

INCOMPLETE, UNKNOWN, INTERRUPTED = 1, 3, 130
DEAF = """title = "Orders rest, and a cancel is never answered"
[[rules]]
when = { message = "NewOrderSingle" }
then = { action = "rest" }
[[rules]]
when = { message = "OrderCancelRequest" }
then = { action = "ignore" }
"""
TIRING = """title = "After a hundred orders each takes half a second, so that a stop comes in the middle on any machine"
[[rules]]
when = { message = "NewOrderSingle", after = 100 }
then = { action = "delay", ms = 500 }
"""
NO_ANSWER = """title = "No logon is ever answered, no price ever sent"
[[rules]]
when = { message = "MarketDataRequest" }
then = { action = "ignore" }
"""


def acknowledged(desk: Desk) -> int:
    return desk.journal_count("FixReceived", "150=0")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_cancels_what_is_live_and_waits_for_the_answers(tmp_path: Path, number: signal.Signals) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(BATCH_100, "--json")
        robot.run_until(lambda: acknowledged(resting) >= 50)
        robot.send_signal(number)
        run = robot.end()
        assert run.code == INCOMPLETE, run.said
        lines = run.json["lines"]
        # Orders for IOC and FOK ended by themselves before; every other one was canceled by the stop.
        assert (lines["unfilled"], lines["unknown"], run.json["reconciled"]) == (100, 0, True)
        assert "stopping: nothing new is sent, live orders are canceled" in run.err
        assert number.name in run.err
        assert resting.venue.trade_count() == 0

        again = resting.run(BATCH_100, "--json")
        assert (again.code, again.json["already_done"]) == (INCOMPLETE, True), again.said
        assert resting.venue.trade_count() == 0


def test_a_stop_in_a_large_batch_lets_nothing_new_leave(tmp_path: Path) -> None:
    """Of 2,000 lines, all of which may be live, some have been dealt; what is not on its way yet never leaves."""
    (tmp_path / "tiring.toml").write_text(TIRING, "utf-8")
    with desk(tmp_path, "--scenario", "tiring.toml") as plain:
        plain.write("batch.csv", batch_text(*spot_rows(2_000, amount=10_000)))
        robot = plain.start("batch.csv", "--json")
        robot.run_until(lambda: plain.venue.trade_count() > 0)
        robot.send_signal(signal.SIGINT)
        run = robot.end()
        assert run.code == INCOMPLETE, run.said
        lines = run.json["lines"]
        assert 0 < lines["filled"] < 2_000
        assert (lines["filled"] + lines["unfilled"], run.json["reconciled"]) == (2_000, True)
        dealt = line_numbers(plain.venue.trades())
        assert len(dealt) == len(set(dealt)) == lines["filled"]


def test_an_impatient_stop_is_still_one_stop(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(BATCH_100, "--json")
        robot.run_until(lambda: acknowledged(resting) >= 50)
        for _ in range(5):
            robot.send_signal(signal.SIGINT)
        run = robot.end()
        assert (run.code, run.json["lines"]["unfilled"]) == (INCOMPLETE, 100), run.said


def test_a_venue_that_answers_no_cancel_leaves_unknown_orders_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "deaf.toml").write_text(DEAF, "utf-8")
    with desk(tmp_path, "--scenario", "deaf.toml") as deaf:
        deaf.write("batch.csv", batch_text(*spot_rows(5)))
        deaf.configure(("[batch]", "[batch]\nanswer_s_max = 2"))
        robot = deaf.start("batch.csv", "--json")
        robot.run_until(lambda: acknowledged(deaf) == 5)
        robot.send_signal(signal.SIGINT)
        run = robot.end()
        assert (run.code, run.json["lines"]["unknown"]) == (UNKNOWN, 5), run.said
        assert "R-00000, R-00001" in run.err
        assert "the venue did not answer every cancel" in run.err


def test_a_stop_before_the_prices_are_there_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "mute.toml").write_text(NO_ANSWER, "utf-8")
    with desk(tmp_path, "--scenario", "mute.toml") as mute:
        robot = mute.start(BATCH_100, "--json")
        robot.run_until(lambda: mute.journal_count("BatchSubmitted") > 0)
        robot.send_signal(signal.SIGINT)
        run = robot.end()
        assert (run.code, run.json["lines"]["unfilled"]) == (INCOMPLETE, 100), run.said
        assert mute.venue.trade_count() == 0


def started(_desk: Desk) -> bool:
    return True


def data_folder_made(desk: Desk) -> bool:
    return (desk.folder / "data" / "lock").exists()


def journal_begun(desk: Desk) -> bool:
    return desk.journal_count("EngineStarted") > 0


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (started, signal.SIGINT),
        (data_folder_made, signal.SIGINT),
        (journal_begun, signal.SIGINT),
        (journal_begun, signal.SIGTERM),
    ],
)
def test_a_stop_while_starting_ends_at_once_and_sends_nothing(
    tmp_path: Path, moment: Callable[[Desk], bool], number: signal.Signals
) -> None:
    """The venue is stopped in its tracks, so that no logon can come back before the signal does its work."""
    with desk(tmp_path) as frozen:
        frozen.venue.freeze()
        robot = frozen.start(BATCH_100)
        robot.run_until(lambda: moment(frozen))
        robot.send_signal(number)
        run = robot.end(timeout_s=5)
        assert run.code in (INTERRUPTED, -number), run.said
        # Before Python has taken the signal over, the operating system ends the process without a word.
        assert run.code != INTERRUPTED or "trader: stopped" in run.err, run.said
        frozen.venue.thaw()
        assert frozen.venue.trade_count() == 0
        after = frozen.run(BATCH_100, "--json")
        assert (after.code, after.json["lines"]["filled"]) == (0, 100), after.said


def simulators_of(robot: Robot) -> list[psutil.Process]:
    try:
        return psutil.Process(robot.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_is_ended_takes_its_simulator_along(tmp_path: Path, number: signal.Signals) -> None:
    robot = Robot(tmp_path, "demo")
    robot.run_until(lambda: bool(simulators_of(robot)))
    simulators = simulators_of(robot)
    robot.send_signal(number)
    robot.end()
    _, left = psutil.wait_procs(simulators, timeout=DEADLINE_S)
    assert left == []


def test_a_demo_that_is_stopped_while_trading_says_what_it_did(tmp_path: Path) -> None:
    """The venue must outlive the Ctrl-C, which a terminal sends to the whole group, until cancels are answered."""
    ours, theirs = pty.openpty()
    (tmp_path / "batch.csv").write_text(batch_text(*spot_rows(2_000, amount=10_000)), "utf-8")
    command = [sys.executable, "-m", "trader", "demo", "--data", "data", "--batch", "batch.csv"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    log = tmp_path / "data" / "simulator-trades.jsonl"
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        try:
            while piece := terminal.read(4_096):
                shown += piece
                if log.exists() and log.stat().st_size and b"stopping" not in shown:
                    os.killpg(process.pid, signal.SIGINT)
        except OSError:  # the other side is closed
            pass
    assert process.wait(DEADLINE_S) == INCOMPLETE, shown.decode()
    assert b"Reconciled" in shown
    assert len(log.read_text("utf-8").splitlines()) < 2_000


def test_a_user_without_a_name_can_stop_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container a number may be all there is; asked for in the signal's handler, a name would end the process."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert user_name() == "user 4000000000"


def test_nothing_is_left_after_a_stop(tmp_path: Path) -> None:
    """The data folder is free for the next process at once, and the journal is whole."""
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(BATCH_100)
        robot.run_until(lambda: acknowledged(resting) >= 50)
        robot.send_signal(signal.SIGTERM)
        assert robot.end().code == INCOMPLETE
        assert not psutil.pid_exists(robot.pid)
        assert trader(tmp_path, "verify", "--data", "data").code == 0
