"""``trader limits``: a set is read, compared, asked for and approved; and how full the limits are."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from limit_cases import Bank, rows_with, volume
from rich.console import Console
from risk_cases import Terms

from risk.limits.book import Limit
from risk.limits.file import COLUMNS, DATES
from tests.integration.command_line import Outcome, trader
from tests.integration.test_explain import kept
from trader.adapters.credentials import Credentials
from trader.adapters.limit_file import load_limits
from trader.adapters.store import Store
from trader.app.history import engine_of
from trader.app.limits.use import chosen, uses_of
from trader.batch.sheet import sheet_bytes
from trader.cli.limits import _print_tree, _tree
from trader.cli.output import amount
from trader.domain.errors import ConfigError

PASSWORD = "a password of a test"  # noqa: S105 -- a test's own


def cells_of(rows: Iterable[Limit]) -> list[list[str]]:
    return [
        [row.control, row.node, row.parameter, row.value, row.note, *(str(day or "") for day in (row.since, row.until))]
        for row in rows
    ]


def csv_of(rows: Iterable[Limit]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([[*COLUMNS, *DATES], *cells_of(rows)])
    return text.getvalue().encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in which the treasury has dealt a million euros, and whose risk officers are rita and rolf."""
    bank = Bank()
    bank.submit(Terms(amount="1000000"))
    bank.acknowledges(1)
    bank.fills(1)
    data = kept(tmp_path / "var", bank)
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    with closing(Credentials(data / "trader.db", PasswordHasher(time_cost=1, memory_cost=64))) as credentials:
        for user in ("rita", "rolf", "anna"):
            credentials.keep(user, PASSWORD)
    return data


def ask(folder: Path, content: bytes, *options: str, name: str = "new.csv") -> Outcome:
    file = folder.parent / name
    file.write_bytes(content)
    asked = ("--data", str(folder), "--user", "rita", "--reason", "the review", "--yes")
    asked += ("--password-file", str(folder.parent / "password"))
    return trader(folder.parent, "limits", "import", str(file), *asked, *options)


def test_a_set_is_asked_for_by_one_and_in_force_when_another_approves_it(folder: Path) -> None:
    asked = ask(folder, csv_of(volume("700000000")), "--json")
    assert asked.code == 5, asked.said
    (change,) = asked.json["changes"]
    assert (change["kind"], change["before"], change["after"]) == ("raised", "300000000", "700000000")
    seen = ("--data", str(folder), "--user", "rolf", "--reason", "seen", "--yes")
    password = ("--password-file", str(folder.parent / "password"))
    approved = trader(folder.parent, "approve", asked.json["request_id"], *seen, *password)
    assert approved.code == 0, approved.said
    assert "raised: VOLUME_DAY max desk=* from 300000000 to 700000000" in approved.out
    engine = engine_of(folder)
    assert engine.context.limit_rows == volume("700000000")
    (kept_set,) = trader(folder.parent, "limits", "history", "--data", str(folder), "--json").json["limit_sets"]
    assert (kept_set["who"], kept_set["decided_by"], kept_set["changes"]) == ("rita", "rolf", "1 raised")
    store = Store(folder / "trader.db")
    try:
        assert [row["version"] for row in store.rows("limit_versions")] == [1]
        assert [row["value"] for row in store.rows("limits")] == [row.value for row in volume("700000000")]
    finally:
        store.close()
    verified = trader(folder.parent, "verify", "--data", str(folder), "--rebuild")
    assert verified.code == 0, verified.said
    assert trader(folder.parent, "verify", "--data", str(folder)).code == 0


def test_the_difference_is_shown_and_who_approves_it_is_said(folder: Path) -> None:
    asked = ask(folder, csv_of(volume("700000000")))
    assert "raised: VOLUME_DAY max desk=* from 300000000 to 700000000" in asked.out
    assert "another person with the role risk approves it: trader approve " in asked.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (csv_of(volume("500000")), "above its new limit of 500,000"),
        (csv_of(rows_with()), "has the limits that are in force already"),
        (csv_of(volume("NaN")), "column value: 'NaN' cannot be"),
        (csv_of(volume("700000000"))[:-1], "ends in the middle of a line"),
        (b"PK\x03\x04 cut off", "the workbook is damaged"),
        (b"", "ends in the middle of a line"),
    ],
)
def test_a_set_that_cannot_be_is_refused_in_a_sentence_and_the_journal_has_nothing_of_it(
    folder: Path, content: bytes, told: str
) -> None:
    before = engine_of(folder).state_hash_source()
    refused = ask(folder, content)
    assert (refused.code, told in refused.err) == (2, True), refused.said
    assert engine_of(folder).state_hash_source() == before


def test_a_trader_cannot_ask_for_limits(folder: Path) -> None:
    refused = ask(folder, csv_of(volume("700000000")), "--user", "anna")
    assert refused.code == 2
    assert "anna may not ask for: limits; that needs the role risk" in refused.err


