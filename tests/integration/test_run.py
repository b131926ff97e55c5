"""`trader run` and `trader demo` as a desk uses them, on the real wire."""

import csv
import io
import os
import pty
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.integration.command_line import (
    BATCH_100,
    DEADLINE_S,
    EXAMPLES,
    ROOT,
    TRADE_DATE,
    Desk,
    Venue,
    batch_text,
    desk,
    line_numbers,
    trader,
)
from trader.batch.result import RESULT_COLUMNS

JSON_TYPES = {
    "batch_id": str,
    "content_hash": str,
    "trade_date": str,
    "venue": str,
    "lines": dict,
    "reconciled": bool,
    "signed_for": bool,
    "compared": list,
    "breaks": list,
    "stages_ms": dict,
    "wall_ms": float,
    "result_file": str,
    "journal": dict,
}
LINE_COUNTS = ["total", "filled", "partially_filled", "denied", "rejected", "unfilled", "unknown"]
NUMBERS = {"amount", "limit_rate"}  # a workbook has 0.5664 where a CSV has 0.56640
TEXTS = set(BATCH_100.read_text("utf-8").splitlines()[0].split(",")) - NUMBERS
STAGES = ["read", "validate", "check", "encode", "send", "first_ack", "last_fill", "store", "reconcile", "report"]


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def result_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def shown(cell: object) -> str:
    """A workbook's cell as a CSV would have it; a date is a moment to a spreadsheet."""
    return "" if cell is None else str(cell).removesuffix(" 00:00:00")


def assert_result_is_what_the_venue_traded(rows: list[dict[str, str]], venue: Venue, batch: Path) -> None:
    """Row by row: one trade, of the asked side, currency and amount, at the rate and date in the result."""
    trades = venue.trades()
    by_line = dict(zip(line_numbers(trades), trades, strict=True))
    asked = result_rows(batch)
    assert len(by_line) == len(trades) == len(rows) == len(asked)
    for line, (row, ask) in enumerate(zip(rows, asked, strict=True), start=1):
        trade = by_line[line]
        assert {name: row[name] for name in TEXTS} == {name: ask[name] for name in TEXTS}
        assert [Decimal(row[name] or 0) for name in NUMBERS] == [Decimal(ask[name] or 0) for name in NUMBERS]
        assert row["status"] == "filled"
        assert (trade["side"], trade["currency"]) == (ask["side"], ask["dealt_currency"])
        assert Decimal(trade["last_qty"]) == Decimal(ask["amount"]) == Decimal(row["filled_amount"])
        assert Decimal(trade["last_px"]) == Decimal(row["average_rate"])
        assert trade["settl_date"] == row["near_value_date"]
        assert (trade["order_id"], trade["exec_id"]) == (row["order_id"], row["trade_ids"])
        assert row["sent_at"] <= row["done_at"]
        assert row["reason_code"] == row["reason"] == ""


def assert_json_is_as_promised(facts: dict[str, Any]) -> None:
    assert {name: type(value) for name, value in facts.items()} == JSON_TYPES
    assert list(facts["lines"]) == LINE_COUNTS
    assert all(type(count) is int for count in facts["lines"].values())
    assert list(facts["stages_ms"]) == STAGES
    assert all(type(ms) is float and ms > 0 for ms in facts["stages_ms"].values())
    assert {name: type(value) for name, value in facts["journal"].items()} == {"last_seq": int, "head_hash": str}


