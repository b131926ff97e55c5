"""SETTLEMENT_DAY: no more to be received on one day than whoever settles there may owe (Herstatt risk).

What is paid may be gone before what is received has come, so receipts add up gross: nothing is set off, each leg
counts on its own value date. An NDF delivers nothing but the difference, and counts with the largest move that its rate
is expected to make until the fixing.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from risk.check import Check
from risk.claims import Claim
from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitTable, undefined
from risk.measures import Measure
from risk.order_view import CheckContext
from risk.outline import Outline
from risk.reasons import ReasonCode, Violation
from trader.domain.deal import Product

_MAX = LimitTable("SETTLEMENT_DAY", "max", ("venue",))
_MOVE = LimitTable("SETTLEMENT_DAY", "ndf_move_fraction_max", ("pair",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    keys, number = outline.keys, context.limits.number
    day_max = number(_MAX, (keys.venue,))
    if day_max is None:
        yield undefined(_MAX, (keys.venue,))
    elif keys.product is Product.NDF:
        move = number(_MOVE, (outline.symbol,))
        if move is None:
            yield undefined(_MOVE, (outline.symbol,))
        else:
            yield Claim(_node(keys.venue, keys.value_date), day_max, Measure.NOTIONAL, move)
    else:
        yield from (Claim(_node(keys.venue, day), day_max, day) for day in outline.days)


@lru_cache(maxsize=4096)
def _node(venue: str, day: date) -> str:
    return f"SETTLEMENT_DAY venue={venue} date={day}"


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.SETTLEMENT_DAY,
        mode=Mode.HARD,
        mitigates="a large payment that is not returned on the day (Herstatt risk)",
        formula="Σ received · fx of one value date, nothing set off, ≤ L; of an NDF, notional · m",
        keys=(_MAX.dimensions, _MOVE.dimensions),
        parameters=(
            Parameter(
                _MAX.parameter, Kind.NUMBER, "L, in the reporting currency, for each value date", (_MAX.dimensions,)
            ),
            Parameter(
                _MOVE.parameter,
                Kind.POSITIVE,
                "m, the largest move of an NDF's rate to its fixing; 0.1 for 10 %",
                (_MOVE.dimensions,),
            ),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
)
