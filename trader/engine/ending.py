"""How a batch ends: the venues' own lists of the trades are asked for, and the books held against each other.

A venue that gives no trade reports is asked about each order instead; one that does neither has no book to show, and
only ours are compared. ``BatchState.compared`` says which it was.

Or it is suspended, as far as it came, for a later submission of the same file.
"""

from trader.domain.commands import RequestOrderStatus
from trader.domain.counting import counted
from trader.domain.events import TradeReported, TradeRequestAcknowledged
from trader.domain.ids import BATCH_ID_WIDTH, is_of_batch
from trader.engine.context import Context
from trader.engine.lines import Lines
from trader.engine.outcome import reconcile_batch
from trader.engine.outputs import Alert, AlertOver, BatchEnded, StartTimer
from trader.engine.questions import TradeCollection
from trader.engine.session_inputs import BooksAsked
from trader.engine.state import BatchPhase, BatchState, LineStatus
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order

TIMER = "changed"

_REPORTED, _STATUSES = "reported", "statuses"
_NO_TRADES, _NO_STATUS = "TRADES_NOT_REPORTED", "STATUS_NOT_GIVEN"
_SETTLES_S = 1.0  # busts come in groups


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
        """Every line is final: ask each venue for its own book. One that is away is waited for."""
        ctx = self._ctx
        ctx.enter(batch, BatchPhase.COLLECTING)
        ctx.touch(batch.submitted.batch_id)
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        batch.collections.clear()
        batch.statuses.clear()
        batch.trades.clear()  # all of them come again, each under a new TradeReportID(571)
        book = self._venue_book(batch)
        if not book:
            self._finish(batch, "")
        elif all(ctx.sessions[name].is_open for name in batch.sessions):
            for name in batch.sessions:
                if book == _REPORTED:
                    request = ctx.trades_request("T", name, batch.trades_from[name])
                    batch.collections[request.request_id] = TradeCollection(name)
                    ctx.send(name, request)
                else:
                    self._ask_statuses(batch, name)
            self._finish_when_complete(batch)

    def reopened(self, batch: BatchState, order: Order) -> None:
        """An order may live after all while the books are being collected: they are, once it is over again.

        A batch that goes on by this works an order that the venue has opened again, and asks about one in doubt. A
        batch that was done before is done meanwhile.

        Args:
            batch: The batch, in any phase.
            order: The order of it that is not over after all.
        """
        if batch.phase is not BatchPhase.COLLECTING:
            return
        ctx = self._ctx
        batch.collections.clear()
        batch.statuses.clear()
        if batch.is_stale:
            ctx.enter(batch, BatchPhase.DONE)
            ctx.emit(BatchEnded(batch.submitted.batch_id))
        elif batch.stop_reason or order.sync is Sync.IN_DOUBT:
            ctx.enter(batch, BatchPhase.STOPPING)
            batch.is_asked = False
            batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        else:
            ctx.enter(batch, BatchPhase.TRADING)
            batch.deadline_ns = ctx.after(ctx.settings.work_s_max)
        ctx.touch(batch.submitted.batch_id)

    def changed(self, batch: BatchState) -> None:
        """A batch that was done has changed: its books are compared anew, once whatever else comes with it has come."""
        batch.is_reconciled = batch.is_signed_for = False
        self._outdate(batch)
        self._ctx.emit(StartTimer(f"{TIMER}:{batch.submitted.batch_id}", self._ctx.after(_SETTLES_S)))

    def undone(self, batch: BatchState, order: Order, what: str) -> None:
        """What the books were held against each other for no longer holds, and people are told.

        Args:
            batch: The batch, which was done.
            order: The order of it that has changed.
            what: How, for people.
        """
        self.changed(batch)
        self._ctx.emit(Alert("CHANGED_AFTER_END", f"{what}; the result file says otherwise", order=order.cl_ord_id))

    def asked_anew(self, asked: BooksAsked) -> None:
        """A person wants the books of a trade date compared once more, with what the venues say now."""
        for name, batch in self._ctx.batches.items():
            is_meant = batch.submitted.trade_date == asked.trade_date and batch.is_launched
            if is_meant and batch.phase is BatchPhase.DONE and self._ctx.dialects.keys() >= set(batch.sessions):
                self._outdate(batch)
                self.compare_anew(name)

    def trade_dismissed(self, session: str, exec_id: str) -> None:
        """Persons have dealt with a trade elsewhere: the batches in which it is a break are compared without it."""
        for name, batch in self._ctx.batches.items():
            is_in_it = session in batch.sessions and any(found.exec_id == exec_id for found in batch.breaks)
            if is_in_it and batch.phase is BatchPhase.DONE and not batch.is_signed_for:
                self._outdate(batch)
                self._ctx.emit(StartTimer(f"{TIMER}:{name}", self._ctx.after(_SETTLES_S)))

    def compare_anew(self, batch_id: str) -> None:
        """Hold the books of a batch that has changed after its end against each other, if that can be done now.

        Else it is done when the sessions are there, no question is open on them, and no order of it is unknown.
        """
        ctx, batch = self._ctx, self._ctx.batches[batch_id]
        is_known = not any(state.status.is_open or state.status is LineStatus.UNKNOWN for state in batch.lines)
        if not (batch.phase is BatchPhase.DONE and batch.is_stale and is_known):
            return
        if all(ctx.sessions[name].may_trade for name in batch.sessions):
            ctx.emit(StartTimer(f"watch:{batch_id}", ctx.after(_SETTLES_S)))
            self.collect(batch)

    def compares_again(self, batch: BatchState) -> bool:
        """Hold the books of a batch that is done against each other once more, unless they agree.

        Returns:
            Whether that is being done, or is done already; False when there is no need, or when it waits for a session.
        """
        if batch.phase is BatchPhase.DONE and not batch.is_agreed:
            self._outdate(batch)
        if not batch.is_stale:
            return False
        self.compare_anew(batch.submitted.batch_id)
        return batch.phase is BatchPhase.COLLECTING or not batch.is_stale

    def _outdate(self, batch: BatchState) -> None:
        batch.is_stale = True
        self._ctx.touch(batch.submitted.batch_id)

    def _venue_book(self, batch: BatchState) -> str:
        """Which book of their own the venues of a batch can show: trade reports, else what they say of each order."""
        requests = [self._ctx.dialects[name].requests for name in batch.sessions]
        if all(each.trade_capture for each in requests):
            return _REPORTED
        return _STATUSES if all(each.order_status for each in requests) else ""

    def _ask_statuses(self, batch: BatchState, session: str) -> None:
        """Ask what the venue has filled of every order that it took."""
        for order in self._ctx.blotters[session]:
            if is_of_batch(order.cl_ord_id, batch.submitted.batch_id) and order.phase is not Phase.REJECTED:
                batch.statuses.add(order.cl_ord_id)
                self._ctx.send(session, RequestOrderStatus(order.current_id, order.order_id, order.deal))

    def status_answered(self, order: Order, *, is_known: bool = True) -> None:
        """The venue says what it has of an order, or that it knows it no longer."""
        batch = self._ctx.batches.get(order.cl_ord_id[:BATCH_ID_WIDTH])
        if batch is None or order.cl_ord_id not in batch.statuses:
            return
        if not is_known:
            text = f"the venue says nothing about orders that are over: it does not know {order.cl_ord_id} any longer"
            self._ctx.emit(Alert(_NO_STATUS, text, is_hard=False, order=order.cl_ord_id))
            self._finish(batch, "")
            return
        batch.statuses.discard(order.cl_ord_id)
        batch.deadline_ns = self._ctx.after(self._ctx.settings.answer_s_max)  # the venue's pace may make them many
        self._finish_when_complete(batch)

    def session_lost(self, session_name: str) -> None:
        """What was asked of a session that is gone will be asked again when it is back."""
        for batch in self._ctx.under_way:
            if session_name in batch.sessions:
                batch.collections.clear()
                batch.statuses.clear()

    def session_reopened(self, session_name: str) -> None:
        """A session is back: ask it for the book that it still owes."""
        for batch in self._ctx.batches.values():
            is_asked = batch.collections or batch.statuses
            if batch.phase is BatchPhase.COLLECTING and session_name in batch.sessions and not is_asked:
                self.collect(batch)
            elif session_name in batch.sessions:
                self.compare_anew(batch.submitted.batch_id)

    def trades_announced(self, acknowledged: TradeRequestAcknowledged) -> None:
        """The venue says how many trade reports will come, or that none will."""
        batch = self._collecting(acknowledged.request_id)
        if batch is None:
            return
        collection = batch.collections[acknowledged.request_id]
        if not acknowledged.accepted:
            text = f"{collection.session} gives no trade reports: {acknowledged.text or 'no reason given'}"
            self._ctx.emit(Alert(_NO_TRADES, text, about=collection.session, is_hard=False))
            self._finish(batch, None)
            return
        collection.reports.expected = acknowledged.trades_total
        self._finish_when_complete(batch)

    def trade_reported(self, trade: TradeReported) -> bool:
        """Take one of the venue's own trades if a batch collects it; True when one does."""
        batch = self._collecting(trade.request_id)
        if batch is None:
            return False
        collection = batch.collections[trade.request_id]
        collection.take(trade)
        if not self._ctx.blotters[collection.session].is_dismissed(trade):
            batch.trades[trade.trade_report_id] = trade
        self._finish_when_complete(batch)
        return True

    def out_of_time(self, batch: BatchState) -> None:
        """The venue's own book did not come in time."""
        if self._venue_book(batch) == _STATUSES:
            text = f"the venue did not say what became of {counted(len(batch.statuses), 'order')} in time"
            self._ctx.emit(Alert(_NO_STATUS, text, about=batch.submitted.batch_id, is_hard=False))
        else:
            text = "the venue did not send its trade reports in time"
            self._ctx.emit(Alert(_NO_TRADES, text, about=batch.submitted.batch_id, is_hard=False))
        self._finish(batch, None)

    def suspend(self, batch: BatchState, why: str) -> None:
        """Leave the batch for a later submission of the same file, and tell who follows it."""
        self.set_aside(batch, why)
        self._ctx.emit(BatchEnded(batch.submitted.batch_id))

    def set_aside(self, batch: BatchState, why: str) -> None:
        """Suspend a batch that nobody follows: what is live is unknown, what is queued stays so."""
        batch.void_rounds(why, self._ctx.now_ns)
        batch.is_timed = False
        for state in batch.lines:
            if state.status is LineStatus.WORKING:
                self._lines.move(batch, state, LineStatus.UNKNOWN, "IN_DOUBT", why)
            elif state.status is LineStatus.QUEUED:
                self._lines.move(batch, state, LineStatus.QUEUED, "NOT_SENT", why)
        self._ctx.enter(batch, BatchPhase.SUSPENDED)
        self._ctx.touch(batch.submitted.batch_id)
        batch.collections.clear()
        batch.statuses.clear()
        name = batch.submitted.batch_id
        self._ctx.emit(Alert("BATCH_SUSPENDED", f"batch {name}: {why}", about=name, is_lasting=True))

    def _collecting(self, request_id: str) -> BatchState | None:
        for batch in reversed(self._ctx.under_way):
            if request_id in batch.collections:
                return batch
        return None

    def _finish_when_complete(self, batch: BatchState) -> None:
        if not batch.statuses and all(collection.is_complete for collection in batch.collections.values()):
            self._finish(batch, self._venue_book(batch))

    def _finish(self, batch: BatchState, venue_book: str | None) -> None:
        """Hold the books against each other.

        Args:
            batch: The batch.
            venue_book: The venues' own, which is there; "" where they keep none for us, None where they owe it.
        """
        batch.breaks = reconcile_batch(batch, self._ctx.blotters, with_reports=venue_book == _REPORTED)
        batch.is_reconciled = venue_book is not None and not batch.breaks
        batch.is_signed_for = batch.is_stale = False
        if batch.is_reconciled:
            for code in (_NO_TRADES, _NO_STATUS):
                self._ctx.emit(AlertOver(code, batch.submitted.batch_id))
        if batch.breaks:
            for venue in batch.sessions:
                self._ctx.gate.latches.books_differ(venue, batch.submitted.batch_id, len(batch.breaks))
        batch.compared = ("asked", "executed", venue_book) if venue_book else ("asked", "executed")
        batch.collections.clear()
        batch.statuses.clear()
        self._ctx.enter(batch, BatchPhase.DONE)
        self._ctx.touch(batch.submitted.batch_id)
        self._ctx.emit(BatchEnded(batch.submitted.batch_id))
