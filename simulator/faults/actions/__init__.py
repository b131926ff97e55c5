"""What a scenario's rule can make the venue do: one class an action, read from TOML by its ``action`` key.

A new action is a class in one of these modules, its name in :data:`Action`, and a branch where it takes effect.
"""

from simulator.faults.actions.answers import AnswerAction, Copy, Misreport, OneWay, Orphan, Repeat, ReuseExecId
from simulator.faults.actions.orders import (
    Amendment,
    Bust,
    CancelLater,
    Correct,
    Fill,
    LastLook,
    Overfill,
    Pend,
    Race,
    Rest,
    Slip,
    TakeAgain,
    Turn,
)
from simulator.faults.actions.quotes import Decline, Misquote, QuoteAction, Stray, Withdraw
from simulator.faults.actions.requests import (
    COMPLAINT_NUMBER,
    COMPLAINT_TEXT,
    Bounce,
    Complaint,
    Delay,
    Deny,
    Disconnect,
    Exit,
    Ignore,
    Logout,
    Omit,
    Pause,
    RefuseLogon,
    Reject,
    Roll,
    Throttle,
)

Action = (
    Reject
    | Bounce
    | Ignore
    | Deny
    | Omit
    | Rest
    | Fill
    | Overfill
    | Slip
    | TakeAgain
    | LastLook
    | CancelLater
    | Turn
    | Pend
    | Race
    | Amendment
    | QuoteAction
    | AnswerAction
    | Delay
    | Throttle
    | Pause
    | Roll
    | Disconnect
    | Logout
    | Exit
    | RefuseLogon
)

__all__ = [
    "COMPLAINT_NUMBER",
    "COMPLAINT_TEXT",
    "Action",
    "Amendment",
    "AnswerAction",
    "Bounce",
    "Bust",
    "CancelLater",
    "Complaint",
    "Copy",
    "Correct",
    "Decline",
    "Delay",
    "Deny",
    "Disconnect",
    "Exit",
    "Fill",
    "Ignore",
    "LastLook",
    "Logout",
    "Misquote",
    "Misreport",
    "Omit",
    "OneWay",
    "Orphan",
    "Overfill",
    "Pause",
    "Pend",
    "QuoteAction",
    "Race",
    "RefuseLogon",
    "Reject",
    "Repeat",
    "Rest",
    "ReuseExecId",
    "Roll",
    "Slip",
    "Stray",
    "TakeAgain",
    "Throttle",
    "Turn",
    "Withdraw",
]
