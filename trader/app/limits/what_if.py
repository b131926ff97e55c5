"""What would happen if the batch were launched now: which lines pass, which do not and why, and how full limits get.

Nothing is sent and nothing is journalled. Without a session there are no market data, so the European Central Bank's
last reference rates stand in where the venue's are configured; the answer says which rates it was made with.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from risk.gate.gate import Gate, OrderRequest
from risk.gate.what_if import LineVerdict, judge_line
from risk.limits.versions import limit_of
from risk.people.people import RULES, GrantOverride, LaunchBatch, People, RaiseLimit
from risk.reasons import Approval, Violation
from trader.adapters.config import Setup
from trader.adapters.ecb import ecb_rates
from trader.adapters.points import load_points
from trader.adapters.reference import load_rates
from trader.app.collector import collector_at_rest
from trader.app.violations import violation_facts
from trader.batch.batch import Batch
from trader.batch.totals import Totals
from trader.domain.calendars import Calendars
from trader.domain.currency import CurrencyPair, parse_pair
from trader.domain.deal import BatchLine
from trader.domain.fixing import non_deliverable
from trader.domain.ids import TRIAL_CHILD, cl_ord_id
from trader.domain.money import ZERO, contra_amount
from trader.engine.engine import Engine
from trader.engine.inputs import BatchSubmitted, EngineStarted
from trader.engine.launching import batch_request
from trader.engine.terms import LaunchApprovals
from trader.fix.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, ready to be shown.

    Attributes:
        facts: The JSON object.
        is_denied: True when at least one line, or the batch as a whole, would be denied.
        waits: True when something would have to be approved first.
    """

    facts: dict[str, Any]
    is_denied: bool
    waits: bool


@collector_at_rest()
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
    rows, settings = setup.limits.rows, setup.settings
    engine.step(now_ns, EngineStarted("", (dialect,), rows, calendars, settings, setup.rules, setup.sha256))
    gate = engine.context.gate
    reference = _load_reference(gate, setup, now_ns)
    identity, people = setup.config.identity, engine.context.people
    submitted = BatchSubmitted(
        batch.batch_id, batch.content_hash, batch.name, batch.trade_date, dialect.name, identity.trader, identity.desk,
        batch.lines, totals=None, all_or_nothing=setup.config.batch.all_or_nothing,
    )  # fmt: skip
    approval = LaunchApprovals(people).of(submitted, now_ns)
    request = replace(batch_request(submitted, approval), totals=totals)
    whole = gate.check_batch(request, now_ns)
    before = {node.node: node.used for node in gate.utilisation()}
    verdicts = [
        (line, judge_line(gate, _orders(line, submitted, dialect, approval, now_ns), now_ns)) for line in batch.lines
    ]
    blocked = any(violation.blocks and not violation.waits for violation in whole)
    batch_waits = any(violation.waits for violation in whole)
    fitting = [line for line, verdict in verdicts if verdict.fits]
    waiting = [(line, verdict) for line, verdict in verdicts if verdict.fits and verdict.waits]
    denied = [(line, verdict) for line, verdict in verdicts if not verdict.fits]
    facts = {
        "batch_id": batch.batch_id,
        "content_hash": batch.content_hash,
        "trade_date": batch.trade_date.isoformat(),
        "venue": dialect.name,
        "lines": {
            "total": len(verdicts),
            "pass": 0 if blocked else len(fitting) - len(waiting),
            "denied": len(verdicts) if blocked else len(denied),
            "waits": 0 if blocked else len(waiting),
        },
        "batch": list(map(violation_facts, whole)),
        "denials": [_denial(line, verdict, gate) for line, verdict in denied],
        "approvals": [
            {"row_id": line.row_id, "violations": list(map(violation_facts, verdict.waits))}
            for line, verdict in waiting
        ],
        "subset": {"lines": len(fitting), "rows": [line.row_id for line in fitting]},
        "who": _who(people),
        "limits": list(_utilisation(gate, before)),
        "cash_flows": _cash_flows([] if blocked else fitting, gate, calendars, batch.trade_date, now_ns),
        "reference": reference,
    }
    return Answer(facts, blocked or bool(denied), batch_waits or bool(waiting))


def _orders(
    line: BatchLine, submitted: BatchSubmitted, dialect: Dialect, approval: Approval | None, now_ns: int
) -> list[OrderRequest]:
    """What a line would be sent as, under names that no order ever has."""
    return [
        OrderRequest(
            reservation_id=cl_ord_id(submitted.batch_id, line.line_no, child=TRIAL_CHILD - place),
            line=line,
            trader=submitted.trader,
            desk=submitted.desk,
            venue=dialect.name,
            trade_date=submitted.trade_date,
            decided_ts_ns=now_ns,
            deal=deal,
            approval=approval,
            content_hash=submitted.content_hash,
        )
        for place, deal in enumerate(dialect.orders_of(line.deal))
    ]


