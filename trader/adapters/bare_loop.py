"""The floor that ``trader bench`` measures against: the plainest QuickFIX initiator one would write in Python.

Integer tags, field by field, a file store, nodelay; no checks, no journal, no reconciling. It only counts fills, and
the trade reports that a robot which compares its books has to ask for.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import quickfix as fix

from trader.adapters.clock import elapsed_ns, now_ns
from trader.domain.commands import PlaceOrder
from trader.domain.deal import OrderType, Side
from trader.domain.value_date import trade_date_at
from trader.fix.codes import ORD_TYPE_CODE, SIDE_CODE, TIME_IN_FORCE_CODE
from trader.fix.text import local_mkt_date, utc_timestamp

_TIMEOUT_S = 120.0


class BareLoop(fix.Application):  # type: ignore[misc] # quickfix has no type information
    """One bare session.

    Args:
        port: The simulator's.
        sender: SenderCompID(49).
        folder: For the file store.
    """

    def __init__(self, port: int, sender: str, folder: Path) -> None:
        super().__init__()
        settings = fix.SessionSettings()
        settings.setFromString(
            "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nHeartBtInt=30\nStartTime=00:00:00\n"
            "EndTime=00:00:00\nNonStopSession=Y\nSocketNodelay=Y\nUseDataDictionary=N\nResetOnLogon=Y\n"
            f"FileStorePath={folder}\n[SESSION]\nBeginString=FIX.4.4\nSenderCompID={sender}\n"
            f"TargetCompID=SIMULATOR\nSocketConnectHost=127.0.0.1\nSocketConnectPort={port}\n"
        )
        self._session_id = fix.SessionID("FIX.4.4", sender, "SIMULATOR")
        self._store_factory = fix.FileStoreFactory(settings)
        self._initiator = fix.SocketInitiator(self, self._store_factory, settings)
        self._logged_on = threading.Event()
        self._reached = threading.Event()
        self._wanted = 0
        self._counts: Callable[[fix.Message], bool] = _is_fill

    def start(self) -> None:
        """Log on.

        Raises:
            TimeoutError: The simulator did not answer.
        """
        self._initiator.start()
        _wait(self._logged_on)

    def stop(self) -> None:
        """Drop the session."""
        self._initiator.stop(True)

    def trade(self, orders: Sequence[PlaceOrder]) -> float:
        """Send orders one after the other and wait until each is filled.

        Returns:
            Milliseconds from the first field set to the last fill.
        """
        self._expect(len(orders), _is_fill)
        begin = elapsed_ns()
        for order in orders:
            self._send(order)
        _wait(self._reached)
        return (elapsed_ns() - begin) / 1e6

    def books(self, since_ns: int, trades: int) -> float:
        """Ask the venue for its trade reports and wait for so many.

        Args:
            since_ns: Of trades from this moment on, UTC nanoseconds.
            trades: How many there are.

        Returns:
            Milliseconds from the question to the last report.
        """
        self._expect(trades, _is_trade_report)
        begin = elapsed_ns()
        message = fix.Message()
        message.getHeader().setField(35, "AD")
        message.setField(568, f"T{since_ns}")
        message.setField(569, "1")
        message.setField(263, "0")
        dates = fix.Group(580, 75)
        dates.setField(75, local_mkt_date(trade_date_at(since_ns)))
        dates.setField(60, utc_timestamp(since_ns))
        message.addGroup(dates)
        fix.Session.sendToTarget(message, self._session_id)
        _wait(self._reached)
        return (elapsed_ns() - begin) / 1e6

    def round_trips(self, orders: Sequence[PlaceOrder]) -> list[float]:
        """Microseconds from sending an order to its acknowledgment, one order at a time."""
        times = []
        for order in orders:
            self._expect(1, _is_acknowledgment)
            begin = elapsed_ns()
            self._send(order)
            _wait(self._reached)
            times.append((elapsed_ns() - begin) / 1e3)
        return times

    def _expect(self, wanted: int, counts: Callable[[fix.Message], bool]) -> None:
        self._reached.clear()
        self._wanted, self._counts = wanted, counts

    def _send(self, order: PlaceOrder) -> None:
        deal, leg = order.deal, order.deal.near_leg
        message = fix.Message()
        message.getHeader().setField(35, "D")
        message.setField(11, order.cl_ord_id)
        message.setField(55, str(deal.pair))
        message.setField(54, SIDE_CODE[Side(leg.side)])
        message.setField(15, str(deal.dealt_currency))
        message.setField(38, f"{leg.amount:f}")
        message.setField(40, ORD_TYPE_CODE[OrderType.MARKET])
        message.setField(59, TIME_IN_FORCE_CODE[order.time_in_force])
        message.setField(60, utc_timestamp(now_ns()))
        message.setField(64, local_mkt_date(leg.value_date))
        message.setField(63, "0")
        message.setField(167, "FOR")
        fix.Session.sendToTarget(message, self._session_id)

    def onCreate(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing."""

    def onLogon(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Ready."""
        self._logged_on.set()

    def onLogout(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Not ready."""
        self._logged_on.clear()

    def toAdmin(self, _message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing."""

    def toApp(self, _message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing."""

    def fromAdmin(self, _message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing."""

    def fromApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Count what is waited for."""
        if self._counts(message):
            self._wanted -= 1
            if not self._wanted:
                self._reached.set()


def _is_fill(message: fix.Message) -> bool:
    return bool(message.getField(150) == "F")


def _is_acknowledgment(message: fix.Message) -> bool:
    return bool(message.getField(150) == "0")


def _is_trade_report(message: fix.Message) -> bool:
    return bool(message.getHeader().getField(35) == "AE")


def _wait(event: threading.Event) -> None:
    if not event.wait(_TIMEOUT_S):
        raise TimeoutError(f"the simulator did not answer within {_TIMEOUT_S:g} s")
