"""``trader explain``: the whole story of one line as facts, with the evidence that it was dealt at the best price.

Amounts and rates are texts with all their digits; moments are milliseconds from the batch's first submission.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from risk.limits.book import node_of
from risk.limits.increases import Increase
from risk.reasons import Violation
from trader.adapters.store import Store
from trader.app.folder import DATABASE
from trader.app.stories.evidence import ComparedQuote, Difference, Reference, compare, difference, margin, taken_of
from trader.app.stories.story import GateDecision, Step, Story, breaks_of, reconciliation_text, story_of
from trader.app.stories.told import clock_text
from trader.app.violations import violation_facts
from trader.domain.deal import Deal, Leg
from trader.domain.events import LegTraded
from trader.domain.moments import NS_PER_MS
from trader.engine.engine import Engine
from trader.engine.outcome import line_outcomes
from trader.engine.rounds import QuoteRound
from trader.engine.state import BatchState, LineState
from trader.orders.blotter import Blotter
from trader.orders.fills import Fill
from trader.orders.order import Order

_Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line that an id may mean.

    Attributes:
        batch: Its batch.
        state: The line.
    """

    batch: BatchState
    state: LineState

    def __str__(self) -> str:
        batch = self.batch.submitted
        return (
            f"row {self.state.line.row_id} of batch {batch.batch_id} ({batch.name}, trade date {batch.trade_date}), "
            f"{self.state.status}"
        )


def find_lines(engine: Engine, name: str, batch_id: str = "") -> list[FoundLine]:
    """Every line that a name may mean, the oldest first.

    Args:
        engine: The state.
        name: A row id, a ClOrdID(11) of any version, an OrderID(37), an ExecID(17), a QuoteReqID(131) or a QuoteID(117)
            that was taken.
        batch_id: Only lines of this batch; "" for all.
    """
    context = engine.context
    return [
        FoundLine(batch, state)
        for batch in context.batches.values()
        if batch_id in ("", batch.submitted.batch_id)
        for state in batch.lines
        if name in _names(state, context.blotters[batch.session_of(state.line)])
    ]


def _names(state: LineState, blotter: Blotter) -> Iterator[str]:
    yield state.line.row_id
    for asked in state.quote_rounds:
        yield asked.quote_req_id
        if asked.quote_id:
            yield asked.quote_id
    for order in _orders(state, blotter):
        yield from order.ids
        if order.order_id:
            yield order.order_id
        for fill in order.fills.values():
            yield fill.exec_id


def _orders(state: LineState, blotter: Blotter) -> list[Order]:
    return [order for name in state.orders if (order := blotter.find(name)) is not None]


def explain_line(data: Path, found: FoundLine) -> _Facts:
    """The story of a line.

    Args:
        data: The data folder.
        found: The line, as :func:`find_lines` gives it.

    Returns:
        The JSON object that ``trader explain --json`` prints.

    Raises:
        StoreError: There is no database, or it cannot be read.
        JournalDamagedError: The journal does not hold.
    """
    with closing(Store(data / DATABASE, must_exist=True)) as store:
        story = story_of(store, found.batch.submitted.batch_id, found.state.line.line_no)
    return _Telling(story).facts()


