"""The TLS tunnel in front of a session: what its stunnel configuration has to say, and why it lets nothing through.

QuickFIX speaks no TLS, so stunnel does. The robot reads the same file as stunnel does, refuses one that would let
anybody be the venue, and where no logon comes back makes the same handshake itself, because stunnel tells the reason
to nobody but its own log. No FIX is said in it.
"""

import os
import socket
import ssl
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from trader.domain.errors import ConfigError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CONNECT_S = 3.0
# TLS 1.3 lets a client believe that all is well until the server has looked at its certificate.
_VERDICT_S = 1.0
_SEQUENCE, _VERSION, _LONG = 0x30, 0xA0, 0x80

# X.509 verification results, as `man openssl-verification-options` numbers them.
_EXPIRED, _NOT_YET, _WRONG_HOST = 10, 9, 62
_RIGHT_WOULD_BE = {
    _EXPIRED: "expected one that is valid now: ask the venue for its new one, and look at this machine's clock",
    _NOT_YET: "expected one that is valid now: look at this machine's clock",
    _WRONG_HOST: "expected that name in it: is connect the venue, and checkHost the name that the venue has told?",
}
_UNKNOWN_CA = "expected one that the CA in CAfile has signed: is it the venue's, and is this the venue?"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """The client service of a stunnel configuration that leads to the venue.

    Attributes:
        where: The file.
        connect: The venue's host and port.
        check_host: The name that the venue's certificate must have.
        ca_file: The certificates of those who may have signed it.
        cert: Our own certificate, PEM; None where the venue asks for none.
        key: Its key; the file of the certificate where they are one.
        version_min: The oldest TLS that is spoken.
    """

    where: Path
    connect: tuple[str, int]
    check_host: str
    ca_file: Path
    cert: Path | None
    key: Path | None
    version_min: ssl.TLSVersion


def read_tunnel(where: Path, host: str, port: int) -> Tunnel:
    """Read a stunnel configuration.

    Args:
        where: The file; paths in it are relative to its folder.
        host: Where the session connects to: the tunnel's near end.
        port: The same.

    Raises:
        ConfigError: It cannot be read, has no client service at that address, or one that does not look whom it talks
            to.
    """
    service = _service_at(where, host, port)

    def need(key: str, *values: str) -> str:
        value = service.get(key, "")
        if not value or (values and value not in values):
            what = f"{key} = {value}" if value else f"no {key}"
            raise ConfigError(
                f"{where}: {what} at {service['accept']}; expected {key} = {' or '.join(values) or '...'}"
            )
        return value

    if not is_loopback(host):
        raise ConfigError(f"{where}: accept = {service['accept']}: its near end is in clear; expected 127.0.0.1:PORT")
    need("client", "yes")
    need("verifyChain", "yes")
    folder = where.parent
    cert, key = service.get("cert"), service.get("key") or service.get("cert")
    return Tunnel(
        where=where,
        connect=_address(need("connect"), where),
        check_host=need("checkHost"),
        ca_file=folder / need("CAfile"),
        cert=folder / cert if cert else None,
        key=folder / key if key else None,
        version_min=_VERSIONS[need("sslVersionMin", *_VERSIONS)],
    )


def _service_at(where: Path, host: str, port: int) -> Mapping[str, str]:
    """The options of the service that accepts there, with those that hold for all services."""
    try:
        lines = where.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where} cannot be read: {error}; expected the tunnel's stunnel configuration") from error
    every: dict[str, str] = {}
    services: list[dict[str, str]] = []
    for line in map(str.strip, lines):
        if line.startswith("["):
            services.append(dict(every))
        elif line and line[0] not in ";#":
            key, _, value = line.partition("=")
            (services[-1] if services else every)[key.strip()] = value.strip()
    for service in services:
        if "accept" in service and _address(service["accept"], where) == (host, port):
            return service
    found = ", ".join(service.get("accept", "none") for service in services)
    raise ConfigError(
        f"{where}: no service accepts at {host}:{port}, where the session connects to; expected accept = {host}:{port}"
        f"{f', found {found}' if found else ''}"
    )


def _address(text: str, where: Path) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()):
        raise ConfigError(f"{where}: {text!r} is no address; expected HOST:PORT")
    return host or _LOOPBACK[0], int(port)


def is_loopback(host: str) -> bool:
    """Whether what goes there stays on this machine."""
    return host in _LOOPBACK


