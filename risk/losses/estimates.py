"""What a desk's position may lose, estimated by history: kept so that one more order costs next to nothing.

A position counts what was dealt, and what is reserved as if it were dealt at its worst rate. Between two exact
estimates there is an upper bound: a deal cannot move the estimate by more than its worth times the largest change that
its currencies have ever made. So the history is gone through only when the bound is above the limit, and once a minute
while orders come, because the rates that everything is valued at move as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from risk.gate.outline import Outline
from risk.ledger.exposure import Exposure
from risk.losses.history import Estimate, History, value_at_risk
from risk.losses.profit import Booking
from risk.rates.reference import ReferenceRates, Valuation
from trader.domain.currency import Currency
from trader.domain.money import ZERO

_EXACT_FOR_NS = 60_000_000_000


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
        notional: Its turnover in the reporting currency: neither side of it is worth more than twice that.
    """

    desk: str
    dealt: Currency
    contra: Currency
    units: Decimal
    contra_units: Decimal
    dealt_value: Decimal
    contra_value: Decimal
    notional: Decimal


def deal_of(outline: Outline, exposure: Exposure) -> Deal:
    """What an order moves, at its worst rate."""
    keys, (dealt, dealt_back, contra, contra_back, notional) = outline.keys, exposure.amounts[:5]
    sign = keys.side.sign
    return Deal(
        keys.desk,
        keys.dealt_currency,
        outline.contra_currency,
        sign * (dealt - dealt_back),
        sign * (contra_back - contra),
        exposure.dealt_value,
        exposure.contra_value,
        notional,
    )


@dataclass(slots=True)
class _Desk:
    """One desk: units of each currency, and the bound with the terms and the moment it was last exact for."""

    units: dict[Currency, Decimal] = field(default_factory=dict)
    bound: Decimal = ZERO
    terms: Terms | None = None
    exact_ns: int = 0


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
        self._left: dict[str, Deal] = {}
        self._marks: dict[Currency, Decimal] = {}

    @property
    def is_loaded(self) -> bool:
        """True when there is a history to estimate from."""
        return self._history is not None

    def load(self, history: History, source: str, sha256: str) -> None:
        """Take a history in the place of the one before."""
        self._history, self.source, self.sha256 = history, source, sha256
        for desk in self._desks.values():
            desk.terms = None

    def knows(self, currency: Currency) -> bool:
        """Whether there is a history of a currency."""
        return self._history is not None and self._history.knows(currency)

    def reserve(self, reservation_id: str, deal: Deal) -> None:
        """An order may be dealt: it counts as if it were."""
        self._left[reservation_id] = deal
        self._mark(deal)
        desk = self._desk(deal.desk)
        units = desk.units
        units[deal.dealt] = units.get(deal.dealt, ZERO) + deal.units
        units[deal.contra] = units.get(deal.contra, ZERO) + deal.contra_units
        if desk.terms is not None:
            desk.bound += self._most(deal.dealt, deal.contra, deal.notional, desk.terms)

    def book(self, reservation_id: str, booking: Booking, sign: int) -> None:
        """A fill, or with a sign of -1 one taken back: it takes the place of what it was reserved as."""
        left = self._left[reservation_id]
        dealt, contra = (sign * flow.amount for flow in booking.flows)
        is_over = not left.units and not left.contra_units
        if is_over:
            self._move(left.desk, left.dealt, dealt)
            self._move(left.desk, left.contra, contra)
        else:
            units, contra_units = left.units - dealt, left.contra_units - contra
            self._left[reservation_id] = left._replace(units=units, contra_units=contra_units)

    def release(self, reservation_id: str) -> None:
        """An order is over: what is left of it will not be dealt."""
        left = self._left.get(reservation_id)
        if left is None:
            return  # forgotten, once nothing was left of it
        self._move(left.desk, left.dealt, -left.units)
        self._move(left.desk, left.contra, -left.contra_units)
        self._left[reservation_id] = left._replace(units=ZERO, contra_units=ZERO)

    def forget(self, reservations: Iterable[str]) -> None:
        """Some orders are over, and their fills can no longer be taken back."""
        for name in reservations:
            self._left.pop(name, None)

    def may_exceed(
        self,
        name: str,
        currencies: tuple[Currency, Currency],
        notional: Decimal,
        terms: Terms,
        limit: Decimal,
        now_ns: int,
    ) -> bool:
        """Whether an order could take its desk above a limit, by the bound alone; quick, and never no by mistake.

        Args:
            name: The desk.
            currencies: The order's two.
            notional: Its turnover in the reporting currency.
            terms: What is asked for.
            limit: In the reporting currency.
            now_ns: Now, UTC nanoseconds.
        """
        if self._history is None:
            return False
        desk = self._desks.get(name)
        if desk is None or desk.terms != terms or not 0 <= now_ns - desk.exact_ns <= _EXACT_FOR_NS:
            return True
        return desk.bound + self._most(*currencies, notional, terms) > limit

    def exceeds(self, deal: Deal, terms: Terms, limit: Decimal, now_ns: int) -> tuple[Estimate, Estimate] | None:
        """Whether a deal takes its desk above a limit, by the days themselves.

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
        self._mark(deal)
        before = self._estimate(desk.units, terms, now_ns)
        desk.bound, desk.terms, desk.exact_ns = before.amount, terms, now_ns
        units = dict(desk.units)
        units[deal.dealt] = units.get(deal.dealt, ZERO) + deal.units
        units[deal.contra] = units.get(deal.contra, ZERO) + deal.contra_units
        after = self._estimate(units, terms, now_ns)
        return (before, after) if after.amount > max(limit, before.amount) else None

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

    def _move(self, name: str, currency: Currency, units: Decimal) -> None:
        if not units:
            return
        desk = self._desk(name)
        desk.units[currency] = desk.units.get(currency, ZERO) + units
        if desk.terms is not None:
            desk.bound += self._at_most(currency, units, desk.terms)

    def _desk(self, name: str) -> _Desk:
        desk = self._desks.get(name)
        if desk is None:
            desk = self._desks[name] = _Desk()
        return desk

    def _most(self, dealt: Currency, contra: Currency, notional: Decimal, terms: Terms) -> Decimal:
        """By how much a deal can change an estimate: twice its turnover is worth both of its sides."""
        assert self._history is not None, "terms are only kept of a history"
        horizon = terms.horizon_days
        largest = max(self._history.largest_change(dealt, horizon), self._history.largest_change(contra, horizon))
        return notional * largest * 2

    def _at_most(self, currency: Currency, units: Decimal, terms: Terms) -> Decimal:
        """By how much so much of a currency can change an estimate."""
        assert self._history is not None, "terms are only kept of a history"
        return abs(self._worth(currency, units)) * self._history.largest_change(currency, terms.horizon_days)

    def _worth(self, currency: Currency, units: Decimal) -> Decimal:
        """What an amount is worth, in the reporting currency."""
        return units * self._marks[currency]

    def _mark(self, deal: Deal) -> None:
        self._marks[deal.dealt] = deal.dealt_value
        self._marks[deal.contra] = deal.contra_value

    def _estimate(self, units: dict[Currency, Decimal], terms: Terms, now_ns: int) -> Estimate:
        """The estimate of a position at the rates of now; what has none any longer is taken at its last."""
        assert self._history is not None, "asked only where there is one"
        for currency in units:
            found = self._rates.valuation(currency, now_ns)
            if isinstance(found, Valuation):
                self._marks[currency] = found.rate
        position = {currency: self._worth(currency, amount) for currency, amount in units.items()}
        return value_at_risk(self._history.outcomes(position, terms.horizon_days), terms.confidence)
