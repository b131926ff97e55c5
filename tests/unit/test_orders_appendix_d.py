"""Every scenario of FIX 4.4 appendix D, played against an order."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from tests.unit.fix44_appendix_d import SCENARIOS
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import LocalOrderError
from trader.domain.events import CancelRefused, ExecType, ExecutionReported, OrdStatus, RejectReason
from trader.orders.applied import Applied
from trader.orders.machine import Sync
from trader.orders.order import Order
from trader.orders.reports import on_cancel_refused, on_execution

PRICE = Decimal("1.10")
NAMES = "XYZ"


@dataclass
class Play:
    """One scenario under way."""

    quantity: Decimal
    order: Order = field(init=False)
    trades: list[str] = field(default_factory=list)
    reports: int = 0

    def __post_init__(self) -> None:
        leg = Leg(Side.BUY, self.quantity, date(2024, 5, 3), "SPOT")
        deal = Deal(Product.SPOT, parse_pair("EUR/USD"), Currency("EUR"), leg)
        self.order = Order("0123456789" + "0001" + "01" + "01", deal, OrderType.LIMIT, PRICE, TimeInForce.DAY, "ACC")
        self.order.sent(1)

    def id_of(self, name: str) -> str:
        return "" if name == "-" else self.order.ids[NAMES.index(name)]

    def ask(self, verb: str, name: str, orig: str, quantity: str) -> None:
        if verb == "CANCEL":
            command = self.order.request_cancel(2)
        else:
            command = self.order.request_replace(Decimal(quantity), PRICE, 2)
            assert command.deal.near_leg.amount == Decimal(quantity)
        assert (command.cl_ord_id, command.orig_cl_ord_id) == (self.id_of(name), self.id_of(orig))

    def execution(self, verb: str, columns: list[str]) -> Applied:
        name, orig, kind, status, order_qty, cum_qty, leaves_qty, last_qty, *rest = columns
        self.reports += 1
        exec_id = f"E{self.reports}"
        is_duplicate = kind == "DUPLICATE"
        exec_type = ExecType.REJECTED if is_duplicate else ExecType(kind)
        exec_ref_id = self.trades[int(orig) - 1] if verb == "BUST" else ""
        if exec_type in {ExecType.TRADE, ExecType.TRADE_CORRECT}:
            self.trades.append(exec_id)
        said_cum_qty = rest[1] if len(rest) > 1 else "0" if is_duplicate else cum_qty
        report = ExecutionReported(
            self.id_of(name),
            "" if verb == "BUST" else self.id_of(orig),
            "V1",
            exec_id,
            exec_ref_id,
            exec_type,
            OrdStatus(status.rpartition("?")[2]),
            "EUR/USD",
            Side.BUY,
            "EUR",
            Decimal(order_qty),
            Decimal(last_qty),
            PRICE if Decimal(last_qty) else Decimal(0),
            Decimal(said_cum_qty),
            Decimal(leaves_qty),
            reject_reason=RejectReason.DUPLICATE_ORDER if is_duplicate else None,
        )
        return on_execution(self.order, report, self.reports)

    def refusal(self, columns: list[str]) -> Applied:
        name, orig, reason, status, *_ = columns
        is_replace = self.order.replace_id == self.id_of(name)
        refusal = CancelRefused(
            self.id_of(name),
            self.id_of(orig),
            "V1",
            OrdStatus(status.rpartition("?")[2]),
            is_replace,
            RejectReason(reason),
        )
        return on_cancel_refused(self.order, refusal, 9)

    def check(self, columns: list[str], applied: Applied) -> None:
        status, order_qty, cum_qty, leaves_qty, _, *rule = columns[3:]
        order = self.order
        assert order.ord_status == status.partition("?")[0]
        assert (order.order_qty, order.cum_qty, order.leaves_qty) == tuple(
            map(Decimal, (order_qty, cum_qty, leaves_qty))
        )
        assert order.cum_qty == sum(fill.last_qty for fill in order.fills.values())
        if rule:
            assert applied.violation is not None
            assert applied.violation.rule == rule[0]
            assert order.sync is Sync.IN_DOUBT
        else:
            assert applied.violation is None
            assert order.sync is Sync.IN_SYNC
        assert not applied.duplicate


def scenarios() -> list[pytest.param]:
    blocks = [block.strip().splitlines() for block in SCENARIOS.split("== ") if block.strip()]
    return [pytest.param(rows, id=title) for title, *rows in blocks]


@pytest.mark.parametrize("rows", scenarios())
def test_the_order_shows_what_appendix_d_shows(rows: list[str]) -> None:
    _, _, _, _, quantity = rows[0].split()
    play = Play(Decimal(quantity))
    for row in rows[1:]:
        who, verb, *columns = row.split()
        if who == ">":
            play.ask(verb, columns[0], columns[1], columns[2] if len(columns) > 2 else "")
        elif who == "!":
            with pytest.raises(LocalOrderError):
                play.ask(verb, columns[0], columns[1], columns[2])
        else:
            applied = play.refusal(columns) if verb == "REFUSE" else play.execution(verb, columns)
            play.check(columns, applied)


def test_every_group_of_the_appendix_has_a_scenario() -> None:
    titles = [row[3:] for row in SCENARIOS.splitlines() if row.startswith("== ")]
    assert {title[0] for title in titles} == set("ABCDEFGHIJKL")
    assert len(titles) == len(set(titles))
