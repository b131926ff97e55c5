"""What is said of a limit that an order does not fit, or that a fill has gone above."""

from dataclasses import replace
from decimal import Decimal

from risk.gate.order_view import OrderView
from risk.ledger.ledger import Ledger
from risk.ledger.room import Shortfall
from risk.ledger.stakes import Stakes
from risk.rates.reference import ReferenceRates
from risk.reasons import ReasonCode, Severity, Violation, broken_rule


def no_room(order: OrderView, stakes: Stakes, ledger: Ledger, rates: ReferenceRates, short: Shortfall) -> Violation:
    """The violation of a limit for which an order is too large, with the size that fits it.

    Where what is used cannot be known, for want of a rate, the want is what is said.
    """
    severity = Severity.NOTIFIES if short.is_soft else Severity.BLOCKS
    if short.unvalued:
        return replace(_unvalued(short, rates, order.now_ns), severity=severity)
    node = short.node
    passes = order.passes(
        short.free,
        short.asked,
        lambda exposure: ledger.asks(stakes, exposure.amounts)[node],
        is_straight=ledger.composite(node) is None,
    )
    return _violation(short, "the limit has no room for the order", passes, severity)


def gone_above(short: Shortfall) -> Violation:
    """The notice of a limit that a fill has gone above."""
    return _violation(short, "a fill has gone above the limit", None, Severity.NOTIFIES)


def forgotten(reservation_id: str) -> Violation:
    """The notice of a fill that nobody can book any more."""
    detail = f"a fill of {reservation_id} came so long after its last payment that it has to be booked by hand"
    return replace(broken_rule(ReasonCode.RECONCILIATION_BREAK, "", detail), severity=Severity.NOTIFIES)


def _violation(short: Shortfall, detail: str, passes: Decimal | None, severity: Severity) -> Violation:
    code, _, node = short.node.partition(" ")
    return Violation(
        ReasonCode(code),
        node,
        limit=short.limit,
        used=short.used,
        asked=short.asked,
        free=short.free,
        passes=passes,
        detail=detail,
        severity=severity,
    )


def _unvalued(short: Shortfall, rates: ReferenceRates, now_ns: int) -> Violation:
    """Why a limit on positions cannot be held: the first of the currencies that have no rate, by name."""
    currencies = ", ".join(short.unvalued)
    why = f"what is used of {short.node} cannot be known: there are positions in {currencies}"
    found = rates.valuation(short.unvalued[0], now_ns)
    if isinstance(found, Violation):
        return replace(found, detail=f"{found.detail}; {why}")
    return broken_rule(ReasonCode.REFERENCE_BAD, f"currency={short.unvalued[0]}", why)
