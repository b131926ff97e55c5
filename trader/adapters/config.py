"""``trader.toml``: who trades, where, with which limits and reference rates. Unknown keys are errors.

There is no default for a limit. Only against a simulator may the example limits be used in place of the desk's own.
"""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from risk.control import Kind, value_problem
from risk.limits.book import LimitBook
from risk.limits.file import parse_limits
from trader.adapters.alert_sinks import AlertsSection
from trader.adapters.resources import examples_dir, fix_config_dir
from trader.adapters.session_config import SessionConfig, load_session_config
from trader.domain.currency import Currency
from trader.domain.deal import TimeInForce
from trader.domain.errors import ConfigError, DomainError
from trader.domain.toml import read_toml
from trader.engine.settings import QuoteSettings, Settings
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect

_Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_Count = Annotated[int, Meta(ge=1, le=1_048_575)]
_Code = Annotated[str, Meta(max_length=64, pattern=r"^[ -~]*$")]  # as in a row of a batch
_DROP_COPY = "drop_copy.cfg"
_Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.\-]+$")]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Identity(_Section, frozen=True):
    """Who launches, and what a row means that does not say."""

    trader: _Name
    desk: _Name
    book: _Code
    account: _Code
    time_in_force: TimeInForce = TimeInForce.DAY


class Reference(_Section, frozen=True):
    """Where reference rates come from.

    Attributes:
        source: ``venue``, ``file`` or ``ecb``.
        file: The rates file (``pair,bid,offer,as_of``) when the source is a file.
        points: The file of forward points (``pair,tenor,bid_points,offer_points,as_of``); empty for none.
    """

    source: Literal["venue", "file", "ecb"]
    file: str = ""
    points: str = ""


class LimitsFile(_Section, frozen=True):
    """The limits in force.

    Attributes:
        file: Beside this file.
        reporting_currency: What exposures are counted in.
        day_end: When a risk day ends and daily limits start from zero; the end of the market's day.
    """

    file: str
    reporting_currency: str
    day_end: str = "17:00 America/New_York"


class RulesFile(_Section, frozen=True):
    """The desk's own rules.

    Attributes:
        file: Beside this file, as ``docs/rules.md`` says; empty for none.
    """

    file: str = ""


class MonitorSection(_Section, frozen=True):
    """Who watches the robot.

    Attributes:
        heartbeat: The file that the monitor touches again and again; empty where nobody was told to. How old it may be
            says DEADMAN in the limits.
    """

    heartbeat: str = ""


class BatchSection(_Section, frozen=True):
    """How a batch is worked. See :class:`trader.engine.settings.Settings`.

    With ``all_or_nothing`` either every line passes the gate before the first order leaves, or nothing is sent.
    """

    all_or_nothing: bool = False
    lines_max: _Count = 1_000_000
    in_flight_max: _Count = 500
    ack_s_max: _Seconds = 5
    work_s_max: _Seconds = 300
    answer_s_max: _Seconds = 10
    reconnect_s_max: _Seconds = 15
    recheck_s_max: _Seconds = 2
    compare_s_max: _Seconds = 30
    logon_s_max: _Seconds = 10


class QuotesSection(_Section, frozen=True):
    """How quotes are chosen from. See :class:`trader.engine.settings.QuoteSettings`."""

    wanted: _Count = 3
    min: _Count = 1
    wait_s_max: _Seconds = 3
    margin_ms: Annotated[int, Meta(ge=0, le=60_000)] = 100


class ReportSection(_Section, frozen=True):
    """The end-of-day report.

    Attributes:
        anchor: A file, best on another machine's disk, to which each report adds where the journal ended; empty for
            none. ``trader verify`` compares the journal with every line of it.
    """

    anchor: str = ""


class VenueSection(_Section, frozen=True):
    """Where a batch goes when the command line does not say."""

    name: str = "simulator"


class Config(_Section, frozen=True):
    """The whole file."""

    identity: Identity
    limits: LimitsFile
    reference: Reference
    rules: RulesFile = RulesFile()
    venue: VenueSection = VenueSection()
    batch: BatchSection = BatchSection()
    quotes: QuotesSection = QuotesSection()
    monitor: MonitorSection = MonitorSection()
    report: ReportSection = ReportSection()
    alerts: AlertsSection = AlertsSection()


