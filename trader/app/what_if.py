"""What would happen if the batch were launched now: which lines pass, which do not and why, and how full limits get.

Nothing is sent and nothing is journalled. Without a session there are no market data, so the European Central Bank's
last reference rates stand in where the venue's are configured; the answer says which rates it was made with.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from risk.gate import BatchRequest, Gate, OrderRequest
from risk.reasons import Violation
from trader.adapters.config import Setup
from trader.adapters.ecb import ecb_rates
from trader.adapters.reference import load_rates
from trader.batch.batch import Batch
from trader.batch.totals import Totals
from trader.domain.calendars import Calendars
from trader.domain.currency import parse_pair
from trader.domain.deal import BatchLine
from trader.domain.ids import TRIAL_CHILD, cl_ord_id
from trader.domain.money import ZERO, contra_amount
from trader.engine.engine import Engine
from trader.engine.inputs import EngineStarted
from trader.fix.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, ready to be shown.

    Attributes:
        facts: The JSON object.
        is_denied: True when at least one line, or the batch as a whole, would be denied.
    """

    facts: dict[str, Any]
    is_denied: bool


def what_if(
    file: tuple[Batch, Totals | None], setup: Setup, calendars: Calendars, engine: Engine, now_ns: int
) -> Answer:
    """Put a batch to the gate as it stands, on a copy that is thrown away.

    Args:
        file: The batch and its totals file, if it has one.
        setup: Limits, identity and venue.
        calendars: Business days.
        engine: The state of the data folder: what is used already counts. It is changed, and no good afterwards.
        now_ns: The moment to judge by.
    """
    batch, totals = file
    dialect: Dialect = setup.venue.dialect
    engine.step(now_ns, EngineStarted("", (dialect,), setup.limits.rows, calendars, setup.settings))
    gate = engine.context.gate
    reference = _load_reference(gate, setup, now_ns)
    identity = setup.config.identity
    request = BatchRequest(
        batch.batch_id, batch.content_hash, batch.trade_date, batch.lines, identity.trader, identity.desk, totals
    )
    whole = gate.check_batch(request, now_ns)
    answers = []
    for line in batch.lines:
        reservation = cl_ord_id(batch.batch_id, line.line_no, child=TRIAL_CHILD)
        asked = OrderRequest(reservation, line, identity.trader, identity.desk, dialect.name, batch.trade_date, now_ns)
        answers.append((line, gate.reserve(asked, now_ns)))
    passing = [line for line, decision in answers if decision.allowed]
    denied = [(line.row_id, decision.violations) for line, decision in answers if not decision.allowed]
    blocked = any(violation.blocks for violation in whole)
    facts = {
        "batch_id": batch.batch_id,
        "content_hash": batch.content_hash,
        "trade_date": batch.trade_date.isoformat(),
        "venue": dialect.name,
        "lines": {
            "total": len(answers),
            "pass": 0 if blocked else len(passing),
            "denied": len(answers) if blocked else len(denied),
        },
        "batch": [_violation(violation) for violation in whole],
        "denials": [{"row_id": row_id, "violations": [_violation(v) for v in found]} for row_id, found in denied],
        "limits": list(_utilisation(gate)),
        "cash_flows": _cash_flows([] if blocked else passing, gate, now_ns),
        "reference": reference,
    }
    return Answer(facts, blocked or bool(denied))


def _load_reference(gate: Gate, setup: Setup, now_ns: int) -> str:
    source = setup.config.reference
    stand_in = source.source == "venue"
    name = "ecb" if stand_in else source.source
    gate.rates.forget()  # what the venue last said, however long ago, is not what it would say now
    for rate in load_rates(name, source.file, setup.where.parent).rates:
        moment = now_ns if stand_in else rate.ts_ns
        gate.rates.update(parse_pair(rate.symbol), Decimal(rate.bid), Decimal(rate.offer), moment, name)
    if stand_in:
        return f"the European Central Bank's reference rates of {ecb_rates()[0]}, in place of the venue's prices"
    return name


def _violation(violation: Violation) -> dict[str, Any]:
    numbers = {name: getattr(violation, name) for name in ("limit", "used", "asked", "free", "passes")}
    shown = {name: None if number is None else f"{number:f}" for name, number in numbers.items()}
    return {"code": str(violation.code), "node": violation.node, "blocks": violation.blocks, **shown} | {
        "sentence": violation.sentence
    }


def _utilisation(gate: Gate) -> Iterator[dict[str, Any]]:
    """Every limit the batch touches, fullest first."""
    nodes = sorted(gate.utilisation(), key=lambda node: (-(node.used / node.limit if node.limit else ZERO), node.node))
    for node in nodes:
        share = node.used / node.limit if node.limit else ZERO
        yield {
            "node": node.node,
            "limit": f"{node.limit:f}",
            "used": f"{node.used:f}",
            "free": f"{node.free:f}",
            "used_percent": round(float(share) * 100, 1),
        }


def _cash_flows(lines: Sequence[BatchLine], gate: Gate, now_ns: int) -> list[dict[str, Any]]:
    """Net amount per currency and value date; the contra side at the reference rate, so an estimate."""
    flows = pd.DataFrame(_flows(lines, gate, now_ns), columns=["currency", "value_date", "net"], dtype=object)
    summed = flows.groupby(["value_date", "currency"], sort=True, as_index=False)["net"].sum()
    return [
        {"value_date": row.value_date.isoformat(), "currency": row.currency, "net": f"{row.net:f}"}
        for row in summed.itertuples()
    ]


def _flows(lines: Sequence[BatchLine], gate: Gate, now_ns: int) -> Iterator[tuple[str, Any, Decimal]]:
    for line in lines:
        deal, leg = line.deal, line.deal.near_leg
        signed = leg.amount * leg.side.sign
        yield str(deal.dealt_currency), leg.value_date, signed
        quote = gate.rates.quote(deal.pair, now_ns)
        if not isinstance(quote, Violation):
            contra = contra_amount(leg.amount, deal.dealt_currency, deal.pair, quote.mid)
            yield str(deal.contra_currency), leg.value_date, -contra * leg.side.sign
