"""An engine at the end of a wire: what the tests of the engine say to it, and what it says back.

Everything the venue says comes as FIX text, so that the decoder is always part of what is tested.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from risk.limits.book import LimitBook
from tests.unit.risk_cases import CALENDARS, MONDAY, NOW, USD, Terms, limits, make_line
from trader.domain.commands import CancelOrder, PlaceOrder, RequestOrderStatus, RequestTrades, VenueCommand
from trader.domain.deal import BatchLine
from trader.domain.ids import batch_id, content_hash
from trader.engine import inputs
from trader.engine.engine import Engine
from trader.engine.outputs import Alert, BatchEnded, BatchRefused, OrderClosed, Output, Send, StartTimer
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect
from trader.fix.text import SOH
from trader.journal.state_hash import state_hash
from trader.orders.order import Order

VENUE = "simulator"
ROOT = Path(__file__).parents[2]
MS = 1_000_000
SECOND = 1_000 * MS
TIME = "20260302-10:00:00.000"

_Kind = TypeVar("_Kind", bound=Output)
_Command = TypeVar("_Command")

SETTINGS = inputs.Settings(
    reporting_currency=USD,
    reference_source="venue",
    in_flight_max=2,
    ack_s_max=5,
    work_s_max=60,
    answer_s_max=10,
    reconnect_s_max=15,
    recheck_s_max=2,
    compare_s_max=3_600,  # no test of other things is compared in its midst
)


def shipped(venue: str) -> Dialect:
    """A venue's dialect as it stands in fix_configs."""
    where = ROOT / "fix_configs" / venue / "dialect.toml"
    return parse_dialect(where.read_text("utf-8"), str(where))


def dialect(venue: Mapping[str, Any] | None = None, **requests: Any) -> Dialect:
    """The simulator's dialect with some keys changed: those of ``requests`` by name, all others by ``venue``."""
    plain = shipped(VENUE)
    answers = {name: getattr(plain.requests, name) for name in plain.requests.__struct_fields__}
    answers["mass_status"] = False  # each order is asked about by itself, unless a test says otherwise
    keys = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return type(plain)(**(keys | {"requests": type(plain.requests)(**(answers | requests))} | dict(venue or {})))


def started(
    book: LimitBook | None = None,
    settings: dict[str, Any] | None = None,
    venue: Mapping[str, Any] | None = None,
    *,
    asks_first: bool = False,
    **requests: Any,
) -> inputs.EngineStarted:
    """A process that takes over, with sane limits; only what is about that lets it ask the venue at its start."""
    return inputs.EngineStarted(
        version="test",
        dialects=(dialect(venue, **requests),),
        limits=(book or limits()).rows,
        calendars=CALENDARS,
        settings=replace(SETTINGS, **(settings or {})),
        asks_first=asks_first,
    )


def submitted(*terms: Terms | BatchLine, content: bytes = b"a batch", venue: str = VENUE) -> inputs.BatchSubmitted:
    """A batch of EUR/USD orders; three sane ones when none are given."""
    lines = [each if isinstance(each, BatchLine) else make_line(each) for each in terms or [Terms()] * 3]
    return inputs.BatchSubmitted(
        batch_id=batch_id(content_hash(content)),
        content_hash=content_hash(content),
        name="batch.csv",
        trade_date=MONDAY,
        venue=venue,
        trader="anna",
        desk="treasury",
        lines=tuple(replace(each, line_no=no, row_id=f"T-{no}") for no, each in enumerate(lines, start=1)),
        totals=None,
    )


