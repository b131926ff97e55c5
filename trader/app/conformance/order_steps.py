"""The steps about orders: filled, waiting, asked about, replaced, canceled; and one order of each product. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from msgspec import structs

from trader.app.conformance import judges
from trader.app.conformance.books import Books
from trader.app.conformance.judges import Unmet
from trader.app.conformance.plan import Plan
from trader.app.conformance.quote_steps import ask, take, take_streamed
from trader.app.conformance.steps import Judge, Step
from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    PlaceOrder,
    ReplaceOrder,
    RequestMassStatus,
    RequestOrderStatus,
)
from trader.domain.deal import Deal, OrderType, Side, TimeInForce

_SECTION = "orders"
_SETTLE_MS = 300
_UNTIL_FILLED = "ExecutionReport(8) until the whole amount is traded"
_RESTING, _PART = "resting", "part-filled"


def orders(plan: Plan) -> Iterator[Step]:
    """Orders of the simplest product, in every way the dialect has."""
    terms = plan.plain(), OrderType.MARKET, plan.life(OrderType.MARKET)
    yield _place(plan, "market", terms, "a market order is filled", _UNTIL_FILLED, judges.filled("market"))
    for life in (TimeInForce.IOC, TimeInForce.FOK):
        yield from _at_once(plan, life)
    yield from _resting(plan)
    yield from _unknown(plan)
    yield from _part_filled(plan)
    yield from _mass_cancel(plan)


def products(plan: Plan) -> Iterator[Step]:
    """One order of each product, in the first way that the dialect has: at the market, on a quote, at a limit."""
    asked_about = not _waits(plan).lacking
    for title, deal in plan.deals():
        steps = tuple(_deal(plan, title, deal))
        yield from steps
        if not asked_about and not steps[-1].lacking:
            asked_about = True
            yield from _known(plan, steps[-1], title, judges.needs_order(title))


def _place(
    plan: Plan,
    label: str,
    terms: tuple[Deal, OrderType, TimeInForce],
    title: str,
    expected: str,
    judge: Judge,
    *,
    is_marketable: bool = True,
) -> Step:
    """A step that places one order; where it has a limit, at one that trades at once or at one that waits."""
    deal, order_type, life = terms

    def send(books: Books, now_ns: int) -> tuple[PlaceOrder, ...]:
        price = books.limit(deal, is_marketable=is_marketable) if order_type is OrderType.LIMIT else None
        return books.place(label, deal, order_type, price, life, now_ns)

    lacking = plan.lacking(deal, order_type, life)
    return Step(section=_SECTION, title=title, expected=expected, lacking=lacking, send=send, judge=judge)


def _after(first: Step, unmet: Unmet, steps: Iterable[Step]) -> Iterator[Step]:
    """Steps about the order of another step: where the dialect has not got that one, it has none of these."""
    for step in steps:
        yield replace(step, section=first.section, lacking=first.lacking or step.lacking, unmet=unmet)


def _unless(has_it: bool, key: str) -> str:
    return "" if has_it else f"{key} = false"


def _at_once(plan: Plan, life: TimeInForce) -> Iterator[Step]:
    terms = plan.plain(), OrderType.LIMIT, life
    label = f"{life} that trades"
    title = f"a limit order that can trade is filled at once, {life}"
    yield _place(plan, label, terms, title, f"{_UNTIL_FILLED}, no worse than the limit", judges.filled(label))
    label = f"{life} that cannot"
    title = f"a limit order that cannot trade ends at once, {life}"
    expected = "an ExecutionReport(8) that ends it, with nothing traded"
    yield _place(plan, label, terms, title, expected, judges.ended_unfilled(label), is_marketable=False)


# --- an order that waits ---------------------------------------------------------------------------------------------


def _waits(plan: Plan, label: str = _RESTING, title: str = "a limit order waits") -> Step:
    terms = plan.plain(), OrderType.LIMIT, plan.staying_life(OrderType.LIMIT)
    expected = "an ExecutionReport(8) with ExecType(150)=0, and no trade"
    return _place(plan, label, terms, title, expected, judges.working(label), is_marketable=False)


def _resting(plan: Plan) -> Iterator[Step]:
    """What can be asked about an order that waits, and done to it."""
    first, at_work = _waits(plan), judges.needs_working(_RESTING)
    yield first
    yield from _known(plan, first, _RESTING, at_work)
    mass_status = Step(
        section=_SECTION,
        title="it is among the session's open orders",
        expected="an ExecutionReport(8) with ExecType(150)=I for each, the last with LastRptRequested(912)=Y",
        lacking=_unless(plan.dialect.requests.mass_status, "requests.mass_status"),
        send=lambda books, _now: (RequestMassStatus(books.name()),),
        judge=judges.mass_status_with(_RESTING),
        off_the_books=True,
    )
    cancel = Step(
        section=_SECTION,
        title="it is canceled",
        expected="an ExecutionReport(8) with ExecType(150)=4",
        send=lambda books, now: books.cancel(_RESTING, now),
        judge=judges.canceled(_RESTING),
    )
    yield from _after(first, at_work, (mass_status, *_replaces(plan), cancel))


def _known(plan: Plan, first: Step, label: str, unmet: Unmet) -> Iterator[Step]:
    """An order's id is used up by it, and its status can be asked for."""
    again = Step(
        section=_SECTION,
        title="its ClOrdID(11) is not taken a second time",
        expected="a reject of the second order",
        send=lambda books, _now: books.placed[label][:1],
        judge=judges.order_refused,
        off_the_books=True,
    )
    status = Step(
        section=_SECTION,
        title="its status is told",
        expected="an ExecutionReport(8) with ExecType(150)=I that says what the reports before said",
        lacking=_unless(plan.dialect.requests.order_status, "requests.order_status"),
        send=lambda books, _now: (_status_request(books, label),),
        judge=judges.status_of(label),
    )
    yield from _after(first, unmet, (again, status))


