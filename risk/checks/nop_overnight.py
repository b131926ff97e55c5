"""NOP_OVERNIGHT: what a desk may hold in all currencies together when its day ends. It tells, and stops nothing.

A desk's own cut-off is a time of day in its row. Whoever keeps the time asks at every cut-off, see
:func:`next_cutoff_ns`; a desk without a row is not asked about.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from risk.check import Check
from risk.checks.nop_aggregate import aggregate_node
from risk.control import Control, Kind, Mode, Parameter, parse_cutoff
from risk.day import next_end_ns
from risk.ledger.ledger import Ledger
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.money import ZERO

_MAX = LimitTable("NOP_OVERNIGHT", "max", ("desk",))
_CUTOFF = LimitTable("NOP_OVERNIGHT", "cutoff", ("desk",))


def held_overnight(limits: LimitBook, ledger: Ledger, desks: Iterable[str]) -> Iterator[Violation]:
    """A notice for each desk that holds more than it may overnight, or of which that cannot be known.

    Args:
        limits: Has the limits.
        ledger: Has the positions, at its marks as they are.
        desks: The desks whose day ends.
    """
    for desk in desks:
        position_max = limits.number(_MAX, (desk,))
        held = ledger.composite(aggregate_node("desk", desk))
        if position_max is None or held is None:
            continue
        if held.unvalued:
            currencies = ", ".join(held.unvalued_currencies())
            yield _notice(desk, position_max, held.used, f"the position cannot be known: no rate for {currencies}")
        elif held.used > position_max:
            yield _notice(desk, position_max, held.used, "the position is too large to be held overnight")


def is_known(ledger: Ledger, desk: str) -> bool:
    """Whether a desk's position can be known, at the ledger's marks as they are."""
    held = ledger.composite(aggregate_node("desk", desk))
    return held is None or not held.unvalued


def next_cutoff_ns(limits: LimitBook, desk: str, now_ns: int) -> int | None:
    """When a desk's day next ends, UTC nanoseconds, after now; None for a desk without a row."""
    row = limits.limit(_CUTOFF, (desk,))
    cutoff = parse_cutoff(row.value) if row is not None else None
    return None if cutoff is None else next_end_ns(cutoff, now_ns)


def _notice(desk: str, position_max: Decimal, used: Decimal, detail: str) -> Violation:
    return Violation(
        ReasonCode.NOP_OVERNIGHT,
        f"desk={desk}",
        limit=position_max,
        used=used,
        asked=ZERO,
        free=position_max - used,
        passes=None,
        detail=detail,
        severity=Severity.NOTIFIES,
    )


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.NOP_OVERNIGHT,
        mode=Mode.TRIGGER,
        mitigates="a position that nobody watches at night",
        formula="NOP_AGGREGATE of the desk at its cut-off ≤ L",
        keys=(_MAX.dimensions,),
        parameters=(
            Parameter("max", Kind.NUMBER, "L, in the reporting currency"),
            Parameter("cutoff", Kind.CUTOFF, "when the desk's day ends"),
        ),
        blocks=False,
    ),
)
