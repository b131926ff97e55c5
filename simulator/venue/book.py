"""The venue's orders: one mutable record an order, found by any ClOrdID(11) it ever had."""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

from simulator.faults.actions import Amendment
from simulator.market.pricing import Price
from trader.domain.deal import Deal, OrderType, TimeInForce
from trader.domain.events import OrdStatus
from trader.domain.money import ZERO

_FINAL = frozenset(
    {OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY}
)
_AVG_PX_STEP = Decimal("0.00000001")


@dataclass(slots=True)
class Order:
    """One order as the venue sees it.

    Attributes:
        cl_ord_id: The newest accepted ClOrdID(11) of its chain.
        account: Account(1) of its request, which every report about it repeats; "" when it has none.
        order_qty: Units of the dealt currency on the near leg; the other quantities count the same leg.
        unit: What the quantities of trades are multiples of, as long as an order is not done.
        quoted: The price that was quoted to the client and that the order takes; None for an order at the market.
        base_qty: Units of the pair's base in the fills so far, unrounded; the weight of the average price.
        terms_qty: Units of the pair's terms in the fills so far, unrounded.
        fraction: The part of the quantity that will ever be filled; 0 for an order that only rests.
        slices_left: Trades still planned.
        interval_ns: Time between two of them.
        next_fill_ns: No trade before this moment.
        wakeup_ns: The moment the agenda already has for the next trade.
        slip_bp: How much worse than the price that was shown every trade is, in basis points.
        surplus: How much is traded beyond the order's quantity once that is filled.
        amendments: What the venue does to its trades later.
        told_as: What reports call an open order instead of its status, such as pending; None for nothing else.
        is_halted: It is open, and not filled.
        clear_ns: When the last report about the order has reached the client; later ones do not overtake it.
        reports: How many reports the order has had: the number in its next ExecID(17).
    """

    session: str
    order_id: str
    cl_ord_id: str
    deal: Deal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    account: str
    order_qty: Decimal
    unit: Decimal
    quoted: Price | None = None
    status: OrdStatus = OrdStatus.NEW
    cum_qty: Decimal = ZERO
    base_qty: Decimal = ZERO
    terms_qty: Decimal = ZERO
    fraction: Decimal = Decimal(1)
    slices_left: int = 1
    interval_ns: int = 0
    next_fill_ns: int = 0
    wakeup_ns: int = 0
    slip_bp: Decimal = ZERO
    surplus: Decimal = ZERO
    amendments: tuple[Amendment, ...] = ()
    told_as: OrdStatus | None = None
    is_halted: bool = False
    clear_ns: int = 0
    reports: int = 0

    @property
    def is_final(self) -> bool:
        """True when nothing more can happen to the order."""
        return self.status in _FINAL

    @property
    def leaves_qty(self) -> Decimal:
        """LeavesQty(151): what may still be filled; 0 when final."""
        return ZERO if self.is_final else self.order_qty - self.cum_qty

    @property
    def ord_status(self) -> OrdStatus:
        """OrdStatus(39): what reports say."""
        return self.status if self.told_as is None or self.is_final else self.told_as

    @property
    def avg_px(self) -> Decimal:
        """AvgPx(6): terms per base over all fills, to 8 decimals; 0 before the first."""
        if not self.base_qty:
            return ZERO
        return (self.terms_qty / self.base_qty).quantize(_AVG_PX_STEP)

    def next_exec_id(self) -> str:
        """ExecID(17) of the next report."""
        self.reports += 1
        return f"{self.order_id}-{self.reports}"

    def next_slice(self) -> Decimal:
        """How much the next trade fills, in whole units; 0 when the plan is done."""
        if self.fraction == 1 and self.slices_left <= 1:
            return self.order_qty - self.cum_qty
        target = self.order_qty * self.fraction // self.unit * self.unit
        left = max(target - self.cum_qty, ZERO)
        if self.slices_left > 1:
            part = left / self.slices_left // self.unit * self.unit
            return part or left
        return left

    def book_fill(self, quantity: Decimal, rate: Decimal) -> None:
        """Count a trade of ``quantity`` dealt currency at ``rate`` on the near leg."""
        self._count(quantity, rate)
        self.slices_left -= 1
        self.status = OrdStatus.FILLED if self.cum_qty >= self.order_qty else OrdStatus.PARTIALLY_FILLED

    def unbook_fill(self, quantity: Decimal, rate: Decimal) -> None:
        """Take a trade back. A filled order is then canceled: what is taken back is not dealt again."""
        self._count(-quantity, rate)
        if self.status is OrdStatus.FILLED and self.cum_qty < self.order_qty:
            self.status = OrdStatus.CANCELED
        elif self.status is OrdStatus.PARTIALLY_FILLED and not self.cum_qty:
            self.status = OrdStatus.NEW

    def rebook_fill(self, quantity: Decimal, rate: Decimal) -> None:
        """Count what stands in place of a trade that was taken back."""
        self._count(quantity, rate)
        if self.cum_qty >= self.order_qty:
            self.status = OrdStatus.FILLED
        elif self.status is OrdStatus.NEW:
            self.status = OrdStatus.PARTIALLY_FILLED

    def restate(self, order_qty: Decimal) -> None:
        """Make the order smaller, unasked; one that is filled by that is done."""
        self.order_qty = order_qty
        if self.cum_qty >= order_qty:
            self.status = OrdStatus.FILLED if self.cum_qty else OrdStatus.CANCELED

    def _count(self, quantity: Decimal, rate: Decimal) -> None:
        in_base = self.deal.dealt_currency == self.deal.pair.base
        self.base_qty += quantity if in_base else quantity / rate
        self.terms_qty += quantity * rate if in_base else quantity
        self.cum_qty += quantity


class Book:
    """All orders of all sessions; true while one of them is open."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str], Order | None] = {}
        self._open: dict[str, Order] = {}

    def __bool__(self) -> bool:
        return bool(self._open)

    def is_used(self, session: str, cl_ord_id: str) -> bool:
        """Whether the session has ever used this ClOrdID(11), for whatever request."""
        return (session, cl_ord_id) in self._by_id

    def find(self, session: str, cl_ord_id: str) -> Order | None:
        """The order that has or had this ClOrdID(11)."""
        return self._by_id.get((session, cl_ord_id))

    def add(self, order: Order) -> None:
        """Take a new order in."""
        self._by_id[order.session, order.cl_ord_id] = order
        if not order.is_final:
            self._open[order.order_id] = order

    def use_up(self, session: str, cl_ord_id: str) -> None:
        """Note that a cancel or replace request has taken this ClOrdID(11), whatever becomes of the request."""
        self._by_id.setdefault((session, cl_ord_id), None)

    def rename(self, order: Order) -> None:
        """Let the order be found by its new ClOrdID(11) too."""
        self._by_id[order.session, order.cl_ord_id] = order

    def settle(self, order: Order) -> None:
        """Take an order out of the open ones once it is final."""
        if order.is_final:
            self._open.pop(order.order_id, None)

    def open_orders(self, session: str = "") -> list[Order]:
        """Orders that are not final, oldest first; of one session, or of all."""
        return [order for order in self._open.values() if session in ("", order.session)]


def order_id_of(seed: int, session: str, cl_ord_id: str) -> str:
    """OrderID(37): a function of the client and its ClOrdID(11), so that a restarted simulator repeats none.

    The trade log, the client's books and the day's trade reports then stay unambiguous over several simulators.
    """
    return blake2b(f"{seed}|{session}|{cl_ord_id}".encode(), digest_size=8).hexdigest().upper()
