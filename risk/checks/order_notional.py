"""ORDER_NOTIONAL: no single order above a size."""

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.ledger import Measure
from risk.limit_book import LimitTable, undefined
from risk.order_view import CheckContext, OrderView
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_MAX = LimitTable("ORDER_NOTIONAL", "max", ("pair", "tenor", "trader", "venue"))


def _check(order: OrderView, context: CheckContext) -> tuple[Violation, ...]:
    key = (order.pair, order.tenor, order.request.trader, order.request.venue)
    notional_max = context.limits.number(_MAX, key)
    if notional_max is None:
        return (undefined(_MAX, key),)
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return (exposure,)
    notional = exposure.notional
    if notional <= notional_max:
        return ()
    return (
        Violation(
            ReasonCode.ORDER_NOTIONAL,
            f"pair={order.pair} tenor={order.tenor} trader={key[2]} venue={key[3]}",
            limit=notional_max,
            used=ZERO,
            asked=notional,
            free=notional_max,
            passes=order.passes(notional_max, notional, Measure.NOTIONAL),
            detail=f"one order is too large, in {context.rates.reporting_currency}",
        ),
    )


CHECK = Check(
    Control(
        code=ReasonCode.ORDER_NOTIONAL,
        mode=Mode.HARD,
        mitigates="a fat finger",
        formula="(abs(base) · fx + abs(terms) · fx) / 2 ≤ L",
        keys=(_MAX.dimensions,),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    order=_check,
)
