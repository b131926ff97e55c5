"""The fills of one order: booked once, undone once, and counted.

The rules of this file:

1. A fill is known by its ExecID(17). The same id on another trade date is another fill, because venues start
   counting anew; a date that is missing matches any, and so does any date when the rest is the same at the same
   moment: then one of the venue's systems has dated the trade otherwise, which is no second trade.
2. A bust or a correct undoes the fill that its ExecRefID(19) names, or the latest correction of it; an amended trade
   report the fill that has its ExecID(17).
3. What was undone before it came stays undone when it comes.
4. ``cum_qty`` is kept, not recomputed; it always equals the sum over ``fills``.
5. The legs of one trade are one fill: they are booked and undone together, and the near leg is what is counted.
6. A fill that only a person has signed for stands until the venue reports a trade: that takes its place.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from trader.domain.events import ExecutionReported, LegTraded, TradeReported
from trader.domain.money import ZERO

# So far apart may a venue's systems stamp one trade. Only who counts anew and trades the same within it is misread.
_ONE_MOMENT_NS = 60 * 10**9


class Fill(Struct, frozen=True, gc=False):
    """One trade, as the venue reported it.

    Attributes:
        exec_id: ExecID(17).
        last_qty: Units of the dealt currency on the near leg, greater than zero.
        last_px: Terms per base on the near leg, all-in.
        settl_date: The venue's own value date of the near leg, or None when it did not say.
        contra_qty: The venue's own contra amount of the near leg, unsigned, or None when it did not say.
        trade_date: TradeDate(75), or None when the venue did not say.
        transact_ts_ns: The venue's time of the trade, UTC nanoseconds; 0 when it did not say.
        corrects: The key of the fill that this one replaces, or "".
        far_legs: What the trade did on the legs after the near one, one for each of the deal's.
        signed_by: Who signed for it while the venue's session had not reported it; "" for the venue's own report.
    """

    exec_id: str
    last_qty: Decimal
    last_px: Decimal
    settl_date: date | None
    contra_qty: Decimal | None
    trade_date: date | None
    transact_ts_ns: int
    corrects: str = ""
    far_legs: tuple[LegTraded, ...] = ()
    signed_by: str = ""

    def is_of(self, event: ExecutionReported | TradeReported) -> bool:
        """True when the event tells of the same quantity and rates; it may leave the far legs out, and their dates."""
        if self.last_qty != event.last_qty or self.last_px != event.last_px:
            return False
        said, booked = (
            [(leg.side, leg.last_qty, leg.last_px) for leg in legs] for legs in (event.far_legs, self.far_legs)
        )
        return not said or said == booked

    def is_at(self, ts_ns: int) -> bool:
        """True when the venue's time of the trade is this one, UTC nanoseconds; never where one of them is missing."""
        return 0 not in (self.transact_ts_ns, ts_ns) and abs(self.transact_ts_ns - ts_ns) <= _ONE_MOMENT_NS


class FillChange(Struct, frozen=True, gc=False):
    """What one event did to the filled quantity. A correct is two of them: the reversal, then the new fill.

    Attributes:
        exec_id: ExecID(17) of the fill that was booked or undone.
        qty: Units of the dealt currency on the near leg; negative when the fill was undone.
        last_px: Terms per base of that fill, for a reversal too.
        settl_date: That fill's own value date, or None.
        contra_qty: The venue's contra amount with the sign of ``qty``, or None.
        key: The fill's identity within its order, which ``exec_id`` alone is not: rule 1.
        far_legs: What that fill did on the other legs, as it was booked, for a reversal too.
        signed_by: Who signed for that fill; "" for one that the venue has reported.
    """

    exec_id: str
    qty: Decimal
    last_px: Decimal
    settl_date: date | None
    contra_qty: Decimal | None
    key: str
    far_legs: tuple[LegTraded, ...] = ()
    signed_by: str = ""


