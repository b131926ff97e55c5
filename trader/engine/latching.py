"""What latches by itself: losses, storms, loops, breaks, and a machine that is not itself.

The gate counts and compares; what follows from it is put in force here, after every step, as a kill would be. A
configuration is the approved one from the day on which a second person has approved the first.
"""

from decimal import Decimal

from risk.losses.history import History
from risk.reasons import ReasonCode
from trader.domain.currency import Currency
from trader.domain.moments import NS_PER_MS
from trader.engine.context import Context
from trader.engine.inputs import EngineStarted
from trader.engine.machine_inputs import ClockJumped, HistoryLoaded, JournalFailed, MonitorSilent
from trader.engine.stopping import Stopping


class Latching:
    """Feeds the gate's latches, and lets what they stop be stopped. One instance per engine."""

    def __init__(self, context: Context, stopping: Stopping) -> None:
        self._ctx = context
        self._stopping = stopping

    def after_step(self) -> None:
        """Stop what the step has given cause to stop."""
        if self._ctx.has_gate and (stops := self._ctx.gate.watch(self._ctx.now_ns)):
            self._stopping.enforce(stops)

    # --- the machine -------------------------------------------------------------------------------------------------

    def process_started(self, started: EngineStarted) -> None:
        """Is the configuration the approved one? Until one was approved, nothing is asked."""
        ctx = self._ctx
        ctx.config_running = started.config_sha256
        if ctx.config_approved and ctx.config_approved != started.config_sha256:
            why = (
                f"the configuration is {started.config_sha256[:12] or 'unknown'}, and {ctx.config_approved[:12]} was "
                "approved"
            )
            ctx.gate.latches.machine_failed(ReasonCode.CONFIG_CHANGED, why)

    def clock_jumped(self, jumped: ClockJumped) -> None:
        """Ages, windows and dates cannot be trusted."""
        way = "forward" if jumped.jump_ms > 0 else "back"
        why = f"the clock went {way} by {abs(jumped.jump_ms)} ms at once"
        self._ctx.gate.latches.machine_failed(ReasonCode.CLOCK, why)

    def clock_went_back(self, by_ns: int) -> None:
        """The journal's moments run backwards, maybe since another process: what had run out would hold again."""
        if not self._ctx.has_gate:
            return
        jumps_max = [row.value for row in self._ctx.gate.limits.rows if row.control == ReasonCode.CLOCK]
        if any(by_ns > Decimal(value) * NS_PER_MS for value in jumps_max):
            why = (
                f"the clock is {by_ns // NS_PER_MS} ms behind what the journal says: what had run out would hold again"
            )
            self._ctx.gate.latches.machine_failed(ReasonCode.CLOCK, why)

    def monitor_silent(self, silent: MonitorSilent) -> None:
        """Nobody watches."""
        age = "it is not there" if silent.silent_ms is None else f"the last one is {silent.silent_ms} ms old"
        self._ctx.gate.latches.machine_failed(ReasonCode.DEADMAN, f"no heartbeat of the monitor in time: {age}")

    def journal_failed(self, failed: JournalFailed) -> None:
        """The process before this one could not write something down, and ended."""
        self._ctx.gate.latches.machine_failed(ReasonCode.JOURNAL_FAILED, failed.reason)

    # --- history -----------------------------------------------------------------------------------------------------

    def history_loaded(self, loaded: HistoryLoaded) -> None:
        """How the currencies have moved, for estimates."""
        per_euro = {Currency(each.currency): each.per_euro.split() for each in loaded.rates}
        history = History(per_euro, self._ctx.settings.reporting_currency)
        self._ctx.gate.estimates.load(history, loaded.source, loaded.sha256)
