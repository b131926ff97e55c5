"""The end of a day: its report, its books side by side, and whatever is done to the journal after it."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from risk.people.people import Role, SetRoles
from tests.integration.command_line import TRADE_DATE, Desk, batch_text, desk, trader
from trader.adapters.store import Store
from trader.app.end_of_day.files import write_report
from trader.app.end_of_day.verify import verify_folder
from trader.app.history import replay_journal
from trader.app.identity import ask
from trader.engine.engine import Engine
from trader.journal.anchor import read_anchors
from trader.journal.record import GENESIS, JournalDamagedError, Record, digest

FILLED = "R-1,EUR/USD,BUY,EUR,100000,SPOT,MARKET"
SOLD = "R-2,EUR/USD,SELL,EUR,40000,SPOT,MARKET"
TOO_LARGE = "R-3,EUR/USD,BUY,EUR,40000000,SPOT,MARKET"
ANCHORED = ("[venue]", '[report]\nanchor = "elsewhere/anchors.jsonl"\n\n[venue]')

_Row = tuple[int, int, str, bytes, bytes]
_Change = Callable[[list[_Row]], list[_Row]]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that has traded and has written the report of the day; its venue is gone."""
    folder = tmp_path_factory.mktemp("desk")
    with desk(folder) as made:
        made.configure(ANCHORED)
        (folder / "elsewhere").mkdir()
        for number, rows in enumerate([(FILLED, TOO_LARGE), (SOLD,)]):
            assert made.run(made.write(f"{number}.csv", batch_text(*rows))).code == 1 - number
    outcome = trader(folder, "report", "--data", "data")
    assert outcome.code == 1, outcome.said
    return made


@pytest.fixture
def kept(reported: Desk, tmp_path: Path) -> Path:
    """The folder of the desk, to spoil."""
    shutil.copytree(reported.folder, tmp_path / "desk")
    return tmp_path / "desk"


def faults(folder: Path, second: str = "elsewhere/anchors.jsonl") -> list[str]:
    found = verify_folder(folder / "data", "", folder / second if second else None, rebuild=False)
    return list(found["faults"])


def rewrite(folder: Path, change: _Change) -> None:
    """Change the journal as somebody would who can hash: numbers and chain hold again afterwards."""
    with closing(sqlite3.connect(folder / "data" / "trader.db")) as database, database:
        rows = change(database.execute("SELECT seq, ts_ns, kind, payload, digest FROM journal ORDER BY seq").fetchall())
        database.execute("DELETE FROM journal")
        head = GENESIS
        for seq, (_, ts_ns, kind, payload, _) in enumerate(rows, start=1):
            head = digest(head, seq, ts_ns, kind, payload)
            database.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", (seq, ts_ns, kind, payload, head))


def edit(rows: list[_Row]) -> list[_Row]:
    """A session ended for another reason."""
    (place,) = [place for place, row in enumerate(rows) if row[2] == "SessionClosed"][-1:]
    seq, ts_ns, kind, payload, head = rows[place]
    return [*rows[:place], (seq, ts_ns, kind, payload.replace(b"logged out", b"logged off"), head), *rows[place + 1 :]]


def swap(rows: list[_Row]) -> list[_Row]:
    """Two records change places: the last that say how a session ended and began."""
    return [*rows[:-2], rows[-1], rows[-2]]


