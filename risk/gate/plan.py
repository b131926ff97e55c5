"""Plans: what the controls say of every order with the same outline, resolved once.

Of the orders of a day many have the same pair, side, dates, book, trader and venue. For all of them the same rows of
the limits hold, the same nodes fill up, the same calendars answer; only size, rate and state differ. A plan has what is
the same, so that an order costs the comparisons and no look-up.

A plan is forgotten with the limits and calendars it was made from, and when the time has moved on to where one of its
answers would be another. Plans are bounded in number: the one too many takes the place of all.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from risk.check import Check
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Currencies, Keys, LegOutline, Moment, Outline, currencies_of, keys_of
from risk.gate.requests import OrderRequest
from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.ledger import Ledger
from risk.ledger.measures import Layout
from risk.ledger.stakes import Stakes
from risk.limits.tree import ancestry
from risk.rates.market import COLLAR, Market, look_up
from risk.rates.tenor import TenorBucket, tenor_bucket
from risk.reasons import Violation
from trader.domain.currency import CurrencyPair
from trader.domain.deal import Side
from trader.domain.errors import DomainError

PLANS_MAX = 16_384  # about 3 KB each


# A judge, and what it compares an order with.
_Judge = Callable[[OrderView, Any], Sequence[Violation]]
_Hold = Callable[[OrderView, Any], None]
_CLAIMS = (Claim, PositionClaim)


class Verdicts:
    """What some controls say of an outline: what every order breaks, and what has to be asked of each."""

    __slots__ = ("_compared", "_held", "_holds", "_judges", "_violations")

    def __init__(self) -> None:
        self._violations: list[Violation] = []
        # Side by side and not in pairs: a pair is one more object to fetch for each control, and nobody had this plan
        # in the processor's cache.
        self._judges: list[_Judge] = []
        self._compared: list[Any] = []
        self._holds: list[_Hold] = []
        self._held: list[Any] = []

    def add(self, said: object, judge: _Judge | None, hold: _Hold | None = None) -> None:
        """Take one thing that a control said which is no claim, with what the control does with it."""
        if isinstance(said, Violation):
            self._violations.append(said)
        else:
            assert judge is not None, "what an order has to be compared with needs a judge"
            self._judges.append(judge)
            self._compared.append(said)
            if hold is not None:
                self._holds.append(hold)
                self._held.append(said)

    def on(self, order: OrderView) -> list[Violation]:
        """What one order, or a quote that it would take, breaks."""
        found = self._violations.copy()
        compared = self._compared
        for at, judge in enumerate(self._judges):
            if said := judge(order, compared[at]):
                found += said
        return found

    def hold(self, order: OrderView) -> None:
        """An order's limits are held: the controls that look at other orders note it."""
        for at, hold in enumerate(self._holds):
            hold(order, self._held[at])


class Plan:
    """What holds for every order with one outline.

    Attributes:
        outline: The outline.
        order: What the controls say of an order.
        quote: What they say of a quote that an order would take.
        stakes: The nodes that an order takes something from.
    """

    __slots__ = ("_context", "_market", "_seen", "order", "outline", "quote", "stakes")

    def __init__(
        self, outline: Outline, order: Verdicts, quote: Verdicts, stakes: Stakes, context: CheckContext
    ) -> None:
        self.outline = outline
        self.order, self.quote, self.stakes = order, quote, stakes
        self._context = context
        self._market: Market | None = None
        self._seen = (0, 0)

    def holds_at(self, now_ns: int) -> bool:
        """Whether the plan that would be made now is this one."""
        moment = self.outline.moment
        return moment.since_ns <= now_ns <= moment.until_ns

    def market(self, now_ns: int) -> Market:
        """What the market says to the outline."""
        context, known = self._context, self._market
        seen = context.rates.changes, context.points.changes
        if known is not None and seen == self._seen and known.since_ns <= now_ns <= known.until_ns:
            return known
        found = look_up(self.outline, context.rates, context.points, context.calendars, now_ns)
        self._market, self._seen = found, seen
        return found


