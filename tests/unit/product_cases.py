"""The products of more than one leg, or of none that is delivered, at the gate: what their tests start from."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from risk_cases import ONE_MONTH, SIX_MONTHS, Terms, make_order

from risk.gate.gate import OrderRequest
from trader.domain.deal import Product, Side
from trader.domain.events import LegTraded

BLOCK = Terms(
    product=Product.BLOCK,
    side=Side.SELL,
    far=((Side.SELL, "500000", ONE_MONTH), (Side.BUY, "250000", SIX_MONTHS)),
)
NDF = Terms(product=Product.NDF, value_date=ONE_MONTH, fixing_date=date(2026, 4, 1))
SIX_MONTH_FORWARD = Terms(product=Product.FORWARD, value_date=SIX_MONTHS)


def far(side: Side, qty: str, px: str, contra: str | None = None) -> LegTraded:
    """What a trade does on a leg that is not the near one."""
    return LegTraded(side, Decimal(qty), Decimal(px), contra_qty=None if contra is None else Decimal(contra))


def linked(terms: Terms) -> list[OrderRequest]:
    """The orders of a line at a venue that takes one order a leg."""
    order = make_order(terms)
    name = order.reservation_id
    return [
        replace(order, deal=deal, reservation_id=f"{name[:-4]}0{child}01")
        for child, deal in enumerate(order.line.deal.outrights(), start=1)
    ]
