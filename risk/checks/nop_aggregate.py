"""NOP_AGGREGATE: no large open position in all currencies together, of a desk and of the firm, over all books.

The shorthand method: the larger of the sum of the long and the sum of the short positions, and gold on top, whichever
way it is held. The reporting currency is what positions are held against, and has none of its own. Open orders count
with what they can do at worst: what is being bought makes the long positions larger, what is being sold the short ones,
and neither makes the other smaller. The other metals are treated like gold, each on top; by the source they belong to
the commodities, where they would not be set off against currencies either.
Source: Basel Committee on Banking Supervision, MAR40 (simplified standardised approach, foreign exchange risk,
shorthand method).
"""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.measures import Measure
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency
from trader.domain.deal import Side

_DESK = LimitTable("NOP_AGGREGATE", "max", ("desk",))
_FIRM = LimitTable("NOP_AGGREGATE", "max", ("firm",))
_METALS = frozenset({"XAU", "XAG", "XPT", "XPD"})


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | PositionClaim | Violation]:
    for table, name in ((_DESK, outline.keys.desk), (_FIRM, outline.above.firm)):
        position_max = context.limits.number(table, (name,))
        if position_max is not None:
            node = aggregate_node(table.dimensions[0], name)
            yield Claim(node, position_max, Measure.NOTHING, is_composite=True)
            yield from _positions(node, outline, context.rates.reporting_currency)
        elif name:  # a desk without a firm is denied by TREE
            yield context.limits.undefined(table, (name,))


def _positions(node: str, outline: Outline, reporting_currency: Currency) -> Iterator[PositionClaim]:
    keys = outline.keys
    buys_dealt = keys.side is Side.BUY
    for currency, measure, is_buy in (
        (keys.dealt_currency, Measure.DEALT, buys_dealt),
        (outline.contra_currency, Measure.CONTRA, not buys_dealt),
    ):
        if currency == reporting_currency:
            continue
        name = f"{node} currency={currency}"
        part = name if currency in _METALS else node
        long, short = (1, -1) if is_buy else (-1, 1)
        yield PositionClaim(f"{name} long", currency, measure, long, part, (node,))
        yield PositionClaim(f"{name} short", currency, measure, short, part, (node,), is_short=True)


def aggregate_node(dimension: str, name: str) -> str:
    """The node of a desk's, or of the firm's, aggregate position."""
    return f"NOP_AGGREGATE {dimension}={name}"


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.NOP_AGGREGATE,
        mode=Mode.HARD,
        mitigates="a large open position, spread over currencies",
        formula=(
            "max(Σ max(0, position + buying) · fx, Σ max(0, - position + selling) · fx) + the same of gold, and of each"
            " other metal, ≤ L"
        ),
        keys=(_DESK.dimensions, _FIRM.dimensions),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    resolve=_resolve,
)
