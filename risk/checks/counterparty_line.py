"""COUNTERPARTY_LINE: no more exposure to a legal entity, and to its group, than they have credit for.

Source of the usual parts of the notional, 1 % up to one year, 5 % up to five and 7.5 % beyond: Basel Committee on
Banking Supervision, the current exposure method (add-ons for foreign exchange and gold). A bank may have its own table.
"""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.credit import ADD_ON, add_on, counterparty_node, exposure, flows, group_node
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation

_ENTITY = LimitTable("COUNTERPARTY_LINE", "max", ("counterparty",))
_GROUP = LimitTable("COUNTERPARTY_LINE", "max", ("group",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | PositionClaim | Violation]:
    above = outline.above
    if not above.group or not above.country:
        return  # TREE denies
    part = add_on(outline, context)
    if isinstance(part, Violation):
        yield part
        return
    for table, name, node in (
        (_ENTITY, above.counterparty, counterparty_node(above.counterparty)),
        (_GROUP, above.group, group_node(above.group)),
    ):
        line_max = context.limits.number(table, (name,))
        if line_max is None:
            yield context.limits.undefined(table, (name,))
        else:
            yield exposure(node, line_max, part, outline)
    yield from flows(outline)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.COUNTERPARTY_LINE,
        mode=Mode.HARD,
        mitigates="a counterparty that fails before its deals are settled",
        formula="Σ over netting sets of max(0, Σ dealt flow · fx) + Σ w · notional of open orders and deals, ≤ L",
        keys=(_ENTITY.dimensions, _GROUP.dimensions, ADD_ON.dimensions),
        parameters=(
            Parameter(
                "max",
                Kind.NUMBER,
                "L, in the reporting currency, of a legal entity and of its group",
                (_ENTITY.dimensions, _GROUP.dimensions),
            ),
            Parameter(
                ADD_ON.parameter,
                Kind.POSITIVE,
                "w, for each year begun until the last payment; 0.01 for 1 %",
                (ADD_ON.dimensions,),
            ),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
)
