"""The example limits are wide enough for the example batches, and no wider than a bank would have them."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from currency_converter import CurrencyConverter
from risk_cases import Terms, make_order, swap

from risk.gate.gate import BatchRequest, Gate, OrderRequest
from risk.limits.file import parse_limits
from risk.limits.tree import BOOK_FIRM
from risk.rates.reference import ReferenceRates
from risk.reasons import ReasonCode, Violation
from risk.rules.parse import parse_rules
from trader.adapters.calendars import load_calendars
from trader.adapters.points import load_points
from trader.batch.batch import LineDefaults, validate
from trader.batch.table import read_table
from trader.batch.totals import read_totals
from trader.domain.currency import Currency, parse_pair
from trader.domain.ids import cl_ord_id

EXAMPLES = Path(__file__).parents[2] / "examples"
TRADE_DATE = date(2026, 11, 20)
RATES_DATE = date(2026, 10, 30)
NOW = 1_795_168_800_000_000_000  # 2026-11-20, 10:00 UTC


def euro_rates(currencies: set[str]) -> dict[str, Decimal]:
    """What one euro is worth, as the European Central Bank last said before the batches were made."""
    converter = CurrencyConverter(fallback_on_missing_rate=True, fallback_on_wrong_date=True)
    return {
        code: Decimal(f"{converter.convert(1, 'EUR', code, RATES_DATE):.6f}") for code in sorted(currencies - {"EUR"})
    }


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("batch-100.csv", "limits.csv"),
        ("batch-products.csv", "limits.csv"),
        pytest.param("batch-10000.csv", "limits-10000.csv", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("points", [False, True])
def test_every_line_of_an_example_batch_passes_together_with_all_the_others(
    name: str, limits: str, points: bool
) -> None:
    table = read_table((EXAMPLES / name).read_bytes(), name, 10_000)
    currencies = {code for row in table.rows for code in row[table.columns.index("pair")].split("/")}
    calendars = load_calendars({*currencies, "USD"}, 2026, 2027)
    batch = validate(table, TRADE_DATE, calendars, LineDefaults(book="SALES", account="ACC-1"))
    gate = Gate(parse_limits((EXAMPLES / limits).read_bytes(), limits), calendars, Currency("USD"))
    gate.use_rules(parse_rules((EXAMPLES / "rules.txt").read_text(encoding="utf-8"), "rules.txt", "USD"))
    for code, rate in euro_rates(currencies).items():
        gate.rates.update(parse_pair(f"EUR/{code}"), rate, rate, NOW, "ecb")
    if points:
        loaded = load_points(EXAMPLES / "points.csv")
        gate.points.load(loaded.source, loaded.points)
    totals = read_totals((EXAMPLES / name).with_suffix(".totals.toml").read_text(encoding="utf-8"))
    request = BatchRequest(
        batch.batch_id, batch.content_hash, TRADE_DATE, batch.lines, trader="anna", desk="treasury", totals=totals
    )
    # No history is loaded here, of which the desk is told; nothing else is said.
    assert {found.code for found in gate.check_batch(request, NOW)} == {ReasonCode.VALUE_AT_RISK}
    told: list[Violation] = []
    for line in batch.lines:
        order = OrderRequest(
            cl_ord_id(batch.batch_id, line.line_no),
            line,
            "anna",
            "treasury",
            "simulator",
            TRADE_DATE,
            decided_ts_ns=NOW,
        )
        told += gate.reserve(order, NOW).violations
    assert Counter(violation.sentence for violation in told) == {}
    assert len(gate.snapshot()["reserved"]) == len(table.rows)  # type: ignore[arg-type] # a list of them


@pytest.mark.parametrize("limits", ["limits.csv", "limits-10000.csv"])
def test_the_example_limits_have_no_room_for_a_book_that_somebody_invents(limits: str) -> None:
    book = parse_limits((EXAMPLES / limits).read_bytes(), limits)
    firms = [book.limit(BOOK_FIRM, (name,)) for name in ("HEDGE", "INVENTED")]
    assert [None if row is None else row.value for row in firms] == ["BANK", None]


@pytest.mark.parametrize("limits", ["limits.csv", "limits-10000.csv"])
def test_a_swap_of_fifty_million_passes_and_a_spot_order_of_fifty_million_does_not(limits: str) -> None:
    calendars = load_calendars({"EUR", "USD"}, 2026, 2027)
    gate = Gate(parse_limits((EXAMPLES / limits).read_bytes(), limits), calendars, Currency("USD"))
    gate.rates.update(parse_pair("EUR/USD"), Decimal("1.16"), Decimal("1.16"), NOW, "ecb")
    spot = date(2026, 11, 24)
    for terms, allowed in ((swap("50000000", date(2027, 2, 24)), True), (Terms(), False)):
        order = make_order(terms, amount="50000000", value_date=spot)
        assert gate.check_order(replace(order, trade_date=TRADE_DATE), NOW).allowed is allowed


@pytest.mark.parametrize("limits", ["limits.csv", "limits-10000.csv"])
@pytest.mark.parametrize(("source", "age_s_max"), [("simulator", 60), ("file", 86_400), ("ecb", 345_600)])
def test_the_example_limits_say_how_old_a_rate_of_each_source_may_be(limits: str, source: str, age_s_max: int) -> None:
    rates = ReferenceRates(parse_limits((EXAMPLES / limits).read_bytes(), limits), Currency("USD"))
    pair = parse_pair("EUR/USD")
    rates.update(pair, Decimal("1.1"), Decimal("1.1"), NOW, source)
    assert rates.has_fresh(pair, NOW + age_s_max * 1_000_000_000)
    assert not rates.has_fresh(pair, NOW + age_s_max * 1_000_000_000 + 1)
