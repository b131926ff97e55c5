"""REFERENCE_STALE: no trading on an old rate. Every check that needs a rate answers with this code when it is old."""

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.rates.reference import STALE_AGE
from risk.reasons import ReasonCode

CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.REFERENCE_STALE,
        mode=Mode.HARD,
        mitigates="trading blind, on an old rate",
        formula="age of the reference rate > T of its source: a venue by its name, ecb or file",
        keys=(STALE_AGE.dimensions,),
        parameters=(Parameter(STALE_AGE.parameter, Kind.POSITIVE, "T, the oldest a rate may be, in seconds"),),
        is_limit=True,
    )
)
