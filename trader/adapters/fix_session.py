"""One FIX session as initiator, on QuickFIX: texts out, inputs in.

Measured facts that shape this module:

* An exception that leaves a callback freezes or kills the process in ways that cannot be handled: a callback only puts
  the text on the inbox, and whatever goes wrong there ends the process at once with exit code 70.
* An order handed to QuickFIX while logged off is stored and sent at the next logon. So: our own gate on the logged-on
  state, DoNotSend in ``toApp`` for anything stale, and no stored messages at all (``PersistMessages=N``).
* Only a "no" of a send can be believed. A yes says nothing about delivery: that is the venue's word.
* QuickFIX rejects what its dictionary does not foresee before anybody sees it, a fill as well. So it gets a dictionary
  that foresees everything, and what it still rejects is reported.
* It refuses every BeginString but FIX.4.0 to FIX.4.4 and FIXT.1.1: with others it talks through a relay.
* The initiator takes its socket options from [DEFAULT] only; in [SESSION] they are silently without effect.
* Importing quickfix takes Python's handler of SIGINT away from the operating system; importing this module restores it.
"""

import os
import re
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import quickfix as fix

from trader.adapters.clock import elapsed_ns
from trader.adapters.resources import stock_dictionary, stock_transport_dictionary
from trader.adapters.session_config import SessionConfig, session_settings
from trader.adapters.wire_pace import WirePace
from trader.domain.errors import ConfigError
from trader.engine.inputs import FixReceived, Input, MessageDropped, SessionClosed, SessionOpened
from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.dictionary import TRANSPORT_FILE, lenient_dictionary, session_dictionary
from trader.fix.text import SOH, message_type, readable, split

if TYPE_CHECKING:
    from trader.adapters.relay import Relay

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))

EXIT_CALLBACK_FAILED = 70

_LOGON, _LOGOUT, _REJECT, _BUSINESS_REJECT, _TEST_REQUEST = "A", "5", "3", "j", "1"
_RISK_CARRYING = frozenset({"D", "G", "AB"})
# What a Reject(3) may be about, and the tag of its own id.
_OWN_ID = dict.fromkeys(("D", "F", "G", "AB"), tags.CL_ORD_ID) | {"R": tags.QUOTE_REQ_ID}
_WITH_GROUPS = frozenset({"V", "AD", "R", "AB", "AJ"})
_MSG_TYPE, _TEXT, _USERNAME, _PASSWORD = map(int, (tags.MSG_TYPE, tags.TEXT, tags.USERNAME, tags.PASSWORD))
_TEST_REQ_ID = int(tags.TEST_REQ_ID)
_RAW_DATA_LENGTH, _RAW_DATA = int(tags.RAW_DATA_LENGTH), int(tags.RAW_DATA)
_REF_SEQ_NUM, _REF_TAG_ID, _REF_MSG_TYPE = map(int, (tags.REF_SEQ_NUM, tags.REF_TAG_ID, tags.REF_MSG_TYPE))
_POSS_DUP = f"{SOH}{tags.POSS_DUP_FLAG}=Y{SOH}"
_REMEMBERED_MAX = 10_000
_LOGOUT_TIMEOUT_S = 2.0
_OWNER_ONLY = 0o077
_SEQUENCE_TOO_LOW = re.compile(r"seq.*\blow", re.IGNORECASE)

_Arguments = ParamSpec("_Arguments")
Put = Callable[[Input], None]
Watch = Callable[[str, str], None]
OURS, THEIRS = ">", "<"