def _status_request(books: Books, label: str) -> RequestOrderStatus:
    order = books.order(label)
    return RequestOrderStatus(order.current_id, order.order_id, order.deal)


def _replaces(plan: Plan) -> Iterator[Step]:
    """Another price and quantity; and, where a replace takes nothing else, another time in force, which is ignored."""
    requests = plan.dialect.requests
    yield Step(
        section=_SECTION,
        title="its price and quantity are replaced",
        expected="an ExecutionReport(8) with ExecType(150)=5 and the new terms",
        lacking=_unless(requests.replace, "requests.replace"),
        send=lambda books, now: (_replace(books, _RESTING, now, times=2),),
        judge=judges.replaced(_RESTING),
    )
    takes_more = requests.replace_rule != "price_and_quantity"
    has_ioc = TimeInForce.IOC in plan.dialect.times_in_force_for(OrderType.LIMIT)
    lacking = _unless(requests.replace, "requests.replace")
    lacking = lacking or (f'requests.replace_rule = "{requests.replace_rule}"' if takes_more else "")
    yield Step(
        section=_SECTION,
        title="a replace that asks for another time in force changes only price and quantity",
        expected="an ExecutionReport(8) with ExecType(150)=5, and the order still waits though IOC was asked for",
        lacking=lacking or ("" if has_ioc else "times_in_force without IOC, which would show it"),
        send=lambda books, now: (structs.replace(_replace(books, _RESTING, now), time_in_force=TimeInForce.IOC),),
        judge=judges.replaced(_RESTING),
        settle_ms=_SETTLE_MS,
    )


def _replace(books: Books, label: str, now_ns: int, times: int = 1) -> ReplaceOrder:
    """So many times the quantity, at a limit that waits, a tick from the last one."""
    order = books.order(label)
    assert order.price is not None, "only limit orders are replaced here"
    tick = books.plan.dialect.tick(order.deal.pair)
    price = books.limit(order.deal, is_marketable=False)
    if price == order.price:
        price += -tick if order.deal.base_is_bought else tick
    return order.request_replace(order.order_qty * times, price, now_ns)


