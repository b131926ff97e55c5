"""Commands that look: status, batches, orders, controls. They only read."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from trader.app.exit_codes import EXIT_WRONG_INPUT
from trader.app.folder import DATABASE
from trader.cli import options
from trader.cli.alerts import delay_text
from trader.cli.output import Failure, Output, amount, out, print_json, print_rows, say
from trader.domain.counting import counted
from trader.domain.moments import moment
from trader.engine.state import BatchPhase, LineStatus

_ALERTS_SHOWN = 5
_FIRED = frozenset({"raised", "repeated"})
_STATUSES = ("filled", "partially_filled", "denied", "rejected", "unfilled", "open", "unknown")
_ALWAYS_TOLD = ("filled", "open", "unknown")

_Row = dict[str, Any]
_Cell = Callable[[_Row], object]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(short_help="Say in a few lines how things stand.", epilog="Example: trader status --data var")(status)
    app.command(short_help="List the batches of a data folder.", epilog="Example: trader batches --json")(batches)
    app.command(
        short_help="List the lines of the batches, and what became of them.",
        epilog="Example: trader orders --batch GP6SAJWKEA --status denied",
    )(orders)
    app.command(
        short_help="List every pre-trade control, and when it last fired.", epilog="Example: trader controls --data var"
    )(controls)


def _rows(data: Path, name: Any, **how: Any) -> list[_Row]:  # noqa: ANN401 -- passed through to the store
    from trader.app.tables import open_tables  # noqa: PLC0415 -- the database is loaded only where it is read

    with closing(open_tables(data)) as store:
        return store.rows(name, **how)


def _show(title: str, rows: list[_Row], columns: list[str], cells: Mapping[str, _Cell] | None = None) -> None:
    """JSON, or a table.

    Args:
        title: What the rows are.
        rows: As the database has them.
        columns: Those of a file; a terminal has them too, unless ``cells`` is given.
        cells: The columns of a terminal, which is narrow: their names, and what stands in them.
    """
    if Output.json:
        print_json({title: rows})
    elif cells is None or not out.is_terminal:
        print_rows(title, columns, ([row[column] for column in columns] for row in rows))
    else:
        print_rows(title, list(cells), ([cell(row) for cell in cells.values()] for row in rows))


def status(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """Say in a few lines how things stand: batches, lines, what is unknown, the worst alerts."""
    found = _batches(data)
    worst, delays = _alerts(data)
    total = {name: sum(row[f"lines_{name}"] for row in found) for name in ("total", *_STATUSES)}
    facts: _Row = {
        "batches": len(found),
        "lines": total,
        "stops": _stops(data),
        "orphans": len(_orphans(data)),
        "unreconciled": [row["batch_id"] for row in found if row["unreconciled"]],
        "alerts": worst[:_ALERTS_SHOWN],
        "alerts_open": len(worst),
        "deliveries": delays,
    }
    if Output.json:
        print_json(facts)
        return
    told = ", ".join(_counts(total, _ALWAYS_TOLD))
    say(f"{counted(len(found), 'batch')}, {counted(total['total'], 'line')}: {told}")
    for stop in facts["stops"]:
        say(f"{stop['scope']} is {stop['state']}: {stop['code']} by {stop['who']}, {stop['reason']}", style="red")
    if total["unknown"]:
        ways = "the same file again asks the venue, and where it does not say, two persons do: trader settle"
        say(f"{counted(total['unknown'], 'line')} unknown (trader orders --status unknown): {ways}", style="red")
    for row in found:
        if row["unreconciled"]:
            say(f"not reconciled: batch {row['batch_id']}: {row['unreconciled']}")
    if facts["orphans"]:
        say(f"{counted(facts['orphans'], 'unmatched trade')}; trader orders --orphans lists them", style="red")
    say(f"{counted(len(worst), 'alert')} open" + ("; the worst:" if worst else ""))
    for alert in worst[:_ALERTS_SHOWN]:
        say(f"{moment(alert['last_ns'])}  no. {alert['number']} {alert['control']}: {alert['text']}")
    for sink, delay in delays.items():
        say(delay_text(sink, delay))


def _stops(data: Path) -> list[_Row]:
    """What is stopped now: the rows of the last record that changed it."""
    rows = _rows(data, "stops", newest_first=True)
    return [row for row in reversed(rows) if row["seq"] == rows[0]["seq"] and row["scope"]]


def _alerts(data: Path) -> tuple[list[_Row], dict[str, dict[str, int]]]:
    """The open alerts, worst first, and how long alerts took to each sink."""
    from trader.app.alert_report import alerts_as_they_stand, delivery_delays  # noqa: PLC0415 -- see _rows
    from trader.app.tables import open_tables  # noqa: PLC0415 -- see _rows

    with closing(open_tables(data)) as store:
        return alerts_as_they_stand(store.rows("alert_events")), delivery_delays(store)


def _counts(of: Mapping[str, int], always: tuple[str, ...] = ()) -> list[str]:
    """How many lines became what, without what none became."""
    return [f"{of[name]} {name.replace('_', ' ')}" for name in _STATUSES if of[name] or name in always]


def batches(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List every batch that was submitted with this data folder."""
    columns = ["batch_id", "name", "trade_date", "venue", "phase", "lines_total", "lines_filled", "lines_denied"]
    columns += ["lines_unfilled", "lines_unknown", "is_reconciled", "is_signed_for", "unreconciled"]
    cells: dict[str, _Cell] = {
        "batch": lambda row: row["batch_id"],
        "file": lambda row: row["name"],
        "trade date": lambda row: row["trade_date"],
        "venue": lambda row: row["venue"],
        "phase": lambda row: row["phase"].lower().replace("_", " "),
        "lines": lambda row: row["lines_total"],
        "became": lambda row: ", ".join(_counts({name: row[f"lines_{name}"] for name in _STATUSES})),
        "books agree": _reconciled,
    }
    _show("batches", _batches(data), columns, cells)