class FixSession:
    """An initiator session.

    Args:
        config: The resolved session file.
        dialect: The venue's dialect; its name is the session's.
        folder: Where the store and the dictionary live. From here on the process makes files for its owner only.
        put: The inbox. Called from QuickFIX's threads.
        watch: Shown every message as it leaves, after ``>``, or arrives, after ``<``, without our password; or None.

    Raises:
        ConfigError: QuickFIX does not take the session file, or is not installed whole.
    """

    def __init__(
        self, config: SessionConfig, dialect: Dialect, folder: Path, put: Put, watch: Watch | None = None
    ) -> None:
        self.name = dialect.name
        self._config = config
        self._dialect = dialect
        self._pace = WirePace(dialect.pace) if dialect.pace else None
        self._with_groups = _WITH_GROUPS.union(dialect.party_messages if dialect.parties else ())
        settings = session_settings(config, dialect)
        os.umask(_OWNER_ONLY)  # QuickFIX has no setting for it, and makes its files anew at every reset
        folder.mkdir(parents=True, exist_ok=True)
        self._introduced = folder / "introduced"
        self._dictionaries = write_dictionaries(dialect, folder)
        self._application = _Application(self, put, watch)
        # A store that starts at 1 meets a venue that may not: until the first logon we introduce ourselves anew.
        resets = dialect.reset == "every_logon" or (dialect.reset != "never" and not self._introduced.exists())
        settings |= self._dictionaries.settings
        settings |= {"FileStorePath": str(folder / "store"), "ResetOnLogon": "Y" if resets else "N"}
        self._relay = _relay_to(config, dialect)
        if self._relay is not None:
            settings |= {"SocketConnectHost": self._relay.host, "SocketConnectPort": str(self._relay.port)}
        self._session_id = fix.SessionID(settings["BeginString"], settings["SenderCompID"], settings["TargetCompID"])
        parsed = fix.SessionSettings()
        lines = [f"{key}={value}" for key, value in settings.items()]
        try:
            parsed.setFromString("\n".join(["[DEFAULT]", *lines, "[SESSION]", ""]))
            self._store_factory = fix.FileStoreFactory(parsed)
            self._initiator = fix.ThreadedSocketInitiator(self._application, self._store_factory, parsed)
        except (fix.ConfigError, fix.RuntimeError) as error:
            self._end_relay()
            raise ConfigError(f"{config.where}: QuickFIX refuses the session: {error}") from error

    @property
    def is_logged_on(self) -> bool:
        """True between the venue's Logon(A) and the end of the connection."""
        return self._application.logged_on

    def start(self) -> None:
        """Connect, and keep connecting; :class:`SessionOpened` arrives on the inbox when it is up."""
        self._initiator.start()

    def stop(self) -> None:
        """Log out for good, and wait a moment for the venue's own Logout(5).

        QuickFIX's threads end within the second in which they next look whether they should; nobody waits for that.
        """
        session = fix.Session.lookupSession(self._session_id)
        session.logout()
        if self._application.logged_on:
            self._application.reason = "the robot logged out"
            self._wake()
            self._application.logged_off.wait(_LOGOUT_TIMEOUT_S)
        threading.Thread(target=self._end, name="quickfix-stop").start()

    def _wake(self) -> None:
        """Have QuickFIX's own thread see at once that the session ends; else it looks once a second.

        It reads the answer to a TestRequest(1), and then says Logout(5). If our thread said it, the other could read the
        venue's answer before it is noted that it was said, and say it again: one number more than the venue has seen.
        """
        test = fix.Message()
        test.getHeader().setField(_MSG_TYPE, _TEST_REQUEST)
        test.setField(_TEST_REQ_ID, "BYE")
        fix.Session.sendToTarget(test, self._session_id)

    def _end(self) -> None:
        self._initiator.stop(True)
        self._end_relay()

    def _end_relay(self) -> None:
        if self._relay is not None:
            self._relay.stop()

    def rest(self) -> None:
        """At a venue with a pace: wait until it takes one more message, or the session is over."""
        if self._pace is not None:
            self._application.logged_off.wait(self._pace.rest_s(elapsed_ns()))

    def send(self, text: str) -> bool:
        """Hand a message to the session, after :meth:`rest`.

        Returns:
            False when the message certainly did not leave; True says nothing about delivery.
        """
        if not self._application.logged_on:
            return False
        self.rest()
        if self._pace is not None:
            self._pace.left(elapsed_ns())
        if message_type(text) in self._with_groups:
            parsed = fix.Message(text, *self._dictionaries.parts, False)
        else:
            parsed = fix.Message(text, False)
        # QuickFIX says False when toApp withheld it or the store did not take its number, and never after a send.
        return bool(fix.Session.sendToTarget(parsed, self._session_id))

    def add_header(self, message: fix.Message) -> None:
        """Put into a message's header what the session file wants in every one."""
        for tag, value in self._config.header.items():
            message.getHeader().setField(tag, value)

    def add_extra_fields(self, msg_type: str, message: fix.Message) -> None:
        """Put into a message of the session layer what the dialect wants in it."""
        for tag, value in self._dialect.extra_fields.get(msg_type, {}).items():
            message.setField(int(tag), value)

    def add_credentials(self, logon: fix.Message) -> None:
        """Put the credentials into a Logon(A): the only moment they leave memory."""
        if self._config.username:
            logon.setField(_USERNAME, self._config.username)
        password = self._config.password.reveal
        if password and self._dialect.credentials == "raw_data":
            logon.setField(_RAW_DATA_LENGTH, str(len(password.encode())))
            logon.setField(_RAW_DATA, password)
        elif password:
            logon.setField(_PASSWORD, password)

    def hide_password(self, text: str) -> str:
        """A text of the session layer without our own password, should a venue repeat it."""
        password = self._config.password.reveal
        return text.replace(password, "***") if password else text

    @property
    def starts_over(self) -> bool:
        """True from a refusal that the dialect answers with a reset, until the logon that it leads to."""
        return self._application.starts_over

    def start_over(self) -> bool:
        """Begin the next logon with a reset, where the dialect says that the venue forgets; True when it does."""
        if self._dialect.reset != "when_refused":
            return False
        fix.Session.lookupSession(self._session_id).setResetOnLogon(True)
        return True

    def first_logon_done(self) -> None:
        """From now on sequence numbers continue: a reset on a reconnect would lose the venue's resends."""
        self._introduced.touch()
        if self._dialect.reset != "every_logon":
            fix.Session.lookupSession(self._session_id).setResetOnLogon(False)


