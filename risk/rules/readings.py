"""Where the number behind each figure comes from: one reader for each.

A reader is made once for an outline and asked for every order. It answers with the figure as a plain number, a
percentage as a fraction and a time in nanoseconds; or with a text that says why there is none,
and then the rule counts as met.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Context, Decimal
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from risk.gate.outline import Outline
from risk.ledger.composite import Composite, Node
from risk.ledger.exposure import contra_at, turnover
from risk.ledger.marks import Marks
from risk.limits.book import LimitTable, node_of
from risk.rates.reference import Quote
from risk.reasons import Violation
from risk.rules.indicators import names_of
from risk.rules.language import Comparison, Figure
from risk.rules.words import FILLING, KEYS, SAME_AS
from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.moments import NS_PER_MS, NS_PER_S
from trader.domain.money import ZERO

if TYPE_CHECKING:
    from risk.gate.order_view import CheckContext, OrderView

# A number, or why there is none.
Reading = Decimal | int | str
Read = Callable[["OrderView"], Reading]
_Maker = Callable[[Figure, str, Outline, "CheckContext"], Read]

_ONE = Decimal(1)
_SHARE = Context(prec=16, rounding=ROUND_CEILING)  # what is used rounds up
_UNIT_SIZES: Mapping[str, Decimal] = MappingProxyType(
    {
        "%": Decimal("0.01"),
        "ms": Decimal(NS_PER_MS),
        "s": Decimal(NS_PER_S),
        "minutes": Decimal(60_000_000_000),
        "hours": Decimal(3_600_000_000_000),
    }
)


def reader(comparison: Comparison, outline: Outline, context: "CheckContext") -> Read:
    """What reads a figure for orders with an outline.

    Args:
        comparison: Has the figure, and the unit that an amount is asked in.
        outline: Says whose figures are the order's own.
        context: Has the state that is read.
    """
    return _MAKERS[comparison.figure.name](comparison.figure, comparison.unit, outline, context)


def threshold(comparison: Comparison) -> Decimal:
    """What the figure is compared with, in the reader's unit."""
    return comparison.number * _UNIT_SIZES.get(comparison.unit, _ONE)


def shown(value: Decimal | int, unit: str) -> str:
    """A reading for a person, in the unit of the rule."""
    size = _UNIT_SIZES.get(unit)
    if size is None:
        return f"{value:,f} {unit}".strip() if isinstance(value, Decimal) else f"{value:,} {unit}".strip()
    return f"{(Decimal(value) / size).quantize(Decimal('0.01')):,f} {unit}"


# --- of the order ----------------------------------------------------------------------------------------------------


def _amount(_figure: Figure, unit: str, outline: Outline, _context: "CheckContext") -> Read:
    currency = Currency(unit)
    if currency == outline.keys.dealt_currency:
        return lambda order: max([leg.amount for leg in order.deal.legs])
    return _contra if currency == outline.contra_currency else lambda _order: ZERO


def _contra(order: "OrderView") -> Reading:
    """The largest contra amount of a leg at its worst rate."""
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return exposure.detail
    pairs = zip(order.deal.legs, exposure.rates, strict=True)
    return max([contra_at(order.outline, leg.amount, worst, ROUND_CEILING) for leg, (worst, _) in pairs])


def _notional(_figure: Figure, _unit: str, _outline: Outline, _context: "CheckContext") -> Read:
    def read(order: "OrderView") -> Reading:
        exposure = order.exposure
        if isinstance(exposure, Violation):
            return exposure.detail
        return turnover(order.deal.product, exposure.notionals)

    return read


def _price_distance(_figure: Figure, _unit: str, _outline: Outline, _context: "CheckContext") -> Read:
    def read(order: "OrderView") -> Reading:
        furthest = ZERO
        for leg, price in zip(order.market.legs, order.prices, strict=True):
            if price is None:
                continue
            if isinstance(leg.mid, Violation):
                return leg.mid.detail
            furthest = max(furthest, abs(price / leg.mid - _ONE))
        return furthest

    return read


def _days_ahead(_figure: Figure, _unit: str, outline: Outline, _context: "CheckContext") -> Read:
    days = (max(outline.days) - outline.keys.trade_date).days
    return lambda _order: days


# --- of a limit ------------------------------------------------------------------------------------------------------


