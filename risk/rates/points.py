"""Reference forward points: what stands between the spot rate and the outright rate of a later day.

A pair's curve has pillars, each a tenor or a date with its points in rate units: 61.99 points of EUR/USD are
``0.006199``. Tenors are dated anew for each trade date; the points of a day between two pillars are linear in calendar
days, from zero at spot. Up to spot they are taken as zero: the collars of TOD and TOM have room for a day or two of
interest. After the last pillar there are none, because nothing is guessed.

Where no curve was ever loaded nothing is asked of one. Where one was, every pair dealt beyond spot needs its own.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol

from risk.limits.book import LimitBook
from risk.rates.reference import STALE_AGE, too_old
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.calendars import Calendars
from trader.domain.currency import CurrencyPair, parse_pair
from trader.domain.errors import DomainError
from trader.domain.moments import in_ns
from trader.domain.money import ZERO
from trader.domain.tenor import parse_tenor
from trader.domain.value_date import spot_date, tenor_date

_STEP = Decimal("1E-12")


class QuotedPoints(Protocol):
    """One pillar as it was read: the pair in market order, its tenor or ISO date, both points as exact texts."""

    @property
    def symbol(self) -> str:
        """The pair, as ``EUR/USD``."""
        ...

    @property
    def tenor(self) -> str:
        """As ``1M``, or a date in ISO form."""
        ...

    @property
    def bid(self) -> str:
        """Points of the bid, in rate units."""
        ...

    @property
    def offer(self) -> str:
        """Points of the offer, in rate units."""
        ...

    @property
    def ts_ns(self) -> int:
        """When they held, UTC nanoseconds."""
        ...


@dataclass(frozen=True, slots=True)
class _Dated:
    """A curve on one trade date: its days, spot first, and the middle of the points on each."""

    days: tuple[date, ...]
    points: tuple[Decimal, ...]


_Key = tuple[str, str]


class PointsCurves:
    """The curves in force, all from one source; the caller feeds them.

    Args:
        limits: Holds the age limit of points, as of rates: REFERENCE_STALE by source and pair.

    Attributes:
        changes: How often anything changed. Points that were kept are good for their span while this stands still.
    """

    def __init__(self, limits: LimitBook) -> None:
        self._limits = limits
        self.changes = 0
        self._source = ""
        self._pillars: dict[_Key, list[QuotedPoints]] = {}
        self._dated: dict[tuple[_Key, date], _Dated | Violation] = {}

    @property
    def is_loaded(self) -> bool:
        """True when there are curves, so that everything beyond spot is held against one."""
        return bool(self._pillars)

    def load(self, source: str, points: Iterable[QuotedPoints]) -> None:
        """Take new curves; they take the place of all that were there.

        Raises:
            DomainError: A symbol is not a pair.
        """
        self.changes += 1
        self._source = source
        self._pillars.clear()
        self._dated.clear()
        for quoted in points:
            pair = parse_pair(quoted.symbol)
            self._pillars.setdefault((pair.base, pair.terms), []).append(quoted)

    def use_limits(self, limits: LimitBook) -> None:
        """Other limits, and maybe other calendars, are in force from now on; the pillars stay."""
        self.changes += 1
        self._limits = limits
        self._dated.clear()

    def points(
        self, pair: CurrencyPair, value_date: date, trade_date: date, calendars: Calendars, now_ns: int
    ) -> Decimal | Violation:
        """The middle of the reference points for a value date, in rate units; it may be negative.

        Returns:
            The points, or FORWARD_POINTS (no curve, or not so far), REFERENCE_STALE, REFERENCE_BAD, LIMIT_UNDEFINED.
        """
        key = (pair.base, pair.terms)
        if key not in self._pillars:
            return _none(pair, f"{self._source} has no forward points of the pair")
        problem = self._age_problem(pair, now_ns)
        if problem is not None:
            return problem
        curve = self._dated.get((key, trade_date))
        if curve is None:
            curve = self._dated[key, trade_date] = _date_curve(pair, self._pillars[key], trade_date, calendars)
        return curve if isinstance(curve, Violation) else _interpolate(pair, curve, value_date)

    def snapshot(self) -> dict[str, object]:
        """The source and every pillar, in a canonical order."""
        return {
            "source": self._source,
            "curves": {
                "/".join(key): sorted([p.tenor, p.bid, p.offer, str(p.ts_ns)] for p in pillars)
                for key, pillars in sorted(self._pillars.items())
            },
        }

    def fresh_span(self, pair: CurrencyPair) -> tuple[int, int]:
        """The first and the last moment at which a pair's points may be used; none where they have no age limit.

        Args:
            pair: One that has a curve.
        """
        age_s_max = self._limits.number(STALE_AGE, (self._source, str(pair)))
        moments = [pillar.ts_ns for pillar in self._pillars[pair.base, pair.terms]]
        return max(moments), min(moments) + in_ns(age_s_max or ZERO)

    def _age_problem(self, pair: CurrencyPair, now_ns: int) -> Violation | None:
        node = f"pair={pair}"
        age_s_max = self._limits.number(STALE_AGE, (self._source, str(pair)))
        if age_s_max is None:
            return self._limits.undefined(STALE_AGE, (self._source, str(pair)))
        since_ns, until_ns = self.fresh_span(pair)
        if since_ns > now_ns:
            return broken_rule(ReasonCode.REFERENCE_BAD, node, f"the points of {self._source} are from the future")
        if now_ns <= until_ns:
            return None
        oldest_ns = min(pillar.ts_ns for pillar in self._pillars[pair.base, pair.terms])
        what = f"the points of {self._source} are"
        return too_old(f"source={self._source} {node}", what, now_ns - oldest_ns, age_s_max)


def _date_curve(
    pair: CurrencyPair, pillars: list[QuotedPoints], trade_date: date, calendars: Calendars
) -> _Dated | Violation:
    try:
        spot = spot_date(pair, trade_date, calendars)
        found = {
            tenor_date(pair, parse_tenor(p.tenor), trade_date, calendars): (Decimal(p.bid) + Decimal(p.offer)) / 2
            for p in pillars
        }
    except DomainError as error:
        return _none(pair, f"the curve has no dates: {error}")
    days = [day for day in sorted(found) if day > spot]
    return _Dated((spot, *days), (ZERO, *(found[day] for day in days)))


def _interpolate(pair: CurrencyPair, curve: _Dated, day: date) -> Decimal | Violation:
    place = bisect_left(curve.days, day)
    if place == 0:
        return ZERO
    if place == len(curve.days):
        return _none(pair, f"the curve ends on {curve.days[-1]}, before the value date {day}")
    before, after = curve.days[place - 1], curve.days[place]
    low, high = curve.points[place - 1], curve.points[place]
    share = (high - low) * (day - before).days / (after - before).days
    return (low + share).quantize(_STEP, rounding=ROUND_HALF_EVEN)


def _none(pair: CurrencyPair, detail: str) -> Violation:
    return broken_rule(ReasonCode.FORWARD_POINTS, f"pair={pair}", detail)
