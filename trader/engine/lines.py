"""Where each line of each batch stands: the only place that moves one, so that the counts are always right."""

from collections.abc import Iterator, Sequence

from risk.limits.tree import ancestry
from risk.reasons import Approval, ReasonCode, Violation, broken_rule
from risk.registry import LATCHES
from risk.stops.stops import Scope, State, scopes_of
from trader.domain.deal import Deal
from trader.domain.errors import LocalOrderError
from trader.domain.events import RejectReason
from trader.domain.ids import LineId, line_of
from trader.domain.money import ZERO
from trader.domain.value_date import trade_date_at
from trader.engine.context import Context
from trader.engine.outputs import LineRegistered
from trader.engine.state import BatchState, LineState, LineStatus
from trader.engine.terms import LaunchApprovals
from trader.orders.machine import Phase
from trader.orders.order import Order

STOPPED = "STOPPED"


class Lines:
    """The lines of all batches. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context
        self._launches = LaunchApprovals(context.people)
        self._scopes: dict[tuple[object, ...], tuple[Scope, ...]] = {}  # by all that they follow from

    def locate(self, order_name: str) -> tuple[BatchState, LineState]:
        """The batch and the line of one of our orders.

        Args:
            order_name: Its first ClOrdID(11).

        Raises:
            LocalOrderError: It belongs to none.
        """
        line = line_of(order_name)
        if line is None or line.batch_id not in self._ctx.batches:
            raise LocalOrderError(f"{order_name} belongs to no line")
        batch = self._ctx.batches[line.batch_id]
        return batch, batch.lines[line.line_no - 1]

    def parts(self, batch: BatchState, state: LineState) -> tuple[Deal, ...]:
        """What a line is sent as: its whole deal, or one outright a leg where the venue has no orders of many legs."""
        return self._ctx.dialects[batch.session_of(state.line)].orders_of(state.line.deal)

    def approval(self, batch: BatchState) -> Approval | None:
        """What somebody has approved of the batch as it is launched; None when nobody has."""
        return self._launches.of(batch.submitted, self._ctx.now_ns)

    def rolled(self, batch: BatchState) -> Iterator[Violation]:
        """What holds back all that has not left of a batch, once the trade date is past the one it was dated by.

        Its spot date would be another by now, and its value dates may be past. A rehearsal has a trade date of its own,
        so that what counts is when the batch was begun.
        """
        today = trade_date_at(self._ctx.now_ns)
        if today > batch.day:
            detail = f"the batch was begun on trade date {batch.day}, and it is {today} now, so that its dates are old"
            remedy = "a file of the rows that are left, for today, would pass"
            yield broken_rule(ReasonCode.VALUE_DATE, f"batch={batch.submitted.batch_id}", detail, remedy)

    def dealt_before(self, batch: BatchState) -> Iterator[Violation]:
        """What holds it back where a venue knows orders of it that this journal does not: any row may be dealt by now.

        So it is after an older copy of the data folder was put back. The same file makes the same ClOrdIDs(11).
        """
        name = batch.submitted.batch_id
        for venue, blotter in self._ctx.blotters.items():
            if known := blotter.named_of(name):
                detail = f"{venue} has named ClOrdID(11)={known}, which this data folder never gave to an order"
                remedy = "run it with the newer data folder, or put the rows that the venue has not dealt in a new file"
                yield broken_rule(ReasonCode.BATCH_DUPLICATE, f"batch={name}", detail, remedy)

    def orders(self, batch: BatchState, state: LineState) -> list[Order]:
        """The orders made for a line, the oldest first."""
        blotter = self._ctx.blotters[batch.session_of(state.line)]
        return [order for name in state.orders if (order := blotter.find(name)) is not None]

    def move(self, batch: BatchState, state: LineState, status: LineStatus, code: str = "", reason: str = "") -> None:
        """Give a line its status, and keep the count of open lines."""
        batch.open_lines += status.is_open - state.status.is_open
        state.status, state.reason_code, state.reason = status, code, reason
        self._ctx.touch(batch.submitted.batch_id, state.line.line_no)

    def void(self, state: LineState) -> None:
        """What a line holds of its limits for orders that have not left is free."""
        for unsent in state.unsent:
            if unsent.reservation_id:
                self._ctx.gate.release(unsent.reservation_id)
                unsent.reservation_id = ""
        state.decided_ts_ns = 0

    def doubt_decisions(self) -> None:
        """A fill has gone above a limit: what has not left is decided anew first, as what it holds may not be there."""
        for batch in self._ctx.under_way:
            if batch.is_active:
                for state in batch.lines:
                    state.decided_ts_ns = 0

    def register(self, batch: BatchState) -> None:
        """Make every line known at the wire, with what it asks for."""
        name = batch.submitted.batch_id
        for state in batch.lines:
            line = state.line
            self._ctx.emit(LineRegistered(LineId(name, line.line_no), line.deal, self.scopes(batch, state)))

    def scopes(self, batch: BatchState, state: LineState) -> tuple[Scope, ...]:
        """Everything by which a line's orders can be stopped."""
        limits, submitted, line = self._ctx.gate.limits, batch.submitted, state.line
        venue, pair = batch.session_of(line), line.deal.pair
        key = (limits, submitted.batch_id, line.book, line.counterparty, venue, pair, line.strategy)
        found = self._scopes.get(key)
        if found is None:
            above = ancestry(limits, submitted.trader, submitted.desk, line.book, line.counterparty, venue)
            found = self._scopes[key] = scopes_of(
                firms=(above.firm, above.book_firm),
                desks=(submitted.desk, above.desk),
                trader=submitted.trader,
                venue=venue,
                counterparty=above.counterparty,
                currencies=(pair.base, pair.terms),
                pair=str(pair),
                batch=submitted.batch_id,
                strategy=line.strategy,
            )
        return found

    def held_back(self, batch: BatchState) -> list[LineState]:
        """The lines that a kill, or a control that latched, has ended before the venue had anything of them."""
        return [state for state in batch.lines if state.reason_code in LATCHES and self._has_not_left(batch, state)]

    def may_go_on(self, batch: BatchState) -> bool:
        """Whether a stop has held lines back, and the scopes of none of them are halted any longer."""
        held = self.held_back(batch)
        stops = self._ctx.stops
        return bool(held) and all(stops.state_of(self.scopes(batch, state)) < State.HALTED for state in held)

    def _has_not_left(self, batch: BatchState, state: LineState) -> bool:
        orders = self.orders(batch, state)
        return all(order.reject_reason is RejectReason.UNKNOWN_ORDER and not order.cum_qty for order in orders)


