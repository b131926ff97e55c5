"""Stop losses: how much a trader, a desk or the firm may lose in a day, in a month, and from its best of the month.

The formula is the same for all: once the profit, realized and unrealized, is at the limit or below it, the owner may
only reduce. It is looked at whenever a rate moves or a fill is booked. A profit that is no number is a breach.

What has no mark has no profit either: who holds such a thing for longer than the owner's patience is in breach like one
who has lost too much.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.limits.book import LimitBook, LimitTable
from risk.losses.booking import OWNERS, Owner, owners_of
from risk.losses.profit import Book, Profits
from risk.reasons import ReasonCode, Violation
from risk.stops.stops import Dimension, Scope, State, Stop
from trader.domain.moments import NS_PER_S
from trader.domain.money import ZERO

_KEYS = tuple((owner,) for owner in OWNERS)
PATIENCE = {owner: LimitTable("LOSS_DAY", "unmarked_s_max", (owner,)) for owner in OWNERS}


class Loss(NamedTuple):
    """One way to measure a loss.

    Attributes:
        code: Its control.
        profit: What is compared with the limit, in the reporting currency; a loss is below zero.
        since: What it is measured from, for people.
        limits: Where the limit stands, by what the owner is.
    """

    code: ReasonCode
    profit: Callable[[Book], Decimal]
    since: str
    limits: Mapping[str, LimitTable]


def _loss(code: ReasonCode, profit: Callable[[Book], Decimal], since: str) -> Loss:
    return Loss(code, profit, since, {owner: LimitTable(code, "max", (owner,)) for owner in OWNERS})


DAY = _loss(ReasonCode.LOSS_DAY, lambda book: book.day, "the start of the day")
MONTH = _loss(ReasonCode.LOSS_MONTH, lambda book: book.month, "the start of the month")
DRAWDOWN = _loss(ReasonCode.DRAWDOWN, lambda book: book.drawdown, "the best of the month")
LOSSES = (DAY, MONTH, DRAWDOWN)


def control_of(loss: Loss, mitigates: str, formula: str, *more: Parameter) -> Control:
    """The line of the inventory of one loss."""
    return Control(
        code=loss.code,
        mode=Mode.LATCH,
        mitigates=mitigates,
        formula=formula,
        keys=_KEYS,
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"), *more),
        is_limit=True,
    )


def check_of(control: Control, *figures: Mapping[str, LimitTable]) -> Check[None]:
    """A control whose figures have to be there for every order, by what the owner is; :func:`losses` latches it."""

    def resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
        for tables in figures:
            for owner in owners_of(outline):
                table = tables[owner.dimension]
                if context.limits.number(table, (owner.name,)) is None:
                    yield context.limits.undefined(table, (owner.name,))

    return Check(control, resolve=resolve)


def losses(profits: Profits, limits: LimitBook, now_ns: int) -> Iterator[Stop]:
    """Every loss that the books have come to since the last look, and every patience that is over.

    Args:
        profits: The books, marked.
        limits: Has the limits; an owner without one is stopped like one who has none left.
        now_ns: Now, UTC nanoseconds.
    """
    for book in profits.take_changed():
        for loss in LOSSES:
            profit = loss.profit(book)
            if profit.is_finite() and profit >= ZERO:
                continue
            limit = limits.number(loss.limits[book.owner.dimension], (book.owner.name,)) or ZERO
            if not profit.is_finite() or profit <= -limit:
                why = f"the profit since {loss.since} is {profit:,.2f}; the limit is a loss of {limit:,f}"
                yield _stop(book.owner, loss.code, now_ns, why)
    if profits.unmarked:
        for book in profits.books:
            for what, why_not, since_ns in profits.unmarked_of(book)[:1]:
                patience_s = limits.number(PATIENCE[book.owner.dimension], (book.owner.name,)) or ZERO
                if now_ns - since_ns > patience_s * NS_PER_S:
                    why = f"{what} has had no mark for longer than {patience_s:,f} s: {why_not.sentence}"
                    yield _stop(book.owner, ReasonCode.LOSS_DAY, now_ns, why)


def _stop(owner: Owner, code: ReasonCode, now_ns: int, why: str) -> Stop:
    return Stop(Scope(Dimension(owner.dimension), owner.name), State.REDUCING, code, now_ns, str(code), why)