def test_a_script_has_to_say_yes_and_why(folder: Path) -> None:
    file = folder.parent / "new.csv"
    file.write_bytes(csv_of(volume("700000000")))
    asked = ("--data", str(folder), "--user", "rita", "--password-file", str(folder.parent / "password"))
    refused = trader(folder.parent, "limits", "import", str(file), *asked)
    assert refused.code == 2
    assert "say why with --reason" in refused.err


def workbook(**sheets: Sequence[Limit]) -> bytes:
    """A workbook with a sheet for each."""
    import openpyxl  # noqa: PLC0415 -- only these tests make workbooks of several sheets

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in [[*COLUMNS, *DATES], *cells_of(rows)]:
            sheet.append(cells)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def read(tmp_path: Path, content: bytes) -> tuple[Limit, ...]:
    (tmp_path / "limits.xlsx").write_bytes(content)
    return load_limits(tmp_path / "limits.xlsx").book.rows


def test_a_workbook_says_the_same_as_the_csv(tmp_path: Path) -> None:
    rows = rows_with()
    assert read(tmp_path, sheet_bytes([*COLUMNS, *DATES], cells_of(rows))) == rows
    trees = [row for row in rows if row.control == "TREE"]
    others = [row for row in rows if row.control != "TREE"]
    assert read(tmp_path, workbook(Tree=trees, Limits=others)) == (*trees, *others)


def test_a_workbook_with_another_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="tree, notes are sheets that all hold something; expected one sheet or"):
        read(tmp_path, workbook(tree=rows_with()[:2], notes=rows_with()[2:]))


def test_a_wrong_cell_of_a_workbook_is_told_by_its_sheet_and_row(tmp_path: Path) -> None:
    wrong = replace(rows_with()[3], control="TREES")
    with pytest.raises(ConfigError, match="sheet tree, row 3, column control: 'TREES' is not a control"):
        read(tmp_path, workbook(limits=rows_with()[:1], tree=[rows_with()[2], wrong]))


def test_how_full_limits_are_is_shown_worst_first_and_filtered(folder: Path) -> None:
    def shown(*options: str) -> list[dict[str, object]]:
        outcome = trader(folder.parent, "limits", "--data", str(folder), "--json", *options)
        assert outcome.code == 0, outcome.said
        return list(outcome.json["limits"])

    every = shown()
    percents = [use["used_percent"] for use in every]
    assert percents == sorted(percents, reverse=True)
    (trader_use,) = shown("--node", "trader anna", "--control", "volume_day")
    assert trader_use["place"] == ["firm BANK", "desk treasury", "trader anna"]
    assert trader_use["used"] == "1100050.00"
    assert all(use["used_percent"] >= percents[0] for use in shown("--over", str(percents[0])))
    assert shown("--over", "101") == []


def test_without_a_terminal_a_use_is_a_plain_line(folder: Path) -> None:
    lines = trader(folder.parent, "limits", "--data", str(folder), "--control", "VOLUME_DAY").out.splitlines()
    assert lines[0].split("\t") == ["percent", "node", "used", "limit", "free", "place"]
    assert any(line.endswith("firm BANK > desk treasury > trader anna") for line in lines[1:])


def test_a_percentage_that_is_none_is_told(folder: Path) -> None:
    refused = trader(folder.parent, "limits", "--data", str(folder), "--over", "NaN")
    assert refused.code == 2
    assert "is not a percentage" in refused.err


def test_the_tree_has_each_limit_under_its_node_with_a_bar(folder: Path) -> None:
    uses = chosen(uses_of(engine_of(folder).context.gate), "treasury", "VOLUME_DAY", None)
    console = Console(width=120, file=io.StringIO(), force_terminal=False)
    console.print(_tree(uses))
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    assert drawn.index("firm BANK") < drawn.index("desk treasury") < drawn.index("trader anna")
    assert "━━━━" in drawn


def test_no_amount_of_the_tree_is_cut_off_on_a_narrow_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    narrow = Console(width=60, file=file, force_terminal=True, color_system=None, highlight=False, soft_wrap=True)
    monkeypatch.setattr("trader.cli.limits.out", narrow)
    uses = chosen(uses_of(engine_of(folder).context.gate), "treasury", "VOLUME_DAY", None)
    _print_tree(uses)
    drawn = file.getvalue()
    assert [amount(f"{use.limit:f}") for use in uses if amount(f"{use.limit:f}") not in drawn] == []
    assert max(map(len, drawn.splitlines())) <= 60


def test_a_folder_in_which_nothing_has_run_is_said_to_be_none(tmp_path: Path) -> None:
    outcome = trader(tmp_path, "limits", "--data", str(tmp_path / "var"), "--json")
    assert outcome.code == 2
    assert str(tmp_path / "var") in outcome.json["errors"][0]["problem"] + outcome.json["errors"][0]["value"]


def test_a_wrong_option_is_one_json_object_for_programs(tmp_path: Path) -> None:
    outcome = trader(tmp_path, "limits", "--nope", "--json")
    assert outcome.code == 2
    assert "No such option: --nope" in outcome.json["errors"][0]["problem"]
