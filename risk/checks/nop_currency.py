"""NOP_CURRENCY: no open position above a size, in any currency, in any book.

A position is limited on both sides, whatever order the fills come in: each currency of a book has a long node, where
purchases pend and what was bought less what was sold is posted, and a short node, which is its mirror image.
The legs of a deal are dealt together and set off against each other, so a swap leaves its points in the position and
no more; what pends for them is the collars' width. An NDF is a position as a forward is: it ends with its fixing.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim
from risk.ledger.measures import Measure
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.deal import Side

_MAX = LimitTable("NOP_CURRENCY", "max", ("book", "currency"))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    keys = outline.keys
    buys_dealt = keys.side is Side.BUY
    for currency, measure, is_buy in (
        (keys.dealt_currency, Measure.DEALT, buys_dealt),
        (outline.contra_currency, Measure.CONTRA, not buys_dealt),
    ):
        position_max = context.limits.number(_MAX, (keys.book, currency))
        if position_max is None:
            yield context.limits.undefined(_MAX, (keys.book, currency))
        else:
            yield from _both_sides(keys.book, currency, measure, is_buy, position_max)


@lru_cache(maxsize=4096)
def _both_sides(
    book: str, currency: Currency, measure: Measure, is_buy: bool, position_max: Decimal
) -> tuple[Claim, Claim]:
    long, short = sides_of(book, currency)
    grows, shrinks = (long, short) if is_buy else (short, long)
    return Claim(grows, position_max, measure), Claim(shrinks, position_max, measure, -1)


def sides_of(book: str, currency: Currency) -> tuple[str, str]:
    """The names of a position's two nodes: where purchases pend and a long position is posted, and the mirror image."""
    node = f"NOP_CURRENCY book={book} currency={currency}"
    return f"{node} long", f"{node} short"


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.NOP_CURRENCY,
        mode=Mode.HARD,
        mitigates="a large open position",
        formula="max(buying + bought - sold, selling + sold - bought) ≤ L; the legs of one deal are set off",
        keys=(_MAX.dimensions,),
        parameters=(Parameter("max", Kind.NUMBER, "L, in units of the key's own currency"),),
        is_limit=True,
    ),
    resolve=_resolve,
)
