"""The benchmark: a whole batch, beside the bare QuickFIX loop, pair by pair on the same machine.

*Ours* is everything ``trader run`` does on a session that is up: read, validate, check, journal with fsync, send,
follow, ask for the venue's trade reports, reconcile, write the result file. *Bare* sends the same number of orders
and counts the fills; *books* is the same with the venue's trade reports asked for, which is the least for a robot that
compares its books. Only the ratio of a pair means anything: these machines are noisy.
"""

import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trader.adapters.bare_loop import BareLoop
from trader.adapters.calendars import market_calendars
from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.config import load_setup
from trader.app.bench.desk import batch_file, machine, running_robot, spread, trade, write_config
from trader.app.sessions.venue_process import simulator_process
from trader.app.stages import STAGES
from trader.domain import ids
from trader.domain.commands import PlaceOrder
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError
from trader.domain.value_date import spot_date, trade_date_at

_ROUND_TRIPS = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of ours and one of the bare loop, one after the other.

    Attributes:
        ours_ms: ``wall_ms`` of the batch.
        bare_ms: The bare loop's time for as many orders.
        books_ms: Its time for them and for their trade reports.
        stages_ms: Ours, by stage.
    """

    ours_ms: float
    bare_ms: float
    books_ms: float
    stages_ms: dict[str, float]


def bench(lines: int, repeats: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Run the benchmark.

    Args:
        lines: Lines of a batch, 1 to 10,000.
        repeats: Counted pairs, after one that warms up.
        progress: Told what is being done.

    Returns:
        The JSON object that ``trader bench --json`` prints.

    Raises:
        ConfigError: The simulator does not start, or a batch does not fill.
    """
    with TemporaryDirectory(prefix="trader-bench-") as name:
        work = Path(name)
        config = write_config(work)
        with simulator_process() as ready:
            setup = load_setup(config, venue="simulator", connect=f"127.0.0.1:{ready.port}")
            with _bare_loop(ready.port, work) as bare, running_robot(setup, work) as robot:
                pairs = []
                for number in range(repeats + 1):
                    progress(f"pair {number} of {repeats}" if number else "warming up")
                    begun_ns = now_ns()
                    bare_ms = bare.trade(_orders(lines, f"{number}"))
                    books_ms = bare_ms + bare.books(begun_ns, lines)
                    facts = trade(robot, setup, batch_file(work, lines, number))
                    pairs.append(Pair(facts["wall_ms"], bare_ms, books_ms, facts["stages_ms"]))
                round_trips = bare.round_trips(_orders(_ROUND_TRIPS, "R"))
        progress("cold start")
        with simulator_process() as ready:  # another venue: of what the first has dealt a new folder would be told
            cold_start_ms = _cold_start(config, ready.port, work)
    return _facts(lines, pairs[1:], round_trips, cold_start_ms)


@contextmanager
def _bare_loop(port: int, work: Path) -> Iterator[BareLoop]:
    loop = BareLoop(port, "BARE", work / "bare")
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()


def _orders(count: int, name: str) -> list[PlaceOrder]:
    """Plain spot orders under ids never used before."""
    batch = ids.batch_id(ids.content_hash(f"bare {name} {now_ns()}".encode()))
    pair = parse_pair("EUR/USD")
    today = trade_date_at(now_ns())
    day = spot_date(pair, today, market_calendars(today, ("EUR",)))
    orders = []
    for number in range(1, count + 1):
        leg = Leg(Side.BUY if number % 2 else Side.SELL, Decimal(1_000_000), day, "SPOT")
        deal = Deal(Product.SPOT, pair, pair.base, leg)
        name = ids.cl_ord_id(batch, number)
        orders.append(PlaceOrder(name, deal, OrderType.MARKET, None, TimeInForce.DAY, "", 0))
    return orders


def _cold_start(config: Path, port: int, work: Path) -> float:
    """Milliseconds of a whole ``trader run`` process with one line, from nothing to the result file."""
    path = batch_file(work, 1, 999)
    command = [sys.executable, "-m", "trader", "run", str(path), "--config", str(config), "--data", str(work / "cold")]
    begin = elapsed_ns()
    ended = subprocess.run(  # noqa: S603 -- our own command
        [*command, "--connect", f"127.0.0.1:{port}", "--json"], capture_output=True, check=False
    )
    if ended.returncode:
        raise ConfigError(f"the cold start failed: {ended.stderr.decode(errors='replace')}")
    return (elapsed_ns() - begin) / 1e6


def _facts(lines: int, pairs: Sequence[Pair], round_trips: Sequence[float], cold_start_ms: float) -> dict[str, Any]:
    ours = [pair.ours_ms for pair in pairs]
    bare = [pair.bare_ms for pair in pairs]
    percentiles = statistics.quantiles(round_trips, n=100)
    return {
        "lines": lines,
        "repeats": len(pairs),
        "ours_ms": spread(ours),
        "bare_ms": spread(bare),
        "books_ms": spread([pair.books_ms for pair in pairs]),
        "ratio": spread([pair.ours_ms / pair.bare_ms for pair in pairs], digits=3),
        "ratio_books": spread([pair.books_ms / pair.bare_ms for pair in pairs], digits=3),
        "stages_ms": {stage: round(statistics.median(p.stages_ms[stage] for p in pairs), 3) for stage in STAGES},
        "orders_per_s": {
            "ours": round(lines / statistics.median(ours) * 1000),
            "bare": round(lines / statistics.median(bare) * 1000),
        },
        "rtt_us": {"p50": round(percentiles[49]), "p99": round(percentiles[98])},
        "cold_start_ms": round(cold_start_ms),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": machine(),
    }
