"""A FixSession in a process of its own, told what to do line by line: JSON in, JSON out.

It may have to crash, and QuickFIX does not survive the end of an interpreter well. As a module: the parent's side.
"""

import ctypes
import json
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import msgspec
import psutil

from tests.raw_fix import SOH
from trader.adapters.resources import fix_config_dir
from trader.adapters.session_config import load_session_config
from trader.engine.outputs import Renumber
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect

TIMEOUT_S = 30.0  # a FIX 5.0 SP2 dictionary takes seconds on a loaded machine
CONFIG = """[DEFAULT]
ConnectionType=initiator
ReconnectInterval=1
NonStopSession=Y
[SESSION]
BeginString={begin_string}
SenderCompID=ROBOT
TargetCompID=SIMULATOR
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
HeartBtInt={heartbeat_s}
"""


class SessionProcess:
    """The parent's side of the process.

    Args:
        port: The venue's.
        folder: The session's; used again, it is a restart.
        heartbeat_s: HeartBtInt(108).
        more: More lines for the session file.
        is_known: True when the journal knows the session.
        changes: What is different in the dialect, as its file would say it.
    """

    def __init__(
        self,
        port: int,
        folder: Path,
        *,
        heartbeat_s: int = 30,
        more: str = "",
        is_known: bool = False,
        **changes: object,
    ) -> None:
        folder.mkdir(exist_ok=True)
        config = folder / "session.cfg"
        begin_string = dialect(**changes).begin_string
        text = CONFIG.format(port=port, heartbeat_s=heartbeat_s, begin_string=begin_string)
        config.write_text(text + more, "utf-8")
        command = [sys.executable, __file__, str(config), json.dumps(changes), json.dumps(is_known)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        assert self._read() == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def tell(self, *command: object) -> None:
        """Give an order whose answer comes later, or never."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    def answer(self) -> Any:
        """The answer to the oldest order without one."""
        return self._read()

    def ask(self, *command: object) -> Any:
        """Give an order and wait for its answer."""
        self.tell(*command)
        return self.answer()

    def next_input(self) -> tuple[str, dict[str, Any]]:
        """The next input that the engine would take: its name and its fields."""
        name, fields = self.ask("next")
        return name, fields

    def end(self) -> tuple[int, str]:
        """Wait until it ends by itself: the exit code, negative for a signal, and standard error."""
        assert self._process.stderr is not None
        code = self._process.wait(TIMEOUT_S)  # its standard input stays open: that it closes is an order to end
        return code, self._process.stderr.read().decode()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], TIMEOUT_S)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self._process.kill()
            raise AssertionError(f"no answer; exit code and standard error: {self.end()}")
        return json.loads(line)


def dialect(**changes: object) -> Dialect:
    """The shipped simulator's, which the raw venue plays, with changes as its file would say them."""
    path = fix_config_dir("simulator") / "dialect.toml"
    shipped = msgspec.to_builtins(parse_dialect(path.read_text("utf-8"), str(path)))
    return msgspec.convert(shipped | {"reset": "new_store"} | changes, Dialect)


class _Spoiled(deque[str]):
    """Cannot be added to."""

    def append(self, *_: object) -> NoReturn:
        """Fail."""
        raise OSError("spoiled")


def _fail(*_: object) -> NoReturn:
    raise KeyboardInterrupt("spoiled")


class _Child:
    """The child's side: one method an order, found by its name."""

    def __init__(self, config: Path, changes: dict[str, object], *, is_known: bool) -> None:
        import quickfix as fix  # noqa: PLC0415 -- not in the parent, which has to end like any other program

        from trader.adapters.fix_session import FixSession  # noqa: PLC0415 -- see above

        self._fix = fix
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._open: Callable[..., Any] = FixSession
        self._config, self._dialect = load_session_config(config), dialect(**changes)
        folder = config.parent / "fix" / "venue"
        self._session: Any = self._open(self._config, self._dialect, folder, self._inbox.put, is_known=is_known)

    def start(self) -> None:
        self._session.start()

    def start_another(self, port: int) -> None:
        """A second session beside the first, with another venue."""
        settings = dict(self._config.settings) | {"SenderCompID": "ROBOT2", "SocketConnectPort": str(port)}
        config = replace(self._config, settings=settings)
        self._other = self._open(config, self._dialect, self._config.where.parent / "fix" / "other", self._inbox.put)
        self._other.start()

    def next(self) -> list[object]:
        """The next input; the engine of this process takes one only when it is told to."""
        value = self._inbox.get(timeout=TIMEOUT_S)
        return [type(value).__name__, msgspec.structs.asdict(value)]

    def threads(self) -> list[str]:
        """The names of the process's threads, but for the main one and those that QuickFIX has of its own."""
        return sorted(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())

    def join_threads(self) -> list[str]:
        """Wait for all of them to end; the names of those that do not."""
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join(TIMEOUT_S / 2)
        return self.threads()

    def kept_states(self) -> int:
        """How many threads that Python did not make have a state in it; one that calls in just now has one too."""
        python, pointer = ctypes.pythonapi, ctypes.c_void_p
        python.PyInterpreterState_Get.restype = python.PyInterpreterState_ThreadHead.restype = pointer
        python.PyThreadState_Next.restype = pointer
        states, state = 0, python.PyInterpreterState_ThreadHead(pointer(python.PyInterpreterState_Get()))
        while state:
            states, state = states + 1, python.PyThreadState_Next(pointer(state))
        return states - len(threading.enumerate())

    def send(self, text: str) -> bool:
        return bool(self._session.send(_message(text)))

    def send_past_the_gate(self, text: str) -> bool:
        """Straight to QuickFIX, as a bug of ours would."""
        return bool(self._fix.Session.sendToTarget(self._fix.Message(_message(text), False), self._session._session_id))

    def keep_messages(self) -> None:
        """Let QuickFIX store what it sends, against our own setting."""
        self._quickfix_session().setPersistMessages(True)

    def renumber(self, next_sent: int, next_expected: int, says_so: bool) -> None:
        """Go on with other sequence numbers."""
        self._session.renumber(Renumber(self._session.name, next_sent, next_expected, says_so))

    def stop(self) -> float:
        """Log out; how many seconds it took."""
        begin = time.perf_counter()
        self._session.stop()
        return time.perf_counter() - begin

    def spoil(self, callback: str) -> None:
        """Make this callback raise, by what it uses."""
        application = self._session._application
        if callback == "toApp":
            application._sent = _Spoiled()
        elif callback == "toAdmin":
            self._session.add_credentials = _fail
        else:
            application._put = _fail

    def spin_until(self, path: str) -> int:
        """Compute until a file is there, as an engine with very much to do; how many rounds."""
        rounds = 0
        while not os.path.exists(path):  # noqa: PTH110 -- called very often
            rounds += 1
        return rounds

    def callback_ms(self, text: str) -> float:
        """Milliseconds that one message spends in fromApp."""
        message = self._fix.Message(_message(text), False)
        begin = time.perf_counter()
        for _ in range(1000):
            self._session._application.fromApp(message, None)
        return time.perf_counter() - begin

    def nodelay(self) -> list[bool]:
        """TCP_NODELAY of every connection of this process."""
        found = [c.fd for c in psutil.Process().net_connections("tcp") if c.status == psutil.CONN_ESTABLISHED]
        sockets = [socket.socket(fileno=os.dup(descriptor)) for descriptor in found]
        return [bool(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) for s in sockets]

    def _quickfix_session(self) -> Any:
        return self._fix.Session.lookupSession(self._session._session_id)


def _message(text: str) -> str:
    """``D|11=A|...`` as a whole message."""
    msg_type, _, body = text.partition("|")
    return f"8=FIX.4.4|9=0|35={msg_type}|{body}|10=000|".replace("|", SOH)


def _main(config: str, changes: str, is_known: str) -> None:
    child = _Child(Path(config), json.loads(changes), is_known=json.loads(is_known))
    _say("ready")
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        order: Callable[..., object] = getattr(child, name)
        _say(order(*arguments))
    os._exit(0)


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
