"""LOSS_MONTH: who has lost so much in a month only reduces."""

from risk.check import Check
from risk.losses.losses import MONTH, check_of, control_of

CHECK: Check[None] = check_of(
    control_of(
        MONTH,
        "a small loss every day",
        "realized + unrealized since the month began at 17:00 New York ≤ -L latches to REDUCING",
    ),
    MONTH.limits,
)
