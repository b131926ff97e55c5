"""Reference rates: what prices are compared with, and what turns an amount into the reporting currency.

A look-up never raises and never guesses: it returns the quote, or the :class:`~risk.reasons.Violation` that says why
there is none. Answers are kept until a rate they were made from changes, so a repeated look-up is one dict hit and a
comparison of the age.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from risk.limits.book import LimitBook, LimitTable
from risk.rates.velocity import Velocity
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.currency import Currency, CurrencyPair, market_pair
from trader.domain.moments import NS_PER_S, in_ns
from trader.domain.money import ZERO

STALE_AGE = LimitTable("REFERENCE_STALE", "age_s_max", ("source", "pair"))
SOURCES_APART = LimitTable("REFERENCE_BAD", "sources_apart_fraction_max", ("pair",))

_ALWAYS_NS = 2**63
_ONE = Decimal(1)
_RATE_STEP = Decimal("1E-12")  # far below any tick, and small enough that amount x rate stays exact in 28 digits
# What a rate may be at all: the bounds of what a venue or a file may say, which inverses and crosses must keep to.
RATE_MIN, RATE_MAX = Decimal("0.000001"), Decimal(99_999_999)
_BRIDGES = (Currency("USD"), Currency("EUR"))


@dataclass(frozen=True, slots=True)
class Quote:
    """A usable reference rate: terms per one base, two-way.

    Attributes:
        bid: Where the market buys the base.
        offer: Where the market sells the base, at or above the bid.
        mid: Halfway, what prices and amounts are measured with.
        ts_ns: When it was received, a cross's later leg, UTC nanoseconds; before that it may not be used.
        fresh_until_ns: The last moment at which it may be used.
        sources: Where it came from, for people.
    """

    bid: Decimal
    offer: Decimal
    mid: Decimal
    ts_ns: int
    fresh_until_ns: int
    sources: str


class Valuation(NamedTuple):
    """What one unit of a currency is worth in the reporting currency, rounded up; the moments are the rate's."""

    rate: Decimal
    ts_ns: int
    fresh_until_ns: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """The last word of one source on one pair, usable or not."""

    bid: Decimal | None
    offer: Decimal | None
    ts_ns: int
    source: str


_Key = tuple[str, str]


