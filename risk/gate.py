"""The gate: every order and every batch passes it, or does not leave.

Every check runs and nothing short-circuits, so that a denial lists all that is wrong. What fails, fails closed.
The gate has no clock and does no I/O: the same calls give the same answers, and :meth:`Gate.snapshot` the same bytes.
"""

from collections import deque
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from risk.booking import Reserved, collars_of, measures, outside_collars
from risk.checks.batch_gross import batch_gross
from risk.exposure import Exposure
from risk.ledger import EXACT, Claim, Ledger, Shortfall
from risk.limit_book import LimitBook
from risk.order_view import BATCHES_REMEMBERED, UP_TO_SPOT, CheckContext, OrderView, look_at
from risk.points import PointsCurves
from risk.reasons import ReasonCode, Severity, Violation, broken_rule, worst_first
from risk.reference import RATE_MAX, RATE_MIN, ReferenceRates, is_rate
from risk.registry import BATCH_CHECKS, CLAIMS, ORDER_CHECKS, QUOTE_CHECKS
from risk.requests import BatchRequest, Decision, OrderRequest, Totals
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency
from trader.domain.errors import LocalOrderError
from trader.domain.events import LegTraded
from trader.domain.money import ZERO

__all__ = ["BatchRequest", "Decision", "Gate", "Holding", "OrderRequest", "Totals", "Utilisation"]


@dataclass(frozen=True, slots=True)
class Utilisation:
    """How full one limit is, in the limit's own unit; ``free + pending + posted == limit``."""

    node: str
    limit: Decimal
    pending: Decimal
    posted: Decimal
    free: Decimal

    @property
    def used(self) -> Decimal:
        """Pending and posted together."""
        return self.pending + self.posted


@dataclass(frozen=True, slots=True)
class Holding:
    """What an order was given of one limit, in the limit's own unit, and how full the limit is now."""

    node: str
    limit: Decimal
    asked: Decimal
    free: Decimal


@dataclass(frozen=True, slots=True)
class _Plan:
    reserved: Reserved
    claims: tuple[Claim, ...]


