"""Bugs that are planted from outside while a context lasts: the simulation has to find each, or it proves nothing.

Nothing in the product knows of them. Each is one change that a tired programmer could make; what is planted is the
robot's, never the watcher's.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from msgspec import structs

from risk.gate.gate_book import GateBook
from risk.ledger import ledger
from risk.wire.guard import WireGuard
from trader.adapters.resources import is_compiled
from trader.domain.errors import ConfigError
from trader.domain.events import ExecType, ExecutionReported
from trader.engine.batches import Batches
from trader.engine.engine import Engine
from trader.engine.questions import Announced
from trader.engine.recovery import Recoveries
from trader.engine.state import BatchState, SessionState
from trader.engine.stopping import Stopping
from trader.journal import anchor as journal_anchor
from trader.journal import record as journal_record
from trader.journal.record import Record
from trader.orders import blotter, executions, reports
from trader.orders.applied import REPEATED, UNCHANGED
from trader.orders.fills import FillLedger
from trader.orders.machine import PhaseInput
from trader.orders.order import Order
from trader.simulation.robot import Robot

_Planted = AbstractContextManager[None]
_Patch = tuple[Any, str, Any]


@contextmanager
def _replaced(*patches: _Patch) -> Iterator[None]:
    """Put other attributes in the place of some, and put them back.

    Raises:
        ConfigError: One of them is compiled, so that nothing would come of it.
    """
    for owner, name, _ in patches:
        module = getattr(owner, "__module__", None) or owner.__name__  # a module has none
        if is_compiled(module):
            raise ConfigError(f"{module} is compiled here, and {name} cannot be changed: plant this bug in a checkout")
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in patches]
    for owner, name, value in patches:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


@contextmanager
def _handled(exec_type: ExecType, handler: Callable[..., Any]) -> Iterator[None]:
    """Let another function take an ExecType(150)."""
    handlers = cast("MutableMapping[ExecType, Any]", executions.HANDLERS)
    before, handlers[exec_type] = handlers[exec_type], handler
    try:
        yield
    finally:
        handlers[exec_type] = before


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug that can be planted.

    Attributes:
        what: What it does, in a clause.
        plant: Plants it while the context lasts.
        seed: The first seed that found it when that was measured last.
        within: So many seeds from 1 on find it, whatever changes in what a seed draws.
    """

    what: str
    plant: Callable[[], _Planted]
    seed: int
    within: int


# --- fills ------------------------------------------------------------------------------------------------------------


def _books_twice() -> _Planted:
    def find_nothing(_order: Order, _report: object) -> Any:  # noqa: ANN401 -- as the function it stands for
        return UNCHANGED

    return _replaced((reports, "_heard_before", find_nothing), (reports, "_trade_heard_before", find_nothing))


def _drops_late_fills() -> _Planted:
    original = reports.on_execution

    def on_execution(order: Order, report: ExecutionReported, ts_ns: int) -> Any:  # noqa: ANN401 -- see above
        return REPEATED if order.phase.is_final else original(order, report, ts_ns)

    return _replaced((reports, "on_execution", on_execution))


def _ignores_busts() -> _Planted:
    return _handled(ExecType.TRADE_CANCEL, lambda _order, _report: ((), None))


def _books_statuses() -> _Planted:
    def status(order: Order, report: ExecutionReported) -> Any:  # noqa: ANN401 -- see above
        missing = report.cum_qty - order.cum_qty
        if missing > 0:
            booked = order.ledger.book(_as_trade(report, missing))
            return ((booked,) if booked else ()), None
        return original(order, report)

    original = executions.HANDLERS[ExecType.ORDER_STATUS]
    return _handled(ExecType.ORDER_STATUS, status)


def _as_trade(report: ExecutionReported, quantity: Decimal) -> ExecutionReported:
    return structs.replace(report, last_qty=quantity, last_px=report.avg_px)


# --- orders -----------------------------------------------------------------------------------------------------------


def _resends_on_timeout() -> _Planted:
    def send_again(self: Batches, batch: BatchState) -> None:
        ctx = self._ctx
        for name in batch.sessions:
            for cl_ord_id, sent_ns in list(ctx.sessions[name].unacknowledged.items()):
                order = ctx.blotters[name].find(cl_ord_id)
                if order is not None and ctx.is_past(sent_ns, ctx.settings.ack_s_max):
                    self._dealing.never_received(order, may_try_again=True)
                    self._dealing.release(name)

    return _replaced((Batches, "_ask_about_late_orders", send_again))


def _releases_on_timeout() -> _Planted:
    original = Batches._ask_about

    def ask_about(self: Batches, session: str, order: Order) -> None:
        original(self, session, order)
        self._ctx.gate.release(order.cl_ord_id)

    return _replaced((Batches, "_ask_about", ask_about))


def _ends_by_its_own_cancel() -> _Planted:
    original = Order.request_cancel

    def request_cancel(self: Order, ts_ns: int) -> Any:  # noqa: ANN401 -- see above
        command = original(self, ts_ns)
        self.try_move(PhaseInput.CANCELED)
        self.close_requests()
        return command

    return _replaced((Order, "request_cancel", request_cancel))


def _forgets_doubt() -> _Planted:
    return _replaced((blotter.Blotter, "session_lost", lambda _self: None))


def _uses_ids_again() -> _Planted:
    original = Engine._engine_started

    def engine_started(self: Engine, started: Any) -> None:  # noqa: ANN401 -- an EngineStarted
        original(self, started)
        for batch in self.context.batches.values():
            for state in batch.lines:
                state.children = 0

    return _replaced((Engine, "_engine_started", engine_started))


