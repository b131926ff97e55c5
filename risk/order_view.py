"""One order as the checks see it: each leg's dates, rates and worst amounts, worked out once for all of them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from risk.exposure import Exposure, exposure_of
from risk.limit_book import LimitBook, LimitTable, undefined
from risk.points import PointsCurves
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.reference import RATE_MAX, RATE_MIN, Quote, ReferenceRates, is_rate
from risk.requests import OrderRequest
from risk.shape import shape_problem
from risk.tenor import TenorBucket, tenor_bucket
from trader.domain.calendars import Calendars
from trader.domain.deal import Deal, Leg, Side
from trader.domain.errors import DomainError
from trader.domain.money import ZERO

COLLAR = LimitTable("PRICE_COLLAR", "collar_fraction_max", ("pair", "hour", "tenor"))
BATCHES_REMEMBERED = 20
UP_TO_SPOT = frozenset({TenorBucket.TOD_TOM, TenorBucket.SPOT})

_NS_PER_HOUR = 3_600_000_000_000
_HOURS = tuple(f"{hour:02}" for hour in range(24))


@dataclass(slots=True)
class Memory:
    """What the gate has seen before.

    Attributes:
        lines: Trade date, account and row id of each line, and which line of which batch it was.
        batch_hashes: Content hash of each batch, and the batch's name.
        batch_gross: The gross of each desk's last batches, reporting currency, oldest first.
    """

    lines: dict[tuple[date, str, str], str] = field(default_factory=dict)
    batch_hashes: dict[str, str] = field(default_factory=dict)
    batch_gross: dict[str, deque[Decimal]] = field(default_factory=dict)


@dataclass(slots=True)
class CheckContext:
    """All that a check may look at besides the order."""

    limits: LimitBook
    rates: ReferenceRates
    points: PointsCurves
    calendars: Calendars
    memory: Memory = field(default_factory=Memory)
    # Dating is the same for every order of a pair, so it is worked out once for each value date.
    tenors: dict[tuple[str, str, date, date], TenorBucket | str] = field(default_factory=dict)
    value_date_problems: dict[tuple[str, str, date, date], str] = field(default_factory=dict)


class LegView(NamedTuple):
    """One leg. A tuple, because every order makes one.

    Attributes:
        leg: The leg.
        base_is_bought: True when it receives the pair's base.
        tenor: How far ahead it is; the longest bucket when that cannot be found.
        tenor_problem: Why the tenor cannot be found, else "".
        points: The reference points of its value date, in rate units, or why there are none. Zero up to spot, and where
            no curve was loaded.
        mid: The reference outright: the reference rate's middle and the points, as far as there are any; or why there
            is no reference rate.
        price: What its rate shall be, terms per base: the order's limit or the quote's; None when the market says.
        worst_rate: The rate at which it uses most of its limits, or why that cannot be known.
    """

    leg: Leg
    base_is_bought: bool
    tenor: TenorBucket
    tenor_problem: str
    points: Decimal | Violation
    mid: Decimal | Violation
    price: Decimal | None
    worst_rate: Decimal | Violation


class OrderView(NamedTuple):
    """An order with everything derived from it. A tuple, because every order makes one.

    Attributes:
        request: The order.
        deal: What it would trade.
        now_ns: The moment of the check, UTC nanoseconds.
        pair: The pair as text.
        hour: The hour of ``now_ns``, 00 to 23 UTC.
        reference: The pair's reference rate for spot, or why there is none.
        legs: The deal's legs, in its order.
        exposure: What it may come to at its worst rates, or why that cannot be known.
        is_quote: True when the legs' prices are those of a quote, False when they are the order's own limit.
    """

    request: OrderRequest
    deal: Deal
    now_ns: int
    pair: str
    hour: str
    reference: Quote | Violation
    legs: tuple[LegView, ...]
    exposure: Exposure | Violation
    is_quote: bool

    def passes(self, free: Decimal, asked: Decimal, takes: Callable[["OrderView"], Decimal]) -> Decimal:
        """The near amount that fits where the whole does not, in whole minor units; tried, as sides round up.

        Args:
            free: What is left of the limit, in its own unit.
            asked: What the order takes of it, in the same unit.
            takes: What an order of another size would take.
        """
        step, whole = self.deal.dealt_currency.minor_unit, self.deal.near_leg.amount
        size = whole * free / asked // step * step
        while size > ZERO and takes(self._scaled(size)) > free:
            size -= step
            step *= 2  # a unit of a small currency is less than the contra currency's rounding
        return max(ZERO, size)

    def _scaled(self, near_amount: Decimal) -> "OrderView":
        """The order with another near amount, and the other legs in proportion."""
        if isinstance(self.exposure, Violation):
            return self
        deal, unit = self.deal, self.deal.dealt_currency.minor_unit
        whole = deal.near_leg.amount
        far_legs = tuple(replace(leg, amount=leg.amount * near_amount / whole // unit * unit) for leg in deal.far_legs)
        deal = replace(deal, near_leg=replace(deal.near_leg, amount=near_amount), far_legs=far_legs)
        rates = [(each.worst_rate, each.best_rate) for each in self.exposure.legs]
        return self._replace(
            deal=deal, exposure=exposure_of(deal, rates, self.exposure.dealt_value, self.exposure.contra_value)
        )


def look_at(
    request: OrderRequest, context: CheckContext, now_ns: int, quoted: tuple[Decimal, ...] | None = None
) -> OrderView | Violation:
    """Work out an order's view.

    Args:
        request: The order.
        context: What it is seen against.
        now_ns: The moment, UTC nanoseconds.
        quoted: The all-in rate of each leg, as many as there are, where a quote is looked at; None for the order's own.

    Returns:
        The view; or, when the order has no amount or a shape the checks do not know, the violation that ends the check.
    """
    deal, limit_rate = request.order_deal, request.line.limit_rate
    problem = shape_problem(request)
    if problem is not None:
        return problem
    reference = context.rates.quote(deal.pair, now_ns)
    legs = tuple(
        [
            _look_at_leg(request, leg, limit_rate if quoted is None else quoted[place], reference, context, now_ns)
            for place, leg in enumerate(deal.legs)
        ]
    )
    return OrderView(
        request=request,
        deal=deal,
        now_ns=now_ns,
        pair=str(deal.pair),
        hour=_hour(now_ns),
        reference=reference,
        legs=legs,
        exposure=_exposure(deal, legs, context.rates, now_ns),
        is_quote=quoted is not None,
    )


def _look_at_leg(
    request: OrderRequest,
    leg: Leg,
    price: Decimal | None,
    reference: Quote | Violation,
    context: CheckContext,
    now_ns: int,
) -> LegView:
    deal = request.order_deal
    found = _tenor(request, leg, context)
    tenor = found if isinstance(found, TenorBucket) else TenorBucket.OVER_ONE_YEAR
    points: Decimal | Violation = ZERO
    if context.points.is_loaded and tenor not in UP_TO_SPOT:
        points = context.points.points(deal.pair, leg.value_date, request.trade_date, context.calendars, now_ns)
    mid: Decimal | Violation = reference if isinstance(reference, Violation) else reference.mid
    if points and isinstance(points, Decimal) and isinstance(mid, Decimal):
        mid = _outright(deal, mid + points)
    collar_key = (str(deal.pair), _hour(now_ns), tenor)
    return LegView(
        leg=leg,
        base_is_bought=(leg.side is Side.BUY) == (deal.dealt_currency == deal.pair.base),
        tenor=tenor,
        tenor_problem="" if tenor is found else str(found),
        points=points,
        mid=mid,
        price=price,
        worst_rate=_worst_rate(deal, leg, price, mid, context.limits, collar_key),
    )


def _outright(deal: Deal, rate: Decimal) -> Decimal | Violation:
    if is_rate(rate):
        return rate
    detail = f"spot and points make an outright of {rate.normalize():f}; expected {RATE_MIN} to {RATE_MAX:,}"
    return broken_rule(ReasonCode.REFERENCE_BAD, f"pair={deal.pair}", detail)


def _hour(now_ns: int) -> str:
    return _HOURS[now_ns // _NS_PER_HOUR % 24]


def _tenor(request: OrderRequest, leg: Leg, context: CheckContext) -> TenorBucket | str:
    pair = request.order_deal.pair
    key = (pair.base, pair.terms, request.trade_date, leg.value_date)
    found = context.tenors.get(key)
    if found is None:
        try:
            found = tenor_bucket(pair, leg.value_date, request.trade_date, context.calendars)
        except DomainError as error:
            found = str(error)
        context.tenors[key] = found
    return found


def _worst_rate(
    deal: Deal,
    leg: Leg,
    limit_rate: Decimal | None,
    mid: Decimal | Violation,
    limits: LimitBook,
    collar_key: tuple[str, ...],
) -> Decimal | Violation:
    """The rate at which a leg uses most of its limits: where the contra amount is largest.

    The limit rate of a leg that buys its dealt currency caps what is paid for it. The limit rate of one that sells
    it is only the least that is received: the market may give more, up to the edge of the collar. Without a limit
    rate there is the collar's edge alone. So no fill at its limit or better, inside the collar, posts more than was
    reserved.
    """
    if limit_rate is not None and leg.side is Side.BUY:
        return limit_rate
    edge = _collar_edge(deal, mid, limits, collar_key)
    if limit_rate is None or isinstance(edge, Violation):
        return edge
    return max(limit_rate, edge) if deal.dealt_currency == deal.pair.base else min(limit_rate, edge)


def _collar_edge(
    deal: Deal, mid: Decimal | Violation, limits: LimitBook, collar_key: tuple[str, ...]
) -> Decimal | Violation:
    """The rate inside the collar with the largest contra amount.

    That is ``reference x (1 + collar)`` with the base dealt and ``reference x (1 - collar)`` with the terms dealt.
    """
    if isinstance(mid, Violation):
        return mid
    collar = limits.number(COLLAR, collar_key)
    if collar is None:
        return undefined(COLLAR, collar_key)
    edge = mid * ((1 + collar) if deal.dealt_currency == deal.pair.base else (1 - collar))
    if edge > ZERO:
        return edge
    return broken_rule(ReasonCode.PRICE_COLLAR, f"pair={deal.pair}", f"a collar of {collar} leaves no rate above zero")


def _exposure(deal: Deal, legs: tuple[LegView, ...], rates: ReferenceRates, now_ns: int) -> Exposure | Violation:
    worst_to_best = []
    for view in legs:
        worst, mid = view.worst_rate, view.mid
        if isinstance(worst, Violation):
            return worst
        # The legs of a deal without a limit rate: the collar's other edge is as far from the middle.
        best = 2 * mid - worst if deal.far_legs and isinstance(mid, Decimal) else worst
        worst_to_best.append((worst, best))
    dealt_value = rates.to_reporting(deal.dealt_currency, now_ns)
    if isinstance(dealt_value, Violation):
        return dealt_value
    contra_value = rates.to_reporting(deal.contra_currency, now_ns)
    if isinstance(contra_value, Violation):
        return contra_value
    return exposure_of(deal, worst_to_best, dealt_value, contra_value)
