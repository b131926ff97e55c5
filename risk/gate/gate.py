"""The gate: every order and every batch passes it, or does not leave.

Every check runs and nothing short-circuits, so that a denial lists all that is wrong. What fails, fails closed.
The gate has no clock and does no I/O: the same calls give the same answers, and :meth:`Gate.snapshot` the same bytes.
"""

from collections import deque
from collections.abc import Collection, Iterable
from decimal import Decimal

from risk.checks.batch_gross import batch_gross
from risk.checks.nop_overnight import held_overnight, is_known
from risk.gate.denial import no_room
from risk.gate.exact import exact
from risk.gate.gate_book import GateBook
from risk.gate.order_view import BATCHES_REMEMBERED, OrderView, look_at
from risk.gate.plan import Plan
from risk.gate.requests import BatchRequest, Decision, OrderRequest, Totals
from risk.gate.shape import shape_problem
from risk.ledger.booking import Apart, Reserved, above_reserved, rates_apart
from risk.ledger.exposure import Exposure
from risk.ledger.room import Shortfall
from risk.ledger.utilisation import Holding, Utilisation
from risk.limits.overrides import ease
from risk.losses.estimates import deal_of
from risk.rates.market import UP_TO_SPOT
from risk.rates.reference import RATE_MAX, RATE_MIN, is_rate
from risk.reasons import ReasonCode, Violation, broken_rule, worst_first
from risk.registry import BATCH_CHECKS

__all__ = ["BatchRequest", "Decision", "Gate", "Holding", "OrderRequest", "Totals", "Utilisation"]


