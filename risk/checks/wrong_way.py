"""WRONG_WAY: no order on the other side of what the row asks for.

Here the line is compared with its row: the pair may have been turned into market order, and nothing else. What leaves
is compared with the line at the wire, by :mod:`risk.wire.guard`.
"""

from collections.abc import Sequence

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.deal import Deal


def _resolve(outline: Outline, _context: CheckContext) -> tuple[bool]:
    """Whether the order's pair is the way the market quotes it."""
    return (outline.pair.is_market_order,)


def _judge(order: OrderView, is_market_order: bool) -> Sequence[Violation]:
    line = order.request.line
    if is_market_order and not line.original_pair and order.deal is line.deal:
        return ()
    problems = _normalising_problems(line.deal, line.original_pair)
    return [broken_rule(ReasonCode.WRONG_WAY, f"line={order.request.line_key}", problem) for problem in problems]


def _normalising_problems(deal: Deal, original_pair: str) -> list[str]:
    """What is wrong with the line's own pair. The side belongs to the dealt currency: turning the pair leaves it."""
    found = []
    if not deal.pair.is_market_order:
        found.append(f"{deal.pair} is not how the market quotes it")
    if original_pair and original_pair != str(deal.pair.inverse):
        found.append(f"the file has {original_pair} and the line has {deal.pair}")
    return found


CHECK: Check[bool] = Check(
    Control(
        code=ReasonCode.WRONG_WAY,
        mode=Mode.HARD_LATCH,
        mitigates="a sign error",
        formula=(
            "the line's pair is the row's, as the market quotes it; "
            "a swap gives back what it takes; pair, dealt currency, fixing date, and each leg's side and value date "
            "of an order are the line's, at the wire"
        ),
    ),
    resolve=_resolve,
    judge=_judge,
)
