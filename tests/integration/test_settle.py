"""What two persons sign for, over real FIX: what no venue answers, an unmatched trade, breaks that are explained."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from risk.people.people import Role, SetRoles
from tests.integration.command_line import ROOT, Desk, Outcome, batch_text, desk, spot_rows, trader
from trader.adapters.credentials import Credentials
from trader.app.identity import ask, decide

PASSWORD = "a password of a test"  # noqa: S105 -- it is nobody's password
IMPATIENT = (("work_s_max = 300  ", "work_s_max = 2  "), ("[batch]", "[batch]\nanswer_s_max = 1\nack_s_max = 1"))
SIGNED = ("--password-file", "password")
SILENT = """title = "The venue takes the second order and never says a word about it"
[[rules]]
when = { message = "NewOrderSingle", after = 1, count = 1 }
then = { action = "rest" }
[[rules]]
when = { message = "ExecutionReport", exec_type = "NEW", after = 1, count = 1 }
then = { action = "ignore" }
[[rules]]
when = { message = "OrderCancelRequest" }
then = { action = "ignore" }
[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE", count = 1 }
then = { action = "orphan" }
"""
FORGETFUL = """title = "The venue's list lacks its trades"
[[rules]]
when = { message = "TradeCaptureReportRequest" }
then = { action = "omit", share = 1 }
"""


@pytest.fixture
def stuck(tmp_path: Path) -> Iterator[Desk]:
    """A desk with users, at a venue that answers no questions and says nothing about one order of three."""
    scenario = tmp_path / "silent.toml"
    scenario.write_text(SILENT, "utf-8")
    venue = tmp_path / "profiles" / "simulator"
    shutil.copytree(ROOT / "fix_configs" / "simulator", venue)
    dialect = (venue / "dialect.toml").read_text("utf-8")
    for key in ("order_status", "mass_status", "trade_capture"):
        dialect = dialect.replace(f"{key} = true", f"{key} = false")
    (venue / "dialect.toml").write_text(dialect, "utf-8")
    with desk(tmp_path, "--scenario", str(scenario)) as made:
        made.configure(*IMPATIENT)
        made.write("password", PASSWORD).chmod(0o600)
        made.write("batch.csv", batch_text(*spot_rows(3)))
        users(made)
        yield made


def users(made: Desk) -> None:
    """Rita and rolf of risk, anna who trades, olga of operations."""
    data, config = made.folder / "data", made.folder / "trader.toml"
    people = {"rita": Role.RISK, "rolf": Role.RISK, "anna": Role.TRADER, "olga": Role.OPERATIONS}
    for user, role in people.items():
        request_id = ask(data, SetRoles(user, (role,)), "rita", "a test", config)
        if role is not Role.RISK:
            decide(data, request_id, approved=True, who="rolf", reason="agreed")
    with closing(Credentials(data / "trader.db", PasswordHasher(time_cost=1, memory_cost=64))) as credentials:
        for user in people:
            credentials.keep(user, PASSWORD)


def told(made: Desk, *arguments: str) -> Outcome:
    return trader(made.folder, *arguments, "--data", "data")


def run(made: Desk, *more: str) -> Outcome:
    return made.run("batch.csv", "--venue", made.folder / "profiles" / "simulator", *SIGNED, *more)


def approved(made: Desk, asked: Outcome) -> Outcome:
    """Olga approves what was asked for."""
    assert asked.code == 5, asked.said
    signed = ("--user", "olga", *SIGNED, "--reason", "I called as well", "--yes", "--json")
    return told(made, "approve", asked.json["request_id"], *signed)


def shown(made: Desk, asked: Outcome) -> str:
    """What rolf is shown of what was asked for, before he decides."""
    looked = told(made, "approve", asked.json["request_id"], "--user", "rolf", *SIGNED, "--reason", "looked")
    assert "say --yes to decide from a script" in looked.err
    return " ".join(looked.out.split())


def test_two_persons_settle_what_no_venue_answers_and_dismiss_what_is_nobodys(stuck: Desk) -> None:
    first = run(stuck, "--json")
    assert first.code == 3, first.said
    assert first.json["lines"]["unknown"] == 1
    assert "trader settle" in first.err
    (orphan,) = told(stuck, "orders", "--orphans", "--json").json["orphans"]
    assert orphan["rule"] == "UNKNOWN_ORDER"

    who = ("--user", "anna", *SIGNED, "--reason", "Ms. Lee, 14:05", "--json")
    assert approved(stuck, told(stuck, "settle", "R-00001", "--as", "canceled", *who)).code == 0
    dismissed = told(stuck, "dismiss", orphan["exec_id"], *who)
    assert dismissed.code == 5, dismissed.said
    assert f"on EUR/USD at {orphan['last_px']}" in shown(stuck, dismissed)
    decide(stuck.folder / "data", dismissed.json["request_id"], approved=True, who="rolf", reason="agreed")

    last = run(stuck)
    assert "Going on where it was: rows 1-3 are done, nothing is left to send" in last.said
    assert "1 unfilled" in last.out
    assert "is kept: " in last.out
    story = told(stuck, "explain", "R-00001", "--json").json["story"]
    assert any("settled as canceled by anna and olga: Ms. Lee" in step["text"] for step in story)
    assert "unmatched" not in told(stuck, "status").out


def test_breaks_that_two_persons_have_signed_for_count_as_explained(tmp_path: Path) -> None:
    scenario = tmp_path / "forgetful.toml"
    scenario.write_text(FORGETFUL, "utf-8")
    with desk(tmp_path, "--scenario", str(scenario)) as made:
        made.configure()
        made.write("password", PASSWORD).chmod(0o600)
        made.write("batch.csv", batch_text(*spot_rows(1)))
        users(made)
        first = made.run("batch.csv", *SIGNED, "--json")
        assert (first.code, len(first.json["breaks"]), first.json["signed_for"]) == (3, 2, False), first.said
        who = ("--user", "olga", *SIGNED, "--reason", "Confirmed by telephone, 14:05", "--json")
        asked = told(made, "sign", "breaks", first.json["batch_id"], *who)
        assert asked.code == 5, asked.said
        assert all(" ".join(each["sentence"].split()) in shown(made, asked) for each in first.json["breaks"])
        decide(made.folder / "data", asked.json["request_id"], approved=True, who="rolf", reason="agreed")
        again, report = made.run("batch.csv", *SIGNED), told(made, "report")
        status, (batch,) = told(made, "status"), told(made, "batches", "--json").json["batches"]
    assert "not reconciled" not in status.out
    assert (batch["is_signed_for"], batch["unreconciled"]) == (True, "")
    for outcome in (again, report):
        assert outcome.code == 0, outcome.said
        assert "Reconciled; 2 breaks signed for." in outcome.out
        assert outcome.out.count("BREAK, SIGNED FOR ") == 2
