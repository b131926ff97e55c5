"""The inventory of controls as a document: ``docs/controls.md`` is what :func:`markdown` returns."""

from collections.abc import Iterable, Sequence

from risk.control import Control
from risk.registry import controls

_OPENING = """\
# Pre-trade controls

Made from the code by `risk.inventory.markdown()`; a test compares the two. The words are those of RTS 6 and PRA SS5/18.

Every limit is the desk's own, none has a default, and everything that is missing or cannot be read is a denial. Exactly
at a limit is allowed. Utilisation is rounded up, what is free is rounded down. Every check runs, and a denial lists all
that is wrong, the worst first. A key names every dimension; `*` stands for all values, and the most specific row wins.
"""


def markdown() -> str:
    """The whole document."""
    inventory = controls()
    return "\n".join(
        (_OPENING, "## Inventory", "", *_inventory(inventory), "", "## Figures", "", *_figures(inventory), "")
    )


def kind_of(control: Control) -> str:
    """Whether a control is a limit or a trigger, in the word of SS5/18."""
    return "limit" if control.is_limit else "trigger"


def effect_of(control: Control) -> str:
    """Whether a control stops an order or only tells people."""
    return "blocks" if control.blocks else "notifies"


def _inventory(inventory: Sequence[Control]) -> Iterable[str]:
    yield from _table_head("Code", "Mitigates", "Formula", "Mode", "Kind", "Effect", "Alerts")
    for control in inventory:
        facts = (control.mode, kind_of(control), effect_of(control), control.alerts)
        yield _row(control.code, control.mitigates, control.formula, *facts)


def _figures(inventory: Sequence[Control]) -> Iterable[str]:
    yield from _table_head("Control", "Key", "Parameter", "Meaning", "Written as")
    for control in inventory:
        for parameter in control.parameters:
            keys = " or ".join(" ".join(f"{dimension}=" for dimension in key) for key in control.keys_of(parameter))
            yield _row(control.code, f"`{keys}`", f"`{parameter.name}`", parameter.meaning, parameter.kind.value)


def _table_head(*titles: str) -> tuple[str, str]:
    return _row(*titles), "|" + "---|" * len(titles)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
