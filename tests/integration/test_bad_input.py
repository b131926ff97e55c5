"""What goes wrong before the first order: one clear sentence, exit code 2, nothing sent."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.command_line import (
    DEADLINE_S,
    EXAMPLES,
    HEADER,
    ROOT,
    TRADE_DATE,
    Desk,
    Outcome,
    Venue,
    batch_text,
    desk,
    line_numbers,
    spot_rows,
    trader,
)
from trader.batch.columns import COLUMNS

WRONG_INPUT, INCOMPLETE = 2, 1
GOOD = batch_text(*spot_rows(3))
REFUSING = """title = "No logon"
[[rules]]
when = { message = "Logon" }
then = { action = "refuse_logon", text = "Your password has expired" }
"""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with Venue(tmp_path_factory.mktemp("venue")) as started:
        yield started


@pytest.fixture
def ours(venue: Venue, tmp_path: Path) -> Desk:
    """A folder of its own at the venue that all these tests share: nothing may come to trade there."""
    return Desk(tmp_path, venue)


@pytest.fixture
def dealing(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that logs on: its venue is its own, as one that knew another folder's orders would rightly be doubted."""
    with Venue(tmp_path_factory.mktemp("venue")) as own:
        yield Desk(tmp_path, own)


def assert_refused(run: Outcome, *words: str) -> None:
    """Wrong input, and a sentence that says so without a traceback."""
    assert run.code == WRONG_INPUT, run.said
    assert "Traceback" not in run.err
    told = " ".join(run.err.split())
    assert all(word in told for word in words), run.said


def refuse(desk: Desk, *arguments: str | Path) -> Outcome:
    """Run what has to be refused; nothing may reach the venue."""
    before = desk.venue.trade_count()
    run = desk.run(*arguments)
    assert desk.venue.trade_count() == before
    return run


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", ("the file is empty", "a header row"), id="empty"),
        pytest.param(bytes(range(256)) * 16, ("NUL byte", "CSV in UTF-8"), id="binary"),
        pytest.param(GOOD.encode("utf-16"), ("UTF-16", "CSV in UTF-8"), id="utf-16"),
        pytest.param(
            GOOD.replace("R-00001,", "R-00001,1,", 1).encode(), ("8 cells under 7 headers", "row 3"), id="wide row"
        ),
    ],
)
def test_a_file_that_is_no_batch(ours: Desk, content: bytes, words: tuple[str, ...]) -> None:
    ours.write("batch.csv", content)
    assert_refused(refuse(ours, "batch.csv"), "nothing was sent", *words)


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere.csv", "No such file"), (".", "Is a directory"), ("/dev/zero", "536,870,912 bytes")]
)
def test_a_path_that_is_no_file(ours: Desk, name: str, words: str) -> None:
    assert_refused(refuse(ours, name), "nothing was sent", words)