def _or_die(callback: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """A callback that returns, withholds, or ends the process: QuickFIX would freeze or crash on an exception."""

    @wraps(callback)
    def guarded(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except fix.DoNotSend:
            raise
        except BaseException:  # noqa: BLE001 -- KeyboardInterrupt and SystemExit freeze QuickFIX as well
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(EXIT_CALLBACK_FAILED)

    return guarded


class _Application(fix.Application):  # type: ignore[misc] # quickfix has no type information
    """QuickFIX's callbacks. Each enqueues and returns, or ends the process."""

    def __init__(self, session: FixSession, put: Put, watch: Watch | None) -> None:
        super().__init__()
        self.logged_on = False
        self.logged_off = threading.Event()
        self.reason = ""
        self.starts_over = False
        self._session = session
        self._name = session.name
        self._put = put
        self._watch = watch
        # This connection's latest orders and requests, for a Reject(3) that only knows a MsgSeqNum(34).
        self._sent: deque[str] = deque(maxlen=_REMEMBERED_MAX)

    def onCreate(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing: the session's state is read from its callbacks."""

    @_or_die
    def onLogon(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The venue accepted our logon."""
        self._session.first_logon_done()
        self.starts_over = False
        self.logged_off.clear()
        self.logged_on = True
        self._put(SessionOpened(self._name))

    @_or_die
    def onLogout(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The connection or the session ended, or a logon was refused."""
        without_a_word = "the connection was lost" if self.logged_on else "it ended the connection without a word"
        self.logged_on = False
        self.logged_off.set()
        self._put(SessionClosed(self._name, self.reason or without_a_word))

    @_or_die
    def toAdmin(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Credentials go into the Logon(A), here and nowhere else; what QuickFIX itself objects to is reported."""
        msg_type = message.getHeader().getField(_MSG_TYPE)
        self._session.add_header(message)
        self._session.add_extra_fields(msg_type, message)
        if msg_type == _LOGON:
            self.reason = ""
            self._sent.clear()  # sequence numbers may start again, and no number may find another's order
            self._session.add_credentials(message)
        elif msg_type == _LOGOUT:
            self._keep_reason(message)
        elif msg_type == _REJECT:
            self._report_dropped(message)
        if self._watch is not None:
            self._watch(OURS, self._session.hide_password(readable(message.toString())))

    @_or_die
    def fromAdmin(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """A Logout(5) says why; a Reject(3) is about one of our messages and goes to the engine."""
        msg_type = message.getHeader().getField(_MSG_TYPE)
        text = self._session.hide_password(readable(message.toString()))
        if self._watch is not None:
            self._watch(THEIRS, text)
        if msg_type == _LOGOUT:
            self._keep_reason(message)
        elif msg_type == _REJECT:
            self._put(FixReceived(self._name, text + self._what_it_is_about(message)))

    @_or_die
    def toApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The last gate: nothing while logged off, and no order a second time."""
        self._session.add_header(message)
        # One call into QuickFIX: each gives up Python's lock and has to wait for it again.
        text = message.toString()
        msg_type = message_type(text)
        if not self.logged_on or (msg_type in _RISK_CARRYING and _POSS_DUP in text):
            raise fix.DoNotSend
        if self._watch is not None:
            self._watch(OURS, text)
        if msg_type in _OWN_ID:
            self._sent.append(text)
        elif msg_type == _BUSINESS_REJECT:
            self._report_dropped(message)

    @_or_die
    def fromApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Everything the venue says about orders, trades and prices: enqueued, not read."""
        text = readable(message.toString())
        if self._watch is not None:
            self._watch(THEIRS, text)
        self._put(FixReceived(self._name, text))

    def _keep_reason(self, logout: fix.Message) -> None:
        """The first Text(58) of a Logout(5) is the reason, whoever sent it; the answer to it only confirms."""
        text = self._session.hide_password(_field(logout, _TEXT))
        if not self.reason and text:
            advice = ""
            if _SEQUENCE_TOO_LOW.search(text):
                self.starts_over = self._session.start_over()
                advice = "; its sequence numbers and ours have parted: agree on a reset with the venue"
            self.reason = text + advice

    def _what_it_is_about(self, reject: fix.Message) -> str:
        """What a BusinessMessageReject(j) would say: only the session knows what had that MsgSeqNum(34).

        It stands behind CheckSum(10), so that one sees what the venue sent and what was added to it.
        """
        number = f"{SOH}{tags.MSG_SEQ_NUM}={_field(reject, _REF_SEQ_NUM)}{SOH}"
        about = dict(split(next((text for text in reversed(self._sent) if number in text), "")))
        if not about:
            return ""
        msg_type = about[tags.MSG_TYPE]
        own_id = about.get(_OWN_ID[msg_type], "")
        return f"{tags.REF_MSG_TYPE}={msg_type}{SOH}{tags.BUSINESS_REJECT_REF_ID}={own_id}{SOH}"

    def _report_dropped(self, reject: fix.Message) -> None:
        """QuickFIX rejects a message of the venue, which therefore never comes to ``fromApp``."""
        tag = _field(reject, _REF_TAG_ID)
        problem = _field(reject, _TEXT) + (f", tag {tag}" if tag else "")
        number, msg_type = _field(reject, _REF_SEQ_NUM), _field(reject, _REF_MSG_TYPE)
        self._put(MessageDropped(self._name, msg_type, f"MsgSeqNum(34)={number}, MsgType(35)={msg_type}: {problem}"))


def _field(message: fix.Message, tag: int) -> str:
    return readable(message.getField(tag)) if message.isSetField(tag) else ""


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """The dictionaries of a session: one, or under FIXT.1.1 one for the transport and one for the messages.

    Attributes:
        settings: The settings that name their files.
        parts: As QuickFIX has read them, in the order in which it takes them to read a message.
    """

    settings: Mapping[str, str]
    parts: tuple[fix.DataDictionary, ...]


def write_dictionaries(dialect: Dialect, folder: Path) -> Dictionaries:
    """Make the dictionaries of the dialect's session, as files in a folder.

    Raises:
        ConfigError: QuickFIX did not install the stock ones, does not take ours, or the dialect names a group that
            they do not have.
    """
    messages = (dialect.dictionary.file, session_dictionary(stock_dictionary(dialect), dialect))
    if dialect.has_transport:
        transport = (TRANSPORT_FILE, lenient_dictionary(stock_transport_dictionary()))
        texts = {"TransportDataDictionary": transport, "AppDataDictionary": messages}
    else:
        texts = {"DataDictionary": messages}
    paths = {}
    for key, (file, text) in texts.items():
        paths[key] = folder / file
        paths[key].write_text(text, encoding="utf-8")
    try:
        parts = tuple(fix.DataDictionary(str(path)) for path in paths.values())
    except fix.ConfigError as error:
        raise ConfigError(f"QuickFIX refuses its own dictionary {dialect.dictionary.file}: {error}") from error
    return Dictionaries({key: str(path) for key, path in paths.items()}, parts)


def _relay_to(config: SessionConfig, dialect: Dialect) -> "Relay | None":
    """A relay to the venue, where QuickFIX cannot say the venue's BeginString(8) itself."""
    if not dialect.is_relayed:
        return None
    from trader.adapters.relay import Relay, Versions  # noqa: PLC0415 -- no other session needs asyncio to be loaded

    return Relay(Versions(dialect.session_begin_string, dialect.begin_string), config.host, config.port)
