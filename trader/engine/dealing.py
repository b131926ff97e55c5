"""A line's orders: decided by the gate, released to the venue, followed, closed.

Orders leave as fast as the sessions answer: never more than ``in_flight_max`` unanswered, requests for quotes included,
so that a stop is quick and a venue's queue short. What leaves first: cancels and questions that the venue's pace has
held up, then orders on quotes that are there, then everything else in file order.
"""

from risk.control import Mode
from risk.registry import CONTROLS
from trader.domain.deal import OrderType, TimeInForce
from trader.domain.errors import LocalOrderError
from trader.domain.events import RejectReason
from trader.domain.ids import line_part
from trader.domain.money import ZERO
from trader.engine.context import Context
from trader.engine.deciding import Deciding
from trader.engine.ending import Endings
from trader.engine.inputs import SendRefused
from trader.engine.lines import Lines, open_legs, reason_of, sentences, status_of, sum_up
from trader.engine.outputs import Alert, ControlFired, OrderClosed, Send, StartTimer
from trader.engine.quoting import Quoting, Taken
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus, SessionState, Unsent
from trader.engine.watching import Watching
from trader.orders.applied import Applied
from trader.orders.fills import FillChange, in_words
from trader.orders.machine import Phase
from trader.orders.order import Order

SESSION_DOWN = "SESSION_DOWN"