def test_a_batch_is_traded_and_a_second_time_it_is_not(plain: Desk) -> None:
    first = plain.run(BATCH_100, "--json")
    assert first.code == 0, first.said
    facts = first.json
    assert_json_is_as_promised(facts)
    assert facts["lines"] == dict.fromkeys(LINE_COUNTS, 0) | {"total": 100, "filled": 100}
    assert (facts["reconciled"], facts["breaks"], facts["venue"]) == (True, [], "simulator")
    assert facts["trade_date"] == TRADE_DATE
    result = plain.folder / facts["result_file"]
    assert list(result_rows(result)[0])[-len(RESULT_COLUMNS) :] == list(RESULT_COLUMNS)
    assert_result_is_what_the_venue_traded(result_rows(result), plain.venue, BATCH_100)

    log, written = plain.venue.log.read_bytes(), result.read_bytes()
    with sqlite3.connect(plain.folder / "data" / "trader.db") as journal:
        (digest,) = journal.execute("SELECT digest FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    assert facts["journal"]["head_hash"] == digest.hex()

    again = plain.run(BATCH_100, "--json")
    assert (again.code, again.json["already_done"]) == (0, True), again.said
    assert {name: again.json[name] for name in ("batch_id", "lines", "reconciled", "result_file")} == {
        name: facts[name] for name in ("batch_id", "lines", "reconciled", "result_file")
    }
    assert (plain.venue.log.read_bytes(), result.read_bytes()) == (log, written)

    # A batch that is done needs no venue: the desk may ask for its result at night.
    plain.venue.kill()
    at_night = plain.run(BATCH_100, "--out", "elsewhere")
    assert at_night.code == 0, at_night.said
    assert "submitted before" in at_night.out
    assert "nothing was sent" in at_night.out
    assert (plain.folder / "elsewhere" / result.name).read_bytes() == written


def test_a_workbook_comes_back_as_a_workbook_where_the_desk_wants_it(plain: Desk) -> None:
    run = plain.run(EXAMPLES / "batch-100.xlsx", "--json", "--out", "outbox/today")
    assert run.code == 0, run.said
    result = plain.folder / run.json["result_file"]
    assert result.parent == plain.folder / "outbox" / "today"
    assert [path.name for path in result.parent.iterdir()] == [result.name]
    header, *rows = openpyxl.load_workbook(result).active.values
    as_text = [dict(zip(header, map(shown, row), strict=True)) for row in rows]
    assert_result_is_what_the_venue_traded(as_text, plain.venue, BATCH_100)


def test_a_venue_of_the_desk_s_own_is_a_folder(plain: Desk) -> None:
    mine = plain.folder / "my-venue"
    shutil.copytree(ROOT / "fix_configs" / "simulator", mine)
    session = mine / "session.cfg"
    session.write_text(
        session.read_text("utf-8")
        .replace("SocketConnectPort=9876", f"SocketConnectPort={plain.venue.port}")
        .replace("SenderCompID=ROBOT", "SenderCompID=ROBOT3"),
        "utf-8",
    )
    arguments = ("--venue", "my-venue", "--trade-date", TRADE_DATE, "--data", "data", "--json")
    run = trader(plain.folder, "run", BATCH_100, *arguments)
    assert run.code == 0, run.said
    assert run.json["lines"]["filled"] == plain.venue.trade_count() == 100


def test_a_script_gets_plain_lines_and_nothing_but_the_summary_on_standard_output(plain: Desk) -> None:
    run = plain.run(BATCH_100)
    assert run.code == 0, run.said
    lines = run.out.splitlines()
    assert lines[0] == "100 lines: 100 filled"
    assert lines[1].startswith("Reconciled")
    assert lines[-1].startswith("Result file: ")
    assert "\x1b" not in run.out + run.err


def test_a_terminal_shows_colors_and_the_same_numbers(plain: Desk) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "trader", *plain.command(BATCH_100)]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        command, cwd=plain.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = _everything_shown(ours)
    assert process.wait(DEADLINE_S) == 0, shown
    assert "100 lines: 100 filled" in shown
    assert "\x1b[" in shown


def _everything_shown(terminal: int) -> str:
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        try:
            while piece := stream.read(65_536):
                shown += piece
        except OSError:  # the other side is closed
            pass
    return shown.decode()


def test_a_reader_that_goes_away_does_not_stop_the_trading(plain: Desk) -> None:
    """`trader run ... | head -0`, with the messages going the same way."""
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "trader", *plain.command(BATCH_100)]
    subprocess.run(
        command,
        cwd=plain.folder,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        check=False,
        timeout=DEADLINE_S,
    )
    os.close(theirs)
    assert plain.venue.trade_count() == 100
    again = plain.run(BATCH_100, "--json")
    assert (again.code, again.json["already_done"], again.json["reconciled"]) == (0, True, True), again.said


