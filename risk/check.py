"""A control with its functions: what the registry is a list of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from risk.control import Control
from risk.ledger import Claim
from risk.order_view import CheckContext, OrderView
from risk.reasons import Violation
from risk.requests import BatchRequest


@dataclass(frozen=True, slots=True)
class Check:
    """A control and where it is applied; the functions change nothing.

    Attributes:
        control: Its line of the inventory.
        order: What an order breaks.
        quote: What a quote breaks that an order would take: the view's legs have its rates as their prices.
        batch: What a whole batch breaks, at a moment in UTC nanoseconds.
        claims: What an order takes from each limit that fills up, or why that cannot be said.
    """

    control: Control
    order: Callable[[OrderView, CheckContext], Sequence[Violation]] | None = None
    quote: Callable[[OrderView, CheckContext], Sequence[Violation]] | None = None
    batch: Callable[[BatchRequest, CheckContext, int], Sequence[Violation]] | None = None
    claims: Callable[[OrderView, CheckContext], Sequence[Claim | Violation]] | None = None
