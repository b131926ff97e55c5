"""What the commands that look say after a robot has died in the middle of its work."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.command_line import batch_text, desk, spot_rows, trader
from trader.adapters.store import Store
from trader.app.folder import DATABASE
from trader.simulation.run import play

LINES = 60


@pytest.mark.parametrize("command", ["status", "batches", "orders"])
def test_what_was_dealt_before_a_crash_is_told(tmp_path: Path, command: str) -> None:
    with desk(tmp_path, "--scenario", "plain") as here:
        robot = here.start(here.write("batch.csv", batch_text(*spot_rows(LINES))))
        robot.run_until(lambda: here.journal_count("FixReceived", "150=F") >= LINES // 2)
        robot.kill()
        told = trader(tmp_path, command, "--data", "data", "--json")
        assert told.code == 0, told.said
        lines = {
            "status": lambda: told.json["lines"],
            "batches": lambda: {name[6:]: told.json["batches"][0][name] for name in ("lines_total", "lines_filled")},
            "orders": lambda: {
                "total": len(told.json["orders"]),
                "filled": sum(row["status"] == "filled" for row in told.json["orders"]),
            },
        }[command]()
        assert lines["total"] == LINES
        assert lines["filled"] == here.journal_count("FixReceived", "150=F") >= LINES // 2
        assert trader(tmp_path, "verify", "--data", "data").code == 0


def test_an_alert_that_no_table_had_yet_is_told_from_the_journal(tmp_path: Path) -> None:
    _, files = play(1)
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    with closing(Store(data / DATABASE)) as store:
        store.append(files.records)
    told = trader(tmp_path, "alerts", "--data", "data", "--all", "--json")
    assert told.code == 0, told.said
    assert told.json["alerts"]
    assert trader(tmp_path, "verify", "--data", "data").code == 0
