"""The desks and batches that the simulation trades: the example files, and the head of one."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from msgspec import structs

from risk.limits.file import parse_limits
from risk.reasons import ReasonCode
from simulator.faults.scenario import Scenario, load_scenario, parse_scenario
from simulator.market.market import Market
from simulator.market.rates import OpeningRates, ecb_opening
from trader.adapters.calendars import load_calendars
from trader.adapters.ecb import ecb_rates
from trader.adapters.resources import examples_dir, fix_config_dir
from trader.batch.batch import LineDefaults, validate
from trader.batch.table import read_table
from trader.batch.totals import read_totals
from trader.domain.currency import MARKET_ORDER, Currency
from trader.domain.deal import OrderType, Product, TimeInForce
from trader.domain.ids import batch_id, content_hash
from trader.engine.inputs import BatchSubmitted, EngineStarted, SubmittedTotals
from trader.engine.settings import Settings
from trader.fix.dialect import Dialect, ProductForm, Quotes
from trader.fix.dialect_file import parse_dialect
from trader.simulation.faults import Faults
from trader.simulation.world import Watcher, World

TRADE_DATE = date(2026, 11, 20)
T0 = 1_795_168_800_000_000_000  # 2026-11-20, 10:00 UTC
SETTINGS = Settings(
    reporting_currency=Currency("USD"),
    reference_source="venue",
    in_flight_max=50,
    ack_s_max=1,
    work_s_max=6,
    answer_s_max=3,
    reconnect_s_max=4,
    recheck_s_max=2,
)


@cache
def started(limits: str = "limits.csv") -> EngineStarted:
    """The example desk, at the bundled simulator; without the estimate for which virtual time has no history."""
    rows = parse_limits((examples_dir() / limits).read_bytes(), limits).rows
    where = fix_config_dir("simulator") / "dialect.toml"
    return EngineStarted(
        version="test",
        dialects=(parse_dialect(where.read_text("utf-8"), str(where)),),
        limits=tuple(row for row in rows if row.control != ReasonCode.VALUE_AT_RISK),
        calendars=load_calendars(MARKET_ORDER, 2025, 2028),
        settings=SETTINGS,
        asks_first=True,
    )


@cache
def example_batch(name: str = "batch-100.csv") -> BatchSubmitted:
    """An example file, whole."""
    path = examples_dir() / name
    table = read_table(path.read_bytes(), name, 1_000_000)
    batch = validate(table, TRADE_DATE, started().calendars, LineDefaults(book="CORP", account="ACC-1"))
    totals = read_totals(path.with_suffix(".totals.toml").read_text("utf-8"))
    return BatchSubmitted(
        batch_id=batch.batch_id,
        content_hash=batch.content_hash,
        name=name,
        trade_date=TRADE_DATE,
        venue="simulator",
        trader="anna",
        desk="treasury",
        lines=batch.lines,
        totals=SubmittedTotals(totals.lines, tuple((c, f"{a:f}") for c, a in totals.totals), totals.sha256),
    )


@cache
def head_of_batch(lines: int, first: int = 0) -> BatchSubmitted:
    """A few lines of the example, as a batch of their own."""
    whole = example_batch()
    chosen = tuple(replace(line, line_no=no) for no, line in enumerate(whole.lines[first : first + lines], start=1))
    identity = content_hash(f"{first} {lines}".encode())
    return structs.replace(whole, batch_id=batch_id(identity), content_hash=identity, lines=chosen, totals=None)


def quoting_desk(settings: dict[str, Any] | None = None, **keys: Any) -> EngineStarted:  # noqa: ANN401 -- each key of a dialect has its own type
    """The example desk at a simulator that deals every product and on quotes, with some keys of its dialect changed."""
    plain = started()
    dialect = plain.dialects[0]
    forward = ProductForm(security_type="FOR", settl_type="tenor")
    products = {
        **dialect.products,
        Product.NDF: forward,
        Product.SWAP: ProductForm(security_type="FOR", settl_type="0", ord_type="G"),
        Product.BLOCK: ProductForm(security_type="FOR", legs="multileg"),
    }
    keys = {
        **{name: getattr(dialect, name) for name in dialect.__struct_fields__},
        "order_types": {**dialect.order_types, OrderType.PREVIOUSLY_QUOTED: "D"},
        "quotes": Quotes(source="request"),
        "products": products,
        **keys,
    }
    changed = replace(plain.settings, work_s_max=60, **(settings or {}))
    return structs.replace(plain, dialects=(Dialect(**keys),), settings=changed)


def on_quotes(batch: BatchSubmitted) -> BatchSubmitted:
    """The same deals, every one on a quote."""
    lines = (
        replace(line, order_type=OrderType.PREVIOUSLY_QUOTED, limit_rate=None, time_in_force=TimeInForce.FOK)
        for line in batch.lines
    )
    return structs.replace(batch, lines=tuple(lines), totals=None)


@cache
def opening_rates() -> OpeningRates:
    """Where the simulated market opens."""
    return ecb_opening(*ecb_rates())


def scenario(rules: str) -> Scenario:
    """A bundled scenario by name, or rules in TOML."""
    return parse_scenario(f'title = "test"\n{rules}', "test.toml") if "\n" in rules else load_scenario(rules)


def world(
    seed: int,
    batch: BatchSubmitted,
    rules: str = "plain",
    faults: Faults | None = None,
    watcher: Watcher | None = None,
    desk: EngineStarted | None = None,
) -> World:
    """A world that has not begun."""
    desk = desk or started()
    market = Market(seed, opening_rates(), TRADE_DATE, T0, desk.dialects[0].rate_decimals)
    return World(seed, desk, batch, scenario(rules), market, T0, faults, watcher)
