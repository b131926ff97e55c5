"""What a deal has to be before a check can look at it: finite amounts, and the legs and dates of its product."""

from collections.abc import Iterator
from decimal import Decimal

from risk.gate.requests import OrderRequest
from risk.rates.reference import RATE_MAX, RATE_MIN, is_rate
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.deal import Deal, Product
from trader.domain.money import ZERO

AMOUNT_LIMIT = Decimal(10) ** 15  # far above any amount in the market

# How many legs a product has, from and to; every other product has one.
_LEGS = {Product.SWAP: (2, 2), Product.BLOCK: (2, 10)}


def shape_problem(request: OrderRequest) -> Violation | None:
    """The violation of an order that no check can judge, or None."""
    deal, limit_rate = request.order_deal, request.line.limit_rate
    if _is_plain(deal) and (limit_rate is None or is_rate(limit_rate)):
        return None
    for code, detail in _amount_problems(deal):
        return broken_rule(code, f"line={request.line_key}", detail)
    if deal.far_legs or deal.fixing_date is not None or deal.product in _SHAPED:
        for code, detail in _product_problems(request, deal):
            return broken_rule(code, f"line={request.line_key}", detail)
    if limit_rate is not None and not is_rate(limit_rate):
        detail = f"the limit rate is {limit_rate}; expected a number from {RATE_MIN} to {RATE_MAX:,}"
        return broken_rule(ReasonCode.PRICE_COLLAR, f"line={request.line_key}", detail)
    return None


_SHAPED = frozenset({*_LEGS, Product.NDF})


def _is_plain(deal: Deal) -> bool:
    """True for a deal of one leg with nothing to it but an amount, and that one sane: most are."""
    amount = deal.near_leg.amount
    return (
        not deal.far_legs
        and deal.fixing_date is None
        and deal.product not in _SHAPED
        and deal.dealt_currency in deal.pair
        and amount.is_finite()
        and ZERO < amount < AMOUNT_LIMIT
    )


def _amount_problems(deal: Deal) -> Iterator[tuple[ReasonCode, str]]:
    if deal.dealt_currency not in deal.pair:
        yield ReasonCode.WRONG_WAY, f"the dealt currency {deal.dealt_currency} is not in {deal.pair}"
    for leg in deal.legs:
        if not leg.amount.is_finite() or not ZERO < leg.amount < AMOUNT_LIMIT:
            detail = f"the amount is {leg.amount}; expected a number above zero and below {AMOUNT_LIMIT:,}"
            yield ReasonCode.ORDER_SIZE, detail


def _product_problems(request: OrderRequest, deal: Deal) -> Iterator[tuple[ReasonCode, str]]:
    least, most = _LEGS.get(deal.product, (1, 1))
    if not least <= len(deal.legs) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        yield ReasonCode.MANDATE, f"a {deal.product} with {len(deal.legs)} leg(s); expected {expected}"
    if deal.far_legs and request.line.limit_rate is not None:
        yield ReasonCode.PRICE_COLLAR, f"a limit rate on a {deal.product}; expected none, each leg has its own rate"
    dates = [leg.value_date for leg in deal.legs]
    if deal.product is Product.SWAP:
        near, far = deal.legs
        if far.side is near.side:
            yield ReasonCode.WRONG_WAY, f"both legs {near.side} {deal.dealt_currency}; expected opposite sides"
        if near.value_date >= far.value_date:
            yield ReasonCode.VALUE_DATE, f"the far leg is paid on {dates[1]}; expected a day after {dates[0]}"
    elif dates != sorted(dates):
        yield ReasonCode.VALUE_DATE, "a leg is paid before the one in front of it; expected them in order"
    fixing = deal.fixing_date
    if deal.product is Product.NDF and fixing is None:
        yield ReasonCode.VALUE_DATE, "this NDF has no fixing date; expected one before its settlement"
    elif deal.product is not Product.NDF and fixing is not None:
        yield ReasonCode.VALUE_DATE, f"this {deal.product} has a fixing date, {fixing}; expected none"
    elif fixing is not None and not request.trade_date <= fixing < deal.near_leg.value_date:
        expected = f"a day from {request.trade_date} on, before settlement on {deal.near_leg.value_date}"
        yield ReasonCode.VALUE_DATE, f"the fixing date is {fixing}; expected {expected}"