def _denial(line: BatchLine, verdict: LineVerdict, gate: Gate) -> dict[str, Any]:
    """What denies a line, the limits that somebody could raise for it, and what it could be cut to."""
    cut = verdict.cut_to
    return {
        "row_id": line.row_id,
        "violations": [violation_facts(v) | {"raise": _raise(v, gate)} for v in (*verdict.denials, *verdict.waits)],
        "cut_to": None if cut is None else f"{cut:f}",
        "dealt_currency": str(line.deal.dealt_currency),
    }


def _raise(violation: Violation, gate: Gate) -> dict[str, str] | None:
    """The row that holds a line back, as ``trader increase`` wants it; None where no row is a number."""
    row = limit_of(f"{violation.code} {violation.node}", gate.limits) if violation.limit is not None else None
    return None if row is None else {"control": row.control, "key": row.node, "parameter": row.parameter}


def _who(people: People) -> dict[str, dict[str, list[str]]]:
    """Who may ask for what would help, and who may then say yes: the roles, and the users who have one of them."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, action in (("approve", LaunchBatch), ("raise_limit", RaiseLimit), ("override", GrantOverride)):
        rule = RULES[action]
        users = sorted(user for user in people.users if people.has(user, *rule.decides))
        found[name] = {"asks": sorted(map(str, rule.asks)), "decides": sorted(map(str, rule.decides)), "users": users}
    return found


def _load_reference(gate: Gate, setup: Setup, now_ns: int) -> str:
    source = setup.config.reference
    stand_in = source.source == "venue"
    name = "ecb" if stand_in else source.source
    gate.rates.forget()  # what the venue last said, however long ago, is not what it would say now
    for rate in load_rates(name, source.file, setup.where.parent).rates:
        moment = now_ns if stand_in else rate.ts_ns
        gate.rates.update(parse_pair(rate.symbol), Decimal(rate.bid), Decimal(rate.offer), moment, name)
    if setup.points is not None:
        loaded = load_points(setup.points)
        gate.points.load(loaded.source, loaded.points)
    if stand_in:
        return f"the European Central Bank's reference rates of {ecb_rates()[0]}, in place of the venue's prices"
    return name


def _utilisation(gate: Gate, before: Mapping[str, Decimal]) -> Iterator[dict[str, Any]]:
    """Every limit in use with the batch, fullest first, and what of it was used before."""
    nodes = sorted(gate.utilisation(), key=lambda node: (-(node.used / node.limit if node.limit else ZERO), node.node))
    for node in nodes:
        share = node.used / node.limit if node.limit else ZERO
        yield {
            "node": node.node,
            "limit": f"{node.limit:f}",
            "used": f"{node.used:f}",
            "used_before": f"{before.get(node.node, ZERO):f}",
            "free": f"{node.free:f}",
            "used_percent": round(float(share) * 100, 1),
        }


def _cash_flows(
    lines: Sequence[BatchLine], gate: Gate, calendars: Calendars, trade_date: date, now_ns: int
) -> list[dict[str, Any]]:
    """Net amount per currency and value date; the contra side at the reference outright, so an estimate.

    An NDF pays a difference that nobody knows before its fixing: its row has a fixing date and no amount.
    """
    found: list[tuple[date, str, Decimal]] = []
    unknown: set[tuple[date, str, date]] = set()
    for line in lines:
        deal, fixing = line.deal, line.deal.fixing_date
        if fixing is not None:
            settled = deal.pair.other(non_deliverable(deal.pair) or deal.pair.base)
            unknown.add((deal.near_leg.value_date, str(settled), fixing))
            continue
        for leg in deal.legs:
            found.append((leg.value_date, str(deal.dealt_currency), leg.amount * leg.side.sign))
            rate = _outright(deal.pair, leg.value_date, gate, calendars, trade_date, now_ns)
            if rate is not None:
                contra = contra_amount(leg.amount, deal.dealt_currency, deal.pair, rate)
                found.append((leg.value_date, str(deal.contra_currency), -contra * leg.side.sign))
    flows = pd.DataFrame(found, columns=["value_date", "currency", "net"], dtype=object)
    summed = flows.groupby(["value_date", "currency"], sort=True, as_index=False)["net"].sum()
    rows: list[tuple[date, str, str | None, date | None]]
    rows = [(row.value_date, row.currency, f"{row.net:f}", None) for row in summed.itertuples()]
    rows += [(day, currency, None, fixing) for day, currency, fixing in unknown]
    return [
        {
            "value_date": day.isoformat(),
            "currency": currency,
            "net": net,
            "fixing_date": None if fixing is None else fixing.isoformat(),
        }
        for day, currency, net, fixing in sorted(rows, key=lambda row: (row[0], row[1], row[2] is None, str(row[3])))
    ]


def _outright(
    pair: CurrencyPair, value_date: date, gate: Gate, calendars: Calendars, trade_date: date, now_ns: int
) -> Decimal | None:
    """The reference outright, or as near to it as the points file comes; None without a reference rate."""
    quote = gate.rates.quote(pair, now_ns)
    if isinstance(quote, Violation):
        return None
    points = gate.points.points(pair, value_date, trade_date, calendars, now_ns) if gate.points.is_loaded else ZERO
    return quote.mid if isinstance(points, Violation) else quote.mid + points
