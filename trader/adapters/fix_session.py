"""One FIX session as initiator, on QuickFIX: texts out, inputs in.

Measured facts that shape this module:

* An exception that leaves a callback freezes or kills the process: see :mod:`trader.adapters.fix_callbacks`.
* An order handed to QuickFIX while logged off is stored and sent at the next logon. So: our own gate on the logged-on
  state, DoNotSend in ``toApp`` for anything stale, and no stored messages at all (``PersistMessages=N``).
* Only a "no" of a send can be believed. A yes says nothing about delivery: that is the venue's word.
* QuickFIX rejects what its dictionary does not foresee before anybody sees it, a fill as well. So it gets a dictionary
  that foresees everything, and what it still rejects is reported.
* It refuses every BeginString but FIX.4.0 to FIX.4.4 and FIXT.1.1: with others it talks through a relay.
* The initiator takes its socket options from [DEFAULT] only; in [SESSION] they are silently without effect.
"""

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import quickfix as fix

from trader.adapters.clock import elapsed_ns
from trader.adapters.fix_callbacks import BYE, LOGGED_OUT, OURS, THEIRS, Callbacks, Put, Watch
from trader.adapters.incoming import IncomingWatch
from trader.adapters.resend_watch import RESEND_MARK, ResendWatch
from trader.adapters.session_config import SessionConfig, session_settings
from trader.adapters.session_dictionaries import write_dictionaries
from trader.adapters.wire_pace import WirePace
from trader.domain.errors import ConfigError
from trader.engine.outputs import Renumber
from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.text import message_type

if TYPE_CHECKING:
    from trader.adapters.relay import Relay

__all__ = ["OURS", "THEIRS", "FixSession", "Put", "Watch"]

_TEST_REQUEST = "1"
_WITH_GROUPS = frozenset({"V", "AD", "R", "AB", "AJ"})
_MSG_TYPE, _TEST_REQ_ID = int(tags.MSG_TYPE), int(tags.TEST_REQ_ID)
_USERNAME, _PASSWORD = int(tags.USERNAME), int(tags.PASSWORD)
_RAW_DATA_LENGTH, _RAW_DATA = int(tags.RAW_DATA_LENGTH), int(tags.RAW_DATA)
_ANSWER_TIMEOUT_S = 0.25
_LOGOUT_TIMEOUT_S = 2.0
_RESEND_S_MAX = 3.0
_OWNER_ONLY = 0o077


