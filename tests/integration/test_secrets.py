"""What a day of a desk leaves on the disk and on the terminal: for its user alone, no secret and no trick in it."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.alert_server import SINK, alert_server
from tests.integration.command_line import Desk, Outcome, batch_text, desk, spot_rows, trader
from tests.integration.test_people import PASSWORD, users
from trader.adapters.resources import fix_config_dir

VENUE_PASSWORD = "pw-of-the-venue-7361"  # noqa: S105 -- it is nobody's password
WEBHOOK_SECRET = "secret-of-the-hook-5523"  # noqa: S105 -- as above
WEBHOOK_TOKEN = "token-in-the-path-9914"  # noqa: S105 -- as above
SECRETS = [PASSWORD, VENUE_PASSWORD, WEBHOOK_SECRET, WEBHOOK_TOKEN]
FORGED = "FORGED all filled"
NASTY = f"no\\n{FORGED}\\r\\u001b[2J\\u202e001\\u0007"
REJECTING = f"""
title = "Rejects with a text that wants to be more than a text"

[[rules]]
when = {{ message = "NewOrderSingle", after = 1, count = 1 }}
then = {{ action = "reject", reason = "CREDIT", text = "{NASTY}" }}
"""


def widest() -> None:
    """As a careless supervisor starts a process, with room for its memory on the disk."""
    os.umask(0)


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with every secret that there can be."""
    scenario = tmp_path / "nasty.toml"
    scenario.write_text(REJECTING, "utf-8")
    monkeypatch.setenv("VENUE_PASSWORD", VENUE_PASSWORD)
    monkeypatch.setenv("MONITOR_SECRET", WEBHOOK_SECRET)
    with alert_server(200) as server, desk(tmp_path, "--scenario", str(scenario)) as made:
        monkeypatch.setenv("MONITOR_URL", f"{server.url}/{WEBHOOK_TOKEN}")
        made.configure(("[quotes]", SINK + "\n[quotes]"))
        shutil.copytree(fix_config_dir("simulator"), tmp_path / "venue")
        session = tmp_path / "venue" / "session.cfg"
        logon = "\nUsername=robot\nPassword=$(VENUE_PASSWORD)\n"
        session.write_text(session.read_text("utf-8").rstrip() + logon, "utf-8")
        yield made


def left(bank: Desk) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (bank.folder / "data").rglob("*") if path.is_file()}


def looks(bank: Desk) -> list[Outcome]:
    """What people look at afterwards."""
    commands = (["orders"], ["orders", "--json"], ["alerts"], ["explain", "R-00001"])
    return [trader(bank.folder, *words, "--data", "data") for words in commands]


def test_a_day_leaves_no_secret_no_way_in_and_no_forged_line(bank: Desk) -> None:
    bank.write("password", PASSWORD).chmod(0o600)
    users(bank)
    signed = ("--password-file", "password")
    batch = bank.write("batch.csv", batch_text(*spot_rows(3)))
    robot = bank.start(batch, "--venue", "venue", *signed, limits=widest)
    core: list[str] = []

    def is_up() -> bool:
        found = re.search(r"Max core file size +(\d+)", Path(f"/proc/{robot.pid}/limits").read_text("ascii"))
        core.append(found[1] if found else "unlimited")
        return (bank.folder / "data" / "robot.jsonl").exists()

    robot.run_until(is_up)
    assert core[-1] == "0"
    outcome = robot.end()
    assert outcome.code == 1, outcome.said
    said = [outcome, *looks(bank)]
    files = left(bank)

    for secret in SECRETS:
        assert [path for path, content in files.items() if secret.encode() in content] == []
        assert [each.said for each in said if secret in each.said] == []

    data = bank.folder / "data"
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in [data, *data.rglob("*")]}
    assert {path: mode for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}

    shown = [text for each in said for text in (each.out, each.err)]
    shown += [content.decode() for path, content in files.items() if path.suffix in (".csv", ".jsonl")]
    assert any(FORGED in text for text in shown), "the reason is told"
    for text in shown:
        assert [line for line in text.split("\n") if line.startswith(FORGED)] == []
        assert not set(text) & set("\x1b\u202e\x07\r") - ({"\r"} if "row_id" in text else set())


def test_the_name_of_a_file_forges_nothing(bank: Desk, tmp_path: Path) -> None:
    name = f"b\n{FORGED}\x1b[2J\u202evsc.csv"
    outcome = bank.run(bank.write(name, batch_text(*spot_rows(1))))
    assert outcome.code in (0, 1), outcome.said
    for text in (outcome.out, outcome.err):
        assert all(line.isprintable() for line in text.split("\n")), text
        assert not any(line.startswith(FORGED) for line in text.split("\n"))
    results = [path.name for path in (tmp_path / "data" / "results").iterdir()]
    assert all(each.isprintable() for each in results)
