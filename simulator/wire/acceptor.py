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

from simulator.effects import Effect, Interrupt, Interruption, LogTrade, Send, SendQuotes
from simulator.faults.actions import RefuseLogon
from simulator.faults.rules import Facts, Rules
from simulator.faults.scenario import Scenario
from simulator.memory import Happened, LoggedOn, LoggedOut, Memory, Message
from simulator.messages import LOGON
from simulator.trade_log import TradeLog
from simulator.venue.venue import Venue
from simulator.wire.admission import Admission
from simulator.wire.messages_in import NOT_AVAILABLE, OTHER, BusinessReject, RequestReader
from simulator.wire.messages_out import AnswerWriter
from simulator.wire.session_settings import LOOPBACK, Dictionaries, acceptor_settings
from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.relay import Relay, Versions
from trader.adapters.resources import stock_dictionary, stock_transport_dictionary
from trader.domain.errors import ConfigError
from trader.domain.events import ExecutionReported, VenueStatusReported
from trader.domain.moments import NS_PER_S
from trader.fix.dialect import Dialect
from trader.fix.dictionary import TRANSPORT_FILE, patched_dictionary
from trader.fix.text import SOH

CRASHED = 70

_MSG_TYPE, _LOGON = 35, "A"
_CHUNK_MAX = 256
_PORT_TRIES = 20
_GOODBYE_NS = 3 * NS_PER_S  # QuickFIX sends a Logout(5) with its next tick, up to a second later
_GOODBYE_STEP_S = 0.05
_NOT_READY = "The venue is not ready: it says when it is"
_HOURS_STEP_S = 1.0  # how late a venue that keeps hours may close
_GC_THRESHOLD = 100_000  # orders live long and make no cycles, so there is little to find
_SWITCH_INTERVAL_S = 0.0005  # the interpreter's default of 5 ms makes QuickFIX's threads wait for the loop


@dataclass(frozen=True, slots=True)
class Refused:
    """A message is not acted upon: say so."""

    session: str
    reject: BusinessReject


@dataclass(frozen=True, slots=True)
class Stop:
    """End the loop."""


Input = Happened | Stop


