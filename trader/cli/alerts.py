"""``trader alerts``: what people should know, worst first; and what they say to it."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from risk.alerts.wording import duration
from trader.adapters.clock import now_ns
from trader.app.exit_codes import EXIT_WRONG_INPUT
from trader.app.folder import DATABASE
from trader.cli import options
from trader.cli.asking import signed_in
from trader.cli.output import Failure, Output, amount, out, print_json, print_rows, say
from trader.domain.counting import counted
from trader.domain.moments import NS_PER_S, moment

_GLANCE_S = 0.2
_SPANS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_STYLES = {True: "red", False: "yellow"}

_Number = Annotated[int, typer.Argument(metavar="N", help="The alert's number, as trader alerts shows it.")]

alerts_app = typer.Typer(
    name="alerts",
    invoke_without_command=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(
        alerts_app,
        short_help="List what a person should know, worst first; acknowledge it, or be quiet about it.",
        epilog="Example: trader alerts --data var; trader alerts ack 17 --reason 'called the venue'",
    )


@alerts_app.callback()
def alerts(
    context: typer.Context,
    data: options.Data = Path("var"),
    everything: Annotated[bool, typer.Option("--all", help="Those that are resolved as well.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with every event as it happens, one JSON object a line.")
    ] = False,
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """List what a person should know, worst first; acknowledge it, or be quiet about it."""
    if context.invoked_subcommand is not None:
        return
    if follow:
        for line in _following(data, since=0 if everything else None):
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
        return
    from trader.app.alert_report import alerts_as_they_stand, delivery_delays  # noqa: PLC0415 -- the database is slow

    with _opened(data) as store:
        found = alerts_as_they_stand(store.rows("alert_events"), is_all=everything)
        delays = delivery_delays(store)
    if Output.json:
        print_json({"alerts": found, "deliveries": delays})
    elif out.is_terminal:
        _print(found, delays)
    else:
        print_rows("alerts", list(_CELLS), ([cell(alert) for cell in _CELLS.values()] for alert in found))


@alerts_app.command(
    short_help="Say that you have seen an alert.", epilog="Example: trader alerts ack 17 --reason 'called the venue'"
)
def ack(
    number: _Number,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What you make of it.")] = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Say that you have seen an alert. One that has happened and is over is closed by it."""
    from trader.engine.inputs import AlertAcknowledged  # noqa: PLC0415 -- see alerts

    who = _signed_in(data, user, password_file)
    _tell(data, AlertAcknowledged(f"ack-{number}-{now_ns()}", number, who, reason))
    _say_done(f"alert {number} is acknowledged")


@alerts_app.command(
    short_help="Be quiet about a soft alert for a while.", epilog="Example: trader alerts mute 17 --for 10m"
)
def mute(
    number: _Number,
    span: Annotated[str, typer.Option("--for", metavar="TIME", help="How long: 30s, 10m, 2h or 1d.")],
    user: options.User = "",
    password_file: options.PasswordFile = None,
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Be quiet about a soft alert for a while. A hard one, a breach or a stop, can only be acknowledged."""
    from trader.engine.inputs import AlertMuted  # noqa: PLC0415 -- see alerts

    at_ns = now_ns()
    until_ns = at_ns + _span_ns(span)
    who = _signed_in(data, user, password_file)
    _tell(data, AlertMuted(f"mute-{number}-{at_ns}", number, who, until_ns))
    _say_done(f"alert {number} is not told until {moment(until_ns)}")


def _signed_in(data: Path, user: str, password_file: Path | None) -> str:
    """Who it is. Where the data folder has users it takes one with the role risk, and their password."""
    from trader.app.identity import state_of  # noqa: PLC0415 -- see alerts

    if not (data / DATABASE).is_file():
        raise Failure(f"{data} has no alerts: no batch has been run with this data folder", EXIT_WRONG_INPUT)
    return signed_in(data, state_of(data).people, user, password_file)


def _tell(data: Path, value: Any) -> None:  # noqa: ANN401 -- one of the engine's inputs, loaded late
    """Hand an input to the engine of the data folder; its no is the command's failure."""
    from trader.app.channel import tell  # noqa: PLC0415 -- see alerts

    answer = tell(data, value)
    problem = next((each.problem for each in answer.actions if each.request_id == value.request_id), "no answer came")
    if problem:
        raise Failure(problem, EXIT_WRONG_INPUT)


def _say_done(text: str) -> None:
    if Output.json:
        print_json({"done": text})
    else:
        say(text)


def _span_ns(text: str) -> int:
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and int(number) and unit in _SPANS and len(number) < 6):  # noqa: PLR2004 -- a century of days
        raise Failure(f"{text!r} is no length of time; expected one like 30s, 10m, 2h or 1d", EXIT_WRONG_INPUT)
    return int(number) * _SPANS[unit] * NS_PER_S


