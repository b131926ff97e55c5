"""Commands that look: status, batches, orders, alerts, controls. They only read."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from trader.cli import options
from trader.cli.output import WRONG_INPUT, Failure, Output, out, print_json, print_rows
from trader.engine.state import LineStatus

_NS_PER_S = 1_000_000_000


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: trader status --data var")(status)
    app.command(epilog="Example: trader batches --json")(batches)
    app.command(epilog="Example: trader orders --status denied")(orders)
    app.command(epilog="Example: trader alerts")(alerts)
    app.command(epilog="Example: trader controls")(controls)


def _rows(data: Path, name: Any, **how: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- passed through to the store
    from trader.adapters.store import Store  # noqa: PLC0415 -- the database is loaded only where it is read

    store = Store(data / "trader.db", must_exist=True)
    try:
        return store.rows(name, **how)
    finally:
        store.close()


def _show(title: str, rows: list[dict[str, Any]], columns: list[str]) -> None:
    if Output.json:
        print_json({title: rows})
    else:
        print_rows(title, columns, ([row[column] for column in columns] for row in rows))


def status(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """Say in a few lines how things stand: batches, lines, what is unknown, the last alerts."""
    found = _rows(data, "batches")
    recent = _rows(data, "alerts", newest_first=True)[:5]
    total = {name: sum(row[f"lines_{name}"] for row in found) for name in ("total", "filled", "open", "unknown")}
    facts: dict[str, Any] = {
        "batches": len(found),
        "lines": total,
        "unreconciled": [row["batch_id"] for row in found if not row["is_reconciled"]],
        "alerts": recent,
    }
    if Output.json:
        print_json(facts)
        return
    out.print(
        f"{len(found)} batches, {total['total']} lines: {total['filled']} filled, {total['open']} open, "
        f"{total['unknown']} unknown"
    )
    for name in facts["unreconciled"]:
        out.print(f"not reconciled: batch {name}", markup=False)
    for alert in recent:
        out.print(f"{_moment(alert['ts_ns'])}  {alert['code']}: {alert['text']}", markup=False)


def batches(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List every batch that was submitted with this data folder."""
    columns = ["batch_id", "name", "trade_date", "venue", "phase", "lines_total", "lines_filled", "lines_denied"]
    columns += ["lines_unfilled", "lines_unknown", "is_reconciled"]
    _show("batches", _rows(data, "batches"), columns)


def orders(
    data: options.Data = Path("var"),
    batch: Annotated[str, typer.Option(metavar="ID", help="Only this batch.")] = "",
    status: Annotated[str, typer.Option(metavar="STATUS", help="Only lines with this status, such as denied.")] = "",
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """List the lines of the batches with their orders, fills and reasons."""
    if status and status not in set(LineStatus):
        raise Failure(f"no status {status!r}; expected one of {', '.join(LineStatus)}", WRONG_INPUT)
    if batch and batch not in {row["batch_id"] for row in _rows(data, "batches")}:
        raise Failure(f"no batch {batch!r} in {data}; trader batches lists them", WRONG_INPUT)
    where = {name: value for name, value in (("batch_id", batch), ("status", status)) if value}
    columns = ["row_id", "side", "dealt_currency", "amount", "pair", "value_date", "status", "average_rate"]
    _show("orders", _rows(data, "orders", where=where), [*columns, "reason_code"])


def alerts(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List what a person should know, newest first."""
    rows = [{"at": _moment(row["ts_ns"]), **row} for row in _rows(data, "alerts", newest_first=True)]
    _show("alerts", rows, ["at", "code", "text"])


def controls(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List every pre-trade control: what it mitigates, its formula and mode, and when it last fired."""
    from risk.registry import controls as inventory  # noqa: PLC0415 -- loaded only here

    fired: dict[str, int] = {}
    if (data / "trader.db").is_file():
        for told in (*_rows(data, "firings"), *_rows(data, "alerts")):
            fired[told["code"]] = max(told["ts_ns"], fired.get(told["code"], 0))
    rows = []
    for control in inventory():
        row = {
            "code": str(control.code),
            "mode": control.mode.value,
            "mitigates": control.mitigates,
            "formula": control.formula,
            "last_fired_ts_ns": fired.get(control.code, 0),
            "last_fired": _moment(fired[control.code]) if control.code in fired else "never",
        }
        rows.append(row)
    _show("controls", rows, ["code", "mode", "mitigates", "formula", "last_fired"])


def _moment(ts_ns: int) -> str:
    return datetime.fromtimestamp(ts_ns // _NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
