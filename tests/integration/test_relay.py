"""The relay between two ends that say BeginString(8) differently: bytes, half-closed connections, and the end."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from trader.adapters.relay import Relay, Versions

TIMEOUT_S = 10.0
VERSIONS = Versions(caller="FIXT.1.1", target="IMIX.2.0")


def message(version: str, body: str) -> bytes:
    content = body.replace("|", "\x01").encode()
    whole = f"8={version}\x019={len(content)}\x01".encode() + content
    return whole + b"10=%03d\x01" % (sum(whole) % 256)


HELLO = "35=A|49=A|56=B|"


@pytest.fixture
def target() -> Iterator[socket.socket]:
    """Where the relay connects to: a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT_S)
        yield listener


@pytest.fixture
def relay(target: socket.socket) -> Iterator[Relay]:
    relay = Relay(VERSIONS, *target.getsockname())
    yield relay
    relay.stop()


def connected(relay: Relay, target: socket.socket) -> tuple[socket.socket, socket.socket]:
    """A caller, and its connection as the target has it."""
    caller = socket.create_connection((relay.host, relay.port), timeout=TIMEOUT_S)
    accepted, _ = target.accept()
    accepted.settimeout(TIMEOUT_S)
    return caller, accepted


def received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (chunk := connection.recv(size - len(data))):
        data += chunk
    return data


def test_messages_are_rewritten_in_both_directions(relay: Relay, target: socket.socket) -> None:
    caller, accepted = connected(relay, target)
    with caller, accepted:
        caller.sendall(message("FIXT.1.1", HELLO) * 2)
        assert received(accepted, 2 * len(message("IMIX.2.0", HELLO))) == message("IMIX.2.0", HELLO) * 2
        accepted.sendall(message("IMIX.2.0", HELLO))
        assert received(caller, len(message("FIXT.1.1", HELLO))) == message("FIXT.1.1", HELLO)


def test_a_half_closed_connection_stays_open_the_other_way(relay: Relay, target: socket.socket) -> None:
    caller, accepted = connected(relay, target)
    with caller, accepted:
        caller.sendall(message("FIXT.1.1", HELLO) + b"8=FIXT.1.1\x019=50\x0135=")
        caller.shutdown(socket.SHUT_WR)
        said = message("IMIX.2.0", HELLO) + b"8=FIXT.1.1\x019=50\x0135="
        assert received(accepted, 1_000) == said, "what was begun is passed on as it is, and then the end"
        accepted.sendall(message("IMIX.2.0", HELLO))
        accepted.shutdown(socket.SHUT_WR)
        assert received(caller, 1_000) == message("FIXT.1.1", HELLO)


def test_much_that_is_read_slowly_arrives_whole(relay: Relay, target: socket.socket) -> None:
    many = 50_000
    caller, accepted = connected(relay, target)
    with caller, accepted:
        writer = threading.Thread(target=lambda: (caller.sendall(message("FIXT.1.1", HELLO) * many), caller.close()))
        writer.start()
        assert received(accepted, 1 << 30) == message("IMIX.2.0", HELLO) * many
        writer.join()


def test_an_end_that_goes_without_a_goodbye_takes_the_other_with_it(relay: Relay, target: socket.socket) -> None:
    caller, accepted = connected(relay, target)
    with caller, accepted:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        accepted.close()  # a reset
        with contextlib.suppress(ConnectionResetError):
            assert caller.recv(1) == b""


def test_a_caller_is_hung_up_on_when_nobody_is_there_and_the_next_is_served(target: socket.socket) -> None:
    address = target.getsockname()
    target.close()
    relay = Relay(VERSIONS, *address)
    try:
        with socket.create_connection((relay.host, relay.port), timeout=TIMEOUT_S) as caller:
            assert received(caller, 1) == b""
        with socket.create_server(address) as again:
            caller, accepted = connected(relay, again)
            caller.close()
            assert received(accepted, 1) == b""
            accepted.close()
    finally:
        relay.stop()


def test_several_callers_do_not_mix(relay: Relay, target: socket.socket) -> None:
    pairs = [connected(relay, target) for _ in range(3)]
    for number, (caller, _) in enumerate(pairs):
        caller.sendall(message("FIXT.1.1", f"35=0|112={number}|"))
    for number, (caller, accepted) in enumerate(pairs):
        expected = message("IMIX.2.0", f"35=0|112={number}|")
        assert received(accepted, len(expected)) == expected
        caller.close()
        accepted.close()


def test_stopping_ends_every_connection_and_leaves_no_thread(target: socket.socket) -> None:
    before = threading.active_count()
    relay = Relay(VERSIONS, *target.getsockname())
    caller, accepted = connected(relay, target)
    relay.stop()
    relay.stop()
    assert threading.active_count() == before
    with caller, accepted:
        assert received(accepted, 1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((relay.host, relay.port), timeout=TIMEOUT_S)


def test_a_port_that_is_taken_is_said_and_leaves_no_thread(target: socket.socket) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"):
        Relay(VERSIONS, "127.0.0.1", 1, listen_port=target.getsockname()[1])
    assert threading.active_count() == before
