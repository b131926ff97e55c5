"""Stops: a kill, or a control that latches, ends what is live in its scope; a person re-arms it.

In this order: the gate is shut, what has not left is voided, what is live is canceled. The input is in the journal by
then, and the wire was shut before. A HALTED scope lets nothing leave; a REDUCING one only what the gate finds to shrink
the position, so that what had not left is decided anew. What is live is canceled in both.

A venue that takes OrderMassCancelRequest(q) gets it where everything on its session is to go, and single cancels for
what that has not ended in the time that an answer takes.
"""

from collections.abc import Iterator, Sequence

from risk.people.people import Role
from risk.reasons import ReasonCode
from risk.stops.stops import Scope, State, Stop
from trader.domain.commands import CancelAllOrders
from trader.domain.counting import counted
from trader.domain.events import MassCancelReported
from trader.engine.batches import Batches
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.ending import Endings
from trader.engine.inputs import KillProven, KillRequested, ResumeRequested
from trader.engine.lines import Lines
from trader.engine.outputs import ActionAnswered, Alert, AlertOver, KillEnded, StartTimer, StopsChanged
from trader.engine.scope_names import nothing_in
from trader.engine.state import BatchPhase, BatchState, Kill, KilledOrder, KillOutcome, LineState, LineStatus
from trader.orders.machine import Phase
from trader.orders.order import Order

TIMER = "masscancel"
NOTHING_STOPPED = "KILL_OF_NOTHING"
_UNKNOWN = "KILL_UNKNOWN"
_UNSETTLED = frozenset({LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNKNOWN})