class _Application(fix.Application):  # type: ignore[misc]  # quickfix ships no types
    """QuickFIX's callbacks: each enqueues and returns, and what else happens in one ends the process.

    QuickFIX would hang or crash on an exception; RejectLogon is the one it knows.
    """

    def __init__(self, inbox: "SimpleQueue[Input]", logon_rules: Rules, admission: Admission) -> None:
        super().__init__()
        self._put = inbox.put
        self._logon_rules = logon_rules
        self._admission = admission

    def onCreate(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do."""

    def onLogon(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Tell the loop. What waited for the client, QuickFIX resends."""
        try:
            self._put(LoggedOn(session_id.getTargetCompID().getString()))
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)

    def onLogout(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Tell the loop, and let a client that was logged out by a rule come back."""
        try:
            fix.Session.lookupSession(session_id).logon()
            self._put(LoggedOut(session_id.getTargetCompID().getString()))
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do."""

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing to do."""

    def fromAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Refuse a Logon(A) when the scenario or the venue's own rules say so."""
        try:
            refusal = self._refusal(message, session_id)
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)
        if refusal:
            raise fix.RejectLogon(refusal)

    def fromApp(self, message: fix.Message, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Put the whole text on the inbox."""
        try:
            self._put(Message(message.toString(), now_ns()))
        except BaseException:  # noqa: BLE001 -- see the class
            os._exit(CRASHED)

    def _refusal(self, message: fix.Message, session_id: fix.SessionID) -> str:
        if message.getHeader().getField(_MSG_TYPE) != _LOGON:
            return ""
        client = session_id.getTargetCompID().getString()
        if self._logon_rules:
            actions, _ = self._logon_rules.apply(Facts(LOGON, client), now_ns())
            refusal = next((action.text for action in actions if isinstance(action, RefuseLogon)), "")
            if refusal:
                return refusal
        pieces = message.toString().split(SOH)  # a password may hold anything, so what is no field is let by
        logon = dict(piece.split("=", 1) for piece in pieces if "=" in piece)
        return self._admission.logon_refusal(client, logon, now_ns())


@dataclass(frozen=True, slots=True)
class Listening:
    """How the acceptor is reached.

    Attributes:
        port: The TCP port; 0 takes any free one.
        venue: The venue's own CompID.
        clients: SenderCompID(49)s that may log on.
        store: Folder of the sessions' sequence numbers and sent messages; None keeps them in the process.
    """

    port: int
    venue: str
    clients: tuple[str, ...]
    store: Path | None


class WireSimulator:
    """A venue that accepts FIX connections on the loopback interface."""

    def __init__(
        self,
        venue: Venue,
        dialect: Dialect,
        reader: RequestReader,
        admission: Admission,
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
            reader: Reads the requests of its clients.
            admission: Its door.
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
        self._reader = reader
        self._admission = admission
        self._writer = AnswerWriter(dialect)
        self._trade_log = trade_log
        self._memory = memory
        self._remember()
        self._inbox: SimpleQueue[Input] = SimpleQueue()
        logon_rules = [rule for rule in scenario.rules if rule.when.message == LOGON]
        self._application = _Application(self._inbox, Rules(logon_rules, seed), admission)
        # QuickFIX reads its files once, so that the folder can go before anything can end the process.
        with tempfile.TemporaryDirectory(prefix="simulator-") as folder:
            dictionaries = _write_dictionaries(dialect, Path(folder))
            self._dictionary = fix.DataDictionary(str(dictionaries.application))
            # Behind a relay QuickFIX takes any port, and the relay the one that was asked for.
            own_port = 0 if dialect.is_relayed else listening.port
            self._acceptor, self.port = self._listen(dialect, dictionaries, listening, own_port)
        if dialect.is_relayed:
            self._relay, self.port = self._relayed(dialect, listening.port)
        self._sessions = {
            client: fix.Session.lookupSession(fix.SessionID(dialect.session_begin_string, listening.venue, client))
            for client in listening.clients
        }

    def _listen(
        self, dialect: Dialect, dictionaries: Dictionaries, listening: Listening, wanted: int
    ) -> tuple[Any, int]:
        """Start a QuickFIX acceptor; a free port that somebody else takes meanwhile is tried again with another."""
        for _ in range(_PORT_TRIES):
            port = wanted or _free_port()
            settings = fix.SessionSettings()
            settings.setFromString(
                acceptor_settings(dialect, dictionaries, listening.venue, listening.clients, listening.store, port)
            )
            stores = fix.FileStoreFactory(settings) if listening.store else fix.MemoryStoreFactory()
            try:
                acceptor = fix.SocketAcceptor(self._application, stores, settings)
                acceptor.start()
            except (fix.ConfigError, fix.RuntimeError) as error:
                if wanted:
                    raise ConfigError(f"cannot listen on port {port}: {error}; expected a free port, or 0") from error
                continue
            return acceptor, port
        raise ConfigError(f"found no free port in {_PORT_TRIES} tries")

    def _relayed(self, dialect: Dialect, wanted: int) -> tuple[Relay, int]:
        """A relay to QuickFIX, which does not know the venue's BeginString(8)."""
        versions = Versions(caller=dialect.begin_string, target=dialect.session_begin_string)
        try:
            relay = Relay(versions, LOOPBACK, self.port, listen_port=wanted)
        except OSError as error:
            raise ConfigError(f"cannot listen on port {wanted}: {error}; expected a free port, or 0") from error
        return relay, relay.port

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
            if self._admission.keeps_hours and (closed := self._admission.maintenance(now)):
                self._log_out_all(closed)

    def _log_out(self) -> None:
        """Say goodbye, and wait for the answers as long as is polite."""
        online = self._log_out_all("The simulator ends")
        deadline_ns = elapsed_ns() + _GOODBYE_NS
        while any(session.isLoggedOn() for session in online) and elapsed_ns() < deadline_ns:
            with contextlib.suppress(Empty):
                self._inbox.get(timeout=_GOODBYE_STEP_S)

    def _log_out_all(self, text: str) -> list[Any]:
        """Log out who is on line, and say why; the sessions."""
        online = [session for session in self._sessions.values() if session.isLoggedOn()]
        for session in online:
            session.logout(text)
        return online

    def _wait(self) -> list[Input]:
        """Everything on the inbox, once there is something or the venue has something to do."""
        moments = (self._venue.next_event_ns(), self._admission.next_opening_ns())
        due_ns = min((moment for moment in moments if moment is not None), default=None)
        timeout = None if due_ns is None else max(0, due_ns - now_ns()) / NS_PER_S
        if self._admission.keeps_hours:
            timeout = _HOURS_STEP_S if timeout is None else min(timeout, _HOURS_STEP_S)
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

    def _happen(self, inputs: Sequence[Happened], now: int) -> list[Effect | Refused]:
        """Everything that the venue does about the inputs, or about the time that has passed."""
        effects: list[Effect | Refused] = []
        for item in inputs:
            effects += self._take(item, now)
        effects += [Send(client, VenueStatusReported(is_ready=True)) for client in self._admission.opened(now)]
        return effects or [*self._venue.advance(now)]

    def _take(self, item: Happened, now: int) -> Sequence[Effect | Refused]:
        if isinstance(item, Message):
            client, request = self._reader.read(item.text)
            if self._admission.watches and (refusal := self._turn_away(client, item)):
                return refusal
            if isinstance(request, BusinessReject):
                return (Refused(client, request),)
            return self._venue.handle(client, request, now)
        if isinstance(item, LoggedOn):
            self._admission.logged_on(item.client, now)
            return ()
        self._admission.logged_out(item.client)
        return self._venue.logged_out(item.client, now)

    def _turn_away(self, client: str, message: Message) -> Sequence[Effect | Refused]:
        """What becomes of a message that is one too many, or that comes too early; nothing when it is neither."""
        admission = self._admission
        if admission.is_too_many(client, message.came_ns):
            if admission.logs_out_who_sends_too_much:
                return (Interrupt(client, Interruption.LOGOUT, admission.pace_text),)
            return (Refused(client, self._reader.refuse(message.text, OTHER, admission.pace_text)),)
        if admission.is_closed_for(client):
            return (Refused(client, self._reader.refuse(message.text, NOT_AVAILABLE, _NOT_READY)),)
        return ()

    def _perform(self, effects: Sequence[Effect | Refused]) -> None:
        """Log the trades, then send."""
        self._trade_log.write([effect.trade for effect in effects if isinstance(effect, LogTrade)])
        for effect in effects:
            if isinstance(effect, Send):
                event = effect.event
                plain = isinstance(event, ExecutionReported) and not event.far_legs
                self._send(effect.session, self._writer.write(effect), grouped=not plain)
            elif isinstance(effect, SendQuotes):
                self._send(effect.session, self._writer.write_quotes(effect), grouped=True)
            elif isinstance(effect, Interrupt):
                self._interrupt(effect)
            elif isinstance(effect, Refused):
                self._send(effect.session, self._writer.write_business_reject(effect.reject))

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


def _write_dictionaries(dialect: Dialect, folder: Path) -> Dictionaries:
    """The dictionaries of the dialect's sessions, as strict as the standard, in a folder."""
    application = folder / dialect.dictionary.file
    application.write_text(patched_dictionary(stock_dictionary(dialect), dialect), "utf-8")
    if not dialect.has_transport:
        return Dictionaries(application, None)
    transport = folder / TRANSPORT_FILE
    transport.write_text(stock_transport_dictionary(), "utf-8")
    return Dictionaries(application, transport)
