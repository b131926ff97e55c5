"""What a fill is booked as: the amounts of each leg that was dealt, and how far outside the collar it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from risk.exposure import notional, received, turnover
from risk.ledger import Measure, Measured
from risk.limit_book import LimitBook
from risk.order_view import COLLAR, OrderView
from risk.reasons import ReasonCode, Severity, Violation
from risk.requests import OrderRequest
from trader.domain.deal import Deal
from trader.domain.events import LegTraded
from trader.domain.money import ZERO, contra_amount

Band = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a fill is valued with: the order's own deal, at the rates it was reserved at.

    A fill is a fact. It is booked at once, whether or not there is a fresh rate at that moment.

    Attributes:
        request: The order.
        dealt_value: What one unit of the dealt currency is worth in the reporting currency.
        contra_value: What one unit of the contra currency is worth in the reporting currency.
        collars: For each leg the lowest and the highest rate at which it is expected to fill; empty for an order with
            its own limit.
    """

    request: OrderRequest
    dealt_value: Decimal
    contra_value: Decimal
    collars: tuple[Band, ...]

    @property
    def deal(self) -> Deal:
        """What the order trades."""
        return self.request.order_deal


def collars_of(view: OrderView, limits: LimitBook) -> tuple[Band, ...]:
    """The rates between which each leg of an order without a limit rate is reserved; empty for one with its own."""
    if view.request.line.limit_rate is not None:
        return ()
    found = []
    for leg in view.legs:
        collar = limits.number(COLLAR, (view.pair, view.hour, leg.tenor))
        if collar is None or isinstance(leg.mid, Violation):
            return ()
        found.append((leg.mid * (1 - collar), leg.mid * (1 + collar)))
    return tuple(found)


def measures(reserved: Reserved, near: LegTraded, far_legs: tuple[LegTraded, ...]) -> dict[Measured, Decimal]:
    """What a fill comes to, in all that limits are counted in.

    A leg that the venue says nothing about was dealt all the same: it counts in proportion, at the near leg's rate.
    """
    deal, near_side = reserved.deal, reserved.deal.near_leg.side
    dealt, contra, notionals = ZERO, ZERO, []
    found: dict[Measured, Decimal] = {}
    for leg, traded in zip(deal.legs, _all_legs(deal, near, far_legs), strict=True):
        paid = _posted_contra(deal, traded)
        amounts = (traded.last_qty, reserved.dealt_value, paid, reserved.contra_value)
        notionals.append(notional(*amounts))
        found[leg.value_date] = found.get(leg.value_date, ZERO) + received(traded.side, *amounts)
        way = 1 if traded.side is near_side else -1
        dealt, contra = dealt + way * traded.last_qty, contra + way * paid
    found[Measure.DEALT], found[Measure.CONTRA] = dealt, contra
    found[Measure.NOTIONAL] = turnover(deal.product, notionals)
    return found


def outside_collars(reserved: Reserved, rates: tuple[Decimal, ...], what: str, severity: Severity) -> list[Violation]:
    """A violation for each leg whose rate is not one that its limits were reserved for."""
    found = []
    for (lowest, highest), rate in zip(reserved.collars, rates, strict=False):
        if not lowest <= rate <= highest:
            detail = f"{what} {rate:f}, outside {lowest.normalize():f} to {highest.normalize():f}"
            edge = lowest if rate < lowest else highest
            pair = f"pair={reserved.deal.pair}"
            found.append(Violation(ReasonCode.PRICE_COLLAR, pair, edge, None, rate, None, None, detail, severity))
    return found


def _all_legs(deal: Deal, near: LegTraded, far_legs: tuple[LegTraded, ...]) -> Iterator[LegTraded]:
    yield near
    for place, leg in enumerate(deal.far_legs):
        if place < len(far_legs):
            yield far_legs[place]
        else:
            exact = leg.amount * near.last_qty / deal.near_leg.amount
            yield LegTraded(leg.side, exact.quantize(deal.dealt_currency.minor_unit), near.last_px)


def _posted_contra(deal: Deal, traded: LegTraded) -> Decimal:
    """Our own contra amount, or the venue's where that is larger by its rounding.

    One that is further off is not believed: reconciliation shows it, and no word of the venue frees a limit.
    """
    ours = contra_amount(traded.last_qty, deal.dealt_currency, deal.pair, traded.last_px)
    stated = traded.contra_qty
    if stated is not None and stated.is_finite() and ours < stated <= ours + deal.contra_currency.minor_unit:
        return stated
    return ours