class FixSession:
    """An initiator session.

    Args:
        config: The resolved session file.
        dialect: The venue's dialect; its name is the session's.
        folder: Where the store and the dictionary live. From here on the process makes files for its owner only.
        put: The inbox. Called from QuickFIX's threads.
        is_known: True when the journal knows the session: then a store that is not there was lost, and nobody but a
            person says with which numbers to go on.
        watch: Shown every message as it leaves, after ``>``, or arrives, after ``<``, without our password; or None.
        beside: Another session of this process, which may have the same port; None when there is none.

    Attributes:
        incoming: Cuts its connection when what comes on it has no end.

    Raises:
        ConfigError: QuickFIX does not take the session file, or is not installed whole.
    """

    def __init__(
        self,
        config: SessionConfig,
        dialect: Dialect,
        folder: Path,
        put: Put,
        watch: Watch | None = None,
        *,
        is_known: bool = False,
        beside: "FixSession | None" = None,
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
        wait_s = min(_RESEND_S_MAX, int(settings["HeartBtInt"]) / 2)
        self._watch = watch
        self._application = Callbacks(self, put, self._seen, ResendWatch(self.ask_again, self.ask_once, wait_s))
        # A store that starts at 1 meets a venue that may not: until the first logon we introduce ourselves anew.
        is_new = not (is_known or self._introduced.exists())
        resets = dialect.reset == "every_logon" or (dialect.reset != "never" and is_new)
        settings |= self._dictionaries.settings
        settings |= {"FileStorePath": str(folder / "store"), "ResetOnLogon": "Y" if resets else "N"}
        self._relay = _relay_to(config, dialect)
        if self._relay is not None:
            settings |= {"SocketConnectHost": self._relay.host, "SocketConnectPort": str(self._relay.port)}
        port = int(settings["SocketConnectPort"])
        shared = beside.incoming if beside is not None and beside.incoming.port == port else None
        self.incoming: IncomingWatch = shared or IncomingWatch(port, self._cut)
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
        numbers = fix.Session.lookupSession(self._session_id)
        if numbers.getExpectedTargetNum() == 0:
            # QuickFIX does not sync its file: one that a loss of power has cut may end in zeros, and there is no number
            # 0 to ask the venue for. From 1 on it resends, and what is known already changes nothing.
            numbers.setNextTargetMsgSeqNum(1)

    @property
    def is_logged_on(self) -> bool:
        """True between the venue's Logon(A) and the end of the connection."""
        return self._application.logged_on

    def start(self) -> None:
        """Connect, and keep connecting; :class:`SessionOpened` arrives on the inbox when it is up."""
        self._initiator.start()
        self.incoming.start()

    def _seen(self, direction: str, text: str) -> None:
        """A message leaves, or has arrived."""
        if direction == THEIRS:
            self.incoming.heard()
        if self._watch is not None:
            self._watch(direction, text)

    def _cut(self, why: str) -> None:
        """The connection is about to end, because what comes on it has no end."""
        self._application.reason = why

    def stop(self) -> None:
        """Log out for good, and wait a moment for the venue's own Logout(5).

        QuickFIX's own thread says Logout(5) when next it wakes, if it was told before. It looks once a second, and at
        whatever arrives: so the venue is asked for a Heartbeat(0), and :meth:`log_out` is called from within that. If
        our thread said Logout(5), the other could read the venue's answer before it is noted that it was said, and say
        it again; and if the other was told before we ask, TestRequest(1) could follow Logout(5): either time our number
        is one more than the venue saw.

        QuickFIX's threads end within the second in which they next look whether they should; nobody waits for that.
        """
        if self._application.logged_on:
            self._application.reason = LOGGED_OUT
            self._test(BYE)
            self._application.logged_off.wait(_ANSWER_TIMEOUT_S)
            self.log_out()
            self._application.logged_off.wait(_LOGOUT_TIMEOUT_S)
        else:
            self.log_out()
        threading.Thread(target=self._end, name="quickfix-stop").start()

    def log_out(self) -> None:
        """Have QuickFIX say Logout(5) when next it looks, and connect no more until :meth:`renumber`."""
        fix.Session.lookupSession(self._session_id).logout()

    def _test(self, test_req_id: str) -> None:
        """Say TestRequest(1)."""
        test = fix.Message()
        test.getHeader().setField(_MSG_TYPE, _TEST_REQUEST)
        test.setField(_TEST_REQ_ID, test_req_id)
        fix.Session.sendToTarget(test, self._session_id)

    def ask_again(self) -> None:
        """Have QuickFIX ask again for what it has missed, if the answer to this comes too early."""
        if self._application.logged_on:
            self._set_asking(always=True)
            self._test(RESEND_MARK)

    def ask_once(self) -> None:
        """Have QuickFIX ask once for what it has missed, unless the session file says otherwise."""
        self._set_asking(always=self._config.settings.get("SendRedundantResendRequests") == "Y")

    def _set_asking(self, *, always: bool) -> None:
        fix.Session.lookupSession(self._session_id).setSendRedundantResendRequests(always)

    def _end(self) -> None:
        self._initiator.stop(True)
        self.incoming.stop()
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

    def renumber(self, numbers: Renumber) -> None:
        """Have the next logon go with other sequence numbers, and connect again if it had logged out for good."""
        if numbers.session != self.name:
            return
        session = fix.Session.lookupSession(self._session_id)
        session.setResetOnLogon(numbers.says_so or self._dialect.reset == "every_logon")
        session.setNextSenderMsgSeqNum(numbers.next_sent)
        session.setNextTargetMsgSeqNum(numbers.next_expected)
        session.logon()

    @property
    def numbers(self) -> tuple[int, int]:
        """MsgSeqNum(34) of our next message, and what we expect of the venue's next."""
        session = fix.Session.lookupSession(self._session_id)
        return session.getExpectedSenderNum(), session.getExpectedTargetNum()

    def first_logon_done(self) -> None:
        """From now on sequence numbers continue: a reset on a reconnect would lose the venue's resends."""
        self._introduced.touch()
        if self._dialect.reset != "every_logon":
            fix.Session.lookupSession(self._session_id).setResetOnLogon(False)


def _relay_to(config: SessionConfig, dialect: Dialect) -> "Relay | None":
    """A relay to the venue, where QuickFIX cannot say the venue's BeginString(8) itself."""
    if not dialect.is_relayed:
        return None
    from trader.adapters.relay import Relay, Versions  # noqa: PLC0415 -- no other session needs asyncio to be loaded

    return Relay(Versions(dialect.session_begin_string, dialect.begin_string), config.host, config.port)
