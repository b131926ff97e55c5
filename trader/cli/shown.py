"""What a person is shown before they decide on a request, or ask for it: all that they sign for."""

from decimal import Decimal
from typing import TYPE_CHECKING

from risk.limits.versions import diff
from risk.people.people import AcceptBreaks, Action, ImportLimits, LaunchBatch
from risk.people.signatures import DismissOrphan, SettleOrder
from trader.cli.limits import show_changes
from trader.cli.output import amount, say
from trader.domain.counting import counted
from trader.domain.moments import moment
from trader.engine.settling import in_words
from trader.orders.checks import is_amount
from trader.orders.settling import signed_trade

if TYPE_CHECKING:
    from trader.engine.context import Context
    from trader.engine.inputs import BatchSubmitted
    from trader.orders.orphan import Orphan


def show_action(action: Action, state: "Context") -> None:
    """Show what an action is about, beyond its fields.

    Args:
        action: What is asked for.
        state: What the data folder knows.
    """
    match action:
        case ImportLimits():
            show_changes(diff(state.limit_rows, action.rows))
        case LaunchBatch():
            _show_launch(action, state)
        case AcceptBreaks():
            batch = state.batches.get(action.batch_id)
            for each in batch.breaks if batch else ():
                say(each.sentence, indent=2)
        case SettleOrder():
            _show_settling(action, state)
        case DismissOrphan():
            blotter = state.blotters.get(action.venue)
            for orphan in blotter.orphans_of(action.exec_id) if blotter else ():
                _show_orphan(orphan)


def _show_settling(action: SettleOrder, state: "Context") -> None:
    """The order beside what is said of it, and how far each rate is from the market."""
    order = next(filter(None, (blotter.find(action.cl_ord_id) for blotter in state.blotters.values())), None)
    if order is None:
        return
    deal, rate = order.deal, "at the market" if order.price is None else f"at {order.price:f}"
    quote = "" if order.quote is None else f" of QuoteID(117)={order.quote.quote_id}"
    near = deal.near_leg
    what = f"{near.side} {deal.dealt_currency} {near.amount:,f} on {deal.pair} value {near.value_date}"
    say(f"the order: {what}, {rate}{quote}; {order.cum_qty:,f} is booked", indent=2)
    if action.rates and is_amount(action.quantity):
        for leg in signed_trade(order, action.trade_id, action.quantity, action.rates, ts_ns=0).far_legs:
            share = f"{leg.side} {deal.dealt_currency} {leg.last_qty:,f} value {leg.settl_date}"
            say(f"with its share of a far leg: {share} at {leg.last_px:f}", indent=2)
    for apart in state.gate.apart(order.cl_ord_id, action.rates):
        say(in_words(apart), indent=2, style="red" if apart.is_off_market else "")


def _show_orphan(orphan: "Orphan") -> None:
    """A trade that could not be booked, as the venue has told of it, and why it could not be."""
    event = orphan.event
    deal = f"{event.side} {event.currency} {event.last_qty:,f} on {event.symbol} at {event.last_px:f}"
    dates = f"value {event.settl_date or 'not said'}, trade date {event.trade_date or 'not said'}"
    name = event.cl_ord_id or "none"
    say(f"{deal}, {dates}, ClOrdID(11)={name}, at {moment(orphan.ts_ns)}", indent=2)
    say(f"not booked: {orphan.violation.detail}", indent=4)


def _show_launch(action: LaunchBatch, state: "Context") -> None:
    """What would be dealt, as it was read, and what in it waits."""
    batch = state.batches.get(action.batch_id)
    if batch is not None:
        _show_submitted(batch.submitted)
    say(f"SHA-256 {action.content_hash}", indent=2)
    for finding in action.findings:
        say(f"{f'row {finding.row_id}' if finding.row_id else 'the batch'}: {finding.sentence}", indent=2)


def _show_submitted(submitted: "BatchSubmitted") -> None:
    totals: dict[str, Decimal] = {}
    for line in submitted.lines:
        for leg in line.deal.legs:
            name = str(line.deal.dealt_currency)
            totals[name] = totals.get(name, Decimal(0)) + leg.amount
    summed = ", ".join(f"{name} {amount(f'{total:f}')}" for name, total in sorted(totals.items()))
    where = f"{submitted.name} for {submitted.trade_date} at {submitted.venue}, desk {submitted.desk}"
    say(f"{where}: {counted(len(submitted.lines), 'line')}, {summed}", indent=2)
    read_as = {
        "book": {line.book for line in submitted.lines},
        "account": {line.account for line in submitted.lines},
        "value date": {str(leg.value_date) for line in submitted.lines for leg in line.deal.legs},
    }
    say("; ".join(f"{what} {', '.join(sorted(names))}" for what, names in read_as.items()), indent=2)
    if submitted.all_or_nothing:
        say("all or nothing: nothing is sent unless every line passes the gate", indent=2)
