"""``trader conformance``: is a venue what its dialect says?"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from trader.app.exit_codes import EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.asking import agree
from trader.cli.output import Failure, Output, err, out, print_json, print_rows, say, stoppable
from trader.domain.currency import CurrencyPair, parse_pair
from trader.domain.errors import DomainError
from trader.fix.text import FieldError, read_rate

_EXAMPLES = """\b
Examples:
  trader conformance lmax
  trader conformance fix_configs/my-venue --out report.md
  trader conformance fix_configs/my-venue --connect 127.0.0.1:9443 --account DESK-1
"""
_STYLES = {"PASS": "green", "FAIL": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Try whether a venue is what its dialect says.", epilog=_EXAMPLES)(conformance)


@stoppable("stopped: what was live is canceled, as far as the venue has answered; no report was written")
def conformance(
    venue: Annotated[str, typer.Argument(metavar="VENUE", help="A shipped profile, or a folder with session.cfg.")],
    connect: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Who to try.  [default: the bundled simulator, playing the venue]"),
    ] = None,
    pair: Annotated[str | None, typer.Option(metavar="PAIR", help="[default: EUR/USD, where it is listed]")] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="The pair's rate now, for a venue that sends no prices.")
    ] = None,
    account: Annotated[str, typer.Option(metavar="TEXT", help="Account(1) of every order.")] = "",
    wait: Annotated[
        float, typer.Option(min=0.1, max=600, metavar="SECONDS", help="How long to wait for an answer.")
    ] = 5,
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The report as Markdown, with the messages beside it.")
    ] = None,
    data: options.Data = Path("var"),
    yes: options.Yes = False,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Play a script of messages with a venue, and say of each whether what came is what its dialect promises."""
    from trader.app.conformance.run import Conformance, Wishes  # noqa: PLC0415 -- quickfix is loaded only by what trades

    wishes = Wishes(venue, connect, _pair(pair), _rate(rate), account, wait, data)
    run = Conformance(wishes)
    if connect is not None:
        # Whoever listens there may be real, whatever the dialect says.
        trades = f"trades with {run.plan.dialect.title}: {run.says_what_it_trades}"
        agree(f"This {trades}. Go on?", yes=yes, unattended=f"this {trades}; say --yes to do so from a script")
    with nullcontext() if out_file is None else _claimed(out_file) as log_file:
        report = run.run(_show_step)
    if out_file is not None and log_file is not None:
        out_file.write_text(report.markdown(log_file.name), encoding="utf-8")
        log_file.write_text(report.log(), encoding="utf-8")
    if Output.json:
        print_json(report.facts | {"report": out_file, "log": log_file})
    else:
        _print_steps(report)
    raise typer.Exit(1 if report.has_failed else 0)


def _pair(text: str | None) -> CurrencyPair | None:
    try:
        return None if text is None else parse_pair(text.upper())
    except DomainError as error:
        raise Failure(f"--pair {error}", EXIT_WRONG_INPUT) from error


def _rate(text: str | None) -> Decimal | None:
    try:
        rate = None if text is None else read_rate(text)
    except FieldError as error:
        raise Failure(f"--rate {error}", EXIT_WRONG_INPUT) from error
    if rate is not None and not rate:
        raise Failure("--rate 0 is not a rate; expected terms per one base, like 1.1725", EXIT_WRONG_INPUT)
    return rate


def _show_step(result: Any) -> None:  # noqa: ANN401 -- loaded late
    """On a terminal the list of steps grows as they are made; with its output elsewhere it is progress."""
    console = out if out.is_terminal else err
    if not console.is_terminal or Output.json:
        return
    why = f" ({result.verdict.why})" if result.verdict.why else ""
    took = f"{result.elapsed_ms:,.1f} ms" if result.sent or result.came else ""
    text = f"{result.outcome:14} {took:>10}  {result.step.section}: {result.step.title}{why}"
    say(text, hang=27, style=_STYLES.get(result.outcome, "dim"), console=console)


@contextmanager
def _claimed(path: Path) -> Iterator[Path]:
    """Make the report's file and that of the messages beside it, while nothing has been sent; the latter's name.

    What is still empty when the run does not come to its end is taken away again.
    """
    log = path.with_suffix(".fixlog")
    if log == path:
        raise Failure(
            f"--out {path}: the messages go into a file of this name; expected another, like report.md",
            EXIT_WRONG_INPUT,
        )
    try:
        for file in (path, log):
            file.touch()
    except OSError as error:
        raise Failure(
            f"--out {path}: it cannot be written: {error.strerror or error}; nothing was sent", EXIT_WRONG_INPUT
        ) from error
    try:
        yield log
    except BaseException:
        for file in (path, log):
            if not file.stat().st_size:
                file.unlink()
        raise


def _print_steps(report: Any) -> None:  # noqa: ANN401 -- loaded late
    facts = report.facts
    if not out.is_terminal:  # a terminal has seen them come
        rows = [[step[name] for name in _COLUMNS.values()] for step in facts["steps"]]
        print_rows("steps", list(_COLUMNS), rows)
    for step in facts["steps"]:
        if step["outcome"] == "FAIL":
            say(f"FAIL {step['section']}: {step['step']}: {step['why']}", style="bold red")
            say(f"expected: {step['expected']}", indent=4)
            say(f"sent: {'; '.join(step['sent']) or 'nothing'}", indent=4)
            say(f"came: {'; '.join(step['came']) or 'nothing'}", indent=4)
    if out.is_terminal:
        say(f"{facts['title']}, tried on {facts['pair']}: {facts['counterparty']}")
    say(f"{report.summary}.")


_COLUMNS = {"section": "section", "step": "step", "result": "outcome", "ms": "elapsed_ms", "why": "why"}
