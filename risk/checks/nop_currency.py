"""NOP_CURRENCY: no open position above a size, in any currency, in any book.

A position is limited on both sides, whatever order the fills come in: each currency of a book has a long node, where
purchases pend and what was bought less what was sold is posted, and a short node, which is its mirror image.
The legs of a deal are dealt together and set off against each other, so a swap leaves its points in the position and
no more; what pends for them is the collars' width. An NDF is a position as a forward is: it ends with its fixing.
"""

from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.exposure import net
from risk.ledger import Claim, Measure
from risk.limit_book import LimitTable, undefined
from risk.order_view import CheckContext, OrderView
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.deal import Side

_MAX = LimitTable("NOP_CURRENCY", "max", ("book", "currency"))


def _claims(order: OrderView, context: CheckContext) -> tuple[Claim | Violation, ...]:
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return (exposure,)
    deal = order.deal
    buys_dealt = deal.near_leg.side is Side.BUY
    book = order.request.line.book
    dealt, contra = net(deal, exposure)
    return (
        *_both_sides(context, book, deal.dealt_currency, dealt, Measure.DEALT, is_buy=buys_dealt),
        *_both_sides(context, book, deal.contra_currency, contra, Measure.CONTRA, is_buy=not buys_dealt),
    )


def _both_sides(
    context: CheckContext,
    book: str,
    currency: Currency,
    moves: tuple[Decimal, Decimal],
    measure: Measure,
    *,
    is_buy: bool,
) -> tuple[Claim | Violation, ...]:
    position_max = context.limits.number(_MAX, (book, currency))
    if position_max is None:
        return (undefined(_MAX, (book, currency)),)
    node = f"NOP_CURRENCY book={book} currency={currency}"
    grows, shrinks = ("long", "short") if is_buy else ("short", "long")
    return (
        Claim(f"{node} {grows}", moves[0], position_max, measure),
        Claim(f"{node} {shrinks}", moves[1], position_max, measure, -1),
    )


CHECK = Check(
    Control(
        code=ReasonCode.NOP_CURRENCY,
        mode=Mode.HARD,
        mitigates="a large open position",
        formula="max(buying + bought - sold, selling + sold - bought) ≤ L; the legs of one deal are set off",
        keys=(_MAX.dimensions,),
        parameters=(Parameter("max", Kind.NUMBER, "L, in units of the key's own currency"),),
        is_limit=True,
    ),
    claims=_claims,
)
