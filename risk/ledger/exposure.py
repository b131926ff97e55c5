"""What a deal may come to at worst, leg by leg, before it is dealt; and how its legs add up.

What the legs move is set off against each other, see :mod:`risk.ledger.flows`. Turnover counts a swap once, as the
surveys of the market do, by its larger leg, and every exchange of a block. Source: Bank for International Settlements,
Triennial Central Bank Survey of foreign exchange, reporting guidelines (an FX swap is one transaction).
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from risk.gate.outline import Outline
from risk.ledger.flows import Flows, LegAmounts
from risk.ledger.measures import Amounts, whole
from trader.domain.deal import Deal, Product
from trader.domain.money import ZERO

_CENT = Decimal("0.01")
_HALF = Decimal("0.5")


# The worst rate of a leg, with the largest contra amount, and the best one, with the smallest; terms per one base. The
# best of a deal's only leg is not asked for, and is the worst too.
Rates = tuple[Decimal, Decimal]


class Exposure:
    """What an order may come to, at worst.

    Attributes:
        dealt_value: What one unit of the dealt currency is worth in the reporting currency.
        contra_value: What one unit of the contra currency is worth in the reporting currency.
        rates: Of each leg, in the deal's order.
        notionals: Of each leg, ``(abs(base) fx + abs(terms) fx) / 2`` in the reporting currency, rounded up to the
            cent.
        amounts: The most of everything that limits are counted in.
    """

    __slots__ = ("amounts", "contra_value", "dealt_value", "notionals", "rates")

    def __init__(
        self,
        dealt_value: Decimal,
        contra_value: Decimal,
        rates: tuple[Rates, ...],
        notionals: tuple[Decimal, ...],
        amounts: Amounts,
    ) -> None:
        self.dealt_value = dealt_value
        self.contra_value = contra_value
        self.rates = rates
        self.notionals = notionals
        self.amounts = amounts


def exposure_of(
    outline: Outline, deal: Deal, rates: tuple[Rates, ...], dealt_value: Decimal, contra_value: Decimal
) -> Exposure:
    """The exposure of a deal whose legs trade at ``rates``."""
    if not deal.far_legs:
        amount = deal.near_leg.amount
        contra = contra_at(outline, amount, rates[0][0], ROUND_CEILING)
        worth = notional(amount, dealt_value, contra, contra_value)
        amounts = whole(amount, ZERO, contra, ZERO, worth)
        return Exposure(dealt_value, contra_value, rates, (worth,), amounts)
    legs, notionals = [], []
    for leg, (worst, best) in zip(deal.legs, rates, strict=True):
        most = contra_at(outline, leg.amount, worst, ROUND_CEILING)
        least = contra_at(outline, leg.amount, best, ROUND_FLOOR)
        notionals.append(notional(leg.amount, dealt_value, most, contra_value))
        legs.append(LegAmounts(leg.side, leg.value_date, leg.amount, most, least))
    flows = Flows(deal.near_leg.side, outline.days, legs)
    signed = (*whole(*flows.net(), turnover(deal.product, notionals)), *flows.by_day())
    # Nothing is asked of a node that an order can only free.
    amounts = tuple([max(ZERO, amount) for amount in signed])
    return Exposure(dealt_value, contra_value, rates, tuple(notionals), amounts)


def notional(dealt: Decimal, dealt_value: Decimal, contra: Decimal, contra_value: Decimal) -> Decimal:
    """The mean of both sides' worth in the reporting currency, rounded up to the cent."""
    return ((dealt * dealt_value + contra * contra_value) * _HALF).quantize(_CENT, ROUND_CEILING)


def turnover(product: Product, notionals: Iterable[Decimal]) -> Decimal:
    """What the legs of a deal count for in a volume: a swap by its larger leg, a block by all."""
    return max(notionals) if product is Product.SWAP else sum(notionals, ZERO)


def contra_at(outline: Outline, amount: Decimal, rate: Decimal, rounding: str) -> Decimal:
    """The contra amount of so much of the dealt currency, rounded to its minor unit."""
    return (amount * rate if outline.dealt_is_base else amount / rate).quantize(outline.contra_unit, rounding)
