"""The venue's answers to questions about its books: they change nothing."""

from typing import TypeVar

from simulator.effects import Send
from simulator.faults.actions import Action, Deny, Omit
from simulator.venue.book import order_id_of
from simulator.venue.checks import complaint
from simulator.venue.house import House
from simulator.venue.reports import captured, nothing_open, status_report, unknown_status
from trader.domain.commands import RequestMassStatus, RequestOrderStatus, RequestTrades
from trader.domain.events import TradeRequestAcknowledged

_T = TypeVar("_T")

Inquiry = RequestOrderStatus | RequestMassStatus | RequestTrades


class Inquiries:
    """Order status, mass status and the day's trades."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._answers = 0

    def handle(self, session: str, request: Inquiry, actions: tuple[Action, ...], now_ns: int) -> None:
        """Answer a question, with the scenario's actions for it."""
        match request:
            case RequestOrderStatus():
                self._order_status(session, request, actions, now_ns)
            case RequestMassStatus():
                self._mass_status(session, request, actions, now_ns)
            case RequestTrades():
                self._trades(session, request, actions, now_ns)

    def _order_status(
        self, session: str, request: RequestOrderStatus, actions: tuple[Action, ...], now_ns: int
    ) -> None:
        """OrderStatusRequest(H)."""
        order = self._house.book.find(session, request.cl_ord_id)
        if order is None or any(isinstance(action, Deny) for action in actions):
            self._send(unknown_status(session, request, self._exec_id(session), now_ns), now_ns)
        else:
            self._house.outbox.send(status_report(order, now_ns), now_ns, order)

    def _mass_status(self, session: str, request: RequestMassStatus, actions: tuple[Action, ...], now_ns: int) -> None:
        """OrderMassStatusRequest(AF): one report per order that is not final, or one that says there is none."""
        orders, total = _told(self._house.book.open_orders(session), actions)
        if not orders:
            self._send(nothing_open(session, request, self._exec_id(session), now_ns), now_ns)
        for number, order in enumerate(orders, start=1):
            report = status_report(order, now_ns, request.request_id, total, last=number == len(orders))
            self._house.outbox.send(report, now_ns, order)

    def _trades(self, session: str, request: RequestTrades, actions: tuple[Action, ...], now_ns: int) -> None:
        """TradeCaptureReportRequest(AD): how many trades there are, then each of them."""
        refusal = complaint(actions)
        if refusal:
            self._send(Send(session, TradeRequestAcknowledged(request.request_id, False, None, refusal.text)), now_ns)
            return
        since_ns = request.from_ts_ns or 0
        matching = [
            entry
            for entry in self._house.trades.of(session)
            if request.trade_date in (None, entry.trade.trade_date) and since_ns <= entry.trade.ts_ns
        ]
        found, total = _told(matching, actions)
        self._send(Send(session, TradeRequestAcknowledged(request.request_id, True, total)), now_ns)
        for number, entry in enumerate(found, start=1):
            report = captured(
                entry.trade,
                request.request_id,
                self._house.trades.next_report(),
                last=number == len(found),
                is_void=entry.is_void,
            )
            order = self._house.book.find(session, entry.trade.cl_ord_id)
            self._house.outbox.send(report, now_ns, deal=order.deal if order else None)

    def _exec_id(self, session: str) -> str:
        self._answers += 1
        return order_id_of(self._house.seed, session, f"answer {self._answers}")

    def _send(self, effect: Send, now_ns: int) -> None:
        self._house.outbox.send(effect, now_ns)


def _told(entries: list[_T], actions: tuple[Action, ...]) -> tuple[list[_T], int]:
    """Which entries of an answer are told, oldest first, and how many there are said to be."""
    omit = next((action for action in actions if isinstance(action, Omit)), None)
    if omit is None or not entries:
        return entries, len(entries)
    left_out = max(1, round(len(entries) * omit.share))
    kept = entries[: len(entries) - left_out]
    return kept, len(entries) if omit.counts_all else len(kept)
