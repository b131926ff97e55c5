"""One FIX session as initiator, on QuickFIX. With the simulator's acceptor the only place that imports it.

Measured facts that shape this module:

* An exception that leaves a callback freezes or kills the process in ways that cannot be handled: a callback only puts
  the raw text on the inbox, and whatever goes wrong there ends the process at once with exit code 70.
* An order handed to QuickFIX while logged off is stored and sent at the next logon. So: our own gate on the logged-on
  state, DoNotSend in ``toApp`` for anything stale, and no stored messages at all (``PersistMessages=N``).
* The result of a send says nothing about delivery. Only "certainly not sent" is reported; the rest is the venue's word.
* Importing quickfix resets the handler of SIGINT; whoever wants one installs it after importing this module.
"""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import quickfix as fix

from trader.adapters.session_config import SessionConfig
from trader.domain.errors import ConfigError
from trader.engine.inputs import FixReceived, Input, SessionClosed, SessionOpened
from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.dictionary import patched_dictionary
from trader.fix.text import message, message_type

EXIT_CALLBACK_FAILED = 70
_LOGON, _LOGOUT, _REJECT = "A", "5", "3"
_RISK_CARRYING = frozenset("DG")
_WITH_GROUPS = frozenset({"V", "AD"})
_LOGOUT_TIMEOUT_S = 2.0


class FixSession:
    """An initiator session: raw texts out, inputs in.

    Args:
        config: The resolved session file.
        dialect: The venue's dialect; its name is the session's.
        folder: Where the store and the patched dictionary live; made with mode 0700.
        put: The inbox. Called from QuickFIX's threads.
    """

    def __init__(self, config: SessionConfig, dialect: Dialect, folder: Path, put: Callable[[Input], None]) -> None:
        self.name = dialect.name
        self.last_logout_text = ""
        self._config = config
        self._dialect = dialect
        self._is_new = not (folder / "store").is_dir()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        dictionary = folder / dialect.dictionary.file
        dictionary.write_text(patched_dictionary(stock_dictionary(dialect), dialect), encoding="utf-8")
        self._application = _Application(self, put)
        settings = dict(config.settings) | {
            "FileStorePath": str(folder / "store"),
            "DataDictionary": str(dictionary),
            # A store that starts at 1 meets a venue that may not: a new folder introduces itself with a reset.
            "ResetOnLogon": "Y" if self._resets_at_first_logon else "N",
        }
        self._dictionary = fix.DataDictionary(str(dictionary))
        self._session_id = fix.SessionID(settings["BeginString"], settings["SenderCompID"], settings["TargetCompID"])
        parsed = fix.SessionSettings()
        lines = [f"{key}={value}" for key, value in settings.items()]
        try:
            parsed.setFromString("[DEFAULT]\n[SESSION]\n" + "\n".join(lines) + "\n")
            self._store_factory = fix.FileStoreFactory(parsed)
            self._initiator = fix.ThreadedSocketInitiator(self._application, self._store_factory, parsed)
        except (fix.ConfigError, fix.RuntimeError) as error:
            raise ConfigError(f"{config.where}: QuickFIX refuses the session: {error}") from error

    @property
    def _resets_at_first_logon(self) -> bool:
        return self._is_new and self._dialect.reset == "new_store"

    @property
    def is_logged_on(self) -> bool:
        """True between the venue's Logon(A) and the end of the connection."""
        return self._application.logged_on

    def start(self) -> None:
        """Connect, and keep connecting; :class:`SessionOpened` arrives on the inbox when it is up."""
        self._initiator.start()

    def stop(self) -> None:
        """Log out, wait a moment for the venue's own Logout(5), and end QuickFIX's threads.

        QuickFIX's own stop logs out at its next idle second and then looks once a second whether it worked.
        """
        if self._application.logged_on:
            logout = fix.Message(message(self._dialect.begin_string, _LOGOUT, ()), False)
            fix.Session.sendToTarget(logout, self._session_id)
            self._application.logged_off.wait(_LOGOUT_TIMEOUT_S)
        self._initiator.stop(True)
        del self._initiator  # its end frees the session id for another session of this process

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
        self._application.withheld = False
        fix.Session.sendToTarget(parsed, self._session_id)
        return not self._application.withheld

    def add_credentials(self, logon: fix.Message) -> None:
        """Put the credentials into a Logon(A): the only moment they leave memory."""
        if self._config.username:
            logon.setField(553, self._config.username)
        if self._config.password.reveal:
            logon.setField(554, self._config.password.reveal)

    def first_logon_done(self) -> None:
        """From now on sequence numbers continue: a reset on a reconnect would lose the venue's resends."""
        session = fix.Session.lookupSession(self._session_id)
        if session is not None:
            session.setResetOnLogon(False)


