"""SELF_MATCH: no order that would trade with an order of our own firm.

Orders meet on a venue where the clients' orders stand in one book. Where every order trades with a maker, as on quotes,
they do not, and a row says so.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.limits.book import LimitTable
from risk.memory.live_orders import Book, LiveOrders, Meeting, Way
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.deal import OrderType, Product

_MEET = LimitTable("SELF_MATCH", "orders_meet", ("venue",))
_NONE: tuple[Violation, ...] = ()


class _Meets(NamedTuple):
    """Where an order would meet others, and which way it goes."""

    book: Book
    way: Way
    live: LiveOrders


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Meets | Violation]:
    keys, live = outline.keys, context.memory.live_orders
    row = context.limits.limit(_MEET, (keys.venue,))
    if row is None:
        yield context.limits.undefined(_MEET, (keys.venue,))
    elif row.value != "no":
        days = tuple([leg.value_date for leg in outline.legs])
        meeting = Meeting(outline.above.firm, keys.venue, outline.symbol, days, keys.product is not Product.NDF)
        yield _Meets(live.book(meeting), tuple([leg.base_is_bought for leg in outline.legs]), live)


def _judge(order: OrderView, meets: _Meets) -> Sequence[Violation]:
    if order.request.line.order_type is OrderType.PREVIOUSLY_QUOTED:
        return _NONE
    name = meets.book.crossed_by(meets.way, order.prices[0])
    if name is None:
        return _NONE
    node = f"firm={order.outline.above.firm} venue={order.outline.keys.venue} pair={order.outline.symbol}"
    detail = f"it would trade with our own order {name}, which is live on the other side"
    return (broken_rule(ReasonCode.SELF_MATCH, node, detail, "once that order is over, this one would pass"),)


def _hold(order: OrderView, meets: _Meets) -> None:
    if order.request.line.order_type is not OrderType.PREVIOUSLY_QUOTED:
        meets.live.hold(order.request.reservation_id, meets.book, meets.way, order.prices[0])


CHECK: Check[_Meets] = Check(
    Control(
        code=ReasonCode.SELF_MATCH,
        mode=Mode.HARD,
        mitigates="trading with oneself",
        formula=(
            "no live order of the firm on the other side, of the same venue, pair and value date, at a limit that "
            "would trade with this one's; one at the market trades with every price"
        ),
        keys=(_MEET.dimensions,),
        parameters=(
            Parameter(_MEET.parameter, Kind.YES_NO, "whether the orders of the venue's clients trade with each other"),
        ),
    ),
    resolve=_resolve,
    judge=_judge,
    hold=_hold,
)
