"""A kill on a real wire: from another process, by file, by signal, with the session or the database gone."""

import json
import os
import signal
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from risk.people.people import Role, SetRoles
from tests.integration.command_line import (
    BATCH_100,
    BATCH_10000,
    Desk,
    Outcome,
    Robot,
    batch_text,
    desk,
    line_numbers,
    spot_rows,
    trader,
)
from trader.adapters.credentials import Credentials
from trader.app.folder import DATABASE
from trader.app.history import engine_of
from trader.app.identity import ask, decide

HALTED, UNKNOWN, WRONG_INPUT = 4, 3, 2
PASSWORD = "a password of a test"  # noqa: S105 -- it is the password of nobody


def kill(where: Desk, *arguments: str) -> Outcome:
    usual = ("--scope", "firm", "--reason", "a test", "--user", "rita", "--data", "data", "--json")
    return trader(where.folder, "kill", *usual, *arguments)


def acknowledged(where: Desk) -> int:
    return where.journal_count("FixReceived", "150=0")


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FX_TRADER_PASSWORD", PASSWORD)


def staff(where: Desk) -> None:
    """Rita and Rolf have the risk role, and Anna, whom both have let in, trades."""
    data = where.folder / "data"
    (where.folder / "password").write_text(PASSWORD)
    (where.folder / "password").chmod(0o600)
    for name in ("rita", "rolf"):
        ask(data, SetRoles(name, (Role.RISK,)), "rita", "a test")
    decide(data, ask(data, SetRoles("anna", (Role.TRADER,)), "rita", "a test"), approved=True, who="rolf", reason="yes")
    with closing(Credentials(data / DATABASE, PasswordHasher(time_cost=1, memory_cost=64))) as credentials:
        for name in ("rita", "rolf", "anna"):
            credentials.keep(name, PASSWORD)


def resume(where: Desk, who: str, scope: str = "firm") -> Outcome:
    asked = ("--scope", scope, "--reason", "settled", "--user", who, "--password-file", "password", "--data", "data")
    return trader(where.folder, "resume", *asked, "--json")


# --- in the middle of a batch -----------------------------------------------------------------------------------------


def test_a_kill_from_another_process_in_the_middle_of_a_thousand_lines(tmp_path: Path) -> None:
    """Nothing leaves after it, every line is accounted for, and after a resume the same file does the rest once."""
    with desk(tmp_path, "--scenario", "slow") as plain:
        staff(plain)
        plain.configure(("in_flight_max = 500", "in_flight_max = 25"), limits="limits-10000.csv")
        plain.write("batch.csv", "".join(BATCH_10000.read_text("utf-8").splitlines(keepends=True)[:1_001]))
        robot = plain.start("batch.csv", "--json")
        robot.run_until(lambda: plain.venue.trade_count() > 0)
        proof = kill(plain)
        run = robot.end()
        assert proof.code == 0, proof.said
        assert run.code == HALTED, run.said
        facts, lines = proof.json, run.json["lines"]
        assert facts["last_risk_us"] is None or facts["last_risk_us"] <= 100_000
        assert facts["block_us"] <= 100_000
        assert sum(facts["orders"].values()) - facts["orders"]["canceled"] == facts["orders"]["filled"]
        assert lines["filled"] < 1_000
        assert (sum(lines.values()) - lines["total"], run.json["reconciled"]) == (1_000, True)
        dealt = line_numbers(plain.venue.trades())
        assert len(dealt) == len(set(dealt)) == lines["filled"]

        before = plain.run("batch.csv", "--json")
        assert before.code == HALTED, before.said
        assert plain.venue.trade_count() == lines["filled"]

        assert "another person" in resume(plain, "rita").err
        assert resume(plain, "rolf").code == 0
        after = plain.run("batch.csv", "--json")
        dealt = line_numbers(plain.venue.trades())
        assert len(dealt) == len(set(dealt)) == after.json["lines"]["filled"], after.said
        assert trader(tmp_path, "verify", "--data", "data").code == 0


Way = Callable[[Desk, Robot], object]


def by_file(where: Desk, _robot: Robot) -> None:
    where.write("data/KILL", "firm the console is down\n")


def by_unreadable_file(where: Desk, _robot: Robot) -> None:
    where.write("data/KILL", b"\xff\xfe\x00")


def by_signal(_where: Desk, robot: Robot) -> None:
    robot.send_signal(signal.SIGUSR2)


def by_command(where: Desk, _robot: Robot) -> None:
    assert kill(where).code == 0


