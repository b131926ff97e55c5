"""Overrides: one order may go above one limit, once, by an amount, until a moment, because two persons said so.

An override is spent when its order trades. One whose order never left, or left and traded nothing, may be used by
another order of the same row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from risk.control import Control, Mode
from risk.gate.requests import OrderRequest
from risk.people.people import GrantOverride
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.money import ZERO

# What nobody may override: the facts that limits are measured with, the identity of a trade, the stops, the machine's
# own state, and what is mended in the file, such as a price. A rule that is not a number has no amount to go above.
NEVER = frozenset(
    {
        "LIMIT_UNDEFINED",
        "TREE",
        "REFERENCE_STALE",
        "REFERENCE_BAD",
        "PRICE_COLLAR",
        "PAIR_VELOCITY",
        "FORWARD_POINTS",
        "BATCH_TOTALS",
        "BATCH_GROSS",
        "BATCH_DUPLICATE",
        "LINE_DUPLICATE",
        "ORDER_DUPLICATE",
        "MANDATE",
        "RESTRICTED",
        "SETTLEMENT_INSTRUCTION",
        "VALUE_DATE",
        "WRONG_WAY",
        "MESSAGE_RATE",
        "REPEATED_EXECUTION",
        "REJECT_STORM",
        "CHILD_WITHIN_PARENT",
        "SELF_MATCH",
        "STALE_SEND",
        "RECONCILIATION_BREAK",
        "FOUR_EYES",
        "OVERRIDE",
        "LIMIT_INCREASE",
        "KILL",
        "DEADMAN",
        "CLOCK",
        "CONFIG_CHANGED",
        "JOURNAL_FAILED",
    }
)


@dataclass(slots=True)
class Override:
    """One that was approved.

    Attributes:
        request_id: The request's.
        grant: What was asked for.
        who: Who asked.
        approved_by: Who approved.
        reason: Why it was asked for.
        used_by: The order that holds limits by it; "" for none.
        is_spent: True once such an order has traded.
    """

    request_id: str
    grant: GrantOverride
    who: str
    approved_by: str
    reason: str
    used_by: str = ""
    is_spent: bool = False

    def covers(self, violation: Violation) -> bool:
        """Whether it is about this limit, and large enough."""
        grant, limit, used, asked = self.grant, violation.limit, violation.used, violation.asked
        if (grant.code, grant.node) != (violation.code, violation.node) or violation.waits or not violation.blocks:
            return False
        return limit is not None and used is not None and asked is not None and used + asked - limit <= grant.amount


def override_problem(grant: GrantOverride, now_ns: int) -> str:
    """Why an override cannot be, whoever asks for it; "" when it can."""
    if grant.code in NEVER:
        return f"{grant.code} can never be overridden"
    if not grant.amount.is_finite() or grant.amount <= ZERO:
        return f"an override of {grant.amount} cannot be; expected an amount above zero, in the limit's own unit"
    if grant.until_ns <= now_ns:
        return "the override would end before it began; expected a moment to come"
    if grant.line_no < 1:
        return f"there is no row {grant.line_no}; expected its place in the file, from 1"
    return ""


@dataclass(slots=True)
class Overrides:
    """Every override that was approved, by the file and the row it is for."""

    _known: dict[tuple[str, int], list[Override]] = field(default_factory=dict)
    _used: dict[str, list[Override]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._known)

    def grant(self, override: Override) -> None:
        """Take one in."""
        place = override.grant.content_hash, override.grant.line_no
        self._known.setdefault(place, []).append(override)

    def of(self, request: OrderRequest, now_ns: int) -> list[Override]:
        """Those that an order may use now."""
        known = self._known.get((request.content_hash, request.line.line_no), ())
        return [each for each in known if not each.used_by and now_ns <= each.grant.until_ns]

    def use(self, used: Iterable[Override], reservation_id: str) -> None:
        """An order holds limits by them."""
        for override in used:
            override.used_by = reservation_id
            self._used.setdefault(reservation_id, []).append(override)

    def traded(self, reservation_id: str) -> None:
        """The order has traded: what it used is spent, even where it was thought to be over and had given it back."""
        for override in self._used.get(reservation_id, ()):
            override.is_spent = True
            override.used_by = override.used_by or reservation_id

    def released(self, reservation_id: str) -> None:
        """The order is over: what it did not need after all may be used by another of its row."""
        for override in self._used.get(reservation_id, ()):
            if not override.is_spent:
                override.used_by = ""

    def all(self) -> list[Override]:
        """Each, in the order of approval by row."""
        return [override for known in self._known.values() for override in known]


def ease(found: Iterable[Violation], overrides: Iterable[Override]) -> tuple[list[Violation], list[Override]]:
    """Turn what overrides cover into notices.

    Returns:
        What is left, notices among it; and the overrides that are needed for it.
    """
    eased, used = [], []
    for violation in found:
        override = next((each for each in overrides if each.covers(violation)), None)
        if override is None:
            eased.append(violation)
        else:
            used.append(override)
            eased.append(_notice(violation, override))
    return eased, used


def _notice(violation: Violation, override: Override) -> Violation:
    amount: Decimal = override.grant.amount
    detail = (
        f"{violation.detail}; override {override.request_id} of {amount:,f}, asked for by {override.who} "
        f"({override.reason}) and approved by {override.approved_by}, lets it pass"
    )
    node = f"{violation.code} {violation.node}"
    return replace(violation, code=ReasonCode.OVERRIDE, node=node, detail=detail, severity=Severity.NOTIFIES)


OVERRIDE = Control(
    code=ReasonCode.OVERRIDE,
    mode=Mode.APPROVAL,
    mitigates="an exception that nobody can name afterwards",
    formula="used + asked ≤ L + amount, for one order at one limit, until a moment, once; asked for ≠ approved by",
)
