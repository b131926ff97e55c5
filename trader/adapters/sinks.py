"""Where alerts go: a file, the log, a webhook, and the services that apprise knows. One call, one try; it may block.

A sink's address and its secret never stand in an error, nor in the log.
"""

import hashlib
import hmac
import http.client
import json
import logging
import os
import select
import stat
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from risk.alerts.wording import neutral
from trader.domain.errors import ConfigError

Body = Mapping[str, Any]

_LINES_MAX = 20
_ANSWER_MAX = 65_536
_PORTS = {"http": 80, "https": 443}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SinkError(OSError):
    """A sink has not taken what it was given. The message says why, without an address or a secret."""


class Sink(Protocol):
    """One place that alerts go to.

    Attributes:
        name: As the operator calls it, unique.
        takes_heartbeats: Whether a program reads it, which can miss something; people do not want a sign of life.
        at_once: How many events it takes at a time.
    """

    name: str
    takes_heartbeats: bool
    at_once: int

    def give(self, *bodies: Body) -> None:
        """Hand over events in their order, or a heartbeat, as plain values.

        Raises:
            SinkError: Not all were taken, or nobody can tell whether they were. Each may come again.
        """
        ...

    def close(self) -> None:
        """Let go of what is held for the next event; called after the last."""
        ...


