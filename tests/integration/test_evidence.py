"""`trader verify`, `controls`, `status` and the like: what a run leaves behind, and whether it can be trusted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from risk.registry import CONTROLS
from tests.integration.command_line import Desk, batch_text, desk, line_numbers, trader

FILLED = "R-1,EUR/USD,BUY,EUR,100000,SPOT,MARKET"
TOO_LARGE = "R-2,EUR/USD,BUY,EUR,40000000,SPOT,MARKET"


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


@pytest.fixture
def traded(plain: Desk) -> Desk:
    """A desk with one line filled and one denied."""
    batch = plain.write("batch.csv", batch_text(FILLED, TOO_LARGE))
    outcome = plain.run(batch)
    assert outcome.code == 1, outcome.said
    return plain


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "data" / "trader.db")) as database, database:
        assert database.execute(statement).rowcount


def test_a_control_that_denied_a_line_has_fired_and_the_others_have_not(traded: Desk) -> None:
    controls = trader(traded.folder, "controls", "--data", "data", "--json").json["controls"]
    fired = {control["code"] for control in controls if control["last_fired_ts_ns"]}
    assert "ORDER_NOTIONAL" in fired
    assert not fired & {"MANDATE", "WRONG_WAY", "BATCH_GROSS", "STALE_SEND"}
    (denied,) = (control for control in controls if control["code"] == "ORDER_NOTIONAL")
    assert (denied["kind"], denied["effect"], denied["alerts"]) == ("limit", "blocks", "risk")
    assert (denied["times_fired"], denied["last_said"][:15]) == (1, "ORDER_NOTIONAL ")


def test_what_waits_for_a_second_person_is_a_firing_too(plain: Desk) -> None:
    plain.configure()
    limits = (plain.folder / "limits.csv").read_text("utf-8")
    plain.write("limits.csv", limits.replace("FOUR_EYES,desk=*,order_max,60000000", "FOUR_EYES,desk=*,order_max,99999"))
    assert plain.run(plain.write("batch.csv", batch_text(FILLED))).code == 5
    controls = trader(plain.folder, "controls", "--data", "data", "--json").json["controls"]
    assert [each["code"] for each in controls if each["last_fired_ts_ns"]] == ["FOUR_EYES"]
    assert trader(plain.folder, "verify", "--data", "data").code == 0


def test_every_control_of_the_table_is_listed_where_nothing_has_run(tmp_path: Path) -> None:
    listed = trader(tmp_path, "controls", "--data", "nowhere", "--json").json["controls"]
    assert {each["code"] for each in listed} == set(CONTROLS)
    assert {(each["last_fired"], each["times_fired"]) for each in listed} == {("never", 0)}


def test_the_journal_holds_and_so_does_every_table_made_from_it(traded: Desk) -> None:
    facts = trader(traded.folder, "verify", "--data", "data", "--json").json
    assert facts["faults"] == []
    assert facts["seals"] == 1


def test_tables_made_anew_are_the_tables_that_were_there(traded: Desk) -> None:
    before = trader(traded.folder, "controls", "--data", "data", "--json").out
    assert trader(traded.folder, "verify", "--data", "data", "--rebuild").code == 0
    assert trader(traded.folder, "verify", "--data", "data").code == 0
    assert trader(traded.folder, "controls", "--data", "data", "--json").out == before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE orders SET filled_amount = '7' WHERE line_no = 1", "orders"),
        ("UPDATE fills SET last_px = '7'", "fills"),
        ("UPDATE firings SET text = 'nothing happened'", "firings"),
        ("DELETE FROM firings", "firings"),
        ("DELETE FROM fills", "fills"),
        ("UPDATE batches SET lines_denied = 0", "batch"),
        ("UPDATE journal SET payload = CAST(payload AS TEXT) || ' ' WHERE seq = 3", "record 3"),
        ("UPDATE journal SET ts_ns = ts_ns + 1 WHERE seq = 4", "record 4"),
        ("DELETE FROM journal WHERE seq = 5", "record 5"),
    ],
)
def test_whatever_is_changed_is_found(statement: str, told: str, traded: Desk) -> None:
    change(traded.folder, statement)
    outcome = trader(traded.folder, "verify", "--data", "data", "--json")
    assert outcome.code == 3, outcome.said
    assert any(told in fault for fault in outcome.json["faults"]), outcome.said


def test_a_cut_at_the_end_is_found_by_a_head_hash_kept_elsewhere(traded: Desk) -> None:
    head = trader(traded.folder, "verify", "--data", "data", "--json").json["head_hash"]
    change(traded.folder, "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
    outcome = trader(traded.folder, "verify", "--data", "data", "--head", head, "--json")
    assert outcome.code == 3, outcome.said
    assert head in outcome.json["faults"][0]


def test_nothing_is_judged_or_traded_on_a_damaged_journal(traded: Desk) -> None:
    change(traded.folder, "UPDATE journal SET ts_ns = ts_ns + 1 WHERE seq = 4")
    batch = traded.write("next.csv", batch_text("R-9,EUR/USD,BUY,EUR,100000,SPOT,MARKET"))
    for outcome in (trader(traded.folder, "validate", batch, "--data", "data"), traded.run(batch)):
        assert outcome.code == 2, outcome.said
        assert "record 4" in outcome.err
        assert "Traceback" not in outcome.err
    assert line_numbers(traded.venue.trades()) == [1]


def without_row(desk_: Desk, control: str) -> str:
    """The limits file without a control's rows; returns what it was."""
    path = desk_.folder / "limits.csv"
    text = path.read_text("utf-8")
    path.write_text("".join(row for row in text.splitlines(keepends=True) if not row.startswith(control)), "utf-8")
    return text


