"""``trader validate``: everything up to the wire."""

from pathlib import Path
from typing import Any

import typer

from trader.adapters.clock import now_ns
from trader.adapters.config import load_setup
from trader.app.stages import Stages
from trader.cli import options
from trader.cli.output import Output, out, print_json, print_rows, say_if_example

_ROWS_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: trader validate examples/batch-100.csv")(validate)


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
    out.print(
        f"{lines['total']} lines for trade date {facts['trade_date']}: {lines['pass']} pass, {lines['denied']} denied"
    )
    out.print(f"Judged with {facts['reference']}. Nothing was sent.", markup=False)
    for violation in _some(facts["batch"]):
        out.print(f"whole batch: {violation['sentence']}", markup=False)
    for denial in _some(facts["denials"]):
        for violation in denial["violations"]:
            out.print(f"row {denial['row_id']}: {violation['sentence']}", markup=False)
    limits = [
        [row[name] for name in ("used_percent", "node", "used", "free", "limit")] for row in _some(facts["limits"])
    ]
    print_rows("Limits with this batch, fullest first", ["used %", "limit of", "used", "free", "limit"], limits)
    flows = [
        [row["value_date"], row["currency"], row["net"] or f"unknown until its fixing on {row['fixing_date']}"]
        for row in _some(facts["cash_flows"], 200)
    ]
    print_rows("Cash flows of the lines that pass", ["value date", "currency", "net"], flows)


def _some(rows: object, most: int = _ROWS_SHOWN) -> list[dict[str, Any]]:
    assert isinstance(rows, list)
    return rows[:most]