class Gate:
    """The pre-trade gate of one risk day after another.

    Args:
        limits: Every limit in force; what is not among them is not allowed.
        calendars: Business days.
        reporting_currency: What notionals are measured in.

    Attributes:
        rates: The reference rates; the caller feeds them.
        points: The reference forward points; the caller feeds them, where a points file is configured.
    """

    def __init__(self, limits: LimitBook, calendars: Calendars, reporting_currency: Currency) -> None:
        self.rates = ReferenceRates(limits, reporting_currency)
        self.points = PointsCurves(limits)
        self._context = CheckContext(limits, self.rates, self.points, calendars)
        self._ledger = Ledger()
        self._reserved: dict[str, Reserved] = {}

    def reconfigure(self, limits: LimitBook, calendars: Calendars) -> None:
        """Other limits and calendars are in force from now on; everything reserved, posted and remembered stays.

        A node that :meth:`utilisation` shows takes its new limit with the next order that reserves on it.
        """
        self.rates.use_limits(limits)
        self.points.use_limits(limits)
        self._context = CheckContext(limits, self.rates, self.points, calendars, self._context.memory)

    def check_batch(self, request: BatchRequest, now_ns: int) -> tuple[Violation, ...]:
        """Everything a batch breaks as a whole, the worst first; empty when it may be launched."""
        with localcontext(EXACT):
            return worst_first(found for check in BATCH_CHECKS for found in check(request, self._context, now_ns))

    def remember_batch(self, request: BatchRequest, now_ns: int) -> None:
        """The batch is launched: the same file is a duplicate from now on, and its gross counts for the median."""
        memory = self._context.memory
        memory.batch_hashes[request.content_hash] = request.batch_id
        with localcontext(EXACT):
            gross = batch_gross(request, self._context, now_ns)
        if not isinstance(gross, Violation):
            memory.batch_gross.setdefault(request.desk, deque(maxlen=BATCHES_REMEMBERED)).append(gross)

    def remember_line(self, request: OrderRequest) -> None:
        """The line is traded: its trade date, account and row id are a duplicate on any other line from now on."""
        line = request.line
        identity = (request.trade_date, line.account, line.row_id)
        self._context.memory.lines.setdefault(identity, request.line_key)

    def check_order(self, request: OrderRequest, now_ns: int) -> Decision:
        """What an order would break now. Changes nothing.

        Returns:
            The decision; warnings do not block.
        """
        with localcontext(EXACT):
            return self._decide(request, now_ns)[0]

    def reserve(self, request: OrderRequest, now_ns: int) -> Decision:
        """Check an order and, when it is allowed, hold what it may use of every limit it touches, or of none.

        Raises:
            LocalOrderError: The reservation id was used before.
        """
        with localcontext(EXACT):
            decision, plan = self._decide(request, now_ns)
            if plan is not None:
                short = self._ledger.reserve(request.reservation_id, request.order_deal.near_leg.amount, plan.claims)
                if short:
                    raise LocalOrderError(f"{short} does not fit, and the check just said that it does")
                self._reserved[request.reservation_id] = plan.reserved
            return decision

    def check_quote(self, reservation_id: str, rates: tuple[Decimal, ...], now_ns: int) -> tuple[Violation, ...]:
        """What an order would break by taking a quote now. Changes nothing.

        Each leg is held against the reference outright of its value date as it is now, and against the rates that the
        order's limits were reserved for, so that no quote that passes posts more than was reserved.

        Args:
            reservation_id: The order that would take it.
            rates: The quote's all-in rate of each leg, terms per base.
            now_ns: Now, UTC nanoseconds.

        Returns:
            Everything found, the worst first; one that does not block is a warning.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reserved = self._held(reservation_id)
        pair = f"pair={reserved.deal.pair}"
        if len(rates) != len(reserved.deal.legs):
            detail = f"the quote has {len(rates)} rate(s) for {len(reserved.deal.legs)} leg(s)"
            return (broken_rule(ReasonCode.PRICE_COLLAR, pair, detail),)
        if not all(is_rate(rate) for rate in rates):
            said = " and ".join(str(rate) for rate in rates)
            detail = f"the quoted rate is {said}; expected a number from {RATE_MIN} to {RATE_MAX:,}"
            return (broken_rule(ReasonCode.PRICE_COLLAR, pair, detail),)
        with localcontext(EXACT):
            view = look_at(reserved.request, self._context, now_ns, rates)
            if isinstance(view, Violation):
                return (view,)
            found = outside_collars(reserved, rates, "the limits were not reserved for a rate of", Severity.BLOCKS)
            for check in QUOTE_CHECKS:
                found += check(view, self._context)
            return worst_first(found)

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
            A notice for each limit that this fill has gone above, and one for each leg without a limit rate that was
            filled outside the collar around the rate it was decided on.

        Raises:
            LocalOrderError: There is no such reservation.
            DomainError: The rate cannot be.
        """
        reserved = self._held(reservation_id)
        with localcontext(EXACT):
            near = LegTraded(reserved.deal.near_leg.side, qty, px, contra_qty=contra_qty)
            above = self._ledger.post(reservation_id, exec_id, qty, measures(reserved, near, far_legs))
            notices = [
                _violation(each, "a fill has gone above the limit", severity=Severity.NOTIFIES) for each in above
            ]
            rates = (px, *(leg.last_px for leg in far_legs))
            outside = outside_collars(reserved, rates, "a market order was filled at", Severity.NOTIFIES)
            return worst_first((*notices, *outside))

    def reverse_fill(self, reservation_id: str, exec_id: str) -> bool:
        """Take a busted or corrected fill back; ``exec_id`` is its own, as :meth:`fill` had it.

        Returns:
            False when nothing changed: the fill is unknown, or was taken back before.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        with localcontext(EXACT):
            return self._ledger.reverse(reservation_id, exec_id)

    def release(self, reservation_id: str) -> None:
        """The order is final: what it still held is free. An order in doubt is not final.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        with localcontext(EXACT):
            self._ledger.release(reservation_id)

    def utilisation(self) -> list[Utilisation]:
        """Every limit that an order has touched, by name."""
        with localcontext(EXACT):
            return [Utilisation(name, n.limit, n.pending, n.posted, n.free) for name, n in self._ledger.nodes()]

    def holdings(self, reservation_id: str) -> list[Holding]:
        """Every limit that an order takes something of, in the order of the checks.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        found = []
        with localcontext(EXACT):
            for claim in self._ledger.claims(reservation_id):
                node = self._ledger.node(claim.node)
                assert node is not None, "a claim that is held has its node"
                if claim.amount:
                    found.append(Holding(claim.node, node.limit, claim.amount, node.free))
        return found

    def reference_rates(self, request: OrderRequest, now_ns: int) -> tuple[Decimal, ...] | Violation:
        """The reference outright of each leg, terms per base, to measure prices with afterwards.

        Returns:
            One rate a leg; or why there is none. Without forward points a leg beyond spot has none: the collar is then
            held around the spot rate, which says nothing about how good an outright is.
        """
        with localcontext(EXACT):
            view = look_at(request, self._context, now_ns)
        if isinstance(view, Violation):
            return view
        rates = []
        for leg in view.legs:
            if leg.tenor not in UP_TO_SPOT and not self.points.is_loaded:
                detail = "no forward points are loaded, and a date beyond spot has no reference without"
                return broken_rule(ReasonCode.FORWARD_POINTS, f"pair={view.pair}", detail)
            if isinstance(leg.mid, Violation):
                return leg.mid
            rates.append(leg.mid)
        return tuple(rates)

    def snapshot(self) -> dict[str, object]:
        """All that the gate remembers, as plain values in a canonical order."""
        memory = self._context.memory
        with localcontext(EXACT):
            ledger = self._ledger.snapshot()
        return {
            "ledger": ledger,
            "rates": self.rates.snapshot(),
            "points": self.points.snapshot(),
            "reserved": {
                name: [f"{r.dealt_value:f}", f"{r.contra_value:f}"] for name, r in sorted(self._reserved.items())
            },
            "lines": [[_iso(day), *rest, owner] for (day, *rest), owner in sorted(memory.lines.items())],
            "batches": dict(sorted(memory.batch_hashes.items())),
            "batch_gross": {desk: [f"{g:f}" for g in gross] for desk, gross in sorted(memory.batch_gross.items())},
        }

    def _decide(self, request: OrderRequest, now_ns: int) -> tuple[Decision, _Plan | None]:
        """The decision and, when it allows the order, what to reserve."""
        context = self._context
        view = look_at(request, context, now_ns)
        if isinstance(view, Violation):
            return Decision(allowed=False, violations=(view,), reservation_id=request.reservation_id), None
        found: list[Violation] = []
        claims: list[Claim] = []
        for check in ORDER_CHECKS:
            found += check(view, context)
        for claims_of in CLAIMS:
            for claim in claims_of(view, context):
                if isinstance(claim, Claim):
                    claims.append(claim)
                else:
                    found.append(claim)
        found += (
            _violation(each, "the limit has no room for the order", self._passes(view, each))
            for each in self._ledger.shortfalls(claims)
        )
        exposure = view.exposure
        if isinstance(exposure, Exposure) and not any(violation.blocks for violation in found):
            decision = Decision(allowed=True, violations=worst_first(found), reservation_id=request.reservation_id)
            collars = collars_of(view, context.limits)
            reserved = Reserved(request, exposure.dealt_value, exposure.contra_value, collars)
            return decision, _Plan(reserved, tuple(claims))
        if isinstance(exposure, Violation):
            found.append(exposure)
        return Decision(allowed=False, violations=worst_first(found), reservation_id=request.reservation_id), None

    def _passes(self, view: OrderView, short: Shortfall) -> Decimal:
        """The size of an order that fits a limit for which it is too large."""

        def takes(other: OrderView) -> Decimal:
            found = (claim for claims_of in CLAIMS for claim in claims_of(other, self._context))
            return sum((each.amount for each in found if isinstance(each, Claim) and each.node == short.node), ZERO)

        return view.passes(short.free, short.asked, takes)

    def _held(self, reservation_id: str) -> Reserved:
        reserved = self._reserved.get(reservation_id)
        if reserved is None:
            raise LocalOrderError(f"there is no reservation {reservation_id}; an order is reserved before it is sent")
        return reserved


def _violation(
    shortfall: Shortfall, detail: str, passes: Decimal | None = None, severity: Severity = Severity.BLOCKS
) -> Violation:
    code, _, node = shortfall.node.partition(" ")
    return Violation(
        ReasonCode(code),
        node,
        limit=shortfall.limit,
        used=shortfall.used,
        asked=shortfall.asked,
        free=shortfall.free,
        passes=passes,
        detail=detail,
        severity=severity,
    )


def _iso(day: date) -> str:
    return day.isoformat()