def test_limits_that_changed_have_no_say_in_what_left_before(plain: Desk) -> None:
    plain.configure()
    first, second = (
        plain.write(f"{name}.csv", batch_text(f"{name},EUR/USD,BUY,EUR,100000,SPOT,MARKET")) for name in "AB"
    )
    assert plain.run(first).code == 0
    limits = without_row(plain, "STALE_SEND")
    assert plain.run(second).code == 1, "nothing may leave without the limit"
    plain.write("limits.csv", limits)
    assert plain.run(plain.write("c.csv", batch_text("C,EUR/USD,BUY,EUR,100000,SPOT,MARKET"))).code == 0
    assert trader(plain.folder, "verify", "--data", "data").code == 0
    assert len(plain.venue.trades()) == 2


def test_another_reporting_currency_is_refused_where_limits_are_counted_in_one_already(plain: Desk) -> None:
    plain.configure()
    assert plain.run(plain.write("a.csv", batch_text(FILLED))).code == 0
    plain.configure(('reporting_currency = "USD"', 'reporting_currency = "EUR"'))
    plain.write("rules.txt", "")  # the example's are in USD, which would be said first
    outcome = plain.run(plain.write("b.csv", batch_text(FILLED.replace("R-1", "R-7"))))
    assert outcome.code == 2, outcome.said
    assert "counts its limits in USD" in outcome.err


def test_a_simulator_that_was_restarted_and_forgot_everything_is_met_with_a_reset(tmp_path: Path) -> None:
    for number in (1, 2):
        with desk(tmp_path) as made:
            outcome = made.run(made.write(f"{number}.csv", batch_text(FILLED.replace("R-1", f"R-{number}"))))
            assert outcome.code == 0, outcome.said


@pytest.mark.parametrize("name", ["lock", "results/batch"])
def test_nothing_is_written_through_a_link_that_somebody_left(name: str, plain: Desk) -> None:
    victim = plain.write("victim.txt", "precious")
    (plain.folder / "data" / "results").mkdir(parents=True)
    if name == "lock":
        (plain.folder / "data" / "lock").symlink_to(victim)
    else:
        for suffix in ("", ".part"):
            (plain.folder / "data" / "results" / f"b-0.result.csv{suffix}").symlink_to(victim)
    plain.run(plain.write("b.csv", batch_text(FILLED)))
    assert victim.read_text() == "precious"
