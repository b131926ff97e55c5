"""A venue's ``session.cfg``, read and made safe: secrets from the environment, our own store, dictionary and rules."""

import configparser
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trader.domain.errors import ConfigError

_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_REQUIRED = ("BeginString", "SenderCompID", "TargetCompID", "SocketConnectHost", "SocketConnectPort", "HeartBtInt")
_OPTIONAL = (
    *("StartTime", "EndTime", "StartDay", "EndDay", "NonStopSession", "UseLocalTime"),
    *("LogonTime", "LogoutTime", "LogonDay", "LogoutDay", "LogonTimeout", "LogoutTimeout", "ReconnectInterval"),
    *("SocketConnectSourceHost", "SocketConnectSourcePort", "SocketSendBufferSize", "SocketReceiveBufferSize"),
    *("SendNextExpectedMsgSeqNum", "SendRedundantResendRequests", "TimestampPrecision"),
)
_CREDENTIALS = ("Username", "Password")

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
    """

    settings: Mapping[str, str]
    username: str
    password: "Secret"
    where: Path

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


def load_session_config(path: Path, *, connect: str | None = None) -> SessionConfig:
    """Read a ``session.cfg`` with one [SESSION].

    Args:
        path: The file.
        connect: ``HOST:PORT`` in place of the file's.

    Raises:
        ConfigError: Unreadable, a key missing or unknown, a value that cannot be, or an environment variable not set.
    """
    values = {key: _resolve(value, key, path) for key, value in _read(path).items()}
    _check_keys(values, path)
    if connect is not None:
        values["SocketConnectHost"], values["SocketConnectPort"] = _host_port(connect)
    missing = [key for key in _REQUIRED if not values.get(key)]
    if missing:
        raise ConfigError(f"{path}: [SESSION] lacks {', '.join(missing)}")
    if not _is_port(values["SocketConnectPort"]):
        raise ConfigError(f"{path}: SocketConnectPort={values['SocketConnectPort']}; expected a port, 1 to {_PORT_MAX}")
    username, password = (values.pop(key, "") for key in _CREDENTIALS)
    return SessionConfig(values | _OURS, username, Secret(password), path)


def _read(path: Path) -> Mapping[str, str]:
    """The keys of [SESSION] with those of [DEFAULT]."""
    parser = configparser.ConfigParser(
        interpolation=None, default_section="DEFAULT", comment_prefixes=("#",), delimiters=("=",)
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign] # QuickFIX keys keep their capitals
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except configparser.DuplicateSectionError as error:
        raise ConfigError(f"{path}: [{error.section}] twice; expected one session a file, so exactly one") from error
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ConfigError(f"{path}: {error}") from error
    if parser.sections() != ["SESSION"]:
        raise ConfigError(f"{path}: expected exactly one [SESSION], found {parser.sections() or 'none'}")
    return parser["SESSION"]


def _check_keys(values: Mapping[str, str], path: Path) -> None:
    known = (*_REQUIRED, *_OPTIONAL, *_CREDENTIALS)
    for key, value in values.items():
        if key in _OURS:
            if value != _OURS[key]:
                raise ConfigError(f"{path}: {key}={value}; the robot needs {key}={_OURS[key]}")
        elif "SSL" in key or "Certificate" in key:
            raise ConfigError(f"{path}: {key}: this QuickFIX has no TLS; put stunnel in front and connect to that")
        elif key not in known:
            raise ConfigError(f"{path}: {key} is not a key for here; expected one of {', '.join(known)}")
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
            f"running, and is the address in {config.where} right?"
        ) from error
