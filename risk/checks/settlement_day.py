"""SETTLEMENT_DAY: no more to be received on one day than a group may owe (Herstatt risk).

What is paid may be gone before what is received has come. How much of it is at risk is the counterparty's own netting
flag for each currency. Without netting receipts add up gross. With a netting agreement a receipt counts in full while
its order is open, because no payment is sure before it is dealt, and then what is received net in each currency counts.
Payment versus payment, of both currencies, risks nothing. Each leg counts on its own value date, at present rates,
until it has settled. An NDF delivers nothing but the difference, and counts with the largest move that its rate is
expected to make until the fixing.
Source: Basel Committee on Banking Supervision, Supervisory guidance for managing risks associated with the settlement
of foreign exchange transactions (BCBS 241).
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.measures import Flow, Measure, Moves
from risk.ledger.settlement import NDF_MOVE, Netting, netting_of
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.deal import Product, Side

_MAX = LimitTable("SETTLEMENT_DAY", "max", ("group",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | PositionClaim | Violation]:
    group = outline.above.group
    day_max = context.limits.number(_MAX, (group,)) if group else None  # without a group TREE denies
    if day_max is not None:
        if outline.keys.product is Product.NDF:
            yield _difference(outline, context, day_max)
        else:
            for day in outline.days:
                yield Claim(_node(group, day), day_max, Measure.NOTHING, is_composite=True)
                yield from _positions(outline, context, day)
    elif group:
        yield context.limits.undefined(_MAX, (group,))


def _difference(outline: Outline, context: CheckContext, day_max: Decimal) -> Claim | Violation:
    move, day = context.limits.number(NDF_MOVE, (outline.symbol,)), outline.keys.value_date
    if move is None:
        return context.limits.undefined(NDF_MOVE, (outline.symbol,))
    node = _node(outline.above.group, day)
    return Claim(node, day_max, Measure.NOTIONAL, move, until=day, is_composite=True)


def _positions(outline: Outline, context: CheckContext, day: date) -> Iterator[PositionClaim]:
    """What is at risk in each of the two currencies on one day."""
    group, counterparty = outline.above.group, outline.above.counterparty
    currencies = outline.keys.dealt_currency, outline.contra_currency
    flags = [netting_of(context.limits, counterparty, currency) for currency in currencies]
    if all(flag is Netting.PVP for flag in flags):
        return
    for currency, flag in zip(currencies, flags, strict=True):
        # One currency alone is not paid against payment; and what no row says is at risk in full.
        moves = Moves.NETTED if flag is Netting.NET else Moves.RECEIVED
        if moves is Moves.RECEIVED and not _comes(outline, day, is_dealt=currency == outline.keys.dealt_currency):
            continue
        yield _position(group, counterparty, currency, day, moves)


@lru_cache(maxsize=4096)
def _position(group: str, counterparty: str, currency: Currency, day: date, moves: Moves) -> PositionClaim:
    node = _node(group, day)
    name = f"{node} counterparty={counterparty} currency={currency} {moves.lower()}"
    return PositionClaim(name, currency, Flow(moves, day, currency), 1, node, (node,), until=day)


def _comes(outline: Outline, day: date, *, is_dealt: bool) -> bool:
    """Whether a leg of a day receives the dealt currency, or the other one."""
    return any(leg.value_date == day and (leg.side is Side.BUY) == is_dealt for leg in outline.legs)


@lru_cache(maxsize=4096)
def _node(group: str, day: date) -> str:
    return f"SETTLEMENT_DAY group={group} date={day}"


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.SETTLEMENT_DAY,
        mode=Mode.HARD,
        mitigates="a large payment that is not returned on the day (Herstatt risk)",
        formula=(
            "of one value date: Σ received · fx without netting; Σ over currencies of max(0, net received) · fx with"
            " netting, of open orders what they receive; 0 for payment versus payment; ≤ L; of an NDF, notional · m"
        ),
        keys=(_MAX.dimensions, NDF_MOVE.dimensions),
        parameters=(
            Parameter(
                _MAX.parameter, Kind.NUMBER, "L, in the reporting currency, for each value date", (_MAX.dimensions,)
            ),
            Parameter(
                NDF_MOVE.parameter,
                Kind.POSITIVE,
                "m, the largest move of an NDF's rate to its fixing; 0.1 for 10 %",
                (NDF_MOVE.dimensions,),
            ),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
)