class Wire:
    """One engine, its clock and its timers. Each step's outputs stand in ``last``, all of them in ``outputs``."""

    def __init__(self, *, opened: bool = True, priced: bool = True, **desk: Any) -> None:
        self.engine = Engine()
        self.now_ns = NOW
        self.outputs: list[Output] = []
        self.last: list[Output] = []
        self.timers: dict[str, int] = {}
        self.journal: list[tuple[int, inputs.Input]] = []
        self.started = started(**desk)
        (self.dialect,) = self.started.dialects
        self.name = self.dialect.name
        self.take(self.started)
        if opened:
            self.take(inputs.SessionOpened(self.name))
        if priced:
            self.quotes()

    def take(self, value: inputs.Input) -> list[Output]:
        """Journal and step one input. Whatever it is, what is under way is every batch that is not at rest."""
        self.journal.append((self.now_ns, value))
        self.last = self.engine.step(self.now_ns, value)
        context = self.engine.context
        assert context.under_way == tuple(each for each in context.batches.values() if not each.phase.is_at_rest)
        self.outputs += self.last
        for output in self.last:
            if isinstance(output, StartTimer):
                self.timers[output.name] = output.due_ns
        return self.last

    def submit(self, *terms: Terms | BatchLine, content: bytes = b"a batch") -> list[Output]:
        """Submit a batch of these orders."""
        return self.take(submitted(*terms, content=content, venue=self.name))

    def says(self, msg_type: str, fields: str) -> list[Output]:
        """The venue says something; fields as ``11=...|17=...``."""
        body = fields.strip("|").replace("|", SOH)
        return self.take(
            inputs.FixReceived(
                self.name, f"8={self.dialect.begin_string}{SOH}9=0{SOH}35={msg_type}{SOH}{body}{SOH}10=000{SOH}"
            )
        )

    def quotes(self, pair: str = "EUR/USD", bid: str = "1.0999", offer: str = "1.1001") -> list[Output]:
        """The venue sends both sides of a price."""
        return self.says("W", f"262=M1|55={pair}|268=2|269=0|270={bid}|269=1|270={offer}")

    def drop(self) -> list[Output]:
        """The session goes away."""
        return self.take(inputs.SessionClosed(self.name, "the connection was lost"))

    def reopen(self) -> list[Output]:
        """The session is back."""
        return self.take(inputs.SessionOpened(self.name))

    def restart(self) -> list[Output]:
        """The process dies; a new one replays the journal and takes over."""
        again = Engine()
        for ts_ns, value in self.journal:
            again.step(ts_ns, value)
        assert state_hash(again) == state_hash(self.engine)
        self.engine, self.timers = again, {}
        return self.take(self.started)

    def wait(self, seconds: float) -> list[Output]:
        """Let time pass; timers fire when they are due. Returns what that caused."""
        before, end_ns = len(self.outputs), self.now_ns + int(seconds * SECOND)
        while (due := min(self.timers.items(), key=lambda item: item[1], default=None)) and due[1] <= end_ns:
            del self.timers[due[0]]
            self.now_ns = max(self.now_ns, due[1])
            self.take(inputs.TimerFired(due[0]))
        self.now_ns = end_ns
        return self.outputs[before:]

    # What the venue usually says about the order to trade a line.

    def acknowledges(self, line_no: int) -> list[Output]:
        """ExecType(150)=0."""
        return self.says("8", self._about(line_no, "0", "0", f"17=A{line_no}"))

    def fills(self, line_no: int, thousands: int = 1000, cum: int = 1000, exec_id: str = "") -> list[Output]:
        """ExecType(150)=F; quantities in thousands."""
        status = "2" if cum >= 1000 else "1"
        exec_id = exec_id or f"F{line_no}-{cum}"
        trade = f"17={exec_id}|32={thousands}000|31=1.1001|64=20260304|75=20260302|60={TIME}"
        return self.says("8", self._about(line_no, "F", status, trade, cum))

    def rejects(self, line_no: int, text: str = "No credit") -> list[Output]:
        """ExecType(150)=8."""
        return self.says("8", self._about(line_no, "8", "8", f"17=J{line_no}|103=99|58={text}"))

    def cancels(self, line_no: int, cum: int = 0) -> list[Output]:
        """ExecType(150)=4."""
        return self.says("8", self._about(line_no, "4", "4", f"17=C{line_no}", cum))

    def reports_status(self, line_no: int, status: str, cum: int = 0) -> list[Output]:
        """ExecType(150)=I."""
        return self.says("8", self._about(line_no, "I", status, f"17=S{line_no}-{self.now_ns}", cum))

    def knows_not(self, line_no: int) -> list[Output]:
        """ExecType(150)=I, OrdStatus(39)=8, OrdRejReason(103)=5."""
        return self.says("8", self._about(line_no, "I", "8", f"17=U{line_no}-{self.now_ns}|103=5", order_id="NONE"))

    def announces(self, request_id: str, trades: int) -> list[Output]:
        """TradeCaptureReportRequestAck(AQ): so many trades will be reported."""
        return self.says("AQ", f"568={request_id}|569=1|749=0|750=0|748={trades}")

    def lists(self, request_id: str, line_no: int, thousands: int = 1000, exec_id: str = "") -> list[Output]:
        """TradeCaptureReport(AE)."""
        exec_id = exec_id or f"F{line_no}-1000"
        return self.says(
            "AE",
            f"571=R-{request_id}-{exec_id}|568={request_id}|17={exec_id}|55=EUR/USD|32={thousands}000|31=1.1001|"
            f"60={TIME}|75=20260302|64=20260304|552=1|54=1|37=V{line_no}|11={self.order(line_no).cl_ord_id}|15=EUR",
        )

    def refuses_to_send(self, line_no: int, code: str = "SESSION_DOWN") -> list[Output]:
        """Our own wire says that the latest order of a line did not leave."""
        return self.take(inputs.SendRefused(self.order(line_no).cl_ord_id, code, "not logged on"))

    def _about(self, line_no: int, exec_type: str, status: str, more: str, cum: int = 0, order_id: str = "") -> str:
        order = self.order(line_no)
        leaves = 1000 - cum if status in "01A6" else 0
        return (
            f"37={order_id or f'V{line_no}'}|11={order.current_id}|150={exec_type}|39={status}|55=EUR/USD|54=1|15=EUR|"
            f"38={order.order_qty}|14={cum}000|151={leaves}000|{more}"
        )

    # What there is to look at.

    @property
    def batch(self) -> BatchState:
        """The only batch."""
        (batch,) = self.engine.context.batches.values()
        return batch

    @property
    def phase(self) -> BatchPhase:
        """Where the only batch is."""
        return self.batch.phase

    def line(self, line_no: int) -> LineState:
        """A line of the only batch."""
        return self.batch.lines[line_no - 1]

    def statuses(self) -> list[LineStatus]:
        """Where the lines of the only batch are."""
        return [line.status for line in self.batch.lines]

    def order(self, line_no: int) -> Order:
        """The latest order of a line."""
        order = self.engine.context.blotters[self.name].find(self.line(line_no).orders[-1])
        assert order is not None
        return order

    def pending(self) -> dict[str, str]:
        """What the limits still hold, by node."""
        return {node.node: str(node.pending) for node in self.engine.context.gate.utilisation() if node.pending}


