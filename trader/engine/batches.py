"""A batch's life: submitted, priced, checked, worked, stopped or suspended, ended.

All limits of a batch are reserved before its first order leaves. What a line's orders do is in ``dealing.py``, the end
in ``ending.py``.
"""

from collections import deque
from collections.abc import Iterator
from itertools import zip_longest

from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.commands import RequestOrderStatus, SubscribeMarketData
from trader.domain.currency import CurrencyPair, market_pair
from trader.domain.deal import OrderType
from trader.domain.ids import is_of_batch
from trader.domain.value_date import trade_date_at
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.ending import Endings
from trader.engine.inputs import BatchSubmitted, StopRequested
from trader.engine.launching import Launching, batch_request
from trader.engine.lines import STOPPED, Lines
from trader.engine.outputs import AlertOver, BatchRefused, StartTimer
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus, Unsent
from trader.orders.order import Order

_WATCH_S = 1.0
_NOTHING_LEFT = (BatchPhase.DONE, BatchPhase.AWAITING_APPROVAL)


class Batches:
    """Moves every batch along. One instance per engine."""

    def __init__(
        self, context: Context, lines: Lines, dealing: Dealing, endings: Endings, launching: Launching
    ) -> None:
        self._ctx = context
        self._lines = lines
        self._dealing = dealing
        self._endings = endings
        self._launching = launching
        self._needed: dict[str, list[CurrencyPair]] = {}  # what the batches that wait for prices wait for

    # --- arrival -----------------------------------------------------------------------------------------------------

    def suspended(self, submitted: BatchSubmitted) -> BatchState | None:
        """The suspended batch that a submission takes up again, if there is one."""
        known = self._ctx.batches.get(submitted.batch_id)
        if known is None or known.phase is not BatchPhase.SUSPENDED:
            return None
        return known if known.submitted.content_hash == submitted.content_hash else None

    def submit(self, submitted: BatchSubmitted) -> None:
        """Take a batch in.

        The same content again resumes a suspended batch, has the books of one that is done compared once more if they
        do not agree, and is refused for one that is under way, or done with books that do. One of which
        nothing could leave yet, denied or stopped as a whole or waiting for an approval, is taken in as if it were new.
        """
        self._ctx.gate.latches.touched(submitted.batch_id)
        known, suspended = self._ctx.batches.get(submitted.batch_id), self.suspended(submitted)
        if known is None or (known.phase in _NOTHING_LEFT and not known.is_launched):
            self._begin(submitted, known)
        elif suspended is not None and suspended.submitted.venue == submitted.venue:
            self._resume(suspended)
        elif self._may_go_on(known, submitted):
            self._go_on(known)
        elif known.submitted.content_hash == submitted.content_hash and self._endings.compares_again(known):
            return  # its end is told once more
        elif suspended is not None:
            detail = f"the batch was submitted to {suspended.submitted.venue} and is settled there"
            found = broken_rule(ReasonCode.BATCH_DUPLICATE, f"venue={submitted.venue}", detail)
            self._ctx.emit(BatchRefused(submitted.batch_id, (found,)))
        else:
            violations = self._ctx.gate.check_batch(batch_request(submitted), self._ctx.now_ns)
            self._ctx.emit(BatchRefused(submitted.batch_id, violations))

    def _may_go_on(self, batch: BatchState, submitted: BatchSubmitted) -> bool:
        """Whether a stop has held lines of a batch back that is over otherwise, and holds none of them any longer."""
        known = batch.submitted
        is_same = (known.content_hash, known.venue) == (submitted.content_hash, submitted.venue)
        return batch.phase is BatchPhase.DONE and is_same and self._lines.may_go_on(batch)

    def _go_on(self, batch: BatchState) -> None:
        """Take up what a stop has held back, which the venue never had. What was at the venue is over for good."""
        ctx = self._ctx
        ctx.enter(batch, BatchPhase.AWAITING_RATES)
        batch.stop_reason = ""
        batch.is_reconciled, batch.is_signed_for, batch.compared = False, False, ()
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        for state in self._lines.held_back(batch):
            state.stop_code = state.stop_reason = ""
            state.unsent = [Unsent(deal) for deal in self._lines.parts(batch, state)]
            state.decided_ts_ns = 0
            self._lines.move(batch, state, LineStatus.QUEUED)
            batch.queues[batch.session_of(state.line)].append(state.line.line_no - 1)
        self._take_up(batch)
        self._lines.register(batch)
        self._subscribe(batch)
        self._check_when_priced(batch)

    def _begin(self, submitted: BatchSubmitted, known: BatchState | None) -> None:
        ctx = self._ctx
        tried = known.lines if known is not None else ()  # whose decisions have used up numbers of reservations
        batch = BatchState(
            submitted=submitted,
            phase=BatchPhase.AWAITING_RATES,
            lines=[
                LineState(line, children=before.children if before else 0)
                for line, before in zip_longest(submitted.lines, tried[: len(submitted.lines)])
            ],
            open_lines=len(submitted.lines),
            deadline_ns=ctx.after(ctx.settings.answer_s_max),
            day=trade_date_at(ctx.now_ns),
            begun_ns=ctx.now_ns,
        )
        for line in submitted.lines:
            session = batch.session_of(line)
            batch.trades_from[session] = ctx.sessions[session].last_report
            batch.queues.setdefault(session, deque())
            batch.quoted.setdefault(session, deque())
        ctx.enter(batch, BatchPhase.AWAITING_RATES)
        ctx.emit(StartTimer(f"watch:{submitted.batch_id}", ctx.after(_WATCH_S)))
        self._subscribe(batch)
        self._check_when_priced(batch)

    def _take_up(self, batch: BatchState) -> None:
        """What is unknown is followed again, and watched."""
        self._ctx.emit(AlertOver("BATCH_SUSPENDED", batch.submitted.batch_id))
        for state in batch.lines:
            if state.status is LineStatus.UNKNOWN:
                self._lines.move(batch, state, LineStatus.WORKING)
        self._ctx.emit(StartTimer(f"watch:{batch.submitted.batch_id}", self._ctx.after(_WATCH_S)))

    def _resume(self, batch: BatchState) -> None:
        """Go on where the batch was. What has not left is decided anew, so it waits for rates like a new batch."""
        ctx = self._ctx
        ctx.enter(batch, BatchPhase.STOPPING if batch.stop_reason else BatchPhase.AWAITING_RATES)
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        self._take_up(batch)
        self._lines.register(batch)
        for state in batch.lines:
            if state.unsent:
                state.decided_ts_ns = 0  # limits may have changed meanwhile: nothing leaves on the old decision
        if batch.stop_reason:
            self._cancel_live_orders(batch)
            self._endings.collect_when_final(batch)
            return
        self._subscribe(batch)
        if any(batch.queues.values()):
            self._check_when_priced(batch)
        else:
            self._work(batch)

    def process_restarted(self) -> None:
        """A new process: batches wait for the desk to submit them again; one that was never checked is forgotten."""
        ctx = self._ctx
        for batch in ctx.under_way:
            if batch.phase is BatchPhase.AWAITING_RATES and not batch.is_launched:
                if any(state.children for state in batch.lines):
                    ctx.enter(batch, BatchPhase.AWAITING_APPROVAL)  # the gate has seen it, and nothing has left
                else:
                    ctx.forget(batch.submitted.batch_id)
            elif batch.is_stale and batch.phase is BatchPhase.COLLECTING:
                ctx.enter(batch, BatchPhase.DONE)  # it was over before, and is compared once the sessions are there
                batch.collections.clear()
                batch.statuses.clear()
            else:
                self._endings.set_aside(batch, "the robot was restarted")

    # --- reference rates and the gate --------------------------------------------------------------------------------

    def _needed_pairs(self, batch: BatchState) -> list[CurrencyPair]:
        reporting = self._ctx.settings.reporting_currency
        pairs = {state.line.deal.pair for state in batch.lines}
        currencies = {currency for pair in pairs for currency in (pair.base, pair.terms)} - {reporting}
        pairs |= {market_pair(currency, reporting) for currency in currencies}
        return sorted(pairs, key=str)

    def _subscribe(self, batch: BatchState) -> None:
        """Ask for the prices that are not streaming yet: those that are the reference, and those that are dealt on."""
        is_reference = self._ctx.settings.reference_source == "venue"
        needed = self._needed_pairs(batch) if is_reference else []
        for name in batch.sessions:
            session = self._ctx.sessions[name]
            wanted = {*needed, *self._streamed_pairs(batch, name)}
            # Positions are asked for by themselves: a venue that has no price for one shall refuse no others.
            for pairs in (wanted, self._held_pairs() if is_reference else set()):
                missing = tuple(pair for pair in sorted(pairs, key=str) if str(pair) not in session.subscribed)
                if missing and session.is_open and self._ctx.dialects[name].requests.market_data:
                    session.subscribed.update(str(pair) for pair in missing)
                    self._ctx.send(name, SubscribeMarketData(self._ctx.request_id("M"), missing))

    def _held_pairs(self) -> set[CurrencyPair]:
        """What everything that was dealt before is valued with."""
        reporting = self._ctx.settings.reporting_currency
        return {market_pair(each, reporting) for each in self._ctx.gate.profits.currencies if each != reporting}

    def _streamed_pairs(self, batch: BatchState, session: str) -> Iterator[CurrencyPair]:
        """The pairs of lines that take a streamed price."""
        quotes = self._ctx.dialects[session].quotes
        if quotes is None or quotes.source != "stream":
            return
        for state in batch.lines:
            is_quoted = state.line.order_type is OrderType.PREVIOUSLY_QUOTED
            if is_quoted and batch.session_of(state.line) == session:
                yield state.line.deal.pair

    def rates_changed(self) -> None:
        """New reference rates: batches that wait for them may go on."""
        for batch in self._ctx.under_way:
            if batch.phase is BatchPhase.AWAITING_RATES:
                self._check_when_priced(batch)

    def _check_when_priced(self, batch: BatchState) -> None:
        rates, now_ns = self._ctx.gate.rates, self._ctx.now_ns
        name = batch.submitted.batch_id
        if name not in self._needed:  # looked up once a batch: every price that comes asks for it
            self._needed[name] = self._needed_pairs(batch)
        if all(rates.has_fresh(pair, now_ns) for pair in self._needed[name]):
            del self._needed[name]
            self._check(batch)

    def _check(self, batch: BatchState) -> None:
        """The rates are there, or the wait for them is over. A batch that goes on has passed the gate as a whole."""
        if batch.is_launched:
            self._work(batch)
            return
        if self._launching.launch(batch, self._silent_sessions(batch)):
            self._work(batch)

    def _work(self, batch: BatchState) -> None:
        """Let its orders leave, or end it when there is none."""
        self._ctx.enter(batch, BatchPhase.TRADING)
        batch.deadline_ns = self._ctx.after(self._ctx.settings.work_s_max)
        self._endings.collect_when_final(batch)
        for session in batch.sessions:
            self._dealing.release(session)

    def _silent_sessions(self, batch: BatchState) -> Iterator[Violation]:
        """Sessions on which no order could ever leave, because their message rate is not defined or zero."""
        for name in batch.sessions:
            rate = self._ctx.message_rates[name]
            needs = self._most_at_once(batch, name) + rate.room
            if rate.next_free_ns(self._ctx.now_ns, needs) is None:
                violation = rate.check(needs, self._ctx.now_ns)
                assert violation is not None, "what may never leave breaks the rate"
                yield violation

    def _most_at_once(self, batch: BatchState, session: str) -> int:
        """The most orders that any line of a batch sends together."""
        dialect = self._ctx.dialects[session]
        if all(form.legs != "linked" for form in dialect.products.values()):
            return 1
        lines = (state for state in batch.lines if batch.session_of(state.line) == session)
        return max(len(dialect.orders_of(state.line.deal)) for state in lines)

    # --- stopping and waiting ----------------------------------------------------------------------------------------

    def stop_requested(self, stop: StopRequested) -> None:
        """A person stops a batch."""
        batch = self._ctx.batches.get(stop.batch_id)
        if batch is None or batch.phase in (BatchPhase.DONE, BatchPhase.COLLECTING, BatchPhase.STOPPING):
            return
        if batch.phase is BatchPhase.SUSPENDED:
            self._take_up(batch)
        self.stop(batch, f"stopped by {stop.who}: {stop.reason}")

    def stop(self, batch: BatchState, reason: str, code: str = STOPPED) -> None:
        """Void what has not left, cancel what is live, and wait for the answers.

        Args:
            batch: A batch under way, or a suspended one that was taken up.
            reason: Why, in a sentence.
            code: What stops it.
        """
        self.wind_down(batch, reason, code)
        self._cancel_live_orders(batch)
        self._endings.collect_when_final(batch)

    def wind_down(self, batch: BatchState, reason: str, code: str) -> None:
        """Void what has not left, and wait for what becomes of the rest; see :meth:`stop`."""
        ctx = self._ctx
        ctx.enter(batch, BatchPhase.STOPPING)
        batch.stop_reason, batch.is_asked = reason, False
        batch.deadline_ns = ctx.after(ctx.settings.answer_s_max)
        batch.void_rounds(reason, ctx.now_ns)
        for queue in batch.queues.values():
            queue.clear()
        for state in batch.lines:
            if state.status.is_open:
                state.stop_code, state.stop_reason = code, reason
                if state.unsent or state.status is LineStatus.QUEUED:
                    self._dealing.give_up(batch, state, code, reason)

    def _cancel_live_orders(self, batch: BatchState) -> None:
        """Cancel what the batch has live on every session that is open."""
        ctx, name = self._ctx, batch.submitted.batch_id
        for session in batch.sessions:
            if not ctx.sessions[session].is_open:
                continue
            for order in list(ctx.blotters[session].live()):
                if is_of_batch(order.cl_ord_id, name) and order.can_cancel:
                    ctx.send(session, order.request_cancel(ctx.now_ns))

    def watch(self, batch_id: str) -> tuple[str, ...]:
        """Once a second while a batch is under way: is anything late?

        Returns:
            The sessions to ask what became of their orders.
        """
        ctx, batch = self._ctx, self._ctx.batches[batch_id]
        if batch.phase.is_at_rest:
            return ()
        ctx.emit(StartTimer(f"watch:{batch_id}", ctx.after(_WATCH_S)))
        if self._is_cut_off(batch):
            self._endings.suspend(batch, "the session was lost and did not come back")
        elif batch.phase is BatchPhase.TRADING:
            self._ask_about_late_orders(batch)
        if ctx.now_ns < batch.deadline_ns:
            return ()
        if batch.phase is BatchPhase.AWAITING_RATES:
            self._check(batch)
        elif batch.phase is BatchPhase.TRADING:
            self.stop(batch, f"still open after {ctx.settings.work_s_max:g} s, the time a batch is worked for")
        elif batch.phase is BatchPhase.STOPPING and not batch.is_asked:
            batch.is_asked = True
            self._cancel_live_orders(batch)
            batch.deadline_ns = ctx.after(2 * ctx.settings.answer_s_max)
            return batch.sessions
        elif batch.phase is BatchPhase.STOPPING:
            self._endings.suspend(batch, "the venue did not answer every cancel")
        elif batch.phase is BatchPhase.COLLECTING:
            self._endings.out_of_time(batch)
        return ()

    def _is_cut_off(self, batch: BatchState) -> bool:
        patience_s = self._ctx.settings.reconnect_s_max
        sessions = [self._ctx.sessions[name] for name in batch.sessions]
        return any(s.lost_ns and not s.is_open and self._ctx.is_past(s.lost_ns, patience_s) for s in sessions)

    def _ask_about_late_orders(self, batch: BatchState) -> None:
        for name in batch.sessions:
            session = self._ctx.sessions[name]
            if not (session.is_open and self._ctx.dialects[name].requests.order_status):
                continue
            for cl_ord_id, sent_ns in session.unacknowledged.items():
                order = self._ctx.blotters[name].find(cl_ord_id)
                if order is not None and self._ctx.is_past(sent_ns, self._ctx.settings.ack_s_max):
                    self._ask_about(name, order)

    def _ask_about(self, session_name: str, order: Order) -> None:
        order.session_lost()
        self._ctx.sessions[session_name].unacknowledged[order.cl_ord_id] = self._ctx.now_ns
        name, text = order.cl_ord_id, f"{order.cl_ord_id} is unanswered; asking {session_name} for its status"
        self._ctx.tell_until_known(order, "ORDER_UNANSWERED", text, about=name, is_hard=False)
        self._ctx.send(session_name, RequestOrderStatus(order.current_id, order.order_id, order.deal))

    # --- sessions ----------------------------------------------------------------------------------------------------

    def session_reopened(self, session_name: str) -> None:
        """A session is back and its orders are known: go on where its batches were."""
        self._endings.session_reopened(session_name)
        self._dealing.cancel_stopped(session_name)
        for batch in self._ctx.under_way:
            if batch.phase in (BatchPhase.AWAITING_RATES, BatchPhase.TRADING):
                self._subscribe(batch)
        self._dealing.release(session_name)

    def session_stuck(self, session_name: str) -> None:
        """A venue did not answer for its orders: its batches cannot go on."""
        for batch in self._ctx.under_way:
            if batch.is_active and session_name in batch.sessions:
                self._endings.suspend(batch, f"{session_name} did not say what became of every order")
