"""What a report may not say about an order. Each check answers with the violation, or with None.

The venue can never make our code raise: numbers are checked before they are compared or added, because a NaN raises
when it is compared and an endless exponent when it is summed.
"""

from decimal import Decimal

from trader.domain.deal import Deal
from trader.domain.errors import RemoteViolation
from trader.domain.events import ExecutionReported, TradeReported

# Far above any amount in the market, and small enough that sums and products stay exact in 28 digits.
AMOUNT_LIMIT = Decimal(10) ** 15
_SMALLEST_STEP = Decimal("0.00000001")
_ZERO = Decimal(0)


def is_amount(value: Decimal) -> bool:
    """True for a number that can be a traded amount or a rate: above zero, bounded, at most 8 decimals."""
    return value.is_finite() and _ZERO < value < AMOUNT_LIMIT and not value % _SMALLEST_STEP


def _is_number(value: Decimal | None) -> bool:
    return value is None or (value.is_finite() and -AMOUNT_LIMIT < value < AMOUNT_LIMIT)


def impossible_number(report: ExecutionReported) -> RemoteViolation | None:
    """A quantity or price that is not a number of a size the market knows."""
    if (
        report.cum_qty.is_finite()
        and report.leaves_qty.is_finite()
        and report.last_qty.is_finite()
        and report.last_px.is_finite()
        and _is_number(report.order_qty)
        and _is_number(report.price)
    ):
        return None
    return RemoteViolation(
        "IMPOSSIBLE_NUMBER",
        f"{_name(report)} says OrderQty(38)={report.order_qty} Price(44)={report.price} CumQty(14)={report.cum_qty} "
        f"LeavesQty(151)={report.leaves_qty} LastQty(32)={report.last_qty} LastPx(31)={report.last_px}; "
        f"expected finite numbers below {AMOUNT_LIMIT}",
    )


def contradiction(deal: Deal, symbol: str, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A report about another pair, side or currency than the order's. What a report leaves empty it does not say."""
    side = deal.near_leg.side
    if event.side is side and event.currency == deal.dealt_currency and event.symbol == symbol:
        return None
    if event.side is side and event.currency in ("", deal.dealt_currency) and event.symbol in ("", symbol):
        return None
    return RemoteViolation(
        "CONTRADICTS_ORDER",
        f"{_name(event)} is {event.side} {event.currency} on {event.symbol}; "
        f"the order is {side} {deal.dealt_currency} on {symbol}; nothing was booked",
    )


def unbookable(event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade that cannot be counted: no identity, no currency, or no possible amount and rate."""
    if event.exec_id and event.currency and is_amount(event.last_qty) and is_amount(event.last_px):
        return None
    return RemoteViolation(
        "UNBOOKABLE_TRADE",
        f"{_name(event)} trades LastQty(32)={event.last_qty} {event.currency} at LastPx(31)={event.last_px}; expected "
        f"an ExecID(17), a Currency(15) and two numbers above zero with at most 8 decimals",
    )


def other_terms(
    report: ExecutionReported, quantities: tuple[Decimal, ...], prices: tuple[Decimal | None, ...]
) -> RemoteViolation | None:
    """The venue confirms an order of another size or limit than the ones asked for.

    Args:
        report: The confirmation. A term that it leaves out, or gives as zero, it does not say.
        quantities: The order quantities that would be right.
        prices: The limits that would be right; None among them accepts any, for a market order.
    """
    qty_fits = not report.order_qty or report.order_qty in quantities
    price_fits = not report.price or report.price in prices or None in prices
    if qty_fits and price_fits:
        return None
    return RemoteViolation(
        "OTHER_TERMS",
        f"{_name(report)} confirms OrderQty(38)={report.order_qty} Price(44)={report.price}; "
        f"expected {_either(quantities)} at {_either(prices)}",
    )


def _either(values: tuple[Decimal | None, ...]) -> str:
    return " or ".join("the market" if value is None else str(value) for value in dict.fromkeys(values))


def _name(event: ExecutionReported | TradeReported) -> str:
    kind = event.exec_type if isinstance(event, ExecutionReported) else "TradeCaptureReport"
    return f"{kind} ExecID(17)={event.exec_id or 'none'} for ClOrdID(11)={event.cl_ord_id or 'none'}"
