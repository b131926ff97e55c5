"""A venue's ``session.cfg``, read and made safe: secrets from the environment, our own store, dictionary and rules."""

import configparser
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trader.adapters.clock import now_ns
from trader.adapters.schedule import schedule_in_utc
from trader.adapters.tunnel import Tunnel, read_tunnel
from trader.domain.errors import ConfigError
from trader.fix import tags
from trader.fix.dialect import Dialect

_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_REQUIRED = ("BeginString", "SenderCompID", "TargetCompID", "SocketConnectHost", "SocketConnectPort", "HeartBtInt")
# This build of QuickFIX knows no time zones: a schedule is in UTC, or by the clock of the machine.
_OPTIONAL = (
    *("StartTime", "EndTime", "StartDay", "EndDay", "NonStopSession", "UseLocalTime"),
    *("LogonTime", "LogoutTime", "LogonDay", "LogoutDay", "LogonTimeout", "LogoutTimeout", "ReconnectInterval"),
    *("SocketConnectSourceHost", "SocketConnectSourcePort", "SocketSendBufferSize", "SocketReceiveBufferSize"),
    *("SendNextExpectedMsgSeqNum", "SendRedundantResendRequests", "TimestampPrecision"),
)
_CREDENTIALS = ("Username", "Password")
# They stand in the header of every message; QuickFIX has no setting for them.
_SUB_IDS = {"SenderSubID": int(tags.SENDER_SUB_ID), "TargetSubID": int(tags.TARGET_SUB_ID)}
_TIME_ZONE = "TimeZone"
_TUNNEL = "Tunnel"
KEYS = (*_REQUIRED, *_OPTIONAL, *_CREDENTIALS, *_SUB_IDS, _TIME_ZONE, _TUNNEL)