class FileSink:
    """A file of JSON lines, all on the disk with one sync when :meth:`give` returns.

    Args:
        name: The sink's.
        path: The file; its folder must exist. Only the owner can read it.
        size_max: From how many bytes on a new file is begun; the old ones are called ``.1``, ``.2`` and so on.
        kept: How many old ones are kept; the journal has everything all the same.
    """

    takes_heartbeats = True
    at_once = 1_000

    def __init__(self, name: str, path: Path, size_max: int = 50_000_000, kept: int = 5) -> None:
        self.name = name
        self._path = path
        self._size_max = size_max
        self._kept = kept

    def give(self, *bodies: Body) -> None:
        """Append a line each. One that was half written, now or by a process that was killed, spoils no other."""
        lines = b"".join([_json(body) + b"\n" for body in bodies])
        try:
            if self._path.exists() and self._path.stat().st_size + len(lines) > self._size_max:
                self._rotate()
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                os.fchmod(descriptor, 0o600)
                _append(descriptor, lines)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SinkError(f"the file cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """It holds nothing between two events."""

    def _rotate(self) -> None:
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{age}") for age in range(1, self._kept + 1))]
        for newer, older in reversed(list(pairwise(names))):
            if newer.exists():
                newer.replace(older)


def _append(descriptor: int, lines: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        lines = b"\n" + lines
    try:
        while lines:  # a disk that is nearly full takes a part, and refuses the rest
            lines = lines[os.write(descriptor, lines) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


class LogSink:
    """The robot's own log, and through it the console.

    Args:
        name: The sink's.
        alert: Called with the code and the text of what happened, as :meth:`trader.adapters.log.Log.alert` is.
    """

    takes_heartbeats = False
    at_once = 1_000

    def __init__(self, name: str, alert: Callable[[str, str], None]) -> None:
        self.name = name
        self._alert = alert

    def give(self, *bodies: Body) -> None:
        """Say it: an alert that is raised by its text, what becomes of it by its number."""
        try:
            for body in bodies:
                self._alert(body["control"], _headline(body))
        except (OSError, ValueError) as error:
            raise SinkError(f"the log cannot be written: {error}") from error

    def close(self) -> None:
        """It holds nothing between two events."""


class WebhookSink:
    """An HTTP POST of JSON, signed.

    ``X-Signature-256: sha256=HEX`` is the HMAC-SHA256 of the body by the shared secret. ``Idempotency-Key`` is the
    event's number: what was sent twice, because the answer was lost, has the same. Any status from 200 to 299 says that
    it was taken; a redirect is not followed.

    Args:
        name: The sink's.
        url: ``https://...``, or ``http://...`` inside the bank's own network.
        secret: What the receiver knows too; empty is an error.
        timeout_s: The longest wait for each step of the exchange.

    Raises:
        ConfigError: The address or the secret cannot be.
    """

    takes_heartbeats = True
    at_once = 1

    def __init__(self, name: str, url: str, secret: str, timeout_s: float = 5.0) -> None:
        self.name = name
        self._timeout_s = timeout_s
        self._secrets = [url, secret]
        address = _address(url)
        if address is None:
            raise ConfigError(
                f"alerts: the address of the sink {name} cannot be used; expected http://HOST/PATH or "
                "https://HOST/PATH in plain characters and without a name and password (it is not shown here, for it "
                "may be a secret)"
            )
        if not secret:
            raise ConfigError(f"alerts: the sink {name} has no secret to sign with; expected one in the environment")
        scheme, self._host, self._port, self._target = address
        self._connect = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        self._secret = secret.encode()
        # Kept open from one event to the next, which is much of the time that an event takes.
        self._open: http.client.HTTPConnection | None = None

    def give(self, *bodies: Body) -> None:
        """Post it and wait for the answer."""
        for body in bodies:
            self._post(body)

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()

    def _post(self, body: Body) -> None:
        content = _json(body)
        signature = hmac.new(self._secret, content, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature-256": f"sha256={signature}"}
        if "seq" in body:
            headers["Idempotency-Key"] = str(body["seq"])
        try:
            status = self._answer(content, headers)
        except TimeoutError as error:
            raise SinkError(f"no answer within {self._timeout_s:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise SinkError(_masked(f"{type(error).__name__}: {error}", self._secrets)) from error
        if not http.client.OK <= status < http.client.MULTIPLE_CHOICES:
            raise SinkError(f"the answer was {status} {http.client.responses.get(status, '')}; expected 200 to 299")

    def _answer(self, content: bytes, headers: Mapping[str, str]) -> int:
        """Send it and read the status; the connection stays open only when all has gone well.

        Raises:
            OSError, HTTPException: As http.client raises them.
        """
        connection, self._open = self._open, None
        if connection is not None and _has_ended(connection):
            connection.close()
            connection = None
        connection = connection or self._connect(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request("POST", self._target, content, dict(headers))
            response = connection.getresponse()
            response.read(_ANSWER_MAX)
        except BaseException:
            connection.close()
            raise
        if response.isclosed() and not response.will_close:
            self._open = connection
        else:
            connection.close()
        return response.status


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed a connection that nothing is asked on, or has said what nobody asked for."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


class AppriseSink:
    """One service that the apprise package knows: e-mail, Slack, Teams, DingTalk and many more.

    One address is one sink, so that a service that is down does not make the others tell everything twice.

    Args:
        name: The sink's.
        url: The service's address in apprise's own form, with its secrets in it.

    Raises:
        ConfigError: apprise does not know such an address.
    """

    takes_heartbeats = False
    at_once = 1_000

    def __init__(self, name: str, url: str) -> None:
        import apprise  # noqa: PLC0415 -- it takes a moment, and is loaded only where it is configured

        # Its log has addresses in it.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self.name = name
        self._secrets = [url]
        # Nothing of it is to be kept on the disk.
        asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
        self._service: apprise.Apprise = apprise.Apprise(asset=asset)
        self._types = {True: apprise.NotifyType.FAILURE, False: apprise.NotifyType.WARNING}
        self._format = apprise.NotifyFormat.TEXT
        if not self._service.add(url):
            raise ConfigError(
                f"alerts: apprise cannot use the address of the sink {name}; expected one in the form of its "
                "documentation, such as mailtos://... (it is not shown here, for it has secrets in it)"
            )

    def give(self, *bodies: Body) -> None:
        """Let the service tell it: what waits together is one message, because people read no hundred."""
        lines = [_headline(body) for body in bodies[:_LINES_MAX]]
        if len(bodies) > _LINES_MAX:
            lines.append(f"and {len(bodies) - _LINES_MAX:,} more, which trader alerts lists")
        about = bodies[0]["control"] if len(bodies) == 1 else f"{len(bodies):,} alerts"
        is_hard = any(body["is_hard"] for body in bodies)
        try:
            is_taken = self._service.notify(
                "\n".join(lines),
                f"fx-trader: {about}",
                notify_type=self._types[is_hard],
                body_format=self._format,
            )
        except Exception as error:  # over a hundred plugins, any of which may fail in its own way
            raise SinkError(_masked(f"{type(error).__name__}: {error}", self._secrets)) from error
        if not is_taken:
            raise SinkError("the service did not take it")

    def close(self) -> None:
        """It holds nothing between two events."""


def read_secrets(text: str | None, file: Path | None, what: str) -> list[str]:
    """Secrets, one a line, from the environment or from a file that only its owner can read.

    Args:
        text: The variable's value; None when it is not set.
        file: The file; used when the variable is not set.
        what: What they are for, in the words of an error.

    Returns:
        One secret a line, without blank lines and lines that begin with ``#``.

    Raises:
        ConfigError: There is none, or others can read the file.
    """
    if text is None and file is not None:
        try:
            if file.stat().st_mode & _OTHERS:
                raise ConfigError(f"{file}: others can read {what}; expected a file of mode 600: chmod 600 {file}")
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: {what} cannot be read: {error}") from error
    lines = [line.strip() for line in (text or "").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise ConfigError(f"alerts: there is no {what}; expected it in the environment, or in a file of mode 600")
    return found


def _headline(body: Body) -> str:
    what = "" if body["kind"] in ("raised", "digest") else f" {body['kind']}"
    who = f" (by {body['acknowledged_by']})" if body["kind"] == "acknowledged" else ""
    return neutral(f"No. {body['number']}{what}: {body['text']}{who}")


def _json(body: Body) -> bytes:
    return json.dumps(dict(body), ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, whole or any part of an address that may be one."""
    hidden = {part for secret in secrets for part in (secret, *secret.replace("@", "/").replace(":", "/").split("/"))}
    for part in sorted(filter(None, hidden), key=len, reverse=True):
        if len(part) > 3:  # noqa: PLR2004 -- shorter parts are words such as "ws"
            text = text.replace(part, "***")
    return neutral(text)


def _address(url: str) -> tuple[str, str, int, str] | None:
    """Scheme, host, port, and what stands in the request's first line; None for an address that cannot be used."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not host or parts.scheme not in _PORTS or port is None or parts.username is not None:
        return None
    return parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
