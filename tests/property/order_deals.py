"""The deals that the machines of orders trade, and what a trade does on all their legs."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from values import replace

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, Product, Side
from trader.domain.events import LegTraded

PRICE = Decimal("1.10")
QUANTITY = Decimal(10)
DEAL = Deal(Product.SPOT, parse_pair("EUR/USD"), Currency("EUR"), Leg(Side.BUY, QUANTITY, date(2024, 5, 3), "SPOT"))
FAR_PX = Decimal("1.12")
FAR_LEG = Leg(Side.SELL, Decimal(20), date(2024, 6, 5), "1M")
SWAP = replace(DEAL, product=Product.SWAP, far_legs=(FAR_LEG,))  # uneven: twice as much comes back
PLAIN_NUMBERS = st.sampled_from([Decimal(n) for n in (1, 2, 3, 5, 10)])


def far_legs_of(deal: Deal, quantity: Decimal) -> tuple[LegTraded, ...]:
    """What a trade of the near quantity does on the deal's other legs."""
    share = quantity / deal.near_leg.amount
    return tuple(LegTraded(leg.side, leg.amount * share, FAR_PX, leg.value_date) for leg in deal.far_legs)


def id_of(child: int, version: int = 1) -> str:
    return f"0123456789{1:04d}{child:02d}{version:02d}"
