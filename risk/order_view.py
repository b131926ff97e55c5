"""One order as the checks see it: its amounts, its reference rate and its tenor, worked out once for all of them."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from risk.ledger import Measure
from risk.limit_book import LimitBook, LimitTable, undefined
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.reference import RATE_MAX, RATE_MIN, Quote, ReferenceRates, is_rate
from risk.requests import OrderRequest
from risk.tenor import TenorBucket, tenor_bucket
from trader.domain.calendars import Calendars
from trader.domain.deal import Deal, Side
from trader.domain.errors import DomainError
from trader.domain.money import ZERO

COLLAR = LimitTable("PRICE_COLLAR", "collar_fraction_max", ("pair", "hour", "tenor"))
BATCHES_REMEMBERED = 20

AMOUNT_LIMIT = Decimal(10) ** 15  # far above any amount in the market

_CENT = Decimal("0.01")
_HALF = Decimal("0.5")
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
    calendars: Calendars
    memory: Memory = field(default_factory=Memory)
    # Dating is the same for every order of a pair, so it is worked out once for each value date.
    tenors: dict[tuple[str, str, date, date], TenorBucket | str] = field(default_factory=dict)
    value_date_problems: dict[tuple[str, str, date, date], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an order may come to, at worst.

    Attributes:
        rate: The worst rate, terms per one base.
        contra: Amount of the contra currency, rounded up to its minor unit.
        dealt_value: What one unit of the dealt currency is worth in the reporting currency.
        contra_value: What one unit of the contra currency is worth in the reporting currency.
        notional: ``(abs(base) fx + abs(terms) fx) / 2`` in the reporting currency, rounded up to the cent.
    """

    rate: Decimal
    contra: Decimal
    dealt_value: Decimal
    contra_value: Decimal
    notional: Decimal


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with everything derived from it.

    Attributes:
        request: The order.
        deal: What it would trade, one leg.
        now_ns: The moment of the check, UTC nanoseconds.
        pair: The pair as text.
        hour: The hour of ``now_ns``, 00 to 23 UTC.
        tenor: How far ahead it is; the longest bucket when that cannot be found.
        tenor_problem: Why the tenor cannot be found, else "".
        reference: The pair's reference rate, or why there is none.
        exposure: What it may come to at its worst rate, or why that cannot be known.
    """

    request: OrderRequest
    deal: Deal
    now_ns: int
    pair: str
    hour: str
    tenor: TenorBucket
    tenor_problem: str
    reference: Quote | Violation
    exposure: Exposure | Violation

    @property
    def amount(self) -> Decimal:
        """What is asked, of the dealt currency."""
        return self.deal.near_leg.amount

    def passes(self, free: Decimal, asked: Decimal, measure: Measure) -> Decimal:
        """The part of the amount that fits where ``asked`` does not, in whole minor units; tried, as sides round up.

        Args:
            free: What is left of the limit, in its own unit.
            asked: What the order takes of it, in the same unit.
            measure: Which amount of the order that is.
        """
        step = self.deal.dealt_currency.minor_unit
        size = self.amount * free / asked // step * step
        while size > ZERO and self._measured(size, measure) > free:
            size -= step
            step *= 2  # a unit of a small currency is less than the contra currency's rounding
        return max(ZERO, size)

    def _measured(self, amount: Decimal, measure: Measure) -> Decimal:
        """What the order would take of a limit with this amount."""
        exposure = self.exposure
        if measure is Measure.DEALT or isinstance(exposure, Violation):
            return amount
        contra = worst_contra(self.deal, amount, exposure.rate)
        if measure is Measure.CONTRA:
            return contra
        return notional(amount, exposure.dealt_value, contra, exposure.contra_value)


def look_at(request: OrderRequest, context: CheckContext, now_ns: int) -> OrderView | Violation:
    """Work out an order's view.

    Returns:
        The view; or, when the order has no amount or a shape the checks do not know, the violation that ends the check.
    """
    deal = request.deal
    shape = _shape_problem(request)
    if shape is not None:
        return shape
    pair = str(deal.pair)
    hour = _HOURS[now_ns // _NS_PER_HOUR % 24]
    found = _tenor(request, context)
    tenor = found if isinstance(found, TenorBucket) else TenorBucket.OVER_ONE_YEAR
    reference = context.rates.quote(deal.pair, now_ns)
    worst_rate = _worst_rate(request, reference, context.limits, (pair, hour, tenor))
    return OrderView(
        request=request,
        deal=deal,
        now_ns=now_ns,
        pair=pair,
        hour=hour,
        tenor=tenor,
        tenor_problem="" if tenor is found else str(found),
        reference=reference,
        exposure=_exposure(deal, worst_rate, context.rates, now_ns),
    )


def notional(dealt: Decimal, dealt_value: Decimal, contra: Decimal, contra_value: Decimal) -> Decimal:
    """The mean of both sides' worth in the reporting currency, rounded up to the cent."""
    return ((dealt * dealt_value + contra * contra_value) * _HALF).quantize(_CENT, rounding=ROUND_CEILING)


