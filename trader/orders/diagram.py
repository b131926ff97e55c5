"""The machines drawn from their own tables, for ``docs/orders.md``."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)
Input = TypeVar("Input", bound=StrEnum)


def mermaid(table: Mapping[State, Mapping[Input, State]]) -> str:
    """A transition table as a Mermaid state diagram.

    Inputs that lead from one state to the same other share an arrow; those that change nothing are left out. The
    first state is where an order starts.

    Args:
        table: The following state by state and input.
    """
    lines = ["stateDiagram-v2", f"    [*] --> {next(iter(table))}"]
    for state, cells in table.items():
        inputs_by_following: dict[State, list[str]] = {}
        for cell_input, following in cells.items():
            if following is not state:
                inputs_by_following.setdefault(following, []).append(cell_input.value)
        lines += [f"    {state} --> {following}: {', '.join(i)}" for following, i in inputs_by_following.items()]
    return "\n".join(lines)


def markdown(table: Mapping[State, Mapping[Input, State]]) -> str:
    """Every cell of a transition table in Markdown: a dot where nothing changes, empty where it cannot be."""
    used = {cell_input for cells in table.values() for cell_input in cells}
    inputs = [cell_input for cell_input in type(next(iter(used))) if cell_input in used]
    rows: list[list[str]] = [["", *inputs], ["---"] * (len(inputs) + 1)]
    for state, cells in table.items():
        rows.append([state, *(_cell(state, cells.get(cell_input)) for cell_input in inputs)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(state: State, following: State | None) -> str:
    if following is None:
        return ""
    return "·" if following is state else following.value
