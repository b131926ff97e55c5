"""The set-up is exact: every dependency is pinned, a pin says nothing but a name and a version, and it is what runs."""

import re
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source_tree import ROOT, project

PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([0-9][\w.]*)")

# Needed only in the environments where pip builds, so not installed beside the tests.
BUILD_ONLY = {"editables", "wheel"}


def pins() -> dict[str, str]:
    lines = [line.strip() for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()]
    matches = [(line, PIN.fullmatch(line)) for line in lines if line and not line.startswith("#")]
    wrong = [line for line, match in matches if match is None]
    assert not wrong, f"constraints.txt: expected NAME==VERSION and nothing else, found {wrong}"
    return {canonicalize_name(match[1]): match[2] for _, match in matches if match}


def needed(names: list[str]) -> set[str]:
    """The named requirements and everything that they need here, as canonical names."""
    found: set[str] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += [Requirement(line) for line in metadata.requires(name) or []]
    return found


def declared() -> list[str]:
    """What `make setup` installs: everything but the extras that a user chooses."""
    table = project()
    extras = table["project"]["optional-dependencies"]
    return [*table["project"]["dependencies"], *extras["dev"], *table["build-system"]["requires"]]


def chosen() -> set[str]:
    """What only an extra that a user chooses brings: pinned, and not needed to run the tests."""
    extras = project()["project"]["optional-dependencies"]
    return {canonicalize_name(Requirement(line).name) for name in extras.keys() - {"dev"} for line in extras[name]}


def test_everything_needed_is_pinned_and_nothing_else() -> None:
    assert needed(declared()) | chosen() == set(pins()) - BUILD_ONLY


def test_what_is_installed_is_what_is_pinned() -> None:
    pinned = {name: version for name, version in pins().items() if name not in BUILD_ONLY | chosen()}
    assert {name: metadata.version(name) for name in pinned} == pinned
