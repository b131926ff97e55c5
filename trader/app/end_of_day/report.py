"""The end of a trade date, over all its batches: every book of every line, what differs, and what nobody owns.

Everything follows from the journal, so the same journal gives the same report on any day after.
"""

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypedDict

from trader.adapters.store import Store
from trader.app.end_of_day.day import BatchDay, Change, Day, RowDay, Total, UnknownOrder, UnmatchedTrade
from trader.app.exit_codes import EXIT_UNKNOWN, exit_code, is_settled, worst
from trader.app.folder import DATABASE
from trader.app.history import restore
from trader.domain.errors import ConfigError
from trader.domain.ids import LineId, line_of
from trader.domain.value_date import trade_date_at
from trader.engine.context import Context
from trader.engine.engine import Engine
from trader.engine.outcome import books_of
from trader.engine.outputs import Alert, Output
from trader.engine.state import BatchState
from trader.journal.record import Record
from trader.reconcile.day import Amounts, Bucket, by_bucket, by_leg
from trader.reconcile.reconcile import Asked

_LATE = frozenset({"TRADE_TAKEN_BACK", "CHANGED_AFTER_END"})


class _Sums(TypedDict):
    """The fields of :class:`~trader.app.end_of_day.day.Sums`, to make one of."""

    asked: str
    executed: str
    reported: str | None
    agree: bool


@dataclass(slots=True)
class Past:
    """A data folder's journal, replayed.

    Attributes:
        context: The state at its end.
        last_seq: The last record's number; 0 for an empty journal.
        head_hash: Its hash, hexadecimal; "" for an empty journal.
        late: Batch id to what changed after its end.
    """

    context: Context
    last_seq: int = 0
    head_hash: str = ""
    late: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))


def past_of(data: Path) -> Past:
    """Replay a data folder's journal.

    Raises:
        StoreError: There is none.
        JournalDamagedError: It does not hold.
    """
    engine = Engine()
    past = Past(engine.context)

    def note(record: Record, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Alert) and output.code in _LATE and (line := line_of(output.order)) is not None:
                past.late[line.batch_id].append(Change(record.ts_ns, f"{output.code}: {output.text}"))

    with closing(Store(data / DATABASE, must_exist=True)) as store:
        replay = restore(store, engine, note)
    past.last_seq, past.head_hash = replay.records, replay.head_hash
    return past


def day_asked_for(past: Past, wanted: date | None, now_ns: int) -> date:
    """The trade date to report on: the one that is wanted, else the last that had a batch.

    Where there never was one, and trades are there that belong to none, it is today's.

    Raises:
        ConfigError: No batch was submitted for the date that is wanted, or none at all and there is nothing to tell.
    """
    days = sorted({batch.submitted.trade_date for batch in past.context.batches.values()})
    if wanted is None and days:
        return days[-1]
    if wanted is None and _unmatched_trades(past.context):
        return trade_date_at(now_ns)
    if wanted is None:
        raise ConfigError("no batch was ever submitted with this data folder; expected the one the robot ran with")
    if wanted not in days:
        there = f"there are {', '.join(map(str, days[-5:]))}" if days else "there is none at all"
        raise ConfigError(f"no batch was submitted for the trade date {wanted}; {there}")
    return wanted


def day_of(past: Past, day: date) -> Day:
    """One trade date; what ``trader reconcile --json`` prints, and most of the end-of-day report."""
    context = past.context
    batches = [batch for batch in context.batches.values() if batch.submitted.trade_date == day]
    buckets: defaultdict[Bucket, Amounts] = defaultdict(Amounts)
    told = [_batch(context, batch, buckets, past.late) for batch in batches]
    unmatched, unknown = _unmatched_trades(context), _unknown_orders(context)
    is_reconciled = all(map(is_settled, batches)) and not (unmatched or unknown)
    return Day(
        trade_date=day.isoformat(),
        exit_code=worst(each.exit_code for each in told) if is_reconciled else EXIT_UNKNOWN,
        reconciled=is_reconciled,
        batches=told,
        totals=[
            Total(str(currency), value_date.isoformat(), **_sums(amounts))
            for (currency, value_date), amounts in sorted(buckets.items())
        ],
        orphans=unmatched,
        unknown_orders=unknown,
    )


def _batch(
    context: Context, batch: BatchState, buckets: dict[Bucket, Amounts], late: dict[str, list[Change]]
) -> BatchDay:
    books = books_of(batch, context.blotters, with_reports="reported" in batch.compared)
    legs = by_leg(books.asked, books.executed, books.reported)
    for bucket, amounts in by_bucket(books.asked, legs).items():
        buckets[bucket].add(amounts, 1)
    submitted = batch.submitted
    return BatchDay(
        batch_id=submitted.batch_id,
        name=submitted.name,
        content_hash=submitted.content_hash,
        venues=list(batch.sessions),
        trader=submitted.trader,
        phase=str(batch.phase),
        lines={"total": len(batch.lines)} | {str(status): count for status, count in batch.counts().items()},
        compared=list(batch.compared),
        reconciled=batch.is_reconciled,
        signed_for=batch.is_signed_for,
        exit_code=exit_code(batch, is_stopped=not context.stops.is_quiet),
        breaks=[found.to_json() for found in batch.breaks],
        changed_after_end=list(late.get(submitted.batch_id, ())),
        rows=[_row(batch, row, legs) for row in books.asked],
    )


def _row(batch: BatchState, row: Asked, legs: dict[tuple[LineId, int], Amounts]) -> RowDay:
    state, deal = batch.lines[row.line.line_no - 1], row.deal
    return RowDay(
        row_id=row.row_id,
        leg=row.leg,
        status=str(state.status),
        pair=str(deal.pair),
        side=str(deal.near_leg.side),
        currency=str(deal.dealt_currency),
        value_date=deal.near_leg.value_date.isoformat(),
        reason_code=state.reason_code,
        **_sums(legs[row.line, row.leg]),
    )


def _sums(amounts: Amounts) -> _Sums:
    return _Sums(
        asked=f"{amounts.asked:f}",
        executed=f"{amounts.executed:f}",
        reported=None if amounts.reported is None else f"{amounts.reported:f}",
        agree=amounts.agree,
    )


def _unmatched_trades(context: Context) -> list[UnmatchedTrade]:
    return [
        UnmatchedTrade(
            venue=venue,
            exec_id=orphan.event.exec_id,
            cl_ord_id=orphan.event.cl_ord_id,
            pair=orphan.event.symbol,
            quantity=f"{orphan.event.last_qty}",
            rate=f"{orphan.event.last_px}",
            came_ns=orphan.ts_ns,
            why=orphan.violation.detail,
        )
        for venue, blotter in sorted(context.blotters.items())
        for orphan in blotter.orphans.values()
    ]


def _unknown_orders(context: Context) -> list[UnknownOrder]:
    return [
        UnknownOrder(
            venue=venue,
            cl_ord_id=order.cl_ord_id,
            order_id=order.order_id,
            pair=order.symbol,
            filled=f"{order.cum_qty:f}",
            sent_ns=order.sent_ts_ns,
        )
        for venue, blotter in sorted(context.blotters.items())
        for order in blotter.in_doubt()
    ]
