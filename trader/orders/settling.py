"""A person's word on an order in doubt: what the venue has told them by telephone, where its session tells us nothing.

The rules of this file:

1. Only an order in doubt can be settled: what the venue's session has said is not for a person to change.
2. What is signed for has to fit what was booked; else it is refused with the reason, and nothing has changed.
3. A trade that is signed for is booked like any other, under the venue's own name for it. When the venue reports it
   after all, that report takes its place (:meth:`trader.orders.fills.FillLedger.confirm`).
4. A person says how much of the near leg traded. Each far leg did its share, and with the last of it all its rest.
"""

from collections.abc import Iterator
from decimal import Decimal

from trader.domain.events import LegTraded, TradeReported
from trader.domain.money import ZERO
from trader.orders import checks
from trader.orders.applied import Applied
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order
from trader.orders.steps import worse_than_asked


def settling_problem(order: Order, phase: Phase, trade: TradeReported | None) -> str:
    """Why an order cannot be settled so, in a sentence; "" when it can.

    Args:
        order: The order.
        phase: What became of it: WORKING or a final phase. SENT stands for an order that never arrived.
        trade: What it traded that was not booked; None for nothing.
    """
    if order.sync is not Sync.IN_DOUBT:
        return f"{order} is not in doubt, so there is nothing to settle"
    return next(_problems(order, phase, trade), "")


def _problems(order: Order, phase: Phase, trade: TradeReported | None) -> Iterator[str]:
    if trade is not None:
        yield from _of_the_trade(order, trade)
    cum_qty = order.cum_qty + (ZERO if trade is None else trade.last_qty)
    filled = f"{cum_qty:,f} of {order.order_qty:,f} {order.deal.dealt_currency} would be filled"
    if phase is Phase.SENT:
        if order.phase is not Phase.SENT or cum_qty or order.venue_cum_qty:
            yield f"{order} did arrive: the venue has spoken of it"
    elif phase is Phase.FILLED and cum_qty < order.order_qty:
        yield f"{filled}; say how much more was, with --quantity, or what became of the rest"
    elif phase is not Phase.FILLED and cum_qty >= order.order_qty:
        yield f"{filled}, so it can only be settled as filled"
    elif phase is Phase.REJECTED and cum_qty:
        yield f"{filled}, so it was not rejected; what is left of it may have been canceled"


def _of_the_trade(order: Order, trade: TradeReported) -> Iterator[str]:
    """Why a trade cannot be booked for the order on a person's word."""
    violation = checks.unbookable(trade) or checks.other_legs(order.deal, trade)
    if violation is not None:
        yield violation.detail
        return
    worse = worse_than_asked(order, trade)
    if worse is not None:
        yield f"{worse.detail}: nobody has asked for that, and the venue has to report it itself, or take it back"
    currency = order.deal.dealt_currency
    if any(fill.exec_id == trade.exec_id for fill in order.fills.values()):
        yield f"ExecID(17)={trade.exec_id} is booked already"
    if trade.exec_id in order.ledger.undone_by:
        yield f"the venue has taken ExecID(17)={trade.exec_id} back"
    left = max(order.order_qty - order.cum_qty, ZERO)
    if trade.last_qty > left:
        yield f"{trade.last_qty:,f} is more than the {left:,f} {currency} that are left"
    if trade.last_qty % currency.minor_unit:
        yield f"{trade.last_qty:f} is not a multiple of {currency.minor_unit:f} {currency}"


def settle(order: Order, phase: Phase, trade: TradeReported | None, person: str, reason: str, ts_ns: int) -> Applied:
    """Do what :func:`settling_problem` found nothing against.

    Args:
        order: The order, in doubt.
        phase: WORKING or a final phase.
        trade: What it traded that was not booked; None for nothing.
        person: Who signs for it.
        reason: Why, in the person's words; kept with the order.
        ts_ns: Now, UTC nanoseconds.

    Raises:
        DomainError: There was something against it.
    """
    change = None if trade is None else order.ledger.book(trade, signed_by=person)
    applied = order.settled_by(person, phase, reason, ts_ns)
    return applied if change is None else Applied((change,), applied.closed)


def signed_trade(
    order: Order, trade_id: str, quantity: Decimal, rates: tuple[Decimal, ...], ts_ns: int
) -> TradeReported:
    """The trade that a person has been told of, as the venue would have reported it.

    Args:
        order: What it was done for.
        trade_id: The venue's own name of it, ExecID(17) where it is known.
        quantity: Units of the dealt currency on the near leg.
        rates: All-in, terms per base: of each leg, the near one first.
        ts_ns: Now, UTC nanoseconds.
    """
    deal = order.deal
    filled = order.cum_qty + quantity
    far = zip(deal.far_legs, rates[1:], strict=False)
    return TradeReported(
        request_id="",
        trade_report_id=trade_id,
        trade_id=trade_id,
        exec_id=trade_id,
        order_id=order.order_id,
        cl_ord_id=order.cl_ord_id,
        symbol=order.symbol,
        side=deal.near_leg.side,
        currency=deal.dealt_currency,
        last_qty=quantity,
        last_px=rates[0],
        settl_date=deal.near_leg.value_date,
        trade_date=None,
        transact_ts_ns=ts_ns,
        far_legs=tuple(
            LegTraded(leg.side, _missing(order, number, filled), rate, leg.value_date)
            for number, (leg, rate) in enumerate(far)
        ),
    )


def _missing(order: Order, number: int, filled: Decimal) -> Decimal:
    """What is not booked of the share that a far leg has once the near leg is filled so far: rule 4."""
    near, amount = order.deal.near_leg.amount, order.deal.far_legs[number].amount
    unit = order.deal.dealt_currency.minor_unit
    share = amount if filled >= near else amount * filled / near // unit * unit
    return share - sum((fill.far_legs[number].last_qty for fill in order.fills.values()), ZERO)