def cut(rows: list[_Row]) -> list[_Row]:
    """A record in the middle is gone."""
    return [row for place, row in enumerate(rows) if place != len(rows) // 2]


def truncate(rows: list[_Row]) -> list[_Row]:
    """The end is gone."""
    return rows[:-1]


# --- the journal ------------------------------------------------------------------------------------------------------


def test_a_journal_that_nobody_touched_agrees_with_every_anchor(kept: Path) -> None:
    outcome = trader(kept, "verify", "--data", "data")
    assert outcome.code == 0, outcome.said
    assert outcome.out.count("compared with the anchor at record") == 2
    assert "reports/2026-11-20.json" in outcome.out
    assert "elsewhere/anchors.jsonl" in outcome.out


@pytest.mark.parametrize("change", [edit, swap, cut, truncate])
@pytest.mark.parametrize("where", ["reports", "elsewhere"])
def test_whatever_is_done_to_the_journal_by_somebody_who_can_hash_is_found(
    change: _Change, where: str, kept: Path
) -> None:
    rewrite(kept, change)
    if where == "elsewhere":  # whoever can write the journal can write the reports beside it
        shutil.rmtree(kept / "data" / "reports")
    found = [fault for fault in faults(kept) if where in fault]
    assert len(found) == 1
    assert "was cut off" in found[0] if change in (cut, truncate) else "written anew" in found[0]


def test_a_cut_at_the_end_is_not_found_without_an_anchor_and_people_are_told_so(kept: Path) -> None:
    shutil.rmtree(kept / "data" / "reports")
    outcome = trader(kept, "verify", "--data", "data", "--config", str(_without_anchor(kept)))
    assert outcome.code == 0, outcome.said
    assert "a cut at the very end would not be seen" in outcome.out


def _without_anchor(folder: Path) -> Path:
    text = (folder / "trader.toml").read_text("utf-8")
    (folder / "other.toml").write_text(text.replace(ANCHORED[1], ANCHORED[0]), "utf-8")
    return folder / "other.toml"


def test_a_journal_that_has_grown_still_agrees(kept: Path) -> None:
    ask(kept / "data", SetRoles("rita", (Role.RISK,)), "login", "First user")
    assert faults(kept) == []


def test_a_report_that_was_changed_is_found(kept: Path) -> None:
    path = kept / "data" / "reports" / f"{TRADE_DATE}.json"
    report = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(report | {"anchor": report["anchor"] | {"head_hash": "00"}}), "utf-8")
    (fault,) = faults(kept, "")
    assert "written anew" in fault
    path.write_text("{}", "utf-8")
    (fault,) = faults(kept, "")
    assert "is no end-of-day report any longer" in fault


@pytest.mark.parametrize(
    ("content", "told"), [(None, "is not there, and there are reports"), (b"{}\n", "line 1 is no anchor")]
)
def test_a_second_place_that_is_gone_or_changed_is_found(content: bytes | None, told: str, kept: Path) -> None:
    path = kept / "elsewhere" / "anchors.jsonl"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    (fault,) = faults(kept)
    assert told in fault


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_has_every_book_of_every_line_and_date(reported: Desk) -> None:
    report: dict[str, Any] = json.loads((reported.folder / f"data/reports/{TRADE_DATE}.json").read_text("utf-8"))
    (filled, denied), (sold,) = (batch["rows"] for batch in report["batches"])
    assert [filled[book] for book in ("asked", "executed", "reported")] == ["100000"] * 3
    assert [sold[book] for book in ("asked", "executed", "reported")] == ["40000"] * 3
    assert (denied["executed"], denied["status"], denied["reason_code"]) == ("0", "denied", "ORDER_NOTIONAL")
    (total,) = report["totals"]
    assert (total["currency"], total["asked"], total["executed"], total["reported"]) == (
        "EUR",
        "40060000",
        "60000",
        "60000",
    )
    assert (report["reconciled"], report["orphans"], report["unknown_orders"]) == (True, [], [])


def test_people_read_the_same_in_markdown(reported: Desk) -> None:
    text = (reported.folder / f"data/reports/{TRADE_DATE}.md").read_text("utf-8")
    assert text.startswith(f"# End of day {TRADE_DATE}\n\n2 batches, 3 lines, of which 2 filled. Reconciled")
    assert "| R-1 | buy EUR on EUR/USD | 2026-11-24 | 100,000 | 100,000 | 100,000 | filled |" in text
    assert "denied (ORDER\\_NOTIONAL)" in text
    (anchor,) = read_anchors((reported.folder / "elsewhere" / "anchors.jsonl").read_bytes())
    assert anchor.head_hash in text
    assert anchor.trade_date == TRADE_DATE


