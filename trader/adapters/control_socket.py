"""The way in to a running robot: a Unix socket in its data folder, one line each way.

Only the user who runs the robot, and root, are heard. Every connection has a thread of its own and a moment by which
its line has to be complete, so that one who is slow holds up neither the robot nor anybody else.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trader.adapters.account import account_of
from trader.adapters.clock import elapsed_ns
from trader.domain.moments import NS_PER_S, in_ns

LINE_MAX = 64 * 1024 * 1024  # a whole set of limits fits
_NAME = "control"
_PIECE = 65_536
_READ_S = 5.0
_GLANCE_S = 0.02
_CLIENTS_MAX = 32
_PEER = struct.Struct("3i")  # pid, uid, gid
_ROOT = 0


class NotListeningError(OSError):
    """No robot listens on the data folder."""


class ControlSocket:
    """Listens in a data folder until it is closed.

    Args:
        folder: The data folder, which is ours alone.
        answer: Gives the answer to a line of an account of this machine, both lines without their ends. Called from
            threads of this object.

    Raises:
        OSError: The socket cannot be made.
    """

    def __init__(self, folder: Path, answer: Callable[[bytes, str], bytes]) -> None:
        self._path = folder / _NAME
        self._answer = answer
        self._free = threading.BoundedSemaphore(_CLIENTS_MAX)
        self._is_over = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX)
        self._path.unlink(missing_ok=True)  # of a process that is gone: the folder's lock is ours
        with _address(folder) as address:
            self._socket.bind(address)
        self._path.chmod(0o600)
        self._socket.listen(_CLIENTS_MAX)
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def close(self) -> None:
        """Hear nobody any more."""
        self._is_over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                if self._is_over.wait(_GLANCE_S):
                    return
                continue  # one who went away, or no room for another: the next is heard all the same
            uid = self._uid(client)
            if uid in (os.getuid(), _ROOT) and self._free.acquire(blocking=False):
                who = (client, account_of(uid))
                threading.Thread(target=self._serve, args=who, name="control-client", daemon=True).start()
            else:
                client.close()

    @staticmethod
    def _uid(client: socket.socket) -> int:
        _pid, uid, _gid = _PEER.unpack(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        assert isinstance(uid, int)
        return uid

    def _serve(self, client: socket.socket, account: str) -> None:
        try:
            with client:
                line = _read_line(client, _READ_S)
                if line is not None:
                    client.settimeout(_READ_S)
                    client.sendall(self._answer(line, account) + b"\n")
        except OSError:
            return  # who asked has gone; what was asked is done all the same
        finally:
            self._free.release()


def ask(folder: Path, line: bytes, timeout_s: float) -> bytes:
    """Put a line to the robot of a data folder.

    Args:
        folder: The data folder.
        line: Without an end of line in it.
        timeout_s: How long to wait for the answer.

    Returns:
        The answer, without its end of line.

    Raises:
        NotListeningError: There is no robot; nothing was said.
        OSError: The robot did not answer, so that nobody knows what became of what was asked.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout_s)  # a robot that hears nobody any more holds nobody up either
        try:
            with _address(folder) as address:
                client.connect(address)
        except OSError as error:
            raise NotListeningError(f"no robot listens on {folder}") from error
        client.sendall(line + b"\n")
        answer = _read_line(client, timeout_s)
    if answer is None:
        raise OSError(f"the robot on {folder} was asked, and has not answered in {timeout_s:g} s")
    return answer


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The socket's address, by way of the open folder: an address has no more than 107 characters, a path may have."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{_NAME}"
    finally:
        os.close(opened)


def _read_line(client: socket.socket, timeout_s: float) -> bytes | None:
    """The line that comes; None when it is too long, does not end in time, or ends without a line's end."""
    deadline_ns = elapsed_ns() + in_ns(timeout_s)
    pieces, size = [], 0
    while size <= LINE_MAX:
        left_s = (deadline_ns - elapsed_ns()) / NS_PER_S
        if left_s <= 0:
            return None
        client.settimeout(left_s)
        try:
            piece = client.recv(_PIECE)
        except TimeoutError:
            return None
        if not piece:
            return None
        head, end, _ = piece.partition(b"\n")
        pieces.append(head)
        if end:
            return b"".join(pieces)
        size += len(piece)
    return None