class ReferenceRates:
    """The latest rate of each pair, from each source.

    Args:
        limits: Holds the age limit of each pair from each source, and how far two sources may be apart.
        reporting_currency: What :meth:`to_reporting` converts to.

    Attributes:
        velocity: Watches how fast they move.
        changes: How often anything changed. An answer that was kept is good for its span while this stands still.
        listener: Who is told of each usable rate as it comes, if anybody: the pair, the middle, when it was received.
    """

    def __init__(self, limits: LimitBook, reporting_currency: Currency) -> None:
        self.reporting_currency = reporting_currency
        self.changes = 0
        self.velocity = Velocity(limits)
        self.listener: Callable[[CurrencyPair, Decimal, int], None] | None = None
        self._limits = limits
        self._heard: dict[_Key, dict[str, _Heard]] = {}
        self._latest: dict[_Key, _Heard] = {}
        self._quotes: dict[_Key, Quote] = {}
        self._itself = Valuation(_ONE, -_ALWAYS_NS, _ALWAYS_NS)
        self._reporting_pairs: dict[Currency, CurrencyPair] = {}
        self._valuations: dict[Currency, tuple[Valuation, Quote]] = {}
        # Which answers were made from a pair's rate, to forget them when it changes; and those forgotten so far.
        self._made_from: dict[_Key, set[_Key]] = {}
        self._moved: set[_Key] = set()

    def update(self, pair: CurrencyPair, bid: Decimal | None, offer: Decimal | None, ts_ns: int, source: str) -> None:
        """Take a source's new two-way rate, terms per one base, received at ``ts_ns`` of our own clock.

        A rate that cannot be is kept too: it takes the place of the good one before it, and look-ups answer
        REFERENCE_BAD until a better one comes.
        """
        key = (pair.base, pair.terms)
        heard = _Heard(bid, offer, ts_ns, source)
        self._heard.setdefault(key, {})[source] = heard
        self._latest[key] = heard
        self.changes += 1
        for made in self._made_from.pop(key, ()):
            self._quotes.pop(made, None)
            self._moved.add(made)
        if not isinstance(sides := _two_way(heard), str):
            mid = _middle(*sides)
            self.velocity.heard(pair, source, mid, ts_ns)
            if self.listener is not None:
                self.listener(pair, mid, ts_ns)

    def forget(self) -> None:
        """Forget every rate, for a judgment that is to be made with others."""
        self.changes += 1
        self._moved.update(self._quotes)
        for memory in (self._heard, self._latest, self._quotes, self._made_from):
            memory.clear()
        self.velocity.forget()

    def quote(self, pair: CurrencyPair, now_ns: int) -> Quote | Violation:
        """The reference rate of a pair: its own, its inverse's, or crossed over USD or EUR.

        Returns:
            The quote, or REFERENCE_STALE, REFERENCE_BAD (also when there is no rate at all) or LIMIT_UNDEFINED.
        """
        key = (pair.base, pair.terms)
        known = self._quotes.get(key)
        if known is not None and known.ts_ns <= now_ns <= known.fresh_until_ns:
            return known
        return self._resolve(key, now_ns)

    def made_of(self, pair: CurrencyPair) -> tuple[str, ...]:
        """The pairs, in market order, whose rates a pair's reference is crossed from; none for one with its own."""
        key = (pair.base, pair.terms)
        if self._is_heard(key):
            return ()
        legs = (CurrencyPair(Currency(base), Currency(terms)) for path in self._paths(key) for base, terms in path)
        return tuple(dict.fromkeys([str(leg if leg.is_market_order else leg.inverse) for leg in legs]))

    def has_fresh(self, pair: CurrencyPair, now_ns: int) -> bool:
        """Whether :meth:`quote` has a rate."""
        return isinstance(self.quote(pair, now_ns), Quote)

    def use_limits(self, limits: LimitBook) -> None:
        """Other limits are in force from now on; the rates heard stay."""
        self._limits = limits
        self.velocity.use_limits(limits)
        self.changes += 1
        self._moved.update(self._quotes)
        self._quotes.clear()
        self._made_from.clear()

    def to_reporting(self, currency: Currency, now_ns: int) -> Decimal | Violation:
        """What one unit of a currency is worth in the reporting currency, at the middle, rounded up."""
        found = self.valuation(currency, now_ns)
        return found if isinstance(found, Violation) else found.rate

    def valuation(self, currency: Currency, now_ns: int) -> Valuation | Violation:
        """Like :meth:`to_reporting`, with the span in which it is good."""
        if currency == self.reporting_currency:
            return self._itself
        pair = self._reporting_pair(currency)
        quote = self.quote(pair, now_ns)
        if isinstance(quote, Violation):
            return quote
        known = self._valuations.get(currency)
        if known is not None and known[1] is quote:
            return known[0]
        rate = quote.mid if pair.base == currency else (_ONE / quote.mid)
        found = Valuation(rate.quantize(_RATE_STEP, ROUND_CEILING), quote.ts_ns, quote.fresh_until_ns)
        self._valuations[currency] = found, quote
        return found

    def take_moved(self, currencies: Iterable[Currency]) -> list[Currency]:
        """Those of some currencies whose :meth:`valuation` may be another than it was when this was last asked.

        One whose valuation could not be had, or has grown too old, is not among them.
        """
        if not self._moved:
            return []
        moved, self._moved = self._moved, set()
        pairs = ((each, self._reporting_pair(each)) for each in currencies if each != self.reporting_currency)
        return [currency for currency, pair in pairs if (pair.base, pair.terms) in moved]

    def snapshot(self) -> dict[str, list[list[str]]]:
        """Every source's last word on every pair, in a canonical order."""
        return {
            f"{base}/{terms}": [[source, str(h.bid), str(h.offer), str(h.ts_ns)] for source, h in sorted(heard.items())]
            for (base, terms), heard in sorted(self._heard.items())
        }

    def _reporting_pair(self, currency: Currency) -> CurrencyPair:
        """A currency is valued by the rate the market quotes: the inverse of a rounded inverse is not the rate."""
        pair = self._reporting_pairs.get(currency)
        if pair is None:
            pair = self._reporting_pairs[currency] = market_pair(currency, self.reporting_currency)
        return pair

    def _resolve(self, key: _Key, now_ns: int) -> Quote | Violation:
        problem: Violation | None = None
        for path in self._paths(key):
            answer = self._along(path, now_ns)
            if isinstance(answer, Quote):
                self._quotes[key] = answer
                for base, terms in path:
                    made_from = (base, terms) if (base, terms) in self._latest else (terms, base)
                    self._made_from.setdefault(made_from, set()).add(key)
                return answer
            problem = problem or answer
        return problem or broken_rule(
            ReasonCode.REFERENCE_BAD,
            f"pair={'/'.join(key)}",
            "there is no reference rate, neither its own nor a cross over USD or EUR",
        )

    def _paths(self, key: _Key) -> Iterator[tuple[_Key, ...]]:
        """The ways to a rate for which something was heard. A pair's own rate, once heard, is the only one."""
        base, terms = key
        if self._is_heard(key):
            yield (key,)
            return
        for bridge in _BRIDGES:
            legs = ((base, bridge), (bridge, terms))
            if all(self._is_heard(leg) for leg in legs):
                yield legs

    def _is_heard(self, key: _Key) -> bool:
        return key in self._latest or (key[1], key[0]) in self._latest

    def _along(self, path: tuple[_Key, ...], now_ns: int) -> Quote | Violation:
        """The product of the rates of a path, as fresh as its oldest."""
        bid = offer = _ONE
        legs: list[Quote] = []
        for key in path:
            leg = self._heard_quote(key, now_ns)
            if isinstance(leg, Violation):
                return leg
            bid, offer = bid * leg.bid, offer * leg.offer
            legs.append(leg)
        if len(legs) == 1:
            return legs[0]
        return _bounded(path, bid, offer) or Quote(
            bid=bid,
            offer=offer,
            mid=_middle(bid, offer),
            ts_ns=max(leg.ts_ns for leg in legs),
            fresh_until_ns=min(leg.fresh_until_ns for leg in legs),
            sources=" and ".join(leg.sources for leg in legs),
        )

    def _heard_quote(self, key: _Key, now_ns: int) -> Quote | Violation:
        if key in self._latest:
            return self._check(key, self._latest[key], now_ns)
        turned = self._check((key[1], key[0]), self._latest[key[1], key[0]], now_ns)
        if isinstance(turned, Violation):
            return turned
        bid, offer = _ONE / turned.offer, _ONE / turned.bid
        return _bounded((key,), bid, offer) or Quote(
            bid, offer, _middle(bid, offer), turned.ts_ns, turned.fresh_until_ns, turned.sources
        )

    def _check(self, key: _Key, heard: _Heard, now_ns: int) -> Quote | Violation:
        pair = "/".join(key)
        node = f"pair={pair}"
        age_key = (heard.source, pair)
        age_s_max = self._limits.number(STALE_AGE, age_key)
        if age_s_max is None:
            return self._limits.undefined(STALE_AGE, age_key)
        rate = _two_way(heard)
        if isinstance(rate, str):
            return broken_rule(ReasonCode.REFERENCE_BAD, node, rate)
        if heard.ts_ns > now_ns:
            return broken_rule(ReasonCode.REFERENCE_BAD, node, f"the rate of {heard.source} is from the future")
        age_ns_max = in_ns(age_s_max)
        if now_ns - heard.ts_ns > age_ns_max:
            what = f"the rate of {heard.source} is"
            return too_old(f"source={heard.source} {node}", what, now_ns - heard.ts_ns, age_s_max)
        bid, offer = rate
        quote = Quote(bid, offer, _middle(bid, offer), heard.ts_ns, heard.ts_ns + age_ns_max, heard.source)
        return self._apart(pair, self._heard[key], quote) or quote

    def _apart(self, pair: str, heard: Mapping[str, _Heard], quote: Quote) -> Violation | None:
        """The violation of two sources that disagree about the same moment, if any do."""
        node = f"pair={pair}"
        for other in heard.values():
            if other.source == quote.sources:
                continue
            age_s_max = self._limits.number(STALE_AGE, (other.source, pair))
            if age_s_max is None:
                return self._limits.undefined(STALE_AGE, (other.source, pair))
            # A price of now does not contradict yesterday's fixing: the shorter of the two limits counts as now.
            now_is_ns = min(in_ns(age_s_max), quote.fresh_until_ns - quote.ts_ns)
            if abs(quote.ts_ns - other.ts_ns) > now_is_ns:
                continue
            apart_max = self._limits.number(SOURCES_APART, (pair,))
            if apart_max is None:
                return self._limits.undefined(SOURCES_APART, (pair,))
            rate = _two_way(other)
            if isinstance(rate, str):
                return broken_rule(ReasonCode.REFERENCE_BAD, node, rate)
            apart = abs(_middle(*rate) - quote.mid) / quote.mid
            if apart > apart_max:
                return Violation(
                    ReasonCode.REFERENCE_BAD,
                    node,
                    limit=apart_max,
                    used=ZERO,
                    asked=apart.quantize(_RATE_STEP),
                    free=apart_max,
                    passes=None,
                    detail=f"the rates of {quote.sources} and {other.source} are too far apart",
                )
        return None


