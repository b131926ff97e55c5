"""The desks' cut-offs: at each its position is held against what it may hold overnight, and what is too much is told.

It holds until the desk's next cut-off finds the position in order. A cut-off that came while no robot ran is made up by
the next process, as soon as there are rates for what the desk holds; without them, a minute after its start.
"""

from risk.checks.nop_overnight import next_cutoff_ns
from risk.limits.book import LimitBook
from risk.reasons import ReasonCode
from trader.engine.context import Context
from trader.engine.outputs import Alert, AlertOver, StartTimer

TIMER = "overnight"
_RATES_S = 60.0


class Overnight:
    """Looks at every desk at its cut-off. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context
        self._seen: tuple[int, LimitBook] | None = None
        self._due: dict[str, int] = {}
        # The desks whose cut-off nobody has looked at, and when they are looked at in any case.
        self._missed: dict[str, int] = {}

    def process_started(self) -> None:
        """The timer of the process before is gone, and may have been due since."""
        until_ns = self._ctx.after(_RATES_S)
        self._missed |= {desk: until_ns for desk, due_ns in self._due.items() if due_ns <= self._ctx.now_ns}
        self._seen = None

    def after_step(self) -> None:
        """There may be another desk, or other cut-offs; or the rates for one that was missed."""
        ctx = self._ctx
        if self._missed and ctx.has_gate:
            self._make_up()
        if ctx.has_gate and self._seen != (len(ctx.batches), ctx.gate.limits):
            self._seen = len(ctx.batches), ctx.gate.limits
            self._wait()

    def _wait(self) -> None:
        ctx = self._ctx
        desks = sorted({batch.submitted.desk for batch in ctx.batches.values()})
        moments = {desk: next_cutoff_ns(ctx.gate.limits, desk, ctx.now_ns) for desk in desks}
        self._due = {desk: moment_ns for desk, moment_ns in moments.items() if moment_ns is not None}
        if moments_ns := [*self._due.values(), *self._missed.values()]:
            ctx.emit(StartTimer(TIMER, min(moments_ns)))

    def _make_up(self) -> None:
        gate, now_ns = self._ctx.gate, self._ctx.now_ns
        desks = [desk for desk, ns in self._missed.items() if ns <= now_ns or gate.knows_position(desk, now_ns)]
        for desk in desks:
            del self._missed[desk]
        self._look(desks)

    def cut_off(self) -> None:
        """The day of some desks ends."""
        self._look([desk for desk, due_ns in self._due.items() if due_ns <= self._ctx.now_ns])
        self._wait()

    def _look(self, desks: list[str]) -> None:
        ctx = self._ctx
        found = {notice.node: notice for notice in ctx.gate.check_overnight(desks, ctx.now_ns)}
        for notice in found.values():
            ctx.emit(Alert(notice.code, notice.sentence, about=notice.node, is_lasting=True))
        for node in (f"desk={desk}" for desk in desks):
            if node not in found:
                ctx.emit(AlertOver(ReasonCode.NOP_OVERNIGHT, node))
