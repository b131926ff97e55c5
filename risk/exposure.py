"""What a deal may come to at worst, leg by leg, before it is dealt; and how its legs add up.

The legs of a deal are dealt together, so one leg's payment is another's receipt: a position counts what is left when
they are set off against each other, see :func:`net`. Turnover counts a swap once, as the surveys of the market do, by
its larger leg, and every exchange of a block. Source: Bank for International Settlements, Triennial Central Bank Survey
of foreign exchange, reporting guidelines (an FX swap is one transaction).
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from trader.domain.deal import Deal, Leg, Product, Side
from trader.domain.money import ZERO

_CENT = Decimal("0.01")
_HALF = Decimal("0.5")


class LegExposure(NamedTuple):
    """One leg of an :class:`Exposure`. A tuple, because every order makes one.

    Attributes:
        leg: The leg.
        worst_rate: The rate with the largest contra amount, terms per one base.
        best_rate: The rate with the smallest; that of a deal's only leg is not asked for, and is the worst too.
        contra: Amount of the contra currency at the worst rate, rounded up to its minor unit.
        notional: ``(abs(base) fx + abs(terms) fx) / 2`` in the reporting currency, rounded up to the cent.
    """

    leg: Leg
    worst_rate: Decimal
    best_rate: Decimal
    contra: Decimal
    notional: Decimal


class Exposure(NamedTuple):
    """What an order may come to, at worst. A tuple, because every order makes one.

    Attributes:
        dealt_value: What one unit of the dealt currency is worth in the reporting currency.
        contra_value: What one unit of the contra currency is worth in the reporting currency.
        legs: Each leg's, in the deal's order.
    """

    dealt_value: Decimal
    contra_value: Decimal
    legs: tuple[LegExposure, ...]


def exposure_of(
    deal: Deal, rates: Sequence[tuple[Decimal, Decimal]], dealt_value: Decimal, contra_value: Decimal
) -> Exposure:
    """The exposure of a deal whose legs trade at ``rates``, the worst and the best of each."""
    legs = []
    for leg, (worst, best) in zip(deal.legs, rates, strict=True):
        contra = contra_at(deal, leg.amount, worst, ROUND_CEILING)
        worth = notional(leg.amount, dealt_value, contra, contra_value)
        legs.append(LegExposure(leg, worst, best, contra, worth))
    return Exposure(dealt_value, contra_value, tuple(legs))


def notional(dealt: Decimal, dealt_value: Decimal, contra: Decimal, contra_value: Decimal) -> Decimal:
    """The mean of both sides' worth in the reporting currency, rounded up to the cent."""
    return ((dealt * dealt_value + contra * contra_value) * _HALF).quantize(_CENT, rounding=ROUND_CEILING)


def received(side: Side, dealt: Decimal, dealt_value: Decimal, contra: Decimal, contra_value: Decimal) -> Decimal:
    """The worth of what one leg brings in, in the reporting currency, rounded up to the cent."""
    worth = dealt * dealt_value if side is Side.BUY else contra * contra_value
    return worth.quantize(_CENT, rounding=ROUND_CEILING)


def turnover(product: Product, notionals: Iterable[Decimal]) -> Decimal:
    """What the legs of a deal count for in a volume: a swap by its larger leg, a block by all."""
    return max(notionals) if product is Product.SWAP else sum(notionals, ZERO)


def net(deal: Deal, exposure: Exposure) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
    """How far a deal can move the positions in its dealt and in its contra currency, each leg at its own worst rate.

    Returns:
        For each of the two currencies the most that can go the near leg's way, and the most that can go the other way;
        both zero or more. An even swap moves the position of its dealt currency by nothing.
    """
    if not deal.far_legs:
        return (deal.near_leg.amount, ZERO), (exposure.legs[0].contra, ZERO)
    near_side = deal.near_leg.side
    dealt, most, least = ZERO, ZERO, ZERO
    for each in exposure.legs:
        leg = each.leg
        smallest = contra_at(deal, leg.amount, each.best_rate, ROUND_FLOOR)
        if leg.side is near_side:
            dealt, most, least = dealt + leg.amount, most + each.contra, least + smallest
        else:
            dealt, most, least = dealt - leg.amount, most - smallest, least - each.contra
    return (max(ZERO, dealt), max(ZERO, -dealt)), (max(ZERO, most), max(ZERO, -least))


def contra_at(deal: Deal, amount: Decimal, rate: Decimal, rounding: str) -> Decimal:
    """The contra amount of so much of the dealt currency, rounded to its minor unit."""
    exact = amount * rate if deal.contra_currency == deal.pair.terms else amount / rate
    return exact.quantize(deal.contra_currency.minor_unit, rounding=rounding)
