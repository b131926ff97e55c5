"""What people are told: the limits that a step has filled up, and the conditions that the engine's parts have said.

The alert book is part of the state, so that a replay tells the same with the same numbers. What it tells leaves as
:class:`~risk.alerts.AlertEvent`, after everything else that a step wants.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

from risk.alerts import NO_CAUSE, AlertEvent, Cause
from risk.alerts.places import facts_of
from risk.limits.book import LimitBook
from risk.people.people import Role
from trader.domain.errors import DomainError
from trader.domain.ids import BATCH_ID_WIDTH
from trader.engine.context import Context
from trader.engine.inputs import AlertAcknowledged, AlertMuted, AlertUndelivered
from trader.engine.outputs import ActionAnswered, Alert, AlertOver, StartTimer
from trader.orders.machine import Sync

TIMER = "alerts"
_RATES_S = 1.0
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


class Alerting:
    """Keeps the alert book in step with the engine. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context
        self._due_ns: int | None = None
        self._limits: LimitBook | None = None
        self._risk_day: date | None = None
        self._rates_seen, self._rates_due_ns, self._is_rates_timed = -1, 0, False

    def process_started(self) -> None:
        """A new process, maybe with other levels: they are used from this step on, and the timer is started anew."""
        self._due_ns = self._limits = None
        self._rates_due_ns, self._is_rates_timed = 0, False

    def time_passed(self) -> None:
        """A digest is due, or somebody's quiet is over."""
        self._due_ns = None
        self._emit(self._ctx.alerts.tick(self._ctx.now_ns))

    def acknowledged(self, seen: AlertAcknowledged) -> None:
        """A person has seen an alert, and is told whether it could be."""
        book, now_ns = self._ctx.alerts, self._ctx.now_ns
        by = f"{seen.who} ({seen.reason})" if seen.reason else seen.who
        self._answer(seen.request_id, seen.who, lambda: book.acknowledge(seen.number, by, now_ns))

    def muted(self, muted: AlertMuted) -> None:
        """A person wants quiet about an alert, and is told whether it could be."""
        book, now_ns = self._ctx.alerts, self._ctx.now_ns
        self._answer(muted.request_id, muted.who, lambda: book.mute(muted.number, muted.who, muted.until_ns, now_ns))

    def _answer(self, request_id: str, who: str, act: Callable[[], Iterable[AlertEvent]]) -> None:
        """Do it, if they may; where there are no users, whoever is at the keyboard may."""
        people, problem = self._ctx.people, ""
        if people.users and not people.has(who, Role.RISK):
            problem = f"{who} has not the role risk, which alerts are answered with"
        else:
            try:
                self._emit(act())
            except DomainError as error:
                problem = str(error)
        self._ctx.emit(ActionAnswered(request_id, problem))

    def undelivered(self, undelivered: AlertUndelivered) -> None:
        """A sink did not take an event in time: whoever hears of the others has to hear of that."""
        text = f"event {undelivered.seq} did not reach the sink {undelivered.sink}: {undelivered.error}"
        self._ctx.emit(Alert("ALERT_UNDELIVERED", text, about=undelivered.sink))

    def after_step(self) -> None:
        """Take in what the step has done and said, and tell what follows from it."""
        ctx, book = self._ctx, self._ctx.alerts
        if ctx.has_gate:
            if ctx.gate.limits is not self._limits:
                self._use_limits(ctx.gate.limits)
            changed = ctx.gate.take_changed(ctx.now_ns)
            if changed:
                self._emit(book.update_all(changed, ctx.now_ns, _cause))
            self._look_at_rates()
            if ctx.gate.risk_day != self._risk_day:
                self._risk_day = ctx.gate.risk_day
                self._drop_past(self._risk_day)
        for said in ctx.take_said():
            self._take(said)
        known = [over for over, order in ctx.doubts.items() if order.sync is Sync.IN_SYNC]
        for over in known:
            del ctx.doubts[over]
            self._take(over)
        due_ns = book.due_ns()
        if due_ns != self._due_ns and due_ns is not None:
            ctx.emit(StartTimer(TIMER, due_ns))
        self._due_ns = due_ns

    def _look_at_rates(self) -> None:
        """What is used of a limit may have moved with a rate alone, which is looked at no more than once a second."""
        ctx, changes = self._ctx, self._ctx.gate.rates.changes
        if changes == self._rates_seen:
            return
        if ctx.now_ns < self._rates_due_ns:
            if not self._is_rates_timed:
                self._is_rates_timed = True
                ctx.emit(StartTimer(f"{TIMER}:rates", self._rates_due_ns))
            return
        self._rates_seen, self._rates_due_ns, self._is_rates_timed = changes, ctx.after(_RATES_S), False
        revalued = [(node, "") for node in ctx.gate.take_revalued(ctx.now_ns)]
        self._emit(ctx.alerts.update_all(revalued, ctx.now_ns, _cause))

    def _use_limits(self, limits: LimitBook) -> None:
        """Other limits are in force, and with them other trees."""
        ctx, rules = self._ctx, self._ctx.settings.alerts
        self._limits = limits
        self._emit(ctx.alerts.reconfigure(rules, facts_of(limits, rules.lot), ctx.now_ns))

    def _drop_past(self, risk_day: date) -> None:
        """Limits of days that are over have nothing to say any more."""
        book = self._ctx.alerts
        for node in book.nodes():
            day = _DAY.search(node)
            if day is not None and date.fromisoformat(day[0]) < risk_day:
                self._emit(book.drop(node, self._ctx.now_ns))

    def _take(self, said: Alert | AlertOver) -> None:
        book, now_ns = self._ctx.alerts, self._ctx.now_ns
        if isinstance(said, AlertOver):
            self._emit(book.clear(said.code, said.about, now_ns))
            return
        self._emit(
            book.condition(
                said.code,
                said.about or said.text,
                said.text,
                now_ns,
                is_hard=said.is_hard,
                is_lasting=said.is_lasting,
                cause=_cause(said.order),
            )
        )

    def _emit(self, events: Iterable[AlertEvent]) -> None:
        for event in events:
            self._ctx.emit(event)


def _cause(order: str) -> Cause:
    return Cause(order, order[:BATCH_ID_WIDTH]) if order else NO_CAUSE
