"""ORDER_DUPLICATE: an order that looks like another one of the day waits until another person says that it is meant.

Two rows of one file look alike as two files do. An order counts while it is live, and once it was dealt; one that
ended without a fill may be entered again. A desk that deals the same round amounts all day says how many are usual.

A row that was dealt on another day, and comes again under its own name with the same pair, side and amount, waits too:
a file that is saved anew is another file, and most often still yesterday's.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.gate.requests import line_key
from risk.limits.book import LimitTable
from risk.memory.dealt_rows import DealtRows, Row
from risk.memory.look_alikes import Amounts, Family, Likeness, LookAlikes
from risk.reasons import ReasonCode, Severity, Violation, broken_rule
from trader.domain.deal import Deal
from trader.domain.ids import line_part

_MAX = LimitTable("ORDER_DUPLICATE", "alike_max", ("account",))
_WITHIN = LimitTable("ORDER_DUPLICATE", "price_fraction", ("account",))
_DAYS = LimitTable("ORDER_DUPLICATE", "row_days", ("account",))
_TABLES = (_MAX, _WITHIN, _DAYS)
_ONE = Decimal(1)
_NONE: tuple[Violation, ...] = ()


class _Known(NamedTuple):
    """What an order is compared with."""

    family: Family
    alike_max: Decimal
    within: Decimal
    row_days: Decimal
    orders: LookAlikes
    rows: DealtRows


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Known | Violation]:
    keys, orders = outline.keys, context.memory.look_alikes
    figures = [context.limits.number(table, (keys.account,)) for table in _TABLES]
    alike_max, within, row_days = figures
    if alike_max is None or within is None or row_days is None:
        known = zip(_TABLES, figures, strict=True)
        yield from (context.limits.undefined(table, (keys.account,)) for table, figure in known if figure is None)
        return
    legs = ((keys.side, keys.value_date), *keys.far)
    likeness = Likeness(
        keys.trade_date, outline.above.counterparty, keys.account, outline.symbol, keys.dealt_currency, legs
    )
    yield _Known(orders.family(likeness), alike_max, within, row_days, orders, context.memory.dealt_rows)


def _judge(order: OrderView, known: _Known) -> Sequence[Violation]:
    found = _of_the_day(order, known)
    more = _of_other_days(order, known)
    return (*found, *more) if found or more else _NONE


def _of_other_days(order: OrderView, known: _Known) -> Sequence[Violation]:
    """The same row with the same deal, on another day."""
    if not known.row_days or not known.rows.may_know(order.request.line.row_id):
        return _NONE
    row, day = _row(order), order.outline.keys.trade_date
    before = known.rows.dealt_near(row, day, known.row_days)
    if before is None:
        return _NONE
    other, when = before
    node = f"account={row.account} row={row.row_id}"
    detail = f"the row was dealt for {when} with the same pair, side and amount, as {line_key(other)}"
    return (broken_rule(ReasonCode.ORDER_DUPLICATE, node, detail, severity=Severity.WAITS),)


def _of_the_day(order: OrderView, known: _Known) -> Sequence[Violation]:
    """Other orders of the day with the same terms."""
    alikes = known.family.find(_amounts(order.deal))
    if alikes is None:
        return _NONE
    others = Decimal(alikes.others(line_part(order.request.reservation_id), order.prices[0], known.within))
    free = known.alike_max - others
    if free >= _ONE:
        return _NONE
    node, detail = f"account={order.outline.keys.account}", "other orders of the day look the same"
    code, most = ReasonCode.ORDER_DUPLICATE, known.alike_max
    return (Violation(code, node, most, others, _ONE, free, None, detail, Severity.WAITS),)


def _hold(order: OrderView, known: _Known) -> None:
    name = order.request.reservation_id
    line = line_part(name)
    known.orders.hold(name, known.family.of(_amounts(order.deal)), line, order.prices[0])
    if known.row_days:
        known.rows.hold(name, _row(order), line, order.outline.keys.trade_date)


def _row(order: OrderView) -> Row:
    line, deal = order.request.line, order.deal
    near = deal.near_leg
    legs = (near.side, near.amount), *[(leg.side, leg.amount) for leg in deal.far_legs]
    return Row(line.account, line.row_id, order.outline.symbol, deal.dealt_currency, legs)


def _amounts(deal: Deal) -> Amounts:
    return (deal.near_leg.amount,) if not deal.far_legs else tuple([leg.amount for leg in deal.legs])


CHECK: Check[_Known] = Check(
    Control(
        code=ReasonCode.ORDER_DUPLICATE,
        mode=Mode.APPROVAL,
        mitigates="the same order entered twice",
        formula=(
            "orders of the trade date with the same counterparty, account, pair, sides, amounts and value dates, and a "
            "limit rate within w of this one's or none, this one included, ≤ N; no row of the same account and name "
            "was dealt with the same pair, sides and amounts on another trade date up to D days away"
        ),
        keys=(_MAX.dimensions,),
        parameters=(
            Parameter(_MAX.parameter, Kind.COUNT, "N, how many alike are usual; 1 when none may look like another"),
            Parameter(_WITHIN.parameter, Kind.NUMBER, "w, as a fraction of the rate; 0 for the same rate only"),
            Parameter(_DAYS.parameter, Kind.NUMBER, "D, calendar days; 0 where the same rows are dealt every day"),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
    judge=_judge,
    hold=_hold,
)
