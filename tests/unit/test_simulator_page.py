"""``docs/simulator.md``: its tables are drawn from the code, and a test compares them.

After a change that is meant, ``python -m tests.unit.test_simulator_page`` draws them anew.
"""

import inspect
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from simulator import __main__ as command
from simulator.faults import actions, catalog, scenario
from simulator.faults.session import actions as session
from simulator.messages import EVERY_REQUEST
from tests.drawn_part import DrawnPart
from trader.fix.dialect import Pace

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
ACTION_HEAD = ["| Action | About | Does |", "|---|---|---|"]
KEY_HEAD = ["| Key | Default | Says |", "|---|---|---|"]


def said(kind: type[msgspec.Struct]) -> tuple[str, dict[str, str]]:
    """A docstring's sentences, and what it says of each key, inherited ones included."""
    keys: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        attributes = (inspect.cleandoc(each.__doc__ or "")).partition("Attributes:\n")[2]
        for name, words in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, flags=re.MULTILINE):
            keys[name] = plain(words)
    return plain((inspect.getdoc(kind) or "").partition("Attributes:")[0]), keys


def plain(words: str) -> str:
    return " ".join(words.split()).replace("``", "`").replace("|", "\\|")


def default(field: msgspec.structs.FieldInfo) -> str:
    """What holds where the file says nothing."""
    if field.required:
        return "has to be said"
    if field.default is None or field.default is msgspec.NODEFAULT:
        return ""
    value = str(field.default) if isinstance(field.default, Decimal) else msgspec.to_builtins(field.default)
    return "" if value in ("", [], False) else f"`{json.dumps(value)}`"


def key_rows(kind: type[msgspec.Struct]) -> Iterator[str]:
    keys = said(kind)[1]
    for field in msgspec.structs.fields(kind):
        yield f"| `{field.encode_name}` | {default(field)} | {keys[field.encode_name]} |"


def about(takes: tuple[str, ...]) -> str:
    if takes == EVERY_REQUEST:
        return "any request"
    return ", ".join(takes) or "any message"


def action_row(kind: type[msgspec.Struct], takes: str) -> str:
    sentences, keys = said(kind)
    parts = [sentences]
    for field in msgspec.structs.fields(kind):
        unless = default(field)
        parts.append(f"**`{field.encode_name}`**{f' ({unless})' if unless else ''}: {keys[field.encode_name]}")
    return f"| `{kind.__struct_config__.tag}` | {takes} | {' '.join(parts)} |"


def actions_of(module: str) -> list[str]:
    found = [kind for kind in get_args(actions.Action) if kind.__module__ == f"simulator.faults.actions.{module}"]
    return [*ACTION_HEAD, *(action_row(kind, about(kind.takes)) for kind in found)]


def session_rows() -> list[str]:
    found = get_args(session.SessionAction)
    return ["| Action | Does |", "|---|---|", *(action_row(kind, "").replace(" |  | ", " | ", 1) for kind in found)]


def tables() -> dict[str, str]:
    """Everything on the page that is drawn, by its name."""
    bundled = [f"| `{entry.name}` | {entry.title} |" for entry in catalog.catalog()]
    rows = {
        "scenario": [*KEY_HEAD, *(row for row in key_rows(scenario.Scenario) if "`rules`" not in row)],
        "when": [*KEY_HEAD, *key_rows(scenario.When)],
        "requests": actions_of("requests"),
        "orders": actions_of("orders"),
        "answers": actions_of("answers"),
        "quotes": actions_of("quotes"),
        "makers": [*KEY_HEAD, *key_rows(scenario.Maker)],
        "pace": [*KEY_HEAD, *key_rows(Pace)],
        "wire_when": [*KEY_HEAD, *key_rows(session.SessionWhen)],
        "wire": session_rows(),
        "bundled": ["| Bundled | Plays |", "|---|---|", *bundled],
    }
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}


@pytest.mark.parametrize("name", tables())
def test_every_table_of_the_page_is_the_codes(name: str) -> None:
    assert DrawnPart(PAGE.name, name).read() == tables()[name], "python -m tests.unit.test_simulator_page draws it anew"


def test_every_action_is_in_a_table() -> None:
    told = "".join(tables()[name] for name in ("requests", "orders", "answers", "quotes"))
    assert all(f"| `{kind.__struct_config__.tag}` |" in told for kind in get_args(actions.Action))


def test_the_page_has_every_option_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
    table = PAGE.read_text("utf-8").partition("| Option |")[2].partition("\n\n")[0]
    assert options == set(re.findall(r"^\| `(--[a-z-]+)`", table, flags=re.MULTILINE))


def test_every_bundled_scenario_begins_with_what_happens() -> None:
    entries = list(catalog.catalog())
    assert len(entries) >= 40
    for entry in entries:
        assert len(entry.about) > 40, entry.name
        assert entry.about.endswith("."), entry.name
    assert len({entry.title for entry in entries}) == len(entries), "no two say the same"


def test_the_list_is_for_people_and_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    for words, expected in (([], catalog.catalog_text()), (["--json"], catalog.catalog_json())):
        with pytest.raises(SystemExit) as ended:
            command.main(["--list-scenarios", *words])
        assert (ended.value.code, capsys.readouterr().out) == (0, expected)
    assert {"name", "title", "about"} == set(json.loads(catalog.catalog_json())[0])


def test_json_alone_is_an_error_with_a_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--json"])
    assert ended.value.code == 2
    assert "--list-scenarios" in capsys.readouterr().err


if __name__ == "__main__":
    for each, text in tables().items():
        DrawnPart(PAGE.name, each).write(text)
