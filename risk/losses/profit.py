"""Profit and loss: what everything an owner has dealt is worth now, realized and unrealized together.

An owner is a trader, a desk or a firm. Its value is the sum over all currencies of what was bought less what was sold,
at the present middle of the reference rates, in the reporting currency. What was dealt beyond spot is worth its
reference outright: of each pair and value date the base bought less sold, times the reference points, counts in the
terms currency on top. Nothing is discounted. An NDF counts like a forward, and after its fixing at the market still.

A profit is a value less the value at the start of the day or of the month. Days and months roll at 17:00 New York. The
drawdown is how far the value is below its highest since the month began.

A mark is the worth of one unit of a currency. One that cannot be had any longer leaves the value at the last one there
was; :attr:`Profits.unmarked` says since when, because who holds what cannot be valued may not go on for long.

A fill costs as much as it has currencies, a new rate as much as there are owners with that currency.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from risk.losses.booking import Booking, Forward, Owner
from risk.rates.points import PointsCurves
from risk.rates.reference import ReferenceRates
from risk.reasons import Violation
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency
from trader.domain.moments import ns_at, second_at
from trader.domain.money import ZERO
from trader.domain.value_date import trade_date_at

_NEW_YORK, _ROLL = ZoneInfo("America/New_York"), time(17)
_ALWAYS_NS = 2**63


@dataclass(slots=True)
class Book:
    """One owner's deals, and what they are worth in the reporting currency.

    Attributes:
        owner: Whose.
        amounts: Of each currency what was bought less what was sold, with what the points of forwards come to.
        forwards: The base bought less sold beyond spot.
        value: What all of it is worth at the marks.
        day_start: The value when the day began.
        month_start: The value when the month began.
        peak: The highest value since the month began.
    """

    owner: Owner
    amounts: dict[Currency, Decimal] = field(default_factory=dict)
    forwards: dict[Forward, Decimal] = field(default_factory=dict)
    value: Decimal = ZERO
    day_start: Decimal = ZERO
    month_start: Decimal = ZERO
    peak: Decimal = ZERO

    @property
    def day(self) -> Decimal:
        """The day's profit; a loss is below zero."""
        return self.value - self.day_start

    @property
    def month(self) -> Decimal:
        """The month's profit."""
        return self.value - self.month_start

    @property
    def drawdown(self) -> Decimal:
        """How far the value is below its highest of the month; zero or less."""
        return self.value - self.peak

    def holds(self, what: Currency | Forward) -> bool:
        """Whether there is anything of a currency or a forward in it."""
        return bool(self.forwards.get(what) if isinstance(what, Forward) else self.amounts.get(what))