class Venue(msgspec.Struct, frozen=True):
    """A venue's folder, read.

    Attributes:
        folder: Where it is.
        dialect: What stands in ``dialect.toml``.
        session: What stands in ``session.cfg``.
        drop_copy: What stands in ``drop_copy.cfg``; None where no second session copies the executions.
    """

    folder: Path
    dialect: Dialect
    session: SessionConfig
    drop_copy: SessionConfig | None = None


class Setup(msgspec.Struct, frozen=True):
    """Everything a command needs to know before it starts.

    Attributes:
        config: The file.
        where: The file's path.
        is_example: True when no file was given and the shipped example stands in.
        limits: The limits in force.
        limits_where: Their path.
        rules: The text of the desk's own rules, which has no errors; "" for none.
        venue: The venue.
        sha256: Of everything that was configured, as it was read: this file, the limits, the rules, the venue's folder,
            and what was said of the session on the command line and in the environment.
        files: Every file that says what is traded, where, with which limits and at which rates.
    """

    config: Config
    where: Path
    is_example: bool
    limits: LimitBook
    limits_where: Path
    rules: str
    venue: Venue
    sha256: str
    files: tuple[Path, ...]

    @property
    def heartbeat(self) -> Path | None:
        """The monitor's file; None where nobody was told to watch."""
        name = self.config.monitor.heartbeat
        return self.where.parent / name if name else None

    @property
    def points(self) -> Path | None:
        """The desk's file of forward points; None where it has none."""
        name = self.config.reference.points
        return self.where.parent / name if name else None

    @property
    def settings(self) -> Settings:
        """The engine's share."""
        batch, quotes = self.config.batch, self.config.quotes
        return Settings(
            reporting_currency=Currency(self.config.limits.reporting_currency),
            reference_source=self.config.reference.source,
            in_flight_max=batch.in_flight_max,
            ack_s_max=batch.ack_s_max,
            work_s_max=batch.work_s_max,
            answer_s_max=batch.answer_s_max,
            reconnect_s_max=batch.reconnect_s_max,
            recheck_s_max=batch.recheck_s_max,
            compare_s_max=batch.compare_s_max,
            quotes=QuoteSettings(
                wanted=quotes.wanted,
                least=quotes.min,
                wait_s_max=quotes.wait_s_max,
                margin_ms=quotes.margin_ms,
            ),
            alerts=self.config.alerts.rules,
            day_end=self.config.limits.day_end,
        )


class _Files:
    """A configuration's files, each read once: what is hashed is what is traded with, whoever swaps them meanwhile."""

    def __init__(self) -> None:
        self._contents: dict[Path, bytes] = {}

    def content(self, path: Path) -> bytes:
        """Its bytes.

        Raises:
            ConfigError: It cannot be read.
        """
        if path not in self._contents:
            try:
                self._contents[path] = path.read_bytes()
            except OSError as error:
                raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
        return self._contents[path]

    def text(self, path: Path) -> str:
        """Its text.

        Raises:
            ConfigError: It cannot be read, or is none.
        """
        try:
            return self.content(path).decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error

    def sha256_of(self, paths: Iterable[Path], instead: Iterable[str]) -> str:
        """The hash of some files' hashes, and of what is said of what stands in them elsewhere, hexadecimal."""
        parts = [sha256(self.content(path)).hexdigest() for path in paths]
        return sha256(" ".join([*parts, *instead]).encode("utf-8", "backslashreplace")).hexdigest()


