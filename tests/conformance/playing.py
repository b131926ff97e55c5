"""Plays a session script against one end: a raw socket, and for the robot's end a child process with its session."""

import socket
from collections.abc import Callable
from typing import Protocol

from tests.conformance.scripting import Script, Step, fields
from tests.raw_fix import SOH, first_message, moment

TIMEOUT_S = 10.0
_TRAILER_WIDTH = len("10=000|")
_NOTE = "SequenceNoted"  # for people who ask about the numbers; only a script that names it is about it


class End(Protocol):
    """Who is under test."""

    names: tuple[str, str]  # ours and theirs, as SenderCompID(49) and TargetCompID(56) of what we say

    def connect(self) -> socket.socket:
        """A connection with it."""

    def robot_sends(self, text: str) -> None:
        """Let the robot say something."""

    def robot_stops(self) -> None:
        """Let the robot log out."""

    def told(self) -> tuple[str, dict[str, str]]:
        """The next thing that the robot's engine hears of."""


class MismatchError(AssertionError):
    """Something else happened than the script says."""


class Player:
    """One run of one script."""

    def __init__(self, end: End, script: Script, kind: str) -> None:
        self._end = end
        self._kind = kind
        self._script = script
        self._socket: socket.socket | None = None
        self._aside: socket.socket | None = None
        self._unread = b""
        self._next = 1
        self._story: list[str] = []

    def play(self) -> None:
        """Do all steps.

        Raises:
            MismatchError: With the step, and everything that was said so far.
        """
        verbs: dict[str, Callable[[str], None]] = {
            "logged on": self._log_on,
            "connect": lambda _: self._connect(),
            "say": self._say,
            "bytes": lambda text: self._send(text.replace("|", SOH).encode()),
            "next": self._set_next,
            "hear": self._hear,
            "alive": lambda _: self._prove_alive(),
            "hang up": lambda _: self._hang_up(),
            "meanwhile": lambda _: self._set_aside(),
            "back": lambda _: self._take_back(),
            "robot sends": self._end.robot_sends,
            "robot stops": lambda _: self._end.robot_stops(),
            "told": self._hear_told,
        }
        try:
            for step in self._script.steps[self._kind]:
                self._do(step, verbs[step.verb])
        finally:
            self._take_back()
            self._hang_up()

    def _do(self, step: Step, verb: Callable[[str], None]) -> None:
        try:
            verb(step.text)
        except (OSError, AssertionError) as error:
            said = "\n  ".join(self._story)
            where = f"{self._script.name}.session:{step.line} ({self._kind}): {step.verb} {step.text}"
            raise MismatchError(f"{where}\n{error or type(error).__name__}\n  {said}") from error

    def _connect(self) -> None:
        self._hang_up()
        self._socket = self._end.connect()
        self._socket.settimeout(TIMEOUT_S)

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._unread = b""

    def _set_aside(self) -> None:
        """Keep the connection for later."""
        self._aside, self._socket = self._socket, None

    def _take_back(self) -> None:
        """Go on with the connection that was kept."""
        self._hang_up()
        self._aside, self._socket = None, self._aside

    def _log_on(self, more: str) -> None:
        """Both ends begin with 1."""
        self._connect()
        self._next = 1
        logon = f"A|98=0|108={self._script.heartbeat_s}|141=Y" + (f"|{more}" if more else "")
        if self._kind == "venue":
            self._say(logon)
            self._hear("A|34=1|141=Y")
        else:
            self._hear("A|34=1|141=Y")
            self._say(logon)
            self._hear_told("SessionOpened")

    def _set_next(self, text: str) -> None:
        self._next = int(text)

    def _say(self, text: str) -> None:
        said = list(fields(text))
        left_out = {tag for tag, sign, _ in said if sign == "-"}
        values = {tag: value for tag, sign, value in said if sign == "="}
        body = [(tag, value) for tag, sign, value in said if sign == "=" and tag not in _MADE]
        number = values.get("34", "")
        if number[:1] in ("+", "-"):
            number = str(self._next + int(number))
        head = {
            "35": values["35"],
            "34": number or str(self._next),
            "49": values.get("49", self._end.names[0]),
            "52": _sending_time(values.get("52", "+0")),
            "56": values.get("56", self._end.names[1]),
        }
        self._next += not number
        head_text = "".join(f"{tag}={value}{SOH}" for tag, value in head.items() if tag not in left_out)
        content = head_text + "".join(f"{tag}={value}{SOH}" for tag, value in body)
        self._send(_framed(values, left_out, content.encode("latin-1")))

    def _send(self, data: bytes) -> None:
        assert self._socket is not None
        self._story.append("> " + data.decode("latin-1").replace(SOH, "|"))
        self._socket.sendall(data)

    def _hear(self, text: str) -> None:
        if text == "end":
            self._hear_end()
            return
        message = self._receive()
        problems = [
            f"{tag}{sign}{value}: it has {message.get(tag, 'none')}"
            for tag, sign, value in fields(text)
            if not _fits(sign, value, message.get(tag))
        ]
        if problems:
            raise MismatchError("; ".join(problems))

    def _hear_end(self) -> None:
        assert self._socket is not None
        assert not self._unread, "something was said before the end"
        try:
            data = self._socket.recv(65_536)
        except ConnectionResetError:
            data = b""
        if data:
            self._story.append("< " + data.decode("latin-1").replace(SOH, "|"))
        assert not data, "something was said before the end"

    def _prove_alive(self) -> None:
        self._say("1|112=ALIVE")
        self._hear("0|112=ALIVE")

    def _hear_told(self, text: str) -> None:
        name, *pieces = text.split("|")
        actual, has = self._end.told()
        while actual == _NOTE != name:
            actual, has = self._end.told()
        self._story.append(f"told {actual} {has}")
        assert actual == name, f"it was told {actual}"
        for piece in pieces:
            key, _, words = piece.partition("~")
            assert words in has[key].replace(SOH, "|"), f"{key} is {has[key]!r}"

    def _receive(self) -> dict[str, str]:
        assert self._socket is not None
        while (found := first_message(self._unread)) is None:
            data = self._socket.recv(65_536)
            assert data, "the connection ended"
            self._unread += data
        message, self._unread = found
        text = message.decode("latin-1")
        self._story.append("< " + text.replace(SOH, "|"))
        _check_frame(text)
        return dict(reversed([piece.split("=", 1) for piece in text.split(SOH) if piece]))


