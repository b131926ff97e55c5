"""A control with its functions: what the registry is a list of.

A control is applied to an order in two steps. ``resolve`` sees the order's outline: it looks up limits, finds nodes,
and says what is wrong whatever the size and the rate. Its answers are kept for every order with the same outline, so it
may look at nothing else: not at a rate, not at what was used, not at what was seen before. ``judge`` compares one order
with what was resolved, and is called for every order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from risk.control import Control
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.gate.requests import BatchRequest
from risk.ledger.claims import Claim, PositionClaim
from risk.reasons import Violation

_Data = TypeVar("_Data")


@dataclass(frozen=True, slots=True)
class Check(Generic[_Data]):
    """A control and where it is applied; the functions change nothing, but for ``hold``.

    Attributes:
        control: Its line of the inventory.
        resolve: What it says of every order with an outline: what each of them breaks, what each takes from a limit
            that fills up, and what the size or the rate of each has still to be compared with. State that changes
            between orders is handed on as it is, for ``judge`` to look at.
        judge: What one order breaks, given one of the things that ``resolve`` said it has to be compared with.
        hold: Note one order, whose limits are held from now on, in the state that ``judge`` looks at.
        is_for_quotes: True when a quote that an order would take is judged as well; the view has its rates as prices.
        batch: What a whole batch breaks, at a moment in UTC nanoseconds.
    """

    control: Control
    resolve: Callable[[Outline, CheckContext], Iterable[Violation | Claim | PositionClaim | _Data]] | None = None
    judge: Callable[[OrderView, _Data], Sequence[Violation]] | None = None
    hold: Callable[[OrderView, _Data], None] | None = None
    is_for_quotes: bool = False
    batch: Callable[[BatchRequest, CheckContext, int], Sequence[Violation]] | None = None