def load_setup(path: Path | None, *, venue: str | None = None, connect: str | None = None) -> Setup:
    """Read the configuration, the limits and the venue.

    Args:
        path: The configuration file; None for ``trader.toml`` in the current folder, or the example if there is none.
        venue: A profile's name or a folder, in place of the file's.
        connect: ``HOST:PORT`` in place of the venue's own.

    Raises:
        ConfigError: Anything is wrong or missing; the message says what, where, and what would be right.
    """
    where = path or Path("trader.toml")
    is_example = path is None and not where.is_file()
    if is_example:
        where = examples_dir() / "trader.toml"
    files = _Files()
    config = _read(where, files)
    folder, dialect = _load_dialect(venue or config.venue.name, files)
    if is_example and not dialect.simulated:
        raise ConfigError(
            f"no trader.toml in this folder: a real venue ({dialect.title}) needs the desk's own configuration and "
            f"limits; write one like {where}, or name it with --config"
        )
    found = _load_venue(folder, dialect, files, connect)
    limits_where = where.parent / config.limits.file
    limits = parse_limits(files.content(limits_where), str(limits_where))
    try:
        Currency(config.limits.reporting_currency)
    except DomainError as error:
        raise ConfigError(f"{where}: limits.reporting_currency: {error}") from error
    day_end = value_problem(Kind.CUTOFF, config.limits.day_end)
    if day_end:
        raise ConfigError(f"{where}: limits.day_end: {day_end}")
    if config.reference.source == "file" and not config.reference.file:
        raise ConfigError(f'{where}: reference.source is "file", so reference.file has to name one')
    if config.reference.source == "venue" and not dialect.requests.market_data:
        raise ConfigError(
            f'{where}: reference.source is "venue", but {dialect.title} sends no prices (its dialect has '
            'requests.market_data = false), and nothing is dealt without a rate to judge it by; expected "file" with '
            'file = "rates.csv", or "ecb"'
        )
    if config.quotes.min > config.quotes.wanted:
        raise ConfigError(
            f"{where}: quotes.min: {config.quotes.min} usable quotes cannot come of the {config.quotes.wanted} answers "
            f"that end the wait; expected {config.quotes.wanted} or less, or a larger quotes.wanted"
        )
    try:
        config.alerts.rules  # noqa: B018 -- only to find out whether they can be
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    rules = _load_rules(where, config, files)
    rules_where = [where.parent / config.rules.file] if config.rules.file else []
    # Whoever may say on the command line, or in the environment, where orders go has configured it.
    instead = [f"{key}={value}" for key, value in sorted(found.session.settings.items())]
    sessions = [folder / "session.cfg", *([folder / _DROP_COPY] if dialect.drop_copy else [])]
    read = (where, limits_where, *rules_where, folder / "dialect.toml", *sessions)
    rates = [where.parent / name for name in (config.reference.file, config.reference.points) if name]
    sha = files.sha256_of(read, instead)
    return Setup(config, where, is_example, limits, limits_where, rules, found, sha, (*read, *rates))


def second_place(path: Path | None) -> Path | None:
    """Where anchors of the journal are kept besides, by the configuration; None where it names no place.

    Args:
        path: The configuration file; None for ``trader.toml`` in the current folder, if there is one.

    Raises:
        ConfigError: The file cannot be read, or something in it is wrong.
    """
    where = path or Path("trader.toml")
    if path is None and not where.is_file():
        return None
    name = _read(where, _Files()).report.anchor
    return where.parent / name if name else None


def load_venue(name_or_path: str, *, connect: str | None = None) -> Venue:
    """Read a venue's folder, for what needs neither a desk's configuration nor its limits.

    Args:
        name_or_path: A profile's name, or a folder.
        connect: ``HOST:PORT`` in place of the venue's own.

    Raises:
        ConfigError: It is not there, or something in it is wrong.
    """
    files = _Files()
    folder, dialect = _load_dialect(name_or_path, files)
    return _load_venue(folder, dialect, files, connect)


def _load_venue(folder: Path, dialect: Dialect, files: _Files, connect: str | None) -> Venue:
    """The sessions of a venue: its own, and the one that copies the executions where the dialect says so."""
    where, copy_where = folder / "session.cfg", folder / _DROP_COPY
    session = load_session_config(where, connect=connect, content=files.content(where))
    if dialect.drop_copy:
        copy = load_session_config(copy_where, connect=connect, content=files.content(copy_where))
        return Venue(folder, dialect, session, copy)
    if copy_where.exists():
        raise ConfigError(f"{copy_where} is of no use: the dialect beside it does not say drop_copy = true")
    return Venue(folder, dialect, session)


def _load_rules(where: Path, config: Config, files: _Files) -> str:
    """The text of the rules, once it can be read as rules."""
    if not config.rules.file:
        return ""
    from risk.rules.parse import parse_rules  # noqa: PLC0415 -- the parser is loaded only where there are rules

    path = where.parent / config.rules.file
    text = files.text(path)
    parse_rules(text, str(path), config.limits.reporting_currency)
    return text


def _load_dialect(name_or_path: str, files: _Files) -> tuple[Path, Dialect]:
    folder = fix_config_dir(name_or_path)
    where = folder / "dialect.toml"
    return folder, parse_dialect(files.text(where), str(where))


def _read(where: Path, files: _Files) -> Config:
    try:
        return msgspec.convert(read_toml(files.text(where)), Config)
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {error}") from error
