"""The limits of a mid-size bank in examples/limits: what README.md there says of them is so."""

import re
import runpy
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from risk.gate.gate import BatchRequest, Gate, OrderRequest
from risk.limits.book import LimitBook, LimitTable
from risk.limits.tree import way_up
from risk.limits.versions import notices, structure_problems
from tests.unit.test_risk_examples import EXAMPLES, NOW, TRADE_DATE, euro_rates
from trader.adapters.calendars import load_calendars
from trader.adapters.limit_file import load_limits
from trader.batch.batch import LineDefaults, validate
from trader.batch.table import read_table
from trader.batch.totals import read_totals
from trader.domain.currency import Currency, parse_pair
from trader.domain.ids import cl_ord_id

BANK = EXAMPLES / "limits"
DESK = LimitTable("VOLUME_DAY", "max", ("desk",))


def book() -> LimitBook:
    return load_limits(BANK / "limits.csv").book


def fired(name: str, trader: str = "anna", desk: str = "treasury", counterparty: str = "") -> tuple[int, Counter[str]]:
    """How many lines of an example batch pass, and how many each control denies."""
    table = read_table((EXAMPLES / name).read_bytes(), name, 10_000)
    currencies = {code for row in table.rows for code in row[table.columns.index("pair")].split("/")}
    calendars = load_calendars({*currencies, "USD"}, 2026, 2027)
    batch = validate(table, TRADE_DATE, calendars, LineDefaults(book="SALES", account="ACC-1"))
    gate = Gate(book().at(NOW), calendars, Currency("USD"))
    for code, rate in euro_rates(currencies).items():
        gate.rates.update(parse_pair(f"EUR/{code}"), rate, rate, NOW, "ecb")
    totals = read_totals((EXAMPLES / name).with_suffix(".totals.toml").read_text(encoding="utf-8"))
    request = BatchRequest(batch.batch_id, batch.content_hash, TRADE_DATE, batch.lines, trader, desk, totals)
    assert not [found for found in gate.check_batch(request, NOW) if found.blocks]
    passing, told = 0, Counter[str]()
    for line in batch.lines:
        order = OrderRequest(
            cl_ord_id(batch.batch_id, line.line_no),
            replace(line, counterparty=counterparty),
            trader,
            desk,
            "simulator",
            TRADE_DATE,
            decided_ts_ns=NOW,
        )
        decision = gate.reserve(order, NOW)
        passing += decision.allowed
        told.update({str(found.code) for found in decision.violations if found.blocks})
    return passing, told


def test_the_script_makes_the_files_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "limits.csv").write_bytes((EXAMPLES / "limits.csv").read_bytes())
    script = tmp_path / "make_limits.py"
    script.write_bytes((EXAMPLES / "make_limits.py").read_bytes())
    runpy.run_path(str(script), run_name="__main__")
    for name in ("limits.csv", "limits.xlsx"):
        assert (tmp_path / "limits" / name).read_bytes() == (BANK / name).read_bytes(), f"{name} is to be made anew"


def test_the_workbook_has_the_same_rows_as_the_csv() -> None:
    assert set(load_limits(BANK / "limits.xlsx").book.rows) == set(book().rows)


def test_nothing_is_wrong_with_the_set_and_what_should_be_seen_is_said() -> None:
    assert structure_problems(book(), NOW) == []
    assert [said.partition(":")[0] for said in notices(book(), NOW)] == [
        "FUNDING max currency=* is 0",
        "RESTRICTED country=KP",
    ]


def test_it_is_a_bank_of_three_desks_a_dozen_traders_and_some_forty_counterparties() -> None:
    names = Counter(row.key[0][0] for row in book().rows if row.control == "TREE")
    assert (names["desk"], names["trader"], names["book"]) == (3, 12, 6)
    assert names["counterparty"] == 41
    assert names["group"] == 20
    assert way_up(book().at(NOW), "counterparty", "ORCHID-HKG") == [
        ("counterparty", "ORCHID-HKG"),
        ("group", "ORCHID"),
        ("country", "SG"),
    ]


def page() -> list[tuple[str, str, str, str]]:
    """The table of README.md: batch, trader, counterparty, and what happens."""
    text = (BANK / "README.md").read_text(encoding="utf-8").partition("## What the example batches do")[2]
    rows = [
        [cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in text.splitlines() if "batch-" in line
    ]
    return [(batch, trader, counterparty, happens) for batch, trader, counterparty, happens in rows]


@pytest.mark.parametrize(("name", "trader", "counterparty", "happens"), page())
def test_an_example_batch_does_what_the_page_says(name: str, trader: str, counterparty: str, happens: str) -> None:
    desk = next(row.value for row in book().rows if row.key == (("trader", trader),) and row.parameter == "desk")
    passing, told = fired(name, trader, desk, counterparty if counterparty.isupper() else "")
    said = re.match(r"\d+", happens)
    assert passing == (int(said[0]) if said else len((EXAMPLES / name).read_text("utf-8").splitlines()) - 1)
    expected = {
        "bruno": {"ORDER_NOTIONAL"},
        "ROSSETTI-PHARMA": {"VOLUME_DAY", "TENOR_MAX", "SETTLEMENT_DAY"},
    }
    assert set(told) == expected.get(trader, expected.get(counterparty, {"MANDATE"} if said else set()))


def test_the_desks_have_half_their_volume_between_the_years() -> None:
    volumes = [
        book().at(int(moment * 1_000_000_000)).number(DESK, ("sales",))
        for moment in (1_798_070_399, 1_798_070_400, 1_799_020_800)
    ]
    assert volumes == [Decimal(2_000_000_000), Decimal(1_000_000_000), Decimal(2_000_000_000)]
    assert date(2026, 12, 24).toordinal() - date(1970, 1, 1).toordinal() == 1_798_070_400 // 86_400
