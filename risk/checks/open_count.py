"""OPEN_COUNT: no more live orders than a session, or a person, can follow. An order counts until it is over."""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim
from risk.ledger.measures import Measure
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation

_SESSION = LimitTable("OPEN_COUNT", "orders_max", ("session",))
_TRADER = LimitTable("OPEN_COUNT", "orders_max", ("trader",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    # A venue's session has the venue's name.
    for table, name in ((_SESSION, outline.keys.venue), (_TRADER, outline.keys.trader)):
        most = context.limits.number(table, (name,))
        if most is None:
            yield context.limits.undefined(table, (name,))
        else:
            yield Claim(f"OPEN_COUNT {table.dimensions[0]}={name}", most, Measure.WORKING_COUNT)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.OPEN_COUNT,
        mode=Mode.HARD,
        mitigates="too many orders working at once",
        formula="number of live orders ≤ N, those that are allowed and have not left included",
        keys=(_SESSION.dimensions, _TRADER.dimensions),
        parameters=(Parameter(_SESSION.parameter, Kind.COUNT, "N, live orders"),),
        is_limit=True,
    ),
    resolve=_resolve,
)
