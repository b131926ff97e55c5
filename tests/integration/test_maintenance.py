"""A venue in its maintenance window is not traded with, and the desk is told until when."""

import shutil
from pathlib import Path

import pytest

from tests.integration.command_line import ROOT, TRADE_DATE, batch_text, spot_rows, trader

ALL_DAY = '\n[[maintenance]]\nstart = "00:00"\nend = "00:00"\nzone = "Asia/Tokyo"\n'
WINDOW = "Bundled simulator is in its maintenance window, 00:00 to 00:00 Tokyo, until"


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A desk's folder with a venue that is never there."""
    shutil.copytree(ROOT / "fix_configs" / "simulator", tmp_path / "closed")
    with (tmp_path / "closed" / "dialect.toml").open("a", encoding="utf-8") as dialect:
        dialect.write(ALL_DAY)
    (tmp_path / "batch.csv").write_text(batch_text(*spot_rows(1)), "utf-8")
    return tmp_path


def test_a_batch_is_refused_and_nothing_is_sent(closed: Path) -> None:
    run = trader(closed, "run", "batch.csv", "--venue", "closed", "--trade-date", TRADE_DATE, "--data", "data")
    assert run.code == 2, run.said
    told = " ".join(run.err.split())
    assert WINDOW in told
    assert "00:00 Tokyo; nothing was sent now" in told
    assert "cannot be reached" not in told


def test_the_doctor_says_so_too(closed: Path) -> None:
    seen = trader(closed, "doctor", "--venue", "closed", "--data", "data", "--json")
    findings = {finding["what"]: finding for finding in seen.json["findings"]}
    assert findings["venue"]["state"] == "fatal"
    assert findings["venue"]["finding"].startswith(WINDOW)
    assert seen.code == 2, seen.said
    assert findings["session"]["finding"] == "ROBOT to SIMULATOR, FIX.4.4"


def test_the_doctor_finds_a_session_file_of_another_version(closed: Path) -> None:
    session = closed / "closed" / "session.cfg"
    session.write_text(session.read_text("utf-8").replace("FIX.4.4", "FIX.4.2"), "utf-8")
    seen = trader(closed, "doctor", "--venue", "closed", "--data", "data", "--json")
    findings = {finding["what"]: finding for finding in seen.json["findings"]}
    assert findings["session"]["state"] == "fatal"
    assert "BeginString=FIX.4.2, but the dialect beside it says FIX.4.4" in findings["session"]["finding"]