def test_a_report_is_for_its_owner_only_and_one_that_said_otherwise_is_kept(kept: Path) -> None:
    write_report(kept / "data", date.fromisoformat(TRADE_DATE), kept / "elsewhere" / "anchors.jsonl")
    folder = kept / "data" / "reports"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    names = {path.name for path in folder.iterdir()}
    assert names >= {f"{TRADE_DATE}.json", f"{TRADE_DATE}.1.json", f"{TRADE_DATE}.md"}
    assert len((kept / "elsewhere" / "anchors.jsonl").read_bytes().splitlines()) == 2


def test_reconcile_says_the_same_and_writes_nothing(kept: Path) -> None:
    before = sorted(path.name for path in (kept / "data" / "reports").iterdir())
    outcome = trader(kept, "reconcile", TRADE_DATE, "--data", "data", "--json")
    assert outcome.code == 1, outcome.said
    report = json.loads((kept / f"data/reports/{TRADE_DATE}.json").read_text("utf-8"))
    assert outcome.json == {key: value for key, value in report.items() if key != "anchor"}
    assert sorted(path.name for path in (kept / "data" / "reports").iterdir()) == before


def test_a_day_without_a_batch_is_said_with_those_that_had_one(reported: Desk) -> None:
    outcome = trader(reported.folder, "reconcile", "2026-11-19", "--data", "data")
    assert outcome.code == 2, outcome.said
    assert f"no batch was submitted for the trade date 2026-11-19; there are {TRADE_DATE}" in outcome.err


@pytest.mark.parametrize("command", ["report", "reconcile"])
def test_a_data_folder_in_which_nothing_was_traded_is_no_day_that_is_well(tmp_path: Path, command: str) -> None:
    """A job that is pointed at the wrong folder must not be green."""
    killed = trader(tmp_path, "kill", "--scope", "firm", "--reason", "a first record", "--data", "data")
    assert killed.code in (0, 4), killed.said
    outcome = trader(tmp_path, command, "--data", "data")
    assert outcome.code == 2, outcome.said
    assert "no batch was ever submitted with this data folder" in outcome.said
    assert not (tmp_path / "data" / "reports").exists()


def test_what_is_not_a_date_is_said(tmp_path: Path) -> None:
    outcome = trader(tmp_path, "report", "yesterday")
    assert outcome.code == 2, outcome.said
    assert "'yesterday' is not a date; expected one like 2026-03-02" in outcome.err


def test_no_report_is_made_of_a_damaged_journal(kept: Path) -> None:
    with closing(sqlite3.connect(kept / "data" / "trader.db")) as database, database:
        database.execute("UPDATE journal SET ts_ns = ts_ns + 1 WHERE seq = 4")
    with pytest.raises(JournalDamagedError, match="record 4"):
        write_report(kept / "data", None, None)


def test_the_venue_gives_its_books_once_more_when_it_is_asked(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert made.run(made.write("batch.csv", batch_text(FILLED))).code == 0
        asked, connect = made.journal_count("FixReceived", "35=AQ"), f"127.0.0.1:{made.venue.port}"
        outcome = trader(tmp_path, "reconcile", "--ask", "--connect", connect, "--data", "data", "--json")
        assert outcome.code == 0, outcome.said
        assert outcome.json["batches"][0]["compared"] == ["asked", "executed", "reported"]
        # What it has, as every new process asks, and its books.
        assert made.journal_count("FixReceived", "35=AQ") == asked + 2
        assert made.journal_count("BooksAsked", TRADE_DATE) == 1
    outcome = trader(tmp_path, "reconcile", "--ask", "--connect", connect, "--data", "data")
    assert outcome.code == 2, outcome.said
    assert f"cannot be reached at {connect}" in outcome.err


def test_a_state_that_has_changed_behind_what_is_kept_for_its_hash_is_found(kept: Path) -> None:
    engine = Engine()

    def spoil(record: Record, _outputs: object) -> None:
        if record.kind == "StateHashed":
            for order in (order for blotter in engine.context.blotters.values() for order in blotter if order.is_final):
                order.text = "what nobody has said"

    with closing(Store(kept / "data" / "trader.db", must_exist=True)) as store:
        found = replay_journal(store, engine, spoil, check_seals=True)
    assert found.faults[-1] == "the state hashes were not taken over the whole state, by a bug: they prove nothing"
