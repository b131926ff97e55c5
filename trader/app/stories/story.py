"""The story of one line: the journal is replayed, and everything that concerns the line is noted on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from risk.gate.gate import Decision, Holding, OrderRequest
from risk.limits.increases import Increase
from risk.reasons import ReasonCode
from risk.stops.stops import Stop
from trader.adapters.store import Store
from trader.app.history import restore
from trader.app.stories.evidence import Reference
from trader.app.stories.told import TOLD_INPUTS, command_name, command_text, decision_text, event_text, input_text
from trader.domain.commands import CancelAllOrders, PlaceOrder
from trader.domain.events import VenueEvent
from trader.domain.ids import LineId, cl_ord_id, line_part
from trader.engine.engine import Engine
from trader.engine.inputs import INPUT_TYPES, FixReceived, ResumeRequested
from trader.engine.lines import Lines
from trader.engine.outputs import ActionAnswered, Alert, BatchRefused, BatchWaits, Output, Send
from trader.engine.rounds import RoundPhase
from trader.engine.settling import SETTLED
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus
from trader.fix.decode import Decoder
from trader.fix.encode import Encoder
from trader.fix.text import with_pipes
from trader.journal.codec import Codec
from trader.journal.record import Record
from trader.reconcile.breaks import Break


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened.

    Attributes:
        ts_ns: When, UTC nanoseconds, by the robot's clock.
        what: Its kind in a word or two.
        text: What, in a sentence.
        fix: The message as it was on the wire, with ``|`` between the fields; "" when it was none.
    """

    ts_ns: int
    what: str
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class GateDecision:
    """One decision of the gate on an order of the line.

    Attributes:
        ts_ns: When.
        request: What it was asked.
        decision: What it said.
        holdings: What the order was given of each limit, as it was then; empty when it was denied.
        reference: The market at that moment.
        increases: What raised a limit that it was held against, by its approval.
    """

    ts_ns: int
    request: OrderRequest
    decision: Decision
    holdings: tuple[Holding, ...]
    reference: Reference
    increases: tuple[Increase, ...] = ()


@dataclass(slots=True)
class Story:
    """Everything that the journal has about one line.

    Attributes:
        engine: The state at the end of the journal.
        batch: The line's batch.
        state: The line.
        begun_ns: When the batch was first submitted.
        steps: What happened, in order.
        decisions: What the gate decided, in order.
        references: QuoteReqID(131) of a round that was decided, or ClOrdID(11) of an order that left, to the market at
            that moment.
    """

    engine: Engine
    batch: BatchState
    state: LineState
    begun_ns: int
    steps: list[Step]
    decisions: list[GateDecision]
    references: dict[str, Reference]


def story_of(store: Store, batch_id: str, line_no: int) -> Story:
    """Replay the journal with an eye on one line.

    Args:
        store: Where the journal is.
        batch_id: A batch that the journal has.
        line_no: A line of it.

    Raises:
        JournalDamagedError: The journal does not hold.
    """
    listener = _Listener(batch_id, line_no)
    restore(store, listener.engine, listener.on_step)
    return listener.story()


