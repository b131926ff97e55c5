"""A batch, taken through: submit, follow, reconcile, report. What ``trader run`` does."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from risk.people.people import RULES, LaunchBatch
from risk.reasons import ReasonCode
from trader.adapters.config import Setup
from trader.adapters.history import load_history
from trader.adapters.points import load_points
from trader.adapters.reference import load_rates
from trader.app.batch_file import BatchFile
from trader.app.exit_codes import exit_code
from trader.app.result_file import ResultFile
from trader.app.resumption import Resumption, resumption_of
from trader.app.robot import Robot
from trader.app.sessions.connecting import books_wait_s, connect
from trader.batch.result import LineResult, result_bytes
from trader.domain.errors import ConfigError
from trader.engine.inputs import BatchSubmitted, StopRequested, SubmittedTotals
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import BatchWaits
from trader.engine.state import BatchPhase, BatchState, LineStatus

_GLANCE_S = 0.1  # how soon a Ctrl-C is seen

_OUTCOMES = (
    LineStatus.FILLED,
    LineStatus.PARTIALLY_FILLED,
    LineStatus.DENIED,
    LineStatus.REJECTED,
    LineStatus.UNFILLED,
    LineStatus.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of a run, as ``trader run --json`` shows it; see the field names there.

    Attributes:
        facts: The JSON object.
        exit_code: What the command returns.
        misses: Why lines were not filled: reason code to the rows, and the first row's reason in words.
        stop_reason: Why it ended early, or "".
    """

    facts: dict[str, Any]
    exit_code: int
    misses: dict[str, tuple[list[str], str]]
    stop_reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch of which nothing was sent, because something in it needs a second person.

    Attributes:
        batch_id: The batch, and what there is to approve.
        content_hash: Of the file that an approval would be for.
        who: Who launched it, and cannot approve it.
        needs: The roles of which one approves it.
        until_ns: The last moment for that, UTC nanoseconds; 0 when nobody can.
        findings: Row id, "" for the batch as a whole, and what waits, in a sentence.
        problem: Why nobody can approve it, in a sentence; "" when somebody can.
    """

    batch_id: str
    content_hash: str
    who: str
    needs: tuple[str, ...]
    until_ns: int
    findings: tuple[tuple[str, str], ...]
    problem: str


class NothingSentError(Exception):
    """A person stopped the launch before the batch was submitted: nothing of it was sent now."""


class Launch:
    """One batch on one robot.

    Args:
        robot: The open robot.
        file: The batch file.
        setup: Who trades and where.
        out: The folder for the result file.
        all_or_nothing: Send nothing unless every line passes the gate, whatever the configuration says.
    """

    def __init__(self, robot: Robot, file: BatchFile, setup: Setup, out: Path, *, all_or_nothing: bool = False) -> None:
        self._all_or_nothing = all_or_nothing or setup.config.batch.all_or_nothing
        self._robot = robot
        self._file = file
        self._setup = setup
        name = Path(file.batch.name)
        self.result = ResultFile(out / f"{name.stem}-{file.batch.batch_id}.result{name.suffix}")
        self._is_submitted = self._is_stopped = False
        self._written: list[LineResult] = []
        self._not_asked = ""
        self.resumption: Resumption | None = None
        self.wants_books = self._is_over and not self._is_settled

    @property
    def _state(self) -> BatchState | None:
        return self._robot.engine.context.batches.get(self._file.batch.batch_id)

    @property
    def is_done(self) -> bool:
        """True when the same file was taken to its end before, and nothing is left to ask this venue."""
        return self._is_over and not self.wants_books

    @property
    def _is_over(self) -> bool:
        """Whether nothing of the batch can leave any more; what was denied as a whole may pass now."""
        state = self._state
        if state is None or state.phase is not BatchPhase.DONE or not state.is_launched:
            return False
        return not self._robot.engine.may_go_on(state)

    @property
    def _is_settled(self) -> bool:
        """Whether this venue's books of a batch that is over are not wanted: they agree, or it is another's."""
        state = self._state
        assert state is not None, "a batch that is over is known"
        is_elsewhere = set(state.sessions) != {self._setup.venue.dialect.name}
        return is_elsewhere or (state.is_agreed and not state.is_stale)

    @property
    def trade_date(self) -> date:
        """The batch's own; that of its first submission, whatever date the file was read for now."""
        state = self._state
        return self._file.batch.trade_date if state is None else state.submitted.trade_date

    @property
    def has_begun(self) -> bool:
        """True when orders of the batch may have left, now or in an earlier process."""
        return self._state is not None

    def connect(self) -> None:
        """Start the session and wait until it is up and the venue ready; where only its books are wanted, if it can be.

        Raises:
            ConfigError: See :func:`trader.app.sessions.connecting.connect`.
            NothingSentError: A person did not want to wait.
        """
        try:
            connect(self._robot, self._setup, self._wait, self._check_not_stopped)
        except ConfigError as error:
            if not self.wants_books:
                raise
            self._not_asked = str(error)
            return
        if self.wants_books:
            session = self._robot.engine.context.sessions[self._setup.venue.dialect.name]
            self._wait(lambda: session.may_trade, books_wait_s(self._setup))

    def _wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Run the loop until something holds or a person stops it; False when the time ran out first."""
        glances = range(math.ceil(seconds / _GLANCE_S))
        return any(self._robot.run_until(lambda: done() or self._is_stopped, _GLANCE_S) for _ in glances)

    def _check_not_stopped(self) -> None:
        if self._is_stopped:
            raise NothingSentError

    def submit(self) -> None:
        """Hand the batch to the engine, or find that it is done already.

        Raises:
            NothingSentError: A person was faster.
        """
        self._is_submitted = True  # before the look, so that a stop is either seen here or on the inbox
        self._check_not_stopped()
        batch, identity = self._file.batch, self._setup.config.identity
        totals = self._file.totals
        source = self._setup.config.reference
        if source.source != "venue":
            self._robot.process([load_rates(source.source, source.file, self._setup.where.parent)])
        if self._setup.points is not None:
            self._robot.process([load_points(self._setup.points)])
        self._load_history()
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
            all_or_nothing=self._all_or_nothing,
        )
        # A batch that the restart suspended has ended once already, and that is not this submission's end.
        self._robot.news.pop(batch.batch_id, None)
        self.resumption = resumption_of(self._state)
        self.result.set_aside()  # last: until here what fails leaves everything as it was
        self._robot.process([submitted])

    def _load_history(self) -> None:
        """Where somebody wants to know what may be lost: how the rates have moved, once for each state of them.

        An estimate holds nothing up: without a history the desk is told with the batch that there is none.
        """
        gate = self._robot.engine.context.gate
        if any(row.control == ReasonCode.VALUE_AT_RISK for row in gate.limits.rows):
            try:
                history = load_history()
            except ConfigError:
                return
            if history.sha256 != gate.estimates.sha256:
                self._robot.process([history])

    def is_over(self) -> bool:
        """True when the engine has taken the batch as far as it goes now."""
        news = self._robot.news.get(self._file.batch.batch_id)
        return news is not None and (news.ended or news.refused is not None or news.waits is not None)

    @property
    def waits(self) -> BatchWaits | None:
        """What in the batch waits for a second person, so that nothing of it was sent; None when nothing does."""
        news = self._robot.news.get(self._file.batch.batch_id)
        return None if news is None else news.waits

    def pause(self) -> Waiting:
        """Seal the journal with the batch waiting, and say what waits for whom."""
        waits, state = self.waits, self._state
        assert waits is not None, "only a batch that waits is paused"
        assert state is not None, "a batch that waits is known to the engine"
        self._robot.project()
        self._robot.seal()
        self.result.put_back()
        request = self._robot.engine.context.people.requests.get(waits.batch_id)
        return Waiting(
            batch_id=waits.batch_id,
            content_hash=state.submitted.content_hash,
            who=state.submitted.trader,
            needs=tuple(sorted(RULES[LaunchBatch].decides)),
            until_ns=0 if waits.problem or request is None else request.until_ns,
            findings=tuple((row_id, violation.sentence) for row_id, violation in waits.findings),
            problem=waits.problem,
        )

    def follow(self, progress: Callable[[BatchState], None]) -> None:
        """Run the loop until the batch is over.

        Args:
            progress: Called a few times a second with the batch's state.
        """
        while not self._robot.run_until(self.is_over, _GLANCE_S):
            if self._state is not None:
                progress(self._state)

    def stop(self, who: str, reason: str) -> None:
        """Ask for the batch to be stopped. Safe in a signal handler: it only takes note and enqueues."""
        self._is_stopped = True
        if self._is_submitted:
            self._robot.inbox.put(StopRequested(self._file.batch.batch_id, who, reason))

    def finish(self) -> Summary:
        """Write the result file, seal the journal, and sum up.

        Raises:
            ResultNotWrittenError: The result file could not be written; everything else is done.
        """
        robot, state, stages = self._robot, self._state, self._robot.stages
        assert state is not None, "a batch that is over is known to the engine"
        # Where a batch had changed, the venue's books may have come, and agreed, before the file was submitted.
        is_compared = self.wants_books and (robot.news[state.submitted.batch_id].ended or self._is_settled)
        already_done = is_compared or self._was_done_before(state)
        with stages.timed("report"):
            result_file = self._write_result(self._results(state))
        wall_ms, stages_ms = stages.wall_ms(), stages.ms()
        robot.project()
        if is_compared or not already_done:
            robot.seal()
        facts = self._facts(state, result_file) | {"stages_ms": stages_ms, "wall_ms": wall_ms}
        if already_done:
            facts["already_done"] = True
        if self.wants_books:
            facts["asked_again"] = {"asked": is_compared, "problem": self._not_asked}
        if self.resumption is not None:
            facts["resumed"] = self.resumption.to_json()
        return self._summary(state, facts)

    def logged_out(self, summary: Summary) -> Summary:
        """The outcome once the robot is closed: what the venue said while it logged out counts as well.

        Raises:
            ResultNotWrittenError: The result file would say something else now, and could not be written again.
        """
        state = self._state
        assert state is not None, "a batch that has an outcome is known to the engine"
        results = self._results(state)
        is_told = results == self._written
        result_file = Path(summary.facts["result_file"]) if is_told else self._write_result(results)
        return self._summary(state, summary.facts | self._facts(state, result_file))

    def _summary(self, state: BatchState, facts: dict[str, Any]) -> Summary:
        if self.result.before is not None:
            facts["result_file_before"] = str(self.result.before)
        if changed := self._changed_after_end():
            facts["changed_after_end"] = changed
        if half_done := self._half_done():
            facts["half_done"] = half_done
        is_stopped = not self._robot.engine.context.stops.is_quiet
        return Summary(facts, exit_code(state, is_stopped=is_stopped), _misses(state), state.stop_reason)

    def _results(self, state: BatchState) -> list[LineResult]:
        return [outcome.result for outcome in line_outcomes(state, self._robot.engine.context.blotters)]

    def _changed_after_end(self) -> list[str]:
        """Other batches that have changed after their end, as this process has heard."""
        batches, own = self._robot.engine.context.batches, self._file.batch.batch_id
        ended = [name for name, news in self._robot.news.items() if news.ended and name != own and name in batches]
        return sorted({*ended, *(name for name, batch in batches.items() if batch.is_stale)})

    def _half_done(self) -> dict[str, str]:
        """Other batches that wait for their files to go on: batch id to the file's name."""
        return {
            name: batch.submitted.name
            for name, batch in self._robot.engine.context.batches.items()
            if batch.phase is BatchPhase.SUSPENDED and name != self._file.batch.batch_id
        }

    def _was_done_before(self, state: BatchState) -> bool:
        news = self._robot.news[self._file.batch.batch_id]
        return news.refused is not None and not news.ended and state.phase is BatchPhase.DONE

    def _write_result(self, results: list[LineResult]) -> Path:
        self.result.write(result_bytes(self._file.table, results))
        self._written = results
        return self.result.path

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
            "signed_for": state.is_signed_for,
            "compared": list(state.compared),
            "breaks": [found.to_json() for found in state.breaks],
            "result_file": str(result_file),
            "journal": {"last_seq": seq, "head_hash": head},
        }


def _misses(state: BatchState) -> dict[str, tuple[list[str], str]]:
    misses: dict[str, tuple[list[str], str]] = {}
    for line in state.lines:
        if line.reason_code:
            misses.setdefault(line.reason_code, ([], line.reason))[0].append(line.line.row_id)
    return misses
