"""Both ends of a TLS tunnel: real stunnels with the shipped configuration, certificates made for the occasion."""

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import trustme

from tests.integration.command_line import ROOT, TRADE_DATE, Desk, Outcome, Robot, Venue

TEMPLATES = ROOT / "fix_configs" / "tls"
VENUE_NAME = "fix.venue.example"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STUNNEL = shutil.which("stunnel") or shutil.which("stunnel4")
_DEADLINE_S = 20.0
_GLANCE_S = 0.01
_PLACE = re.compile(r"\$\(([A-Z_]+)\)")


class Tap:
    """A wire that is listened in on: passes every byte to a port on the loopback interface, and keeps it."""

    def __init__(self, port_to: int) -> None:
        self._port_to = port_to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._heard = bytearray()
        self._open: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def heard(self) -> bytes:
        """All that went by, in both directions."""
        return bytes(self._heard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(_DEADLINE_S)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port_to))
                self._open += [near, far]
                for source, target in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=self._pass_on, args=(source, target)))
                    self._threads[-1].start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                self._heard += piece
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True, slots=True)
class Papers:
    """Who shows what, and whom they believe; right unless a test says otherwise.

    Attributes:
        venue_name: The name in the venue's certificate.
        venue_ends: When that certificate ends; None for years from now.
        trusts_another: Whether the robot believes another CA than the venue's.
        shows_own: Whether the robot shows a certificate.
    """

    venue_name: str = VENUE_NAME
    venue_ends: datetime | None = None
    trusts_another: bool = False
    shows_own: bool = True


@dataclass(frozen=True, slots=True)
class Secured:
    """A desk whose venue is at the other end of a tunnel."""

    desk: Desk
    tap: Tap
    folder: Path = field(default=Path("venue"))

    def run(self, *arguments: str | Path) -> Outcome:
        """``trader run`` through the tunnel, to its end."""
        given = ["--venue", str(self.folder), "--trade-date", TRADE_DATE, "--data", "data", *map(str, arguments)]
        return Robot(self.desk.folder, "run", *given).end()


@contextmanager
def secured(folder: Path, ports: Sequence[int], papers: Papers) -> Iterator[Secured]:
    """A simulator behind a stunnel, a wire with a tap on it, and a desk's folder with a stunnel in front.

    Args:
        folder: The desk's.
        ports: Two that are free.
        papers: The certificates.
    """
    far_port, near_port = ports
    places = _certificates(folder, papers)
    with ExitStack() as stack:
        venue = stack.enter_context(Venue(folder))
        tap = stack.enter_context(Tap(far_port))
        far = {"OUTER_HOST": "127.0.0.1", "OUTER_PORT": far_port, "NEAR_PORT": venue.port, "LOG": folder / "far.log"}
        stack.enter_context(_stunnel(filled(folder, "server.conf", places | far), far_port))
        profile = folder / "venue"
        profile.mkdir()
        near = {"VENUE": "venue", "VENUE_HOST": "127.0.0.1", "VENUE_PORT": tap.port, "VENUE_NAME": VENUE_NAME}
        near |= {"NEAR_PORT": near_port, "LOG": folder / "near.log", "CA_FILE": places["ROBOT_CA_FILE"]}
        config = filled(profile, "client.conf", places | near)
        if not papers.shows_own:
            config.write_text(re.sub(r"(?m)^(cert|key) = .*\n", "", config.read_text("utf-8")), "utf-8")
        stack.enter_context(_stunnel(config, near_port))
        shipped = ROOT / "fix_configs" / "simulator"
        shutil.copy(shipped / "dialect.toml", profile)
        session = (shipped / "session.cfg").read_text("utf-8")
        session = session.replace("SocketConnectPort=9876", f"SocketConnectPort={near_port}\nTunnel=client.conf")
        (profile / "session.cfg").write_text(session, "utf-8")
        yield Secured(Desk(folder, venue), tap)


def filled(folder: Path, name: str, places: Mapping[str, object]) -> Path:
    """A shipped template in a folder, every place of it filled."""
    text = _PLACE.sub(lambda place: str(places[place[1]]), (TEMPLATES / name).read_text("utf-8"))
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def _certificates(folder: Path, papers: Papers) -> dict[str, object]:
    """Made and written; where each stands, by the templates' names."""
    ours, another = trustme.CA(), trustme.CA()
    server = ours.issue_cert(papers.venue_name, not_before=LONG_AGO, not_after=papers.venue_ends)
    client = ours.issue_cert("robot@bank.example")
    files = {
        "CA_FILE": [ours.cert_pem],
        "ROBOT_CA_FILE": [(another if papers.trusts_another else ours).cert_pem],
        "SERVER_CERT": server.cert_chain_pems,
        "SERVER_KEY": [server.private_key_pem],
        "CLIENT_CERT": client.cert_chain_pems,
        "CLIENT_KEY": [client.private_key_pem],
    }
    places: dict[str, object] = {}
    for name, blobs in files.items():
        path = folder / f"{name.lower()}.pem"
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        path.chmod(0o600)
        places[name] = path
    return places


@contextmanager
def _stunnel(config: Path, port: int) -> Iterator[None]:
    """A stunnel that listens on a port."""
    assert STUNNEL is not None
    process = subprocess.Popen([STUNNEL, config], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(int(_DEADLINE_S / _GLANCE_S)):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GLANCE_S)
                raise AssertionError(f"stunnel did not take {config}")
        yield
    finally:
        process.terminate()
        process.wait(_DEADLINE_S)
