"""Why the gate says no: one code per control, and one full sentence per denial."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum, StrEnum

from msgspec import Struct

from trader.domain.money import ZERO


class ReasonCode(StrEnum):
    """The code of a control, ``CATEGORY_CONDITION``. What each means stands in ``docs/controls.md``."""

    LIMIT_UNDEFINED = "LIMIT_UNDEFINED"
    TREE = "TREE"
    REFERENCE_STALE = "REFERENCE_STALE"
    REFERENCE_BAD = "REFERENCE_BAD"
    ORDER_NOTIONAL = "ORDER_NOTIONAL"
    ORDER_SIZE = "ORDER_SIZE"
    PRICE_COLLAR = "PRICE_COLLAR"
    PAIR_VELOCITY = "PAIR_VELOCITY"
    FORWARD_POINTS = "FORWARD_POINTS"
    BATCH_TOTALS = "BATCH_TOTALS"
    BATCH_GROSS = "BATCH_GROSS"
    BATCH_DUPLICATE = "BATCH_DUPLICATE"
    LINE_DUPLICATE = "LINE_DUPLICATE"
    ORDER_DUPLICATE = "ORDER_DUPLICATE"
    NOP_CURRENCY = "NOP_CURRENCY"
    NOP_AGGREGATE = "NOP_AGGREGATE"
    NOP_OVERNIGHT = "NOP_OVERNIGHT"
    VOLUME_DAY = "VOLUME_DAY"
    OPEN_VALUE = "OPEN_VALUE"
    OPEN_COUNT = "OPEN_COUNT"
    COUNTERPARTY_LINE = "COUNTERPARTY_LINE"
    SETTLEMENT_DAY = "SETTLEMENT_DAY"
    COUNTRY = "COUNTRY"
    TENOR_MAX = "TENOR_MAX"
    GAP_BUCKET = "GAP_BUCKET"
    FUNDING = "FUNDING"
    MANDATE = "MANDATE"
    RESTRICTED = "RESTRICTED"
    SETTLEMENT_INSTRUCTION = "SETTLEMENT_INSTRUCTION"
    VALUE_DATE = "VALUE_DATE"
    WRONG_WAY = "WRONG_WAY"
    RULE = "RULE"
    MESSAGE_RATE = "MESSAGE_RATE"
    CHILD_WITHIN_PARENT = "CHILD_WITHIN_PARENT"
    SELF_MATCH = "SELF_MATCH"
    STALE_SEND = "STALE_SEND"
    FOUR_EYES = "FOUR_EYES"
    OVERRIDE = "OVERRIDE"
    LIMIT_INCREASE = "LIMIT_INCREASE"
    LOSS_DAY = "LOSS_DAY"
    LOSS_MONTH = "LOSS_MONTH"
    DRAWDOWN = "DRAWDOWN"
    VALUE_AT_RISK = "VALUE_AT_RISK"
    SLIPPAGE = "SLIPPAGE"
    LAST_LOOK = "LAST_LOOK"
    CONFIRMATION_AGE = "CONFIRMATION_AGE"
    UNKNOWN_AGE = "UNKNOWN_AGE"
    REPEATED_EXECUTION = "REPEATED_EXECUTION"
    REJECT_STORM = "REJECT_STORM"
    RECONCILIATION_BREAK = "RECONCILIATION_BREAK"
    KILL = "KILL"
    DEADMAN = "DEADMAN"
    CLOCK = "CLOCK"
    CONFIG_CHANGED = "CONFIG_CHANGED"
    JOURNAL_FAILED = "JOURNAL_FAILED"


class Severity(IntEnum):
    """What a violation does to the order; the worse, the smaller. One that waits blocks until somebody approves."""

    BLOCKS = 0
    WAITS = 1
    NOTIFIES = 2


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that an order, a batch or a message breaks.

    Attributes:
        code: The control.
        node: Whose limit it is, as ``"pair=EUR/USD trader=anna"``; empty when the rule has no key.
        limit: The limit, in the control's unit; None when the rule is not a number.
        used: What was used before, pending and posted together.
        asked: What this order wants on top.
        free: ``limit - used``; negative when a fill has gone above the limit.
        passes: The largest amount of the dealt currency that would pass this one rule, zero when no size would; None
            when the size is not the question.
        detail: What is wrong, in a clause without a full stop.
        severity: Whether it blocks or only notifies.
        remedy: What would pass, in a clause, where that is not a size of up to ``passes``.
        approved_by: Who has approved what waited, so that it only notifies; "" for nobody.
    """

    code: ReasonCode
    node: str
    limit: Decimal | None
    used: Decimal | None
    asked: Decimal | None
    free: Decimal | None
    passes: Decimal | None
    detail: str
    severity: Severity = Severity.BLOCKS
    remedy: str = ""
    approved_by: str = ""

    @property
    def blocks(self) -> bool:
        """True when it stops what was asked, False when it is a warning."""
        return self.severity is not Severity.NOTIFIES

    @property
    def waits(self) -> bool:
        """True when what was asked may go on once somebody else approves it."""
        return self.severity is Severity.WAITS

    @property
    def sentence(self) -> str:
        """The violation for a person: code, what is wrong, limit, used, asked, free, and what would pass."""
        place = f" at {self.node}" if self.node else ""
        numbers = (("limit", self.limit), ("used", self.used), ("asked", self.asked), ("free", self.free))
        known = ", ".join(f"{name} {_plain(number)}" for name, number in numbers if number is not None)
        return "; ".join(part for part in (f"{self.code}{place}: {self.detail}", known, self._way_out) if part) + "."

    @property
    def _way_out(self) -> str:
        if self.approved_by:
            return f"{self.approved_by} has approved it"
        if not self.blocks:
            return "this is a warning and stops nothing"
        if self.waits:
            return self.remedy or "it waits for the approval of another person"
        if self.remedy or self.passes is None:
            return self.remedy
        return f"a size of up to {_plain(self.passes)} would pass" if self.passes > ZERO else "no size would pass"


