"""Controls that latch on what has happened, and not on what an order asks for.

Each puts a :class:`~risk.stops.stops.Stop`, and only a person takes it off. What each stops, and why no more and no
less:

======================  ================  ===========================================================================
REPEATED_EXECUTION      the batch         a line that trades again and again is a loop in how its batch is worked
REJECT_STORM            session or pair   whoever says no to everything will not say yes to the next one
RECONCILIATION_BREAK    the venue         the books that differ are ours and the venue's: what is dealt there next may
                                          be wrong in the same way, and nobody knows what is really used of a limit
DEADMAN, CLOCK,         everything        it is the machine itself that cannot be trusted
CONFIG_CHANGED,
JOURNAL_FAILED
======================  ================  ===========================================================================
"""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode, Violation
from risk.stops.stops import EVERYTHING, Dimension, Scope, State, Stop
from trader.domain.counting import counted
from trader.domain.ids import LineId
from trader.domain.moments import NS_PER_S

_EXECUTIONS = LimitTable("REPEATED_EXECUTION", "max", ("desk",))
_STORMS = {each: LimitTable("REJECT_STORM", "rejects_max", (each,)) for each in ("session", "pair")}
_WINDOWS = {each: LimitTable("REJECT_STORM", "window_s", (each,)) for each in _STORMS}
CLOCK_JUMP = LimitTable("CLOCK", "jump_ms_max", ("firm",))
SILENCE = LimitTable("DEADMAN", "silent_s_max", ("firm",))


class Latches:
    """What has happened since a person last touched it, and the stops that follow from it.

    Args:
        limits: Has the figures; one that is missing is taken as zero, though without it nothing is allowed anyway.
    """

    def __init__(self, limits: LimitBook) -> None:
        self._limits = limits
        self._due: list[tuple[Scope, ReasonCode, str]] = []
        self._executions: dict[LineId, int] = {}
        self._rejects: dict[Scope, deque[int]] = {}

    def use_limits(self, limits: LimitBook) -> None:
        """Other limits are in force; what was counted stays."""
        self._limits = limits

    def touched(self, batch_id: str) -> None:
        """A person has launched a batch, or launched it again: its executions count from zero."""
        for line in [line for line in self._executions if line.batch_id == batch_id]:
            del self._executions[line]

    def forget(self, lines: Iterable[LineId]) -> None:
        """Nothing more will be executed of some lines."""
        for line in lines:
            self._executions.pop(line, None)

    def executed(self, line: LineId, desk: str) -> None:
        """One execution more of a line. After a stop they count from zero: only a person lets them go on."""
        count = self._executions.get(line, 0) + 1
        self._executions[line] = count
        limit = self._figure(_EXECUTIONS, desk)
        if count > limit:
            del self._executions[line]
            why = f"line {line.line_no} was executed {count} times since a person last touched it; {limit:f} may be"
            self._due.append((Scope(Dimension.BATCH, line.batch_id), ReasonCode.REPEATED_EXECUTION, why))

    def told(self, session: str, pair: str, now_ns: int, *, is_no: bool) -> None:
        """A venue has said its first word about an order, which may be a no."""
        if is_no:
            self.rejected(session, pair, now_ns)
        else:
            self.answered(session, pair)

    def answered(self, session: str, pair: str) -> None:
        """A venue took an order: that is no storm."""
        if self._rejects:
            for scope in _storm_scopes(session, pair):
                self._rejects.pop(scope, None)

    def rejected(self, session: str, pair: str, now_ns: int) -> None:
        """A venue rejected an order, at a moment in UTC nanoseconds."""
        for scope in _storm_scopes(session, pair):
            limit = self._figure(_STORMS[scope.dimension], scope.name)
            window_s = self._figure(_WINDOWS[scope.dimension], scope.name)
            rejects = self._rejects.setdefault(scope, deque())
            rejects.append(now_ns)
            while now_ns - rejects[0] > window_s * NS_PER_S:
                rejects.popleft()
            if len(rejects) >= limit:
                why = f"{len(rejects)} orders in a row were rejected within {window_s:f} s; {limit:f} are too many"
                del self._rejects[scope]
                self._due.append((scope, ReasonCode.REJECT_STORM, why))

    def books_differ(self, venue: str, batch_id: str, differences: int) -> None:
        """Reconciliation has found that a venue's book of a batch is not ours."""
        why = f"{counted(differences, 'difference')} between its book of batch {batch_id} and ours"
        self._due.append((Scope(Dimension.VENUE, venue), ReasonCode.RECONCILIATION_BREAK, why))

    def overfilled(self, venue: str, cl_ord_id: str, overfill: str) -> None:
        """A venue has filled more of an order than was asked for; the batch's end would find the same difference."""
        why = f"{overfill} more than was asked for was filled under ClOrdID(11)={cl_ord_id}"
        self._due.append((Scope(Dimension.VENUE, venue), ReasonCode.RECONCILIATION_BREAK, why))

    def machine_failed(self, code: ReasonCode, why: str) -> None:
        """The machine is not itself: nothing may leave at all."""
        self._due.append((EVERYTHING, code, why))

    def take_due(self, now_ns: int) -> list[Stop]:
        """The stops that follow from all this, each once, as of a moment in UTC nanoseconds."""
        due, self._due = self._due, []
        return [Stop(scope, State.HALTED, code, now_ns, str(code), why) for scope, code, why in due]

    def snapshot(self) -> dict[str, object]:
        """Everything counted, as plain values in a canonical order."""
        return {
            "executions": list(self._executions.items()),
            "rejects": {str(scope): list(rejects) for scope, rejects in sorted(self._rejects.items())},
        }

    def _figure(self, table: LimitTable, name: str) -> Decimal:
        return self._limits.number(table, (name,)) or Decimal(0)


