"""``trader limits``: how full they are, which sets there were, and a new set on its way to be approved."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from risk.people.people import RULES, ImportLimits
from trader.adapters.clock import now_ns
from trader.app.exit_codes import EXIT_WAITS, EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.asking import confirmed, print_asked, signed_in
from trader.cli.output import Failure, Output, amount, out, plain, print_json, print_rows, say, say_units
from trader.domain.counting import counted
from trader.domain.moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from risk.limits.versions import Change
    from trader.app.limits.importing import Review
    from trader.app.limits.use import NodeUse

_CHANGES_SHOWN = 40
_BAR, _BAR_SHORT, _WIDE = 20, 10, 110
_FULL, _NEARLY = 100, 80


def _percent_of(text: str) -> Decimal:
    try:
        percent = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a percentage; expected a number like 80") from None
    if not (percent.is_finite() and percent >= 0):
        raise typer.BadParameter(f"{text!r} is not a percentage; expected zero or more, like 80")
    return percent


_Over = Annotated[
    Decimal | None,
    typer.Option("--over", metavar="PERCENT", parser=_percent_of, help="Only limits used to so much or more."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    limits = typer.Typer(
        short_help="Show how full the limits are, import them, list what was in force.",
        epilog="Example: trader limits --over 80; trader limits import limits.xlsx --reason 'Yearly review'",
        invoke_without_command=True,
        rich_markup_mode=None,
    )
    limits.callback()(use)
    limits.command(
        "import",
        short_help="Ask for another set of limits; a second person approves it.",
        epilog="Example: trader limits import limits.csv --reason 'Board decision of 12 March'",
    )(import_set)
    limits.command(
        "history", short_help="List every imported set of limits.", epilog="Example: trader limits history --json"
    )(history)
    app.add_typer(limits, name="limits")


def use(
    context: typer.Context,
    data: options.Data = Path("var"),
    node: Annotated[str, typer.Option(metavar="TEXT", help="Only limits whose name or place has this in it.")] = "",
    control: Annotated[str, typer.Option(metavar="CODE", help="Only this control's, such as VOLUME_DAY.")] = "",
    over: _Over = None,
    every: Annotated[bool, typer.Option("--all", help="Also limits of which nothing is used any more.")] = False,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Show the limits that something is taken of, in the desk's trees, the fullest first."""
    from trader.app.history import engine_of  # noqa: PLC0415 -- replaying is loaded only where it is done
    from trader.app.limits.use import chosen, uses_of  # noqa: PLC0415 -- as above

    if context.invoked_subcommand is not None:
        return
    state = engine_of(data, must_exist=True).context
    found = uses_of(state.gate) if state.has_gate else []
    uses = chosen(found if every or Output.json else [each for each in found if each.used], node, control, over)
    if Output.json:
        in_force = state.limit_sets[-1] if state.limit_sets else None
        print_json({"version": in_force.version if in_force else 0, "limits": [each.facts for each in uses]})
    elif not out.is_terminal:
        columns = ["percent", "node", "used", "limit", "free", "place"]
        print_rows("limits", columns, ([_percent(use), *_cells(use), " > ".join(use.place)] for use in uses))
    elif uses:
        _print_tree(uses)
        say_units(state.settings.reporting_currency)
    else:
        hidden = f"; --all shows {counted(len(found), 'limit')} of which nothing is used" if found else ""
        say(("no limit that is used fits" if node or control or over else f"no limit is used in {data}") + hidden)


def _percent(use: "NodeUse") -> str:
    return "over" if use.percent is None else f"{use.percent:f}"


def _cells(use: "NodeUse") -> tuple[str, ...]:
    return use.node, plain(use.used), plain(use.limit), plain(use.free)


def _print_tree(uses: "Sequence[NodeUse]") -> None:
    """The trees, as wide as the terminal: what has no room goes on in the next line, for half a number misleads."""
    out.print(_tree(uses), soft_wrap=False)


def _tree(uses: "Sequence[NodeUse]") -> Tree:
    """The trees with a bar for each limit. The uses come worst first, and so does every branch."""
    top = Tree("limits", hide_root=True)
    branches: dict[tuple[str, ...], Tree] = {(): top}
    for each in uses:
        for depth in range(1, len(each.place) + 1):
            way = each.place[:depth]
            if way not in branches:
                branches[way] = branches[way[:-1]].add(Text(way[-1], style="bold"))
        branches[each.place].add(_bar(each))
    return top


