"""``trader validate``: everything up to the wire."""

import gc
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer

from trader.adapters.clock import now_ns
from trader.adapters.config import load_setup
from trader.app.exit_codes import EXIT_INCOMPLETE, EXIT_WAITS
from trader.app.stages import Stages
from trader.cli import options
from trader.cli.output import (
    Output,
    amount,
    out,
    plain,
    print_json,
    print_rows,
    say,
    say_if_example,
    say_units,
    stoppable,
)
from trader.domain.counting import counted

_ROWS_SHOWN, _FLOWS_SHOWN = 20, 200
_BAR, _BAR_SHORT, _WIDE = 20, 10, 110


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Do everything up to the wire: errors, dates, limits, flows.",
        epilog="Example: trader validate examples/batch-100.csv",
    )(validate)


@stoppable("stopped before the batch was judged; nothing was sent, and nothing has changed")
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
    from trader.app.limits.what_if import what_if  # noqa: PLC0415 -- pandas is loaded only here

    gc.disable()  # this process is over before its garbage matters, and looking for it takes a third of the time
    setup = load_setup(config, venue=venue)
    say_if_example(setup)
    file, calendars = load_batch(batch, setup, trade_date, Stages())
    answer = what_if((file.batch, file.totals), setup, calendars, engine_of(data), now_ns())
    if Output.json:
        print_json(answer.facts)
    else:
        _print(answer.facts, setup.config.limits.reporting_currency)
    raise typer.Exit(EXIT_INCOMPLETE if answer.is_denied else EXIT_WAITS if answer.waits else 0)


def _print(facts: dict[str, Any], reporting_currency: str) -> None:
    lines = facts["lines"]
    total = counted(lines["total"], "line")
    waiting = f", {lines['waits']} {'waits' if lines['waits'] == 1 else 'wait'} for approval" if lines["waits"] else ""
    say(f"{total} for trade date {facts['trade_date']}: {lines['pass']} pass, {lines['denied']} denied{waiting}")
    say(f"Judged with {facts['reference']}. Nothing was sent.")
    for violation in facts["batch"][:_ROWS_SHOWN]:
        say(f"whole batch: {violation['sentence']}")
    for denial in facts["denials"][:_ROWS_SHOWN]:
        for violation in denial["violations"]:
            say(f"row {denial['row_id']}: {violation['sentence']}")
        say(_way_out(denial), indent=2)
    for approval in facts["approvals"][:_ROWS_SHOWN]:
        for violation in approval["violations"]:
            say(f"row {approval['row_id']} waits: {violation['sentence']}")
    for what, name in (("whole batch", "batch"), ("denied lines", "denials"), ("lines that wait", "approvals")):
        more = len(facts[name]) - _ROWS_SHOWN
        if more > 0:
            say(f"... and {more} more of {what}; --json lists them all")
    _print_ways_on(facts)
    _print_limits(facts["limits"][:_ROWS_SHOWN])
    if facts["limits"] and out.is_terminal:
        say_units(reporting_currency)
    print_rows("Cash flows of the lines that pass", *_cash_flows(facts["cash_flows"][:_FLOWS_SHOWN]))


def _way_out(denial: dict[str, Any]) -> str:
    """What a denied line could be cut to, over all its limits."""
    cut, currency = denial["cut_to"], denial["dealt_currency"]
    if cut is None:
        return "no other size would help"
    if not Decimal(cut):
        return "no size would fit"
    return f"cut to {amount(cut)} {currency}, by itself and at these rates, it would fit every limit"


def _print_ways_on(facts: dict[str, Any]) -> None:
    """What would fit as it is, and who could help with the rest."""
    subset, who = facts["subset"], facts["who"]
    if facts["denials"]:
        fit = f"{counted(subset['lines'], 'line')} {'fits' if subset['lines'] == 1 else 'fit together'}"
        say(f"Served in the file's order, {fit}; --json lists them.")
        if any(violation["raise"] for denial in facts["denials"] for violation in denial["violations"]):
            say(f"To raise a limit for a time, or to let one order above it: {_persons(who['raise_limit'])}.")
    if facts["approvals"] or any(violation["waits"] for violation in facts["batch"]):
        say(f"For what waits: {_persons(who['approve'])}.")


def _persons(who: dict[str, list[str]]) -> str:
    """Who asks and who decides, by role, with the users that there are."""
    users = ", ".join(who["users"]) or "no user has that role yet"
    asks, decides = (" or ".join(who[name]) for name in ("asks", "decides"))
    return f"{asks} asks, and another person with the role {decides} ({users}) approves"


def _print_limits(rows: list[dict[str, Any]]) -> None:
    """How full each limit gets; on a terminal with bars, what was used before in another shade."""
    title, columns = "Limits with this batch, fullest first", ["used %", "limit of", "used", "free", "limit"]
    numbers: tuple[str, ...] = ("used", "free", "limit")
    if not out.is_terminal:
        rows_of_text = [[r["used_percent"], r["node"], *(plain(Decimal(r[name])) for name in numbers)] for r in rows]
        print_rows(title, columns, rows_of_text)
        return
    if out.width < _WIDE:  # what is free is the limit less what is used
        columns, numbers, bar, told = [*columns[:3], "limit"], ("used", "limit"), _BAR_SHORT, "▓ was █ is"
    else:
        bar, told = _BAR, "before ▓ with it █"
    cells = [[r["used_percent"], _bar(r, bar), r["node"], *(amount(r[name]) for name in numbers)] for r in rows]
    print_rows(title, [columns[0], told, *columns[1:]], cells)


def _bar(row: dict[str, Any], width: int) -> str:
    """What was used before, and what is used with the batch, of the limit."""
    limit = Decimal(row["limit"])
    if not limit:
        return ""
    before, used = (min(width, max(0, int(Decimal(row[name]) * width / limit))) for name in ("used_before", "used"))
    return "▓" * min(before, used) + "█" * max(0, used - before) + "░" * (width - max(before, used))


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