class _Listener:
    """Follows one line through a replay."""

    def __init__(self, batch_id: str, line_no: int) -> None:
        self._batch_id, self._line_no = batch_id, line_no
        # Every ClOrdID(11) and QuoteReqID(131) of the line has this in it, whichever message names it.
        self._key = line_part(cl_ord_id(batch_id, line_no))
        self._codec = Codec(INPUT_TYPES)
        self._overheard: list[GateDecision] = []
        self._before = _Standing()
        self._begun_ns = 0
        self._steps: list[Step] = []
        self._decisions: list[GateDecision] = []
        self._references: dict[str, Reference] = {}
        self._stops: tuple[Stop, ...] = ()
        self.engine = Engine(self._decided)
        self._lines = Lines(self.engine.context)

    def story(self) -> Story:
        """What was heard, when the replay is over."""
        batch = self.engine.context.batches[self._batch_id]
        state = batch.lines[self._line_no - 1]
        return Story(self.engine, batch, state, self._begun_ns, self._steps, self._decisions, self._references)

    def on_step(self, record: Record, outputs: Sequence[Output]) -> None:
        """Note what a record meant for the line, cause before effect."""
        overheard, self._overheard = self._overheard, []
        batch = self.engine.context.batches.get(self._batch_id)
        if batch is None:
            return
        state = batch.lines[self._line_no - 1]
        now = _Standing.of(batch, state)
        self._begun_ns = self._begun_ns or record.ts_ns
        self._steps += self._heard(record, batch, state)
        self._note_stops(record, batch, state)
        for made in overheard:
            self._decisions.append(made)
            self._tell(record, "gate", decision_text(made.decision, len(made.holdings)))
        self._note_rounds(record, state, now)
        self._note_outputs(record, batch, state, outputs)
        self._note_changes(record, batch, state, now)
        self._before = now

    def _tell(self, record: Record, what: str, text: str, fix: str = "") -> None:
        self._steps.append(Step(record.ts_ns, what, text, fix))

    # --- what came in ------------------------------------------------------------------------------------------------

    def _heard(self, record: Record, batch: BatchState, state: LineState) -> Iterator[Step]:
        """The record itself, where it is about the line, its batch or its session."""
        session = batch.session_of(state.line)
        if record.kind == FixReceived.__name__:
            # A venue that does not repeat the request's id quotes without a word that is ours.
            if self._key.encode() in record.payload or _answers(state) != self._before.answers:
                yield from self._said(record, session, state)
        elif record.kind in TOLD_INPUTS and (
            batch.phase is not BatchPhase.DONE or self._before.phase is not batch.phase
        ):
            value = self._codec.decode(record.kind, record.payload)
            told = input_text(value, self._batch_id, self._key, session)
            if told is not None:
                yield Step(record.ts_ns, *told)

    def _said(self, record: Record, session: str, state: LineState) -> Iterator[Step]:
        """One message of the venue, decoded as the robot did."""
        received: FixReceived = self._codec.decode(record.kind, record.payload)
        if received.session != session:
            return
        deal, shown = state.line.deal, with_pipes(received.text)
        for event in Decoder(self.engine.context.dialects[session]).decode(received.text):
            if self._key in received.text or _is_answer(event, state):
                yield Step(record.ts_ns, *event_text(event, deal), shown)

    # --- what was decided and sent -----------------------------------------------------------------------------------

    def _decided(self, request: OrderRequest, decision: Decision, now_ns: int) -> None:
        if not request.reservation_id.startswith(self._key):
            return
        gate = self.engine.context.gate
        holdings = tuple(gate.holdings(request.reservation_id)) if decision.allowed else ()
        nodes = {held.node for held in holdings} | {f"{found.code} {found.node}" for found in decision.violations}
        active = (each for each in self.engine.context.increases if each.is_active(now_ns))
        raised = tuple(each for each in active if any(map(each.is_about, nodes)))
        market = self._market(request, now_ns)
        self._overheard.append(GateDecision(now_ns, request, decision, holdings, market, raised))

    def _market(self, request: OrderRequest, now_ns: int) -> Reference:
        gate = self.engine.context.gate
        return Reference(gate.rates.quote(request.order_deal.pair, now_ns), gate.reference_rates(request, now_ns))

    def _reference(self, ts_ns: int, order_name: str = "") -> Reference | None:
        """The reference now, for what the gate decided last, or last under a ClOrdID(11)."""
        for made in reversed(self._decisions):
            if order_name in ("", made.request.reservation_id):
                return self._market(made.request, ts_ns)
        return None

    def _note_rounds(self, record: Record, state: LineState, now: "_Standing") -> None:
        """Rounds of quotes that are over by this step."""
        for number, asked in enumerate(state.quote_rounds):
            was_open = number >= len(self._before.rounds) or self._before.rounds[number].is_open
            if was_open and not now.rounds[number].is_open:
                reference = self._reference(record.ts_ns)
                if reference is not None:
                    self._references[asked.quote_req_id] = reference
                self._tell(record, "decided", f"the round of quotes is over: {asked.outcome}")

    def _note_outputs(self, record: Record, batch: BatchState, state: LineState, outputs: Sequence[Output]) -> None:
        """Messages of the line that left by this step, and what people were told about it."""
        for output in outputs:
            if isinstance(output, Send):
                self._note_send(record, batch, state, output)
            elif isinstance(output, Alert) and output.text.startswith(f"row {state.line.row_id}: "):
                self._tell(record, "alert", f"{output.code}: {output.text}")
            elif isinstance(output, Alert) and output.code == SETTLED and output.order in state.orders:
                self._tell(record, "settled", output.text)
            elif isinstance(output, BatchRefused) and output.batch_id == batch.submitted.batch_id:
                for violation in output.violations:
                    if violation.code is ReasonCode.BATCH_DUPLICATE:
                        self._tell(record, "again", "the same file was given once more; nothing of it was sent then")
                    else:
                        self._tell(record, "gate", f"the whole batch is refused: {violation.sentence}")
            else:
                self._note_approval(record, batch, state, output)

    def _note_send(self, record: Record, batch: BatchState, state: LineState, output: Send) -> None:
        """A message that left: the line's own, or a cancel of everything while an order of the line is live."""
        command, session = output.command, output.session
        text = command_text(command)
        if isinstance(command, CancelAllOrders):
            text = "a cancel of everything that is live on the session"
            if session != batch.session_of(state.line) or not self._is_live(session, state):
                return
        elif self._key not in command_name(command):
            return
        elif isinstance(command, PlaceOrder):
            reference = self._reference(record.ts_ns, command.cl_ord_id)
            if reference is not None:
                self._references[command.cl_ord_id] = reference
        self._tell(record, "sent", text, with_pipes(Encoder(self.engine.context.dialects[session]).encode(command)))

    def _is_live(self, session: str, state: LineState) -> bool:
        orders = (self.engine.context.blotters[session].find(name) for name in state.orders)
        return any(order is not None and not order.is_final for order in orders)

    def _note_stops(self, record: Record, batch: BatchState, state: LineState) -> None:
        """What stops the line from now on, and what no longer does."""
        scopes = self._lines.scopes(batch, state)
        now = tuple(stop for stop in self.engine.context.stops.stops() if stop.scope in scopes)
        for stop in now:
            if stop not in self._stops:
                what = "killed" if stop.code is ReasonCode.KILL else "stopped"
                self._tell(record, what, f"{stop.scope} is {stop.state.name} by {stop.by}: {stop.reason}")
        for stop in self._stops:
            if stop not in now and record.kind == ResumeRequested.__name__:
                by: ResumeRequested = self._codec.decode(record.kind, record.payload)
                self._tell(record, "re-armed", f"{stop.scope} by {by.who}: {by.reason}")
        self._stops = now

    def _note_approval(self, record: Record, batch: BatchState, state: LineState, output: Output) -> None:
        """That the batch waits for a second person, and what that person says."""
        name, row = batch.submitted.batch_id, state.line.row_id
        if isinstance(output, BatchWaits) and output.batch_id == name:
            own = [violation.sentence for row_id, violation in output.findings if row_id in ("", row)]
            for text in own or ["another row of the batch waits for a second person"]:
                self._tell(record, "waits", text)
        elif isinstance(output, ActionAnswered) and output.request_id == name and not output.problem:
            request = self.engine.context.people.requests[name]
            if request.decided_by:
                text = f"{request.standing} by {request.decided_by}: {request.decided_why}"
                self._tell(record, "approval", f"{text}; {request.who} had asked for it")

    def _note_changes(self, record: Record, batch: BatchState, state: LineState, now: "_Standing") -> None:
        """The line's own status, and the end of its batch."""
        if now.status is not self._before.status and self._before.status is not None:
            why = f": {state.reason_code}" if state.reason_code else ""
            self._tell(record, "status", f"{now.status}{why}")
        if now.phase is not self._before.phase and now.phase is BatchPhase.DONE and batch.compared:
            self._tell(record, "reconciled", reconciliation_text(batch, state))


