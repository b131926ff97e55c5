"""A line's orders: decided by the gate, released to the venue, followed, closed.

Orders leave as fast as the sessions answer: never more than ``in_flight_max`` unanswered, so that a stop is quick and
a venue's queue short.
"""

from risk.gate import OrderRequest
from trader.domain.errors import LocalOrderError
from trader.domain.ids import cl_ord_id
from trader.engine.context import Context
from trader.engine.ending import Endings
from trader.engine.inputs import SendRefused
from trader.engine.lines import STOPPED, Lines, reason_of, sentences, status_of
from trader.engine.outputs import Alert, ControlFired, OrderClosed, Send, StartTimer
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus
from trader.orders.applied import Applied
from trader.orders.fills import FillChange
from trader.orders.machine import Phase
from trader.orders.order import Order

SESSION_DOWN = "SESSION_DOWN"

_ATTEMPTS_MAX = 3


class Dealing:
    """Everything between a line and its orders. One instance per engine."""

    def __init__(self, context: Context, lines: Lines, endings: Endings) -> None:
        self._ctx = context
        self._lines = lines
        self._endings = endings

    # --- the gate ----------------------------------------------------------------------------------------------------

    def decide(self, batch: BatchState, state: LineState) -> bool:
        """Ask the gate; on yes the line holds its limits, on no it is denied."""
        ctx, submitted = self._ctx, batch.submitted
        reservation = cl_ord_id(submitted.batch_id, state.line.line_no, child=state.children + 1)
        request = OrderRequest(
            reservation_id=reservation,
            line=state.line,
            trader=submitted.trader,
            desk=submitted.desk,
            venue=batch.session_of(state.line),
            trade_date=submitted.trade_date,
            decided_ts_ns=ctx.now_ns,
        )
        decision = ctx.gate.reserve(request, ctx.now_ns)
        blocking = tuple(v for v in decision.violations if v.blocks)
        for violation in blocking:
            ctx.emit(ControlFired(violation.code, state.line.row_id, violation.sentence))
        for warning in decision.violations:
            if not warning.blocks:
                ctx.emit(Alert(warning.code, f"row {state.line.row_id}: {warning.sentence}"))
        if decision.allowed:
            state.children += 1
            state.reservation_id, state.decided_ts_ns = reservation, ctx.now_ns
            ctx.gate.remember_line(request)
            return True
        self._lines.move(batch, state, LineStatus.DENIED, blocking[0].code, sentences(blocking))
        return False

    # --- release -----------------------------------------------------------------------------------------------------

    def release(self, session_name: str) -> None:
        """Let orders leave on a session, as many as may."""
        ctx = self._ctx
        session = ctx.sessions[session_name]
        if not session.is_open or session.recovery is not None:
            return
        for batch in ctx.batches.values():
            queue = batch.queues.get(session_name)
            if batch.phase is not BatchPhase.TRADING or not queue:
                continue
            room = ctx.settings.in_flight_max - len(session.unacknowledged)
            paced = ctx.message_rates[session_name].allow(ctx.now_ns)
            may_leave = min(room, paced)
            while queue and may_leave > 0:
                may_leave -= self._release_line(batch, queue.popleft(), session_name)
            if queue and paced < room:
                due_ns = ctx.message_rates[session_name].next_free_ns(ctx.now_ns)
                if due_ns is not None:
                    ctx.emit(StartTimer(f"pace:{session_name}", due_ns))
            self._endings.collect_when_final(batch)

    def _release_line(self, batch: BatchState, position: int, session_name: str) -> bool:
        """Let a line's order leave, unless the decision is old and the gate now says no."""
        ctx, state = self._ctx, batch.lines[position]
        if ctx.now_ns - state.decided_ts_ns > ctx.settings.recheck_s_max * 1e9:
            self._lines.void(state)
            if not self.decide(batch, state):
                return False
        line = state.line
        order = ctx.blotters[session_name].create(
            cl_ord_id=state.reservation_id,
            deal=line.deal,
            order_type=line.order_type,
            price=line.limit_rate,
            time_in_force=line.time_in_force,
            account=line.account,
        )
        state.orders.append(order.cl_ord_id)
        self._lines.move(batch, state, LineStatus.WORKING)
        order.sent(ctx.now_ns)
        ctx.sessions[session_name].unacknowledged[order.cl_ord_id] = ctx.now_ns
        ctx.message_rates[session_name].spent(ctx.now_ns)
        ctx.emit(Send(session_name, order.place(), state.decided_ts_ns))
        return True

    # --- what came of it ---------------------------------------------------------------------------------------------

    def send_refused(self, refused: SendRefused) -> tuple[str, Order]:
        """The wire guard or the session said no, so the order never left: its limits are free again.

        Returns:
            The session, and the order that never left.

        Raises:
            LocalOrderError: There is no such order.
        """
        batch, state = self._lines.locate(refused.cl_ord_id)
        session_name = batch.session_of(state.line)
        order = self._ctx.blotters[session_name].find(refused.cl_ord_id)
        if order is None:
            raise LocalOrderError(f"{refused.cl_ord_id} was refused at the wire but never made")
        if order.is_final:
            return session_name, order  # a replay has the wire refuse it once more
        if refused.reason_code == SESSION_DOWN:
            self.never_received(order, may_try_again=True)
        else:
            order.never_received(self._ctx.now_ns, refused.reason)
            self._ctx.emit(ControlFired(refused.reason_code, state.line.row_id, refused.reason))
            self._ctx.sessions[session_name].unacknowledged.pop(order.cl_ord_id, None)
            self._close(batch, state, order, LineStatus.DENIED, refused.reason_code, refused.reason)
            self.release(session_name)
        return session_name, order

    def order_changed(self, session_name: str, order: Order, applied: Applied) -> None:
        """An event reached an order: post its fills, close its line when it is final."""
        batch, state = self._lines.locate(order.cl_ord_id)
        if applied.fills:
            self._post(batch, state, order, applied.fills)
        session = self._ctx.sessions[session_name]
        if order.phase is not Phase.SENT and session.unacknowledged.pop(order.cl_ord_id, None) is not None:
            self._ctx.counters.answers += 1
        if applied.closed:
            self._close(batch, state, order, status_of(order), *reason_of(order, batch))
        elif applied.reopened or (applied.fills and not state.status.is_open):
            status = status_of(order) if order.is_final else LineStatus.UNKNOWN
            self._lines.move(batch, state, status, *reason_of(order, batch))
            if order.is_final:
                self._ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))
        elif applied.fills:
            self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
        self.release(session_name)

    def _post(self, batch: BatchState, state: LineState, order: Order, changes: tuple[FillChange, ...]) -> None:
        """Book what was filled, or taken back, against the limits."""
        gate, row = self._ctx.gate, f"row {state.line.row_id}"
        for change in changes:
            if change.qty > 0:
                above = gate.fill(order.cl_ord_id, change.key, change.qty, change.last_px, change.contra_qty)
                for violation in above:
                    self._ctx.emit(Alert(violation.code, f"{row}: {violation.sentence}"))
                self._ctx.counters.fills += 1
            else:
                gate.reverse_fill(order.cl_ord_id, change.key)
                text = f"{row}: the venue took back ExecID(17)={change.exec_id}, {-change.qty}"
                self._ctx.emit(Alert("TRADE_TAKEN_BACK", text))
        if batch.phase is BatchPhase.DONE:
            batch.is_reconciled = False
            text = f"{row}: {order.cum_qty} is filled now; the result file says otherwise"
            self._ctx.emit(Alert("CHANGED_AFTER_END", text))

    def never_received(self, order: Order, *, may_try_again: bool) -> None:
        """The venue says it never got an order. After a crash or a lost session the line gets a new one."""
        batch, state = self._lines.locate(order.cl_ord_id)
        order.never_received(self._ctx.now_ns)
        session_name = batch.session_of(state.line)
        self._ctx.sessions[session_name].unacknowledged.pop(order.cl_ord_id, None)
        if not may_try_again or batch.stop_reason or len(state.orders) >= _ATTEMPTS_MAX:
            reason = batch.stop_reason or "the venue never took the order"
            code = STOPPED if batch.stop_reason else "VENUE_NEVER_RECEIVED"
            status = LineStatus.UNFILLED if batch.stop_reason else LineStatus.REJECTED
            self._close(batch, state, order, status, code, reason)
            return
        self._lines.void(state)
        self._ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))
        self._lines.move(batch, state, LineStatus.QUEUED)
        batch.queues[session_name].append(state.line.line_no - 1)

    def _close(
        self, batch: BatchState, state: LineState, order: Order, status: LineStatus, code: str, reason: str
    ) -> None:
        self._lines.void(state)
        self._ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))
        self._lines.move(batch, state, status, code, reason)
        self._endings.collect_when_final(batch)