@pytest.mark.parametrize("way", [by_command, by_file, by_unreadable_file, by_signal])
def test_every_way_in_cancels_what_is_live_and_outlives_the_process(tmp_path: Path, way: Way) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(BATCH_100, "--json")
        robot.run_until(lambda: acknowledged(resting) >= 50)
        way(resting, robot)
        run = robot.end()
        assert run.code == HALTED, run.said
        assert (run.json["lines"]["unfilled"], run.json["lines"]["unknown"]) == (100, 0), run.said
        (proof,) = (tmp_path / "data" / "kills").glob("kill-*.json")
        facts = json.loads(proof.read_text("utf-8"))
        assert (facts["scope"], facts["state"], facts["unknown"]) == ("firm", "HALTED", [])
        assert facts["orders"]["canceled"] > 0

        (tmp_path / "data" / "KILL").unlink(missing_ok=True)  # which re-arms nothing
        resting.write("other.csv", batch_text(*spot_rows(3)))
        other = resting.run("other.csv", "--json")
        assert (other.code, other.json["lines"]["denied"]) == (HALTED, 3), other.said
        assert resting.venue.trade_count() == 0


def test_a_data_folder_whose_journal_was_taken_away_stays_stopped(tmp_path: Path) -> None:
    with desk(tmp_path) as plain:
        assert kill(plain).code == 0
        for path in (tmp_path / "data").glob("trader.db*"):
            path.unlink()
        plain.write("batch.csv", batch_text(*spot_rows(3)))
        run = plain.run("batch.csv", "--json")
        assert (run.code, run.json["lines"]["denied"]) == (HALTED, 3), run.said
        assert "trader.db was taken away" in run.err
        assert plain.venue.trade_count() == 0
        assert (tmp_path / "data/kills/kill-0001.json").is_file()


def test_a_file_may_name_a_scope_and_then_others_trade_on(tmp_path: Path) -> None:
    with desk(tmp_path) as plain:
        (tmp_path / "data").mkdir(mode=0o700)
        plain.write("data/KILL", "pair=EUR/USD a flash move\n")
        rows = [*spot_rows(2), "J-1,USD/JPY,BUY,USD,100000,SPOT,MARKET"]
        plain.write("batch.csv", batch_text(*rows))
        run = plain.run("batch.csv", "--json")
        assert (run.code, run.json["lines"]["filled"], run.json["lines"]["denied"]) == (HALTED, 1, 2), run.said
        assert "a flash move" in run.err


