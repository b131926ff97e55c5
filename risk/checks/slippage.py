"""SLIPPAGE: how far a fill is from where the market was when the order was decided. It tells, and stops nothing."""

from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.ledger.booking import Reserved
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.money import ZERO

_MAX = LimitTable("SLIPPAGE", "max_bp", ("pair",))
_BASIS_POINTS = 10_000


def slippage(limits: LimitBook, reserved: Reserved, rates: tuple[Decimal, ...]) -> list[Violation]:
    """A notice for each leg that was filled too far from its arrival reference, on either side.

    Args:
        limits: Has the figure, in hundredths of a percent of the reference; without a row nothing is said.
        reserved: Has the arrival references, none where there was no reference for the leg's date.
        rates: The rate of each leg, terms per base.
    """
    symbol = reserved.outline.symbol
    max_bp = limits.number(_MAX, (symbol,)) if reserved.arrival else None
    if max_bp is None:
        return []
    found = []
    for arrival, rate in zip(reserved.arrival, rates, strict=False):
        apart_bp = abs(rate - arrival) * _BASIS_POINTS / arrival
        if not apart_bp <= max_bp:
            detail = (
                f"filled at {rate:f}, {apart_bp:.2f} bp from {arrival.normalize():f}, the reference at its decision"
            )
            found.append(_notice(symbol, max_bp, apart_bp, detail))
    return found


def _notice(symbol: str, max_bp: Decimal, apart_bp: Decimal, detail: str) -> Violation:
    return Violation(
        ReasonCode.SLIPPAGE,
        f"pair={symbol}",
        limit=max_bp,
        used=ZERO,
        asked=apart_bp.quantize(Decimal("0.01")),
        free=None,
        passes=None,
        detail=detail,
        severity=Severity.NOTIFIES,
    )


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.SLIPPAGE,
        mode=Mode.TRIGGER,
        mitigates="a venue that deals far from the market",
        formula="fill to arrival reference, as a part of the reference, leg by leg ≤ L",
        keys=(_MAX.dimensions,),
        parameters=(Parameter("max_bp", Kind.NUMBER, "L, in hundredths of a percent of the reference"),),
        blocks=False,
        alerts="trader, risk",
    )
)
