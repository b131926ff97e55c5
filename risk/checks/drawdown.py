"""DRAWDOWN: who has given back so much of the month's best only reduces."""

from risk.check import Check
from risk.losses.losses import DRAWDOWN, check_of, control_of

CHECK: Check[None] = check_of(
    control_of(
        DRAWDOWN,
        "a profit that is given back, and a loss that a profit hides",
        "realized + unrealized less its highest since the month began ≤ -L latches to REDUCING",
    ),
    DRAWDOWN.limits,
)
