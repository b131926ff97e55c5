"""``trader validate``: everything up to the wire."""

from pathlib import Path
from typing import Any

import typer

from trader.adapters.clock import now_ns
from trader.adapters.config import load_setup
from trader.app.stages import Stages
from trader.cli import options
from trader.cli.output import Output, amount, counted, out, print_json, print_rows, say, say_if_example

_ROWS_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Do everything up to the wire: errors, dates, limits, flows.",
        epilog="Example: trader validate examples/batch-100.csv",
    )(validate)


def validate(
    batch: options.Batch,
    config: options.Config = None,
    data: options.Data = Path("var"),
    venue: options.Venue = None,
    trade_date: options.TradeDate = None,
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Do everything up to the wire: row errors, value dates, limits used and free, cash flows. Sends nothing."""
    from trader.app.batch_file import load_batch  # noqa: PLC0415 -- numpy is loaded only by what dates a batch
    from trader.app.history import engine_of  # noqa: PLC0415 -- the database is loaded only where it is read
    from trader.app.what_if import what_if  # noqa: PLC0415 -- pandas is loaded only here

    setup = load_setup(config, venue=venue)
    say_if_example(setup)
    file, calendars = load_batch(batch, setup, trade_date, Stages())
    answer = what_if((file.batch, file.totals), setup, calendars, engine_of(data), now_ns())
    if Output.json:
        print_json(answer.facts)
    else:
        _print(answer.facts)
    raise typer.Exit(1 if answer.is_denied else 0)


def _print(facts: dict[str, object]) -> None:
    lines = facts["lines"]
    assert isinstance(lines, dict)
    total = counted(lines["total"], "line")
    say(f"{total} for trade date {facts['trade_date']}: {lines['pass']} pass, {lines['denied']} denied")
    say(f"Judged with {facts['reference']}. Nothing was sent.")
    for violation in _some(facts["batch"]):
        say(f"whole batch: {violation['sentence']}")
    for denial in _some(facts["denials"]):
        for violation in denial["violations"]:
            say(f"row {denial['row_id']}: {violation['sentence']}")
    for what, name in (("whole batch", "batch"), ("denied lines", "denials")):
        more = _all(facts[name]) - _ROWS_SHOWN
        if more > 0:
            say(f"... and {more} more of {what}; --json lists them all")
    shown = amount if out.is_terminal else str
    limits = [
        [row["used_percent"], row["node"], *(shown(row[name]) for name in ("used", "free", "limit"))]
        for row in _some(facts["limits"])
    ]
    print_rows("Limits with this batch, fullest first", ["used %", "limit of", "used", "free", "limit"], limits)
    print_rows("Cash flows of the lines that pass", *_cash_flows(_some(facts["cash_flows"], 200)))


def _cash_flows(flows: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows; on a terminal what is unknown stands beside the numbers."""
    columns = ["value date", "currency", "net"]
    days = [[flow["value_date"], flow["currency"]] for flow in flows]
    if not out.is_terminal:
        return columns, [[*day, flow["net"] or _unknown(flow)] for day, flow in zip(days, flows, strict=True)]
    nets = [[amount(flow["net"]), ""] if flow["net"] else ["", _unknown(flow)] for flow in flows]
    if not any(unknown for _, unknown in nets):
        return columns, [[*day, net] for day, (net, _) in zip(days, nets, strict=True)]
    return [*columns, ""], [[*day, *net] for day, net in zip(days, nets, strict=True)]


def _unknown(flow: dict[str, Any]) -> str:
    return f"unknown until its fixing on {flow['fixing_date']}"


def _all(rows: object) -> int:
    assert isinstance(rows, list)
    return len(rows)


def _some(rows: object, most: int = _ROWS_SHOWN) -> list[dict[str, Any]]:
    assert isinstance(rows, list)
    return rows[:most]
