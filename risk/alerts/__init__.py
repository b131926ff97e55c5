"""Alerts: when a limit fills up or something is wrong, who is told of it, and whether that arrived. Pure.

:class:`AlertBook` turns the use of limits into events, :class:`Outbox` keeps what every sink still has to be given. How
they are meant is in ``docs/alerts.md``.
"""

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
    as_json,
    grouped,
    worst_first,
)
from risk.alerts.book import AlertBook
from risk.alerts.outbox import Delivery, Outbox, SinkRule
from risk.alerts.rules import AlertRules, NodeFacts, facts_by_name

__all__ = [
    "NO_CAUSE",
    "Alert",
    "AlertBook",
    "AlertEvent",
    "AlertKey",
    "AlertRules",
    "AlertState",
    "Cause",
    "Delivery",
    "EventKind",
    "Heartbeat",
    "NodeFacts",
    "Outbox",
    "SinkRule",
    "Standing",
    "as_json",
    "facts_by_name",
    "grouped",
    "worst_first",
]
