"""Cuts a connection on which much comes and no message.

QuickFIX takes a message whole before anybody sees it: as long as BodyLength(9) says, up to 2 GB, and without end where
none comes, which it looks through again from the beginning with whatever comes. Meanwhile it looks at no timeout, a
Logon(A)'s neither. Nobody but the kernel knows then how much has come, and it tells of every connection of ours.

Source: tcp(7), TCP_INFO, and struct tcp_info in linux/tcp.h.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from trader.adapters.clock import elapsed_ns
from trader.domain.moments import in_ns

BYTES_MAX = 64 << 20  # more than any message has, and than can wait behind a gap until it is filled
_FEW_BYTES, SECONDS_MAX = 1 << 20, 30.0  # what is more than a few may not take longer
_LOOK_S = 0.2
_OWN_FILES = Path("/proc/self/fd")
_BYTES_RECEIVED = 128  # where tcpi_bytes_received stands in TCP_INFO
_TCP_INFO_BYTES = _BYTES_RECEIVED + 8


class _Mark(NamedTuple):
    """How a connection stood when a message was last heard, or when nothing had come since.

    Attributes:
        heard: Messages heard by then.
        received: Bytes received by then.
        ns: When that was, nanoseconds of a clock that only goes on.
    """

    heard: int
    received: int
    ns: int


class IncomingWatch:
    """Looks a few times a second at the connections of this process to one port.

    What comes between two looks comes all the same: so much more memory can be taken as the line brings in that time.
    Sessions with the same port share one watch: it cannot tell which connection is whose, so a message on one speaks
    for the other.

    Args:
        port: The other end's.
        tell: Is told why, just before a connection is cut. Called from a thread of its own.
        bytes_max: How much may come without a message in it.
        seconds_max: How long more than a megabyte may come without one.

    Attributes:
        port: The other end's.
    """

    def __init__(
        self,
        port: int,
        tell: Callable[[str], None],
        *,
        bytes_max: int = BYTES_MAX,
        seconds_max: float = SECONDS_MAX,
    ) -> None:
        self.port = port
        self._tell = tell
        self._bytes_max = bytes_max
        self._ns_max = in_ns(seconds_max)
        self._heard = 0
        self._before: dict[int, _Mark] = {}  # by inode
        self._thread = threading.Thread(target=self._watch, name="incoming-watch", daemon=True)
        self._over = threading.Event()

    def heard(self) -> None:
        """A message has come, whole."""
        self._heard += 1

    def start(self) -> None:
        """Look from now on; a second call does nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            self.look()

    def look(self) -> None:
        """Look once, and cut what has to be cut."""
        before, self._before = self._before, {}
        for connection in _connections_to(self.port):
            with connection, suppress(OSError):  # it may be gone by now
                inode = os.fstat(connection.fileno()).st_ino
                now = _Mark(self._heard, _bytes_received(connection), elapsed_ns())
                then = before.get(inode, now)
                received = now.received - then.received if then.heard == now.heard else 0
                self._before[inode] = then if received else now
                if self._is_too_much(received, now.ns - then.ns):
                    self._tell(f"{received >> 20} MB came without a message in them, and the connection was cut")
                    connection.shutdown(socket.SHUT_RDWR)

    def _is_too_much(self, received: int, took_ns: int) -> bool:
        return received > self._bytes_max or (received > _FEW_BYTES and took_ns > self._ns_max)


def _connections_to(port: int) -> Iterator[socket.socket]:
    """This process's connections to a port of another's, each as a handle of its own."""
    for entry in _OWN_FILES.iterdir():
        with suppress(OSError):  # closed meanwhile
            if not str(entry.readlink()).startswith("socket:"):
                continue
            connection = socket.socket(fileno=os.dup(int(entry.name)))
            if _is_to(connection, port):
                yield connection
            else:
                connection.close()


def _is_to(connection: socket.socket, port: int) -> bool:
    with suppress(OSError):  # it is not connected
        return connection.family in (socket.AF_INET, socket.AF_INET6) and connection.getpeername()[1] == port
    return False


def _bytes_received(connection: socket.socket) -> int:
    """How many bytes have come since it was made."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    (received,) = struct.unpack_from("=Q", told, _BYTES_RECEIVED)
    return int(received)