_MADE = ("8", "9", "10", "34", "35", "49", "52", "56")


def _framed(values: dict[str, str], left_out: set[str], content: bytes) -> bytes:
    """The envelope around a body, right or wrong."""
    length = values.get("9", "+0")
    length = str(len(content) + int(length)) if length[0] in "+-" else length
    begin = f"8={values.get('8', 'FIX.4.4')}{SOH}" + ("" if "9" in left_out else f"9={length}{SOH}")
    whole = begin.encode() + content
    check_sum = values.get("10", "+0")
    if check_sum[0] in "+-":
        check_sum = f"{(sum(whole) + int(check_sum)) % 256:03}"
    return whole if "10" in left_out else whole + f"10={check_sum}{SOH}".encode()


def _sending_time(text: str) -> str:
    """A SendingTime(52): seconds from now, or as it is said."""
    if text[:1] not in ("+", "-"):
        return text
    return moment(int(text))


def _fits(sign: str, value: str, actual: str | None) -> bool:
    if sign == "!":
        return actual is None
    if actual is None:
        return False
    return value == "*" or (value in actual if sign == "~" else value == actual)


def _check_frame(text: str) -> None:
    """What the end under test says has the length and the checksum that the standard wants."""
    head, _, body = text.partition(SOH)[2].partition(SOH)
    content = body[:-_TRAILER_WIDTH].encode("latin-1")
    assert head == f"9={len(content)}", f"its BodyLength(9) is wrong: {head}, not {len(content)}"
    check_sum = sum(text[:-_TRAILER_WIDTH].encode("latin-1")) % 256
    assert text.endswith(f"10={check_sum:03}{SOH}"), "its CheckSum(10) is wrong"
