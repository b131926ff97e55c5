"""VOLUME_DAY: no more turnover in a day than planned. A new risk day starts from zero.

An order that lives on into another day counts there with what is left of it, see :mod:`risk.ledger.carried`.
A swap counts once, by its larger leg; a block counts every leg; and so does a deal that is sent as one order a leg.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.claims import Claim
from risk.ledger.measures import Measure
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation

_TRADER = LimitTable("VOLUME_DAY", "max", ("trader",))
_DESK = LimitTable("VOLUME_DAY", "max", ("desk",))
_PAIR = LimitTable("VOLUME_DAY", "max", ("pair",))
_VENUE = LimitTable("VOLUME_DAY", "max", ("venue",))
_COUNTERPARTY = LimitTable("VOLUME_DAY", "max", ("counterparty",))


def claims(outline: Outline, context: CheckContext) -> Iterator[Claim | Violation]:
    """What an order takes of each of its limits on the outline's risk day; a violation for one that is not there."""
    keys = outline.keys
    names = (
        (_TRADER, keys.trader),
        (_DESK, keys.desk),
        (_PAIR, outline.symbol),
        (_VENUE, keys.venue),
        (_COUNTERPARTY, outline.above.counterparty),
    )
    for table, name in names:
        volume_max = context.limits.number(table, (name,))
        if volume_max is None:
            yield context.limits.undefined(table, (name,))
        else:
            yield _claim(outline.risk_day, table.dimensions[0], name, volume_max)


@lru_cache(maxsize=4096)
def _claim(risk_day: date, dimension: str, name: str, volume_max: Decimal) -> Claim:
    return Claim(f"VOLUME_DAY {risk_day} {dimension}={name}", volume_max, Measure.NOTIONAL, until=risk_day)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.VOLUME_DAY,
        mode=Mode.HARD,
        mitigates="too much turnover",
        formula="Σ (filled + pending) of the risk day ≤ L; a swap once, by its larger leg",
        keys=(
            _TRADER.dimensions,
            _DESK.dimensions,
            _PAIR.dimensions,
            _VENUE.dimensions,
            _COUNTERPARTY.dimensions,
        ),
        parameters=(Parameter("max", Kind.NUMBER, "L, in the reporting currency"),),
        is_limit=True,
    ),
    resolve=claims,
)
