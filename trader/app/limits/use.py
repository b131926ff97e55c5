"""How full the limits are, for people: every node of the ledger with its place in the desk's trees, worst first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from risk.gate.gate import Gate
from risk.limits.book import LimitBook
from risk.limits.tree import ABOVE, way_up
from risk.limits.versions import limit_of
from trader.domain.money import ZERO

_TENTH = Decimal("0.1")
_WHEN = frozenset({"date", "month"})
# Whose place a node with several names has, the first that it names.
_PLACED_BY = (*ABOVE, "firm", "country")


@dataclass(frozen=True, slots=True)
class NodeUse:
    """One node of the ledger. Amounts are in the limit's own unit.

    Attributes:
        node: The ledger's name of it.
        control: The control's code.
        place: The nodes of the trees it hangs on, the root first, as ``firm BANK``; where it is in none, its own names.
        limit: What is in force now.
        used: Pending and posted together.
        pending: Of live orders.
        posted: Of fills.
        percent: Used of the limit, rounded up to a tenth; None for something of nothing.
    """

    node: str
    control: str
    place: tuple[str, ...]
    limit: Decimal
    used: Decimal
    pending: Decimal
    posted: Decimal
    percent: Decimal | None

    @property
    def free(self) -> Decimal:
        """What is left; negative above the limit."""
        return self.limit - self.used

    @property
    def facts(self) -> dict[str, Any]:
        """For JSON."""
        numbers = {name: f"{getattr(self, name):f}" for name in ("limit", "used", "pending", "posted", "free")}
        percent = None if self.percent is None else float(self.percent)
        return {"node": self.node, "control": self.control, "place": self.place, **numbers, "used_percent": percent}


def uses_of(gate: Gate) -> list[NodeUse]:
    """Every limit that something was ever taken of, the fullest first."""
    limits = gate.limits
    found = []
    for node in gate.utilisation():
        control, _, key = node.node.partition(" ")
        row = limit_of(node.node, limits)
        limit = node.limit if row is None else Decimal(row.value)
        percent = _percent(node.used, limit)
        place = _place(limits, dict(part.split("=", 1) for part in key.split() if "=" in part))
        found.append(NodeUse(node.node, control, place, limit, node.used, node.pending, node.posted, percent))
    return sorted(found, key=lambda use: (-rank(use), use.node))


def rank(use: NodeUse) -> Decimal:
    """How bad it is: the percent used, and beyond every number for something of nothing."""
    return Decimal("Infinity") if use.percent is None else use.percent


def chosen(uses: Iterable[NodeUse], node: str, control: str, over: Decimal | None) -> list[NodeUse]:
    """Those that somebody asks for.

    Args:
        uses: All.
        node: A part of the node's name or of its place, in any letters; "" for all.
        control: The control's code, in any letters; "" for all.
        over: The least percent used; None for all.
    """
    return [
        use
        for use in uses
        if node.lower() in " ".join((use.node, *use.place)).lower()
        and control.upper() in ("", use.control)
        and (over is None or rank(use) >= over)
    ]


def _percent(used: Decimal, limit: Decimal) -> Decimal | None:
    if used <= ZERO:
        return ZERO
    return None if limit <= ZERO else (used / limit * 100).quantize(_TENTH, ROUND_CEILING)


def _place(limits: LimitBook, key: Mapping[str, str]) -> tuple[str, ...]:
    for dimension in _PLACED_BY:
        if dimension in key:
            return tuple(f"{name} {value}" for name, value in reversed(way_up(limits, dimension, key[dimension])))
    return tuple(f"{name} {value}" for name, value in key.items() if name not in _WHEN)
