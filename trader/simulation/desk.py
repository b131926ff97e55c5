"""The desk that the simulation trades for: the example limits at the bundled simulator."""

from datetime import date
from functools import cache

from risk.limits.file import parse_limits
from risk.reasons import ReasonCode
from simulator.market.rates import OpeningRates, ecb_opening
from trader.adapters.calendars import load_calendars
from trader.adapters.ecb import ecb_rates
from trader.adapters.resources import examples_dir, fix_config_dir
from trader.domain.currency import MARKET_ORDER, Currency
from trader.engine.inputs import EngineStarted
from trader.engine.settings import Settings
from trader.fix.dialect_file import parse_dialect

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
def opening_rates() -> OpeningRates:
    """Where the simulated market opens."""
    return ecb_opening(*ecb_rates())
