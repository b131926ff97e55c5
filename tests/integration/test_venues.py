"""Every shipped venue is played and traded with, and the venue's own log agrees with the desk's result file."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.command_line import EXAMPLES, Desk, Outcome, desk, trader
from tests.integration.exchanges import logged, told
from tests.integration.venue_batches import (
    HUNDRED,
    PRODUCTS,
    VENUES,
    batch_of,
    by_request,
    carried,
    configure,
    dialect_of,
    example_rows,
    rehearsal,
)
from trader.fix.dialect import Dialect

pytestmark = pytest.mark.usefixtures("example_morning")

ALL_ROWS = example_rows(PRODUCTS)
ASKED = {name: dialect for name, dialect in VENUES.items() if dialect.quotes and dialect.quotes.source == "request"}
WHOLE = [name for name, dialect in VENUES.items() if carried(ALL_ROWS, dialect) == ALL_ROWS]

# The shipped banks with what other venues do differently: each still takes every row of the file as it is.
OTHERS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "fix-4-3-with-messages-of-4-4": (
        "bank_rfs_44",
        (('begin_string = "FIX.4.4"', 'begin_string = "FIX.4.3"'), ("NoLegs = [556]", "NoLegs = [556, 654]")),
    ),
    "dotted-imix": (
        "bank_rfs_50sp2",
        (('"FIXT.1.1"', '"IMIX.2.0"'), ('symbol_separator = "/"', 'symbol_separator = "."')),
    ),
    "sides-by-symbol-in-contracts": (
        "bank_rfs_44",
        (
            ('side_of = "dealt_currency"', 'side_of = "symbol"'),
            ('symbol_separator = "/"', 'symbol_separator = ""'),
            ("[quotes]", "[amounts]\ncontract = 10000\n\n[quotes]"),
        ),
    ),
    "ready-by-news-anew-at-every-logon": (
        "bank_rfs_44",
        (('reset = "new_store"', 'ready = "news"\nreset = "every_logon"'), ("is_two_way = true", "is_two_way = false")),
    ),
    "without-books-and-slow": (
        "bank_rfs_50sp2",
        (
            ("order_status = true", "order_status = false"),
            ("mass_status = true", "mass_status = false"),
            ("trade_capture = true", "trade_capture = false"),
            ("[requests]", "[pace]\nmessages_max = 50\n\n[requests]"),
        ),
    ),
}


@contextmanager
def played(venue: Path, folder: Path, *options: str) -> Iterator[Desk]:
    """A desk that is set up for a venue, and the simulator that plays it."""
    folder.mkdir(exist_ok=True)
    with desk(folder, "--dialect", str(venue), *options) as each:
        configure(each, dialect_of(venue))
        yield each


def trade(each: Desk, batch: Path, venue: Path) -> Outcome:
    """A real venue's profile asks a person first, a simulated one's does not."""
    return each.run(batch, "--venue", venue, "--yes", "--json")


def books(dialect: Dialect) -> list[str]:
    """Which books there are to compare at a venue."""
    asked = dialect.requests
    if asked.trade_capture:
        return ["asked", "executed", "reported"]
    return ["asked", "executed", *(["statuses"] if asked.order_status else [])]


def assert_all_traded(each: Desk, run: Outcome, dialect: Dialect, rows: int) -> None:
    """Every row is filled, and whoever keeps a book of it says the same."""
    assert run.code == 0, run.said
    assert (run.json["lines"]["filled"], run.json["lines"]["total"]) == (rows, rows)
    assert run.json["reconciled"]
    assert run.json["compared"] == books(dialect)
    assert told(each.folder / run.json["result_file"]) == logged(each.venue.trades())


@pytest.mark.parametrize("name", VENUES)
def test_what_a_venue_carries_is_traded_and_reconciled(name: str, tmp_path: Path) -> None:
    dialect, venue = VENUES[name], rehearsal(name, tmp_path)
    rows = carried(example_rows(PRODUCTS, HUNDRED), dialect)
    with played(venue, tmp_path / "desk") as each:
        batch = each.write("batch.csv", batch_of(rows))
        assert_all_traded(each, trade(each, batch, venue), dialect, len(rows))
        count = each.venue.trade_count()
        again = trade(each, batch, venue)
        assert (again.code, again.json["already_done"], each.venue.trade_count()) == (0, True, count), again.said
        verified = trader(each.folder, "verify", "--data", "data")
        assert verified.code == 0, verified.said


def test_the_products_file_is_carried_whole_by_at_least_eight_dialects() -> None:
    assert {"bank_rfs_44", "bank_rfs_50sp2", "simulator"} <= set(WHOLE)
    assert len(WHOLE) + len(OTHERS) >= 8


@pytest.mark.parametrize("name", [*WHOLE, *OTHERS])
def test_the_products_file_is_traded_as_it_is(name: str, tmp_path: Path) -> None:
    base, changes = OTHERS.get(name, (name, ()))
    venue = rehearsal(base, tmp_path, *changes, name=name if changes else "")
    with played(venue, tmp_path / "desk") as each:
        run = trade(each, EXAMPLES / PRODUCTS, venue)
        assert_all_traded(each, run, dialect_of(venue), len(ALL_ROWS))


@pytest.mark.slow  # minutes: the same makers, at every venue that quotes on request
@pytest.mark.parametrize("name", ASKED)
def test_every_deal_that_a_venue_quotes_is_taken_from_the_best_of_four_makers(name: str, tmp_path: Path) -> None:
    venue, rows = rehearsal(name, tmp_path), carried(map(by_request, ALL_ROWS), ASKED[name])
    with played(venue, tmp_path / "desk", "--scenario", "rfq") as each:
        run = trade(each, each.write("batch.csv", batch_of(rows)), venue)
        assert_all_traded(each, run, ASKED[name], len(rows))


def test_every_product_is_dealt_on_quotes_somewhere() -> None:
    products = {row["product"] for dialect in ASKED.values() for row in carried(map(by_request, ALL_ROWS), dialect)}
    assert products == {row["product"] for row in ALL_ROWS}


def test_several_venues_at_once_have_nothing_to_do_with_each_other(tmp_path: Path) -> None:
    names = ("bank_rfs_44", "bank_esp", "cfets")
    with ExitStack() as stack:
        venues = [rehearsal(name, tmp_path) for name in names]
        desks = [stack.enter_context(played(venue, tmp_path / f"desk-{venue.name}")) for venue in venues]
        batches = [carried(ALL_ROWS, VENUES[name]) for name in names]
        robots = [
            each.start(each.write("batch.csv", batch_of(rows)), "--venue", venue, "--yes", "--json")
            for each, rows, venue in zip(desks, batches, venues, strict=True)
        ]
        for name, each, rows, robot in zip(names, desks, batches, robots, strict=True):
            assert_all_traded(each, robot.end(), VENUES[name], len(rows))
