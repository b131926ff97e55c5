"""What an alert is: its key, what it says, who has seen it, and the events that tell of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from risk.ledger.ledger import EXACT
from trader.domain.money import ZERO


class AlertKey(NamedTuple):
    """What an alert is about: the same key is the same alert.

    Attributes:
        control: The limit's control, as ``"VOLUME_DAY"``; or the code of a condition.
        node: Whose limit, by the ledger's name of the node; or what the condition is about.
        level: ``"80"``, ``"90"``, ``"100"``, ``"lot"``; empty for a condition.
    """

    control: str
    node: str
    level: str = ""


class Cause(NamedTuple):
    """What made it happen.

    Attributes:
        order: Its ClOrdID(11); empty when no order did.
        batch: Its batch; empty when none did.
    """

    order: str = ""
    batch: str = ""


NO_CAUSE = Cause()


class AlertState(StrEnum):
    """How far people are with an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Standing(StrEnum):
    """Whether people are told of an alert, and if not, why."""

    TOLD = "told"
    HELD = "held"  # a parent's breach says it already
    MUTED = "muted"  # a person asked for quiet
    DIGESTED = "digested"  # one of many at once; the group's digest counts it


class EventKind(StrEnum):
    """What happened to an alert."""

    RAISED = "raised"
    REPEATED = "repeated"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    RESOLVED = "resolved"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should know, as it stands.

    Attributes:
        key: What it is about.
        number: The sequence number of the event that opened it: the name by which people call it.
        parent: The node above; with the control it makes the group. Empty for a root and for a condition.
        is_hard: A breach or a stop. It can be acknowledged, never muted.
        is_lasting: True when it holds until it is resolved; False when it has happened and is over, so that to
            acknowledge it is to close it.
        first_ns: When it happened first, UTC nanoseconds.
        last_ns: When it happened last.
        count: How often.
        value: What was used of the limit when it happened, in the limit's unit; None for a condition.
        limit: The limit; None for a condition.
        cause: The order and the batch that made it happen.
        breach_in_ns: How long until the limit is full at the present pace, in nanoseconds; 0 when it is full, None
            when use is falling or the pace is not known.
        text: Whole sentences for a person, of printable characters only.
        state: How far people are with it.
        standing: Whether they are told.
        acknowledged_by: Who; empty for nobody yet.
        acknowledged_ns: When; 0 for not yet.
    """

    key: AlertKey
    number: int
    parent: str
    is_hard: bool
    is_lasting: bool
    first_ns: int
    last_ns: int
    count: int
    value: Decimal | None
    limit: Decimal | None
    cause: Cause
    breach_in_ns: int | None
    text: str
    state: AlertState = AlertState.OPEN
    standing: Standing = Standing.TOLD
    acknowledged_by: str = ""
    acknowledged_ns: int = 0

    @property
    def group(self) -> tuple[str, str]:
        """What it is shown and digested with: the control and the parent node."""
        return self.key.control, self.parent


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One thing that happened to one alert. Every event is kept; those that are told go to the sinks too.

    Attributes:
        seq: From 1, without a gap over all events.
        ts_ns: When, UTC nanoseconds.
        kind: What happened.
        alert: The alert after it.
        is_told: Whether people hear of it, or only the record does.
    """

    seq: int
    ts_ns: int
    kind: EventKind
    alert: Alert
    is_told: bool


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life. It has no number of its own, because a lost one is made good by the next.

    Attributes:
        ts_ns: When, UTC nanoseconds.
        last_seq: The number of the last event there is; a monitor that has not seen it has missed something.
        open_count: How many alerts are not resolved.
        hard_count: How many of them are hard.
    """

    ts_ns: int
    last_seq: int
    open_count: int
    hard_count: int


def happened(key: AlertKey, number: int, ts_ns: int, text: str, is_hard: bool, is_lasting: bool, cause: Cause) -> Alert:
    """A condition that holds, or has happened, since now; the values are those of :class:`Alert`."""
    return Alert(
        key=key,
        number=number,
        parent="",
        is_hard=is_hard,
        is_lasting=is_lasting,
        first_ns=ts_ns,
        last_ns=ts_ns,
        count=1,
        value=None,
        limit=None,
        cause=cause,
        breach_in_ns=None,
        text=text,
    )


def worst_first(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Hard before soft, what nobody has acknowledged before what somebody has, then the fuller limit first."""
    return tuple(sorted(alerts, key=_badness))


def grouped(alerts: Iterable[Alert]) -> tuple[tuple[Alert, ...], ...]:
    """The alerts by control and parent node: the group with the worst alert first, and worst first in each."""
    groups: dict[tuple[str, str], list[Alert]] = {}
    for alert in worst_first(alerts):
        groups.setdefault(alert.group, []).append(alert)
    return tuple(map(tuple, groups.values()))


def as_json(event: AlertEvent) -> dict[str, object]:
    """An event as the plain values that sinks are given: numbers of money as text, moments in nanoseconds."""
    alert = event.alert
    return {
        "seq": event.seq,
        "ts_ns": event.ts_ns,
        "kind": str(event.kind),
        **alert.key._asdict(),
        "number": alert.number,
        "parent": alert.parent,
        "is_hard": alert.is_hard,
        "first_ns": alert.first_ns,
        "last_ns": alert.last_ns,
        "count": alert.count,
        "value": plain(alert.value),
        "limit": plain(alert.limit),
        **alert.cause._asdict(),
        "breach_in_ns": alert.breach_in_ns,
        "text": alert.text,
        "state": str(alert.state),
        "standing": str(alert.standing),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_ns": alert.acknowledged_ns,
    }


def plain(number: Decimal | None) -> str | None:
    """One text for one number, without an exponent: 1.0 is 1."""
    return None if number is None else f"{number.normalize(EXACT):f}"


def _badness(alert: Alert) -> tuple[bool, bool, Decimal, int]:
    fullness = ZERO
    if alert.value is not None and alert.limit is not None:
        fullness = EXACT.divide(alert.value, alert.limit) if alert.limit else Decimal("Infinity")
    return not alert.is_hard, alert.state is not AlertState.OPEN, -fullness, alert.number
