"""Commands that trade: run, demo."""

import getpass
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from trader.adapters.clock import now_ns
from trader.adapters.config import Setup, load_setup
from trader.adapters.resources import examples_dir
from trader.app.folder import DataFolder
from trader.app.stages import Stages
from trader.cli import options
from trader.cli.output import Failure, Output, err, print_json, say_if_example
from trader.cli.summary import print_summary
from trader.domain.ids import content_hash
from trader.domain.value_date import trade_date_at

_EXIT_WRONG_INPUT = 2


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: trader run examples/batch-100.csv --venue simulator")(run)
    app.command(epilog="Example: trader demo --json")(demo)


def run(
    batch: options.Batch,
    config: options.Config = None,
    data: options.Data = Path("var"),
    venue: options.Venue = None,
    connect: options.Connect = None,
    out_dir: options.Out = None,
    trade_date: options.TradeDate = None,
    yes: options.Yes = False,
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Trade a batch: check it, send it, follow it, reconcile it, and write the result file.

    The same file a second time sends nothing. Ctrl-C cancels what is live and waits for the answers.
    """
    setup = load_setup(config, venue=venue, connect=connect)
    say_if_example(setup)
    raise typer.Exit(run_batch(setup, batch, data, out_dir=out_dir, trade_date=trade_date, yes=yes))


def run_batch(
    setup: Setup,
    path: Path,
    data: Path,
    *,
    out_dir: Path | None = None,
    trade_date: date | None = None,
    yes: bool = False,
) -> int:
    """Everything ``trader run`` does after its options are read; returns the exit code."""
    from trader.app.launch import Launch, load_batch  # noqa: PLC0415 -- pandas-free start for --help
    from trader.app.robot import Robot  # noqa: PLC0415 -- quickfix is loaded only by what trades

    stages = Stages()
    file, calendars = load_batch(path, setup, trade_date, stages)
    _confirm(setup, len(file.batch.lines), yes=yes)
    folder = DataFolder(data)
    try:
        robot = Robot(setup, folder, calendars, _log(folder))
        robot.stages = stages
        try:
            launch = Launch(robot, file, setup, out_dir or folder.results())
            launch.connect()
            with _stoppable(launch), _progress(len(file.batch.lines)) as progress:
                launch.submit()
                launch.follow(progress)
            summary = launch.finish()
        finally:
            robot.close()
    finally:
        folder.close()
    if Output.json:
        print_json(summary.facts)
    else:
        print_summary(summary.facts, summary.stop_reason)
    return summary.exit_code


def _log(folder: DataFolder) -> Any:  # noqa: ANN401 -- loaded late
    from trader.adapters.log import Log  # noqa: PLC0415 -- structlog is loaded only by what trades

    return Log(folder.path, _print_alert)


def _print_alert(code: str, text: str) -> None:
    err.print(f"! {code}: {text}", style="yellow", markup=False)


def _confirm(setup: Setup, lines: int, *, yes: bool) -> None:
    """A real venue is asked about, once."""
    dialect = setup.venue.dialect
    if dialect.simulated or yes:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{dialect.title} is a real venue: say --yes to trade on it from a script", _EXIT_WRONG_INPUT)
    if not typer.confirm(f"Send up to {lines} orders to {dialect.title}?", err=True):
        raise Failure("nothing was sent", _EXIT_WRONG_INPUT)


@contextmanager
def _stoppable(launch: Any) -> Iterator[None]:  # noqa: ANN401 -- loaded late
    """Ctrl-C and SIGTERM stop the batch. Installed after quickfix was imported, because that resets SIGINT."""
    said: list[int] = []

    def stop(number: int, _frame: object) -> None:
        launch.stop(getpass.getuser(), signal.Signals(number).name)
        text = "waiting for the venue's answers" if said else "stopping: nothing new is sent, live orders are canceled"
        said.append(number)
        os.write(2, f"\ntrader: {text}\n".encode())

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar on a terminal, a line now and then elsewhere, nothing with --json."""
    if not err.is_terminal or Output.json:
        yield lambda _state: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("trading", total=total)
        yield lambda state: bar.update(task, completed=total - state.open_lines, description=str(state.phase).lower())


def demo(
    config: options.Config = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="[default: a new folder in var/demo]")
    ] = None,
    batch: Annotated[Path | None, typer.Option(metavar="FILE", help="[default: the shipped batch of 100]")] = None,
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Start the bundled simulator, trade the example batch through it, and show what comes out."""
    from trader.app.launch import totals_beside  # noqa: PLC0415 -- see run_batch
    from trader.app.venue_process import simulator_process  # noqa: PLC0415 -- see run_batch

    path = batch or examples_dir() / "batch-100.csv"
    folder = data or Path("var/demo") / f"{now_ns() // 1_000_000}"
    err.print(f"Batch {path.name} ({content_hash(path.read_bytes())[:12]}), data folder {folder}", markup=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    totals = totals_beside(path)
    # The example is from one day, and works on every other: robot and venue both play that day.
    day = totals.trade_date if totals else trade_date_at(now_ns())
    arguments = ("--trade-date", day.isoformat(), "--trade-log", str(folder / "simulator-trades.jsonl"))
    with simulator_process(*arguments) as ready:
        err.print(f"Simulator is listening on 127.0.0.1:{ready.port}")
        setup = load_setup(config, venue="simulator", connect=f"127.0.0.1:{ready.port}")
        code = run_batch(setup, path, folder, trade_date=day)
    raise typer.Exit(code)
