"""Batches for the simulated desk, worlds that have not begun, and two ways to look at one."""

from dataclasses import replace
from functools import cache
from typing import Any

from msgspec import structs

from simulator.faults.scenario import Scenario, load_scenario, parse_scenario
from simulator.market.market import Market
from trader.adapters.resources import examples_dir
from trader.batch.batch import LineDefaults, validate
from trader.batch.table import read_table
from trader.batch.totals import read_totals
from trader.domain.deal import OrderType, Product, TimeInForce
from trader.domain.ids import batch_id, content_hash
from trader.engine.inputs import BatchSubmitted, EngineStarted, SubmittedTotals
from trader.engine.outputs import Send
from trader.fix.dialect import Dialect, ProductForm, Quotes
from trader.journal.state_hash import state_hash
from trader.simulation.desk import T0, TRADE_DATE, opening_rates, started
from trader.simulation.faults import Faults
from trader.simulation.invariants import Invariants
from trader.simulation.robot import journal_bytes
from trader.simulation.stated import require
from trader.simulation.world import Watcher, World


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


def quoting_desk(settings: dict[str, Any] | None = None, **keys: Any) -> EngineStarted:
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


class Paced(Invariants):
    """Watches besides that no window holds more messages than the venue takes, whatever they say."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[int] = []

    def left(self, world: World, sent: Send) -> None:
        """The same, and no window is too full."""
        super().left(world, sent)
        pace = world.dialect.pace
        assert pace is not None
        self.moments.append(world.now_ns)
        if len(self.moments) > pace.messages_max:
            apart_ns = world.now_ns - self.moments[-1 - pace.messages_max]
            require(apart_ns >= pace.window_ms * 1_000_000, 7, f"{pace.messages_max + 1} messages within {apart_ns} ns")


def same_run(one: World, other: World) -> bool:
    """8: two worlds of the same seed have the same journal and the same state."""
    return journal_bytes(one.journal) == journal_bytes(other.journal) and state_hash(one.engine) == state_hash(
        other.engine
    )
