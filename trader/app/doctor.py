"""``trader doctor``: is everything in place, and if not, what is to be done?"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from risk.rules.book import RuleBook
from trader.adapters.calendars import market_calendars
from trader.adapters.clock import now_ns
from trader.adapters.config import Setup, load_setup
from trader.adapters.ecb import ecb_rates
from trader.adapters.points import load_points
from trader.adapters.private import check_nobody_else_writes
from trader.adapters.session_config import reach, session_settings
from trader.adapters.session_dictionaries import write_dictionaries
from trader.adapters.store import Store, StoreError
from trader.adapters.tunnel import handshake, is_loopback, own_problems
from trader.app.folder import DATABASE
from trader.app.stops.unknown_kills import unknown_proofs
from trader.domain.errors import ConfigError, DomainError
from trader.domain.moments import NS_PER_DAY, NS_PER_S, ns_at
from trader.domain.value_date import trade_date_at

_FREE_BYTES_MIN = 1_000_000_000
_PRIVATE = 0o077
_CERTIFICATE_DAYS = 30

_Found = tuple[str, str]  # state and text of a finding


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: ``ok``, ``degraded`` (it trades, but look into it) or ``fatal`` (it does not trade).
        what: The thing.
        text: What was found, and what to do.
    """

    state: str
    what: str
    text: str

    @property
    def facts(self) -> dict[str, str]:
        """For JSON."""
        return {"state": self.state, "what": self.what, "finding": self.text}


def examine(config: Path | None, data: Path, venue: str | None, connect: str | None) -> Iterator[Finding]:
    """Look at one thing after the other; the configuration first, because the rest hangs on it."""
    try:
        setup = load_setup(config, venue=venue, connect=connect)
    except ConfigError as error:
        yield Finding("fatal", "configuration", str(error))
        return
    if setup.is_example:
        yield Finding("degraded", "configuration", f"no trader.toml here; the example {setup.where} stands in")
    else:
        yield Finding("ok", "configuration", str(setup.where))
    checks: tuple[tuple[str, Callable[[Setup, Path], _Found]], ...] = (
        ("files", _files),
        ("limits", _limits),
        ("rules", _rules),
        ("dictionary", _dictionary),
        ("session", _session),
        ("calendars", _calendars),
        ("reference rates", _reference),
        ("forward points", _points),
        ("data folder", _folder),
        ("database", _database),
        ("tunnel", _tunnel),
        ("venue", _venue),
    )
    for what, check in checks:
        try:
            state, text = check(setup, data)
            yield Finding(state, what, text)
        except (ConfigError, DomainError, StoreError, OSError) as error:
            yield Finding("fatal", what, str(error))


def _files(setup: Setup, _data: Path) -> _Found:
    check_nobody_else_writes(setup.files)
    return "ok", f"nobody else may change the {len(setup.files)} files of configuration and limits"


def _rules(setup: Setup, _data: Path) -> _Found:
    if not setup.rules:
        return "ok", "none of the desk's own; rules.file in trader.toml names them"
    from risk.rules.parse import parse_rules  # noqa: PLC0415 -- the parser is loaded only where there are rules

    where = setup.where.parent / setup.config.rules.file
    book = RuleBook(parse_rules(setup.rules, str(where), setup.config.limits.reporting_currency))
    text = f"{len(book.rules)} in {where}; {len(book.met_by_all)} of them asked of every order"
    return "ok", text


def _limits(setup: Setup, data: Path) -> _Found:
    path = data / DATABASE
    rows = f"{len(setup.limits.rows)} rows in {setup.limits_where}"
    if not path.is_file():
        return "ok", rows
    with closing(Store(path, must_exist=True)) as store:
        imported = store.rows("limit_versions", newest_first=True)
    if not imported:
        return "ok", rows
    latest = imported[0]
    text = f"set {latest['version']}, imported from {latest['name']}: {latest['rows']} rows; the {rows} do not hold"
    return "ok", text


