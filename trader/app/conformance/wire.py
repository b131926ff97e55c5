"""The session that a run talks over: commands out, events in, and every message that crosses it kept."""

import queue
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.fix_session import OURS, THEIRS, FixSession, Put, Watch
from trader.adapters.wire_pace import WirePace
from trader.app.conformance.steps import Command, Crippled, Heard, LogOn, LogOut, Probe, SessionMessage
from trader.engine.inputs import FixReceived, Input, MessageDropped, SessionClosed, SessionOpened
from trader.fix import tags
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.fix.text import (
    FRAME_END,
    SOH,
    field_text,
    frame_start,
    message_type,
    split,
    utc_timestamp,
    with_pipes,
)

_TEST_REQUEST = "1"
# Heartbeat, Logout and Logon: what a step may wait for. A Reject(3) comes by the inbox, with what it is about.
_SESSION_TYPES = frozenset({"0", "5", "A"})
_SECRETS = f"{tags.USERNAME}|{tags.PASSWORD}|{tags.NEW_PASSWORD}|{tags.RAW_DATA}"
_SECRET = re.compile(f"({SOH}(?:{_SECRETS})=)[^{SOH}]*")

OpenSession = Callable[[Put, Watch], FixSession]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A message that crossed the wire.

    Attributes:
        ts_ns: When, by our clock, UTC nanoseconds.
        mark: ``>`` for ours, ``<`` for theirs.
        text: Without credentials.
    """

    ts_ns: int
    mark: str
    text: str

    @property
    def is_ours(self) -> bool:
        """True for what we sent."""
        return self.mark == OURS

    def __str__(self) -> str:
        return f"{utc_timestamp(self.ts_ns)} {self.mark} {with_pipes(self.text)}"


def without_secrets(text: str) -> str:
    """A message with its credentials masked: the user's name and every form of password."""
    return _SECRET.sub(r"\1***", text)


class Wire:
    """One session, not yet started.

    Args:
        dialect: How the venue speaks.
        open_session: Makes the session, given its inbox and who watches it.

    Attributes:
        crossings: Every message so far that was listened for, oldest first.
    """

    def __init__(self, dialect: Dialect, open_session: OpenSession) -> None:
        self.crossings: list[Crossing] = []
        self._dialect = dialect
        self._encoder, self._decoder = Encoder(dialect), Decoder(dialect)
        self._pace = WirePace(dialect.pace) if dialect.pace else None
        self._inbox: queue.SimpleQueue[Input | Crossing] = queue.SimpleQueue()
        self._session = open_session(self._inbox.put, self._watch)
        self._is_over = False

    def _watch(self, mark: str, text: str) -> None:
        self._inbox.put(Crossing(now_ns(), mark, without_secrets(text)))

    @property
    def is_up(self) -> bool:
        """True between the venue's Logon(A) and the end of the connection."""
        return self._session.is_logged_on

    def pause_s(self) -> float:
        """How long the next message has to wait for the venue's pace; 0 when it may leave."""
        return 0.0 if self._pace is None else self._pace.rest_s(elapsed_ns())

    def send(self, command: Command) -> None:
        """Do what a step asks for. What a session that is down does not take is lost, and the step hears nothing."""
        match command:
            case LogOn():
                self._session.start()
            case LogOut():
                self.close()
            case _:
                if self._pace is not None:
                    self._pace.left(elapsed_ns())
                self._session.send(self._text(command))

    def _text(self, command: Command) -> str:
        match command:
            case Probe():
                start = frame_start(self._dialect.session_begin_string, _TEST_REQUEST)
                return f"{start}{field_text([(tags.TEST_REQ_ID, command.test_req_id)])}{FRAME_END}"
            case Crippled():
                tag = self._dialect.renamed_tags.get("D", {}).get(command.tag, command.tag)
                whole = split(self._encoder.encode(command.order))
                return field_text((name, value) for name, value in whole if name != tag)
            case LogOn() | LogOut():
                raise AssertionError("the session layer writes these itself")
            case _:
                return self._encoder.encode(command)

    def listen(self, wait_s: float) -> Sequence[Heard]:
        """What the venue says next; nothing when it says nothing in time, or when the next message is our own."""
        try:
            item = self._inbox.get(timeout=wait_s) if wait_s > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return ()
        match item:
            case Crossing():
                self.crossings.append(item)
                return self._of_session(item)
            case FixReceived():
                return self._decoder.decode(item.text)
            case SessionClosed() if not self._session.starts_over:
                return (item,)
            case SessionOpened() | MessageDropped():
                return (item,)
            case _:
                return ()

    def _of_session(self, crossing: Crossing) -> Sequence[SessionMessage]:
        msg_type = message_type(crossing.text)
        if crossing.mark != THEIRS or msg_type not in _SESSION_TYPES:
            return ()
        return (SessionMessage(msg_type, dict(split(crossing.text))),)

    def close(self) -> None:
        """Log out, once."""
        if not self._is_over:
            self._is_over = True
            self._session.stop()
