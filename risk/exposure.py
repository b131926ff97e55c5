"""What a deal may come to at worst, leg by leg, before it is dealt; and how its legs add up.

The legs of a deal are dealt together, so one leg's payment is another's receipt: a position counts what is left when
they are set off against each other. Turnover counts a swap once, as the surveys of the market do, by
its larger leg, and every exchange of a block. Source: Bank for International Settlements, Triennial Central Bank Survey
of foreign exchange, reporting guidelines (an FX swap is one transaction).
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from risk.ledger import Amounts
from risk.outline import Outline
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
        amounts: The most of everything that limits are counted in.
    """

    dealt_value: Decimal
    contra_value: Decimal
    legs: tuple[LegExposure, ...]
    amounts: Amounts


def exposure_of(
    outline: Outline,
    deal: Deal,
    rates: Sequence[tuple[Decimal, Decimal]],
    dealt_value: Decimal,
    contra_value: Decimal,
) -> Exposure:
    """The exposure of a deal whose legs trade at ``rates``, the worst and the best of each."""
    if not deal.far_legs:
        leg, ((worst, best),) = deal.near_leg, rates
        contra = contra_at(outline, leg.amount, worst, ROUND_CEILING)
        worth = notional(leg.amount, dealt_value, contra, contra_value)
        brought = received(leg.side, leg.amount, dealt_value, contra, contra_value)
        alone = LegExposure(leg, worst, best, contra, worth)
        return Exposure(dealt_value, contra_value, (alone,), (leg.amount, ZERO, contra, ZERO, worth, brought))
    legs = []
    days = dict.fromkeys(outline.days, ZERO)
    for leg, (worst, best) in zip(deal.legs, rates, strict=True):
        contra = contra_at(outline, leg.amount, worst, ROUND_CEILING)
        worth = notional(leg.amount, dealt_value, contra, contra_value)
        days[leg.value_date] += received(leg.side, leg.amount, dealt_value, contra, contra_value)
        legs.append(LegExposure(leg, worst, best, contra, worth))
    volume = turnover(deal.product, [each.notional for each in legs])
    return Exposure(dealt_value, contra_value, tuple(legs), (*_net(outline, legs), volume, *days.values()))


def notional(dealt: Decimal, dealt_value: Decimal, contra: Decimal, contra_value: Decimal) -> Decimal:
    """The mean of both sides' worth in the reporting currency, rounded up to the cent."""
    return ((dealt * dealt_value + contra * contra_value) * _HALF).quantize(_CENT, ROUND_CEILING)


def received(side: Side, dealt: Decimal, dealt_value: Decimal, contra: Decimal, contra_value: Decimal) -> Decimal:
    """The worth of what one leg brings in, in the reporting currency, rounded up to the cent."""
    worth = dealt * dealt_value if side is Side.BUY else contra * contra_value
    return worth.quantize(_CENT, ROUND_CEILING)


def turnover(product: Product, notionals: Iterable[Decimal]) -> Decimal:
    """What the legs of a deal count for in a volume: a swap by its larger leg, a block by all."""
    return max(notionals) if product is Product.SWAP else sum(notionals, ZERO)


def _net(outline: Outline, legs: Sequence[LegExposure]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """How far a deal can move the positions in its dealt and in its contra currency, each leg at its own worst rate.

    Returns:
        For each of the two currencies the most that can go the near leg's way, and the most that can go the other way;
        all zero or more. An even swap moves the position of its dealt currency by nothing.
    """
    near_side = legs[0].leg.side
    dealt, most, least = ZERO, ZERO, ZERO
    for each in legs:
        leg = each.leg
        smallest = contra_at(outline, leg.amount, each.best_rate, ROUND_FLOOR)
        if leg.side is near_side:
            dealt, most, least = dealt + leg.amount, most + each.contra, least + smallest
        else:
            dealt, most, least = dealt - leg.amount, most - smallest, least - each.contra
    return max(ZERO, dealt), max(ZERO, -dealt), max(ZERO, most), max(ZERO, -least)


def contra_at(outline: Outline, amount: Decimal, rate: Decimal, rounding: str) -> Decimal:
    """The contra amount of so much of the dealt currency, rounded to its minor unit."""
    return (amount * rate if outline.dealt_is_base else amount / rate).quantize(outline.contra_unit, rounding)
