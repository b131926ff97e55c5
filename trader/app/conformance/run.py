"""One run from its options to its report: against the bundled simulator, or against whoever listens at an address."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from trader.adapters.calendars import market_calendars
from trader.adapters.clock import now_ns
from trader.adapters.config import Venue, load_venue
from trader.adapters.ecb import ecb_rates
from trader.adapters.fix_session import FixSession
from trader.adapters.session_config import SessionConfig, reach
from trader.app.conformance.books import Books
from trader.app.conformance.plan import Plan, usual_pair
from trader.app.conformance.rehearsal import Rehearsal
from trader.app.conformance.report import Report
from trader.app.conformance.script import closing_steps, script
from trader.app.conformance.steps import Result, Step
from trader.app.conformance.wire import Wire
from trader.app.folder import DataFolder
from trader.app.sessions.venue_process import simulator_process
from trader.domain.currency import CurrencyPair
from trader.domain.deal import OrderType
from trader.domain.errors import ConfigError
from trader.domain.value_date import trade_date_at

_SCENARIO = "conformance"
_USUAL_ACCOUNT = "CONFORMANCE"
# A venue that is played is there at any hour; and nobody waits long to reach it.
_HOURS = (
    *("StartTime", "EndTime", "StartDay", "EndDay", "UseLocalTime"),
    *("LogonTime", "LogoutTime", "LogonDay", "LogoutDay"),
)
_ALWAYS_THERE = {"NonStopSession": "Y", "ReconnectInterval": "1"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks of a run.

    Attributes:
        venue: A profile's name, or a folder.
        connect: ``HOST:PORT`` of who is tried; None for the bundled simulator, which then plays the venue.
        pair: What is dealt; None for the first of the great pairs that the venue lists.
        rate: Where its market is, terms per base; None to go by the venue's prices.
        account: Account(1); "" for none, or for a made-up one where the venue requires it.
        wait_s: How long to wait for each answer.
        data: The folder with the FIX stores, where the run is against a venue that remembers.
    """

    venue: str
    connect: str | None
    pair: CurrencyPair | None
    rate: Decimal | None
    account: str
    wait_s: float
    data: Path


class Conformance:
    """A run, ready to begin.

    Raises:
        ConfigError: A file or an option is wrong.
        DomainError: The same of a date or a currency.
    """

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self.venue: Venue = load_venue(wishes.venue, connect=wishes.connect)
        self.plan = _plan(self.venue, wishes)
        self.steps: tuple[Step, ...] = script(self.plan)

    @property
    def says_what_it_trades(self) -> str:
        """What a person should know before the run, in words."""
        plan, amounts = self.plan, self.plan.amount
        steps = sum(not step.lacking for step in self.steps)
        return f"{steps} steps, with orders for {plan.pair.base} {amounts:,f} to twice that in {plan.pair}"

    def run(self, progress: Callable[[Result], None]) -> Report:
        """Play the script.

        Args:
            progress: Told each result as it is known.

        Raises:
            ConfigError: Nobody listens, the venue is in its maintenance window, or the simulator does not start.
            KeyboardInterrupt: A person did not want to wait; what was live has been canceled, as far as that goes.
        """
        started_ns = now_ns()
        with self._counterparty() as (config, folder, who):
            wire = Wire(
                self.venue.dialect,
                lambda put, watch: FixSession(config, self.venue.dialect, folder, put, watch),
            )
            with closing(wire):
                rehearsal = Rehearsal(wire, Books(self.plan, started_ns), self._wishes.wait_s)
                results = []
                try:
                    for result in rehearsal.play(self.steps):
                        results.append(result)
                        progress(result)
                except KeyboardInterrupt:
                    for result in rehearsal.play(tuple(closing_steps())):
                        progress(result)
                    raise
            return Report(self.plan, who, started_ns, tuple(results), tuple(wire.crossings))

    @contextmanager
    def _counterparty(self) -> Iterator[tuple[SessionConfig, Path, str]]:
        """Who is tried: its session, the folder of its store, and its name in words."""
        with ExitStack() as stack:
            if self._wishes.connect is not None:
                yield self._connected(stack)
            else:
                yield self._played(stack)

    def _connected(self, stack: ExitStack) -> tuple[SessionConfig, Path, str]:
        """The store is the robot's own: sequence numbers are between the two names, whatever is said under them."""
        dialect, config = self.venue.dialect, self.venue.session
        if closed := dialect.maintenance_at(now_ns()):
            raise ConfigError(f"{closed}; nothing was sent")
        reach(config, dialect.name)
        folder = stack.enter_context(closing(DataFolder(self._wishes.data)))
        return config, folder.fix(dialect.name), f"{config.host}:{config.port}"

    def _played(self, stack: ExitStack) -> tuple[SessionConfig, Path, str]:
        arguments = ["--dialect", str(self.venue.folder), "--scenario", _SCENARIO]
        arguments += ["--trade-date", self.plan.trade_date.isoformat()]
        ready = stack.enter_context(simulator_process(*arguments))
        folder = stack.enter_context(TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True))
        said = self.venue.session.settings
        settings = {key: value for key, value in said.items() if key not in _HOURS} | _ALWAYS_THERE
        settings |= {"SocketConnectHost": "127.0.0.1", "SocketConnectPort": str(ready.port)}
        config = replace(self.venue.session, settings=settings)
        return config, Path(folder), "the bundled simulator, which plays the dialect"


def _plan(venue: Venue, wishes: Wishes) -> Plan:
    dialect = venue.dialect
    pair = wishes.pair or usual_pair(dialect)
    if not pair.is_market_order:
        raise ConfigError(f"--pair {pair}: the market quotes it the other way round; expected {pair.inverse}")
    limits_blindly = OrderType.LIMIT in dialect.order_types and not dialect.requests.market_data
    if wishes.connect is not None and limits_blindly and wishes.rate is None:
        raise ConfigError(
            f"{dialect.title} sends no prices on this session, and limit orders have to know where the market is: say "
            f"the rate of {pair} now with --rate"
        )
    started_ns = now_ns()
    trade_date = trade_date_at(started_ns)
    _, rates = ecb_rates()
    account = wishes.account or (_USUAL_ACCOUNT if dialect.account_required else "")
    return Plan(dialect, pair, account, trade_date, market_calendars(trade_date), rates, wishes.rate)
