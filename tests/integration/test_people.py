"""Two persons at two keyboards: a batch waits, is approved, goes on, and the story says who did what."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from risk.people.people import Role, SetRoles
from tests.integration.command_line import EXAMPLES, Desk, Outcome, batch_text, desk, trader
from trader.adapters.credentials import Credentials
from trader.app.identity import ask, decide

PASSWORD = "a password of a test"  # noqa: S105 -- it is nobody's password


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Desk]:
    """A desk on which nobody alone may send more than USD 1,000,000, with a password file."""
    with desk(tmp_path) as made:
        made.configure()
        limits = (EXAMPLES / "limits.csv").read_text("utf-8")
        own = limits.replace("FOUR_EYES,desk=*,order_max,60000000", "FOUR_EYES,desk=*,order_max,1000000")
        assert own != limits
        made.write("limits.csv", own)
        made.write("password", PASSWORD).chmod(0o600)
        made.write("batch.csv", batch_text("T-1,EUR/USD,BUY,EUR,2000000,SPOT,MARKET"))
        yield made


def told(bank: Desk, *arguments: str) -> Outcome:
    """A command on the desk's data folder."""
    return trader(bank.folder, *arguments, "--data", "data")


def users(bank: Desk) -> None:
    """Rita and rolf of risk, anna who trades, bob who approves."""
    data, config = bank.folder / "data", bank.folder / "trader.toml"
    for who, user, role in (
        ("login", "rita", Role.RISK),
        ("rita", "rolf", Role.RISK),
        ("rita", "anna", Role.TRADER),
        ("rita", "bob", Role.APPROVER),
    ):
        request_id = ask(data, SetRoles(user, (role,)), who, "a test", config)
        if role is not Role.RISK:
            decide(data, request_id, approved=True, who="rolf", reason="agreed")
    with closing(Credentials(data / "trader.db", PasswordHasher(time_cost=1, memory_cost=64))) as credentials:
        for user in ("rita", "rolf", "anna", "bob"):
            credentials.keep(user, PASSWORD)


def approve(bank: Desk, request_id: str, who: str) -> Outcome:
    signed = ("--user", who, "--password-file", "password")
    return told(bank, "approve", request_id, *signed, "--reason", "agreed", "--yes", "--json")


def run(bank: Desk) -> Outcome:
    return bank.run("batch.csv", "--password-file", "password", "--json")


def test_a_batch_waits_for_another_person_and_then_goes_on(bank: Desk) -> None:
    users(bank)
    waiting = run(bank)
    assert waiting.code == 5, waiting.said
    batch_id = waiting.json["batch_id"]
    assert waiting.json["awaiting_approval"]["needs"] == ["approver"]
    assert [each["row_id"] for each in waiting.json["awaiting_approval"]["findings"]] == ["T-1"]
    listed = told(bank, "approvals", "--json").json["approvals"]
    assert [(each["request_id"], each["who"]) for each in listed] == [(batch_id, "anna")]

    by_the_trader = approve(bank, batch_id, "anna")
    assert by_the_trader.code == 2
    assert "anna has asked for it; another person decides" in by_the_trader.err
    assert approve(bank, batch_id, "bob").code == 0
    assert "was approved by bob already" in approve(bank, batch_id, "bob").err

    done = run(bank)
    assert done.code == 0, done.said
    assert done.json["lines"]["filled"] == 1
    story = told(bank, "explain", "T-1", "--json").json["story"]
    steps = {step["what"]: step["text"] for step in story}
    assert "larger than one person may deal alone" in steps["waits"]
    assert steps["approval"] == "approved by bob: agreed; anna had asked for it"
    assert told(bank, "verify", "--json").code == 0


def test_without_users_it_waits_and_says_that_nobody_can_approve_it(bank: Desk) -> None:
    waiting = run(bank)
    assert waiting.code == 5, waiting.said
    assert waiting.json["awaiting_approval"]["problem"].startswith("this data folder has no users")


def test_a_wrong_password_changes_nothing_and_is_in_no_word_of_the_answer(bank: Desk) -> None:
    users(bank)
    bank.write("password", "not the password")
    said = told(bank, "users", "remove", "bob", "--user", "rita", "--password-file", "password", "--reason", "a test")
    assert said.code == 2
    assert "the user or the password is wrong; nothing has changed" in said.err
    assert "not the password" not in said.out + said.err
    assert told(bank, "approvals", "--json").json == {"approvals": []}


