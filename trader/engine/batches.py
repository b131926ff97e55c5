"""A batch's life: submitted, priced, checked, released to the venues, followed, stopped, reconciled, ended.

All limits of a batch are reserved before its first order leaves. Orders leave as fast as the sessions answer: never
more than ``in_flight_max`` unanswered, so that a stop is quick and a venue's queue short.
"""

from collections import deque

from risk.gate import BatchRequest, OrderRequest
from risk.reasons import Violation
from trader.domain.commands import RequestOrderStatus, RequestTrades, SubscribeMarketData
from trader.domain.currency import CurrencyPair, market_pair
from trader.domain.errors import LocalOrderError
from trader.domain.events import TradeReported, TradeRequestAcknowledged
from trader.domain.ids import LineId, cl_ord_id, line_of
from trader.engine.context import Context
from trader.engine.inputs import BatchSubmitted, SendRefused, StopRequested
from trader.engine.outcome import reconcile_batch
from trader.engine.outputs import Alert, BatchEnded, BatchRefused, LineRegistered, OrderClosed, Send, StartTimer
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus, TradeCollection
from trader.orders.applied import Applied
from trader.orders.machine import Phase
from trader.orders.order import Order

SESSION_DOWN = "SESSION_DOWN"
STOPPED = "STOPPED"

_WATCH_S = 1.0
_ATTEMPTS_MAX = 3


