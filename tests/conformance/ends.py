"""The two ends that session scripts are played against: the simulator's acceptor, and the robot's session."""

import json
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.conformance.playing import TIMEOUT_S
from tests.conformance.scripting import Script
from tests.integration.command_line import Venue
from tests.raw_fix import SOH

SIMULATOR = "SIMULATOR"


class VenueEnd:
    """A venue that plays for all scripts, each under a SenderCompID(49) of its own."""

    def __init__(self, folder: Path, scripts: Sequence[Script]) -> None:
        self._clients = {script.name: f"S{number}" for number, script in enumerate(scripts)}
        self._venue = Venue(folder, "--clients", ",".join(self._clients.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._venue.__exit__(kind, error, trace)

    def open(self, script: Script) -> "VenueSession":
        """A client for one script."""
        return VenueSession(self._venue.port, (self._clients[script.name], SIMULATOR))


class VenueSession:
    """One client's session with the venue."""

    def __init__(self, port: int, names: tuple[str, str]) -> None:
        self.names = names
        self._port = port

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT_S)

    def robot_sends(self, text: str) -> None:
        """There is no robot."""
        raise AssertionError(f"only a robot can send {text}")

    def robot_stops(self) -> None:
        """There is no robot."""
        raise AssertionError("only a robot can stop")

    def told(self) -> tuple[str, dict[str, str]]:
        """There is no robot."""
        raise AssertionError("only a robot is told anything")


class RobotEnd:
    """A process in which each script has a session of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.robot_process"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._owed = 0
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def open(self, script: Script) -> "RobotSession":
        """The robot's session for one script, and a venue for it to connect to."""
        return RobotSession(self, script, self._folder / script.name)

    def tell(self, *command: object) -> None:
        """Give the process an order that it need not answer at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        self._owed += 1

    def ask(self, *command: object) -> Any:
        """Give the process an order, and wait for what it answers."""
        self.tell(*command)
        for _ in range(self._owed - 1):
            self._answers.get(timeout=2 * TIMEOUT_S)
        self._owed = 0
        answer = json.loads(self._answers.get(timeout=2 * TIMEOUT_S))
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put('{"error": "the robot\'s process has ended"}')


class RobotSession:
    """One session of the robot, and the listener it connects to."""

    def __init__(self, end: RobotEnd, script: Script, folder: Path) -> None:
        self._end = end
        # QuickFIX knows a session by its names, for as long as the process lives.
        self.names = (SIMULATOR, f"ROBOT-{script.name}")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT_S)
        port = self._listener.getsockname()[1]
        end.ask("open", port, str(folder), self.names[1], script.heartbeat_s, script.changes)

    def connect(self) -> socket.socket:
        """Take the robot's next connection."""
        return self._listener.accept()[0]

    def robot_sends(self, text: str) -> None:
        """Let the robot say something."""
        msg_type, _, body = text.partition("|")
        message = f"8=FIX.4.4|9=0|35={msg_type}|{body}|10=000|".replace("|", SOH)
        assert self._end.ask("send", message), "the message certainly did not leave"

    def robot_stops(self) -> None:
        """Let the robot log out."""
        self._end.tell("close")

    def told(self) -> tuple[str, dict[str, str]]:
        """The next thing that the robot's engine hears of."""
        name, has = self._end.ask("next")
        return name, {key: str(value) for key, value in has.items()}

    def close(self) -> None:
        """End the session, and stop listening."""
        self._listener.close()
        self._end.ask("close")
