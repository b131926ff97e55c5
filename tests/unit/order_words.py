"""Words of a venue about one order to buy EUR 1,000,000 against USD, for the tests of the order's life."""

from datetime import date
from decimal import Decimal
from typing import Any

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import CancelRefused, ExecType, ExecutionReported, OrdStatus, RejectReason, TradeReported
from trader.orders.applied import Applied
from trader.orders.order import Order
from trader.orders.reports import on_execution

PRICE = Decimal("1.10")
QUANTITY = Decimal(1_000_000)
ORDER_ID = "0123456789" + "0001" + "01" + "01"
DAY = date(2024, 5, 1)
DEAL = Deal(Product.SPOT, parse_pair("EUR/USD"), Currency("EUR"), Leg(Side.BUY, QUANTITY, date(2024, 5, 3), "SPOT"))


def an_order(*, sent: bool = True) -> Order:
    order = Order(ORDER_ID, DEAL, OrderType.LIMIT, PRICE, TimeInForce.DAY, "ACC")
    if sent:
        order.sent(1)
    return order


def a_working_order() -> Order:
    order = an_order()
    on_execution(order, says("NEW", "NEW"), 2)
    return order


def says(
    exec_type: str, status: str, cum_qty: int = 0, *, leaves_qty: int | None = None, **fields: Any
) -> ExecutionReported:
    """An ExecutionReport(8); quantities in thousands. What it leaves over is what it has not filled, when it lives."""
    over = status in {"CANCELED", "EXPIRED", "REJECTED", "DONE_FOR_DAY", "FILLED"}
    leaves = (0 if over else 1000 - cum_qty) if leaves_qty is None else leaves_qty
    report: dict[str, Any] = {
        "cl_ord_id": ORDER_ID,
        "orig_cl_ord_id": "",
        "order_id": "V1",
        "exec_id": "",
        "exec_ref_id": "",
        "exec_type": ExecType(exec_type),
        "ord_status": OrdStatus(status),
        "symbol": "EUR/USD",
        "side": Side.BUY,
        "currency": "EUR",
        "order_qty": None,
        "last_qty": Decimal(0),
        "last_px": Decimal(0),
        "cum_qty": Decimal(cum_qty * 1000),
        "leaves_qty": Decimal(leaves * 1000),
    }
    return ExecutionReported(**(report | fields))


def fills(exec_id: str, quantity: int, cum_qty: int, *, px: str = "1.10", **fields: Any) -> ExecutionReported:
    """A trade; quantities in thousands."""
    trade = {"exec_id": exec_id, "last_qty": Decimal(quantity * 1000), "last_px": Decimal(px)}
    return says("TRADE", "PARTIALLY_FILLED" if cum_qty < 1000 else "FILLED", cum_qty, **(trade | fields))


def busts(exec_id: str, exec_ref_id: str, status: str, cum_qty: int, **fields: Any) -> ExecutionReported:
    return says("TRADE_CANCEL", status, cum_qty, exec_id=exec_id, exec_ref_id=exec_ref_id, **fields)


def corrects(
    exec_id: str, exec_ref_id: str, quantity: int, cum_qty: int, *, px: str = "1.10", **fields: Any
) -> ExecutionReported:
    trade = {
        "exec_id": exec_id,
        "exec_ref_id": exec_ref_id,
        "last_qty": Decimal(quantity * 1000),
        "last_px": Decimal(px),
    }
    return says("TRADE_CORRECT", "PARTIALLY_FILLED" if cum_qty < 1000 else "FILLED", cum_qty, **(trade | fields))


def lists(exec_id: str, quantity: int, *, px: str = "1.10", **fields: Any) -> TradeReported:
    """One trade of the venue's own list; quantity in thousands."""
    trade: dict[str, Any] = {
        "request_id": "Q1",
        "trade_report_id": "L" + exec_id,
        "trade_id": "",
        "exec_id": exec_id,
        "order_id": "V1",
        "cl_ord_id": ORDER_ID,
        "symbol": "EUR/USD",
        "side": Side.BUY,
        "currency": "EUR",
        "last_qty": Decimal(quantity * 1000),
        "last_px": Decimal(px),
        "settl_date": None,
        "trade_date": None,
        "transact_ts_ns": 0,
    }
    return TradeReported(**(trade | fields))


def refuses(cl_ord_id: str, status: str = "NEW", reason: str = "OTHER") -> CancelRefused:
    return CancelRefused(cl_ord_id, ORDER_ID, "V1", OrdStatus(status), is_replace=False, reason=RejectReason(reason))


def rule_of(applied: Applied) -> str:
    """The rule that a report breaks; "" for one that breaks none."""
    return "" if applied.violation is None else applied.violation.rule


UNKNOWN = says("ORDER_STATUS", "REJECTED", reject_reason=RejectReason.UNKNOWN_ORDER)
