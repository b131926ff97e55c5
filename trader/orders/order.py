"""One order: what we asked, what the venue has said about it, and what follows.

The rules of this file:

1. Every change of state is a cell of a table of :mod:`trader.orders.machine`; :meth:`Order.try_move` takes it.
2. Our own verbs are here; they raise :class:`LocalOrderError`, before anything has changed, when the tables forbid
   them. The venue's words are in :mod:`trader.orders.reports`; they never raise: what cannot be comes back as
   ``Applied.violation``, and the order is IN_DOUBT.
3. A fill is booked in whatever state it finds the order. An ExecID(17) that was booked changes nothing.
4. Only a trade and a correct book. A status or a restatement is compared with what was booked.
5. The order leaves doubt when the venue's next word about it fits, with nothing left unanswered; when the venue
   answers a status request and fits; or when a person signs. A fill too much leaves only by a person.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from sys import intern

from trader.domain.commands import CancelOrder, PlaceOrder, QuoteReference, ReplaceOrder
from trader.domain.deal import Deal, OrderType, TimeInForce
from trader.domain.errors import DomainError, LocalOrderError
from trader.domain.events import ExecType, OrdStatus, RejectReason
from trader.domain.ids import next_version
from trader.domain.money import ZERO
from trader.orders import checks
from trader.orders.applied import UNCHANGED, Applied
from trader.orders.fills import Fill, FillLedger
from trader.orders.machine import (
    FINAL_PHASES,
    PENDINGS,
    PHASES,
    STATUSES,
    SYNCS,
    AnyInput,
    Pending,
    PendingInput,
    Phase,
    PhaseInput,
    StatusInput,
    Sync,
    SyncInput,
    ord_status,
)


@dataclass(slots=True)
class Versions:
    """The last ClOrdID(11) given out for a line's child: its attempts share it, so that none is given twice."""

    last: str

    def take(self) -> str:
        """The next ClOrdID(11) of the child."""
        self.last = next_version(self.last)
        return self.last


