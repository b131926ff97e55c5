"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, own_files, project

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
    version = project()["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[?{re.escape(version)}\]?", changelog, flags=re.MULTILINE), f"no entry for {version}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):(?!=)", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", (ROOT / name).read_text("utf-8")))
    assert named <= targets
