"""The venue on a real FIX wire: a QuickFIX acceptor around the pure venue.

QuickFIX calls back on threads of its own; a callback puts the raw text on the inbox and returns. One loop, on the
caller's thread, drains the inbox, asks the venue, writes the trade log durably, and only then sends.
"""

import contextlib
import gc
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import quickfix as fix

from simulator.actions import RefuseLogon
from simulator.effects import Effect, Interrupt, Interruption, LogTrade, Send, SendQuotes
from simulator.memory import LoggedOut, Memory, Message
from simulator.rules import Facts, Rules
from simulator.scenario import LOGON, Scenario
from simulator.trade_log import TradeLog
from simulator.venue import Venue
from simulator.wire_in import RequestReader, Unreadable
from simulator.wire_out import AnswerWriter
from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.resources import stock_dictionary
from trader.domain.errors import ConfigError
from trader.domain.events import TradeReported
from trader.fix.dialect import Dialect
from trader.fix.dictionary import patched_dictionary

COMP_ID = "SIMULATOR"
LOOPBACK = "127.0.0.1"
CRASHED = 70

_MSG_TYPE, _LOGON = 35, "A"
_CHUNK_MAX = 256
_NS_PER_S = 1_000_000_000
_PORT_TRIES = 20
_GOODBYE_NS = 3 * _NS_PER_S  # QuickFIX sends a Logout(5) with its next tick, up to a second later
_GOODBYE_STEP_S = 0.05
_GC_THRESHOLD = 100_000  # orders live long and make no cycles, so there is little to find
_SWITCH_INTERVAL_S = 0.0005  # the interpreter's default of 5 ms makes QuickFIX's threads wait for the loop


@dataclass(frozen=True, slots=True)
class Complaint:
    """A request could not be read: say so."""

    session: str
    about: Unreadable


@dataclass(frozen=True, slots=True)
class Stop:
    """End the loop."""


Input = Message | LoggedOut | Stop


