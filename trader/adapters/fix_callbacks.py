"""QuickFIX's callbacks: they come on threads of its own, so each puts what it heard on the inbox and returns.

An exception that leaves a callback freezes or kills the process in ways that cannot be handled: whatever goes wrong in
one ends the process at once with exit code 70.
"""

import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, Protocol

import quickfix as fix

from trader.adapters.resend_watch import ResendWatch
from trader.adapters.sequence_text import numbers_in, says_too_low
from trader.adapters.thread_state import ThreadState
from trader.engine.inputs import FixReceived, Input, MessageDropped, SessionClosed, SessionOpened
from trader.engine.session_inputs import SequenceNoted
from trader.fix import tags
from trader.fix.text import SOH, message_type, readable, split

EXIT_CALLBACK_FAILED = 70

_LOGON, _LOGOUT, _HEARTBEAT, _RESEND_REQUEST = "A", "5", "0", "2"
_REJECT, _BUSINESS_REJECT = "3", "j"
_RISK_CARRYING = frozenset({"D", "G", "AB"})
# What a Reject(3) may be about, and the tag of its own id.
_OWN_ID = dict.fromkeys(("D", "F", "G", "AB"), tags.CL_ORD_ID) | {"R": tags.QUOTE_REQ_ID}
_MSG_TYPE, _MSG_SEQ_NUM, _TEXT = map(int, (tags.MSG_TYPE, tags.MSG_SEQ_NUM, tags.TEXT))
_BEGIN_SEQ_NO, _RESET_SEQ_NUM_FLAG, _TEST_REQ_ID = map(
    int, (tags.BEGIN_SEQ_NO, tags.RESET_SEQ_NUM_FLAG, tags.TEST_REQ_ID)
)
_REF_SEQ_NUM, _REF_TAG_ID, _REF_MSG_TYPE = map(int, (tags.REF_SEQ_NUM, tags.REF_TAG_ID, tags.REF_MSG_TYPE))
_POSS_DUP = f"{SOH}{tags.POSS_DUP_FLAG}=Y{SOH}"
_REMEMBERED_MAX = 10_000

_Arguments = ParamSpec("_Arguments")
Put = Callable[[Input], None]
Watch = Callable[[str, str], None]
OURS, THEIRS = ">", "<"
LOGGED_OUT = "the robot logged out"
# TestReqID(112) of the question whose answer ends the session.
BYE = "BYE"


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


class Session(Protocol):
    """What the callbacks need of their session."""

    @property
    def name(self) -> str:
        """The session's name."""

    @property
    def numbers(self) -> tuple[int, int]:
        """MsgSeqNum(34) of our next message, and what we expect of the venue's next."""

    def first_logon_done(self) -> None:
        """The venue has accepted a logon: from now on sequence numbers continue."""

    def start_over(self) -> bool:
        """Begin the next logon with a reset, where the dialect says that the venue forgets; True when it does."""

    def log_out(self) -> None:
        """Log out when next QuickFIX looks, and connect no more by yourself."""

    def add_header(self, message: fix.Message) -> None:
        """Put into a message's header what the session wants in every one."""

    def add_extra_fields(self, msg_type: str, message: fix.Message) -> None:
        """Put into a message of the session layer what the venue wants in it."""

    def add_credentials(self, logon: fix.Message) -> None:
        """Put the credentials into a Logon(A)."""

    def hide_password(self, text: str) -> str:
        """A text of the session layer without our own password."""


class Callbacks(fix.Application):  # type: ignore[misc] # quickfix has no type information
    """QuickFIX's callbacks. Each enqueues and returns, or ends the process."""

    def __init__(self, session: Session, put: Put, watch: Watch | None, resends: ResendWatch) -> None:
        super().__init__()
        self.logged_on = False
        self.logged_off = threading.Event()
        self.reason = ""
        self.starts_over = False
        self._was_reset = False
        self._session = session
        self._name = session.name
        self._put = put
        self._watch = watch
        self._resends = resends
        self._thread_state = ThreadState()
        # This connection's latest orders and requests, for a Reject(3) that only knows a MsgSeqNum(34).
        self._sent: deque[str] = deque(maxlen=_REMEMBERED_MAX)

    def onCreate(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Nothing: the session's state is read from its callbacks."""

    @_or_die
    def onLogon(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The venue accepted our logon. This is the connection's own thread, which will have much to say."""
        self._thread_state.keep()
        self._session.first_logon_done()
        self.starts_over = False
        self.logged_off.clear()
        self.logged_on = True
        self._put(SessionOpened(self._name, self._was_reset))

    @_or_die
    def onLogout(self, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """The connection or the session ended, or a logon was refused."""
        without_a_word = "the connection was lost" if self.logged_on else "it ended the connection without a word"
        numbers = self._session.numbers if self.logged_on else (0, 0)  # a refused logon does not say how they stand
        self.logged_on = False
        self._resends.end()
        self._put(SessionClosed(self._name, self.reason or without_a_word, *numbers, self.reason == LOGGED_OUT))
        self.logged_off.set()  # after it: whoever waits for the end finds it on the inbox
        self._thread_state.drop()

    @_or_die
    def toAdmin(self, message: fix.Message, _session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        """Credentials go into the Logon(A), here and nowhere else; what QuickFIX itself objects to is reported."""
        msg_type = message.getHeader().getField(_MSG_TYPE)
        self._session.add_header(message)
        self._session.add_extra_fields(msg_type, message)
        if msg_type == _LOGON:
            self.reason = ""
            self._sent.clear()  # sequence numbers may start again, and no number may find another's order
            self._was_reset = message.getHeader().getField(_MSG_SEQ_NUM) == "1"
            self._session.add_credentials(message)
        elif msg_type == _LOGOUT:
            self._keep_reason(message, by_venue=False)
        elif msg_type == _RESEND_REQUEST:
            self._note_gap(message, by_venue=False)
            self._resends.asked()
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
            self._keep_reason(message, by_venue=True)
        elif msg_type == _LOGON and _field(message, _RESET_SEQ_NUM_FLAG) == "Y":
            self._was_reset = True
        elif msg_type == _RESEND_REQUEST:
            self._note_gap(message, by_venue=True)
        elif msg_type == _HEARTBEAT:
            answers = _field(message, _TEST_REQ_ID)
            self._resends.heard(answers)
            if answers == BYE and self.reason == LOGGED_OUT:
                self._session.log_out()
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

    def _keep_reason(self, logout: fix.Message, *, by_venue: bool) -> None:
        """The first Text(58) of a Logout(5) is the reason, whoever sent it; the answer to it only confirms."""
        text = self._session.hide_password(_field(logout, _TEXT))
        if self.reason or not text:
            return
        self.reason = text
        if not says_too_low(text):
            return
        # A simulator that was restarted answers the logon with 1; in the middle of a session nothing excuses that.
        self.starts_over = (by_venue or not self.logged_on) and self._session.start_over()
        if not self.starts_over:
            self._session.log_out()
            self._put(SequenceNoted(self._name, by_venue, True, *numbers_in(text), text))
            self.reason += f"; its sequence numbers and ours have parted: trader session status --venue {self._name}"

    def _note_gap(self, request: fix.Message, *, by_venue: bool) -> None:
        """A ResendRequest(2): one end misses messages of the other."""
        self._put(SequenceNoted(self._name, by_venue, False, int(_field(request, _BEGIN_SEQ_NO)), 0))

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
