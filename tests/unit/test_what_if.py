"""The answer of ``trader validate``, without its command: what passes, and who pays what when."""

from datetime import date
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import pytest

from trader.adapters.calendars import load_calendars
from trader.adapters.config import load_setup
from trader.app.limits.what_if import what_if
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
    assert facts["lines"] == {"total": 1, "pass": 1, "denied": 0, "waits": 0}
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
    assert facts["lines"] == {"total": 1, "pass": 0, "denied": 1, "waits": 0}
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


# --- what a batch could be cut to, who could help, what waits ---------------------------------------------------------

SPOT = "SPOT,EUR/USD,BUY,EUR"


def test_the_lines_that_fit_are_those_that_are_served_first(tmp_path: Path) -> None:
    """Of 2,500,000 USD of volume two take 1,111,000 each: a third does not fit, a small one does."""
    rows = [f"R-{n},{SPOT},{size},,,,MARKET,FOK" for n, size in ((1, 1000000), (2, 1000001), (3, 1000002), (4, 100000))]
    facts = answer(tmp_path, *rows, limits="VOLUME_DAY,trader=anna,max,2500000,\n")
    assert facts["lines"] == {"total": 4, "pass": 3, "denied": 1, "waits": 0}
    assert facts["subset"] == {"lines": 3, "rows": ["R-1", "R-2", "R-4"]}
    (denial,) = facts["denials"]
    assert denial["row_id"] == "R-3"


@pytest.mark.parametrize(
    "limits",
    [
        "VOLUME_DAY,trader=anna,max,500000,\n",
        "ORDER_SIZE,venue=* pair=EUR/USD currency=EUR,max,123456,\n",
        "VOLUME_DAY,trader=anna,max,500000,\nORDER_SIZE,venue=* pair=EUR/USD currency=EUR,max,123456,\n",
    ],
    ids=["volume", "size", "both"],
)
def test_a_line_cut_to_what_it_is_said_to_fit_fits_and_a_cent_more_does_not(tmp_path: Path, limits: str) -> None:
    (denial,) = answer(tmp_path, f"R-1,{SPOT},1000000,,,,MARKET,FOK", limits=limits)["denials"]
    cut = Decimal(denial["cut_to"])
    assert cut > 0
    fits = answer(tmp_path, f"R-1,{SPOT},{cut},,,,MARKET,FOK", limits=limits)
    assert fits["lines"]["pass"] == 1
    above = answer(tmp_path, f"R-1,{SPOT},{cut + Decimal('0.01')},,,,MARKET,FOK", limits=limits)
    assert above["lines"]["denied"] == 1


def test_a_swap_is_cut_with_both_its_legs(tmp_path: Path) -> None:
    limits = "VOLUME_DAY,trader=anna,max,500000,\n"
    (denial,) = answer(tmp_path, SWAP, limits=limits)["denials"]
    cut = Decimal(denial["cut_to"])
    far = (cut * Decimal("1.01")).quantize(Decimal("0.01"), ROUND_DOWN)
    row = f"R-1,SWAP,EUR/USD,SELL,EUR,{cut},SPOT,1M,{far},MARKET,FOK"
    assert answer(tmp_path, row, limits=limits)["lines"]["pass"] == 1


def test_where_the_size_is_not_the_question_no_size_is_named(tmp_path: Path) -> None:
    limits = "RESTRICTED,currency=EUR,blocked_from,always,\n"
    (denial,) = answer(tmp_path, f"R-1,{SPOT},1000000,,,,MARKET,FOK", limits=limits)["denials"]
    assert denial["cut_to"] is None


def test_a_limit_that_leaves_nothing_is_cut_to_nothing(tmp_path: Path) -> None:
    limits = "OPEN_COUNT,trader=anna,orders_max,1,\n"
    rows = (f"R-1,{SPOT},1000000,,,,MARKET,FOK", f"R-2,{SPOT},2000000,,,,MARKET,FOK")
    (denial,) = answer(tmp_path, *rows, limits=limits)["denials"]
    assert denial["cut_to"] == "0"


def test_a_denial_names_the_row_to_raise_and_who_may(tmp_path: Path) -> None:
    limits = "VOLUME_DAY,trader=anna,max,500000,\n"
    facts = answer(tmp_path, f"R-1,{SPOT},1000000,,,,MARKET,FOK", limits=limits)
    (violation,) = facts["denials"][0]["violations"]
    assert violation["raise"] == {"control": "VOLUME_DAY", "key": "trader=anna", "parameter": "max"}
    assert facts["who"]["raise_limit"] == {"asks": ["risk", "trader"], "decides": ["risk"], "users": []}


def test_what_waits_holds_its_limits_and_is_not_denied(tmp_path: Path) -> None:
    limits = "ORDER_DUPLICATE,account=ACC-1,alike_max,1,\n"
    rows = [f"R-{n},{SPOT},1000000,,,,MARKET,FOK" for n in (1, 2)]
    facts = answer(tmp_path, *rows, limits=limits)
    assert facts["lines"] == {"total": 2, "pass": 1, "denied": 0, "waits": 1}
    (approval,) = facts["approvals"]
    assert (approval["row_id"], approval["violations"][0]["code"]) == ("R-2", "ORDER_DUPLICATE")
    used = {row["node"]: row["used"] for row in facts["limits"]}
    assert used["OPEN_COUNT trader=anna"] == "2"


def test_how_full_each_limit_was_stands_beside_how_full_it_gets(tmp_path: Path) -> None:
    facts = answer(tmp_path, SWAP)
    assert {row["used_before"] for row in facts["limits"]} == {"0"}
    assert any(Decimal(row["used"]) > 0 for row in facts["limits"])


@pytest.mark.slow
def test_ten_thousand_lines_fit_the_limits_made_for_them(tmp_path: Path) -> None:
    config = CONFIG.replace('source = "file"', 'source = "venue"').replace('file = "rates.csv"\n', "")
    (tmp_path / "trader.toml").write_text(config, encoding="utf-8")
    (tmp_path / "limits.csv").write_bytes((EXAMPLES / "limits-10000.csv").read_bytes())
    setup = load_setup(tmp_path / "trader.toml")
    table = read_table((EXAMPLES / "batch-10000.csv").read_bytes(), "batch-10000.csv", 10_000)
    currencies = {code for row in table.rows for code in row[table.columns.index("pair")].split("/")}
    calendars = load_calendars({*currencies, "USD"}, 2026, 2027)
    batch = validate(table, TRADE_DATE, calendars, LineDefaults(book="SALES", account="ACC-1"))
    facts = what_if((batch, None), setup, calendars, Engine(), NOW).facts
    assert not any(violation["blocks"] for violation in facts["batch"])
    assert facts["lines"] == {"total": 10_000, "pass": 10_000, "denied": 0, "waits": 0}
    assert facts["subset"]["lines"] == 10_000
    assert all(row["used_percent"] <= 100 for row in facts["limits"])
