"""MANDATE: nobody trades what is not on their list.

A row allows what its key says during its hours; no row, no mandate. ``side`` is what is done with the pair's base,
and a deal of several legs needs a row for each.
"""

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter, parse_hours
from risk.limit_book import LimitTable, node_of
from risk.order_view import CheckContext, LegView, OrderView
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.deal import Side

_ALLOW = LimitTable("MANDATE", "allow", ("trader", "desk", "product", "pair", "side", "tenor", "venue"))
_NS_PER_MINUTE = 60_000_000_000
_MINUTES_PER_DAY = 24 * 60


def _check(order: OrderView, context: CheckContext) -> tuple[Violation, ...]:
    if len(order.legs) == 1:
        return _leg_violations(order, order.legs[0], context)
    return tuple(found for leg in order.legs for found in _leg_violations(order, leg, context))


def _leg_violations(order: OrderView, leg: LegView, context: CheckContext) -> tuple[Violation, ...]:
    request = order.request
    side = Side.BUY if leg.base_is_bought else Side.SELL
    # The line's product: who may not deal swaps may not deal one in two orders either.
    product = request.line.deal.product
    key = (request.trader, request.desk, product, order.pair, side, leg.tenor, request.venue)
    row = context.limits.limit(_ALLOW, key)
    hours = None if row is None else parse_hours(row.value)
    if hours is not None and _is_within(order.now_ns // _NS_PER_MINUTE % _MINUTES_PER_DAY, *hours):
        return ()
    node = node_of(zip(_ALLOW.dimensions, key, strict=True))
    when = "at no hour" if row is None else f"only at {row.value} UTC"
    return (broken_rule(ReasonCode.MANDATE, node, f"this is allowed {when}"),)


def _is_within(minute: int, start: int, end: int) -> bool:
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end  # over midnight


CHECK = Check(
    Control(
        code=ReasonCode.MANDATE,
        mode=Mode.HARD,
        mitigates="trading what one is not allowed to",
        formula="product, pair, side of the base, tenor, venue and hour are in the allow-list, each leg's",
        keys=(_ALLOW.dimensions,),
        parameters=(Parameter("allow", Kind.HOURS, "the UTC hours of the day in which it is allowed"),),
    ),
    order=_check,
)
