"""What a report may not say about an order. Each check answers with the violation, or with None.

The venue can never make our code raise: numbers are checked before they are compared or added, because a NaN raises
when it is compared and an endless exponent when it is summed.
"""

from datetime import date
from decimal import Decimal

from trader.domain.deal import Deal, Leg, Side
from trader.domain.errors import RemoteViolation
from trader.domain.events import ExecutionReported, LegTraded, TradeReported
from trader.domain.money import ZERO

# Far above any amount in the market, and small enough that sums and products stay exact in 28 digits.
_DIGITS_MAX = 15
AMOUNT_LIMIT = Decimal(10) ** _DIGITS_MAX
_SMALLEST_STEP = Decimal("0.00000001")


def is_amount(value: Decimal) -> bool:
    """True for a number that can be a traded amount or a rate: above zero, bounded, at most 8 decimals."""
    return value.is_finite() and ZERO < value < AMOUNT_LIMIT and not value % _SMALLEST_STEP


def impossible_number(report: ExecutionReported) -> RemoteViolation | None:
    """A quantity or price that is not a number of a size the market knows."""
    numbers = (
        report.order_qty,
        report.price,
        report.cum_qty,
        report.leaves_qty,
        report.last_qty,
        report.last_px,
        report.last_spot_rate,
        report.last_forward_points,
        report.avg_px,
        *[number for leg in report.far_legs for number in (leg.last_qty, leg.last_px)],
    )
    # Done for every number of every report: the digits before the point cost half of what two comparisons do.
    if not [each for each in numbers if each is not None and not (each.is_finite() and each.adjusted() < _DIGITS_MAX)]:
        return None
    return RemoteViolation(
        "IMPOSSIBLE_NUMBER",
        f"{_name(report)} says OrderQty(38)={report.order_qty} Price(44)={report.price} CumQty(14)={report.cum_qty} "
        f"LeavesQty(151)={report.leaves_qty} LastQty(32)={report.last_qty} LastPx(31)={report.last_px} "
        f"LastSpotRate(194)={report.last_spot_rate} LastForwardPoints(195)={report.last_forward_points} "
        f"AvgPx(6)={report.avg_px}"
        f"{''.join(f', {_dealt(leg)}' for leg in report.far_legs)}; expected finite numbers below {AMOUNT_LIMIT}",
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


def other_account(account: str, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A report for another account than the order's, which not everybody names."""
    if not event.account or not account or event.account == account:
        return None
    return RemoteViolation(
        "ACCOUNT_DIFFERS",
        f"{_name(event)} is for Account(1)={event.account}; the order is for {account}; nothing was booked",
    )


def unbookable(event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade that cannot be counted: no identity, no currency, or no possible amount and rate."""
    if (
        event.exec_id
        and event.currency
        and is_amount(event.last_qty)
        and is_amount(event.last_px)
        and (not event.far_legs or all(is_amount(leg.last_qty) and is_amount(leg.last_px) for leg in event.far_legs))
    ):
        return None
    return RemoteViolation(
        "UNBOOKABLE_TRADE",
        f"{_name(event)} trades LastQty(32)={event.last_qty} {event.currency} at LastPx(31)={event.last_px}"
        f"{''.join(f', {_dealt(leg)}' for leg in event.far_legs)}; expected an ExecID(17), a Currency(15) and two "
        f"numbers above zero with at most 8 decimals for each leg",
    )


def other_legs(deal: Deal, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade on other legs than the deal's: another number of them, or one that goes the wrong way.

    It is not booked. What it did on a leg that it leaves out nobody knows, so the order keeps all its limits.
    """
    if not event.far_legs and not deal.far_legs:
        return None
    said = tuple(leg.side for leg in event.far_legs)
    asked = tuple(leg.side for leg in deal.far_legs)
    if said == asked:
        return None
    return RemoteViolation(
        "OTHER_LEGS",
        f"{_name(event)} trades {_sides(said)} after the near leg; the order has {_sides(asked)}; nothing was booked",
    )


def unlike_order(deal: Deal, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """A trade that counts, and yet is not what was asked for: its dates, its far amounts, or what its rate is made of.

    The venue's word settles, so the trade is booked as it is; that a person is told now leaves time to have it mended.
    """
    if event.settl_date is not None and event.settl_date != deal.near_leg.value_date:
        return _other_date(event, "SettlDate(64)", event.settl_date, deal.near_leg)
    if event.far_legs:
        violation = _other_far_legs(deal, event)
        if violation is not None:
            return violation
    return _other_making(deal, event) if isinstance(event, ExecutionReported) else None


def _other_far_legs(deal: Deal, event: ExecutionReported | TradeReported) -> RemoteViolation | None:
    """Another date, or an amount that is more than a minor unit off its share of the leg."""
    for traded, leg in zip(event.far_legs, deal.far_legs, strict=True):
        if traded.settl_date is not None and traded.settl_date != leg.value_date:
            return _other_date(event, "a far leg", traded.settl_date, leg)
        due = leg.amount * event.last_qty / deal.near_leg.amount
        if abs(traded.last_qty - due) > deal.dealt_currency.minor_unit:
            return RemoteViolation(
                "LEGS_OUT_OF_PROPORTION",
                f"{_name(event)} trades {traded.last_qty} value {leg.value_date} for {event.last_qty} on the near leg; "
                f"the order has {leg.amount} for {deal.near_leg.amount}; it was booked as it is",
            )
    return None


def _other_date(event: ExecutionReported | TradeReported, what: str, said: date, leg: Leg) -> RemoteViolation:
    return RemoteViolation(
        "VALUE_DATE_DIFFERS",
        f"{_name(event)} says {what} is paid on {said}; the order asked for {leg.value_date}; it was booked as it is",
    )


def _other_making(deal: Deal, report: ExecutionReported) -> RemoteViolation | None:
    """Another fixing date than the NDF's, or an all-in rate that is not its own spot rate and points."""
    if report.fixing_date is not None and report.fixing_date != deal.fixing_date:
        return RemoteViolation(
            "FIXING_DATE_DIFFERS",
            f"{_name(report)} is fixed on MaturityDate(541)={report.fixing_date}; "
            f"the order asked for {deal.fixing_date or 'no fixing'}; it was booked as it is",
        )
    spot, points = report.last_spot_rate, report.last_forward_points
    if spot is None or points is None or spot + points == report.last_px:
        return None
    return RemoteViolation(
        "OUTRIGHT_MISMATCH",
        f"{_name(report)} trades at LastPx(31)={report.last_px}, but LastSpotRate(194)={spot} and "
        f"LastForwardPoints(195)={points} make {spot + points}; it was booked at LastPx(31)",
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


def _sides(sides: tuple[Side, ...]) -> str:
    return " and ".join(sides) or "no leg"


def _dealt(leg: LegTraded) -> str:
    return f"{leg.side} {leg.last_qty} at {leg.last_px} on a far leg"


def _name(event: ExecutionReported | TradeReported) -> str:
    kind = event.exec_type if isinstance(event, ExecutionReported) else "TradeCaptureReport"
    return f"{kind} ExecID(17)={event.exec_id or 'none'} for ClOrdID(11)={event.cl_ord_id or 'none'}"
