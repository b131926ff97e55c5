"""Quotes and deals that are wrong, end to end: what is said, what is kept of it, and that nothing is dealt on it.

One venue misbehaves differently in each pair, and one batch asks for a quote in each: nothing of it hides the rest.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration.command_line import EXAMPLES, TRADE_DATE, Desk, Outcome, batch_text, desk, trader
from tests.integration.venue_batches import points_file, rehearsal

WRONG_INPUT, INCOMPLETE = 2, 1
HEADER = "row_id,pair,side,dealt_currency,amount,tenor,order_type,time_in_force"

# ALPHA is the best of the three wherever nothing is wrong with it.
WRONGS = """title = "Something else is wrong in every pair"

[[makers]]
name = "ALPHA"
spread = 0.5
valid_ms = 1000

[[makers]]
name = "BRAVO"
valid_ms = 1000

[[makers]]
name = "CHARLIE"
spread = 2.0
valid_ms = 1000

[[rules]]
name = "quotes are on their way for longer than they live"
when = { message = "Quote", pair = "GBP/USD" }
then = { action = "delay", ms = 1500 }

[[rules]]
name = "a far better price for another request, under the same QuoteID"
when = { message = "QuoteRequest", pair = "AUD/USD" }
then = { action = "stray", maker = "ALPHA", factor = "0.5" }

[[rules]]
name = "bids alone, whatever was asked"
when = { message = "QuoteRequest", pair = "USD/CHF" }
then = { action = "misquote", sides = "bid" }

[[rules]]
name = "nobody quotes"
when = { message = "QuoteRequest", pair = "USD/CAD" }
then = { action = "decline" }

[[rules]]
name = "a hundred times off"
when = { message = "QuoteRequest", pair = "EUR/GBP" }
then = { action = "misquote", factor = "100" }

[[rules]]
name = "one maker is a hundred times off, and would win by that"
when = { message = "QuoteRequest", pair = "NZD/USD" }
then = { action = "misquote", maker = "ALPHA", factor = "0.01" }

[[rules]]
name = "points with the wrong sign"
when = { message = "QuoteRequest", pair = "EUR/USD" }
then = { action = "misquote", flips_points = true }

[[rules]]
name = "taken back before the others have answered"
when = { message = "QuoteRequest", pair = "EUR/CHF" }
then = { action = "withdraw", after_ms = 1 }

[[rules]]
name = "and these others take a while"
when = { message = "Quote", pair = "EUR/CHF", maker = "CHARLIE" }
then = { action = "ignore" }
"""


class Asked(NamedTuple):
    """A row on a quote, and what is said of it: nothing of a row that is dealt, else why it is not."""

    pair: str
    dealt: str
    tenor: str
    said: str


ROWS = {
    "expired": Asked("GBP/USD", "GBP", "SPOT", r"ALPHA quoted [\d.]+: expired \d+ ms before it could be taken"),
    "for another request": Asked("AUD/USD", "AUD", "SPOT", ""),
    "one-way": Asked("USD/CHF", "USD", "SPOT", "one-way: no offer, which is the side that is needed"),
    "declined": Asked("USD/CAD", "USD", "SPOT", "ALPHA: declined: ALPHA does not quote"),
    "off": Asked("EUR/GBP", "EUR", "SPOT", r"ALPHA quoted [\d.]+: off the reference: PRICE_COLLAR"),
    "one of them off": Asked("NZD/USD", "NZD", "SPOT", ""),
    "points turned": Asked("EUR/USD", "EUR", "3M", r"does not add up: spot [\d.]+ and points -[\d.]+ do not make"),
    "withdrawn": Asked("EUR/CHF", "EUR", "SPOT", "withdrawn: Withdrawn by the maker"),
}


class Traded(NamedTuple):
    desk: Desk
    run: Outcome
    rows: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traded]:
    """The batch after its run."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "wrongs.toml").write_text(WRONGS, "utf-8")
    asked = (f"{name},{row.pair},BUY,{row.dealt},100000,{row.tenor},RFQ,FOK" for name, row in ROWS.items())
    with desk(folder, "--scenario", "wrongs.toml") as each:
        each.configure()
        run = each.run(each.write("batch.csv", batch_text(*asked, header=HEADER)), "--json")
        yield Traded(each, run, result_of(each, run))


