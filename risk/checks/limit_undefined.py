"""LIMIT_UNDEFINED: no trading without a limit. Every look-up that finds no row answers with this code."""

from risk.check import Check
from risk.control import Control, Mode
from risk.reasons import ReasonCode

CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.LIMIT_UNDEFINED,
        mode=Mode.HARD,
        mitigates="trading without a limit",
        formula="a required limit is missing on the path",
    )
)