def _batches(data: Path) -> list[_Row]:
    """Every batch, and as ``unreconciled`` why its books do not agree; "" when they do, or were signed for."""
    late = _rows(data, "alert_events", where={"control": "CHANGED_AFTER_END"})
    changed = {event["batch"]: event["text"] for event in late}  # the latest of each
    rows = _rows(data, "batches")
    return [row | {"unreconciled": _unreconciled(row, changed.get(row["batch_id"], ""))} for row in rows]


def _reconciled(row: _Row) -> str:
    if row["unreconciled"]:
        return f"no: {row['unreconciled']}"
    return f"{counted(row['breaks'], 'break')} signed for" if row["is_signed_for"] else "yes"


def _unreconciled(row: _Row, changed: str) -> str:
    if row["is_reconciled"] or row["is_signed_for"]:
        return ""
    reasons = [
        f"re-opened: {changed}" if changed else "",
        "" if row["phase"] == BatchPhase.DONE else "not over",
        f"{counted(row['lines_unknown'], 'line')} unknown" if row["lines_unknown"] else "",
        counted(row["breaks"], "break") if row["breaks"] else "",
    ]
    return "; ".join(filter(None, reasons)) or "the venue has not shown its own books"


def orders(
    data: options.Data = Path("var"),
    batch: Annotated[str, typer.Option(metavar="ID", help="Only this batch.")] = "",
    status: Annotated[str, typer.Option(metavar="STATUS", help="Only lines with this status, such as denied.")] = "",
    orphans: Annotated[
        bool,
        typer.Option("--orphans", help="The unmatched trades, which fit no order of ours and are kept until they do."),
    ] = False,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """List the lines of the batches with their orders, fills and reasons; or the unmatched trades."""
    if orphans:
        if batch or status:
            raise Failure(
                "--orphans are of no batch and have no status; leave --batch and --status out", EXIT_WRONG_INPUT
            )
        _show_orphans(data)
        return
    if status and status not in set(LineStatus):
        raise Failure(f"no status {status!r}; expected one of {', '.join(LineStatus)}", EXIT_WRONG_INPUT)
    if batch and batch not in {row["batch_id"] for row in _rows(data, "batches")}:
        raise Failure(f"no batch {batch!r} in {data}; trader batches lists them", EXIT_WRONG_INPUT)
    where = {name: value for name, value in (("batch_id", batch), ("status", status)) if value}
    columns = ["row_id", "side", "dealt_currency", "amount", "pair", "value_date", "status", "average_rate"]
    cells: dict[str, _Cell] = {
        "row": lambda row: row["row_id"],
        "pair": lambda row: row["pair"],
        "side": lambda row: f"{row['side']} {row['dealt_currency']}",
        "amount": lambda row: amount(row["amount"]),
        "value date": lambda row: row["value_date"],
        "status": lambda row: row["status"].replace("_", " "),
        "rate": lambda row: row["average_rate"],
        "reason": lambda row: row["reason_code"],
    }
    rows = _rows(data, "orders", where=where)
    names = dict.fromkeys(row["batch_id"] for row in rows)
    if len(names) == 1 and out.is_terminal and not Output.json:
        say(f"batch {next(iter(names))}")
    elif len(names) > 1:
        cells = {"batch": lambda row: row["batch_id"]} | cells
    _show("orders", rows, [*columns, "reason_code"], cells)


def _orphans(data: Path) -> list[_Row]:
    """The unmatched trades that are still kept, the oldest first."""
    kept: dict[tuple[object, ...], _Row] = {}
    for row in _rows(data, "orphans"):
        key = tuple(row[name] for name in row if name not in ("seq", "number", "ts_ns", "is_kept"))
        if row["is_kept"]:
            kept[key] = row
        else:
            kept.pop(key, None)
    return list(kept.values())


def _show_orphans(data: Path) -> None:
    """On a terminal two lines a trade: its ids need the width."""
    columns = ["ts_ns", "venue", "exec_id", "cl_ord_id", "side", "currency", "last_qty", "pair", "last_px", "rule"]
    found = _orphans(data)
    if Output.json or not out.is_terminal or not found:
        _show("orphans", found, columns)
        return
    for row in found:
        trade = f"{row['side']} {row['currency']} {amount(row['last_qty'])} on {row['pair']} at {row['last_px']}"
        say(f"{row['venue']}: {trade}, {moment(row['ts_ns'])}", style="bold")
        say(f"ExecID(17)={row['exec_id']}, ClOrdID(11)={row['cl_ord_id'] or 'none'}: {row['rule']}", indent=2)


def controls(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List every pre-trade control: what it mitigates, what it does when it fires, who is told, when it last fired."""
    from risk.inventory import effect_of, kind_of  # noqa: PLC0415 -- loaded only here
    from risk.registry import controls as inventory  # noqa: PLC0415 -- the same

    fired = _firings(data)
    rows = [
        {
            "code": str(control.code),
            "mitigates": control.mitigates,
            "formula": control.formula,
            "mode": control.mode.value,
            "kind": kind_of(control),
            "effect": effect_of(control),
            "alerts": control.alerts,
            "last_fired_ts_ns": fired[control.code][-1][0] if control.code in fired else 0,
            "last_fired": moment(fired[control.code][-1][0]) if control.code in fired else "never",
            "last_said": fired[control.code][-1][1] if control.code in fired else "",
            "times_fired": len(fired.get(control.code, ())),
        }
        for control in inventory()
    ]
    if out.is_terminal and not Output.json:
        _print_controls(rows)
    else:
        _show("controls", rows, ["code", "mitigates", "formula", "mode", "kind", "effect", "alerts", "last_fired"])


def _firings(data: Path) -> dict[str, list[tuple[int, str]]]:
    """When each control fired and what was said then, the oldest first: what it stopped, and what people were told."""
    fired: dict[str, list[tuple[int, str]]] = {}
    if (data / DATABASE).is_file():
        told = [(row["ts_ns"], row["code"], row["text"]) for row in _rows(data, "firings")]
        events = [row for row in _rows(data, "alert_events") if row["kind"] in _FIRED]
        told += [(row["ts_ns"], row["control"], row["text"]) for row in events]
        for ts_ns, code, text in sorted(told):
            fired.setdefault(code, []).append((ts_ns, text))
    return fired


def _print_controls(rows: list[_Row]) -> None:
    """One paragraph a control: a formula needs the width of the terminal."""
    for row in rows:
        say(f"{row['code']}: {row['mitigates']}", style="bold")
        say(row["formula"], indent=2)
        say(f"{row['kind']}, {row['effect']}: {row['mode']}; tells {row['alerts']}", indent=2)
        said = f": {row['last_said']}" if row["last_said"] else ""
        say(f"last fired: {row['last_fired']}{said}", indent=2)
