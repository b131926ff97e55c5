"""The simulated market: mid rates that walk around their opening, a house spread, and forwards by interest parity.

Each currency's rate against the euro walks by itself, and every pair is a cross of two, so that no triangle can be
arbitraged. The walk is pulled back to its start: it strays some 0.02 % and practically never 0.1 %, however long the
session lasts, so an order half a percent through the market is always marketable.

Deterministic: the state is a function of the opening rates, the seed and the number of ticks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import exp, floor, log, log10

import numpy as np

from simulator.market.rates import OpeningRates, half_spread_bp, interest
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.errors import DomainError

TICK_NS = 250_000_000

_STEP = 2e-5  # standard deviation of one tick's move of a rate against the euro: 0.2 basis points
_PULL = 0.01  # part of the distance from the opening that a tick takes back
_SIGNIFICANT_DIGITS = 6  # a pair quoted the other way round, such as JPY/USD, needs more than its usual decimals
_SPOT_LAG_DAYS = 2
_POINTS_HALF_SPREAD = 0.01  # half the spread between the points' bid and offer, as a part of the points
_YEAR_DAYS = 360  # money-market convention, actual/360


@dataclass(frozen=True, slots=True)
class Quote:
    """The house's spot prices of one pair.

    Attributes:
        bid: Where the house buys the base, terms per base.
        offer: Where the house sells the base, terms per base; above the bid.
    """

    bid: Decimal
    offer: Decimal

    def on_side(self, base_is_bought: bool) -> Decimal:
        """The rate for a client who buys or sells the base."""
        return self.offer if base_is_bought else self.bid


@dataclass(frozen=True, slots=True)
class Points:
    """The house's forward points of one pair for one value date, in rate units: outright = spot + points.

    Attributes:
        bid: Where the house buys the base for that date.
        offer: Where the house sells it; not below the bid.
    """

    bid: Decimal
    offer: Decimal

    def on_side(self, base_is_bought: bool) -> Decimal:
        """The points for a client who buys or sells the base."""
        return self.offer if base_is_bought else self.bid


NO_POINTS = Points(Decimal(0), Decimal(0))


class Market:
    """Rates of all pairs at one moment of virtual time."""

    def __init__(
        self, seed: int, rates: OpeningRates, trade_date: date, start_ns: int, rate_decimals: Mapping[str, int]
    ) -> None:
        """Open the market.

        Args:
            seed: Seed of the walk.
            rates: Where it opens.
            trade_date: Forwards count their days from this date's spot date, weekends left out and no holidays.
            start_ns: The moment of opening, UTC nanoseconds.
            rate_decimals: Price decimals of the pairs where the venue differs from the market.
        """
        self._rates = rates
        self._rate_decimals = rate_decimals
        self._index = {currency: position for position, currency in enumerate(rates.per_euro)}
        self._opening = list(rates.per_euro.values())
        self._noise = np.random.default_rng([seed, 0x3A])
        self._walk = np.zeros(len(self._opening))
        self._spot_date = date.fromisoformat(
            str(np.busday_offset(trade_date.isoformat(), _SPOT_LAG_DAYS, roll="forward"))
        )
        self._spots: dict[CurrencyPair, Quote] = {}
        self._points: dict[tuple[CurrencyPair, date], Points] = {}
        self.next_tick_ns = start_ns + TICK_NS

    def advance(self, now_ns: int) -> None:
        """Take every tick due at or before ``now_ns``; a moment in the past changes nothing."""
        due = (now_ns - self.next_tick_ns) // TICK_NS + 1
        if due <= 0:
            return
        for noise in self._noise.standard_normal((due, len(self._opening))):
            self._walk += _STEP * noise - _PULL * self._walk
        self.next_tick_ns += due * TICK_NS
        self._spots.clear()
        self._points.clear()

    def jump(self, currency: Currency, bp: int) -> None:
        """Move a currency at once against all others; the walk then takes it back as it takes back everything.

        Args:
            currency: Which.
            bp: By so many basis points; above zero it becomes cheaper.

        Raises:
            DomainError: It has no rate.
        """
        if currency not in self._index:
            raise DomainError(f"the house has no rate for {currency}; it has rates for {' '.join(self._index)}")
        self._walk[self._index[currency]] += log(1 + bp / 10_000)
        self._spots.clear()
        self._points.clear()

    def quotes(self, pair: CurrencyPair) -> bool:
        """Whether the house makes a price in the pair."""
        return pair.base in self._index and pair.terms in self._index

    def quote(self, pair: CurrencyPair) -> Quote:
        """The house's spot prices now.

        Args:
            pair: Either way round.

        Raises:
            DomainError: A currency of the pair has no rate.
        """
        spot = self._spots.get(pair)
        if spot is None:
            spot = self._spots[pair] = self._make_spot(pair)
        return spot

    def points(self, pair: CurrencyPair, value_date: date) -> Points:
        """The house's forward points now, against today's spot date; below zero at a discount.

        Args:
            pair: Either way round.
            value_date: The day of payment; before the spot date for what is paid sooner.

        Raises:
            DomainError: A currency of the pair has no rate.
        """
        key = (pair, value_date)
        known = self._points.get(key)
        if known is None:
            known = self._points[key] = self._make_points(pair, value_date)
        return known

    def _make_spot(self, pair: CurrencyPair) -> Quote:
        mid, tick = self._mid(pair)
        half = mid * self._rates.half_spread_bp.get(pair, half_spread_bp(pair)) / 10_000
        bid = Decimal(repr(mid - half)).quantize(tick, ROUND_FLOOR)
        offer = Decimal(repr(mid + half)).quantize(tick, ROUND_CEILING)
        return Quote(max(bid, tick), max(offer, bid + tick))

    def _make_points(self, pair: CurrencyPair, value_date: date) -> Points:
        mid, tick = self._mid(pair)
        years = (value_date - self._spot_date).days / _YEAR_DAYS
        points = mid * ((1 + interest(pair.terms) * years) / (1 + interest(pair.base) * years) - 1)
        half = abs(points) * _POINTS_HALF_SPREAD
        return Points(
            Decimal(repr(points - half)).quantize(tick, ROUND_FLOOR),
            Decimal(repr(points + half)).quantize(tick, ROUND_CEILING),
        )

    def _mid(self, pair: CurrencyPair) -> tuple[float, Decimal]:
        """The pair's spot rate between bid and offer, and the step of its prices."""
        if not self.quotes(pair):
            raise DomainError(f"the house makes no price in {pair}; it has rates for {' '.join(self._index)}")
        mid = self._level(pair.terms) / self._level(pair.base)
        decimals = self._rate_decimals.get(str(pair))
        if decimals is None:
            decimals = max(pair.rate_decimals, _SIGNIFICANT_DIGITS - 1 - floor(log10(mid)))
        return mid, Decimal(1).scaleb(-decimals)

    def _level(self, currency: Currency) -> float:
        position = self._index[currency]
        return float(self._opening[position] * exp(self._walk[position]))
