"""BATCH_TOTALS: no batch whose file was edited or cut after its totals were written."""

from risk.check import Check
from risk.control import Control, Mode
from risk.order_view import Context
from risk.reasons import ReasonCode, Violation
from risk.requests import BatchRequest
from trader.domain.money import ZERO


def _check(request: BatchRequest, _context: Context, _now_ns: int) -> tuple[Violation, ...]:
    return tuple(
        Violation(ReasonCode.BATCH_TOTALS, f"batch={request.batch_id}", None, None, None, None, None, problem)
        for problem in _differences(request)
    )


def _differences(request: BatchRequest) -> list[str]:
    computed, stated = request.computed, request.totals
    found = []
    if computed.lines != len(request.lines):
        found.append(f"the totals count {computed.lines} rows and the batch has {len(request.lines)}")
    if stated is None:
        return found
    if stated.lines != computed.lines:
        found.append(f"the sidecar says {stated.lines} rows and the file has {computed.lines}")
    if stated.sha256 is not None and stated.sha256.lower() != request.content_hash.lower():
        found.append(f"the sidecar says SHA-256 {stated.sha256} and the file has {request.content_hash}")
    for currency in sorted({*stated.totals, *computed.totals}):
        said, is_there = stated.totals.get(currency, ZERO), computed.totals.get(currency, ZERO)
        if said.is_nan() or said != is_there:
            found.append(f"the sidecar says {currency} {said} and the rows add up to {currency} {is_there}")
    return found


CHECK = Check(
    Control(
        code=ReasonCode.BATCH_TOTALS,
        mode=Mode.HARD,
        mitigates="an edited or cut file",
        formula="row count, sum per currency and hash = the sidecar's",
    ),
    batch=_check,
)
