"""FIX's one-character codes and the domain's names for them, both ways. Source: FIX 4.4 volume 6."""

from collections.abc import Mapping
from typing import TypeVar

from trader.domain.commands import DkReason
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.domain.events import ExecType, OrdStatus

_Name = TypeVar("_Name")

SIDE = {"1": Side.BUY, "2": Side.SELL}
ORD_TYPE = {"1": OrderType.MARKET, "2": OrderType.LIMIT, "D": OrderType.PREVIOUSLY_QUOTED}
TIME_IN_FORCE = {"0": TimeInForce.DAY, "1": TimeInForce.GTC, "3": TimeInForce.IOC, "4": TimeInForce.FOK}
EXEC_TYPE = {
    "0": ExecType.NEW,
    "3": ExecType.DONE_FOR_DAY,
    "4": ExecType.CANCELED,
    "5": ExecType.REPLACED,
    "6": ExecType.PENDING_CANCEL,
    "7": ExecType.STOPPED,
    "8": ExecType.REJECTED,
    "9": ExecType.SUSPENDED,
    "A": ExecType.PENDING_NEW,
    "B": ExecType.CALCULATED,
    "C": ExecType.EXPIRED,
    "D": ExecType.RESTATED,
    "E": ExecType.PENDING_REPLACE,
    "F": ExecType.TRADE,
    "G": ExecType.TRADE_CORRECT,
    "H": ExecType.TRADE_CANCEL,
    "I": ExecType.ORDER_STATUS,
}
# FIX 4.2 says a trade with what it makes of the order: 1 for partial fill, 2 for fill.
EXEC_TYPE_42 = EXEC_TYPE | {"1": ExecType.TRADE, "2": ExecType.TRADE}
ORD_STATUS = {
    "0": OrdStatus.NEW,
    "1": OrdStatus.PARTIALLY_FILLED,
    "2": OrdStatus.FILLED,
    "3": OrdStatus.DONE_FOR_DAY,
    "4": OrdStatus.CANCELED,
    "5": OrdStatus.REPLACED,
    "6": OrdStatus.PENDING_CANCEL,
    "7": OrdStatus.STOPPED,
    "8": OrdStatus.REJECTED,
    "9": OrdStatus.SUSPENDED,
    "A": OrdStatus.PENDING_NEW,
    "B": OrdStatus.CALCULATED,
    "C": OrdStatus.EXPIRED,
    "E": OrdStatus.PENDING_REPLACE,
}
# What is wrong about a trade, as far as we tell venues apart.
DK_REASON = {"B": DkReason.WRONG_SIDE, "D": DkReason.NO_MATCHING_ORDER, "Z": DkReason.OTHER}


def inverse(table: Mapping[str, _Name]) -> dict[_Name, str]:
    """The same table from name to code."""
    return {name: code for code, name in table.items()}


SIDE_CODE = inverse(SIDE)
DK_REASON_CODE = inverse(DK_REASON)
ORD_TYPE_CODE = inverse(ORD_TYPE)
TIME_IN_FORCE_CODE = inverse(TIME_IN_FORCE)
EXEC_TYPE_CODE = inverse(EXEC_TYPE)
ORD_STATUS_CODE = inverse(ORD_STATUS)