def result_of(each: Desk, run: Outcome) -> dict[str, dict[str, str]]:
    text = (each.folder / run.json["result_file"]).read_text("utf-8")
    return {row["row_id"]: row for row in csv.DictReader(io.StringIO(text))}


def story(each: Desk, row_id: str) -> dict[str, Any]:
    explained = trader(each.folder, "explain", row_id, "--data", "data", "--json")
    assert explained.code == 0, explained.said
    facts: dict[str, Any] = explained.json
    return facts


def test_a_batch_with_bad_quotes_is_incomplete_and_reconciled(traded: Traded) -> None:
    run = traded.run
    assert run.code == INCOMPLETE, run.said
    dealt = [name for name, row in ROWS.items() if not row.said]
    assert run.json["lines"] | {"filled": len(dealt), "unfilled": len(ROWS) - len(dealt)} == run.json["lines"]
    assert run.json["reconciled"]
    assert traded.desk.venue.trade_count() == len(dealt)
    assert trader(traded.desk.folder, "verify", "--data", "data").code == 0


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.said])
def test_nothing_is_dealt_on_bad_quotes_and_the_result_file_says_why(traded: Traded, name: str) -> None:
    row = traded.rows[name]
    assert (row["status"], row["filled_amount"], row["reason_code"]) == ("unfilled", "0", "NO_QUOTE")
    assert re.search(ROWS[name].said, row["reason"]), row["reason"]
    for maker in ("ALPHA", "BRAVO"):
        assert maker in row["reason"]


@pytest.mark.parametrize("name", ROWS)
def test_every_answer_of_every_maker_is_in_the_journal(traded: Traded, name: str) -> None:
    told = str(story(traded.desk, name))
    assert all(maker in told for maker in ("ALPHA", "BRAVO"))
    if ROWS[name].said:
        assert re.search(ROWS[name].said.removeprefix("ALPHA quoted [\\d.]+: ").removeprefix("ALPHA: "), told), told


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.said])
def test_a_bad_quote_does_not_win_however_good_it_looks(traded: Traded, name: str) -> None:
    row = traded.rows[name]
    (trade,) = (trade for trade in traded.desk.venue.trades() if trade["symbol"] == ROWS[name].pair)
    assert row["status"] == "filled"
    assert Decimal(row["average_rate"]) == Decimal(trade["last_px"]) > Decimal("0.4")


def test_a_quote_for_another_request_is_not_mixed_up_with_one_of_the_same_name(traded: Traded) -> None:
    """It came for the row before, in another pair, and its QuoteID(117) is the one that the right quotes have too."""
    assert "for another pair: AUD/USD and not GBP/USD" in str(story(traded.desk, "expired"))
    alerts = trader(traded.desk.folder, "alerts", "--data", "data", "--json")
    assert "QUOTE_UNKNOWN" in alerts.out, alerts.said


def test_a_maker_far_off_the_market_is_left_for_the_next_best(traded: Traded) -> None:
    told = str(story(traded.desk, "one of them off"))
    assert "off the reference: PRICE_COLLAR" in told
    assert "won by" in told


def test_points_of_the_wrong_sign_in_the_desks_own_file_stop_the_deals_that_need_them(tmp_path: Path) -> None:
    points = points_file(datetime.now(UTC))
    right, wrong = "EUR/USD,3M,0.004921,0.005021", "EUR/USD,3M,-0.005021,-0.004921"
    assert right in points
    with desk(tmp_path, "--scenario", "rfq") as each:
        each.configure(('source = "venue"', 'source = "venue"\npoints = "points.csv"'))
        each.write("points.csv", points.replace(right, wrong))
        row = "P-1,EUR/USD,BUY,EUR,100000,SPOT,3M,RFQ,FOK"
        header = HEADER.replace("tenor", "tenor,far_tenor")
        run = each.run(each.write("batch.csv", batch_text(row, header=header)), "--json")
        assert run.code == INCOMPLETE, run.said
        assert "the points of the swap" in result_of(each, run)["P-1"]["reason"]
        assert "have the wrong sign" in result_of(each, run)["P-1"]["reason"]
        assert each.venue.trade_count() == 0