def _unknown(plan: Plan) -> Iterator[Step]:
    """Questions and requests about an order that never was."""
    deal, requests = plan.plain(), plan.dialect.requests
    yield Step(
        section=_SECTION,
        title="the status of an order that never was is told as unknown",
        expected="an ExecutionReport(8) with OrdStatus(39)=8 and OrdRejReason(103)=5, or a reject that says unknown",
        lacking=_unless(requests.order_status, "requests.order_status"),
        send=lambda books, _now: (RequestOrderStatus(books.name(), "", deal),),
        judge=judges.status_unknown,
        off_the_books=True,
    )
    yield Step(
        section=_SECTION,
        title="the cancel of an order that never was is refused",
        expected="an OrderCancelReject(9)",
        send=lambda books, now: (CancelOrder(books.name(), books.name(), "", deal, now),),
        judge=judges.cancel_refused,
        off_the_books=True,
    )


# --- an order that is filled in part ---------------------------------------------------------------------------------


def _part_filled(plan: Plan) -> Iterator[Step]:
    """What becomes of an order of which a part is dealt: the rest is replaced, or canceled, or both."""
    terms = plan.plain(Side.SELL, times=2), OrderType.LIMIT, plan.staying_life(OrderType.LIMIT)
    expected = "an ExecutionReport(8) of a trade that leaves something open"
    first = _place(plan, _PART, terms, "a limit order is filled in part", expected, judges.part_filled(_PART))
    yield first
    requests = plan.dialect.requests
    ends = requests.replace and requests.replace_rule == "cancels_part_filled"
    replaced = Step(
        section=_SECTION,
        title="a replace of what is left is refused, and cancels it" if ends else "what is left of it is replaced",
        expected="an OrderCancelReject(9), then an ExecutionReport(8) with ExecType(150)=4"
        if ends
        else "an ExecutionReport(8) with ExecType(150)=5 that keeps what was traded",
        lacking=_unless(requests.replace, "requests.replace"),
        send=lambda books, now: (_replace(books, _PART, now),),
        judge=judges.refused_and_canceled(_PART) if ends else judges.replaced(_PART),
    )
    cancel = Step(
        section=_SECTION,
        title="what is left of it is canceled",
        expected="an ExecutionReport(8) with ExecType(150)=4 that keeps what was traded",
        lacking='requests.replace_rule = "cancels_part_filled": the replace did it' if ends else "",
        send=lambda books, now: books.cancel(_PART, now),
        judge=judges.canceled(_PART),
    )
    yield from _after(first, judges.needs_part_filled(_PART), (replaced, cancel))


def _mass_cancel(plan: Plan) -> Iterator[Step]:
    labels = ("one of two", "the other of two")
    lacking = _unless(plan.dialect.requests.mass_cancel, "requests.mass_cancel")
    waiting = [_waits(plan, label, f"a limit order waits, {label}") for label in labels]
    for step in waiting:
        yield replace(step, lacking=step.lacking or lacking)
    mass_cancel = Step(
        section=_SECTION,
        title="all orders of the session are canceled at once",
        expected="an OrderMassCancelReport(r), and an ExecutionReport(8) with ExecType(150)=4 for each order",
        lacking=lacking,
        send=lambda books, now: (CancelAllOrders(books.name(), now),),
        judge=judges.mass_canceled(*labels),
    )
    yield from _after(waiting[0], judges.needs_working(*labels), (mass_cancel,))


# --- products --------------------------------------------------------------------------------------------------------


def _deal(plan: Plan, title: str, deal: Deal) -> Iterator[Step]:
    """A deal, in one step or in two where a quote has to be asked for."""
    dialect = plan.dialect
    has_far_legs = bool(deal.far_legs)
    way = next((each for each in _WAYS if each in dialect.order_types and _is_dealt(each, has_far_legs)), _WAYS[0])
    if way is not OrderType.PREVIOUSLY_QUOTED:
        expected = f"{_UNTIL_FILLED}, for the pair, the dates and the amounts that were asked for"
        terms = deal, way, plan.life(way)
        step = _place(plan, title, terms, f"{title}: {way.lower()} order", expected, judges.filled(title))
        yield replace(step, section="products")
    elif dialect.names_quotes(way):
        yield ask(plan, title, deal, "products")
        yield take(plan, title, deal, "products")
    else:
        yield take_streamed(plan, title, deal, "products")


_WAYS = (OrderType.MARKET, OrderType.PREVIOUSLY_QUOTED, OrderType.LIMIT)


def _is_dealt(order_type: OrderType, has_far_legs: bool) -> bool:
    return order_type is not OrderType.LIMIT or not has_far_legs
