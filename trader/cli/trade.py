"""Commands that trade: run, demo."""

import os
import shlex
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from trader.adapters.clock import now_ns
from trader.adapters.config import Setup, load_setup
from trader.adapters.store import StoreError
from trader.app.exit_codes import (
    EXIT_DONE,
    EXIT_HALTED,
    EXIT_INCOMPLETE,
    EXIT_INTERRUPTED,
    EXIT_UNKNOWN,
    EXIT_WAITS,
    EXIT_WRONG_INPUT,
)
from trader.app.folder import DataFolder
from trader.app.stages import Stages
from trader.cli import options
from trader.cli.asking import agree, user_name
from trader.cli.output import Failure, Output, err, print_json, say, say_if_example, stoppable
from trader.cli.progress import progress
from trader.cli.summary import next_step, print_summary
from trader.domain.counting import counted
from trader.domain.errors import ConfigError
from trader.domain.ids import LINES_MAX, content_hash
from trader.domain.moments import NS_PER_MS, moment
from trader.domain.value_date import trade_date_at
from trader.journal.record import JournalDamagedError

_ALERTS_SHOWN, _ROWS_SHOWN = 3, 10
_NOTHING_SENT = "stopped: nothing was sent now; the same file can be run again, and goes on where it was"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="Trade a batch, and write its result file.",
        epilog="Example: trader run examples/batch-100.csv --venue simulator",
    )(run)
    app.command(
        short_help="Start the bundled simulator, and trade an example through it.", epilog="Example: trader demo --json"
    )(demo)


