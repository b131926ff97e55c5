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

# What the robot decides and no file may change. PersistMessages=N: after a lost session the venue's resend requests
# are answered by gap fills, so an order can never be sent late, and no Password(554) reaches the store.
_OURS = {
    "ConnectionType": "initiator",
    "PersistMessages": "N",
    "SocketNodelay": "Y",
    "UseDataDictionary": "Y",
    "ValidateUserDefinedFields": "N",
    "CheckLatency": "N",
}
_CREDENTIALS = ("Username", "Password")
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
        ConfigError: Unreadable, a key missing, or an environment variable not set.
    """
    parser = configparser.ConfigParser(interpolation=None, default_section="DEFAULT", comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign] # QuickFIX keys keep their capitals
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ConfigError(f"{path}: {error}") from error
    if parser.sections() != ["SESSION"]:
        raise ConfigError(f"{path}: expected exactly one [SESSION], found {parser.sections() or 'none'}")
    values = {key: _resolve(value, key, path) for key, value in parser["SESSION"].items()}
    if connect is not None:
        values["SocketConnectHost"], values["SocketConnectPort"] = _host_port(connect)
    missing = [key for key in _REQUIRED if not values.get(key)]
    if missing:
        raise ConfigError(f"{path}: [SESSION] lacks {', '.join(missing)}")
    if not values["SocketConnectPort"].isdigit():
        raise ConfigError(f"{path}: SocketConnectPort={values['SocketConnectPort']}; expected a port number")
    username, password = (values.pop(key, "") for key in _CREDENTIALS)
    return SessionConfig(values | _OURS, username, Secret(password), path)


def _resolve(value: str, key: str, path: Path) -> str:
    def lookup(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(f"{path}: {key} needs the environment variable {name}, which is not set")
        return os.environ[name]

    return _VARIABLE.sub(lookup, value)


def _host_port(text: str) -> tuple[str, str]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError(f"--connect {text}: expected HOST:PORT, like 127.0.0.1:9876")
    return host, port


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
