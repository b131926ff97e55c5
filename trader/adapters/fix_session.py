"""One FIX session as initiator, on QuickFIX: texts out, inputs in.

Measured facts that shape this module:

* An exception that leaves a callback freezes or kills the process in ways that cannot be handled: a callback only puts
  the text on the inbox, and whatever goes wrong there ends the process at once with exit code 70.
* An order handed to QuickFIX while logged off is stored and sent at the next logon. So: our own gate on the logged-on
  state, DoNotSend in ``toApp`` for anything stale, and no stored messages at all (``PersistMessages=N``).
* Only a "no" of a send can be believed. A yes says nothing about delivery: that is the venue's word.
* QuickFIX rejects what its dictionary does not foresee before anybody sees it, a fill as well. So it gets a dictionary
  that foresees everything, and what it still rejects is reported.
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
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import quickfix as fix

from trader.adapters.resources import stock_dictionary
from trader.adapters.session_config import SessionConfig
from trader.domain.errors import ConfigError
from trader.engine.inputs import FixReceived, Input, MessageDropped, SessionClosed, SessionOpened
from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.dictionary import lenient_dictionary
from trader.fix.text import SOH, message_type, split

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))

EXIT_CALLBACK_FAILED = 70

_LOGON, _LOGOUT, _REJECT, _BUSINESS_REJECT = "A", "5", "3", "j"
_RISK_CARRYING = frozenset("DG")
_WITH_OWN_ID = frozenset("DFG")
_WITH_GROUPS = frozenset({"V", "AD"})
_MSG_TYPE, _TEXT, _USERNAME, _PASSWORD = map(int, (tags.MSG_TYPE, tags.TEXT, tags.USERNAME, tags.PASSWORD))
_REF_SEQ_NUM, _REF_TAG_ID, _REF_MSG_TYPE = map(int, (tags.REF_SEQ_NUM, tags.REF_TAG_ID, tags.REF_MSG_TYPE))
_POSS_DUP = f"{SOH}{tags.POSS_DUP_FLAG}=Y{SOH}"
_REMEMBERED_MAX = 10_000
_LOGOUT_TIMEOUT_S = 2.0
_OWNER_ONLY = 0o077
_SEQUENCE_TOO_LOW = re.compile(r"seq.*\blow", re.IGNORECASE)

_Arguments = ParamSpec("_Arguments")


class FixSession:
    """An initiator session.

    Args:
        config: The resolved session file.
        dialect: The venue's dialect; its name is the session's.
        folder: Where the store and the dictionary live. From here on the process makes files for its owner only.
        put: The inbox. Called from QuickFIX's threads.

    Raises:
        ConfigError: QuickFIX does not take the session file, or is not installed whole.
    """

    def __init__(self, config: SessionConfig, dialect: Dialect, folder: Path, put: Callable[[Input], None]) -> None:
        self.name = dialect.name
        self._config = config
        self._reset = dialect.reset
        os.umask(_OWNER_ONLY)  # QuickFIX has no setting for it, and makes its files anew at every reset
        folder.mkdir(parents=True, exist_ok=True)
        self._introduced = folder / "introduced"
        dictionary, self._dictionary = session_dictionary(dialect, folder)
        self._application = _Application(self, put)
        # A store that starts at 1 meets a venue that may not: until the first logon we introduce ourselves anew.
        resets = dialect.reset != "never" and not self._introduced.exists()
        settings = dict(config.settings) | {
            "FileStorePath": str(folder / "store"),
            "DataDictionary": str(dictionary),
            "ResetOnLogon": "Y" if resets else "N",
        }
        self._session_id = fix.SessionID(settings["BeginString"], settings["SenderCompID"], settings["TargetCompID"])
        parsed = fix.SessionSettings()
        lines = [f"{key}={value}" for key, value in settings.items()]
        try:
            parsed.setFromString("\n".join(["[DEFAULT]", *lines, "[SESSION]", ""]))
            self._store_factory = fix.FileStoreFactory(parsed)
            self._initiator = fix.ThreadedSocketInitiator(self._application, self._store_factory, parsed)
        except (fix.ConfigError, fix.RuntimeError) as error:
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
            session.next(fix.UtcTimeStamp.now())  # else the Logout(5) leaves with QuickFIX's next idle second
            self._application.logged_off.wait(_LOGOUT_TIMEOUT_S)
        threading.Thread(target=self._initiator.stop, args=(True,), name="quickfix-stop").start()

    def send(self, text: str) -> bool:
        """Hand a message to the session.

        Returns:
            False when the message certainly did not leave; True says nothing about delivery.
        """
        if not self._application.logged_on:
            return False
        if message_type(text) in _WITH_GROUPS:
            parsed = fix.Message(text, self._dictionary, False)
        else:
            parsed = fix.Message(text, False)
        # QuickFIX says False when toApp withheld it or the store did not take its number, and never after a send.
        return bool(fix.Session.sendToTarget(parsed, self._session_id))

    def add_credentials(self, logon: fix.Message) -> None:
        """Put the credentials into a Logon(A): the only moment they leave memory."""
        if self._config.username:
            logon.setField(_USERNAME, self._config.username)
        if self._config.password.reveal:
            logon.setField(_PASSWORD, self._config.password.reveal)

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
        if self._reset != "when_refused":
            return False
        fix.Session.lookupSession(self._session_id).setResetOnLogon(True)
        return True

    def first_logon_done(self) -> None:
        """From now on sequence numbers continue: a reset on a reconnect would lose the venue's resends."""
        self._introduced.touch()
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

    def __init__(self, session: FixSession, put: Callable[[Input], None]) -> None:
        super().__init__()
        self.logged_on = False
        self.logged_off = threading.Event()
        self.reason = ""
        self.starts_over = False
        self._session = session
        self._name = session.name
        self._put = put
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
        if msg_type == _LOGON:
            self.reason = ""
            self._sent.clear()  # sequence numbers may start again, and no number may find another's order
            self._session.add_credentials(message)
        elif msg_type == _LOGOUT:
            self._keep_reason(message)
        elif msg_type == _REJECT:
            self._report_dropped(message)

    @_or_die
    def fromAdmin(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """A Logout(5) says why; a Reject(3) is about one of our messages and goes to the engine."""
        msg_type = message.getHeader().getField(_MSG_TYPE)
        if msg_type == _LOGOUT:
            self._keep_reason(message)
        elif msg_type == _REJECT:
            text = self._session.hide_password(readable(message.toString()))
            self._put(FixReceived(self._name, text + self._what_it_is_about(message)))

    @_or_die
    def toApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The last gate: nothing while logged off, and no order a second time."""
        # One call into QuickFIX: each gives up Python's lock and has to wait for it again.
        text = message.toString()
        msg_type = message_type(text)
        if not self.logged_on or (msg_type in _RISK_CARRYING and _POSS_DUP in text):
            raise fix.DoNotSend
        if msg_type in _WITH_OWN_ID:
            self._sent.append(text)
        elif msg_type == _BUSINESS_REJECT:
            self._report_dropped(message)

    @_or_die
    def fromApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Everything the venue says about orders, trades and prices: enqueued, not read."""
        self._put(FixReceived(self._name, readable(message.toString())))

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
        """What a BusinessMessageReject(j) would say: only the session knows which order had that MsgSeqNum(34).

        It stands behind CheckSum(10), so that one sees what the venue sent and what was added to it.
        """
        number = f"{SOH}{tags.MSG_SEQ_NUM}={_field(reject, _REF_SEQ_NUM)}{SOH}"
        about = dict(split(next((text for text in reversed(self._sent) if number in text), "")))
        if not about:
            return ""
        msg_type, cl_ord_id = about[tags.MSG_TYPE], about[tags.CL_ORD_ID]
        return f"{tags.REF_MSG_TYPE}={msg_type}{SOH}{tags.BUSINESS_REJECT_REF_ID}={cl_ord_id}{SOH}"

    def _report_dropped(self, reject: fix.Message) -> None:
        """QuickFIX rejects a message of the venue, which therefore never comes to ``fromApp``."""
        tag = _field(reject, _REF_TAG_ID)
        problem = _field(reject, _TEXT) + (f", tag {tag}" if tag else "")
        number, msg_type = _field(reject, _REF_SEQ_NUM), _field(reject, _REF_MSG_TYPE)
        self._put(MessageDropped(self._name, msg_type, f"MsgSeqNum(34)={number}, MsgType(35)={msg_type}: {problem}"))


def readable(text: str) -> str:
    """The text with what cannot be shown spelled out, except for the separator of its fields.

    Bytes that are not UTF-8 could not be journalled; line feeds, escapes and the like would forge lines wherever
    people read a Text(58): logs, terminals, tables.
    """
    if text.replace(SOH, "").isprintable():
        return text
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join([c if c.isprintable() or c == SOH else c.encode("unicode_escape").decode() for c in whole])


def _field(message: fix.Message, tag: int) -> str:
    return readable(message.getField(tag)) if message.isSetField(tag) else ""


def session_dictionary(dialect: Dialect, folder: Path) -> tuple[Path, fix.DataDictionary]:
    """The dictionary of the dialect's sessions, as a file in a folder and as QuickFIX reads it.

    Raises:
        ConfigError: QuickFIX did not install the dictionary, or does not take it.
    """
    path = folder / dialect.dictionary.file
    path.write_text(lenient_dictionary(stock_dictionary(dialect)), encoding="utf-8")
    try:
        return path, fix.DataDictionary(str(path))
    except fix.ConfigError as error:
        raise ConfigError(f"QuickFIX refuses its own dictionary {dialect.dictionary.file}: {error}") from error