def _following(data: Path, since: int | None) -> Iterator[bytes]:
    """Every event after a number, or from now on, as a line of JSON; never ends by itself."""
    with _opened(data) as store:
        seq = store.last_alert_event() if since is None else since
        while True:
            for row in store.alert_events_after(seq):
                seq = row["seq"]
                yield msgspec.json.encode(row) + b"\n"
            threading.Event().wait(_GLANCE_S)


def _opened(data: Path) -> Any:  # noqa: ANN401 -- a context of the store, which is loaded late
    from trader.app.tables import open_tables  # noqa: PLC0415 -- the database is loaded only where it is read

    return closing(open_tables(data))


def _print(found: list[dict[str, Any]], delays: dict[str, dict[str, int]]) -> None:
    """Group by group, two lines an alert: a text needs the width of the terminal."""
    if not found:
        say("no open alerts")
    group = None
    for alert in found:
        if group != (group := (alert["control"], alert["parent"])):
            say(" below ".join(filter(None, group)), style="bold")
        say(" · ".join(filter(None, _facts(alert))), indent=2, style=_STYLES[alert["is_hard"]])
        say(alert["text"], indent=4, hang=0)
    for sink, delay in delays.items():
        say(delay_text(sink, delay))


def _facts(alert: dict[str, Any]) -> Iterator[str]:
    yield f"no. {alert['number']}"
    yield "hard" if alert["is_hard"] else "soft"
    yield alert["state"] + (f" by {alert['acknowledged_by']}" if alert["acknowledged_by"] else "")
    yield alert["standing"] if alert["standing"] != "told" else ""
    yield f"since {moment(alert['first_ns'])}" + (f", {alert['count']} times" if alert["count"] > 1 else "")
    yield f"{amount(alert['value'])} of {amount(alert['limit'])}" if alert["value"] is not None else ""
    yield f"full in {duration(alert['breach_in_ns'])}" if alert["breach_in_ns"] else ""


def delay_text(sink: str, delay: dict[str, int]) -> str:
    """How many alerts arrived at a sink and how long they took, for a person."""
    text = f"{sink}: {counted(delay['delivered'], 'alert')} delivered"
    if "p50_ns" in delay:
        text += f" in {delay['p50_ns'] / 1e6:.1f} ms (median), {delay['p99_ns'] / 1e6:.1f} ms (99 %)"
    return text + "".join(
        f", {delay[name]} {name.replace('_', ' ')}" for name in ("waiting", "given_up") if delay[name]
    )


_CELLS: dict[str, Callable[[dict[str, Any]], object]] = {
    "number": lambda alert: alert["number"],
    "severity": lambda alert: "hard" if alert["is_hard"] else "soft",
    "state": lambda alert: alert["state"],
    "control": lambda alert: alert["control"],
    "node": lambda alert: alert["node"],
    "level": lambda alert: alert["level"],
    "used": lambda alert: alert["value"] or "",
    "limit": lambda alert: alert["limit"] or "",
    "time_to_breach": lambda alert: duration(alert["breach_in_ns"]) if alert["breach_in_ns"] else "",
    "since": lambda alert: moment(alert["first_ns"]),
    "count": lambda alert: alert["count"],
    "text": lambda alert: alert["text"],
}