def _use(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    return _of_limit(figure, outline, context, is_share=True)


def _exposure(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    return _of_limit(figure, outline, context, is_share=False)


def _of_limit(figure: Figure, outline: Outline, context: "CheckContext", *, is_share: bool) -> Read:
    """The fullest of the limits that a figure is of: of an order that has two currencies, there are two."""
    table, families = _table(figure), []
    for names in product(*[_names_of(each, outline) for each in figure.subject]):
        if context.limits.number(table, names) is None:
            return _never(
                f"there is no limit of {table.control} for {node_of(zip(table.dimensions, names, strict=True))}"
            )
        families.append(context.indicators.limits.of(table.control, table.dimensions, names))
    today, marks = outline.risk_day, context.ledger.marks

    def read(_order: "OrderView") -> Reading:
        fullest = ZERO
        for family in families:
            for day, node in family:
                if day is None or day >= today:
                    used = _used(node, marks, is_share=is_share)
                    if isinstance(used, str):
                        return used
                    fullest = max(fullest, used)
        return fullest

    return read


def _never(why: str) -> Read:
    return lambda _order: why


def _used(node: Node, marks: Marks, *, is_share: bool) -> Decimal | str:
    """What is used of one limit; the share of a limit of zero is nobody's to say."""
    if isinstance(node, Composite):
        node.catch_up(marks)
        if node.unvalued:
            return f"{node.name} has positions in {', '.join(node.unvalued_currencies())}, which has no rate"
        used = node.used
    else:
        used = node.taken
    if not (used and is_share):
        return used
    return _SHARE.divide(used, node.limit) if node.limit > ZERO else f"{node.name} has a limit of {node.limit}"


@lru_cache(maxsize=4096)
def _table(figure: Figure) -> LimitTable:
    """Where the limit of a figure is looked up."""
    return LimitTable(figure.code, FILLING[figure.code], tuple([dimension for dimension, _ in figure.subject]))


def _names_of(owner: tuple[str, str], outline: Outline) -> tuple[str, ...]:
    """Whose limit it is: as named, or what the order has there."""
    dimension, name = owner
    return (name,) if name else KEYS[SAME_AS.get(dimension, dimension)].values(outline)


# --- of the market ---------------------------------------------------------------------------------------------------


def _pair(figure: Figure, outline: Outline) -> CurrencyPair:
    ((_, symbol),) = figure.subject
    return parse_pair(symbol) if symbol else outline.pair


def _quoted(figure: Figure, outline: Outline, context: "CheckContext") -> Callable[["OrderView"], Quote | Violation]:
    """The reference rate of a pair; the order has that of its own."""
    pair, rates = _pair(figure, outline), context.rates
    if pair == outline.pair:
        return lambda order: order.market.reference
    return lambda order: rates.quote(pair, order.now_ns)


def _rate(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    quoted = _quoted(figure, outline, context)

    def read(order: "OrderView") -> Reading:
        quote = quoted(order)
        return quote.detail if isinstance(quote, Violation) else quote.mid

    return read


def _spread(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    quoted = _quoted(figure, outline, context)

    def read(order: "OrderView") -> Reading:
        quote = quoted(order)
        return quote.detail if isinstance(quote, Violation) else (quote.offer - quote.bid) / quote.mid

    return read


def _change(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    quoted, pair = _quoted(figure, outline, context), _pair(figure, outline)
    indicators, window_s = context.indicators, figure.window_s

    def read(order: "OrderView") -> Reading:
        quote = quoted(order)
        if isinstance(quote, Violation):
            return quote.detail
        return indicators.change(pair, window_s, quote.mid, order.now_ns)

    return read


def _volatility(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    pair, indicators, window_s = _pair(figure, outline), context.indicators, figure.window_s

    def read(order: "OrderView") -> Reading:
        found = indicators.volatility(pair, window_s, order.now_ns)
        return "too few rates were heard in that time" if found is None else found

    return read


# --- of the orders before --------------------------------------------------------------------------------------------


def _names(figure: Figure, outline: Outline) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dimensions of a figure, and whose it is."""
    shape = tuple([dimension for dimension, _ in figure.subject])
    own = names_of(shape, outline)
    return shape, tuple([value or mine for (_, value), mine in zip(figure.subject, own, strict=True)])


def _live_orders(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    (shape, names), indicators = _names(figure, outline), context.indicators
    return lambda _order: indicators.live_orders(shape, names)


def _orders(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    (shape, names), indicators, window_s = _names(figure, outline), context.indicators, figure.window_s
    return lambda order: indicators.counts(shape, names, window_s, order.now_ns).allowed


def _fill_ratio(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    (shape, names), indicators, window_s = _names(figure, outline), context.indicators, figure.window_s

    def read(order: "OrderView") -> Reading:
        counts = indicators.counts(shape, names, window_s, order.now_ns)
        return counts.filled / counts.ended if counts.ended else _ONE

    return read


def _reject_ratio(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    (shape, names), indicators, window_s = _names(figure, outline), context.indicators, figure.window_s

    def read(order: "OrderView") -> Reading:
        counts = indicators.counts(shape, names, window_s, order.now_ns)
        return Decimal(counts.rejected) / counts.answered if counts.answered else ZERO

    return read


def _latency(figure: Figure, _unit: str, outline: Outline, context: "CheckContext") -> Read:
    (shape, names), indicators, window_s = _names(figure, outline), context.indicators, figure.window_s

    def read(order: "OrderView") -> Reading:
        counts = indicators.counts(shape, names, window_s, order.now_ns)
        return Decimal(counts.waited_ns) / counts.answered if counts.answered else ZERO

    return read


_MAKERS: Mapping[str, _Maker] = MappingProxyType(
    {
        "amount": _amount,
        "notional": _notional,
        "price distance": _price_distance,
        "days ahead": _days_ahead,
        "use": _use,
        "exposure": _exposure,
        "rate": _rate,
        "spread": _spread,
        "change": _change,
        "volatility": _volatility,
        "orders": _orders,
        "live orders": _live_orders,
        "fill ratio": _fill_ratio,
        "reject ratio": _reject_ratio,
        "latency": _latency,
    }
)
