"""What the venue refuses by itself, without any scenario: each check says its reason in one sentence, or ""."""

from datetime import date

from simulator.book import Order
from simulator.house import House
from trader.domain.commands import PlaceOrder, ReplaceOrder
from trader.domain.deal import Deal, OrderType

_SATURDAY = 5


def order_problem(house: House, request: PlaceOrder | ReplaceOrder) -> str:
    """Why the venue would not take these terms, or ""."""
    return (
        _product_problem(house, request.deal)
        or _terms_problem(house, request)
        or date_problem(request.deal.near_leg.value_date, house.trade_date)
    )


def _product_problem(house: House, deal: Deal) -> str:
    if deal.product not in house.dialect.products or deal.far_leg is not None:
        return f"{deal.product} is not traded here"
    if not house.market.quotes(deal.pair):
        return f"{deal.pair} is not traded here"
    amount = deal.near_leg.amount
    if amount <= 0 or amount % deal.dealt_currency.minor_unit:
        return f"{amount} is not an amount of {deal.dealt_currency}"
    return ""


def _terms_problem(house: House, request: PlaceOrder | ReplaceOrder) -> str:
    if request.order_type not in house.dialect.order_types:
        return f"{request.order_type} orders are not taken"
    if request.time_in_force not in house.dialect.times_in_force:
        return f"{request.time_in_force} orders are not taken"
    if (request.order_type is OrderType.LIMIT) != (request.price is not None):
        return "a limit order has a price and a market order has none"
    if request.price is not None and request.price <= 0:
        return f"{request.price} is not a price"
    return ""


def date_problem(value_date: date, trade_date: date) -> str:
    """Why the day cannot be a value date, or "". The venue keeps no holiday calendar, only weekends."""
    if value_date < trade_date:
        return f"{value_date} is before the trade date {trade_date}"
    if value_date.weekday() >= _SATURDAY:
        return f"{value_date} is a weekend"
    return ""


def replace_problem(house: House, order: Order, request: ReplaceOrder) -> str:
    """Why the venue would not change the order to these terms, or "". Price, quantity, type and life may change."""
    old, new = order.deal, request.deal
    same = (
        old.pair == new.pair
        and old.dealt_currency == new.dealt_currency
        and old.near_leg.side is new.near_leg.side
        and old.near_leg.value_date == new.near_leg.value_date
    )
    return order_problem(house, request) if same else "pair, currency, side and value date cannot be replaced"
