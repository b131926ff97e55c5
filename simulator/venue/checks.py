"""What the venue refuses by itself, without any scenario: each check gives its reason, or None."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from simulator.faults.actions import COMPLAINT_NUMBER, COMPLAINT_TEXT, Action, Complaint, Reject
from simulator.venue.book import Order
from simulator.venue.house import House
from trader.domain.commands import PlaceOrder, ReplaceOrder
from trader.domain.deal import Deal, OrderType, Product
from trader.domain.events import RejectReason
from trader.domain.moments import is_weekend

_LEGS_MAX = 10
_LEGS_IN_ONE_ORDER = 2  # SettlDate2(193) and OrderQty2(192) are the second, and there is no third


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the venue says no.

    Attributes:
        text: For people, one sentence.
        reason: For machines.
    """

    text: str
    reason: RejectReason = RejectReason.OTHER


def complaint(actions: Iterable[Action]) -> Problem | None:
    """The scenario's no among the actions."""
    for action in actions:
        if isinstance(action, Reject):
            text = action.text or COMPLAINT_TEXT[action.reason]
            if action.is_numbered:
                text = str(COMPLAINT_NUMBER[action.reason])
            return Problem(text, _REASONS.get(action.reason, RejectReason.OTHER))
    return None


_REASONS = {Complaint.QUOTE_EXPIRED: RejectReason.STALE}


def order_problem(house: House, request: PlaceOrder | ReplaceOrder) -> Problem | None:
    """Why the venue would not take these terms; whether a quote can be taken is another question."""
    text = deal_problem(house, request.deal) or _terms_problem(house, request)
    return Problem(text) if text else None


def deal_problem(house: House, deal: Deal) -> str:
    """Why the venue would not deal this on any terms, or ""."""
    problem = _product_problem(house, deal)
    for leg in deal.legs:
        problem = problem or _amount_problem(house, deal, leg.amount) or date_problem(leg.value_date, house.trade_date)
    return problem or _fixing_problem(house, deal)


def _product_problem(house: House, deal: Deal) -> str:
    form = house.dialect.products.get(deal.product)
    if form is None:
        return f"{deal.product} is not traded here"
    if not house.market.quotes(deal.pair):
        return f"{deal.pair} is not traded here"
    if not deal.product.has_many_legs:
        return f"{deal.product} has one leg; this has {len(deal.legs)}" if deal.far_legs else ""
    if form.legs == "linked":
        return f"{deal.product} is dealt as one order a leg here"
    return _legs_problem(deal, _LEGS_IN_ONE_ORDER if form.legs == "single" else _LEGS_MAX)


def _legs_problem(deal: Deal, legs_max: int) -> str:
    legs = deal.legs
    if deal.product is Product.SWAP:
        legs_max = 2
    if not len(legs) > 1 or len(legs) > legs_max:
        return f"{len(legs)} legs; expected 2 to {legs_max} for {deal.product}"
    if any(later.value_date < earlier.value_date for earlier, later in pairwise(legs)):
        return "a leg is paid before the one that stands ahead of it"
    if deal.product is Product.SWAP and legs[0].value_date == legs[1].value_date:
        return f"both legs of the swap are paid on {legs[0].value_date}"
    if deal.product is Product.SWAP and legs[0].side is legs[1].side:
        return f"both legs of the swap {legs[0].side} {deal.dealt_currency}"
    return ""


def _amount_problem(house: House, deal: Deal, amount: Decimal) -> str:
    amounts = house.dialect.amounts
    if amounts.dealt == "base" and deal.dealt_currency != deal.pair.base:
        return f"{deal.dealt_currency} is not dealt in {deal.pair}, only {deal.pair.base} is"
    minor_unit = deal.dealt_currency.minor_unit
    if amount <= 0 or amount % minor_unit:
        return f"{amount} is not an amount of {deal.dealt_currency}"
    if amount < amounts.smallest:
        return f"{amount:f} is below the smallest amount {amounts.smallest:f}"
    if amounts.largest and amount > amounts.largest:
        return f"{amount:f} is above the largest amount {amounts.largest:f}"
    unit = amounts.unit(deal.dealt_currency)
    return f"{amount:f} is not a multiple of {unit:f}" if amount % unit else ""


def date_problem(value_date: date, trade_date: date) -> str:
    """Why the day cannot be a value date, or "". The venue keeps no holiday calendar, only weekends."""
    if value_date < trade_date:
        return f"{value_date} is before the trade date {trade_date}"
    if is_weekend(value_date):
        return f"{value_date} is a weekend"
    return ""


def _fixing_problem(house: House, deal: Deal) -> str:
    fixing, settlement = deal.fixing_date, deal.near_leg.value_date
    if (deal.product is Product.NDF) != (fixing is not None):
        return "an NDF has a fixing date and nothing else has one"
    if fixing is not None and not house.trade_date <= fixing <= settlement:
        return f"the fixing on {fixing} is not between the trade date and the settlement on {settlement}"
    return ""


def _terms_problem(house: House, request: PlaceOrder | ReplaceOrder) -> str:
    if request.order_type not in house.dialect.order_types:
        return f"{request.order_type} orders are not taken"
    if request.time_in_force not in house.dialect.times_in_force_for(request.order_type):
        return f"{request.order_type} orders of {request.time_in_force} are not taken"
    if request.order_type is OrderType.LIMIT and request.deal.far_legs:
        return f"a {request.deal.product} is not dealt at a limit"
    quote = request.quote if isinstance(request, PlaceOrder) else None
    if (request.order_type is OrderType.PREVIOUSLY_QUOTED) != (quote is not None):
        return "an order at a quoted price names its quote, and no other does"
    return _price_problem(request.order_type, request.price)


def _price_problem(order_type: OrderType, price: Decimal | None) -> str:
    if (order_type is OrderType.MARKET) != (price is None):
        return "a market order has no price and every other has one"
    return f"{price} is not a price" if price is not None and price <= 0 else ""


def replace_problem(house: House, order: Order, request: ReplaceOrder) -> Problem | None:
    """Why the venue would not change the order to these terms. Price, quantity, type and life may change."""
    old, new = order.deal, request.deal
    same = (
        old.pair == new.pair
        and old.dealt_currency == new.dealt_currency
        and old.near_leg.side is new.near_leg.side
        and old.near_leg.value_date == new.near_leg.value_date
    )
    if not same:
        return Problem("pair, currency, side and value date cannot be replaced")
    if old.far_legs or new.far_legs or order.quoted is not None:
        return Problem("an order of several legs, or on a quote, cannot be replaced")
    if order.cum_qty and house.dialect.requests.replace_rule == "cancels_part_filled":
        return Problem("an order that is filled in part cannot be replaced; it is canceled")
    return order_problem(house, request)


def same_terms(one: Deal, other: Deal) -> bool:
    """True when two deals exchange the same amounts on the same days, however their dates were asked for."""
    return _terms(one) == _terms(other)


def turned(deal: Deal) -> Deal:
    """The same deal the other way round, every leg of it."""
    near, *far = (replace(leg, side=leg.side.opposite) for leg in deal.legs)
    return replace(deal, near_leg=near, far_legs=tuple(far))


def _terms(deal: Deal) -> tuple[object, ...]:
    legs = tuple((leg.side, leg.amount, leg.value_date) for leg in deal.legs)
    return deal.pair, deal.dealt_currency, legs, deal.fixing_date