@stoppable(_NOTHING_SENT)
def run(
    batch: options.Batch,
    config: options.Config = None,
    data: options.Data = Path("var"),
    venue: options.Venue = None,
    connect: options.Connect = None,
    out_dir: options.Out = None,
    trade_date: options.TradeDate = None,
    yes: options.Yes = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Send nothing unless every line passes the gate.")
    ] = False,
    password_file: options.PasswordFile = None,
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Trade a batch: check it, send it, follow it, reconcile it, and write the result file.

    The same file a second time sends nothing. Ctrl-C cancels what is live and waits for the answers. When something in
    it needs a second person, nothing is sent: trader approve, and then the same file again.
    """
    setup = load_setup(config, venue=venue, connect=connect)
    say_if_example(setup)
    how = How(out_dir, trade_date, yes, all_or_nothing, password_file)
    raise typer.Exit(run_batch(setup, batch, data, how))


@dataclass(frozen=True, slots=True)
class How:
    """How a batch is traded; the fields are the options of ``trader run``."""

    out_dir: Path | None = None
    trade_date: date | None = None
    yes: bool = False
    all_or_nothing: bool = False
    password_file: Path | None = None


def run_batch(setup: Setup, path: Path, data: Path, how: How) -> int:
    """Everything ``trader run`` does after its options are read; returns the exit code."""
    from trader.app.batch_file import load_batch  # noqa: PLC0415 -- numpy is loaded only by what dates a batch
    from trader.app.identity import sign_in  # noqa: PLC0415 -- the database is loaded only where it is read
    from trader.app.launch import Launch  # noqa: PLC0415 -- quickfix is loaded only by what trades
    from trader.app.robot import Robot  # noqa: PLC0415 -- quickfix is loaded only by what trades
    from trader.app.stops.ways_in import hold_signal  # noqa: PLC0415 -- the database is loaded only where it is read

    hold_signal()
    stages = Stages()
    file, calendars = load_batch(path, setup, how.trade_date, stages)
    _confirm(setup, len(file.batch.lines), yes=how.yes)

    def admit(people: Any) -> None:  # noqa: ANN401 -- loaded late
        sign_in(data, people, setup.config.identity.trader, how.password_file)

    with closing(DataFolder(data)) as folder:
        try:
            robot = Robot(setup, folder, calendars, _log(folder), admit)
        except (OSError, JournalDamagedError) as error:
            raise Failure(
                f"the data folder {data} cannot be used: {error}; nothing was sent", EXIT_WRONG_INPUT
            ) from error
        with closing(robot):
            robot.stages = stages
            out = how.out_dir or folder.results()
            launch = Launch(robot, file, setup, out, all_or_nothing=how.all_or_nothing)
            if how.trade_date not in (None, launch.trade_date) and not Output.json:
                say(f"! this batch is of {launch.trade_date}: --trade-date is not used", style="yellow", console=err)
            summary = _launch(launch, len(file.batch.lines))
        if launch.waits is not None:
            _report_waiting(summary)
            _say_earlier(launch.result)
            return EXIT_WAITS
        with _failures_said(launch):
            summary = launch.logged_out(summary)
    _report(summary)
    return int(summary.exit_code)


def _launch(launch: Any, lines: int) -> Any:  # noqa: ANN401 -- loaded late
    """Take the batch through."""
    launch.result.check()
    _stop_on_signals(launch)
    with _earlier_result_said(launch), _failures_said(launch):
        if launch.wants_books and not Output.json:
            say("This file was submitted before; the venue is asked for its books again", console=err)
        if not launch.is_done:
            launch.connect()
        with progress(lines) as show:
            launch.submit()
            if launch.resumption is not None and not Output.json:
                say(f"Going on where it was: {launch.resumption.sentence}", console=err)
            launch.follow(show)
        return launch.pause() if launch.waits is not None else launch.finish()


@contextmanager
def _earlier_result_said(launch: Any) -> Iterator[None]:  # noqa: ANN401 -- loaded late
    """Where a run ends without a result file, one of an earlier run that lies in its place is not taken for it."""
    try:
        yield
    except (Failure, ConfigError):
        _say_earlier(launch.result)
        raise


def _say_earlier(result: Any) -> None:  # noqa: ANN401 -- loaded late
    """What is not of this run, where one lies there."""
    earlier = result.path if result.is_of_before else result.before
    if earlier is not None:
        say(f"! this run has no result file; the one that is there is of an earlier run: {earlier}", console=err)


@contextmanager
def _failures_said(launch: Any) -> Iterator[None]:  # noqa: ANN401 -- loaded late
    """Turn what ends a launch early into a sentence."""
    from trader.app.launch import NothingSentError  # noqa: PLC0415 -- see run_batch
    from trader.app.result_file import ResultNotWrittenError  # noqa: PLC0415 -- see run_batch
    from trader.app.stops.last_stop import KilledWithoutJournalError  # noqa: PLC0415 -- see run_batch

    try:
        yield
    except NothingSentError:
        raise Failure(_NOTHING_SENT, EXIT_INTERRUPTED) from None
    except KilledWithoutJournalError as error:
        raise Failure(str(error), EXIT_HALTED) from error
    except StoreError as error:
        if not launch.has_begun:
            raise Failure(f"{error}; nothing was sent", EXIT_WRONG_INPUT) from error
        raise Failure(
            f"{error}; trading stopped at once, and what the venue has done since is unknown here. Run the same file "
            f"again when this is mended: the venue is asked about every order before a new one leaves",
            EXIT_UNKNOWN,
        ) from error
    except ResultNotWrittenError as error:
        raise Failure(str(error), EXIT_INCOMPLETE) from error


def _report_waiting(waiting: Any) -> None:  # noqa: ANN401 -- loaded late
    """What waits, and for whom."""
    if Output.json:
        findings = [{"row_id": row_id, "text": text} for row_id, text in waiting.findings]
        print_json(
            {"batch_id": waiting.batch_id, "content_hash": waiting.content_hash}
            | {
                "awaiting_approval": {
                    "who": waiting.who,
                    "needs": list(waiting.needs),
                    "findings": findings,
                    "problem": waiting.problem,
                    "until": moment(waiting.until_ns) if waiting.until_ns else "",
                }
            }
        )
        return
    for row_id, text in waiting.findings[:_ROWS_SHOWN]:
        say(f"! {f'row {row_id}' if row_id else 'the batch'}: {text}", style="yellow", console=err)
    if len(waiting.findings) > _ROWS_SHOWN:
        err.print(f"! and {len(waiting.findings) - _ROWS_SHOWN} more; --json lists every one", style="yellow")
    if waiting.problem:
        say(f"trader: nothing was sent: it needs a second person, and {waiting.problem}", style="red", console=err)
        return
    say(
        f"trader: nothing was sent: it waits until {moment(waiting.until_ns)} for another person than {waiting.who}, "
        f"with the role {' or '.join(waiting.needs)}: trader approve {waiting.batch_id}, and then the same file again",
        style="red",
        console=err,
    )


def _report(summary: Any) -> None:  # noqa: ANN401 -- loaded late
    if Output.json:
        print_json(summary.facts)
    else:
        print_summary(summary.facts, summary.stop_reason)
    for code, (rows, reason) in summary.misses.items():
        head = "" if reason.startswith(code) else f"{code}: "  # the gate's sentences begin with it
        say(f"! {head}{_named(rows)}: {reason}", style="yellow", console=err)
    for name in summary.facts.get("changed_after_end", ()):
        text = f"batch {name} has changed after its end; run its file again for the result file as it is now"
        say(f"! {text}", style="yellow", console=err)
    for name, file in summary.facts.get("half_done", {}).items():
        say(f"! batch {name} is half done; run its file again: {file}", style="yellow", console=err)
    if summary.exit_code == EXIT_HALTED:
        text = "halted; once another person has re-armed it (trader resume), the same file goes on with what never left"
        say(f"trader: {text}", style="red", console=err)
    if summary.exit_code == EXIT_UNKNOWN:
        text = "not everything is known or agreed; the result file has every order"
        say(f"trader: {text}. {next_step(summary.facts)}", style="red", console=err)


def _named(rows: list[str]) -> str:
    shown, more = ", ".join(rows[:_ROWS_SHOWN]), len(rows) - _ROWS_SHOWN
    return f"row {shown}" if len(rows) == 1 else f"rows {shown}" + (f" and {more} more" if more > 0 else "")


def _log(folder: DataFolder) -> Any:  # noqa: ANN401 -- loaded late
    from trader.adapters.log import Log  # noqa: PLC0415 -- structlog is loaded only by what trades

    return Log(folder.path, _AlertPrinter())


class _AlertPrinter:
    """Shows alerts to whoever watches: of each code the first few, because a flood tells nobody anything."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def __call__(self, code: str, text: str) -> None:
        """Show an alert, or say once that there are more like it."""
        self._seen[code] += 1
        if self._seen[code] <= _ALERTS_SHOWN:
            say(f"! {code}: {text}", style="yellow", console=err)
        elif self._seen[code] == _ALERTS_SHOWN + 1:
            err.print(f"! {code}: there are more of these; `trader alerts` lists them all", style="yellow")