# --- limits, stops, questions -----------------------------------------------------------------------------------------


def _forgets_to_release() -> _Planted:
    return _replaced((GateBook, "release", lambda _self, _name: None))


def _overlooks_limits() -> _Planted:
    return _replaced((ledger, "fits", lambda _stakes, _asked: True))


def _leaves_the_queue_at_a_kill() -> _Planted:
    def nothing(*_: object) -> int:
        return 0

    return _replaced(
        (WireGuard, "shut", nothing),
        (WireGuard, "taken", nothing),
        (WireGuard, "obey", nothing),
        (Stopping, "_void_lines", nothing),
    )


def _opens_before_the_answers() -> _Planted:
    return _replaced((SessionState, "may_trade", property(lambda self: self.is_open)))


def _asks_nothing_first() -> _Planted:
    original = Recoveries.begin

    def begin(self: Recoveries, session_name: str, *, has_dropped: bool) -> None:
        self._ctx.sessions[session_name].owes_day = False
        original(self, session_name, has_dropped=has_dropped)

    return _replaced((Recoveries, "begin", begin))


def _counts_answers_twice() -> _Planted:
    original = Announced.take

    def take(self: Announced, _key: str, *, is_last: bool, total: int | None = None) -> None:
        original(self, str(len(self.seen)), is_last=is_last, total=total)

    return _replaced((Announced, "take", take))


# --- the journal and the session --------------------------------------------------------------------------------------


def _acts_before_the_commit() -> _Planted:
    def commit(self: Robot, records: Sequence[Record], *, dies: bool) -> None:  # noqa: ARG001 -- as the one it replaces
        self._outside.disk.write(records)
        self.records += records

    return _replaced((Robot, "commit", commit))


def _replays_all_but_the_last() -> _Planted:
    original = Robot.replay

    def replay(self: Robot, records: Sequence[Record]) -> None:
        original(self, records[:-1])
        self.records = list(records)

    return _replaced((Robot, "replay", replay))


def _chains_without_the_payload() -> _Planted:
    original = journal_record.digest

    def digest(previous: bytes, seq: int, ts_ns: int, kind: str, payload: bytes) -> bytes:
        return original(previous, seq, ts_ns, kind, payload[:0])

    return _replaced((journal_record, "digest", digest))


def _misses_a_cut_end() -> _Planted:
    return _replaced((journal_anchor, "anchor_fault", lambda *_: ""))


def _corrects_without_undoing() -> _Planted:
    def correct(self: FillLedger, _key: str, report: ExecutionReported) -> Any:  # noqa: ANN401 -- see above
        booked = self.book(report)
        return (booked,) if booked else ()

    return _replaced((FillLedger, "correct", correct))


BUGS: Mapping[str, Bug] = {
    "books-twice": Bug("the ExecID(17) is not looked at: a repeated fill is booked again", _books_twice, 3, 20),
    "drops-late-fills": Bug("a fill that comes after the order's end is forgotten", _drops_late_fills, 7, 50),
    "ignores-busts": Bug("a bust changes nothing", _ignores_busts, 47, 1000),
    "corrects-without-undoing": Bug(
        "a correct is booked beside the trade that it corrects", _corrects_without_undoing, 136, 500
    ),
    "books-statuses": Bug("the CumQty(14) of a status answer is booked", _books_statuses, 60, 300),
    "resends-on-timeout": Bug("an order without an answer in time is sent again", _resends_on_timeout, 117, 300),
    "releases-on-timeout": Bug(
        "an order without an answer in time gives its limits back", _releases_on_timeout, 55, 100
    ),
    "ends-by-own-cancel": Bug("a cancel ends the order without the venue's word", _ends_by_its_own_cancel, 20, 50),
    "uses-ids-again": Bug("after a restart child numbers begin at 1 again", _uses_ids_again, 4, 100),
    "forgets-doubt": Bug("a lost session leaves unanswered orders as they were", _forgets_doubt, 20, 100),
    "forgets-to-release": Bug("the limits of an order that is over stay taken", _forgets_to_release, 6, 20),
    "overlooks-limits": Bug("nothing is compared with what is free of a limit", _overlooks_limits, 46, 300),
    "kill-leaves-queue": Bug(
        "a kill cancels what is live and lets the queue leave", _leaves_the_queue_at_a_kill, 86, 300
    ),
    "opens-early": Bug("the gate opens before the venue has answered", _opens_before_the_answers, 1, 100),
    "asks-nothing-first": Bug(
        "a new process does not ask what the venue has, where its journal has nothing open", _asks_nothing_first, 5, 100
    ),
    "counts-answers-twice": Bug("a trade that is listed twice counts as two", _counts_answers_twice, 292, 1000),
    "acts-before-commit": Bug("orders leave before what caused them is durable", _acts_before_the_commit, 1, 10),
    "replays-but-the-last": Bug("a replay leaves the last record out", _replays_all_but_the_last, 3, 20),
    "chains-no-payload": Bug("the hash chain leaves the payload out", _chains_without_the_payload, 1, 10),
    "misses-a-cut-end": Bug("an anchor agrees with a journal whose end was cut off", _misses_a_cut_end, 1, 10),
}


def bug(name: str) -> Bug:
    """A bug by its name.

    Raises:
        ConfigError: There is none.
    """
    if name not in BUGS:
        raise ConfigError(f"no planted bug {name!r}; expected one of {', '.join(BUGS)}")
    return BUGS[name]
