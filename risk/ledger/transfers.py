"""The ledger's entries: each takes an amount out of one account of a node and puts it into another.

A node has three accounts, which add up to its limit: what is available, what is pending for live orders, and what is
posted. Whatever happens is one transfer or two for each node that it touches, and nothing else ever changes a balance.
Of a position, which has no limit of its own, the available side is the rest of the world.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from trader.domain.money import ZERO


class Account(StrEnum):
    """One of a node's three."""

    AVAILABLE = "AVAILABLE"
    PENDING = "PENDING"
    POSTED = "POSTED"


class Event(StrEnum):
    """Why a transfer was made.

    An order is reserved once, and ended once: what then still pends is voided. When it lives after all it is reopened,
    and ended again. Each fill of it is posted once, and reversed at most once, when it is busted. A posting expires
    once, where what it stands for ends with a day.
    """

    RESERVE = "RESERVE"
    POST = "POST"
    REVERSE = "REVERSE"
    VOID = "VOID"
    REOPEN = "REOPEN"
    EXPIRE = "EXPIRE"


class Transfer(NamedTuple):
    """One entry, with its two legs.

    Attributes:
        event: Why.
        reservation_id: Whose.
        exec_id: Which fill's; "" for what is no fill.
        node: On which node.
        debit: The account that it leaves.
        credit: The account that it goes to.
        amount: How much, above zero, in the node's unit.
    """

    event: Event
    reservation_id: str
    exec_id: str
    node: str
    debit: Account
    credit: Account
    amount: Decimal


Listener = Callable[[Transfer], None]


def tell(
    listener: Listener, event: Event, reservation_id: str, exec_id: str, node: str, pended: Decimal, posted: Decimal
) -> None:
    """Tell a listener of a node that pends so much more and has so much more posted, each less when below zero."""
    for account, amount in ((Account.PENDING, pended), (Account.POSTED, posted)):
        if amount > ZERO:
            listener(Transfer(event, reservation_id, exec_id, node, Account.AVAILABLE, account, amount))
        elif amount < ZERO:
            listener(Transfer(event, reservation_id, exec_id, node, account, Account.AVAILABLE, -amount))
