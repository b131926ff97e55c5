"""One seed, one world: what the desk wants, what the venue can do, what goes wrong, and when.

Everything is drawn from numbers of its own for each part, so that a change of one part leaves the others of a seed as
they are.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from msgspec import structs

from risk.limits.book import Limit
from risk.stops.stops import EVERYTHING, Dimension, Scope
from simulator.faults.scenario import Scenario
from simulator.market.market import Market
from trader.domain.currency import Currency
from trader.domain.deal import OrderType, Product
from trader.domain.ids import batch_id
from trader.engine.inputs import BatchSubmitted, EngineStarted
from trader.engine.settings import Settings
from trader.fix.dialect import Dialect, Pace, ProductForm, Quotes
from trader.simulation import desk
from trader.simulation.faults import Faults
from trader.simulation.files import SimulatedFile, draw_file
from trader.simulation.numbers import Numbers
from trader.simulation.palette import draw_rules, openly
from trader.simulation.world import Watcher, World

CALM_S = 30
LINGERS_S = 2

_CRASHES = (0, 0, 0, 1, 1, 1, 2, 3)
_DROPS = (0, 0, 0, 1, 1, 2)
_SELDOM, _OFTEN = 0.12, 0.6
_TIGHT = ("VOLUME_DAY", "COUNTERPARTY_LINE", "ORDER_NOTIONAL", "NOP_AGGREGATE", "SETTLEMENT_DAY", "OPEN_VALUE")
_LEGS: tuple[Literal["single", "multileg", "linked"], ...] = ("single", "multileg", "linked")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed has decided.

    Attributes:
        seed: The seed.
        started: The robot's configuration.
        file: The desk's file, with the broken one that was tried before it, if one was.
        batch: What the file asks for.
        scenario: What the venue does.
        faults: What else goes wrong.
        is_staffed: Whether somebody resumes what was stopped.
        has_odd_venue: Whether the venue may say what its books do not.
    """

    seed: int
    started: EngineStarted
    file: SimulatedFile
    batch: BatchSubmitted
    scenario: Scenario
    faults: Faults
    is_staffed: bool
    has_odd_venue: bool

    def world(self, watcher: Watcher) -> World:
        """The world that the plan makes; it has not begun."""
        decimals = self.started.dialects[0].rate_decimals
        market = Market(self.seed, desk.opening_rates(), desk.TRADE_DATE, desk.T0, decimals)
        return World(
            self.seed,
            self.started,
            self.batch,
            self.scenario,
            market,
            desk.T0,
            self.faults,
            watcher,
            calm_s=CALM_S,
            lingers_s=LINGERS_S,
            is_staffed=self.is_staffed,
        )


def plan_of(seed: int) -> Plan:
    """What a seed decides."""
    numbers = Numbers(seed, "disk")
    is_put_back = numbers.happens(_SELDOM)
    dialect = _dialect(Numbers(seed, "dialect"))
    if is_put_back:
        dialect = _lists_all(dialect)
    file = draw_file(Numbers(seed, "file"), dialect, seed)
    started = _started(Numbers(seed, "desk"), dialect, file)
    numbers = Numbers(seed, "venue")
    has_odd_venue = numbers.happens(_SELDOM) and not is_put_back
    rules = draw_rules(numbers, is_odd=has_odd_venue, reports_all=_has_only_reports(dialect))
    interval_ms = numbers.one_of(250, 500, 1000)
    numbers = Numbers(seed, "faults")
    faults = _faults(numbers, len(file.batch.lines), file)
    if is_put_back:
        rules, faults = openly(rules), _put_back(Numbers(seed, "put back"), faults, len(file.batch.lines))
    if _has_only_reports(dialect):
        faults = replace(faults, resends=True, restart_at=frozenset())
    scenario = Scenario(title=f"seed {seed}", quote_interval_ms=interval_ms, rules=rules)
    submitted = _submitted(file, seed)
    return Plan(seed, started, file, submitted, scenario, faults, numbers.happens(_OFTEN), has_odd_venue)


def _has_only_reports(dialect: Dialect) -> bool:
    """True where the venue ends orders without a word and lists no trades: what it does not report, nobody can know.

    Such a venue reports everything, and at the next logon what the session has not taken; nobody could trade otherwise.
    """
    return dialect.cancel_on_disconnect == "silent" and not dialect.requests.trade_capture


def _lists_all(dialect: Dialect) -> Dialect:
    """The same venue, which answers every question about its books: what it did not list, nobody could know."""
    answers = dict.fromkeys(("order_status", "mass_status", "trade_capture"), True)
    return structs.replace(dialect, requests=structs.replace(dialect.requests, **answers))


def _submitted(file: SimulatedFile, seed: int) -> BatchSubmitted:
    batch = file.batch
    return BatchSubmitted(
        batch_id=batch_id(batch.content_hash),
        content_hash=batch.content_hash,
        name=f"seed-{seed}.csv",
        trade_date=desk.TRADE_DATE,
        venue="simulator",
        trader="anna",
        desk="treasury",
        lines=batch.lines,
        totals=None,
    )


# --- the venue and the desk -------------------------------------------------------------------------------------------


@cache
def _plain_dialect() -> Dialect:
    return desk.started().dialects[0]


