"""LOSS_DAY: who has lost so much in a day only reduces, and who holds what cannot be valued does nothing."""

from collections.abc import Iterator, Sequence

from risk.check import Check
from risk.control import Kind, Parameter
from risk.losses import DAY, PATIENCE, control_of, missing
from risk.order_view import CheckContext, OrderView
from risk.outline import Outline
from risk.profit import Owner, Profits, owners_of
from risk.reasons import ReasonCode, Violation, broken_rule

_Held = tuple[Profits, tuple[Owner, ...]]
_NONE: tuple[Violation, ...] = ()
_CONTROL = control_of(
    DAY,
    "a loss that nobody stops",
    "realized + unrealized since 17:00 New York ≤ -L latches to REDUCING; what has no mark is not traded on",
    Parameter("unmarked_s_max", Kind.NUMBER, "how long something held may have no mark before that latches too"),
)


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation | _Held]:
    yield from missing(DAY.limits, outline, context.limits)
    yield from missing(PATIENCE, outline, context.limits)
    yield context.profits, owners_of(outline)


def _judge(_order: OrderView, held: _Held) -> Sequence[Violation]:
    profits, owners = held
    if not profits.unmarked:
        return _NONE
    found = []
    for owner in owners:
        book = profits.book(owner)
        for what, why, _ in () if book is None else profits.unmarked_of(book):
            detail = f"{what} is held, and has no mark to value it with: {why.sentence}"
            remedy = "it goes on when the mark is back"
            found.append(broken_rule(ReasonCode.LOSS_DAY, str(owner), detail, remedy))
    return found


CHECK: Check[_Held] = Check(_CONTROL, resolve=_resolve, judge=_judge)
