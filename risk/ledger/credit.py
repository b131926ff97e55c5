"""Pre-settlement exposure: what would be lost if a counterparty failed before it settles.

It is what the dealt flows of a netting set are worth now, where that is in our favor, and a part of the notional for
what they may become until they are paid. The part grows with the time to the last payment. An open order counts with
its part: at the market's rate it is worth nothing yet. One counterparty is one netting set.
"""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.measures import Flow, Measure, Moves
from risk.limits.book import LimitTable
from risk.reasons import Violation
from trader.domain.currency import Currency

# What part of the notional counts, by the year to the last payment that has begun: 1 is up to one year.
ADD_ON = LimitTable("COUNTERPARTY_LINE", "add_on_fraction", ("pair", "years"))


def add_on(outline: Outline, context: CheckContext) -> Decimal | Violation:
    """What part of the notional of a deal counts, or the violation of a deal for which no row says so."""
    key = outline.symbol, str(years_begun(outline.keys.trade_date, outline.days[-1]))
    found = context.limits.number(ADD_ON, key)
    return context.limits.undefined(ADD_ON, key) if found is None else found


def years_begun(start: date, end: date) -> int:
    """How many years have begun between two days: 1 up to and including the same day of the next year."""
    years = end.year - start.year
    return max(1, years + ((end.month, end.day) > (start.month, start.day)))


def exposure(node: str, line_max: Decimal, part: Decimal, outline: Outline) -> Claim:
    """What a deal takes of a line besides what its flows are worth."""
    return Claim(node, line_max, Measure.NOTIONAL, part, until=outline.days[-1], is_composite=True)


def counterparty_node(counterparty: str) -> str:
    """The line of one legal entity."""
    return f"COUNTERPARTY_LINE counterparty={counterparty}"


def group_node(group: str) -> str:
    """The line of a group of them."""
    return f"COUNTERPARTY_LINE group={group}"


def country_node(country: str) -> str:
    """The limit of a country, which counts the lines of its groups."""
    return f"COUNTRY country={country}"


def flows(outline: Outline) -> tuple[PositionClaim, ...]:
    """The flows of a deal, which the lines of its counterparty, its group and its country count for their worth."""
    above, currencies = outline.above, (outline.keys.dealt_currency, outline.contra_currency)
    return _flows(above.counterparty, above.group, above.country, currencies, outline.days)


@lru_cache(maxsize=4096)
def _flows(
    counterparty: str, group: str, country: str, currencies: tuple[Currency, ...], days: tuple[date, ...]
) -> tuple[PositionClaim, ...]:
    nodes = counterparty_node(counterparty), group_node(group), country_node(country)
    # A netting set that moves to another group begins anew there; what it had stays where it was until it is paid.
    part = " ".join(nodes)
    found = []
    for day in days:
        for currency in currencies:
            flow = Flow(Moves.BOOKED, day, currency)
            name = f"{part} date={day} currency={currency}"
            found.append(PositionClaim(name, currency, flow, 1, part, nodes, until=day, is_set_off=True))
    return tuple(found)