@dataclass(slots=True)
class _Standing:
    """How a line stood after a step."""

    status: LineStatus | None = None
    phase: BatchPhase | None = None
    rounds: tuple[RoundPhase, ...] = ()
    answers: int = 0

    @classmethod
    def of(cls, batch: BatchState, state: LineState) -> "_Standing":
        return cls(state.status, batch.phase, tuple(each.phase for each in state.quote_rounds), _answers(state))


def _answers(state: LineState) -> int:
    return sum(len(each.answers) for each in state.quote_rounds)


def _is_answer(event: VenueEvent, state: LineState) -> bool:
    """Whether a quote that names no request was taken for an answer to one of the line's."""
    return any(answer.quote == event for asked in state.quote_rounds for answer in asked.answers)


def reconciliation_text(batch: BatchState, state: LineState) -> str:
    """What the comparison of the books says about a line."""
    books = f"{', '.join(batch.compared[:-1])} and {batch.compared[-1]}"
    found = breaks_of(batch, state)
    if found:
        signed = " Two persons have signed for that." if batch.is_signed_for else ""
        return f"{books} do not agree: {' '.join(each.sentence for each in found)}{signed}"
    if not batch.is_reconciled:
        return f"{books} were compared; the batch as a whole is not reconciled, and no break is the line's own"
    return f"{books} agree"


def breaks_of(batch: BatchState, state: LineState) -> tuple[Break, ...]:
    """The breaks that reconciliation found for a line."""
    line = LineId(batch.submitted.batch_id, state.line.line_no)
    return tuple(found for found in batch.breaks if found.line == line)
