"""The proxy on real sockets: what its rules decide does happen on the wire."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simulator.fault_log import FaultLog
from simulator.faults.scenario import parse_scenario
from simulator.wire.proxy import Proxy
from tests.integration.command_line import ROOT
from tests.integration.raw_client import RawClient
from tests.unit.test_session_faults import message

TIMEOUT_S = 10.0
ONE, TWO = message(1), message(2)


class Pair:
    """A client and a venue made of sockets, with the proxy between them."""

    def __init__(self, rules: str, log: Path | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT_S)
        self._ends: list[socket.socket] = []
        scenario = parse_scenario(f'title = "test"\n{rules}', "test")
        self.proxy = Proxy(scenario, 1, "127.0.0.1", self._listener.getsockname()[1], 0, FaultLog(log))
        self.connect()

    def connect(self) -> None:
        """Both ends of one connection."""
        self._hang_up()
        self.client = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=TIMEOUT_S)
        self._ends.append(self.client)
        self.venue, _ = self._listener.accept()
        self._ends.append(self.venue)
        self.venue.settimeout(TIMEOUT_S)

    def close(self) -> None:
        """End everything."""
        self.proxy.stop()
        self._hang_up()
        self._listener.close()

    def _hang_up(self) -> None:
        for each in self._ends:
            each.close()
        self._ends.clear()


Make = Callable[..., Pair]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Pair] = []

    def pair(when: str, then: str, log: Path | None = None) -> Pair:
        made.append(Pair(f"[[session]]\nwhen = {{ {when} }}\nthen = {{ {then} }}\n", log))
        return made[-1]

    yield pair
    for each in made:
        each.close()


def received(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = end.recv(size - len(data))
        assert piece, f"the end after {data!r}"
        data += piece
    return data


def test_both_ways_are_passed_on_and_the_end_too(make: Make) -> None:
    pair = make("seq = 99", 'action = "drop"')
    pair.client.sendall(ONE)
    assert received(pair.venue, len(ONE)) == ONE
    pair.venue.sendall(TWO)
    assert received(pair.client, len(TWO)) == TWO
    pair.client.close()
    assert pair.venue.recv(1) == b""


def test_a_rule_hits_and_is_logged(make: Make, tmp_path: Path) -> None:
    pair = make("seq = 1", 'action = "drop"', tmp_path / "faults.jsonl")
    pair.venue.sendall(ONE + TWO)
    assert received(pair.client, len(TWO)) == TWO
    (hit,) = [json.loads(line) for line in (tmp_path / "faults.jsonl").read_text("utf-8").splitlines()]
    assert (hit["action"], hit["to"], hit["msg_type"], hit["seq"], hit["connection"]) == ("drop", "client", "8", 1, 1)


def test_an_abrupt_end_is_a_reset_at_both_ends(make: Make) -> None:
    pair = make("seq = 2", 'action = "disconnect", abrupt = true')
    pair.venue.sendall(ONE)
    assert received(pair.client, len(ONE)) == ONE
    pair.venue.sendall(TWO)
    for end in (pair.client, pair.venue):
        with pytest.raises(ConnectionResetError):
            end.recv(1)


def test_half_a_message_comes_and_then_the_end(make: Make) -> None:
    pair = make("seq = 1", 'action = "disconnect", place = "within"')
    pair.venue.sendall(ONE)
    half = len(ONE) // 2
    assert received(pair.client, half) == ONE[:half]
    assert pair.client.recv(1) == b""


def test_while_it_is_away_connections_are_refused(make: Make) -> None:
    pair = make("seq = 1", 'action = "disconnect", away_ms = 300')
    pair.venue.sendall(ONE)
    assert pair.client.recv(1) == b""
    refused = 0
    while True:
        try:
            pair.connect()
            break
        except ConnectionRefusedError:
            refused += 1
    assert refused
    pair.venue.sendall(TWO)
    assert received(pair.client, len(TWO)) == TWO


def test_a_half_open_connection_hides_that_the_other_has_gone(make: Make) -> None:
    pair = make('seq = 1, to = "client"', 'action = "half_open"')
    pair.venue.sendall(ONE)
    pair.client.sendall(TWO)
    pair.client.close()
    pair.venue.settimeout(0.3)
    with pytest.raises(TimeoutError):
        pair.venue.recv(1)


def test_a_message_is_held(make: Make) -> None:
    pair = make("seq = 1", 'action = "hold", ms = 300')
    pair.venue.sendall(ONE)
    pair.client.settimeout(0.1)
    with pytest.raises(TimeoutError):
        pair.client.recv(1)
    pair.client.settimeout(TIMEOUT_S)
    pair.venue.sendall(TWO)
    assert received(pair.client, len(ONE + TWO)) == ONE + TWO


def test_a_reader_that_stalls_fills_the_senders_buffers(make: Make) -> None:
    pair = make("seq = 1", 'action = "stall", ms = 500')
    pair.venue.sendall(ONE)
    assert received(pair.client, len(ONE)) == ONE
    pair.venue.settimeout(0.1)
    with pytest.raises(TimeoutError):
        pair.venue.sendall(TWO * 200_000)


def test_a_venue_that_is_not_there_is_not_there_for_the_client() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    proxy = Proxy(parse_scenario('title = "test"', "test"), 1, "127.0.0.1", port, 0, FaultLog(None))
    client = socket.create_connection(("127.0.0.1", proxy.port), timeout=TIMEOUT_S)
    with client, suppress(ConnectionResetError):
        assert client.recv(1) == b""
    proxy.stop()


def test_the_command_says_where_it_listens_and_ends_with_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "--port", "0", "--scenario", "session_refuse_logon", "--fault-log"]
    with subprocess.Popen(
        [*command, str(tmp_path / "faults.jsonl")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as venue:
        assert venue.stdout is not None
        behind = json.loads(venue.stdout.readline())["port"]
        arguments = ["-m", "simulator.proxy", "--listen", "0", "--to", f"127.0.0.1:{behind}", "--scenario"]
        with subprocess.Popen(
            [sys.executable, *arguments, "session_slow_line"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as proxy:
            assert proxy.stdout is not None
            ready = json.loads(proxy.stdout.readline())
            with RawClient(ready["port"], names=("ROBOT", "SIMULATOR")) as client:
                assert client.log_on()["35"] == "A"
            proxy.send_signal(signal.SIGINT)
            assert proxy.wait(TIMEOUT_S) == 0
        venue.send_signal(signal.SIGTERM)
        assert venue.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--to", "nowhere", "--scenario", "session_drop"], "--to HOST:PORT"),
        (["--to", "127.0.0.1:1", "--scenario", "plain"], "has no [[session]] rules"),
        (["--to", "127.0.0.1:1", "--scenario", "nonsense"], "nonsense"),
        (["--to", "127.0.0.1:1", "--scenario", "session_drop", "--fault-log", "no/such/file"], "fault log"),
        (["--to", "127.0.0.1:1", "--scenario", "session_drop", "--listen", "99999"], "--listen"),
    ],
)
def test_wrong_input_is_a_sentence_and_exit_2(arguments: list[str], problem: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator.proxy", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_a_sentence(make: Make) -> None:
    taken = make("seq = 1", 'action = "drop"').proxy.port
    threads = threading.active_count()
    with pytest.raises(Exception, match="cannot listen on port"):
        Proxy(parse_scenario('title = "test"', "test"), 1, "127.0.0.1", 1, taken, FaultLog(None))
    assert threading.active_count() == threads
