"""PRICE_COLLAR: no limit rate far from the market, on either side.

A forward's outright rate is compared with the spot reference and the reference points of its value date; where no
points file is configured, its bucket's collar must leave room for the points. A market order has no rate to compare;
the collar bounds the rate it is reserved at, and it must be defined. A quote is compared leg by leg before it is taken.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import LegOutline, Outline
from risk.limits.book import LimitTable
from risk.rates.market import COLLAR
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.money import ZERO, round_rate

_INNER = LimitTable("PRICE_COLLAR", "inner_fraction_max", COLLAR.dimensions)
_BAND = LimitTable("PRICE_COLLAR", "band_fraction_max", COLLAR.dimensions)
_STEP = Decimal("0.000001")
_FACTOR = 10
_HALF = Decimal("0.5")  # well inside the factor
_ONE = Decimal(1)
_DIGITS = 6  # of a rate as markets quote it; a row the other way round may have any number
_UP, _DOWN = Context(prec=_DIGITS, rounding=ROUND_CEILING), Context(prec=_DIGITS, rounding=ROUND_FLOOR)


class _Bands(NamedTuple):
    """The three figures of one leg, and between which multiples of the reference no rate breaks any of them."""

    leg: LegOutline
    inner: Decimal
    collar: Decimal
    band: Decimal
    lowest: Decimal
    highest: Decimal


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Bands | Violation]:
    number = context.limits.number
    for leg in outline.legs:
        key = (outline.symbol, outline.hour, leg.tenor)
        inner, collar, band = number(_INNER, key), leg.collar, number(_BAND, key)
        if inner is None or collar is None or band is None:
            known = ((_INNER, inner), (COLLAR, collar), (_BAND, band))
            yield from (context.limits.undefined(table, key) for table, value in known if value is None)
        else:
            worse, better = min(inner, collar, band, _HALF), min(band, _HALF)
            below, above = (better, worse) if leg.base_is_bought else (worse, better)
            yield _Bands(leg, inner, collar, band, 1 - below, 1 + above)


def _judge(order: OrderView, bands: _Bands) -> tuple[Violation, ...]:
    leg, inner, collar, band, lowest, highest = bands
    mid, price = order.market.legs[leg.place].mid, order.prices[leg.place]
    if isinstance(mid, Violation):
        return (mid,)
    if price is None or mid * lowest <= price <= mid * highest:
        return ()
    found = _broken_band(price, mid, inner, collar, band, is_buy=leg.base_is_bought)
    if found is None:
        return ()
    limit, asked, problem, severity = found
    rate = "quoted rate" if order.is_quote else "limit rate"
    return (
        Violation(
            ReasonCode.PRICE_COLLAR,
            f"pair={order.outline.symbol} hour={order.outline.hour} tenor={leg.tenor}",
            limit=limit,
            used=ZERO,
            asked=asked.quantize(_STEP),
            free=limit,
            passes=None,
            detail=f"a {rate} of {price} is {problem} {mid.normalize():f}",
            severity=severity,
            remedy=_remedy(order, bands, rate, mid),
        ),
    )


def _remedy(order: OrderView, bands: _Bands, rate: str, mid: Decimal) -> str:
    """The rates that would pass, rounded inwards to the market's step; nothing where it leaves none."""
    tick, band = order.outline.pair.tick, bands.band
    worse = min(bands.collar, band)
    below, above = (band, worse) if bands.leg.base_is_bought else (worse, band)
    lowest = max(tick, round_rate(mid * (1 - below), tick, base_is_bought=False))
    highest = round_rate(mid * (1 + above), tick, base_is_bought=True)
    if lowest > highest:
        return ""
    return f"a {rate} from {lowest:,f} to {highest:,f} would pass{_in_the_files_pair(order, lowest, highest)}"


def _in_the_files_pair(order: OrderView, lowest: Decimal, highest: Decimal) -> str:
    """The same rates for who has written the row with its pair the other way round; "" where it is not."""
    pair = order.request.line.original_pair
    if not pair or order.is_quote:
        return ""
    return f", in the file's {pair} one from {_UP.divide(_ONE, highest):,f} to {_DOWN.divide(_ONE, lowest):,f}"


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


CHECK: Check[_Bands] = Check(
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
    resolve=_resolve,
    judge=_judge,
    is_for_quotes=True,
)