# A process's peak memory begins with that of whoever started it: this one is small, the test run is not.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "trader", *sys.argv[1:]]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
sys.exit(code)
"""


def test_a_million_and_one_lines_are_refused_without_reading_them_into_memory(ours: Desk) -> None:
    rows = "".join(f"R-{number},EUR/USD,BUY,EUR,100000,SPOT,MARKET\n" for number in range(1_000_001))
    path = ours.write("batch.csv", batch_text() + rows)
    before = ours.venue.trade_count()
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, *ours.command(path)],
        cwd=ours.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_refused(Outcome(ended.returncode, "", ended.stderr), "more than 1,000,000 rows", "split the file")
    memory_kb, cpu_s = map(float, ended.stdout.split())
    assert memory_kb < 400_000, "the file has 50,000"
    assert cpu_s < 5
    assert ours.venue.trade_count() == before


def test_every_wrong_cell_of_every_row_is_named_at_once(ours: Desk) -> None:
    """One row for each column, wrong in that column alone; the first row is right."""
    names = [column.name for column in COLUMNS]
    right = dict.fromkeys(names, "") | {
        "row_id": "R-1",
        "product": "SPOT",
        "pair": "EUR/USD",
        "side": "BUY",
        "dealt_currency": "EUR",
        "amount": "100000",
        "order_type": "LIMIT",
        "limit_rate": "1.10000",
    }
    wrong = {
        "row_id": "R-1",
        "product": "NDF",
        "pair": "EURUSD",
        "side": "HOLD",
        "dealt_currency": "GBP",
        "amount": "1e6",
        "value_date": "24/11/2026",
        "tenor": "9Q",
        "far_value_date": "2027-01-20",
        "far_tenor": "1M",
        "far_amount": "5",
        "order_type": "STOP",
        "limit_rate": "NaN",
        "time_in_force": "GTD",
        "book": "\u0411\u041e\u041e\u041a",
        "account": "A\x01",
        "netting_group": "\x02",
        "comment": "x" * 1_001,
    }
    rows = [right] + [right | {"row_id": f"R-{name}"} | {name: cell} for name, cell in wrong.items()]
    ours.write("batch.csv", batch_text(*(",".join(row.values()) for row in rows), header=",".join(names)))
    run = refuse(ours, "batch.csv", "--json")
    assert_refused(run)
    errors = run.json["errors"]
    assert [(error["row"], error["column"], error["value"]) for error in errors] == [
        (number, name, cell) for number, (name, cell) in enumerate(wrong.items(), start=3)
    ]
    assert all(error["problem"] and error["expected"] for error in errors)


@pytest.mark.parametrize(
    ("column", "cell"),
    [("venue", "NOWHERE"), ("counterparty", "BANK-A"), ("strategy", "TWAP"), ("netting_group", "N1")],
)
def test_a_wish_that_nobody_can_meet_is_refused_and_not_dropped(ours: Desk, column: str, cell: str) -> None:
    row = f"R-1,EUR/USD,BUY,EUR,100000,SPOT,MARKET,{cell}"
    ours.write("batch.csv", batch_text(row, header=f"row_id,pair,side,dealt_currency,amount,tenor,order_type,{column}"))
    assert_refused(refuse(ours, "batch.csv"), "row 2", column, cell, "nothing was sent")


def test_what_a_venue_does_not_take_is_told_as_the_file_has_it(ours: Desk) -> None:
    """An empty cell and a word of the desk's own are not replaced by what they mean."""
    mine = ours.folder / "fok-only"
    shutil.copytree(ROOT / "fix_configs" / "simulator", mine)
    dialect = (mine / "dialect.toml").read_text("utf-8")
    for old, new in (('["DAY", "GTC", "IOC", "FOK"]', '["FOK"]'), ('PREVIOUSLY_QUOTED = "D"\n', "")):
        dialect = dialect.replace(old, new)
    dialect = dialect.replace('[quotes]\nsource = "request"\n', "")
    (mine / "dialect.toml").write_text(dialect, "utf-8")
    ours.write("batch.csv", batch_text("R-1,EUR/USD,BUY,EUR,100000,SPOT,rfq", header=HEADER.replace("order_", "Ord ")))
    run = refuse(ours, "batch.csv", "--venue", "fok-only", "--json")
    assert_refused(run)
    assert [(error["column"], error["value"], error["problem"]) for error in run.json["errors"]] == [
        ("Ord type", "rfq", "the venue simulator does not take it"),
        ("time_in_force", "", "means DAY where it is empty, which the venue simulator does not take"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(GOOD.replace("\n", "\r\n").rstrip().encode(), id="carriage returns, none at the end"),
    ],
)
def test_what_spreadsheets_do_to_a_text_file_is_read(dealing: Desk, content: bytes) -> None:
    dealing.write("batch.csv", content)
    run = dealing.run("batch.csv", "--json")
    assert run.code == 0, run.said
    assert run.json["lines"]["filled"] == 3
    assert sorted(line_numbers(dealing.venue.trades())) == [1, 2, 3]


@pytest.mark.parametrize("name", ["-für März", os.fsdecode(b"we\xffird.csv")])
def test_a_file_may_be_called_anything(dealing: Desk, name: str) -> None:
    dealing.write(name, batch_text(*spot_rows(1)))
    run = dealing.run("--json", "--", name)
    assert run.code == 0, run.said
    assert (dealing.folder / run.json["result_file"]).is_file()


def test_a_data_folder_may_be_called_anything_and_holds_everything(dealing: Desk) -> None:
    """A question mark in the database's address once led to a folder that nobody had locked."""
    dealing.write("batch.csv", GOOD)
    run = dealing.run("batch.csv", "--data", "what?a=1 %41#b", "--json")
    assert run.code == 0, run.said
    assert {path.name for path in dealing.folder.iterdir()} == {"batch.csv", "what?a=1 %41#b"}


def test_a_narrow_encoding_spells_out_what_it_cannot_say(ours: Desk) -> None:
    ours.write("batch.csv", batch_text("R-1,EUR/USD,BUY,EUR,100000,SPOT,\u0411"))
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    for option in ("--json", "--yes"):
        run = subprocess.run(
            [sys.executable, "-m", "trader", *ours.command("batch.csv", option)],
            cwd=ours.folder,
            env=environment,
            capture_output=True,
            check=False,
            timeout=DEADLINE_S,
        )
        assert run.returncode == WRONG_INPUT, run.stderr
        assert b"Traceback" not in run.stderr
        assert option != "--json" or json.loads(run.stdout)["errors"][0]["value"] == "\u0411"


