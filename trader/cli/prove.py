"""Commands that prove: verify, bench, doctor."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from trader.adapters.config import second_place
from trader.app.exit_codes import EXIT_UNKNOWN, EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.output import Output, err, out, print_json, print_rows, say, stoppable
from trader.domain.counting import counted


class BenchKind(StrEnum):
    """What can be timed."""

    BATCH = "batch"
    RFQ = "rfq"
    KILL = "kill"
    RISK = "risk"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="Walk the journal, replay it, compare every state and table.",
        epilog="Example: trader verify --data var --head 3f2a...",
    )(verify)
    app.command(
        short_help="Time a whole batch beside the least that it could take.",
        epilog="Examples: trader bench --lines 10000 --repeats 3; trader bench rfq --json; trader bench risk",
    )(bench)
    app.command(
        short_help="Look whether everything is in place, and say what to do.",
        epilog="Example: trader doctor --venue fix_configs/my-venue --config trader.toml",
    )(doctor)


@stoppable("stopped before the end of the journal: nothing is proven of it, and it is as it was")
def verify(
    data: options.Data = Path("var"),
    head: Annotated[str, typer.Option(metavar="HASH", help="A head hash kept elsewhere: finds a cut at the end.")] = "",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the tables anew from the journal.")] = False,
    config: options.Config = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Walk the journal's hash chain, replay it, and compare every sealed state and every table with the replay.

    The end is compared with the anchors that trader report has left: in the data folder, and in the second place that
    the configuration names.
    """
    from trader.app.end_of_day.verify import verify_folder  # noqa: PLC0415 -- the database is loaded only where it is read

    facts = verify_folder(data, head, second_place(config), rebuild=rebuild)
    if Output.json:
        print_json(facts)
    else:
        counts = (("records", "record"), ("batches", "batch"), ("seals", "sealed state"))
        out.print(", ".join(counted(facts[name], what) for name, what in counts) + " compared")
        out.print(f"head hash  {facts['head_hash']}", markup=False)
        out.print(f"state hash {facts['state_hash']}", markup=False)
        for anchor in facts["anchors"]:
            say(f"compared with the anchor at record {anchor['last_seq']}, kept in {anchor['where']}")
        for note in facts["notes"]:
            say(f"note: {note}")
        for fault in facts["faults"]:
            say(f"FAULT {fault}")
        out.print("The journal holds." if not facts["faults"] else "The journal does NOT hold.")
    raise typer.Exit(EXIT_UNKNOWN if facts["faults"] else 0)