class Finding(Struct, frozen=True, gc=False):
    """Something that waits for a second person, as it was shown to one.

    Attributes:
        row_id: The row; "" for the batch as a whole.
        code: The control.
        node: Whose limit it is.
        limit: The limit, in the control's unit; None when the rule is not a number.
        sentence: The whole of it for a person. Where it speaks of the market it is of a moment, and not compared.
    """

    row_id: str
    code: ReasonCode
    node: str
    limit: Decimal | None
    sentence: str

    @classmethod
    def of(cls, row_id: str, violation: Violation) -> "Finding":
        """What waits in a row, or with "" in the batch as a whole."""
        return cls(row_id, violation.code, violation.node, violation.limit, violation.sentence)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same one later."""
        return self.row_id, self.code, self.node, self.limit


class Approval:
    """What somebody has approved, so that it waits no longer.

    Args:
        who: The person.
        findings: What was shown to them; None for whatever there may be, as where a batch is only tried.
    """

    __slots__ = ("_keys", "_who", "findings")

    def __init__(self, who: str, findings: tuple[Finding, ...] | None = None) -> None:
        self._who = who
        self._keys = None if findings is None else {finding.key for finding in findings}
        self.findings = findings or ()

    def of(self, found: Iterable[Violation], row_id: str = "") -> list[Violation]:
        """What was found in a row, or with "" in the batch as a whole; what was approved is a notice of it."""
        return [self._noticed(each) if each.waits and self._covers(each, row_id) else each for each in found]

    def _covers(self, violation: Violation, row_id: str) -> bool:
        return self._keys is None or Finding.of(row_id, violation).key in self._keys

    def _noticed(self, violation: Violation) -> Violation:
        return replace(violation, severity=Severity.NOTIFIES, approved_by=self._who)


def broken_rule(
    code: ReasonCode, node: str, detail: str, remedy: str = "", severity: Severity = Severity.BLOCKS
) -> Violation:
    """A violation of a rule that is not a number, so that the size is not the question."""
    return Violation(code, node, None, None, None, None, None, detail, severity, remedy)


def worst_first(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Each violation once: what blocks before what notifies, broken rules before limits, then by how far over."""
    each = dict.fromkeys(violations)
    return tuple(sorted(each, key=_badness)) if each else ()


def _badness(violation: Violation) -> tuple[Severity, bool, Decimal, str, str]:
    limit, used, asked = violation.limit, violation.used, violation.asked
    if not limit or used is None or asked is None:
        return violation.severity, False, ZERO, violation.code, violation.node
    return violation.severity, True, -(used + asked) / limit, violation.code, violation.node


def _plain(number: Decimal) -> str:
    """Every digit that counts, and no decimals or two at least."""
    whole, _, rest = f"{number:,f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest:0<2}" if rest else whole
