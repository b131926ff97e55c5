"""The file of a batch that is done and not reconciled: the venue is asked for its books again, and nothing is dealt."""

from pathlib import Path

from tests.integration.command_line import BATCH_100, TRADE_DATE, Desk, Outcome, batch_text, desk, spot_rows, trader

ROW = batch_text("R-1,EUR/USD,BUY,EUR,100000,SPOT,MARKET")
LISTS_LESS = """
title = "Lists that lack the trades"

[[rules]]
when = { message = "TradeCaptureReportRequest", after = 1, count = COUNT }
then = { action = "omit", share = 1 }
"""


def lists_less(folder: Path, count: int) -> Path:
    """A venue that leaves the trades out of its list so many times, after what a new process asks before it deals."""
    path = folder / "lists_less.toml"
    path.write_text(LISTS_LESS.replace("COUNT", str(count)), "utf-8")
    return path


def not_reconciled(made: Desk) -> None:
    """A batch that is filled, and of which the venue has listed nothing."""
    first = made.run(made.write("batch.csv", ROW), "--json")
    assert (first.code, first.json["reconciled"], first.json["lines"]["filled"]) == (3, False, 1), first.said
    assert "asked_again" not in first.json
    assert "Run the same file again" in first.err


def again(made: Desk, *arguments: str) -> Outcome:
    return made.run("batch.csv", "--json", *arguments)


def test_the_venue_is_asked_again_and_the_new_verdict_counts(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", str(lists_less(tmp_path, 1))) as made:
        not_reconciled(made)
        asked = made.journal_count("FixReceived", "35=AQ")
        second = again(made)
        assert (second.code, second.json["reconciled"], second.json["already_done"]) == (0, True, True), second.said
        assert second.json["asked_again"] == {"asked": True, "problem": ""}
        assert made.journal_count("FixReceived", "35=AQ") == asked + 2  # what it has, as before it deals, and its books
        assert made.venue.trade_count() == 1
        third = again(made)
        assert (third.code, "asked_again" in third.json) == (0, False), third.said
        assert made.journal_count("FixReceived", "35=AQ") == asked + 2
    assert trader(tmp_path, "verify", "--data", "data").code == 0


def test_a_venue_that_still_says_otherwise_is_said_with_what_to_do_about_it(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", str(lists_less(tmp_path, 3))) as made:
        not_reconciled(made)
        second = made.run("batch.csv")
    assert second.code == 3, second.said
    assert "the venue is asked for its books again" in second.err
    assert f"This file was submitted before, for {TRADE_DATE}: no order was sent, and the venue" in second.out
    assert "trader reconcile 2026-11-20 names what differs" in second.err


def test_a_venue_that_cannot_be_reached_costs_nobody_the_result_file(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", str(lists_less(tmp_path, 9))) as made:
        not_reconciled(made)
        made.venue.kill()
        second = again(made)
    assert second.code == 3, second.said
    assert "The venue could not be asked again: " in second.err
    assert (second.json["asked_again"]["asked"], second.json["reconciled"]) == (False, False)
    assert "filled" in (tmp_path / second.json["result_file"]).read_text("utf-8")


def test_a_half_done_batch_is_named_by_the_run_of_another_and_keeps_its_own_date(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "plain") as made:
        first = made.write("first.csv", batch_text(*spot_rows(60)))
        robot = made.start(first)
        robot.run_until(lambda: made.journal_count("FixReceived", "150=F") >= 5)
        robot.kill()
        other = made.run(made.write("other.csv", batch_text("X-1,EUR/USD,BUY,EUR,50000,SPOT,MARKET")), "--json")
        assert list(other.json["half_done"].values()) == ["first.csv"], other.said
        resumed = made.run(first, "--trade-date", "2026-11-23")
    assert resumed.code == 0, resumed.said
    assert f"this batch is of {TRADE_DATE}: --trade-date is not used" in resumed.err


def test_the_result_of_an_earlier_run_is_not_taken_for_that_of_a_run_that_has_none(tmp_path: Path) -> None:
    """The same file with another data folder, into the same folder of results: one run dies, one finds nobody."""
    with desk(tmp_path) as ours:
        first = ours.run(BATCH_100, "--data", "one", "--out", "out", "--json")
        result = Path(tmp_path, first.json["result_file"])
        said = result.read_bytes()
        again = ours.run(BATCH_100, "--data", "one", "--out", "out", "--json")
        assert (again.json["already_done"], [file.name for file in result.parent.iterdir()]) == (True, [result.name])
    nobody = ours.run(BATCH_100, "--data", "two", "--out", "out")
    assert nobody.code == 2, nobody.said
    assert f"the one that is there is of an earlier run: out/{result.name}" in nobody.err
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(BATCH_100, "--data", "two", "--out", "out")
        robot.run_until(lambda: not result.exists())
        robot.kill()
    assert [file.read_bytes() for file in result.parent.iterdir()] == [said]
    assert not result.exists()


def test_the_result_of_an_earlier_run_stays_in_its_place_where_the_rates_cannot_be_read(tmp_path: Path) -> None:
    """They are read when the venue is ready: nothing is sent."""
    with desk(tmp_path) as made:
        batch = made.write("batch.csv", ROW)
        first = made.run(batch, "--data", "one", "--out", "out", "--json")
        made.configure(('source = "venue"', 'source = "file"\nfile = "rates.csv"'))
        second = made.run(batch, "--data", "two", "--out", "out", "--config", "trader.toml")
    assert second.code == 2, second.said
    assert "rates.csv cannot be read" in second.err
    assert [file.name for file in (tmp_path / "out").iterdir()] == [Path(first.json["result_file"]).name]
