"""REFERENCE_BAD: no trading on a rate that cannot be. Every check that needs a rate answers with this code."""

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.rates.reference import SOURCES_APART
from risk.reasons import ReasonCode

CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.REFERENCE_BAD,
        mode=Mode.HARD,
        mitigates="trading blind, on a wrong rate",
        formula="the rate is missing, crossed, ≤ 0, not finite or from the future, or two sources are apart by > e",
        keys=(SOURCES_APART.dimensions,),
        parameters=(
            Parameter(SOURCES_APART.parameter, Kind.POSITIVE, "e, how far two sources may be apart, 0.01 for 1 %"),
        ),
    )
)
