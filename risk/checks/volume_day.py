"""VOLUME_DAY: no more turnover in a day than planned. A day is a trade date: a new one starts from zero.

A swap counts once, by its larger leg; a block counts every leg; and so does a deal that is sent as one order a leg.
"""

from datetime import date
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.exposure import turnover
from risk.ledger import Claim, Measure
from risk.limit_book import LimitTable, undefined
from risk.order_view import CheckContext, OrderView
from risk.reasons import ReasonCode, Violation

_TRADER = LimitTable("VOLUME_DAY", "max", ("trader",))
_DESK = LimitTable("VOLUME_DAY", "max", ("desk",))
_PAIR = LimitTable("VOLUME_DAY", "max", ("pair",))
_VENUE = LimitTable("VOLUME_DAY", "max", ("venue",))


def _claims(order: OrderView, context: CheckContext) -> tuple[Claim | Violation, ...]:
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return (exposure,)
    request = order.request
    number = context.limits.number
    worth = turnover(order.deal.product, [each.notional for each in exposure.legs])
    found: list[Claim | Violation] = []
    for table, name in ((_TRADER, request.trader), (_DESK, request.desk), (_PAIR, order.pair), (_VENUE, request.venue)):
        volume_max = number(table, (name,))
        if volume_max is None:
            found.append(undefined(table, (name,)))
        else:
            node = _node(request.trade_date, table, name)
            found.append(Claim(node, worth, volume_max, Measure.NOTIONAL))
    return tuple(found)


@lru_cache(maxsize=4096)
def _node(trade_date: date, table: LimitTable, name: str) -> str:
    return f"VOLUME_DAY {trade_date} {table.dimensions[0]}={name}"


CHECK = Check(
    Control(
        code=ReasonCode.VOLUME_DAY,
        mode=Mode.HARD,
        mitigates="too much turnover",
        formula="Σ (filled + pending) of the trade date ≤ L; a swap once, by its larger leg",
        keys=(_TRADER.dimensions, _DESK.dimensions, _PAIR.dimensions, _VENUE.dimensions),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    claims=_claims,
)
