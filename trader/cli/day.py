"""The end of a trade date: reconcile, report."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins

from trader.adapters.clock import now_ns
from trader.adapters.config import load_setup, second_place
from trader.app.end_of_day.day import Day, Sums
from trader.cli import options
from trader.cli.asking import user_name
from trader.cli.output import Output, amount, print_json, print_rows, say, say_if_example

_HEADS = ("asked", "robot", "venue")


_Day = Annotated[
    date | None,
    typer.Argument(
        metavar="[DATE]",
        parser=options.read_date,
        help="The trade date, 2026-03-02.  [default: the last that had a batch]",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="Hold the books of a trade date against each other, over all its batches.",
        epilog="Example: trader reconcile 2026-03-02 --json",
    )(reconcile)
    app.command(
        short_help="Write the end-of-day report, with the journal's head in it.",
        epilog="Example: trader report 2026-03-02",
    )(report)


def reconcile(
    day: _Day = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the venue for its books once more, before.")] = False,
    config: options.Config = None,
    data: options.Data = Path("var"),
    venue: options.Venue = None,
    connect: options.Connect = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Hold the books of a trade date against each other: the desk's, the robot's, the venue's; nothing is traded.

    Per line, currency and value date; with breaks and their likely cause, unmatched trades, unknown orders, and what
    changed after a batch had ended. Exit code 3 when anything is open, 1 when lines were not filled, else 0. The
    venue's books are those that it gave when each batch ended, or with --ask those that it gives now.
    """
    from trader.app.end_of_day.report import day_asked_for, day_of, past_of  # noqa: PLC0415 -- the database is loaded late

    past = past_of(data)
    wanted = day_asked_for(past, day, now_ns())
    if ask:
        from trader.app.end_of_day.venue_books import ask_for_books  # noqa: PLC0415 -- quickfix is loaded only by what connects

        setup = load_setup(config, venue=venue, connect=connect)
        say_if_example(setup)
        ask_for_books(setup, data, wanted, user_name())
        past = past_of(data)
    found = day_of(past, wanted)
    if Output.json:
        print_json(to_builtins(found))
    else:
        _print(found)
    return found.exit_code


def report(
    day: _Day = None,
    config: options.Config = None,
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Write the end-of-day report of a trade date to DATA/reports: Markdown for people, JSON for programs.

    Both have the head hash of the journal, with which trader verify finds whatever is done to it later, a cut at its
    end too. With [report] anchor = FILE in trader.toml it is kept there as well. The exit code is that of reconcile.
    """
    from trader.app.end_of_day.files import write_report  # noqa: PLC0415 -- the database is loaded late

    written = write_report(data, day, second_place(config))
    anchor, second = written.anchor, str(written.second or "")
    if Output.json:
        files = [str(path) for path in written.files]
        more = {"anchor": to_builtins(anchor), "files": files, "second_place": second}
        print_json(to_builtins(written.day) | more)
        return written.day.exit_code
    _print(written.day)
    say(f"Report: {written.files[1]}")
    say(f"Head hash after {anchor.last_seq} records: {anchor.head_hash}")
    if second:
        say(f"Anchored in {second} too")
    return written.day.exit_code


def _print(day: Day) -> None:
    from trader.app.end_of_day.text import headline  # noqa: PLC0415 -- see report

    say(f"{day.trade_date}: {headline(day)}", style="green" if day.reconciled else "red")
    totals = [[total.currency, total.value_date, *_numbers(total), _yes(total.agree)] for total in day.totals]
    print_rows("per currency and value date, plus is bought", ["currency", "value date", *_HEADS, "agree"], totals)
    differing = [
        [batch.batch_id, row.row_id, row.currency, row.value_date, *_numbers(row), row.status]
        for batch in day.batches
        for row in batch.rows
        if not row.is_well
    ]
    if differing:
        columns = ["batch", "row", "currency", "value date", *_HEADS, "status"]
        print_rows("lines that differ, or are not filled", columns, differing)
    for batch in day.batches:
        head, style = ("BREAK, SIGNED FOR", "yellow") if batch.signed_for else ("BREAK", "red")
        for found in batch.breaks:
            say(f"{head} {found['sentence']}", style=style)
        for change in batch.changed_after_end:
            say(f"CHANGED AFTER THE END of batch {batch.batch_id}: {change.text}", style="red")
        if batch.changed_after_end:
            say(f"run {batch.name} again for the result file as it is now", style="red")
    for trade in day.orphans:
        what = f"{trade.pair} {trade.quantity} at {trade.rate}"
        say(f"UNMATCHED TRADE: {trade.venue}, ExecID(17) {trade.exec_id}, {what}: {trade.why}", style="red")
    for order in day.unknown_orders:
        say(f"UNKNOWN ORDER: {order.venue}, ClOrdID(11) {order.cl_ord_id}, {order.pair}", style="red")


def _numbers(sums: Sums) -> list[str]:
    books = (sums.asked, sums.executed, sums.reported)
    return ["-" if number is None else amount(number) for number in books]


def _yes(agree: bool) -> str:
    return "yes" if agree else "NO"
