"""Sequence numbers that have parted, with real QuickFIX at both ends: a store is lost, it is refused, people mend."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from risk.people.people import Role, SetRoles
from risk.people.signatures import ResetSession
from tests.integration.command_line import Desk, Outcome, batch_text, desk, trader
from trader.adapters.credentials import Credentials
from trader.adapters.resources import fix_config_dir
from trader.app.identity import ask, decide
from trader.app.sessions.status import session_standings
from trader.domain.errors import ConfigError

PASSWORD = "a password of a test"  # noqa: S105 -- it is nobody's password
SIGNED = ("--password-file", "password", "--reason", "the store was deleted")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Desk]:
    """A desk that has traded at a venue which forgets nothing, and whose FIX store was deleted then."""
    with desk(tmp_path, "--store", "venue-store") as made:
        made.configure()
        shutil.copytree(fix_config_dir("simulator"), tmp_path / "strict")
        dialect = (tmp_path / "strict" / "dialect.toml").read_text("utf-8")
        made.write("strict/dialect.toml", dialect.replace('reset = "when_refused"', 'reset = "new_store"'))
        made.write("password", PASSWORD).chmod(0o600)
        assert run(made, "1").code == 0
        shutil.rmtree(tmp_path / "data" / "fix")
        yield made


def run(bank: Desk, name: str) -> Outcome:
    batch = bank.write(f"{name}.csv", batch_text(f"R-{name},EUR/USD,BUY,EUR,{name}00000,SPOT,MARKET"))
    return bank.run(batch, "--venue", "./strict", "--password-file", "password")


def told(bank: Desk, *arguments: str) -> Outcome:
    return trader(bank.folder, *arguments, "--data", "data")


def status(bank: Desk) -> Any:
    (facts,) = session_standings(bank.folder / "data", None)
    return facts


def staff(bank: Desk) -> None:
    """Rita and rolf of risk, olga of operations, anna who trades."""
    data = bank.folder / "data"
    for who, user, role in (
        ("login", "rita", Role.RISK),
        ("rita", "rolf", Role.RISK),
        ("rita", "olga", Role.OPERATIONS),
        ("rita", "anna", Role.TRADER),
    ):
        request_id = ask(data, SetRoles(user, (role,)), who, "a test")
        if role is not Role.RISK:
            decide(data, request_id, approved=True, who="rolf", reason="agreed")
    with closing(Credentials(data / "trader.db", PasswordHasher(time_cost=1, memory_cost=64))) as credentials:
        for user in ("rita", "rolf", "olga", "anna"):
            credentials.keep(user, PASSWORD)


def reset(bank: Desk, next_sent: int = 1, next_expected: int = 1) -> None:
    """Olga asks, rita approves."""
    action = ResetSession("simulator", next_sent, next_expected, with_open_orders=False)
    request_id = ask(bank.folder / "data", action, "olga", "the store was deleted")
    decide(bank.folder / "data", request_id, approved=True, who="rita", reason="agreed with Ms. Lee")


def trades_asked(bank: Desk) -> int:
    """How often the venue has answered a question for trades."""
    return bank.journal_count("FixReceived", "35=AQ")


def test_a_lost_store_stops_the_session_and_is_mended_by_two_persons_without_a_reset(bank: Desk) -> None:
    refused = run(bank, "2")
    assert refused.code == 2, refused.said
    assert "MsgSeqNum too low, expecting" in refused.err
    assert "trader session status --venue simulator" in refused.err
    assert len(bank.venue.trades()) == 1

    facts = status(bank)
    assert (facts["too_low"]["by"], facts["too_low"]["received"], facts["is_up"]) == ("venue", 1, False)
    expected = facts["too_low"]["expected"]
    assert expected == facts["journal_next_sent"]
    said = told(bank, "session", "status").out
    assert (
        f"Simulator expects {expected} as our next sequence number, and it was 1: the FIX store was made anew" in said
    )
    mend = f"--send {expected} --expect {facts['journal_next_expected']}"
    assert f"trader session reset --venue simulator {mend} --reason ..." in said

    nobody = told(bank, "session", "reset", "--venue", "simulator", "--reason", "x")
    assert nobody.code == 2
    assert "has no users" in nobody.err
    staff(bank)
    asked = told(bank, "session", "reset", "--venue", "simulator", *mend.split(), "--user", "olga", *SIGNED, "--json")
    assert asked.code == 5, asked.said
    approved = told(bank, "approve", asked.json["request_id"], "--user", "rita", *SIGNED, "--yes")
    assert approved.code == 0, approved.said
    assert f"with the next logon ours is {expected}" in " ".join(status(bank)["advice"])

    questions = trades_asked(bank)
    again = run(bank, "2")
    assert again.code == 0, again.said
    assert trades_asked(bank) == questions + 2  # what may have been lost, and the end of the batch
    facts = status(bank)
    assert (facts["explanation"], facts["advice"], facts["trades_owed"]) == ([], [], False)
    assert facts["next_sent"] > expected
    assert told(bank, "verify").code == 0


def test_both_ends_begin_at_1_when_two_persons_sign_for_that_and_trades_are_asked_for(bank: Desk) -> None:
    staff(bank)
    reset(bank)
    asked = trades_asked(bank)
    outcome = run(bank, "2")
    assert outcome.code == 0, outcome.said
    assert trades_asked(bank) == asked + 2
    assert status(bank)["next_sent"] < 15
    assert len(bank.venue.trades()) == 2


def test_numbers_too_high_at_both_ends_are_filled_up_and_nothing_is_sent_or_booked_twice(bank: Desk) -> None:
    staff(bank)
    reset(bank, 500, 3)
    outcome = run(bank, "2")
    assert outcome.code == 0, outcome.said
    facts = status(bank)
    assert facts["next_sent"] > 500
    assert facts["venue_missed"]["expected"] < 20
    assert (facts["we_missed"]["expected"], facts["gap_from"]) == (3, 0)
    assert len(bank.venue.trades()) == 2


def test_a_session_that_was_never_used_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "fix" / "simulator").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"there is no session nowhere in .*; expected one .*: simulator"):
        session_standings(tmp_path, "nowhere")