class Profits:
    """The books of all owners.

    Args:
        rates: The marks come from here.
        points: Those of forwards.
        calendars: Date the points' pillars.

    Attributes:
        unmarked: What cannot be marked now: a currency or a forward, the reason, and since when, UTC nanoseconds.
    """

    def __init__(self, rates: ReferenceRates, points: PointsCurves, calendars: Calendars) -> None:
        self._rates, self._points, self._calendars = rates, points, calendars
        self.unmarked: dict[Currency | Forward, tuple[Violation, int]] = {}
        self._books: dict[Owner, Book] = {}
        self._holders: dict[Currency, list[Book]] = defaultdict(list)
        self._marks: dict[Currency, Decimal] = {}
        self._fresh_until: dict[Currency | Forward, int] = {}
        self._outrights: dict[Forward, Decimal] = {}  # the points that each forward was last valued with
        self._booked: dict[tuple[str, str], Booking | None] = {}
        self._changed: dict[Owner, Book] = {}
        self._rates_seen = self._points_seen = -1
        self._until_ns = -_ALWAYS_NS
        self._day, self._rolls_ns = date.min, -_ALWAYS_NS

    def reconfigure(self, calendars: Calendars) -> None:
        """Other limits and calendars are in force. What has no mark may have had none all night, and counts anew."""
        self._calendars = calendars
        self.unmarked.clear()
        self._fresh_until.clear()
        self._rates_seen = self._points_seen = -1

    def book(self, owner: Owner) -> Book | None:
        """The deals of an owner; None when there are none."""
        return self._books.get(owner)

    @property
    def books(self) -> Collection[Book]:
        """Every owner's, the first to deal first."""
        return self._books.values()

    @property
    def currencies(self) -> Iterator[Currency]:
        """What needs a mark, because somebody has some of it."""
        for currency, holders in self._holders.items():
            if any(book.amounts[currency] for book in holders):
                yield currency

    def fill(self, reservation_id: str, exec_id: str, booking: Booking) -> bool:
        """Book a fill; False when it was booked before, and nothing changed."""
        if (reservation_id, exec_id) in self._booked:
            return False
        self._booked[reservation_id, exec_id] = booking
        self._take(booking, 1)
        return True

    def reverse(self, reservation_id: str, exec_id: str) -> Booking | None:
        """Take a fill back, once, and return what it had been booked as; None for one that is not known."""
        booking = self._booked.get((reservation_id, exec_id))
        if booking is not None:
            self._booked[reservation_id, exec_id] = None
            self._take(booking, -1)
        return booking

    def forget(self, reservations: Container[str]) -> None:
        """Some orders' fills can no longer be taken back: how each was booked is of no use any more."""
        self._booked = {key: booking for key, booking in self._booked.items() if key[0] not in reservations}

    def rest(self, now_ns: int) -> bool:
        """True while a look would find what the last one found: all marks there, and nothing booked, moved or rolled.

        Args:
            now_ns: When it would be, UTC nanoseconds.
        """
        return (
            not self._changed
            and not self.unmarked
            and now_ns < self._rolls_ns
            and now_ns <= self._until_ns
            and self._rates.changes == self._rates_seen
            and self._points.changes == self._points_seen
        )

    def mark(self, now_ns: int) -> None:
        """Value everything with the marks of now, UTC nanoseconds, and roll days and months."""
        if now_ns >= self._rolls_ns:
            self._roll(now_ns)
        everything = now_ns > self._until_ns or self._points.changes != self._points_seen
        if everything or self._rates.changes != self._rates_seen:
            self._mark(now_ns, everything=everything)

    def take_changed(self) -> list[Book]:
        """The books whose value, or whose start, has changed since the last call."""
        if not self._changed:
            return []
        changed = list(self._changed.values())
        self._changed.clear()
        for book in changed:
            if book.value.is_finite():
                book.peak = max(book.peak, book.value)
        return changed

    def unmarked_of(self, book: Book) -> list[tuple[Currency | Forward, Violation, int]]:
        """What of a book cannot be marked now, the longest first, with the reason and since when."""
        found = [(what, *why) for what, why in self.unmarked.items() if book.holds(what)]
        return sorted(found, key=lambda each: each[2])

    def snapshot(self) -> dict[str, object]:
        """Everything there is to know, as plain values in a canonical order."""
        return {
            "day": self._day.isoformat(),
            "marks": {str.__str__(currency): f"{mark:f}" for currency, mark in sorted(self._marks.items())},
            "unmarked": {str(what): since_ns for what, (_, since_ns) in self.unmarked.items()},
            "books": {str(owner): _snapshot(book) for owner, book in sorted(self._books.items())},
        }

    def _take(self, booking: Booking, sign: int) -> None:
        flows = []
        for currency, amount, first_mark in booking.flows:
            if currency not in self._marks:
                self._marks[currency] = first_mark
                self._rates_seen = -1  # how long that holds is found out with the next mark
            flows.append((currency, sign * amount, sign * amount * self._marks[currency]))
        for owner in booking.owners:
            book = self._books.get(owner) or self._begin(owner)
            self._changed[owner] = book
            for currency, amount, worth in flows:
                self._hold(book, currency, amount, worth)
            for forward, base in booking.forwards:
                amount = sign * base
                book.forwards[forward] = book.forwards.get(forward, ZERO) + amount
                terms, points = forward.pair.terms, self._outrights.get(forward)
                if points is None:
                    self._points_seen = -1  # it is priced at the next mark
                else:
                    self._hold(book, terms, amount * points, amount * points * self._marks[terms])

    def _begin(self, owner: Owner) -> Book:
        book = self._books[owner] = Book(owner)
        return book

    def _hold(self, book: Book, currency: Currency, amount: Decimal, worth: Decimal) -> None:
        """Take an amount into a book, with what it is worth at its mark."""
        held = book.amounts.get(currency)
        if held is None:
            held = ZERO
            self._holders[currency].append(book)
        book.amounts[currency] = held + amount
        book.value += worth

    def _roll(self, now_ns: int) -> None:
        """A new day, and maybe a new month, starts with the value of the last marks before it."""
        day, self._rolls_ns = trade_date_at(now_ns), _next_roll_ns(now_ns)
        if day == self._day:
            return
        is_new_month = (day.year, day.month) != (self._day.year, self._day.month)
        self._day, self._points_seen = day, -1
        for book in self._books.values():
            book.day_start = book.value
            if is_new_month:
                book.month_start = book.peak = book.value
            self._changed[book.owner] = book

    def _mark(self, now_ns: int, *, everything: bool) -> None:
        """Look up the marks that may have changed."""
        moved = self._rates.take_moved(self._marks)
        if everything or self._rates_seen < 0:
            self._until_ns = _ALWAYS_NS
            currencies = list(self._marks)
        else:
            currencies = [*moved, *(each for each in self.unmarked if not isinstance(each, Forward))]
        for currency in currencies:
            found = self._rates.valuation(currency, now_ns)
            if isinstance(found, Violation):
                self._miss(currency, found, now_ns)
            else:
                self._fresh_until[currency] = found.fresh_until_ns
                self._until_ns = min(self._until_ns, found.fresh_until_ns)
                self.unmarked.pop(currency, None)
                self._mark_at(currency, found.rate)
        if everything:
            self._mark_forwards(now_ns)
        self._rates_seen, self._points_seen = self._rates.changes, self._points.changes

    def _mark_at(self, currency: Currency, mark: Decimal) -> None:
        moved = mark - self._marks[currency]
        if moved:
            self._marks[currency] = mark
            for book in self._holders[currency]:
                amount = book.amounts[currency]
                if amount:
                    book.value += amount * moved
                    self._changed[book.owner] = book

    def _mark_forwards(self, now_ns: int) -> None:
        """Price everything beyond spot; what has come up to spot has no points any longer, and is forgotten."""
        for forward in {forward for book in self._books.values() for forward in book.forwards}:
            points: Decimal | Violation = ZERO
            if self._points.is_loaded and forward.value_date > self._day:
                points = self._points.points(*forward, self._day, self._calendars, now_ns)
            if isinstance(points, Violation):
                self._miss(forward, points, now_ns)
                continue
            self.unmarked.pop(forward, None)
            self._fresh_until.pop(forward, None)
            moved = points - self._outrights.get(forward, ZERO)
            self._outrights[forward] = points
            for book in self._books.values():
                base = book.forwards.get(forward, ZERO)
                if moved and base:
                    terms = forward.pair.terms
                    self._hold(book, terms, base * moved, base * moved * self._marks[terms])
                    self._changed[book.owner] = book
                if forward.value_date <= self._day:
                    book.forwards.pop(forward, None)
        if self._points.is_loaded:
            self._until_ns = min(self._until_ns, self._points_until_ns())

    def _points_until_ns(self) -> int:
        """The last moment at which the points of all forwards that have any may be used."""
        held = {each.pair for book in self.books for each in book.forwards if each not in self.unmarked}
        return min((self._points.fresh_span(pair)[1] for pair in held), default=_ALWAYS_NS)

    def _miss(self, what: Currency | Forward, why: Violation, now_ns: int) -> None:
        """Note that a mark cannot be had, since the moment at which the one before it was too old."""
        since_ns = self._fresh_until.setdefault(what, now_ns)
        self.unmarked[what] = why, min(since_ns, now_ns)


def _next_roll_ns(now_ns: int) -> int:
    """The next 17:00 in New York after a moment."""
    local = second_at(now_ns, _NEW_YORK)
    day = local.date() + timedelta(days=local.time() >= _ROLL)
    return ns_at(datetime.combine(day, _ROLL, _NEW_YORK))


def _snapshot(book: Book) -> dict[str, object]:
    return {
        "amounts": {str.__str__(currency): _text(amount) for currency, amount in sorted(book.amounts.items())},
        "forwards": {str(forward): _text(base) for forward, base in sorted(book.forwards.items(), key=str)},
        "value": [_text(each) for each in (book.value, book.day_start, book.month_start, book.peak)],
    }


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"  # one text for one number: 1.0 is 1
