"""A venue that nobody has heard of is added with a folder, and traded through: no code, no list, no registry."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.command_line import EXAMPLES, ROOT, Desk, desk, trader
from tests.integration.exchanges import logged, told
from tests.integration.venue_batches import (
    FIX_CONFIGS,
    PRODUCTS,
    Row,
    batch_of,
    carried,
    configure,
    dialect_of,
    example_rows,
    rehearsal,
)

pytestmark = pytest.mark.usefixtures("example_morning")

WRONG_INPUT = 2

SESSION = """[SESSION]
BeginString=FIX.4.2
SenderCompID=ROBOT
TargetCompID=HARBOUR
TargetSubID=PIER9
SocketConnectHost=127.0.0.1
SocketConnectPort=9950
HeartBtInt=30
NonStopSession=Y
"""
DIALECT = """# Nobody's venue: everything that venues do differently, at once.
name = "harbour"
title = "Harbour Exchange"
begin_string = "FIX.4.2"
exec_types = "4.2"
busts = "exec_trans_type"
symbol_separator = "-"
side_of = "symbol"
times_in_force = ["DAY", "IOC", "FOK"]
reset = "new_store"
ready = "news"
cancel_on_disconnect = "silent"
far_tenor_from = "near_leg"
id_length_max = 20

[order_types]
MARKET = "1"
LIMIT = "2"
PREVIOUSLY_QUOTED = "D"

[products]
SPOT = { security_type = "FOR", settl_type = "0" }
TOD = { security_type = "FOR", settl_type = "1" }
TOM = { security_type = "FOR", settl_type = "2" }
FORWARD = { security_type = "FOR", settl_type = "6" }
NDF = { security_type = "FOR", settl_type = "6" }
SWAP = { legs = "linked" }
BLOCK = { legs = "linked" }

[quotes]
source = "request"
is_two_way = true
can_pass = false

[amounts]
smallest = "10000"
contract = 1000

[pace]
messages_max = 20

[requests]
replace = false
order_status = true
mass_status = false
mass_cancel = false
trade_capture = false
market_data = true

[extra_fields]
D = { 9001 = "DESK-7", 100 = "PIER" }

[renamed_tags]
D = { 541 = "9541", 583 = "9583", 117 = "9117" }
R = { 541 = "9541" }
8 = { 541 = "9541" }

[reason_texts]
5 = "the harbour master wants to see your credit line"

[dictionary]
file = "FIX42.xml"

[dictionary.add_fields]
NewOrderSingle = [131]

[dictionary.group_fields]
NoRelatedSym = [15, 60, 9541]
"""


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    """The venue: two files."""
    venue = tmp_path / "harbour"
    venue.mkdir()
    (venue / "session.cfg").write_text(SESSION, "utf-8")
    (venue / "dialect.toml").write_text(DIALECT, "utf-8")
    return venue


@pytest.fixture
def rows(harbour: Path) -> list[Row]:
    """What of the products file it carries: all but the swaps and the block on quotes, which it takes leg by leg."""
    return carried(example_rows(PRODUCTS), dialect_of(harbour))


@pytest.fixture
def ours(harbour: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk at the venue that ``python -m simulator`` plays."""
    with desk(tmp_path, "--dialect", str(harbour), "--scenario", "rfq") as each:
        configure(each, dialect_of(harbour))
        yield each


def test_it_is_traded_through(ours: Desk, harbour: Path, rows: list[Row]) -> None:
    assert {row["product"] for row in rows} == {"SPOT", "TOD", "TOM", "FORWARD", "SWAP", "NDF"}
    assert "RFQ" in {row["order_type"] for row in rows}
    run = ours.run(ours.write("batch.csv", batch_of(rows)), "--venue", harbour, "--yes", "--json")
    assert run.code == 0, run.said
    assert (run.json["venue"], run.json["lines"]["filled"]) == ("harbour", len(rows))
    assert run.json["compared"] == ["asked", "executed", "statuses"]
    assert told(ours.folder / run.json["result_file"]) == logged(ours.venue.trades())
    assert trader(ours.folder, "verify", "--data", "data").code == 0


def test_it_speaks_as_its_folder_says(ours: Desk, harbour: Path, rows: list[Row]) -> None:
    run = ours.run(ours.write("batch.csv", batch_of(rows)), "--venue", harbour, "--yes", "--json")
    assert run.code == 0, run.said
    for field in ("35=B", "55=EUR-USD", "20=0", "150=2", "9541=20261222", "38=1000"):
        assert ours.journal_count("FixReceived", f"\\u0001{field}\\u0001"), field