class _Application(fix.Application):  # type: ignore[misc] # quickfix has no type information
    """QuickFIX's callbacks. Each enqueues and returns, or ends the process."""

    def __init__(self, session: FixSession, put: Callable[[Input], None]) -> None:
        super().__init__()
        self.logged_on = False
        self.logged_off = threading.Event()
        self.withheld = False
        self._session = session
        self._name = session.name
        self._put = put

    def onCreate(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing: the session's state is read from its callbacks."""

    def onLogon(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The venue accepted our logon."""
        try:
            self._session.first_logon_done()
            self.logged_on = True
            self.logged_off.clear()
            self._put(SessionOpened(self._name))
        except BaseException:  # noqa: BLE001 -- an exception that leaves a callback freezes the process
            _die()

    def onLogout(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The connection or the session ended, or a logon was refused."""
        try:
            self.logged_on = False
            self.logged_off.set()
            self._put(SessionClosed(self._name, self._session.last_logout_text or "the connection was lost"))
        except BaseException:  # noqa: BLE001 -- see onLogon
            _die()

    def toAdmin(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Credentials go into the Logon(A), here and nowhere else."""
        try:
            if message.getHeader().getField(int(tags.MSG_TYPE)) == _LOGON:
                self._session.last_logout_text = ""
                self._session.add_credentials(message)
        except BaseException:  # noqa: BLE001 -- see onLogon
            _die()

    def fromAdmin(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """A Logout(5) says why; a Reject(3) is about one of our messages and goes to the engine."""
        try:
            msg_type = message.getHeader().getField(int(tags.MSG_TYPE))
            if msg_type == _LOGOUT and message.isSetField(int(tags.TEXT)):
                self._session.last_logout_text = readable(message.getField(int(tags.TEXT)))
            elif msg_type == _REJECT:
                self._put(FixReceived(self._name, readable(message.toString())))
        except BaseException:  # noqa: BLE001 -- see onLogon
            _die()

    def toApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The last gate: nothing while logged off, and no order a second time."""
        try:
            header = message.getHeader()
            is_resend = header.isSetField(int(tags.POSS_DUP_FLAG))
            withhold = not self.logged_on or (is_resend and header.getField(int(tags.MSG_TYPE)) in _RISK_CARRYING)
        except BaseException:  # noqa: BLE001 -- see onLogon
            _die()
        if withhold:
            self.withheld = True
            raise fix.DoNotSend

    def fromApp(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Everything the venue says about orders, trades and prices: enqueued, not read."""
        try:
            self._put(FixReceived(self._name, readable(message.toString())))
        except BaseException:  # noqa: BLE001 -- see onLogon
            _die()


def readable(text: str) -> str:
    """The text with bytes that are not UTF-8 spelled out, so that it can be journalled."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def stock_dictionary(dialect: Dialect) -> str:
    """The dictionary that the quickfix package installed.

    Raises:
        ConfigError: It is not there.
    """
    path = Path(sys.prefix) / "share" / "quickfix" / dialect.dictionary.file
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the stock dictionary {path} cannot be read: {error}; reinstall quickfix") from error


def _die() -> None:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(EXIT_CALLBACK_FAILED)
