"""LOSS_DAY: who has lost so much in a day only reduces, and so does who holds what cannot be valued."""

from risk.check import Check
from risk.control import Kind, Parameter
from risk.losses.losses import DAY, PATIENCE, check_of, control_of

CHECK: Check[None] = check_of(
    control_of(
        DAY,
        "a loss that nobody stops",
        "realized + unrealized since 17:00 New York ≤ -L latches to REDUCING; so does a position without a mark for T",
        Parameter("unmarked_s_max", Kind.NUMBER, "T, in seconds, above which a mark that is missing is a breach"),
    ),
    DAY.limits,
    PATIENCE,
)