def is_rate(rate: Decimal) -> bool:
    """True for a number that a rate can be."""
    return rate.is_finite() and RATE_MIN <= rate <= RATE_MAX


def _bounded(path: tuple[_Key, ...], bid: Decimal, offer: Decimal) -> Violation | None:
    """The violation of a rate made from others that is none itself."""
    if is_rate(bid) and is_rate(offer):
        return None
    pair = f"{path[0][0]}/{path[-1][1]}"
    detail = f"its inverse or cross is {bid:.6g} to {offer:.6g}; expected {RATE_MIN} to {RATE_MAX:,}"
    return broken_rule(ReasonCode.REFERENCE_BAD, f"pair={pair}", detail)


def _middle(bid: Decimal, offer: Decimal) -> Decimal:
    return ((bid + offer) / 2).quantize(_RATE_STEP, rounding=ROUND_HALF_EVEN)


def _two_way(heard: _Heard) -> tuple[Decimal, Decimal] | str:
    """Bid and offer, or what is wrong with them."""
    bid, offer = heard.bid, heard.offer
    if bid is None or not is_rate(bid):
        return f"{heard.source} has a bid of {bid}; expected a number from {RATE_MIN} to {RATE_MAX:,}"
    if offer is None or not is_rate(offer):
        return f"{heard.source} has an offer of {offer}; expected a number from {RATE_MIN} to {RATE_MAX:,}"
    if bid > offer:
        return f"{heard.source} is crossed, bid {bid} above offer {offer}"
    return bid, offer


def too_old(node: str, what: str, age_ns: int, age_s_max: Decimal) -> Violation:
    """The violation of a reference that is older than it may be; ``what`` is, as a clause, what is too old."""
    return Violation(
        ReasonCode.REFERENCE_STALE,
        node,
        limit=age_s_max,
        used=ZERO,
        asked=Decimal(age_ns) / NS_PER_S,
        free=age_s_max,
        passes=None,
        detail=f"{what} too old, in seconds",
    )
