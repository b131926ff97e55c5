"""Options that several commands share, so that they are spelled and explained once."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from risk.alerts.wording import neutral
from trader.cli.output import Output

Batch = Annotated[Path, typer.Argument(metavar="BATCH", help="The desk's file, CSV or XLSX.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The desk's configuration.  [default: trader.toml]"),
]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="Database, FIX stores and result files.")]
Venue = Annotated[
    str | None,
    typer.Option("--venue", metavar="NAME|FOLDER", help="A shipped profile, or a folder with session.cfg."),
]
Connect = Annotated[
    str | None,
    typer.Option("--connect", metavar="HOST:PORT", help="Where the venue listens, in place of its session.cfg."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where the result file goes.  [default: DATA/results]")
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask no questions.")]


def _set_json(value: bool) -> bool:
    Output.json = value
    return value


Json = Annotated[
    bool,
    typer.Option("--json", callback=_set_json, help="One JSON object on standard output, nothing else there."),
]


def read_date(text: str) -> date:
    """A date, like 2026-03-02."""
    try:
        return datetime.strptime(text + " +0000", "%Y-%m-%d %z").date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; expected one like 2026-03-02") from None


def read_number(text: str) -> Decimal:
    """A number above zero; commas may group its digits."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not (number.is_finite() and number > 0):
        raise typer.BadParameter(f"{text!r} is not a number above zero; expected one like 1000000 or 1.1001")
    return number


TradeDate = Annotated[
    date | None,
    typer.Option(
        "--trade-date",
        metavar="YYYY-MM-DD",
        parser=read_date,
        help="The day to trade on; only a simulated venue can be told.  [default: today's by the New York roll]",
    ),
]

User = Annotated[str, typer.Option("--user", metavar="NAME", help="Who you are.  [default: your login]")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Your password, in a file that only you can read.  [default: FX_TRADER_PASSWORD, or the terminal asks]",
    ),
]
# One line of text that can be kept and shown, whatever the terminal's encoding is.
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", parser=neutral, help="Why, in words; kept with it.")]
