"""The example batches and the page about the file: they are what the code says they are."""

import runpy
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from currency_converter import CurrencyConverter

from trader.adapters.calendars import load_calendars
from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.columns import markdown_table
from trader.batch.result import RESULT_COLUMNS
from trader.batch.table import read_table
from trader.batch.totals import compare, read_totals
from trader.domain.calendars import Calendars
from trader.domain.deal import OrderType, Product, Side
from trader.domain.fixing import non_deliverable
from trader.domain.value_date import value_date_problem

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
RATES_DATE = date(2026, 10, 30)
CURRENCIES = ["EUR", "USD", "JPY", "GBP", "CNY", "AUD", "NZD", "CAD", "CHF"]
CURRENCIES += ["SEK", "NOK", "PLN", "SGD", "HKD", "MXN", "ZAR", "BRL", "INR", "KRW"]
POSITION_MAX = Decimal(100_000_000)  # US dollars, per book and currency


@pytest.fixture(scope="module")
def calendars() -> Calendars:
    return load_calendars(CURRENCIES, 2026, 2028)


@pytest.fixture(scope="module")
def per_euro() -> dict[str, Decimal]:
    rates = CurrencyConverter(decimal=True)
    return {currency: rates.convert(1, "EUR", currency, RATES_DATE) for currency in CURRENCIES}


@pytest.fixture(scope="module")
def make_batches() -> dict[str, Callable[..., Any]]:
    return runpy.run_path(str(EXAMPLES / "make_batches.py"))


def read_example(name: str, calendars: Calendars) -> Batch:
    table = read_table((EXAMPLES / name).read_bytes(), name, 1_000_000)
    totals = read_totals((EXAMPLES / name).with_suffix(".totals.toml").read_text(encoding="utf-8"))
    return validate(table, totals.trade_date, calendars, LineDefaults("B", "A"))


@pytest.mark.parametrize(
    ("name", "lines"), [("batch-100.csv", 100), ("batch-10000.csv", 10_000), ("batch-products.csv", 24)]
)
def test_an_example_agrees_with_its_totals_and_every_value_date_is_good(
    name: str, lines: int, calendars: Calendars
) -> None:
    batch = read_example(name, calendars)
    totals = read_totals((EXAMPLES / name).with_suffix(".totals.toml").read_text(encoding="utf-8"))
    assert (compare(totals, batch), len(batch.lines), batch.trade_date) == ((), lines, date(2026, 11, 20))
    legs = {(line.deal.pair, leg.value_date) for line in batch.lines for leg in line.deal.legs}
    assert [value_date_problem(pair, day, batch.trade_date, calendars) for pair, day in legs] == [None] * len(legs)


def test_the_workbook_example_is_the_same_batch_as_the_csv(calendars: Calendars) -> None:
    name = "batch-100.xlsx"
    table = read_table((EXAMPLES / name).read_bytes(), name, 1_000_000)
    lines = validate(table, date(2026, 11, 20), calendars, LineDefaults("B", "A")).lines
    assert lines == read_example("batch-100.csv", calendars).lines


def test_the_example_has_something_of_everything(calendars: Calendars) -> None:
    lines = read_example("batch-100.csv", calendars).lines
    pairs = {str(line.deal.pair) for line in lines}
    assert len(pairs) >= 15
    assert {"USD/JPY", "USD/CNY", "EUR/GBP", "GBP/JPY"} <= pairs
    kinds = {(line.deal.near_leg.side, line.deal.dealt_currency == line.deal.pair.base) for line in lines}
    assert kinds == {(side, base) for side in Side for base in (True, False)}
    assert {line.deal.product for line in lines} == {Product.SPOT, Product.TOM, Product.FORWARD}
    assert {line.order_type for line in lines} == {OrderType.MARKET, OrderType.LIMIT}
    assert {line.time_in_force for line in lines} == {"DAY", "IOC", "FOK"}
    forwards = {line.deal.near_leg.tenor for line in lines if line.deal.product is Product.FORWARD}
    assert forwards >= {"1W", "1M", "3M", "2027-06-23"}
    assert {line.book for line in lines} == {"SALES", "HEDGE", "CORP"}
    assert any(line.original_pair for line in lines)


