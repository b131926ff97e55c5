"""The words of the rule language: the keys of an order, and the figures that can be compared.

A new key is one line here; a new figure is one line here and its reader in :mod:`risk.rules.readings`.
The reference in ``docs/rules.md`` is made from these tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from risk.gate.outline import Outline
from trader.domain.deal import Side

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Key:
    """Something of an order that has a name and no size.

    Attributes:
        values: What an order has there; several for one with several legs or currencies.
        dimension: Of the limits, which says how a value is written; "" for one of :data:`WEEKDAYS`.
        meaning: One clause for the reference.
    """

    values: Callable[[Outline], tuple[str, ...]]
    dimension: str
    meaning: str


def _sides(outline: Outline) -> tuple[str, ...]:
    return tuple([Side.BUY if leg.base_is_bought else Side.SELL for leg in outline.legs])


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "pair": Key(lambda o: (o.symbol,), "pair", "the pair, as the market quotes it"),
        "currency": Key(lambda o: (o.pair.base, o.pair.terms), "currency", "either currency of the pair"),
        "dealt currency": Key(lambda o: (o.keys.dealt_currency,), "currency", "the one that the amount is in"),
        "side": Key(_sides, "side", "what is done with the base of the pair: buy or sell; of any leg"),
        "product": Key(lambda o: (o.keys.line_product,), "product", "the product of the line"),
        "tenor": Key(lambda o: tuple([leg.tenor for leg in o.legs]), "tenor", "how far ahead a leg is; of any leg"),
        "trader": Key(lambda o: (o.keys.trader,), "trader", "who launched the batch"),
        "desk": Key(lambda o: (o.keys.desk,), "desk", "for which desk"),
        "firm": Key(lambda o: (o.above.firm,), "firm", "the firm that the desk belongs to"),
        "book": Key(lambda o: (o.keys.book,), "book", "whose position it is"),
        "account": Key(lambda o: (o.keys.account,), "account", "for which account"),
        "venue": Key(lambda o: (o.keys.venue,), "venue", "where it would go"),
        "counterparty": Key(lambda o: (o.above.counterparty,), "counterparty", "with whom it is dealt"),
        "group": Key(lambda o: (o.above.group,), "group", "the group that the counterparty belongs to"),
        "country": Key(lambda o: (o.above.country,), "country", "the country of that group"),
        "weekday": Key(lambda o: (WEEKDAYS[o.keys.trade_date.weekday()],), "", "of the trade date, Monday to Sunday"),
    }
)

# The names that figures can be kept by: an order has one of each.
FLOW = ("trader", "desk", "book", "venue", "counterparty", "pair")
_PAIR = ("pair",)

PERCENT = ("%",)
TIMES = ("ms", "s", "minutes", "hours")
PLAIN = ("",)
DAYS = ("days",)
CURRENCY = ("a currency",)
REPORTING = ("the reporting currency",)
LIMITS_OWN = ("the limit's own unit",)


@dataclass(frozen=True, slots=True)
class FigureKind:
    """What can be said of a figure.

    Attributes:
        meaning: One clause for the reference.
        units: What it is compared in.
        of: The names it can be asked of; empty for one that is the order's.
        is_of_limit: True for a figure of a limit, which is named first.
        window_s: The window where the rule names none, in seconds; 0 for a figure that has no window.
    """

    meaning: str
    units: tuple[str, ...]
    of: tuple[str, ...] = ()
    is_of_limit: bool = False
    window_s: int = 0


_HOUR_S = 3600

FIGURES: Mapping[str, FigureKind] = MappingProxyType(
    {
        "amount": FigureKind(
            "the amount of a currency that the largest leg may come to at worst; an order without it has none of it",
            CURRENCY,
        ),
        "notional": FigureKind("its turnover, as VOLUME_DAY counts it", REPORTING),
        "price distance": FigureKind(
            "how far the limit rate is from the reference, either way; zero for an order without one", PERCENT
        ),
        "days ahead": FigureKind("from the trade date to the last value date", DAYS),
        "use": FigureKind(
            "how full a limit is, pending and posted, before this order; the fullest of its days and sides",
            PERCENT,
            is_of_limit=True,
        ),
        "exposure": FigureKind("the same as an amount, not as a share of the limit", LIMITS_OWN, is_of_limit=True),
        "rate": FigureKind("the middle of the reference rate, terms per base", PLAIN, _PAIR),
        "spread": FigureKind("offer less bid of the reference rate, as a part of the middle", PERCENT, _PAIR),
        "change": FigureKind(
            "the furthest that the middle was from where it is now, either way, as a part of where it was",
            PERCENT,
            _PAIR,
            window_s=5 * 60,
        ),
        "volatility": FigureKind(
            "the realized volatility of the middle, annualized to 252 days of 24 hours",
            PERCENT,
            _PAIR,
            window_s=_HOUR_S,
        ),
        "orders": FigureKind(
            "how many orders were allowed, but for those taken back before they left", PLAIN, FLOW, window_s=60
        ),
        "live orders": FigureKind("how many orders are allowed and not final, those in doubt included", PLAIN, FLOW),
        "fill ratio": FigureKind(
            "the filled part of the orders that became final, each order the same weight",
            PERCENT,
            FLOW,
            window_s=_HOUR_S,
        ),
        "reject ratio": FigureKind(
            "of the orders that the venue answered, the part that it rejected", PERCENT, FLOW, window_s=_HOUR_S
        ),
        "latency": FigureKind(
            "the mean time from an order's sending to the venue's first answer", TIMES, FLOW, window_s=_HOUR_S
        ),
    }
)

# The controls whose limits fill up, and the figure of each that is the limit.
FILLING: Mapping[str, str] = MappingProxyType(
    {
        "NOP_CURRENCY": "max",
        "NOP_AGGREGATE": "max",
        "VOLUME_DAY": "max",
        "OPEN_VALUE": "max",
        "OPEN_COUNT": "orders_max",
        "COUNTERPARTY_LINE": "max",
        "SETTLEMENT_DAY": "max",
        "COUNTRY": "max",
        "GAP_BUCKET": "max",
        "FUNDING": "max",
    }
)
# A dimension of a limit that is no key of an order, and the key that has the same values.
SAME_AS: Mapping[str, str] = MappingProxyType({"session": "venue"})
