"""Ambient time and randomness are banned by ruff; each ban is shown to fire, and to name what to use instead."""

import re
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT, project

BANS: dict[str, str] = {
    name: rule["msg"] for name, rule in project()["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"].items()
}


def banned_lines(code: str, path: str) -> str:
    """What ruff says of ``code`` if it stood at ``path``, by the project's own configuration."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select=TID251", f"--stdin-filename={path}", "-"]
    outcome = subprocess.run(command, cwd=ROOT, input=code, check=False, capture_output=True, text=True)
    assert outcome.returncode in {0, 1}, outcome.stderr
    return outcome.stdout


def use_of(name: str) -> str:
    return f"import {name.split('.', maxsplit=1)[0]}\n\nvalue = {name}\n"


def import_of(name: str) -> str:
    module, _, attribute = name.rpartition(".")
    return f"from {module} import {attribute}\n\nvalue = {attribute}\n" if module else f"import {name}\n"


@pytest.mark.parametrize("name", [name for name in BANS if not name.startswith("datetime.")])
def test_a_ban_fires_on_the_import_of_the_name(name: str) -> None:
    assert BANS[name] in banned_lines(import_of(name), "trader/domain/example.py")


@pytest.mark.parametrize("name", BANS)
def test_a_ban_fires_on_the_use_of_the_name(name: str) -> None:
    assert BANS[name] in banned_lines(use_of(name), "trader/domain/example.py")


@pytest.mark.parametrize("folder", ["trader/engine", "trader/api", "risk", "strategies", "simulator"])
def test_the_bans_hold_in_every_package(folder: str) -> None:
    assert "TID251" in banned_lines("from datetime import datetime\n\nnow = datetime.now()\n", f"{folder}/example.py")


def test_the_adapters_are_where_time_enters() -> None:
    assert "TID251" not in banned_lines(use_of("time.time_ns"), "trader/adapters/clock.py")


def test_what_the_house_rules_name_is_banned() -> None:
    assert {"datetime.datetime.now", "time.time", "uuid.uuid4", "random"} <= set(BANS)


@pytest.mark.parametrize(("name", "message"), BANS.items())
def test_a_ban_names_the_replacement(name: str, message: str) -> None:
    assert re.search(r"is an argument|trader\.|seeded|Wait on", message), f"{name}: {message}"
