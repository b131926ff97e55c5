"""Every golden log, played: the engine's answers must be the ones that stand in it."""

from pathlib import Path

import pytest

from tests.golden.fixlog import ANSWERS, Script

HERE = Path(__file__).parent
VENUES = HERE.parents[1] / "fix_configs"
LOGS = [*sorted(HERE.glob("*.fixlog")), *sorted(VENUES.glob("*/golden/*.fixlog"))]


def _name(log: Path) -> str:
    return log.stem if log.parent == HERE else f"{log.parents[1].name}-{log.stem}"


@pytest.mark.parametrize("log", LOGS, ids=_name)
def test_the_engine_answers_as_the_log_says(log: Path) -> None:
    text = log.read_text("utf-8")
    assert Script().play(text) == text


@pytest.mark.parametrize("log", LOGS, ids=_name)
def test_a_log_says_what_it_shows_and_has_answers(log: Path) -> None:
    lines = log.read_text("utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert any(line.startswith(ANSWERS) for line in lines)
    assert all(line == "" or line[0] in "#$@<>!" for line in lines)


def test_there_are_logs_for_the_ways_of_the_market() -> None:
    assert sum(log.parent == HERE for log in LOGS) >= 15


@pytest.mark.parametrize("venue", sorted(folder.name for folder in VENUES.iterdir() if (folder / "golden").is_dir()))
def test_a_venue_shows_an_order_and_its_own_ways_in_its_own_dialect(venue: str) -> None:
    logs = sorted((VENUES / venue / "golden").glob("*.fixlog"))
    assert len(logs) >= 2
    assert all(f"# dialect: {venue}\n" in log.read_text("utf-8") for log in logs)


def test_a_log_with_another_answer_is_found() -> None:
    text = LOGS[0].read_text("utf-8")
    assert Script().play(text.replace("\n> ", "\n> x", 1)) == text


def test_a_script_that_asks_for_nothing_we_know_is_told() -> None:
    with pytest.raises(ValueError, match="tea is nothing a script can do"):
        Script().play("$ tea\n")
