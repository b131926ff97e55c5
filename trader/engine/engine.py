"""The engine: one input in, the outputs it causes out. No clock, no socket, no store, no randomness.

This module dispatches inputs and lets venue events reach their orders, the ledger and their batch. The batch's life is
in ``batches.py``, its lines' orders in ``dealing.py``, its end in ``ending.py``, and the questions after a reconnect in
``recovery.py``.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from risk.gate.gate import Gate
from risk.gate.requests import DecisionListener
from risk.people.signatures import ResetSession
from risk.rules.language import Rule
from trader.domain.canonical import canonical_json
from trader.domain.currency import parse_pair
from trader.domain.errors import LocalOrderError
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    MessageRejected,
    MessageUnreadable,
    NoOrdersOpen,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
    VenueStatusReported,
)
from trader.engine import alerting, days, ending, inputs, machine_inputs, overnight, session_inputs, stopping, watching
from trader.engine.alerting import Alerting
from trader.engine.answers import Answers
from trader.engine.approvals import Approvals, Doing
from trader.engine.batches import Batches
from trader.engine.context import Context
from trader.engine.days import Days
from trader.engine.dealing import Dealing
from trader.engine.ending import Endings
from trader.engine.latching import Latching
from trader.engine.launching import Launching
from trader.engine.limits import Limits
from trader.engine.lines import Lines
from trader.engine.numbering import Numbering
from trader.engine.orphans import Orphans
from trader.engine.outputs import Alert, Output
from trader.engine.questions import VenueMoment
from trader.engine.quoting import Quoting
from trader.engine.recovery import Recoveries
from trader.engine.sessions import Sessions
from trader.engine.settling import Settling
from trader.engine.state import BatchState, SessionState, Sides
from trader.engine.stopping import Stopping
from trader.engine.watching import Watching
from trader.fix.decode import Decoder
from trader.orders.applied import Applied
from trader.orders.blotter import Blotter
from trader.orders.order import Order

_PACE = "pace"
_CLOCKS_APART_S = 3600


class Engine:
    """The fold over the journal.

    Feed it every input once, in order; perform what it returns after the input is durable. An exception out of
    :meth:`step` is a bug of ours, and the process must end.

    Args:
        gate_listener: Is told what the gate decides of every order that asks for its limits.
    """

    def __init__(self, gate_listener: DecisionListener | None = None) -> None:
        self._gate_listener = gate_listener
        self._ctx = Context()
        lines = self._lines = Lines(self._ctx)
        self._endings = Endings(self._ctx, lines)
        self._numbering = Numbering(self._ctx, self._endings)
        self._quoting = Quoting(self._ctx, lines, self._endings)
        self._watching = Watching(self._ctx)
        self._dealing = Dealing(self._ctx, lines, self._quoting, self._endings, self._watching)
        self._alerting = Alerting(self._ctx)
        self._limits = Limits(self._ctx)
        self._approvals = Approvals(self._ctx, self._limits)
        launching = Launching(self._ctx, lines, self._dealing, self._approvals)
        self._batches = Batches(self._ctx, lines, self._dealing, self._endings, launching)
        self._recoveries = Recoveries(self._ctx, lines, self._dealing, self._batches)
        self._answers = Answers(self._ctx, self._dealing, self._endings, self._recoveries)
        self._sessions = Sessions(self._ctx, self._endings, self._numbering, self._recoveries)
        self._approvals.add(Settling(self._ctx, self._dealing, self._answers, self._endings).doings)
        self._approvals.add({ResetSession: Doing(self._numbering.problem, self._numbering.reset)})
        self._stopping = Stopping(self._ctx, lines, self._dealing, self._endings, self._batches)
        self._latching = Latching(self._ctx, self._stopping)
        self._days = Days(self._ctx)
        self._orphans = Orphans(self._ctx)
        self._decoders: dict[str, Decoder] = {}
        self._inputs: dict[type, Callable[[Any], None]] = {
            inputs.EngineStarted: self._engine_started,
            inputs.RatesLoaded: self._rates_loaded,
            inputs.PointsLoaded: self._points_loaded,
            machine_inputs.HistoryLoaded: self._latching.history_loaded,
            machine_inputs.ClockJumped: self._latching.clock_jumped,
            machine_inputs.MonitorSilent: self._latching.monitor_silent,
            machine_inputs.JournalFailed: self._latching.journal_failed,
            inputs.BatchSubmitted: self._batch_submitted,
            inputs.SessionOpened: self._sessions.opened,
            inputs.SessionClosed: self._sessions.closed,
            session_inputs.SequenceNoted: self._sessions.noted,
            session_inputs.BooksAsked: self._endings.asked_anew,
            inputs.FixReceived: self._fix_received,
            inputs.MessageDropped: self._message_dropped,
            inputs.SendRefused: self._send_refused,
            inputs.TimerFired: self._timer_fired,
            inputs.StopRequested: self._batches.stop_requested,
            inputs.ActionRequested: self._approvals.requested,
            inputs.ActionDecided: self._approvals.decided,
            inputs.AlertAcknowledged: self._alerting.acknowledged,
            inputs.AlertMuted: self._alerting.muted,
            inputs.AlertUndelivered: self._alerting.undelivered,
            inputs.KillRequested: self._stopping.kill_requested,
            inputs.ResumeRequested: self._stopping.resume_requested,
            inputs.KillProven: self._stopping.proven,
            inputs.StateHashed: lambda _: None,
        }
        self._timers = self._by_timer()
        self._events: dict[type, Callable[[str, Any], object]] = {
            ExecutionReported: self._execution_reported,
            NoOrdersOpen: self._answers.no_orders_open,
            CancelRefused: self._order_event,
            MessageRejected: self._message_rejected,
            TradeReported: self._trade_reported,
            TradeRequestAcknowledged: self._trade_request_acknowledged,
            PriceQuoted: self._price_quoted,
            MarketDataRefused: self._market_data_refused,
            QuoteReceived: self._quote_received,
            QuoteWithdrawn: self._quote_withdrawn,
            QuoteRequestRefused: self._quote_request_refused,
            VenueStatusReported: self._sessions.venue_status_reported,
            MassCancelReported: self._stopping.mass_cancel_reported,
            MessageUnreadable: self._message_unreadable,
        }

    @property
    def context(self) -> Context:
        """The state, for reading: orders, batches, sessions, gate."""
        return self._ctx

    def step(self, ts_ns: int, value: inputs.Input) -> list[Output]:
        """Take one input.

        Args:
            ts_ns: When the input was taken from the inbox. Less than that of the one before, the clock was set back.
            value: The input.

        Returns:
            What to do, in order.
        """
        if ts_ns < self._ctx.now_ns:
            self._latching.clock_went_back(self._ctx.now_ns - ts_ns)
        self._ctx.now_ns = ts_ns
        self._limits.turn()
        self._inputs[type(value)](value)
        self._latching.after_step()
        self._dealing.after_step()
        self._watching.after_step()
        self._orphans.after_step()
        self._alerting.after_step()
        return self._ctx.take_outputs()

    def may_go_on(self, batch: BatchState) -> bool:
        """Whether the same file again goes on with lines that a stop has held back."""
        return self._lines.may_go_on(batch)

    def state_hash_source(self) -> bytes:
        """The whole state as canonical JSON; its SHA-256 is the state hash.

        Of what is over, and nobody has touched since the last call, there is a digest already.
        """
        return canonical_json(self._ctx.snapshot())

    def forget_digests(self) -> None:
        """The next :meth:`state_hash_source` is taken anew of everything; to see that it is the same."""
        self._ctx.forget_digests()

    # --- inputs ------------------------------------------------------------------------------------------------------

    def _engine_started(self, started: inputs.EngineStarted) -> None:
        ctx = self._ctx
        ctx.settings = started.settings
        ctx.dialects = {dialect.name: dialect for dialect in started.dialects}
        ctx.past_dialects.update(ctx.dialects)
        ctx.copies = {dialect.drop_copy_session: dialect.name for dialect in started.dialects if dialect.drop_copy}
        self._decoders = {dialect.name: Decoder(dialect) for dialect in started.dialects}
        limits = self._limits.configured(started)
        if ctx.has_gate:
            ctx.gate.reconfigure(limits, started.calendars)
        else:
            ctx.gate = Gate(limits, started.calendars, started.settings.reporting_currency, ctx.stops)
            ctx.gate.listener = self._gate_listener
        ctx.gate.use_rules(_rules_of(started))
        self._days.turn()
        self._alerting.process_started()
        self._watching.process_started()
        for session in ctx.sessions.values():  # of venues too that this process may not even be configured for
            session.is_logged_on = session.is_open = False
        for name, dialect in ctx.dialects.items():
            previous, blotter = ctx.sessions.get(name, SessionState()), ctx.blotters.setdefault(name, Blotter(name))
            ctx.sessions[name] = SessionState(
                last_report=previous.last_report,
                inherited={order.cl_ord_id for order in blotter.live()},
                owes_day=started.asks_first,
                owed_since=previous.owed_since if previous.owes_day else previous.last_report,
            )
            self._limits.set_pace(name, dialect, limits)
            blotter.session_lost()
        self._batches.process_restarted()
        self._numbering.process_started()
        self._latching.process_started(started)
        if not ctx.stops.is_quiet:
            self._stopping.stops_changed()

    def _rates_loaded(self, loaded: inputs.RatesLoaded) -> None:
        for rate in loaded.rates:
            self._ctx.gate.rates.update(
                parse_pair(rate.symbol), Decimal(rate.bid), Decimal(rate.offer), rate.ts_ns, loaded.source
            )
        self._batches.rates_changed()

    def _points_loaded(self, loaded: inputs.PointsLoaded) -> None:
        self._ctx.gate.points.load(loaded.source, loaded.points)

    def _batch_submitted(self, submitted: inputs.BatchSubmitted) -> None:
        suspended = self._batches.suspended(submitted)
        if suspended is not None:
            for session in suspended.sessions:
                self._recoveries.ask_again(session)
        self._batches.submit(submitted)

    def _fix_received(self, received: inputs.FixReceived) -> None:
        copied_from = self._ctx.copies.get(received.session)
        for event in self._decoders[copied_from or received.session].decode(received.text):
            if copied_from is None:
                self._events[type(event)](received.session, event)
            elif self._sessions.is_copied(copied_from, event):
                self._order_event(copied_from, event)

    def _message_dropped(self, dropped: inputs.MessageDropped) -> None:
        self._message_unreadable(dropped.session, MessageUnreadable(dropped.msg_type, "", dropped.problem))

    def _send_refused(self, refused: inputs.SendRefused) -> None:
        session, order = self._dealing.send_refused(refused)
        self._answers.order_answered(session, order)

    def _by_timer(self) -> dict[str, Callable[[str], None]]:
        """What each kind of timer is for; what follows the kind is handed on."""
        return {
            "watch": self._watch,
            "recovery": self._recoveries.out_of_time,
            "turn": lambda _: None,  # the step itself has let the limits of the moment come into force
            "quotes": self._quotes_over,
            _PACE: self._pace_over,
            alerting.TIMER: lambda _: self._alerting.time_passed(),
            watching.TIMER: lambda _: self._watching.look(),
            overnight.TIMER: lambda _: self._watching.overnight.cut_off(),
            days.TIMER: lambda _: self._days.turn(),
            stopping.TIMER: self._stopping.mass_cancel_over,
            ending.TIMER: self._endings.compare_anew,
        }

    def _timer_fired(self, fired: inputs.TimerFired) -> None:
        kind, _, name = fired.name.partition(":")
        if kind not in self._timers:
            raise LocalOrderError(f"a timer {fired.name!r} that nobody started")
        self._timers[kind](name)

    def _watch(self, name: str) -> None:
        for session in self._batches.watch(name):
            self._recoveries.ask_again(session)
        self._recoveries.settle_doubts()
        self._recoveries.compare()

    def _quotes_over(self, batch_id: str) -> None:
        self._quoting.wait_over(batch_id)
        self._release_for(batch_id)

    def _pace_over(self, session: str) -> None:
        self._ctx.flush(session)
        self._dealing.release(session)

    def _release_for(self, batch_id: str) -> None:
        for session in self._ctx.batches[batch_id].sessions:
            self._dealing.release(session)

    # --- venue events ------------------------------------------------------------------------------------------------

    def _execution_reported(self, session: str, report: ExecutionReported) -> None:
        if self._answers.answered_without_order(session, report):
            return
        last = self._ctx.sessions[session].last_report
        # A moment that is still to come would hide all trades before it from the next question.
        if report.trade_date is not None and last.ts_ns <= report.transact_ts_ns <= self._ctx.after(_CLOCKS_APART_S):
            moment_ns = min(report.transact_ts_ns, self._ctx.now_ns)
            self._ctx.sessions[session].last_report = VenueMoment(report.trade_date, max(last.ts_ns, moment_ns))
        # Last: it may end a batch, whose trades are asked for by the venue's day.
        order = self._order_event(session, report)
        if report.mass_status_request_id:
            self._answers.mass_status_reported(session, report, order)
        if order is not None and report.exec_type is ExecType.ORDER_STATUS:
            self._endings.status_answered(order)

    def _order_event(self, session: str, event: VenueEvent) -> Order | None:
        order, applied = self._ctx.blotters[session].apply(event, self._ctx.now_ns)
        self._applied(session, order, applied)
        return order

    def _applied(self, session: str, order: Order | None, applied: Applied) -> None:
        broken = applied.violation
        if broken is not None and order is not None:
            self._ctx.tell_until_known(order, broken.rule, broken.detail)
        elif broken is not None:
            self._ctx.emit(Alert(broken.rule, broken.detail))
        if order is None:
            return
        self._dealing.order_changed(session, order, applied)
        self._answers.order_answered(session, order)
        if broken is not None:
            self._recoveries.contradicted(session, broken.rule)

    def _trade_reported(self, session: str, trade: TradeReported) -> None:
        if self._answers.trade_reported(session, trade):
            order, applied = self._ctx.blotters[session].apply(trade, self._ctx.now_ns)
            if order is not None:  # else it is kept, and that is told
                self._applied(session, order, applied)
            if applied.fills:
                self._answers.trade_was_missed(session, trade)
            self._answers.trades_advanced(session)
        elif not self._endings.trade_reported(trade):
            # Nobody has asked, or not any longer. A trade is a fact all the same.
            self._order_event(session, trade)

    def _trade_request_acknowledged(self, session: str, acknowledged: TradeRequestAcknowledged) -> None:
        self._answers.trades_announced(session, acknowledged)
        self._endings.trades_announced(acknowledged)

    def _price_quoted(self, session: str, price: PriceQuoted) -> None:
        # A venue may send the side that changed alone. The other stands, and the rate is as old as its older side.
        sides = self._ctx.sessions[session].prices.setdefault(price.symbol, Sides())
        if price.bid is not None:
            sides.bid, sides.bid_ts_ns, sides.bid_id = price.bid, self._ctx.now_ns, price.bid_id
        if price.offer is not None:
            sides.offer, sides.offer_ts_ns, sides.offer_id = price.offer, self._ctx.now_ns, price.offer_id
        since_ns = min(sides.bid_ts_ns, sides.offer_ts_ns)
        self._ctx.gate.rates.update(parse_pair(price.symbol), sides.bid, sides.offer, since_ns, session)
        self._batches.rates_changed()
        quotes = self._ctx.dialects[session].quotes
        if quotes is not None and quotes.source == "stream":
            self._quoting.price_changed(session, price.symbol)
            self._dealing.release(session)

    def _quote_received(self, session: str, quote: QuoteReceived) -> None:
        self._quoting.received(session, quote)
        self._dealing.release(session)

    def _quote_withdrawn(self, session: str, withdrawn: QuoteWithdrawn) -> None:
        self._quoting.withdrawn(session, withdrawn)
        self._dealing.release(session)

    def _quote_request_refused(self, session: str, refused: QuoteRequestRefused) -> None:
        self._quoting.refused(session, refused)
        self._dealing.release(session)

    def _market_data_refused(self, session: str, refused: MarketDataRefused) -> None:
        text = f"{session} sends no prices: {refused.text or 'no reason given'}"
        self._ctx.emit(Alert("MARKET_DATA_REFUSED", text, about=session, is_hard=False))

    def _message_rejected(self, session: str, rejected: MessageRejected) -> None:
        text = f"{session} would not read a message of ours ({rejected.ref_msg_type or '?'}): {rejected.text}"
        self._ctx.emit(Alert("MESSAGE_REJECTED", text))
        self._order_event(session, rejected)
        self._answers.message_rejected(session, rejected)

    def _message_unreadable(self, session: str, unreadable: MessageUnreadable) -> None:
        self._ctx.emit(Alert("MESSAGE_UNREADABLE", f"{session} sent what cannot be read: {unreadable.problem}"))
        self._order_event(session, unreadable)


def _rules_of(started: inputs.EngineStarted) -> tuple[Rule, ...]:
    if not started.rules:
        return ()
    from risk.rules.parse import parse_rules  # noqa: PLC0415 -- the parser is loaded only where there are rules

    return parse_rules(started.rules, "the rules of the journal", started.settings.reporting_currency)
