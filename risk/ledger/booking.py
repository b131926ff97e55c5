"""What a fill is booked as: the amounts of each leg that was dealt, and how far outside the collar it was."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from risk.gate.outline import Outline
from risk.gate.requests import OrderRequest
from risk.ledger.exposure import notional, turnover
from risk.ledger.flows import Flows, LegAmounts
from risk.ledger.measures import Amounts, whole
from risk.rates.market import Band
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.deal import Deal, Side
from trader.domain.events import LegTraded
from trader.domain.money import contra_amount

_NOT_FOR = "the limits were not reserved for a rate of"


class Reserved:
    """What a fill is valued with: the order's own deal, at the rates it was reserved at.

    A fill is a fact. It is booked at once, whether or not there is a fresh rate at that moment.

    Attributes:
        request: The order.
        outline: All of it but size and rate.
        dealt_value: What one unit of the dealt currency is worth in the reporting currency.
        contra_value: What one unit of the contra currency is worth in the reporting currency.
        collars: For each leg the lowest and the highest rate at which it is expected to fill; empty for an order with
            its own limit.
        arrival: For each leg the reference rate at the decision; empty where a leg has none for its date.
        edges: Of each leg the rate that its limits were reserved for, at which its contra amount is largest.
    """

    __slots__ = ("arrival", "collars", "contra_value", "dealt_value", "edges", "outline", "request")

    def __init__(
        self,
        request: OrderRequest,
        outline: Outline,
        dealt_value: Decimal,
        contra_value: Decimal,
        collars: tuple[Band, ...],
        arrival: tuple[Decimal, ...],
        edges: tuple[Decimal, ...],
    ) -> None:
        self.request = request
        self.outline = outline
        self.dealt_value = dealt_value
        self.contra_value = contra_value
        self.collars = collars
        self.arrival = arrival
        self.edges = edges

    @property
    def deal(self) -> Deal:
        """What the order trades."""
        return self.request.order_deal


class Apart(NamedTuple):
    """How far a rate is from the market.

    Attributes:
        rate: Terms per base.
        reference: The reference rate when the order was decided on.
        collar: How far from it a rate may be, as a fraction; None when no row says.
    """

    rate: Decimal
    reference: Decimal
    collar: Decimal | None

    @property
    def fraction(self) -> Decimal:
        """How far, as a fraction of the reference; negative below it."""
        return self.rate / self.reference - 1

    @property
    def is_off_market(self) -> bool:
        """Whether it is outside the collar, on either side."""
        return self.collar is None or abs(self.fraction) > self.collar


def rates_apart(reserved: Reserved, rates: tuple[Decimal, ...]) -> tuple[Apart, ...]:
    """How far the rate of each leg is from the reference of the decision; empty where there was none."""
    legs = zip(rates, reserved.arrival, reserved.outline.legs, strict=False)
    return tuple([Apart(rate, reference, leg.collar) for rate, reference, leg in legs])


def amounts_of(
    reserved: Reserved, qty: Decimal, px: Decimal, contra_qty: Decimal | None, far_legs: tuple[LegTraded, ...]
) -> Amounts:
    """What a fill comes to, in all that limits are counted in.

    Args:
        reserved: What it is valued with.
        qty: The near leg's amount of the dealt currency.
        px: Its rate, terms per base.
        contra_qty: The venue's own contra amount of it, or None.
        far_legs: What the fill did on the other legs. One that the venue says nothing about was dealt all the same: it
            counts in proportion, at the near leg's rate.

    Raises:
        DomainError: A rate cannot be.
    """
    deal, dealt_value, contra_value = reserved.deal, reserved.dealt_value, reserved.contra_value
    near = deal.near_leg
    paid = _posted_contra(reserved.outline, deal, qty, px, contra_qty)
    worth = notional(qty, dealt_value, paid, contra_value)
    if not deal.far_legs:
        # What goes one way is less than nothing the other way; copy_negate, as a minus would round.
        return whole(qty, qty.copy_negate(), paid, paid.copy_negate(), worth)
    legs, notionals = [LegAmounts(near.side, near.value_date, qty, paid, paid)], [worth]
    for leg, traded in zip(deal.far_legs, _far_legs(deal, qty, px, far_legs), strict=True):
        paid = _posted_contra(reserved.outline, deal, traded.last_qty, traded.last_px, traded.contra_qty)
        notionals.append(notional(traded.last_qty, dealt_value, paid, contra_value))
        legs.append(LegAmounts(traded.side, leg.value_date, traded.last_qty, paid, paid))
    flows = Flows(near.side, reserved.outline.days, legs)
    return (*whole(*flows.net(), turnover(deal.product, notionals)), *flows.by_day())


def outside_collars(reserved: Reserved, rates: tuple[Decimal, ...], what: str, severity: Severity) -> list[Violation]:
    """A violation for each leg whose rate is not one that its limits were reserved for."""
    found = []
    for (lowest, highest), rate in zip(reserved.collars, rates, strict=False):
        if not lowest <= rate <= highest:
            detail = f"{what} {rate:f}, outside {lowest.normalize():f} to {highest.normalize():f}"
            edge = lowest if rate < lowest else highest
            pair = f"pair={reserved.outline.symbol}"
            found.append(Violation(ReasonCode.PRICE_COLLAR, pair, edge, None, rate, None, None, detail, severity))
    return found


def above_reserved(reserved: Reserved, rates: tuple[Decimal, ...]) -> list[Violation]:
    """A violation for each leg at whose rate more would be posted than was reserved.

    A limit rate is the least that a leg sells for, and caps what a leg that buys pays: only who sells may get beyond.
    """
    if reserved.request.line.limit_rate is None:
        return outside_collars(reserved, rates, _NOT_FOR, Severity.BLOCKS)
    found = []
    for leg, edge, rate in zip(reserved.deal.legs, reserved.edges, rates, strict=True):
        if leg.side is Side.SELL and (rate > edge if reserved.outline.dealt_is_base else rate < edge):
            detail = f"{_NOT_FOR} {rate:f}, beyond {edge.normalize():f}"
            pair = f"pair={reserved.outline.symbol}"
            found.append(Violation(ReasonCode.PRICE_COLLAR, pair, edge, None, rate, None, None, detail))
    return found


def _far_legs(deal: Deal, qty: Decimal, px: Decimal, told: tuple[LegTraded, ...]) -> Iterator[LegTraded]:
    for place, leg in enumerate(deal.far_legs):
        if place < len(told):
            yield told[place]
        else:
            exact = leg.amount * qty / deal.near_leg.amount
            yield LegTraded(leg.side, exact.quantize(deal.dealt_currency.minor_unit), px)


def _posted_contra(outline: Outline, deal: Deal, qty: Decimal, px: Decimal, stated: Decimal | None) -> Decimal:
    """Our own contra amount, or the venue's where that is larger by its rounding.

    One that is further off is not believed: reconciliation shows it, and no word of the venue frees a limit.
    """
    ours = contra_amount(qty, deal.dealt_currency, deal.pair, px)
    if stated is not None and stated.is_finite() and ours < stated <= ours + outline.contra_unit:
        return stated
    return ours
