"""RESTRICTED: no deal with, in, or under a name that is on the list. What is on no row is not restricted.

A row says from which moment it holds, so that a list can be given out before it counts.
"""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter, parse_moment
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.limits.book import LimitTable
from risk.reasons import ReasonCode, Violation, broken_rule

_PARAMETER = "blocked_from"
_COUNTERPARTY = LimitTable("RESTRICTED", _PARAMETER, ("counterparty",))
_GROUP = LimitTable("RESTRICTED", _PARAMETER, ("group",))
_COUNTRY = LimitTable("RESTRICTED", _PARAMETER, ("country",))
_CURRENCY = LimitTable("RESTRICTED", _PARAMETER, ("currency",))
_PAIR = LimitTable("RESTRICTED", _PARAMETER, ("pair",))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    above, pair = outline.above, outline.pair
    names = (
        (_COUNTERPARTY, above.counterparty),
        (_GROUP, above.group),
        (_COUNTRY, above.country),
        (_CURRENCY, pair.base),
        (_CURRENCY, pair.terms),
        (_PAIR, outline.symbol),
    )
    for table, name in names:
        row = context.limits.limit(table, (name,)) if name else None
        if row is None:
            continue
        from_ns = parse_moment(row.value)
        # A moment that cannot be read is no reason to let anything pass.
        if from_ns is None or not outline.moment.is_before(from_ns):
            since = "" if row.value == "always" else f" since {row.value}"
            note = f" ({row.note})" if row.note else ""
            yield broken_rule(
                ReasonCode.RESTRICTED, f"{table.dimensions[0]}={name}", f"it is on the restricted list{since}{note}"
            )


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.RESTRICTED,
        mode=Mode.HARD,
        mitigates="dealing with a blocked name",
        formula="counterparty, its group and country, both currencies and the pair are not in the list at t",
        keys=(
            _COUNTERPARTY.dimensions,
            _GROUP.dimensions,
            _COUNTRY.dimensions,
            _CURRENCY.dimensions,
            _PAIR.dimensions,
        ),
        parameters=(Parameter(_PARAMETER, Kind.MOMENT, "from when on it is blocked"),),
    ),
    resolve=_resolve,
)
