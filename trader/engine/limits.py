"""Which limits hold: the configuration's, until two persons have brought a set of their own; from then on the latest.

Rows come into force and go by their days. Before anything else is done with an input the book of its moment is there:
the turn of a day needs no input of its own, because every input has its moment.
"""

from decimal import Decimal

from msgspec.structs import replace

from risk.limits.book import LimitBook, LimitsConflictError
from risk.limits.increases import Increase, ended_above, increase_problem, raised
from risk.limits.versions import LimitSet, cuts, diff, limit_of, sha256_of, structure_problems, summary
from risk.people.people import ImportLimits, RaiseLimit, Request
from risk.registry import CONTROLS
from risk.wire.rate import MessageRate, VenuePace
from trader.engine.context import Context
from trader.engine.inputs import EngineStarted
from trader.engine.outputs import Alert, LimitsInForce, StartTimer
from trader.fix.dialect import Dialect


class Limits:
    """Keeps the limits in force. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context
        self._every = LimitBook(())
        self._asked: tuple[ImportLimits, LimitBook] | None = None

    def configured(self, started: EngineStarted) -> LimitBook:
        """The limits that a process begins with, at this moment."""
        if not self._ctx.limit_sets:
            self._hold(LimitBook.from_rows(started.limits))
        for increase in self._ctx.increases:
            self._wake_at_end(increase)
        return self._book()

    def _hold(self, every: LimitBook) -> None:
        self._every, self._ctx.limit_rows = every, every.rows

    def _book(self) -> LimitBook:
        """The limits of this moment, with what is raised for a time."""
        now_ns = self._ctx.now_ns
        book = self._every.at(now_ns)
        return raised(book, self._ctx.increases, now_ns) if self._ctx.increases else book

    def turn(self) -> None:
        """Time has passed: let rows and increases come into force, and go."""
        ctx = self._ctx
        if ctx.has_gate and not ctx.gate.limits.is_of(ctx.now_ns):
            last_ns = ctx.gate.limits.until_ns - 1
            self._use(self._book())
            over = [each for each in ctx.increases if each.is_active(last_ns) and each.asked.until_ns <= ctx.now_ns]
            self._tell_what_is_above(over)

    def increase_problem(self, asked: RaiseLimit) -> str:
        """Why a limit cannot be raised, as far as that does not depend on who asks; "" when it can."""
        if not self._ctx.has_gate:
            return "nothing has run with this data folder, so that it has no limits to raise; run a batch first"
        now_ns = self._ctx.now_ns
        return increase_problem(asked, CONTROLS.get(asked.control), self._every.at(now_ns), now_ns)

    def increase(self, request: Request) -> None:
        """An increase was approved."""
        ctx, asked = self._ctx, request.action
        assert isinstance(asked, RaiseLimit), "the table of actions says so"
        made = Increase(request.request_id, asked, request.who, request.reason, request.decided_by)
        ctx.increases.append(made)
        self._wake_at_end(made)
        self._use(self._book())

    def _wake_at_end(self, increase: Increase) -> None:
        """That an increase is over is told when it is, and not with the next order."""
        if increase.asked.until_ns > self._ctx.now_ns:
            self._ctx.emit(StartTimer(f"turn:{increase.request_id}", increase.asked.until_ns))

    def _tell_what_is_above(self, over: list[Increase]) -> None:
        book = self._ctx.gate.limits
        about = [each for each in self._ctx.gate.utilisation() if any(one.is_about(each.node) for one in over)]
        rows = [(each, limit_of(each.node, book)) for each in about]
        nodes = [(each.node, each.used, None if row is None else Decimal(row.value)) for each, row in rows]
        for violation in ended_above(over, nodes):
            self._ctx.emit(Alert(violation.code, violation.sentence, about=violation.node))

    def problem(self, action: ImportLimits) -> str:
        """Why a set cannot come into force, as far as that does not depend on who asks; "" when it can."""
        if not self._ctx.has_gate:
            return "nothing has run with this data folder, so that it has no limits to compare with; run a batch first"
        if action.replaces != sha256_of(self._every.rows):
            return "the limits in force are others than those it was compared with; import the file again"
        if action.sha256 != sha256_of(action.rows):
            return "the rows are not those that the hash is of; import the file again"
        if action.sha256 == action.replaces:
            return "the set is the one in force already"
        try:
            book = self._book_of(action)
        except LimitsConflictError as error:
            return str(error)
        used = [(node.node, node.used) for node in self._ctx.gate.utilisation()]
        found = structure_problems(book, self._ctx.now_ns)
        found += [cut.sentence for cut in cuts(book.at(self._ctx.now_ns), used) if not cut.is_meant]
        return "; ".join(found)

    def put_in_force(self, request: Request) -> None:
        """A set was approved."""
        ctx, action = self._ctx, request.action
        assert isinstance(action, ImportLimits), "the table of actions says so"
        changes = summary(diff(self._every.rows, action.rows))
        number = len(ctx.limit_sets) + 1
        made = LimitSet(
            version=number,
            name=action.name,
            file_sha256=action.file_sha256,
            sha256=action.sha256,
            before=action.replaces,
            rows=len(action.rows),
            changes=changes,
            who=request.who,
            reason=request.reason,
            decided_by=request.decided_by,
            decided_why=request.decided_why,
            ts_ns=ctx.now_ns,
        )
        ctx.limit_sets.append(made)
        self._hold(self._book_of(action))
        self._asked = None
        request.action = replace(action, rows=())  # they are the set's now, and need no second place in the state
        self._use(self._book(), made)
        text = f"limit set {number} of {action.name} is in force: {changes}"
        ctx.emit(Alert("LIMITS_CHANGED", text, about=f"limit set {number}", is_hard=False))

    def _book_of(self, action: ImportLimits) -> LimitBook:
        """The rows as a book; looked at when it is asked for, when it is decided on, and when it comes into force."""
        if self._asked is None or self._asked[0] is not action:
            self._asked = action, LimitBook(action.rows)
        return self._asked[1]

    def _use(self, book: LimitBook, imported: LimitSet | None = None) -> None:
        ctx = self._ctx
        ctx.gate.reconfigure(book, ctx.gate.calendars)
        for name, dialect in ctx.dialects.items():
            self.set_pace(name, dialect, book)
        ctx.emit(LimitsInForce(imported, self._every.rows if imported else ()))

    def set_pace(self, name: str, dialect: Dialect, book: LimitBook) -> None:
        """Let a venue's messages keep the pace of some limits; what was sent before counts."""
        rate = MessageRate(book, name, _pace_of(dialect))
        if name in self._ctx.message_rates:
            rate.go_on_from(self._ctx.message_rates[name])
        self._ctx.message_rates[name] = rate


def _pace_of(dialect: Dialect) -> VenuePace | None:
    pace = dialect.pace
    return None if pace is None else VenuePace(pace.messages_max, pace.kept_ns)
