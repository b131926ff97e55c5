"""ORDER_SIZE: no order with a leg of a size that the venue does not deal in."""

from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitTable, node_of, undefined
from risk.order_view import CheckContext, OrderView
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_KEY = ("venue", "pair", "currency")
_MIN = LimitTable("ORDER_SIZE", "min", _KEY)
_MAX = LimitTable("ORDER_SIZE", "max", _KEY)
_LOT = LimitTable("ORDER_SIZE", "lot", _KEY)


def _check(order: OrderView, context: CheckContext) -> tuple[Violation, ...]:
    currency = order.deal.dealt_currency
    key = (order.request.venue, order.pair, currency)
    number = context.limits.number
    smallest, largest, lot = number(_MIN, key), number(_MAX, key), number(_LOT, key)
    if smallest is None or largest is None or lot is None:
        known = ((_MIN, smallest), (_MAX, largest), (_LOT, lot))
        return tuple(undefined(table, key) for table, value in known if value is None)
    unit = currency.minor_unit
    wrong = [
        leg.amount
        for leg in order.deal.legs
        if not smallest <= leg.amount <= largest or leg.amount % lot or leg.amount % unit
    ]
    return tuple([_odd(amount, key, smallest, largest, lot, unit) for amount in wrong]) if wrong else ()


def _odd(
    amount: Decimal, key: tuple[str, ...], smallest: Decimal, largest: Decimal, lot: Decimal, minor_unit: Decimal
) -> Violation:
    detail = f"the amount is {_problem(amount, smallest, largest, lot, minor_unit)}"
    node = node_of(zip(_KEY, key, strict=True))
    if amount < smallest <= largest:
        remedy = f"sizes from {smallest:,f} would pass"
        return Violation(ReasonCode.ORDER_SIZE, node, smallest, None, amount, None, None, detail, remedy=remedy)
    whole = min(amount, largest) // lot * lot
    passes = whole if whole >= smallest and not whole % minor_unit else ZERO
    return Violation(ReasonCode.ORDER_SIZE, node, largest, ZERO, amount, largest, passes, detail)


def _problem(amount: Decimal, smallest: Decimal, largest: Decimal, lot: Decimal, minor_unit: Decimal) -> str:
    if amount < smallest:
        return f"below the smallest, {smallest:,f}"
    if amount > largest:
        return f"above the largest, {largest:,f}"
    if amount % minor_unit:
        return f"no multiple of the minor unit, {minor_unit}"
    return f"no multiple of the lot, {lot:,f}"


CHECK = Check(
    Control(
        code=ReasonCode.ORDER_SIZE,
        mode=Mode.HARD,
        mitigates="a size that the venue does not deal in",
        formula="min ≤ qty ≤ max, qty mod lot = 0, qty mod the currency's minor unit = 0, each leg",
        keys=(_KEY,),
        parameters=(
            Parameter("min", Kind.NUMBER, "the smallest order, in units of its dealt currency"),
            Parameter("max", Kind.NUMBER, "the largest order, in units of its dealt currency"),
            Parameter("lot", Kind.POSITIVE, "what every amount is a multiple of"),
        ),
        is_limit=True,
    ),
    order=_check,
)