@dataclass(slots=True)
class Order:
    """One order at one venue. Plain data: a state hash may serialize it as it stands.

    Attributes:
        cl_ord_id: The first ClOrdID(11): the order's name.
        deal: What was asked for; its near amount is the first order quantity. All quantities count the near leg.
        price: The limit in force, or the quoted rate of the near leg, terms per base; None for a market order.
        quote: The quote that the order takes; None for an order that takes none.
        link_id: What the orders that together make one deal have in common; "" for an order by itself.
        ids: Every ClOrdID(11) of the chain, requests that were refused included.
        current_id: The ClOrdID(11) in force: the first, or the last accepted replace.
        cancel_id: The cancel request that is open, or "".
        replace_id: The replace request that is open, or "".
        requested_qty: OrderQty(38) that the open replace asks for.
        requested_price: Price(44) that the open replace asks for.
        order_qty: OrderQty(38) in force, units of the dealt currency.
        venue_cum_qty: CumQty(14) by the venue's own count, as it last said.
        venue_avg_px: AvgPx(6) by the venue's last answer to a status request; None when it has given none.
        seen: The last use of each ExecID(17) that did not trade: what it said of which ClOrdID(11).
        settled_by_person: Who signed for the order's state, or "".
    """

    cl_ord_id: str
    deal: Deal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    account: str
    quote: QuoteReference | None = None
    link_id: str = ""
    symbol: str = field(init=False)
    ids: list[str] = field(init=False)
    current_id: str = field(init=False)
    order_qty: Decimal = field(init=False)
    versions: Versions = field(init=False)
    order_id: str = ""
    phase: Phase = Phase.CREATED
    pending: Pending = Pending.NONE
    sync: Sync = Sync.IN_SYNC
    cancel_id: str = ""
    replace_id: str = ""
    requested_qty: Decimal = ZERO
    requested_price: Decimal | None = None
    venue_cum_qty: Decimal = ZERO
    venue_avg_px: Decimal | None = None
    ledger: FillLedger = field(default_factory=FillLedger)
    seen: dict[str, tuple[ExecType, str]] = field(default_factory=dict)
    reject_reason: RejectReason | None = None
    text: str = ""
    settled_by_person: str = ""
    sent_ts_ns: int = 0
    done_ts_ns: int = 0

    def __post_init__(self) -> None:
        self.symbol = intern(str(self.deal.pair))
        self.ids = [self.cl_ord_id]
        self.current_id = self.cl_ord_id
        self.order_qty = self.deal.near_leg.amount
        self.versions = Versions(self.cl_ord_id)

    # What is derived.

    @property
    def fills(self) -> dict[str, Fill]:
        """The fills that stand, by ExecID(17)."""
        return self.ledger.fills

    @property
    def cum_qty(self) -> Decimal:
        """CumQty(14) by our count: units of the dealt currency over the distinct fills that stand."""
        return self.ledger.cum_qty

    @property
    def leaves_qty(self) -> Decimal:
        """What may still be filled, units of the dealt currency. An order in doubt may still fill all it asked for."""
        return ZERO if self.is_final else max(self.order_qty - self.ledger.cum_qty, ZERO)

    @property
    def overfill_qty(self) -> Decimal:
        """What was filled above the order quantity, units of the dealt currency."""
        return max(self.ledger.cum_qty - self.order_qty, ZERO)

    @property
    def avg_px(self) -> Decimal:
        """AvgPx(6): the fills' average rate by quantity, terms per base, unrounded; 0 without a fill."""
        if not self.ledger.cum_qty:
            return ZERO
        return sum((f.last_qty * f.last_px for f in self.fills.values()), ZERO) / self.ledger.cum_qty

    @property
    def ord_status(self) -> OrdStatus:
        """OrdStatus(39) by FIX's precedence, from our own count."""
        cum_qty = self.ledger.cum_qty
        return ord_status(self.phase, self.pending, traded=cum_qty > ZERO, filled=cum_qty >= self.order_qty)

    @property
    def is_final(self) -> bool:
        """True when the order is over and nothing about it is in doubt or could enlarge it again."""
        if self.sync is not Sync.IN_SYNC or self.phase not in FINAL_PHASES:
            return False
        return not (self.phase is Phase.FILLED and self.replace_id)

    @property
    def is_live(self) -> bool:
        """True when the order could still trade at the venue: it has been sent, and is not final."""
        return not self.is_final and (self.phase is not Phase.CREATED or self.sync is Sync.IN_DOUBT)

    @property
    def is_unanswered(self) -> bool:
        """True when the venue has not answered the order or a request about it."""
        return not self.is_final and (self.phase is Phase.SENT or self.pending is not Pending.NONE)

    @property
    def can_cancel(self) -> bool:
        """True when :meth:`request_cancel` is allowed. In doubt a cancel may be asked for again; it always passes."""
        return self.is_live and (not self.cancel_id or self.sync is Sync.IN_DOUBT)

    @property
    def can_replace(self) -> bool:
        """True when :meth:`request_replace` is allowed.

        The order is acknowledged, nothing is open or in doubt, and it has neither a far leg nor a quote: a maker quotes
        for what was asked, and for nothing else.
        """
        return (
            self.phase is Phase.WORKING
            and self.pending is Pending.NONE
            and self.sync is Sync.IN_SYNC
            and not self.deal.far_legs
            and self.order_type is not OrderType.PREVIOUSLY_QUOTED
        )

    def try_move(self, said: AnyInput) -> bool:
        """Take the step that a table has for this input. Nothing else writes ``phase``, ``pending`` or ``sync``.

        Returns:
            False when the cell is empty, so that it cannot be; then nothing has changed.
        """
        try:
            match said:
                case PhaseInput():
                    self.phase = PHASES[self.phase][said]
                case StatusInput():
                    self.phase = STATUSES[self.sync][self.phase][said]
                case PendingInput():
                    self.pending = PENDINGS[self.pending][said]
                case SyncInput():
                    self.sync = SYNCS[self.sync][said]
        except KeyError:
            return False
        return True

    def move(self, said: AnyInput) -> None:
        """Take a step that there has to be.

        Raises:
            LocalOrderError: The cell is empty; nothing has changed.
        """
        if not self.try_move(said):
            raise LocalOrderError(f"{self} is moved by {said}, for which the table has no cell")

    # What we do.

    def sent(self, ts_ns: int) -> None:
        """The order is about to leave.

        Raises:
            LocalOrderError: It has left before.
        """
        if self.sync is Sync.IN_DOUBT or not self.try_move(PhaseInput.SEND):
            raise LocalOrderError(f"{self} cannot be sent; expected a CREATED order that the venue has not mentioned")
        self.sent_ts_ns = ts_ns

    def place(self) -> PlaceOrder:
        """The NewOrderSingle(D) or NewOrderMultileg(AB) of an order that was just marked :meth:`sent`.

        Raises:
            LocalOrderError: The order is not SENT, or is in doubt: it is never sent again.
        """
        if self.phase is not Phase.SENT or self.sync is Sync.IN_DOUBT:
            raise LocalOrderError(f"{self} cannot be placed; expected a SENT order that is not in doubt")
        return PlaceOrder(
            self.cl_ord_id,
            self.deal,
            self.order_type,
            self.price,
            self.time_in_force,
            self.account,
            self.sent_ts_ns,
            self.quote,
            self.link_id,
        )

    def request_cancel(self, ts_ns: int) -> CancelOrder:
        """Ask for the cancellation of what is left. A cancel may overtake a replace that is open.

        Raises:
            LocalOrderError: Nothing is left to cancel, or a cancel is open already.
        """
        if not self.can_cancel:
            raise LocalOrderError(f"{self} cannot be canceled; expected a live order without an open cancel")
        # The chain refers to the last id that was not refused, which may be the open replace's.
        orig_cl_ord_id = self.replace_id or self.current_id
        self.cancel_id = self._take_id()
        self.move(PendingInput.REQUEST_CANCEL)
        return CancelOrder(self.cancel_id, orig_cl_ord_id, self.order_id, self._deal_of(self.order_qty), ts_ns)

    def request_replace(self, new_qty: Decimal, new_price: Decimal | None, ts_ns: int) -> ReplaceOrder:
        """Ask for another quantity or limit.

        Args:
            new_qty: The whole order's quantity, what is filled included; units of the dealt currency.
            new_price: The new limit, terms per base; None for a market order.
            ts_ns: Now, UTC nanoseconds.

        Raises:
            LocalOrderError: The order cannot be replaced now, or the new terms cannot be.
        """
        if not self.can_replace:
            raise LocalOrderError(
                f"{self} cannot be replaced; expected a WORKING order of one leg, on no quote, with nothing open"
            )
        if not (checks.is_amount(new_qty) and new_qty > self.cum_qty):
            raise LocalOrderError(
                f"{self} cannot be replaced to {new_qty}; expected more than the {self.cum_qty} filled"
            )
        priced = self.order_type is OrderType.LIMIT
        if priced != (new_price is not None) or (new_price is not None and not checks.is_amount(new_price)):
            raise LocalOrderError(f"{self} cannot be replaced at {new_price}; expected a rate if LIMIT, None if MARKET")
        self.replace_id = self._take_id()
        self.requested_qty, self.requested_price = new_qty, new_price
        self.move(PendingInput.REQUEST_REPLACE)
        return ReplaceOrder(
            self.replace_id,
            self.current_id,
            self.order_id,
            self._deal_of(new_qty),
            self.order_type,
            new_price,
            self.time_in_force,
            self.account,
            ts_ns,
        )

    # What happens to us.

    def session_lost(self) -> None:
        """The session dropped, or the process restarted: what is unanswered is in doubt from now on."""
        if self.is_unanswered:
            self.move(SyncInput.UNANSWERED)

    def left_unanswered(self) -> None:
        """The venue was asked what became of the order, and has not said: that is in doubt from now on."""
        if self.is_live:
            self.move(SyncInput.UNANSWERED)

    @property
    def was_spoken_of(self) -> bool:
        """Whether the venue has said anything about it but that it does not know it."""
        return PhaseInput.NEVER_RECEIVED not in PHASES[self.phase] or bool(self.cum_qty or self.venue_cum_qty)

    def never_received(self, ts_ns: int, text: str = "the venue never received the order") -> Applied:
        """Close an order that the venue, asked, does not know. The line may be tried again, as another child.

        Raises:
            LocalOrderError: The venue has spoken of the order before: then "unknown" is a contradiction, not a no.
        """
        if self.was_spoken_of:
            raise LocalOrderError(f"{self} was received; expected an order the venue has never spoken of")
        self.move(PhaseInput.NEVER_RECEIVED)
        self.reject_reason = RejectReason.UNKNOWN_ORDER
        return self._settle(SyncInput.VENUE_AGREED, text, ts_ns)

    def canceled_by_rule(self, ts_ns: int, text: str) -> Applied:
        """Close an order that the venue had taken and cancels without a word, as when the session drops.

        Args:
            ts_ns: Now, UTC nanoseconds.
            text: Whose rule it is and what it says; kept with the order.

        Raises:
            LocalOrderError: The order is not working, or the venue counts other fills than we do.
        """
        if self.phase is not Phase.WORKING or self.venue_cum_qty != self.cum_qty:
            raise LocalOrderError(f"{self} is not over by a rule; expected a WORKING order whose fills are all booked")
        self.move(PhaseInput.CANCELED)
        return self._settle(SyncInput.VENUE_AGREED, text, ts_ns)

    def settled_by(self, person: str, phase: Phase, reason: str, ts_ns: int) -> Applied:
        """A person signs for what became of an order in doubt, and for the fills as they were booked.

        Args:
            person: Who signs.
            phase: What became of it: WORKING or a final phase; FILLED when, and only when, nothing is left.
            reason: Why, in the person's words; kept with the order.
            ts_ns: Now, UTC nanoseconds.

        Raises:
            DomainError: The order is not in doubt any longer, or the phase contradicts the fills; nothing changed.
        """
        if self.sync is not Sync.IN_DOUBT:
            raise DomainError(f"{self} is not in doubt; there is nothing to sign for")
        filled = self.cum_qty >= self.order_qty
        if phase in (Phase.CREATED, Phase.SENT) or filled != (phase is Phase.FILLED):
            raise DomainError(
                f"{self} cannot be settled as {phase}: {self.cum_qty} of {self.order_qty} is filled; "
                f"expected {'FILLED' if filled else 'WORKING, CANCELED, REJECTED, EXPIRED or DONE_FOR_DAY'}"
            )
        self.move(StatusInput(phase))
        self.settled_by_person = person
        return self._settle(SyncInput.PERSON_SIGNED, reason, ts_ns)

    def _settle(self, how: SyncInput, text: str, ts_ns: int) -> Applied:
        self.move(how)
        self.close_requests()
        self.venue_cum_qty = self.cum_qty
        self.text = text
        if not self.is_final:
            return UNCHANGED
        self.done_ts_ns = ts_ns
        return Applied(closed=True)

    def close_requests(self) -> None:
        """The order's end answers whatever was open about it."""
        self.move(PendingInput.ENDED)
        self.cancel_id = self.replace_id = ""

    def __str__(self) -> str:
        states = (self.phase, self.pending, self.sync)
        told = ", ".join(state for state in states if state not in (Pending.NONE, Sync.IN_SYNC))
        return f"ClOrdID(11)={self.cl_ord_id} ({told.lower().replace('_', ' ')})"

    def _take_id(self) -> str:
        cl_ord_id = self.versions.take()
        self.ids.append(cl_ord_id)
        return cl_ord_id

    def _deal_of(self, quantity: Decimal) -> Deal:
        if quantity == self.deal.near_leg.amount:
            return self.deal
        return replace(self.deal, near_leg=replace(self.deal.near_leg, amount=quantity))
