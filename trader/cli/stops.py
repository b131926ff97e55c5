"""Commands that stop and re-arm: kill, resume."""

from pathlib import Path
from typing import Annotated, Any

import typer

from risk.stops.stops import Scope, State, parse_scope
from trader.adapters.clock import now_ns
from trader.app.exit_codes import EXIT_UNKNOWN, EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.asking import signed_in, user_name
from trader.cli.output import Failure, Output, err, print_json, say
from trader.domain.counting import counted
from trader.domain.errors import DomainError
from trader.domain.moments import NS_PER_MS

_DRILL_LINES = 100


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="Stop trading at once, cancel what is live, and prove it.",
        epilog="Examples: trader kill --scope firm --reason 'wrong file'; trader kill --scope pair=EUR/USD --reason "
        "'flash move' --reducing; trader kill --drill",
    )(kill)
    app.command(
        short_help="Re-arm what was stopped, as another person than who stopped it.",
        epilog="Example: trader resume --scope firm --user rita --reason 'the right file is there'",
    )(resume)


def _read_scope(text: str) -> Scope:
    try:
        return parse_scope(text)
    except DomainError as error:
        raise typer.BadParameter(str(error)) from error


ScopeOption = Annotated[
    Scope | None,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        parser=_read_scope,
        help="firm; or a name of desk, trader, batch, strategy, venue, session, counterparty, currency, pair: desk=FX.",
    ),
]


def kill(
    scope: ScopeOption = None,
    reason: options.Reason = "",
    reducing: Annotated[
        bool, typer.Option("--reducing", help="Let orders pass that shrink the position, and nothing else.")
    ] = False,
    user: Annotated[
        str,
        typer.Option(
            "--user", metavar="NAME", help="Who stops it; your account is recorded too.  [default: your login]"
        ),
    ] = "",
    data: options.Data = Path("var"),
    drill: Annotated[bool, typer.Option("--drill", help="Rehearse it with the bundled simulator, in a new folder.")] = (
        False
    ),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Stop a scope at once: nothing new leaves, what is live is canceled, and the proof says what became of each order.

    Where a robot runs it is told over its socket, in the middle of a batch too. A file KILL in the data folder and
    SIGUSR2 to the process do the same when nothing else works; the file's text may name a scope and a reason. The stop
    holds over restarts, until another person re-arms it with trader resume.
    """
    if drill:
        from trader.app.stops.drill import drill as rehearse  # noqa: PLC0415 -- quickfix is loaded only by what trades

        folder = Path("var/drill") / f"{now_ns() // NS_PER_MS}"
        err.print(f"Killing {_DRILL_LINES} live orders at the bundled simulator, data folder {folder}", markup=False)
        _show(rehearse(folder, _DRILL_LINES), str(folder / "data"))
        return
    if scope is None or not reason.strip():
        raise Failure("say what to stop and why: trader kill --scope firm --reason 'wrong file'", EXIT_WRONG_INPUT)
    from trader.app.stops.killing import kill as stop  # noqa: PLC0415 -- the database is loaded only where it is read
    from trader.engine.inputs import KillRequested  # noqa: PLC0415 -- as above

    state = State.REDUCING if reducing else State.HALTED
    killed = stop(data, KillRequested(scope, state, user or user_name(), reason))
    if killed.problem:
        raise Failure(killed.problem, EXIT_UNKNOWN)
    _show(killed.facts | {"warnings": list(killed.warnings)}, str(killed.proof))
    raise typer.Exit(EXIT_UNKNOWN if killed.facts["unknown"] else 0)


def resume(
    scope: ScopeOption = None,
    reason: options.Reason = "",
    user: options.User = "",
    password_file: options.PasswordFile = None,
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Re-arm a scope that a kill, or a control that latched, has stopped.

    It takes a user with the role risk who has not stopped it, and books that agree: no order of which nobody knows what
    became of it, nothing live, no break. What is missing is said. A batch that was stopped goes on, with the lines that
    the venue never had, when its file is run again.
    """
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read
    from trader.app.stops.killing import resume as re_arm  # noqa: PLC0415 -- as above
    from trader.engine.inputs import ResumeRequested  # noqa: PLC0415 -- as above

    if scope is None or not reason.strip():
        raise Failure("say what to re-arm and why: trader resume --scope firm --reason 'settled'", EXIT_WRONG_INPUT)
    who = signed_in(data, state_of(data).people, user, password_file)
    re_arm(data, ResumeRequested(scope, who, reason))
    if Output.json:
        print_json({"scope": str(scope), "state": State.ACTIVE.name, "who": who, "reason": reason})
    else:
        say(f"{scope} is re-armed by {who}: {reason}")


def _show(facts: dict[str, Any], proof: str) -> None:
    if Output.json:
        print_json(facts)
        return
    say(f"{facts['scope']} is {facts['state']}: kill {facts['number']} by {facts['who']}, {facts['reason']}")
    for warning in facts.get("warnings", ()):
        say(f"CAUTION: {warning}", indent=2, style="bold red")
    for line in proof_told(facts):
        say(line, indent=2)
    for each in facts["each"]:
        if each["filled_after"] != "0":
            say(f"{each['cl_ord_id']} filled {each['filled_after']} after the kill", indent=2)
    for name in facts["unknown"]:
        say(f"{name} is unknown: call the venue", indent=2, style="red")
    say(f"proof: {proof}", indent=2)


def proof_told(facts: dict[str, Any]) -> list[str]:
    """What a proof says before it names any order, a sentence a line."""
    orders, voided = facts["orders"], facts["lines_voided"]
    live = sum(orders.values())
    told = [f"nothing could leave after {_ms(facts['block_us'])}"]
    for what in ("order", "cancel"):
        us = facts["last_risk_us" if what == "order" else "last_cancel_us"]
        told.append(f"no {what} has left" if us is None else f"the last {what} left {_when(us)}")
    told.append(
        f"{counted(voided, 'line')} of which nothing was live came to an end" if voided else "no line was waiting"
    )
    each = ", ".join(f"{orders[name]} {name}" for name in ("canceled", "filled", "unknown"))
    told.append(
        f"{counted(live, 'order')} {'was' if live == 1 else 'were'} live: {each}" if live else "no order was live"
    )
    return told


def _ms(us: int) -> str:
    return f"{us / 1000:,.1f} ms"


def _when(us: int) -> str:
    return f"{_ms(us)} after the kill was heard of" if us >= 0 else f"{_ms(-us)} before"