def _dialect(numbers: Numbers) -> Dialect:
    """What the venue of a seed can do: everything, or some of it."""
    plain = _plain_dialect()
    requests = plain.requests
    if not numbers.happens(_OFTEN):
        answers = {
            name: numbers.happens(_OFTEN) for name in ("order_status", "mass_status", "trade_capture", "mass_cancel")
        }
        requests = structs.replace(requests, **answers)
    legs = numbers.one_of(*_LEGS)
    products = dict(plain.products)
    products[Product.SWAP] = ProductForm(security_type="FOR", legs=legs, ord_type="" if legs != "single" else "G")
    products[Product.BLOCK] = ProductForm(security_type="FOR", legs="linked" if legs == "linked" else "multileg")
    return structs.replace(
        plain,
        requests=requests,
        products=products,
        cancel_on_disconnect=numbers.one_of("none", "none", "none", "reported", "silent"),
        pace=Pace(messages_max=12, window_ms=500) if numbers.happens(_SELDOM) else None,
        **_quotes(numbers, plain),
    )


def _quotes(numbers: Numbers, plain: Dialect) -> dict[str, object]:
    """Where the prices of orders on quotes come from, if there are such orders."""
    source = numbers.one_of("", "", "request", "request", "request", "stream")
    if not source:
        types = {kind: code for kind, code in plain.order_types.items() if kind is not OrderType.PREVIOUSLY_QUOTED}
        return {"quotes": None, "order_types": types}
    if source == "stream":
        return {"quotes": Quotes(source="stream", reference_tags=(278,))}
    return {"quotes": Quotes(source="request", is_two_way=numbers.happens(_SELDOM))}


def _started(numbers: Numbers, dialect: Dialect, file: SimulatedFile) -> EngineStarted:
    """The example desk with the rows of limits that the file needs, one of them tight at times."""
    rows = _rows_for(file.currencies)
    if numbers.happens(_OFTEN / 2):
        control = numbers.one_of(*_TIGHT)
        least = str(numbers.between(1, 12) * 1_000_000)
        rows = tuple(replace(row, value=least) if _is_max(row, control) else row for row in rows)
    settings: Settings = replace(
        desk.SETTINGS,
        in_flight_max=numbers.one_of(1, 1, 2, 50),
        work_s_max=numbers.one_of(3.0, 6.0, 12.0),
        ack_s_max=numbers.one_of(1.0, 2.0),
    )
    return structs.replace(desk.started(), dialects=(dialect,), limits=rows, settings=settings)


def _is_max(row: Limit, control: str) -> bool:
    return row.control == control and row.parameter == "max"


@cache
def _rows_for(currencies: frozenset[Currency]) -> tuple[Limit, ...]:
    """The example's rows, without those for currencies that the file does not have."""
    return tuple(row for row in desk.started().limits if _named(row) <= currencies)


def _named(row: Limit) -> set[Currency]:
    """The currencies that a row's key names."""
    codes = [part for name, value in row.key if name in ("currency", "pair") for part in value.split("/")]
    return {Currency(code) for code in codes if code != "*"}


# --- what goes wrong --------------------------------------------------------------------------------------------------


def _faults(numbers: Numbers, lines: int, file: SimulatedFile) -> Faults:
    """What goes wrong outside the venue; about half of the seeds have a crash, and half a drop."""
    records = _records(lines)

    def places(*counts: int) -> frozenset[int]:
        return frozenset(numbers.between(2, records) for _ in range(numbers.one_of(*counts)))

    def seldom(*sizes: int) -> dict[int, int]:
        return {numbers.between(8, records): numbers.one_of(*sizes)} if numbers.happens(_SELDOM) else {}

    return Faults(
        crash_at=places(*_CRASHES),
        drop_at=places(*_DROPS),
        kill_at=frozenset(10 + place // 3 for place in places(0, 0, 0, 1)),  # while orders still wait to leave
        stop_at=places(0, 0, 0, 0, 0, 1),
        submit_at=places(0, 0, 0, 1),
        restart_at=places(0, 0, 0, 0, 1),
        clock_at=seldom(-2_000, -300, 300, 2_000),
        jump_at=seldom(-400, -50, 50, 150, 400),
        silent_at=places(0, 0, 0, 0, 0, 0, 0, 0, 1),
        resends=numbers.happens(0.7),
        repeats=numbers.one_of(0.0, 0.0, 0.1, 0.4),
        doubles=numbers.one_of(0.0, 0.0, 0.0, 0.1),
        forgets=numbers.one_of(0, 0, 2, 5),
        kill_scope=_kill_scope(numbers, file),
        distance=numbers.one_of(1, 1, 10, 50),
    )


def _put_back(numbers: Numbers, faults: Faults, lines: int) -> Faults:
    """An old copy of the disk, or an empty one, takes its place; no kill, which only its file outside would outlive."""
    records = _records(lines)
    copied = frozenset({numbers.between(1, records)}) if numbers.happens(_OFTEN) else frozenset[int]()
    put_back = frozenset({numbers.between(12, records)})
    return replace(faults, copied_at=copied, put_back_at=put_back, kill_at=frozenset(), clock_at={})


def _records(lines: int) -> int:
    """About as many records as a batch of so many lines has in its journal."""
    return 30 + 9 * lines


def _kill_scope(numbers: Numbers, file: SimulatedFile) -> Scope:
    """Everything, most often; else one pair or one currency of the file."""
    pair = numbers.one_of(*file.batch.lines).deal.pair
    narrow = Scope(Dimension.PAIR, str(pair)), Scope(Dimension.CURRENCY, str(pair.base))
    return EVERYTHING if numbers.happens(_OFTEN) else numbers.one_of(*narrow)