def of(kind: type[_Kind], outputs: list[Output]) -> list[_Kind]:
    """The outputs of a kind."""
    return [output for output in outputs if isinstance(output, kind)]


def commands(outputs: list[Output]) -> Iterator[VenueCommand]:
    """What was sent to the venue."""
    return (output.command for output in of(Send, outputs))


def sent(kind: type[_Command], outputs: list[Output]) -> list[_Command]:
    """The commands of a kind that were sent to the venue."""
    return [command for command in commands(outputs) if isinstance(command, kind)]


def placed(outputs: list[Output]) -> list[str]:
    """ClOrdID(11) of every order sent, without the batch: line, child and version."""
    return [command.cl_ord_id[10:] for command in sent(PlaceOrder, outputs)]


def canceled(outputs: list[Output]) -> list[str]:
    """OrigClOrdID(41) of every cancel sent, without the batch."""
    return [command.orig_cl_ord_id[10:] for command in sent(CancelOrder, outputs)]


def asked(outputs: list[Output]) -> list[str]:
    """ClOrdID(11) of every status request, without the batch."""
    return [command.cl_ord_id[10:] for command in sent(RequestOrderStatus, outputs)]


def trade_request(outputs: list[Output]) -> RequestTrades:
    """The one request for trades."""
    (request,) = sent(RequestTrades, outputs)
    return request


def alerts(outputs: list[Output]) -> list[str]:
    """The codes of the alerts."""
    return [alert.code for alert in of(Alert, outputs)]


def ended(outputs: list[Output]) -> bool:
    """Whether the batch was taken as far as it goes."""
    return bool(of(BatchEnded, outputs))


def refusals(outputs: list[Output]) -> list[tuple[str, ...]]:
    """The codes of each refusal of a whole batch."""
    return [tuple(v.code for v in refused.violations) for refused in of(BatchRefused, outputs)]


def closed(outputs: list[Output]) -> list[tuple[str, int]]:
    """What the wire guard was told: line, child and version of a closed order, and what it filled."""
    return [(each.cl_ord_id[10:], int(each.cum_qty)) for each in of(OrderClosed, outputs)]


def filled_batch(lines: int = 1) -> Wire:
    """A batch whose lines are all filled; the trades are asked for."""
    wire = Wire(settings={"in_flight_max": lines})
    wire.submit(*[Terms()] * lines)
    for line_no in range(1, lines + 1):
        wire.acknowledges(line_no)
        wire.fills(line_no)
    return wire


def dropped(*acknowledged: int, in_flight_max: int = 2, **requests: Any) -> Wire:
    """Three lines, some of their orders acknowledged, and the session gone."""
    wire = Wire(settings={"in_flight_max": in_flight_max}, **requests)
    wire.submit()
    for line_no in acknowledged:
        wire.acknowledges(line_no)
    wire.drop()
    return wire
