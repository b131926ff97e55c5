"""What the documents point at is there."""

import importlib
import re
from pathlib import Path

import pytest
import typer

from tests.architecture.source_tree import ROOT, own_files, product_modules
from trader import __version__
from trader.engine.state import BatchPhase

DOCUMENTS = [name for name in own_files() if name.endswith(".md")]

LINK = re.compile(r"\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")


def without_blocks(text: str) -> str:
    """The text less its code blocks, in which brackets are not links and a number sign is not a heading."""
    return re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors that a reader's browser gives the headings: lower case, hyphens for spaces, no punctuation."""
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", without_blocks(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path, text: str) -> list[str]:
    broken = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", without_blocks(text))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue  # another site's: no test may need the network
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists():
            broken.append(f"{target}: no such file")
        elif anchor and anchor not in anchors(text if file == document else file.read_text("utf-8")):
            broken.append(f"{target}: no such heading")
    return broken


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_resolves(name: str) -> None:
    assert not broken_links(ROOT / name, (ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("link", ["[a](gone.md)", "[a](README.md#gone)", "[a](#gone)", '[a](docs/gone.md "title")'])
def test_a_broken_link_is_found(link: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Here\n", "utf-8")
    assert len(broken_links(tmp_path / "here.md", f"# Heading\n\nSee {link}.\n")) == 1


def test_a_link_to_a_heading_resolves(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("## 4. The order's `life`\n", "utf-8")
    assert not broken_links(tmp_path / "here.md", "[a](there.md#4-the-orders-life) and `[no](link)`")


def test_the_changelog_tells_of_the_current_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[?{re.escape(__version__)}\]?$"
    assert re.search(heading, changelog, flags=re.MULTILINE), f"no entry for {__version__}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / name).read_text("utf-8")))
    assert named <= targets


def commands() -> set[str]:
    """What ``trader`` can do."""
    app = importlib.import_module("trader.cli.main").app  # the package's own name ``main`` is the function
    return {name for name, command in typer.main.get_group(app).commands.items() if not command.hidden}


def named_commands(text: str) -> set[str]:
    """The words after ``trader`` where a reader would type them: in code, or at the start of a line of a block."""
    return set(re.findall(r"(?:^|`|-m |\$ )trader ([a-z][a-z-]*)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    assert named_commands((ROOT / name).read_text("utf-8")) <= commands()


@pytest.mark.parametrize("text", ["`trader fly`", "```\ntrader fly FILE  # up\n```", "`python -m trader fly`"])
def test_a_command_that_does_not_exist_is_found(text: str) -> None:
    assert named_commands(text) == {"fly"}
    assert "fly" not in commands()


def test_the_readme_names_every_command() -> None:
    assert named_commands((ROOT / "README.md").read_text("utf-8")) == commands()


DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")


def test_the_design_draws_every_phase_of_a_batch_and_no_other() -> None:
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", DESIGN, flags=re.DOTALL)
    drawn = {state for arrow in re.findall(r"(\S+) --> (\S+):?", diagram) for state in arrow}
    assert {state.removesuffix(":") for state in drawn} - {"[*]"} == set(BatchPhase)


@pytest.mark.parametrize("folder", ["trader/app", "trader/cli"])
def test_the_design_tells_of_every_module_of_the_shell(folder: str) -> None:
    names = {Path(module.path).name for module in product_modules() if module.is_in(folder)} - {"__init__.py"}
    assert names <= set(re.findall(r"`(?:trader/\w+/)?(\w+\.py)`", DESIGN))


def test_the_sections_of_the_design_are_numbered_without_gaps() -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", DESIGN, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_section_that_the_code_points_to_exists() -> None:
    places = [text for module in product_modules() for text in re.findall(r"design\.md``, section (\d+)", module.text)]
    assert places
    assert all(re.search(rf"^## {number}\. ", DESIGN, flags=re.MULTILINE) for number in places)
