"""What two persons sign for: breaks that are explained, and the configuration that may run."""

from pathlib import Path
from typing import Annotated

import typer

from risk.people.signatures import ApproveConfiguration
from trader.app.exit_codes import EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.asking import ask_for
from trader.cli.output import Failure, Output
from trader.cli.shown import show_action
from trader.engine.terms import acceptance_of


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    sign = typer.Typer(
        short_help="Ask that breaks count as explained, or that only the present configuration may run.",
        epilog="Example: trader sign breaks HC6TX7N45Z --reason 'Booked by hand, ticket 4711'",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    sign.command(
        "breaks",
        short_help="Ask that the breaks of a batch count as explained.",
        epilog="Example: trader sign breaks HC6TX7N45Z --user olga --reason 'Booked by hand, ticket 4711'",
    )(sign_breaks)
    sign.command(
        "config",
        short_help="Ask that nothing is traded with another configuration than the present one.",
        epilog="Example: trader sign config --user olga --reason 'Reviewed for the new venue'",
    )(sign_config)
    app.add_typer(sign, name="sign")


def sign_breaks(
    batch_id: Annotated[str, typer.Argument(metavar="BATCH_ID", help="As trader batches lists it.")],
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that the differences between our books and the venue's count as explained.

    Until another person approves it with trader approve, a venue that they have halted cannot be re-armed.
    """
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    state = state_of(data)
    batch = state.batches.get(batch_id)
    if batch is None or not batch.breaks:
        what = "there is no such batch" if batch is None else "it has no breaks"
        raise Failure(f"{batch_id}: {what}; trader batches lists what there is", EXIT_WRONG_INPUT)
    action = acceptance_of(batch)
    if not Output.json:
        show_action(action, state)
    return ask_for(data, action, user, password_file, reason, None)


def sign_config(
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that nothing is traded but with the configuration that the robot last ran with.

    It is trader.toml, the limits, the rules and the venue's folder, byte by byte. Once another person has approved it,
    a robot that finds anything else there halts everything.
    """
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    running = state_of(data).config_running
    if not running:
        raise Failure(f"no robot has run in {data} yet, so there is no configuration to sign for", EXIT_WRONG_INPUT)
    return ask_for(data, ApproveConfiguration(running), user, password_file, reason, None)