class _Application(fix.Application):  # type: ignore[misc]  # quickfix ships no types
    """QuickFIX's callbacks: each enqueues and returns, and what else happens in one ends the process.

    QuickFIX would hang or crash on an exception; RejectLogon is the one it knows.
    """

    def __init__(self, inbox: "SimpleQueue[Input]", logon_rules: Rules) -> None:
        super().__init__()
        self._put = inbox.put
        self._logon_rules = logon_rules

    def onCreate(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do."""

    def onLogon(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do: what waited for the client, QuickFIX resends."""

    def onLogout(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Tell the loop."""
        try:
            self._put(LoggedOut(session_id.getTargetCompID().getString()))
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do."""

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do."""

    def fromAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Refuse a Logon(A) when the scenario says so."""
        try:
            refusal = self._refusal(message, session_id)
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)
        if refusal is not None:
            raise fix.RejectLogon(refusal.text)

    def fromApp(self, message: fix.Message, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Put the whole text on the inbox."""
        try:
            self._put(Message(message.toString()))
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)

    def _refusal(self, message: fix.Message, session_id: fix.SessionID) -> RefuseLogon | None:
        if not self._logon_rules or message.getHeader().getField(_MSG_TYPE) != _LOGON:
            return None
        actions, _ = self._logon_rules.apply(Facts(LOGON, session_id.getTargetCompID().getString()))
        return next((action for action in actions if isinstance(action, RefuseLogon)), None)


@dataclass(frozen=True, slots=True)
class Listening:
    """How the acceptor is reached.

    Attributes:
        port: The TCP port; 0 takes any free one.
        clients: SenderCompID(49)s that may log on.
        store: Folder of the sessions' sequence numbers and sent messages; None keeps them in the process.
    """

    port: int
    clients: tuple[str, ...]
    store: Path | None


class WireSimulator:
    """A venue that accepts FIX connections on the loopback interface."""

    def __init__(
        self,
        venue: Venue,
        dialect: Dialect,
        scenario: Scenario,
        seed: int,
        trade_log: TradeLog,
        memory: Memory,
        listening: Listening,
    ) -> None:
        """Bring the venue back to where it was, and start accepting.

        Args:
            venue: The pure venue.
            dialect: Its form on the wire.
            scenario: Its rules for logons; the venue has the others.
            seed: The chances of the rules for logons.
            trade_log: Where trades go before they are reported.
            memory: What happened to the venue before, and where it is noted from now on.
            listening: Where, and for whom.

        Raises:
            ConfigError: The port is taken, or the stock dictionary is not there.
            OSError: The trade log cannot be written.
        """
        _tune_interpreter()
        self._venue = venue
        self._reader = RequestReader(dialect)
        self._writer = AnswerWriter(dialect)
        self._trade_log = trade_log
        self._memory = memory
        self._remember()
        self._inbox: SimpleQueue[Input] = SimpleQueue()
        logon_rules = [rule for rule in scenario.rules if rule.when.message == LOGON]
        self._application = _Application(self._inbox, Rules(logon_rules, seed))
        # QuickFIX reads its files once, so that the folder can go before anything can end the process.
        with tempfile.TemporaryDirectory(prefix="simulator-") as folder:
            dictionary = Path(folder) / dialect.dictionary.file
            dictionary.write_text(patched_dictionary(stock_dictionary(dialect), dialect), "utf-8")
            self._dictionary = fix.DataDictionary(str(dictionary))
            self._acceptor, self.port = self._listen(dialect, dictionary, listening)
        self._sessions = {
            client: fix.Session.lookupSession(fix.SessionID(dialect.begin_string, COMP_ID, client))
            for client in listening.clients
        }

    def _listen(self, dialect: Dialect, dictionary: Path, listening: Listening) -> tuple[Any, int]:
        """Start a QuickFIX acceptor; a free port that somebody else takes meanwhile is tried again with another."""
        for _ in range(_PORT_TRIES):
            port = listening.port or _free_port()
            settings = fix.SessionSettings()
            settings.setFromString(_session_config(dialect, dictionary, listening, port))
            stores = fix.FileStoreFactory(settings) if listening.store else fix.MemoryStoreFactory()
            try:
                acceptor = fix.SocketAcceptor(self._application, stores, settings)
                acceptor.start()
            except (fix.ConfigError, fix.RuntimeError) as error:
                if listening.port:
                    raise ConfigError(f"cannot listen on port {port}: {error}; expected a free port, or 0") from error
                continue
            return acceptor, port
        raise ConfigError(f"found no free port in {_PORT_TRIES} tries")

    def stop(self) -> None:
        """Ask :meth:`run` to end; may be called from any thread."""
        self._inbox.put(Stop())

    def run(self) -> None:
        """Serve until :meth:`stop`, then log every client out.

        QuickFIX's thread is still there afterwards; the caller leaves by ``os._exit``. Its own ``stop()`` is not used:
        measured, it crashed in half of the trials without a client on line.

        Raises:
            OSError: The trade log cannot be written; no report of its trades has been sent.
        """
        while True:
            inputs = self._wait()
            happened = [item for item in inputs if not isinstance(item, Stop)]
            if len(happened) < len(inputs):
                self._log_out()
                return
            now = now_ns()
            self._memory.note(now, happened)
            self._perform(self._happen(happened, now))
            for item in happened:
                if isinstance(item, LoggedOut):
                    self._sessions[item.client].logon()  # a session that was logged out by a rule may come back

    def _log_out(self) -> None:
        """Say goodbye, and wait for the answers as long as is polite."""
        online = [session for session in self._sessions.values() if session.isLoggedOn()]
        for session in online:
            session.logout("The simulator ends")
        deadline_ns = elapsed_ns() + _GOODBYE_NS
        while any(session.isLoggedOn() for session in online) and elapsed_ns() < deadline_ns:
            with contextlib.suppress(Empty):
                self._inbox.get(timeout=_GOODBYE_STEP_S)

    def _wait(self) -> list[Input]:
        """Everything on the inbox, once there is something or the venue has something to do."""
        due_ns = self._venue.next_event_ns()
        timeout = None if due_ns is None else max(0, due_ns - now_ns()) / _NS_PER_S
        try:
            inputs = [self._inbox.get(timeout=timeout)]
        except Empty:
            return []
        with contextlib.suppress(Empty):
            while len(inputs) < _CHUNK_MAX:
                inputs.append(self._inbox.get_nowait())
        return inputs

    def _remember(self) -> None:
        """Let happen again what happened before. Nobody is told; trades that missed the log are added to it."""
        logged = self._trade_log.exec_ids()
        for happening in self._memory.happenings():
            effects = self._happen(happening.inputs, happening.ts_ns)
            trades = [effect.trade for effect in effects if isinstance(effect, LogTrade)]
            self._trade_log.write([trade for trade in trades if trade.exec_id not in logged])

    def _happen(self, inputs: Sequence[Message | LoggedOut], now: int) -> list[Effect | Complaint]:
        """Everything that the venue does about the inputs, or about the time that has passed."""
        effects: list[Effect | Complaint] = []
        for item in inputs:
            effects += self._take(item, now)
        return effects or [*self._venue.advance(now)]

    def _take(self, item: Message | LoggedOut, now: int) -> Sequence[Effect | Complaint]:
        if isinstance(item, LoggedOut):
            return self._venue.logged_out(item.client, now)
        client, request = self._reader.read(item.text)
        if isinstance(request, Unreadable):
            return (Complaint(client, request),)
        return self._venue.handle(client, request, now)

    def _perform(self, effects: Sequence[Effect | Complaint]) -> None:
        """Log the trades, then send."""
        self._trade_log.write([effect.trade for effect in effects if isinstance(effect, LogTrade)])
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect.session, self._writer.write(effect), grouped=isinstance(effect.event, TradeReported))
            elif isinstance(effect, SendQuotes):
                self._send(effect.session, self._writer.write_quotes(effect), grouped=True)
            elif isinstance(effect, Interrupt):
                self._interrupt(effect)
            elif isinstance(effect, Complaint):
                self._send(effect.session, self._writer.write_business_reject(effect.about))

    def _send(self, client: str, text: str, *, grouped: bool = False) -> None:
        """Send, or keep for the client's next logon. Only messages with groups need the dictionary to be read."""
        message = fix.Message(text, self._dictionary, False) if grouped else fix.Message(text, False)
        self._sessions[client].send(message)

    def _interrupt(self, effect: Interrupt) -> None:
        match effect.kind:
            case Interruption.DISCONNECT:
                self._sessions[effect.session].disconnect()
            case Interruption.LOGOUT:
                self._sessions[effect.session].logout(effect.text)
            case Interruption.EXIT:
                os._exit(CRASHED)


def _tune_interpreter() -> None:
    """Give the process to this one job: measured, a sixth less processor time per order."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _session_config(dialect: Dialect, dictionary: Path, listening: Listening, port: int) -> str:
    """QuickFIX's configuration. The port is bound on every interface, and only the loopback is let in."""
    lines = [
        "[DEFAULT]",
        "ConnectionType=acceptor",
        f"SocketAcceptPort={port}",
        f"AllowedRemoteAddresses={LOOPBACK}",
        "SocketNodelay=Y",
        "NonStopSession=Y",
        f"BeginString={dialect.begin_string}",
        f"SenderCompID={COMP_ID}",
        "UseDataDictionary=Y",
        f"DataDictionary={dictionary}",
        "ValidateUserDefinedFields=N",
        "CheckLatency=N",
    ]
    if listening.store:
        lines.append(f"FileStorePath={listening.store}")
    for client in listening.clients:
        lines += ["[SESSION]", f"TargetCompID={client}"]
    return "\n".join(lines) + "\n"