def _storm_scopes(session: str, pair: str) -> tuple[Scope, Scope]:
    return Scope(Dimension.SESSION, session), Scope(Dimension.PAIR, pair)


def _executions_defined(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    yield from _undefined(context.limits, _EXECUTIONS, outline.keys.desk)


def _storms_defined(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    for tables in (_STORMS, _WINDOWS):
        yield from _undefined(context.limits, tables["session"], outline.keys.venue)
        yield from _undefined(context.limits, tables["pair"], outline.symbol)


def _clock_defined(outline: Outline, context: CheckContext) -> Iterator[Violation]:
    if outline.above.firm:
        yield from _undefined(context.limits, CLOCK_JUMP, outline.above.firm)


def _undefined(limits: LimitBook, table: LimitTable, name: str) -> Iterator[Violation]:
    if limits.number(table, (name,)) is None:
        yield limits.undefined(table, (name,))


REPEATED_EXECUTION: Check[None] = Check(
    Control(
        code=ReasonCode.REPEATED_EXECUTION,
        mode=Mode.LATCH,
        mitigates="a loop that trades a line again and again",
        formula="executions of a line since a person last touched its batch ≤ N, or the batch is HALTED",
        keys=(("desk",),),
        parameters=(Parameter("max", Kind.COUNT, "N, executions of one line"),),
        is_limit=True,
    ),
    resolve=_executions_defined,
)
REJECT_STORM: Check[None] = Check(
    Control(
        code=ReasonCode.REJECT_STORM,
        mode=Mode.LATCH,
        mitigates="orders that go on when something is wrong at the venue",
        formula="venue rejects in a row, within w, < N, or the session or the pair is HALTED; a lost quote is none",
        keys=(("session",), ("pair",)),
        parameters=(
            Parameter("rejects_max", Kind.COUNT, "N, so many in a row are too many"),
            Parameter("window_s", Kind.POSITIVE, "w, in seconds"),
        ),
    ),
    resolve=_storms_defined,
)
RECONCILIATION_BREAK: Check[None] = Check(
    Control(
        code=ReasonCode.RECONCILIATION_BREAK,
        mode=Mode.LATCH,
        mitigates="dealing on while our books and the venue's differ",
        formula="any difference by line, currency and value date, or a fill above its order, and the venue is HALTED",
        alerts="risk and operations",
    )
)
DEADMAN: Check[None] = Check(
    Control(
        code=ReasonCode.DEADMAN,
        mode=Mode.LATCH,
        mitigates="trading that nobody watches",
        formula="the age of the monitor's heartbeat ≤ T, or everything is HALTED; where monitor.heartbeat names a file",
        keys=(("firm",),),
        parameters=(Parameter(SILENCE.parameter, Kind.POSITIVE, "T, in seconds"),),
    )
)
CLOCK: Check[None] = Check(
    Control(
        code=ReasonCode.CLOCK,
        mode=Mode.LATCH,
        mitigates="ages, windows and dates that are wrong because the clock was set",
        formula="abs(Δ wall clock - Δ steady clock) between two looks ≤ J, and no moment is more than J before the one "
        "that was journaled last, or everything is HALTED",
        keys=(("firm",),),
        parameters=(Parameter(CLOCK_JUMP.parameter, Kind.POSITIVE, "J, in milliseconds"),),
    ),
    resolve=_clock_defined,
)
CONFIG_CHANGED: Check[None] = Check(
    Control(
        code=ReasonCode.CONFIG_CHANGED,
        mode=Mode.LATCH,
        mitigates="a configuration that one person has changed alone",
        formula="the hash of trader.toml, dialect and limits file is the approved one; else everything is HALTED",
    )
)
JOURNAL_FAILED: Check[None] = Check(
    Control(
        code=ReasonCode.JOURNAL_FAILED,
        mode=Mode.LATCH,
        mitigates="trading on after something could not be written down",
        formula="a write to the journal failed: the process ends, and the next one begins with everything HALTED",
        alerts="risk and operations",
    )
)
