"""BATCH_GROSS: no batch far larger than the desk's limit, or than what the desk usually does."""

from decimal import ROUND_CEILING, Decimal
from statistics import median

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import BATCHES_REMEMBERED, CheckContext
from risk.gate.requests import BatchRequest
from risk.ledger.exposure import turnover
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.currency import Currency
from trader.domain.money import ZERO

_MAX = LimitTable("BATCH_GROSS", "max", ("desk",))
_FACTOR = LimitTable("BATCH_GROSS", "median_factor_max", ("desk",))
_CENT = Decimal("0.01")


def batch_gross(request: BatchRequest, context: CheckContext, now_ns: int) -> Decimal | Violation:
    """The worth of all dealt amounts, bought and sold alike, in the reporting currency, rounded up to the cent.

    A swap counts once, by its larger leg.
    """
    sums: dict[Currency, Decimal] = {}
    for line in request.lines:
        deal = line.deal
        amounts = [abs(leg.amount) for leg in deal.legs]
        if not all(amount.is_finite() for amount in amounts):
            detail = f"row {line.row_id} has an amount of {' and '.join(str(leg.amount) for leg in deal.legs)}"
            return broken_rule(ReasonCode.BATCH_GROSS, f"desk={request.desk}", detail)
        sums[deal.dealt_currency] = sums.get(deal.dealt_currency, ZERO) + turnover(deal.product, amounts)
    gross = ZERO
    for currency, amount in sums.items():
        value = context.rates.to_reporting(currency, now_ns)
        if isinstance(value, Violation):
            return value
        gross += amount * value
    return gross.quantize(_CENT, rounding=ROUND_CEILING)


def _check(request: BatchRequest, context: CheckContext, now_ns: int) -> tuple[Violation, ...]:
    key = (request.desk,)
    gross_max, factor = context.limits.number(_MAX, key), context.limits.number(_FACTOR, key)
    if gross_max is None or factor is None:
        return tuple(
            context.limits.undefined(table, key)
            for table, value in ((_MAX, gross_max), (_FACTOR, factor))
            if value is None
        )
    gross = batch_gross(request, context, now_ns)
    if isinstance(gross, Violation):
        return (gross,)
    bounds = [(gross_max, "the batch is too large as a whole")]
    before = context.memory.batch_gross.get(request.desk, ())
    if len(before) == BATCHES_REMEMBERED:
        usual = median(before)
        bounds.append((factor * usual, f"the batch is more than {factor} times the median of the last {len(before)}"))
    currency = context.rates.reporting_currency
    return tuple(
        Violation(
            ReasonCode.BATCH_GROSS, f"desk={request.desk}", bound, ZERO, gross, bound, None, f"{text}, in {currency}"
        )
        for bound, text in bounds
        if gross > bound
    )


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.BATCH_GROSS,
        mode=Mode.HARD,
        mitigates="a fat finger on a whole basket",
        formula="Σ abs(dealt) · fx ≤ L, a swap once, and ≤ k · median of the desk's last 20 batches, once there are 20",
        keys=(_MAX.dimensions,),
        parameters=(
            Parameter("max", Kind.NUMBER, "L, in the reporting currency, for the whole batch"),
            Parameter("median_factor_max", Kind.POSITIVE, "k, how many times the usual a batch may be"),
        ),
        is_limit=True,
    ),
    batch=_check,
)
