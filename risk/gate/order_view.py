"""One order as the checks see it: its outline, its rates and its worst amounts, worked out once for all of them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from risk.gate.outline import LegOutline, Outline
from risk.gate.requests import OrderRequest
from risk.ledger.exposure import Exposure, exposure_of
from risk.ledger.ledger import Ledger
from risk.limits.book import LimitBook
from risk.losses.estimates import Estimates
from risk.losses.profit import Profits
from risk.memory.dealt_rows import DealtRows
from risk.memory.live_orders import LiveOrders
from risk.memory.look_alikes import LookAlikes
from risk.rates.market import LegMarket, Market
from risk.rates.points import PointsCurves
from risk.rates.reference import ReferenceRates
from risk.rates.tenor import TenorBucket
from risk.reasons import Violation
from risk.rules.book import RuleBook
from risk.rules.indicators import Indicators
from risk.stops.stops import StopBook
from trader.domain.calendars import Calendars
from trader.domain.deal import Deal, Side
from trader.domain.errors import DomainError
from trader.domain.money import ZERO
from trader.domain.value_date import spot_date

BATCHES_REMEMBERED = 20


@dataclass(slots=True)
class Memory:
    """What the gate has seen before.

    Attributes:
        lines: Trade date, account and row id of each line, and which line of which batch it was.
        batch_hashes: Content hash of each batch, and the batch's name.
        names: The counterparties that were traded with, and how many fills there are of each that stand.
        batch_gross: The gross of each desk's last batches, reporting currency, oldest first.
        live_orders: What SELF_MATCH looks at.
        look_alikes: What ORDER_DUPLICATE looks at within a day.
        dealt_rows: What it looks at on other days.
    """

    lines: dict[tuple[date, str, str], str] = field(default_factory=dict)
    batch_hashes: dict[str, str] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    batch_gross: dict[str, deque[Decimal]] = field(default_factory=dict)
    live_orders: LiveOrders = field(default_factory=LiveOrders)
    look_alikes: LookAlikes = field(default_factory=LookAlikes)
    dealt_rows: DealtRows = field(default_factory=DealtRows)

    def traded_with(self, name: str, fills: int) -> None:
        """A counterparty has so many fills more. One whose last was taken back is not known any longer."""
        count = self.names.get(name, 0) + fills
        if count > 0:
            self.names[name] = count
        else:
            self.names.pop(name, None)


@dataclass(slots=True)
class CheckContext:
    """All that a check may look at besides the order."""

    limits: LimitBook
    rates: ReferenceRates
    points: PointsCurves
    calendars: Calendars
    ledger: Ledger
    stops: StopBook
    profits: Profits
    estimates: Estimates
    memory: Memory = field(default_factory=Memory)
    risk_day: date = date.min
    rules: RuleBook = field(default_factory=RuleBook)
    indicators: Indicators = field(default_factory=Indicators)
    # Dating is the same for every order of a pair, so it is worked out once for each value date.
    tenors: dict[tuple[str, str, date, date], TenorBucket | str] = field(default_factory=dict)
    value_date_problems: dict[tuple[str, str, date, date], str] = field(default_factory=dict)
    spot_dates: dict[tuple[str, str, date], date | None] = field(default_factory=dict)

    def days_after_spot(self, outline: Outline) -> int | None:
        """Calendar days from spot to the last value date; None for a pair without spot, which VALUE_DATE denies."""
        pair, trade_date = outline.pair, outline.keys.trade_date
        key = (pair.base, pair.terms, trade_date)
        if key not in self.spot_dates:
            try:
                self.spot_dates[key] = spot_date(pair, trade_date, self.calendars)
            except DomainError:
                self.spot_dates[key] = None
        spot = self.spot_dates[key]
        return None if spot is None else (max(outline.days) - spot).days


class OrderView:
    """An order with everything derived from it. Written out, because every order makes one, and reads it a lot.

    Attributes:
        request: The order.
        deal: What it would trade.
        outline: All of it but size and rate.
        market: What the market says to it.
        prices: What the rate of each leg shall be, terms per base: the order's limit or the quote's; None when the
            market says.
        exposure: What it may come to at its worst rates, or why that cannot be known.
        is_quote: True when the prices are those of a quote, False when they are the order's own limit.
        now_ns: When it is judged, UTC nanoseconds.
    """

    __slots__ = ("deal", "exposure", "is_quote", "market", "now_ns", "outline", "prices", "request")

    def __init__(
        self,
        request: OrderRequest,
        deal: Deal,
        outline: Outline,
        market: Market,
        prices: tuple[Decimal | None, ...],
        exposure: Exposure | Violation,
        *,
        is_quote: bool,
        now_ns: int,
    ) -> None:
        self.request = request
        self.deal = deal
        self.outline = outline
        self.market = market
        self.prices = prices
        self.exposure = exposure
        self.is_quote = is_quote
        self.now_ns = now_ns

    def passes(
        self, free: Decimal, asked: Decimal, takes: Callable[[Exposure], Decimal], *, is_straight: bool = True
    ) -> Decimal:
        """The near amount that fits where the whole does not, in whole minor units; tried, as sides round up.

        Args:
            free: What is left of the limit, in its own unit.
            asked: What the order takes of it, in the same unit.
            takes: What an order of another size would take, by its exposure.
            is_straight: False where the first part of an order may take less than its share, as of a position that it
                makes smaller before it makes it larger.
        """
        whole_exposure = self.exposure
        if isinstance(whole_exposure, Violation):
            return ZERO
        step, whole = self.outline.dealt_unit, self.deal.near_leg.amount
        size = whole * free / asked // step * step
        while size > ZERO and takes(self._scaled(whole_exposure, size)) > free:
            size -= step
            step *= 2  # a unit of a small currency is less than the contra currency's rounding
        size = max(ZERO, size)
        if is_straight:
            return size
        unit = self.outline.dealt_unit
        too_large = whole // unit * unit + unit
        while too_large - size > unit:
            middle = (size + too_large) / 2 // unit * unit
            taken = takes(self._scaled(whole_exposure, middle))
            if taken <= free or not taken:
                size = middle
            else:
                too_large = middle
        return size

    def _scaled(self, exposure: Exposure, near_amount: Decimal) -> Exposure:
        """The exposure with another near amount, and the other legs in proportion."""
        deal, unit = self.deal, self.outline.dealt_unit
        whole = deal.near_leg.amount
        far_legs = tuple(replace(leg, amount=leg.amount * near_amount / whole // unit * unit) for leg in deal.far_legs)
        deal = replace(deal, near_leg=replace(deal.near_leg, amount=near_amount), far_legs=far_legs)
        return exposure_of(self.outline, deal, exposure.rates, exposure.dealt_value, exposure.contra_value)


def look_at(
    request: OrderRequest, outline: Outline, market: Market, now_ns: int, quoted: tuple[Decimal, ...] | None = None
) -> OrderView:
    """Work out an order's view.

    Args:
        request: The order, of a shape that the checks know.
        outline: Its outline.
        market: What the market says to it now.
        now_ns: Now, UTC nanoseconds.
        quoted: The all-in rate of each leg, as many as there are, where a quote is looked at; None for the order's own.
    """
    deal = request.order_deal
    prices = (request.line.limit_rate,) * len(outline.legs) if quoted is None else quoted
    exposure = _exposure(outline, deal, prices, market)
    is_quote = quoted is not None
    return OrderView(request, deal, outline, market, prices, exposure, is_quote=is_quote, now_ns=now_ns)


def _exposure(outline: Outline, deal: Deal, prices: tuple[Decimal | None, ...], market: Market) -> Exposure | Violation:
    rates = []
    for place, leg in enumerate(outline.legs):
        price, seen = prices[place], market.legs[place]
        worst = seen.edge if price is None else _worst_rate(leg, price, seen, outline)
        if isinstance(worst, Violation):
            return worst
        # The legs of a deal without a limit rate: the collar's other edge is as far from the middle.
        best = 2 * seen.mid - worst if deal.far_legs and isinstance(seen.mid, Decimal) else worst
        rates.append((worst, best))
    dealt_value, contra_value = market.dealt_value, market.contra_value
    if isinstance(dealt_value, Violation):
        return dealt_value
    if isinstance(contra_value, Violation):
        return contra_value
    return exposure_of(outline, deal, tuple(rates), dealt_value, contra_value)


def _worst_rate(leg: LegOutline, price: Decimal, market: LegMarket, outline: Outline) -> Decimal | Violation:
    """The rate at which a leg with a limit rate uses most of its limits: where the contra amount is largest.

    The limit rate of a leg that buys its dealt currency caps what is paid for it. The limit rate of one that sells
    it is only the least that is received: the market may give more, up to the edge of the collar. Without a limit
    rate there is the collar's edge alone. So no fill at its limit or better, inside the collar, posts more than was
    reserved.
    """
    if leg.side is Side.BUY:
        return price
    edge = market.edge
    if isinstance(edge, Violation):
        return edge
    return max(price, edge) if outline.dealt_is_base else min(price, edge)