class Batches:
    """Moves every batch along. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context

    # --- arrival -----------------------------------------------------------------------------------------------------

    def submit(self, submitted: BatchSubmitted) -> None:
        """Take a batch in. The same content again resumes a suspended batch, and is refused for one that is done."""
        known = self._ctx.batches.get(submitted.batch_id)
        if known is None:
            self._begin(submitted)
        elif known.phase is BatchPhase.SUSPENDED and known.submitted.content_hash == submitted.content_hash:
            self._resume(known)
        else:
            violations = self._ctx.gate.check_batch(self._batch_request(submitted), self._ctx.now_ns)
            self._ctx.emit(BatchRefused(submitted.batch_id, violations))

    def _begin(self, submitted: BatchSubmitted) -> None:
        ctx = self._ctx
        batch = BatchState(
            submitted=submitted,
            phase=BatchPhase.AWAITING_RATES,
            lines=[LineState(line) for line in submitted.lines],
            open_lines=len(submitted.lines),
            deadline_ns=ctx.after(ctx.settings.answer_s_max),
        )
        for line in submitted.lines:
            session = batch.session_of(line)
            batch.trades_from[session] = ctx.sessions[session].last_report
            batch.queues.setdefault(session, deque())
        ctx.batches[submitted.batch_id] = batch
        ctx.emit(StartTimer(f"watch:{submitted.batch_id}", ctx.after(_WATCH_S)))
        if ctx.settings.reference_source == "venue":
            self._subscribe(batch)
        self._check_when_priced(batch)

    def _resume(self, batch: BatchState) -> None:
        ctx = self._ctx
        batch.phase = BatchPhase.STOPPING if batch.stop_reason else BatchPhase.TRADING
        batch.deadline_ns = ctx.after(ctx.settings.work_s_max)
        for state in batch.lines:
            if state.status is LineStatus.UNKNOWN:
                self._set(batch, state, LineStatus.WORKING)
        ctx.emit(StartTimer(f"watch:{batch.submitted.batch_id}", ctx.after(_WATCH_S)))
        for position, state in enumerate(batch.lines):
            ctx.emit(LineRegistered(self._line_id(batch, position), state.line.deal.near_leg.amount))
        if ctx.settings.reference_source == "venue":
            self._subscribe(batch)
        if batch.open_lines == 0:
            self._collect(batch)
        for session in batch.sessions:
            self.release(session)

    def process_restarted(self) -> None:
        """A new process: batches wait for the desk to submit them again; one that was never checked is forgotten."""
        for name, batch in list(self._ctx.batches.items()):
            if batch.phase is BatchPhase.AWAITING_RATES:
                del self._ctx.batches[name]
            elif batch.phase is not BatchPhase.DONE:
                self._suspend(batch, "the robot was restarted")

    # --- reference rates and the gate --------------------------------------------------------------------------------

    def _needed_pairs(self, batch: BatchState) -> list[CurrencyPair]:
        reporting = self._ctx.settings.reporting_currency
        pairs = {state.line.deal.pair for state in batch.lines}
        currencies = {currency for pair in pairs for currency in (pair.base, pair.terms)} - {reporting}
        pairs |= {market_pair(currency, reporting) for currency in currencies}
        return sorted(pairs, key=str)

    def _subscribe(self, batch: BatchState) -> None:
        pairs = self._needed_pairs(batch)
        for name in batch.sessions:
            session = self._ctx.sessions[name]
            missing = tuple(pair for pair in pairs if str(pair) not in session.subscribed)
            if missing and session.is_open and self._ctx.dialects[name].requests.market_data:
                session.subscribed.update(str(pair) for pair in missing)
                self._ctx.send(name, SubscribeMarketData(self._ctx.request_id("M"), missing))

    def rates_changed(self) -> None:
        """New reference rates: batches that wait for them may go on."""
        for batch in self._ctx.batches.values():
            if batch.phase is BatchPhase.AWAITING_RATES:
                self._check_when_priced(batch)

    def _check_when_priced(self, batch: BatchState) -> None:
        rates, now_ns = self._ctx.gate.rates, self._ctx.now_ns
        if all(rates.has_fresh(pair, now_ns) for pair in self._needed_pairs(batch)):
            self._check(batch)

    def _batch_request(self, submitted: BatchSubmitted) -> BatchRequest:
        return BatchRequest(
            batch_id=submitted.batch_id,
            content_hash=submitted.content_hash,
            trade_date=submitted.trade_date,
            lines=submitted.lines,
            trader=submitted.trader,
            desk=submitted.desk,
            totals=submitted.totals,
        )

    def _check(self, batch: BatchState) -> None:
        ctx, submitted = self._ctx, batch.submitted
        request = self._batch_request(submitted)
        violations = tuple(v for v in ctx.gate.check_batch(request, ctx.now_ns) if v.blocks)
        if violations:
            self._deny_all(batch, violations[0].code, _sentences(violations))
            batch.phase = BatchPhase.DONE
            ctx.emit(BatchRefused(submitted.batch_id, violations))
            ctx.emit(BatchEnded(submitted.batch_id))
            return
        ctx.gate.remember_batch(request, ctx.now_ns)
        batch.phase = BatchPhase.TRADING
        batch.deadline_ns = ctx.after(ctx.settings.work_s_max)
        for position, state in enumerate(batch.lines):
            ctx.emit(LineRegistered(self._line_id(batch, position), state.line.deal.near_leg.amount))
            if self._decide(batch, state):
                batch.queues[batch.session_of(state.line)].append(position)
        if batch.open_lines == 0:
            self._collect(batch)
        for session in batch.sessions:
            self.release(session)

    def _decide(self, batch: BatchState, state: LineState) -> bool:
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
        for warning in decision.violations:
            if not warning.blocks:
                ctx.emit(Alert(warning.code, f"row {state.line.row_id}: {warning.sentence}"))
        if decision.allowed:
            state.children += 1
            state.reservation_id, state.decided_ts_ns = reservation, ctx.now_ns
            ctx.gate.remember_line(request)
            return True
        self._set(batch, state, LineStatus.DENIED, blocking[0].code, _sentences(blocking))
        return False

    def _deny_all(self, batch: BatchState, code: str, reason: str) -> None:
        for state in batch.lines:
            self._set(batch, state, LineStatus.DENIED, code, reason)

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
            for _ in range(min(room, paced, len(queue))):
                self._release_line(batch, queue.popleft(), session_name)
            if queue and paced < room:
                due_ns = ctx.message_rates[session_name].next_free_ns(ctx.now_ns)
                if due_ns is not None:
                    ctx.emit(StartTimer(f"pace:{session_name}", due_ns))
            if batch.open_lines == 0:
                self._collect(batch)

    def _release_line(self, batch: BatchState, position: int, session_name: str) -> None:
        ctx, state = self._ctx, batch.lines[position]
        if ctx.now_ns - state.decided_ts_ns > ctx.settings.recheck_s_max * 1e9:
            self._void(state)
            if not self._decide(batch, state):
                return
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
        self._set(batch, state, LineStatus.WORKING)
        order.sent(ctx.now_ns)
        ctx.sessions[session_name].unacknowledged[order.cl_ord_id] = ctx.now_ns
        ctx.message_rates[session_name].spent(ctx.now_ns)
        ctx.emit(Send(session_name, order.place(), state.decided_ts_ns))

    def send_refused(self, refused: SendRefused) -> None:
        """The wire guard or the session said no, so the order never left: its limits are free again."""
        batch, state = self._locate(refused.cl_ord_id)
        order = self._ctx.blotters[batch.session_of(state.line)].find(refused.cl_ord_id)
        if order is None:
            raise LocalOrderError(f"{refused.cl_ord_id} was refused at the wire but never made")
        if refused.reason_code == SESSION_DOWN:
            self.never_received(order, may_try_again=True)
            return
        order.never_received(self._ctx.now_ns, refused.reason)
        self._ctx.sessions[batch.session_of(state.line)].unacknowledged.pop(order.cl_ord_id, None)
        self._close(batch, state, order, LineStatus.DENIED, refused.reason_code, refused.reason)

    # --- what the venue says -----------------------------------------------------------------------------------------

    def session_of(self, order: Order) -> str:
        """The session an order went to."""
        batch, state = self._locate(order.cl_ord_id)
        return batch.session_of(state.line)

    def order_changed(self, session_name: str, order: Order, applied: Applied) -> None:
        """An event reached an order: post its fills, close its line when it is final."""
        batch, state = self._locate(order.cl_ord_id)
        gate = self._ctx.gate
        for change in applied.fills:
            if change.qty > 0:
                above = gate.fill(order.cl_ord_id, change.exec_id, change.qty, change.last_px, change.contra_qty)
                for violation in above:
                    self._ctx.emit(Alert(violation.code, f"row {state.line.row_id}: {violation.sentence}"))
                self._ctx.counters.fills += 1
            else:
                gate.reverse_fill(order.cl_ord_id, change.exec_id)
        session = self._ctx.sessions[session_name]
        if order.phase is not Phase.SENT and session.unacknowledged.pop(order.cl_ord_id, None) is not None:
            self._ctx.counters.answers += 1
        if applied.closed:
            self._close(batch, state, order, _status_of(order), *_reason_of(order, batch))
        elif applied.reopened or (applied.fills and not state.status.is_open):
            status = _status_of(order) if order.is_final else LineStatus.UNKNOWN
            self._set(batch, state, status, *_reason_of(order, batch))
        elif applied.fills:
            self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
        self.release(session_name)

    def never_received(self, order: Order, *, may_try_again: bool) -> None:
        """The venue says it never got an order. After a crash or a lost session the line gets a new one."""
        batch, state = self._locate(order.cl_ord_id)
        order.never_received(self._ctx.now_ns)
        session_name = batch.session_of(state.line)
        self._ctx.sessions[session_name].unacknowledged.pop(order.cl_ord_id, None)
        if not may_try_again or batch.stop_reason or len(state.orders) >= _ATTEMPTS_MAX:
            reason = batch.stop_reason or "the venue never took the order"
            code = STOPPED if batch.stop_reason else "VENUE_NEVER_RECEIVED"
            status = LineStatus.UNFILLED if batch.stop_reason else LineStatus.REJECTED
            self._close(batch, state, order, status, code, reason)
            return
        self._void(state)
        self._ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))
        self._set(batch, state, LineStatus.QUEUED)
        batch.queues[session_name].append(state.line.line_no - 1)

    def session_stuck(self, session_name: str) -> None:
        """A venue did not answer for its orders: its batches cannot go on."""
        for batch in self._ctx.batches.values():
            if batch.is_active and session_name in batch.sessions:
                self._suspend(batch, f"{session_name} did not say what became of every order")

    def _close(
        self, batch: BatchState, state: LineState, order: Order, status: LineStatus, code: str, reason: str
    ) -> None:
        self._void(state)
        self._ctx.emit(OrderClosed(order.cl_ord_id, order.cum_qty))
        self._set(batch, state, status, code, reason)
        if batch.open_lines == 0 and batch.is_active:
            self._collect(batch)

    # --- stopping and waiting ----------------------------------------------------------------------------------------

    def stop_requested(self, stop: StopRequested) -> None:
        """A person stops a batch."""
        batch = self._ctx.batches.get(stop.batch_id)
        if batch is None or batch.phase in (BatchPhase.DONE, BatchPhase.COLLECTING, BatchPhase.STOPPING):
            return
        self._stop(batch, f"stopped by {stop.who}: {stop.reason}")

    def _stop(self, batch: BatchState, reason: str) -> None:
        """Void what has not left, cancel what is live, and wait for the answers."""
        ctx = self._ctx
        batch.phase, batch.stop_reason = BatchPhase.STOPPING, reason
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        for queue in batch.queues.values():
            queue.clear()
        for state in batch.lines:
            if state.status is LineStatus.QUEUED:
                self._void(state)
                self._set(batch, state, LineStatus.UNFILLED, STOPPED, reason)
        for order in self._live_orders(batch):
            if ctx.sessions[self.session_of(order)].is_open:
                self._cancel(order)
        if batch.open_lines == 0:
            self._collect(batch)

    def _cancel(self, order: Order) -> None:
        if order.can_cancel:
            session = self.session_of(order)
            self._ctx.message_rates[session].passed(self._ctx.now_ns)
            self._ctx.send(session, order.request_cancel(self._ctx.now_ns))

    def _live_orders(self, batch: BatchState) -> list[Order]:
        name = batch.submitted.batch_id
        blotters = [self._ctx.blotters[session] for session in batch.sessions]
        return [order for blotter in blotters for order in blotter.live() if order.cl_ord_id.startswith(name)]

    def watch(self, batch_id: str) -> None:
        """Once a second while a batch is under way: is anything late?"""
        ctx, batch = self._ctx, self._ctx.batches[batch_id]
        if batch.phase in (BatchPhase.DONE, BatchPhase.SUSPENDED):
            return
        ctx.emit(StartTimer(f"watch:{batch_id}", ctx.after(_WATCH_S)))
        if self._is_cut_off(batch):
            self._suspend(batch, "the session was lost and did not come back")
        elif batch.phase is BatchPhase.TRADING:
            self._ask_about_late_orders(batch)
        if ctx.now_ns < batch.deadline_ns:
            return
        if batch.phase is BatchPhase.AWAITING_RATES:
            self._check(batch)
        elif batch.phase is BatchPhase.TRADING:
            self._stop(batch, f"still open after {ctx.settings.work_s_max:g} s, the time a batch is worked for")
        elif batch.phase is BatchPhase.STOPPING:
            self._suspend(batch, "the venue did not answer every cancel")
        elif batch.phase is BatchPhase.COLLECTING:
            ctx.emit(Alert("TRADES_NOT_REPORTED", "the venue did not send its trade reports in time"))
            self._finish(batch, complete=False)

    def _is_cut_off(self, batch: BatchState) -> bool:
        patience_ns = int(self._ctx.settings.reconnect_s_max * 1_000_000_000)
        sessions = [self._ctx.sessions[name] for name in batch.sessions]
        return any(s.lost_ns and not s.is_open and self._ctx.now_ns - s.lost_ns > patience_ns for s in sessions)

    def _ask_about_late_orders(self, batch: BatchState) -> None:
        ctx = self._ctx
        for name in batch.sessions:
            session = ctx.sessions[name]
            if not (session.is_open and ctx.dialects[name].requests.order_status):
                continue
            for cl_ord, sent_ns in session.unacknowledged.items():
                order = ctx.blotters[name].find(cl_ord)
                if order is not None and ctx.now_ns - sent_ns > ctx.settings.ack_s_max * 1e9:
                    order.session_lost()
                    session.unacknowledged[cl_ord] = ctx.now_ns
                    ctx.emit(Alert("UNKNOWN_AGE", f"{cl_ord} is unanswered; asking {name} for its status"))
                    ctx.send(name, RequestOrderStatus(order.current_id, order.order_id, order.deal))

    def _suspend(self, batch: BatchState, why: str) -> None:
        """Leave the batch for a later submission of the same file: what is live is unknown, what is queued stays so."""
        ctx = self._ctx
        for state in batch.lines:
            if state.status is LineStatus.WORKING:
                self._set(batch, state, LineStatus.UNKNOWN, "IN_DOUBT", why)
            elif state.status is LineStatus.QUEUED:
                self._set(batch, state, LineStatus.QUEUED, "NOT_SENT", why)
        batch.phase = BatchPhase.SUSPENDED
        batch.collections.clear()
        ctx.emit(Alert("BATCH_SUSPENDED", f"batch {batch.submitted.batch_id}: {why}"))
        ctx.emit(BatchEnded(batch.submitted.batch_id))

    # --- the end -----------------------------------------------------------------------------------------------------

    def _collect(self, batch: BatchState) -> None:
        """Every line is final: ask each venue for its own list of the trades."""
        ctx = self._ctx
        batch.phase = BatchPhase.COLLECTING
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        batch.collections.clear()
        for name in batch.sessions:
            if ctx.dialects[name].requests.trade_capture and ctx.sessions[name].is_open:
                since = batch.trades_from[name]
                request = RequestTrades(ctx.request_id("T"), since.trade_date, since.ts_ns or None)
                batch.collections[request.request_id] = TradeCollection(name)
                ctx.send(name, request)
        if not batch.collections:
            self._finish(batch, complete=False)

    def session_reopened(self, session_name: str) -> None:
        """A session is back and its orders are known: go on where its batches were."""
        for batch in self._ctx.batches.values():
            if batch.phase is BatchPhase.COLLECTING and session_name in batch.sessions:
                self._collect(batch)
            elif batch.phase is BatchPhase.AWAITING_RATES and self._ctx.settings.reference_source == "venue":
                self._subscribe(batch)
            elif batch.phase is BatchPhase.STOPPING:
                for order in self._live_orders(batch):
                    self._cancel(order)
        self.release(session_name)

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

    def trade_reported(self, trade: TradeReported) -> None:
        """One of the venue's own trades."""
        batch = self._collecting(trade.request_id)
        if batch is None:
            return
        collection = batch.collections[trade.request_id]
        collection.seen += 1
        if collection.expected is None and trade.is_last_report:
            collection.expected = collection.seen
        batch.trades[trade.trade_report_id] = trade
        self._finish_when_complete(batch)

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
        self._ctx.emit(BatchEnded(batch.submitted.batch_id))

    # --- small -------------------------------------------------------------------------------------------------------

    def _set(self, batch: BatchState, state: LineState, status: LineStatus, code: str = "", reason: str = "") -> None:
        """The only place a line's status changes, so that the count of open lines is always right."""
        batch.open_lines += status.is_open - state.status.is_open
        state.status, state.reason_code, state.reason = status, code, reason
        self._ctx.touch(batch.submitted.batch_id, state.line.line_no)

    def _void(self, state: LineState) -> None:
        """What the line still holds of its limits is free."""
        if state.reservation_id:
            self._ctx.gate.release(state.reservation_id)
            state.reservation_id, state.decided_ts_ns = "", 0

    def _line_id(self, batch: BatchState, position: int) -> LineId:
        return LineId(batch.submitted.batch_id, batch.lines[position].line.line_no)

    def _locate(self, order_name: str) -> tuple[BatchState, LineState]:
        line = line_of(order_name)
        if line is None or line.batch_id not in self._ctx.batches:
            raise LocalOrderError(f"{order_name} belongs to no line")
        batch = self._ctx.batches[line.batch_id]
        return batch, batch.lines[line.line_no - 1]


def _sentences(violations: tuple[Violation, ...]) -> str:
    return "; ".join(violation.sentence for violation in violations)


def _status_of(order: Order) -> LineStatus:
    if order.leaves_qty <= 0 and order.cum_qty >= order.order_qty:
        return LineStatus.FILLED
    if order.cum_qty > 0:
        return LineStatus.PARTIALLY_FILLED
    return LineStatus.REJECTED if order.phase is Phase.REJECTED else LineStatus.UNFILLED


def _reason_of(order: Order, batch: BatchState) -> tuple[str, str]:
    if order.phase is Phase.FILLED:
        return "", ""
    if order.phase is Phase.CANCELED and batch.stop_reason:
        return STOPPED, batch.stop_reason
    return f"VENUE_{order.phase}", order.text or "the venue gave no reason"
