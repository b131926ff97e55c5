"""OPEN_VALUE: no more working at a venue at once than is planned. What has filled or is over works no more."""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim
from risk.ledger.measures import Measure
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation

_MAX = LimitTable("OPEN_VALUE", "max", ("venue",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    venue = outline.keys.venue
    most = context.limits.number(_MAX, (venue,))
    if most is None:
        yield context.limits.undefined(_MAX, (venue,))
    else:
        yield Claim(f"OPEN_VALUE venue={venue}", most, Measure.WORKING_VALUE)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.OPEN_VALUE,
        mode=Mode.HARD,
        mitigates="too much working at once",
        formula="½ · Σ (buying + selling) · fx of the live orders ≤ L; a swap once, by its larger leg",
        keys=(_MAX.dimensions,),
        parameters=(Parameter(_MAX.parameter, Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    resolve=_resolve,
)