# What the robot decides and no file may change. PersistMessages=N: after a lost session the venue's resend requests
# are answered by gap fills, so an order can never be sent late, and no Password(554) reaches the store. The checks of
# single fields are off because what QuickFIX rejects, the robot never sees.
_OURS = {
    "ConnectionType": "initiator",
    "PersistMessages": "N",
    "SocketNodelay": "Y",
    "UseDataDictionary": "Y",
    "AllowUnknownMsgFields": "Y",
    "ValidateFieldsHaveValues": "N",
    "ValidateFieldsOutOfOrder": "N",
    "ValidateUserDefinedFields": "N",
    "CheckLatency": "N",
}
_PORT_MAX = 65_535
_CONNECT_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """One initiator session, resolved.

    Attributes:
        settings: QuickFIX settings without credentials.
        username: Username(553), or "".
        password: Password(554), or "". Lives in memory only; masked here so that it is in no traceback.
        where: The file it came from.
        header: Tag to value of what stands in the header of every message besides what QuickFIX puts there.
        tunnel: The stunnel in front of it; None where none was named.
    """

    settings: Mapping[str, str]
    username: str
    password: "Secret"
    where: Path
    header: Mapping[int, str] = field(default_factory=dict)
    tunnel: Tunnel | None = None

    @property
    def host(self) -> str:
        """Where to connect."""
        return self.settings["SocketConnectHost"]

    @property
    def port(self) -> int:
        """Where to connect."""
        return int(self.settings["SocketConnectPort"])


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that does not show itself."""

    reveal: str = ""

    def __repr__(self) -> str:
        return "Secret(***)"


def load_session_config(path: Path, *, connect: str | None = None, content: bytes | None = None) -> SessionConfig:
    """Read a ``session.cfg`` with one [SESSION].

    Args:
        path: The file.
        connect: ``HOST:PORT`` in place of the file's.
        content: What stands in the file, where it was read already.

    Raises:
        ConfigError: Unreadable, a key missing or unknown, a value that cannot be, or an environment variable not set.
    """
    values = {key: _resolve(value, key, path) for key, value in _read(path, content).items()}
    _check_keys(values, path)
    if connect is not None:
        values["SocketConnectHost"], values["SocketConnectPort"] = _host_port(connect)
    missing = [key for key in _REQUIRED if not values.get(key)]
    if missing:
        raise ConfigError(f"{path}: [SESSION] lacks {', '.join(missing)}")
    if not _is_port(values["SocketConnectPort"]):
        raise ConfigError(f"{path}: SocketConnectPort={values['SocketConnectPort']}; expected a port, 1 to {_PORT_MAX}")
    username, password = (values.pop(key, "") for key in _CREDENTIALS)
    header = {tag: values.pop(key) for key, tag in _SUB_IDS.items() if key in values}
    tunnel = _tunnel(values, path)
    zone = values.pop(_TIME_ZONE, "")
    if zone:
        try:
            values = schedule_in_utc(values, zone, now_ns())
        except ValueError as error:
            raise ConfigError(f"{path}: {error}") from error
    return SessionConfig(values | _OURS, username, Secret(password), path, header, tunnel)


def session_settings(config: SessionConfig, dialect: Dialect) -> dict[str, str]:
    """What QuickFIX is told about a session of the dialect, but for its folders.

    Raises:
        ConfigError: The session file and the dialect speak of two versions.
    """
    said = config.settings["BeginString"]
    if said != dialect.begin_string:
        raise ConfigError(
            f"{config.where}: BeginString={said}, but the dialect beside it says {dialect.begin_string}; "
            f"expected the same in both"
        )
    settings = dict(config.settings) | {"BeginString": dialect.session_begin_string}
    if dialect.has_transport:
        settings["DefaultApplVerID"] = dialect.application_version
    return settings


def _read(path: Path, content: bytes | None) -> Mapping[str, str]:
    """The keys of [SESSION] with those of [DEFAULT]."""
    parser = configparser.ConfigParser(
        interpolation=None, default_section="DEFAULT", comment_prefixes=("#",), delimiters=("=",)
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign] # QuickFIX keys keep their capitals
    try:
        text = (path.read_bytes() if content is None else content).decode("utf-8")
        parser.read_string(text, source=str(path))
    except configparser.DuplicateSectionError as error:
        raise ConfigError(f"{path}: [{error.section}] twice; expected one session a file, so exactly one") from error
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ConfigError(f"{path}: {error}") from error
    if parser.sections() != ["SESSION"]:
        raise ConfigError(f"{path}: expected exactly one [SESSION], found {parser.sections() or 'none'}")
    return parser["SESSION"]


def _check_keys(values: Mapping[str, str], path: Path) -> None:
    for key, value in values.items():
        if key in _OURS:
            if value != _OURS[key]:
                raise ConfigError(f"{path}: {key}={value}; the robot needs {key}={_OURS[key]}")
        elif "SSL" in key or "Certificate" in key:
            raise ConfigError(
                f"{path}: {key}: this QuickFIX has no TLS; put stunnel in front, connect to that, and name its "
                "configuration as Tunnel"
            )
        elif key not in KEYS:
            raise ConfigError(f"{path}: {key} is not a key for here; expected one of {', '.join(KEYS)}")
        elif not value.isprintable():
            raise ConfigError(f"{path}: {key} holds a line break or another control character; expected one line")


def _resolve(value: str, key: str, path: Path) -> str:
    def lookup(match: re.Match[str]) -> str:
        name = match.group(1)
        if not os.environ.get(name):
            raise ConfigError(f"{path}: {key} needs the environment variable {name}, which is not set or is empty")
        return os.environ[name]

    return _VARIABLE.sub(lookup, value)


def _host_port(text: str) -> tuple[str, str]:
    host, _, port = text.rpartition(":")
    if not host or not _is_port(port):
        raise ConfigError(f"--connect {text}: expected HOST:PORT, like 127.0.0.1:9876")
    return host, port


def _tunnel(values: dict[str, str], path: Path) -> Tunnel | None:
    """The tunnel that is named, which has to begin where the session connects to: nothing goes past it in clear."""
    name = values.pop(_TUNNEL, "")
    if not name:
        return None
    return read_tunnel(path.parent / name, values["SocketConnectHost"], int(values["SocketConnectPort"]))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _PORT_MAX


def reach(config: SessionConfig, venue: str) -> None:
    """Find out in plain words whether anybody listens.

    Raises:
        ConfigError: Nobody does.
    """
    try:
        socket.create_connection((config.host, config.port), timeout=_CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise ConfigError(
            f"the venue {venue} cannot be reached at {config.host}:{config.port}: {error.strerror or error}; is it "
            f"running, and is the address right, from --connect or else from {config.where}?"
        ) from error
