"""Processes that are killed, venues that go away, disks that are full: every line is dealt once, and once only."""

import csv
import os
import resource
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.integration.command_line import (
    BATCH_100,
    BATCH_10000,
    Desk,
    Outcome,
    Robot,
    Venue,
    batch_text,
    desk,
    line_numbers,
    spot_rows,
    trader,
)

INCOMPLETE, WRONG_INPUT, UNKNOWN, HALTED = 1, 2, 3, 4
IMPATIENT = ("[batch]", "[batch]\nreconnect_s_max = 1\nlogon_s_max = 2\nanswer_s_max = 3\nack_s_max = 1")
LATE_FILLS = """title = "Orders are taken at once, and reported as filled ten seconds later"
[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE" }
then = { action = "delay", ms = 10_000 }
"""


def asked(batch: Path) -> dict[int, tuple[str, str, Decimal]]:
    """What each line of a batch asks for: side, currency, amount."""
    with batch.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        number: (row["side"], row["dealt_currency"], Decimal(row["amount"])) for number, row in enumerate(rows, start=1)
    }


def dealt(venue: Venue) -> dict[int, tuple[str, str, Decimal]]:
    """What each line got from the venue, all its trades taken together."""
    found: dict[int, tuple[str, str, Decimal]] = {}
    trades = venue.trades()
    for line, trade in zip(line_numbers(trades), trades, strict=True):
        before = found[line][2] if line in found else Decimal(0)
        found[line] = (trade["side"], trade["currency"], before + Decimal(trade["last_qty"]))
    return found