class Plans:
    """The plans made so far.

    Args:
        checks: Every control.
        context: What they look things up in.
        ledger: Has the nodes.
        plans_max: How many are kept.
    """

    def __init__(
        self, checks: Iterable[Check[Any]], context: CheckContext, ledger: Ledger, plans_max: int = PLANS_MAX
    ) -> None:
        self._checks = [(check, check.resolve) for check in checks if check.resolve is not None]
        self._context = context
        self._ledger = ledger
        self._plans_max = plans_max
        self._plans: dict[Keys, Plan] = {}

    def __len__(self) -> int:
        return len(self._plans)

    def plan(self, request: OrderRequest, now_ns: int) -> Plan:
        """The plan of an order whose shape the controls know.

        Args:
            request: The order.
            now_ns: The moment, UTC nanoseconds.
        """
        keys = keys_of(request)
        known = self._plans.get(keys)
        if known is not None and known.holds_at(now_ns):
            return known
        if known is None and len(self._plans) >= self._plans_max:
            self._plans.clear()
        made = self._plans[keys] = self._make(keys, now_ns)
        return made

    def _make(self, keys: Keys, now_ns: int) -> Plan:
        context = self._context
        outline = _outline(keys, Moment(now_ns), context)
        order, quote, claims = Verdicts(), Verdicts(), []
        for check, resolve in self._checks:
            for said in resolve(outline, context):
                if isinstance(said, _CLAIMS):
                    claims.append(said)
                    continue
                order.add(said, check.judge, check.hold)
                if check.is_for_quotes:
                    quote.add(said, check.judge)
        stakes = self._ledger.stakes(claims, _layout(outline))
        context.indicators.limits.see(stakes.nodes)
        return Plan(outline, order, quote, stakes, context)


def _outline(keys: Keys, moment: Moment, context: CheckContext) -> Outline:
    currencies = currencies_of(keys.base, keys.terms, keys.dealt_currency)
    hour = moment.hour
    legs = [
        _leg(place, side, value_date, keys, currencies, hour, context)
        for place, (side, value_date) in enumerate(((keys.side, keys.value_date), *keys.far))
    ]
    days = tuple(dict.fromkeys([leg.value_date for leg in legs]))
    above = ancestry(context.limits, keys.trader, keys.desk, keys.book, keys.counterparty, keys.venue)
    return Outline(keys, above, *currencies, tuple(legs), days, moment, hour, max(keys.trade_date, context.risk_day))


def _layout(outline: Outline) -> Layout:
    keys = outline.keys
    return Layout(keys.dealt_currency, outline.contra_currency, keys.side, outline.days, not keys.far)


def _leg(
    place: int,
    side: Side,
    value_date: date,
    keys: Keys,
    currencies: Currencies,
    hour: str,
    context: CheckContext,
) -> LegOutline:
    found = _tenor(currencies.pair, value_date, keys.trade_date, context)
    tenor, problem = (found, "") if isinstance(found, TenorBucket) else (TenorBucket.OVER_ONE_YEAR, found)
    collar = context.limits.number(COLLAR, (currencies.symbol, hour, tenor))
    base_is_bought = (side is Side.BUY) == currencies.dealt_is_base
    return LegOutline(place, side, value_date, base_is_bought, tenor, problem, collar)


def _tenor(pair: CurrencyPair, value_date: date, trade_date: date, context: CheckContext) -> TenorBucket | str:
    """The bucket of a value date, or why there is none."""
    key = (pair.base, pair.terms, trade_date, value_date)
    found = context.tenors.get(key)
    if found is None:
        try:
            found = tenor_bucket(pair, value_date, trade_date, context.calendars)
        except DomainError as error:
            found = str(error)
        context.tenors[key] = found
    return found
