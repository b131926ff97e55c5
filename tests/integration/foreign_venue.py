"""A tiny venue on another FIX engine than ours: fixcore, pure Python, with no line of QuickFIX in it.

What both of our ends have in common, a test of one against the other cannot see. It fills every order at once, answers
status and trade questions, and checks what it hears against its own copy of the FIX 4.4 dictionary, values and all.

``python -m tests.integration.foreign_venue TRADES`` prints its port and writes one JSON line per trade, before it is
reported; what was said on the wire goes into a folder beside it, for else fixcore prints it, and waits for ever once
nobody reads that. It ends with its standard input.
"""

import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from fixcore import Application, SessionID
from fixcore.message import Group, Message
from fixcore.session.session_settings import SessionSettings
from fixcore.transport import SocketAcceptor

from tests.raw_fix import moment

TRADE_DATE = "20261120"
SPREAD = Decimal("0.0002")
MIDS = {"EUR/USD": Decimal("1.11700"), "USD/JPY": Decimal("155.100"), "GBP/USD": Decimal("1.31000")}

SETTINGS = """[DEFAULT]
ConnectionType=acceptor
SocketAcceptHost=127.0.0.1
SocketAcceptPort={port}
FileStorePath={store}
FileLogPath={log}
UseDataDictionary=Y
DataDictionary=FIX44.xml
ValidateFieldsOutOfRange=Y
[SESSION]
BeginString=FIX.4.4
SenderCompID=SIMULATOR
TargetCompID=ROBOT
"""


@dataclass(frozen=True)
class Trade:
    """One order, filled whole."""

    exec_id: str
    order_id: str
    cl_ord_id: str
    symbol: str
    side: str
    currency: str
    last_qty: str
    last_px: str
    settl_date: str
    transact_time: str


