"""The invariants as the design states them: drawn from what the simulation holds every event against."""

from textwrap import fill

from tests.drawn_part import DrawnPart
from trader.simulation.stated import INVARIANTS

PART = DrawnPart("design.md", "invariants")
WIDTH = 120


def invariants() -> str:
    """A numbered list, one sentence over all of it."""
    ends = [";"] * (len(INVARIANTS) - 1) + ["."]
    items = (f"{number}. {what}{end}" for number, (what, end) in enumerate(zip(INVARIANTS, ends, strict=True), start=1))
    return "".join(fill(item, WIDTH, subsequent_indent="   ") + "\n" for item in items)


def test_the_design_states_the_invariants_that_are_watched() -> None:
    assert PART.read() == invariants(), "python -m tests.unit.test_invariants_page draws it anew"


if __name__ == "__main__":
    PART.write(invariants())
