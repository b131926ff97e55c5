"""PAIR_VELOCITY: a pair whose reference jumps is halted until a person says that the market is like that.

The stop is put when the rate comes, see :mod:`risk.rates.velocity`, and KILL denies what it holds for. What is left for
an order is that its pair has to be watched at all.
"""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.rates.velocity import MOVE, WINDOW
from risk.reasons import ReasonCode, Violation


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    for table in (WINDOW, MOVE):
        if context.limits.number(table, (outline.symbol,)) is None:
            yield context.limits.undefined(table, (outline.symbol,))


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.PAIR_VELOCITY,
        mode=Mode.LATCH,
        mitigates="a flash move",
        formula="abs(ref now - ref then) / ref then ≤ g, for every then in the window, each source by itself",
        keys=(MOVE.dimensions,),
        parameters=(
            Parameter(WINDOW.parameter, Kind.COUNT, "the window, in seconds"),
            Parameter(MOVE.parameter, Kind.POSITIVE, "g, as a fraction of the earlier rate; 0.01 for 1 %"),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
)