def test_it_is_validated_against(ours: Desk, harbour: Path, rows: list[Row]) -> None:
    good = ours.write("good.csv", batch_of(rows))
    checked = trader(ours.folder, "validate", good, "--venue", harbour, "--trade-date", "2026-11-20", "--json")
    assert checked.code == 0, checked.said
    assert (checked.json["lines"]["pass"], checked.json["venue"]) == (len(rows), "harbour")


def test_what_it_does_not_take_is_an_error_of_the_file(ours: Desk, harbour: Path) -> None:
    run = ours.run(EXAMPLES / PRODUCTS, "--venue", harbour, "--yes", "--json")
    assert run.code == WRONG_INPUT, run.said
    errors = {(error["column"], error["problem"], error["expected"]) for error in run.json["errors"]}
    assert errors == {
        (
            "order_type",
            "the venue harbour does not take it",
            f"another type for a {product}: it is sent as one order a leg, and a quote is for the whole deal",
        )
        for product in ("SWAP", "BLOCK")
    }
    assert ours.venue.trade_count() == 0


def test_the_doctor_looks_it_over(ours: Desk, harbour: Path) -> None:
    seen = trader(
        ours.folder,
        "doctor",
        "--venue",
        harbour,
        "--connect",
        f"127.0.0.1:{ours.venue.port}",
        "--data",
        "data",
        "--json",
    )
    findings = {finding["what"]: (finding["state"], finding["finding"]) for finding in seen.json["findings"]}
    assert findings["session"] == ("ok", "ROBOT to HARBOUR, FIX.4.2")
    assert findings["dictionary"] == ("ok", "QuickFIX's FIX42.xml, taking any value, as the session's")
    assert findings["venue"] == ("ok", f"Harbour Exchange listens at 127.0.0.1:{ours.venue.port}")
    assert seen.code == 0, seen.said


COMMANDS = {
    "run": ("run", "batch.csv", "--yes"),
    "validate": ("validate", "batch.csv"),
    "doctor": ("doctor",),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_key_is_named_with_its_file(harbour: Path, tmp_path: Path, command: str) -> None:
    path = harbour / "dialect.toml"
    path.write_text(DIALECT.replace("[quotes]", "[quotes]\nmood = 9"), "utf-8")
    (tmp_path / "batch.csv").write_text("row_id\n", "utf-8")
    seen = trader(tmp_path, *COMMANDS[command], "--venue", harbour, "--data", "data")
    assert seen.code == WRONG_INPUT, seen.said
    said = "".join(seen.out.split()) + "".join(seen.err.split())
    assert "".join(f"{path}: Object contains unknown field `mood` - at `$.quotes`".split()) in said, seen.said
    assert "Traceback" not in seen.err
    assert not (tmp_path / "data").exists()


def test_the_simulator_does_not_play_an_unknown_key_either(harbour: Path, tmp_path: Path) -> None:
    (harbour / "dialect.toml").write_text(DIALECT.replace("[pace]", "[pace]\nmood = 9"), "utf-8")
    with pytest.raises(AssertionError, match=r"dialect\.toml: Object contains unknown field `mood` - at `\$\.pace`"):
        desk(tmp_path, "--dialect", str(harbour)).__enter__()


def test_keys_that_contradict_each_other_are_refused_in_words(harbour: Path, tmp_path: Path) -> None:
    (harbour / "dialect.toml").write_text(DIALECT.replace('SWAP = { legs = "linked" }', 'SWAP = { legs = "multileg" }'))
    seen = trader(tmp_path, "doctor", "--venue", harbour, "--data", "data", "--json")
    assert seen.code == WRONG_INPUT, seen.said
    (finding,) = seen.json["findings"]
    assert 'products.SWAP: legs = "multileg" needs NewOrderMultileg(AB), which FIX.4.2 has not' in finding["finding"]


def test_the_page_about_adding_a_venue_does_what_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "add-a-venue.md").read_text("utf-8")
    (lines,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (rows,) = re.findall(r"```\n(row_id,.*?)```", page, re.DOTALL)
    (shown,) = re.findall(r"```\n(\d lines: .*?)```", page, re.DOTALL)
    *changed, new = lines.splitlines()
    text = (FIX_CONFIGS / "bank_rfs_44" / "dialect.toml").read_text("utf-8")
    changes = [
        (was, line) for line in changed for was in text.splitlines() if was.split(" = ")[0] == line.split(" = ")[0]
    ]
    assert len(changes) == len(changed)
    venue = rehearsal(
        "bank_rfs_44", tmp_path, *changes[1:], (changes[-1][1], f"{changes[-1][1]}\n{new}"), name="harbour"
    )
    with desk(tmp_path, "--dialect", str(venue), "--scenario", "rfq") as each:
        each.configure()
        run = each.run(each.write("first.csv", rows), "--venue", venue, "--yes")
        assert run.code == 0, run.said
        assert run.out.startswith(shown), run.said
        assert each.journal_count("FixReceived", "55=GBP-USD")
