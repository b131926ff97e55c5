"""How patient and how fast the engine is. None of it is a limit."""

from dataclasses import dataclass, field

from risk.alerts import AlertRules
from trader.domain.currency import Currency


@dataclass(frozen=True, slots=True)
class QuoteSettings:
    """How quotes that were asked for are waited for and chosen from.

    Attributes:
        wanted: So many makers' answers, quotes and declines, end the wait.
        least: So many quotes that can be dealt on are needed before the best is taken.
        wait_s_max: The longest wait for the makers.
        margin_ms: A quote that lives no longer than this is not taken: an order would find it expired.
    """

    wanted: int = 3
    least: int = 1
    wait_s_max: float = 3.0  # as the journal brings it back
    margin_ms: int = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """How patient and how fast the engine is. None of these is a limit.

    Attributes:
        reporting_currency: What exposures are counted in.
        reference_source: Where reference rates come from: the venue's market data, a rates file, or the ECB set.
        in_flight_max: New orders sent and not yet answered, at most; keeps a stop quick and the venue's queue short.
        ack_s_max: An order unanswered for longer is in doubt, and asked about.
        work_s_max: A batch's orders still live after this long are canceled.
        answer_s_max: How long to wait for canceled orders, rates, status answers and trade reports.
        reconnect_s_max: A session down for longer suspends its batches.
        recheck_s_max: A decision older than this is taken anew before its order leaves.
        compare_s_max: The longest time that open orders go without being held against the venue's own books.
        quotes: For lines that are dealt on quotes.
        alerts: When people are told of a limit that fills up.
        day_end: When a risk day ends, a time of day and its zone.
    """

    reporting_currency: Currency
    reference_source: str
    in_flight_max: int
    ack_s_max: float
    work_s_max: float
    answer_s_max: float
    reconnect_s_max: float
    recheck_s_max: float
    compare_s_max: float = 30.0  # as the journal brings it back
    quotes: QuoteSettings = QuoteSettings()
    alerts: AlertRules = field(default_factory=AlertRules)
    day_end: str = "17:00 America/New_York"
