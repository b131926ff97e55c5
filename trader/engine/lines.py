"""Where each line of each batch stands: the only place that moves one, so that the counts are always right."""

from risk.reasons import Violation
from trader.domain.deal import Deal
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, line_of
from trader.engine.context import Context
from trader.engine.outputs import LineRegistered
from trader.engine.state import BatchState, LineState, LineStatus
from trader.orders.machine import Phase
from trader.orders.order import Order

STOPPED = "STOPPED"


class Lines:
    """The lines of all batches. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context

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

    def register(self, batch: BatchState) -> None:
        """Make every line known at the wire, with what it asks for."""
        name = batch.submitted.batch_id
        for state in batch.lines:
            self._ctx.emit(LineRegistered(LineId(name, state.line.line_no), state.line.deal))


def sentences(violations: tuple[Violation, ...]) -> str:
    """All that a gate found, for a person."""
    return "; ".join(violation.sentence for violation in violations)


def status_of(order: Order) -> LineStatus:
    """What a final order makes of its line."""
    if is_filled(order):
        return LineStatus.FILLED
    if order.cum_qty > 0:
        return LineStatus.PARTIALLY_FILLED
    return LineStatus.REJECTED if order.phase is Phase.REJECTED else LineStatus.UNFILLED


def is_filled(order: Order) -> bool:
    """True when nothing of an order is left."""
    return order.leaves_qty <= 0 and order.cum_qty >= order.order_qty


def reason_of(order: Order, batch: BatchState) -> tuple[str, str]:
    """Why an order did not fill, as a code and a sentence; empty when it did."""
    if order.phase is Phase.FILLED:
        return "", ""
    if order.phase is Phase.CANCELED and batch.stop_reason:
        return STOPPED, batch.stop_reason
    return f"VENUE_{order.phase}", order.text or "the venue gave no reason"