def _bar(use: "NodeUse") -> Text:
    percent = Decimal(_FULL) if use.percent is None else use.percent
    color = "red" if percent >= _FULL else "yellow" if percent >= _NEARLY else "green"
    bar = _BAR if out.width >= _WIDE else _BAR_SHORT
    filled = min(bar, int(percent * bar / _FULL))
    return Text.assemble(
        ("━" * filled, color),
        ("━" * (bar - filled), "dim"),
        f" {_percent(use):>6} %  ",
        f"{use.node}  ",
        (f"{amount(f'{use.used:f}')} of\N{NO-BREAK SPACE}{amount(f'{use.limit:f}')}", "dim"),
    )


def history(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List every set of limits that was imported, the latest last: what, who, why, and what it changed."""
    from msgspec.structs import asdict  # noqa: PLC0415 -- loaded only here

    from trader.app.history import engine_of  # noqa: PLC0415 -- replaying is loaded only where it is done

    sets = [{"at": moment(each.ts_ns), **asdict(each)} for each in engine_of(data, must_exist=True).context.limit_sets]
    if Output.json:
        print_json({"limit_sets": sets})
        return
    columns = ("version", "at", "name", "rows", "changes", "who", "decided_by", "reason")
    print_rows("limit sets", columns, ([row[column] for column in columns] for row in sets))


def import_set(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, or XLSX with the sheets limits and tree.")],
    data: options.Data = Path("var"),
    config: options.Config = None,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    yes: options.Yes = False,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Show what a file of limits would change, and ask for it. It is in force once a second person has approved it."""
    from trader.adapters.limit_file import load_limits  # noqa: PLC0415 -- loaded only here
    from trader.app.history import engine_of  # noqa: PLC0415 -- as above
    from trader.app.identity import ask  # noqa: PLC0415 -- as above
    from trader.app.limits.importing import review  # noqa: PLC0415 -- as above
    from trader.app.machine import start_from  # noqa: PLC0415 -- as above

    loaded = load_limits(file)
    engine = engine_of(data)
    if not engine.context.has_gate:
        engine.step(now_ns(), start_from(config))
    found = review(engine, loaded, now_ns())
    if found.problems:
        listed = "".join(f"\n  {problem}" for problem in found.problems)
        raise Failure(f"{file} cannot come into force, and nothing has changed:{listed}", EXIT_WRONG_INPUT)
    if not found.changes:
        raise Failure(f"{file} has the limits that are in force already", EXIT_WRONG_INPUT)
    if not Output.json:
        show_changes(found.changes)
        for notice in found.notices:
            say(f"! {notice}", style="yellow")
    user = signed_in(data, engine.context.people, user, password_file)
    reason = confirmed(reason, f"Ask for these {counted(len(found.action.rows), 'row')}?", yes=yes)
    request_id = ask(data, found.action, user, reason, config)
    if Output.json:
        print_json(_facts(found, request_id))
        return EXIT_WAITS
    return print_asked(request_id, RULES[ImportLimits].decides)


def show_changes(changes: "Sequence[Change]") -> None:
    """Say what a set changes, row by row as far as anybody would read it, and in all."""
    from risk.limits.versions import summary  # noqa: PLC0415 -- loaded only where it is shown

    for change in changes[:_CHANGES_SHOWN]:
        say(change.sentence, indent=2)
    if len(changes) > _CHANGES_SHOWN:
        say(f"and {len(changes) - _CHANGES_SHOWN:,} more; trader limits import --json lists every one", indent=2)
    say(f"in all: {summary(changes)}")


def _facts(found: "Review", request_id: str) -> dict[str, Any]:
    changes: Iterable[dict[str, str]] = (
        {
            "kind": str(change.kind),
            "control": change.row.control,
            "key": change.row.node,
            "parameter": change.row.parameter,
            "before": "" if change.before is None else change.before.value,
            "after": "" if change.after is None else change.after.value,
            "sentence": change.sentence,
        }
        for change in found.changes
    )
    action = found.action
    return {
        "request_id": request_id,
        "name": action.name,
        "file_sha256": action.file_sha256,
        "sha256": action.sha256,
        "replaces": action.replaces,
        "rows": len(action.rows),
        "changes": list(changes),
        "notices": found.notices,
    }
