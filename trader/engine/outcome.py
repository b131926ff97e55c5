"""What became of a batch: its lines' results, and the three books held against each other."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from trader.batch.result import LegResult, LineResult
from trader.domain.deal import Deal, Leg
from trader.domain.events import ExecType, ExecutionReported, LegTraded, TradeReported
from trader.domain.ids import LineId, line_of
from trader.domain.money import ZERO, contra_amount
from trader.engine.state import BatchState, LineState, LineStatus
from trader.orders.blotter import Blotter
from trader.orders.checks import unbookable
from trader.orders.fills import Fill
from trader.orders.order import Order
from trader.reconcile.reconcile import Asked, Break, reconcile
from trader.reconcile.trade import Stated, Trade

# More than any venue quotes; only an average of several fills needs it.
_AVERAGE_STEP = Decimal("0.0000000001")

_Traded = Fill | LegTraded  # what a trade did on one leg: the near leg's figures are the fill's own


class LineOutcome(Struct, frozen=True, gc=False):
    """What became of one line, with the evidence.

    Attributes:
        line_no: The line.
        result: Its row in the result file.
        fills: ClOrdID(11), the fill's key within that order, and the fill, in the order they were booked.
    """

    line_no: int
    result: LineResult
    fills: tuple[tuple[str, str, Fill], ...]


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
    named = tuple((order.cl_ord_id, key, fill) for order in orders for key, fill in order.fills.items())
    near, *far = (_leg_result(deal, leg, traded) for leg, traded in zip(deal.legs, _by_leg(deal, orders), strict=True))
    latest = {_first_leg(deal, order): order for order in orders}.values()  # any before them came to nothing
    done = [order.done_ts_ns for order in latest]
    result = LineResult(
        row_id=line.row_id,
        status=str(LineStatus.UNFILLED if state.status is LineStatus.QUEUED else state.status),
        filled_amount=near.filled_amount,
        average_rate=near.average_rate,
        contra_currency=deal.contra_currency,
        contra_amount=near.contra_amount,
        near_value_date=near.value_date,
        venue=batch.session_of(line),
        order_id=" ".join(order.order_id for order in latest if order.order_id),
        trade_ids=tuple(fill.exec_id for _, _, fill in named),
        reason_code=state.reason_code,
        reason=state.reason,
        sent_at_ns=min((order.sent_ts_ns for order in latest), default=0),
        done_at_ns=max(done, default=0) if all(done) else 0,
        far_legs=tuple(far),
    )
    return LineOutcome(line.line_no, result, named)


def _first_leg(deal: Deal, order: Order) -> int:
    """The position in the line's deal of the order's near leg: not 0 where each leg has an order of its own."""
    if not deal.far_legs or order.deal.far_legs:
        return 0
    own = order.deal.near_leg
    return next(no for no, leg in enumerate(deal.legs) if (leg.side, leg.value_date) == (own.side, own.value_date))


def _by_leg(deal: Deal, orders: Iterable[Order]) -> list[list[_Traded]]:
    """What was traded, for each leg of the line's deal."""
    traded: list[list[_Traded]] = [[] for _ in deal.legs]
    for order in orders:
        first_leg = _first_leg(deal, order)
        for fill in order.fills.values():
            traded[first_leg].append(fill)
            for no, leg in enumerate(fill.far_legs, start=first_leg + 1):
                traded[no].append(leg)
    return traded


def _leg_result(deal: Deal, leg: Leg, traded: list[_Traded]) -> LegResult:
    filled = sum((trade.last_qty for trade in traded), ZERO)
    return LegResult(
        value_date=_paid_on(leg, traded),
        filled_amount=filled,
        average_rate=_average_rate(traded, filled),
        contra_amount=sum((_contra(trade, deal) for trade in traded), ZERO) if traded else None,
    )


def _paid_on(leg: Leg, traded: list[_Traded]) -> date:
    """The venue's day settles. Where it has said none, or several, the day that was asked for stands."""
    days = {trade.settl_date or leg.value_date for trade in traded}
    return days.pop() if len(days) == 1 else leg.value_date


def _average_rate(traded: list[_Traded], filled: Decimal) -> Decimal | None:
    if not traded:
        return None
    if len(traded) == 1:
        return traded[0].last_px
    average = sum((trade.last_qty * trade.last_px for trade in traded), ZERO) / filled
    return average.quantize(_AVERAGE_STEP, rounding=ROUND_HALF_UP).normalize()


def _contra(traded: _Traded, deal: Deal) -> Decimal:
    """The venue's own contra amount where it gave one; reconciliation shows any that is not ours."""
    return traded.contra_qty or contra_amount(traded.last_qty, deal.dealt_currency, deal.pair, traded.last_px)


class Books(NamedTuple):
    """The books of one batch.

    Attributes:
        asked: What the desk wants, and what its result file says, leg by leg.
        executed: What the robot has booked.
        reported: The venue's own list; None where there is none, or not all of it.
        stated: What the venue last answered about each order.
    """

    asked: list[Asked]
    executed: list[Trade]
    reported: list[Trade] | None
    stated: list[Stated]


def reconcile_batch(batch: BatchState, blotters: Mapping[str, Blotter], *, with_reports: bool) -> tuple[Break, ...]:
    """Hold asked, executed and reported against each other, leg by leg; see :func:`books_of` for the arguments."""
    kept = [trade for name in batch.sessions for trade in _orphan_trades(blotters[name], batch)]
    # Of our own orders the venue's list tells better, where there is one.
    ours = None if with_reports else batch.submitted.batch_id
    orphans = [trade for trade in kept if trade.line is None or trade.line.batch_id == ours]
    return reconcile(*books_of(batch, blotters, with_reports=with_reports), orphans)


