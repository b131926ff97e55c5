"""The words of the rule language as tables: the part of ``docs/rules.md`` that the code knows."""

from collections.abc import Iterator

from risk.control import Kind
from risk.registry import CONTROLS
from risk.rules.language import duration_text
from risk.rules.words import FIGURES, FILLING, KEYS, FigureKind


def tables() -> str:
    """The tables, as Markdown."""
    return "\n".join([*_keys(), "", *_figures(), "", *_limits(), ""])


def _keys() -> Iterator[str]:
    yield "| Key | What it is |"
    yield "|---|---|"
    for name, key in KEYS.items():
        yield f"| `{name}` | {key.meaning} |"


def _figures() -> Iterator[str]:
    yield "| Figure | What it is | Of | Window where none is named | Compared in |"
    yield "|---|---|---|---|---|"
    for name, kind in FIGURES.items():
        window = duration_text(kind.window_s) if kind.window_s else "none"
        units = ", ".join(unit or "a plain number" for unit in kind.units)
        yield f"| `{name}` | {kind.meaning} | {_owners(kind)} | {window} | {units} |"


def _owners(kind: FigureKind) -> str:
    if kind.is_of_limit:
        return "a limit"
    return ", ".join(f"`{name}`" for name in kind.of) or "the order"


def _limits() -> Iterator[str]:
    yield "| Limit | Is kept by | Its own unit |"
    yield "|---|---|---|"
    for code, figure in FILLING.items():
        control = CONTROLS[code]
        limit = next(each for each in control.parameters if each.name == figure)
        shapes = control.keys_of(limit)
        kept_by = " or ".join(f"`{' '.join(shape)}`" for shape in shapes)
        unit = "the reporting currency"
        if limit.kind is Kind.COUNT:
            unit = "a plain number"
        elif any("currency" in shape for shape in shapes):
            unit = "its currency"
        yield f"| `{code}` | {kept_by} | {unit} |"
