"""One limit under watch: which of its levels are crossed, and between which bounds its use says nothing new.

The bounds are what makes it cheap. Nearly every change of use lies between the level above and the level below that
would re-arm, and is then two comparisons, which the ledger makes.
"""

from decimal import Decimal

from risk.alerts.alert import Alert, AlertKey, Cause
from risk.alerts.pace import Pace
from risk.alerts.rules import BREACH, LOT, AlertRules, Facts, NodeFacts
from risk.alerts.wording import level_text
from risk.ledger.composite import Bounds
from trader.domain.money import ZERO

_INFINITE = Decimal("Infinity")
_BREACH = str(BREACH)


class Crossings:
    """How often a level was crossed upward, and when first.

    Attributes:
        first_ns: UTC nanoseconds.
        count: How often.
    """

    __slots__ = ("count", "first_ns")

    def __init__(self, first_ns: int) -> None:
        self.first_ns = first_ns
        self.count = 0


class Watch:
    """A node's levels.

    Args:
        node: Its name in the ledger.
        facts: Where to ask about it.
        rules: The levels.

    Attributes:
        control: The limit's control; it stays what it was, for it is part of what an alert is known by.
        facts: What is known of the node.
        limit: The limit of the last update; one that is not a number, or below zero, is a limit of zero.
        bounds: Use between them crosses nothing and re-arms nothing, and no sample of the pace is due.
        active: The levels that are crossed and not re-armed.
        crossings: Every level that was ever crossed.
    """

    __slots__ = (
        "_rules",
        "active",
        "bounds",
        "control",
        "crossings",
        "facts",
        "limit",
        "node",
        "pace",
    )

    def __init__(self, node: str, facts: Facts, rules: AlertRules) -> None:
        self.node = node
        self.control = facts(node).control
        self.pace = Pace(rules.pace_window_ns)
        self.bounds = Bounds()
        self.limit = ZERO
        self.active: set[str] = set()
        self.crossings: dict[str, Crossings] = {}
        self.describe(facts, rules)

    def describe(self, facts: Facts, rules: AlertRules) -> None:
        """Ask anew what is known of the node; the next update looks at every level."""
        self._rules = rules
        self.facts: NodeFacts = facts(self.node)
        self.bounds.open()

    @property
    def is_breached(self) -> bool:
        """Whether the limit is full and has not re-armed."""
        return _BREACH in self.active

    def moved(self, limit: Decimal, used: Decimal, ts_ns: int) -> list[tuple[str, bool]]:
        """Take in a change of limit or use.

        Returns:
            Each level that was crossed upward (True) or has re-armed (False), the highest first.
        """
        self.bounds.limit = limit  # as it was given
        self.limit = limit if limit.is_finite() and limit > ZERO else ZERO
        marks = self._rules.marks(self.limit, self.facts.lot)
        changed = []
        for mark in marks:
            if mark.level in self.active:
                if used <= mark.rearm_at:
                    changed.append((mark.level, False))
            elif mark.is_crossed_by(used):
                changed.append((mark.level, True))
        # A level that is gone, as that of a lot which the node no longer has, is not crossed any more.
        changed += [(level, False) for level in sorted(self.active - {mark.level for mark in marks})]
        for level, is_crossed in changed:
            if is_crossed:
                self.active.add(level)
                self.crossings.setdefault(level, Crossings(ts_ns)).count += 1
            else:
                self.active.remove(level)
        self.bounds.above = min((mark.at for mark in marks if mark.level not in self.active), default=_INFINITE)
        self.bounds.below = max((mark.rearm_at for mark in marks if mark.level in self.active), default=-_INFINITE)
        return changed

    def sample(self, ts_ns: int, used: Decimal) -> None:
        """Keep the use of now for the pace, when it is due."""
        self.pace.sample(ts_ns, used)
        self.bounds.until_ns = self.pace.due_ns

    def alert(self, level: str, used: Decimal, ts_ns: int, cause: Cause, number: int) -> Alert:
        """What there is to say of a level that was crossed upward now."""
        breach_in_ns = self.pace.breach_in_ns(ts_ns, used, self.limit)
        crossings = self.crossings[level]
        return Alert(
            key=AlertKey(self.control, self.node, level),
            number=number,
            parent=self.facts.parent,
            is_hard=level != LOT and int(level) >= BREACH,
            is_lasting=True,
            first_ns=crossings.first_ns,
            last_ns=ts_ns,
            count=crossings.count,
            value=used,
            limit=self.limit,
            cause=cause,
            breach_in_ns=breach_in_ns,
            text=level_text(self.facts, level, self.limit, used, cause, breach_in_ns),
        )

    def snapshot(self) -> dict[str, object]:
        """What is remembered, as plain values."""
        return {
            "limit": f"{self.limit:f}",
            "active": sorted(self.active),
            "crossings": {level: [each.first_ns, each.count] for level, each in sorted(self.crossings.items())},
            "pace": self.pace.snapshot(),
        }
