"""The list of commands, and the one way out: an exit code, after everything is flushed.

The process is left by ``os._exit``: leaving the interpreter after QuickFIX was used crashes it now and then.
"""

import os
import sys
import traceback
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn

import typer

from trader import __version__
from trader.adapters.private import keep_to_owner
from trader.adapters.store import StoreError
from trader.app.exit_codes import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_WRONG_INPUT
from trader.batch.errors import BatchError
from trader.cli import (
    alerts,
    check,
    conformance,
    day,
    exceptions,
    limits,
    look,
    people,
    prove,
    session,
    settle,
    signing,
    simulate,
    stops,
    story,
    trade,
)
from trader.cli.output import Failure, Output, print_batch_errors, print_failure
from trader.domain.errors import ConfigError
from trader.journal.record import JournalDamagedError

_EXAMPLES = """\b
Examples, in the order of a first day:
  trader demo                        a batch of 100 through the bundled simulator
  trader validate my-batch.csv       what is wrong with it, which limits it meets
  trader run my-batch.csv            trade it; the same file again sends nothing
  trader explain T-0007              why a row was dealt at its price
  trader COMMAND -h                  the options of a command, with an example
"""

app = typer.Typer(
    name="trader",
    help="An FX trading robot: takes the desk's batch, checks every limit, trades it over FIX, and proves it.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"trader {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Options of every command stand with the command."""


for module in (
    trade,
    stops,
    check,
    look,
    limits,
    alerts,
    story,
    day,
    prove,
    simulate,
    conformance,
    people,
    session,
    exceptions,
    signing,
    settle,
):
    module.register(app)


def main() -> NoReturn:
    """Run a command and leave with its exit code."""
    _have_standard_streams()
    keep_to_owner()
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads any more
            stream.flush()
    os._exit(code)


def _have_standard_streams() -> None:
    """Open on nothing what the caller has closed: the next file, such as the journal, would get its number.

    A text that the caller's encoding cannot say is spelled out; it does not end a command.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _run() -> int:
    try:
        code = app(standalone_mode=False)
    except Failure as failure:
        print_failure(failure)
        return failure.exit_code
    except BatchError as error:
        print_batch_errors(error)
        return EXIT_WRONG_INPUT
    except (ConfigError, StoreError, JournalDamagedError) as error:
        print_failure(Failure(str(error), EXIT_WRONG_INPUT))
        return EXIT_WRONG_INPUT
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except BaseException as error:  # noqa: BLE001 -- the last resort: say it, and end with our own code
        return _other(error)
    if code == EXIT_INTERRUPTED:  # typer's word, too, for a Ctrl-C that no command has taken
        print_failure(Failure("stopped", EXIT_INTERRUPTED))
    return code if isinstance(code, int) else 0


def _other(error: BaseException) -> int:
    """A click usage error is wrong input; everything else is a bug of ours."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
        if "--json" in sys.argv:  # an option that is wrong may stand before it
            Output.json = True
            print_failure(
                Failure(str(getattr(error, "format_message", error.__str__)()), EXIT_WRONG_INPUT), aloud=False
            )
        return EXIT_WRONG_INPUT
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0
    traceback.print_exc()
    print_failure(
        Failure("this is a bug in the robot; nothing more was sent, and the journal can be replayed", EXIT_INTERNAL)
    )
    return EXIT_INTERNAL
