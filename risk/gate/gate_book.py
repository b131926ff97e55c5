"""What the gate knows: what is in force, every order it has let through, and what has become of each."""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from risk.check import Check
from risk.checks.slippage import slippage
from risk.gate.denial import forgotten, gone_above
from risk.gate.exact import exact
from risk.gate.order_view import CheckContext
from risk.gate.plan import Plans
from risk.gate.requests import DecisionListener, OrderRequest
from risk.ledger.booking import Reserved, amounts_of, outside_collars
from risk.ledger.carried import Carried
from risk.ledger.composite import Node
from risk.ledger.ledger import Ledger
from risk.ledger.transfers import Listener
from risk.ledger.utilisation import Holding, Utilisation
from risk.limits.book import LimitBook
from risk.limits.overrides import Overrides
from risk.losses.booking import booking_of
from risk.losses.estimates import Estimates
from risk.losses.losses import losses
from risk.losses.profit import Profits
from risk.rates.points import PointsCurves
from risk.rates.reference import ReferenceRates
from risk.reasons import Severity, Violation, worst_first
from risk.registry import CHECKS
from risk.rules.book import RuleBook
from risk.rules.language import Rule
from risk.stops.latches import Latches
from risk.stops.stops import Stop, StopBook
from risk.stops.triggers import Triggers
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency
from trader.domain.errors import LocalOrderError
from trader.domain.events import LegTraded
from trader.domain.ids import LineId, line_of

_ONE_DAY = timedelta(days=1)
# For so long after the last payment a fill can still be busted.
_REMEMBERED = timedelta(days=30)


