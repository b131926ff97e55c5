"""PRICE_COLLAR: no limit rate far from the market, on either side.

A forward's outright rate is compared with the spot reference and the reference points of its value date; where no
points file is configured, its bucket's collar must leave room for the points. A market order has no rate to compare;
the collar bounds the rate it is reserved at, and it must be defined. A quote is compared leg by leg before it is taken.
"""

from collections.abc import Sequence
from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitTable, undefined
from risk.order_view import COLLAR, CheckContext, LegView, OrderView
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.money import ZERO, round_rate

_INNER = LimitTable("PRICE_COLLAR", "inner_fraction_max", COLLAR.dimensions)
_BAND = LimitTable("PRICE_COLLAR", "band_fraction_max", COLLAR.dimensions)
_STEP = Decimal("0.000001")
_FACTOR = 10


def _check(order: OrderView, context: CheckContext) -> Sequence[Violation]:
    if len(order.legs) == 1:
        return _leg_violations(order, order.legs[0], context)
    return [found for leg in order.legs for found in _leg_violations(order, leg, context)]


def _leg_violations(order: OrderView, leg: LegView, context: CheckContext) -> tuple[Violation, ...]:
    key = (order.pair, order.hour, leg.tenor)
    number = context.limits.number
    inner, collar, band = number(_INNER, key), number(COLLAR, key), number(_BAND, key)
    if inner is None or collar is None or band is None:
        known = ((_INNER, inner), (COLLAR, collar), (_BAND, band))
        return tuple(undefined(table, key) for table, value in known if value is None)
    mid, price = leg.mid, leg.price
    if isinstance(mid, Violation):
        return (mid,)
    if price is None:
        return ()
    found = _broken_band(price, mid, inner, collar, band, is_buy=leg.base_is_bought)
    if found is None:
        return ()
    limit, asked, problem, severity = found
    rate = "quoted rate" if order.is_quote else "limit rate"
    return (
        Violation(
            ReasonCode.PRICE_COLLAR,
            f"pair={order.pair} hour={order.hour} tenor={leg.tenor}",
            limit=limit,
            used=ZERO,
            asked=asked.quantize(_STEP),
            free=limit,
            passes=None,
            detail=f"a {rate} of {price} is {problem} {mid.normalize():f}",
            severity=severity,
            remedy=_remedy(order, leg, rate, mid, collar, band),
        ),
    )


def _remedy(order: OrderView, leg: LegView, rate: str, mid: Decimal, collar: Decimal, band: Decimal) -> str:
    """The rates that would pass, rounded inwards to the market's step; nothing where it leaves none."""
    is_buy, tick = leg.base_is_bought, order.deal.pair.tick
    worse = min(collar, band)
    below, above = (band, worse) if is_buy else (worse, band)
    lowest = max(tick, round_rate(mid * (1 - below), tick, base_is_bought=False))
    highest = round_rate(mid * (1 + above), tick, base_is_bought=True)
    return f"a {rate} from {lowest:,f} to {highest:,f} would pass" if lowest <= highest else ""


def _broken_band(
    price: Decimal, mid: Decimal, inner: Decimal, collar: Decimal, band: Decimal, *, is_buy: bool
) -> tuple[Decimal, Decimal, str, Severity] | None:
    """The band that a rate breaks, how far it is from the reference as a fraction, and what that means and does."""
    # How much worse than the market the desk would deal: a buyer above it, a seller below it.
    worse = (price - mid) / mid if is_buy else (mid - price) / mid
    if not mid / _FACTOR < price < mid * _FACTOR:
        problem = f"{_FACTOR} times the reference or less than a {_FACTOR}th of it, a decimal point misplaced; it is"
        return band, abs(worse), problem, Severity.BLOCKS
    if worse > collar:
        return collar, worse, "worse by more than the collar than the reference", Severity.BLOCKS
    if abs(worse) > band:
        problem = "too far from the reference to be true, so one of the two is wrong; it is"
        return band, abs(worse), problem, Severity.BLOCKS
    if worse > inner:
        return inner, worse, "worse by more than the inner band than the reference", Severity.NOTIFIES
    return None


CHECK = Check(
    Control(
        code=ReasonCode.PRICE_COLLAR,
        mode=Mode.HARD_SOFT,
        mitigates="a wrong price",
        formula=(
            "buy: p ≤ ref · (1 + b), sell: p ≥ ref · (1 - b), both: abs(p / ref - 1) ≤ o; "
            "warns beyond a; a market order is reserved at ref · (1 ± b); each leg of a quote"
        ),
        keys=(COLLAR.dimensions,),
        parameters=(
            Parameter("inner_fraction_max", Kind.NUMBER, "a, worse than the reference by more warns; 0.001 for 0.1 %"),
            Parameter("collar_fraction_max", Kind.NUMBER, "b, worse than the reference by more is denied"),
            Parameter("band_fraction_max", Kind.NUMBER, "o, away from the reference by more, either way, is denied"),
        ),
        is_limit=True,
    ),
    order=_check,
    quote=_check,
)
