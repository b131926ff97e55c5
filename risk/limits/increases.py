"""Limit increases: base + Σ active increases, from a moment until another, because two persons said so.

What is raised is a row of the limits, or one key that a row with ``*`` holds for. When it ends below what is used,
nothing is taken back: every order that would use more is denied, and one that shrinks a position uses nothing of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from risk.control import Control, Mode
from risk.limits.book import ANY, Limit, LimitBook, LimitTable, node_of
from risk.people.people import RaiseLimit
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.errors import ConfigError
from trader.domain.money import ZERO

# What is no bound on how much is traded, but on what it is measured with, or on who may do it alone.
_NOT_RAISED = frozenset(
    {
        ReasonCode.REFERENCE_STALE,
        ReasonCode.REFERENCE_BAD,
        ReasonCode.PRICE_COLLAR,
        ReasonCode.FORWARD_POINTS,
        ReasonCode.MESSAGE_RATE,
        ReasonCode.STALE_SEND,
        ReasonCode.FOUR_EYES,
    }
)


@dataclass(frozen=True, slots=True)
class Increase:
    """One that was approved.

    Attributes:
        request_id: The request's.
        asked: What was asked for.
        who: Who asked.
        reason: Why.
        approved_by: Who approved.
    """

    request_id: str
    asked: RaiseLimit
    who: str
    reason: str
    approved_by: str

    def is_active(self, now_ns: int) -> bool:
        """Whether it counts at a moment, UTC nanoseconds."""
        return self.asked.from_ns <= now_ns < self.asked.until_ns

    def is_about(self, node: str) -> bool:
        """Whether a node of the ledger, by its name, is limited by what it raises."""
        code, *parts = node.split()
        return code == self.asked.control and {f"{name}={value}" for name, value in self.asked.key if value != ANY} <= {
            *parts
        }


def raised(book: LimitBook, increases: Sequence[Increase], now_ns: int) -> LimitBook:
    """The book of a moment with what is raised at it, which is the book only until an increase begins or ends.

    Args:
        book: Of the moment, without any increase.
        increases: All there are.
        now_ns: The moment, UTC nanoseconds.
    """
    rows: dict[tuple[str, str, frozenset[tuple[str, str]]], Limit] = {}
    for each in increases:
        asked = each.asked
        place = (asked.control, asked.parameter, frozenset(asked.key))
        row = rows.get(place) or base_of(asked, book)
        if each.is_active(now_ns) and row is not None:  # a set without the limit any longer leaves nothing to raise
            rows[place] = replace(row, key=asked.key, value=f"{Decimal(row.value) + asked.amount:f}")
    turns = [moment for each in increases for moment in (each.asked.from_ns, each.asked.until_ns)]
    since_ns = max((moment for moment in turns if moment <= now_ns), default=book.since_ns)
    until_ns = min((moment for moment in turns if moment > now_ns), default=book.until_ns)
    return book.with_rows(rows.values(), max(since_ns, book.since_ns), min(until_ns, book.until_ns))


def base_of(asked: RaiseLimit, book: LimitBook) -> Limit | None:
    """The row that an increase raises; None when there is none."""
    dimensions = tuple(name for name, _ in asked.key)
    return book.limit(LimitTable(asked.control, asked.parameter, dimensions), tuple(value for _, value in asked.key))


def increase_problem(asked: RaiseLimit, control: Control | None, book: LimitBook, now_ns: int) -> str:
    """Why a limit cannot be raised like this, whoever asks for it; "" when it can.

    Args:
        asked: What is asked for.
        control: The control, as the inventory has it.
        book: The limits of the moment, without any increase.
        now_ns: Now, UTC nanoseconds.
    """
    if control is None or not control.is_limit or asked.control in _NOT_RAISED or not asked.parameter.endswith("max"):
        return f"{asked.control} {asked.parameter} is no limit that can be raised for a time"
    row = base_of(asked, book)
    if row is None:
        return f"{asked.control} has no row for {asked.parameter} at {node_of(asked.key)}, so there is nothing to raise"
    if row.key != asked.key and any(value == ANY for _, value in asked.key):
        return f"{node_of(asked.key)} is no row; expected {row.node}, or a value for each of its names"
    if not asked.amount.is_finite() or asked.amount <= ZERO:
        return f"an increase by {asked.amount} cannot be; expected an amount above zero, in the limit's own unit"
    if asked.until_ns <= max(asked.from_ns, now_ns):
        return "the increase would end before it began; expected an end to come, after its beginning"
    return ""


def ended_above(ended: Sequence[Increase], nodes: Iterable[tuple[str, Decimal, Decimal | None]]) -> list[Violation]:
    """What is used of limits above what they are again, now that increases are over.

    Args:
        ended: The increases.
        nodes: The name of each node of the ledger, what is used of it, and its limit from now on; None for none.
    """
    detail = "the increase is over and more is used than the limit is again, so that only what reduces it passes"
    return [
        Violation(ReasonCode.LIMIT_INCREASE, node, limit, used, None, limit - used, None, detail, Severity.NOTIFIES)
        for node, used, limit in nodes
        if limit is not None and used > limit and any(each.is_about(node) for each in ended)
    ]


def parse_key(text: str) -> tuple[tuple[str, str], ...]:
    """Read a key as the limits file has it: ``pair=EUR/USD trader=*``.

    Raises:
        ConfigError: It is not one.
    """
    parts = [part.partition("=") for part in text.split()]
    if not parts or any(not name or not value for name, _, value in parts):
        raise ConfigError(f"{text!r} is not a key; expected names with values, like 'pair=EUR/USD trader=*'")
    return tuple((name, value) for name, _, value in parts)


LIMIT_INCREASE = Control(
    code=ReasonCode.LIMIT_INCREASE,
    mode=Mode.APPROVAL,
    mitigates="a limit that was raised for a day and stays raised",
    formula="L = base + Σ active increases; when one ends below what is used: told, and only what reduces passes",
    blocks=False,
)
