"""The robot's sessions in a process of their own, told what to do line by line: JSON in, JSON out.

QuickFIX does not survive the end of an interpreter well, so the process is killed, and has nothing else to do.
"""

import json
import queue
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.conformance.playing import TIMEOUT_S
from tests.integration.session_process import CONFIG, dialect
from trader.adapters.fix_session import FixSession
from trader.adapters.session_config import load_session_config


class Sessions:
    """The current session and its inbox."""

    def __init__(self) -> None:
        self._session: FixSession | None = None
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def open(self, port: int, folder: str, name: str, heartbeat_s: int, changes: dict[str, object]) -> None:
        """Begin a session with the venue at a port, under a SenderCompID(49) and in a folder of its own."""
        path = Path(folder) / "session.cfg"
        path.parent.mkdir(parents=True)
        text = CONFIG.format(port=port, heartbeat_s=heartbeat_s, begin_string="FIX.4.4")
        text = text.replace("SenderCompID=ROBOT", f"SenderCompID={name}")
        path.write_text(text + "LogoutTimeout=1\n", "utf-8")
        self._inbox = queue.SimpleQueue()
        self._session = FixSession(load_session_config(path), dialect(**changes), path.parent / "fix", self._inbox.put)
        self._session.start()

    def send(self, text: str) -> bool:
        """Send a message; False when it certainly did not leave."""
        assert self._session is not None
        return self._session.send(text)

    def next(self) -> list[object]:
        """The next input that an engine would take."""
        value = self._inbox.get(timeout=TIMEOUT_S)
        return [type(value).__name__, msgspec.structs.asdict(value)]

    def close(self) -> None:
        """End the session."""
        assert self._session is not None
        self._session.stop()


def main() -> None:
    """Do what standard input says, until it ends."""
    sessions = Sessions()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        order: Callable[..., object] = getattr(sessions, name)
        try:
            answer: dict[str, object] = {"value": order(*arguments)}
        except queue.Empty:
            answer = {"error": f"nothing was told in {TIMEOUT_S} s"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