def test_a_totals_file_that_disagrees_stops_the_batch(ours: Desk) -> None:
    ours.write("batch.csv", GOOD)
    ours.write("batch.totals.toml", f'trade_date = "{TRADE_DATE}"\nlines = 4\n[totals]\nEUR = "300001"\nJPY = "1"\n')
    run = refuse(ours, "batch.csv", "--json")
    assert_refused(run)
    assert [(error["column"], error["value"]) for error in run.json["errors"]] == [
        ("lines", "4"),
        ("EUR", "300001"),
        ("JPY", "1"),
    ]
    (ours.folder / "batch.totals.toml").write_bytes(b"\xff\xfe not a totals file")
    assert_refused(refuse(ours, "batch.csv"), "totals file is not TOML")


def test_a_file_changed_by_one_byte_does_not_trade_its_rows_again(dealing: Desk) -> None:
    dealing.write("batch.csv", GOOD)
    assert dealing.run("batch.csv").code == 0
    before = dealing.venue.trade_count()

    dealing.write("changed.csv", GOOD.replace("100000", "100001", 1))
    run = dealing.run("changed.csv", "--json")
    assert run.code == INCOMPLETE, run.said
    assert (run.json["lines"]["denied"], run.json["lines"]["filled"]) == (3, 0)
    assert dealing.venue.trade_count() == before
    result = (dealing.folder / run.json["result_file"]).read_text("utf-8")
    assert result.count("LINE_DUPLICATE") >= 3
    assert "the row was traded before" in run.err


WrongDesk = Callable[[Desk], tuple[str, ...]]


def unknown_key(desk: Desk) -> tuple[str, ...]:
    desk.configure(("[venue]", "[venue]\nspeed = 9"))
    return "trader.toml", "speed"


def misspelled_section(desk: Desk) -> tuple[str, ...]:
    desk.configure(("[reference]", "[references]"))
    return "trader.toml", "reference"


def not_toml(desk: Desk) -> tuple[str, ...]:
    desk.configure(("[venue]", "[venue"))
    return "trader.toml", "line"


def no_limits_file(desk: Desk) -> tuple[str, ...]:
    desk.configure()
    (desk.folder / "limits.csv").unlink()
    return "limits.csv", "No such file"


def limit_not_a_number(desk: Desk) -> tuple[str, ...]:
    desk.configure()
    path = desk.folder / "limits.csv"
    path.write_text(path.read_text("utf-8").replace(",max,25000000,", ",max,NaN,", 1), "utf-8")
    return "limits.csv", "NaN", "expected a number"


def rule_of_an_unknown_key(desk: Desk) -> tuple[str, ...]:
    desk.configure()
    desk.write("rules.txt", 'rule r\n  when pear is EUR/USD\n  then deny "no"\n')
    return "rules.txt", "line 2, column 8", "'pear' is not a key of an order; expected pair"


@pytest.mark.parametrize(
    "spoil",
    [unknown_key, misspelled_section, not_toml, no_limits_file, limit_not_a_number, rule_of_an_unknown_key],
)
def test_a_configuration_that_is_wrong(ours: Desk, spoil: WrongDesk) -> None:
    ours.write("batch.csv", GOOD)
    words = spoil(ours)
    assert_refused(refuse(ours, "batch.csv"), *words)


def test_without_a_limit_nothing_is_allowed(dealing: Desk) -> None:
    dealing.configure(("[batch]", "[batch]\nanswer_s_max = 1"))
    dealing.write("limits.csv", (EXAMPLES / "limits.csv").read_text("utf-8").splitlines()[0] + "\n")
    dealing.write("batch.csv", GOOD)
    run = refuse(dealing, "batch.csv", "--json")
    assert (run.code, run.json["lines"]["denied"]) == (INCOMPLETE, 3), run.said
    assert "LIMIT_UNDEFINED" in run.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--config", "nowhere.toml"), ("nowhere.toml", "No such file")),
        (("--venue", "nowhere"), ("no venue 'nowhere'", "simulator")),
        (("--connect", "127.0.0.1"), ("--connect 127.0.0.1", "HOST:PORT")),
        (("--trade-date", "20.11.2026"), ("--trade-date",)),
        (("--frobnicate",), ("--frobnicate",)),
        (("--out", "batch.csv"), ("no result file can be written to batch.csv",)),
        (("--data", "batch.csv"), ("the data folder batch.csv cannot be used",)),
    ],
)
def test_options_that_are_wrong(ours: Desk, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    ours.write("batch.csv", GOOD)
    assert_refused(refuse(ours, "batch.csv", *options), *words)


def test_a_venue_that_nobody_has_started(ours: Desk, free_port: Callable[[], int]) -> None:
    ours.write("batch.csv", GOOD)
    port = free_port()
    run = refuse(ours, "batch.csv", "--connect", f"127.0.0.1:{port}", "--json")
    assert_refused(run, f"cannot be reached at 127.0.0.1:{port}", "Connection refused")
    assert run.json["errors"][0]["problem"] in run.err


def test_a_venue_that_refuses_the_logon_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "refusing.toml").write_text(REFUSING, "utf-8")
    with desk(tmp_path, "--scenario", "refusing.toml") as refusing:
        refusing.write("batch.csv", GOOD)
        run = refuse(refusing, "batch.csv")
    assert_refused(run, "refused the logon", "Your password has expired")


