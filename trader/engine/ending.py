"""How a batch ends: the venues' own lists of the trades are asked for, and the books held against each other.

Or it is suspended, as far as it came, for a later submission of the same file.
"""

from trader.domain.events import TradeReported, TradeRequestAcknowledged
from trader.engine.context import Context
from trader.engine.lines import Lines
from trader.engine.outcome import reconcile_batch
from trader.engine.outputs import Alert, BatchEnded
from trader.engine.state import BatchPhase, BatchState, LineStatus, TradeCollection


class Endings:
    """Ends batches. One instance per engine."""

    def __init__(self, context: Context, lines: Lines) -> None:
        self._ctx = context
        self._lines = lines

    def collect_when_final(self, batch: BatchState) -> None:
        """When no line is open any longer, go on to the trade reports."""
        if batch.open_lines == 0 and batch.is_active:
            self.collect(batch)

    def collect(self, batch: BatchState) -> None:
        """Every line is final: ask each venue for its own list of the trades. One that is away is waited for."""
        ctx = self._ctx
        batch.phase = BatchPhase.COLLECTING
        ctx.touch(batch.submitted.batch_id)
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        batch.collections.clear()
        batch.trades.clear()  # all of them come again, each under a new TradeReportID(571)
        if not all(ctx.dialects[name].requests.trade_capture for name in batch.sessions):
            self._finish(batch, complete=False)
        elif all(ctx.sessions[name].is_open for name in batch.sessions):
            for name in batch.sessions:
                request = ctx.trades_request("T", name, batch.trades_from[name])
                batch.collections[request.request_id] = TradeCollection(name)
                ctx.send(name, request)

    def session_lost(self, session_name: str) -> None:
        """What was asked of a session that is gone will be asked again when it is back."""
        for batch in self._ctx.batches.values():
            if session_name in batch.sessions:
                batch.collections.clear()

    def session_reopened(self, session_name: str) -> None:
        """A session is back: ask it for the trades that it still owes."""
        for batch in self._ctx.batches.values():
            if batch.phase is BatchPhase.COLLECTING and session_name in batch.sessions and not batch.collections:
                self.collect(batch)

    def trades_announced(self, acknowledged: TradeRequestAcknowledged) -> None:
        """The venue says how many trade reports will come, or that none will."""
        batch = self._collecting(acknowledged.request_id)
        if batch is None:
            return
        collection = batch.collections[acknowledged.request_id]
        if not acknowledged.accepted:
            text = f"{collection.session} gives no trade reports: {acknowledged.text or 'no reason given'}"
            self._ctx.emit(Alert("TRADES_NOT_REPORTED", text))
            self._finish(batch, complete=False)
            return
        collection.expected = acknowledged.trades_total
        self._finish_when_complete(batch)

    def trade_reported(self, trade: TradeReported) -> bool:
        """Take one of the venue's own trades if a batch collects it; True when one does."""
        batch = self._collecting(trade.request_id)
        if batch is None:
            return False
        collection = batch.collections[trade.request_id]
        collection.seen += 1
        if collection.expected is None and trade.is_last_report:
            collection.expected = collection.seen
        batch.trades[trade.trade_report_id] = trade
        self._finish_when_complete(batch)
        return True

    def out_of_time(self, batch: BatchState) -> None:
        """The trade reports did not come in time."""
        self._ctx.emit(Alert("TRADES_NOT_REPORTED", "the venue did not send its trade reports in time"))
        self._finish(batch, complete=False)

    def suspend(self, batch: BatchState, why: str) -> None:
        """Leave the batch for a later submission of the same file, and tell who follows it."""
        self.set_aside(batch, why)
        self._ctx.emit(BatchEnded(batch.submitted.batch_id))

    def set_aside(self, batch: BatchState, why: str) -> None:
        """Suspend a batch that nobody follows: what is live is unknown, what is queued stays so."""
        for state in batch.lines:
            if state.status is LineStatus.WORKING:
                self._lines.move(batch, state, LineStatus.UNKNOWN, "IN_DOUBT", why)
            elif state.status is LineStatus.QUEUED:
                self._lines.move(batch, state, LineStatus.QUEUED, "NOT_SENT", why)
        batch.phase = BatchPhase.SUSPENDED
        self._ctx.touch(batch.submitted.batch_id)
        batch.collections.clear()
        self._ctx.emit(Alert("BATCH_SUSPENDED", f"batch {batch.submitted.batch_id}: {why}"))

    def _collecting(self, request_id: str) -> BatchState | None:
        for batch in reversed(self._ctx.batches.values()):
            if request_id in batch.collections:
                return batch
        return None

    def _finish_when_complete(self, batch: BatchState) -> None:
        if all(collection.is_complete for collection in batch.collections.values()):
            self._finish(batch, complete=True)

    def _finish(self, batch: BatchState, *, complete: bool) -> None:
        batch.breaks = reconcile_batch(batch, self._ctx.blotters, with_reports=complete)
        batch.is_reconciled = complete and not batch.breaks
        batch.collections.clear()
        batch.phase = BatchPhase.DONE
        self._ctx.touch(batch.submitted.batch_id)
        self._ctx.emit(BatchEnded(batch.submitted.batch_id))
