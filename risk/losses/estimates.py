"""What a desk's position may lose, estimated by history: kept so that one more order costs next to nothing.

A position counts what was dealt, and what is reserved as if it were dealt at its worst rate. Between two exact
estimates there is an upper bound: a deal cannot move the estimate by more than what its two currencies have ever moved
apart, on what it is worth, and than what the second has ever moved, on what its two sides differ by. So the history is
gone through only when the bound is above the limit, and once a minute while orders come, because the rates that
everything is valued at move as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from risk.gate.outline import Outline
from risk.ledger.exposure import Exposure
from risk.ledger.marks import Marks
from risk.losses.booking import Booking
from risk.losses.history import Estimate, History, value_at_risk
from risk.rates.reference import ReferenceRates
from trader.domain.currency import Currency
from trader.domain.deal import Side
from trader.domain.money import ZERO

_EXACT_FOR_NS = 60_000_000_000
_ROUNDING = Decimal("0.02")  # each of two estimates is off by half a cent at most, and by what floats lose


class Terms(NamedTuple):
    """What an estimate is asked for.

    Attributes:
        confidence: The share of the days on which no more was lost.
        horizon_days: Over how many days.
    """

    confidence: Decimal
    horizon_days: int


class Deal(NamedTuple):
    """What an order moves, net over its legs.

    Attributes:
        desk: Whose.
        dealt: The dealt currency.
        contra: The other.
        units: Of the dealt currency, above zero when it is bought.
        contra_units: Of the other, the other way.
        dealt_value: What one unit of the dealt currency is worth in the reporting currency.
        contra_value: What one unit of the other is worth.
    """

    desk: str
    dealt: Currency
    contra: Currency
    units: Decimal
    contra_units: Decimal
    dealt_value: Decimal
    contra_value: Decimal


def deal_of(outline: Outline, exposure: Exposure) -> Deal:
    """What an order moves, at its worst rate."""
    keys, (dealt, dealt_back, contra, contra_back) = outline.keys, exposure.amounts[:4]
    units, contra_units = dealt - dealt_back, contra_back - contra
    if keys.side is Side.SELL:
        units, contra_units = -units, -contra_units
    return Deal(
        keys.desk,
        keys.dealt_currency,
        outline.contra_currency,
        units,
        contra_units,
        exposure.dealt_value,
        exposure.contra_value,
    )


@dataclass(slots=True)
class _Desk:
    """One desk: its position, and the bound with the terms and the moment it was last exact for.

    Attributes:
        units: Of each currency.
        worths: What they are worth at the marks of ``version``, of the currencies that have not moved since.
        version: That of the marks.
        bound: The most that the position may lose.
        terms: What it was asked for; None before.
        exact_ns: When.
        known: The last three estimates by the days, each after the terms and the worths that it is of.
    """

    units: dict[Currency, Decimal] = field(default_factory=dict)
    worths: dict[Currency, Decimal] = field(default_factory=dict)
    version: int = -1
    bound: Decimal = ZERO
    terms: Terms | None = None
    exact_ns: int = 0
    known: list[tuple[Terms, dict[Currency, Decimal], Estimate]] = field(default_factory=list)

    def move(self, currency: Currency, units: Decimal) -> None:
        """Take units in; nothing else may change them."""
        self.units[currency] = self.units.get(currency, ZERO) + units
        self.worths.pop(currency, None)


@dataclass(slots=True)
class _Left:
    """What is left of an order: the part of what it moves that was neither dealt nor released."""

    desk: str
    dealt: Currency
    contra: Currency
    units: Decimal
    contra_units: Decimal


class Estimates:
    """The positions of all desks, and what they may lose.

    Args:
        rates: What they are worth.

    Attributes:
        source: Where the history is from, with its days; "" without one.
        sha256: Of its data, hexadecimal; "" without one.
    """

    def __init__(self, rates: ReferenceRates) -> None:
        self.source = self.sha256 = ""
        self._rates = rates
        self._history: History | None = None
        self._desks: dict[str, _Desk] = {}
        self._left: dict[str, _Left] = {}
        self._marks = Marks()

    @property
    def is_loaded(self) -> bool:
        """True when there is a history to estimate from."""
        return self._history is not None

    def load(self, history: History, source: str, sha256: str) -> None:
        """Take a history in the place of the one before."""
        self._history, self.source, self.sha256 = history, source, sha256
        for desk in self._desks.values():
            desk.terms = None
            desk.known.clear()

    def knows(self, currency: Currency) -> bool:
        """Whether there is a history of a currency."""
        return self._history is not None and self._history.knows(currency)

    def reserve(self, reservation_id: str, deal: Deal) -> None:
        """An order may be dealt: it counts as if it were."""
        self._left[reservation_id] = _Left(deal.desk, deal.dealt, deal.contra, deal.units, deal.contra_units)
        self._mark(deal)
        desk = self._desk(deal.desk)
        desk.move(deal.dealt, deal.units)
        desk.move(deal.contra, deal.contra_units)
        if desk.terms is not None:
            desk.bound += self._most(deal, desk.terms)

    def book(self, reservation_id: str, booking: Booking, sign: int) -> None:
        """A fill, or with a sign of -1 one taken back: it takes the place of what it was reserved as."""
        left = self._left[reservation_id]
        dealt, contra = booking.flows
        units, contra_units = sign * dealt.amount, sign * contra.amount
        if left.units or left.contra_units:
            left.units -= units
            left.contra_units -= contra_units
        else:
            self._move(left, units, contra_units)

    def release(self, reservation_id: str) -> None:
        """An order is over: what is left of it will not be dealt."""
        left = self._left.get(reservation_id)
        if left is None:
            return  # forgotten, once nothing was left of it
        self._move(left, -left.units, -left.contra_units)
        left.units = left.contra_units = ZERO

    def forget(self, reservations: Iterable[str]) -> None:
        """Some orders are over, and their fills can no longer be taken back."""
        for name in reservations:
            self._left.pop(name, None)

    def exceeds(self, deal: Deal, terms: Terms, limit: Decimal, now_ns: int) -> tuple[Estimate, Estimate] | None:
        """Whether a deal takes its desk above a limit: by the bound where that is enough, or by the days themselves.

        Args:
            deal: One that is not among the reserved ones yet.
            terms: What is asked for.
            limit: In the reporting currency.
            now_ns: Now, UTC nanoseconds.

        Returns:
            The estimates before and after it, when that is above the limit and more than before; else None.
        """
        if self._history is None:
            return None
        desk = self._desk(deal.desk)
        most = self._most(deal, terms)
        is_recent = desk.terms == terms and 0 <= now_ns - desk.exact_ns <= _EXACT_FOR_NS
        if is_recent and desk.bound + most <= limit:
            return None
        self._mark(deal)
        self._marks.update(self._rates, now_ns)
        worths = self._worths(desk)
        with_deal = worths.copy()
        for currency, units in ((deal.dealt, deal.units), (deal.contra, deal.contra_units)):
            with_deal[currency] = self._worth(currency, desk.units.get(currency, ZERO) + units)
        after = self._estimate(desk, with_deal, terms)
        desk.terms, desk.exact_ns = terms, now_ns
        if after.amount <= limit:
            desk.bound = after.amount + most + _ROUNDING
            return None
        before = self._estimate(desk, worths, terms)
        desk.bound = before.amount + _ROUNDING
        return (before, after) if after.amount > before.amount else None

    def without_history(self, desk: str) -> Iterator[Currency]:
        """The currencies of a desk that its estimate leaves out."""
        for currency, units in sorted(self._desks.get(desk, _Desk()).units.items()):
            if units and not self.knows(currency):
                yield currency

    def snapshot(self) -> dict[str, object]:
        """Everything there is to know, as plain values in a canonical order."""
        return {
            "source": self.source,
            "sha256": self.sha256,
            "desks": {
                name: {
                    str.__str__(currency): f"{units.normalize():f}" for currency, units in sorted(desk.units.items())
                }
                for name, desk in sorted(self._desks.items())
            },
        }

    def _move(self, left: _Left, units: Decimal, contra_units: Decimal) -> None:
        desk = self._desk(left.desk)
        if units:
            desk.move(left.dealt, units)
        if contra_units:
            desk.move(left.contra, contra_units)
        if desk.terms is not None:
            value, contra_value = self._marks.mark(left.dealt).rate, self._marks.mark(left.contra).rate
            moved = Deal(left.desk, left.dealt, left.contra, units, contra_units, value, contra_value)
            desk.bound += self._most(moved, desk.terms)

    def _desk(self, name: str) -> _Desk:
        desk = self._desks.get(name)
        if desk is None:
            desk = self._desks[name] = _Desk()
        return desk

    def _most(self, deal: Deal, terms: Terms) -> Decimal:
        """By how much a deal can change an estimate: on no day does it gain or lose more."""
        assert self._history is not None, "terms are only kept of a history"
        apart, alone = self._history.largest_changes(deal.dealt, deal.contra, terms.horizon_days)
        worth, contra_worth = deal.units * deal.dealt_value, deal.contra_units * deal.contra_value
        # A day adds worth x change + contra_worth x contra_change, and that is
        # worth x (change - contra_change) + (worth + contra_worth) x contra_change.
        return abs(worth) * apart + abs(worth + contra_worth) * alone

    def _mark(self, deal: Deal) -> None:
        self._marks.put(deal.dealt, deal.dealt_value)
        self._marks.put(deal.contra, deal.contra_value)

    def _worth(self, currency: Currency, units: Decimal) -> Decimal:
        """What an amount is worth, in the reporting currency."""
        return units * self._marks.mark(currency).rate

    def _worths(self, desk: _Desk) -> dict[Currency, Decimal]:
        """What a desk has of each currency; only what has moved is multiplied anew."""
        worths = desk.worths
        if desk.version != self._marks.version:
            worths.clear()
            desk.version = self._marks.version
        if len(worths) < len(desk.units):
            for currency, units in desk.units.items():
                if currency not in worths:
                    worths[currency] = self._worth(currency, units)
        return worths

    def _estimate(self, desk: _Desk, worths: dict[Currency, Decimal], terms: Terms) -> Estimate:
        """The estimate of a position; the one before an order is most often the one with the order before it."""
        assert self._history is not None, "asked only where there is one"
        for known_terms, known_worths, known in desk.known:
            if known_terms == terms and known_worths == worths:
                return known
        found = value_at_risk(self._history.outcomes(worths, terms.horizon_days), terms.confidence)
        desk.known = [(terms, worths.copy(), found), *desk.known[:2]]
        return found
