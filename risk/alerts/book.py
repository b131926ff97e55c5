"""The alert book: from use of limits and conditions to what people are told. Time is an argument.

==================  ====================================================================================================
crossed upward      one alert; the level then has to re-arm before it can alert again
parent in breach    alerts of the nodes below are held: kept, not told; told when the parent re-arms and they still hold
many at once        soft alerts beyond the first few of a group are kept, and told together as a digest
muted               kept, not told; told when the time is over and it still holds; hard alerts cannot be muted
==================  ====================================================================================================

Nothing is left out of the record: whatever happens to an alert is an event with a number, told or not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from risk.alerts.alert import (
    NO_CAUSE,
    Alert,
    AlertEvent,
    AlertKey,
    AlertState,
    Cause,
    EventKind,
    Heartbeat,
    Standing,
    happened,
    worst_first,
)
from risk.alerts.rules import BREACH, AlertRules, Facts, facts_by_name
from risk.alerts.storm import Storm
from risk.alerts.watch import Watch
from risk.alerts.wording import neutral
from risk.gate.exact import exact
from risk.ledger.composite import Node
from trader.domain.errors import DomainError

# The condition that stands for all those of its code for which there is no room of their own.
MANY = "*"
_INFINITE = Decimal("Infinity")

Events = Sequence[AlertEvent]
NOTHING: Events = ()


class AlertBook:
    """Every alert that is not resolved.

    Memory is bounded by the nodes under watch, the rules' ``conditions_max`` and the number of codes.

    Args:
        rules: Levels and bounds.
        facts: What is known of a node; has to give the same for the same name.

    Attributes:
        last_seq: The number of the last event; 0 before the first.
    """

    def __init__(self, rules: AlertRules, facts: Facts = facts_by_name) -> None:
        self._rules = rules
        self._facts = facts
        self._watches: dict[str, Watch] = {}
        self._open: dict[AlertKey, Alert] = {}
        self._mutes: dict[AlertKey, int] = {}
        self._conditions = 0
        # Soft conditions that have happened and are over, in the order in which they are forgotten.
        self._passing: dict[AlertKey, int] = {}
        self._storm = Storm(rules.told_max, rules.told_window_ns)
        self._events: list[AlertEvent] = []
        self.last_seq = 0

    # --- what happens ------------------------------------------------------------------------------------------------

    def update(self, node: str, limit: Decimal, used: Decimal, ts_ns: int, cause: Cause = NO_CAUSE) -> Events:
        """The use of a limit is now so much. Called for every node that a decision or a fill has touched.

        Args:
            node: Its name in the ledger.
            limit: In its unit; one that is not a number, or below zero, counts as zero.
            used: Pending and posted together, in the same unit; what is not a number counts as a breach.
            ts_ns: Now, UTC nanoseconds.
            cause: The order and the batch that did it.
        """
        watch = self._watches.get(node)
        if watch is None:
            watch = self._watches[node] = Watch(node, self._facts, self._rules)
        bounds = watch.bounds
        try:
            if bounds.below < used < bounds.above and limit == bounds.limit and ts_ns < bounds.until_ns:
                return NOTHING
        except InvalidOperation:  # the comparison with NaN
            used = _INFINITE
        return self._moved(watch, limit, _INFINITE if used.is_nan() else used, ts_ns, cause)

    @exact
    def update_all(self, changed: Iterable[tuple[Node, str]], ts_ns: int, cause: Callable[[str], Cause]) -> Events:
        """The use of some limits has changed: :meth:`update` for each, which is quiet then as long as it says nothing.

        Args:
            changed: The limits, and the order that changed each.
            ts_ns: Now, UTC nanoseconds.
            cause: What to say of an order.
        """
        told: list[AlertEvent] = []
        for node, order in changed:
            told += self.update(node.name, node.limit, node.used, ts_ns, cause(order))
            node.bounds = self._watches[node.name].bounds
            node.bounds.limit = node.limit
        return told

    def condition(
        self,
        code: str,
        about: str,
        text: str,
        ts_ns: int,
        *,
        is_hard: bool,
        is_lasting: bool = False,
        cause: Cause = NO_CAUSE,
    ) -> Events:
        """Something other than a limit's level that people should know.

        Said again while it is open it is counted, and not told again.

        Args:
            code: What, such as ``"SESSION_LOST"``.
            about: What it is about, such as the session; the same again is the same alert.
            text: Whole sentences for a person.
            ts_ns: Now, UTC nanoseconds.
            is_hard: A stop, a breach or a loss of control: it cannot be muted.
            is_lasting: It holds until :meth:`clear`; else it has happened and is over.
            cause: The order and the batch that made it happen.
        """
        self._begin(ts_ns)
        key = AlertKey(code, neutral(about))
        if key not in self._open and self._conditions >= self._rules.conditions_max:
            key, is_lasting, text = AlertKey(code, MANY), False, f"{about}: {text}"
        was = self._open.get(key)
        alert = happened(key, self.last_seq + 1, ts_ns, neutral(text), is_hard, is_lasting, cause)
        if was is None:
            self._conditions += 1
        else:
            alert = replace(
                was, is_hard=was.is_hard or is_hard, last_ns=ts_ns, count=was.count + 1, cause=cause, text=alert.text
            )
        self._passing.pop(key, None)
        if not alert.is_hard and not alert.is_lasting:
            self._passing[key] = ts_ns + self._rules.kept_ns
        if was is not None and (was.is_hard or not is_hard):
            self._emit(EventKind.REPEATED, alert, ts_ns, is_told=False)
            return self._told()
        self._raise(EventKind.RAISED, alert, ts_ns)
        return self._told()

    def clear(self, code: str, about: str, ts_ns: int) -> Events:
        """A condition no longer holds. One that is not open changes nothing."""
        self._begin(ts_ns)
        self._resolve(AlertKey(code, neutral(about)), ts_ns)
        return self._told()

    def drop(self, node: str, ts_ns: int) -> Events:
        """A node is watched no longer, as that of a day which is over: its alerts are resolved."""
        self._begin(ts_ns)
        watch = self._watches.pop(node, None)
        if watch is not None:
            watch.bounds.open()  # should it be used after all, it is watched anew
            for level in sorted(watch.active):
                self._resolve(AlertKey(watch.control, node, level), ts_ns)
            self._release_held(ts_ns)
        return self._told()

    def reconfigure(self, rules: AlertRules, facts: Facts, ts_ns: int) -> Events:
        """Other levels, trees and lots are in force; each node's levels are looked at with its next update.

        The windows of groups and of paces that have begun end as they were.
        """
        self._begin(ts_ns)
        self._rules, self._facts = rules, facts
        self._storm.use(rules.told_max, rules.told_window_ns)
        for watch in self._watches.values():
            watch.describe(facts, rules)
        self._release_held(ts_ns)
        return self._told()

    def tick(self, ts_ns: int) -> Events:
        """Time has passed: digests are told, mutes end, and what is long over is resolved.

        Called at :meth:`due_ns`; earlier it does nothing.
        """
        self._begin(ts_ns)
        return self._told()

    # --- what people do ----------------------------------------------------------------------------------------------

    def acknowledge(self, number: int, by: str, ts_ns: int) -> Events:
        """A person has seen an alert. One that has happened and is over is then closed.

        Args:
            number: The alert's.
            by: Who.
            ts_ns: Now, UTC nanoseconds.

        Raises:
            DomainError: No open alert has this number, or somebody has acknowledged it already.
        """
        alert = self._numbered(number)
        if alert.state is AlertState.ACKNOWLEDGED:
            raise DomainError(f"alert {number} was acknowledged by {alert.acknowledged_by} already; nothing to do")
        self._begin(ts_ns)
        # Again from the book: what was due before may have changed it.
        seen = replace(
            self._open[alert.key], state=AlertState.ACKNOWLEDGED, acknowledged_by=neutral(by), acknowledged_ns=ts_ns
        )
        self._emit(EventKind.ACKNOWLEDGED, seen, ts_ns, is_told=True)
        if not seen.is_lasting:
            self._resolve(alert.key, ts_ns)
        return self._told()

    def mute(self, number: int, by: str, until_ns: int, ts_ns: int) -> Events:
        """A person does not want to be told of a soft alert for some time, nor of its next ones.

        Args:
            number: The alert's.
            by: Who.
            until_ns: Until when, UTC nanoseconds.
            ts_ns: Now, UTC nanoseconds.

        Raises:
            DomainError: No open alert has this number, it is hard, the moment is past, or too many are muted.
        """
        alert = self._numbered(number)
        if alert.is_hard:
            raise DomainError(f"alert {number} is hard and cannot be muted; acknowledge it instead")
        if until_ns <= ts_ns:
            raise DomainError(f"alert {number} cannot be muted until a moment that is past; expected a later one")
        others = sum(end_ns > ts_ns for key, end_ns in self._mutes.items() if key != alert.key)
        if others >= self._rules.mutes_max:
            raise DomainError(f"{others} alerts are muted, which is the most; wait until one of them ends")
        self._begin(ts_ns)
        self._mutes[alert.key] = until_ns
        muted = replace(self._open[alert.key], standing=Standing.MUTED)
        self._emit(EventKind.MUTED, replace(muted, text=neutral(f"Muted by {by}: {alert.text}")), ts_ns, is_told=False)
        self._open[alert.key] = muted
        return self._told()

    # --- what there is -----------------------------------------------------------------------------------------------

    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that is not resolved, worst first. See :func:`risk.alerts.grouped`."""
        return worst_first(self._open.values())

    def nodes(self) -> tuple[str, ...]:
        """Every node under watch."""
        return tuple(self._watches)

    def heartbeat(self, ts_ns: int) -> Heartbeat:
        """A sign of life. Changes nothing."""
        return Heartbeat(ts_ns, self.last_seq, len(self._open), sum(alert.is_hard for alert in self._open.values()))

    def due_ns(self) -> int | None:
        """When :meth:`tick` has something to do, UTC nanoseconds; None for not before something else happens."""
        if not (self._mutes or self._passing or self._storm):
            return None
        digest_ns, forgotten_ns = self._storm.due_ns(), next(iter(self._passing.values()), None)
        return min(filter(None, (digest_ns, forgotten_ns, *self._mutes.values())), default=None)

    def snapshot(self) -> dict[str, object]:
        """All that is remembered, in a canonical order, for the state hash."""
        return {
            "last_seq": self.last_seq,
            "watches": {node: watch.snapshot() for node, watch in sorted(self._watches.items())},
            "open": list(self._open.values()),
            "passing": list(self._passing.items()),
            "mutes": [[*key, until_ns] for key, until_ns in sorted(self._mutes.items())],
            "storm": self._storm.snapshot(),
        }

    # --- how ---------------------------------------------------------------------------------------------------------

    def _moved(self, watch: Watch, limit: Decimal, used: Decimal, ts_ns: int, cause: Cause) -> Events:
        changed = watch.moved(limit, used, ts_ns)
        if changed:
            self._begin(ts_ns)
            for level, is_crossed in changed:
                if is_crossed:
                    self._raise(EventKind.RAISED, watch.alert(level, used, ts_ns, cause, self.last_seq + 1), ts_ns)
                else:
                    self._resolve(AlertKey(watch.control, watch.node, level), ts_ns)
            if (str(BREACH), False) in changed:
                self._release_held(ts_ns)
        watch.sample(ts_ns, used)
        return self._told()

    def _raise(self, kind: EventKind, alert: Alert, ts_ns: int) -> None:
        standing = self._standing(alert, ts_ns)
        self._emit(kind, replace(alert, standing=standing), ts_ns, is_told=standing is Standing.TOLD)

    def _standing(self, alert: Alert, ts_ns: int) -> Standing:
        if alert.key.level and self._is_held(alert):
            return Standing.HELD
        if alert.is_hard:
            return Standing.TOLD
        if alert.key in self._mutes:
            return Standing.MUTED
        return Standing.TOLD if self._storm.admits(alert, ts_ns) else Standing.DIGESTED

    def _is_held(self, alert: Alert) -> bool:
        """Whether a node above the alert's is in breach. A tree that is a circle ends where it began."""
        passed = {alert.key.node}
        node = self._parent(alert.key.node)
        while node and node not in passed:
            watch = self._watches.get(node)
            if watch is not None and watch.is_breached:
                return True
            passed.add(node)
            node = self._parent(node)
        return False

    def _parent(self, node: str) -> str:
        watch = self._watches.get(node)
        return (self._facts(node) if watch is None else watch.facts).parent

    def _release_held(self, ts_ns: int) -> None:
        held = [alert for alert in self._open.values() if alert.standing is Standing.HELD]
        self._release([alert for alert in held if not self._is_held(alert)], ts_ns)

    def _release(self, alerts: Iterable[Alert], ts_ns: int) -> None:
        for alert in worst_first(alerts):
            self._raise(EventKind.RELEASED, alert, ts_ns)

    def _resolve(self, key: AlertKey, ts_ns: int) -> None:
        alert = self._open.get(key)
        if alert is None:
            return
        resolved = replace(alert, state=AlertState.RESOLVED)
        self._emit(EventKind.RESOLVED, resolved, ts_ns, is_told=alert.standing is Standing.TOLD)
        del self._open[key]
        self._passing.pop(key, None)
        self._conditions -= not key.level

    def _begin(self, ts_ns: int) -> None:
        """What was due before now comes first."""
        over = [key for key, until_ns in self._mutes.items() if until_ns <= ts_ns]
        for key in over:
            del self._mutes[key]
        muted = [self._open[key] for key in over if key in self._open]
        self._release([alert for alert in muted if alert.standing is Standing.MUTED], ts_ns)
        while (first := next(iter(self._passing.items()), None)) is not None and first[1] <= ts_ns:
            self._resolve(first[0], ts_ns)
        for (control, parent), burst in self._storm.ended(ts_ns):
            digest = burst.digest(control, parent, self.last_seq + 1, ts_ns)
            self._number(EventKind.DIGEST, digest, ts_ns, is_told=True)

    def _emit(self, kind: EventKind, alert: Alert, ts_ns: int, *, is_told: bool) -> None:
        self._open[alert.key] = alert
        self._number(kind, alert, ts_ns, is_told=is_told)

    def _number(self, kind: EventKind, alert: Alert, ts_ns: int, *, is_told: bool) -> None:
        self.last_seq += 1
        self._events.append(AlertEvent(self.last_seq, ts_ns, kind, alert, is_told))

    def _told(self) -> Events:
        events, self._events = self._events, []
        return events

    def _numbered(self, number: int) -> Alert:
        for alert in self._open.values():
            if alert.number == number:
                return alert
        raise DomainError(f"no open alert has the number {number}; trader alerts lists those that are open")
