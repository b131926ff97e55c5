"""A person's word where the venue's is missing: settle, dismiss. Another person decides, with trader approve."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from risk.people.signatures import OrderOutcome, SettleOrder
from trader.app.exit_codes import EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.asking import ask_for
from trader.cli.output import Failure, Output
from trader.cli.shown import show_action
from trader.domain.money import ZERO
from trader.engine.terms import dismissal_of

if TYPE_CHECKING:
    from trader.engine.context import Context
    from trader.orders.order import Order


def _read_outcome(text: str) -> OrderOutcome:
    if text not in set(OrderOutcome):
        raise typer.BadParameter(f"{text!r} is nothing that can become of an order; expected {', '.join(OrderOutcome)}")
    return OrderOutcome(text)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="Ask that an order in doubt counts as what the venue says by telephone.",
        epilog="Example: trader settle T-0061 --as filled --rate 1.10012 --trade-id E4711 --reason 'Ms. Lee, 14:05'",
    )(settle)
    app.command(
        short_help="Ask that an unmatched trade counts as dealt with.",
        epilog="Example: trader dismiss E4711 --reason 'Dealt by hand, ticket 4711, booked there'",
    )(dismiss)


def settle(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="ClOrdID(11), or the row_id of a row in doubt.")],
    outcome: Annotated[
        OrderOutcome,
        typer.Option("--as", metavar="WHAT", parser=_read_outcome, help=f"One of {', '.join(OrderOutcome)}."),
    ],
    quantity: Annotated[
        Decimal | None,
        typer.Option(
            parser=options.read_number,
            metavar="AMOUNT",
            help="What it traded that is not booked, in its dealt currency.  [default with filled: all that is left]",
        ),
    ] = None,
    rate: Annotated[
        list[Decimal] | None,
        typer.Option(
            parser=options.read_number, metavar="RATE", help="At which rate; once for each leg, the near one first."
        ),
    ] = None,
    trade_id: Annotated[
        str, typer.Option(metavar="ID", help="The venue's id of that trade: ExecID(17) if known.")
    ] = "",
    off_market: Annotated[
        bool, typer.Option("--off-market", help="The rate is right, although it is outside the collar.")
    ] = False,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that an order in doubt counts as what the venue has said by telephone, where its session does not say.

    Another person with the role risk or operations approves it (trader approve). The limits follow, and once nothing on
    the session is unknown any more, new orders may leave. With never-arrived the row may be sent again, under a new
    ClOrdID(11). When the venue reports the trade after all, its report takes the place of what was signed for.

    A rate that is worse than the order's limit or quote is refused, and one outside the collar needs --off-market; both
    persons are shown how far it is from the market.
    """
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    state = state_of(data)
    found = _find(state, order)
    if quantity is None:
        quantity = max(found.order_qty - found.cum_qty, ZERO) if outcome is OrderOutcome.FILLED else ZERO
    action = SettleOrder(found.cl_ord_id, outcome, quantity, tuple(rate or ()), trade_id, off_market)
    if not Output.json:
        show_action(action, state)
    return ask_for(data, action, user, password_file, reason, None)


def _find(state: "Context", name: str) -> "Order":
    """The order of that name, or the one in doubt of the row of that name."""
    blotters = state.blotters.values()
    by_id = [order for blotter in blotters if (order := blotter.find(name)) is not None]
    names = {
        cl_ord_id
        for batch in state.batches.values()
        for line in batch.lines
        if line.line.row_id == name
        for cl_ord_id in line.orders
    }
    found = by_id or [order for blotter in blotters for order in blotter.in_doubt() if order.cl_ord_id in names]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(order.cl_ord_id for order in found)
        raise Failure(f"{name} has {len(found)} orders in doubt; say which one: {several}", EXIT_WRONG_INPUT)
    doubtful = ", ".join(order.cl_ord_id for blotter in blotters for order in blotter.in_doubt()) or "there is none"
    raise Failure(f"no order in doubt goes by {name!r}; in doubt are: {doubtful}", EXIT_WRONG_INPUT)


def dismiss(
    exec_id: Annotated[str, typer.Argument(metavar="EXEC_ID", help="As trader orders --orphans lists it.")],
    venue: Annotated[
        str, typer.Option(metavar="NAME", help="Whose trade it is.  [default: the only venue that has it]")
    ] = "",
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Ask that an unmatched trade is not shown any longer, because it is dealt with elsewhere.

    Nothing is booked by it. Another person with the role risk or operations approves it (trader approve).
    """
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    state = state_of(data)
    having = [name for name, blotter in state.blotters.items() if blotter.orphans_of(exec_id)]
    if venue:
        having = [name for name in having if name == venue]
    if len(having) != 1:
        what = f"{' and '.join(having)} both have it; say which with --venue" if having else "no such trade is kept"
        raise Failure(f"{exec_id}: {what}; trader orders --orphans lists them", EXIT_WRONG_INPUT)
    action = dismissal_of(state.blotters[having[0]], exec_id)
    if not Output.json:
        show_action(action, state)
    return ask_for(data, action, user, password_file, reason, None)
