"""BATCH_DUPLICATE: no file twice.

A journal that has lost its end does not know what it has launched. Its venue does: see
:meth:`trader.engine.lines.Lines.dealt_before`.
"""

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext
from risk.gate.requests import BatchRequest
from risk.reasons import ReasonCode, Violation, broken_rule


def _check(request: BatchRequest, context: CheckContext, _now_ns: int) -> tuple[Violation, ...]:
    before = context.memory.batch_hashes.get(request.content_hash)
    if before is None:
        return ()
    detail = f"the same file was launched before, as batch {before}"
    return (broken_rule(ReasonCode.BATCH_DUPLICATE, f"batch={request.batch_id}", detail),)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.BATCH_DUPLICATE,
        mode=Mode.HARD,
        mitigates="the same file twice",
        formula="the content hash was seen before, or a venue has named an order of the batch that was never made here",
    ),
    batch=_check,
)
