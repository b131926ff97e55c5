"""The steps that the venue's words have in common. None of them raises; a step that cannot be answers with a breach."""

from decimal import Decimal

from msgspec import Struct

from trader.domain.commands import QuoteReference
from trader.domain.deal import Side
from trader.domain.errors import RemoteViolation
from trader.domain.events import ExecutionReported, TradeReported
from trader.domain.money import ZERO
from trader.orders import checks
from trader.orders.fills import FillChange
from trader.orders.machine import PHASE_OF_STATUS, PHASES, PendingInput, Phase, PhaseInput, StatusInput, Sync
from trader.orders.order import Order

# A race or a retry fills an order twice. A single fill of more than that is a wrong number, and nobody's deal.
# Booked, it would make as much room on the other side of every net limit.
_FILLED_TIMES_MAX = 2


class Change(Struct, frozen=True, gc=False):
    """What one word of the venue does to an order.

    Attributes:
        fills: The change of the filled quantity, in the order it was booked.
        violation: What cannot be; None when it fits.
    """

    fills: tuple[FillChange, ...] = ()
    violation: RemoteViolation | None = None


def breach(order: Order, rule: str, what: str) -> RemoteViolation:
    """A violation with the order, its state and its count in the sentence."""
    booked = f"{order.deal.dealt_currency} {order.cum_qty:,f} of {order.order_qty:,f} is booked"
    return RemoteViolation(rule, f"{order}: {what}; {booked}")


def reuse(order: Order, report: ExecutionReported | TradeReported) -> RemoteViolation:
    """The breach of giving one ExecID(17) to two trades."""
    what = f"{report.last_qty} at {report.last_px} under ExecID(17)={report.exec_id}, which is another trade's"
    return breach(order, "EXEC_ID_REUSED", what)


def move(order: Order, said: PhaseInput | StatusInput, words: str = "") -> RemoteViolation | None:
    """Take the table's step, or answer that it has none.

    Args:
        order: The order.
        said: What the venue says of it.
        words: The same as it stands in the message, where that is not the input's own name.
    """
    if order.try_move(said):
        return None
    return breach(order, "IMPOSSIBLE_TRANSITION", f"the venue says {words or said}")


def count(order: Order, stated: Decimal, *, exactly: bool) -> RemoteViolation | None:
    """Compare the venue's CumQty(14) with ours."""
    if exactly or stated > order.venue_cum_qty:
        order.venue_cum_qty = stated
    if order.venue_cum_qty == order.ledger.cum_qty:
        return None
    return breach(order, "QUANTITY_DIFFERS", f"the venue says CumQty(14)={order.venue_cum_qty}")


def book(order: Order, event: ExecutionReported | TradeReported) -> Change:
    """Count a trade that was not heard before."""
    violation = unbookable(order, event)
    if violation is not None:
        return Change(violation=violation)
    if order.settled_by_person and (signed := order.ledger.signed()) is not None:
        return _confirm(order, signed, event)
    change = order.ledger.book(event)
    if change is None:
        return Change()
    return Change((change,), after_fill(order) or unlike_order(order, event))


def _confirm(order: Order, key: str, event: ExecutionReported | TradeReported) -> Change:
    """The venue reports the trade that a person has signed for: its word takes the place of theirs."""
    signed = order.ledger.fills[key]
    fills = order.ledger.confirm(key, event)
    if (signed.last_qty, signed.last_px) == (event.last_qty, event.last_px):
        return Change(fills, unlike_order(order, event))
    order.venue_cum_qty = order.cum_qty  # until now it was what the person had said
    is_less = order.phase is Phase.FILLED and order.cum_qty < order.order_qty
    moved = move(order, PhaseInput.REOPENED) if is_less else after_fill(order)
    said = f"{event.last_qty} at {event.last_px} under ExecID(17)={event.exec_id}"
    what = f"{signed.signed_by} has signed for {signed.last_qty} at {signed.last_px}, and the venue reports {said}"
    return Change(fills, moved or breach(order, "PERSON_CONTRADICTED", what))


