"""``trader simulate``: the robot against a venue, a wire, a clock and a disk that one integer decides."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from trader.app.exit_codes import EXIT_INTERRUPTED, EXIT_UNKNOWN, EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.output import Failure, Output, err, out, print_json, print_rows, say, stoppable
from trader.domain.counting import counted

_EXAMPLES = """\b
Examples:
  trader simulate                          300 seeds
  trader simulate --seeds 1..20000 --jobs 2
  trader simulate --seeds 4711 --trace     one seed's story, event by event
  trader simulate --seeds 4711 --out DIR   its files; then trader explain S4711-1 --data DIR/seed-4711
  trader simulate --planted all            plant bugs, and see each found
"""
_SEEDS = re.compile(r"(\d{1,9})(?:\.\.(\d{1,9}))?")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Try the robot against everything that can go wrong.", epilog=_EXAMPLES)(simulate)


@stoppable("stopped: nothing was sent, for all of it is simulated; --out has kept the seeds that were finished")
def simulate(
    seeds: Annotated[str, typer.Option(metavar="N|A..B", help="One seed, or the first and the last.")] = "1..300",
    jobs: Annotated[int, typer.Option(min=1, max=256, metavar="N", help="So many processes.")] = 1,
    planted: Annotated[
        str | None,
        typer.Option(metavar="NAME|all", help="A bug to plant: then the seeds have to find it, or all of them, each."),
    ] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Print the story of one seed, a line an event.")] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Keep each seed's files, in folders of their own.")
    ] = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Trade batches in virtual time while everything goes wrong; after each event look whether the invariants hold.

    Ends with 0 when everything held, and with 3 when something did not. With --planted it is 0 when the bug is found.
    """
    chosen = _seeds(seeds)
    if planted is not None:
        _find_planted(planted, chosen)
    elif trace or out_dir is not None:
        _look_closely(chosen, trace=trace, folder=out_dir)
    else:
        _sweep(chosen, jobs)


def _seeds(text: str) -> range:
    found = _SEEDS.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not found or last < first:
        raise Failure(
            f"--seeds {text}: expected one number, or two as in 1..300, the smaller one first", EXIT_WRONG_INPUT
        )
    return range(first, last + 1)


def _sweep(seeds: range, jobs: int) -> None:
    from trader.simulation.sweep import Report, sweep  # noqa: PLC0415 -- the simulator is loaded only here

    text = f"0 of {len(seeds):,} seeds"
    with err.status(text) as status:

        def show(report: Report) -> None:
            nonlocal text
            failed = ", ".join(str(outcome.seed) for outcome in report.failures)
            text = f"{report.seeds:,} of {len(seeds):,} seeds" + (f", of which failed: {failed}" if failed else "")
            status.update(text)

        try:
            report = sweep(seeds, jobs, show)
        except KeyboardInterrupt:
            sentence = f"stopped after {text}; nothing was sent, for all of it is simulated, and nothing is kept"
            raise Failure(sentence, EXIT_INTERRUPTED) from None
    failures = [_failure(outcome) for outcome in report.failures]
    if Output.json:
        print_json(
            {
                "seeds": report.seeds,
                "events": report.events,
                "records": report.records,
                "crashes": report.crashes,
                "lines": dict(sorted(report.lines.items())),
                "happened": dict(report.happened.most_common()),
                "failures": failures,
            }
        )
    else:
        _print_report(report, failures)
    raise typer.Exit(EXIT_UNKNOWN if failures else 0)


def _failure(outcome: Any) -> dict[str, Any]:  # noqa: ANN401 -- an SeedOutcome, which is loaded only by what plays one
    return {
        "seed": outcome.seed,
        "invariant": outcome.invariant,
        "event": outcome.event,
        "failure": outcome.failure,
        "command": outcome.command,
    }


def _print_report(report: Any, failures: list[dict[str, Any]]) -> None:  # noqa: ANN401 -- a Report; see _failure
    print_rows(
        "what happened", ["what", "times"], [[what, f"{many:,}"] for what, many in report.happened.most_common()]
    )
    lines = ", ".join(f"{many:,} {status}" for status, many in report.lines.most_common())
    say(f"lines: {lines}")
    counts = f"{report.events:,} events, {report.records:,} records, {counted(report.crashes, 'crash')}"
    say(f"{counted(report.seeds, 'seed')}: {counts}, {counted(len(failures), 'failure')}")
    for failure in failures:
        say(f"{failure['command']}  event {failure['event']}: {failure['failure']}", style="red")


def _look_closely(seeds: range, *, trace: bool, folder: Path | None) -> None:
    """Play seeds one by one, and keep what they leave behind."""
    from trader.simulation.run import keep, play  # noqa: PLC0415 -- see _sweep

    if trace and len(seeds) > 1:
        raise Failure(
            f"--trace tells one seed's story; expected one seed, such as --seeds {seeds[0]}", EXIT_WRONG_INPUT
        )
    played = []
    for seed in seeds:
        story: list[str] = []
        outcome, files = play(seed, story.append)
        played.append(outcome)
        if trace and not Output.json:
            out.print("\n".join(story), markup=False)
        if folder is not None:
            try:
                keep(folder / f"seed-{seed}", files, story)
            except OSError as error:
                raise Failure(f"--out {folder}: {error.strerror or error}", EXIT_WRONG_INPUT) from error
    if Output.json:
        print_json({"seeds": [_failure(each) | {"digest": each.digest} for each in played]})
    else:
        for each in played:
            say(f"{each.command}  {each.event} events, {each.failure or 'everything held'}, files {each.digest[:16]}")
    raise typer.Exit(EXIT_UNKNOWN if any(each.failure for each in played) else 0)


def _find_planted(planted: str, seeds: range) -> None:
    from trader.simulation.planted import BUGS, bug  # noqa: PLC0415 -- see _sweep
    from trader.simulation.sweep import found_by  # noqa: PLC0415 -- see _sweep

    names = list(BUGS) if planted == "all" else [planted]
    rows: list[dict[str, Any]] = []
    for name in names:
        what = bug(name).what
        with err.status(f"{name}: {what}"):
            found = found_by(name, seeds)
        rows.append(
            {
                "bug": name,
                "what": what,
                "seed": None if found is None else found.seed,
                "seeds": 0 if found is None else found.seed - seeds[0] + 1,
                "found": "" if found is None else found.failure,
            }
        )
    if Output.json:
        print_json({"planted": rows})
    else:
        cells = [[row["bug"], row["what"], row["seeds"] or "not found", row["found"][:60]] for row in rows]
        print_rows("planted bugs", ["bug", "what it does", "found after seeds", "by"], cells)
    raise typer.Exit(0 if all(row["seed"] is not None for row in rows) else EXIT_UNKNOWN)
