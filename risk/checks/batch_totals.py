"""BATCH_TOTALS: no batch whose file was edited or cut after its totals were written."""

from decimal import Decimal, InvalidOperation

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext
from risk.gate.requests import BatchRequest, Totals
from risk.reasons import ReasonCode, Violation, broken_rule
from trader.domain.money import ZERO


def _check(request: BatchRequest, _context: CheckContext, _now_ns: int) -> tuple[Violation, ...]:
    if request.totals is None:
        return ()
    return tuple(
        broken_rule(ReasonCode.BATCH_TOTALS, f"batch={request.batch_id}", problem)
        for problem in _differences(request, request.totals)
    )


def _differences(request: BatchRequest, stated: Totals) -> list[str]:
    found = []
    if stated.lines != len(request.lines):
        found.append(f"the sidecar says {stated.lines} rows and the batch has {len(request.lines)}")
    if stated.sha256 and stated.sha256.lower() != request.content_hash.lower():
        found.append(f"the sidecar says SHA-256 {stated.sha256} and the file has {request.content_hash}")
    said = dict(stated.totals)
    sums: dict[str, Decimal] = {}
    for line in request.lines:
        currency = line.deal.dealt_currency
        sums[currency] = sums.get(currency, ZERO) + sum((leg.amount for leg in line.deal.legs), ZERO)
    for code in sorted({*said, *sums}):
        if not _is_equal(said.get(code, ZERO), sums.get(code, ZERO)):
            says, has = said.get(code, "nothing"), sums.get(code, "nothing")
            found.append(f"the sidecar says {code} {says} and the rows add up to {has}")
    return found


def _is_equal(said: Decimal | str, added_up: Decimal) -> bool:
    try:
        return Decimal(said) == added_up
    except InvalidOperation:
        return False


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.BATCH_TOTALS,
        mode=Mode.HARD,
        mitigates="an edited or cut file",
        formula="row count, sum per currency of all legs, and hash = the sidecar's",
    ),
    batch=_check,
)
