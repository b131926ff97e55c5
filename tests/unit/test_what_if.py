"""The answer of ``trader validate``, without its command: what passes, and who pays what when."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trader.adapters.calendars import load_calendars
from trader.adapters.config import load_setup
from trader.app.what_if import what_if
from trader.batch.batch import LineDefaults, validate
from trader.batch.table import read_table
from trader.engine.engine import Engine

NOW = 1_795_168_800_000_000_000  # 2026-11-20, 10:00 UTC
TRADE_DATE = date(2026, 11, 20)
COLUMNS = "row_id,product,pair,side,dealt_currency,amount,tenor,far_tenor,far_amount,order_type,time_in_force"
CONFIG = """
[identity]
trader = "anna"
desk = "treasury"
book = "SALES"
account = "ACC-1"

[limits]
file = "limits.csv"
reporting_currency = "USD"

[reference]
source = "file"
file = "rates.csv"
"""
RATES = "pair,bid,offer,as_of\nEUR/USD,1.10,1.10,2026-11-20T09:00:00Z\nUSD/CNY,7,7,2026-11-20T09:00:00Z\n"
POINTS = "pair,tenor,bid_points,offer_points,as_of\nEUR/USD,1M,0.001,0.001,2026-11-20T09:00:00Z\n"
EXAMPLES = Path(__file__).parents[2] / "examples"


def answer(folder: Path, *rows: str, points: bool = False, dialect: str = "", limits: str = "") -> dict[str, Any]:
    """What would become of a batch of these rows at the bundled simulator, with the example limits and more."""
    (folder / "trader.toml").write_text(CONFIG + ('points = "points.csv"\n' if points else ""), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    (folder / "points.csv").write_text(POINTS, encoding="utf-8")
    (folder / "limits.csv").write_text((EXAMPLES / "limits.csv").read_text("utf-8") + limits, encoding="utf-8")
    setup = load_setup(folder / "trader.toml", venue=dialect or None)
    calendars = load_calendars({"EUR", "USD", "CNY"}, 2026, 2027)
    table = read_table("\n".join((COLUMNS, *rows)).encode(), "batch.csv", 100)
    batch = validate(table, TRADE_DATE, calendars, LineDefaults(book="SALES", account="ACC-1"))
    return what_if((batch, None), setup, calendars, Engine(), NOW).facts


def flows(facts: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(row["value_date"], row["currency"], row["net"]) for row in facts["cash_flows"]]


SWAP = "R-1,SWAP,EUR/USD,SELL,EUR,1000000,SPOT,1M,1010000,MARKET,FOK"


def test_every_leg_of_a_swap_is_paid_on_its_own_day(tmp_path: Path) -> None:
    facts = answer(tmp_path, SWAP)
    assert facts["lines"] == {"total": 1, "pass": 1, "denied": 0}
    assert flows(facts) == [
        ("2026-11-24", "EUR", "-1000000"),
        ("2026-11-24", "USD", "1100000.00"),
        ("2026-12-24", "EUR", "1010000"),
        ("2026-12-24", "USD", "-1111000.00"),
    ]


def test_with_a_points_file_a_later_leg_is_paid_at_its_outright(tmp_path: Path) -> None:
    assert ("2026-12-24", "USD", "-1112010.00") in flows(answer(tmp_path, SWAP, points=True))


def test_an_ndf_pays_a_difference_that_is_unknown_before_its_fixing(tmp_path: Path) -> None:
    facts = answer(tmp_path, "R-1,NDF,USD/CNY,BUY,USD,1000000,1M,,,MARKET,FOK")
    (row,) = facts["cash_flows"]
    assert row == {"value_date": "2026-12-24", "currency": "USD", "net": None, "fixing_date": "2026-12-22"}


def test_a_line_that_is_denied_pays_nothing_and_says_why(tmp_path: Path) -> None:
    facts = answer(tmp_path, "R-1,SPOT,EUR/USD,BUY,EUR,30000000,,,,MARKET,FOK")
    assert facts["lines"] == {"total": 1, "pass": 0, "denied": 1}
    assert facts["cash_flows"] == []
    assert facts["denials"][0]["violations"][0]["code"] == "ORDER_NOTIONAL"


@pytest.fixture
def linking(tmp_path: Path) -> str:
    """A venue that takes a swap as two orders, made of the simulator's folder."""
    folder = tmp_path / "linking"
    folder.mkdir()
    simulator = EXAMPLES.parent / "fix_configs" / "simulator"
    (folder / "session.cfg").write_text((simulator / "session.cfg").read_text("utf-8"), encoding="utf-8")
    dialect = (simulator / "dialect.toml").read_text("utf-8")
    kept = [line for line in dialect.splitlines() if not line.startswith("SWAP")]
    kept.insert(kept.index("[products]") + 1, 'SWAP = { legs = "linked" }')
    (folder / "dialect.toml").write_text("\n".join(kept), encoding="utf-8")
    return str(folder)


def test_a_swap_that_is_sent_as_two_orders_holds_both_legs_or_none(tmp_path: Path, linking: str) -> None:
    held = answer(tmp_path, SWAP, dialect=linking)
    assert held["lines"]["pass"] == 1
    used = {row["node"]: row["used"] for row in held["limits"]}
    assert used["NOP_CURRENCY book=SALES currency=EUR short"] == "1000000"
    assert used["NOP_CURRENCY book=SALES currency=EUR long"] == "1010000"
    far_is_too_much = "ORDER_NOTIONAL,product=SWAP pair=* tenor=1M trader=* venue=*,max,1000,none\n"
    denied = answer(tmp_path, SWAP, dialect=linking, limits=far_is_too_much)
    assert denied["lines"]["denied"] == 1
    assert {Decimal(row["used"]) for row in denied["limits"]} == {Decimal(0)}
