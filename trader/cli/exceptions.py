"""Exceptions for a while, which need a second person: override, increase."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from risk.control import parse_moment
from risk.limits.increases import parse_key
from risk.people.people import GrantOverride, RaiseLimit
from risk.reasons import ReasonCode
from trader.adapters.clock import now_ns
from trader.cli import options
from trader.cli.asking import ask_for

_LINES_MAX = 1_000_000


def _read_moment(text: str) -> int:
    found = parse_moment(text) if text != "always" else None
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a moment of UTC; expected one like 2026-03-02T17:00Z")
    return found


def _read_code(text: str) -> ReasonCode:
    try:
        return ReasonCode(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no control; trader controls lists them") from None


_Amount = Annotated[Decimal, typer.Option("--by", metavar="AMOUNT", parser=options.read_number, help="How much more.")]
_Until = Annotated[int, typer.Option("--until", metavar="MOMENT", parser=_read_moment, help="UTC, 2026-03-02T17:00Z.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="Ask that one row of a file may go above one limit, once.",
        epilog="Example: trader override batch.csv T-0007 --limit NOP_CURRENCY --at 'book=SALES currency=EUR long' "
        "--by 5000000 --until 2026-03-02T17:00Z --reason 'The client insists'",
    )(override)
    app.command(
        short_help="Ask that a limit is raised for a time.",
        epilog="Example: trader increase --limit VOLUME_DAY --at desk=treasury --by 50000000 "
        "--until 2026-03-02T17:00Z --reason 'Year end'",
    )(increase)


def override(
    batch: options.Batch,
    row: Annotated[str, typer.Argument(metavar="ROW", help="The row_id.")],
    limit: Annotated[
        ReasonCode, typer.Option("--limit", metavar="CODE", parser=_read_code, help="The control that denies.")
    ],
    at: Annotated[str, typer.Option("--at", metavar="NODE", help="Whose limit it is, as the denial names it.")],
    by: _Amount,
    until: _Until,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    config: options.Config = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that the order of one row may go above one limit, by so much at the most, once, until a moment.

    trader validate says which limits a row breaks, and by how much. The override is for the file as it is: one byte
    changed, and it is for nothing.
    """
    from trader.app.batch_file import row_of  # noqa: PLC0415 -- numpy is loaded only by what dates a batch

    file_hash, line_no = row_of(batch, row, _LINES_MAX)
    action = GrantOverride(file_hash, line_no, limit, at, by, until)
    return ask_for(data, action, user, password_file, reason, config)


def increase(
    limit: Annotated[ReasonCode, typer.Option("--limit", metavar="CODE", parser=_read_code, help="The control.")],
    at: Annotated[str, typer.Option("--at", metavar="KEY", help="The key, as the limits file has it.")],
    by: _Amount,
    until: _Until,
    figure: Annotated[str, typer.Option("--figure", metavar="NAME", help="Which figure of the control.")] = "max",
    since: Annotated[
        int | None, typer.Option("--from", metavar="MOMENT", parser=_read_moment, help="UTC.  [default: now]")
    ] = None,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    config: options.Config = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that a limit is raised from a moment until another. It falls back by itself."""
    action = RaiseLimit(limit, parse_key(at), figure, by, now_ns() if since is None else since, until)
    return ask_for(data, action, user, password_file, reason, config)
