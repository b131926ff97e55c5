"""Golden logs: a session as a script that people read and the engine replays.

A line begins with what it is:

    #   a comment; ``# dialect: NAME`` plays a venue of fix_configs instead of the simulator
    $   what a person or a process does: see ``Script``
    @   time passes: ``@ +250ms`` or ``@ +6s``
    <   the venue says this; ``|`` stands for SOH, the header and the checksum are left out; with ``copy`` before it, it
        comes on the session that copies the executions
    >   we say this
    !   what else the engine wants: alerts, closed orders, ends

The last two are the engine's answers. A log is right when playing its other lines gives exactly these. After a change
that is meant, ``python -m tests.golden.fixlog FILE...`` writes the answers anew; read the difference before keeping it.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace as replace_keys

from risk.people.people import Action, Role, SetRoles, request_id_of
from risk.people.signatures import OrderOutcome, SettleOrder
from tests.unit.engine_cases import SECOND, Wire, dialect, shipped
from tests.unit.risk_cases import Terms, limits
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.engine.inputs import (
    ActionDecided,
    ActionRequested,
    FixReceived,
    RatesLoaded,
    ReferenceRate,
    SessionClosed,
    StopRequested,
)
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import Alert, BatchEnded, BatchRefused, OrderClosed, Output, Send
from trader.fix.encode import Encoder
from trader.fix.text import SOH, with_pipes

ANSWERS = (">", "!")


class Script:
    """Plays one log.

    What ``$`` can do: ``start [in_flight_max=N]``, ``open``, ``close REASON``, ``crash``, ``stop WHO REASON``,
    ``refuse LINE`` (our own wire did not send its order), ``rates PAIR BID OFFER`` (references from a file, for a venue
    without prices), ``lines`` (show where they stand), ``settle LINE OUTCOME [AMOUNT at RATE as TRADE_ID]`` (Anna asks
    for it and Olga approves it), and ``submit`` with lines like ``BUY EUR 1000000 EUR/USD`` or
    ``SELL USD 250000 EUR/USD at 1.10``, separated by commas. A line may also have ``swap DATE``, for the same amount
    back on that day, ``ndf DATE fixed DATE``, ``quoted``, and a time in force other than ``DAY``; ``start swaps=FORM``
    begins at a venue that takes its swaps in that form, ``start with=KEY,KEY without=KEY`` at one that answers other
    questions; ``drop_copy`` among them is a second session.
    """

    def __init__(self) -> None:
        self._venue: dict[str, Any] = {}
        self._start({})

    def play(self, text: str) -> str:
        """The log with the engine's answers in place of those it has."""
        written: list[str] = []
        if named := re.search(r"^# dialect: (\S+)$", text, re.MULTILINE):
            self._venue = msgspec.structs.asdict(shipped(named[1]))
        for line in text.splitlines():
            if line.startswith(ANSWERS):
                continue
            written.append(line)
            if line.startswith(("$", "@", "<")):
                written += self._do(line[0], line[1:].strip())
        return "\n".join(written) + "\n"

    def _do(self, what: str, words: str) -> Iterator[str]:
        if what == "<":
            body = words.replace("|", SOH)
            begin = self.wire.dialect.begin_string
            copied = body.removeprefix("copy ")
            session = self.wire.name if copied == body else self.wire.dialect.drop_copy_session
            text = f"8={begin}{SOH}9=0{SOH}{copied}{SOH}10=000{SOH}"
            outputs = self.wire.take(FixReceived(session, text))
        elif what == "@":
            outputs = self.wire.wait(_seconds(words))
        else:
            verb, _, rest = words.partition(" ")
            if verb == "lines":
                yield from self._lines()
                return
            outputs = self._act(verb, rest)
        yield from filter(None, map(self._written, outputs))

    def _act(self, verb: str, rest: str) -> list[Output]:
        before = len(self.wire.outputs)
        match verb:
            case "start":
                self._start({name: value for name, _, value in (word.partition("=") for word in rest.split())})
            case "open":
                self.wire.reopen()
            case "close":
                self.wire.take(SessionClosed(self.wire.name, rest))
            case "crash":
                self.wire.restart()
            case "submit":
                self.wire.submit(*[_terms(line.split()) for line in rest.split(",")])
            case "stop":
                who, _, reason = rest.partition(" ")
                self.wire.take(StopRequested(self.wire.batch.submitted.batch_id, who, reason))
            case "refuse":
                self.wire.refuses_to_send(int(rest))
            case "settle":
                return self._settle(rest.split())
            case "rates":
                pair, bid, offer = rest.split()
                self.wire.take(RatesLoaded("file", (ReferenceRate(pair, bid, offer, self.wire.now_ns),)))
            case _:
                raise ValueError(f"$ {verb} is nothing a script can do")
        return self.wire.outputs[before:]

    def _settle(self, words: list[str]) -> list[Output]:
        """Anna asks that the latest order of a line is settled so, and Olga approves it."""
        for name, role in (("rita", Role.RISK), ("rob", Role.RISK), ("anna", Role.TRADER), ("olga", Role.OPERATIONS)):
            if name not in self.wire.engine.context.people.users:
                self._agree(SetRoles(name, (role,)), "rita", "rob")
        line, outcome, *trade = words
        action = SettleOrder(self.wire.order(int(line)).cl_ord_id, OrderOutcome(outcome), Decimal(0))
        if trade:
            amount, _at, rate, _as, trade_id = trade
            action = replace_keys(action, quantity=Decimal(amount), rates=(Decimal(rate),), trade_id=trade_id)
        return self._agree(action, "anna", "olga")

    def _agree(self, action: Action, asks: str, decides: str) -> list[Output]:
        name = request_id_of(action)
        asked = self.wire.take(ActionRequested(name, action, asks, "Ms. Lee at the venue, 10:05"))
        return asked + self.wire.take(ActionDecided(name, True, decides, "I called as well"))

    def _start(self, words: dict[str, str]) -> None:
        """A new process and a new journal."""
        venue = self._venue | (_swaps(words.pop("swaps")) if "swaps" in words else {})
        answers = venue.get("requests", dialect().requests)
        for key in ("with", "without"):
            for name in filter(None, words.pop(key, "").split(",")):
                if name == "drop_copy":
                    venue["drop_copy"] = True
                else:
                    answers = venue["requests"] = replace_keys(answers, **{name: key == "with"})
        settings: dict[str, Any] = {name: int(value) for name, value in words.items()}
        if venue and not venue.get("requests", dialect().requests).market_data:
            settings["reference_source"] = "file"
        book = limits({"TREE counterparty=* group": "STREET"})
        self.wire = Wire(opened=False, priced=False, book=book, settings=settings, venue=venue)
        self._encoder = Encoder(self.wire.dialect)

    def _written(self, output: Output) -> str:
        match output:
            case Send(command=command):
                text = with_pipes(self._encoder.encode(command))
                return "> " + text.split("|", 2)[2].removesuffix("|10=000|")
            case Alert(code=code, text=text):
                return f"! {code}: {text}"
            case OrderClosed(cl_ord_id=cl_ord_id, cum_qty=cum_qty):
                return f"! closed {cl_ord_id} with {cum_qty:f} filled"
            case BatchRefused(violations=violations):
                return "! refused: " + "; ".join(violation.sentence for violation in violations)
            case BatchEnded():
                batch = self.wire.batch
                verdict = "reconciled" if batch.is_reconciled else f"not reconciled, {len(batch.breaks)} breaks"
                return f"! ended {batch.phase}, {verdict}"
        return ""

    def _lines(self) -> Iterator[str]:
        for outcome in line_outcomes(self.wire.batch, self.wire.engine.context.blotters):
            result = outcome.result
            at = f" at {result.average_rate:f}" if result.average_rate else ""
            why = f", {result.reason_code}: {result.reason}" if result.reason_code else ""
            far = "".join(
                f", then {leg.filled_amount:f} at {leg.average_rate:f}" for leg in result.far_legs if leg.average_rate
            )
            yield f"! line {outcome.line_no} is {result.status}: {result.filled_amount:f}{at}{far}{why}"


