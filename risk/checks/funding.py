"""FUNDING: no more to be paid in one currency on one day than the nostro account there will have.

Payments add up gross: what comes in on the same day may come in too late to pay with. They end with their day. An NDF
pays a difference that nobody knows before its fixing, and counts with the largest move that its rate is expected to
make until then.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext
from risk.gate.outline import LegOutline, Outline
from risk.ledger.claims import Claim
from risk.ledger.measures import Flow, Moves
from risk.ledger.settlement import NDF_MOVE, settled_currencies
from risk.limits.breach import Bound, Choice
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.deal import Product, Side

_MAX = Choice("FUNDING", "max", ("currency",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    if outline.keys.product is Product.NDF:
        yield from _difference(outline, context)
        return
    for currency, day in dict.fromkeys([(_paid(outline, leg), leg.value_date) for leg in outline.legs]):
        bound = _MAX.bound(context.limits, (currency,))
        if isinstance(bound, Bound):
            flow = Flow(Moves.PAID, day, currency)
            yield Claim(_node(currency, day), bound.most, flow, is_soft=bound.is_soft, until=day)
        elif bound is not None:
            yield bound


def _difference(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    (leg,), (currency, *_) = outline.legs, settled_currencies(outline)
    day, bound = leg.value_date, _MAX.bound(context.limits, (currency,))
    move = context.limits.number(NDF_MOVE, (outline.symbol,))
    if isinstance(bound, Violation):
        yield bound
    elif move is None:
        yield context.limits.undefined(NDF_MOVE, (outline.symbol,))
    elif bound is not None:
        moves = Moves.PAID if _paid(outline, leg) == currency else Moves.RECEIVED
        yield Claim(
            _node(currency, day), bound.most, Flow(moves, day, currency), move, is_soft=bound.is_soft, until=day
        )


def _paid(outline: Outline, leg: LegOutline) -> Currency:
    return outline.contra_currency if leg.side is Side.BUY else outline.keys.dealt_currency


@lru_cache(maxsize=4096)
def _node(currency: Currency, day: date) -> str:
    return f"FUNDING currency={currency} date={day}"


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.FUNDING,
        mode=Mode.HARD_OR_SOFT,
        mitigates="a nostro account that runs dry",
        formula="Σ paid in the currency on the value date ≤ L; of an NDF, its notional · m",
        keys=(_MAX.limit.dimensions,),
        parameters=_MAX.parameters("L, in units of the key's own currency, for each value date"),
        is_limit=True,
        alerts="treasury",
    ),
    resolve=_resolve,
)
