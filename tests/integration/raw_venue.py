"""A venue of sockets and bytes, driven step by step by the test: it says exactly what the test says, right or wrong."""

import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.raw_fix import SOH, first_message, framed, moment

TIMEOUT_S = 30.0
ORDER = "11=A0001010001|55=EUR/USD|54=1|460=4|167=FOR|63=0|64=20261124|60=20261120-09:30:00.000|15=EUR|38=100|40=1|59=0"

_NONSENSE, _TAKES_S = b"x" * 65_536, 5.0


class Message:
    """A message that the robot sent."""

    def __init__(self, text: str) -> None:
        self.text = text.replace(SOH, "|")
        self._pairs = [field.partition("=")[::2] for field in text.split(SOH) if field]

    def __getitem__(self, tag: int) -> str:
        """The first field with this tag, or ""."""
        return next((value for name, value in self._pairs if name == str(tag)), "")

    @property
    def type(self) -> str:
        return self[35]

    @property
    def seq(self) -> int:
        return int(self[34])


class RawVenue:
    """Listens on a free loopback port; one connection at a time.

    Args:
        begin_string: What it says and expects in BeginString(8).
    """

    def __init__(self, begin_string: str = "FIX.4.4") -> None:
        self._begin_string = begin_string
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connection: socket.socket | None = None
        self._buffer = b""
        self._names = ("", "")
        self.next_seq = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self.hang_up()
        self._listener.close()

    def accept(self, wait_s: float = TIMEOUT_S) -> None:
        """Take the next connection on which something is said; a mere probe says nothing and hangs up."""
        self._listener.settimeout(wait_s)
        while not self._buffer:
            self.hang_up()
            self._connection, _ = self._listener.accept()
            self._connection.settimeout(TIMEOUT_S)
            self._buffer = self._connection.recv(65536)

    def hang_up(self) -> None:
        """Drop the connection, if there is one."""
        self._buffer = b""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def receive(self, msg_type: str | None = None) -> Message:
        """The next message; it has to be of this type."""
        message = Message(self._read())
        self._names = (message[56], message[49])
        assert message[8] == self._begin_string
        assert msg_type in (None, message.type), f"expected MsgType(35)={msg_type}: {message.text}"
        return message

    def receive_until(self, condition: Callable[[Message], bool]) -> list[Message]:
        """All messages up to the first that is meant, with it."""
        messages = [self.receive()]
        while not condition(messages[-1]):
            messages.append(self.receive())
        return messages

    def _read(self) -> str:
        """Up to the end of CheckSum(10), the last field."""
        assert self._connection is not None
        while (found := first_message(self._buffer)) is None:
            data = self._connection.recv(65536)
            if not data:
                raise ConnectionError(f"the robot hung up; so far {self._buffer!r}")
            self._buffer += data
        message, self._buffer = found
        return message.decode("latin-1")

    def send(self, msg_type: str, body: str | bytes = "", *, seq: int | None = None, poss_dup: bool = False) -> None:
        """Send a message; ``seq`` in place of the next number leaves that as it is."""
        assert self._connection is not None
        number = self.next_seq if seq is None else seq
        self.next_seq += seq is None
        now = moment()
        duplicate = f"43=Y|122={now}|" if poss_dup else ""
        sender, target = self._names
        head = f"35={msg_type}|34={number}|49={sender}|{duplicate}52={now}|56={target}|"
        raw = body.encode() if isinstance(body, str) else body
        content = head.replace("|", SOH).encode() + raw.replace(b"|", b"\x01") + (b"\x01" if raw else b"")
        self._connection.sendall(framed(self._begin_string, content))

    def log_on(self) -> Message:
        """Accept a connection and its Logon(A), and answer that; the robot's own is returned."""
        self.accept()
        logon = self.receive("A")
        if logon[141] == "Y":
            self.next_seq = 1
        reset = "|141=Y" if logon[141] == "Y" else ""
        version = f"|1137={logon[1137]}" if logon[1137] else ""
        self.send("A", f"98=0|108={logon[108]}{reset}{version}")
        return logon

    def has_nothing(self, asked: Message) -> None:
        """Answer a question after trades (AD) or after all open orders (AF): there are none."""
        if asked.type == "AD":
            self.send("AQ", f"568={asked[568]}|569={asked[569]}|748=0|749=0|750=0")
        else:
            said = "37=NONE|17=NONE|150=I|39=8|103=5|55=[N/A]|54=1|14=0|151=0|6=0"
            self.send("8", f"{said}|584={asked[584]}|911=0|912=Y")

    def has_dealt_nothing(self) -> None:
        """Answer what every new process asks before it deals: after the day's trades, and after its open orders."""
        for asked in ("AD", "AF"):
            self.has_nothing(self.receive(asked))

    def log_out(self, text: str = "") -> None:
        """Say Logout(5), wait for the robot's answer, hang up."""
        self.send("5", f"58={text}" if text else "")
        self.receive_until(lambda message: message.type == "5")
        self.hang_up()

    def answer_logout(self) -> Message:
        """Answer the TestRequest(1) with which the robot wakes its session at the end, and the Logout(5) after it."""
        self.send("0", f"112={self.receive('1')[112]}")
        logout = self.receive("5")
        self.send("5")
        return logout

    def flood(self, head: bytes, bytes_max: int) -> int:
        """Say this, and then nothing that makes sense until the robot hangs up, or reads no more.

        Returns:
            How many bytes it took, or the most.
        """
        assert self._connection is not None
        sent = 0
        try:
            self._connection.settimeout(_TAKES_S)
            self._connection.sendall(head)
            while sent < bytes_max:
                self._connection.sendall(_NONSENSE)
                sent += len(_NONSENSE)
        except (ConnectionError, TimeoutError):
            self.hang_up()
        return sent

    def is_alive(self) -> bool:
        """Ask for a sign of life; the session has to be up and nothing may wait before the answer."""
        self.send("1", "112=ALIVE")
        return self.receive("0")[112] == "ALIVE"