def own_problems(tunnel: Tunnel, now_s: int, warn_days: int) -> list[str]:
    """What is wrong with our own files, or soon will be.

    Args:
        tunnel: The tunnel.
        now_s: UTC seconds.
        warn_days: How many days before its end a certificate is spoken of.

    Returns:
        Sentences.
    """
    problems: list[str] = []
    for path in filter(None, {tunnel.ca_file, tunnel.cert, tunnel.key}):
        try:
            found = path.stat()
        except OSError as error:
            problems.append(f"{path}: {error.strerror}; {tunnel.where} names it")
            continue
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            problems.append(f"{path}: others can write it; expected chmod go-w {path}")
        if path == tunnel.key and found.st_mode & _OTHERS:
            problems.append(f"{path}: others can read the key; expected chmod 600 {path}")
    if tunnel.cert is not None and tunnel.cert.is_file():
        end = valid_until(tunnel.cert)
        days = int(end.timestamp() - now_s) // 86_400
        if days < warn_days:
            said = f"ended {end:%Y-%m-%d}" if days < 0 else f"ends {end:%Y-%m-%d}, in {days} days"
            problems.append(f"{tunnel.cert}: our certificate {said}; ask the venue how to hand in a new one")
    return problems


def valid_until(path: Path) -> datetime:
    """When a certificate in PEM ends.

    Raises:
        ConfigError: It is none.

    Source: RFC 5280, 4.1: TBSCertificate is version, serialNumber, signature, issuer, validity and more.
    """
    try:
        text = path.read_text("ascii")
        begin = text.index("-----BEGIN CERTIFICATE-----")
        end = text.index("-----END CERTIFICATE-----", begin) + len("-----END CERTIFICATE-----")
        to_be_signed = _children(_children(_der(text[begin:end]))[0][1])
        if to_be_signed[0][0] == _VERSION:
            to_be_signed = to_be_signed[1:]
        _, _, _, (_, validity), *_ = to_be_signed
        _, (_, not_after) = _children(validity)
        stamp = not_after.decode("ascii")
        # UTCTime has two digits of the year: 50 and more are of the last century.
        century = "" if len(stamp) == len("YYYYMMDDHHMMSSZ") else "19" if stamp >= "50" else "20"
        return datetime.strptime(f"{century}{stamp}+0000", "%Y%m%d%H%M%SZ%z").astimezone(UTC)
    except (OSError, ValueError, IndexError) as error:
        raise ConfigError(f"{path}: no certificate ({error}); expected one in PEM") from error


def _der(pem: str) -> bytes:
    """What is inside the outermost sequence of a certificate."""
    ((tag, content),) = _children(ssl.PEM_cert_to_DER_cert(pem))
    if tag != _SEQUENCE:
        raise ValueError("it does not begin with a sequence")
    return content


def _children(content: bytes) -> list[tuple[int, bytes]]:
    """The values that stand one after the other, each with its tag."""
    found, at = [], 0
    while at < len(content):
        tag, length, at = content[at], content[at + 1], at + 2
        if length & _LONG:
            width = length & ~_LONG
            length, at = int.from_bytes(content[at : at + width]), at + width
        found.append((tag, content[at : at + length]))
        at += length
    return found


def handshake(tunnel: Tunnel) -> datetime:
    """Make the tunnel's own handshake with the venue, say nothing, and hang up.

    Returns:
        When the venue's certificate ends.

    Raises:
        ConfigError: It does not come about; the message says who did not like what, and what would be right.
    """
    host, port = tunnel.connect
    to = f"{host}:{port}"
    try:
        context = _context(tunnel)
        with (
            socket.create_connection(tunnel.connect, timeout=_CONNECT_S) as raw,
            context.wrap_socket(raw, server_hostname=tunnel.check_host) as wrapped,
        ):
            facts = wrapped.getpeercert() or {}
            wrapped.settimeout(_VERDICT_S)
            try:
                if not wrapped.recv(1):
                    raise ConfigError(f"{to} hangs up behind the TLS: is the venue's FIX end open? Nothing was sent")
            except TimeoutError:
                pass  # it waits for us to speak: as it should
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(facts["notAfter"])), UTC)
    except ssl.SSLCertVerificationError as error:
        right = _RIGHT_WOULD_BE.get(error.verify_code, _UNKNOWN_CA)
        said = error.verify_message.rstrip(".")
        raise ConfigError(f"{tunnel.where}: the certificate of {to} does not pass: {said}; {right}") from error
    except ssl.SSLError as error:
        raise ConfigError(
            f"{tunnel.where}: {to} ends the TLS handshake: {_reason(error)}; expected a certificate of ours that the "
            f"venue knows (cert and key there: {tunnel.cert or 'none'}), and TLS of at least the same version"
        ) from error
    except OSError as error:
        raise ConfigError(f"{tunnel.where}: {to} cannot be reached: {error.strerror or error}") from error


def _context(tunnel: Tunnel) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # looks at the chain and at the name
    context.minimum_version = tunnel.version_min
    for path in filter(None, (tunnel.ca_file, tunnel.cert, tunnel.key)):
        if not os.access(path, os.R_OK):
            raise ConfigError(f"{tunnel.where}: {path} cannot be read; expected a certificate or a key in PEM")
    context.load_verify_locations(tunnel.ca_file)
    if tunnel.cert is not None:
        context.load_cert_chain(tunnel.cert, tunnel.key)
    return context


def _reason(error: ssl.SSLError) -> str:
    """``TLSV13_ALERT_CERTIFICATE_REQUIRED`` as words."""
    return (error.reason or str(error)).replace("_", " ").lower()
