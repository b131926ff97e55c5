"""WRONG_WAY: no order, and no fill, on the other side of what the line asks for."""

from risk.check import Check
from risk.control import Control, Mode
from risk.order_view import Context, OrderView
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.requests import OrderRequest
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, Side
from trader.domain.errors import DomainError


def _check(order: OrderView, _context: Context) -> tuple[Violation, ...]:
    line, deal = order.request.line, order.deal
    problems = _normalising_problems(line.deal, line.original_pair)
    if deal is not line.deal:
        problems += _differences(deal, line.deal)
    return tuple(broken_rule(ReasonCode.WRONG_WAY, f"line={order.request.line_key}", problem) for problem in problems)


def fill_violations(request: OrderRequest, symbol: str, side: Side, currency: str) -> tuple[Violation, ...]:
    """What a fill of the order breaks: another pair, another currency, the other side.

    Args:
        request: The order.
        symbol: Symbol(55), the pair as the report has it.
        side: Side(54), what is done with ``currency``.
        currency: Currency(15).
    """
    deal = request.deal
    try:
        pair = parse_pair(symbol)
        base_is_bought = (side is Side.BUY) == (currency == deal.pair.base)
        is_right = deal.pair in (pair, pair.inverse) and currency in deal.pair and base_is_bought == deal.base_is_bought
        if is_right:
            return ()
    except DomainError:
        pass  # a symbol that cannot be read is not the line's either
    asked = f"{deal.near_leg.side} {deal.dealt_currency} on {deal.pair}"
    detail = f"the venue filled {side} {currency} on {symbol} and the line asked for {asked}"
    return (broken_rule(ReasonCode.WRONG_WAY, f"line={request.line_key}", detail),)


def _normalising_problems(deal: Deal, original_pair: str) -> list[str]:
    """What is wrong with the line's own pair. The side belongs to the dealt currency: turning the pair leaves it."""
    found = []
    if not deal.pair.is_market_order:
        found.append(f"{deal.pair} is not how the market quotes it")
    if original_pair and original_pair != str(deal.pair.inverse):
        found.append(f"the file has {original_pair} and the line has {deal.pair}")
    return found


def _differences(order: Deal, line: Deal) -> list[str]:
    facts = (
        ("pair", str(order.pair), str(line.pair)),
        ("dealt currency", order.dealt_currency, line.dealt_currency),
        ("side", order.near_leg.side, line.near_leg.side),
        ("value date", str(order.near_leg.value_date), str(line.near_leg.value_date)),
    )
    return [f"the order's {name} is {has} and the line's is {wants}" for name, has, wants in facts if has != wants]


CHECK = Check(
    Control(
        code=ReasonCode.WRONG_WAY,
        mode=Mode.HARD,
        mitigates="a sign error",
        formula="pair, dealt currency, side and date of the order, and of each fill, are the line's after normalising",
    ),
    order=_check,
)
