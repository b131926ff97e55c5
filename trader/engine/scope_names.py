"""Whether anything known has the name of a scope. A stop of a name that nothing has stops nothing, and should be seen.

It is put in force all the same: what it names may come to be, and who stops something in a hurry is not argued with.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from risk.limits.book import ANY
from risk.stops.stops import Dimension, Scope
from trader.engine.context import Context
from trader.engine.lines import Lines

# Every text that can be read as one of these is one.
_ALWAYS_KNOWN = frozenset({Dimension.CURRENCY, Dimension.PAIR})
_NEAR_MAX = 3
_NEAR_SHARE = 0.5


def nothing_in(scope: Scope, context: Context, lines: Lines) -> str:
    """What to say of a scope that nothing known is in; "" for one that is known.

    Args:
        scope: What is stopped.
        context: The engine's state.
        lines: Knows the scopes of every line there is.
    """
    if not scope.name or scope.dimension in _ALWAYS_KNOWN:
        return ""
    known = set(_names(scope.dimension, context))
    if scope.name in known:
        return ""
    known |= {each.name for each in _scopes_of_lines(context, lines) if each.dimension is scope.dimension}
    if scope.name in known:
        return ""
    folded = {name.casefold(): name for name in sorted(known)}
    near = get_close_matches(scope.name.casefold(), list(folded), _NEAR_MAX, _NEAR_SHARE)
    meant = ", ".join(f"{scope.dimension}={folded[each]}" for each in near)
    return (
        f"nothing known is called {scope}: the stop is in force, and stops nothing that there is now; "
        + (f"near it are {meant}" if meant else "no known name is near it")
        + ", and firm stops everything"
    )


def _names(dimension: Dimension, context: Context) -> Iterator[str]:
    """The names of a dimension that stand in the limits, and those of sessions and batches."""
    if dimension in (Dimension.VENUE, Dimension.SESSION):
        yield from context.sessions
    if dimension is Dimension.BATCH:
        yield from context.batches
    for row in context.limit_rows:
        for name, value in row.key:
            if name == dimension and value != ANY:
                yield value
        if row.control == "TREE" and row.parameter == dimension:
            yield row.value


def _scopes_of_lines(context: Context, lines: Lines) -> Iterator[Scope]:
    for batch in context.batches.values():
        for state in batch.lines:
            yield from lines.scopes(batch, state)
