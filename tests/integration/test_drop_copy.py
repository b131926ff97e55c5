"""A second session that copies the executions, over real FIX: whichever brings a trade first, it counts once."""

import shutil
from pathlib import Path

from tests.integration.command_line import ROOT, batch_text, desk, spot_rows

SCENARIO = """title = "Copies at once, and once more; the report itself comes later"
[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE" }
then = { action = "copy", to = "COPIES", times = 2, after_ms = 100 }
[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE" }
then = { action = "delay", ms = 400 }
"""
RECEIVED = "FixReceived"


def venue_with_copies(folder: Path) -> Path:
    """The bundled simulator's profile, with a session that copies."""
    venue = folder / "profiles" / "simulator"
    shutil.copytree(ROOT / "fix_configs" / "simulator", venue)
    dialect = venue / "dialect.toml"
    text = dialect.read_text("utf-8").replace('reset = "when_refused"', 'reset = "when_refused"\ndrop_copy = true', 1)
    dialect.write_text(text, "utf-8")
    session = (venue / "session.cfg").read_text("utf-8")
    (venue / "drop_copy.cfg").write_text(session.replace("SenderCompID=ROBOT", "SenderCompID=COPIES"), "utf-8")
    return venue


def test_trades_that_a_second_session_brings_first_and_twice_are_booked_once(tmp_path: Path) -> None:
    scenario = tmp_path / "copies.toml"
    scenario.write_text(SCENARIO, "utf-8")
    with desk(tmp_path, "--scenario", str(scenario)) as ours:
        venue = venue_with_copies(tmp_path)
        batch = ours.write("batch.csv", batch_text(*spot_rows(6)))
        run = ours.run(batch, "--venue", venue, "--json")
        assert run.code == 0, run.said
        assert run.json["lines"]["filled"] == len(ours.venue.trades()) == 6
        assert run.json["reconciled"] is True
        assert ours.journal_count(RECEIVED, '"simulator.copy"') >= 6


def test_a_session_file_that_the_dialect_does_not_speak_of_is_refused(tmp_path: Path) -> None:
    with desk(tmp_path) as ours:
        venue = venue_with_copies(tmp_path)
        dialect = venue / "dialect.toml"
        dialect.write_text(dialect.read_text("utf-8").replace("drop_copy = true\n", ""), "utf-8")
        batch = ours.write("batch.csv", batch_text(*spot_rows(1)))
        run = ours.run(batch, "--venue", venue)
        assert run.code == 2
        assert "does not say drop_copy = true" in run.said
        assert ours.venue.trades() == []
