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
from functools import lru_cache

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
            yield from _positions(
                node,
                (outline.keys.dealt_currency, outline.contra_currency),
                context.rates.reporting_currency,
                buys_dealt=outline.keys.side is Side.BUY,
            )
        elif name:  # a desk without a firm is denied by TREE
            yield context.limits.undefined(table, (name,))


@lru_cache(maxsize=4096)
def _positions(
    node: str, currencies: tuple[Currency, Currency], reporting_currency: Currency, *, buys_dealt: bool
) -> tuple[PositionClaim, ...]:
    """What a deal moves of a position in its dealt currency and in the other one."""
    found = []
    dealt, contra = currencies
    for currency, measure, is_buy in ((dealt, Measure.DEALT, buys_dealt), (contra, Measure.CONTRA, not buys_dealt)):
        if currency == reporting_currency:
            continue
        name = f"{node} currency={currency}"
        part = name if currency in _METALS else node
        long, short = (1, -1) if is_buy else (-1, 1)
        found.append(PositionClaim(f"{name} long", currency, measure, long, part, (node,)))
        found.append(PositionClaim(f"{name} short", currency, measure, short, part, (node,), is_short=True))
    return tuple(found)


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
