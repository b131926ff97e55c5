"""All orders of one venue's session, found by any name the venue may use for them.

The rules of this file:

1. A ClOrdID(11) is given to one order, once. Asking for it again is a bug of ours, whatever the terms.
2. An ExecID(17) counts as seen only when its trade has been booked. A trade that could not be booked is kept as an
   orphan and shown until it is booked after all, or a person takes it off. Told again once the venue or a person has
   agreed on its order, it is no news.
3. An ExecID(17) that was booked for one order is not booked for another.
4. A venue that never stops naming trades which are not ours fills the journal, and not the memory: beyond a number of
   orphans they are only counted.
5. A ClOrdID(11) follows from the batch's file, so the venue can know one that was never given here: from a journal that
   is lost, of which this one is an older copy. Its batch is remembered, as what is left of it may be dealt as well.
6. A bust of a trade that never came here is made up for once the venue, asked, agrees on what the order has: both were
   lost, as in a crash, or neither counts. It leaves the list then, unless it may mean a trade that stands: another
   order's that it names, or the order's own under another name, for the venue may have answered before it took it back.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TypeVar

from msgspec import structs

from trader.domain.canonical import Digests
from trader.domain.commands import QuoteReference
from trader.domain.deal import Deal, OrderType, TimeInForce
from trader.domain.errors import LocalOrderError, RemoteViolation
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MessageRejected,
    MessageUnreadable,
    TradeReported,
    VenueEvent,
)
from trader.domain.ids import child_part, line_of
from trader.orders import reports
from trader.orders.applied import UNCHANGED, Applied
from trader.orders.machine import Sync
from trader.orders.order import Order
from trader.orders.orphan import Orphan, is_lost_bust, trade_named

ORPHANS_MAX = 10_000
FOREIGN_BATCHES_MAX = 10_000
_TRADES = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})

_Report = TypeVar("_Report", ExecutionReported, TradeReported)


class Blotter:
    """The orders of one session.

    Args:
        venue: The venue's name: the first part of every fill's identity.

    Attributes:
        orphans: The trades that could not be booked, by ExecID(17) and text.
        orphans_beyond: How many more came than are kept; the journal has them.
        dismissed: The trades that persons have dealt with elsewhere, each as :func:`trade_named`.
        never_given: Batch id to the first ClOrdID(11) of it that the venue has named and that was never given here.
        digests: Of the attempts of each child order, which share a count of their versions.
    """

    __slots__ = (
        "_booked_for",
        "_by_id",
        "_by_order_id",
        "_children",
        "_new_names",
        "_open",
        "_orders",
        "_orphan_news",
        "_orphans_of",
        "digests",
        "dismissed",
        "never_given",
        "orphans",
        "orphans_beyond",
        "venue",
    )

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.orphans: dict[tuple[str, str], Orphan] = {}
        self.orphans_beyond = 0
        self.dismissed: set[tuple[str, ...]] = set()
        self.never_given: dict[str, str] = {}
        self._new_names: list[str] = []
        self._orphan_news: list[tuple[Orphan, bool]] = []
        self._orphans_of: dict[str, list[tuple[str, str]]] = {}  # by ExecID(17)
        self._orders: dict[str, Order] = {}
        self._by_id: dict[str, Order] = {}
        self._by_order_id: dict[str, Order] = {}
        self._children: dict[str, list[Order]] = {}
        # Who writes to an order that is final has found it by a name; to others whoever goes through the live ones.
        self.digests: Digests[list[Order]] = Digests(list, lambda attempts: all(each.is_final for each in attempts))
        self._booked_for: dict[str, Order] = {}
        self._open: dict[str, Order] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def create(
        self,
        cl_ord_id: str,
        deal: Deal,
        order_type: OrderType,
        price: Decimal | None,
        time_in_force: TimeInForce,
        account: str,
        *,
        quote: QuoteReference | None = None,
        link_id: str = "",
    ) -> Order:
        """A new order, CREATED.

        Args:
            cl_ord_id: The order's name; see :mod:`trader.domain.ids`.
            deal: What to trade, with all its legs.
            order_type: How.
            price: The limit, or the near leg's rate of the quote, terms per base; None for a market order.
            time_in_force: How long it may live.
            account: Account(1), or "".
            quote: What is taken, for OrdType(40)=D.
            link_id: ClOrdLinkID(583), for one of several orders that together make one deal.

        Raises:
            LocalOrderError: The ClOrdID(11) has been used, for an order or for a request about one.
        """
        return self.add(Order(cl_ord_id, deal, order_type, price, time_in_force, account, quote, link_id))

    def add(self, order: Order) -> Order:
        """Take an order in; the very same object may be added again.

        Raises:
            LocalOrderError: Its ClOrdID(11) has been used.
        """
        known = self._with_id(order.cl_ord_id)
        if known is order:
            return order
        if known is not None:
            raise LocalOrderError(f"ClOrdID(11)={order.cl_ord_id} was given to {known}; expected an id never used")
        child = child_part(order.cl_ord_id)
        self.digests.touch(child)
        siblings = self._children.setdefault(child, [])
        if siblings:
            order.versions = siblings[0].versions
            order.versions.last = max(order.versions.last, order.cl_ord_id)
        siblings.append(order)
        self._orders[order.cl_ord_id] = self._by_id[order.cl_ord_id] = self._open[order.cl_ord_id] = order
        return order

    def find(self, cl_ord_id: str, orig_cl_ord_id: str = "", order_id: str = "") -> Order | None:
        """The order that goes by any of these names, the first that is known; None when it is none of ours."""
        found = (
            self._with_id(cl_ord_id)
            or (self._with_id(orig_cl_ord_id) if orig_cl_ord_id else None)
            or self._by_order_id.get(order_id)
        )
        if found is not None:
            self.digests.touch(child_part(found.cl_ord_id))
        return found

    def live(self) -> Iterator[Order]:
        """The orders that could still trade, oldest first. Costs as much as there are open orders."""
        return (order for order in self._unfinished() if order.is_live)

    def in_doubt(self) -> Iterator[Order]:
        """The orders whose state only the venue or a person can tell, oldest first."""
        return (order for order in self._unfinished() if order.sync is Sync.IN_DOUBT)

    def session_lost(self) -> None:
        """The session dropped, or the process restarted: every unanswered order or request is in doubt."""
        for order in self._unfinished():
            order.session_lost()

    def apply(self, event: VenueEvent, ts_ns: int) -> tuple[Order | None, Applied]:
        """Bring one word of the venue to its order. Never raises.

        Returns:
            The order it was about and what it changed. No order, and a violation, when the word is about an order
            that is not ours; no order and nothing changed when the word is not about orders.
        """
        match event:
            case ExecutionReported():
                order = self.find(event.cl_ord_id, event.orig_cl_ord_id, event.order_id)
                is_trade = event.exec_type in _TRADES
                return order, self._apply_report(order, event, reports.on_execution, ts_ns, is_trade=is_trade)
            case TradeReported():
                order = self.find(event.cl_ord_id, order_id=event.order_id)
                return order, self._apply_report(order, event, reports.on_trade_report, ts_ns, is_trade=True)
            case CancelRefused():
                order = self.find(event.cl_ord_id, event.orig_cl_ord_id, event.order_id)
                if order is None:
                    self._note_name(event.cl_ord_id, None)
                    return None, _not_ours(f"a refusal for ClOrdID(11)={event.cl_ord_id}")
                applied = reports.on_cancel_refused(order, event, ts_ns)
            case MessageRejected():
                order = self.find(event.ref_id)
                applied = UNCHANGED if order is None else reports.on_business_reject(order, event, ts_ns)
            case MessageUnreadable():
                order = self.find(event.cl_ord_id)
                unreadable = RemoteViolation("UNREADABLE_MESSAGE", f"MsgType(35)={event.msg_type}: {event.problem}")
                applied = UNCHANGED if order is None else reports.contradicted(order, unreadable, ts_ns)
            case _:
                return None, UNCHANGED
        if order is not None:
            self.track(order, applied)
        return order, applied

    def track(self, order: Order, applied: Applied) -> None:
        """Take note of what a word of the venue, or what a person has signed for, did to an order."""
        if order.order_id:
            self._by_order_id[order.order_id] = order
        if applied.reopened:
            self._open[order.cl_ord_id] = order
        for change in applied.fills:
            self._booked_for[change.exec_id] = order
            if self.orphans:
                self._forget_orphans(change.exec_id)
            if self.dismissed:
                self.dismissed = {named for named in self.dismissed if named[0] != change.exec_id}

    def orphans_of(self, exec_id: str) -> tuple[Orphan, ...]:
        """The trades of this ExecID(17) that could not be booked, the oldest first."""
        return tuple([self.orphans[key] for key in self._orphans_of.get(exec_id, ())])

    def dismiss(self, exec_id: str) -> tuple[Orphan, ...]:
        """Take the orphans of this ExecID(17) off the list because a person has dealt with them; returns them.

        When the venue tells of them again they are not kept again, unless they are booked meanwhile.
        """
        gone = self._forget_orphans(exec_id)
        self.dismissed.update(trade_named(orphan.event) for orphan in gone if exec_id)
        return gone

    def is_dismissed(self, event: ExecutionReported | TradeReported) -> bool:
        """Whether persons have dealt with this trade elsewhere."""
        return bool(self.dismissed) and trade_named(event) in self.dismissed

    def digest(self) -> str:
        """One digest of all orders."""
        return self.digests.of(self._children)

    def take_orphan_news(self) -> list[tuple[Orphan, bool]]:
        """What was kept as an orphan (True) or taken off the list (False) since the last call, in that order."""
        news = self._orphan_news
        if news:
            self._orphan_news = []
        return news

    def named_of(self, batch_id: str) -> str:
        """A ClOrdID(11) by which the venue knows a batch, though it was never given here; "" for none.

        A venue that has named too many batches to remember them may have named any.
        """
        is_full = len(self.never_given) >= FOREIGN_BATCHES_MAX
        return self.never_given.get(batch_id) or (next(reversed(self.never_given.values())) if is_full else "")

    def take_new_names(self) -> list[str]:
        """The first ClOrdID(11) of each batch that the venue has named so since the last call."""
        names, self._new_names = self._new_names, []
        return names

    def _note_name(self, cl_ord_id: str, order: Order | None) -> None:
        """Remember a name that looks like one of ours, and that no order has, nor a request about one."""
        if order is not None and child_part(order.cl_ord_id) == child_part(cl_ord_id):
            return
        line = line_of(cl_ord_id)
        if line is None:
            return
        is_new = line.batch_id not in self.never_given and len(self.never_given) < FOREIGN_BATCHES_MAX
        if is_new and self._with_id(cl_ord_id) is None:
            self.never_given[line.batch_id] = cl_ord_id
            self._new_names.append(cl_ord_id)

    def _apply_report(
        self,
        order: Order | None,
        report: _Report,
        on_report: Callable[[Order, _Report, int], Applied],
        ts_ns: int,
        *,
        is_trade: bool,
    ) -> Applied:
        """Bring a report to the order that it names, unless it is another's; keep the trade that is booked nowhere."""
        self._note_name(report.cl_ord_id, order)
        if is_trade and order is not None and order.sync is Sync.IN_SYNC and self._is_kept(report):
            return UNCHANGED  # the venue, or a person, has agreed on the order since it was told first
        if order is None:
            what = report.exec_type if isinstance(report, ExecutionReported) else "a trade"
            applied = _not_ours(f"{what} for ClOrdID(11)={report.cl_ord_id} OrderID(37)={report.order_id}")
        else:
            violation = self._belongs_elsewhere(order, report, is_trade=is_trade)
            if violation is None:
                applied = on_report(order, report, ts_ns)
            else:
                applied = reports.contradicted(order, violation, ts_ns)
            self.track(order, applied)
            if self.orphans and order.sync is Sync.IN_SYNC and _is_answer(report):
                self._forget_busts(order)
        if is_trade and applied.violation is not None and not applied.fills:
            self._keep(report, order, applied.violation, ts_ns)
        return applied

    def _belongs_elsewhere(
        self, order: Order, event: ExecutionReported | TradeReported, *, is_trade: bool
    ) -> RemoteViolation | None:
        """A report that names one order by ClOrdID(11) and another by OrderID(37) or ExecID(17)."""
        # Venues start their OrderIDs anew each day, so only a live order holds on to its own.
        other = self._by_order_id.get(event.order_id)
        if other is not None and other is not order and other.is_live:
            return RemoteViolation(
                "ORDER_ID_CROSSED", f"OrderID(37)={event.order_id} is that of {other}, but the report is about {order}"
            )
        owner = self._booked_for.get(event.exec_id) if is_trade else None
        if owner is None or owner is order or owner.ledger.find(event.exec_id, event.trade_date) is None:
            return None
        return RemoteViolation("EXEC_ID_REUSED", f"ExecID(17)={event.exec_id} was booked for {owner}, not for {order}")

    def _keep(
        self, event: ExecutionReported | TradeReported, order: Order | None, violation: RemoteViolation, ts_ns: int
    ) -> None:
        name, key = "" if order is None else order.cl_ord_id, _told(event)
        if key in self.orphans or self.is_dismissed(event):
            return
        if len(self.orphans) >= ORPHANS_MAX:
            self.orphans_beyond += 1
            return
        orphan = self.orphans[key] = Orphan(event, name, violation, ts_ns)
        self._orphan_news.append((orphan, True))
        self._orphans_of.setdefault(event.exec_id, []).append(key)

    def _is_kept(self, event: ExecutionReported | TradeReported) -> bool:
        """Whether the same was told before, and is on the list of orphans."""
        return event.exec_id in self._orphans_of and _told(event) in self.orphans

    def _forget_orphans(self, exec_id: str) -> tuple[Orphan, ...]:
        """Take what there is of an ExecID(17) off the list; once nothing is left on it, what was only counted too."""
        gone = tuple([self.orphans.pop(key) for key in self._orphans_of.pop(exec_id, ())])
        self._orphan_news += [(orphan, False) for orphan in gone]
        if not self.orphans:
            self.orphans_beyond = 0
        return gone

    def _forget_busts(self, order: Order) -> None:
        """Rule 6."""
        for exec_ref_id, bust in order.ledger.undone_unseen():
            is_own = self._booked_for.get(exec_ref_id, order) is order
            if is_own and all(is_lost_bust(each, order) for each in self.orphans_of(bust)):
                self._forget_orphans(bust)

    def _with_id(self, cl_ord_id: str) -> Order | None:
        order = self._by_id.get(cl_ord_id)
        if order is None:
            # An order takes the ids of its requests by itself; they are entered when they are first asked for.
            for sibling in self._children.get(child_part(cl_ord_id), ()):
                if cl_ord_id in sibling.ids:
                    order = self._by_id[cl_ord_id] = sibling
        return order

    def _unfinished(self) -> list[Order]:
        """The orders that are not final. Those that have become so are dropped here, not at every report."""
        for name in [name for name, order in self._open.items() if order.is_final]:
            del self._open[name]
        return list(self._open.values())


def _is_answer(report: ExecutionReported | TradeReported) -> bool:
    """Whether it says how an order stands now."""
    if not isinstance(report, ExecutionReported):
        return False
    return report.exec_type is ExecType.ORDER_STATUS and not report.poss_dup


def _told(event: ExecutionReported | TradeReported) -> tuple[str, str]:
    """What is told of a trade, the same when it is told again, whatever that answers.

    By its text: comparing the events would raise on a number that is not one.
    """
    if isinstance(event, ExecutionReported):
        return event.exec_id, repr(structs.replace(event, poss_dup=False))
    return event.exec_id, repr(structs.replace(event, request_id="", trade_report_id="", is_last_report=False))


def _not_ours(what: str) -> Applied:
    return Applied(violation=RemoteViolation("UNKNOWN_ORDER", f"{what} is about no order of ours"))