def books_of(batch: BatchState, blotters: Mapping[str, Blotter], *, with_reports: bool) -> Books:
    """What there is to hold against each other.

    Args:
        batch: The batch, with the venue's reports collected.
        blotters: Venue name to its orders.
        with_reports: False when the venue's reports are not all there; then the robot's book is held against the
            result file and against what the venue last answered about each order.
    """
    name = batch.submitted.batch_id
    asked: list[Asked] = []
    executed: list[Trade] = []
    stated: list[Stated] = []
    for state in batch.lines:
        line, line_id = state.line, LineId(name, state.line.line_no)
        orders = _orders_of(batch, state, blotters)
        for order in orders:
            first_leg = _first_leg(line.deal, order)
            executed.extend(_executed(order, line_id, first_leg))
            if order.venue_avg_px is not None:
                stated.append(_stated(order, line_id, first_leg))
        is_final = state.status is not LineStatus.UNKNOWN and not state.status.is_open
        asked.extend(_asked(state, line_id, _by_leg(line.deal, orders), is_final=is_final))
    reported: list[Trade] | None = None
    if with_reports:
        reported = []
        for trade in batch.trades.values():
            if not trade.is_cancel:
                reported.extend(_reported(trade, batch, blotters))
    return Books(asked, executed, reported, stated)


def _asked(state: LineState, line_id: LineId, traded: list[list[_Traded]], *, is_final: bool) -> Iterator[Asked]:
    line = state.line
    for leg, (deal, on_leg) in enumerate(zip(line.deal.outrights(), traded, strict=True)):
        claimed = sum((trade.last_qty for trade in on_leg), ZERO)
        yield Asked(line_id, line.row_id, deal, is_final, claimed, line.limit_rate, leg)


def _stated(order: Order, line: LineId, first_leg: int) -> Stated:
    return Stated(
        line, first_leg, order.cl_ord_id, order.cum_qty, order.avg_px, order.venue_cum_qty, order.venue_avg_px
    )


def _executed(order: Order, line: LineId, first_leg: int) -> Iterator[Trade]:
    deal = order.deal
    for fill in order.fills.values():
        yield from _leg_by_leg(
            Trade(
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
                leg=first_leg,
                account=order.account,
            ),
            fill.far_legs,
        )


def _orphan_trades(blotter: Blotter, batch: BatchState) -> Iterator[Trade]:
    """Trades that came while the batch was at work and could not be booked: of no order of ours, or unlike theirs."""
    for orphan in blotter.orphans.values():
        event = orphan.event
        is_trade = isinstance(event, TradeReported) or event.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT)
        if orphan.ts_ns < batch.begun_ns or not is_trade or _is_listed_for_another(event, batch):
            continue
        is_possible = unbookable(event) is None  # else its numbers may be none
        yield Trade(
            exec_id=event.exec_id,
            cl_ord_id=event.cl_ord_id,
            line=line_of(orphan.cl_ord_id) if orphan.cl_ord_id else None,
            symbol=event.symbol,
            side=event.side,
            currency=event.currency,
            qty=event.last_qty if is_possible else ZERO,
            px=event.last_px if is_possible else ZERO,
            settl_date=event.settl_date,
            contra_qty=event.contra_qty if is_possible else None,
        )


def _is_listed_for_another(event: TradeReported | ExecutionReported, batch: BatchState) -> bool:
    """Whether a trade was only listed because we asked, and for another batch: it may be of any time."""
    line = line_of(event.cl_ord_id)
    is_listed = isinstance(event, TradeReported) and bool(event.request_id)
    return is_listed and line is not None and line.batch_id != batch.submitted.batch_id


def _reported(trade: TradeReported, batch: BatchState, blotters: Mapping[str, Blotter]) -> Iterator[Trade]:
    """The venue's own trade, leg by leg; which of the line's legs comes first its order knows."""
    line, first_leg, account = line_of(trade.cl_ord_id), 0, trade.account
    if line is not None and line.batch_id == batch.submitted.batch_id and 0 < line.line_no <= len(batch.lines):
        asked = batch.lines[line.line_no - 1].line
        order = blotters[batch.session_of(asked)].find(trade.cl_ord_id)
        if order is not None:
            first_leg = _first_leg(asked.deal, order)
            account = account or order.account
    near = Trade(
        exec_id=trade.exec_id,
        cl_ord_id=trade.cl_ord_id,
        line=line,
        symbol=trade.symbol,
        side=trade.side,
        currency=trade.currency,
        qty=trade.last_qty,
        px=trade.last_px,
        settl_date=trade.settl_date,
        contra_qty=trade.contra_qty,
        leg=first_leg,
        account=account,
    )
    return _leg_by_leg(near, trade.far_legs)


def _leg_by_leg(near: Trade, far_legs: tuple[LegTraded, ...]) -> Iterator[Trade]:
    yield near
    for no, leg in enumerate(far_legs, start=near.leg + 1):
        yield replace(
            near,
            side=leg.side,
            qty=leg.last_qty,
            px=leg.last_px,
            settl_date=leg.settl_date,
            contra_qty=leg.contra_qty,
            leg=no,
        )