def test_an_inverted_pair_is_dealt_the_markets_way_and_comes_back_as_it_was_written(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "rfq") as each:
        row = "I-1,USD/EUR,BUY,EUR,100000,SPOT,RFQ,FOK"
        run = each.run(each.write("batch.csv", batch_text(row, header=HEADER)), "--json")
        assert run.code == 0, run.said
        assert result_of(each, run)["I-1"]["pair"] == "USD/EUR"
        assert [trade["symbol"] for trade in each.venue.trades()] == ["EUR/USD"]
        assert each.journal_count("FixReceived", "55=EUR/USD")
        assert not each.journal_count("FixReceived", "55=USD/EUR")


def test_an_inverted_pair_that_the_venue_will_not_take_is_its_word_in_the_result(tmp_path: Path) -> None:
    rule = 'when = { message = "QuoteRequest" }\nthen = { action = "reject", reason = "INVERTED_PAIR" }\n'
    (tmp_path / "no.toml").write_text(f'title = "Not that way round"\n[[rules]]\n{rule}', "utf-8")
    with desk(tmp_path, "--scenario", "no.toml") as each:
        row = "I-1,USD/EUR,BUY,EUR,100000,SPOT,RFQ,FOK"
        run = each.run(each.write("batch.csv", batch_text(row, header=HEADER)), "--json")
        assert run.code == INCOMPLETE, run.said
        (said,) = (row["reason"] for row in result_of(each, run).values())
        assert "the venue: declined: " in said
        assert "inverted" in said.lower()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("swap_far_date_before_near_date.csv", ("row 3", "far_tenor", "is before the day of the near leg")),
        ("swap_legs_on_one_day.csv", ("row 3", "far_value_date", "the two net each other out")),
        ("ndf_fixing_after_settlement.csv", ("row 3", "fixing_date", "2026-12-28")),
    ],
)
def test_dates_that_cannot_be_are_errors_of_the_file(file: str, words: tuple[str, ...], tmp_path: Path) -> None:
    assert_refused(refused(tmp_path, EXAMPLES / "bad" / file, "simulator"), *words)


def test_an_odd_lot_is_an_error_of_the_file(tmp_path: Path) -> None:
    venue = rehearsal("cfets", tmp_path, ('title = "CFETS"', 'title = "CFETS"\nsimulated = true'))
    batch = tmp_path / "batch.csv"
    batch.write_text(batch_text("O-1,USD/CNY,BUY,USD,1234567,1M,RFQ,FOK", header=HEADER), "utf-8")
    assert_refused(refused(tmp_path, batch, venue), "row 2", "amount", "1234567", "a multiple of 100000")


def test_a_venue_that_is_ready_only_after_its_news_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "late.toml").write_text('title = "Ready after a while"\nready_delay_ms = 400\n', "utf-8")
    venue = rehearsal("simulator", tmp_path, ("simulated = true", 'simulated = true\nready = "news"'), name="newsy")
    with desk(tmp_path, "--dialect", str(venue), "--scenario", "late.toml") as each:
        row = "N-1,EUR/USD,BUY,EUR,100000,SPOT,MARKET,IOC"
        run = each.run(each.write("batch.csv", batch_text(row, header=HEADER)), "--venue", venue, "--json")
        assert run.code == 0, run.said
        assert run.json["lines"]["filled"] == 1
        assert each.journal_count("FixReceived", "35=B")


def refused(folder: Path, batch: Path, venue: str | Path) -> Outcome:
    """``trader run`` of what is refused before a connection is even looked for."""
    return trader(folder, "run", batch, "--venue", venue, "--trade-date", TRADE_DATE, "--data", "data")


def assert_refused(run: Outcome, *words: str) -> None:
    assert run.code == WRONG_INPUT, run.said
    assert "Traceback" not in run.err
    told = " ".join(run.err.split())
    assert all(word in told for word in (*words, "nothing was sent")), run.said