_ATTEMPTS_MAX = 3
_NEVER_RESTS = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Dealing:
    """Everything between a line and its orders. One instance per engine."""

    def __init__(self, context: Context, lines: Lines, quoting: Quoting, endings: Endings, watching: Watching) -> None:
        self._ctx = context
        self._watching = watching
        self._lines = lines
        self._deciding = Deciding(context, lines)
        self._quoting = quoting
        self._endings = endings
        self._to_release: dict[str, None] = {}  # sessions, in the order in which the step came to them

    # --- the gate ----------------------------------------------------------------------------------------------------

    def enter(self, batch: BatchState, state: LineState) -> bool:
        """Put a new line to the gate, with every order that it is sent as: all are allowed, or none.

        What only waits for a second person stands in ``state.waits``.
        """
        state.waits = ()
        state.unsent = [Unsent(deal) for deal in self._lines.parts(batch, state)]
        return self._decide(batch, state)

    def _decide(self, batch: BatchState, state: LineState) -> bool:
        """Ask the gate for the orders that have not left; on yes the line holds their limits, on no it ends.

        Before the batch is launched, a line that only waits for a second person holds nothing, and does not end.
        """
        for unsent in state.unsent:
            blocking = self._deciding.decide(batch, state, unsent)
            if blocking and not batch.is_launched and all(violation.waits for violation in blocking):
                state.waits = blocking
                self._lines.void(state)
                return False
            if blocking:
                for violation in blocking:
                    self._ctx.emit(ControlFired(violation.code, state.line.row_id, violation.sentence))
                self._end_unsent(batch, state, LineStatus.DENIED, blocking[0].code, sentences(blocking))
                return False
        state.decided_ts_ns = self._ctx.now_ns
        return True

    # --- release -----------------------------------------------------------------------------------------------------

    def release(self, session_name: str) -> None:
        """Let orders and requests for quotes leave on a session, as many as may, at the end of the step.

        Not at once: what gives room for an order may also be what stops it, and that is known when all is applied.
        """
        self._to_release[session_name] = None

    def after_step(self) -> None:
        """Let leave what the step has made room for, and nothing that it has stopped."""
        for name in self._to_release:
            self._release_session(name)
        self._to_release.clear()

    def _release_session(self, session_name: str) -> None:
        ctx = self._ctx
        session = ctx.sessions[session_name]
        if not session.may_trade or session.waiting:
            return
        for batch in ctx.under_way:
            if batch.phase is not BatchPhase.TRADING:
                continue
            queue, quoted = batch.queues.get(session_name), batch.quoted.get(session_name)
            if queue or quoted:
                self._release_batch(batch, session_name, session)
                self._endings.collect_when_final(batch)

    def _release_batch(self, batch: BatchState, session_name: str, session: SessionState) -> None:
        ctx = self._ctx
        rate = ctx.message_rates[session_name]
        queue, quoted = batch.queues[session_name], batch.quoted[session_name]
        # An open round has its place among what is unanswered: its order takes it over, and needs no other.
        room = ctx.settings.in_flight_max - len(session.unacknowledged) - len(batch.rounds)
        if room <= 0 and not quoted:
            return
        free = rate.allow(ctx.now_ns)
        while quoted or (queue and room > 0):
            chosen = quoted or queue
            state = batch.lines[chosen[0]]
            needs = _needs(state, rate.room)
            if needs > free:
                due_ns = rate.next_free_ns(ctx.now_ns, needs)
                if due_ns is not None:
                    ctx.emit(StartTimer(f"pace:{session_name}", due_ns))
                return
            chosen.popleft()
            left = self._release_line(batch, state, session_name)
            free -= left
            if chosen is queue:
                room -= left

    def _release_line(self, batch: BatchState, state: LineState, session_name: str) -> int:
        """Let what a line sends next leave, unless its decision does not hold any longer and the gate now says no.

        Returns:
            How many messages left.
        """
        ctx = self._ctx
        if not state.unsent:
            return 0  # an order that was thought to be over may live after all
        is_old = ctx.is_past(state.decided_ts_ns, ctx.settings.recheck_s_max)
        if is_old or any(self._lines.dealt_before(batch)):
            self._lines.void(state)
            if not self._decide(batch, state):
                return 0
        if state.line.order_type is not OrderType.PREVIOUSLY_QUOTED:
            return self._place(batch, state, session_name, None)
        if not (state.quote_rounds and state.quote_rounds[-1].phase.is_open):
            return self._quoting.ask(batch, state, session_name)
        taken = self._quoting.take(batch, state, session_name)
        return 0 if taken is None else self._place(batch, state, session_name, taken)

    def _place(self, batch: BatchState, state: LineState, session_name: str, taken: Taken | None) -> int:
        """Every order of the line that has not left does so; returns how many."""
        ctx, line = self._ctx, state.line
        price, quote = (line.limit_rate, None) if taken is None else (taken.rate, taken.quote)
        session, rate, blotter = ctx.sessions[session_name], ctx.message_rates[session_name], ctx.blotters[session_name]
        leaving, state.unsent = state.unsent, []
        self._lines.move(batch, state, LineStatus.WORKING)
        for unsent in leaving:
            name = unsent.reservation_id
            order = blotter.create(
                cl_ord_id=name,
                deal=unsent.deal,
                order_type=line.order_type,
                price=price,
                time_in_force=line.time_in_force,
                account=line.account,
                quote=quote,
                link_id=line_part(name) if unsent.deal != line.deal else "",
            )
            state.orders.append(name)
            order.sent(ctx.now_ns)
            ctx.gate.order_sent(name, ctx.now_ns)
            self._watching.sent(order, (taken and taken.maker) or session_name)
            session.unacknowledged[name] = ctx.now_ns
            rate.spent(ctx.now_ns)
            ctx.emit(Send(session_name, order.place(), state.decided_ts_ns))
        return len(leaving)

    def cancel_stopped(self, session_name: str) -> None:
        """Cancel what is live on a session, if it is open, of every line that is stopped."""
        ctx = self._ctx
        session = ctx.sessions.get(session_name)
        if session is None or not session.is_open:
            return
        for order in list(ctx.blotters[session_name].live()):
            if order.can_cancel and self._lines.locate(order.cl_ord_id)[1].stop_code:
                ctx.send(session_name, order.request_cancel(ctx.now_ns))

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
        if order.is_final and not order.cum_qty:
            return session_name, order  # a replay has the wire refuse it once more
        if order.was_spoken_of:
            text = f"{session_name} speaks of {order.cl_ord_id}, which never left: {refused.reason}"
            self._ctx.doubt(order, "NEVER_LEFT", text)
            return session_name, order
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
            self._watching.first_word(session_name, order)
        if applied.fills or applied.closed:
            self._watching.answered(order)
        if applied.closed:
            if self._may_quote_again(state, order):
                self._try_again(batch, state, order)
            else:
                self._close(batch, state, order, status_of(order), *reason_of(order, state))
        elif applied.reopened or (applied.fills and not state.status.is_open):
            self._changed_after_end(batch, state, order)
        elif applied.fills:
            self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
        self.release(session_name)

    def _changed_after_end(self, batch: BatchState, state: LineState, order: Order) -> None:
        """A line that was over has another fill, or an order of it lives after all: then its batch waits for it."""
        if order.is_final:
            self._end(batch, state, status_of(order), *reason_of(order, state))
            self._ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))
        else:
            self._ctx.gate.reopen(order.cl_ord_id)
            self._withhold(batch, state, order)
            can_be_answered = not order.overfill_qty  # which only a person settles
            if can_be_answered:
                self._endings.reopened(batch, order)
            status = LineStatus.WORKING if can_be_answered and batch.is_active else LineStatus.UNKNOWN
            self._lines.move(batch, state, status, *reason_of(order, state))
            if batch.is_reconciled:
                self._endings.undone(batch, order, f"row {state.line.row_id}: an order of it is in doubt again")

    def _withhold(self, batch: BatchState, state: LineState, order: Order) -> None:
        """An order that was over may live after all: what was to take its place does not leave."""
        if state.unsent:
            self._quoting.abandon(batch, state, "an earlier order of the row may live after all")
            self._lines.void(state)
            state.unsent = [unsent for unsent in state.unsent if unsent.deal != order.deal]

    def _post(self, batch: BatchState, state: LineState, order: Order, changes: tuple[FillChange, ...]) -> None:
        """Book what was filled, or taken back, against the limits."""
        gate, row = self._ctx.gate, f"row {state.line.row_id}"
        for change in changes:
            if change.qty > 0:
                above = gate.fill(
                    order.cl_ord_id, change.key, change.qty, change.last_px, change.contra_qty, change.far_legs
                )
                if any(violation.free is not None and violation.free < ZERO for violation in above):
                    self._lines.doubt_decisions()
                for violation in above:
                    is_hard = CONTROLS[violation.code].mode is not Mode.TRIGGER
                    text = f"{row}: {violation.sentence}"
                    self._ctx.emit(Alert(violation.code, text, is_hard=is_hard, order=order.cl_ord_id))
                self._ctx.counters.fills += 1
                gate.triggers.traded(batch.submitted.batch_id, batch.session_of(state.line), self._ctx.now_ns)
                continue
            gate.reverse_fill(order.cl_ord_id, change.key)
            if change.signed_by:
                text = f"{row}: the venue now reports itself what {change.signed_by} had signed for"
                self._ctx.emit(Alert("TRADE_CONFIRMED", text, is_hard=False, order=order.cl_ord_id))
            else:
                text = f"{row}: the venue took back ExecID(17)={change.exec_id}, {-change.qty}"
                self._ctx.emit(Alert("TRADE_TAKEN_BACK", text, order=order.cl_ord_id))
        if order.overfill_qty:
            over = f"{order.deal.dealt_currency} {order.overfill_qty:,f}"
            gate.latches.overfilled(batch.session_of(state.line), order.cl_ord_id, over)
        if batch.phase is BatchPhase.DONE:
            self._endings.undone(batch, order, f"{row}: {in_words(changes)}, {order.cum_qty} is filled now")

    def never_received(self, order: Order, *, may_try_again: bool) -> None:
        """The venue says it never got an order. After a crash or a lost session the line gets a new one."""
        batch, state = self._lines.locate(order.cl_ord_id)
        order.never_received(self._ctx.now_ns)
        session_name = batch.session_of(state.line)
        self._ctx.sessions[session_name].unacknowledged.pop(order.cl_ord_id, None)
        attempts = len(state.orders) - len(self._lines.parts(batch, state)) + 1
        if not may_try_again or state.stop_code or attempts >= _ATTEMPTS_MAX:
            reason = state.stop_reason or "the venue never took the order"
            status = LineStatus.UNFILLED if state.stop_code else LineStatus.REJECTED
            self._close(batch, state, order, status, state.stop_code or "VENUE_NEVER_RECEIVED", reason)
        else:
            self._try_again(batch, state, order)

    def _may_quote_again(self, state: LineState, order: Order) -> bool:
        """Whether an order was rejected only because its quote was gone when it arrived."""
        is_stale = order.quote is not None and order.reject_reason is RejectReason.STALE and not order.cum_qty
        return is_stale and not state.stop_code and self._quoting.may_ask_again(state)

    def _try_again(self, batch: BatchState, state: LineState, order: Order) -> None:
        """An order is certainly over and traded nothing: its line gets another in its place."""
        self._over(order)
        is_queued = bool(state.unsent)
        state.unsent.append(Unsent(order.deal))
        state.decided_ts_ns = 0
        # A line with another leg at the venue is being worked.
        is_working = any(not each.is_final for each in self._lines.orders(batch, state))
        self._lines.move(batch, state, LineStatus.WORKING if is_working else LineStatus.QUEUED)
        if not is_queued:
            batch.queues[batch.session_of(state.line)].append(state.line.line_no - 1)

    def _over(self, order: Order) -> None:
        ctx = self._ctx
        ctx.gate.release(order.cl_ord_id)
        ctx.gate.order_ended(order.cl_ord_id, order.cum_qty, ctx.now_ns)
        ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))

    def _close(
        self, batch: BatchState, state: LineState, order: Order, status: LineStatus, code: str, reason: str
    ) -> None:
        """An order is over; its line too, when it was the last of it."""
        self._over(order)
        self._end(batch, state, status, code, reason)
        if batch.phase is BatchPhase.DONE:
            self._endings.changed(batch)
        self._endings.collect_when_final(batch)

    def decide_anew(self, batch: BatchState, state: LineState, why: str) -> None:
        """What has not left of a line gives its limits back, and goes to the gate again before it may leave."""
        had_round = bool(state.quote_rounds) and state.quote_rounds[-1].phase.is_open
        self._quoting.abandon(batch, state, why)
        self._lines.void(state)
        if had_round:
            batch.queues[batch.session_of(state.line)].append(state.line.line_no - 1)

    def give_up(self, batch: BatchState, state: LineState, code: str, reason: str) -> None:
        """What has not left of a line never will."""
        self._end_unsent(batch, state, LineStatus.UNFILLED, code, reason)

    def _end_unsent(self, batch: BatchState, state: LineState, status: LineStatus, code: str, reason: str) -> None:
        self._quoting.abandon(batch, state, reason)
        self._lines.void(state)
        state.unsent.clear()
        self._end(batch, state, status, code, reason)

    def _end(self, batch: BatchState, state: LineState, status: LineStatus, code: str, reason: str) -> None:
        """Give a line its final status, when none of its orders is under way: its last one's, or what all come to."""
        orders = self._lines.orders(batch, state)
        if state.unsent or not all(order.is_final for order in orders):
            self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
            return
        if len(orders) > 1:
            parts = self._lines.parts(batch, state)
            status, code, reason = sum_up(state, orders, len(parts), (status, code, reason))
            if status is LineStatus.PARTIALLY_FILLED and len(parts) > 1:
                text = f"row {state.line.row_id}: {open_legs(orders, parts)}; {reason}"
                self._ctx.emit(Alert("LEG_RISK", text, order=orders[-1].cl_ord_id))
        self._lines.move(batch, state, status, code, reason)


def _needs(state: LineState, room: int) -> int:
    """How many messages must be free for what a line sends next; an order that may rest leaves room for its cancel."""
    leaving = len(state.unsent)
    return leaving if not room or state.line.time_in_force in _NEVER_RESTS else leaving + room