class Stopping:
    """Puts stops in force and lifts them. One instance per engine."""

    def __init__(self, context: Context, lines: Lines, dealing: Dealing, endings: Endings, batches: Batches) -> None:
        self._ctx = context
        self._lines = lines
        self._dealing = dealing
        self._endings = endings
        self._batches = batches

    # --- stopping ----------------------------------------------------------------------------------------------------

    def kill_requested(self, kill: KillRequested) -> None:
        """A person, a file or a signal stops a scope. Said again, it cancels what is live by then."""
        ctx = self._ctx
        stop = Stop(kill.scope, kill.state, ReasonCode.KILL, ctx.now_ns, kill.who, kill.reason, kill.account)
        record = Kill(len(ctx.kills) + 1, stop, ctx.now_ns)
        ctx.kills.append(record)
        for session, orders in self._doomed(stop.scope).items():
            record.orders |= {order.cl_ord_id: KilledOrder(session, order.cum_qty) for order in orders}
        ctx.stops.put(stop)
        record.lines_voided = self.enforce([stop])
        if told := nothing_in(stop.scope, ctx, self._lines):
            ctx.emit(Alert(NOTHING_STOPPED, told, about=str(stop.scope)))
        ctx.emit(ActionAnswered(str(record.number), ""))

    def enforce(self, stops: Sequence[Stop]) -> int:
        """Do what stops want that were put in force together; each order that is live is canceled once.

        Args:
            stops: What a person, or the controls by themselves, have stopped in this step.

        Returns:
            How many lines were voided.
        """
        ctx, voided = self._ctx, 0
        doomed: dict[str, dict[str, Order]] = {}
        self.stops_changed()
        for stop in stops:
            reason = str(stop)
            ctx.emit(Alert(stop.code, reason, about=str(stop.scope), is_lasting=True))
            for session, orders in self._doomed(stop.scope).items():
                for order in orders:
                    batch, state = self._lines.locate(order.cl_ord_id)
                    state.stop_code, state.stop_reason = stop.code, reason
                    ctx.touch(batch.submitted.batch_id, state.line.line_no)
                    doomed.setdefault(session, {})[order.cl_ord_id] = order
            voided += sum([self._void_lines(batch, stop) for batch in list(ctx.batches.values())])
        for session, by_name in doomed.items():
            self._cancel(session, list(by_name.values()))
        for session in ctx.sessions:
            self._dealing.release(session)
        return voided

    def stops_changed(self) -> None:
        """Whoever shows what is stopped hears of all of it."""
        self._ctx.emit(StopsChanged(self._ctx.stops.stops()))

    def _doomed(self, scope: Scope) -> dict[str, list[Order]]:
        """What is live in a scope, by session."""
        lines, found = self._lines, {}
        for name, blotter in self._ctx.blotters.items():
            orders = [each for each in blotter.live() if scope in lines.scopes(*lines.locate(each.cl_ord_id))]
            if orders:
                found[name] = orders
        return found

    def _void_lines(self, batch: BatchState, stop: Stop) -> int:
        """End the lines of a batch that nothing has left of, or have them decided anew; how many were ended."""
        unsettled = [state for state in batch.lines if state.status in _UNSETTLED]
        inside = [state for state in unsettled if stop.scope in self._lines.scopes(batch, state)]
        waiting = [state for state in inside if state.unsent or state.status is LineStatus.QUEUED]
        is_whole = len(inside) == len(unsettled) and batch.phase in (BatchPhase.AWAITING_RATES, BatchPhase.TRADING)
        if not inside or not (is_whole or batch.is_launched):
            return 0  # what was not launched yet comes to the gate
        if stop.state is State.REDUCING:
            for state in waiting:
                self._dealing.decide_anew(batch, state, str(stop))
            return 0
        if is_whole:
            self._batches.wind_down(batch, str(stop), stop.code)
        for state in waiting:
            state.stop_code, state.stop_reason = stop.code, str(stop)
            self._dealing.give_up(batch, state, stop.code, str(stop))
        self._endings.collect_when_final(batch)
        return len(waiting)

    def _cancel(self, session: str, orders: list[Order]) -> None:
        """Cancel all of some orders, at once where the venue can and nothing else is live there."""
        ctx = self._ctx
        known = ctx.sessions.get(session)
        if known is None or not known.is_open:
            return  # they are canceled when it is back
        is_everything = len(orders) > 1 and len(orders) == len(list(ctx.blotters[session].live()))
        if is_everything and ctx.dialects[session].requests.mass_cancel:
            ctx.send(session, CancelAllOrders(f"K{ctx.now_ns}", ctx.now_ns))
            ctx.emit(StartTimer(f"{TIMER}:{session}", ctx.after(ctx.settings.ack_s_max)))
        else:
            self._dealing.cancel_stopped(session)

    def mass_cancel_over(self, session: str) -> None:
        """What a mass cancel has not ended by now is canceled one by one."""
        self._dealing.cancel_stopped(session)

    def mass_cancel_reported(self, session: str, report: MassCancelReported) -> None:
        """The venue does as asked, or it refuses."""
        if not report.accepted:
            text = f"{session} refuses to cancel everything at once: {report.text or 'no reason given'}"
            self._ctx.emit(Alert("MASS_CANCEL_REFUSED", text, about=session))
            self._dealing.cancel_stopped(session)

    # --- the proof ---------------------------------------------------------------------------------------------------

    def proven(self, proof: KillProven) -> None:
        """The process that saw to a kill tells the times; what became of each order is kept as it is now."""
        record = self._ctx.kills[proof.number - 1]
        record.proof = proof
        for name, killed in record.orders.items():
            order = self._ctx.blotters[killed.session].find(name)
            if order is not None and order.is_final:
                killed.outcome = KillOutcome.FILLED if order.phase is Phase.FILLED else KillOutcome.CANCELED
                killed.filled_after = order.cum_qty - killed.cum_qty
        self._ctx.emit(KillEnded(record))
        unknown = sum(each.outcome is KillOutcome.UNKNOWN for each in record.orders.values())
        if unknown:
            orders = counted(unknown, "order")
            text = f"after kill {record.number} the venue has not said what became of {orders}; call it"
            self._ctx.emit(Alert(_UNKNOWN, text, about=str(record.number)))

    # --- re-arming ---------------------------------------------------------------------------------------------------

    def resume_requested(self, resume: ResumeRequested) -> None:
        """A person re-arms a scope, or is told what is missing."""
        ctx, scope = self._ctx, resume.scope
        problem = self._resume_problem(resume)
        if not problem:
            for stop in ctx.stops.lift(scope):
                ctx.emit(AlertOver(stop.code, str(scope)))
            ctx.emit(AlertOver(NOTHING_STOPPED, str(scope)))
            for record in ctx.kills:
                if record.stop.scope == scope:  # it is re-armed only once the venue has said what became of every order
                    ctx.emit(AlertOver(_UNKNOWN, str(record.number)))
            self.stops_changed()
            text = f"{scope} was re-armed by {resume.who}: {resume.reason}"
            ctx.emit(Alert("RESUMED", text, about=str(scope), is_hard=False))
        ctx.emit(ActionAnswered(str(scope), problem))

    def _resume_problem(self, resume: ResumeRequested) -> str:
        """Why a scope stays as it is, everything that is missing in one sentence; "" when it may be re-armed."""
        people, who = self._ctx.people, resume.who
        stops = self._ctx.stops.on(resume.scope)
        if not stops:
            there = ", ".join(dict.fromkeys(str(stop.scope) for stop in self._ctx.stops.stops()))
            return f"nothing stops {resume.scope}; stopped is: {there or 'nothing'}"
        problems = []
        if not resume.reason.strip():
            problems.append("a reason is needed, in words")
        if not people.users:
            problems.append("this data folder has no users, so nobody can re-arm it; see trader users add -h")
        elif who not in people.users:
            problems.append(f"there is no user {who}")
        elif not people.has(who, Role.RISK):
            problems.append(f"{who} has not the role risk, which re-arming needs")
        if own := [stop for stop in stops if stop.is_of(who)]:
            problems.append(f"{own[0].by} has stopped it; another person re-arms it")
        return "; ".join([*problems, *self._doubts(resume.scope)])

    def _doubts(self, scope: Scope) -> Iterator[str]:
        """What is not known or does not agree in a scope."""
        for name, batch in self._ctx.batches.items():
            inside = [state for state in batch.lines if scope in self._lines.scopes(batch, state)]
            if not inside:
                continue
            unknown = _count(inside, LineStatus.UNKNOWN) + _count(inside, LineStatus.WORKING)
            if unknown:
                yield (
                    f"the venue has not said what became of {counted(unknown, 'line')} of batch {name}; wait for it, "
                    "or run the file again where no robot runs"
                )
            if batch.is_signed_for:
                continue
            if batch.breaks:
                yield f"batch {name} has {counted(len(batch.breaks), 'break')} between the books"
            elif batch.phase is BatchPhase.COLLECTING or (batch.phase is BatchPhase.DONE and not batch.is_reconciled):
                yield f"batch {name} is not reconciled"
        if any(blotter.orphans for blotter in self._ctx.blotters.values()):
            yield "a venue has reported an unmatched trade (trader orders --orphans)"


def _count(states: list[LineState], status: LineStatus) -> int:
    return sum(state.status is status for state in states)
