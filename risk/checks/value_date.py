"""VALUE_DATE: no deal on a day when it cannot be paid, none for today after a currency's cut-off."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter, parse_cutoff
from risk.gate.order_view import CheckContext
from risk.gate.outline import Moment, Outline
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.value_date import value_date_problem

_CUTOFF = LimitTable("VALUE_DATE", "tod_cutoff", ("currency",))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    pair = outline.pair
    for leg in outline.legs:
        problem = leg.tenor_problem or _problem(outline, leg.value_date, context)
        if problem:
            yield broken_rule(ReasonCode.VALUE_DATE, f"pair={outline.symbol}", problem)
        if leg.value_date == outline.keys.trade_date:
            for currency in (pair.base, pair.terms):
                yield from _cutoff_violations(outline.moment, context, currency, leg.value_date)


def _problem(outline: Outline, value_date: date, context: CheckContext) -> str:
    pair, trade_date = outline.pair, outline.keys.trade_date
    key = (pair.base, pair.terms, trade_date, value_date)
    found = context.value_date_problems.get(key)
    if found is None:
        found = value_date_problem(pair, value_date, trade_date, context.calendars) or ""
        context.value_date_problems[key] = found
    return found


def _cutoff_violations(moment: Moment, context: CheckContext, currency: str, day: date) -> tuple[Violation, ...]:
    row = context.limits.limit(_CUTOFF, (currency,))
    if row is None:
        return (context.limits.undefined(_CUTOFF, (currency,)),)
    cutoff_ns = _moment_ns(row.value, day)
    if cutoff_ns is not None and moment.is_before(cutoff_ns):
        return ()
    detail = f"{currency} cannot be paid today any more; its cut-off was {row.value}"
    return (broken_rule(ReasonCode.VALUE_DATE, f"currency={currency}", detail),)


@lru_cache(maxsize=256)
def _moment_ns(cutoff: str, day: date) -> int | None:
    read = parse_cutoff(cutoff)
    if read is None:
        return None
    moment = datetime.combine(day, read[0], tzinfo=read[1])
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.VALUE_DATE,
        mode=Mode.HARD,
        mitigates="a date that cannot be paid",
        formula=(
            "a business day of both currencies, and up to spot of New York too; "
            "for a payment of today, before the cut-off of both currencies; each leg"
        ),
        keys=(_CUTOFF.dimensions,),
        parameters=(
            Parameter("tod_cutoff", Kind.CUTOFF, "the local time from which a payment of today is no longer made"),
        ),
    ),
    resolve=_resolve,
)
