"""A FIX client made of a socket: any version, any field, and nothing that it does not say itself."""

import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.raw_fix import SOH, first_message, framed, moment

TIMEOUT_S = 20.0


class Answer(dict[str, str]):
    """A message by tag, the first of a repeated one; ``text`` has pipes."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(reversed([piece.split("=", 1) for piece in text.split("|") if "=" in piece]))


class RawClient:
    """One connection. Its sequence numbers go on from ``number``, which is 0.

    Args:
        port: Where the venue listens on the loopback interface.
        begin_string: BeginString(8).
        names: SenderCompID(49) and TargetCompID(56).
        header: What every message's header has besides, such as ``57=SPOT|``.
    """

    def __init__(
        self,
        port: int,
        begin_string: str = "FIX.4.4",
        names: tuple[str, str] = ("ROBOT", "VENUE"),
        header: str = "",
    ) -> None:
        self._begin_string = begin_string
        self._names = names
        self._header = header
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._unread = b""
        self.number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def send(self, msg_type: str, body: str = "") -> None:
        """One message from ``11=A|55=EUR/USD``."""
        self.number += 1
        sender, target = self._names
        head = f"35={msg_type}|34={self.number}|49={sender}|52={moment()}|56={target}|{self._header}"
        content = (head + body + ("|" if body else "")).replace("|", SOH)
        self._socket.sendall(framed(self._begin_string, content.encode()))

    def send_text(self, text: str) -> None:
        """A message that a codec has written, under a header of our own."""
        _, _, msg_type, *fields = text.split(SOH)
        self.send(msg_type.removeprefix("35="), "|".join(fields).partition("|10=")[0])

    def log_on(self, body: str = "141=Y") -> Answer:
        """Say Logon(A); what the venue answers, be it a Logon(A) or a Logout(5)."""
        version = "|1137=9" if self._begin_string in ("FIXT.1.1", "IMIX.2.0") else ""
        self.send("A", f"98=0|108=30{version}" + (f"|{body}" if body else ""))
        return self.receive()

    def receive(self) -> Answer:
        """The next message; it says the version."""
        while (found := first_message(self._unread)) is None:
            piece = self._socket.recv(65_536)
            assert piece, "the venue has ended the connection"
            self._unread += piece
        message, self._unread = found
        answer = Answer(message.decode().replace(SOH, "|"))
        assert answer["8"] == self._begin_string
        return answer

    def wait_for(self, wanted: Callable[[Answer], bool]) -> Answer:
        """The next message that is wanted; others are let by."""
        while not wanted(answer := self.receive()):
            pass
        return answer

    def ask(self, msg_type: str, body: str, *types: str) -> Answer:
        """Send, and the next message of one of the types."""
        self.send(msg_type, body)
        return self.wait_for(lambda answer: answer["35"] in types)

    def is_ended(self) -> bool:
        """Wait for the venue to end the connection; True when it does."""
        while piece := self._socket.recv(65_536):
            self._unread += piece
        return True
