"""What of a batch line a venue does not take, so that the whole file is refused before anything is sent.

Each objection names the column, the value that stands there, and what the venue takes in its place.
"""

from collections.abc import Iterator

from trader.domain.deal import BatchLine, Deal, OrderType, Product
from trader.fix.dialect import Dialect

_Objection = tuple[str, str, str]

_LEGS_OF_ONE_ORDER = 2  # NewOrderSingle(D) has second fields, and no third ones


def objections(dialect: Dialect, line: BatchLine) -> Iterator[_Objection]:
    """Everything that is against a line: column, value, and what would be right."""
    deal = line.deal
    yield from _product(dialect, deal)
    yield from _terms(dialect, line)
    if line.venue not in ("", dialect.name):
        yield "venue", line.venue, f"{dialect.name}, or nothing: a batch is launched on one session"
    if line.counterparty:
        yield "counterparty", line.counterparty, "an empty cell: no order says with whom"
    if dialect.account_required and not line.account:
        yield "account", "", "the account at the venue, which it requires"
    for listed in (dialect.symbols, dialect.security_ids):
        if listed and str(deal.pair) not in listed:
            yield "pair", str(deal.pair), " or ".join(sorted(listed))
    yield from _amounts(dialect, deal)


def _product(dialect: Dialect, deal: Deal) -> Iterator[_Objection]:
    if deal.product not in dialect.products:
        yield "product", deal.product, " or ".join(sorted(dialect.products))
    elif dialect.products[deal.product].legs == "single" and not _fits_one_order(deal):
        yield "product", deal.product, "two legs on opposite sides: the venue takes a deal as one order of two legs"


def _fits_one_order(deal: Deal) -> bool:
    """True unless one order's second fields, which are for the other side, would have to hold the far legs."""
    if not deal.far_legs:
        return True
    return len(deal.legs) == _LEGS_OF_ONE_ORDER and deal.far_legs[0].side is deal.near_leg.side.opposite


def _terms(dialect: Dialect, line: BatchLine) -> Iterator[_Objection]:
    order_type, lives = line.order_type, dialect.times_in_force_for(line.order_type)
    if order_type not in dialect.order_types:
        yield "order_type", order_type, " or ".join(dialect.order_types)
    elif order_type is OrderType.PREVIOUSLY_QUOTED and (problem := _without_quote(dialect, line.deal)):
        yield "order_type", order_type, f"another type for a {line.deal.product}: {problem}"
    if line.time_in_force not in lives:
        yield "time_in_force", line.time_in_force, " or ".join(lives)


def _without_quote(dialect: Dialect, deal: Deal) -> str:
    """Why no quote of the venue can be taken for a deal, or ""."""
    if not dialect.names_quotes(OrderType.PREVIOUSLY_QUOTED):
        return "" if deal.product is Product.SPOT else "only spot prices are streamed"
    if deal.product in dialect.products and len(dialect.orders_of(deal)) > 1:
        return "it is sent as one order a leg, and a quote is for the whole deal"
    return ""


def _amounts(dialect: Dialect, deal: Deal) -> Iterator[_Objection]:
    amounts = dialect.amounts
    if amounts.dealt == "base" and deal.dealt_currency != deal.pair.base:
        yield "dealt_currency", deal.dealt_currency, f"{deal.pair.base}: the venue deals the base only"
        return
    unit = amounts.unit(deal.dealt_currency)
    for leg in deal.legs:
        column = "amount" if leg is deal.near_leg else "far_amount"
        if leg.amount < amounts.smallest:
            yield column, f"{leg.amount:f}", f"{amounts.smallest:f} or more"
        elif amounts.largest and leg.amount > amounts.largest:
            yield column, f"{leg.amount:f}", f"{amounts.largest:f} or less"
        elif leg.amount % unit:
            yield column, f"{leg.amount:f}", f"a multiple of {unit:f}"
