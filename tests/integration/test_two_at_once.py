"""Two persons do the same at the same moment, each in a process of their own."""

from contextlib import closing
from pathlib import Path

from argon2 import PasswordHasher

from risk.people.people import Role, SetRoles
from tests.integration.command_line import Robot
from trader.adapters.credentials import Credentials
from trader.app.history import engine_of
from trader.app.identity import ask, decide

PASSWORD = "a password of a test"  # noqa: S105 -- it is nobody's password


def test_of_two_approvers_at_once_one_decides_and_the_other_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask(data, SetRoles("rita", (Role.RISK,)), "login", "a test")
    for name in ("rolf", "ruth", "anna"):
        ask(data, SetRoles(name, (Role.RISK if name != "anna" else Role.TRADER,)), "rita", "a test")
    for request in list(engine_of(data).context.people.requests.values()):
        if request.is_open(request.asked_ns):
            decide(data, request.request_id, approved=True, who="rolf", reason="agreed")
    both_roles = (Role.OPERATIONS, Role.TRADER)
    waits = ask(data, SetRoles("anna", both_roles), "rita", "a test")
    with closing(Credentials(data / "trader.db", PasswordHasher(time_cost=1, memory_cost=64))) as credentials:
        for name in ("rolf", "ruth"):
            credentials.keep(name, PASSWORD)
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)

    usual = ("approve", waits, "--password-file", "password", "--reason", "agreed", "--yes", "--data", "data")
    both = [Robot(tmp_path, *usual, "--user", name) for name in ("rolf", "ruth")]
    ended = [robot.end() for robot in both]
    assert sorted(outcome.code for outcome in ended) == [0, 2], [outcome.said for outcome in ended]
    (winner,) = (name for name, outcome in zip(("rolf", "ruth"), ended, strict=True) if outcome.code == 0)
    (loser,) = (outcome for outcome in ended if outcome.code == 2)
    assert f"was approved by {winner} already" in loser.err or "in use" in loser.err, loser.said

    people = engine_of(data).context.people
    assert (people.requests[waits].decided_by, people.users["anna"]) == (winner, both_roles)
