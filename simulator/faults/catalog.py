"""The bundled scenarios as a list: what each plays, and what a good client does about it."""

from collections.abc import Iterator
from importlib.resources import files

import msgspec

from simulator.faults.scenario import parse_scenario, scenario_names


class Entry(msgspec.Struct, frozen=True):
    """One bundled scenario.

    Attributes:
        name: What ``--scenario`` takes.
        title: What it plays, in a few words.
        about: The comment that its file begins with: what happens, and what a good client does.
    """

    name: str
    title: str
    about: str


def catalog() -> Iterator[Entry]:
    """Every bundled scenario, in alphabetical order."""
    folder = files("simulator").joinpath("scenarios")
    for name in scenario_names():
        text = folder.joinpath(f"{name}.toml").read_text("utf-8")
        yield Entry(name, parse_scenario(text, f"{name}.toml").title, _about(text))


def catalog_text() -> str:
    """The list for people: a name and a title a line."""
    entries = list(catalog())
    width = max(len(entry.name) for entry in entries)
    return "".join(f"{entry.name:{width}}  {entry.title}\n" for entry in entries)


def catalog_json() -> str:
    """The list for machines, with the comments, in one line."""
    return msgspec.json.encode(list(catalog())).decode() + "\n"


def _about(text: str) -> str:
    """The comment at the beginning of a file, as one paragraph."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return " ".join(lines).strip()
