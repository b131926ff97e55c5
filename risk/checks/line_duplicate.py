"""LINE_DUPLICATE: no row twice. A row is its trade date, account and row id; one line may have many orders."""

from collections.abc import Mapping
from datetime import date

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.reasons import ReasonCode, Violation, broken_rule

_Lines = Mapping[tuple[date, str, str], str]


def _resolve(_outline: Outline, context: CheckContext) -> tuple[_Lines]:
    return (context.memory.lines,)


def _judge(order: OrderView, lines: _Lines) -> tuple[Violation, ...]:
    request, line = order.request, order.request.line
    before = lines.get((request.trade_date, line.account, line.row_id))
    if before is None or before == request.line_key:
        return ()
    detail = f"the row was traded before, as {before}"
    node = f"date={request.trade_date} account={line.account} row={line.row_id}"
    return (broken_rule(ReasonCode.LINE_DUPLICATE, node, detail, "a new row_id makes it a new trade"),)


CHECK: Check[_Lines] = Check(
    Control(
        code=ReasonCode.LINE_DUPLICATE,
        mode=Mode.HARD,
        mitigates="the same row twice",
        formula="trade date, account and row id were seen before, on another line",
    ),
    resolve=_resolve,
    judge=_judge,
)