def _dictionary(setup: Setup, _data: Path) -> _Found:
    dialect = setup.venue.dialect
    with TemporaryDirectory(prefix="doctor-") as folder:
        write_dictionaries(dialect, Path(folder))
    return "ok", f"QuickFIX's {dialect.dictionary.file}, taking any value, as the session's"


def _session(setup: Setup, _data: Path) -> _Found:
    dialect, session = setup.venue.dialect, setup.venue.session
    settings = session_settings(session, dialect)
    text = f"{settings['SenderCompID']} to {settings['TargetCompID']}, {dialect.begin_string}"
    if dialect.is_relayed:
        text += f", through our own relay, because QuickFIX itself says only {dialect.session_begin_string}"
    return "ok", text


def _calendars(_setup: Setup, _data: Path) -> _Found:
    today = trade_date_at(now_ns())
    calendars = market_calendars(today)
    text = f"{len(calendars.holidays)} currencies, {calendars.first_year} to {calendars.last_year}; trade date {today}"
    return "ok", text


def _reference(setup: Setup, _data: Path) -> _Found:
    source = setup.config.reference.source
    if source != "ecb":
        return "ok", f"from the {source}"
    day, rates = ecb_rates()
    return "degraded", f"{len(rates)} from the ECB set of {day}; the gate's age limit applies"


def _points(setup: Setup, _data: Path) -> _Found:
    if setup.points is not None:
        return "ok", f"{len(load_points(setup.points).points)} in {setup.points}"
    text = (
        "none: a rate beyond spot is held against the spot rate and its collar alone, so that a swap may give away two "
        "collars; name a points file in reference.points before swaps or forwards are dealt"
    )
    return "degraded", text


def _folder(_setup: Setup, data: Path) -> _Found:
    nearest = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(nearest).free
    if data.is_dir() and data.stat().st_mode & _PRIVATE:
        return "degraded", f"others may look into {data}; chmod 700 {data}"
    if free < _FREE_BYTES_MIN:
        return "degraded", f"only {free / 1e6:.0f} MB free at {nearest}; make room"
    return "ok", f"{data}, {free / 1e9:.0f} GB free"


def _database(_setup: Setup, data: Path) -> _Found:
    path = data / DATABASE
    if not path.is_file():
        if told := ", ".join(f"kills/{proof.name}" for proof in unknown_proofs(data, ())):
            text = f"{path} is gone, and {data} still has {told}: the next start is halted; put it back"
            return "fatal", text
        return "ok", f"none yet at {path}; the first run makes it"
    with closing(Store(path, must_exist=True)) as store:
        chain = store.chain()
    return "ok", f"{chain.seq} records, head {chain.head.hex()[:16]}; trader verify walks them all"


def _tunnel(setup: Setup, _data: Path) -> _Found:
    session, dialect = setup.venue.session, setup.venue.dialect
    tunnel = session.tunnel
    if tunnel is None:
        if is_loopback(session.host):
            return "ok", f"none named; FIX goes to {session.host}, which is this machine"
        text = (
            f"none: FIX goes to {session.host} in clear, its password too; put stunnel in front, as "
            "fix_configs/tls says, unless that is a leased line of your own"
        )
        return ("ok" if dialect.simulated else "degraded"), text
    problems = own_problems(tunnel, now_ns() // NS_PER_S, _CERTIFICATE_DAYS)
    end = handshake(tunnel)
    host, port = tunnel.connect
    if (ns_at(end) - now_ns()) // NS_PER_DAY < _CERTIFICATE_DAYS:
        problems.append(f"the venue's certificate ends {end:%Y-%m-%d}")
    if problems:
        return "degraded", "; ".join(problems)
    return "ok", f"TLS to {tunnel.check_host} at {host}:{port}, whose certificate ends {end:%Y-%m-%d}"


def _venue(setup: Setup, _data: Path) -> _Found:
    session, dialect = setup.venue.session, setup.venue.dialect
    closed = dialect.maintenance_at(now_ns())
    if closed:
        return "fatal", f"{closed}; it does not trade until then"
    reach(session, dialect.name)
    return "ok", f"{dialect.title} listens at {session.host}:{session.port}"
