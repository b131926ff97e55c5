"""Sequence numbers, for people: session status, session reset."""

from pathlib import Path
from typing import Annotated, Any

import typer

from risk.people.signatures import ResetSession
from trader.cli import options
from trader.cli.asking import ask_for
from trader.cli.output import Output, print_json, say
from trader.domain.moments import moment


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    session = typer.Typer(
        short_help="Say how the sequence numbers of a FIX session stand; let two persons change them.",
        epilog="Example: trader session status --venue simulator",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    session.command(
        "status",
        short_help="Say in plain words how the sequence numbers stand.",
        epilog="Example: trader session status --venue simulator --json",
    )(status)
    session.command(
        "reset",
        short_help="Ask that the next logon has other sequence numbers.",
        epilog="Examples: trader session reset --venue lmax --user olga --reason 'Agreed with Ms. Lee'; "
        "trader session reset --venue lmax --send 120 --expect 45 --user olga --reason 'The store was lost'",
    )(reset)
    app.add_typer(session, name="session")


def status(
    venue: Annotated[str, typer.Option("--venue", metavar="NAME", help="Only this session.  [default: all]")] = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Say how the sequence numbers of the sessions stand, from the FIX store and the journal, and what can be done.

    With and without a robot running; nothing is sent or changed.
    """
    from trader.app.sessions.status import session_standings  # noqa: PLC0415 -- the database is loaded late

    found = session_standings(data, venue or None)
    if Output.json:
        print_json({"sessions": found})
        return
    if not found:
        say(f"No session was ever opened with {data}.")
    for facts in found:
        _print(facts)


def _print(facts: dict[str, Any]) -> None:
    say(_headline(facts), style="bold")
    since = f", counted since {moment(facts['numbers_since_ns'])}" if facts["numbers_since_ns"] else ""
    store = "" if facts["store"] else " (there is no FIX store)"
    say(
        f"Our next message has number {facts['next_sent']}, the venue's next {facts['next_expected']}{since}{store}.",
        indent=2,
    )
    if facts["too_low"] is not None and facts["too_low"]["text"]:
        who = "The venue" if facts["too_low"]["by"] == "venue" else "We"
        say(f"{who} said {moment(facts['too_low']['ts_ns'])}: {facts['too_low']['text']}", indent=2)
    elif facts["refused_ns"] > facts["opened_ns"]:
        say(f"The last logon failed {moment(facts['refused_ns'])}: {facts['refused_why']}", indent=2)
    for sentence in facts["explanation"]:
        say(sentence, indent=2, style="yellow")
    for sentence in facts["advice"]:
        say(f"- {sentence}", indent=2, hang=4)
    say(facts["policy"], indent=2)
    if facts["open_orders"] and not facts["advice"]:
        say(f"{facts['open_orders']} of its orders are live or unknown.", indent=2)


def _headline(facts: dict[str, Any]) -> str:
    name = facts["session"]
    if facts["is_up"]:
        return f"{name}: logged on since {moment(facts['opened_ns'])}, by process {facts['process']}"
    if not facts["opened_ns"]:
        return f"{name}: has never been up"
    if facts["closed_ns"] < facts["opened_ns"]:
        return f"{name}: last up from {moment(facts['opened_ns'])}; its end was not journaled, so the robot was killed"
    return (
        f"{name}: last up from {moment(facts['opened_ns'])}, ended {moment(facts['closed_ns'])}: {facts['closed_why']}"
    )


def reset(
    venue: Annotated[str, typer.Option("--venue", metavar="NAME", help="The session, as session status names it.")],
    send: Annotated[int, typer.Option("--send", min=1, metavar="N", help="The number of our next message.")] = 1,
    expect: Annotated[int, typer.Option("--expect", min=1, metavar="N", help="That of the venue's next.")] = 1,
    ask_afterwards: Annotated[
        bool, typer.Option("--ask-afterwards", help="Although orders are open: the venue is asked about each then.")
    ] = False,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    config: options.Config = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that the next logon of a session has other sequence numbers: 1 at both ends, unless you say which.

    Another person approves it with trader approve. Both beginning at 1, the venue is told so with
    ResetSeqNumFlag(141)=Y where its dialect allows that. The logon after it is followed by a question for the venue's
    trades, and nothing new is sent before they are known: what was on its way under the old numbers never comes.
    """
    action = ResetSession(venue, send, expect, with_open_orders=ask_afterwards)
    return ask_for(data, action, user, password_file, reason, config)
