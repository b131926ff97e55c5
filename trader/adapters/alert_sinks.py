"""``[alerts]`` of ``trader.toml``: at which levels people are told, and where to. Secrets stand in no such file."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from risk.alerts import AlertRules, SinkRule
from trader.adapters.sinks import AppriseSink, FileSink, Sink, WebhookSink, read_secrets
from trader.domain.errors import ConfigError

_Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.\-]+$")]
_LOG = "log"


class _Sink(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """One place that alerts go to.

    Attributes:
        name: As people call it, unique.
        hard_only: Whether it is given hard alerts only, as a pager.
    """

    name: _Name
    hard_only: bool = False


class FileSection(_Sink, frozen=True, tag="file"):
    """A file of JSON lines.

    Attributes:
        file: Its path, in the data folder if it is not absolute.
    """

    file: str


class WebhookSection(_Sink, frozen=True, tag="webhook"):
    """A POST of signed JSON.

    Attributes:
        url: The address, where it is no secret.
        url_env: Or the environment's variable with the address.
        url_file: Or a file that only its owner can read, with the address in it.
        secret_env: The variable with the secret to sign with.
        secret_file: Or a file with it.
        timeout_s: The longest wait for each step of the exchange.
    """

    url: str = ""
    url_env: str = ""
    url_file: str = ""
    secret_env: str = ""
    secret_file: str = ""
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 5


class AppriseSection(_Sink, frozen=True, tag="apprise"):
    """Services that apprise knows: e-mail, Slack, Teams, DingTalk and the rest.

    Attributes:
        urls_env: The environment's variable with the addresses, one a line.
        urls_file: Or a file that only its owner can read, with the addresses in it.
    """

    urls_env: str = ""
    urls_file: str = ""


class AlertsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When people are told of a limit that fills up, and where to. The log and the console always are.

    Attributes:
        levels: Percent of a limit.
        rearm_points: How many points below a level it re-arms.
        lot: The least that an order takes of a limit, in the reporting currency; None for no alert about it.
        heartbeat_s: How often programs get a sign of life.
        sink: Where to.
    """

    levels: tuple[int, ...] = AlertRules().levels
    rearm_points: int = AlertRules().rearm_points
    lot: int | None = None
    heartbeat_s: Annotated[float, Meta(ge=1, le=3_600)] = 30
    sink: tuple[FileSection | WebhookSection | AppriseSection, ...] = (FileSection(name="file", file="alerts.jsonl"),)

    @property
    def rules(self) -> AlertRules:
        """The alert book's share.

        Raises:
            ConfigError: A setting cannot be.
        """
        lot = None if self.lot is None else Decimal(self.lot)
        return AlertRules(levels=self.levels, rearm_points=self.rearm_points, lot=lot)


def open_sinks(
    section: AlertsSection, folder: Path, environment: Mapping[str, str]
) -> tuple[list[Sink], dict[str, SinkRule]]:
    """The sinks, with their secrets read, and how each is served.

    Args:
        section: The configuration.
        folder: The data folder.
        environment: Where secrets may be.

    Raises:
        ConfigError: An address or a secret is missing or cannot be used, or two sinks have the same name.
    """
    sinks: list[Sink] = []
    rules: dict[str, SinkRule] = {}
    for each in section.sink:
        for sink in _opened(each, folder, environment):
            if sink.name in rules or sink.name == _LOG:
                raise ConfigError(f"alerts.sink: the name {sink.name!r} is taken; expected another for each sink")
            sinks.append(sink)
            rules[sink.name] = SinkRule(hard_only=each.hard_only)
    return sinks, rules


def _opened(
    section: FileSection | WebhookSection | AppriseSection, folder: Path, environment: Mapping[str, str]
) -> Iterator[Sink]:
    name = section.name
    if isinstance(section, FileSection):
        yield FileSink(name, folder / section.file)
    elif isinstance(section, WebhookSection):
        url = section.url or _secrets(section.url_env, section.url_file, environment, f"address of the sink {name}")[0]
        secret = _secrets(section.secret_env, section.secret_file, environment, f"secret of the sink {name}")[0]
        yield WebhookSink(name, url, secret, section.timeout_s)
    else:
        urls = _secrets(section.urls_env, section.urls_file, environment, f"addresses of the sink {name}")
        for place, url in enumerate(urls, start=1):
            yield AppriseSink(name if len(urls) == 1 else f"{name}-{place}", url)


def _secrets(variable: str, file: str, environment: Mapping[str, str], what: str) -> list[str]:
    return read_secrets(environment.get(variable), Path(file) if file else None, what)
