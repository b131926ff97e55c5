"""How the desk settles with a counterparty in a currency: where it is paid, and what is set off against what.

These are rows of the limits file. Both stand in one place, because SETTLEMENT_INSTRUCTION demands them and
SETTLEMENT_DAY counts by them.
"""

from enum import StrEnum

from risk.gate.outline import Outline
from risk.limits.book import LimitBook, LimitTable
from trader.domain.currency import Currency
from trader.domain.deal import Product
from trader.domain.fixing import non_deliverable

INSTRUCTION = LimitTable("SETTLEMENT_INSTRUCTION", "instruction", ("counterparty", "currency"))
NETTING = LimitTable("SETTLEMENT_INSTRUCTION", "netting", ("counterparty", "currency"))

# The largest move of an NDF's rate to its fixing, as a fraction: what is paid of it is the difference alone.
NDF_MOVE = LimitTable("SETTLEMENT_DAY", "ndf_move_fraction_max", ("pair",))


class Netting(StrEnum):
    """What is set off between the payments of one day.

    ``NONE``: nothing, each is paid in full. ``NET``: what is received and paid in one currency, by a netting agreement.
    ``PVP``: payment versus payment, neither is final without the other, so that nothing is at risk.
    """

    NONE = "none"
    NET = "net"
    PVP = "pvp"


def netting_of(limits: LimitBook, counterparty: str, currency: Currency) -> Netting | None:
    """How payments in a currency are settled with a counterparty; None where no row says so."""
    row = limits.limit(NETTING, (counterparty, currency))
    try:
        return None if row is None else Netting(row.value)
    except ValueError:
        return None


def settled_currencies(outline: Outline) -> tuple[Currency, ...]:
    """The currencies in which a deal is paid: both of its pair; of an NDF, what its difference is paid in."""
    pair = outline.pair
    if outline.keys.product is not Product.NDF:
        return pair.base, pair.terms
    fixed = non_deliverable(pair)
    return (pair.base, pair.terms) if fixed is None else (pair.other(fixed),)
