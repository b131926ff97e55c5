"""What the market says to an outline: the reference of each leg, its collar, and what both currencies are worth.

It is looked up once, and holds until a rate changes or grows too old.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from risk.gate.outline import LegOutline, Outline
from risk.limits.book import LimitTable, undefined
from risk.rates.points import PointsCurves
from risk.rates.reference import RATE_MAX, RATE_MIN, Quote, ReferenceRates, Valuation, is_rate
from risk.rates.tenor import TenorBucket
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.calendars import Calendars
from trader.domain.money import ZERO

COLLAR = LimitTable("PRICE_COLLAR", "collar_fraction_max", ("pair", "hour", "tenor"))
UP_TO_SPOT = frozenset({TenorBucket.TOD_TOM, TenorBucket.SPOT})

# The lowest and the highest rate that a leg without a limit rate is reserved for.
Band = tuple[Decimal, Decimal]


class LegMarket(NamedTuple):
    """One leg.

    Attributes:
        points: The reference points of its value date, in rate units, or why there are none. Zero up to spot, and where
            no curve was loaded.
        mid: The reference outright: the reference rate's middle and the points, as far as there are any; or why there
            is no reference rate.
        band: The collar around it; None without a reference or a collar.
        edge: The rate inside the collar with the largest contra amount, or why that cannot be known: the upper one with
            the base dealt, the lower one with the terms dealt.
    """

    points: Decimal | Violation
    mid: Decimal | Violation
    band: Band | None
    edge: Decimal | Violation


class Market(NamedTuple):
    """All legs.

    Attributes:
        reference: The pair's reference rate for spot, or why there is none.
        legs: Each leg's, in the deal's order.
        bands: Each leg's band; empty when one has none.
        arrival: The reference outright of each leg, by which its fill is measured; empty when one has none, as beyond
            spot without forward points.
        dealt_value: What one unit of the dealt currency is worth in the reporting currency, or why that is not known.
        contra_value: What one unit of the contra currency is worth.
        since_ns: From when it holds, UTC nanoseconds.
        until_ns: The last moment at which it does.
    """

    reference: Quote | Violation
    legs: tuple[LegMarket, ...]
    bands: tuple[Band, ...]
    arrival: tuple[Decimal, ...]
    dealt_value: Decimal | Violation
    contra_value: Decimal | Violation
    since_ns: int
    until_ns: int


def look_up(outline: Outline, rates: ReferenceRates, points: PointsCurves, calendars: Calendars, now_ns: int) -> Market:
    """What the market says now. What it lacks it says for this moment only, because the reason names an age."""
    reference = rates.quote(outline.pair, now_ns)
    dealt = rates.valuation(outline.keys.dealt_currency, now_ns)
    contra = rates.valuation(outline.contra_currency, now_ns)
    spans = [_span(found, now_ns) for found in (reference, dealt, contra)]
    legs = []
    for leg in outline.legs:
        found: Decimal | Violation = ZERO
        if points.is_loaded and leg.tenor not in UP_TO_SPOT:
            found = points.points(outline.pair, leg.value_date, outline.keys.trade_date, calendars, now_ns)
            spans.append(_span(found, now_ns) if isinstance(found, Violation) else points.fresh_span(outline.pair))
        legs.append(_leg(outline, leg, reference, found))
    bands = [leg.band for leg in legs if leg.band is not None]
    return Market(
        reference=reference,
        legs=tuple(legs),
        bands=tuple(bands) if len(bands) == len(legs) else (),
        arrival=_arrival(outline, legs, has_points=points.is_loaded),
        dealt_value=dealt if isinstance(dealt, Violation) else dealt.rate,
        contra_value=contra if isinstance(contra, Violation) else contra.rate,
        since_ns=max([since_ns for since_ns, _ in spans]),
        until_ns=min([until_ns for _, until_ns in spans]),
    )


def _arrival(outline: Outline, legs: Sequence[LegMarket], *, has_points: bool) -> tuple[Decimal, ...]:
    rates = [
        leg.mid
        for leg, of in zip(legs, outline.legs, strict=True)
        if isinstance(leg.mid, Decimal) and (has_points or of.tenor in UP_TO_SPOT)
    ]
    return tuple(rates) if len(rates) == len(legs) else ()


def _span(found: Quote | Valuation | Violation, now_ns: int) -> tuple[int, int]:
    return (now_ns, now_ns) if isinstance(found, Violation) else (found.ts_ns, found.fresh_until_ns)


def _leg(outline: Outline, leg: LegOutline, reference: Quote | Violation, points: Decimal | Violation) -> LegMarket:
    mid = reference if isinstance(reference, Violation) else _outright(outline, reference.mid, points)
    if isinstance(mid, Violation):
        return LegMarket(points, mid, None, mid)
    if leg.collar is None:
        return LegMarket(points, mid, None, undefined(COLLAR, (outline.symbol, outline.hour, leg.tenor)))
    band = mid * (1 - leg.collar), mid * (1 + leg.collar)
    edge = band[1] if outline.dealt_is_base else band[0]
    if edge > ZERO:
        return LegMarket(points, mid, band, edge)
    detail = f"a collar of {leg.collar} leaves no rate above zero"
    return LegMarket(points, mid, band, broken_rule(ReasonCode.PRICE_COLLAR, f"pair={outline.symbol}", detail))


def _outright(outline: Outline, spot: Decimal, points: Decimal | Violation) -> Decimal | Violation:
    """Spot and points, as far as there are any."""
    if isinstance(points, Violation) or not points:
        return spot
    rate = spot + points
    if is_rate(rate):
        return rate
    detail = f"spot and points make an outright of {rate.normalize():f}; expected {RATE_MIN} to {RATE_MAX:,}"
    return broken_rule(ReasonCode.REFERENCE_BAD, f"pair={outline.symbol}", detail)