def _seconds(words: str) -> float:
    number, unit = (words.removesuffix("ms"), 0.001) if words.endswith("ms") else (words.removesuffix("s"), 1.0)
    return float(Decimal(number) * SECOND) / SECOND * unit


def _terms(words: list[str]) -> Terms:
    side, dealt, amount, pair, *rest = words
    terms = Terms(pair, dealt, Side(side), amount)
    while rest:
        match rest:
            case ["at", rate, *rest]:
                terms = replace(terms, limit_rate=rate)
            case ["quoted", *rest]:
                terms = replace(terms, order_type=OrderType.PREVIOUSLY_QUOTED)
            case ["swap", day, *rest]:
                far = ((terms.side.opposite, amount, date.fromisoformat(day)),)
                terms = replace(terms, product=Product.SWAP, far=far)
            case ["ndf", day, "fixed", fixing, *rest]:
                days = {"value_date": date.fromisoformat(day), "fixing_date": date.fromisoformat(fixing)}
                terms = replace(terms, product=Product.NDF, **days)
            case [("GTC" | "IOC" | "FOK") as lives, *rest]:
                terms = replace(terms, time_in_force=TimeInForce(lives))
            case _:
                raise ValueError(f"a line cannot go on with {' '.join(rest)}")
    return terms


def _swaps(legs: str) -> dict[str, Any]:
    """The keys of a venue that takes swaps in another form than the simulator does by default."""
    products = dialect().products
    return {"products": {**products, Product.SWAP: replace_keys(products[Product.SWAP], ord_type="", legs=legs)}}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(Script().play(path.read_text("utf-8")), "utf-8")
