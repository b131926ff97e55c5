"""ORDER_NOTIONAL: no single order above a size, and none with a leg above its own tenor's.

A row that names the product, the line's, stands in for the one that does not: a swap leaves no position but its points.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.limits.book import LimitTable, node_of
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.money import ZERO

_MAX = LimitTable("ORDER_NOTIONAL", "max", ("pair", "tenor", "trader", "venue"))
_MAX_OF_PRODUCT = LimitTable("ORDER_NOTIONAL", "max", ("product", *_MAX.dimensions))


class _Largest(NamedTuple):
    """The limit of one leg, with the key that it was found by."""

    place: int
    notional_max: Decimal
    key: tuple[str, ...]
    reporting_currency: Currency


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Largest | Violation]:
    keys, number = outline.keys, context.limits.number
    for leg in outline.legs:
        key = (outline.symbol, leg.tenor, keys.trader, keys.venue)
        notional_max = number(_MAX_OF_PRODUCT, (keys.line_product, *key))
        if notional_max is None:
            notional_max = number(_MAX, key)
        if notional_max is None:
            yield context.limits.undefined(_MAX, key)
        else:
            yield _Largest(leg.place, notional_max, key, context.rates.reporting_currency)


def _judge(order: OrderView, largest: _Largest) -> tuple[Violation, ...]:
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return (exposure,)
    notional = exposure.notionals[largest.place]
    return () if notional <= largest.notional_max else (_too_large(order, largest, notional),)


def _too_large(order: OrderView, largest: _Largest, notional: Decimal) -> Violation:
    place, notional_max, key, currency = largest
    what = "one order" if len(order.outline.legs) == 1 else f"the leg of {order.deal.legs[place].value_date}"
    return Violation(
        ReasonCode.ORDER_NOTIONAL,
        node_of(zip(_MAX.dimensions, key, strict=True)),
        limit=notional_max,
        used=ZERO,
        asked=notional,
        free=notional_max,
        passes=order.passes(notional_max, notional, lambda exposure: exposure.notionals[place]),
        detail=f"{what} is too large, in {currency}",
    )


CHECK: Check[_Largest] = Check(
    Control(
        code=ReasonCode.ORDER_NOTIONAL,
        mode=Mode.HARD,
        mitigates="a fat finger",
        formula="(abs(base) · fx + abs(terms) · fx) / 2 ≤ L, each leg by its own tenor",
        keys=(_MAX.dimensions, _MAX_OF_PRODUCT.dimensions),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    resolve=_resolve,
    judge=_judge,
)
