"""ORDER_SIZE: no order with a leg of a size that the venue does not deal in."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.limits.book import LimitTable, node_of
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_KEY = ("venue", "pair", "currency")
_MIN = LimitTable("ORDER_SIZE", "min", _KEY)
_MAX = LimitTable("ORDER_SIZE", "max", _KEY)
_LOT = LimitTable("ORDER_SIZE", "lot", _KEY)


class _Sizes(NamedTuple):
    """What the venue deals in, with the key that it was found by."""

    smallest: Decimal
    largest: Decimal
    lot: Decimal
    minor_unit: Decimal
    key: tuple[str, ...]


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Sizes | Violation]:
    keys, number = outline.keys, context.limits.number
    key = (keys.venue, outline.symbol, keys.dealt_currency)
    smallest, largest, lot = number(_MIN, key), number(_MAX, key), number(_LOT, key)
    if smallest is None or largest is None or lot is None:
        known = ((_MIN, smallest), (_MAX, largest), (_LOT, lot))
        yield from (context.limits.undefined(table, key) for table, value in known if value is None)
    else:
        yield _Sizes(smallest, largest, lot, outline.dealt_unit, key)


def _judge(order: OrderView, sizes: _Sizes) -> Sequence[Violation]:
    smallest, largest, lot, unit, _ = sizes
    found = []
    for leg in order.deal.legs:
        amount = leg.amount
        if not smallest <= amount <= largest or amount % lot or amount % unit:
            found.append(_odd(amount, sizes))
    return found


def _odd(amount: Decimal, sizes: _Sizes) -> Violation:
    smallest, largest, lot, minor_unit, key = sizes
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


CHECK: Check[_Sizes] = Check(
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
    resolve=_resolve,
    judge=_judge,
)
