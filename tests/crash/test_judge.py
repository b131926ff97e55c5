"""The judge of the crash matrix sees what it is there for: each way of losing or doubling, once, on a quiet day."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.cell import STORE, TRADES, Cell, Played
from tests.crash.disk import library
from tests.crash.judge import Verdict, judge
from tests.integration.command_line import ROOT

pytestmark = pytest.mark.skipif(
    library() is None, reason="SQLite is built into this Python: its way to the disk cannot be watched"
)


@pytest.fixture(scope="module")
def quiet_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("quiet")
    command = [sys.executable, "-m", "tests.crash.matrix", "--json", "--cell", "robot", "--keep", str(root)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return Path(json.loads(ran.stdout)["folder"])


def verdict(folder: Path, cell: str = "robot") -> Verdict:
    summary = json.loads((folder / "robot-1.out").read_text("utf-8"))
    return judge(Played(Cell.parse(cell), folder, codes=[1], summary=summary))


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    lines = path.read_text("utf-8").splitlines()
    changed = change(lines)
    assert changed != lines
    path.write_text("\n".join(changed) + "\n", "utf-8")


def trade_that_nobody_reported(folder: Path) -> None:
    edit(folder / TRADES, lambda lines: [*lines, lines[0].replace('-2"', '-9"', 1)])


def trade_that_the_venue_has_not(folder: Path) -> None:
    edit(folder / TRADES, lambda lines: lines[1:])


def order_that_came_twice(folder: Path) -> None:
    def twice(lines: list[str]) -> list[str]:
        happenings = [json.loads(line) for line in lines[1:]]
        texts = [each for happening in happenings for each in happening["inputs"] if is_first_order(each)]
        return [*lines, json.dumps({**happenings[-1], "inputs": texts})]

    edit(folder / STORE / "venue.jsonl", twice)


def is_first_order(happened: dict[str, str]) -> bool:
    text = happened.get("text", "")
    return "\x0135=D\x01" in text and "00010101\x01" in text


def row_without_its_trade(folder: Path) -> None:
    edit_row(folder, "C-01", lambda cells: [cell if not cell.endswith("-2") else "" for cell in cells])


def row_that_was_given_up(folder: Path) -> None:
    """The result file says that the venue never took an order of it; the venue says the same."""
    edit(folder / TRADES, lambda lines: lines[1:])
    edit_row(folder, "C-01", lambda cells: [*cells[:-8], "VENUE_NEVER_RECEIVED", *cells[-7:]])


def row_that_is_unknown(folder: Path) -> None:
    edit_row(folder, "C-01", lambda cells: ["unknown" if cell == "filled" else cell for cell in cells])


def edit_row(folder: Path, row_id: str, change: Callable[[list[str]], list[str]]) -> None:
    (result,) = (folder / "data" / "results").glob("*.csv")
    edit(result, lambda rows: [",".join(change(row.split(","))) if row.startswith(row_id) else row for row in rows])


@pytest.mark.parametrize(
    ("spoil", "lost", "doubled", "unknown"),
    [
        (trade_that_nobody_reported, {"C-01"}, {"C-01"}, set()),
        (trade_that_the_venue_has_not, {"C-01"}, {"C-01"}, set()),
        (order_that_came_twice, set(), {"C-01"}, set()),
        (row_without_its_trade, {"C-01"}, set(), set()),
        (row_that_is_unknown, set(), set(), {"C-01"}),
    ],
)
def test_what_is_lost_doubled_or_unknown_is_found(
    quiet_day: Path,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    lost: set[str],
    doubled: set[str],
    unknown: set[str],
) -> None:
    folder = Path(shutil.copytree(quiet_day, tmp_path / "day"))
    assert verdict(folder).wrong == []
    spoil(folder)
    found = verdict(folder)
    assert (found.lost, found.doubled, found.unknown) == (lost, doubled, unknown), found.wrong


def test_a_row_that_is_told_as_given_up_is_lost_unless_each_of_its_orders_can_have_fallen(
    quiet_day: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(quiet_day, tmp_path / "day"))
    row_that_was_given_up(folder)
    assert verdict(folder, "robot sent:1 sent:2").lost == {"C-01"}
    assert verdict(folder, "robot sent:1 sent:2 sent:3").lost == set()


def test_a_table_that_does_not_say_what_the_journal_says_is_found(quiet_day: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(quiet_day, tmp_path / "day"))
    with closing(sqlite3.connect(folder / "data" / "trader.db")) as database, database:
        database.execute("DELETE FROM fills WHERE line_no = 1")
    assert any("fills" in sentence for sentence in verdict(folder).wrong)
