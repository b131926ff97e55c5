"""ORDER_NOTIONAL: no single order above a size, and none with a leg above its own tenor's.

A row that names the product, the line's, stands in for the one that does not: a swap leaves no position but its points.
"""

from collections.abc import Sequence
from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitTable, node_of, undefined
from risk.order_view import CheckContext, OrderView
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_MAX = LimitTable("ORDER_NOTIONAL", "max", ("pair", "tenor", "trader", "venue"))
_MAX_OF_PRODUCT = LimitTable("ORDER_NOTIONAL", "max", ("product", *_MAX.dimensions))


def _check(order: OrderView, context: CheckContext) -> Sequence[Violation]:
    exposure = order.exposure
    found: list[Violation] = []
    for place, leg in enumerate(order.legs):
        key = (order.pair, leg.tenor, order.request.trader, order.request.venue)
        notional_max = context.limits.number(_MAX_OF_PRODUCT, (order.request.line.deal.product, *key))
        if notional_max is None:
            notional_max = context.limits.number(_MAX, key)
        if notional_max is None:
            found.append(undefined(_MAX, key))
        elif isinstance(exposure, Violation):
            found.append(exposure)
        elif exposure.legs[place].notional > notional_max:
            found.append(_too_large(order, place, notional_max, key, context))
    return found


def _too_large(
    order: OrderView, place: int, notional_max: Decimal, key: tuple[str, ...], context: CheckContext
) -> Violation:
    notional = _notional(order, place)
    what = "one order" if len(order.legs) == 1 else f"the leg of {order.deal.legs[place].value_date}"
    return Violation(
        ReasonCode.ORDER_NOTIONAL,
        node_of(zip(_MAX.dimensions, key, strict=True)),
        limit=notional_max,
        used=ZERO,
        asked=notional,
        free=notional_max,
        passes=order.passes(notional_max, notional, lambda other: _notional(other, place)),
        detail=f"{what} is too large, in {context.rates.reporting_currency}",
    )


def _notional(order: OrderView, place: int) -> Decimal:
    assert not isinstance(order.exposure, Violation)
    return order.exposure.legs[place].notional


CHECK = Check(
    Control(
        code=ReasonCode.ORDER_NOTIONAL,
        mode=Mode.HARD,
        mitigates="a fat finger",
        formula="(abs(base) · fx + abs(terms) · fx) / 2 ≤ L, each leg by its own tenor",
        keys=(_MAX.dimensions, _MAX_OF_PRODUCT.dimensions),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    order=_check,
)
