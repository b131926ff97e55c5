"""A batch file, taken through: read, validate, submit, follow, reconcile, report. What ``trader run`` does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from trader.adapters.calendars import load_calendars
from trader.adapters.clock import now_ns
from trader.adapters.config import Setup
from trader.adapters.reference import load_rates
from trader.adapters.session_config import reach
from trader.app.robot import Robot
from trader.app.stages import Stages
from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.errors import BatchError, RowError
from trader.batch.result import LineResult, result_bytes
from trader.batch.table import Table, read_table
from trader.batch.totals import Totals, compare, read_totals
from trader.domain.calendars import Calendars
from trader.domain.currency import MARKET_ORDER
from trader.domain.errors import ConfigError
from trader.domain.value_date import trade_date_at
from trader.engine.inputs import BatchSubmitted, SessionClosed, StopRequested, SubmittedTotals
from trader.engine.outcome import line_outcomes
from trader.engine.state import BatchPhase, BatchState, LineStatus

_CALENDAR_YEARS_BACK, _CALENDAR_YEARS_AHEAD = 1, 8

EXIT_DONE, EXIT_INCOMPLETE, EXIT_WRONG_INPUT, EXIT_UNKNOWN, EXIT_HALTED = 0, 1, 2, 3, 4
_OUTCOMES = (
    LineStatus.FILLED,
    LineStatus.PARTIALLY_FILLED,
    LineStatus.DENIED,
    LineStatus.REJECTED,
    LineStatus.UNFILLED,
    LineStatus.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A batch file that is in order: what it says, and what may be submitted."""

    path: Path
    table: Table
    batch: Batch
    totals: Totals | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of a run, as ``trader run --json`` shows it; see the field names there.

    Attributes:
        facts: The JSON object.
        exit_code: What the command returns.
        already_done: True when the same file was run before, and nothing was sent now.
        stop_reason: Why it ended early, or "".
    """

    facts: dict[str, Any]
    exit_code: int
    already_done: bool
    stop_reason: str


def load_batch(path: Path, setup: Setup, trade_date: date | None, stages: Stages) -> tuple[BatchFile, Calendars]:
    """Read, check and date a batch file, with its totals file if there is one.

    Args:
        path: The batch file.
        setup: Who trades and where.
        trade_date: The desk's choice, which only a simulated venue takes; None for today's by the market's clock.
        stages: Gets the times of ``read`` and ``validate``.

    Raises:
        BatchError: The file or its totals file is wrong: every error in it.
    """
    with stages.timed("read"):
        table = read_table(_content(path), path.name, setup.config.batch.lines_max)
    with stages.timed("validate"):
        totals = totals_beside(path)
        day = _trade_date(setup, trade_date, totals)
        calendars = market_calendars(day, _currencies(table))
        identity = setup.config.identity
        defaults = LineDefaults(identity.book, identity.account, identity.time_in_force)
        batch = validate(table, day, calendars, defaults)
        if totals is not None and setup.venue.dialect.simulated:
            totals = replace(totals, trade_date=day)  # a rehearsal may be held on any day
        errors = [*_venue_errors(batch, table, setup), *(compare(totals, batch) if totals else ())]
    if errors:
        raise BatchError(errors)
    return BatchFile(path, table, batch, totals), calendars


def market_calendars(day: date, currencies: Iterable[str] = MARKET_ORDER) -> Calendars:
    """Business days, from a year before a day to years after."""
    return _calendars(tuple(sorted(currencies)), day.year)


@cache
def _calendars(currencies: tuple[str, ...], year: int) -> Calendars:
    return load_calendars(currencies, year - _CALENDAR_YEARS_BACK, year + _CALENDAR_YEARS_AHEAD)


def _currencies(table: Table) -> set[str]:
    """Whatever in the file could be a currency: loading calendars is what costs, so only these are loaded."""
    words = {word for row in set(chain.from_iterable(table.rows)) for word in row.upper().split("/")}
    return words & set(MARKET_ORDER)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        expected = "a CSV or XLSX file that can be read"
        raise BatchError([RowError(0, "", str(path), error.strerror or str(error), expected)]) from error


def totals_beside(path: Path) -> Totals | None:
    """The totals file that belongs to a batch file, or None when there is none.

    Raises:
        BatchError: There is one, and it is not a totals file.
    """
    beside = path.with_suffix(".totals.toml")
    if not beside.is_file():
        return None
    return read_totals(beside.read_text(encoding="utf-8", errors="replace"))


def _trade_date(setup: Setup, asked: date | None, totals: Totals | None) -> date:
    today = trade_date_at(now_ns())
    if setup.venue.dialect.simulated:
        return asked or today
    if asked not in (None, today):
        raise ConfigError(f"--trade-date {asked}: a real venue trades today, {today}; only a simulated one can be told")
    if totals is not None and totals.trade_date != today:
        problem = f"the batch is meant for {totals.trade_date}, and the trade date is {today}"
        raise BatchError([RowError(0, "trade_date", str(totals.trade_date), problem, "the batch of the day")])
    return today


def _venue_errors(batch: Batch, table: Table, setup: Setup) -> Iterable[RowError]:
    """What the venue's dialect cannot carry: known before anything is sent, so it is an error of the file."""
    dialect = setup.venue.dialect
    for line, row in zip(batch.lines, table.row_numbers, strict=True):
        for column, value, expected in dialect.cannot_carry(line):
            yield RowError(row, column, value, f"the venue {dialect.name} does not take it", expected)


