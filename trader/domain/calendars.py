"""Holiday calendars per currency, and the good days that several currencies have in common.

Nothing is assumed: a currency without a calendar, or a day outside the years the calendars cover, is an error and
never a business day. An empty guess would put a deal on a day when one of the two payments cannot be made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from trader.domain.currency import CurrencyPair
from trader.domain.errors import DomainError

MONDAY_TO_FRIDAY = "1111100"

_YEARS = range(1900, 2201)  # far from the ends of what ``date`` can hold, so that no tenor can run over them


class BusinessDays:
    """The days on which all of some currencies can be paid, within the covered years.

    Adjustments are named as the market names them. Each raises :class:`DomainError` when the day asked for, or the
    answer, is outside the covered years.

    Attributes:
        mask: One byte per calendar day from the first covered day on, 1 for a good day. Masks of several currencies
            combine in numpy, and the next good day is one search in C.
    """

    __slots__ = ("_currencies", "_first_day", "mask")

    def __init__(self, currencies: str, first_day: date, mask: bytes) -> None:
        self._currencies = currencies
        self._first_day = first_day.toordinal()
        self.mask = mask

    def __contains__(self, day: date) -> bool:
        return self.mask[self._index(day)] == 1

    def following(self, day: date) -> date:
        """The day itself when it is good, else the next good day."""
        return self._day(self.mask.find(1, self._index(day)), day)

    def preceding(self, day: date) -> date:
        """The day itself when it is good, else the last good day before it."""
        return self._day(self.mask.rfind(1, 0, self._index(day) + 1), day)

    def modified_following(self, day: date) -> date:
        """Following, but never into the next month: then preceding."""
        rolled = self.following(day)
        return rolled if rolled.month == day.month else self.preceding(day)

    def after(self, day: date, count: int) -> date:
        """The ``count``-th good day after ``day``, which itself need not be good; ``count`` from 1."""
        good_day = day
        for _ in range(count):
            good_day = self._day(self.mask.find(1, self._index(good_day) + 1), day)
        return good_day

    def before(self, day: date, count: int) -> date:
        """The ``count``-th good day before ``day``, which itself need not be good; ``count`` from 1."""
        good_day = day
        for _ in range(count):
            good_day = self._day(self.mask.rfind(1, 0, self._index(good_day)), day)
        return good_day

    def last_of_month(self, day: date) -> date:
        """The last good day of the month that ``day`` is in."""
        in_next_month = day.replace(day=28) + timedelta(days=4)
        return self.preceding(in_next_month - timedelta(days=in_next_month.day))

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._first_day
        if not 0 <= index < len(self.mask):
            raise self._uncovered(str(day))
        return index

    def _day(self, index: int, asked_from: date) -> date:
        if index < 0:
            raise self._uncovered(f"the business day of {self._currencies} counted from {asked_from}")
        return date.fromordinal(self._first_day + index)

    def _uncovered(self, what: str) -> DomainError:
        first_year = date.fromordinal(self._first_day).year
        last_year = date.fromordinal(self._first_day + len(self.mask) - 1).year
        return DomainError(
            f"{what} is outside the covered years {first_year} to {last_year} of the holiday calendars; "
            "load the calendars for more years, or correct the date"
        )


class _Memo:
    """A slot for what is derived from the calendars: no field, so no part of equality or of what is journalled."""

    __slots__ = ("_memo",)

    _memo: dict[tuple[str, ...], BusinessDays]


@dataclass(frozen=True, slots=True)
class Calendars(_Memo):
    """Everything known about the days on which currencies can be paid.

    Attributes:
        holidays: Currency code to its holidays in ascending order; weekend days may be among them.
        first_year: The first year the holidays are complete for.
        last_year: The last year the holidays are complete for.
        week_masks: Currency code to its working week, seven characters from Monday, 1 for a working day. A currency
            that is not named works from Monday to Friday.

    Raises:
        DomainError: The years are in the wrong order or beyond 1900 to 2200.
    """

    holidays: Mapping[str, tuple[date, ...]]
    first_year: int
    last_year: int
    week_masks: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.first_year not in _YEARS or self.last_year not in _YEARS or self.first_year > self.last_year:
            raise DomainError(
                f"calendars from {self.first_year} to {self.last_year} cannot be; "
                f"expected two years in ascending order between {_YEARS[0]} and {_YEARS[-1]}"
            )

    def business_days(self, *currencies: str) -> BusinessDays:
        """The days on which every one of ``currencies`` can be paid.

        Raises:
            DomainError: A currency has no calendar.
        """
        memo = self._memo_dict()
        days = memo.get(currencies)
        if days is None:
            days = memo[currencies] = self._joint(currencies)
        return days

    def good_days(self, pair: CurrencyPair) -> BusinessDays:
        """The days on which both currencies of ``pair`` can be paid and New York is open, crosses included.

        Raises:
            DomainError: One of the two, or USD, has no calendar.
        """
        return self.business_days(pair.base, pair.terms, "USD")

    def is_business_day(self, currency: str, day: date) -> bool:
        """Whether ``currency`` can be paid on ``day``.

        Raises:
            DomainError: The currency has no calendar, or the day is outside the covered years.
        """
        return day in self.business_days(currency)

    def is_good_for(self, pair: CurrencyPair, day: date) -> bool:
        """Whether ``day`` is one of :meth:`good_days`.

        Raises:
            DomainError: A calendar is missing, or the day is outside the covered years.
        """
        return day in self.good_days(pair)

    def is_weekend(self, currency: str, day: date) -> bool:
        """Whether ``day`` is outside the currency's working week, whatever the holidays."""
        return self.week_masks.get(currency, MONDAY_TO_FRIDAY)[day.weekday()] == "0"

    def _memo_dict(self) -> dict[tuple[str, ...], BusinessDays]:
        # Made on first use, not at construction: a copied or unpickled object never ran __init__.
        try:
            return self._memo
        except AttributeError:
            object.__setattr__(self, "_memo", {})
            return self._memo

    def _joint(self, currencies: tuple[str, ...]) -> BusinessDays:
        if len(currencies) == 1:
            return self._single(currencies[0])
        masks = [np.frombuffer(self.business_days(currency).mask, dtype=np.bool_) for currency in currencies]
        good = np.logical_and.reduce(masks)
        return BusinessDays(" and ".join(dict.fromkeys(currencies)), date(self.first_year, 1, 1), good.tobytes())

    def _single(self, currency: str) -> BusinessDays:
        if currency not in self.holidays:
            loaded = " ".join(sorted(self.holidays))
            raise DomainError(
                f"{currency} has no holiday calendar, so no value date can be found for it; "
                f"add {currency} to the currencies that calendars are loaded for (loaded: {loaded})"
            )
        first_day = date(self.first_year, 1, 1)
        good = np.is_busday(
            np.arange(np.datetime64(first_day), np.datetime64(date(self.last_year + 1, 1, 1))),
            weekmask=self.week_masks.get(currency, MONDAY_TO_FRIDAY),
            holidays=np.array(self.holidays[currency], dtype="datetime64[D]"),
        )
        return BusinessDays(currency, first_day, good.tobytes())
