"""The end of a run, for people: how many lines became what, whether the books agree, where the time went."""

from typing import Any

from rich.table import Table
from rich.text import Text

from trader.app.stages import STAGES
from trader.cli.output import out
from trader.domain.counting import counted

_BREAKS_SHOWN = 10
_BAR_CELLS = 40
_COLORS = {
    "filled": "green",
    "partially_filled": "yellow",
    "denied": "magenta",
    "rejected": "red",
    "unfilled": "blue",
    "unknown": "bold red",
}
# The stages during which the robot waits for the venue: drawn apart from its own work.
_WAITING = frozenset({"first_ack", "last_fill"})


def print_summary(facts: dict[str, Any], stop_reason: str) -> None:
    """Show what ``trader run --json`` would say.

    Args:
        facts: The JSON object.
        stop_reason: Why the batch ended early, or "".
    """
    if facts.get("already_done"):
        is_asked = facts.get("asked_again", {}).get("asked")
        sent = "no order was sent, and the venue was asked for its books again" if is_asked else "nothing was sent now"
        said = f"This file was submitted before, for {facts['trade_date']}: {sent}. What became of it:"
        out.print(said, highlight=False)
    if stop_reason:
        out.print(f"The batch was {stop_reason}", markup=False)
    _print_lines(facts["lines"])
    _print_breaks(facts)
    if out.is_terminal:
        _print_timeline(facts["stages_ms"], facts["wall_ms"])
    else:
        stages = "  ".join(f"{name} {facts['stages_ms'][name]:.1f}" for name in STAGES)
        out.print(f"{facts['wall_ms']:.0f} ms in all; stages in ms: {stages}")
    out.print(f"Result file: {facts['result_file']}", markup=False)
    if "result_file_before" in facts:
        out.print(
            f"It says otherwise than before; the one there was is kept: {facts['result_file_before']}", markup=False
        )


def next_step(facts: dict[str, Any]) -> str:
    """What a person can do about a batch of which not everything is known or agreed, in a sentence."""
    day, again = facts["trade_date"], facts.get("asked_again")
    if again is None and facts.get("already_done"):
        return f"It was traded at {facts['venue']}: run it with that venue, or trader reconcile {day} --ask"
    if again is None or facts["lines"]["unknown"]:
        return "Run the same file again: the venue is asked about each, and nothing is sent twice"
    if again["problem"]:
        return f"The venue could not be asked again: {again['problem']}. Then run the same file again"
    if not again["asked"]:
        return f"The venue owes answers first. Then run the same file again, or trader reconcile {day} --ask"
    return f"The venue was asked again: trader reconcile {day} names what differs, trader sign breaks what is explained"


def _print_lines(lines: dict[str, int]) -> None:
    parts = {name: count for name, count in lines.items() if name != "total" and count}
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in parts.items())
    text = Text(f"{counted(lines['total'], 'line')}: {told}")
    if out.is_terminal and lines["total"]:
        text.append("  ")
        for name, count in parts.items():
            text.append("█" * max(1, round(count / lines["total"] * _BAR_CELLS)), style=_COLORS[name])
    out.print(text)


def _print_breaks(facts: dict[str, Any]) -> None:
    breaks, head, style = facts["breaks"], "BREAK", "red"
    if facts["reconciled"]:
        out.print(Text(_agreement(facts["compared"]), style="green"))
    elif facts["signed_for"]:
        out.print(Text(f"Reconciled; {counted(len(breaks), 'break')} signed for.", style="green"))
        head, style = "BREAK, SIGNED FOR", "yellow"
    elif not breaks:
        out.print(Text("Not reconciled: the venue's own account of the trades is not complete.", style="red"))
    for found in breaks[:_BREAKS_SHOWN]:
        out.print(Text(f"{head} {found['sentence']}", style=style))
    if len(breaks) > _BREAKS_SHOWN:
        out.print(f"... and {len(breaks) - _BREAKS_SHOWN} more breaks; --json lists them all")


def _agreement(compared: list[str]) -> str:
    """Which books agree; ``compared`` names them, and is empty when nothing was ever sent."""
    if not compared:
        return "Nothing was sent, so there is nothing to reconcile."
    if "reported" in compared:
        return "Reconciled: the batch, our executions and the venue's trade reports agree."
    if "statuses" in compared:
        return (
            "Reconciled: the batch, our executions and the venue's status of each order agree; "
            "the venue gives no trade reports."
        )
    return "Reconciled: the batch and our executions agree; the venue gives no trade reports to compare them with."


def _print_timeline(stages_ms: dict[str, float], wall_ms: float) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    longest = max(*stages_ms.values(), 0.001)
    for name in STAGES:
        cells = round(stages_ms[name] / longest * _BAR_CELLS)
        style = "blue" if name in _WAITING else "cyan"
        bar = Text("░" * cells if name in _WAITING else "█" * cells, style=style)
        table.add_row(name.replace("_", " "), Text(f"{stages_ms[name]:.1f} ms", justify="right"), bar)
    out.print(table)
    out.print(f"{wall_ms:.0f} ms in all; ░ counts from the first order and overlaps with the rest")
