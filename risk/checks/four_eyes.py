"""FOUR_EYES: nobody alone sends what is large, far ahead, away from the market, or the first with a name.

Such an order waits, and the whole of its batch with it, until somebody else has approved the file as it is. A figure of
zero makes everything wait.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.checks.batch_gross import batch_gross
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.gate.requests import BatchRequest
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.currency import Currency
from trader.domain.money import ZERO

_DESK = ("desk",)
_ORDER = LimitTable("FOUR_EYES", "order_max", _DESK)
_BATCH = LimitTable("FOUR_EYES", "batch_max", _DESK)
_DAYS = LimitTable("FOUR_EYES", "tenor_days_max", _DESK)
_APART = LimitTable("FOUR_EYES", "off_market_fraction_max", _DESK)
_FIRST = LimitTable("FOUR_EYES", "first_trade", _DESK)
_VALID = LimitTable("FOUR_EYES", "valid_s_max", ("action",))
_STEP = Decimal("0.000001")


class _Alone(NamedTuple):
    """What one person may send alone.

    Attributes:
        node: Whose figures these are.
        order_max: The largest notional of a leg, in the reporting currency.
        apart: The furthest limit rate from the reference, as a fraction.
        names: The counterparties that were traded with, where the first trade with one waits; None where it does not.
        reporting_currency: What notionals are in.
    """

    node: str
    order_max: Decimal
    apart: Decimal
    names: Mapping[str, int] | None
    reporting_currency: Currency


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Alone | Violation]:
    key, limits = (outline.keys.desk,), context.limits
    order_max, apart, days_max = limits.number(_ORDER, key), limits.number(_APART, key), limits.number(_DAYS, key)
    first = limits.limit(_FIRST, key)
    known = ((_ORDER, order_max), (_APART, apart), (_DAYS, days_max), (_FIRST, first))
    yield from (context.limits.undefined(table, key) for table, value in known if value is None)
    if order_max is None or apart is None or days_max is None or first is None:
        return
    node = f"desk={outline.keys.desk}"
    days = Decimal(context.days_after_spot(outline) or 0)
    if days > days_max:
        yield _waits(node, days_max, days, "it is paid further ahead than one person may deal alone, in days from spot")
    names = None if first.value == "no" else context.memory.names
    yield _Alone(node, order_max, apart, names, context.rates.reporting_currency)


def _judge(order: OrderView, alone: _Alone) -> list[Violation]:
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return [exposure]
    found = []
    largest = max(exposure.notionals)
    if largest > alone.order_max:
        detail = f"it is larger than one person may deal alone, in {alone.reporting_currency}"
        found.append(_waits(alone.node, alone.order_max, largest, detail))
    name = order.outline.above.counterparty
    if alone.names is not None and name not in alone.names:
        found.append(_waits(f"{alone.node} counterparty={name}", None, None, f"it is the first trade with {name}"))
    for leg, price in zip(order.market.legs, order.prices, strict=True):
        if price is None or isinstance(leg.mid, Violation):
            continue  # a rate that is missing is for the collar to deny
        apart = abs(price - leg.mid) / leg.mid
        if apart > alone.apart:
            detail = f"a limit rate of {price} is further from the market than one person may deal alone; it is"
            found.append(_waits(alone.node, alone.apart, apart.quantize(_STEP), f"{detail} {leg.mid.normalize():f}"))
    return found


def _check(request: BatchRequest, context: CheckContext, now_ns: int) -> tuple[Violation, ...]:
    key = (request.desk,)
    batch_max = context.limits.number(_BATCH, key)
    if batch_max is None:
        return (context.limits.undefined(_BATCH, key),)
    gross = batch_gross(request, context, now_ns)
    if isinstance(gross, Violation):
        return (gross,)
    if gross <= batch_max:
        return ()
    detail = f"the batch is larger than one person may send alone, in {context.rates.reporting_currency}"
    return (_waits(f"desk={request.desk}", batch_max, gross, detail),)


def _waits(node: str, limit: Decimal | None, asked: Decimal | None, detail: str) -> Violation:
    used = None if limit is None else ZERO
    return Violation(ReasonCode.FOUR_EYES, node, limit, used, asked, limit, None, detail, Severity.WAITS)


CHECK: Check[_Alone] = Check(
    Control(
        code=ReasonCode.FOUR_EYES,
        mode=Mode.APPROVAL,
        mitigates="one person alone",
        formula=(
            "notional ≤ L, batch ≤ G, value date - spot date ≤ D, abs(p / ref - 1) ≤ a, not the first trade with a "
            "name; else another person approves the file, for a time T; the same for limits, overrides and users"
        ),
        keys=(_DESK, ("action",)),
        parameters=(
            Parameter("order_max", Kind.NUMBER, "L, of one leg, in the reporting currency", (_DESK,)),
            Parameter("batch_max", Kind.NUMBER, "G, the whole batch, in the reporting currency", (_DESK,)),
            Parameter("tenor_days_max", Kind.NUMBER, "D, calendar days", (_DESK,)),
            Parameter("off_market_fraction_max", Kind.NUMBER, "a, either way; 0.001 for 0.1 %", (_DESK,)),
            Parameter("first_trade", Kind.YES_NO, "whether the first trade with a counterparty waits", (_DESK,)),
            Parameter(
                "valid_s_max",
                Kind.POSITIVE,
                "T, how long a request, and then its approval, stands; for launch, users, override, increase and so on",
                (("action",),),
            ),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
    judge=_judge,
    batch=_check,
)