def worst_contra(deal: Deal, amount: Decimal, rate: Decimal) -> Decimal:
    """The contra amount of so much of the dealt currency, rounded up to its minor unit."""
    exact = amount * rate if deal.contra_currency == deal.pair.terms else amount / rate
    return exact.quantize(deal.contra_currency.minor_unit, rounding=ROUND_CEILING)


def _shape_problem(request: OrderRequest) -> Violation | None:
    deal, limit_rate = request.deal, request.line.limit_rate
    amount = deal.near_leg.amount
    if deal.far_leg is not None:
        code, detail = ReasonCode.MANDATE, "the checks know deals of one leg only, and this one has two"
    elif deal.dealt_currency not in deal.pair:
        code, detail = ReasonCode.WRONG_WAY, f"the dealt currency {deal.dealt_currency} is not in {deal.pair}"
    elif not amount.is_finite() or not ZERO < amount < AMOUNT_LIMIT:
        code = ReasonCode.ORDER_SIZE
        detail = f"the amount is {amount}; expected a number above zero and below {AMOUNT_LIMIT:,}"
    elif limit_rate is not None and not is_rate(limit_rate):
        code = ReasonCode.PRICE_COLLAR
        detail = f"the limit rate is {limit_rate}; expected a number from {RATE_MIN} to {RATE_MAX:,}"
    else:
        return None
    return broken_rule(code, f"line={request.line_key}", detail)


def _tenor(request: OrderRequest, context: CheckContext) -> TenorBucket | str:
    pair, value_date = request.deal.pair, request.deal.near_leg.value_date
    key = (pair.base, pair.terms, request.trade_date, value_date)
    found = context.tenors.get(key)
    if found is None:
        try:
            found = tenor_bucket(pair, value_date, request.trade_date, context.calendars)
        except DomainError as error:
            found = str(error)
        context.tenors[key] = found
    return found


def _worst_rate(
    request: OrderRequest, reference: Quote | Violation, limits: LimitBook, collar_key: tuple[str, ...]
) -> Decimal | Violation:
    """The rate at which an order uses most of its limits: where the contra amount is largest.

    The limit rate of an order that buys its dealt currency caps what is paid for it. The limit rate of one that sells
    it is only the least that is received: the market may give more, up to the edge of the collar. A market order
    has the collar's edge alone. So no fill at its limit or better, inside the collar, posts more than was reserved.
    """
    limit_rate = request.line.limit_rate
    if limit_rate is not None and request.deal.near_leg.side is Side.BUY:
        return limit_rate
    edge = _collar_edge(request.deal, reference, limits, collar_key)
    if limit_rate is None or isinstance(edge, Violation):
        return edge
    return max(limit_rate, edge) if request.deal.dealt_currency == request.deal.pair.base else min(limit_rate, edge)


def _collar_edge(
    deal: Deal, reference: Quote | Violation, limits: LimitBook, collar_key: tuple[str, ...]
) -> Decimal | Violation:
    """The rate inside the collar with the largest contra amount.

    That is ``reference x (1 + collar)`` with the base dealt and ``reference x (1 - collar)`` with the terms dealt.
    """
    if isinstance(reference, Violation):
        return reference
    collar = limits.number(COLLAR, collar_key)
    if collar is None:
        return undefined(COLLAR, collar_key)
    edge = reference.mid * ((1 + collar) if deal.dealt_currency == deal.pair.base else (1 - collar))
    if edge > ZERO:
        return edge
    return broken_rule(ReasonCode.PRICE_COLLAR, f"pair={deal.pair}", f"a collar of {collar} leaves no rate above zero")


def _exposure(deal: Deal, worst_rate: Decimal | Violation, rates: ReferenceRates, now_ns: int) -> Exposure | Violation:
    if isinstance(worst_rate, Violation):
        return worst_rate
    dealt_value = rates.to_reporting(deal.dealt_currency, now_ns)
    if isinstance(dealt_value, Violation):
        return dealt_value
    contra_currency = deal.contra_currency
    contra_value = rates.to_reporting(contra_currency, now_ns)
    if isinstance(contra_value, Violation):
        return contra_value
    dealt = deal.near_leg.amount
    contra = worst_contra(deal, dealt, worst_rate)
    return Exposure(worst_rate, contra, dealt_value, contra_value, notional(dealt, dealt_value, contra, contra_value))