def test_a_venue_that_does_not_say_that_it_is_ready_is_sent_nothing(tmp_path: Path) -> None:
    (tmp_path / "asleep.toml").write_text('title = "Not ready yet"\nready_delay_ms = 60000\n', "utf-8")
    mine = tmp_path / "with-news"
    shutil.copytree(ROOT / "fix_configs" / "simulator", mine)
    dialect = mine / "dialect.toml"
    dialect.write_text(
        dialect.read_text("utf-8").replace("simulated = true", 'simulated = true\nready = "news"'), "utf-8"
    )
    with desk(tmp_path, "--dialect", "with-news", "--scenario", "asleep.toml") as asleep:
        asleep.configure(("[batch]", "[batch]\nlogon_s_max = 1"))
        asleep.write("batch.csv", GOOD)
        run = refuse(asleep, "batch.csv", "--venue", "with-news")
    assert_refused(run, "did not say in 1 s that it is ready for orders", "News(B)", "Nothing was sent")


def test_a_second_robot_on_the_same_data_folder_is_turned_away(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        resting.write("batch.csv", GOOD)
        first = resting.start("batch.csv")
        first.run_until(lambda: resting.journal_count("SessionOpened") > 0)
        assert_refused(resting.run("batch.csv"), "in use by process", f"{first.pid}", "--data")
        first.send_signal(signal.SIGTERM)
        assert first.end().code == INCOMPLETE
        assert resting.venue.trade_count() == 0


def overwrite(database: Path) -> None:
    database.write_bytes(b"this was a database" * 100)


def cut_off(database: Path) -> None:
    with closing(sqlite3.connect(database)) as journal, journal:
        journal.execute("DELETE FROM journal WHERE seq = 2")


def forge(database: Path) -> None:
    with closing(sqlite3.connect(database)) as journal, journal:
        journal.execute("UPDATE journal SET payload = replace(payload, 'R-00000', 'R-99999')")


@pytest.mark.parametrize("damage", [overwrite, cut_off, forge])
def test_a_journal_that_was_tampered_with_is_not_traded_on(dealing: Desk, damage: Callable[[Path], None]) -> None:
    dealing.write("batch.csv", batch_text(*spot_rows(2)))
    assert dealing.run("batch.csv").code == 0
    damage(dealing.folder / "data" / "trader.db")
    dealing.write("other.csv", batch_text("X-1,EUR/USD,BUY,EUR,100000,SPOT,MARKET"))
    assert_refused(refuse(dealing, "other.csv"), "trader.db", "nothing was sent")


def test_a_real_venue_is_not_traded_on_by_mistake(ours: Desk) -> None:
    """Neither with the example limits, nor without a yes, nor on another day."""
    mine = ours.folder / "real"
    shutil.copytree(ROOT / "fix_configs" / "simulator", mine)
    dialect = mine / "dialect.toml"
    text = dialect.read_text("utf-8").replace("simulated = true", "simulated = false")
    dialect.write_text(text.replace("when_refused", "new_store"), "utf-8")
    ours.write("batch.csv", GOOD)
    assert_refused(refuse(ours, "batch.csv", "--venue", "real"), "the desk's own configuration and limits")
    ours.configure()
    assert_refused(refuse(ours, "batch.csv", "--venue", "real", "--yes"), "a real venue trades today")
    without_date = [
        word for word in ours.command("batch.csv", "--venue", "real") if word not in ("--trade-date", TRADE_DATE)
    ]
    before = ours.venue.trade_count()
    assert_refused(trader(ours.folder, *without_date), "say --yes")
    assert ours.venue.trade_count() == before