def assert_done_once(run: Outcome, desk: Desk, batch: Path) -> None:
    """All lines are filled and reconciled, and the venue has dealt each of them once."""
    lines = asked(batch)
    assert run.code == 0, run.said
    assert run.json["lines"]["filled"] == run.json["lines"]["total"] == len(lines)
    assert run.json["reconciled"] is True
    assert dealt(desk.venue) == lines
    with (desk.folder / run.json["result_file"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = {exec_id for row in rows for exec_id in row["trade_ids"].split()}
    assert told == {trade["exec_id"] for trade in desk.venue.trades()}


def has_traded(desk: Desk, count: int) -> bool:
    return desk.venue.trade_count() >= count


@pytest.mark.timeout(300)  # up to three runs of the largest batch, beside whatever else is tested
@pytest.mark.parametrize("seed", [1, 2])
def test_a_robot_killed_in_the_middle_of_ten_thousand_lines_finishes_them(tmp_path: Path, seed: int) -> None:
    """Seed 2 kills twice: the second time in the middle of the recovery's own trading."""
    moments = sorted(np.random.default_rng(seed).integers(1, 9_500, size=seed).tolist())
    with desk(tmp_path) as big:
        big.configure(limits="limits-10000.csv")
        for moment in moments:
            robot = big.start(BATCH_10000)
            robot.run_until(partial(has_traded, big, moment))
            assert robot.kill().code < 0
        assert_done_once(big.run(BATCH_10000, "--json"), big, BATCH_10000)


def data_folder_made(desk: Desk) -> bool:
    return (desk.folder / "data" / "lock").exists()


def journal_begun(desk: Desk) -> bool:
    return desk.journal_count("EngineStarted") > 0


def session_up(desk: Desk) -> bool:
    return desk.journal_count("SessionOpened") > 0


def batch_submitted(desk: Desk) -> bool:
    return desk.journal_count("BatchSubmitted") > 0


def first_trade(desk: Desk) -> bool:
    return desk.venue.trade_count() > 0


def last_trade(desk: Desk) -> bool:
    return desk.venue.trade_count() == 100


@pytest.mark.parametrize(
    "moment", [data_folder_made, journal_begun, session_up, batch_submitted, first_trade, last_trade]
)
def test_a_robot_killed_at_any_stage_of_a_hundred_lines_finishes_them(
    tmp_path: Path, moment: Callable[[Desk], bool]
) -> None:
    with desk(tmp_path) as ours:
        robot = ours.start(BATCH_100)
        robot.run_until(lambda: moment(ours))
        robot.kill()
        assert_done_once(ours.run(BATCH_100, "--json"), ours, BATCH_100)


def test_a_robot_killed_with_orders_resting_cancels_none_and_repeats_none(tmp_path: Path) -> None:
    """Live orders are found again by asking; the second run works them to the end of their time, and cancels."""
    with desk(tmp_path, "--scenario", "resting") as resting:
        resting.configure(("work_s_max = 300", "work_s_max = 1"))
        robot = resting.start(BATCH_100)
        robot.run_until(lambda: resting.journal_count("FixReceived") >= 60)
        robot.kill()
        run = resting.run(BATCH_100, "--json")
        assert run.code == INCOMPLETE, run.said
        assert (run.json["lines"]["unfilled"], run.json["reconciled"]) == (100, True), run.said
        assert resting.venue.trade_count() == 0


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Desk]:
    """A desk at a slow venue that remembers, and that nobody waits long for."""
    with desk(tmp_path, "--scenario", "slow", "--store", "store") as made:
        made.configure(IMPATIENT)
        yield made


def test_a_venue_that_dies_half_way_is_asked_when_it_is_back(kept: Desk) -> None:
    robot = kept.start(BATCH_100, "--json")
    robot.run_until(lambda: kept.venue.trade_count() >= 30)
    kept.venue.kill()
    lost = robot.end()
    assert lost.code == UNKNOWN, lost.said
    unknown, trades = lost.json["lines"]["unknown"], kept.venue.trade_count()
    assert unknown > 0
    assert sum(lost.json["lines"].values()) == 2 * lost.json["lines"]["total"] == 200
    assert "T-0001" in lost.err
    assert "Run the same file again" in lost.err
    with (kept.folder / lost.json["result_file"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["status"] == "unknown" for row in rows) == unknown

    still_away = kept.run(BATCH_100)
    assert still_away.code == WRONG_INPUT, still_away.said
    assert "cannot be reached" in still_away.err

    with Venue(kept.folder, "--scenario", "slow", "--store", "store", port=kept.venue.port) as again:
        assert again.trade_count() >= trades
        assert_done_once(kept.run(BATCH_100, "--json"), Desk(kept.folder, again), BATCH_100)


def test_a_venue_that_is_back_in_time_is_not_noticed_in_the_result(kept: Desk) -> None:
    kept.configure()
    robot = kept.start(BATCH_100, "--json")
    robot.run_until(lambda: kept.venue.trade_count() >= 30)
    kept.venue.kill()
    with Venue(kept.folder, "--scenario", "slow", "--store", "store", port=kept.venue.port) as again:
        assert_done_once(robot.end(), Desk(kept.folder, again), BATCH_100)


def test_a_venue_that_has_forgotten_everything_is_not_believed(tmp_path: Path) -> None:
    """It took the orders, dealt them, and comes back without them. Nothing may be sent again on its word."""
    (tmp_path / "late.toml").write_text(LATE_FILLS, "utf-8")
    with desk(tmp_path, "--scenario", "late.toml", "--store", "store") as ours:
        ours.configure(IMPATIENT)
        robot = ours.start(BATCH_100)
        robot.run_until(lambda: ours.journal_count("FixReceived", "150=0") == 100)
        ours.venue.kill()
        assert robot.end().code == UNKNOWN
    (tmp_path / "store" / "venue.jsonl").unlink()
    with Venue(tmp_path, "--store", "store", port=ours.venue.port) as forgetful:
        for _ in range(2):
            run = ours.run(BATCH_100, "--json")
            assert (run.code, run.json["lines"]["unknown"]) == (UNKNOWN, 100), run.said
        # What was told once stays open until a person has seen it, and is counted.
        alerts = trader(tmp_path, "alerts", "--data", "data", "--json").json["alerts"]
        forgotten = [alert["count"] for alert in alerts if alert["control"] == "ORDER_FORGOTTEN"]
        assert forgotten == [2] * 100
        assert dealt(forgetful) == asked(BATCH_100)


def test_the_same_file_from_another_data_folder_is_not_dealt_again(tmp_path: Path) -> None:
    """Its ids are the same; the robot asks the venue what it has before it sends anything, and finds what was dealt."""
    with desk(tmp_path) as ours:
        ours.configure(IMPATIENT)
        batch = ours.write("batch.csv", batch_text(*spot_rows(5)))
        assert_done_once(ours.run("batch.csv", "--data", "one", "--json"), ours, batch)
        again = ours.run("batch.csv", "--data", "two", "--json")
        assert (again.code, again.json["reconciled"], again.json["lines"]["denied"]) == (3, False, 5), again.said
        assert dealt(ours.venue) == asked(batch)


def small_files(limit: int) -> Callable[[], None]:
    """No file may grow beyond this many bytes: for a process, that is what a full disk is."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def _start_on_a_full_disk(desk: Desk, batch: Path, limit: int) -> Robot:
    return desk.start(batch, "--json", limits=small_files(limit))


@pytest.mark.parametrize("limit", [0, 50_000, 200_000])
def test_a_disk_that_is_full_at_the_start_stops_before_the_first_order(tmp_path: Path, limit: int) -> None:
    with desk(tmp_path) as ours:
        full = _start_on_a_full_disk(ours, BATCH_100, limit).end()
        assert full.code == WRONG_INPUT, full.said
        assert "Traceback" not in full.err
        assert "nothing was sent" in full.err, full.said
        assert ours.venue.trade_count() == 0
        assert_done_once(ours.run(BATCH_100, "--json"), ours, BATCH_100)


USUAL = ("--data", "data", "--reason", "a test", "--json")


def staff(desk: Desk) -> None:
    """The first two users have the risk role, and both let the desk's trader in."""
    (desk.folder / "password").write_text(os.environ["FX_TRADER_PASSWORD"])
    (desk.folder / "password").chmod(0o600)
    add = ("users", "add", "--user", "rita")
    trader(desk.folder, *add, "rita", "--roles", "risk", "--new-password-file", "password", *USUAL)
    rolf = trader(desk.folder, *add, "rolf", "--roles", "risk", *USUAL)
    sets_a_password(desk, "rolf", rolf.json["code"])
    anna = trader(desk.folder, *add, "anna", "--roles", "trader", *USUAL)
    approved = trader(desk.folder, "approve", anna.json["request_id"], "--user", "rolf", "--yes", *USUAL)
    sets_a_password(desk, "anna", f"{anna.json['first_half_of_code']}-{approved.json['second_half_of_code']}")


def sets_a_password(desk: Desk, name: str, code: str) -> None:
    """A new user sets a password with the code that others were told."""
    (desk.folder / "code").write_text(code)
    (desk.folder / "code").chmod(0o600)
    files = ("--password-file", "code", "--new-password-file", "password")
    assert trader(desk.folder, "users", "password", "--user", name, *files, "--data", "data").code == 0


@pytest.mark.timeout(300)
def test_a_disk_that_fills_up_while_trading_stops_the_trading_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start is halted: it asks the venue about every order, and sends no new one until a person re-arms it."""
    monkeypatch.setenv("FX_TRADER_PASSWORD", "everybody's in this test")
    with desk(tmp_path) as ours:
        ours.configure(limits="limits-10000.csv")
        staff(ours)
        batch = ours.write("batch.csv", "\n".join(BATCH_10000.read_text("utf-8").splitlines()[:3_001]) + "\n")
        full = _start_on_a_full_disk(ours, batch, 3_000_000).end()
        assert full.code == UNKNOWN, full.said
        assert "Traceback" not in full.err
        assert "trading stopped" in full.err
        halted = ours.run(batch, "--json")
        assert halted.code == HALTED, halted.said
        assert "JOURNAL_FAILED" in halted.said
        # What the venue still had to deal when the robot ended it has dealt before it answered, and nothing is new.
        assert 0 < halted.json["lines"]["filled"] == ours.venue.trade_count() < 3_000
        resumed = trader(ours.folder, "resume", "--scope", "firm", "--user", "rolf", *USUAL)
        assert resumed.code == 0, resumed.said
        assert_done_once(ours.run(batch, "--json"), ours, batch)
