"""The gate's decision on one order: what it is asked, and what is held of its limits when it says yes."""

from risk.gate.gate import OrderRequest
from risk.reasons import Violation
from trader.domain.ids import cl_ord_id
from trader.engine.context import Context
from trader.engine.lines import Lines
from trader.engine.outputs import Alert
from trader.engine.state import BatchState, LineState, Unsent


class Deciding:
    """Asks the gate. One instance per engine."""

    def __init__(self, context: Context, lines: Lines) -> None:
        self._ctx = context
        self._lines = lines

    def decide(self, batch: BatchState, state: LineState, unsent: Unsent) -> tuple[Violation, ...]:
        """Reserve one order's limits; what blocks it, or nothing when they are held."""
        ctx, submitted = self._ctx, batch.submitted
        if held_up := (*self._lines.rolled(batch), *self._lines.dealt_before(batch)):
            return held_up
        reservation = cl_ord_id(submitted.batch_id, state.line.line_no, child=state.children + 1)
        request = OrderRequest(
            reservation_id=reservation,
            line=state.line,
            trader=submitted.trader,
            desk=submitted.desk,
            venue=batch.session_of(state.line),
            trade_date=submitted.trade_date,
            decided_ts_ns=ctx.now_ns,
            deal=unsent.deal,
            approval=self._lines.approval(batch),
            content_hash=submitted.content_hash,
        )
        decision = ctx.gate.reserve(request, ctx.now_ns)
        for warning in decision.violations:
            if not warning.blocks:
                text = f"row {state.line.row_id}: {warning.sentence}"
                ctx.emit(Alert(warning.code, text, is_hard=False, order=reservation))
        if not decision.allowed:
            return tuple(violation for violation in decision.violations if violation.blocks)
        state.children += 1
        unsent.reservation_id = reservation
        ctx.gate.remember_line(request)
        return ()
