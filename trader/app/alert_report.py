"""What ``trader alerts`` and ``trader status`` say: the alerts as they stand, and how long they took to arrive."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trader.adapters.store import Store

Row = Mapping[str, Any]
_MEASURED = 1_024
_DIGEST = "digest"


def alerts_as_they_stand(events: Iterable[Row], *, is_all: bool = False) -> list[dict[str, Any]]:
    """Each alert as its last event left it, worst first: the groups by their worst alert, and so within a group.

    Args:
        events: Rows of ``alert_events``, in their order.
        is_all: Those that are resolved as well.
    """
    last: dict[int, dict[str, Any]] = {}
    for event in events:
        if event["kind"] != _DIGEST:
            last[event["number"]] = dict(event)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for alert in sorted(last.values(), key=_badness):
        if is_all or alert["state"] != "resolved":
            groups.setdefault((alert["control"], alert["parent"]), []).append(alert)
    return [alert for group in groups.values() for alert in group]


def fullness(alert: Row) -> float | None:
    """How full the limit was, in percent; None for a condition. For people, and to sort by."""
    if alert["value"] is None or alert["limit"] is None:
        return None
    limit = float(alert["limit"])
    return 100 * float(alert["value"]) / limit if limit else float("inf")


def delivery_delays(store: Store) -> dict[str, dict[str, int]]:
    """For each sink how much arrived, waits and was given up, and how long the last ones took, in nanoseconds."""
    by_sink: dict[str, list[Row]] = {}
    for row in store.rows("deliveries"):
        by_sink.setdefault(row["sink"], []).append(row)
    return {sink: _delays(rows) for sink, rows in by_sink.items()}


def _delays(rows: Sequence[Row]) -> dict[str, int]:
    arrived = [row for row in rows if row["delivered_ns"] is not None]
    given_up = sum(row["given_up_ns"] is not None for row in rows)
    took = sorted(row["delivered_ns"] - row["raised_ns"] for row in arrived[-_MEASURED:])
    found = {"delivered": len(arrived), "waiting": len(rows) - len(arrived) - given_up, "given_up": given_up}
    if took:
        found |= {"p50_ns": _rank(took, 50), "p99_ns": _rank(took, 99), "max_ns": took[-1]}
    return found


def _rank(values: Sequence[int], percent: int) -> int:
    return values[max(0, -(-len(values) * percent // 100) - 1)]


def _badness(alert: Row) -> tuple[bool, bool, bool, float, int]:
    is_over, is_seen = alert["state"] == "resolved", alert["state"] == "acknowledged"
    return is_over, not alert["is_hard"], is_seen, -(fullness(alert) or 0), alert["number"]
