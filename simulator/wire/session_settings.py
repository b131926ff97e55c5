"""Who the venue is to whom: the names of both ends, and QuickFIX's configuration of an acceptor for them. Pure."""

import configparser
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect

LOOPBACK = "127.0.0.1"

_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


@dataclass(frozen=True, slots=True)
class Names:
    """What a venue's folder says in ``session.cfg`` about the two ends of a session.

    Attributes:
        venue: TargetCompID(56) of the client's messages.
        venue_desk: TargetSubID(57) of the client's messages, or "".
        client: SenderCompID(49) of the client's messages; "" when it is in the environment, and is not set there.
    """

    venue: str
    venue_desk: str
    client: str


def names_in(session_cfg: str, environment: Mapping[str, str], where: str) -> Names:
    """The names of both ends, from the file that the client logs on with.

    Args:
        session_cfg: The file's text.
        environment: Values of ``$(NAME)``.
        where: The file's name, for the error.

    Raises:
        ConfigError: It cannot be read, or does not say who the venue is.
    """
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    try:
        parser.read_string(session_cfg, source=where)
    except configparser.Error as error:
        raise ConfigError(f"{where}: {error}") from error
    session = parser["SESSION"] if parser.has_section("SESSION") else parser["DEFAULT"]

    def value(key: str) -> str:
        return _VARIABLE.sub(lambda match: environment.get(match.group(1), ""), session.get(key, ""))

    if not value("TargetCompID"):
        raise ConfigError(f"{where}: TargetCompID is not there, or not set in the environment; expected a name")
    return Names(value("TargetCompID"), value("TargetSubID"), value("SenderCompID"))


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """The files of a session's dictionaries.

    Attributes:
        application: Of the messages; of the session as well, where it has none of its own.
        transport: Of the session, where it has a version of its own; else None.
    """

    application: Path
    transport: Path | None


def acceptor_settings(
    dialect: Dialect, dictionaries: Dictionaries, venue: str, clients: Sequence[str], store: Path | None, port: int
) -> str:
    """QuickFIX's configuration. The port is bound on every interface, and only the loopback is let in."""
    lines = [
        "[DEFAULT]",
        "ConnectionType=acceptor",
        f"SocketAcceptPort={port}",
        f"AllowedRemoteAddresses={LOOPBACK}",
        "SocketNodelay=Y",
        "NonStopSession=Y",
        f"BeginString={dialect.session_begin_string}",
        f"SenderCompID={venue}",
        "UseDataDictionary=Y",
        "ValidateUserDefinedFields=N",
        "CheckLatency=N",
    ]
    if dictionaries.transport is None:
        lines.append(f"DataDictionary={dictionaries.application}")
    else:
        lines += [
            f"DefaultApplVerID={dialect.application_version}",
            f"TransportDataDictionary={dictionaries.transport}",
            f"AppDataDictionary={dictionaries.application}",
        ]
    if store:
        lines.append(f"FileStorePath={store}")
    for client in clients:
        lines += ["[SESSION]", f"TargetCompID={client}"]
    return "\n".join(lines) + "\n"
