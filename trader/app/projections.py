"""From engine state to the tables people look at. Can be thrown away and made again from the journal."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict

from risk.alerts import AlertEvent, as_json
from risk.limits.book import Limit
from risk.stops.stops import State, Stop
from trader.adapters.store import Store
from trader.adapters.tables import TableName
from trader.app.stops.proof import killed_facts
from trader.engine.engine import Engine
from trader.engine.outcome import LineOutcome, line_outcomes
from trader.engine.outputs import (
    BatchRefused,
    BatchWaits,
    ControlFired,
    KillEnded,
    LimitsInForce,
    OrphanChanged,
    Output,
    StopsChanged,
)
from trader.engine.state import BatchState, Kill, LineStatus
from trader.journal.record import Record

_Rows = dict[TableName, list[dict[str, Any]]]
_ONLY_ROW = 1


class Projector:
    """Writes what changed since it last wrote.

    Args:
        store: Where to.
        engine: Whose state.
    """

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._noted_seq = 0
        self._written_seq = max((row["seq"] for row in store.rows("progress")), default=0)
        self._told: _Rows = _nothing_told()
        self._noted: Mapping[type, Callable[[Record, Any], None]] = {
            AlertEvent: lambda _record, event: self._told["alert_events"].append(alert_event_row(event)),
            LimitsInForce: self._limits_in_force,
            StopsChanged: self._stops_changed,
            OrphanChanged: self._orphan_changed,
            KillEnded: self._kill_ended,
            ControlFired: lambda record, fired: self._fired(
                record, code=fired.code, row_id=fired.row_id, text=fired.text
            ),
            BatchRefused: self._batch_refused,
            BatchWaits: self._batch_waits,
        }

    def note(self, record: Record, outputs: Iterable[Output]) -> None:
        """Keep what a record caused people to be told, for the next write."""
        self._noted_seq = record.seq
        for output in outputs:
            if (take := self._noted.get(type(output))) is not None:
                take(record, output)

    def replayed(self, record: Record, outputs: Iterable[Output]) -> None:
        """Note a record of an earlier process; the lines that the tables have as it left them are not written again."""
        self.note(record, outputs)
        if record.seq <= self._written_seq:
            self._engine.context.changed_lines.clear()

    def _limits_in_force(self, _record: Record, limits: LimitsInForce) -> None:
        if limits.imported is not None:
            self._told["limit_versions"].append(asdict(limits.imported))
            self._told["limits"] += limit_rows(limits.imported.version, limits.rows)

    def _stops_changed(self, record: Record, changed: StopsChanged) -> None:
        """Only the last change of a record counts."""
        self._told["stops"] = [row for row in self._told["stops"] if row["seq"] != record.seq]
        self._told["stops"] += stop_rows(record.seq, changed.stops)

    def _orphan_changed(self, record: Record, changed: OrphanChanged) -> None:
        rows = self._told["orphans"]
        rows.append(orphan_row(record, _number_in(rows, record), changed))

    def _kill_ended(self, _record: Record, ended: KillEnded) -> None:
        self._told["kills"].append(kill_row(ended.kill))
        self._told["kill_orders"] += kill_order_rows(ended.kill)

    def _batch_refused(self, record: Record, refused: BatchRefused) -> None:
        for violation in refused.violations:
            self._fired(record, code=str(violation.code), row_id="", text=violation.sentence)

    def _batch_waits(self, record: Record, waits: BatchWaits) -> None:
        for row_id, violation in waits.findings:
            self._fired(record, code=str(violation.code), row_id=row_id, text=violation.sentence)

    def _fired(self, record: Record, **facts: str) -> None:
        rows = self._told["firings"]
        rows.append({"seq": record.seq, "number": _number_in(rows, record), "ts_ns": record.ts_ns} | facts)

    @property
    def told(self) -> Mapping[TableName, Sequence[Mapping[str, object]]]:
        """The rows of the tables that only grow which have not been written yet."""
        return self._told

    def catch_up(self) -> None:
        """After a replay: write what an earlier process did not come to."""
        versions = {row["version"] for row in self._store.rows("limit_versions")}
        for name in ("limit_versions", "limits"):  # a set never changes, and may be large
            self._told[name] = [row for row in self._told[name] if row["version"] not in versions]
        self.write()

    def write(self) -> None:
        """Write every changed line, its fills and its batch, in one commit.

        Raises:
            StoreError: Nothing was written.
        """
        context = self._engine.context
        if not context.changed_lines:
            self.write_told()
            return
        rows: _Rows = {"batches": [], "orders": [], "fills": [], **self._told}
        rows["progress"] = [{"id": _ONLY_ROW, "seq": self._noted_seq}]
        lines: list[dict[str, object]] = []
        for name, line_numbers in context.changed_lines.items():
            batch = context.batches.get(name)
            if batch is not None:
                rows["batches"].append(batch_row(batch))
                for outcome in line_outcomes(batch, context.blotters, only=line_numbers):
                    rows["orders"].append(order_row(batch, outcome))
                    rows["fills"].extend(fill_rows(batch, outcome))
                    lines.append({"batch_id": name, "line_no": outcome.line_no})
        self._store.project(rows, instead_of={"fills": lines})  # a fill that was taken back is none
        context.changed_lines.clear()
        self._told = _nothing_told()

    def finish(self) -> None:
        """Write what has changed, and that nothing is missing: whoever looks need not look into the journal.

        Raises:
            StoreError: It could not be written.
        """
        self.write()
        self._store.project({"progress": [{"id": _ONLY_ROW, "seq": self._store.chain().seq}]})

    def write_told(self) -> None:
        """Write what people were told, and nothing else: quick enough for the middle of a burst.

        Raises:
            StoreError: Nothing was written.
        """
        if any(self._told.values()):
            self._store.project(self._told)
            self._told = _nothing_told()


def _number_in(rows: Sequence[Mapping[str, Any]], record: Record) -> int:
    """The number of the next row that a record causes in a table."""
    return int(rows[-1]["number"]) + 1 if rows and rows[-1]["seq"] == record.seq else 0


def _nothing_told() -> _Rows:
    names: tuple[TableName, ...] = (
        "alert_events",
        "firings",
        "limit_versions",
        "limits",
        "orphans",
        "stops",
        "kills",
        "kill_orders",
    )
    return {name: [] for name in names}


def stop_rows(seq: int, stops: Sequence[Stop]) -> Iterator[dict[str, object]]:
    """The stops in force after a record as projection rows; one that says so where there are none."""
    for number, stop in enumerate(stops or [None]):
        yield {
            "seq": seq,
            "number": number,
            "scope": "" if stop is None else str(stop.scope),
            "state": State.ACTIVE.name if stop is None else stop.state.name,
            "code": "" if stop is None else str(stop.code),
            "since_ns": 0 if stop is None else stop.since_ns,
            "who": "" if stop is None else stop.by,
            "reason": "" if stop is None else stop.reason,
        }


def orphan_row(record: Record, number: int, changed: OrphanChanged) -> dict[str, object]:
    """A trade that fits no order of ours, or fits one now, as a projection row."""
    event, orphan = changed.orphan.event, changed.orphan
    return {
        "seq": record.seq,
        "number": number,
        "ts_ns": record.ts_ns,
        "is_kept": changed.is_kept,
        "venue": changed.venue,
        "exec_id": event.exec_id,
        "cl_ord_id": event.cl_ord_id,
        "pair": event.symbol,
        "side": str(event.side),
        "currency": str.__str__(event.currency),
        "last_qty": _text(event.last_qty),
        "last_px": _text(event.last_px),
        "settl_date": event.settl_date.isoformat() if event.settl_date else "",
        "rule": orphan.violation.rule,
        "text": orphan.violation.detail,
    }


def kill_row(kill: Kill) -> dict[str, object]:
    """A kill that is proven as a projection row."""
    stop, proof = kill.stop, kill.proof
    assert proof is not None, "a kill is told of once it is proven"
    return {
        "number": kill.number,
        "ts_ns": kill.ts_ns,
        "scope": str(stop.scope),
        "state": stop.state.name,
        "who": stop.by,
        "reason": stop.reason,
        "lines_voided": kill.lines_voided,
        "asked_ns": proof.asked_ns,
        "blocked_ns": proof.blocked_ns,
        "last_risk_ns": proof.last_risk_ns,
        "last_cancel_ns": proof.last_cancel_ns,
    }


def kill_order_rows(kill: Kill) -> list[dict[str, object]]:
    """What became of each order that was live when a kill came, as projection rows in the order of their names."""
    return [{"number": kill.number, **killed_facts(name, each)} for name, each in sorted(kill.orders.items())]


def limit_rows(version: int, rows: Iterable[Limit]) -> Iterator[dict[str, object]]:
    """The rows of a set of limits as projection rows, numbered from 1."""
    for number, row in enumerate(rows, start=1):
        yield {
            "version": version,
            "number": number,
            "control": row.control,
            "key": row.node,
            "parameter": row.parameter,
            "value": row.value,
            "note": row.note,
            "since": "" if row.since is None else row.since.isoformat(),
            "until": "" if row.until is None else row.until.isoformat(),
        }


def alert_event_row(event: AlertEvent) -> dict[str, object]:
    """An event of the alert book as a projection row."""
    return as_json(event) | {"is_lasting": event.alert.is_lasting, "is_told": event.is_told}


def batch_row(batch: BatchState) -> dict[str, object]:
    """The batch as a projection row."""
    submitted, counts = batch.submitted, batch.counts()
    return {
        "batch_id": submitted.batch_id,
        "content_hash": submitted.content_hash,
        "name": submitted.name,
        "trade_date": submitted.trade_date.isoformat(),
        "venue": submitted.venue,
        "trader": submitted.trader,
        "phase": str(batch.phase),
        "lines_total": len(batch.lines),
        "lines_filled": counts[LineStatus.FILLED],
        "lines_partially_filled": counts[LineStatus.PARTIALLY_FILLED],
        "lines_denied": counts[LineStatus.DENIED],
        "lines_rejected": counts[LineStatus.REJECTED],
        "lines_unfilled": counts[LineStatus.UNFILLED],
        "lines_unknown": counts[LineStatus.UNKNOWN],
        "lines_open": counts[LineStatus.QUEUED] + counts[LineStatus.WORKING],
        "is_reconciled": batch.is_reconciled,
        "is_signed_for": batch.is_signed_for,
        "breaks": len(batch.breaks),
    }


def order_row(batch: BatchState, outcome: LineOutcome) -> dict[str, object]:
    """A line as a projection row."""
    state, result = batch.lines[outcome.line_no - 1], outcome.result
    line, deal = state.line, state.line.deal
    return {
        "batch_id": batch.submitted.batch_id,
        "line_no": outcome.line_no,
        "row_id": line.row_id,
        "cl_ord_id": state.orders[-1] if state.orders else "",
        "order_id": result.order_id,
        "venue": result.venue,
        "pair": str(deal.pair),
        "side": str(deal.near_leg.side),
        "dealt_currency": str.__str__(deal.dealt_currency),
        "amount": f"{deal.near_leg.amount:f}",
        "value_date": deal.near_leg.value_date.isoformat(),
        "order_type": str(line.order_type),
        "limit_rate": _text(line.limit_rate),
        "status": str(state.status),
        "filled_amount": f"{result.filled_amount:f}",
        "average_rate": _text(result.average_rate),
        "contra_amount": _text(result.contra_amount),
        "reason_code": result.reason_code,
        "reason": result.reason,
        "sent_ts_ns": result.sent_at_ns,
        "done_ts_ns": result.done_at_ns,
    }


def fill_rows(batch: BatchState, outcome: LineOutcome) -> Iterator[dict[str, object]]:
    """A line's fills as projection rows."""
    for cl_ord_id, key, fill in outcome.fills:
        yield {
            "batch_id": batch.submitted.batch_id,
            "line_no": outcome.line_no,
            "cl_ord_id": cl_ord_id,
            "key": key,
            "exec_id": fill.exec_id,
            "last_qty": f"{fill.last_qty:f}",
            "last_px": f"{fill.last_px:f}",
            "settl_date": fill.settl_date.isoformat() if fill.settl_date else "",
            "contra_qty": _text(fill.contra_qty),
        }


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"
