"""The robot at a venue on an independent FIX engine: what our two ends would have in common, it does not share."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.fault_log import FaultLog
from simulator.faults.scenario import load_scenario
from simulator.wire.proxy import Proxy
from tests.conformance.session_faults import as_at_a_bank
from tests.integration.command_line import ROOT, TRADE_DATE, Outcome, Robot, batch_text, line_numbers, spot_rows
from tests.integration.raw_client import RawClient
from tests.raw_fix import moment

LINES = 30


@contextmanager
def foreign_venue(folder: Path) -> Iterator[int]:
    """The venue as a process: its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.foreign_venue", str(folder / "trades.jsonl")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


@contextmanager
def faults(folder: Path, scenario: str, port: int) -> Iterator[int]:
    """The proxy in front of a venue: its port."""
    proxy = Proxy(load_scenario(scenario), 1, "127.0.0.1", port, 0, FaultLog(folder / "faults.jsonl"))
    try:
        yield proxy.port
    finally:
        proxy.stop()


def run(folder: Path, port: int, batch: str) -> Outcome:
    (folder / "batch.csv").write_text(batch, "utf-8")
    venue = as_at_a_bank(folder / "venue")
    command = ["run", "batch.csv", "--venue", str(venue), "--connect", f"127.0.0.1:{port}", "--trade-date", TRADE_DATE]
    return Robot(folder, *command, "--data", "data", "--json").end()


def assert_dealt_once(outcome: Outcome, folder: Path) -> None:
    """All lines are filled and reconciled, and the venue's own log has each of them once."""
    assert outcome.code == 0, outcome.said
    assert (outcome.json["lines"]["filled"], outcome.json["reconciled"]) == (LINES, True), outcome.said
    assert outcome.json["compared"] == ["asked", "executed", "reported"]
    trades = [json.loads(line) for line in (folder / "trades.jsonl").read_text("utf-8").splitlines()]
    assert sorted(line_numbers(trades)) == list(range(1, LINES + 1))
    with (folder / outcome.json["result_file"]).open(encoding="utf-8", newline="") as file:
        told = {row["trade_ids"]: (row["filled_amount"], row["average_rate"]) for row in csv.DictReader(file)}
    assert told == {trade["exec_id"]: (trade["last_qty"], trade["last_px"]) for trade in trades}


def test_a_batch_is_dealt_and_reconciled(tmp_path: Path) -> None:
    with foreign_venue(tmp_path) as port:
        assert_dealt_once(run(tmp_path, port, batch_text(*spot_rows(LINES))), tmp_path)


@pytest.mark.parametrize("scenario", ["session_drop", "session_disconnect_reports"])
def test_what_is_lost_on_the_way_is_found_again(scenario: str, tmp_path: Path) -> None:
    with foreign_venue(tmp_path) as venue, faults(tmp_path, scenario, venue) as port:
        assert_dealt_once(run(tmp_path, port, batch_text(*spot_rows(LINES))), tmp_path)
    assert (tmp_path / "faults.jsonl").read_text("utf-8")


def test_the_other_engine_forgets_a_question_that_a_gap_fill_covers(tmp_path: Path) -> None:
    """The standard has a ResendRequest(2) answered at once, though a message before it is missing.

    The robot's first question after a drop is often such a one; it asks again for what does not come.
    """
    with foreign_venue(tmp_path) as port, RawClient(port, names=("ROBOT", "SIMULATOR")) as client:
        client.log_on()
        client.number = 2  # it is lost
        assert client.ask("2", "7=1|16=0", "2")["7"] == "2"
        client.number = 1
        client.send("4", f"43=Y|122={moment()}|123=Y|36=4")
        client.number = 3
        assert client.ask("1", "112=THERE", "0", "4")["35"] == "0"
        assert client.ask("2", "7=1|16=0", "0", "4")["35"] == "4"