class _Telling:
    """Makes facts of a story."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._batch, self._state = story.batch, story.state
        self._deal = story.state.line.deal
        self._session = self._batch.session_of(self._state.line)

    def facts(self) -> _Facts:
        submitted = self._batch.submitted
        return {
            "batch": {
                "batch_id": submitted.batch_id,
                "name": submitted.name,
                "trade_date": submitted.trade_date.isoformat(),
                "trader": submitted.trader,
                "desk": submitted.desk,
                "submitted_at": clock_text(self._story.begun_ns),
                "phase": str(self._batch.phase),
            },
            "asked": self._asked(),
            "outcome": self._outcome(),
            "decisions": [self._decision(made) for made in self._story.decisions],
            "rounds": [self._round(asked) for asked in self._state.quote_rounds],
            "orders": [self._order(order) for order in self._orders()],
            "reconciliation": self._reconciliation(),
            "story": [self._step(step) for step in self._story.steps],
        }

    def _orders(self) -> list[Order]:
        return _orders(self._state, self._story.engine.context.blotters[self._session])

    def _ms(self, ts_ns: int) -> float | None:
        """Milliseconds from the submission; None for what has not happened."""
        return round((ts_ns - self._story.begun_ns) / NS_PER_MS, 3) if ts_ns else None

    def _step(self, step: Step) -> _Facts:
        return {"at_ms": self._ms(step.ts_ns), "what": step.what, "text": step.text, "fix": step.fix}

    # --- the line ----------------------------------------------------------------------------------------------------

    def _asked(self) -> _Facts:
        line = self._state.line
        return {
            "row_id": line.row_id,
            "line_no": line.line_no,
            "product": str(self._deal.product),
            "pair": str(self._deal.pair),
            "original_pair": line.original_pair,
            "legs": [_leg(self._deal, leg) for leg in self._deal.legs],
            "fixing_date": self._deal.fixing_date.isoformat() if self._deal.fixing_date else None,
            "order_type": str(line.order_type),
            "limit_rate": _text(line.limit_rate),
            "time_in_force": str(line.time_in_force),
            "venue": self._session,
            "book": line.book,
            "account": line.account,
            "comment": line.comment,
        }

    def _outcome(self) -> _Facts:
        (outcome,) = line_outcomes(self._batch, self._story.engine.context.blotters, [self._state.line.line_no])
        result = outcome.result
        legs = [(result.filled_amount, result.average_rate, result.contra_amount)]
        legs += [(leg.filled_amount, leg.average_rate, leg.contra_amount) for leg in result.far_legs]
        return {
            "status": str(self._state.status),
            "reason_code": result.reason_code,
            "reason": result.reason,
            "contra_currency": str.__str__(result.contra_currency),
            "legs": [
                {"filled_amount": _text(filled), "average_rate": _text(rate), "contra_amount": _text(contra)}
                for filled, rate, contra in legs
            ],
            "sent_ms": self._ms(result.sent_at_ns),
            "done_ms": self._ms(result.done_at_ns),
        }

    def _reconciliation(self) -> _Facts:
        return {
            "reconciled": self._batch.is_reconciled,
            "compared": list(self._batch.compared),
            "breaks": [found.to_json() for found in breaks_of(self._batch, self._state)],
            "text": reconciliation_text(self._batch, self._state) if self._batch.compared else "",
        }

    # --- the gate ----------------------------------------------------------------------------------------------------

    def _decision(self, made: GateDecision) -> _Facts:
        return {
            "at_ms": self._ms(made.ts_ns),
            "cl_ord_id": made.request.reservation_id,
            "allowed": made.decision.allowed,
            "reference": _reference(made.reference),
            "limits": [
                {
                    "node": held.node,
                    "limit": _text(held.limit),
                    "used_before": _text(held.limit - held.free - held.asked),
                    "asked": _text(held.asked),
                    "free_after": _text(held.free),
                }
                for held in made.holdings
            ],
            "violations": list(map(violation_facts, made.decision.violations)),
            "increases": [_increase(each) for each in made.increases],
        }

    # --- quotes and orders -------------------------------------------------------------------------------------------

    def _round(self, asked: QuoteRound) -> _Facts:
        reference = self._story.references.get(asked.quote_req_id)
        taken, compared = taken_of(asked), compare(asked, self._deal, reference)
        better = margin(compared)
        return {
            "quote_req_id": asked.quote_req_id,
            "asked_ms": self._ms(asked.asked_ts_ns),
            "wait_until_ms": self._ms(asked.deadline_ns),
            "decided_ms": self._ms(asked.decided_ts_ns),
            "phase": str(asked.phase),
            "outcome": asked.outcome,
            "reference": _reference(reference),
            "taken": None if taken is None else {"maker": taken.maker, "quote_id": asked.quote_id},
            "better_than_next": None if better is None else _difference(better[0]),
            "better_than_worst": None if better is None else _difference(better[1]),
            "others": 0 if better is None else better[2],
            "quotes": [self._quote(each) for each in compared],
        }

    def _quote(self, compared: ComparedQuote) -> _Facts:
        answer, quote = compared.answer, compared.answer.quote
        facts: _Facts = {
            "maker": answer.maker,
            "quote_id": quote.quote_id if quote else "",
            "received_ms": self._ms(answer.ts_ns),
            "valid_until_ms": self._ms(quote.valid_until_ts_ns) if quote else None,
            "rates": [_text(rate) for rate in compared.rates],
            "swap_points": _text(compared.swap_points),
            "spot_rate": None,
            "forward_points": None,
            "contra": _text(compared.contra),
            "against_taken": _difference(compared.against_taken),
            "against_reference": _difference(compared.against_reference),
            "verdict": answer.verdict,
        }
        if quote is not None:
            is_offer = self._deal.base_is_bought
            facts["spot_rate"] = _text(quote.offer_spot_rate if is_offer else quote.bid_spot_rate)
            facts["forward_points"] = _text(quote.offer_forward_points if is_offer else quote.bid_forward_points)
        return facts

    def _order(self, order: Order) -> _Facts:
        reference = self._story.references.get(order.cl_ord_id)
        return {
            "cl_ord_id": order.cl_ord_id,
            "order_id": order.order_id,
            "ord_status": str(order.ord_status),
            "sync": str(order.sync),
            "price": _text(order.price),
            "quote_id": order.quote.quote_id if order.quote else "",
            "sent_ms": self._ms(order.sent_ts_ns),
            "done_ms": self._ms(order.done_ts_ns),
            "reference": _reference(reference),
            "fills": [_fill(order, fill, reference) for fill in order.fills.values()],
        }


def _fill(order: Order, fill: Fill, reference: Reference | None) -> _Facts:
    near = LegTraded(order.deal.near_leg.side, fill.last_qty, fill.last_px, fill.settl_date, fill.contra_qty)
    legs = (near, *fill.far_legs)
    against = None
    if reference is not None and isinstance(reference.outrights, tuple):
        against = difference(order.deal, [leg.last_px for leg in legs], reference.outrights)
    return {
        "exec_id": fill.exec_id,
        "legs": [
            {
                "qty": _text(leg.last_qty),
                "rate": _text(leg.last_px),
                "contra": _text(leg.contra_qty),
                "settl_date": leg.settl_date.isoformat() if leg.settl_date else None,
            }
            for leg in legs
        ],
        "against_reference_bps": _text(against.bps) if against else None,
    }


def _leg(deal: Deal, leg: Leg) -> _Facts:
    return {
        "side": str(leg.side),
        "currency": str.__str__(deal.dealt_currency),
        "amount": _text(leg.amount),
        "value_date": leg.value_date.isoformat(),
        "tenor": leg.tenor,
    }


def _increase(increase: Increase) -> _Facts:
    asked = increase.asked
    return {
        "request_id": increase.request_id,
        "limit": f"{asked.control} {node_of(asked.key)} {asked.parameter}",
        "amount": _text(asked.amount),
        "until": clock_text(asked.until_ns),
        "who": increase.who,
        "reason": increase.reason,
        "approved_by": increase.approved_by,
    }


def _reference(reference: Reference | None) -> _Facts | None:
    if reference is None:
        return None
    spot, outrights = reference.spot, reference.outrights
    facts: _Facts = {"spot_bid": None, "spot_offer": None, "source": "", "outrights": [], "problem": ""}
    if isinstance(spot, Violation):
        return facts | {"problem": spot.sentence}
    facts |= {"spot_bid": _text(spot.bid), "spot_offer": _text(spot.offer), "source": spot.sources}
    if isinstance(outrights, Violation):
        return facts | {"problem": outrights.sentence}
    return facts | {"outrights": [_text(rate) for rate in outrights]}


def _difference(found: Difference | None) -> _Facts | None:
    return None if found is None else {"amount": _text(found.amount), "bps": _text(found.bps)}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
