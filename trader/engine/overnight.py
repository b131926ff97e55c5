"""The desks' cut-offs: at each its position is held against what it may hold overnight, and what is too much is told.

It holds until the desk's next cut-off finds the position in order.
"""

from risk.checks.nop_overnight import next_cutoff_ns
from risk.limit_book import LimitBook
from risk.reasons import ReasonCode
from trader.engine.context import Context
from trader.engine.outputs import Alert, AlertOver, StartTimer

TIMER = "overnight"


class Overnight:
    """Looks at every desk at its cut-off. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context
        self._seen: tuple[int, LimitBook] | None = None
        self._due: dict[str, int] = {}

    def process_started(self) -> None:
        """The timer of the process before is gone."""
        self._seen = None

    def after_step(self) -> None:
        """There may be another desk, or other cut-offs."""
        ctx = self._ctx
        if ctx.has_gate and self._seen != (len(ctx.batches), ctx.gate.limits):
            self._seen = len(ctx.batches), ctx.gate.limits
            self._wait()

    def _wait(self) -> None:
        ctx = self._ctx
        desks = sorted({batch.submitted.desk for batch in ctx.batches.values()})
        moments = {desk: next_cutoff_ns(ctx.gate.limits, desk, ctx.now_ns) for desk in desks}
        self._due = {desk: moment_ns for desk, moment_ns in moments.items() if moment_ns is not None}
        if self._due:
            ctx.emit(StartTimer(TIMER, min(self._due.values())))

    def cut_off(self) -> None:
        """The day of some desks ends."""
        ctx = self._ctx
        desks = [desk for desk, due_ns in self._due.items() if due_ns <= ctx.now_ns]
        found = {notice.node: notice for notice in ctx.gate.check_overnight(desks, ctx.now_ns)}
        for notice in found.values():
            ctx.emit(Alert(notice.code, notice.sentence, about=notice.node, is_lasting=True))
        for node in (f"desk={desk}" for desk in desks):
            if node not in found:
                ctx.emit(AlertOver(ReasonCode.NOP_OVERNIGHT, node))
        self._wait()
