"""SETTLEMENT_DAY: no more to be received on one day than whoever settles there may owe (Herstatt risk).

What is paid may be gone before what is received has come, so receipts add up gross: nothing is set off, each leg
counts on its own value date. An NDF delivers nothing but the difference, and counts with the largest move that its rate
is expected to make until the fixing.
"""

from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.exposure import Exposure, received
from risk.ledger import Claim, Measure
from risk.limit_book import LimitTable, undefined
from risk.order_view import CheckContext, OrderView
from risk.reasons import ReasonCode, Violation
from trader.domain.deal import Product
from trader.domain.money import ZERO

_MAX = LimitTable("SETTLEMENT_DAY", "max", ("venue",))
_MOVE = LimitTable("SETTLEMENT_DAY", "ndf_move_fraction_max", ("pair",))
_CENT = Decimal("0.01")


def _claims(order: OrderView, context: CheckContext) -> tuple[Claim | Violation, ...]:
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return (exposure,)
    venue = order.request.venue
    day_max = context.limits.number(_MAX, (venue,))
    if day_max is None:
        return (undefined(_MAX, (venue,)),)
    if order.deal.product is Product.NDF:
        return (_difference(order, exposure, day_max, context),)
    days: dict[date, Decimal] = {}
    for each in exposure.legs:
        leg = each.leg
        worth = received(leg.side, leg.amount, exposure.dealt_value, each.contra, exposure.contra_value)
        days[leg.value_date] = days.get(leg.value_date, ZERO) + worth
    return tuple([Claim(_node(venue, day), worth, day_max, day) for day, worth in days.items()])


def _difference(order: OrderView, exposure: Exposure, day_max: Decimal, context: CheckContext) -> Claim | Violation:
    move = context.limits.number(_MOVE, (order.pair,))
    if move is None:
        return undefined(_MOVE, (order.pair,))
    worth = (exposure.legs[0].notional * move).quantize(_CENT, rounding=ROUND_CEILING)
    node = _node(order.request.venue, order.deal.near_leg.value_date)
    return Claim(node, worth, day_max, Measure.NOTIONAL, move)


@lru_cache(maxsize=4096)
def _node(venue: str, day: date) -> str:
    return f"SETTLEMENT_DAY venue={venue} date={day}"


CHECK = Check(
    Control(
        code=ReasonCode.SETTLEMENT_DAY,
        mode=Mode.HARD,
        mitigates="a large payment that is not returned on the day (Herstatt risk)",
        formula="Σ received · fx of one value date, nothing set off, ≤ L; of an NDF, notional · m",
        keys=(_MAX.dimensions, _MOVE.dimensions),
        parameters=(
            Parameter(
                _MAX.parameter, Kind.NUMBER, "L, in the reporting currency, for each value date", _MAX.dimensions
            ),
            Parameter(
                _MOVE.parameter,
                Kind.POSITIVE,
                "m, the largest move of an NDF's rate to its fixing; 0.1 for 10 %",
                _MOVE.dimensions,
            ),
        ),
        is_limit=True,
    ),
    claims=_claims,
)