def sentences(violations: tuple[Violation, ...]) -> str:
    """All that a gate found, for a person: sentences, each with its full stop."""
    return " ".join(violation.sentence for violation in violations)


def status_of(order: Order) -> LineStatus:
    """What a final order makes of its line."""
    if is_filled(order):
        return LineStatus.FILLED
    if order.cum_qty > 0:
        return LineStatus.PARTIALLY_FILLED
    return LineStatus.REJECTED if order.phase is Phase.REJECTED else LineStatus.UNFILLED


def is_filled(order: Order) -> bool:
    """True when nothing of an order is left, as it was sent: what the venue has taken off it is not filled."""
    return order.leaves_qty <= 0 and order.cum_qty >= max(order.order_qty, order.deal.near_leg.amount)


def reason_of(order: Order, state: LineState) -> tuple[str, str]:
    """Why an order of a line did not fill, as a code and a sentence; empty when it did."""
    if order.phase is Phase.FILLED:
        asked = order.deal.near_leg.amount
        if order.order_qty >= asked:
            return "", ""
        return "VENUE_RESTATED", f"the venue took the order down from {asked:f} to {order.order_qty:f}"
    if order.phase is Phase.CANCELED and state.stop_code:
        return state.stop_code, state.stop_reason
    return f"VENUE_{order.phase}", order.text or "the venue gave no reason"


def open_legs(orders: list[Order], parts: Sequence[Deal]) -> str:
    """Which legs of a line are not dealt, for a person."""
    missing = []
    for deal in parts:
        leg = deal.near_leg
        open_qty = leg.amount - sum((order.cum_qty for order in orders if order.deal == deal), ZERO)
        if open_qty > 0:
            missing.append(f"{leg.side} {deal.dealt_currency} {open_qty:,f} value {leg.value_date}")
    return f"the venue deals leg by leg, and this is not dealt: {', '.join(missing)}"


def sum_up(
    state: LineState, orders: list[Order], parts: int, last: tuple[LineStatus, str, str]
) -> tuple[LineStatus, str, str]:
    """Status, code and reason of a line with several orders, attempts or legs.

    Args:
        state: The line.
        orders: Its orders, all of them final.
        parts: How many of them make the whole deal.
        last: What ended the last one: status, code and reason.
    """
    if sum(map(is_filled, orders)) >= parts:
        return LineStatus.FILLED, "", ""
    status, code, reason = last
    if not code:  # the last to end was filled; the reason is another's
        code, reason = next(reason_of(order, state) for order in orders if not is_filled(order))
    return (LineStatus.PARTIALLY_FILLED if any(order.cum_qty for order in orders) else status), code, reason
