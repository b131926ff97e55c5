"""The sessions: logged on, ready for orders or not, gone."""

from trader.domain.events import ExecType, ExecutionReported, TradeReported, VenueEvent, VenueStatusReported
from trader.engine.context import Context
from trader.engine.ending import Endings
from trader.engine.inputs import SessionClosed, SessionOpened
from trader.engine.numbering import Numbering
from trader.engine.outputs import Alert, AlertOver
from trader.engine.recovery import Recoveries
from trader.engine.session_inputs import SequenceNoted
from trader.orders.machine import Sync

_COPY_LOST = "DROP_COPY_LOST"


class Sessions:
    """Follows every session. One instance per engine."""

    def __init__(self, context: Context, endings: Endings, numbering: Numbering, recoveries: Recoveries) -> None:
        self._ctx = context
        self._numbering = numbering
        self._endings = endings
        self._recoveries = recoveries

    def opened(self, opened: SessionOpened) -> None:
        """A session is logged on; whether the venue is ready with that, its dialect says."""
        if opened.session in self._ctx.copies:
            self._ctx.emit(AlertOver(_COPY_LOST, opened.session))
            return
        session = self._ctx.sessions[opened.session]
        session.is_logged_on = session.is_new = True
        self._numbering.opened(opened)
        if self._ctx.dialects[opened.session].ready == "logon":
            self._venue_ready(opened.session)

    def is_copied(self, venue: str, event: VenueEvent) -> bool:
        """Whether what a session says that copies executions is to be taken in.

        A trade always is: it is booked once, whichever session is the first to bring it. Every other word only where
        the order is in doubt, as its own session says the same, and says it in its own sequence.
        """
        if isinstance(event, TradeReported):
            return True
        if not isinstance(event, ExecutionReported) or event.exec_type is ExecType.ORDER_STATUS:
            return False
        if event.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
            return True
        order = self._ctx.blotters[venue].find(event.cl_ord_id, event.orig_cl_ord_id, event.order_id)
        return order is not None and order.sync is Sync.IN_DOUBT

    def _venue_ready(self, name: str) -> None:
        session = self._ctx.sessions[name]
        has_dropped, session.is_new = session.is_new, False
        session.is_open, session.lost_ns = True, 0
        self._ctx.emit(AlertOver("SESSION_LOST", name))
        self._ctx.emit(AlertOver("VENUE_SHUT", name))
        self._recoveries.begin(name, has_dropped=has_dropped)

    def closed(self, closed: SessionClosed) -> None:
        """A session is gone: what is unanswered on it is in doubt. Nothing is when it only copies."""
        if closed.session in self._ctx.copies:
            text = f"{closed.session} is gone: {closed.reason}; executions come on the other session alone"
            self._ctx.emit(Alert(_COPY_LOST, text, about=closed.session, is_hard=False, is_lasting=not closed.by_us))
            return
        ctx, session = self._ctx, self._ctx.sessions[closed.session]
        self._numbering.closed(closed)
        if not session.is_logged_on:
            return
        is_needed = ctx.is_needed(closed.session)
        session.is_logged_on = False
        session.unacknowledged.clear()
        ctx.blotters[closed.session].session_lost()
        self._shut(closed.session, f"the session was lost: {closed.reason}")
        if is_needed or not closed.by_us:
            text = f"The session {closed.session} is gone: {closed.reason}"
            ctx.emit(Alert("SESSION_LOST", text, about=closed.session, is_hard=is_needed, is_lasting=True))

    def noted(self, note: SequenceNoted) -> None:
        """One end misses messages of the other, or has them twice.

        What the venue misses of ours is filled over and never sent again, our questions as well. So what is unanswered
        is in doubt, as if the session had dropped, and all questions are put anew, those for prices too; on one
        connection not again before they can have been answered, for a venue may miss something every time.
        """
        ctx, memory = self._ctx, self._ctx.memories.get(note.session)
        missed = memory.venue_missed if memory else None
        if missed is not None and memory is not None and missed.ts_ns < memory.opened_ns:
            missed = None  # on an earlier connection: the questions of this one's logon have not been put twice yet
        self._numbering.noted(note)
        session = ctx.sessions.get(note.session)
        if session is None or not session.is_open or not note.by_venue or note.is_too_low:
            return
        if missed is None or ctx.is_past(missed.ts_ns, ctx.settings.answer_s_max):
            has_dropped = session.recovery is not None and session.recovery.has_dropped
            session.unacknowledged.clear()
            session.subscribed.clear()
            ctx.blotters[note.session].session_lost()
            self._recoveries.begin(note.session, has_dropped=has_dropped)

    def _shut(self, name: str, why: str) -> None:
        """Nothing new may leave on a session, and no question that is open will be answered."""
        ctx, session = self._ctx, self._ctx.sessions[name]
        if session.is_open:
            session.lost_ns = ctx.now_ns
        session.is_open, session.recovery = False, None
        session.subscribed.clear()
        session.waiting.clear()
        for batch_id, batch in ctx.batches.items():
            if batch.rounds or any(batch.quoted.values()):
                ctx.touch(batch_id)
                batch.void_rounds(why, ctx.now_ns, name)
        self._endings.session_lost(name)

    def venue_status_reported(self, name: str, status: VenueStatusReported) -> None:
        """Where the venue says itself when it is ready: it opens for orders, or shuts with the session still up."""
        session, says = self._ctx.sessions[name], f": {status.text}" if status.text else ""
        if self._ctx.dialects[name].ready == "logon" or not session.is_logged_on:
            return
        if status.is_ready and not session.is_open:
            self._ctx.emit(Alert("VENUE_READY", f"{name} is ready for orders{says}", about=name, is_hard=False))
            self._venue_ready(name)
        elif session.is_open and not status.is_ready:
            self._shut(name, f"the venue shut{says}")
            text = f"{name} takes no orders any longer{says}"
            self._ctx.emit(Alert("VENUE_SHUT", text, about=name, is_hard=False, is_lasting=True))
