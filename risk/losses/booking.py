"""What a fill does to the value of its owners: a trader, a desk and a firm."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from risk.gate.outline import Outline
from risk.ledger import measures
from risk.ledger.booking import Reserved
from risk.ledger.measures import Amounts, Layout, Moves
from risk.rates.market import UP_TO_SPOT
from trader.domain.currency import Currency, CurrencyPair

OWNERS = ("trader", "desk", "firm")


class Owner(NamedTuple):
    """Whose profit it is: ``trader``, ``desk`` or ``firm``, and the name."""

    dimension: str
    name: str

    def __str__(self) -> str:
        return f"{self.dimension}={self.name}"


class Flow(NamedTuple):
    """What a fill moves in one currency.

    Attributes:
        currency: Which.
        amount: Above zero when it is received.
        mark: What one unit was worth when the order was reserved: the first mark of a currency that had none.
    """

    currency: Currency
    amount: Decimal
    mark: Decimal


class Forward(NamedTuple):
    """What is dealt of a pair for a day beyond spot.

    Attributes:
        pair: The pair.
        value_date: When it is paid.
    """

    pair: CurrencyPair
    value_date: date

    def __str__(self) -> str:
        return f"{self.pair} {self.value_date}"


def owners_of(outline: Outline) -> tuple[Owner, ...]:
    """Whose profit an order's fills are: the trader's, the desk's, and the firm's that the desk belongs to."""
    return _owners(outline.keys.trader, outline.keys.desk, outline.above.firm)


@lru_cache(maxsize=256)
def _owners(trader: str, desk: str, firm: str) -> tuple[Owner, ...]:
    owners = (Owner("trader", trader), Owner("desk", desk))
    return (*owners, Owner("firm", firm)) if firm else owners


class Booking(NamedTuple):
    """What a fill does to the value of its owners.

    Attributes:
        owners: Whose deal it is.
        flows: What it moves, net over its legs.
        forwards: The base that it buys beyond spot, below zero when it is sold.
    """

    owners: tuple[Owner, ...]
    flows: tuple[Flow, ...]
    forwards: tuple[tuple[Forward, Decimal], ...] = ()


def booking_of(reserved: Reserved, amounts: Amounts) -> Booking:
    """What a fill does to the value of its owners.

    Args:
        reserved: The order.
        amounts: What the fill comes to.
    """
    outline = reserved.outline
    side = outline.keys.side.sign
    dealt, contra = outline.keys.dealt_currency, outline.contra_currency
    flows = (
        Flow(dealt, side * amounts[0], reserved.dealt_value),
        Flow(contra, -side * amounts[2], reserved.contra_value),
    )
    owners, days = owners_of(outline), {leg.value_date for leg in outline.legs if leg.tenor not in UP_TO_SPOT}
    if not days:
        return Booking(owners, flows)
    layout = Layout(dealt, contra, outline.keys.side, outline.days, len(outline.legs) == 1)
    base = outline.pair.base
    nets = {day: amounts[layout.places(measures.Flow(Moves.NET, day, base), 1)[1]] for day in days}
    return Booking(owners, flows, tuple((Forward(outline.pair, day), net) for day, net in sorted(nets.items())))