class Launch:
    """One batch on one robot.

    Args:
        robot: The open robot.
        file: The batch file.
        setup: Who trades and where.
        out: The folder for the result file.
    """

    def __init__(self, robot: Robot, file: BatchFile, setup: Setup, out: Path) -> None:
        self._robot = robot
        self._file = file
        self._setup = setup
        self._out = out

    @property
    def _state(self) -> BatchState | None:
        return self._robot.engine.context.batches.get(self._file.batch.batch_id)

    def connect(self) -> None:
        """Start the session and wait until it is up.

        Raises:
            ConfigError: Nobody listens, the logon was refused, or nothing came back in time.
        """
        robot, session = self._robot, self._robot.session
        reach(self._setup.venue.session, session.name)
        session.start()
        closed: list[str] = []
        robot.watch_inputs = lambda value: closed.append(value.reason) if isinstance(value, SessionClosed) else None
        seconds = self._setup.config.batch.logon_s_max
        is_up = robot.run_until(lambda: session.is_logged_on or bool(closed), seconds)
        robot.watch_inputs = None
        if closed:
            raise ConfigError(f"the venue {session.name} refused the logon: {closed[0]}")
        if not is_up:
            raise ConfigError(
                f"the venue {session.name} accepted the connection but no logon came back in {seconds:g} s; are "
                f"SenderCompID and TargetCompID in {self._setup.venue.session.where} what the venue expects?"
            )

    def submit(self) -> None:
        """Hand the batch to the engine, or find that it is done already."""
        batch, identity = self._file.batch, self._setup.config.identity
        totals = self._file.totals
        source = self._setup.config.reference
        if source.source != "venue":
            self._robot.process([load_rates(source.source, source.file, self._setup.where.parent)])
        submitted = BatchSubmitted(
            batch_id=batch.batch_id,
            content_hash=batch.content_hash,
            name=batch.name,
            trade_date=batch.trade_date,
            venue=self._setup.venue.dialect.name,
            trader=identity.trader,
            desk=identity.desk,
            lines=batch.lines,
            totals=None
            if totals is None
            else SubmittedTotals(totals.lines, tuple((c, f"{a:f}") for c, a in totals.totals), totals.sha256),
        )
        # A batch that the restart suspended has ended once already, and that is not this submission's end.
        self._robot.news.pop(batch.batch_id, None)
        self._robot.process([submitted])

    def is_over(self) -> bool:
        """True when the engine has taken the batch as far as it goes."""
        news = self._robot.news.get(self._file.batch.batch_id)
        return news is not None and (news.ended or news.refused is not None)

    def follow(self, progress: Callable[[BatchState], None]) -> None:
        """Run the loop until the batch is over.

        Args:
            progress: Called a few times a second with the batch's state.
        """
        while not self._robot.run_until(self.is_over, 0.1):
            if self._state is not None:
                progress(self._state)

    def stop(self, who: str, reason: str) -> None:
        """Ask for the batch to be stopped. Safe in a signal handler: it only enqueues."""
        self._robot.inbox.put(StopRequested(self._file.batch.batch_id, who, reason))

    def finish(self) -> Summary:
        """Write the result file, seal the journal, and sum up."""
        robot, state, stages = self._robot, self._state, self._robot.stages
        assert state is not None, "a batch that is over is known to the engine"
        already_done = self._was_done_before(state)
        with stages.timed("report"):
            outcomes = line_outcomes(state, robot.engine.context.blotters)
            result_file = self._write_result([outcome.result for outcome in outcomes])
        wall_ms, stages_ms = stages.wall_ms(), stages.ms()
        robot.project()
        if not already_done:
            robot.seal()
        facts = self._facts(state, result_file) | {"stages_ms": stages_ms, "wall_ms": wall_ms}
        if already_done:
            facts["already_done"] = True
        return Summary(facts, exit_code(state), already_done, state.stop_reason)

    def _was_done_before(self, state: BatchState) -> bool:
        news = self._robot.news[self._file.batch.batch_id]
        return news.refused is not None and not news.ended and state.phase is BatchPhase.DONE

    def _write_result(self, results: list[LineResult]) -> Path:
        name = Path(self._file.batch.name)
        path = self._out / f"{name.stem}-{self._file.batch.batch_id}.result{name.suffix}"
        self._out.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(result_bytes(self._file.table, results))
        part.replace(path)
        return path

    def _facts(self, state: BatchState, result_file: Path) -> dict[str, Any]:
        counts = state.counts()
        lines = {str(status): counts[status] for status in _OUTCOMES}
        lines["unfilled"] += counts[LineStatus.QUEUED] + counts[LineStatus.WORKING]
        seq, head = self._robot.journal_head
        return {
            "batch_id": state.submitted.batch_id,
            "content_hash": state.submitted.content_hash,
            "trade_date": state.submitted.trade_date.isoformat(),
            "venue": state.submitted.venue,
            "lines": {"total": len(state.lines)} | lines,
            "reconciled": state.is_reconciled,
            "breaks": [found.to_json() for found in state.breaks],
            "result_file": str(result_file),
            "journal": {"last_seq": seq, "head_hash": head},
        }


def exit_code(state: BatchState) -> int:
    """The exit code that a batch's state deserves."""
    counts = state.counts()
    if counts[LineStatus.UNKNOWN] or state.breaks or state.phase is BatchPhase.SUSPENDED:
        return EXIT_UNKNOWN
    if counts[LineStatus.FILLED] < len(state.lines):
        return EXIT_INCOMPLETE
    return EXIT_DONE if state.is_reconciled else EXIT_UNKNOWN