def test_the_example_of_products_has_each_of_them_in_every_way_it_is_dealt(calendars: Calendars) -> None:
    lines = read_example("batch-products.csv", calendars).lines
    deals = [line.deal for line in lines]
    assert {deal.product for deal in deals} == set(Product)
    ways = {(line.deal.product, line.order_type) for line in lines}
    assert ways >= {(Product.SWAP, OrderType.MARKET), (Product.NDF, OrderType.LIMIT)}
    assert ways >= {
        (product, OrderType.PREVIOUSLY_QUOTED) for product in Product if product not in {Product.TOD, Product.TOM}
    }
    assert {deal.product for deal, line in zip(deals, lines, strict=True) if line.original_pair} >= {
        Product.SPOT,
        Product.SWAP,
        Product.NDF,
    }
    tenors = {tuple(leg.tenor for leg in deal.legs) for deal in deals if deal.product is Product.SWAP}
    assert tenors >= {("SPOT", "1M"), ("1M", "3M"), ("IMM1", "IMM2"), ("SPOT", "2027-06-23")}
    assert any(deal.far_leg and deal.far_leg.amount != deal.near_leg.amount for deal in deals)
    assert {non_deliverable(deal.pair) for deal in deals if deal.fixing_date} == {"CNY", "KRW", "BRL", "INR"}
    assert [len(deal.legs) for deal in deals if deal.product is Product.BLOCK] == [3]
    kinds = {(deal.near_leg.side, deal.dealt_currency == deal.pair.base) for deal in deals}
    assert kinds == {(side, base) for side in Side for base in (True, False)}


@pytest.mark.parametrize("name", ["batch-100.csv", "batch-10000.csv", "batch-products.csv"])
def test_every_limit_is_through_the_market_and_every_amount_a_usual_one(
    name: str, calendars: Calendars, per_euro: dict[str, Decimal]
) -> None:
    for line in read_example(name, calendars).lines:
        pair = line.deal.pair
        market = per_euro[pair.terms] / per_euro[pair.base]
        if line.limit_rate is not None:
            through = line.limit_rate / market - 1 if line.deal.base_is_bought else 1 - line.limit_rate / market
            assert Decimal("0.0049") < through <= Decimal("0.005")
        dollars = line.deal.near_leg.amount / per_euro[line.deal.dealt_currency] * per_euro["USD"]
        assert Decimal(90_000) < dollars < Decimal(21_000_000)


def test_no_book_of_the_small_example_gets_far_in_any_currency(
    calendars: Calendars, per_euro: dict[str, Decimal]
) -> None:
    """Bought and sold are added up apart, because a batch reserves its limits before anything is filled."""
    exposures: defaultdict[tuple[str, str, int], Decimal] = defaultdict(Decimal)
    for line in read_example("batch-100.csv", calendars).lines:
        deal = line.deal
        dollars = deal.near_leg.amount / per_euro[deal.dealt_currency] * per_euro["USD"]
        exposures[line.book, deal.dealt_currency, deal.near_leg.side.sign] += dollars
        exposures[line.book, deal.contra_currency, -deal.near_leg.side.sign] += dollars
    assert max(exposures.values()) < POSITION_MAX


@pytest.mark.parametrize(("name", "lines"), [("batch-100.csv", 100), ("batch-10000.csv", 10_000)])
def test_the_committed_examples_are_what_the_script_makes(
    name: str, lines: int, tmp_path: Path, make_batches: dict[str, Callable[..., Any]]
) -> None:
    make_batches["write_batch"](tmp_path / name, lines)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (EXAMPLES / made.name).read_bytes()


def test_the_page_has_the_column_table_of_the_code() -> None:
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    assert markdown_table() in page
    assert all(f"`{column}`" in page for column in RESULT_COLUMNS)