class Gate(GateBook):
    """The pre-trade gate: what may leave, asked of all that is in force and remembered."""

    @exact
    def check_batch(self, request: BatchRequest, now_ns: int) -> tuple[Violation, ...]:
        """Everything a batch breaks as a whole, the worst first; empty when it may be launched."""
        found = [found for check in BATCH_CHECKS for found in check(request, self._context, now_ns)]
        return worst_first(request.approval.of(found) if request.approval else found)

    @exact
    def remember_batch(self, request: BatchRequest, now_ns: int) -> None:
        """The batch is launched: the same file is a duplicate from now on, and its gross counts for the median."""
        memory = self._context.memory
        memory.batch_hashes[request.content_hash] = request.batch_id
        gross = batch_gross(request, self._context, now_ns)
        if not isinstance(gross, Violation):
            memory.batch_gross.setdefault(request.desk, deque(maxlen=BATCHES_REMEMBERED)).append(gross)

    @exact
    def check_order(self, request: OrderRequest, now_ns: int) -> Decision:
        """What an order would break now. Changes nothing.

        Returns:
            The decision; warnings do not block.
        """
        return self._decide(request, now_ns, holds=False)

    @exact
    def reserve(self, request: OrderRequest, now_ns: int) -> Decision:
        """Check an order and, when it is allowed, hold what it may use of every limit it touches, or of none.

        Raises:
            LocalOrderError: The reservation id was used before.
        """
        decision = self._decide(request, now_ns, holds=True)
        if self.listener is not None:
            self.listener(request, decision, now_ns)
        return decision

    @exact
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
        plan = self._plans.plan(reserved.request, now_ns)
        quoted = look_at(reserved.request, plan.outline, plan.market(now_ns), now_ns, rates)
        return worst_first([*above_reserved(reserved, rates), *plan.quote.on(quoted)])

    @exact
    def check_overnight(self, desks: Iterable[str], now_ns: int) -> list[Violation]:
        """A notice for each of some desks that holds more now than it may overnight; to be asked at their cut-offs."""
        self._ledger.marks.update(self.rates, now_ns)
        return list(held_overnight(self.limits, self._ledger, desks))

    @exact
    def knows_position(self, desk: str, now_ns: int) -> bool:
        """Whether there are rates now for all that a desk holds; true for one that holds nothing."""
        self._ledger.marks.update(self.rates, now_ns)
        return is_known(self._ledger, desk)

    @exact
    def reference_rates(self, request: OrderRequest, now_ns: int) -> tuple[Decimal, ...] | Violation:
        """The reference outright of each leg, terms per base, to measure prices with afterwards.

        Returns:
            One rate a leg; or why there is none. Without forward points a leg beyond spot has none: the collar is then
            held around the spot rate, which says nothing about how good an outright is.
        """
        problem = shape_problem(request)
        if problem is not None:
            return problem
        plan = self._plans.plan(request, now_ns)
        rates = []
        for leg, market in zip(plan.outline.legs, plan.market(now_ns).legs, strict=True):
            if leg.tenor not in UP_TO_SPOT and not self.points.is_loaded:
                detail = "no forward points are loaded, and a date beyond spot has no reference without"
                return broken_rule(ReasonCode.FORWARD_POINTS, f"pair={plan.outline.symbol}", detail)
            if isinstance(market.mid, Violation):
                return market.mid
            rates.append(market.mid)
        return tuple(rates)

    @exact
    def apart(self, reservation_id: str, rates: tuple[Decimal, ...]) -> tuple[Apart, ...]:
        """How far rates that somebody names are from the reference that an order was decided on, leg by leg.

        Returns:
            One for each leg; empty where there was no such reference, or nothing is known of the order any more.
        """
        reserved = self._reserved.get(reservation_id)
        return () if reserved is None else rates_apart(reserved, rates)

    def _decide(self, request: OrderRequest, now_ns: int, *, holds: bool) -> Decision:
        """The decision on an order; when it is allowed and ``holds`` is true, its limits are reserved."""
        problem = shape_problem(request)
        if problem is not None:
            return Decision(allowed=False, violations=(problem,), reservation_id=request.reservation_id)
        plan = self._plans.plan(request, now_ns)
        self._ledger.marks.update(self.rates, now_ns)
        order = look_at(request, plan.outline, plan.market(now_ns), now_ns)
        found = plan.order.on(order)
        if request.approval:
            found = request.approval.of(found, request.line.row_id)
        exposure = order.exposure
        if isinstance(exposure, Violation):
            found.append(exposure)
        elif self.overrides and (overrides := self.overrides.of(request, now_ns)):
            short = self._ledger.shortfalls(plan.stakes, exposure.amounts)
            found += [no_room(order, plan.stakes, self._ledger, self.rates, each) for each in short]
            found, used = ease(found, overrides)
            if holds and not _blocks(found):
                self._hold(order, plan, exposure, beyond={f"{each.grant.code} {each.grant.node}" for each in used})
                self.overrides.use(used, request.reservation_id)
        elif holds and not _blocks(found):
            short = self._hold(order, plan, exposure)
            found += [no_room(order, plan.stakes, self._ledger, self.rates, each) for each in short]
        else:
            short = self._ledger.shortfalls(plan.stakes, exposure.amounts)
            found += [no_room(order, plan.stakes, self._ledger, self.rates, each) for each in short]
        return Decision(not _blocks(found), worst_first(found), request.reservation_id)

    def _hold(self, order: OrderView, plan: Plan, exposure: Exposure, beyond: Collection[str] = ()) -> list[Shortfall]:
        """Hold what an order may use, on the nodes in ``beyond`` even above their limits; what does not fit."""
        request, quantity = order.request, order.deal.near_leg.amount
        short = self._ledger.reserve(request.reservation_id, quantity, plan.stakes, exposure.amounts, beyond)
        if all(each.is_soft for each in short):
            plan.order.hold(order)
            self._context.indicators.order_allowed(request.reservation_id, plan.outline, order.now_ns)
            self.estimates.reserve(request.reservation_id, deal_of(plan.outline, exposure))
            collars = order.market.bands if request.line.limit_rate is None else ()
            self._reserved[request.reservation_id] = Reserved(
                request,
                plan.outline,
                exposure.dealt_value,
                exposure.contra_value,
                collars,
                order.market.arrival,
                tuple([worst for worst, _ in exposure.rates]),
            )
        return short


def _blocks(found: list[Violation]) -> bool:
    return bool(found) and any(violation.blocks for violation in found)