def test_closed_standard_streams_do_not_get_in_the_way_of_the_journal(plain: Desk) -> None:
    """As under some schedulers: without care, the next file opened becomes standard error, and is written into."""
    command = shlex.join([sys.executable, "-m", "trader", *plain.command(BATCH_100)])
    run = subprocess.run(
        ["sh", "-c", f"exec {command} <&- >&- 2>&-"], cwd=plain.folder, check=False, timeout=DEADLINE_S
    )
    assert run.returncode == 0
    assert plain.venue.trade_count() == 100
    assert trader(plain.folder, "verify", "--data", "data").code == 0


def test_lines_that_break_a_limit_are_denied_and_the_others_are_traded(plain: Desk) -> None:
    rows = ("R-1,EUR/USD,BUY,EUR,1000000,SPOT,MARKET", "R-2,EUR/USD,BUY,EUR,30000000,SPOT,MARKET")
    plain.write("batch.csv", batch_text(*rows))
    run = plain.run("batch.csv", "--json")
    assert run.code == 1, run.said
    assert run.json["lines"] == dict.fromkeys(LINE_COUNTS, 0) | {"total": 2, "filled": 1, "denied": 1}
    assert line_numbers(plain.venue.trades()) == [1]
    denied = result_rows(plain.folder / run.json["result_file"])[1]
    assert (denied["status"], denied["filled_amount"]) == ("denied", "0")
    assert denied["reason_code"] == "ORDER_NOTIONAL"
    assert denied["reason"] in run.err
    assert "row R-2" in run.err


def test_a_venue_that_rejects_orders_gets_exit_code_one_and_its_words_into_the_result(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "rejecting") as rejecting:
        run = rejecting.run(BATCH_100, "--json")
        assert run.code == 1, run.said
        lines, trades = run.json["lines"], rejecting.venue.trade_count()
    assert lines["rejected"] > 0
    assert (lines["filled"], lines["filled"] + lines["rejected"]) == (trades, 100)
    rejected = [row for row in result_rows(tmp_path / run.json["result_file"]) if row["status"] == "rejected"]
    assert all(row["reason_code"] == "VENUE_REJECTED" and row["reason"] for row in rejected)


def as_written(folder: Path, said: str) -> str:
    """What the command comes to that is the last word of a demonstration, as a person copies it."""
    (line,) = (line for line in said.splitlines() if line.startswith("Next: "))
    assert said.splitlines()[-1] == line
    command = shlex.split(line.rpartition(": ")[2])
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=DEADLINE_S).stdout


def test_the_demo_works_every_time_and_knows_its_batch_in_a_folder_it_was_given(tmp_path: Path) -> None:
    fresh = [trader(tmp_path, "demo", "--json") for _ in range(2)]
    assert [run.code for run in fresh] == [0, 0], fresh[1].said
    assert len(list((tmp_path / "var" / "demo").iterdir())) == 2

    kept = [trader(tmp_path, "demo", "--data", "kept", "--json") for _ in range(2)]
    assert [run.code for run in kept] == [0, 0], kept[1].said
    assert ["already_done" in run.json for run in kept] == [False, True]

    # Another batch in the same folder: the venue is the one it was, and the session goes on.
    (tmp_path / "small.csv").write_text(batch_text("R-1,EUR/USD,BUY,EUR,1000000,SPOT,MARKET"), "utf-8")
    other = trader(tmp_path, "demo", "--data", "kept", "--batch", "small.csv", "--json")
    assert (other.code, other.json["lines"]["filled"]) == (0, 1), other.said

    assert "T-0007" in as_written(tmp_path, fresh[0].err)
    assert "R-1" in as_written(tmp_path, other.err)


def test_the_demo_of_every_product_works_at_any_hour_and_shows_how_to_look_further(tmp_path: Path) -> None:
    run = trader(tmp_path, "demo", "--products", "--data", "shown")
    assert run.code == 0, run.said
    assert "23 lines: 23 filled" in run.out
    assert "Without P-05 of the example" in run.err
    assert "won by" in as_written(tmp_path, run.err)
