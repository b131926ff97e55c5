"""KILL: nothing leaves that a stop holds for; where the stop is REDUCING, only what shrinks the position does.

Whatever has put the stop there, its own code stands in the denial: a kill, or a control that has latched. A pair that
is halted because its rate has moved too far holds the crosses too whose reference is made of that rate.
"""

from collections.abc import Iterator, Sequence

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.gate.requests import BatchRequest, OrderRequest
from risk.limits.tree import DESK, DESK_FIRM
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.stops.reducing import is_reducing
from risk.stops.stops import EVERYTHING, Dimension, Scope, State, Stop, scopes_of
from trader.domain.ids import line_of

_NONE: tuple[Violation, ...] = ()


class _Watched:
    """The scopes of an outline, and the worst stop of any of them for as long as no stop changes."""

    __slots__ = ("_seen", "_worst", "context", "scopes")

    def __init__(self, scopes: tuple[Scope, ...], context: CheckContext) -> None:
        self.scopes, self.context = scopes, context
        self._seen, self._worst = -1, None

    _worst: Stop | None

    def worst_for(self, request: OrderRequest) -> Stop | None:
        """The worst stop of an order with this outline; its batch and its strategy are its own."""
        stops = self.context.stops
        if self._seen != stops.version:
            self._seen, self._worst = stops.version, stops.worst_of(self.scopes)
        found = (self._worst, stops.worst_of(own_scopes(request)), *self._of_rates(request))
        return max((stop for stop in found if stop is not None), key=lambda stop: stop.state, default=None)

    def _of_rates(self, request: OrderRequest) -> Iterator[Stop]:
        for symbol in self.context.rates.made_of(request.order_deal.pair):
            yield from self.context.stops.on(Scope(Dimension.PAIR, symbol), ReasonCode.PAIR_VELOCITY)


def scopes_of_outline(outline: Outline) -> tuple[Scope, ...]:
    """The scopes of every order with an outline, without its batch and its strategy."""
    keys, above = outline.keys, outline.above
    return scopes_of(
        firms=(above.firm, above.book_firm),
        desks=(keys.desk, above.desk),
        trader=keys.trader,
        venue=keys.venue,
        counterparty=above.counterparty,
        currencies=(keys.base, keys.terms),
        pair=outline.symbol,
    )


def own_scopes(request: OrderRequest) -> tuple[Scope, ...]:
    """The scopes of one order beyond its outline: its batch, and its strategy if it has one."""
    line = line_of(request.reservation_id)
    batch = () if line is None else (Scope(Dimension.BATCH, line.batch_id),)
    strategy = request.line.strategy
    return (*batch, Scope(Dimension.STRATEGY, strategy)) if strategy else batch


def denial(stop: Stop, detail: str) -> Violation:
    """The violation of whatever a stop holds back."""
    remedy = f"trader resume --scope {stop.scope} re-arms it, by another person with the risk role"
    return broken_rule(stop.code, str(stop.scope), f"{stop.state.name} by {stop.by}: {stop.reason}; {detail}", remedy)


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Watched]:
    yield _Watched(scopes_of_outline(outline), context)


def _judge(order: OrderView, watched: _Watched) -> Sequence[Violation]:
    if watched.context.stops.is_quiet:
        return _NONE
    stop = watched.worst_for(order.request)
    if stop is None:
        return _NONE
    if stop.state is not State.REDUCING:
        return (denial(stop, "nothing may leave"),)
    context = watched.context
    if is_reducing(order, context.ledger, context.rates.reporting_currency):
        return _NONE
    return (denial(stop, "only an order may leave that shrinks the position with every fill"),)


def _batch(request: BatchRequest, context: CheckContext, _now_ns: int) -> Sequence[Violation]:
    """A batch that is halted as a whole is not begun, and so is no duplicate once it may be."""
    desk = context.limits.limit(DESK, (request.trader,))
    firm = context.limits.limit(DESK_FIRM, (request.desk,))
    named = (
        (Dimension.FIRM, "" if firm is None else firm.value),
        (Dimension.DESK, request.desk),
        (Dimension.DESK, "" if desk is None else desk.value),
        (Dimension.TRADER, request.trader),
        (Dimension.BATCH, request.batch_id),
    )
    stop = context.stops.worst_of([EVERYTHING, *(Scope(*each) for each in named if each[1])])
    return (denial(stop, "no batch may begin"),) if stop is not None and stop.state is not State.REDUCING else _NONE


CHECK: Check[_Watched] = Check(
    Control(
        code=ReasonCode.KILL,
        mode=Mode.LATCH,
        mitigates="orders that go on when a person wants them to stop",
        formula=(
            "no scope that the order is in is HALTED, nor by PAIR_VELOCITY a pair that its reference is crossed from; "
            "where one is REDUCING, the position shrinks with every fill"
        ),
    ),
    resolve=_resolve,
    judge=_judge,
    is_for_quotes=True,
    batch=_batch,
)
