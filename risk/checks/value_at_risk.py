"""VALUE_AT_RISK: warns when an order takes what a desk may lose above a size. An estimate, which stops nothing.

It goes through the days that were: what the position, with what is reserved and the order, would have gained or lost
over each span of them at today's rates. A desk with a limit and no history is told so with each batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.gate.requests import BatchRequest
from risk.limits.book import LimitTable
from risk.losses.estimates import Estimates, Terms, deal_of
from risk.reasons import ReasonCode, Severity, Violation, broken_rule

_MAX = LimitTable("VALUE_AT_RISK", "max", ("desk",))
_CONFIDENCE = LimitTable("VALUE_AT_RISK", "confidence", ("desk",))
_HORIZON = LimitTable("VALUE_AT_RISK", "horizon_days", ("desk",))
_NONE: tuple[Violation, ...] = ()


class _Asked(NamedTuple):
    """What one order is compared with."""

    estimates: Estimates
    terms: Terms
    limit: Decimal


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation | _Asked]:
    desk = outline.keys.desk
    limit, confidence, horizon = (context.limits.number(each, (desk,)) for each in (_MAX, _CONFIDENCE, _HORIZON))
    if limit is None:
        return
    if confidence is None or horizon is None:
        missing = _CONFIDENCE if confidence is None else _HORIZON
        yield replace(context.limits.undefined(missing, (desk,)), severity=Severity.NOTIFIES)
    else:
        yield _Asked(context.estimates, Terms(confidence, int(horizon)), limit)


def _judge(order: OrderView, asked: _Asked) -> Sequence[Violation]:
    estimates, terms, limit = asked
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return _NONE
    deal = deal_of(order.outline, exposure)
    found = estimates.exceeds(deal, terms, limit, order.now_ns)
    if found is None:
        return _NONE
    before, after = found
    without = ", ".join(estimates.without_history(deal.desk))
    detail = (
        f"an estimate from {after.days} spans of {terms.horizon_days} day(s) of {estimates.source}, at a confidence of "
        f"{terms.confidence:f}" + (f"; without {without}, of which there is no history" if without else "")
    )
    return (
        Violation(
            ReasonCode.VALUE_AT_RISK,
            f"desk={deal.desk}",
            limit=limit,
            used=before.amount,
            asked=after.amount - before.amount,
            free=limit - before.amount,
            passes=None,
            detail=detail,
            severity=Severity.NOTIFIES,
        ),
    )


def _batch(request: BatchRequest, context: CheckContext, _now_ns: int) -> Sequence[Violation]:
    """Of what there is no history no estimate is made, and the desk shall know."""
    if context.limits.number(_MAX, (request.desk,)) is None:
        return _NONE
    pairs = {line.deal.pair for line in request.lines}
    currencies = {currency for pair in pairs for currency in (pair.base, pair.terms)}
    unknown = sorted(currency for currency in currencies if not context.estimates.knows(currency))
    if not unknown:
        return _NONE
    detail = f"there is no history of {', '.join(unknown)}: what it may lose is not estimated"
    found = broken_rule(ReasonCode.VALUE_AT_RISK, f"desk={request.desk}", detail)
    return (replace(found, severity=Severity.NOTIFIES),)


CHECK: Check[_Asked] = Check(
    Control(
        code=ReasonCode.VALUE_AT_RISK,
        mode=Mode.SOFT,
        mitigates="a position that may lose much on a bad day",
        formula="the loss by history, with the order, over h days at a confidence of c ≤ L; an estimate, which warns",
        keys=(("desk",),),
        parameters=(
            Parameter("max", Kind.NUMBER, "L, in the reporting currency"),
            Parameter("confidence", Kind.SHARE, "c, the share of the days on which no more was lost"),
            Parameter("horizon_days", Kind.COUNT, "h, in days"),
        ),
        is_limit=True,
        blocks=False,
    ),
    resolve=_resolve,
    judge=_judge,
    batch=_batch,
)