def test_an_override_is_asked_for_by_row_and_approved_by_risk(bank: Desk) -> None:
    users(bank)
    bank.write("later.csv", batch_text("T-9,EUR/USD,BUY,EUR,2000000,SPOT,MARKET"))
    limit = ("--limit", "VOLUME_DAY", "--at", "2026-11-20 desk=treasury", "--by", "5,000,000")
    who = ("--until", "2099-01-01T10:00Z", "--user", "anna", "--password-file", "password", "--reason", "a test")
    asked = told(bank, "override", "later.csv", "T-9", *limit, *who, "--json")
    assert asked.code == 5, asked.said
    assert approve(bank, asked.json["request_id"], "bob").code == 2
    assert approve(bank, asked.json["request_id"], "rita").code == 0
    unknown = told(bank, "override", "later.csv", "T-1", *limit, *who)
    assert "has no row T-1" in unknown.err


def test_an_increase_is_asked_for_and_approved_by_risk(bank: Desk) -> None:
    users(bank)
    limit = ("--limit", "VOLUME_DAY", "--at", "desk=treasury", "--by", "5000000", "--until", "2099-01-01T10:00Z")
    who = ("--user", "anna", "--password-file", "password", "--reason", "a test")
    asked = told(bank, "increase", *limit, *who, "--json")
    assert asked.code == 5, asked.said
    assert approve(bank, asked.json["request_id"], "rolf").code == 0


def test_the_first_users_are_added_one_by_the_other_and_the_third_waits(bank: Desk) -> None:
    new = ("--new-password-file", "password", "--reason", "a test")
    signed = ("--user", "rita", "--password-file", "password")
    assert told(bank, "users", "add", "rita", "--roles", "risk", *new).code == 0
    why = ("--reason", "a test")
    second = told(bank, "users", "add", "rolf", "--roles", "risk", *signed, *why, "--json")
    assert second.code == 0, second.said
    chosen = told(bank, "users", "add", "anna", "--roles", "trader", *signed, *new)
    assert "nobody gives another user's password" in chosen.err
    third = told(bank, "users", "add", "anna", "--roles", "trader", *signed, *why)
    assert third.code == 5, third.said
    assert "another person with the role risk approves it" in " ".join(third.out.split())
    listed = told(bank, "users", "list", "--json").json["users"]
    assert listed == [{"user": "rita", "roles": ["risk"]}, {"user": "rolf", "roles": ["risk"]}]
    both = told(bank, "users", "add", "max", "--roles", "risk,trader", *signed, *why)
    assert "whoever writes limits cannot trade" in both.err
    assert "is no role" in told(bank, "users", "add", "max", "--roles", "king", *signed, *why).err


def test_a_new_user_can_do_nothing_before_a_password_of_their_own(bank: Desk) -> None:
    users(bank)
    signed, why = ("--user", "rita", "--password-file", "password"), ("--reason", "a test")
    asked = told(bank, "users", "add", "olga", "--roles", "operations", *signed, *why, "--json")
    first = asked.json["first_half_of_code"]
    before = told(bank, "users", "password", "--user", "olga", "--password-file", "password")
    assert "there is no user olga" in before.err
    second = approve(bank, asked.json["request_id"], "rolf").json["second_half_of_code"]
    olga = ("--user", "olga", "--password-file", "code")
    bank.write("own", "olga's own password").chmod(0o600)
    for half in (first, second):  # rita has the one and rolf the other: neither can be olga
        bank.write("code", half).chmod(0o600)
        alone = told(bank, "users", "password", *olga, "--new-password-file", "own")
        assert "the user or the password is wrong" in alone.err
    bank.write("code", f"{first}-{second}").chmod(0o600)
    early = told(bank, "sign", "config", *olga, *why)
    assert early.code == 2
    assert "sets a password with it first" in early.err or "no robot has run" in early.err
    assert told(bank, "users", "password", *olga, "--new-password-file", "own").code == 0
    again = told(bank, "users", "password", *olga, "--new-password-file", "own")
    assert "the user or the password is wrong" in again.err
