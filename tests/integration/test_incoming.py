"""What comes without end: a message that is longer than any, or that never becomes one. The connection is cut."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.raw_venue import RawVenue
from tests.integration.session_process import SessionProcess, dialect
from trader.adapters.fix_session import FixSession
from trader.adapters.incoming import BYTES_MAX, IncomingWatch
from trader.adapters.resources import fix_config_dir
from trader.adapters.session_config import load_session_config

MB = 1 << 20
ENOUGH = 1_024 * MB  # more than a line of 40 Gbit/s brings between two looks
LONG = b"8=FIX.4.4\x019=2000000000\x0135=0\x01"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection of ours to a venue, and the venue's end of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as ours:
        theirs, _ = listener.accept()
        with theirs:
            yield ours, theirs


def brings(ends: tuple[socket.socket, socket.socket], megabytes: int) -> None:
    """So much comes in, and is taken."""
    ours, theirs = ends
    for _ in range(megabytes * 16):
        theirs.sendall(bytes(MB // 16))
        assert len(ours.recv(MB // 16, socket.MSG_WAITALL)) == MB // 16


def watch_of(ends: tuple[socket.socket, socket.socket], told: list[str]) -> IncomingWatch:
    watch = IncomingWatch(ends[0].getpeername()[1], told.append, bytes_max=4 * MB)
    watch.look()
    return watch


def test_what_comes_without_a_message_is_cut_once_it_is_too_much(ends: tuple[socket.socket, socket.socket]) -> None:
    told: list[str] = []
    watch = watch_of(ends, told)
    brings(ends, 4)
    watch.look()
    assert told == []
    brings(ends, 1)
    watch.look()
    assert told == ["5 MB came without a message in them, and the connection was cut"]
    assert ends[0].recv(1) == b""


def test_messages_that_come_whole_may_be_as_many_as_they_like(ends: tuple[socket.socket, socket.socket]) -> None:
    told: list[str] = []
    watch = watch_of(ends, told)
    for _ in range(4):
        brings(ends, 3)
        watch.heard()
        watch.look()
    assert told == []


def test_two_sessions_with_one_port_are_watched_together(tmp_path: Path) -> None:
    """A drop copy at the venue's own port: what one of them hears keeps the other from being cut."""
    main = fix_session(tmp_path / "main", 9_871)
    copy = fix_session(tmp_path / "copy", 9_871, beside=main)
    elsewhere = fix_session(tmp_path / "elsewhere", 9_872, beside=main)
    assert copy.incoming is main.incoming
    assert elsewhere.incoming is not main.incoming


def fix_session(folder: Path, port: int, beside: FixSession | None = None) -> FixSession:
    """A session that is never started."""
    config = load_session_config(fix_config_dir("simulator") / "session.cfg", connect=f"127.0.0.1:{port}")
    named = replace(config, settings={**config.settings, "SenderCompID": folder.name})
    return FixSession(named, dialect(), folder, lambda _: None, beside=beside)


def test_another_connection_of_the_process_is_left_alone(ends: tuple[socket.socket, socket.socket]) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_connection(other.getsockname()) as there:
        watch = IncomingWatch(there.getpeername()[1], told.append, bytes_max=0)
        watch.look()
        brings(ends, 1)
        watch.look()
    assert told == []


def test_what_comes_slowly_without_a_message_is_cut_once_it_takes_too_long(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    """As QuickFIX reads a field without end: ever more slowly."""
    told: list[str] = []
    watch = IncomingWatch(ends[0].getpeername()[1], told.append, seconds_max=0)
    watch.look()
    brings(ends, 1)
    watch.look()
    assert told == []
    brings(ends, 1)
    watch.look()
    assert told == ["2 MB came without a message in them, and the connection was cut"]


@pytest.mark.timeout(300)
def test_a_venue_that_floods_a_session_is_cut_and_the_reason_told(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        session.ask("start")
        venue.log_on()
        assert session.next_input()[0] == "SessionOpened"
        assert BYTES_MAX // 2 < venue.flood(LONG, ENOUGH) < ENOUGH
        name, closed = session.next_input()
        assert name == "SessionClosed"
        assert closed["reason"].endswith(" MB came without a message in them, and the connection was cut")
        venue.log_on()
        assert session.next_input()[0] == "SessionOpened"
        assert venue.is_alive()


@pytest.mark.timeout(300)
def test_before_the_logon_is_answered_as_well(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        session.ask("start")
        venue.accept()
        assert venue.flood(LONG, ENOUGH) < ENOUGH
        assert session.next_input()[1]["reason"].endswith("and the connection was cut")


def test_a_long_message_that_ends_is_taken(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        session.ask("start")
        venue.log_on()
        assert session.next_input()[0] == "SessionOpened"
        venue.send("B", "148=Long|33=1|58=" + "x" * 2 * MB)
        name, received = session.next_input()
        assert (name, len(received["text"]) > 2 * MB) == ("FixReceived", True)
