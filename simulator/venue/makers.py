"""The venue's makers: each sees the market in its own way, answers in its own time, and sometimes not at all."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from simulator.faults.rules import latency_ns
from simulator.faults.scenario import Maker
from simulator.market.market import Market, Points, Quote
from simulator.market.pricing import leg_points
from trader.domain.deal import Deal

_BP = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Mood:
    """What chance makes of a maker for one request.

    Attributes:
        declines: It does not quote.
        wait_ns: How long it takes to answer.
        shift: How far it moves its spot rate, as a part of the rate.
    """

    declines: bool
    wait_ns: int
    shift: Decimal


class MakerDesk:
    """One maker at work, with random numbers of its own, so that makers do not disturb each other."""

    def __init__(self, maker: Maker, seed: int, number: int) -> None:
        self.maker = maker
        self._spread = Decimal(repr(maker.spread))
        self._random = np.random.default_rng([seed, 0x51, number])

    def mood(self) -> Mood:
        """How it takes the next request; each draws the same numbers, whatever comes of them."""
        maker = self.maker
        declines = self._random.random() < maker.declines
        wait_ns = latency_ns(maker.latency_ms, maker.p99_ms, self._random)
        shift_bp = maker.skew_bp + maker.noise_bp * self._random.standard_normal()
        return Mood(bool(declines), wait_ns, Decimal(repr(float(shift_bp))) / _BP)

    def spot(self, market: Market, deal: Deal, mood: Mood) -> Quote:
        """Its spot rate now, both sides, in the venue's price steps."""
        house = market.quote(deal.pair)
        tick = Decimal(1).scaleb(int(house.bid.as_tuple().exponent))
        mid = (house.bid + house.offer) / 2 * (1 + mood.shift)
        half = (house.offer - house.bid) / 2 * self._spread
        bid = max((mid - half).quantize(tick, ROUND_FLOOR), tick)
        return Quote(bid, max((mid + half).quantize(tick, ROUND_CEILING), bid + tick))

    def points(self, market: Market, deal: Deal) -> tuple[Points, ...]:
        """Its points for each leg now, both sides, in the venue's price steps."""
        return tuple(self._widened(points) for points in leg_points(market, deal))

    def _widened(self, house: Points) -> Points:
        tick = Decimal(1).scaleb(int(house.bid.as_tuple().exponent))
        mid, half = (house.bid + house.offer) / 2, (house.offer - house.bid) / 2 * self._spread
        return Points((mid - half).quantize(tick, ROUND_FLOOR), (mid + half).quantize(tick, ROUND_CEILING))