def in_words(changes: Sequence[FillChange]) -> str:
    """What one event did to the fills, for people: ``the venue took back trade E1``."""
    new = [change for change in changes if change.qty > 0]
    back = [change.exec_id for change in changes if change.qty < 0 and not (change.signed_by and new)]
    if back:
        return f"the venue {'corrected' if new else 'took back'} trade {' and '.join(back)}"
    who = " and ".join(sorted({change.signed_by for change in new} - {""})) or "the venue"
    return f"{who} reported trade {' and '.join(change.exec_id for change in new)}"


class FillLedger(Struct):
    """All fills of one order.

    Attributes:
        fills: The fills that stand.
        undone: The fills that a bust or a correct took away.
        undone_by: For each fill taken away, come or still to come: who did it.
        cum_qty: Sum of ``last_qty`` over ``fills``: units of the dealt currency on the near leg.
    """

    fills: dict[str, Fill] = {}
    undone: dict[str, Fill] = {}
    undone_by: dict[str, str] = {}
    cum_qty: Decimal = ZERO

    def find(self, exec_id: str, trade_date: date | None) -> Fill | None:
        """The fill with this identity, standing or undone."""
        return self._known(self._dated_key(exec_id, trade_date))

    def book(
        self, event: ExecutionReported | TradeReported, corrects: str = "", signed_by: str = ""
    ) -> FillChange | None:
        """Count a fill that :meth:`versions` does not know; None when it had been undone before it came.

        Args:
            event: The report of the trade.
            corrects: The key of the fill it replaces, from :meth:`standing`, or "".
            signed_by: Who signed for it, or "".
        """
        fill = _fill(event, corrects, signed_by)
        key = self._key(event)
        if signed_by:
            key = _signed_key(event.exec_id)  # apart, so that the venue's own report is still new
        if key in self.undone_by:
            self.undone[key] = fill
            return None
        self.fills[key] = fill
        self.cum_qty += fill.last_qty
        return _change(fill, key, fill.last_qty, fill.contra_qty)

    def standing(self, exec_ref_id: str, trade_date: date | None) -> str | None:
        """The key of the fill that a bust or correct means: the latest correction of it; None when none stands."""
        key = self._latest(self._ref_key(exec_ref_id, trade_date))
        return key if key in self.fills else None

    def is_undone(self, exec_ref_id: str, trade_date: date | None) -> bool:
        """True when the fill, come or still to come, has been taken away already."""
        key = self._latest(self._ref_key(exec_ref_id, trade_date))
        return key in self.undone_by

    def correct(self, key: str, report: ExecutionReported) -> tuple[FillChange, ...]:
        """Replace the standing fill ``key`` by the one the report brings."""
        reversal = self.undo(key, self._key(report))
        booked = self.book(report, corrects=key)
        return (reversal,) if booked is None else (reversal, booked)

    def amend(self, key: str, report: TradeReported) -> tuple[FillChange, FillChange]:
        """Replace the standing fill ``key`` by what the report makes of it, under the same ExecID(17)."""
        amended = f"{key}#{report.trade_report_id}"  # longer than any before it, so that no version comes twice
        reversal = self.undo(key, amended)
        fill = self.fills[amended] = _fill(report, key)
        self.cum_qty += fill.last_qty
        return reversal, _change(fill, amended, fill.last_qty, fill.contra_qty)

    def versions(self, event: ExecutionReported | TradeReported) -> Iterator[Fill]:
        """The fill that the event tells of, and what amendments under the same ExecID(17) have made of it."""
        if self._known(event.exec_id) is None:
            return iter(())  # the first of an id has it for its key, whatever its date
        return self._versions(self._key(event), event.exec_id)

    def signed(self) -> str | None:
        """The key of the fill that stands on a person's word alone; None when there is none."""
        return next((key for key, fill in self.fills.items() if fill.signed_by), None)

    def confirm(self, key: str, event: ExecutionReported | TradeReported) -> tuple[FillChange, ...]:
        """Put the venue's report in the place of the fill ``key`` from :meth:`signed`."""
        signed = self.fills.pop(key)
        self.cum_qty -= signed.last_qty
        reversal = _change(signed, key, -signed.last_qty, None)
        booked = self.book(event)
        return (reversal,) if booked is None else (reversal, booked)

    def undo(self, key: str, by: str) -> FillChange:
        """Take away the standing fill ``key`` from :meth:`standing` because ``by`` said so."""
        fill = self.fills.pop(key)
        self.undone[key] = fill
        self.undone_by[key] = by
        self.cum_qty -= fill.last_qty
        contra_qty = None if fill.contra_qty is None else fill.contra_qty.copy_negate()
        return _change(fill, key, -fill.last_qty, contra_qty)

    def undo_in_advance(self, exec_ref_id: str, by: str) -> None:
        """Remember that a fill which has not come yet will not count."""
        self.undone_by[exec_ref_id] = by

    def undone_unseen(self) -> Iterator[tuple[str, str]]:
        """Each fill that was taken away and never came, by its ExecID(17), with who took it away."""
        return ((key, by) for key, by in self.undone_by.items() if key not in self.undone)

    def may_mean(self, bust: ExecutionReported | TradeReported) -> bool:
        """Whether a bust may be of a fill that stands, by another name; a quantity or rate it leaves out fits any."""
        return any(
            bust.last_qty in (ZERO, fill.last_qty) and bust.last_px in (ZERO, fill.last_px)
            for fill in self.fills.values()
        )

    def _known(self, key: str) -> Fill | None:
        return self.fills.get(key) or self.undone.get(key)

    def _versions(self, key: str | None, exec_id: str) -> Iterator[Fill]:
        while key is not None and (fill := self._known(key)) is not None and fill.exec_id == exec_id:
            yield fill
            key = self._successor(key)

    def _key(self, event: ExecutionReported | TradeReported) -> str:
        """Rule 1."""
        key, plain = self._dated_key(event.exec_id, event.trade_date), event.exec_id
        if key == plain or not any(
            fill.is_of(event) and fill.is_at(event.transact_ts_ns) for fill in self._versions(plain, plain)
        ):
            return key
        return plain

    def _dated_key(self, exec_id: str, trade_date: date | None) -> str:
        known = self._known(exec_id)
        if known is None or trade_date is None or known.trade_date is None or known.trade_date == trade_date:
            return exec_id
        return f"{exec_id}@{trade_date}"

    def _ref_key(self, exec_ref_id: str, trade_date: date | None) -> str:
        """A bust may carry the date of the bust instead of the trade's, so the plain id is the second try."""
        key, signed = self._dated_key(exec_ref_id, trade_date), _signed_key(exec_ref_id)
        if self._known(key) is None and signed in self.fills:
            return signed
        return key if self._known(key) is not None else exec_ref_id

    def _latest(self, key: str) -> str:
        """Follow the corrections. It ends: a correction is booked only over a fill that was booked before it."""
        while (by := self._successor(key)) is not None:
            key = by
        return key

    def _successor(self, key: str) -> str | None:
        """The key of the fill that took the place of this one; a bust has none, though its id may be the fill's own."""
        by = self.undone_by.get(key)
        successor = None if by is None else self._known(by)
        return by if successor is not None and successor.corrects == key else None


def _fill(event: ExecutionReported | TradeReported, corrects: str, signed_by: str = "") -> Fill:
    return Fill(
        event.exec_id,
        event.last_qty,
        event.last_px,
        event.settl_date,
        event.contra_qty,
        event.trade_date,
        event.transact_ts_ns,
        corrects,
        event.far_legs,
        signed_by,
    )


def _signed_key(exec_id: str) -> str:
    return f"signed:{exec_id}"


def _change(fill: Fill, key: str, qty: Decimal, contra_qty: Decimal | None) -> FillChange:
    return FillChange(fill.exec_id, qty, fill.last_px, fill.settl_date, contra_qty, key, fill.far_legs, fill.signed_by)
