"""A web server on a free port that fails as it is told to, and keeps what it was sent."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG, RESET = "hang", "reset"
SINK = """
[[alerts.sink]]
kind = "webhook"
name = "monitor"
url_env = "MONITOR_URL"
secret_env = "MONITOR_SECRET"
"""
Answer = int | str


@dataclass(frozen=True)
class Request:
    """One request as it came, and how it was answered."""

    headers: Message
    content: bytes
    answer: Answer

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found

    @property
    def seq(self) -> int:
        return int(self.headers["Idempotency-Key"])


@dataclass
class AlertServer:
    """What the server was told to do, and what it has seen.

    Attributes:
        answers: What to do with the next requests, one after the other: a status, HANG or RESET; then 200.
        connections: Every connection that was made.
    """

    answers: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    end: threading.Event = field(default_factory=threading.Event)
    connections: list[socket.socket] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alerts?token=s3cret-in-the-address"

    @property
    def taken(self) -> list[int]:
        """The numbers that were answered by a status of success, in their order."""
        return [request.seq for request in self.requests if request.answer in (200, 204)]

    def take(self, headers: Message, content: bytes) -> Answer:
        with self.changed:
            answer = self.answers.pop(0) if self.answers else 200
            self.requests.append(Request(headers, content, answer))
            self.changed.notify_all()
            return answer

    def hang_up(self) -> None:
        """Close every connection, as a server does that has waited long enough for the next request."""
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)

    def wait_for(self, count: int) -> None:
        """Until so many requests have come."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, timeout=20)


@contextmanager
def alert_server(*answers: Answer, keeps_open: bool = False) -> Iterator[AlertServer]:
    """A server that answers the first requests so, and all others by 200; it closes after each, or keeps open."""
    state = AlertServer(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keeps_open else "HTTP/1.0"

        def setup(self) -> None:
            super().setup()
            state.connections.append(self.connection)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            answer = state.take(self.headers, content)
            if answer == HANG:
                state.end.wait(20)
            elif answer == RESET:
                # Closed with a reset: what was sent is torn away.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            else:
                self.send_response(int(answer))
                self.send_header("Content-Length", "0")
                self.end_headers()

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                assert RESET in [request.answer for request in state.requests]

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's own name
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield state
    finally:
        state.end.set()
        server.shutdown()
        server.server_close()
        thread.join()
