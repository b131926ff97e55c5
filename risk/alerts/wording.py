"""What alerts say: what, where, how full, what still fits. Whole sentences, and nothing that a terminal would obey."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from risk.alerts.alert import Alert, Cause
from risk.alerts.rules import BREACH, LOT, NodeFacts
from risk.ledger.ledger import EXACT
from trader.domain.moments import NS_PER_S
from trader.domain.money import ZERO
from trader.domain.printable import printable

TEXT_MAX = 2_000
_SHOWN_MAX = 3
_TENTH = Decimal("0.1")
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def neutral(text: str) -> str:
    """The text in one line of printable characters, cut to 2,000: anything else is written as its escape."""
    safe = printable(text)
    return safe if len(safe) <= TEXT_MAX else f"{safe[: TEXT_MAX - 1]}…"


def level_text(
    facts: NodeFacts, level: str, limit: Decimal, used: Decimal, cause: Cause, breach_in_ns: int | None
) -> str:
    """That a limit has come to a level."""
    where = f"{facts.control} at {facts.place}" if facts.place else facts.control
    if level == LOT:
        happened = f"the next lot of {_amount(facts.lot or ZERO)} no longer fits"
    elif used > limit:
        happened = "it is above its limit"
    else:
        happened = f"it has come to {level} % of its limit"
    sentences = [f"{where}: {happened}. {_fullness(limit, used)}"]
    if breach_in_ns:
        sentences.append(f"At the present pace it is full in {duration(breach_in_ns)}.")
    if cause.order:
        sentences.append(f"Order {cause.order}{f' of batch {cause.batch}' if cause.batch else ''} took it there.")
    return neutral(" ".join(sentences))


def digest_text(control: str, parent: str, count: int, worst: Sequence[Alert]) -> str:
    """That so many alerts of a group were not told one by one.

    Args:
        control: The group's.
        parent: The group's; empty for none.
        count: How many.
        worst: The worst of them, at least one, worst first.
    """
    below = f" below {parent}" if parent else ""
    shown = " ".join(f"No. {alert.number}: {alert.text.rstrip('.')}." for alert in worst[:_SHOWN_MAX])
    return neutral(f"{control}{below}: {count:,} more alerts, all in the record. The worst: {shown}")


def duration(ns: int) -> str:
    """A length of time in its largest unit, rounded down: ``12 min``."""
    seconds = ns // NS_PER_S
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s" if seconds else "less than a second"


def _fullness(limit: Decimal, used: Decimal) -> str:
    if not used.is_finite():
        return f"What is used is not a number, which counts as a breach of {_amount(limit)}; nothing fits."
    share = f" ({_percent(limit, used)} %)" if limit else ""
    free = EXACT.subtract(limit, used)
    fits = f"{_amount(free)} still fits" if free > ZERO else "nothing fits"
    return f"{_amount(used)} of {_amount(limit)}{share} is used, {fits}."


def _percent(limit: Decimal, used: Decimal) -> Decimal:
    # Rounded down, so that 100 % is never said of what is not full.
    return EXACT.divide(EXACT.multiply(used, Decimal(BREACH)), limit).quantize(_TENTH, ROUND_FLOOR, EXACT)


def _amount(number: Decimal) -> str:
    return f"{number.normalize(EXACT):,f}"