class GateBook:
    """The memory of the gate, from one risk day to the next.

    Args:
        limits: Every limit in force; what is not among them is not allowed.
        calendars: Business days.
        reporting_currency: What notionals are measured in.
        stops: What is stopped; the caller's, who puts stops there and lifts them.
        checks: Every control; fewer only to measure what some of them cost.

    Attributes:
        rates: The reference rates; the caller feeds them.
        points: The reference forward points; the caller feeds them, where a points file is configured.
        overrides: What two persons let single orders do.
        stops: What is stopped.
        profits: What everybody has made of what was dealt.
        estimates: What the desks' positions may lose.
        latches: What happens besides, which may stop somebody; the caller feeds them.
        triggers: What happens besides, which somebody should look at; the caller feeds them.
        listener: Is told what is decided of every order that asks for its limits, and when.
    """

    def __init__(
        self,
        limits: LimitBook,
        calendars: Calendars,
        reporting_currency: Currency,
        stops: StopBook | None = None,
        *,
        checks: Sequence[Check[Any]] | None = None,
    ) -> None:
        self.listener: DecisionListener | None = None
        self._checks = CHECKS if checks is None else checks
        self.rates = ReferenceRates(limits, reporting_currency)
        self.points = PointsCurves(limits)
        self._ledger = Ledger()
        self.stops = StopBook() if stops is None else stops
        self.profits = Profits(self.rates, self.points, calendars)
        self.estimates = Estimates(self.rates)
        self.latches = Latches(limits)
        self.triggers = Triggers(limits)
        self._context = CheckContext(
            limits, self.rates, self.points, calendars, self._ledger, self.stops, self.profits, self.estimates
        )
        self._plans = Plans(self._checks, self._context, self._ledger)
        self.overrides = Overrides()
        self._reserved: dict[str, Reserved] = {}
        self._carried = Carried(self._ledger)

    def reconfigure(self, limits: LimitBook, calendars: Calendars) -> None:
        """Other limits and calendars are in force from now on; everything reserved, posted and remembered stays.

        A node that :meth:`utilisation` shows takes its new limit with the next order that reserves on it.
        """
        self.rates.use_limits(limits)
        self.points.use_limits(limits)
        self.profits.reconfigure(calendars)
        self.latches.use_limits(limits)
        self.triggers.use_limits(limits)
        self._context = replace(
            self._context, limits=limits, calendars=calendars, tenors={}, value_date_problems={}, spot_dates={}
        )
        self._plans = Plans(self._checks, self._context, self._ledger)

    def use_rules(self, rules: Sequence[Rule]) -> None:
        """Other rules of the desk's own are in force from now on; what they ask about is summed from now on."""
        book, indicators = RuleBook(rules), self._context.indicators
        indicators.watch(book.figures())
        self.rates.listener = indicators.price_heard if indicators.hears_prices else None
        self._context = replace(self._context, rules=book)
        self._plans = Plans(self._checks, self._context, self._ledger)

    @property
    def calendars(self) -> Calendars:
        """Business days."""
        return self._context.calendars

    @property
    def limits(self) -> LimitBook:
        """Every limit in force."""
        return self._context.limits

    def remember_line(self, request: OrderRequest) -> None:
        """The line is traded: its trade date, account and row id are a duplicate on any other line from now on."""
        line = request.line
        identity = (request.trade_date, line.account, line.row_id)
        self._context.memory.lines.setdefault(identity, request.line_key)

    def forget_lines(self, batch_id: str) -> None:
        """Nothing of a batch was sent, and it is put to the gate anew: its lines are not known yet."""
        lines = self._context.memory.lines
        for identity in [identity for identity, owner in lines.items() if owner.startswith(f"{batch_id}:")]:
            del lines[identity]

    @exact
    def fill(
        self,
        reservation_id: str,
        exec_id: str,
        qty: Decimal,
        px: Decimal,
        contra_qty: Decimal | None = None,
        far_legs: tuple[LegTraded, ...] = (),
    ) -> tuple[Violation, ...]:
        """Book a fill: its share leaves pending, what was really dealt is posted, even above a limit.

        Args:
            reservation_id: The order's.
            exec_id: The fill's identity within its order, as the order knows it: ExecID(17), and its trade date where
                one id stands on two. A repeated one changes nothing.
            qty: LastQty(32) of the near leg, of the dealt currency.
            px: LastPx(31) of the near leg, terms per base.
            contra_qty: The venue's own contra amount; posted where it is ours or one minor unit more.
            far_legs: What the fill did on the other legs, in their order.

        Returns:
            A notice for each limit that this fill has gone above, or of a fill that comes so late that nothing is known
            of its order any more and nothing is booked; and one for each leg without a limit rate that was
            filled outside the collar around the rate it was decided on.

        Raises:
            LocalOrderError: There is no such reservation.
            DomainError: The rate cannot be.
        """
        if self._ledger.is_forgotten(reservation_id):
            return (forgotten(reservation_id),)
        reserved = self._held(reservation_id)
        amounts = amounts_of(reserved, qty, px, contra_qty, far_legs)
        above = self._ledger.post(reservation_id, exec_id, qty, amounts)
        self._context.memory.look_alikes.dealt(reservation_id)
        self._context.memory.dealt_rows.dealt(reservation_id)
        booking = booking_of(reserved, amounts)
        if self.profits.fill(reservation_id, exec_id, booking):
            self.estimates.book(reservation_id, booking, 1)
            self.latches.executed(_line_of(reservation_id), reserved.request.desk)
            self._context.memory.traded_with(reserved.outline.above.counterparty, 1)
            if carried := self._carried.name_of(reservation_id):
                above += self._ledger.post(carried, exec_id, qty, amounts)
        if self.overrides:
            self.overrides.traded(reservation_id)
        rates = (px, *[leg.last_px for leg in far_legs])
        found = outside_collars(reserved, rates, "a market order was filled at", Severity.NOTIFIES)
        found += [gone_above(each) for each in above]
        found += slippage(self.limits, reserved, rates)
        return worst_first(found)

    @exact
    def reverse_fill(self, reservation_id: str, exec_id: str) -> bool:
        """Take a busted or corrected fill back; ``exec_id`` is its own, as :meth:`fill` had it.

        Returns:
            False when nothing changed: the fill is unknown, or was taken back before.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        if self._ledger.is_forgotten(reservation_id):
            return False
        booking = self.profits.reverse(reservation_id, exec_id)
        if booking is not None:
            self.estimates.book(reservation_id, booking, -1)
            self._context.memory.traded_with(self._held(reservation_id).outline.above.counterparty, -1)
        if carried := self._carried.name_of(reservation_id):
            self._ledger.reverse(carried, exec_id)
        return self._ledger.reverse(reservation_id, exec_id)

    def watch(self, now_ns: int) -> list[Stop]:
        """Stop who has lost too much, and what has latched; to be called after everything that may bring it about.

        Args:
            now_ns: Now, UTC nanoseconds.

        Returns:
            The stops that were not there before.
        """
        due = [*self.latches.take_due(now_ns), *self.rates.velocity.take_due(now_ns)]
        if not self.profits.rest(now_ns):
            due += self._losses(now_ns)
        return [stop for stop in due if self.stops.put(stop)]

    @exact
    def _losses(self, now_ns: int) -> list[Stop]:
        self.profits.mark(now_ns)
        return list(losses(self.profits, self.limits, now_ns))

    @exact
    def release(self, reservation_id: str) -> None:
        """The order is final: what it still held is free. An order in doubt is not final.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        if not self._ledger.is_forgotten(reservation_id):
            self._ledger.release(reservation_id)
            if carried := self._carried.name_of(reservation_id):
                self._ledger.release(carried)
        self._context.memory.live_orders.over(reservation_id)
        self._context.memory.look_alikes.over(reservation_id)
        self._context.memory.dealt_rows.over(reservation_id)
        self.estimates.release(reservation_id)
        self._context.indicators.order_released(reservation_id)
        if self.overrides:
            self.overrides.released(reservation_id)

    @exact
    def reopen(self, reservation_id: str) -> None:
        """An order that was final lives after all: what is left of it is held again, even above a limit.

        Nobody can refuse it any longer. One that is not final, or of which nothing is known any more, stays as it is.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        if not self._ledger.is_forgotten(reservation_id):
            self._ledger.reopen(reservation_id)
            self._carried.reopen(reservation_id, self._held(reservation_id), self._context)
            self._context.memory.live_orders.reopen(reservation_id)

    def order_sent(self, reservation_id: str, now_ns: int) -> None:
        """An order leaves, for what rules ask about orders."""
        self._context.indicators.order_sent(reservation_id, now_ns)

    def order_answered(self, reservation_id: str, now_ns: int, *, is_rejected: bool) -> None:
        """The venue says its first word about an order, which may be a no."""
        self._context.indicators.order_answered(reservation_id, now_ns, is_rejected=is_rejected)

    def order_ended(self, reservation_id: str, filled: Decimal, now_ns: int) -> None:
        """An order is final with so much of its near amount filled; repeated, it changes nothing.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        part = filled / self._held(reservation_id).deal.near_leg.amount
        self._context.indicators.order_ended(reservation_id, part, now_ns)

    def listen(self, listener: Listener | None) -> None:
        """Let somebody hear every transfer of the ledger from now on, or nobody; it may not change anything."""
        self._ledger.listener = listener

    @exact
    def roll(self, day: date, unconfirmed: Container[str] = ()) -> None:
        """A risk day begins: what is counted by the day starts from zero, and what was to be paid before is settled.

        Args:
            day: The day that begins.
            unconfirmed: The orders whose trades the venue has not confirmed: they stay as they are.
        """
        self._context = replace(self._context, risk_day=day)
        self._carried.end()
        self._ledger.expire(day - _ONE_DAY, unconfirmed)
        self._carried.begin(day, self._reserved, self._context)
        gone = set(self._ledger.forget(day - _REMEMBERED))
        for name in gone:
            self._reserved.pop(name, None)
        self._carried.forget(gone)
        self._context.memory.live_orders.forget(gone)
        self.profits.forget(gone)
        self.estimates.forget(gone)
        self.latches.forget({_line_of(name) for name in gone})
        self._context.indicators.limits.restart(node for _, node in self._ledger.nodes())
        self._plans = Plans(self._checks, self._context, self._ledger)

    @property
    def risk_day(self) -> date:
        """The risk day that has begun last; the first day there is before any has."""
        return self._context.risk_day

    @exact
    def utilisation(self) -> list[Utilisation]:
        """Every limit that an order has touched, by name."""
        return [Utilisation(name, n.limit, *n.split(), n.free) for name, n in self._ledger.nodes()]

    @exact
    def take_revalued(self, now_ns: int) -> Sequence[Node]:
        """Every limit that counts positions, where a rate has moved since the last call and its use may have with it.

        Args:
            now_ns: Now, UTC nanoseconds.
        """
        self._ledger.marks.update(self.rates, now_ns)
        return self._ledger.take_revalued()

    @exact
    def take_changed(self, now_ns: int) -> Sequence[tuple[Node, str]]:
        """Each limit whose use has changed since the last call and is not quiet, and the order that changed it last.

        Args:
            now_ns: Now, UTC nanoseconds.
        """
        return self._ledger.take_changed(now_ns)

    @exact
    def holdings(self, reservation_id: str) -> list[Holding]:
        """Every limit that an order takes something of, in the order of the checks.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        held = self._ledger.held(reservation_id)
        return [Holding(name, node.limit, asked, node.free) for name, node, asked in held if asked]

    @exact
    def snapshot(self, *, is_digested: bool = False) -> dict[str, object]:
        """All that the gate remembers, as plain values in a canonical order.

        Args:
            is_digested: See :meth:`risk.ledger.ledger.Ledger.snapshot`.
        """
        memory = self._context.memory
        return {
            "ledger": self._ledger.snapshot(is_digested=is_digested),
            "rates": self.rates.snapshot(),
            "points": self.points.snapshot(),
            "velocity": self.rates.velocity.snapshot(),
            "reserved": [(name, r.dealt_value, r.contra_value) for name, r in self._reserved.items()],
            "names": dict(sorted(memory.names.items())),
            "overrides": self.overrides.all(),
            "risk_day": _iso(self.risk_day),
            "carried": self._carried.snapshot(),
            "lines": list(memory.lines.items()),
            "profits": self.profits.snapshot(),
            "estimates": self.estimates.snapshot(),
            "latches": self.latches.snapshot(),
            "triggers": self.triggers.snapshot(),
            "indicators": self._context.indicators.snapshot(),
            "batches": dict(sorted(memory.batch_hashes.items())),
            "batch_gross": {desk: [f"{g:f}" for g in gross] for desk, gross in sorted(memory.batch_gross.items())},
        }

    def forget_digests(self) -> None:
        """The next digest of the reservations is taken anew of every one."""
        self._ledger.forget_digests()

    def _held(self, reservation_id: str) -> Reserved:
        reserved = self._reserved.get(reservation_id)
        if reserved is None:
            raise LocalOrderError(f"there is no reservation {reservation_id}; an order is reserved before it is sent")
        return reserved


def _line_of(reservation_id: str) -> LineId:
    return line_of(reservation_id) or LineId(reservation_id, 1)


def _iso(day: date) -> str:
    return day.isoformat()
