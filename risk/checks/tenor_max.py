"""TENOR_MAX: nothing that is paid later than the pair, the counterparty and the trader may go. Each leg."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_PAIR = LimitTable("TENOR_MAX", "days_max", ("pair",))
_COUNTERPARTY = LimitTable("TENOR_MAX", "days_max", ("counterparty",))
_TRADER = LimitTable("TENOR_MAX", "days_max", ("trader",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    after_spot = context.days_after_spot(outline)
    if after_spot is None:
        return
    last, days = max(outline.days), Decimal(after_spot)
    names = ((_PAIR, outline.symbol), (_COUNTERPARTY, outline.above.counterparty), (_TRADER, outline.keys.trader))
    for table, name in names:
        days_max = context.limits.number(table, (name,))
        if days_max is None:
            yield context.limits.undefined(table, (name,))
        elif days > days_max:
            yield _too_long(f"{table.dimensions[0]}={name}", last, days, days_max)


def _too_long(node: str, value_date: date, days: Decimal, days_max: Decimal) -> Violation:
    return Violation(
        ReasonCode.TENOR_MAX,
        node,
        limit=days_max,
        used=ZERO,
        asked=days,
        free=days_max,
        passes=None,
        detail=f"{value_date} is too many days after spot",
        remedy=f"a value date of up to {days_max.normalize():f} days after spot would pass",
    )


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.TENOR_MAX,
        mode=Mode.HARD,
        mitigates="a deal that runs too long",
        formula="value date - spot date ≤ D, of the last leg",
        keys=(_PAIR.dimensions, _COUNTERPARTY.dimensions, _TRADER.dimensions),
        parameters=(Parameter("days_max", Kind.NUMBER, "D, calendar days after spot; 0 for nothing beyond spot"),),
        is_limit=True,
    ),
    resolve=_resolve,
)