def unbookable(order: Order, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade that cannot be counted, or not for this order."""
    return checks.unbookable(event) or checks.other_legs(order.deal, event) or _too_large(order, event)


def _too_large(order: Order, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade that by itself fills the order, or a far leg of it, too many times over."""
    if event.last_qty <= order.order_qty and not event.far_legs:
        return None
    asked = max(order.order_qty, order.deal.near_leg.amount, order.requested_qty if order.replace_id else ZERO)
    far_legs = zip(event.far_legs, order.deal.far_legs, strict=True)
    if event.last_qty <= asked * _FILLED_TIMES_MAX and all(
        traded.last_qty <= leg.amount * _FILLED_TIMES_MAX for traded, leg in far_legs
    ):
        return None
    legs = " and ".join(f"{leg.last_qty:f}" for leg in (event, *event.far_legs))
    what = f"a fill of {legs} is more than {_FILLED_TIMES_MAX} times what was asked for; nothing was booked"
    return breach(order, "FILL_TOO_LARGE", what)


def unlike_order(order: Order, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade that was counted and is not what was asked for: a worse rate, other dates, other far amounts."""
    return worse_than_asked(order, event) or checks.unlike_order(order.deal, event)


def worse_than_asked(order: Order, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade at a worse rate than the order's limit, or than its quote's."""
    if order.quote is not None:
        return _through_quote(order, order.quote, event)
    return _through_limit(order, event.last_px)


def _through_limit(order: Order, last_px: Decimal) -> RemoteViolation | None:
    """A fill at a worse rate than the order's limit, or than that of an open replace."""
    worst = order.price
    if worst is None:
        return None
    base_is_bought = order.deal.base_is_bought
    if order.replace_id and order.requested_price is not None:
        worst = (max if base_is_bought else min)(worst, order.requested_price)
    if not _is_worse(last_px, worst, base_is_bought=base_is_bought):
        return None
    return breach(order, "FILL_THROUGH_LIMIT", f"a fill at {last_px} is worse than the limit of {worst}")


def _through_quote(
    order: Order, quote: QuoteReference, event: ExecutionReported | TradeReported
) -> RemoteViolation | None:
    """A fill that is worse than the quote on any leg: who quoted has to deal at all its rates, or at better ones."""
    dealt = (event.last_px, *(leg.last_px for leg in event.far_legs))
    for leg, rate, quoted in zip(order.deal.legs, dealt, (order.price, *quote.far_rates), strict=False):
        base_is_bought = (leg.side is Side.BUY) == (order.deal.dealt_currency == order.deal.pair.base)
        if quoted is not None and _is_worse(rate, quoted, base_is_bought=base_is_bought):
            what = f"a fill at {rate} value {leg.value_date} is worse than {quoted} of QuoteID(117)={quote.quote_id}"
            return breach(order, "FILL_THROUGH_QUOTE", what)
    return None


def _is_worse(rate: Decimal, bound: Decimal, *, base_is_bought: bool) -> bool:
    return rate > bound if base_is_bought else rate < bound


def after_fill(order: Order) -> RemoteViolation | None:
    """Move the phase by the new count. The venue's own count is still that of its word before."""
    phase, cum_qty = order.phase, order.ledger.cum_qty
    violation = move(order, PhaseInput.FILLED if cum_qty >= order.order_qty else PhaseInput.TRADED)
    if cum_qty > order.order_qty:
        return breach(order, "OVERFILL", f"the fills are {order.overfill_qty} above the order")
    if phase is not Phase.WORKING and PHASES[phase].get(PhaseInput.TRADED) is phase and cum_qty > order.venue_cum_qty:
        return breach(order, "FILL_AFTER_END", f"the order was {phase} at CumQty(14)={order.venue_cum_qty}")
    return violation


def refuse(order: Order, cl_ord_id: str) -> bool:
    """Close the open request of this ClOrdID(11); False when none is open under it."""
    if cl_ord_id and cl_ord_id == order.replace_id:
        order.replace_id = ""
        order.move(PendingInput.REPLACE_REFUSED)
        return True
    if cl_ord_id and cl_ord_id == order.cancel_id:
        order.cancel_id = ""
        order.move(PendingInput.CANCEL_REFUSED_REPLACE_OPEN if order.replace_id else PendingInput.CANCEL_REFUSED)
        return True
    return False


def terms(order: Order, report: ExecutionReported) -> RemoteViolation | None:
    """Compare the terms that the venue confirms with those in force and, when a replace is open, those asked for."""
    quantities: tuple[Decimal, ...] = (order.order_qty,)
    prices: tuple[Decimal | None, ...] = (order.price,)
    if order.replace_id:
        quantities, prices = (*quantities, order.requested_qty), (*prices, order.requested_price)
    return checks.other_terms(report, quantities, prices)


def adopt_status(order: Order, report: ExecutionReported, *, may_reopen: bool) -> RemoteViolation | None:
    """Bring the phase to what OrdStatus(39) says, as far as it fits our count.

    Args:
        order: The order.
        report: A status, or a change the venue made by itself.
        may_reopen: The report is of a kind that takes an order up again, so that doing it is no breach.
    """
    target = Phase.FILLED if order.cum_qty >= order.order_qty else PHASE_OF_STATUS[report.ord_status]
    if target is Phase.FILLED and order.cum_qty < order.order_qty:
        return breach(order, "STATUS_CONTRADICTS_COUNT", "the venue says OrdStatus(39)=FILLED")
    if order.phase.is_final and not target.is_final:
        return _reopen(order, report, may_reopen=may_reopen or order.sync is Sync.IN_DOUBT)
    return move(order, StatusInput(target), f"OrdStatus(39)={report.ord_status}")


def _reopen(order: Order, report: ExecutionReported, *, may_reopen: bool) -> RemoteViolation | None:
    was = order.phase
    if report.leaves_qty > ZERO:
        order.move(PhaseInput.REOPENED)
        what = f"the order was {was}, the venue says OrdStatus(39)={report.ord_status}"
        return None if may_reopen else breach(order, "ENDED_ORDER_WORKS", what)
    if was is Phase.FILLED:
        return breach(order, "STATUS_CONTRADICTS_COUNT", "the venue leaves nothing to fill")
    return None