def bench(
    kind: Annotated[
        BenchKind,
        typer.Argument(
            metavar="batch|rfq|kill|risk",
            help="Orders beside a bare loop, requests at a slow venue, a kill, or the gate by itself.",
        ),
    ] = BenchKind.BATCH,
    lines: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="Lines of a batch.")] = 100,
    repeats: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="Counted pairs or batches.")] = 5,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Time a whole batch beside the bare QuickFIX loop, pair by pair. Ratios count; milliseconds are this machine's.

    With rfq: a batch on quotes, at a venue that quotes after 250 ms, deals after 40 ms and takes 50 messages a second,
    beside the least time that follows from these figures alone. With kill: how long after a kill nothing leaves any
    more, and how long until the last cancel of so many live orders has left. With risk: the gate by itself, every
    control armed, beside up to 100,000 limits and 30,000 rules that an order does not touch, and beside OpenPit.
    """

    def progress(text: str) -> None:
        if err.is_terminal:
            err.print(text)

    if kind is BenchKind.RFQ:
        from trader.app.bench.rfq import bench_rfq  # noqa: PLC0415 -- quickfix is loaded only by what trades

        facts, show = bench_rfq(lines, repeats, progress), _print_bench_rfq
    elif kind is BenchKind.KILL:
        from trader.app.stops.drill import bench_kill  # noqa: PLC0415 -- quickfix is loaded only by what trades

        facts, show = bench_kill(lines, repeats, progress), _print_bench_kill
    elif kind is BenchKind.RISK:
        from trader.app.bench.risk import bench_risk  # noqa: PLC0415 -- loaded only where it is run

        facts, show = bench_risk(progress), _print_bench_risk
    else:
        from trader.app.bench.batch import bench as run_bench  # noqa: PLC0415 -- quickfix is loaded only by what trades

        facts, show = run_bench(lines, repeats, progress), _print_bench
    if Output.json:
        print_json(facts)
    else:
        show(facts)


def _print_bench_rfq(facts: dict[str, Any]) -> None:
    title = f"{counted(facts['lines'], 'line')} on quotes, {counted(facts['repeats'], 'batch')}"
    print_rows(title, ["", "min", "median", "max"], _spans(facts, _BENCH_RFQ_ROWS))
    say(f"bound: {facts['bound_ms']} ms. {facts['how']}.")
    out.print(facts["machine"])


def _print_bench_kill(facts: dict[str, Any]) -> None:
    title = f"{counted(facts['lines'], 'live order')}, {counted(facts['repeats'], 'kill')}"
    print_rows(title, ["", "min", "median", "max"], _spans(facts, _BENCH_KILL_ROWS))
    say(f"{facts['canceled']} canceled, {facts['unknown']} unknown; {facts['risk_after_block']} left after the block")
    out.print(facts["machine"])


def _print_bench_risk(facts: dict[str, Any]) -> None:
    """One order beside limits and rules; what is loaded and tried; the same checks beside the other engine."""
    title = f"check and reserve one order, {facts['controls']} controls armed, {facts['orders']:,} orders each"
    columns = ["beside", "median, us", "99 %, us", "first of its kind, us"]
    rows = [[f"{each['nodes']:,} limits, {each['rules']:,} rules", *_microseconds(each)] for each in facts["nodes"]]
    rows += [[f"{each['rules']:,} rules", *_microseconds(each)] for each in facts["rules"]]
    print_rows(title, columns, rows)
    load, tried, other = facts["load"], facts["what_if"], facts["openpit"]
    say(f"load: {load['limits']:,} limits in {load['limits_s']} s, {load['rules']:,} rules in {load['rules_s']} s")
    say(f"what-if: {tried['lines']:,} lines in {tried['s']} s")
    if "missing" in other:
        say(other["missing"])
    else:
        sides = [[name, *_microseconds(other[name])[:2]] for name in ("ours", "openpit")]
        print_rows(f"the same checks beside OpenPit {other['version']}", columns[:3], sides)
        say(f"{other['limits']:,} limits on each side; asked: {'; '.join(other['checks'])}")
    out.print(facts["machine"])


def _microseconds(figures: dict[str, Any]) -> list[str]:
    return [f"{figures[key]:.1f}" if key in figures else "" for key in ("median_us", "p99_us", "new_us")]


def _print_bench(facts: dict[str, Any]) -> None:
    title = f"{counted(facts['lines'], 'line')}, {counted(facts['repeats'], 'pair')}"
    print_rows(title, ["", "min", "median", "max"], _spans(facts, _BENCH_ROWS))
    stages = "  ".join(f"{name} {value:.1f}" for name, value in facts["stages_ms"].items())
    say(f"stages in ms: {stages}")
    out.print(f"orders a second: ours {facts['orders_per_s']['ours']}, bare {facts['orders_per_s']['bare']}")
    out.print(f"round trip: p50 {facts['rtt_us']['p50']} us, p99 {facts['rtt_us']['p99']} us")
    out.print(f"cold start {facts['cold_start_ms']} ms, memory {facts['rss_mb']} MB, {facts['machine']}")


def _spans(facts: dict[str, Any], named: tuple[tuple[str, str], ...]) -> list[list[str]]:
    """Least, median and most of some figures: milliseconds to a tenth, ratios to a hundredth."""
    return [
        [name, *(f"{facts[key][part]:.{2 if key.startswith('ratio') else 1}f}" for part in ("min", "median", "max"))]
        for name, key in named
    ]


_BENCH_ROWS = (
    ("ours, ms", "ours_ms"),
    ("bare, ms", "bare_ms"),
    ("bare with the venue's books, ms", "books_ms"),
    ("ratio, ours to bare", "ratio"),
    ("ratio, bare with books to bare", "ratio_books"),
)
_BENCH_KILL_ROWS = (("nothing leaves, us", "block_us"), ("last cancel, ms", "last_cancel_ms"))
_BENCH_RFQ_ROWS = (("ours, ms", "ours_ms"), ("ratio to the bound", "ratio"))


def doctor(
    config: options.Config = None,
    data: options.Data = Path("var"),
    venue: options.Venue = None,
    connect: options.Connect = None,
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Look at configuration, limits, dictionary, calendars, rates, disk, database and venue; say what to do."""
    from trader.app.doctor import examine  # noqa: PLC0415 -- everything is loaded only here

    findings = list(examine(config, data, venue, connect))
    if Output.json:
        print_json({"findings": [finding.facts for finding in findings]})
    else:
        rows = [[finding.state, finding.what, finding.text] for finding in findings]
        print_rows("doctor", ["state", "what", "finding"], rows)
    raise typer.Exit(EXIT_WRONG_INPUT if any(finding.state == "fatal" for finding in findings) else 0)
