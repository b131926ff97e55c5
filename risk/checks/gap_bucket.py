"""GAP_BUCKET: no cash-flow gap of a book in a currency that is wider than it may be, day by day, week or month.

Buckets are those of the calendar, so that a flow stays in its bucket as time goes by. What comes in and what goes out
of a bucket are set off, the open orders at their worst: as with a position, there is a node for each way. An NDF brings
a difference that nobody knows before its fixing, and counts with its largest expected move, both ways.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim
from risk.ledger.measures import Flow, Measure, Measured, Moves
from risk.ledger.settlement import NDF_MOVE, settled_currencies
from risk.limits.book import LimitTable
from risk.limits.breach import Choice
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.deal import Product, Side

_DIMENSIONS = ("book", "currency")
_MAX = Choice("GAP_BUCKET", "max", _DIMENSIONS)
_BUCKET = LimitTable("GAP_BUCKET", "bucket", _DIMENSIONS)


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    is_ndf = outline.keys.product is Product.NDF
    move = context.limits.number(NDF_MOVE, (outline.symbol,)) if is_ndf else None
    if is_ndf and move is None:
        yield context.limits.undefined(NDF_MOVE, (outline.symbol,))
        return
    for currency in settled_currencies(outline):
        key = (outline.keys.book, currency)
        bound, row = _MAX.bound(context.limits, key), context.limits.limit(_BUCKET, key)
        if isinstance(bound, Violation):
            yield bound
        elif bound is None:
            continue
        elif row is None:
            if not bound.is_soft:
                yield context.limits.undefined(_BUCKET, key)
        else:
            for bucket, days in _buckets(row.value, outline.days):
                node = f"GAP_BUCKET book={key[0]} currency={currency} {bucket}"
                flows = _difference(outline, currency, move) if move is not None else _flows(outline, currency, days)
                for way, (flow, factor, also) in zip(("in", "out"), flows, strict=True):
                    yield Claim(f"{node} {way}", bound.most, flow, factor, also=also, is_soft=bound.is_soft)


# What a node counts, how much of it, and what besides.
_Counted = tuple[Measured, Decimal | int, tuple[Measured, ...]]


def _flows(outline: Outline, currency: Currency, days: tuple[date, ...]) -> tuple[_Counted, _Counted]:
    """What comes in and what goes out in a bucket."""
    if len(days) == len(outline.days) > 1:  # the whole deal, which is known net to the unit before it is dealt
        is_dealt = currency == outline.keys.dealt_currency
        measure = Measure.DEALT if is_dealt else Measure.CONTRA
        comes_in = 1 if (outline.keys.side is Side.BUY) == is_dealt else -1
        return (measure, comes_in, ()), (measure, -comes_in, ())
    first, *rest = (Flow(Moves.NET, day, currency) for day in days)
    return (first, 1, tuple(rest)), (first, -1, tuple(rest))


def _difference(outline: Outline, currency: Currency, move: Decimal) -> tuple[_Counted, _Counted]:
    """What an NDF may bring or cost."""
    (leg,) = outline.legs
    is_received = (leg.side is Side.BUY) == (currency == outline.keys.dealt_currency)
    flow = Flow(Moves.RECEIVED if is_received else Moves.PAID, leg.value_date, currency)
    return (flow, move, ()), (flow, move, ())


@lru_cache(maxsize=4096)
def _buckets(size: str, days: tuple[date, ...]) -> tuple[tuple[str, tuple[date, ...]], ...]:
    """Each bucket that a day of a deal is in, with its days."""
    found = defaultdict(list)
    for day in days:
        found[_bucket(size, day)].append(day)
    return tuple([(bucket, tuple(in_bucket)) for bucket, in_bucket in found.items()])


def _bucket(size: str, day: date) -> str:
    """The name of a day's bucket; of one whose size cannot be read, the day's own."""
    if size == "month":
        return f"month={day:%Y-%m}"
    if size == "week":
        year, week, _ = day.isocalendar()
        return f"week={year}-W{week:02}"
    return f"date={day}"


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.GAP_BUCKET,
        mode=Mode.HARD_OR_SOFT,
        mitigates="a cash-flow gap that has to be funded",
        formula="abs(Σ cash flow in the bucket) ≤ L, open orders at their worst",
        keys=(_DIMENSIONS,),
        parameters=(
            *_MAX.parameters("L, in units of the key's own currency, for each bucket"),
            Parameter(_BUCKET.parameter, Kind.BUCKET, "which value dates add up: those of one day, ISO week or month"),
        ),
        is_limit=True,
        alerts="treasury",
    ),
    resolve=_resolve,
)
