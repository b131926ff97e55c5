"""What a deal costs: one spot rate for all of its legs, and forward points for each.

The house gives the spot rate of the side that the deal is on as a whole, so an even swap pays no spread on its spot
rate; the points of each leg are those of the leg's own side, so the far leg pays for the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulator.market.market import NO_POINTS, Market, Points, Quote
from trader.domain.deal import Deal, Leg, Product, Side
from trader.domain.events import LegTraded
from trader.domain.money import ZERO, contra_amount

_BP = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Price:
    """One side of a deal.

    Attributes:
        spot: The spot rate that all legs share, terms per base.
        rates: Each leg's all-in rate: the spot rate and the leg's own points.
    """

    spot: Decimal
    rates: tuple[Decimal, ...]

    @property
    def near_points(self) -> Decimal:
        """The near leg's forward points, in rate units."""
        return self.rates[0] - self.spot

    def times(self, factor: Decimal) -> "Price":
        """The same price so many times as high."""
        return self if factor == 1 else Price(self.spot * factor, tuple(rate * factor for rate in self.rates))

    def worse(self, bp: Decimal, *, base_is_bought: bool) -> "Price":
        """The same price so many basis points worse for who buys or sells the base; below zero, better."""
        if not bp:
            return self
        shift = moved(self.spot, bp if base_is_bought else -bp) - self.spot
        return Price(self.spot + shift, tuple(rate + shift for rate in self.rates))


def moved(rate: Decimal, bp: Decimal) -> Decimal:
    """The rate so many basis points up, by one price step at least; below zero, down; 0 leaves it."""
    if not bp:
        return rate
    step = Decimal(1).scaleb(int(rate.as_tuple().exponent))
    shift = (rate * bp / _BP).quantize(step)
    return rate + (shift or step.copy_sign(bp))


def house_price(market: Market, deal: Deal) -> Price:
    """What the house asks for a deal now.

    Raises:
        DomainError: It makes no price in the pair.
    """
    spot, base_is_bought = market.quote(deal.pair), deal.base_is_bought
    if deal.product is Product.SPOT:  # most orders: no points to look for
        rate = spot.on_side(base_is_bought)
        return Price(rate, (rate,))
    return price_of(deal, spot, leg_points(market, deal), base_is_bought=base_is_bought)


def leg_points(market: Market, deal: Deal) -> tuple[Points, ...]:
    """The house's forward points for the dates of a deal's legs now; a spot leg has none, whatever its date."""
    return tuple(
        NO_POINTS
        if deal.product is Product.SPOT or leg.tenor == Product.SPOT
        else market.points(deal.pair, leg.value_date)
        for leg in deal.legs
    )


def price_of(deal: Deal, spot: Quote, points: Sequence[Points], *, base_is_bought: bool) -> Price:
    """One side of a two-way price.

    Args:
        deal: What is priced.
        spot: The spot rate, both sides.
        points: The points of each leg, both sides.
        base_is_bought: Whether the near leg buys the base; where the deal's own does not, all legs are turned round.
    """
    turned = base_is_bought != deal.base_is_bought
    buys = [_buys_base(deal, leg) != turned for leg in deal.legs]
    net = sum((leg.amount if bought else -leg.amount for leg, bought in zip(deal.legs, buys, strict=True)), ZERO)
    rate = spot.on_side(net > ZERO if net else base_is_bought)
    return Price(rate, tuple(rate + point.on_side(bought) for point, bought in zip(points, buys, strict=True)))


def far_legs_traded(
    deal: Deal, rates: Sequence[Decimal], unit: Decimal, before: Decimal, after: Decimal
) -> tuple[LegTraded, ...]:
    """What a trade does on the legs after the near one: each in proportion, and the last trade brings the rest.

    Args:
        deal: The whole deal.
        rates: The all-in rate of each leg, the near one's included.
        unit: What far amounts are multiples of as long as the near leg is not done.
        before: Units of the near leg that were done before the trade.
        after: Units of the near leg that are done with it.
    """
    if not deal.far_legs:
        return ()
    near = deal.near_leg.amount

    def done(leg: Leg, near_done: Decimal) -> Decimal:
        return leg.amount if near_done == near else leg.amount * near_done / near // unit * unit

    return tuple(
        LegTraded(
            side=leg.side,
            last_qty=(quantity := done(leg, after) - done(leg, before)),
            last_px=rate,
            settl_date=leg.value_date,
            contra_qty=contra_amount(quantity, deal.dealt_currency, deal.pair, rate),
        )
        for leg, rate in zip(deal.far_legs, rates[1:], strict=True)
    )


def _buys_base(deal: Deal, leg: Leg) -> bool:
    return (leg.side is Side.BUY) == (deal.dealt_currency == deal.pair.base)
