"""What became of a batch: its lines' results, and the three books held against each other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from trader.batch.result import LineResult
from trader.domain.events import TradeReported
from trader.domain.ids import LineId, line_of
from trader.domain.money import ZERO, contra_amount
from trader.engine.state import BatchState, LineState, LineStatus
from trader.orders.blotter import Blotter
from trader.orders.fills import Fill
from trader.orders.order import Order
from trader.reconcile.reconcile import Asked, Break, reconcile
from trader.reconcile.trade import Trade

# More than any venue quotes; only an average of several fills needs it.
_AVERAGE_STEP = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line, with the evidence.

    Attributes:
        line_no: The line.
        result: Its row in the result file.
        fills: ClOrdID(11) and fill, in the order they were booked.
    """

    line_no: int
    result: LineResult
    fills: tuple[tuple[str, Fill], ...]


def line_outcomes(
    batch: BatchState, blotters: Mapping[str, Blotter], only: Iterable[int] | None = None
) -> Iterator[LineOutcome]:
    """One outcome per line, in file order.

    Args:
        batch: The batch.
        blotters: Venue name to its orders.
        only: Line numbers; None for all.
    """
    states = batch.lines if only is None else [batch.lines[line_no - 1] for line_no in sorted(only)]
    for state in states:
        yield _outcome(batch, state, _orders_of(batch, state, blotters))


def _orders_of(batch: BatchState, state: LineState, blotters: Mapping[str, Blotter]) -> list[Order]:
    blotter = blotters[batch.session_of(state.line)]
    return [order for name in state.orders if (order := blotter.find(name)) is not None]


def _outcome(batch: BatchState, state: LineState, orders: list[Order]) -> LineOutcome:
    line, deal = state.line, state.line.deal
    named = tuple((order.cl_ord_id, fill) for order in orders for fill in order.fills.values())
    fills = [fill for _, fill in named]
    filled = sum((fill.last_qty for fill in fills), ZERO)
    last = orders[-1] if orders else None
    result = LineResult(
        row_id=line.row_id,
        status=str(LineStatus.UNFILLED if state.status is LineStatus.QUEUED else state.status),
        filled_amount=filled,
        average_rate=_average_rate(fills, filled),
        contra_currency=deal.contra_currency,
        contra_amount=sum((_contra(fill, state) for fill in fills), ZERO) if fills else None,
        near_value_date=deal.near_leg.value_date,
        far_value_date=deal.far_leg.value_date if deal.far_leg else None,
        venue=batch.session_of(line),
        order_id=last.order_id if last else "",
        trade_ids=tuple(fill.exec_id for fill in fills),
        reason_code=state.reason_code,
        reason=state.reason,
        sent_at_ns=last.sent_ts_ns if last else 0,
        done_at_ns=last.done_ts_ns if last else 0,
    )
    return LineOutcome(line.line_no, result, named)


def _average_rate(fills: list[Fill], filled: Decimal) -> Decimal | None:
    if not fills:
        return None
    if len(fills) == 1:
        return fills[0].last_px
    average = sum((fill.last_qty * fill.last_px for fill in fills), ZERO) / filled
    return average.quantize(_AVERAGE_STEP, rounding=ROUND_HALF_UP).normalize()


def _contra(fill: Fill, state: LineState) -> Decimal:
    """The venue's own contra amount where it gave one; reconciliation shows any that is not ours."""
    deal = state.line.deal
    return fill.contra_qty or contra_amount(fill.last_qty, deal.dealt_currency, deal.pair, fill.last_px)


def reconcile_batch(batch: BatchState, blotters: Mapping[str, Blotter], *, with_reports: bool) -> tuple[Break, ...]:
    """Hold asked, executed and reported against each other.

    Args:
        batch: The batch, with the venue's reports collected.
        blotters: Venue name to its orders.
        with_reports: False when the venue's reports are not all there; then only two books are compared.
    """
    name = batch.submitted.batch_id
    asked: list[Asked] = []
    executed: list[Trade] = []
    for state in batch.lines:
        line_id = LineId(name, state.line.line_no)
        claimed = ZERO
        for order in _orders_of(batch, state, blotters):
            executed.extend(_executed(order, line_id))
            claimed += order.cum_qty
        is_final = state.status is not LineStatus.UNKNOWN and not state.status.is_open
        line = state.line
        asked.append(Asked(line_id, line.row_id, line.deal, is_final, claimed, line.limit_rate))
    reported = [_reported(trade) for trade in batch.trades.values() if not trade.is_cancel] if with_reports else None
    return reconcile(asked, executed, reported)


def _executed(order: Order, line: LineId) -> Iterator[Trade]:
    deal = order.deal
    for fill in order.fills.values():
        yield Trade(
            exec_id=fill.exec_id,
            cl_ord_id=order.cl_ord_id,
            line=line,
            symbol=order.symbol,
            side=deal.near_leg.side,
            currency=deal.dealt_currency,
            qty=fill.last_qty,
            px=fill.last_px,
            settl_date=fill.settl_date,
            contra_qty=fill.contra_qty,
        )


def _reported(trade: TradeReported) -> Trade:
    return Trade(
        exec_id=trade.exec_id,
        cl_ord_id=trade.cl_ord_id,
        line=line_of(trade.cl_ord_id),
        symbol=trade.symbol,
        side=trade.side,
        currency=trade.currency,
        qty=trade.last_qty,
        px=trade.last_px,
        settl_date=trade.settl_date,
        contra_qty=trade.contra_qty,
    )
