"""SETTLEMENT_INSTRUCTION: no deal that nobody knows how to pay. An NDF is paid in one currency and needs only that."""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.ledger.settlement import INSTRUCTION, NETTING, netting_of, settled_currencies
from risk.reasons import ReasonCode, Violation, broken_rule


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    counterparty, limits = outline.above.counterparty, context.limits
    for currency in settled_currencies(outline):
        node = f"counterparty={counterparty} currency={currency}"
        if limits.limit(INSTRUCTION, (counterparty, currency)) is None:
            detail = "there is no settlement instruction, so nobody knows where to pay"
            yield broken_rule(ReasonCode.SETTLEMENT_INSTRUCTION, node, detail)
        if netting_of(limits, counterparty, currency) is None:
            detail = "nothing says whether its payments are netted"
            yield broken_rule(ReasonCode.SETTLEMENT_INSTRUCTION, node, detail, "a row for netting would pass")


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.SETTLEMENT_INSTRUCTION,
        mode=Mode.HARD,
        mitigates="a deal that cannot be paid",
        formula="an instruction and a netting flag are present for both currencies; for an NDF, for the settled one",
        keys=(INSTRUCTION.dimensions,),
        parameters=(
            Parameter(INSTRUCTION.parameter, Kind.NAME, "the name of the standing instruction"),
            Parameter(NETTING.parameter, Kind.NETTING, "whether payments of one day are set off, or are paid together"),
        ),
        alerts="operations",
    ),
    resolve=_resolve,
)