def test_the_scopes_of_a_kill_are_those_that_it_names(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        resting.write("batch.csv", batch_text(*spot_rows(4), "J-1,USD/JPY,BUY,USD,100000,SPOT,MARKET"))
        robot = resting.start("batch.csv", "--json")
        robot.run_until(lambda: acknowledged(resting) == 5)
        proof = kill(resting, "--scope", "pair=EUR/USD")
        assert (proof.code, proof.json["orders"]["canceled"]) == (0, 4), proof.said
        robot.send_signal(signal.SIGTERM)
        run = robot.end()
        assert (run.code, run.json["lines"]["unfilled"]) == (HALTED, 5), run.said


# --- what is gone -----------------------------------------------------------------------------------------------------


def test_with_the_session_down_orders_are_unknown_and_canceled_when_it_is_back(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        resting.configure(("[batch]", "[batch]\nanswer_s_max = 1\nreconnect_s_max = 2"))
        resting.write("batch.csv", batch_text(*spot_rows(5)))
        robot = resting.start("batch.csv", "--json")
        robot.run_until(lambda: acknowledged(resting) == 5)
        resting.venue.freeze()
        robot.kill()
        proof = kill(resting)
        assert (proof.code, proof.json["orders"]["unknown"]) == (UNKNOWN, 5), proof.said
        resting.venue.thaw()
        staff(resting)
        assert "run the file again" in resume(resting, "rolf").err
        run = resting.run("batch.csv", "--json")
        assert (run.code, run.json["lines"]["unfilled"]) == (HALTED, 5), run.said
        assert resume(resting, "rolf").code == 0
        assert resting.venue.trade_count() == 0


def test_with_the_database_gone_what_is_live_is_canceled_and_the_next_start_is_halted(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        resting.write("batch.csv", batch_text(*spot_rows(5)))
        robot = resting.start("batch.csv", "--json")
        robot.run_until(lambda: acknowledged(resting) == 5)
        with closing(sqlite3.connect(tmp_path / "data" / "trader.db", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")  # nobody else can write from here on
            robot.send_signal(signal.SIGUSR2)
            run = robot.end()
        assert run.code == HALTED, run.said
        assert "without the journal" in run.err
        assert "call the venue" in run.err
        assert (tmp_path / "data" / "HALTED").exists()

        again = resting.run("batch.csv", "--json")
        assert (again.code, again.json["lines"]["unfilled"]) == (HALTED, 5), again.said
        assert not (tmp_path / "data" / "HALTED").exists()
        assert resting.venue.trade_count() == 0


def test_a_kill_where_nothing_ever_ran_is_in_force_at_the_first_start(tmp_path: Path) -> None:
    with desk(tmp_path) as plain:
        assert kill(plain).code == 0
        plain.write("batch.csv", batch_text(*spot_rows(3)))
        run = plain.run("batch.csv", "--json")
        assert (run.code, run.json["lines"]["denied"], plain.venue.trade_count()) == (HALTED, 3, 0), run.said


def test_a_kill_of_a_journal_that_cannot_be_read_holds_at_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "trader.db").write_bytes(b"this is no database, and never was" * 100)
    killed = trader(tmp_path, "kill", "--scope", "firm", "--reason", "a test", "--data", "data")
    assert killed.code == UNKNOWN, killed.said
    (data / "trader.db").unlink()
    with desk(tmp_path) as plain:
        plain.write("batch.csv", batch_text(*spot_rows(3)))
        run = plain.run("batch.csv", "--json")
        assert (run.code, plain.venue.trade_count()) == (HALTED, 0), run.said


# --- who and what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("--scope", "planet=earth"), ("--reason", " "), ("--scope", "pair=EUR")],
)
def test_a_kill_that_says_nothing_is_refused_in_words(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    usual = ("kill", "--scope", "firm", "--reason", "a test", "--data", "data")
    ended = trader(tmp_path, *usual, *arguments)
    assert (ended.code, "Traceback" in ended.err) == (WRONG_INPUT, False), ended.said
    assert not (tmp_path / "data").exists()


def test_a_resume_is_refused_while_the_file_is_still_there(tmp_path: Path) -> None:
    with desk(tmp_path) as plain:
        staff(plain)
        plain.write("data/KILL", "firm")
        plain.write("batch.csv", batch_text(*spot_rows(1)))
        assert plain.run("batch.csv").code == HALTED
        assert "take it away first" in resume(plain, "rolf").err
        (tmp_path / "data" / "KILL").unlink()
        assert resume(plain, "rolf").code == 0
        assert engine_of(tmp_path / "data").context.stops.is_quiet


def test_a_resume_with_a_wrong_password_changes_nothing(tmp_path: Path) -> None:
    with desk(tmp_path) as plain:
        staff(plain)
        assert kill(plain).code == 0
        with closing(Credentials(tmp_path / "data" / DATABASE, PasswordHasher(time_cost=1, memory_cost=64))) as kept:
            kept.keep("rolf", "quite another password")
        refused = resume(plain, "rolf")
        assert (refused.code, "wrong" in refused.err) == (WRONG_INPUT, True), refused.said
        assert not engine_of(tmp_path / "data").context.stops.is_quiet


# --- the socket -------------------------------------------------------------------------------------------------------


def test_clients_who_are_slow_or_talk_nonsense_hold_up_neither_the_batch_nor_a_kill(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(BATCH_100, "--json")
        robot.run_until(lambda: acknowledged(resting) >= 50)
        address = f"/proc/self/fd/{os.open(tmp_path / 'data', os.O_RDONLY)}/control"
        assert (tmp_path / "data" / "control").stat().st_mode & 0o777 == 0o600
        slow = [socket.socket(socket.AF_UNIX) for _ in range(10)]
        for client in slow:
            client.connect(address)
            client.sendall(b'{"kind": ')
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(address)
            rude.sendall(b"\x00\xff nonsense\n")
            assert b"this is no command" in rude.recv(1000)
        with socket.socket(socket.AF_UNIX) as sly:
            sly.connect(address)
            sly.sendall(b'{"kind": "StateHashed", "payload": {"state_hash": "x"}}\n')
            assert b"this is no command" in sly.recv(1000)
        proof = kill(resting)
        assert (proof.code, proof.json["unknown"]) == (0, []), proof.said
        assert robot.end().code == HALTED
        for client in slow:
            client.close()


def test_a_drill_is_proven(tmp_path: Path) -> None:
    drilled = trader(tmp_path, "kill", "--drill", "--json")
    assert drilled.code == 0, drilled.said
    facts = drilled.json
    assert (facts["orders"], facts["lines_voided"]) == ({"canceled": 100, "filled": 0, "unknown": 0}, 0)
    assert 0 <= facts["block_us"] <= facts["last_cancel_us"]
