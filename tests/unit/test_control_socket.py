"""The way in to a running robot, when there is no room at it."""

import os
import resource
import socket
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from trader.adapters.control_socket import ControlSocket, NotListeningError, ask

QUEUED_MAX = 64  # more than may wait at a socket that wants one to wait


def test_a_robot_that_hears_nobody_any_more_holds_nobody_up(tmp_path: Path) -> None:
    with ExitStack() as held:
        deaf = held.enter_context(socket.socket(socket.AF_UNIX))
        deaf.bind(str(tmp_path / "control"))
        deaf.listen(1)
        for _ in range(QUEUED_MAX):
            waiting = held.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            if waiting.connect_ex(str(tmp_path / "control")):
                break
        with pytest.raises(NotListeningError):
            ask(tmp_path, b"stop", 0.2)


def test_one_whom_there_is_no_room_for_does_not_make_it_deaf(tmp_path: Path) -> None:
    with closing(ControlSocket(tmp_path, lambda line, _account: line)), socket.socket(socket.AF_UNIX) as early:
        spare = os.dup(early.fileno())
        os.close(spare)  # the lowest number that is free
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, limits[1]))
        try:
            early.connect(str(tmp_path / "control"))
            early.settimeout(0.2)
            with pytest.raises(TimeoutError):
                early.recv(1)  # by then it was tried to let them in
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert ask(tmp_path, b"stop", 5) == b"stop"
