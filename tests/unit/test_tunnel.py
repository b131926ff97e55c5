"""A tunnel's configuration is taken only when it looks whom it talks to, and its own files are looked after."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from trader.adapters.session_config import load_session_config
from trader.adapters.tunnel import Tunnel, own_problems, read_tunnel, valid_until
from trader.domain.errors import ConfigError

SAFE = """\
debug = notice
sslVersionMin = TLSv1.2
; another venue's
[other]
client = yes
accept = 127.0.0.1:9999
connect = fix.other.example:443

[venue]
client = yes
accept = 127.0.0.1:9881
connect = fix.venue.example:443
CAfile = ca.pem
verifyChain = yes
checkHost = fix.venue.example
cert = own.pem
key = own.key
"""
SESSION = """\
[SESSION]
BeginString=FIX.4.4
SenderCompID=ROBOT
TargetCompID=VENUE
SocketConnectHost=127.0.0.1
SocketConnectPort=9881
HeartBtInt=30
Tunnel=client.conf
"""


def written(folder: Path, text: str = SAFE) -> Path:
    path = folder / "client.conf"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def tunnel(tmp_path: Path) -> Tunnel:
    """With our certificate, which ends on the last day of 2026, and everything as it should be."""
    ca = trustme.CA()
    own = ca.issue_cert(
        "robot@bank.example", not_before=datetime(2026, 1, 1, tzinfo=UTC), not_after=datetime(2026, 12, 31, tzinfo=UTC)
    )
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    own.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    own.private_key_pem.write_to_path(tmp_path / "own.key")
    (tmp_path / "own.key").chmod(0o600)
    return read_tunnel(written(tmp_path), "127.0.0.1", 9881)


def test_the_service_at_the_sessions_address_is_read_with_what_holds_for_all(tunnel: Tunnel, tmp_path: Path) -> None:
    assert (tunnel.connect, tunnel.check_host) == (("fix.venue.example", 443), "fix.venue.example")
    assert (tunnel.ca_file, tunnel.cert, tunnel.key) == (
        tmp_path / "ca.pem",
        tmp_path / "own.pem",
        tmp_path / "own.key",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("verifyChain = yes\n", "", "no verifyChain at 127.0.0.1:9881; expected verifyChain = yes"),
        ("verifyChain = yes", "verifyChain = no", "verifyChain = no at 127.0.0.1:9881; expected verifyChain = yes"),
        ("checkHost = fix.venue.example\n", "", "no checkHost at 127.0.0.1:9881"),
        ("CAfile = ca.pem\n", "", "no CAfile at 127.0.0.1:9881"),
        ("sslVersionMin = TLSv1.2\n", "", "no sslVersionMin at 127.0.0.1:9881; expected sslVersionMin = TLSv1.2 or"),
        ("TLSv1.2", "TLSv1", "sslVersionMin = TLSv1 at"),
        ("client = yes\naccept = 127.0.0.1:9881", "accept = 127.0.0.1:9881", "no client at"),
        (":9881", ":9882", "no service accepts at 127.0.0.1:9881, where the session connects to"),
        ("connect = fix.venue.example:443", "connect = fix.venue.example", "is no address; expected HOST:PORT"),
    ],
)
def test_one_that_would_let_anybody_be_the_venue_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SAFE
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        read_tunnel(written(tmp_path, SAFE.replace(old, new)), "127.0.0.1", 9881)
    assert "client.conf" in str(refused.value)


def test_a_near_end_on_another_machine_is_refused(tmp_path: Path) -> None:
    text = SAFE.replace("127.0.0.1:9881", "10.0.0.1:9881")
    with pytest.raises(ConfigError, match="its near end is in clear; expected 127"):
        read_tunnel(written(tmp_path, text), "10.0.0.1", 9881)


def test_a_session_that_names_a_tunnel_cannot_go_past_it(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / "session.cfg"
    path.write_text(SESSION, "utf-8")
    config = load_session_config(path)
    assert config.tunnel is not None
    assert "Tunnel" not in config.settings
    with pytest.raises(ConfigError, match=re.escape("no service accepts at fix.venue.example:443")):
        load_session_config(path, connect="fix.venue.example:443")


def test_a_session_whose_tunnel_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "session.cfg"
    path.write_text(SESSION, "utf-8")
    with pytest.raises(ConfigError, match="expected the tunnel's stunnel configuration"):
        load_session_config(path)


def test_nothing_is_said_of_files_that_are_as_they_should_be(tunnel: Tunnel) -> None:
    assert own_problems(tunnel, at(2026, 6, 1), 30) == []


@pytest.mark.parametrize(
    ("day", "said"),
    [((2026, 12, 11), "ends 2026-12-31, in 20 days"), ((2027, 1, 2), "ended 2026-12-31")],
)
def test_our_certificate_is_spoken_of_before_it_ends(tunnel: Tunnel, day: tuple[int, int, int], said: str) -> None:
    (problem,) = own_problems(tunnel, at(*day), 30)
    assert said in problem


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("own.key", lambda path: path.chmod(0o640), "others can read the key; expected chmod 600"),
        ("ca.pem", lambda path: path.chmod(0o666), "others can write it; expected chmod go-w"),
        ("own.key", lambda path: path.unlink(), "No such file"),
    ],
)
def test_files_that_others_can_read_or_change_are_told(
    tunnel: Tunnel, tmp_path: Path, name: str, change: Callable[[Path], None], said: str
) -> None:
    change(tmp_path / name)
    (problem,) = own_problems(tunnel, at(2026, 6, 1), 30)
    assert name in problem
    assert said in problem


def test_the_end_of_a_certificate_is_read_of_either_form_of_time(tmp_path: Path) -> None:
    for year in (2049, 2050, 2120):  # RFC 5280 writes four digits of the year from 2050 on
        end = datetime(year, 5, 17, 12, 30, tzinfo=UTC)
        cert = trustme.CA().issue_cert("a.example", not_after=end)
        cert.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        assert valid_until(tmp_path / "cert.pem") == end


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\xff"])
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cert.pem"
    path.write_text(content, "latin-1")
    with pytest.raises(ConfigError, match="expected one in PEM"):
        valid_until(path)


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())