class Venue(Application):
    """Fills whatever it hears."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("a", encoding="utf-8")
        self._trades: dict[str, Trade] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: dict[str, Callable[[Message], list[Message]]] = {
            "D": self._deal,
            "H": self._tell_status,
            "AF": self._tell_all,
            "AD": self._tell_trades,
            "V": self._quote,
        }
        self.acceptor: SocketAcceptor

    def from_app(self, message: Message, session_id: SessionID) -> None:
        """Answer, in the order of the questions."""
        answers = self._answers[message.msg_type](message)
        task = asyncio.create_task(self._say(answers, session_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _say(self, answers: list[Message], session_id: SessionID) -> None:
        session = self.acceptor.sessions[session_id]
        for answer in answers:
            if not session.is_logged_on:
                return  # the client is gone: nothing has a number any longer, and it asks for the trades
            with suppress(ConnectionError):  # it goes just now: what it has missed is kept under its number
                await session.send_app(answer)

    def _deal(self, order: Message) -> list[Message]:
        cl_ord_id, symbol = order.get_field(11), order.get_field(55)
        if cl_ord_id in self._trades:
            return [self._report(order, "8", "8", None, {103: "6"})]
        side = "BUY" if order.get_field(54) == "1" else "SELL"
        number = f"F{len(self._trades) + 1}"
        rate = MIDS[symbol] + (SPREAD if side == "BUY" else -SPREAD)
        trade = Trade(
            f"{number}-2", number, cl_ord_id, symbol, side, order.get_field(15), order.get_field(38), str(rate),
            order.get_field(64), moment(),
        )  # fmt: skip
        self._trades[cl_ord_id] = trade
        self._log.write(json.dumps(asdict(trade)) + "\n")
        self._log.flush()
        new = _message("8", {37: number, 17: f"{number}-1", 150: "0", 39: "0", 14: "0", 151: trade.last_qty, 6: "0"})
        _set(new, {11: cl_ord_id, 55: symbol, 54: order.get_field(54), 15: trade.currency, 38: trade.last_qty})
        _set(new, {60: trade.transact_time, 64: trade.settl_date})
        return [new, self._report(order, "F", "2", trade, {31: trade.last_px, 32: trade.last_qty, 75: TRADE_DATE})]

    def _report(
        self, asked: Message, exec_type: str, status: str, trade: Trade | None, more: dict[int, str]
    ) -> Message:
        """An ExecutionReport(8) about the whole order, or one that never was."""
        done = trade.last_qty if trade else "0"
        exec_id = trade.exec_id if trade and exec_type == "F" else f"X-{asked.get_field(11)}-{moment()}"
        report = _message("8", {37: trade.order_id if trade else "NONE", 17: exec_id, 150: exec_type, 39: status})
        _set(report, {11: asked.get_field(11), 55: asked.get_field(55), 54: asked.get_field(54), 14: done, 151: "0"})
        _set(report, {6: trade.last_px if trade else "0", 60: trade.transact_time if trade else moment()})
        if trade:
            _set(report, {15: trade.currency, 38: trade.last_qty, 64: trade.settl_date})
        return _set(report, more)

    def _tell_status(self, asked: Message) -> list[Message]:
        trade = self._trades.get(asked.get_field(11))
        if trade is None:
            return [self._report(asked, "I", "8", None, {103: "5"})]
        return [self._report(asked, "I", "2", trade, {})]

    def _tell_all(self, asked: Message) -> list[Message]:
        """Nothing is ever open."""
        none = _message("8", {37: "NONE", 17: f"M-{moment()}", 150: "I", 39: "8", 14: "0", 151: "0", 6: "0", 54: "1"})
        return [_set(none, {55: "[N/A]", 584: asked.get_field(584), 911: "0", 912: "Y", 60: moment()})]

    def _tell_trades(self, asked: Message) -> list[Message]:
        """All trades from the moment that is asked for, in TrdCapDtGrp, or of the whole day."""
        dates = asked.get_groups(580)
        since = min((date.get_field_or(60) for date in dates), default="")
        trades = [trade for trade in self._trades.values() if trade.transact_time >= since]
        request_id = asked.get_field(568)
        told = _message("AQ", {568: request_id, 569: "1", 748: str(len(trades)), 749: "0", 750: "0", 55: "[N/A]"})
        return [told, *(self._trade_report(trade, request_id, trade is trades[-1]) for trade in trades)]

    def _trade_report(self, trade: Trade, request_id: str, is_last: bool) -> Message:
        report = _message("AE", {571: f"{trade.exec_id}-{request_id}", 568: request_id, 570: "N", 17: trade.exec_id})
        _set(report, {55: trade.symbol, 31: trade.last_px, 32: trade.last_qty, 75: TRADE_DATE, 64: trade.settl_date})
        _set(report, {60: trade.transact_time})
        side = Group()
        for tag, value in {
            54: "1" if trade.side == "BUY" else "2",
            37: trade.order_id,
            11: trade.cl_ord_id,
            15: trade.currency,
        }.items():
            side.set_field(tag, value)
        report.add_group(552, side)
        return _set(report, {912: "Y"} if is_last else {})

    def _quote(self, asked: Message) -> list[Message]:
        """A snapshot of each pair, once."""
        snapshots = []
        for wanted in asked.get_groups(146):
            symbol = wanted.get_field(55)
            if symbol not in MIDS:
                continue
            snapshot = _message("W", {262: asked.get_field(262), 55: symbol})
            for entry_type, rate in (("0", MIDS[symbol] - SPREAD), ("1", MIDS[symbol] + SPREAD)):
                entry = Group()
                for tag, value in {269: entry_type, 270: str(rate), 271: "50000000"}.items():
                    entry.set_field(tag, value)
                snapshot.add_group(268, entry)
            snapshots.append(snapshot)
        return snapshots


def _message(msg_type: str, fields: dict[int, str]) -> Message:
    message = Message()
    message.header.set(35, msg_type)
    return _set(message, fields)


def _set(message: Message, fields: dict[int, str]) -> Message:
    for tag, value in fields.items():
        message.set_field(tag, value)
    return message


async def main(log: Path) -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory() as store:
        settings = SessionSettings.from_string(SETTINGS.format(port=0, store=store, log=log.with_suffix(".fixlog")))
        venue = Venue(log)
        venue.acceptor = SocketAcceptor(settings, venue)
        await venue.acceptor.start()
        port = venue.acceptor._server.sockets[0].getsockname()[1]
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await venue.acceptor.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(Path(sys.argv[1])))
