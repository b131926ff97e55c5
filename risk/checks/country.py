"""COUNTRY: no more exposure to all the groups of a country together, whose payments may be stopped at its border.

It counts what COUNTERPARTY_LINE counts of each group, see :mod:`risk.ledger.credit`.
"""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim
from risk.ledger.credit import add_on, country_node, exposure
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation

_MAX = LimitTable("COUNTRY", "max", ("country",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    country, part = outline.above.country, add_on(outline, context)
    if not country or isinstance(part, Violation):
        return  # TREE denies, and COUNTERPARTY_LINE
    country_max = context.limits.number(_MAX, (country,))
    if country_max is None:
        yield context.limits.undefined(_MAX, (country,))
    else:
        yield exposure(country_node(country), country_max, part, outline)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.COUNTRY,
        mode=Mode.HARD,
        mitigates="a country that lets no payments out",
        formula="Σ exposure of its groups, as COUNTERPARTY_LINE counts it, ≤ L",
        keys=(_MAX.dimensions,),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    resolve=_resolve,
)
