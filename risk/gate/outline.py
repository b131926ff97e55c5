"""What is known of an order before its size and its rate: everything that its limits are looked up by.

Many orders of a day have the same outline, so what follows from it alone is worked out once, see :mod:`risk.gate.plan`.
An outline therefore has nothing in it that is one order's own, and no time but :class:`Moment`, which notes for how
long the answers that it gave hold.
"""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from risk.gate.requests import OrderRequest
from risk.limits.tree import Ancestry
from risk.rates.tenor import TenorBucket
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import Product, Side
from trader.domain.moments import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE

_HOURS = tuple(f"{hour:02}" for hour in range(24))
_ALWAYS_NS = 2**63


class Keys(NamedTuple):
    """What tells one outline from another, as the request has it.

    Attributes:
        trade_date: The risk day.
        trader: Who launched the order.
        desk: For which desk.
        venue: Where it would go.
        book: Whose position it is.
        account: Account(1).
        counterparty: With whom; empty for whoever the venue brings.
        line_product: What its line is. Who may not deal swaps may not deal one in two orders either.
        product: What the order itself is.
        base: The pair's base.
        terms: The pair's terms.
        dealt_currency: The one its amounts are in.
        fixing_date: An NDF's.
        side: What the near leg does with the dealt currency.
        value_date: The near leg's.
        far: Side and value date of each leg after it.
    """

    trade_date: date
    trader: str
    desk: str
    venue: str
    book: str
    account: str
    counterparty: str
    line_product: Product
    product: Product
    base: Currency
    terms: Currency
    dealt_currency: Currency
    fixing_date: date | None
    side: Side
    value_date: date
    far: tuple[tuple[Side, date], ...]


def keys_of(request: OrderRequest) -> Keys:
    """The keys of an order."""
    line, deal = request.line, request.order_deal
    pair, near = deal.pair, deal.near_leg
    far = tuple([(leg.side, leg.value_date) for leg in deal.far_legs]) if deal.far_legs else ()
    # Made for every order, and the constructor would take as long as the look-up.
    return tuple.__new__(
        Keys,
        (
            request.trade_date,
            request.trader,
            request.desk,
            request.venue,
            line.book,
            line.account,
            line.counterparty,
            line.deal.product,
            deal.product,
            pair.base,
            pair.terms,
            deal.dealt_currency,
            deal.fixing_date,
            near.side,
            near.value_date,
            far,
        ),
    )


class Moment:
    """The moment an outline is looked at, which tells the time only by questions and notes how long an answer holds.

    Args:
        now_ns: UTC nanoseconds.

    Attributes:
        since_ns: The first moment at which every answer given would have been the same.
        until_ns: The last one.
    """

    __slots__ = ("_now_ns", "since_ns", "until_ns")

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self.since_ns, self.until_ns = -_ALWAYS_NS, _ALWAYS_NS

    @property
    def hour(self) -> str:
        """The hour of the day, 00 to 23 UTC."""
        hours = self._now_ns // NS_PER_HOUR
        self._holds(hours * NS_PER_HOUR, (hours + 1) * NS_PER_HOUR - 1)
        return _HOURS[hours % 24]

    def is_before(self, moment_ns: int) -> bool:
        """Whether a moment, UTC nanoseconds, is still to come."""
        if self._now_ns < moment_ns:
            self.until_ns = min(self.until_ns, moment_ns - 1)
            return True
        self.since_ns = max(self.since_ns, moment_ns)
        return False

    def is_within(self, start: int, end: int) -> bool:
        """Whether it is between two minutes of the UTC day, from ``start`` up to ``end``, over midnight if need be."""
        midnight_ns = self._now_ns // NS_PER_DAY * NS_PER_DAY
        self._holds(midnight_ns, midnight_ns + NS_PER_DAY - 1)
        has_begun = not self.is_before(midnight_ns + start * NS_PER_MINUTE)
        is_not_over = self.is_before(midnight_ns + end * NS_PER_MINUTE)
        return has_begun and is_not_over if start < end else has_begun or is_not_over

    def _holds(self, since_ns: int, until_ns: int) -> None:
        self.since_ns, self.until_ns = max(self.since_ns, since_ns), min(self.until_ns, until_ns)


class LegOutline(NamedTuple):
    """One leg.

    Attributes:
        place: Which leg of the deal it is, from 0.
        side: What it does with the dealt currency.
        value_date: When it is paid.
        base_is_bought: True when it receives the pair's base.
        tenor: How far ahead it is; the longest bucket when that cannot be found.
        tenor_problem: Why the tenor cannot be found, else "".
        collar: How far from the reference its rate may be, as a fraction; None when no row says.
    """

    place: int
    side: Side
    value_date: date
    base_is_bought: bool
    tenor: TenorBucket
    tenor_problem: str
    collar: Decimal | None


class Currencies(NamedTuple):
    """The currencies of an order, as :class:`Outline` has them."""

    pair: CurrencyPair
    symbol: str
    dealt_is_base: bool
    contra_currency: Currency
    dealt_unit: Decimal
    contra_unit: Decimal


@lru_cache(maxsize=4096)
def currencies_of(base: Currency, terms: Currency, dealt: Currency) -> Currencies:
    """What follows from a pair and the dealt currency, which is one of it."""
    pair = CurrencyPair(base, terms)
    contra = pair.other(dealt)
    return Currencies(pair, str(pair), dealt == base, contra, dealt.minor_unit, contra.minor_unit)


class Outline(NamedTuple):
    """An order without its size and its rate.

    Attributes:
        keys: What it was made of.
        above: The nodes above its names, in the desk's trees.
        pair: The pair.
        symbol: The pair as text.
        dealt_is_base: True when the amounts are in the pair's base.
        contra_currency: The pair's other currency.
        dealt_unit: The minor unit of the dealt currency.
        contra_unit: The minor unit of the contra currency.
        legs: The deal's legs, in its order.
        days: Their value dates, each once.
        moment: The time.
        hour: The hour of the day, 00 to 23 UTC.
        risk_day: The day it counts on: its trade date, or the risk day when that has gone on since.
    """

    keys: Keys
    above: Ancestry
    pair: CurrencyPair
    symbol: str
    dealt_is_base: bool
    contra_currency: Currency
    dealt_unit: Decimal
    contra_unit: Decimal
    legs: tuple[LegOutline, ...]
    days: tuple[date, ...]
    moment: Moment
    hour: str
    risk_day: date
