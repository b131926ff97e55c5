"""How a batch passes the gate before anything of it leaves: as a whole, then line by line, and with whose approval.

Three things end it here, with nothing sent and nothing held: the batch as a whole is denied; it is all or nothing and a
line is denied; or something in it waits for a second person.
"""

from collections.abc import Iterable

from risk.gate.gate import BatchRequest
from risk.people.people import Role
from risk.reasons import Approval, Finding, ReasonCode, Violation, broken_rule, worst_first
from trader.engine.approvals import Approvals
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.inputs import BatchSubmitted
from trader.engine.lines import Lines, sentences
from trader.engine.outputs import Alert, BatchEnded, BatchRefused, BatchWaits
from trader.engine.state import BatchPhase, BatchState, LineStatus
from trader.engine.terms import launch_of

_NAMED_MAX = 3


class Launching:
    """Puts batches to the gate. One instance per engine."""

    def __init__(self, context: Context, lines: Lines, dealing: Dealing, approvals: Approvals) -> None:
        self._ctx = context
        self._lines = lines
        self._dealing = dealing
        self._approvals = approvals

    def launch(self, batch: BatchState, silent: Iterable[Violation]) -> bool:
        """Put a batch to the gate.

        Args:
            batch: One that was never launched.
            silent: What else holds all of it back.

        Returns:
            True when it is launched and its lines are queued; False when nothing of it leaves.
        """
        ctx, submitted = self._ctx, batch.submitted
        approval = self._lines.approval(batch)
        request = batch_request(submitted, approval)
        found = [*ctx.gate.check_batch(request, ctx.now_ns), *silent, *self._not_a_trader(submitted)]
        violations = tuple(violation for violation in found if violation.blocks and not violation.waits)
        if violations:
            self._refuse(batch, violations, violations[0].code, sentences(violations))
            return False
        for warning in found:
            if not warning.blocks:
                ctx.emit(Alert(warning.code, f"batch {submitted.batch_id}: {warning.sentence}", is_hard=False))
        waits = [("", violation) for violation in found if violation.waits]
        for position, state in enumerate(batch.lines):
            if self._dealing.enter(batch, state):
                batch.queues[batch.session_of(state.line)].append(position)
            waits += [(state.line.row_id, violation) for violation in state.waits]
        if submitted.all_or_nothing and batch.counts()[LineStatus.DENIED]:
            self._take_none(batch)
        elif waits:
            self._wait(batch, waits, approval)
        else:
            ctx.gate.remember_batch(request, ctx.now_ns)
            batch.is_launched = True
            self._lines.register(batch)
        return batch.is_launched

    def _not_a_trader(self, submitted: BatchSubmitted) -> list[Violation]:
        """Where there are users, only one with the role launches anything."""
        people, trader = self._ctx.people, submitted.trader
        if not people.users or people.has(trader, Role.TRADER):
            return []
        detail = f"{trader} is not a user with the role {Role.TRADER}"
        return [broken_rule(ReasonCode.MANDATE, f"trader={trader}", detail)]

    def _refuse(self, batch: BatchState, violations: tuple[Violation, ...], code: str, reason: str) -> None:
        """Nothing of the batch is sent, and that is its end; the same file may come again.

        Nothing has left, so nothing can differ, but for what a venue has dealt of it for a data folder that is newer.
        """
        for state in batch.lines:
            if state.status is not LineStatus.DENIED:
                self._lines.move(batch, state, LineStatus.DENIED, code, reason)
        self._ctx.enter(batch, BatchPhase.DONE)
        batch.is_reconciled = not any(self._lines.dealt_before(batch))
        self._ctx.emit(BatchRefused(batch.submitted.batch_id, violations))
        self._ctx.emit(BatchEnded(batch.submitted.batch_id))

    def _take_none(self, batch: BatchState) -> None:
        """All or nothing, and not all lines passed."""
        denied = [state for state in batch.lines if state.status is LineStatus.DENIED]
        named = ", ".join(state.line.row_id for state in denied[:_NAMED_MAX])
        more = f" and {len(denied) - _NAMED_MAX} more" if len(denied) > _NAMED_MAX else ""
        self._give_back(batch)
        reason = f"the batch is all or nothing, and what was asked in row {named}{more} is denied"
        code = denied[0].reason_code
        self._refuse(batch, (broken_rule(ReasonCode(code), f"row={denied[0].line.row_id}", reason),), code, reason)

    def _wait(self, batch: BatchState, waits: list[tuple[str, Violation]], before: Approval | None) -> None:
        """Something waits for a second person, and all of the batch with it.

        What was approved ``before`` is asked for with it: the next approval takes that one's place.
        """
        ctx, submitted = self._ctx, batch.submitted
        self._give_back(batch)
        for state in batch.lines:
            self._lines.move(batch, state, LineStatus.QUEUED)
        ctx.enter(batch, BatchPhase.AWAITING_APPROVAL)
        worst = worst_first(violation for _, violation in waits)[:_NAMED_MAX]
        what = " ".join(violation.sentence for violation in worst)
        findings = [Finding.of(row_id, violation) for row_id, violation in waits]
        action = launch_of(submitted, [*findings, *(before.findings if before else ())])
        problem = self._approvals.ask_for(submitted.batch_id, action, submitted.trader, what)
        ctx.touch(submitted.batch_id)
        ctx.emit(BatchWaits(submitted.batch_id, tuple(waits), problem))

    def _give_back(self, batch: BatchState) -> None:
        """Nothing of the batch leaves now: what it holds is free, and none of its lines counts as traded."""
        for queue in batch.queues.values():
            queue.clear()
        for state in batch.lines:
            self._lines.void(state)
            state.unsent.clear()
        self._ctx.gate.forget_lines(batch.submitted.batch_id)


def batch_request(submitted: BatchSubmitted, approval: Approval | None = None) -> BatchRequest:
    """What the gate is asked about a batch."""
    return BatchRequest(
        batch_id=submitted.batch_id,
        content_hash=submitted.content_hash,
        trade_date=submitted.trade_date,
        lines=submitted.lines,
        trader=submitted.trader,
        desk=submitted.desk,
        totals=submitted.totals,
        approval=approval,
    )