def _confirm(setup: Setup, lines: int, *, yes: bool) -> None:
    """A real venue is asked about, once."""
    dialect = setup.venue.dialect
    unattended = f"{dialect.title} is a real venue: say --yes to trade on it from a script"
    agree(
        f"Send up to {counted(lines, 'order')} to {dialect.title}?", yes=yes or dialect.simulated, unattended=unattended
    )


def _stop_on_signals(launch: Any) -> None:  # noqa: ANN401 -- loaded late
    """Ctrl-C, SIGTERM and a terminal that closes stop the batch, from now until the process ends.

    Installed after quickfix was imported, because that resets SIGINT. What is ignored, as by nohup, stays ignored.
    """
    said: list[int] = []
    who = user_name()

    def stop(number: int, _frame: object) -> None:
        if launch.is_over():
            return
        launch.stop(who, signal.Signals(number).name)
        text = "waiting for the venue's answers" if said else "stopping: nothing new is sent, live orders are canceled"
        said.append(number)
        with suppress(OSError):  # nobody reads any more
            os.write(2, f"\ntrader: {text}\n".encode())

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


@stoppable("stopped: nothing was sent; trader demo begins anew")
def demo(
    config: options.Config = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="[default: a new folder in var/demo]")
    ] = None,
    batch: Annotated[Path | None, typer.Option(metavar="FILE", help="[default: the shipped batch of 100]")] = None,
    products: Annotated[
        bool, typer.Option("--products", help="Swaps, NDFs, a block and the rest, on the quotes of four makers.")
    ] = False,
    json: options.Json = False,  # noqa: ARG001 -- its callback has taken it
) -> None:
    """Start the bundled simulator, trade the example batch through it, and show what comes out."""
    from trader.app.batch_file import file_bytes  # noqa: PLC0415 -- see run_batch
    from trader.app.demo import every_product, one_batch  # noqa: PLC0415 -- see run_batch
    from trader.app.sessions.venue_process import simulator_process  # noqa: PLC0415 -- see run_batch

    if products and batch:
        raise Failure("--products trades a batch of its own; leave --batch out", EXIT_WRONG_INPUT)
    folder = data or Path("var/demo") / f"{now_ns() // NS_PER_MS}"
    DataFolder(folder).close()  # made, and not in use by another
    show = every_product(folder) if products else one_batch(batch)
    name = content_hash(file_bytes(show.batch, LINES_MAX))[:12]
    err.print(f"Batch {show.batch.name} ({name}), data folder {folder}", markup=False)
    if show.note:
        err.print(show.note)
    # The example is from one day, and works on every other: robot and venue both play that day.
    day = show.day or trade_date_at(now_ns())
    arguments = ["--trade-date", day.isoformat(), "--trade-log", str(folder / "simulator-trades.jsonl")]
    arguments += ["--store", str(folder / "simulator")]  # with --data, the venue comes back as the one it was
    with simulator_process(*arguments, "--scenario", show.scenario) as ready:
        err.print(f"Simulator is listening on 127.0.0.1:{ready.port}")
        setup = load_setup(config, venue="simulator", connect=f"127.0.0.1:{ready.port}")
        code = run_batch(setup, show.batch, folder, How(trade_date=day))
    if code in (EXIT_DONE, EXIT_INCOMPLETE, EXIT_UNKNOWN):
        command = shlex.join([*_own_command(), *show.command, "--data", str(folder)])
        err.print(f"Next: {show.more}: {command}", markup=False)
    raise typer.Exit(code)


def _own_command() -> list[str]:
    """How this very ``trader`` can be called from here: by its name where the PATH leads to it, else by its place."""
    ours, found = Path(sys.executable).with_name("trader"), shutil.which("trader")
    if found is not None and ours.exists() and Path(found).samefile(ours):
        return ["trader"]
    if not ours.exists():
        return [sys.executable, "-m", "trader"]
    return [str(ours.relative_to(Path.cwd()) if ours.is_relative_to(Path.cwd()) else ours)]
