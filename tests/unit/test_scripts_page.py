"""``docs/scripts.md``: every golden log by what its first lines say, and a test compares them.

After a log is added, ``python -m tests.unit.test_scripts_page`` draws the tables anew.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.drawn_part import DrawnPart

ROOT = Path(__file__).parents[2]
PART = DrawnPart("scripts.md", "scripts")
SCRIPTS_MIN = 60


def title(log: Path) -> str:
    """The comment that a log begins with, as one paragraph; what is for the player is left out."""
    lines: list[str] = []
    for line in log.read_text("utf-8").splitlines():
        if not line.startswith("#") or re.match(r"# dialect: ", line):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines).replace("|", "\\|")


def folders() -> Iterator[tuple[str, Path]]:
    """Where logs are, and what is played there."""
    yield "The standard's ways, at the bundled simulator", ROOT / "tests" / "golden"
    for folder in sorted((ROOT / "fix_configs").glob("*/golden")):
        yield f"`{folder.parent.name}`", folder


def tables() -> str:
    """What belongs between the two marks of the page."""
    rows: list[str] = []
    for name, folder in folders():
        rows += [f"### {name}", "", "| Script | Shows |", "|---|---|"]
        rows += [f"| `{log.stem}` | {title(log)} |" for log in sorted(folder.glob("*.fixlog"))]
        rows.append("")
    return "\n".join(rows)


def test_the_page_has_every_script_as_it_says_itself() -> None:
    assert PART.read() == tables(), "python -m tests.unit.test_scripts_page draws it anew"


def test_there_are_enough_scripts_and_no_two_show_the_same() -> None:
    logs = [log for _, folder in folders() for log in folder.glob("*.fixlog")]
    assert sum(log.parent.name == "golden" and log.parents[1].name == "tests" for log in logs) >= SCRIPTS_MIN
    own = [title(log) for log in logs if log.parents[1].name == "tests"]
    assert len(set(own)) == len(own)


if __name__ == "__main__":
    PART.write(tables())
