"""MANDATE: nobody trades what is not on their list.

A row allows what its key says during its hours; no row, no mandate. ``side`` is what is done with the pair's base,
and a deal of several legs needs a row for each.
"""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter, parse_hours
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.limits.book import LimitTable, node_of
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.deal import Side

_ALLOW = LimitTable("MANDATE", "allow", ("trader", "desk", "product", "pair", "side", "tenor", "venue"))


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    keys = outline.keys
    for leg in outline.legs:
        side = Side.BUY if leg.base_is_bought else Side.SELL
        # The line's product: who may not deal swaps may not deal one in two orders either.
        key = (keys.trader, keys.desk, keys.line_product, outline.symbol, side, leg.tenor, keys.venue)
        row = context.limits.limit(_ALLOW, key)
        hours = None if row is None else parse_hours(row.value)
        if hours is None or not outline.moment.is_within(*hours):
            node = node_of(zip(_ALLOW.dimensions, key, strict=True))
            when = "at no hour" if row is None else f"only at {row.value} UTC"
            yield broken_rule(ReasonCode.MANDATE, node, f"this is allowed {when}")


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.MANDATE,
        mode=Mode.HARD,
        mitigates="trading what one is not allowed to",
        formula="product, pair, side of the base, tenor, venue and hour are in the allow-list, each leg's",
        keys=(_ALLOW.dimensions,),
        parameters=(Parameter("allow", Kind.HOURS, "the UTC hours of the day in which it is allowed"),),
    ),
    resolve=_resolve,
)
